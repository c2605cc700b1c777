//! What a running server is: the app, its public addresses, its limits.
//!
//! Invariant: built once at the start and shared by all listeners.

use std::sync::Arc;

use aval_domain::merchant::Dialect;
use aval_gateway::app::App;
use aval_vault::AdminToken;

use crate::api::idempotency::InFlight;
use crate::api::rate_limit::RateLimits;
use crate::backoffice::{Certificates, Office, Ready};
use crate::pages::register::Registrations;
use crate::request_log::RequestLog;
use crate::telemetry::Telemetry;

/// A running server.
pub struct Server {
    /// What operations need.
    pub app: App,
    /// Public addresses, as answers name them.
    pub urls: Urls,
    /// The dialect of callers who are no merchant.
    pub dialect: Dialect,
    /// Whether each listener refuses the other's operations (decision D05).
    pub strict_hosts: bool,
    /// Requests with an Idempotency-Key that have no answer yet.
    pub in_flight: InFlight,
    /// Rate limits of merchants who have one.
    pub rate_limits: RateLimits,
    /// The last requests of each merchant.
    pub request_log: RequestLog,
    /// What the registration page remembers.
    pub registrations: Registrations,
    /// What the back office remembers.
    pub office: Office,
    /// The certificates that the listeners present.
    pub certificates: Certificates,
    /// Counters and logs.
    pub telemetry: Telemetry,
    /// Whether it takes new work.
    pub ready: Ready,
    /// Who knows it may use the sandbox API; absent in production.
    pub admin_token: Option<AdminToken>,
}

/// Public addresses without trailing slash, as links name them (decision D05).
#[derive(Debug, Clone)]
pub struct Urls {
    /// Of the transactional listener: capture and void.
    pub api: String,
    /// Of the query listener: self.
    pub query: String,
}

/// Which of the two API listeners a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Side effects.
    Transactional,
    /// Queries.
    Query,
}

/// A server as seen from one of its listeners.
#[derive(Clone)]
pub struct Api {
    /// The server.
    pub server: Arc<Server>,
    /// The listener.
    pub role: Role,
}
