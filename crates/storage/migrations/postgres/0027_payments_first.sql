-- Sales and operations by payment first: payments are numbered in the order of time, so what is sold
-- or captured together lies together, whoever sells. docs/decisions/0027-payments-first.md says why.
ALTER TABLE sales
    DROP CONSTRAINT sales_pkey,
    ADD CONSTRAINT sales_pkey PRIMARY KEY (payment_id, merchant_id);
ALTER TABLE operations
    DROP CONSTRAINT operations_pkey,
    ADD CONSTRAINT operations_pkey PRIMARY KEY (payment_id, merchant_id, version);

-- What a statement counts of a day, made with what is searched, instead of operations_by_time. What
-- the search has yet to take up brings its operations along.
CREATE TABLE search_operations (
    merchant_id   UUID NOT NULL,
    kind          TEXT NOT NULL,
    at            BIGINT NOT NULL,
    payment_id    UUID NOT NULL,
    version       BIGINT NOT NULL,
    sale_version  BIGINT NOT NULL CHECK (sale_version >= 1),
    PRIMARY KEY (merchant_id, kind, at, payment_id, version)
);

INSERT INTO search_operations (merchant_id, kind, at, payment_id, version, sale_version)
    SELECT o.merchant_id, o.kind, o.at, o.payment_id, o.version, f.sale_version
    FROM operations AS o JOIN search_sales AS f
    ON f.merchant_id = o.merchant_id AND f.payment_id = o.payment_id
    WHERE o.version <= f.sale_version
    AND o.kind IN ('capture', 'void', 'refund', 'authentication');

DROP INDEX operations_by_time;
