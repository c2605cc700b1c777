-- Merchants, sales and what belongs to them. docs/decisions/0003-storage-schema.md says why each
-- index exists. Times are microseconds since 1970 in UTC, amounts are cents.

CREATE TABLE merchants (
    merchant_id         UUID NOT NULL PRIMARY KEY,
    name                TEXT NOT NULL,
    establishment       TEXT NOT NULL UNIQUE,
    blocked             BIGINT NOT NULL CHECK (blocked BETWEEN 0 AND 1),
    settings            TEXT NOT NULL,
    key_hash            BYTEA NOT NULL,
    previous_key_hash   BYTEA,
    previous_key_until  BIGINT,
    kek_version         BIGINT NOT NULL,
    data_key            BYTEA NOT NULL,
    created_at          BIGINT NOT NULL,
    version             BIGINT NOT NULL
);

CREATE TABLE server_settings (
    name   TEXT NOT NULL PRIMARY KEY,
    value  TEXT NOT NULL
);

CREATE TABLE sales (
    merchant_id         UUID NOT NULL,
    payment_id          UUID NOT NULL,
    order_id            TEXT NOT NULL,
    received_at         BIGINT NOT NULL,
    version             BIGINT NOT NULL CHECK (version >= 1),
    status              BIGINT NOT NULL CHECK (status BETWEEN 0 AND 20),
    amount              BIGINT NOT NULL CHECK (amount > 0),
    captured            BIGINT NOT NULL,
    voided              BIGINT NOT NULL,
    service_tax         BIGINT NOT NULL CHECK (service_tax >= 0),
    authorized_at       BIGINT,
    captured_at         BIGINT,
    voided_at           BIGINT,
    tid                 TEXT,
    proof_of_sale       TEXT,
    authorization_code  TEXT,
    return_code         TEXT,
    return_message      TEXT,
    advice              TEXT,
    fingerprint         BYTEA,
    request_id          TEXT NOT NULL,
    details             TEXT NOT NULL,
    PRIMARY KEY (merchant_id, payment_id),
    CHECK (captured BETWEEN 0 AND amount),
    CHECK (voided BETWEEN 0 AND captured),
    CHECK ((captured > 0) = (captured_at IS NOT NULL)),
    CHECK (captured = 0 OR authorized_at IS NOT NULL)
);

CREATE INDEX sales_by_order ON sales (merchant_id, order_id, received_at);

CREATE TABLE operations (
    merchant_id  UUID NOT NULL,
    payment_id   UUID NOT NULL,
    version      BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    amount       BIGINT NOT NULL CHECK (amount > 0),
    at           BIGINT NOT NULL,
    request_id   TEXT NOT NULL,
    return_code  TEXT NOT NULL,
    PRIMARY KEY (merchant_id, payment_id, version)
);

CREATE TABLE cards (
    merchant_id    UUID NOT NULL,
    token          UUID NOT NULL,
    sealed         BYTEA NOT NULL,
    masked         TEXT NOT NULL,
    holder         TEXT,
    expiry         TEXT NOT NULL,
    brand          TEXT NOT NULL,
    customer_name  TEXT,
    fingerprint    BYTEA NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, token)
);

CREATE TABLE answers (
    merchant_id  UUID NOT NULL,
    key          TEXT NOT NULL,
    request      BYTEA NOT NULL,
    status       BIGINT NOT NULL,
    body         TEXT NOT NULL,
    location     TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, key)
);

CREATE INDEX answers_by_age ON answers (merchant_id, created_at);

CREATE TABLE order_claims (
    merchant_id  UUID NOT NULL,
    order_id     TEXT NOT NULL,
    PRIMARY KEY (merchant_id, order_id)
);
