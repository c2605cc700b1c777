-- Payments in doubt, the simulator's ledger and its faults, and what was changed of a merchant.

-- Attempts that were made durable before the acquirer was asked and have no answer yet. A row goes
-- with the answer.
CREATE TABLE unfinished (
    merchant_id  UUID NOT NULL,
    payment_id   UUID NOT NULL,
    version      BIGINT NOT NULL CHECK (version >= 1),
    due_at       BIGINT NOT NULL,
    limit_at     BIGINT NOT NULL,
    sealed       BYTEA,
    PRIMARY KEY (merchant_id, payment_id)
);

-- The resolver asks for what is due of all merchants; the table is nearly always empty.
CREATE INDEX unfinished_by_due ON unfinished (due_at, merchant_id, payment_id);

-- What the simulator decided while a fault was in force.
CREATE TABLE simulated_attempts (
    merchant_id  UUID NOT NULL,
    payment_id   UUID NOT NULL,
    version      BIGINT NOT NULL CHECK (version >= 1),
    decision     TEXT NOT NULL CHECK (decision IN ('Approved', 'Denied', 'Reversed')),
    amount       BIGINT NOT NULL CHECK (amount > 0),
    receipt      TEXT NOT NULL,
    decided_at   BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, payment_id)
);

-- Faults of the simulator: of one card by its fingerprint, or with no bytes there of all cards.
CREATE TABLE faults (
    merchant_id  UUID NOT NULL,
    card         BYTEA NOT NULL,
    fault        TEXT NOT NULL
        CHECK (fault IN ('Delay', 'LostAfter', 'LostBefore', 'Refused', 'None')),
    delay_ms     BIGINT NOT NULL CHECK (delay_ms BETWEEN 0 AND 60000),
    set_at       BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, card)
);

-- Every change of a merchant, in the commit that made it: `version` is the merchant's.
CREATE TABLE setting_changes (
    merchant_id  UUID NOT NULL,
    version      BIGINT NOT NULL,
    key          TEXT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL,
    old_value    TEXT NOT NULL,
    new_value    TEXT NOT NULL,
    PRIMARY KEY (merchant_id, version, key)
);
