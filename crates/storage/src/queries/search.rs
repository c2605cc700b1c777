//! The SELECTs of the search.
//!
//! Invariant: as of all of them. Every one that searches names a merchant, goes along one index in
//! the order of payments, and reads no more rows than its last parameter says.

use super::reset::removes;
use crate::rows::search;

macro_rules! columns {
    () => {
        search::found_columns!()
    };
}

/// Sales of a merchant between two payments, neither of them included, in both orders: merchant,
/// (a value,) above, below, how many. Those of a value are chosen in its index alone, which holds
/// all that this takes: SQLite, which knows nothing of how values are spread, would otherwise walk
/// through all sales of the merchant.
macro_rules! both_ways {
    ($newest:ident, $oldest:ident, $what:literal) => {
        #[doc = concat!($what, ", newest first.")]
        pub(crate) const $newest: &str = both_ways!(" DESC");
        #[doc = concat!($what, ", oldest first.")]
        pub(crate) const $oldest: &str = both_ways!("");
    };
    ($newest:ident, $oldest:ident, $what:literal, $column:literal) => {
        #[doc = concat!($what, ", newest first.")]
        pub(crate) const $newest: &str = both_ways!($column, " DESC");
        #[doc = concat!($what, ", oldest first.")]
        pub(crate) const $oldest: &str = both_ways!($column, "");
    };
    ($order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM search_sales WHERE merchant_id = $1 AND payment_id > $2 AND payment_id < $3 \
             ORDER BY payment_id",
            $order,
            " LIMIT $4"
        )
    };
    ($column:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM search_sales WHERE merchant_id = $1 AND payment_id IN (SELECT k.payment_id \
             FROM (SELECT payment_id FROM search_sales WHERE merchant_id = $1 AND ",
            $column,
            " = $2 AND payment_id > $3 AND payment_id < $4 ORDER BY payment_id",
            $order,
            " LIMIT $5) AS k) ORDER BY payment_id",
            $order
        )
    };
}

both_ways!(FOUND, FOUND_UP, "All sales");
both_ways!(
    FOUND_BY_COMBINATION,
    FOUND_BY_COMBINATION_UP,
    "Of a combination",
    "combination"
);
both_ways!(FOUND_BY_TID, FOUND_BY_TID_UP, "Of a Tid", "tid");
both_ways!(
    FOUND_BY_NSU,
    FOUND_BY_NSU_UP,
    "Of a ProofOfSale",
    "proof_of_sale"
);
both_ways!(
    FOUND_BY_LAST4,
    FOUND_BY_LAST4_UP,
    "Of a card's last digits",
    "last4"
);
both_ways!(FOUND_BY_ORDER, FOUND_BY_ORDER_UP, "Of an order", "order_id");

macro_rules! of_former_nsu {
    ($order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM search_sales WHERE merchant_id = $1 AND payment_id IN (SELECT k.payment_id \
             FROM (SELECT payment_id FROM search_proofs WHERE merchant_id = $1 AND \
             proof_of_sale = $2 AND payment_id > $3 AND payment_id < $4 ORDER BY payment_id",
            $order,
            " LIMIT $5) AS k) ORDER BY payment_id",
            $order
        )
    };
}

/// Of a ProofOfSale that is theirs no more, newest first: as above.
pub(crate) const FOUND_BY_FORMER_NSU: &str = of_former_nsu!(" DESC");
/// The same, oldest first.
pub(crate) const FOUND_BY_FORMER_NSU_UP: &str = of_former_nsu!("");

/// Of the newest so many sales between two payments those of an amount, newest first: merchant,
/// above, below, how many, least, most.
pub(crate) const FOUND_OF_AMOUNT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM (SELECT ",
    columns!(),
    " FROM search_sales \
     WHERE merchant_id = $1 AND payment_id > $2 AND payment_id < $3 \
     ORDER BY payment_id DESC LIMIT $4) AS looked \
     WHERE amount >= $5 AND amount <= $6 ORDER BY payment_id DESC"
);

/// The same of the oldest, oldest first.
pub(crate) const FOUND_OF_AMOUNT_UP: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM (SELECT ",
    columns!(),
    " FROM search_sales \
     WHERE merchant_id = $1 AND payment_id > $2 AND payment_id < $3 \
     ORDER BY payment_id LIMIT $4) AS looked \
     WHERE amount >= $5 AND amount <= $6 ORDER BY payment_id"
);

/// The payment that so many newer ones precede: merchant, above, below, how many.
pub(crate) const FOUND_PLACE: &str = "SELECT payment_id FROM search_sales \
     WHERE merchant_id = $1 AND payment_id > $2 AND payment_id < $3 \
     ORDER BY payment_id DESC LIMIT 1 OFFSET $4";

/// The same the other way.
pub(crate) const FOUND_PLACE_UP: &str = "SELECT payment_id FROM search_sales \
     WHERE merchant_id = $1 AND payment_id > $2 AND payment_id < $3 \
     ORDER BY payment_id LIMIT 1 OFFSET $4";

/// One sale as it is searched: merchant, payment.
pub(crate) const FOUND_SALE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM search_sales WHERE merchant_id = $1 AND payment_id = $2"
);

/// A merchant's combinations: merchant.
pub(crate) const SEARCH_COMBINATIONS: &str = "SELECT merchant_id, combination, status, \
     return_code, method, provider, brand, analysis FROM search_combinations \
     WHERE merchant_id = $1 ORDER BY combination";

/// Sums by combination over days: merchant, first, last.
pub(crate) const FIGURES: &str = "SELECT combination, CAST(sum(sales) AS BIGINT), \
     CAST(sum(amount) AS BIGINT), CAST(sum(captured) AS BIGINT), CAST(sum(voided) AS BIGINT) \
     FROM search_days WHERE merchant_id = $1 AND day >= $2 AND day <= $3 GROUP BY combination";

