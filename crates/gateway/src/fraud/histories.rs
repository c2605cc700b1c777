//! Histories of merchants in memory, made from what is stored and kept up with what other servers
//! write.
//!
//! Invariant: a sale counts from the moment at which it is analysed, before it is committed, so
//! that of many sent at once each sees those before it; it is stored in the commit of its sale, so
//! that a restart counts what was sold. What another server writes is seen within two seconds.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use aval_domain::fraud::history::{History, KEPT};
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::{DAY, Timestamp};
use aval_storage::Storage;
use aval_storage::fraud::{EventPlace, StoredEvent, day_of};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::error::Error;

/// Histories at hand.
pub struct Histories {
    server: [u8; 16],
    known: RwLock<HashMap<MerchantId, Arc<Known>>>,
}

/// The history of one merchant.
#[derive(Default)]
pub struct Known {
    history: Mutex<History>,
    loaded: OnceCell<()>,
    others: Mutex<Others>,
}

/// What was read of other servers.
#[derive(Default)]
struct Others {
    looked_at: Option<Instant>,
    /// By day and server: up to which moment was read, and which sales of the last seconds.
    read: HashMap<(i64, [u8; 16]), (Timestamp, BTreeSet<PaymentId>)>,
}

/// Sales read at a time.
const PAGE: u32 = 5_000;
/// Merchants whose histories are at hand; beyond it all are let go and made again when asked for.
const MOST: usize = 2_000;
/// How often other servers' sales are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A sale may be committed so much later than its id says, in microseconds: 5 s.
const OVERLAP: i64 = 5_000_000;
/// Other servers looked at in one go.
const MOST_SERVERS: usize = 64;

impl Histories {
    /// None yet.
    #[must_use]
    pub fn new(server: [u8; 16]) -> Self {
        Self {
            server,
            known: RwLock::default(),
        }
    }

    /// The name of this server in what it writes.
    #[must_use]
    pub const fn server(&self) -> [u8; 16] {
        self.server
    }

    /// A merchant's history: read from the store when it is asked for first, and up to date with
    /// other servers.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn of(
        &self,
        storage: &Storage,
        merchant: MerchantId,
        now: Timestamp,
    ) -> Result<Arc<Known>, Error> {
        let known = self.place(merchant);
        let load = || known.load(storage, merchant, now);
        known.loaded.get_or_try_init(load).await?;
        known
            .look_at_others(storage, merchant, self.server, now)
            .await?;
        Ok(known)
    }

    /// Lets go of all of them: what is stored was removed.
    pub fn forget_all(&self) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn place(&self, merchant: MerchantId) -> Arc<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&merchant) {
            return Arc::clone(known);
        }
        drop(known);
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        Arc::clone(all.entry(merchant).or_default())
    }
}

impl Known {
    /// The history, for a moment: nothing is awaited while it is held.
    pub fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn load(
        &self,
        storage: &Storage,
        merchant: MerchantId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let first = day_of(now.plus(KEPT.saturating_neg()));
        let mut after = EventPlace {
            day: first,
            server: [0; 16],
            payment: PaymentId::from_bytes([0; 16]),
        };
        let today = day_of(now);
        loop {
            let page = storage.fraud_events(merchant, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = EventPlace {
                day: last.day,
                server: last.server,
                payment: last.payment,
            };
            self.note(&page, today);
        }
    }

    /// Adds what was read and not seen before.
    fn note(&self, page: &[StoredEvent], today: i64) {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let mut history = self.lock();
        for stored in page {
            if stored.day < today.saturating_sub(1) {
                history.add(&stored.event);
                continue;
            }
            let place = (stored.day, stored.server);
            let (until, recent) = others
                .read
                .entry(place)
                .or_insert_with(|| (stored.event.at, BTreeSet::new()));
            if recent.insert(stored.payment) {
                history.add(&stored.event);
            }
            *until = (*until).max(stored.event.at);
        }
        for (until, recent) in others.read.values_mut() {
            let first = PaymentId::at(until.plus(OVERLAP.saturating_neg()), [0; 10]);
            *recent = recent.split_off(&first);
        }
    }

    /// Whether it is time to look, and then nobody else does.
    fn is_time(&self) -> bool {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_time = others
            .looked_at
            .is_none_or(|at| now.duration_since(at) >= LOOK_EVERY);
        if is_time {
            others.looked_at = Some(now);
        }
        is_time
    }

    async fn look_at_others(
        &self,
        storage: &Storage,
        merchant: MerchantId,
        ours: [u8; 16],
        now: Timestamp,
    ) -> Result<(), Error> {
        if !self.is_time() {
            return Ok(());
        }
        let today = day_of(now);
        let mut place = (day_of(now.plus(DAY.saturating_neg())), [0; 16]);
        for _ in 0..MOST_SERVERS {
            let Some(next) = storage.next_fraud_server(merchant, place).await? else {
                return Ok(());
            };
            place = next;
            if place.1 != ours {
                self.read_of(storage, merchant, place, today).await?;
            }
        }
        Ok(())
    }

    async fn read_of(
        &self,
        storage: &Storage,
        merchant: MerchantId,
        (day, server): (i64, [u8; 16]),
        today: i64,
    ) -> Result<(), Error> {
        let until = {
            let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
            others.read.get(&(day, server)).map(|(until, _)| *until)
        };
        let first = until
            .unwrap_or(Timestamp::from_micros(0))
            .plus(OVERLAP.saturating_neg());
        let mut payment = PaymentId::at(first, [0; 10]);
        loop {
            let after = EventPlace {
                day,
                server,
                payment,
            };
            let page = storage.fraud_events_of(merchant, after, PAGE).await?;
            self.note(&page, today);
            match page.last() {
                Some(last) if page.len() >= usize::try_from(PAGE).unwrap_or(0) => {
                    payment = last.payment;
                }
                Some(_) | None => return Ok(()),
            }
        }
    }
}
