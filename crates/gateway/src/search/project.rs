//! Making sales searchable: their rows, the sums of their days, what is billed for them.
//!
//! Invariant: a row, the sums that it is part of and the uses that it is counted for are one
//! commit, which expects the versions that were read. So whatever runs twice or at once, each
//! version of a sale is in the sums once, and never an older one over a newer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aval_domain::billing::{Counted, Function, of_operation, used};
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::operation::Operation;
use aval_domain::sale::Sale;
use aval_domain::search::{Figures, FoundSale, day_number, of_sale};
use aval_storage::search::{DatedOperation, DayFigures, FormerNsu, Numbered, SearchWrite, Usage};
use aval_storage::{Changes, CommitError, Conflict, Write};
use futures_util::future::join_all;

use super::known::Combinations;
use crate::app::App;
use crate::error::Error;

/// How often what another server changed at the same time is read again.
const TRIES: usize = 16;

/// What a batch adds to the sums.
#[derive(Default)]
struct Sums {
    days: BTreeMap<(i64, u32), (Figures, Figures)>,
    uses: BTreeMap<(i64, Function), i64>,
}

/// Makes sales of a merchant searchable as they are now; says how many were not yet.
pub(super) async fn project(
    app: &App,
    merchant: MerchantId,
    payments: &BTreeSet<PaymentId>,
) -> Result<u64, Error> {
    let payments: Vec<PaymentId> = payments.iter().copied().collect();
    for _ in 0..TRIES {
        let known = app.search.known.of(&app.storage, merchant).await?;
        let mut known = Combinations::clone(&known);
        let (sales, writes) = changes(app, merchant, &payments, &mut known).await?;
        if writes.is_empty() {
            return Ok(0);
        }
        match app.storage.commit(Changes { merchant, writes }).await {
            Ok(()) => {
                app.search.known.put(merchant, Arc::new(known));
                return Ok(sales);
            }
            Err(CommitError::Conflict(Conflict::Version)) => app.search.known.forget(merchant),
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}

/// The writes that make sales searchable, and how many sales they concern.
async fn changes(
    app: &App,
    merchant: MerchantId,
    payments: &[PaymentId],
    known: &mut Combinations,
) -> Result<(u64, Vec<Write>), Error> {
    // The row that is searched is read first: it is never of a later version than the sale then.
    let before = app.storage.found_sales(merchant, payments).await?;
    let sales = app.storage.sales(merchant, payments).await?;
    // Another server may have numbered what a row was: without it the row would be counted as new.
    let is_unknown = |row: &FoundSale| known.get(row.combination).is_none();
    if before.iter().flatten().any(is_unknown) {
        *known = Combinations::of(app.storage.search_combinations(merchant).await?);
    }
    let mut sums = Sums::default();
    let mut writes = Vec::new();
    let mut count = 0_u64;
    for (sale, before) in sales.into_iter().zip(before) {
        let Some(sale) = sale else {
            continue;
        };
        if before
            .as_ref()
            .is_some_and(|row| row.sale_version >= sale.version)
        {
            continue;
        }
        count = count.saturating_add(1);
        writes.extend(row(app, &sale, before, known, &mut sums).await?);
    }
    writes.extend(sums.writes(app, merchant).await?);
    Ok((count, writes.into_iter().map(Write::Search).collect()))
}

/// The row of a sale, and its combination when that is new; adds to the sums.
async fn row(
    app: &App,
    sale: &Sale,
    before: Option<FoundSale>,
    known: &mut Combinations,
    sums: &mut Sums,
) -> Result<Vec<SearchWrite>, Error> {
    let (combination, mut now) = of_sale(sale);
    // What an analysis did with the sale at once is of its first version.
    let operations = if sale.version > 1 || sale.analysis.is_some() {
        app.storage.operations(sale.merchant, sale.id).await?
    } else {
        Vec::new()
    };
    let made = before.as_ref().map_or(0, |before| before.sale_version);
    // One that came after the sale was read is taken with its next version.
    let is_taken = |one: &&Operation| one.version > made && one.version <= sale.version;
    let new: Vec<&Operation> = operations.iter().filter(is_taken).collect();
    let day = day_number(sale.received_at.day());
    let (number, is_new) = known.number(&combination);
    now.combination = number;
    let former = former_nsus(&now, before.as_ref(), &new);
    let mut counted = None;
    if let Some(before) = &before {
        now.version = before.version.saturating_add(1);
        sums.less(day, before);
        let was = known.get(before.combination);
        counted = was.map(|combination| Counted {
            version: before.sale_version,
            combination,
        });
    }
    sums.more(day, &now);
    for one in used(sale, counted, &operations) {
        let uses = sums.uses.entry((day_number(one.day), one.function));
        let uses = uses.or_default();
        *uses = uses.saturating_add(one.count);
    }
    let mut writes = vec![SearchWrite::PutSale(Box::new(now))];
    writes.extend(former.into_iter().map(SearchWrite::PutFormerNsu));
    writes.extend(dated(&new, sale.version).map(SearchWrite::PutOperation));
    if is_new {
        writes.push(SearchWrite::InsertCombination(Box::new(Numbered {
            number,
            combination,
        })));
    }
    Ok(writes)
}

/// The numbers that a sale had before the one it has: those that its new operations found, and the
/// one it was searched by.
fn former_nsus(now: &FoundSale, before: Option<&FoundSale>, new: &[&Operation]) -> Vec<FormerNsu> {
    let found = new
        .iter()
        .filter_map(|one| Some(one.before.as_ref()?.proof_of_sale.as_str()));
    let searched = before.and_then(|before| before.nsu.as_deref());
    let former: BTreeSet<&str> = found.chain(searched).collect();
    let is_former = |nsu: &&str| !nsu.is_empty() && Some(*nsu) != now.nsu.as_deref();
    let former = former.into_iter().filter(is_former);
    let former = former.map(|nsu| FormerNsu {
        nsu: nsu.to_owned(),
        payment: now.payment,
        sale_version: now.sale_version,
    });
    former.collect()
}

/// Those of a sale's operations that are billed, for the list of their day.
fn dated(new: &[&Operation], sale_version: u32) -> impl Iterator<Item = DatedOperation> {
    let billed = new.iter().filter(|one| of_operation(one.kind).is_some());
    billed.map(move |one| DatedOperation {
        kind: one.kind,
        at: one.at,
        payment: one.payment,
        version: one.version,
        sale_version,
    })
}

impl Sums {
    fn more(&mut self, day: i64, sale: &FoundSale) {
        let (more, _) = self.days.entry((day, sale.combination)).or_default();
        *more = more.plus(Figures::of(sale));
    }

    fn less(&mut self, day: i64, sale: &FoundSale) {
        let (_, less) = self.days.entry((day, sale.combination)).or_default();
        *less = less.plus(Figures::of(sale));
    }

    /// What the sums become.
    async fn writes(self, app: &App, merchant: MerchantId) -> Result<Vec<SearchWrite>, Error> {
        let days = self.days.keys().copied();
        let days = app.storage.figures_of_days(merchant, days).await?;
        let uses = self.uses.keys().copied();
        let uses = app.storage.usage_of_days(merchant, uses).await?;
        let days = self.days.into_iter().zip(days);
        let days = days.map(|(((day, combination), (more, less)), before)| {
            let was = before.map(|row| row.figures).unwrap_or_default();
            SearchWrite::PutDay(DayFigures {
                day,
                combination,
                version: before.map_or(1, |row| row.version.saturating_add(1)),
                figures: sound(was.plus(more).minus(less)),
            })
        });
        let uses = self.uses.into_iter().zip(uses);
        let uses = uses.map(|(((day, function), count), before)| {
            SearchWrite::PutUsage(more_uses(day, function, count, before))
        });
        Ok(days.chain(uses).collect())
    }
}

/// Sums that the store takes: after a reset of the sandbox some may have been missing.
fn sound(figures: Figures) -> Figures {
    let amount = figures.amount.max(0);
    let captured = figures.captured.clamp(0, amount);
    Figures {
        sales: figures.sales.max(0),
        amount,
        captured,
        voided: figures.voided.clamp(0, captured),
    }
}

fn more_uses(day: i64, function: Function, count: i64, before: Option<Usage>) -> Usage {
    let (version, was) = before.map_or((0, 0), |row| (row.version, row.count));
    Usage {
        day,
        function,
        version: version.saturating_add(1),
        count: was.saturating_add(count),
    }
}

/// Writes uses that no sale tells of: queries, stored cards, notifications. Those that could not be
/// written are counted with the next.
pub(super) async fn flush_uses(app: &App) -> Result<(), Error> {
    let feed = app.storage.feed();
    let day = day_number(app.clock.now().day());
    let mut of: BTreeMap<MerchantId, Vec<(Function, i64)>> = BTreeMap::new();
    for (merchant, function, count) in feed.take_used() {
        of.entry(merchant).or_default().push((function, count));
    }
    let flushed = of.into_iter().map(async |(merchant, uses)| {
        let written = add_uses(app, merchant, day, &uses).await;
        if written.is_err() {
            feed.give_back(uses.iter().map(|(one, count)| (merchant, *one, *count)));
        }
        written
    });
    // All of them to their end: one that were dropped could not give back what it had taken.
    join_all(flushed).await.into_iter().collect()
}

async fn add_uses(
    app: &App,
    merchant: MerchantId,
    day: i64,
    uses: &[(Function, i64)],
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let keys = uses.iter().map(|(function, _)| (day, *function));
        let before = app.storage.usage_of_days(merchant, keys).await?;
        let rows = uses.iter().zip(before);
        let writes = rows.map(|((function, count), before)| {
            let row = more_uses(day, *function, *count, before);
            Write::Search(SearchWrite::PutUsage(row))
        });
        let writes = writes.collect();
        match app.storage.commit(Changes { merchant, writes }).await {
            Ok(()) => return Ok(()),
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}
