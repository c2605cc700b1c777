//! Tables of the manual as data, complete, whether or not a code is in use.
//!
//! Invariant: a table is read from the text file beside it, which keeps the manual's wording
//! (misspellings included), and is never changed by code.

pub mod countries;

/// Splits a table of tab-separated text into rows of exactly `N` cells, skipping the heading.
pub(crate) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        let mut row = [""; N];
        for cell in &mut row {
            *cell = cells.next()?;
        }
        Some(row)
    })
}
