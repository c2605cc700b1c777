//! What the API has of a running server: the app, its public addresses, its limits.
//!
//! Invariant: built once at the start and shared by all listeners.

use std::pin::Pin;
use std::sync::Arc;

use aval_domain::merchant::Dialect;
use aval_gateway::app::App;
use axum::extract::Request;
use axum::response::Response;

use crate::idempotency::InFlight;
use crate::rate_limit::RateLimits;
use crate::request_log::RequestLog;
use crate::telemetry::Telemetry;

/// A running server, as the API needs it.
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
    /// Counters and logs.
    pub telemetry: Telemetry,
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
pub(crate) struct Api {
    /// The server.
    pub(crate) server: Arc<Server>,
    /// The listener.
    pub(crate) role: Role,
    /// What else the listener takes in.
    pub(crate) pages: Option<Pages>,
}

/// Pages on a listener of the API, by their paths: who answers a request for one, or nobody, when
/// it is a call of the API. It is asked for every request, and must cost next to nothing.
pub type Pages = fn(&Server, &str) -> Option<Page>;

/// Answers a request for a page.
pub type Page = Box<dyn FnOnce(Arc<Server>, Request) -> Answering + Send>;

/// The answer of a page, being made.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;
