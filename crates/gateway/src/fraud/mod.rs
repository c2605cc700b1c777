//! What analyses need at hand: each merchant's history, its lists and its rules.
//!
//! Invariant: what is at hand can be made again from the store, and is bounded; a merchant whose
//! sales are not analysed takes nothing.

pub mod day;
pub mod durations;
pub mod evaluate;
pub mod facts;
pub mod histories;
mod kinds;
pub mod known;
mod peers;
pub mod profiles;
pub mod rules;
pub mod trial;
pub mod values;

use self::durations::Durations;
use self::histories::Histories;
use self::profiles::Profiles;

/// Histories and profiles of merchants.
pub struct Fraud {
    /// What merchants saw before.
    pub histories: Histories,
    /// Their lists and rules.
    pub profiles: Profiles,
    /// How long analyses took.
    pub durations: Durations,
}

impl Fraud {
    /// Nothing at hand yet; `server` names this one among those that share a store.
    #[must_use]
    pub fn new(server: [u8; 16]) -> Self {
        Self {
            histories: Histories::new(server),
            profiles: Profiles::default(),
            durations: Durations::default(),
        }
    }
}
