//! Finding sales: along the index that fits best, page by page, with a bound on what is looked at.
//!
//! Invariant: what is given is in the order of the payments' ids and has no gap: a search that
//! stopped before its end says where, and goes on there.

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::search::{Figures, Filter, FoundSale};
use aval_storage::search::{Source, Stretch};
use futures_util::future::{try_join, try_join_all};

use super::along::Along;
use super::plan::{Plan, plan};
use crate::app::App;
use crate::error::Error;

/// Which part of what fits is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The newest sales.
    Newest,
    /// Sales before this one.
    OlderThan(PaymentId),
    /// Sales after this one.
    NewerThan(PaymentId),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub sales: Vec<FoundSale>,
    /// There are older ones: before this.
    pub older: Option<PaymentId>,
    /// There are newer ones: after this.
    pub newer: Option<PaymentId>,
    /// So much was looked at that the search stopped there; it can go on.
    pub stopped: Option<PaymentId>,
    /// How many fit in all.
    pub total: Total,
}

/// How many sales fit in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// How many, and cents.
    pub figures: Figures,
    /// Whether that is all; else at least so many.
    pub is_exact: bool,
}

/// Sales that are counted one by one at the most.
pub const COUNTED: usize = 1_000;
/// Rows that a search along all sales looks at at the most.
const BUDGET: u32 = 50_000;
/// The same along indexes of values: each of their rows is a look by key of its own.
const BUDGET_BY_VALUE: u32 = 10_000;
/// Rows looked at along all sales before the indexes of combinations are taken.
const TRIED: u32 = 2_048;
/// The longest page that is read from one index.
const LONGEST: u32 = 32_768;
/// Finds sales of a merchant, at most `limit` for a page.
///
/// # Errors
/// The store's failures.
pub async fn find(
    app: &App,
    (merchant, establishment): (MerchantId, &str),
    filter: &Filter,
    page: Page,
    limit: usize,
) -> Result<Found, Error> {
    let search = Finding {
        app,
        merchant,
        filter,
        plan: plan(app, (merchant, establishment), filter).await?,
    };
    let counts = !filter.is_of_figures();
    let whole = search.stretch(Page::Newest);
    let wanted = limit.saturating_add(1);
    let (collected, counted) = match page {
        Page::Newest if counts => {
            let most = wanted.max(COUNTED.saturating_add(1));
            let all = search.collect(whole, most).await?;
            (all.clone(), Some(all))
        }
        Page::OlderThan(_) | Page::NewerThan(_) if counts => {
            let most = COUNTED.saturating_add(1);
            let page = search.collect(search.stretch(page), wanted);
            let (page, all) = try_join(page, search.collect(whole, most)).await?;
            (page, Some(all))
        }
        Page::Newest | Page::OlderThan(_) | Page::NewerThan(_) => {
            (search.collect(search.stretch(page), wanted).await?, None)
        }
    };
    let total = match counted {
        None => Total {
            figures: search.plan.figures,
            is_exact: true,
        },
        Some(all) => all.total(),
    };
    Ok(collected.page(page, limit, total))
}

/// Sales of a merchant that fit, older than one, up to `limit`; and the one before which reading
/// goes on, when there may be more. For whoever reads them all.
///
/// # Errors
/// The store's failures.
pub async fn list(
    app: &App,
    (merchant, establishment): (MerchantId, &str),
    filter: &Filter,
    before: Option<PaymentId>,
    limit: usize,
) -> Result<(Vec<FoundSale>, Option<PaymentId>), Error> {
    let search = Finding {
        app,
        merchant,
        filter,
        plan: plan(app, (merchant, establishment), filter).await?,
    };
    let page = before.map_or(Page::Newest, Page::OlderThan);
    let collected = search.collect(search.stretch(page), limit).await?;
    let last = collected.sales.last().map(|sale| sale.payment);
    let next = collected.stopped.or(last.filter(|_| collected.is_cut));
    Ok((collected.sales, next))
}

/// The indexes that a search goes along, in both directions as its pages are read: for whoever
/// explains what it costs. What nobody has is looked for nowhere.
///
/// # Errors
/// The store's failures.
pub async fn sources(
    app: &App,
    of: (MerchantId, &str),
    filter: &Filter,
) -> Result<Vec<Source>, Error> {
    let search = Finding {
        app,
        merchant: of.0,
        filter,
        plan: plan(app, of, filter).await?,
    };
    if search.named().is_some() {
        return Ok(Vec::new());
    }
    let mut sources = search.plan.sources.clone();
    if search.tries_all() {
        sources.push(Source::All);
    }
    Ok(sources)
}

