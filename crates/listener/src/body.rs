//! The two bodies of a request: its own, which must come in time, and its answer's.
//!
//! Invariants: once [`TimedBody`] has had to wait, it ends or fails within the read timeout; and
//! a request counts as in flight until hyper has taken the last byte of its [`AnswerBody`].

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep, timeout};

use crate::stream::{Activity, InFlight};

/// Why a request body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It was sent too slowly; the connection is closed after the answer.
    #[error("the request body did not arrive in time")]
    TooSlow,
    /// The connection broke, or the body's framing is wrong.
    #[error("the request body cannot be read: {0}")]
    Broken(#[from] hyper::Error),
}

/// Of a body that nobody wants so much is read all the same, in bytes: four times the largest that
/// is taken.
const DISCARDED: usize = 1024 * 1024;
/// And for so long at the most: it is on its way already.
const DISCARD_FOR: Duration = Duration::from_secs(5);

/// The body of one request.
pub(super) struct TimedBody {
    /// Given up when the time has passed: hyper then reads no more of it and closes.
    incoming: Option<Incoming>,
    read_timeout: Duration,
    /// Only made when the body has to be waited for; most come in one piece with their header.
    timer: Option<Pin<Box<Sleep>>>,
    activity: Arc<Activity>,
}

impl TimedBody {
    pub(super) fn new(incoming: Incoming, limit: Duration, activity: Arc<Activity>) -> Self {
        Self {
            incoming: Some(incoming),
            read_timeout: limit,
            timer: None,
            activity,
        }
    }

    fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let read_timeout = self.read_timeout;
        self.timer
            .get_or_insert_with(|| Box::pin(sleep(read_timeout)))
            .as_mut()
            .poll(cx)
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Some(incoming) = &mut this.incoming else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(&mut *incoming).poll_frame(cx) else {
            ready!(this.poll_too_slow(cx));
            this.incoming = None;
            this.activity.make_last();
            return Poll::Ready(Some(Err(BodyError::TooSlow)));
        };
        if frame.is_none() || incoming.is_end_stream() {
            this.activity.body_ended();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Broken)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming
            .as_ref()
            .map_or_else(SizeHint::default, Incoming::size_hint)
    }
}

impl Drop for TimedBody {
    /// Lets the rest of a body come that was answered early, in HTTP/2: else the answer is followed
    /// by a reset of its stream, upon which many a libcurl throws the answer away.
    fn drop(&mut self) {
        let Some(incoming) = self.incoming.take() else {
            return;
        };
        let is_over = incoming.is_end_stream() || self.activity.is_last();
        if is_over || !self.activity.is_http2() {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(
                self.read_timeout.min(DISCARD_FOR),
                discard(incoming),
            ));
        }
    }
}

/// Reads what is left of a body, up to a bound.
async fn discard(mut incoming: Incoming) {
    let mut left = DISCARDED;
    while let Some(Ok(frame)) = incoming.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(bytes) else {
            return;
        };
        left = rest;
    }
}

/// The body of one answer.
pub(super) struct AnswerBody {
    body: axum::body::Body,
    _in_flight: InFlight,
}

impl AnswerBody {
    pub(super) fn new(body: axum::body::Body, in_flight: InFlight) -> Self {
        Self {
            body,
            _in_flight: in_flight,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
