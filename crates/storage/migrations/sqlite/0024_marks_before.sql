-- What was answered to a payment before each of its operations, which may have replaced it. What an
-- older server writes, and what was written before, has none of it.
ALTER TABLE operations ADD COLUMN proof_before TEXT;
ALTER TABLE operations ADD COLUMN code_before TEXT;
ALTER TABLE operations ADD COLUMN message_before TEXT;

-- What a statement counts of a day is listed by it.
CREATE INDEX operations_by_time
    ON operations (merchant_id, kind, at, payment_id, version);

-- ProofOfSale (NSU) numbers that payments had before: a capture brings a new one. Made with what is
-- searched, so never with a sale. docs/decisions/0020-search.md says why.
CREATE TABLE search_proofs (
    merchant_id    BLOB NOT NULL,
    proof_of_sale  TEXT NOT NULL CHECK (proof_of_sale <> ''),
    payment_id     BLOB NOT NULL,
    sale_version   INTEGER NOT NULL CHECK (sale_version >= 1),
    PRIMARY KEY (merchant_id, proof_of_sale, payment_id)
) STRICT, WITHOUT ROWID;
