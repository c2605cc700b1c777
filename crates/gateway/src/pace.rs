//! How much of each merchant's notifications is under way at once.
//!
//! Invariant: receivers that answer share no place with those that are slow or hang, however many
//! those are: a merchant's places are of the kind that its receiver was last time, and who is not
//! known yet holds one for a second at the most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aval_domain::id::MerchantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// From when on an attempt is slow: it gives its place back and goes on without.
pub(crate) const QUICK: Duration = Duration::from_secs(1);
/// Merchants remembered at the most; beyond it all begin anew.
const MOST: usize = 50_000;

/// How a receiver behaved last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It answered within [`QUICK`], or refused at once.
    Quick,
    /// It answered later.
    Slow,
    /// It did not answer in time.
    Hangs,
}

impl Kind {
    /// Attempts of this kind under way at once, of all merchants.
    const fn places(self) -> usize {
        match self {
            Self::Quick => 256,
            Self::Slow | Self::Hangs => 128,
        }
    }

    /// Attempts of one such merchant under way at once.
    const fn most(self) -> u32 {
        match self {
            Self::Quick => 32,
            Self::Slow | Self::Hangs => 16,
        }
    }
}

/// How many attempts of a merchant may be under way at once, and of which kind they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// The kind.
    pub kind: Kind,
    /// So many.
    pub batch: u32,
}

impl Pace {
    /// Who is not known yet begins with one.
    const NEW: Self = Self {
        kind: Kind::Quick,
        batch: 1,
    };

    /// After a batch: twice as many when all was received, one when something was refused. Who
    /// hangs has many at once, of his own places, as each takes long.
    fn after(self, slowest: Duration, all_received: bool) -> Self {
        let kind = match (slowest >= QUICK, all_received) {
            (false, _) => Kind::Quick,
            (true, true) => Kind::Slow,
            (true, false) => Kind::Hangs,
        };
        let batch = match (kind, all_received) {
            (Kind::Hangs, _) => kind.most(),
            (Kind::Quick | Kind::Slow, true) => self.batch.saturating_mul(2).min(kind.most()),
            (Kind::Quick | Kind::Slow, false) => 1,
        };
        Self { kind, batch }
    }
}

/// The places of all merchants.
#[derive(Debug)]
pub(crate) struct Paces {
    quick: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    hangs: Arc<Semaphore>,
    known: Mutex<HashMap<MerchantId, Pace>>,
}

impl Default for Paces {
    fn default() -> Self {
        let places = |kind: Kind| Arc::new(Semaphore::new(kind.places()));
        Self {
            quick: places(Kind::Quick),
            slow: places(Kind::Slow),
            hangs: places(Kind::Hangs),
            known: Mutex::default(),
        }
    }
}

impl Paces {
    /// The pace of a merchant.
    pub(crate) fn of(&self, merchant: MerchantId) -> Pace {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&merchant).copied().unwrap_or(Pace::NEW)
    }

    /// Places for a batch; who came first has his first. `None` never happens: places are not
    /// taken away.
    pub(crate) async fn take(&self, pace: Pace) -> Option<OwnedSemaphorePermit> {
        let places = match pace.kind {
            Kind::Quick => &self.quick,
            Kind::Slow => &self.slow,
            Kind::Hangs => &self.hangs,
        };
        Arc::clone(places).acquire_many_owned(pace.batch).await.ok()
    }

    /// Notes how a batch went.
    pub(crate) fn note(&self, merchant: MerchantId, slowest: Duration, all_received: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.get(&merchant).copied().unwrap_or(Pace::NEW);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(merchant, before.after(slowest, all_received));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(3);

    #[test]
    fn a_receiver_that_answers_gets_more_at_once_and_one_that_fails_begins_anew() {
        let mut pace = Pace::NEW;
        let mut batches = Vec::new();
        for _ in 0..7 {
            batches.push(pace.batch);
            pace = pace.after(MOMENT, true);
        }
        assert_eq!(batches, [1, 2, 4, 8, 16, 32, 32]);
        let slow = pace.after(QUICK, true);
        assert_eq!((slow.kind, slow.batch), (Kind::Slow, 16));
        let hangs = slow.after(QUICK * 10, false);
        assert_eq!((hangs.kind, hangs.batch), (Kind::Hangs, 16));
        let refused = hangs.after(MOMENT, false);
        assert_eq!(refused, Pace::NEW);
    }

    #[tokio::test]
    async fn however_many_hang_a_place_for_others_is_free() {
        let paces = Paces::default();
        let mut held = Vec::new();
        for number in 0..200_u8 {
            let merchant = MerchantId::from_bytes([number; 16]);
            paces.note(merchant, QUICK * 10, false);
            let waiting = tokio::time::timeout(MOMENT, paces.take(paces.of(merchant)));
            held.push(waiting.await);
        }
        let well = MerchantId::from_bytes([255; 16]);
        assert!(held.last().unwrap().is_err(), "their own places are taken");
        let place = tokio::time::timeout(QUICK, paces.take(paces.of(well)));
        assert!(place.await.unwrap().is_some());
    }
}
