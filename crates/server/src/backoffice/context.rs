//! What a page of the back office is told: the request, and who signed in.
//!
//! Invariant: a [`Context`] is made from a session alone; the merchant that a handler reads and
//! changes is the session's, never one that was sent.

use std::net::IpAddr;
use std::sync::Arc;

use aval_api::route::parameter;
use aval_domain::id::MerchantId;
use aval_domain::session::Session;
use aval_domain::time::Timestamp;
use aval_domain::user::{Permission, Role, User};
use aval_gateway::access::Origin;
use aval_gateway::merchants::ActiveMerchant;
use http::{HeaderMap, Method};

use super::layout::Layout;
use super::preferences::Theme;
use crate::pages::{Language, Sent};
use crate::server::Server;

/// A request of the back office.
pub struct Visit {
    /// The server.
    pub server: Arc<Server>,
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The query of the address.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// What stands in the places of the path, decoded, in their order.
    pub arguments: Vec<String>,
    /// The form that was sent; empty of a GET.
    pub form: Sent,
    /// Where it comes from.
    pub address: IpAddr,
    /// The language of the answer.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
}

/// A request of a user.
pub struct Context {
    /// The request.
    pub visit: Visit,
    /// The merchant that the user looks after.
    pub merchant: Arc<ActiveMerchant>,
    /// The user.
    pub user: User,
    /// The session.
    pub session: Session,
    /// What every form has to say: field `csrf`.
    pub csrf: String,
}

impl std::ops::Deref for Context {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Visit {
    /// A parameter of the address, decoded; empty when it is not there.
    #[must_use]
    pub fn parameter(&self, name: &str) -> String {
        parameter(self.query.as_deref(), name)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    }

    /// What stands in a place of the path, counted from 0.
    #[must_use]
    pub fn argument(&self, at: usize) -> &str {
        self.arguments.get(at).map_or("", String::as_str)
    }

    /// The address as it is kept.
    #[must_use]
    pub fn from(&self) -> String {
        self.address.to_canonical().to_string()
    }

    /// What the browser calls itself.
    #[must_use]
    pub fn agent(&self) -> &str {
        let agent = self.headers.get(http::header::USER_AGENT);
        agent.and_then(|agent| agent.to_str().ok()).unwrap_or("")
    }

    /// Whether htmx asks for a part of a page.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.headers.contains_key("hx-request")
    }

    /// Path and query, to come back to.
    #[must_use]
    pub fn here(&self) -> String {
        match &self.query {
            Some(query) if !query.is_empty() => format!("{}?{query}", self.path),
            _ => self.path.clone(),
        }
    }
}

impl Context {
    /// Whose everything is that the page reads and changes.
    #[must_use]
    pub fn of(&self) -> MerchantId {
        self.merchant.id
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.server.app.clock.now()
    }

    /// The moment without what the sandbox's clock was moved, by which people sign in and out.
    #[must_use]
    pub fn real(&self) -> Timestamp {
        self.server.app.clock.real()
    }

    /// The role of the user.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.user.role
    }

    /// Whether the user may do it.
    #[must_use]
    pub const fn may(&self, what: Permission) -> bool {
        self.user.role.may(what)
    }

    /// The layout of a page under this title.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::of(self)
    }

    /// From where the user calls, as the audit log and sessions keep it.
    #[must_use]
    pub fn origin<'a>(&'a self, address: &'a str) -> Origin<'a> {
        Origin {
            address,
            agent: self.agent(),
        }
    }
}
