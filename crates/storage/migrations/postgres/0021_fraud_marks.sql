-- What an event of the history is beside its fate: 1 tells again of a sale that is known, with what
-- became of it since; 2 nobody has paid it. What an older server writes has neither.
ALTER TABLE fraud_events ADD COLUMN mark BIGINT NOT NULL DEFAULT 0 CHECK (mark BETWEEN 0 AND 3);
