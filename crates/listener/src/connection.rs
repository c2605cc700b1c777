//! One connection, from its handshake to its end.
//!
//! Invariant: it ends by itself when its client is slow or idle, and it is not ended while a
//! request is in flight, unless the drain's limit has passed. When the client ends it, it keeps its
//! place until what was in flight is done.

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aval_domain::network::Network;
use axum::Router;
use axum::body::Body;
use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, Version};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tower::Service as _;

use crate::answering::{Answering, Presence};
use crate::body::{AnswerBody, TimedBody};
use crate::client::client;
use crate::stream::{Activity, InFlight, Watched};
use crate::{Drain, Limits, Peer, later};

/// How long a closing connection may take for its goodbye. In a drain also how long one must have
/// been silent to count as idle: a client that has just read an answer may be sending already.
const GOODBYE: Duration = Duration::from_secs(1);
/// More header than this is answered with 431.
const HEADER_BYTES: usize = 64 * 1024;
/// The same of HTTP/2.
const HEADER_LIST_BYTES: u32 = 64 * 1024;
pub(super) const HTTP2_STREAMS: u32 = 250;
/// An HTTP/2 client must answer a ping from time to time; it cannot amid a half-sent header.
const HTTP2_PING_EVERY: Duration = Duration::from_secs(20);
const HTTP2_PING_WITHIN: Duration = Duration::from_secs(10);

/// What the connections of one listener share.
pub(super) struct Shared {
    pub(super) http: auto::Builder<TokioExecutor>,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) idle_timeout: Duration,
    pub(super) trusted_proxies: Arc<[Network]>,
    pub(super) drain: Drain,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By the client, by an error or because it was slow or idle.
    Closed,
    /// By the drain's limit.
    Cut,
}

pub(super) fn http_builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        // It would end idle connections too, and costs an allocation per request.
        .header_read_timeout(None)
        // Who has sent a request and closes only that side still gets the answer.
        .half_close(true)
        .max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS)
        .max_header_list_size(HEADER_LIST_BYTES)
        .keep_alive_interval(HTTP2_PING_EVERY)
        .keep_alive_timeout(HTTP2_PING_WITHIN);
    builder
}

pub(super) async fn run(shared: &Shared, stream: TcpStream, peer: SocketAddr) -> End {
    // Answers are small and written whole: waiting for more to send with them only costs time.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "no TCP_NODELAY");
    }
    let Some(acceptor) = &shared.tls else {
        return serve_http(shared, stream, peer, false).await;
    };
    let handshake = timeout(shared.limits.header_timeout, acceptor.accept(stream));
    let handshake = tokio::select! {
        done = handshake => done,
        () = silence_in_drain(&shared.drain) => return End::Closed,
    };
    match handshake {
        Ok(Ok(stream)) => {
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            serve_http(shared, stream, peer, http2).await
        }
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "TLS handshake failed");
            End::Closed
        }
        Err(_elapsed) => End::Closed,
    }
}

/// Ends when a drain has left a client without a request enough time.
async fn silence_in_drain(drain: &Drain) {
    let limit = drain.started().await;
    sleep_until(limit.min(later(Instant::now(), GOODBYE))).await;
}

async fn serve_http<S>(shared: &Shared, stream: S, peer: SocketAddr, http2: bool) -> End
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new(http2);
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
    // One clone of the router for the connection. A request is handed over within one call, so
    // the borrow never meets another.
    let router = RefCell::new(shared.router.clone());
    let read_timeout = shared.limits.read_timeout;
    let requests = Arc::clone(&activity);
    let proxies = Arc::clone(&shared.trusted_proxies);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let version = request.version();
        let has_body = !request.body().is_end_stream();
        let in_flight = requests.begin(version == Version::HTTP_2, has_body);
        let presence = Presence::default();
        let client = client(peer.ip(), request.headers(), &proxies);
        request.extensions_mut().insert(Peer(client));
        request.extensions_mut().insert(presence.clone());
        let mut router = router.borrow_mut();
        let answer = if has_body {
            let activity = Arc::clone(in_flight.activity());
            let timed = |body| TimedBody::new(body, read_timeout, activity);
            router.call(request.map(timed))
        } else {
            router.call(request.map(|_nothing| Body::empty()))
        };
        finish(Answering::new(answer, in_flight, presence), version)
    });
    let connection = shared.http.serve_connection(io, service);
    let end = drive(connection, Watch::new(shared, &activity), &shared.drain).await;
    if end == End::Cut {
        return end;
    }
    let cut = async { sleep_until(shared.drain.started().await).await };
    tokio::select! {
        () = activity.all_answered() => End::Closed,
        () = cut => End::Cut,
    }
}

