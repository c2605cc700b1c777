//! The port to merchants' receivers: what is posted, how bodies are written, what became of it.
//!
//! Invariant: no HTTP library is known here; the server brings the client and the writer of bodies
//! along. Of one merchant's notifications one worker of this server delivers at a time.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use aval_domain::id::MerchantId;
use aval_domain::notification::Change;
use aval_domain::sale::Sale;
use aval_domain::settings::Settings;
use tokio::sync::Notify;

use crate::chance::Chance;

/// What is sent to a receiver.
#[derive(Debug, Clone)]
pub struct Post {
    /// Where to.
    pub url: String,
    /// Headers beside those that HTTP itself needs.
    pub headers: Vec<(String, String)>,
    /// Body, JSON.
    pub body: String,
}

/// What a receiver answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The beginning of the body.
    pub start: Vec<u8>,
}

/// An answer, or in words without the body why none came.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<Response, String>> + Send + 'a>>;

/// Posts to receivers.
pub trait Receivers: Send + Sync {
    /// Posts within the limit of time, following no redirect.
    fn post(&self, post: Post) -> Posting<'_>;
}

/// Writes the body of a notification of a sale, as its merchant wants it.
pub type Render = dyn Fn(&Sale, &Settings, Change) -> String + Send + Sync;

/// What a server needs to tell merchants of changes.
pub struct Outbox {
    /// Writes bodies.
    pub render: Box<Render>,
    /// Posts them.
    pub receivers: Box<dyn Receivers>,
    /// Woken when something was written that is due at once.
    pub woken: Notify,
    /// What became of the attempts of this server.
    pub counts: Counts,
    name: [u8; 16],
    busy: Mutex<HashSet<MerchantId>>,
}

/// Attempts of this server by what became of them.
#[derive(Debug, Default)]
pub struct Counts {
    delivered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

impl Counts {
    /// Counts an attempt.
    pub(crate) fn count(&self, received: bool, given_up: bool) {
        let one = |counter: &AtomicU64| {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        one(if received {
            &self.delivered
        } else {
            &self.failed
        });
        if given_up {
            one(&self.given_up);
        }
    }

    /// Each with its name.
    #[must_use]
    pub fn all(&self) -> [(&'static str, u64); 3] {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("delivered", of(&self.delivered)),
            ("failed", of(&self.failed)),
            ("given_up", of(&self.given_up)),
        ]
    }
}

/// A merchant whose notifications are being delivered; let go when dropped.
pub(crate) struct Busy<'a> {
    outbox: &'a Outbox,
    merchant: MerchantId,
}

impl Outbox {
    /// An outbox of a server; leases are taken under a name drawn by chance.
    #[must_use]
    pub fn new(render: Box<Render>, receivers: Box<dyn Receivers>, chance: &Chance) -> Self {
        Self {
            render,
            receivers,
            woken: Notify::new(),
            counts: Counts::default(),
            name: chance.server_name(),
            busy: Mutex::default(),
        }
    }

    /// The name under which this server takes leases.
    pub(crate) const fn name(&self) -> [u8; 16] {
        self.name
    }

    /// Whether this server delivers for a merchant at the moment.
    #[must_use]
    pub fn is_busy(&self, merchant: MerchantId) -> bool {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.contains(&merchant)
    }

    /// Begins to deliver for a merchant, unless somebody does already.
    pub(crate) fn enter(&self, merchant: MerchantId) -> Option<Busy<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(merchant).then_some(Busy {
            outbox: self,
            merchant,
        })
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let busy = self.outbox.busy.lock();
        let mut busy = busy.unwrap_or_else(PoisonError::into_inner);
        busy.remove(&self.merchant);
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}
