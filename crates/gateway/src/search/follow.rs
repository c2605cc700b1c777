//! Following what this server writes, and making up for servers that were killed.
//!
//! Invariant: a server that has something to make is noted in the store, and stays noted until all
//! of it is made; what one that is gone had yet to make is found by comparing all sales with what
//! is searched. Beside sales and queries the making takes the part of the time that `pace.rs` says,
//! else all of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Duration;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use super::pace::{Pace, Step};
use super::project::{flush_uses, project};
use crate::app::App;
use crate::error::Error;

/// What is yet to be made.
#[derive(Debug, Default)]
pub(super) struct Follower {
    /// In the order of their commits.
    changed: VecDeque<(MerchantId, PaymentId)>,
    /// Older ones, those of a merchant side by side.
    gathered: VecDeque<(MerchantId, PaymentId)>,
    /// The payment from which on sales are to be compared.
    lost: Option<PaymentId>,
    walk: Option<Walk>,
    /// Counts steps.
    turn: usize,
    noted: Option<Instant>,
    flushed: Option<Instant>,
}

/// A comparison of all merchants' sales with what is searched, newest sales first.
#[derive(Debug, Clone, Copy)]
struct Walk {
    /// Sales before this one are yet to be compared,
    before: PaymentId,
    /// down to this one.
    first: PaymentId,
    made: u64,
}

/// Changes made at once: as many as a sale that comes meanwhile may wait for.
const BATCH: usize = 64;
/// Changes among which those of a merchant are made together, so that a commit holds many of them.
const GATHERED: usize = 1_024;
/// Of so many steps one compares while there is something to compare.
const COMPARES: usize = 8;
/// Sales compared at once.
const COMPARED: u32 = 500;
/// How long changes are gathered when there are few.
const GATHER: Duration = Duration::from_millis(20);
/// How long nothing may wake the follower before it looks after the rest.
const LOOK: Duration = Duration::from_millis(500);
/// How often a server notes that it runs.
const NOTED: Duration = Duration::from_secs(5);
/// How often uses that no sale tells of are written.
const FLUSHED: Duration = Duration::from_secs(60);
/// How long a server that ends goes on making what waits.
const AT_END: Duration = Duration::from_secs(1);
/// How long after its last note a server counts as gone, in microseconds of real time.
const GONE: i64 = 30_000_000;
/// Below every payment.
const FIRST: PaymentId = PaymentId::from_bytes([0; 16]);
/// The last payment there can be.
const LAST: PaymentId = PaymentId::from_bytes([u8::MAX; 16]);

impl Follower {
    /// Takes what was committed since.
    fn take(&mut self, app: &App) {
        if self.changed.len() >= GATHERED {
            return;
        }
        let (changed, lost) = app.storage.feed().take();
        self.changed.extend(changed);
        if lost.is_some() {
            tracing::info!("more sales changed than can wait to be searched");
        }
        self.lost = self.lost.into_iter().chain(lost).min();
        self.tell(app);
    }

    /// Tells how many changes wait here.
    fn tell(&self, app: &App) {
        let waiting = self.changed.len().saturating_add(self.gathered.len());
        app.search.taken.store(waiting, Ordering::Relaxed);
    }

    fn is_all_made(&self) -> bool {
        self.changed.is_empty() && self.gathered.is_empty()
    }

    /// The oldest changes, of few merchants: the one whose change is the oldest comes first. What
    /// is gathered once is made before more is, so that nobody waits for ever.
    fn batch(&mut self) -> Vec<(MerchantId, PaymentId)> {
        if self.gathered.is_empty() {
            let count = self.changed.len().min(GATHERED);
            let mut oldest: Vec<_> = self.changed.drain(..count).collect();
            let mut places = HashMap::new();
            for (place, (merchant, _)) in oldest.iter().enumerate() {
                places.entry(*merchant).or_insert(place);
            }
            oldest.sort_by_cached_key(|(merchant, _)| places.get(merchant).copied());
            self.gathered = oldest.into();
        }
        self.gathered.iter().take(BATCH).copied().collect()
    }

    /// Makes one batch of what waits; says how many changes it had.
    async fn make(&mut self, app: &App) -> Result<usize, Error> {
        // It waits until it is made: who makes it may be stopped on the way.
        let batch = self.batch();
        let mut failed = None;
        let mut left = Vec::new();
        for (merchant, payments) in by_merchant(&batch) {
            if let Err(error) = searchable(app, merchant, &payments).await {
                left.extend(payments.into_iter().map(|payment| (merchant, payment)));
                failed = Some(error);
            }
        }
        self.gathered.drain(..batch.len());
        for change in left {
            self.gathered.push_front(change);
        }
        self.tell(app);
        match failed {
            Some(error) => Err(error),
            None => Ok(batch.len()),
        }
    }

    /// Compares one page of sales; says whether there was anything to compare.
    async fn compare(&mut self, app: &App) -> Result<bool, Error> {
        if self.walk.is_none() {
            self.walk = self.lost.take().map(Walk::down_to);
        }
        let Some(walk) = &mut self.walk else {
            return Ok(false);
        };
        let (stale, last) = app.storage.stale(walk.before, COMPARED).await?;
        for (merchant, payments) in by_merchant(&stale) {
            let payments: Vec<PaymentId> = payments.into_iter().collect();
            for some in payments.chunks(BATCH) {
                let made = searchable(app, merchant, &some.iter().copied().collect()).await?;
                walk.made = walk.made.saturating_add(made);
            }
        }
        if let Some(last) = last.filter(|last| *last > walk.first) {
            walk.before = last;
            return Ok(true);
        }
        if walk.made > 0 {
            tracing::info!(
                made = walk.made,
                "sales that could not be found were made so"
            );
        }
        self.walk = None;
        Ok(true)
    }

