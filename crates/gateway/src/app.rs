//! Everything an operation needs, in one place.
//!
//! Invariant: built once at the start and shared; holds no state of a request.

use aval_domain::id::PaymentId;
use aval_storage::Storage;
use tokio::sync::Mutex;

use crate::acquirers::simulated::Simulated;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::fraud::Fraud;
use crate::keys::Keys;
use crate::listeners::Listeners;
use crate::merchants::Merchants;
use crate::outbox::Outbox;
use crate::passwords::Passwords;
use crate::search::Search;
use crate::tasks::jobs;
use crate::tasks::recurrences::Engine;
use crate::tasks::stuck::Stuck;
use crate::turns::Turns;

/// Sandbox or production: separate servers with separate stores (decision D42).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Simulated acquirer, clock that can be moved.
    Sandbox,
    /// Real money.
    Production,
}

/// Everything an operation needs.
pub struct App {
    /// Which environment this is.
    pub environment: Environment,
    /// What is stored.
    pub storage: Storage,
    /// Key-encryption keys.
    pub keys: Keys,
    /// Merchants at hand.
    pub merchants: Merchants,
    /// Passwords hashed and verified.
    pub passwords: Passwords,
    /// The one clock.
    pub clock: Clock,
    /// The one source of chance.
    pub chance: Chance,
    /// What fraud analyses need at hand.
    pub fraud: Fraud,
    /// Payments that are being changed (decision D16).
    pub changing: Turns<PaymentId>,
    /// Held by who moves the clock or does what is due: one at a time on one server.
    pub moving: Mutex<()>,
    /// What this server does of recurrences.
    pub recurrences: Engine,
    /// What this server makes of the search.
    pub search: Search,
    /// What this server does of jobs.
    pub jobs: jobs::Engine,
    /// What this server could not do of what is due.
    pub stuck: AllStuck,
    /// The simulator; absent in production.
    pub simulated: Option<Simulated>,
    /// How merchants are told of changes; absent where no sale is changed.
    pub outbox: Option<Outbox>,
    /// Who listens to notifications beside the merchants' own receivers.
    pub listeners: Listeners,
}

/// What could not be done, by task.
#[derive(Debug, Default)]
pub struct AllStuck {
    /// Reviews that expired.
    pub reviews: Stuck,
    /// Payments whose buyers did not come.
    pub buyers: Stuck,
}

impl App {
    /// An app on a store.
    #[must_use]
    pub fn new(environment: Environment, storage: Storage, keys: Keys, chance: Chance) -> Self {
        let simulated = (environment == Environment::Sandbox).then(|| Simulated::new(&chance));
        let recurrences = Engine::new(&chance);
        let search = Search::new(&chance);
        let jobs = jobs::Engine::new(&chance);
        Self {
            environment,
            storage,
            keys,
            recurrences,
            search,
            jobs,
            stuck: AllStuck::default(),
            merchants: Merchants::new(simulated.is_some()),
            passwords: Passwords::default(),
            fraud: Fraud::new(chance.server_name()),
            clock: Clock::default(),
            chance,
            changing: Turns::default(),
            moving: Mutex::default(),
            simulated,
            outbox: None,
            listeners: Listeners::default(),
        }
    }
}
