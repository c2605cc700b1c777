-- Captures and voids of many payments. docs/decisions/0021-jobs.md says why each table and index
-- exists. Times are microseconds since 1970 in UTC, amounts are cents.

-- Jobs: 0 draft, 1 running, 2 finished. `due_at` is there as long as it runs. The lease counts real
-- time.
CREATE TABLE jobs (
    merchant_id   BLOB NOT NULL,
    job_id        BLOB NOT NULL,
    version       INTEGER NOT NULL CHECK (version >= 1),
    state         INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    due_at        INTEGER,
    by_user       TEXT NOT NULL,
    confirmed_at  INTEGER,
    finished_at   INTEGER,
    done          INTEGER NOT NULL CHECK (done >= 0),
    refused       INTEGER NOT NULL CHECK (refused >= 0),
    skipped       INTEGER NOT NULL CHECK (skipped >= 0),
    asked         INTEGER NOT NULL CHECK (asked >= 0),
    moved         INTEGER NOT NULL CHECK (moved >= 0),
    kind          TEXT NOT NULL CHECK (kind IN ('capture', 'void')),
    total         INTEGER NOT NULL CHECK (total >= 0),
    retry_of      BLOB,
    created_at    INTEGER NOT NULL,
    holder        BLOB,
    held_until    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, job_id),
    CHECK ((due_at IS NULL) = (state <> 1)),
    CHECK ((confirmed_at IS NULL) = (state = 0)),
    CHECK ((finished_at IS NULL) = (state <> 2)),
    CHECK (done + refused + skipped <= total)
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_due ON jobs (due_at, merchant_id, job_id) WHERE due_at IS NOT NULL;

-- Their payments: 0 waiting, 1 done, 2 refused, 3 in doubt, 4 left out. `moved` is what was captured
-- or given back.
CREATE TABLE job_rows (
    merchant_id  BLOB NOT NULL,
    job_id       BLOB NOT NULL,
    position     INTEGER NOT NULL CHECK (position >= 1),
    version      INTEGER NOT NULL CHECK (version >= 1),
    state        INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    amount       INTEGER NOT NULL CHECK (amount > 0),
    at           INTEGER,
    moved        INTEGER CHECK (moved > 0),
    refusal      TEXT,
    payment_id   BLOB NOT NULL,
    PRIMARY KEY (merchant_id, job_id, position),
    CHECK ((moved IS NULL) = (state <> 1)),
    CHECK (refusal IS NULL OR state = 2)
) STRICT, WITHOUT ROWID;

-- Who did it, when a person did it in the back office.
ALTER TABLE operations ADD COLUMN by_user TEXT;

-- What a merchant was told of a payment, for its page. Both are written when a notification was
-- sent, never with a sale.
CREATE INDEX notifications_told
    ON notifications (merchant_id, payment_id, payment_version) WHERE state <> 0;

CREATE INDEX deliveries_of_notification ON deliveries (merchant_id, notification_id, delivery_id);
