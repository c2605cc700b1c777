-- Who listens to notifications beside the merchants' own receivers, and what each has yet to hear.
-- docs/decisions/0014-listening-and-delivery.md says why.

-- A listener counts while the moment (of real time) has not passed. Sixteen zero bytes in the place
-- of the merchant: it listens to all of them.
CREATE TABLE listeners (
    merchant_id  UUID NOT NULL,
    listener_id  UUID NOT NULL,
    held_until   BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, listener_id)
);

-- A row is written in the commit of the change and goes when it was heard.
CREATE TABLE heard (
    merchant_id      UUID NOT NULL,
    listener_id      UUID NOT NULL,
    notification_id  UUID NOT NULL,
    payment_id       UUID NOT NULL,
    payment_version  BIGINT NOT NULL CHECK (payment_version >= 1),
    change_type      BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    body             TEXT NOT NULL,
    PRIMARY KEY (merchant_id, listener_id, notification_id)
);

-- What waits, by merchant: one merchant's backlog is no other's. It takes the place of the index by
-- moment, which no query needs any more; a server of before goes on without it.
CREATE INDEX notifications_waiting
    ON notifications (merchant_id, due_at, notification_id) WHERE state = 0;

DROP INDEX notifications_due;
