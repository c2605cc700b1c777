//! Who listens to notifications beside the merchants' own receivers (`aval listen`).
//!
//! Invariant: while nobody listens a change costs nothing more. Nothing is taken from a merchant's
//! own receiver: a listener takes copies, written in the commit of the change, out of the store and
//! keeps them until they are heard, so many at the most
//! (docs/decisions/0014-listening-and-delivery.md).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use aval_domain::id::{ListenerId, MerchantId, NotificationId, PaymentId};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, Heard, Listener, Storage, Write};
use tokio::time::Instant;

use crate::app::App;
use crate::error::Error;

/// How often servers look who listens.
pub const LOOKED_AT: Duration = Duration::from_millis(500);
/// How long after it began a listener hears everything, on every server.
pub const SETTLED: Duration = Duration::from_secs(2);
/// How long a listener that does not say that it goes on counts, in microseconds of real time.
const HELD: i64 = 60_000_000;
/// How often it says so.
const RENEWED: Duration = Duration::from_secs(10);
/// Notifications read at a time.
const PAGE: u32 = 500;
/// Notifications that one listener has yet to hear at the most: beyond it the newest are dropped.
const MOST: usize = 10_000;
/// Seconds from each failed attempt to the next; the last is repeated.
const RETRY_AFTER: [u64; 6] = [1, 2, 4, 8, 15, 30];

/// Who listens, as of half a second ago.
#[derive(Debug, Default)]
pub struct Listeners {
    any: AtomicBool,
    known: RwLock<Vec<Listener>>,
}

impl Listeners {
    /// Looks who listens.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn refresh(&self, storage: &Storage, now: Timestamp) -> Result<(), Error> {
        let found = storage.listeners(now).await?;
        let any = !found.is_empty();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = found;
        self.any.store(any, Ordering::Release);
        Ok(())
    }

    /// Who listens to a merchant; nearly always nobody, which allocates nothing.
    #[must_use]
    pub fn of(&self, merchant: MerchantId) -> Vec<ListenerId> {
        if !self.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let hears = |one: &&Listener| one.merchant.is_none_or(|of| of == merchant);
        known.iter().filter(hears).map(|one| one.id).collect()
    }
}

/// A notification under way to a listener.
#[derive(Debug)]
struct Waiting {
    heard: Heard,
    attempts: usize,
    due: Instant,
    state: State,
    /// Whether the store still has it.
    is_stored: bool,
}

/// What a look found beside what is to be heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Missed {
    /// For how long nobody could tell that this one still listens, when that was too long: what
    /// happened then may never be heard.
    pub deaf: Option<Duration>,
    /// How many were dropped, as too many waited.
    pub dropped: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be tried when it is due.
    Waits,
    /// An attempt is under way.
    Tried,
    /// Heard, or dropped.
    Heard,
}

/// One who listens: what it has yet to hear, and when that is tried again.
///
/// Of each payment one notification is out at a time, in the order of the payment's versions.
pub struct Listening<'a> {
    app: &'a App,
    listener: Listener,
    renewed: Instant,
    waiting: BTreeMap<NotificationId, Waiting>,
}

impl<'a> Listening<'a> {
    /// Begins to listen to a merchant, or to all. What changes more than [`SETTLED`] later is
    /// heard.
    ///
    /// # Errors
    /// The store's failures; likewise below.
    pub async fn begin(app: &'a App, merchant: Option<MerchantId>) -> Result<Self, Error> {
        let real = app.clock.real();
        let listener = Listener {
            id: app.chance.listener_id(real),
            merchant,
        };
        app.storage.listen(listener, real.plus(HELD)).await?;
        Ok(Self {
            app,
            listener,
            renewed: Instant::now(),
            waiting: BTreeMap::new(),
        })
    }

    /// Takes what is new out of the store; says what was missed.
    ///
    /// # Errors
    /// As above; nothing is lost, and the next call goes on.
    pub async fn look(&mut self) -> Result<Missed, Error> {
        let silent = self.renewed.elapsed();
        let mut missed = Missed::default();
        if silent >= RENEWED {
            let until = self.app.clock.real().plus(HELD);
            self.app.storage.listen(self.listener, until).await?;
            self.renewed = Instant::now();
            let held = Duration::from_micros(HELD.unsigned_abs());
            missed.deaf = (silent > held).then_some(silent);
        }
        self.let_go().await?;
        loop {
            let storage = &self.app.storage;
            let page = storage.to_be_heard(self.listener.id, PAGE).await?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            let room = MOST.saturating_sub(self.waiting.len());
            missed.dropped = missed.dropped.saturating_add(self.keep(page, room));
            self.let_go().await?;
            if is_last {
                return Ok(missed);
            }
        }
    }

