-- What merchants are told of: the outbox, the log of attempts, and who delivers for whom at the
-- moment. docs/decisions/0011-notifications.md says why each index exists.

CREATE TABLE notifications (
    merchant_id      BLOB NOT NULL,
    notification_id  BLOB NOT NULL,
    version          INTEGER NOT NULL CHECK (version >= 1),
    state            INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    due_at           INTEGER NOT NULL,
    attempts         INTEGER NOT NULL CHECK (attempts >= 0),
    payment_id       BLOB NOT NULL,
    payment_version  INTEGER NOT NULL CHECK (payment_version >= 1),
    change_type      INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    body             TEXT NOT NULL,
    PRIMARY KEY (merchant_id, notification_id)
) STRICT;

CREATE INDEX notifications_due ON notifications (due_at, merchant_id) WHERE state = 0;

CREATE INDEX notifications_of_payment
    ON notifications (merchant_id, payment_id, payment_version) WHERE state = 0;

CREATE TABLE deliveries (
    merchant_id      BLOB NOT NULL,
    delivery_id      BLOB NOT NULL,
    notification_id  BLOB NOT NULL,
    attempt          INTEGER NOT NULL CHECK (attempt >= 1),
    at               INTEGER NOT NULL,
    took             INTEGER NOT NULL CHECK (took >= 0),
    status           INTEGER,
    answer           TEXT NOT NULL,
    error            TEXT,
    PRIMARY KEY (merchant_id, delivery_id)
) STRICT;

CREATE TABLE notification_leases (
    merchant_id  BLOB NOT NULL PRIMARY KEY,
    holder       BLOB NOT NULL,
    held_until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
