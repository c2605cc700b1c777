-- Who listens to notifications beside the merchants' own receivers, and what each has yet to hear.
-- docs/decisions/0014-listening-and-delivery.md says why.

-- A listener counts while the moment (of real time) has not passed. Sixteen zero bytes in the place
-- of the merchant: it listens to all of them.
CREATE TABLE listeners (
    merchant_id  BLOB NOT NULL,
    listener_id  BLOB NOT NULL,
    held_until   INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, listener_id)
) STRICT, WITHOUT ROWID;

-- A row is written in the commit of the change and goes when it was heard.
CREATE TABLE heard (
    merchant_id      BLOB NOT NULL,
    listener_id      BLOB NOT NULL,
    notification_id  BLOB NOT NULL,
    payment_id       BLOB NOT NULL,
    payment_version  INTEGER NOT NULL CHECK (payment_version >= 1),
    change_type      INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    body             TEXT NOT NULL,
    PRIMARY KEY (merchant_id, listener_id, notification_id)
) STRICT;

-- What waits, by merchant: one merchant's backlog is no other's. It takes the place of the index by
-- moment, which no query needs any more; a server of before goes on without it.
CREATE INDEX notifications_waiting
    ON notifications (merchant_id, due_at, notification_id) WHERE state = 0;

DROP INDEX notifications_due;
