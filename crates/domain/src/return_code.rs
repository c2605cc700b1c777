//! The return codes of an acquirer (manual lines 5905 to 6009): what became of a sale, by code.
//!
//! Invariant: the wording is the manual's. The simulator's own codes ("4", "6", "9" …) are another
//! space and not in this table (manual lines 263 to 270).

use std::sync::LazyLock;

use crate::tables::rows;

/// One row of the manual's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnRow {
    /// One to three letters or digits.
    pub code: &'static str,
    /// What the code says.
    pub definition: &'static str,
    /// What it means for the merchant.
    pub meaning: &'static str,
    /// What to tell the buyer.
    pub action: &'static str,
    /// Whether the sale may be sent again.
    pub retry: Retry,
}

/// Whether and when a denied sale may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Never.
    No,
    /// Four times in sixteen days.
    FourTimesInSixteenDays,
    /// From the following day, four times in sixteen days.
    FromTheFollowingDay,
}

/// The whole table in the manual's order: 105 rows, 104 codes (FG stands twice).
pub static TABLE: LazyLock<Vec<ReturnRow>> = LazyLock::new(|| {
    rows::<5>(include_str!("../data/return-codes.tsv"))
        .map(|[code, definition, meaning, action, retry]| ReturnRow {
            code,
            definition,
            meaning,
            action,
            retry: Retry::parse(retry),
        })
        .collect()
});

impl Retry {
    fn parse(text: &str) -> Self {
        if text.starts_with("From the following day") {
            Self::FromTheFollowingDay
        } else if text.starts_with("Only 4 times") {
            Self::FourTimesInSixteenDays
        } else {
            Self::No
        }
    }
}

/// The row of a code; of a code that stands twice, the first.
#[must_use]
pub fn find(code: &str) -> Option<&'static ReturnRow> {
    TABLE.iter().find(|row| row.code == code)
}

/// Mastercard's advice on a denial (decision D23): `03` where no retry is allowed, `24` where it
/// is. Of the simulator's codes 70, 78 and 99 allow one; 2, 57 and 77 do not.
#[must_use]
pub fn advice(allows_retry: bool) -> &'static str {
    if allows_retry { "24" } else { "03" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(retry: Retry) -> Vec<&'static str> {
        TABLE
            .iter()
            .filter(|row| row.retry == retry)
            .map(|row| row.code)
            .collect()
    }

    #[test]
    fn the_table_has_105_rows_and_fg_stands_twice() {
        assert_eq!(TABLE.len(), 105);
        assert_eq!(TABLE.iter().filter(|row| row.code == "FG").count(), 2);
    }

    #[test]
    fn retries_are_as_the_manual_lists_them() {
        assert_eq!(
            codes(Retry::FromTheFollowingDay),
            ["51", "62", "67", "70", "99", "999", "BL", "DM", "EB"]
        );
        assert_eq!(codes(Retry::FourTimesInSixteenDays).len(), 21);
        assert_eq!(codes(Retry::No).len(), 75);
        assert_eq!(find("15").unwrap().retry, Retry::No);
    }
}
