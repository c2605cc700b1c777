-- Captures and voids of many payments. docs/decisions/0021-jobs.md says why each table and index
-- exists. Times are microseconds since 1970 in UTC, amounts are cents.

-- Jobs: 0 draft, 1 running, 2 finished. `due_at` is there as long as it runs. The lease counts real
-- time.
CREATE TABLE jobs (
    merchant_id   UUID NOT NULL,
    job_id        UUID NOT NULL,
    version       BIGINT NOT NULL CHECK (version >= 1),
    state         BIGINT NOT NULL CHECK (state BETWEEN 0 AND 2),
    due_at        BIGINT,
    by_user       TEXT NOT NULL,
    confirmed_at  BIGINT,
    finished_at   BIGINT,
    done          BIGINT NOT NULL CHECK (done >= 0),
    refused       BIGINT NOT NULL CHECK (refused >= 0),
    skipped       BIGINT NOT NULL CHECK (skipped >= 0),
    asked         BIGINT NOT NULL CHECK (asked >= 0),
    moved         BIGINT NOT NULL CHECK (moved >= 0),
    kind          TEXT NOT NULL CHECK (kind IN ('capture', 'void')),
    total         BIGINT NOT NULL CHECK (total >= 0),
    retry_of      UUID,
    created_at    BIGINT NOT NULL,
    holder        UUID,
    held_until    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, job_id),
    CHECK ((due_at IS NULL) = (state <> 1)),
    CHECK ((confirmed_at IS NULL) = (state = 0)),
    CHECK ((finished_at IS NULL) = (state <> 2)),
    CHECK (done + refused + skipped <= total)
);

CREATE INDEX jobs_due ON jobs (due_at, merchant_id, job_id) WHERE due_at IS NOT NULL;

-- Their payments: 0 waiting, 1 done, 2 refused, 3 in doubt, 4 left out. `moved` is what was captured
-- or given back.
CREATE TABLE job_rows (
    merchant_id  UUID NOT NULL,
    job_id       UUID NOT NULL,
    position     BIGINT NOT NULL CHECK (position >= 1),
    version      BIGINT NOT NULL CHECK (version >= 1),
    state        BIGINT NOT NULL CHECK (state BETWEEN 0 AND 4),
    amount       BIGINT NOT NULL CHECK (amount > 0),
    at           BIGINT,
    moved        BIGINT CHECK (moved > 0),
    refusal      TEXT,
    payment_id   UUID NOT NULL,
    PRIMARY KEY (merchant_id, job_id, position),
    CHECK ((moved IS NULL) = (state <> 1)),
    CHECK (refusal IS NULL OR state = 2)
);

-- Who did it, when a person did it in the back office.
ALTER TABLE operations ADD COLUMN by_user TEXT;

-- What a merchant was told of a payment, for its page. Both are written when a notification was
-- sent, never with a sale.
CREATE INDEX notifications_told
    ON notifications (merchant_id, payment_id, payment_version) WHERE state <> 0;

CREATE INDEX deliveries_of_notification ON deliveries (merchant_id, notification_id, delivery_id);
