//! The port to merchants' receivers: what is posted, how bodies are written, what became of it.
//!
//! Invariant: no HTTP library is known here; the server brings the client and the writer of bodies
//! along. Of one merchant's notifications one worker of this server delivers at a time.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aval_domain::id::{MerchantId, NotificationId};
use aval_domain::notification::{Change, Notification};
use aval_domain::recurrence::RecurrentPayment;
use aval_domain::sale::Sale;
use aval_domain::settings::Settings;
use aval_domain::time::Timestamp;
use aval_storage::Heard;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::chance::Chance;
use crate::pace::Paces;

/// How long it is waited for another worker before it is looked again.
const MOMENT: Duration = Duration::from_millis(100);

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

/// What a receiver is told: a notification, or a listener's copy of it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its name.
    pub id: NotificationId,
    /// The version of the payment.
    pub payment_version: u32,
    /// Body.
    pub body: &'a str,
}

impl<'a> From<&'a Notification> for Told<'a> {
    fn from(one: &'a Notification) -> Self {
        Self {
            id: one.id,
            payment_version: one.payment_version,
            body: &one.body,
        }
    }
}

impl<'a> From<&'a Heard> for Told<'a> {
    fn from(one: &'a Heard) -> Self {
        Self {
            id: one.id,
            payment_version: one.payment_version,
            body: &one.body,
        }
    }
}

impl Told<'_> {
    /// As it is posted to an address, signed if there is a secret. `now` is real time, by which a
    /// receiver can tell a notification that is played again.
    #[must_use]
    pub fn post(
        &self,
        settings: &Settings,
        url: String,
        secret: Option<&str>,
        now: Timestamp,
    ) -> Post {
        let mut headers = settings.notification_headers.clone();
        let version = self.payment_version.to_string();
        headers.push(("Aval-Notification-Id".to_owned(), self.id.to_string()));
        headers.push(("Aval-Payment-Version".to_owned(), version));
        if let Some(secret) = secret {
            let seconds = now.micros().div_euclid(1_000_000);
            let signed = aval_vault::sign_notification(secret, seconds, self.body.as_bytes());
            let value = format!("t={seconds},v1={signed}");
            headers.push(("Aval-Signature".to_owned(), value));
        }
        Post {
            url,
            headers,
            body: self.body.to_owned(),
        }
    }
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

/// Writes the body of a notification of a plan of recurrences, likewise.
pub type RenderPlan = dyn Fn(&RecurrentPayment, &Settings, Change) -> String + Send + Sync;

/// What a server needs to tell merchants of changes.
pub struct Outbox {
    /// Writes bodies about sales.
    pub render: Box<Render>,
    /// Writes bodies about plans of recurrences.
    pub render_plan: Box<RenderPlan>,
    /// Posts them; absent in commands, which leave that to the servers.
    pub receivers: Option<Box<dyn Receivers>>,
    /// What became of the attempts of this server.
    pub counts: Counts,
    /// How much of each merchant is under way.
    pub(crate) paces: Paces,
    name: [u8; 16],
    /// Merchants who are being delivered, and whether somebody wanted to meanwhile.
    busy: Mutex<HashMap<MerchantId, bool>>,
    woken: Mutex<HashSet<MerchantId>>,
    wakes: Notify,
    /// Told when a merchant is not being delivered any more.
    freed: Notify,
    /// Whether the server is about to end.
    ending: AtomicBool,
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
    pub fn new(
        render: Box<Render>,
        render_plan: Box<RenderPlan>,
        receivers: Option<Box<dyn Receivers>>,
        chance: &Chance,
    ) -> Self {
        Self {
            render,
            render_plan,
            receivers,
            counts: Counts::default(),
            paces: Paces::default(),
            name: chance.server_name(),
            busy: Mutex::default(),
            woken: Mutex::default(),
            wakes: Notify::new(),
            freed: Notify::new(),
            ending: AtomicBool::new(false),
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
        busy.contains_key(&merchant)
    }

    /// Begins to deliver for a merchant, unless somebody does already: who does then looks once
    /// more when he is through.
    pub(crate) fn enter(&self, merchant: MerchantId) -> Option<Busy<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        match busy.entry(merchant) {
            Entry::Occupied(mut entered) => {
                entered.insert(true);
                None
            }
            Entry::Vacant(free) => {
                free.insert(false);
                Some(Busy {
                    outbox: self,
                    merchant,
                })
            }
        }
    }

    /// Waits until a merchant is not being delivered any more, a moment at the most.
    pub(crate) async fn freed(&self) {
        let _ = timeout(MOMENT, self.freed.notified()).await;
    }

    /// Begins no attempt any more, and waits for those under way, so long at the most: whether all
    /// of them have ended, and are recorded.
    pub async fn end(&self, within: Duration) -> bool {
        self.ending.store(true, Ordering::Release);
        let ended = async {
            while !self.is_idle() {
                self.freed().await;
            }
        };
        timeout(within, ended).await.is_ok()
    }

    /// Whether no attempt is to be begun any more.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    fn is_idle(&self) -> bool {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.is_empty()
    }

    /// Says that something of a merchant is due.
    pub(crate) fn wake(&self, merchant: MerchantId) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if woken.insert(merchant) {
            self.wakes.notify_one();
        }
    }

    /// Merchants of whom something is due since this was asked before; waits until there are some.
    pub async fn woken(&self) -> Vec<MerchantId> {
        loop {
            let woken = {
                let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::take(&mut *woken)
            };
            if !woken.is_empty() {
                return woken.into_iter().collect();
            }
            self.wakes.notified().await;
        }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let busy = self.outbox.busy.lock();
        let again = busy
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.merchant);
        self.outbox.freed.notify_waiters();
        if again == Some(true) {
            self.outbox.wake(self.merchant);
        }
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}
