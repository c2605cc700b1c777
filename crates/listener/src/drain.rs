//! The signal to end.
//!
//! Invariant: it is given once; all clones see it, whenever they begin to look.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::later;

/// The signal to finish what is under way and begin nothing new. Clones are the same signal.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    cut_at: watch::Sender<Option<Instant>>,
}

impl Drain {
    /// Gives the signal. What has not ended within `limit` is cut off. Only the first call counts.
    pub fn start(&self, limit: Duration) {
        self.cut_at.send_if_modified(|cut_at| {
            let first = cut_at.is_none();
            cut_at.get_or_insert_with(|| later(Instant::now(), limit));
            first
        });
    }

    /// Waits for the signal; answers when its limit ends.
    pub(super) async fn started(&self) -> Instant {
        let mut signal = self.cut_at.subscribe();
        loop {
            if let Some(cut_at) = *signal.borrow_and_update() {
                return cut_at;
            }
            if signal.changed().await.is_err() {
                // Cannot be: the sender is part of `self`.
                std::future::pending::<()>().await;
            }
        }
    }
}