    /// Notes that this server runs, and takes over from those that are gone.
    async fn note(&mut self, app: &App) -> Result<(), Error> {
        if self.noted.is_some_and(|noted| noted.elapsed() < NOTED) {
            return Ok(());
        }
        let now = app.clock.real();
        app.storage.server_runs(app.search.server, now).await?;
        self.noted = Some(Instant::now());
        let seen_by = now.plus(GONE.saturating_neg());
        for gone in app.storage.servers_gone(seen_by).await? {
            // This server is noted already: if it is killed too, another compares.
            if app.storage.server_ended(gone, seen_by).await? {
                // The first row is no server's: the tables were made after the sales.
                if gone != [0; 16] {
                    tracing::info!("a server has ended without making all it wrote searchable");
                }
                self.walk = Some(Walk::down_to(FIRST));
            }
        }
        Ok(())
    }

    async fn flush(&mut self, app: &App) -> Result<(), Error> {
        let Some(flushed) = self.flushed else {
            self.flushed = Some(Instant::now());
            return Ok(());
        };
        if flushed.elapsed() >= FLUSHED {
            self.flushed = Some(Instant::now());
            flush_uses(app).await?;
        }
        Ok(())
    }

    /// One step; says what it did, and how long that took. Where sales do not pause, comparing has
    /// its turn too.
    async fn step(&mut self, app: &App) -> Result<(Step, Duration), Error> {
        self.note(app).await?;
        self.flush(app).await?;
        self.take(app);
        self.turn = self.turn.wrapping_add(1);
        let compares = self.turn.is_multiple_of(COMPARES) || self.is_all_made();
        let begun = Instant::now();
        let step = if compares && self.compare(app).await? {
            Step::Compared
        } else if self.is_all_made() {
            Step::Nothing
        } else {
            Step::Made(self.make(app).await?)
        };
        Ok((step, begun.elapsed()))
    }
}

impl Walk {
    /// From the newest sale.
    const fn down_to(first: PaymentId) -> Self {
        Self {
            before: LAST,
            first,
            made: 0,
        }
    }
}

/// Changes by whose they are.
fn by_merchant(changed: &[(MerchantId, PaymentId)]) -> BTreeMap<MerchantId, BTreeSet<PaymentId>> {
    let mut of: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (merchant, payment) in changed {
        of.entry(*merchant).or_default().insert(*payment);
    }
    of
}

/// Makes sales of a merchant searchable. One that cannot be read or written is told and left out,
/// so that it holds up no other.
async fn searchable(
    app: &App,
    merchant: MerchantId,
    payments: &BTreeSet<PaymentId>,
) -> Result<u64, Error> {
    match project(app, merchant, payments).await {
        Err(Error::Internal(_)) => {}
        done => return done,
    }
    let mut made = 0_u64;
    for payment in payments {
        match project(app, merchant, &BTreeSet::from([*payment])).await {
            Ok(one) => made = made.saturating_add(one),
            Err(Error::Internal(why)) => {
                tracing::error!(%merchant, %payment, why, "a sale cannot be made searchable");
            }
            Err(other) => return Err(other),
        }
    }
    Ok(made)
}

/// Notes that this process will write sales.
///
/// # Errors
/// The store's failures.
pub async fn begin(app: &App) -> Result<(), Error> {
    app.search.follower.lock().await.note(app).await?;
    app.fraud.histories.noted(app.search.server);
    Ok(())
}

/// Makes searchable what this server writes, for as long as it is polled.
pub async fn follow(app: &App) {
    let feed = app.storage.feed();
    let mut pace = Pace::new(feed, Instant::now());
    loop {
        let step = app.search.follower.lock().await.step(app).await;
        match step {
            Ok((Step::Nothing, _)) => {
                if timeout(LOOK, feed.woken()).await.is_ok() {
                    sleep(GATHER).await;
                }
            }
            Ok((step, took)) => match pace.rest(feed, step, took, Instant::now()) {
                Duration::ZERO => {}
                rest if matches!(step, Step::Made(BATCH..)) => sleep(rest).await,
                // So few that it is better to wait for more.
                rest => sleep(rest.max(GATHER)).await,
            },
            Err(error) => {
                tracing::warn!(%error, "sales could not be made searchable");
                sleep(LOOK).await;
            }
        }
    }
}

/// Makes searchable all that this process wrote, and writes what was used.
///
/// # Errors
/// The store's failures; what is left is made at the next call.
pub async fn catch_up(app: &App) -> Result<(), Error> {
    // What was answered is noted by the time that the store has answered once more.
    app.storage.ping().await?;
    let mut follower = app.search.follower.lock().await;
    loop {
        follower.take(app);
        if follower.is_all_made() {
            return flush_uses(app).await;
        }
        follower.make(app).await?;
    }
}

/// Makes what waits, for a moment, at the end of a process that writes sales; notes that nothing is
/// left, or that another server has to find what is.
///
/// # Errors
/// The store's failures; another server then finds what is left.
pub async fn end(app: &App) -> Result<(), Error> {
    app.storage.ping().await?;
    let begun = Instant::now();
    let mut follower = app.search.follower.lock().await;
    follower.take(app);
    while !follower.is_all_made() && begun.elapsed() < AT_END {
        follower.make(app).await?;
        follower.take(app);
    }
    flush_uses(app).await?;
    let has_compared = follower.walk.is_none() && follower.lost.is_none();
    let server = app.search.server;
    if follower.is_all_made() && has_compared {
        app.storage.server_ended(server, app.clock.real()).await?;
    } else {
        // Who looks next takes it over at once.
        let gone = Timestamp::from_micros(0);
        app.storage.server_runs(server, gone).await?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
