//! The history of one merchant in memory: made from what is stored, and kept up with what other
//! servers write.
//!
//! Invariant: a sale counts from the moment at which it is analysed, before it is committed, so
//! that of many sent at once each sees those before it; it is stored in the commit of its sale, so
//! that a restart counts what was sold. Before each analysis the history catches up with what other
//! servers had committed when the sale came, if there are others; many sales share one look.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aval_domain::fraud::history::{Event, GENERATION, History, KEPT, MOST_SALES};
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::{MINUTE, Timestamp};
use aval_storage::Storage;
use aval_storage::fraud::{EventPlace, FraudPlace, StoredEvent, day_of};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::error::Error;

/// The history of one merchant.
pub struct Known {
    merchant: MerchantId,
    history: Mutex<History>,
    loaded: OnceCell<()>,
    /// When it was last asked for, as a number that grows with each asking of any.
    asked: AtomicU64,
    /// The latest moment at which it was asked for.
    newest_now: AtomicI64,
    /// Held by who looks; others wait for a look that begins after they came.
    turn: tokio::sync::Mutex<()>,
    begun: AtomicU64,
    done: AtomicU64,
    others: Mutex<Others>,
}

/// What was read of other servers.
struct Others {
    /// Up to when all days were looked at.
    looked_at: Timestamp,
    /// When that look began.
    begun_at: Option<Instant>,
    read: HashMap<(i64, [u8; 16]), Cursor>,
    /// What was told again of sales that were not read yet, and when that was read.
    amending: Vec<(Instant, Event)>,
}

/// How far a server's part of a day was read.
struct Cursor {
    newest: PaymentId,
    /// Sales of the last seconds that were read.
    recent: BTreeSet<PaymentId>,
    changed_at: Instant,
    /// When it was read for sales that others had overtaken.
    swept_at: Instant,
}

/// Sales read at a time.
const PAGE: u32 = 5_000;
/// How long a sale waits for what other servers wrote, before it is looked at without.
const WITHIN: Duration = Duration::from_millis(250);
/// Servers' days that are looked at in one go.
const MOST_PLACES: u32 = 1_000;
/// How long a server that is alone does without a look.
const FRESH: Duration = Duration::from_secs(1);
/// A sale that is committed so much later than its id says is found at once, in milliseconds.
const OVERTAKEN: u64 = 250;
/// One that is later still is found within a second, up to this, in milliseconds.
const LATE: u64 = 5_000;
/// How often such are looked for, while a server sells.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How long after its last sale a server is looked at for such.
const SWEEP_FOR: Duration = Duration::from_secs(6);
/// Servers' clocks may differ by so much, and a commit may take it, in microseconds.
const SLACK: i64 = MINUTE * 10;
/// The clock may run back so much without meaning anything, in microseconds.
const STEP: i64 = 5_000_000;
/// Amendments kept of sales that were not read yet.
const MOST_AMENDING: usize = 1_000;

impl Known {
    /// Nothing yet.
    pub(super) fn new(merchant: MerchantId, now: Timestamp) -> Self {
        Self {
            merchant,
            history: Mutex::default(),
            loaded: OnceCell::new(),
            asked: AtomicU64::new(0),
            newest_now: AtomicI64::new(now.micros()),
            turn: tokio::sync::Mutex::default(),
            begun: AtomicU64::new(0),
            done: AtomicU64::new(0),
            others: Mutex::new(Others {
                looked_at: now,
                begun_at: None,
                read: HashMap::new(),
                amending: Vec::new(),
            }),
        }
    }

    /// The history, for a moment: nothing is awaited while it is held.
    pub fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn others(&self) -> MutexGuard<'_, Others> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that it was asked for.
    pub(super) fn asked_for(&self, number: u64, now: Timestamp) {
        self.asked.fetch_max(number, Ordering::Relaxed);
        self.newest_now.fetch_max(now.micros(), Ordering::Relaxed);
    }

    /// When it was last asked for.
    pub(super) fn last_asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether the clock ran back since it was asked for.
    pub(super) fn is_ahead_of(&self, now: Timestamp) -> bool {
        let newest = Timestamp::from_micros(self.newest_now.load(Ordering::Relaxed));
        newest.since(now) > STEP
    }

