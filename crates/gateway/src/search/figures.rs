//! Figures by day: what an overview and a statement are made of.
//!
//! Invariant: sums of all sales that are searched, exact to the day; nothing is estimated.

use aval_domain::billing::Used;
use aval_domain::id::MerchantId;
use aval_domain::search::{Combination, Figures, day_number, day_of_number};
use jiff::civil::Date;

use super::known::Combinations;
use crate::app::App;
use crate::error::Error;

/// What was sold on a day in one combination of status, code, method, brand and analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLine {
    /// The São Paulo day on which the sales were received.
    pub day: Date,
    /// The combination, as the sales are now.
    pub combination: Combination,
    /// How many, and cents.
    pub figures: Figures,
}

/// What a merchant sold by day and combination, from a day to a day, both included.
///
/// # Errors
/// The store's failures.
pub async fn figures(
    app: &App,
    merchant: MerchantId,
    (first, last): (Date, Date),
) -> Result<Vec<DayLine>, Error> {
    let days = (day_number(first), day_number(last));
    let rows = app.storage.figures_by_day(merchant, days).await?;
    // Read after the sums, so that it knows every combination that they name.
    let known = Combinations::of(app.storage.search_combinations(merchant).await?);
    let lines = rows.into_iter().filter(|row| row.figures.sales > 0);
    let lines = lines.filter_map(|row| {
        Some(DayLine {
            day: day_of_number(row.day),
            combination: known.get(row.combination)?.clone(),
            figures: row.figures,
        })
    });
    Ok(lines.collect())
}

/// How often a merchant used each function that is billed, by day, from a day to a day, both
/// included. Queries, stored cards and notifications are up to a minute behind.
///
/// # Errors
/// The store's failures.
pub async fn usage(
    app: &App,
    merchant: MerchantId,
    (first, last): (Date, Date),
) -> Result<Vec<Used>, Error> {
    let days = (day_number(first), day_number(last));
    let rows = app.storage.usage(merchant, days).await?;
    let used = rows.into_iter().map(|row| Used {
        day: day_of_number(row.day),
        function: row.function,
        count: row.count,
    });
    Ok(used.collect())
}