    /// Keeps what was found, as long as there is room; how many were dropped.
    fn keep(&mut self, found: Vec<Heard>, room: usize) -> usize {
        let now = Instant::now();
        let (mut new, mut dropped) = (0_usize, 0_usize);
        for heard in found {
            if self.waiting.contains_key(&heard.id) {
                continue;
            }
            let state = if new < room {
                new = new.saturating_add(1);
                State::Waits
            } else {
                dropped = dropped.saturating_add(1);
                State::Heard
            };
            let waiting = Waiting {
                heard,
                attempts: 0,
                due: now,
                state,
                is_stored: true,
            };
            self.waiting.insert(waiting.heard.id, waiting);
        }
        dropped
    }

    /// What is to be tried now, oldest change first: the first of its payment that was not heard.
    pub fn next_due(&mut self) -> Option<Heard> {
        let now = Instant::now();
        let mut first: BTreeMap<PaymentId, u32> = BTreeMap::new();
        for one in self.unheard() {
            let version = one.heard.payment_version;
            let lowest = first.entry(one.heard.payment).or_insert(version);
            *lowest = version.min(*lowest);
        }
        let is_next = |one: &&Waiting| {
            let lowest = first.get(&one.heard.payment);
            let is_first = lowest == Some(&one.heard.payment_version);
            one.state == State::Waits && one.due <= now && is_first
        };
        let order = |one: &&Waiting| (one.heard.created_at, one.heard.id);
        let found = self.unheard().filter(is_next).min_by_key(order)?.heard.id;
        let one = self.waiting.get_mut(&found)?;
        one.state = State::Tried;
        one.attempts = one.attempts.saturating_add(1);
        Some(one.heard.clone())
    }

    fn unheard(&self) -> impl Iterator<Item = &Waiting> {
        let all = self.waiting.values();
        all.filter(|one| one.state != State::Heard)
    }

    /// Notes what became of an attempt: which one it was, and when the next one comes.
    pub fn attempted(&mut self, id: NotificationId, received: bool) -> (usize, Option<Duration>) {
        let Some(one) = self.waiting.get_mut(&id) else {
            return (0, None);
        };
        if received {
            one.state = State::Heard;
            return (one.attempts, None);
        }
        let failed_before = one.attempts.saturating_sub(1);
        let last = RETRY_AFTER.last().copied().unwrap_or(1);
        let seconds = RETRY_AFTER.get(failed_before).copied().unwrap_or(last);
        let wait = Duration::from_secs(seconds);
        one.due = Instant::now().checked_add(wait).unwrap_or(one.due);
        one.state = State::Waits;
        (one.attempts, Some(wait))
    }

    /// Ends listening; what was not heard is forgotten.
    ///
    /// # Errors
    /// As above; the servers then forget it within a minute.
    pub async fn end(self) -> Result<(), Error> {
        Ok(self.app.storage.stop_listening(self.listener).await?)
    }

    /// Takes what is kept here out of the store, and what was heard out of here.
    async fn let_go(&mut self) -> Result<(), Error> {
        let mut stored: BTreeMap<MerchantId, Vec<NotificationId>> = BTreeMap::new();
        for one in self.waiting.values().filter(|one| one.is_stored) {
            let of_merchant = stored.entry(one.heard.merchant).or_default();
            of_merchant.push(one.heard.id);
        }
        for (merchant, ids) in stored {
            let delete = |id: &NotificationId| Write::DeleteHeard(self.listener.id, *id);
            let writes = ids.iter().map(delete).collect();
            let changes = Changes { merchant, writes };
            self.app.storage.commit(changes).await?;
            for id in &ids {
                if let Some(one) = self.waiting.get_mut(id) {
                    one.is_stored = false;
                }
            }
        }
        let is_over = |one: &Waiting| one.state == State::Heard && !one.is_stored;
        self.waiting.retain(|_, one| !is_over(one));
        Ok(())
    }
}
