//! What happens on a connection, seen from below and from above hyper.
//!
//! hyper alone cannot tell an idle connection from one whose next header is half sent: its header
//! timeout runs in both, and none runs while it still guesses the HTTP version. So the bytes are
//! counted below it ([`Watched`]), the requests above it, and the connection's own task draws the
//! conclusions. Invariant: [`Activity`] only says what happened, it decides nothing.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// What happened on one connection. Shared with requests of HTTP/2, which run as their own tasks;
/// all else happens in the connection's task, hence the relaxed ordering.
#[derive(Debug, Default)]
pub(super) struct Activity {
    requests: AtomicUsize,
    http2: AtomicBool,
    /// Bytes came that belong to no request yet.
    received: AtomicBool,
    /// A request began, or bytes of an answer went out.
    moved: AtomicBool,
    /// The client does not take what is to be sent.
    stalled: AtomicBool,
    /// The request's body was not read to its end.
    body_unread: AtomicBool,
    /// hyper has begun to close.
    shut: AtomicBool,
    last_answer: AtomicBool,
    /// Somebody waits for the last request in flight.
    awaited: AtomicBool,
    last_answered: Notify,
}

impl Activity {
    pub(super) fn new(http2: bool) -> Arc<Self> {
        Arc::new(Self {
            http2: AtomicBool::new(http2),
            ..Self::default()
        })
    }

    /// A header is complete. The request is in flight until the answer is dropped.
    pub(super) fn begin(self: &Arc<Self>, http2: bool, has_body: bool) -> InFlight {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.http2.store(http2, Ordering::Relaxed);
        self.received.store(false, Ordering::Relaxed);
        self.moved.store(true, Ordering::Relaxed);
        // In HTTP/2 an unread body ends its stream, not the connection.
        self.body_unread
            .store(has_body && !http2, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    pub(super) fn body_ended(&self) {
        self.body_unread.store(false, Ordering::Relaxed);
    }

    /// From now on answers tell the client to send no more on this connection.
    pub(super) fn make_last(&self) {
        self.last_answer.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_last(&self) -> bool {
        self.last_answer.load(Ordering::Relaxed)
    }

    pub(super) fn is_http2(&self) -> bool {
        self.http2.load(Ordering::Relaxed)
    }

    pub(super) fn is_busy(&self) -> bool {
        self.in_flight() > 0
    }

    /// How many requests are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.requests.load(Ordering::Acquire)
    }

    /// Waits until no request is in flight. One task may wait.
    pub(super) async fn all_answered(&self) {
        // The order of these two, and of the two in the drop of a request, leaves no moment in
        // which the last request ends unnoticed.
        self.awaited.store(true, Ordering::SeqCst);
        while self.requests.load(Ordering::SeqCst) > 0 {
            self.last_answered.notified().await;
        }
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Relaxed)
    }

    /// Whether a request began or an answer got on since the last call.
    pub(super) fn take_moved(&self) -> bool {
        take(&self.moved)
    }

    /// Whether a part of a next header came since the last call. What HTTP/2 receives may as well
    /// be an acknowledgement.
    pub(super) fn take_received(&self) -> bool {
        take(&self.received) && !self.is_http2()
    }

    /// What HTTP/2 writes may as well be a ping, so there it is no sign of an answer.
    fn note_write(&self, written: &Poll<io::Result<usize>>) {
        self.note_stall(written.is_pending());
        if written.is_ready() && !self.is_http2() {
            self.moved.store(true, Ordering::Relaxed);
            self.received.store(false, Ordering::Relaxed);
        }
    }

    fn note_stall(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Relaxed);
    }
}

/// Only the connection's task takes flags, so no atomic swap is needed.
fn take(flag: &AtomicBool) -> bool {
    let set = flag.load(Ordering::Relaxed);
    if set {
        flag.store(false, Ordering::Relaxed);
    }
    set
}

/// A request in flight, for as long as this lives.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl InFlight {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let last = self.0.requests.fetch_sub(1, Ordering::SeqCst) == 1;
        if last && self.0.awaited.load(Ordering::SeqCst) {
            self.0.last_answered.notify_one();
        }
    }
}

/// A connection's bytes, watched.
pub(super) struct Watched<S> {
    inner: S,
    activity: Arc<Activity>,
    finished: bool,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S, activity: Arc<Activity>) -> Self {
        Self {
            inner,
            activity,
            finished: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            this.activity.received.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write(cx, buf);
        this.activity.note_write(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write_vectored(cx, bufs);
        this.activity.note_write(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(cx);
        this.activity.note_stall(flushed.is_pending());
        flushed
    }

    /// An answer given before its request body was read (413, 401) would be lost: closing with
    /// unread bytes resets the connection, and a reset discards what the client has not read yet.
    /// So the rest is read and thrown away; the connection's task limits how long.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.activity.shut.store(true, Ordering::Relaxed);
        if !this.finished {
            ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
            this.finished = true;
        }
        let mut rest = [0; 4096];
        while this.activity.body_unread.load(Ordering::Relaxed) {
            let mut rest = ReadBuf::new(&mut rest);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut rest))?;
            if rest.filled().is_empty() {
                this.activity.body_ended();
            }
        }
        Poll::Ready(Ok(()))
    }
}
