-- Payments that wait for their buyers at a page, and until when. A row goes with the decision; a task
-- ends what is due, so that a buyer who never comes leaves neither an open payment nor a sealed card.
CREATE TABLE awaited_buyers (
    merchant_id  BLOB NOT NULL,
    payment_id   BLOB NOT NULL,
    due_at       INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, payment_id)
) STRICT, WITHOUT ROWID;

-- The task asks for what is due of all merchants; the table holds what waits, a day at most.
CREATE INDEX awaited_buyers_by_due ON awaited_buyers (due_at, merchant_id, payment_id);

-- Cards that wait already end a day after their sale, too.
INSERT INTO awaited_buyers
    SELECT waiting.merchant_id, waiting.payment_id, sales.received_at + 86400000000
    FROM awaited_cards AS waiting
    JOIN sales ON sales.merchant_id = waiting.merchant_id
        AND sales.payment_id = waiting.payment_id;