async fn finish<E>(
    answering: impl Future<Output = (Result<Response<Body>, E>, InFlight)>,
    version: Version,
) -> Result<Response<AnswerBody>, E> {
    let (answer, in_flight) = answering.await;
    let mut answer = answer?;
    if version < Version::HTTP_2 && in_flight.activity().is_last() {
        answer
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(answer.map(|body| AnswerBody::new(body, in_flight)))
}

/// Lets hyper work, and ends the connection when the watch says so.
async fn drive<C: GracefulConnection>(connection: C, mut watch: Watch<'_>, drain: &Drain) -> End {
    let mut connection = pin!(connection);
    let mut drain = pin!(drain.started());
    let mut timer = pin!(sleep_until(later(Instant::now(), watch.header_timeout)));
    poll_fn(|cx| {
        loop {
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(End::Closed);
            }
            watch.observe();
            if watch.cut_at.is_none()
                && let Poll::Ready(cut_at) = drain.as_mut().poll(cx)
            {
                watch.cut_at = Some(cut_at);
                watch.activity.make_last();
            }
            // HTTP/2 can say goodbye without losing what is under way. HTTP/1.1 says it with its
            // next answer, and is closed when it has been silent for a moment.
            if watch.must_say_goodbye() {
                connection.as_mut().graceful_shutdown();
                continue;
            }
            // Put forward only: one that fires early is set anew, which is rarer than requests.
            if let Some(due) = watch.due()
                && due < timer.deadline()
            {
                timer.as_mut().reset(due);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            match watch.rule(Instant::now()) {
                Rule::WaitUntil(then) => timer.as_mut().reset(then),
                Rule::Close => connection.as_mut().graceful_shutdown(),
                Rule::End(end) => return Poll::Ready(end),
            }
        }
    })
    .await
}

/// What a connection is doing, and since when.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// A header is awaited: the first one, or one that has begun.
    Header(Instant),
    /// A request is in flight.
    Busy,
    /// Nothing happens, or the client does not take its answer.
    Quiet(Instant),
    /// hyper was told to close, or closes.
    Closing(Instant),
}

enum Rule {
    WaitUntil(Instant),
    Close,
    End(End),
}

/// Judges a connection by its activity.
struct Watch<'a> {
    activity: &'a Activity,
    header_timeout: Duration,
    idle_timeout: Duration,
    phase: Phase,
    /// The drain's limit, once it has begun.
    cut_at: Option<Instant>,
    said_goodbye: bool,
}

impl<'a> Watch<'a> {
    fn new(shared: &Shared, activity: &'a Activity) -> Self {
        Self {
            activity,
            header_timeout: shared.limits.header_timeout,
            idle_timeout: shared.idle_timeout,
            phase: Phase::Header(Instant::now()),
            cut_at: None,
            said_goodbye: false,
        }
    }

    /// True once, in HTTP/2, when no more requests are wanted.
    fn must_say_goodbye(&mut self) -> bool {
        let now = self.activity.is_last() && self.activity.is_http2() && !self.said_goodbye;
        self.said_goodbye |= now;
        now
    }

    /// Called whenever hyper has worked. Asks for the time only when something changed.
    fn observe(&mut self) {
        let (moved, received) = (self.activity.take_moved(), self.activity.take_received());
        let busy = self.activity.is_busy();
        if self.activity.is_shut() {
            if !matches!(self.phase, Phase::Closing(_)) {
                self.phase = Phase::Closing(Instant::now());
            }
        } else if busy && !self.activity.is_stalled() {
            self.phase = Phase::Busy;
        } else if received && !busy && matches!(self.phase, Phase::Busy | Phase::Quiet(_)) {
            self.phase = Phase::Header(Instant::now());
        } else if moved || matches!(self.phase, Phase::Busy) {
            self.phase = Phase::Quiet(Instant::now());
        }
    }

    /// When the phase has lasted long enough.
    fn due(&self) -> Option<Instant> {
        let due = match self.phase {
            Phase::Header(since) => Some(later(since, self.header_timeout.min(self.patience()))),
            Phase::Quiet(since) => Some(later(since, self.idle_timeout.min(self.patience()))),
            Phase::Closing(since) => Some(later(since, self.goodbye())),
            Phase::Busy => None,
        };
        due.into_iter().chain(self.cut_at).min()
    }

    /// In a drain nobody is waited for long who has nothing under way. What is under way may be
    /// bytes that hyper holds already and the client takes slowly.
    fn patience(&self) -> Duration {
        match self.cut_at {
            Some(_) if !self.activity.is_stalled() => self.goodbye(),
            Some(_) | None => Duration::MAX,
        }
    }

    /// In HTTP/2 it cannot be told what hyper still holds; but it ends by itself when nothing is.
    fn goodbye(&self) -> Duration {
        if self.activity.is_http2() {
            self.idle_timeout
        } else {
            GOODBYE
        }
    }

    fn rule(&mut self, now: Instant) -> Rule {
        if self.cut_at.is_some_and(|cut_at| cut_at <= now) {
            let cut = self.activity.is_busy() || self.activity.is_stalled();
            return Rule::End(if cut { End::Cut } else { End::Closed });
        }
        match self.due() {
            None => Rule::WaitUntil(later(now, self.idle_timeout)),
            Some(due) if due > now => Rule::WaitUntil(due),
            Some(_) if matches!(self.phase, Phase::Closing(_)) => Rule::End(End::Closed),
            Some(_) => {
                self.phase = Phase::Closing(now);
                Rule::Close
            }
        }
    }
}