    /// Reads what is stored, once: the newest first, until six months, the most sales of one
    /// merchant or the budget of bytes are read.
    pub(super) async fn load(
        &self,
        storage: &Storage,
        budget: usize,
        now: Timestamp,
    ) -> Result<(), Error> {
        let load = || async {
            let read = self.read_all(storage, budget, now).await?;
            *self.lock() = read;
            Ok::<(), Error>(())
        };
        self.loaded.get_or_try_init(load).await?;
        Ok(())
    }

    async fn read_all(
        &self,
        storage: &Storage,
        budget: usize,
        now: Timestamp,
    ) -> Result<History, Error> {
        let mut history = History::new();
        let (mut newest_first, mut amending) = (Vec::new(), Vec::new());
        let first_day = day_of(now.plus(KEPT.saturating_neg()));
        let most = MOST_SALES.min(budget / BYTES_OF_SALE);
        let mut before = EventPlace {
            day: i64::MAX,
            server: [u8::MAX; 16],
            payment: PaymentId::from_bytes([u8::MAX; 16]),
        };
        while history.len().saturating_add(newest_first.len()) < most {
            let page = storage.fraud_events_before(self.merchant, before, PAGE);
            let page = page.await?;
            let Some(last) = page.last().filter(|last| last.day >= first_day) else {
                break;
            };
            before = EventPlace {
                day: last.day,
                server: last.server,
                payment: last.payment,
            };
            self.begin_cursors(&page, now);
            for stored in page {
                if stored.amends {
                    amending.push((stored.payment, stored.event));
                } else {
                    newest_first.push(stored.event);
                }
            }
            if newest_first.len() >= GENERATION {
                let rest = newest_first.split_off(GENERATION);
                add_part(&mut history, &mut newest_first);
                newest_first = rest;
            }
        }
        add_part(&mut history, &mut newest_first);
        // What was told last holds.
        amending.sort_by_key(|(told, _)| *told);
        for (_, event) in &amending {
            history.amend(event);
        }
        Ok(history)
    }

    /// Notes where reading goes on of those who write now.
    fn begin_cursors(&self, page: &[StoredEvent], now: Timestamp) {
        let from = day_of(now.plus(SLACK.saturating_neg()));
        let mut others = self.others();
        for stored in page.iter().filter(|stored| stored.day >= from) {
            let place = (stored.day, stored.server);
            let cursor = others.read.entry(place).or_insert_with(Cursor::new);
            cursor.note(stored.payment);
        }
        others.trim();
    }

    /// Whether it was looked a moment ago: who is alone need not look again.
    pub(super) fn is_fresh(&self) -> bool {
        let begun_at = self.others().begun_at;
        begun_at.is_some_and(|at| at.elapsed() < FRESH)
    }

    /// Reads what other servers had written when this was called, unless the store takes too long.
    pub(super) async fn catch_up(
        &self,
        storage: &Storage,
        ours: [u8; 16],
        now: Timestamp,
    ) -> Result<(), Error> {
        // A look that has begun may have missed what was written since: the next one counts.
        let wanted = self.begun.load(Ordering::Acquire).saturating_add(1);
        let looking = async {
            let _turn = self.turn.lock().await;
            if self.done.load(Ordering::Acquire) >= wanted {
                return Ok(());
            }
            let number = self.begun.fetch_add(1, Ordering::AcqRel).saturating_add(1);
            self.look(storage, ours, now).await?;
            self.done.store(number, Ordering::Release);
            Ok(())
        };
        if let Ok(looked) = tokio::time::timeout(WITHIN, looking).await {
            return looked;
        }
        let merchant = self.merchant;
        tracing::warn!(%merchant, "a sale is analysed without what other servers wrote last");
        Ok(())
    }

    async fn look(&self, storage: &Storage, ours: [u8; 16], now: Timestamp) -> Result<(), Error> {
        let begun_at = Instant::now();
        let looked_at = self.others().looked_at;
        let since = looked_at.min(now).plus(SLACK.saturating_neg());
        let places = storage
            .fraud_places(self.merchant, day_of(since), MOST_PLACES)
            .await?;
        for place in places.iter().filter(|place| place.server != ours) {
            let from = self.others().from(place);
            if let Some((from, sweeps)) = from {
                self.read_of(storage, place, from).await?;
                self.others().is_read(place, sweeps);
            }
        }
        let mut others = self.others();
        others.looked_at = looked_at.max(now);
        others.begun_at = Some(begun_at);
        others.forget_before(day_of(since));
        let mut history = self.lock();
        others
            .amending
            .retain(|(read_at, event)| !history.amend(event) && read_at.elapsed() < SWEEP_FOR);
        Ok(())
    }