/// Sums by day and combination: merchant, first, last.
pub(crate) const FIGURES_BY_DAY: &str = "SELECT merchant_id, day, combination, version, sales, \
     amount, captured, voided FROM search_days \
     WHERE merchant_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, combination";

/// The sums of one day and combination: merchant, day, combination.
pub(crate) const FIGURES_OF_DAY: &str = "SELECT merchant_id, day, combination, version, sales, \
     amount, captured, voided FROM search_days \
     WHERE merchant_id = $1 AND day = $2 AND combination = $3";

/// How often functions were used by day: merchant, first, last.
pub(crate) const USAGE: &str = "SELECT merchant_id, day, function, version, count FROM usage_days \
     WHERE merchant_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, function";

/// How often a function was used on a day: merchant, day, function.
pub(crate) const USAGE_OF_DAY: &str = "SELECT merchant_id, day, function, version, count \
     FROM usage_days WHERE merchant_id = $1 AND day = $2 AND function = $3";

/// What was done of one kind before a moment and since another, newest first: merchant, kind,
/// since, then the moment, payment and version before which it was, how many.
pub(crate) const OPERATIONS_BETWEEN: &str = "SELECT o.merchant_id, o.payment_id, o.version, \
     o.kind, o.amount, o.at, o.request_id, o.return_code, o.by_user, o.proof_before, \
     o.code_before, o.message_before FROM (SELECT at, payment_id, version FROM search_operations \
     WHERE merchant_id = $1 AND kind = $2 AND at >= $3 \
     AND (at, payment_id, version) < ($4, $5, $6) \
     ORDER BY at DESC, payment_id DESC, version DESC LIMIT $7) AS s \
     JOIN operations AS o ON o.payment_id = s.payment_id AND o.merchant_id = $1 \
     AND o.version = s.version ORDER BY s.at DESC, s.payment_id DESC, s.version DESC";

/// Of the newest so many sales of all merchants before a payment those that are searched as they no
/// longer are: before, how many. Of two payments with one id at the end of a page one is passed
/// over, but ids are drawn by chance.
pub(crate) const STALE: &str = "SELECT s.merchant_id, s.payment_id \
     FROM (SELECT merchant_id, payment_id, version \
     FROM sales WHERE payment_id < $1 ORDER BY payment_id DESC LIMIT $2) AS s \
     LEFT JOIN search_sales AS f ON f.merchant_id = s.merchant_id \
     AND f.payment_id = s.payment_id \
     WHERE f.sale_version IS NULL OR f.sale_version < s.version ORDER BY s.payment_id DESC";

/// The sale that so many newer ones precede: before, how many.
pub(crate) const SALE_PLACE: &str = "SELECT payment_id FROM sales \
     WHERE payment_id < $1 ORDER BY payment_id DESC LIMIT 1 OFFSET $2";

/// A user's saved searches: merchant, login, how many.
pub(crate) const VIEWS: &str = "SELECT merchant_id, login, name, saved_at, query \
     FROM search_views WHERE merchant_id = $1 AND login = $2 ORDER BY name LIMIT $3";

/// A server runs: its name, now.
pub(crate) const SERVER_RUNS: &str = "INSERT INTO search_servers (server, seen_at) \
     VALUES ($1, $2) ON CONFLICT (server) DO UPDATE SET seen_at = excluded.seen_at";

/// A server has ended, or is taken over: its name, when it was last seen at the latest.
pub(crate) const SERVER_ENDED: &str =
    "DELETE FROM search_servers WHERE server = $1 AND seen_at <= $2";

/// Servers that were not seen since a moment: moment.
pub(crate) const SERVERS_GONE: &str =
    "SELECT server FROM search_servers WHERE seen_at <= $1 ORDER BY server";

/// Servers that were seen since a moment: moment, how many.
pub(crate) const SERVERS_SEEN: &str =
    "SELECT server FROM search_servers WHERE seen_at > $1 ORDER BY server LIMIT $2";

/// Removes what is made of sales. Combinations stay: servers remember their numbers.
pub(crate) const RESET: &[&str] = &[
    removes!(
        "search_operations",
        "merchant_id, kind, at, payment_id, version"
    ),
    removes!("search_sales", "merchant_id, payment_id"),
    removes!("search_proofs", "merchant_id, proof_of_sale, payment_id"),
    removes!("search_days", "merchant_id, day, combination"),
    removes!("usage_days", "merchant_id, day, function"),
];

/// All of them.
#[cfg(test)]
pub(crate) const ALL: &[&str] = &[
    FOUND,
    FOUND_UP,
    FOUND_BY_COMBINATION,
    FOUND_BY_COMBINATION_UP,
    FOUND_BY_TID,
    FOUND_BY_TID_UP,
    FOUND_BY_NSU,
    FOUND_BY_NSU_UP,
    FOUND_BY_FORMER_NSU,
    FOUND_BY_FORMER_NSU_UP,
    FOUND_BY_LAST4,
    FOUND_BY_LAST4_UP,
    FOUND_BY_ORDER,
    FOUND_BY_ORDER_UP,
    FOUND_OF_AMOUNT,
    FOUND_OF_AMOUNT_UP,
    FOUND_PLACE,
    FOUND_PLACE_UP,
    FOUND_SALE,
    SEARCH_COMBINATIONS,
    FIGURES,
    FIGURES_BY_DAY,
    FIGURES_OF_DAY,
    USAGE,
    USAGE_OF_DAY,
    OPERATIONS_BETWEEN,
    STALE,
    SALE_PLACE,
    VIEWS,
    SERVER_RUNS,
    SERVER_ENDED,
    SERVERS_GONE,
    SERVERS_SEEN,
];
