-- Payments in doubt, the simulator's ledger and its faults, and what was changed of a merchant.

-- Attempts that were made durable before the acquirer was asked and have no answer yet. A row goes
-- with the answer.
CREATE TABLE unfinished (
    merchant_id  BLOB NOT NULL,
    payment_id   BLOB NOT NULL,
    version      INTEGER NOT NULL CHECK (version >= 1),
    due_at       INTEGER NOT NULL,
    limit_at     INTEGER NOT NULL,
    sealed       BLOB,
    PRIMARY KEY (merchant_id, payment_id)
) STRICT, WITHOUT ROWID;

-- The resolver asks for what is due of all merchants; the table is nearly always empty.
CREATE INDEX unfinished_by_due ON unfinished (due_at, merchant_id, payment_id);

-- What the simulator decided while a fault was in force.
CREATE TABLE simulated_attempts (
    merchant_id  BLOB NOT NULL,
    payment_id   BLOB NOT NULL,
    version      INTEGER NOT NULL CHECK (version >= 1),
    decision     TEXT NOT NULL CHECK (decision IN ('Approved', 'Denied', 'Reversed')),
    amount       INTEGER NOT NULL CHECK (amount > 0),
    receipt      TEXT NOT NULL,
    decided_at   INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, payment_id)
) STRICT, WITHOUT ROWID;

-- Faults of the simulator: of one card by its fingerprint, or with no bytes there of all cards.
CREATE TABLE faults (
    merchant_id  BLOB NOT NULL,
    card         BLOB NOT NULL,
    fault        TEXT NOT NULL
        CHECK (fault IN ('Delay', 'LostAfter', 'LostBefore', 'Refused', 'None')),
    delay_ms     INTEGER NOT NULL CHECK (delay_ms BETWEEN 0 AND 60000),
    set_at       INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, card)
) STRICT, WITHOUT ROWID;

-- Every change of a merchant, in the commit that made it: `version` is the merchant's.
CREATE TABLE setting_changes (
    merchant_id  BLOB NOT NULL,
    version      INTEGER NOT NULL,
    key          TEXT NOT NULL,
    changed_at   INTEGER NOT NULL,
    changed_by   TEXT NOT NULL,
    old_value    TEXT NOT NULL,
    new_value    TEXT NOT NULL,
    PRIMARY KEY (merchant_id, version, key)
) STRICT, WITHOUT ROWID;
