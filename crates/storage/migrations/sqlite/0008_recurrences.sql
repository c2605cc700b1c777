-- Recurrences that we run. docs/decisions/0017-recurrences.md says why each index and table exists.

-- Plans. `due_at` is there as long as something is to be done for the plan. Days are São Paulo days,
-- yyyy-MM-dd.
CREATE TABLE recurrent_payments (
    merchant_id           BLOB NOT NULL,
    recurrent_payment_id  BLOB NOT NULL,
    version               INTEGER NOT NULL CHECK (version >= 1),
    status                INTEGER NOT NULL CHECK (status BETWEEN 1 AND 5),
    due_at                INTEGER,
    cycle                 INTEGER NOT NULL CHECK (cycle >= 0),
    next_day              TEXT NOT NULL CHECK (length(next_day) = 10),
    attempts              INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 4),
    successes             INTEGER NOT NULL CHECK (successes >= 0),
    asking                BLOB,
    start_day             TEXT NOT NULL CHECK (length(start_day) = 10),
    end_day               TEXT CHECK (length(end_day) = 10),
    interval_months       INTEGER NOT NULL CHECK (interval_months BETWEEN 1 AND 12),
    day                   INTEGER NOT NULL CHECK (day BETWEEN 1 AND 31),
    amount                INTEGER NOT NULL CHECK (amount > 0),
    sealed                BLOB,
    fingerprint           BLOB,
    details               TEXT NOT NULL,
    created_at            INTEGER NOT NULL,
    order_id              TEXT NOT NULL,
    PRIMARY KEY (merchant_id, recurrent_payment_id),
    CHECK (next_day >= start_day),
    CHECK ((due_at IS NULL) = (status <> 1 AND asking IS NULL))
) STRICT;

CREATE INDEX recurrent_payments_due
    ON recurrent_payments (due_at, merchant_id, recurrent_payment_id) WHERE due_at IS NOT NULL;

-- Paid charges: of each cycle of a plan one.
CREATE TABLE recurrences (
    merchant_id           BLOB NOT NULL,
    recurrent_payment_id  BLOB NOT NULL,
    cycle                 INTEGER NOT NULL CHECK (cycle >= 0),
    attempt               INTEGER NOT NULL CHECK (attempt BETWEEN 1 AND 5),
    payment_id            BLOB NOT NULL,
    at                    INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, recurrent_payment_id, cycle)
) STRICT, WITHOUT ROWID;

-- Denied charges.
CREATE TABLE recurrence_denials (
    merchant_id           BLOB NOT NULL,
    recurrent_payment_id  BLOB NOT NULL,
    cycle                 INTEGER NOT NULL CHECK (cycle >= 0),
    attempt               INTEGER NOT NULL CHECK (attempt BETWEEN 1 AND 5),
    payment_id            BLOB NOT NULL,
    at                    INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, recurrent_payment_id, cycle, attempt)
) STRICT, WITHOUT ROWID;

-- Whose turn it is to charge: a part of all merchants each, by the last byte of their ids.
CREATE TABLE recurrence_leases (
    part        INTEGER NOT NULL PRIMARY KEY,
    holder      BLOB NOT NULL,
    held_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
