-- Sales and operations by payment first: payments are numbered in the order of time, so what is sold
-- or captured together lies together, whoever sells. docs/decisions/0027-payments-first.md says why.

CREATE TABLE sales_by_payment (
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
    analysis            INTEGER CHECK (analysis BETWEEN 1 AND 5),
    PRIMARY KEY (payment_id, merchant_id),
    CHECK (captured BETWEEN 0 AND amount),
    CHECK (voided BETWEEN 0 AND captured),
    CHECK ((captured > 0) = (captured_at IS NOT NULL)),
    CHECK (captured = 0 OR authorized_at IS NOT NULL)
) STRICT;

INSERT INTO sales_by_payment
    (merchant_id, payment_id, order_id, received_at, version, status, amount, captured, voided,
     service_tax, authorized_at, captured_at, voided_at, tid, proof_of_sale, authorization_code,
     return_code, return_message, advice, fingerprint, request_id, details, analysis)
    SELECT merchant_id, payment_id, order_id, received_at, version, status, amount, captured,
           voided, service_tax, authorized_at, captured_at, voided_at, tid, proof_of_sale,
           authorization_code, return_code, return_message, advice, fingerprint, request_id,
           details, analysis
    FROM sales ORDER BY rowid;

DROP TABLE sales;
ALTER TABLE sales_by_payment RENAME TO sales;

-- It went with the table.
CREATE TRIGGER sales_into_order_tail AFTER INSERT ON sales BEGIN
    INSERT INTO order_tail (merchant_id, order_id, received_at, payment_id)
        VALUES (NEW.merchant_id, NEW.order_id, NEW.received_at, NEW.payment_id);
END;

CREATE TABLE operations_by_payment (
    payment_id      BLOB NOT NULL,
    merchant_id     BLOB NOT NULL,
    version         INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    amount          INTEGER NOT NULL CHECK (amount > 0),
    at              INTEGER NOT NULL,
    request_id      TEXT NOT NULL,
    return_code     TEXT NOT NULL,
    by_user         TEXT,
    proof_before    TEXT,
    code_before     TEXT,
    message_before  TEXT,
    PRIMARY KEY (payment_id, merchant_id, version)
) STRICT, WITHOUT ROWID;

INSERT INTO operations_by_payment
    (payment_id, merchant_id, version, kind, amount, at, request_id, return_code, by_user,
     proof_before, code_before, message_before)
    SELECT payment_id, merchant_id, version, kind, amount, at, request_id, return_code, by_user,
           proof_before, code_before, message_before
    FROM operations ORDER BY payment_id, merchant_id, version;

-- What a statement counts of a day, made with what is searched, instead of operations_by_time. What
-- the search has yet to take up brings its operations along.
CREATE TABLE search_operations (
    merchant_id   BLOB NOT NULL,
    kind          TEXT NOT NULL,
    at            INTEGER NOT NULL,
    payment_id    BLOB NOT NULL,
    version       INTEGER NOT NULL,
    sale_version  INTEGER NOT NULL CHECK (sale_version >= 1),
    PRIMARY KEY (merchant_id, kind, at, payment_id, version)
) STRICT, WITHOUT ROWID;

INSERT INTO search_operations (merchant_id, kind, at, payment_id, version, sale_version)
    SELECT o.merchant_id, o.kind, o.at, o.payment_id, o.version, f.sale_version
    FROM operations AS o JOIN search_sales AS f
    ON f.merchant_id = o.merchant_id AND f.payment_id = o.payment_id
    WHERE o.version <= f.sale_version
    AND o.kind IN ('capture', 'void', 'refund', 'authentication');

DROP TABLE operations;
ALTER TABLE operations_by_payment RENAME TO operations;
