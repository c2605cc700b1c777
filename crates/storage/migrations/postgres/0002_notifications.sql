-- What merchants are told of: the outbox, the log of attempts, and who delivers for whom at the
-- moment. docs/decisions/0011-notifications.md says why each index exists.

CREATE TABLE notifications (
    merchant_id      UUID NOT NULL,
    notification_id  UUID NOT NULL,
    version          BIGINT NOT NULL CHECK (version >= 1),
    state            BIGINT NOT NULL CHECK (state BETWEEN 0 AND 2),
    due_at           BIGINT NOT NULL,
    attempts         BIGINT NOT NULL CHECK (attempts >= 0),
    payment_id       UUID NOT NULL,
    payment_version  BIGINT NOT NULL CHECK (payment_version >= 1),
    change_type      BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    body             TEXT NOT NULL,
    PRIMARY KEY (merchant_id, notification_id)
);

CREATE INDEX notifications_due ON notifications (due_at, merchant_id) WHERE state = 0;

CREATE INDEX notifications_of_payment
    ON notifications (merchant_id, payment_id, payment_version) WHERE state = 0;

CREATE TABLE deliveries (
    merchant_id      UUID NOT NULL,
    delivery_id      UUID NOT NULL,
    notification_id  UUID NOT NULL,
    attempt          BIGINT NOT NULL CHECK (attempt >= 1),
    at               BIGINT NOT NULL,
    took             BIGINT NOT NULL CHECK (took >= 0),
    status           BIGINT,
    answer           TEXT NOT NULL,
    error            TEXT,
    PRIMARY KEY (merchant_id, delivery_id)
);

CREATE TABLE notification_leases (
    merchant_id  UUID NOT NULL PRIMARY KEY,
    holder       UUID NOT NULL,
    held_until   BIGINT NOT NULL
);
