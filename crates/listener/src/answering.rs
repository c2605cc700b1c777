//! A request that is being answered, whether or not its client waits for the answer.
//!
//! Invariant: what was begun is carried through. When hyper lets go of a request because its client
//! has left, it goes on by itself; until its end it counts as in flight, so that its connection
//! keeps its place and a drain waits for it. Whoever leaves more requests behind on a connection
//! than may be open on it at once has the others let go of.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use crate::stream::InFlight;

/// Whether a client still waits for its answer; in the extensions of every request.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    left: Arc<AtomicBool>,
}

impl Presence {
    /// Whether nobody will read the answer. Of a client of HTTP/1.1 it is not known before the
    /// answer is written, since one that has closed only its own side may still read.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }
}

/// The answer to one request, to come.
pub(super) struct Answering<F: Future + Send + Unpin + 'static> {
    /// Taken when it has come.
    running: Option<(F, InFlight)>,
    presence: Presence,
}

/// Requests of one connection that go on without their client.
const LEFT_BEHIND: usize = crate::connection::HTTP2_STREAMS as usize;

impl<F: Future + Send + Unpin> Answering<F> {
    pub(super) fn new(answer: F, in_flight: InFlight, presence: Presence) -> Self {
        Self {
            running: Some((answer, in_flight)),
            presence,
        }
    }
}

impl<F: Future + Send + Unpin> Future for Answering<F> {
    type Output = (F::Output, InFlight);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some((answer, _)) = &mut self.running
            && let Poll::Ready(answer) = Pin::new(answer).poll(cx)
            && let Some((_, in_flight)) = self.running.take()
        {
            return Poll::Ready((answer, in_flight));
        }
        Poll::Pending
    }
}

impl<F: Future + Send + Unpin + 'static> Drop for Answering<F> {
    fn drop(&mut self) {
        let Some((answer, in_flight)) = self.running.take() else {
            return;
        };
        let left_behind = in_flight.activity().in_flight();
        // A request that panicked must not run again.
        if std::thread::panicking() || left_behind > LEFT_BEHIND {
            return;
        }
        self.presence.left.store(true, Ordering::Relaxed);
        // Without a runtime the whole process is ending.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                answer.await;
                drop(in_flight);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Extension;
    use axum::routing::get;
    use tokio::io::AsyncWriteExt as _;
    use tokio::sync::{Notify, mpsc};

    use super::*;
    use crate::tests::{LONG, Running, SHORT, limits, read_to};

    /// Preface, empty SETTINGS, and HEADERS of stream 1: GET http:/ by the static table.
    const REQUEST: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
        \0\0\0\x04\0\0\0\0\0\0\0\x03\x01\x05\0\0\0\x01\x82\x84\x86";
    const RST_STREAM: &[u8] = b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08";
    const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0settled?";

    /// A handler that waits to be let go, and tells whether its client has left by then.
    fn gated() -> (Router, Arc<Notify>, mpsc::UnboundedReceiver<bool>) {
        let gate = Arc::new(Notify::new());
        let (told, tells) = mpsc::unbounded_channel();
        let inside = Arc::clone(&gate);
        let slow = async move |Extension(presence): Extension<Presence>| {
            let left = |presence: &Presence| told.send(presence.has_left()).unwrap();
            left(&presence);
            inside.notified().await;
            left(&presence);
        };
        (Router::new().route("/", get(slow)), gate, tells)
    }

    #[tokio::test]
    async fn a_request_whose_client_left_is_carried_through_and_a_drain_waits_for_it() {
        let (router, gate, mut tells) = gated();
        let running = Running::start(router, limits(LONG), None).await;
        let mut stream = running.connect().await;
        stream.write_all(REQUEST).await.unwrap();
        assert_eq!(tells.recv().await, Some(false));
        stream
            .write_all(&[RST_STREAM, PING].concat())
            .await
            .unwrap();
        read_to(&mut stream, "settled?", 1).await;
        drop(stream);
        let mut drained = tokio::spawn(running.drain());
        let early = tokio::time::timeout(SHORT, &mut drained).await;
        assert!(early.is_err(), "{early:?}");
        gate.notify_one();
        assert_eq!(tells.recv().await, Some(true));
        assert_eq!(drained.await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_drain_does_not_wait_beyond_its_limit_for_who_has_left() {
        let (router, _gate, mut tells) = gated();
        let running = Running::start(router, limits(LONG), None).await;
        let mut stream = running.connect().await;
        stream.write_all(REQUEST).await.unwrap();
        assert_eq!(tells.recv().await, Some(false));
        drop(stream);
        running.drain.start(SHORT);
        assert_eq!(running.served.await.unwrap(), 1);
    }
}