struct Finding<'a> {
    app: &'a App,
    merchant: MerchantId,
    filter: &'a Filter,
    plan: Plan,
}

/// What was collected, in the order of its stretch.
#[derive(Debug, Clone, Default)]
struct Collected {
    sales: Vec<FoundSale>,
    stopped: Option<PaymentId>,
    is_cut: bool,
}

impl Finding<'_> {
    /// The payments that a page is looked for among.
    fn stretch(&self, page: Page) -> Stretch {
        let (above, below) = self.plan.days;
        match page {
            Page::Newest => Stretch {
                above,
                below,
                newest_first: true,
            },
            Page::OlderThan(id) => Stretch {
                above,
                below: below.min(id),
                newest_first: true,
            },
            Page::NewerThan(id) => Stretch {
                above: above.max(id),
                below,
                newest_first: false,
            },
        }
    }

    /// Collects up to `most` sales that fit.
    async fn collect(&self, stretch: Stretch, most: usize) -> Result<Collected, Error> {
        if let Some(id) = self.named() {
            return self.one(id, stretch).await;
        }
        let sources = &self.plan.sources;
        if !self.tries_all() {
            return self.along(sources, (stretch, most), budget(sources)).await;
        }
        // Most of the newest sales fit: they are found without asking each index. Where they turn
        // out to lie elsewhere, the indexes tell.
        let all = [Source::All];
        let mut found = self.along(&all, (stretch, most), TRIED).await?;
        let Some(reached) = found.stopped else {
            return Ok(found);
        };
        let left = most.saturating_sub(found.sales.len());
        let rest = (stretch.from(reached), left);
        let rest = self.along(sources, rest, budget(sources)).await?;
        found.sales.extend(rest.sales);
        found.stopped = rest.stopped;
        found.is_cut = rest.is_cut;
        Ok(found)
    }

    /// Whether all sales are looked at before the indexes of combinations.
    fn tries_all(&self) -> bool {
        let is_of_combinations = matches!(self.plan.sources.first(), Some(Source::Combination(_)));
        is_of_combinations && self.is_dense()
    }

    /// Whether so many sales fit that reading all of them soon fills a page.
    const fn is_dense(&self) -> bool {
        self.plan.figures.sales.saturating_mul(20) >= self.plan.all
    }

    /// The payment, when one is named.
    fn named(&self) -> Option<PaymentId> {
        // By its own number it would not be seen that a former one is asked for.
        if self.filter.nsu.is_some() {
            return None;
        }
        let text = self.filter.text.as_deref();
        self.filter
            .payment
            .or_else(|| text.and_then(PaymentId::parse))
    }

    async fn one(&self, id: PaymentId, stretch: Stretch) -> Result<Collected, Error> {
        let found = self.app.storage.found_sales(self.merchant, &[id]).await?;
        let sale = found.into_iter().flatten().next();
        let is_within = stretch.above < id && id < stretch.below;
        let fits = |sale: &FoundSale| is_within && self.fits(sale);
        Ok(Collected {
            sales: sale.into_iter().filter(fits).collect(),
            ..Collected::default()
        })
    }

    fn fits(&self, sale: &FoundSale) -> bool {
        self.plan.wanted.contains(&sale.combination) && self.filter.fits(sale)
    }

    /// Whether a sale of a source fits. One that is found by a former number has another now: all
    /// but the number is asked of it.
    fn fits_of(&self, source: &Source, sale: &FoundSale) -> bool {
        if !matches!(source, Source::FormerNsu(_)) {
            return self.fits(sale);
        }
        let mut filter = self.filter.clone();
        if filter.nsu.take().is_none() {
            filter.text = None;
        }
        self.plan.wanted.contains(&sale.combination) && filter.fits(sale)
    }

    /// Looks along sources at once: of each a page, then of each a longer one from where the
    /// shortest has ended.
    async fn along(
        &self,
        sources: &[Source],
        (mut stretch, most): (Stretch, usize),
        budget: u32,
    ) -> Result<Collected, Error> {
        let mut collected = Collected::default();
        let mut looked = 0_u32;
        let mut size = self.first_size(sources, most);
        while !sources.is_empty() {
            let pages = sources
                .iter()
                .map(|source| self.page(source, stretch, size));
            let pages = try_join_all(pages).await?;
            let reached = stretch.nearest(pages.iter().filter_map(|page| page.reached));
            let count = u32::try_from(sources.len()).unwrap_or(u32::MAX);
            looked = looked.saturating_add(size.saturating_mul(count));
            let rows = pages.into_iter().flat_map(|page| page.sales);
            let rows = rows.filter(|sale| reached.is_none_or(|end| stretch.has(sale, end)));
            let mut rows: Vec<FoundSale> = rows.collect();
            rows.sort_by_key(|sale| sale.payment);
            rows.dedup_by_key(|sale| sale.payment);
            if stretch.newest_first {
                rows.reverse();
            }
            collected.sales.extend(rows);
            if collected.sales.len() >= most {
                collected.sales.truncate(most);
                collected.is_cut = true;
                return Ok(collected);
            }
            let Some(reached) = reached else {
                return Ok(collected);
            };
            if looked >= budget {
                collected.stopped = Some(reached);
                return Ok(collected);
            }
            stretch = stretch.from(reached);
            let share = budget.saturating_sub(looked).div_ceil(count.max(1));
            size = size.saturating_mul(4).min(share).clamp(1, LONGEST);
        }
        Ok(collected)
    }

    /// How many rows are read of each source first.
    fn first_size(&self, sources: &[Source], most: usize) -> u32 {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let share = |size: u32| {
            let count = u32::try_from(sources.len()).unwrap_or(u32::MAX).max(1);
            size.div_ceil(count).saturating_add(8).min(size)
        };
        match sources.first() {
            Some(Source::OfAmount(..)) => 4_096,
            Some(Source::All) if self.filter.asks_combinations() => most.saturating_mul(4),
            Some(Source::Combination(_)) => share(most),
            Some(
                Source::All
                | Source::Tid(_)
                | Source::Nsu(_)
                | Source::FormerNsu(_)
                | Source::Last4(_)
                | Source::Order(_),
            )
            | None => most,
        }
    }

    async fn page(&self, source: &Source, stretch: Stretch, size: u32) -> Result<Read, Error> {
        let storage = &self.app.storage;
        let sales = storage.search(self.merchant, source, stretch, size);
        if let Source::OfAmount(..) = source {
            let place = storage.search_place(self.merchant, stretch, size.saturating_sub(1));
            let (mut sales, reached) = try_join(sales, place).await?;
            sales.retain(|sale| self.fits_of(source, sale));
            return Ok(Read { sales, reached });
        }
        let mut sales = sales.await?;
        let is_full = u32::try_from(sales.len()).unwrap_or(u32::MAX) >= size;
        let last = sales.last().map(|sale| sale.payment);
        let reached = last.filter(|_| is_full);
        sales.retain(|sale| self.fits_of(source, sale));
        Ok(Read { sales, reached })
    }
}

