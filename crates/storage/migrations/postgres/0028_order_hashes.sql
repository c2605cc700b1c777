-- Payments by order number through a number of eight bytes instead of merchant and order: order numbers
-- come at random, and of fewer pages fewer are written. docs/decisions/0026-orders-in-runs.md says why.
DROP INDEX sales_by_order;
CREATE INDEX sales_by_order_hash
    ON sales (hashtextextended(order_id, uuid_hash_extended(merchant_id, 0)), payment_id);
