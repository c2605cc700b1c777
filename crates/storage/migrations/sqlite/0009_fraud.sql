-- Fraud analysis: what was seen before, what waits for a person, a merchant's lists and rules.
-- docs/decisions/0018-fraud-analysis.md says why the history has no index but its key.

-- Where the analysis of a sale stands; NULL for sales without one.
ALTER TABLE sales ADD COLUMN analysis INTEGER CHECK (analysis BETWEEN 1 AND 5);

-- One row for each sale that was analysed, in the order of their arrival at each server. `keys` are
-- keyed digests of its elements, eight bytes each.
CREATE TABLE fraud_events (
    merchant_id  BLOB NOT NULL,
    day          INTEGER NOT NULL,
    server       BLOB NOT NULL,
    payment_id   BLOB NOT NULL,
    at           INTEGER NOT NULL,
    amount       INTEGER NOT NULL,
    fate         INTEGER NOT NULL CHECK (fate BETWEEN 0 AND 3),
    keys         BLOB NOT NULL,
    PRIMARY KEY (merchant_id, day, server, payment_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE fraud_reviews (
    merchant_id  BLOB NOT NULL,
    payment_id   BLOB NOT NULL,
    version      INTEGER NOT NULL CHECK (version >= 1),
    state        INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    note         TEXT NOT NULL,
    decided_by   TEXT,
    decided_at   INTEGER,
    due_at       INTEGER NOT NULL,
    score        INTEGER NOT NULL CHECK (score BETWEEN 0 AND 99),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, payment_id)
) STRICT, WITHOUT ROWID;

-- Both hold only what waits: the task asks for what is due of all, a person for a merchant's.
CREATE INDEX fraud_reviews_due ON fraud_reviews (due_at, merchant_id, payment_id) WHERE state = 0;
CREATE INDEX fraud_reviews_waiting ON fraud_reviews (merchant_id, payment_id) WHERE state = 0;

-- `value` is a keyed digest in hexadecimal, or a network.
CREATE TABLE fraud_entries (
    merchant_id  BLOB NOT NULL,
    kind         TEXT NOT NULL,
    value        TEXT NOT NULL,
    changed_at   INTEGER NOT NULL,
    list         TEXT NOT NULL,
    shown        TEXT NOT NULL,
    added_by     TEXT NOT NULL,
    PRIMARY KEY (merchant_id, kind, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE fraud_rules (
    merchant_id  BLOB NOT NULL,
    name         TEXT NOT NULL,
    changed_at   INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    expression   TEXT NOT NULL,
    action       TEXT NOT NULL,
    enabled      INTEGER NOT NULL CHECK (enabled BETWEEN 0 AND 1),
    dry_run      INTEGER NOT NULL CHECK (dry_run BETWEEN 0 AND 1),
    PRIMARY KEY (merchant_id, name)
) STRICT, WITHOUT ROWID;
