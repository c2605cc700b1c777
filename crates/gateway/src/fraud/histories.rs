//! Histories of merchants in memory: which are at hand, and which give way to others.
//!
//! Invariant: together they take no more than a budget, but for those that a sale under way looks
//! at; who was asked for longest ago gives way first, and is made again from the store when asked
//! for. One that a sale looks at never gives way, since that sale counts in it before it is stored.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use aval_domain::fraud::history::Event;
use aval_domain::id::MerchantId;
use aval_domain::time::Timestamp;
use aval_storage::Storage;
use tokio::time::Instant;

use super::known::Known;
use super::peers::Peers;
use crate::error::Error;

/// Histories at hand.
pub struct Histories {
    server: [u8; 16],
    budget: usize,
    known: RwLock<HashMap<MerchantId, Arc<Known>>>,
    /// Grows with each asking, to tell who was asked for longest ago.
    asked: AtomicU64,
    trimmed_at: Mutex<Option<Instant>>,
    peers: Peers,
}

/// Bytes that histories may take together: 512 MiB, some three million sales.
const BUDGET: usize = 512 << 20;
/// Merchants whose histories are at hand.
const MOST: usize = 2_000;
/// How often it is looked at what they take.
const TRIM_EVERY: Duration = Duration::from_secs(1);

impl Histories {
    /// None yet.
    #[must_use]
    pub fn new(server: [u8; 16]) -> Self {
        Self::within(server, BUDGET)
    }

    /// None yet; they are to take so many bytes together.
    #[must_use]
    pub fn within(server: [u8; 16], budget: usize) -> Self {
        Self {
            server,
            budget,
            known: RwLock::default(),
            asked: AtomicU64::new(0),
            trimmed_at: Mutex::default(),
            peers: Peers::default(),
        }
    }

    /// The name of this server in what it writes.
    #[must_use]
    pub const fn server(&self) -> [u8; 16] {
        self.server
    }

    /// From now on this server is noted in the store as running, by a name: while no other one is,
    /// there is nothing to look for before each analysis.
    pub fn noted(&self, name: [u8; 16]) {
        self.peers.noted(name);
    }

    /// A merchant's history: read from the store when it is asked for first, and with all that
    /// other servers had sold when it was asked for; what became of sales elsewhere is known within
    /// a second. `real` is the time by the machine's clock.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn of(
        &self,
        storage: &Storage,
        merchant: MerchantId,
        now: Timestamp,
        real: Timestamp,
    ) -> Result<Arc<Known>, Error> {
        let known = self.place(merchant, now);
        known.asked_for(self.asked.fetch_add(1, Ordering::Relaxed), now);
        known.load(storage, self.budget, now).await?;
        if self.peers.are_there(storage, real).await? || !known.is_fresh() {
            known.catch_up(storage, self.server, now).await?;
        }
        if self.is_time_to_trim() {
            self.trim();
        }
        Ok(known)
    }

    /// Tells a history at hand what became of a sale that is in it.
    pub fn amend(&self, merchant: MerchantId, event: &Event) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&merchant) {
            known.lock().amend(event);
        }
    }

    /// Lets go of all of them: what is stored was removed.
    pub fn forget_all(&self) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Merchants whose histories are at hand, and bytes that they take.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let bytes = known.values().map(|one| one.lock().bytes());
        (known.len(), bytes.fold(0, usize::saturating_add))
    }

    /// Whether more can be read without making others give way soon: half of what may be at hand.
    #[must_use]
    pub fn has_room(&self) -> bool {
        let (merchants, bytes) = self.size();
        merchants < MOST / 2 && bytes < self.budget / 2
    }

    fn place(&self, merchant: MerchantId, now: Timestamp) -> Arc<Known> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let found = known.get(&merchant).filter(|found| !found.is_ahead_of(now));
            if let Some(found) = found {
                return Arc::clone(found);
            }
        }
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // The sandbox's clock was set back: where reading had come to means nothing any more.
        if all
            .get(&merchant)
            .is_some_and(|found| found.is_ahead_of(now))
        {
            all.remove(&merchant);
        }
        let new = || Arc::new(Known::new(merchant, now));
        Arc::clone(all.entry(merchant).or_insert_with(new))
    }

    fn is_time_to_trim(&self) -> bool {
        let mut trimmed_at = self
            .trimmed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_time = trimmed_at.is_none_or(|at| now.duration_since(at) >= TRIM_EVERY);
        if is_time {
            *trimmed_at = Some(now);
        }
        is_time
    }

    /// Lets go of what is too much; done now and then by who asks.
    pub fn trim(&self) {
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut sizes: Vec<(u64, MerchantId, usize)> = all
            .iter()
            .map(|(id, one)| (one.last_asked(), *id, one.lock().bytes()))
            .collect();
        sizes.sort_unstable();
        let bytes = sizes.iter().map(|(_, _, bytes)| *bytes);
        let mut bytes = bytes.fold(0, usize::saturating_add);
        for (_, id, takes) in sizes {
            if bytes <= self.budget && all.len() <= MOST {
                return;
            }
            // Whoever holds it got it under this lock, or before it was taken.
            let is_free = all.get(&id).is_some_and(|one| Arc::strong_count(one) == 1);
            if is_free {
                all.remove(&id);
                bytes = bytes.saturating_sub(takes);
            }
        }
        // What is left is in use: each gives up its oldest sales.
        for one in all.values() {
            if bytes <= self.budget {
                return;
            }
            let mut history = one.lock();
            let before = history.bytes();
            history.shed();
            bytes = bytes.saturating_sub(before.saturating_sub(history.bytes()));
        }
    }
}
