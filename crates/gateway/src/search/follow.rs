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
    /// Those that could not be made: each is tried again, and holds up no other.
    failed: VecDeque<(MerchantId, PaymentId)>,
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
/// Changes that failed and are kept; more are found by comparing.
const KEPT: usize = 16_384;
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
    /// Takes what was committed since, and after it some of what failed before.
    fn take(&mut self, app: &App) {
        if !self.changed.is_empty() {
            return;
        }
        let (changed, lost) = app.storage.feed().take();
        self.changed = changed.into();
        let again = self.failed.len().min(BATCH);
        self.changed.extend(self.failed.drain(..again));
        if lost.is_some() {
            tracing::info!("more sales changed than can wait to be searched");
        }
        self.lose(lost);
        self.tell(app);
    }

    /// Sales from this one on are to be compared.
    fn lose(&mut self, first: impl IntoIterator<Item = PaymentId>) {
        self.lost = self.lost.into_iter().chain(first).min();
    }

    /// Tells how many changes wait here.
    fn tell(&self, app: &App) {
        let waits = [&self.changed, &self.gathered, &self.failed];
        let waiting = waits.iter().map(|some| some.len()).sum();
        app.search.taken.store(waiting, Ordering::Relaxed);
    }

    fn is_all_made(&self) -> bool {
        self.changed.is_empty() && self.gathered.is_empty() && self.failed.is_empty()
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

    /// Makes one batch of what waits; says how many changes it had. The last failure, if some of
    /// it could not be made.
    async fn make(&mut self, app: &App) -> Result<usize, Error> {
        // It waits until it is made: who makes it may be stopped on the way.
        let batch = self.batch();
        let (_, failed) = self.each(app, &batch).await;
        self.gathered.drain(..batch.len());
        self.tell(app);
        failed.map_or(Ok(batch.len()), Err)
    }

    /// Makes changes searchable, those of each merchant together; says how many were not yet, and
    /// the last failure. Those that failed are put off.
    async fn each(&mut self, app: &App, batch: &[(MerchantId, PaymentId)]) -> (u64, Option<Error>) {
        let (mut made, mut failed) = (0_u64, None);
        for (merchant, payments) in by_merchant(batch) {
            match searchable(app, merchant, &payments).await {
                Ok(some) => made = made.saturating_add(some),
                Err(error) => {
                    self.put_off(merchant, payments);
                    failed = Some(error);
                }
            }
        }
        (made, failed)
    }

    fn put_off(&mut self, merchant: MerchantId, payments: BTreeSet<PaymentId>) {
        for payment in payments {
            if self.failed.len() < KEPT {
                self.failed.push_back((merchant, payment));
            } else {
                self.lose([payment]);
            }
        }
    }

    /// Compares one page of sales, and makes a batch of what it finds; says whether there was
    /// anything to compare. The last failure, if some of it could not be made; the next call goes
    /// on behind it.
    async fn compare(&mut self, app: &App) -> Result<bool, Error> {
        if self.walk.is_none() {
            self.walk = self.lost.take().map(Walk::down_to);
        }
        let Some(mut walk) = self.walk else {
            return Ok(false);
        };
        let (stale, last) = app.storage.stale(walk.before, COMPARED).await?;
        let batch = stale.get(..BATCH).unwrap_or(&stale);
        let (made, failed) = self.each(app, batch).await;
        walk.made = walk.made.saturating_add(made);
        // Where more are to be made, the rest of the page is compared again.
        let is_whole = batch.len() == stale.len();
        let reached = match batch.last() {
            Some((_, payment)) if !is_whole => Some(*payment),
            _ => last,
        };
        if let Some(reached) = reached.filter(|reached| *reached > walk.first) {
            walk.before = reached;
            self.walk = Some(walk);
        } else {
            if walk.made > 0 {
                tracing::info!(
                    made = walk.made,
                    "sales that could not be found were made so"
                );
            }
            self.walk = None;
        }
        failed.map_or(Ok(true), Err)
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
            // This server is noted already: if it is killed too, another compares. If it only stops
            // looking here, it has to know. A walk that is on its way comes to its end first.
            let lost = self.lost.replace(FIRST);
            if app.storage.server_ended(gone, seen_by).await? {
                // The first row is no server's: the tables were made after the sales.
                if gone != [0; 16] {
                    tracing::info!("a server has ended without making all it wrote searchable");
                }
            } else {
                self.lost = lost;
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
    let mut failures = 0_u32;
    loop {
        let step = app.search.follower.lock().await.step(app).await;
        if step.is_ok() {
            failures = 0;
        }
        match step {
            Ok((Step::Nothing, _)) => {
                if timeout(LOOK, feed.woken()).await.is_ok() {
                    sleep(GATHER).await;
                }
                pace.wake(feed, Instant::now());
            }
            Ok((step, took)) => match pace.rest(feed, step, took, Instant::now()) {
                Duration::ZERO => {}
                // So few that it is better to wait for more.
                rest if super::waiting(app) < BATCH => sleep(rest.max(GATHER)).await,
                rest => sleep(rest).await,
            },
            Err(error) => {
                tracing::warn!(%error, "sales could not be made searchable");
                // Briefly at first: it may be one merchant's alone.
                failures = failures.saturating_add(1);
                sleep(GATHER.saturating_mul(failures).min(LOOK)).await;
            }
        }
    }
}

/// Waits until no step is under way; none begins before what is answered is dropped. Whoever ends
/// [`follow`] in the midst of one may lose the uses that it writes.
pub async fn pause(app: &App) -> impl Sized + use<'_> {
    app.search.follower.lock().await
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
        if let Err(error) = follower.make(app).await {
            tracing::warn!(%error, "sales could not be made searchable");
            break;
        }
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
