-- Payments by order number, written in bulk. docs/decisions/0026-orders-in-runs.md says why.

-- Orders of the last moments, as they came: few enough to be looked through.
CREATE TABLE order_tail (
    place        INTEGER NOT NULL PRIMARY KEY,
    merchant_id  BLOB NOT NULL,
    order_id     TEXT NOT NULL,
    received_at  INTEGER NOT NULL,
    payment_id   BLOB NOT NULL
) STRICT;

-- Sorted runs of older ones. A run is growing (0), whole (1) or spent (2); `into_run` is the run that
-- a whole one is merged into.
CREATE TABLE order_runs (
    run       INTEGER NOT NULL PRIMARY KEY,
    level     INTEGER NOT NULL CHECK (level >= 0),
    state     INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    into_run  INTEGER
) STRICT;

-- What runs consist of: sorted entries of 32 bytes, and the first one of them.
CREATE TABLE order_blocks (
    run      INTEGER NOT NULL,
    first    BLOB NOT NULL CHECK (length(first) = 32),
    entries  BLOB NOT NULL CHECK (length(entries) % 32 = 0),
    PRIMARY KEY (run, first)
) STRICT;

DROP INDEX sales_by_order;

-- Whoever writes a sale, be it an older server, writes this.
CREATE TRIGGER sales_into_order_tail AFTER INSERT ON sales BEGIN
    INSERT INTO order_tail (merchant_id, order_id, received_at, payment_id)
        VALUES (NEW.merchant_id, NEW.order_id, NEW.received_at, NEW.payment_id);
END;

INSERT INTO order_tail (merchant_id, order_id, received_at, payment_id)
    SELECT merchant_id, order_id, received_at, payment_id FROM sales;
