-- Cards of payments that wait for their buyers, and cards that were replaced (Renova Fácil). Slips
-- and transfers need no table: what never changes of them stands in `details` of their sales, and
-- what was paid of a slip in `operations`.

-- Cards that are stored when their buyers turn out known at the issuer's page. A row goes with the
-- decision. Sales that store no card, or ask for no authentication, have none.
CREATE TABLE awaited_cards (
    merchant_id  UUID NOT NULL,
    payment_id   UUID NOT NULL,
    sealed       BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, payment_id)
);

-- The sandbox's register of replaced cards, by the keyed hash of the old number. The new number is
-- sealed, bound to that hash.
CREATE TABLE replaced_cards (
    merchant_id  UUID NOT NULL,
    fingerprint  BYTEA NOT NULL,
    sealed       BYTEA NOT NULL,
    masked       TEXT NOT NULL,
    expiry       TEXT NOT NULL,
    brand        TEXT NOT NULL,
    replaced_at  BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, fingerprint)
);
