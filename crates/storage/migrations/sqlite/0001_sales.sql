-- Merchants, sales and what belongs to them. docs/decisions/0003-storage-schema.md says why each
-- index exists. Times are microseconds since 1970 in UTC, amounts are cents.

CREATE TABLE merchants (
    merchant_id         BLOB NOT NULL PRIMARY KEY,
    name                TEXT NOT NULL,
    establishment       TEXT NOT NULL UNIQUE,
    blocked             INTEGER NOT NULL CHECK (blocked BETWEEN 0 AND 1),
    settings            TEXT NOT NULL,
    key_hash            BLOB NOT NULL,
    previous_key_hash   BLOB,
    previous_key_until  INTEGER,
    kek_version         INTEGER NOT NULL,
    data_key            BLOB NOT NULL,
    created_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE server_settings (
    name   TEXT NOT NULL PRIMARY KEY,
    value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sales (
    merchant_id         BLOB NOT NULL,
    payment_id          BLOB NOT NULL,
    order_id            TEXT NOT NULL,
    received_at         INTEGER NOT NULL,
    version             INTEGER NOT NULL CHECK (version >= 1),
    status              INTEGER NOT NULL CHECK (status BETWEEN 0 AND 20),
    amount              INTEGER NOT NULL CHECK (amount > 0),
    captured            INTEGER NOT NULL,
    voided              INTEGER NOT NULL,
    service_tax         INTEGER NOT NULL CHECK (service_tax >= 0),
    authorized_at       INTEGER,
    captured_at         INTEGER,
    voided_at           INTEGER,
    tid                 TEXT,
    proof_of_sale       TEXT,
    authorization_code  TEXT,
    return_code         TEXT,
    return_message      TEXT,
    advice              TEXT,
    fingerprint         BLOB,
    request_id          TEXT NOT NULL,
    details             TEXT NOT NULL,
    PRIMARY KEY (merchant_id, payment_id),
    CHECK (captured BETWEEN 0 AND amount),
    CHECK (voided BETWEEN 0 AND captured),
    CHECK ((captured > 0) = (captured_at IS NOT NULL)),
    CHECK (captured = 0 OR authorized_at IS NOT NULL)
) STRICT;

CREATE INDEX sales_by_order ON sales (merchant_id, order_id, received_at);

CREATE TABLE operations (
    merchant_id  BLOB NOT NULL,
    payment_id   BLOB NOT NULL,
    version      INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
    at           INTEGER NOT NULL,
    request_id   TEXT NOT NULL,
    return_code  TEXT NOT NULL,
    PRIMARY KEY (merchant_id, payment_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE cards (
    merchant_id    BLOB NOT NULL,
    token          BLOB NOT NULL,
    sealed         BLOB NOT NULL,
    masked         TEXT NOT NULL,
    holder         TEXT,
    expiry         TEXT NOT NULL,
    brand          TEXT NOT NULL,
    customer_name  TEXT,
    fingerprint    BLOB NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, token)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
    merchant_id  BLOB NOT NULL,
    key          TEXT NOT NULL,
    request      BLOB NOT NULL,
    status       INTEGER NOT NULL,
    body         TEXT NOT NULL,
    location     TEXT,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, key)
) STRICT;

CREATE INDEX answers_by_age ON answers (merchant_id, created_at);

CREATE TABLE order_claims (
    merchant_id  BLOB NOT NULL,
    order_id     TEXT NOT NULL,
    PRIMARY KEY (merchant_id, order_id)
) STRICT, WITHOUT ROWID;
