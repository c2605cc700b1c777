-- Recurrences that we run. docs/decisions/0017-recurrences.md says why each index and table exists.

-- Plans. `due_at` is there as long as something is to be done for the plan. Days are São Paulo days,
-- yyyy-MM-dd.
CREATE TABLE recurrent_payments (
    merchant_id           UUID NOT NULL,
    recurrent_payment_id  UUID NOT NULL,
    version               BIGINT NOT NULL CHECK (version >= 1),
    status                BIGINT NOT NULL CHECK (status BETWEEN 1 AND 5),
    due_at                BIGINT,
    cycle                 BIGINT NOT NULL CHECK (cycle >= 0),
    next_day              TEXT NOT NULL CHECK (length(next_day) = 10),
    attempts              BIGINT NOT NULL CHECK (attempts BETWEEN 0 AND 4),
    successes             BIGINT NOT NULL CHECK (successes >= 0),
    asking                UUID,
    start_day             TEXT NOT NULL CHECK (length(start_day) = 10),
    end_day               TEXT CHECK (length(end_day) = 10),
    interval_months       BIGINT NOT NULL CHECK (interval_months BETWEEN 1 AND 12),
    day                   BIGINT NOT NULL CHECK (day BETWEEN 1 AND 31),
    amount                BIGINT NOT NULL CHECK (amount > 0),
    sealed                BYTEA,
    fingerprint           BYTEA,
    details               TEXT NOT NULL,
    created_at            BIGINT NOT NULL,
    order_id              TEXT NOT NULL,
    PRIMARY KEY (merchant_id, recurrent_payment_id),
    CHECK (next_day >= start_day),
    CHECK ((due_at IS NULL) = (status <> 1 AND asking IS NULL))
);

CREATE INDEX recurrent_payments_due
    ON recurrent_payments (due_at, merchant_id, recurrent_payment_id) WHERE due_at IS NOT NULL;

-- Paid charges: of each cycle of a plan one.
CREATE TABLE recurrences (
    merchant_id           UUID NOT NULL,
    recurrent_payment_id  UUID NOT NULL,
    cycle                 BIGINT NOT NULL CHECK (cycle >= 0),
    attempt               BIGINT NOT NULL CHECK (attempt BETWEEN 1 AND 5),
    payment_id            UUID NOT NULL,
    at                    BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, recurrent_payment_id, cycle)
);

-- Denied charges.
CREATE TABLE recurrence_denials (
    merchant_id           UUID NOT NULL,
    recurrent_payment_id  UUID NOT NULL,
    cycle                 BIGINT NOT NULL CHECK (cycle >= 0),
    attempt               BIGINT NOT NULL CHECK (attempt BETWEEN 1 AND 5),
    payment_id            UUID NOT NULL,
    at                    BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, recurrent_payment_id, cycle, attempt)
);

-- Whose turn it is to charge: a part of all merchants each, by the last byte of their ids.
CREATE TABLE recurrence_leases (
    part        BIGINT NOT NULL PRIMARY KEY,
    holder      UUID NOT NULL,
    held_until  BIGINT NOT NULL
);
