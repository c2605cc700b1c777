-- Searching sales, and what merchants are billed for. All of it is made from sales and operations,
-- beside the requests. docs/decisions/0020-search.md says why each table and index exists.

-- What of a sale is searched. `sale_version` is the version of the sale that it was made from.
CREATE TABLE search_sales (
    merchant_id    UUID NOT NULL,
    payment_id     UUID NOT NULL,
    version        BIGINT NOT NULL CHECK (version >= 1),
    combination    BIGINT NOT NULL CHECK (combination >= 1),
    captured       BIGINT NOT NULL,
    voided         BIGINT NOT NULL,
    tid            TEXT,
    proof_of_sale  TEXT,
    sale_version   BIGINT NOT NULL CHECK (sale_version >= 1),
    amount         BIGINT NOT NULL CHECK (amount > 0),
    last4          TEXT,
    order_id       TEXT NOT NULL,
    PRIMARY KEY (merchant_id, payment_id),
    CHECK (captured BETWEEN 0 AND amount),
    CHECK (voided BETWEEN 0 AND captured)
);

CREATE INDEX search_sales_by_combination
    ON search_sales (merchant_id, combination, payment_id);
CREATE INDEX search_sales_by_tid
    ON search_sales (merchant_id, tid, payment_id) WHERE tid IS NOT NULL;
CREATE INDEX search_sales_by_proof
    ON search_sales (merchant_id, proof_of_sale, payment_id) WHERE proof_of_sale IS NOT NULL;
CREATE INDEX search_sales_by_last4
    ON search_sales (merchant_id, last4, payment_id) WHERE last4 IS NOT NULL;
CREATE INDEX search_sales_by_order
    ON search_sales (merchant_id, order_id, payment_id);

-- What few values tell apart, numbered from 1 for each merchant. Never changed, never removed.
CREATE TABLE search_combinations (
    merchant_id  UUID NOT NULL,
    combination  BIGINT NOT NULL CHECK (combination >= 1),
    status       BIGINT NOT NULL CHECK (status BETWEEN 0 AND 20),
    return_code  TEXT,
    method       TEXT NOT NULL,
    provider     TEXT NOT NULL,
    brand        TEXT,
    analysis     BIGINT CHECK (analysis BETWEEN 1 AND 5),
    PRIMARY KEY (merchant_id, combination)
);

-- Sums of search_sales by São Paulo day, counted from 1970-01-01.
CREATE TABLE search_days (
    merchant_id  UUID NOT NULL,
    day          BIGINT NOT NULL,
    combination  BIGINT NOT NULL CHECK (combination >= 1),
    version      BIGINT NOT NULL CHECK (version >= 1),
    sales        BIGINT NOT NULL CHECK (sales >= 0),
    amount       BIGINT NOT NULL CHECK (amount >= 0),
    captured     BIGINT NOT NULL CHECK (captured BETWEEN 0 AND amount),
    voided       BIGINT NOT NULL CHECK (voided BETWEEN 0 AND captured),
    PRIMARY KEY (merchant_id, day, combination)
);

-- How often functions were used by São Paulo day.
CREATE TABLE usage_days (
    merchant_id  UUID NOT NULL,
    day          BIGINT NOT NULL,
    function     BIGINT NOT NULL CHECK (function BETWEEN 1 AND 100),
    version      BIGINT NOT NULL CHECK (version >= 1),
    count        BIGINT NOT NULL CHECK (count >= 0),
    PRIMARY KEY (merchant_id, day, function)
);

-- Servers that have yet to make what is searched of what they wrote. A row goes at a clean end; one
-- that stays and is old says that something may be missing. The first one stands for the sales of
-- before this table.
CREATE TABLE search_servers (
    server   UUID NOT NULL PRIMARY KEY,
    seen_at  BIGINT NOT NULL
);

INSERT INTO search_servers (server, seen_at) VALUES ('00000000-0000-0000-0000-000000000000', 0);

-- Searches that users of the back office saved.
CREATE TABLE search_views (
    merchant_id  UUID NOT NULL,
    login        TEXT NOT NULL,
    name         TEXT NOT NULL CHECK (name <> ''),
    saved_at     BIGINT NOT NULL,
    query        TEXT NOT NULL,
    PRIMARY KEY (merchant_id, login, name)
);
