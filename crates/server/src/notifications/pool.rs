//! Connections to receivers that are kept for the next post.
//!
//! Invariant: bounded in number, for each place and in all, and in time: one that nobody used for
//! four seconds, or that is a minute old, is closed, so that a name that moved is followed. A
//! connection that is let go is closed, whatever is under way on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Kept for one place at the most: as many as a merchant has posts under way.
const OF_ONE: usize = 32;
/// Kept in all at the most.
const IN_ALL: usize = 256;
/// How long one is kept without use: less than the five seconds after which common servers close
/// it, perhaps just when something is sent.
const UNUSED: Duration = Duration::from_secs(4);
/// How old one may become.
const OLDEST: Duration = Duration::from_secs(60);

/// Where a connection goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Whether it speaks TLS.
    pub is_tls: bool,
    /// The name or address, as it stands in the URL.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A connection to a receiver.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    opened: Instant,
}

impl Connection {
    /// Over a stream.
    pub(super) async fn over<S>(stream: S) -> hyper::Result<Self>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self {
            sender,
            driver: tokio::spawn(async move {
                // How it ended is told to who waits for an answer.
                let _ = connection.await;
            }),
            opened: Instant::now(),
        })
    }

    /// Sends a request; the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<Response<Incoming>> {
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The connections that are kept.
#[derive(Default)]
pub(super) struct Pool {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_place: HashMap<Place, Vec<(Connection, Instant)>>,
    count: usize,
    /// Whether somebody will look for those that nobody used.
    is_swept: bool,
}

impl Pool {
    /// The connection to a place that was used last.
    pub(super) fn take(&self, place: &Place) -> Option<Connection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((connection, since)) = kept.by_place.get_mut(place)?.pop() {
            kept.count = kept.count.saturating_sub(1);
            if is_good(&connection, since) {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection, if there is room.
    pub(super) fn put(self: &Arc<Self>, place: Place, connection: Connection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.count >= IN_ALL {
            return;
        }
        let of_place = kept.by_place.entry(place).or_default();
        if of_place.len() >= OF_ONE {
            return;
        }
        of_place.push((connection, Instant::now()));
        kept.count = kept.count.saturating_add(1);
        if kept.is_swept {
            return;
        }
        kept.is_swept = true;
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(UNUSED).await;
                if pool.upgrade().is_none_or(|pool| pool.sweep()) {
                    return;
                }
            }
        });
    }

    /// Closes those that nobody used; whether none is left.
    fn sweep(&self) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for of_place in kept.by_place.values_mut() {
            of_place.retain(|(connection, since)| is_good(connection, *since));
        }
        kept.by_place.retain(|_, of_place| !of_place.is_empty());
        kept.count = kept.by_place.values().map(Vec::len).sum();
        kept.is_swept = kept.count > 0;
        !kept.is_swept
    }
}

fn is_good(connection: &Connection, since: Instant) -> bool {
    let is_open = !connection.sender.is_closed();
    is_open && since.elapsed() < UNUSED && connection.opened.elapsed() < OLDEST
}
