//! Searching a merchant's sales: what is searched is made beside the requests, and found by index.
//!
//! Invariant: a sale waits for nothing of this. What is searched lags behind the sales by some
//! tenths of a second, under saturation by more, and never stays behind: what a server that was
//! killed had yet to make is found by comparing, and made (docs/decisions/0020-search.md).

mod along;
mod figures;
mod find;
mod follow;
mod known;
mod pace;
mod plan;
mod project;
mod uses;

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

pub use self::figures::{DayLine, figures, usage};
pub use self::find::{COUNTED, Found, Page, Total, find, list, sources};
use self::follow::Follower;
pub use self::follow::{begin, catch_up, end, follow, pause};
use self::known::Known;
pub use self::uses::{From as UsesFrom, Listed, ListedUse, is_listed, uses};
use crate::app::App;
use crate::chance::Chance;

/// What a server makes of the search.
#[derive(Debug)]
pub struct Search {
    /// The name under which this server is noted as running.
    server: [u8; 16],
    /// Numbers of combinations at hand.
    known: Known,
    /// What is yet to be made.
    follower: Mutex<Follower>,
    /// How many changes it has taken from the feed and not made.
    taken: AtomicUsize,
}

impl Search {
    /// A search of which nothing was made yet.
    #[must_use]
    pub fn new(chance: &Chance) -> Self {
        Self {
            server: chance.server_name(),
            known: Known::default(),
            follower: Mutex::default(),
            taken: AtomicUsize::new(0),
        }
    }
}

/// How many changes of sales wait to be made searchable.
#[must_use]
pub fn waiting(app: &App) -> usize {
    let taken = app.search.taken.load(Ordering::Relaxed);
    app.storage.feed().waiting().saturating_add(taken)
}