    async fn read_of(
        &self,
        storage: &Storage,
        place: &FraudPlace,
        mut payment: PaymentId,
    ) -> Result<(), Error> {
        loop {
            let after = EventPlace {
                day: place.day,
                server: place.server,
                payment,
            };
            let page = storage.fraud_events_of(self.merchant, after, PAGE).await?;
            self.note(&page);
            match page.last() {
                Some(last) if page.len() >= usize::try_from(PAGE).unwrap_or(0) => {
                    payment = last.payment;
                }
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// Adds what was read and not seen before.
    fn note(&self, page: &[StoredEvent]) {
        let mut others = self.others();
        let mut history = self.lock();
        for stored in page {
            let place = (stored.day, stored.server);
            let cursor = others.read.entry(place).or_insert_with(Cursor::new);
            if !cursor.note(stored.payment) {
                continue;
            }
            if !stored.amends {
                history.add(&stored.event);
            } else if !history.amend(&stored.event) && others.amending.len() < MOST_AMENDING {
                others.amending.push((Instant::now(), stored.event));
            }
        }
        others.trim();
    }
}

/// Bytes that a sale takes in memory, at the most.
const BYTES_OF_SALE: usize = 160;

/// Adds sales that were read backwards, and empties the list. Servers' parts of a day were read one
/// after the other, so they are put in order.
fn add_part(history: &mut History, newest_first: &mut Vec<Event>) {
    newest_first.reverse();
    newest_first.sort_by_key(|event| event.at);
    history.add_before(newest_first);
    newest_first.clear();
}

impl Others {
    /// From where on a server's part of a day is to be read, and whether that finds overtaken sales
    /// too; `None` when nothing new can be there.
    fn from(&self, place: &FraudPlace) -> Option<(PaymentId, bool)> {
        let Some(cursor) = self.read.get(&(place.day, place.server)) else {
            return Some((PaymentId::from_bytes([0; 16]), true));
        };
        let is_new = cursor.newest != place.newest;
        let sells = is_new || cursor.changed_at.elapsed() < SWEEP_FOR;
        let sweeps = sells && cursor.swept_at.elapsed() >= SWEEP_EVERY;
        let back = if sweeps { LATE } else { OVERTAKEN };
        (is_new || sweeps).then(|| (earlier(cursor.newest, back), sweeps))
    }

    fn is_read(&mut self, place: &FraudPlace, sweeps: bool) {
        if let Some(cursor) = self.read.get_mut(&(place.day, place.server))
            && sweeps
        {
            cursor.swept_at = Instant::now();
        }
    }

    fn trim(&mut self) {
        for cursor in self.read.values_mut() {
            let first = earlier(cursor.newest, LATE);
            if cursor.recent.first().is_some_and(|one| *one < first) {
                cursor.recent = cursor.recent.split_off(&first);
            }
        }
    }

    fn forget_before(&mut self, day: i64) {
        self.read.retain(|(of, _), _| *of >= day);
    }
}

impl Cursor {
    fn new() -> Self {
        Self {
            newest: PaymentId::from_bytes([0; 16]),
            recent: BTreeSet::new(),
            changed_at: Instant::now(),
            swept_at: Instant::now(),
        }
    }

    /// Notes a sale; whether it was not read before.
    fn note(&mut self, payment: PaymentId) -> bool {
        if payment > self.newest {
            self.newest = payment;
            self.changed_at = Instant::now();
        }
        self.recent.insert(payment)
    }
}

/// The first id of so many milliseconds before one. Ids begin with their moment.
fn earlier(id: PaymentId, millis: u64) -> PaymentId {
    let bytes = id.as_bytes();
    let moment = bytes
        .iter()
        .take(6)
        .fold(0_u64, |moment, byte| (moment << 8) | u64::from(*byte));
    let [_, _, moment @ ..] = moment.saturating_sub(millis).to_be_bytes();
    let mut first = [0; 16];
    for (to, byte) in first.iter_mut().zip(moment) {
        *to = byte;
    }
    PaymentId::from_bytes(first)
}
