//! Whether other servers share the store, so that what they sell has to be looked at.
//!
//! Invariant: a server counts as alone only while it has itself been noted in the store and found
//! nobody else noted a moment ago; one that comes later waits until everybody must have found it
//! before it analyses. So no sale of another server is overlooked, and a server alone need not ask
//! the store before each analysis.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aval_domain::time::{MINUTE, Timestamp};
use aval_storage::Storage;
use tokio::time::{Instant, sleep};

use crate::error::Error;

/// What is known of the servers beside this one.
#[derive(Debug, Default)]
pub(super) struct Peers {
    noted: OnceLock<Noted>,
    found: Mutex<Option<Found>>,
    /// Held by who asks the store.
    turn: tokio::sync::Mutex<()>,
}

/// This server, as it is noted in the store.
#[derive(Debug)]
struct Noted {
    server: [u8; 16],
    at: Instant,
}

/// What was found last.
#[derive(Debug, Clone, Copy)]
struct Found {
    at: Instant,
    others: bool,
}

/// How long what was found holds.
const HOLDS: Duration = Duration::from_millis(250);
/// How long a server that comes to others waits until they have found it.
const SETTLES: Duration = Duration::from_millis(500);
/// One that was not seen for so long is gone, in microseconds: servers' clocks may differ by that.
const GONE: i64 = MINUTE * 10;

impl Peers {
    /// This server is noted in the store as running.
    pub(super) fn noted(&self, server: [u8; 16]) {
        let at = Instant::now();
        self.noted.get_or_init(|| Noted { server, at });
    }

    /// Whether there are others; `real` is the time by the machine's clock.
    pub(super) async fn are_there(
        &self,
        storage: &Storage,
        real: Timestamp,
    ) -> Result<bool, Error> {
        let Some(noted) = self.noted.get() else {
            return Ok(true);
        };
        if let Some(others) = self.found() {
            return Ok(others);
        }
        let _turn = self.turn.lock().await;
        if let Some(others) = self.found() {
            return Ok(others);
        }
        let at = Instant::now();
        let seen_after = real.plus(GONE.saturating_neg());
        let seen = storage.servers_seen(seen_after, 2).await?;
        // Whoever took this server for gone may be there too.
        let others = seen != [noted.server];
        if others {
            sleep(SETTLES.saturating_sub(noted.at.elapsed())).await;
        }
        let found = Found { at, others };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(others)
    }

    /// What was found, while it holds.
    fn found(&self) -> Option<bool> {
        let found = *self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let found = found.filter(|found| found.at.elapsed() < HOLDS)?;
        Some(found.others)
    }
}
