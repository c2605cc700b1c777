-- What may be shown of the card that a fault concerns: first six, stars, last four.
ALTER TABLE faults ADD COLUMN masked TEXT;