/// How many rows of these sources are looked at at the most.
fn budget(sources: &[Source]) -> u32 {
    match sources.first() {
        Some(Source::All | Source::OfAmount(..)) | None => BUDGET,
        Some(
            Source::Combination(_)
            | Source::Tid(_)
            | Source::Nsu(_)
            | Source::FormerNsu(_)
            | Source::Last4(_)
            | Source::Order(_),
        ) => BUDGET_BY_VALUE,
    }
}

/// What fits of a source, and how far it was read, when there may be more.
struct Read {
    sales: Vec<FoundSale>,
    reached: Option<PaymentId>,
}

impl Collected {
    fn total(&self) -> Total {
        let counted = self.sales.iter().take(COUNTED);
        let figures = counted.fold(Figures::default(), |sum, sale| sum.plus(Figures::of(sale)));
        Total {
            figures,
            is_exact: !self.is_cut && self.stopped.is_none(),
        }
    }

    /// A page of what was collected, newest first.
    fn page(mut self, page: Page, limit: usize, total: Total) -> Found {
        let more = self.sales.len() > limit;
        self.sales.truncate(limit);
        let going_back = !matches!(page, Page::NewerThan(_));
        if !going_back {
            self.sales.reverse();
        }
        let newest = self.sales.first().map(|sale| sale.payment);
        let oldest = self.sales.last().map(|sale| sale.payment);
        let stopped = self.stopped.filter(|_| !more);
        let (older, newer) = match page {
            Page::Newest => (oldest.filter(|_| more), None),
            Page::OlderThan(id) => (oldest.filter(|_| more), newest.or(Some(id))),
            Page::NewerThan(id) => (oldest.or(Some(id)), newest.filter(|_| more)),
        };
        Found {
            sales: self.sales,
            older,
            newer,
            stopped,
            total,
        }
    }
}
