//! The one clock.
//!
//! Invariant: all code asks it for the time; nothing else reads the system's clock (decision D44).
//! In the sandbox it can be moved by an offset that is kept in the store.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aval_domain::time::Timestamp;
use aval_storage::Storage;
use tokio::sync::Mutex;

use crate::error::Error;

/// The one clock.
#[derive(Debug, Default)]
pub struct Clock {
    offset: AtomicI64,
    /// Microseconds that tests let pass at once.
    passed: AtomicI64,
    /// Whether this server moves it through what falls due.
    is_moved: AtomicBool,
    /// Held while the store and the memory are made equal, whichever way: an offset that was read
    /// before it was changed must not be remembered after.
    moving: Mutex<()>,
}

/// A clock that is being moved.
pub(crate) struct Moved<'a>(&'a Clock);

impl Drop for Moved<'_> {
    fn drop(&mut self) {
        self.0.is_moved.store(false, Ordering::Release);
    }
}

/// The store's setting that holds the offset in microseconds.
const SETTING: &str = "clock.offset_micros";

impl Clock {
    /// The moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.real().plus(self.offset.load(Ordering::Relaxed))
    }

    /// The moment of the system's clock, for what happens between machines and with people: leases,
    /// signatures, sessions, locks, codes of authenticators.
    #[must_use]
    pub fn real(&self) -> Timestamp {
        system().plus(self.passed.load(Ordering::Relaxed))
    }

    /// Lets real time pass at once, in this process alone: for tests of what takes hours.
    pub fn pass(&self, micros: i64) {
        self.passed.fetch_add(micros, Ordering::Relaxed);
    }

    /// Microseconds by which it runs ahead of the system's clock; negative when behind.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Says that this server moves it through what falls due, until what is given is dropped.
    pub(crate) fn begin_move(&self) -> Moved<'_> {
        self.is_moved.store(true, Ordering::Release);
        Moved(self)
    }

    /// Whether this server moves it through what falls due: then who moves it does that.
    pub(crate) fn is_moved(&self) -> bool {
        self.is_moved.load(Ordering::Acquire)
    }

    /// Takes the offset from the store, where another process may have moved it.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn refresh(&self, storage: &Storage) -> Result<(), Error> {
        let _one = self.moving.lock().await;
        let stored = storage.setting(SETTING).await?;
        let offset = stored.and_then(|text| text.parse().ok()).unwrap_or(0);
        self.offset.store(offset, Ordering::Relaxed);
        Ok(())
    }

    /// Moves the clock to a moment, for the whole store, and does nothing of what falls due
    /// meanwhile: that is [`crate::tasks::moves`].
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn set(&self, storage: &Storage, to: Timestamp) -> Result<(), Error> {
        loop {
            self.refresh(storage).await?;
            let offset = to.since(self.real());
            if self.change(storage, self.offset(), offset).await? {
                return Ok(());
            }
        }
    }

    /// Moves the clock so many microseconds forward, likewise.
    ///
    /// # Errors
    /// As above.
    pub async fn advance(&self, storage: &Storage, micros: i64) -> Result<(), Error> {
        loop {
            self.refresh(storage).await?;
            let before = self.offset();
            let after = before.saturating_add(micros);
            if self.change(storage, before, after).await? {
                return Ok(());
            }
        }
    }

    /// Makes the clock run so many microseconds ahead of the system's, for the whole store, if it
    /// still runs `before` ahead; says whether it did.
    ///
    /// # Errors
    /// As above.
    pub(crate) async fn change(
        &self,
        storage: &Storage,
        before: i64,
        after: i64,
    ) -> Result<bool, Error> {
        let _one = self.moving.lock().await;
        if before == 0 {
            // Of a clock that was never moved nothing is stored.
            storage.claim_setting(SETTING, "0").await?;
        }
        let (from, to) = (before.to_string(), after.to_string());
        let changed = storage.change_setting(SETTING, &from, &to).await?;
        if changed {
            self.offset.store(after, Ordering::Relaxed);
        }
        Ok(changed)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads it"
)]
fn system() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
