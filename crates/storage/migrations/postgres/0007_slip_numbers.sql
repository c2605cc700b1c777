-- Numbers of slips that were drawn here, so that none is drawn twice for a merchant. Numbers that
-- shops choose themselves are not among them.
CREATE TABLE slip_numbers (
    merchant_id  UUID NOT NULL,
    number       TEXT NOT NULL,
    PRIMARY KEY (merchant_id, number)
);
