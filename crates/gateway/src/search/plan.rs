//! What a search comes to before anything is looked at: the days, the combinations that fit, the
//! indexes to look along.
//!
//! Invariant: every sale that fits lies in one of the indexes that are chosen.

use std::collections::HashSet;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::search::{Figures, Filter, day_number};
use aval_domain::time::{Timestamp, start_of};
use aval_storage::search::Source;

use super::known::Combinations;
use crate::app::App;
use crate::error::Error;

/// Below every payment.
const FIRST: PaymentId = PaymentId::from_bytes([0; 16]);
/// Above every payment.
const LAST: PaymentId = PaymentId::from_bytes([u8::MAX; 16]);

/// What a merchant's search comes to before anything is looked at.
pub(super) struct Plan {
    /// The indexes to look along.
    pub(super) sources: Vec<Source>,
    /// Combinations that fit.
    pub(super) wanted: HashSet<u32>,
    /// The days that are asked for, as payments.
    pub(super) days: (PaymentId, PaymentId),
    /// All that fits the days and the combinations.
    pub(super) figures: Figures,
    /// All that fits the days.
    pub(super) all: i64,
}

/// What a search comes to.
pub(super) async fn plan(
    app: &App,
    (merchant, establishment): (MerchantId, &str),
    filter: &Filter,
) -> Result<Plan, Error> {
    let today = app.clock.now().day();
    let (from, to) = filter.dates.map_or((None, None), |dates| dates.ends(today));
    let days = (
        from.map_or(FIRST, |day| last_before(start_of(day))),
        to.and_then(|day| day.tomorrow().ok())
            .map_or(LAST, |day| PaymentId::at(start_of(day), [0; 10])),
    );
    let numbers = (
        from.map_or(i64::MIN, day_number),
        to.map_or(i64::MAX, day_number),
    );
    let figures = app.storage.figures(merchant, numbers).await?;
    let known = Combinations::of(app.storage.search_combinations(merchant).await?);
    let wanted = known.all().filter(|(_, one)| filter.takes(one));
    let mut wanted: HashSet<u32> = wanted.map(|(number, _)| number).collect();
    if !is_own(filter, establishment) {
        wanted.clear();
    }
    let of_wanted = figures.iter().filter(|(number, _)| wanted.contains(number));
    let sum = of_wanted.fold(Figures::default(), |sum, (_, one)| sum.plus(*one));
    let all = figures.iter().map(|(_, one)| one.sales).sum();
    let mut plan = Plan {
        sources: Vec::new(),
        wanted,
        days,
        figures: sum,
        all,
    };
    let present = figures.iter().filter(|(_, one)| one.sales > 0);
    let present = present.map(|(number, _)| *number);
    plan.sources = plan.sources(filter, present.collect());
    Ok(plan)
}

/// The last payment there can be before a moment.
fn last_before(at: Timestamp) -> PaymentId {
    PaymentId::at(at.plus(-1_000), [u8::MAX; 10])
}

/// Whether the establishment that is asked for is the merchant's own: it sees no other.
fn is_own(filter: &Filter, establishment: &str) -> bool {
    let plain = |code: &str| code.trim_start_matches('0').to_owned();
    let asked = filter.establishment.as_deref();
    asked.is_none_or(|asked| plain(asked) == plain(establishment))
}

impl Plan {
    /// The indexes to look along: of a number that few sales have, of combinations, or all sales.
    fn sources(&self, filter: &Filter, present: Vec<u32>) -> Vec<Source> {
        if self.wanted.is_empty() {
            return Vec::new();
        }
        if let Some(nsu) = &filter.nsu {
            return vec![Source::Nsu(nsu.clone()), Source::FormerNsu(nsu.clone())];
        }
        let numbers = [
            filter.tid.clone().map(Source::Tid),
            filter.order.clone().map(Source::Order),
            filter.last4.clone().map(Source::Last4),
        ];
        if let Some(number) = numbers.into_iter().flatten().next() {
            return vec![number];
        }
        if let Some(text) = &filter.text {
            let of = [
                Source::Tid,
                Source::Nsu,
                Source::FormerNsu,
                Source::Order,
                Source::Last4,
            ];
            return of.into_iter().map(|of| of(text.clone())).collect();
        }
        let combinations = || {
            let wanted = present.iter().filter(|number| self.wanted.contains(number));
            wanted.map(|number| Source::Combination(*number)).collect()
        };
        // What is rare is found by its index even where an amount has to be looked for.
        let is_rare = self.figures.sales.saturating_mul(8) < self.all;
        match filter.amount {
            Some(range) if !is_rare => vec![Source::OfAmount(range.least, range.most)],
            Some(_) => combinations(),
            None if filter.asks_combinations() => combinations(),
            None => vec![Source::All],
        }
    }
}
