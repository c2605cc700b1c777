//! What a running server is: what the API has of it, and what pages need beside that.
//!
//! Invariant: built once at the start and shared by all listeners.

use std::ops::Deref;
use std::sync::Arc;

use aval_vault::AdminToken;

use crate::backoffice::{Certificates, Office, Ready};
use crate::pages::register::Registrations;

/// A running server. What the API has of it is read as its own, so no field here has a name of one
/// there.
pub struct Server {
    /// What the API has of it.
    pub api: Arc<aval_api::server::Server>,
    /// What the registration page remembers.
    pub registrations: Registrations,
    /// What the back office remembers.
    pub office: Office,
    /// The certificates that the listeners present.
    pub certificates: Certificates,
    /// Whether it takes new work.
    pub ready: Ready,
    /// Who knows it may use the sandbox API; absent in production.
    pub admin_token: Option<AdminToken>,
}

impl Deref for Server {
    type Target = aval_api::server::Server;

    fn deref(&self) -> &Self::Target {
        &self.api
    }
}
