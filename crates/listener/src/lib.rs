//! The server's listeners: an accept loop each, all under one bound on connections. They know
//! nothing of what is asked and answered. Throw-away certificates are made here too, in `cert`.
//!
//! Invariant: no more connections are open than [`Limits::connections`], over all listeners; what
//! exceeds them waits in the kernel's backlog. What holds for one connection is in `connection`.

mod answering;
mod body;
pub mod cert;
mod client;
mod connection;
mod cores;
mod drain;
mod stream;
mod tls;

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aval_domain::network::Network;
use axum::Router;
use futures_util::FutureExt as _;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

pub use answering::Presence;
pub use body::BodyError;
pub use cores::{Serving, Site, serve_on_cores};
pub use drain::Drain;
pub use tls::{TlsError, read_chain, tls_config};

use connection::{End, Shared};
use cores::Spread;

/// How long a connection may stay open without a request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(55);
/// How long to leave the kernel alone when it cannot give a connection, e.g. for want of files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Longer waits are not told apart.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 365 * 86_400);

/// The client's address, in the extensions of every request: also behind trusted proxies. IPv4 is
/// never written as IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// What a client may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once, over all listeners.
    pub connections: usize,
    /// Time for the TLS handshake, and again for each header from its first byte on; for the
    /// first header from the connection's start.
    pub header_timeout: Duration,
    /// Time for a request's whole body, from when it is first waited for.
    pub read_timeout: Duration,
}

/// The connections that may be open at once; one for all listeners of the process.
#[derive(Debug)]
pub struct ConnectionSlots {
    limits: Limits,
    idle_timeout: Duration,
    trusted_proxies: Arc<[Network]>,
    free: Arc<Semaphore>,
}

impl ConnectionSlots {
    /// All free, for clients that come without proxies.
    pub fn new(limits: Limits) -> Arc<Self> {
        Self::behind(limits, &[])
    }

    /// All free. Of requests that come from one of these networks it is believed what
    /// `X-Forwarded-For` says of their clients.
    pub fn behind(limits: Limits, trusted_proxies: &[Network]) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(
            limits.connections.min(Semaphore::MAX_PERMITS),
        ));
        Arc::new(Self {
            limits,
            idle_timeout: IDLE_TIMEOUT,
            trusted_proxies: trusted_proxies.into(),
            free,
        })
    }
}

fn later(since: Instant, wait: Duration) -> Instant {
    since.checked_add(wait.min(LONGEST_WAIT)).unwrap_or(since)
}

/// Serves `router` on `listener` until the drain is over: HTTP/1.1 and HTTP/2, with `tls` by ALPN.
/// Answers how many connections the drain's limit cut off amid a request.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    slots: Arc<ConnectionSlots>,
    drain: Drain,
) -> usize {
    serve_spread(listener, tls, router, slots, drain, &Spread::here()).await
}

/// As [`serve`], with the connections spread over runtimes.
async fn serve_spread(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    slots: Arc<ConnectionSlots>,
    drain: Drain,
    spread: &Spread,
) -> usize {
    let shared = Arc::new(Shared {
        http: connection::http_builder(),
        tls: tls.map(TlsAcceptor::from),
        router,
        limits: slots.limits,
        idle_timeout: slots.idle_timeout,
        trusted_proxies: Arc::clone(&slots.trusted_proxies),
        drain,
    });
    let (cut, mut cuts) = mpsc::unbounded_channel();
    accept_until_drained(listener, &shared, &slots, cut, spread).await;
    // Ends when the last connection has dropped its sender.
    let mut cut_off: usize = 0;
    while let Some(()) = cuts.recv().await {
        cut_off = cut_off.saturating_add(1);
    }
    cut_off
}

/// Takes the listener, so that from then on the kernel refuses.
async fn accept_until_drained(
    listener: TcpListener,
    shared: &Arc<Shared>,
    slots: &ConnectionSlots,
    cut: mpsc::UnboundedSender<()>,
    spread: &Spread,
) {
    let mut drained = std::pin::pin!(shared.drain.started());
    loop {
        let next = tokio::select! {
            biased;
            _ = &mut drained => break,
            next = accept(&listener, &slots.free) => next,
        };
        match next {
            Ok(accepted) => spawn(Arc::clone(shared), accepted, cut.clone(), spread),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    // The kernel has let these in before; their first request may be here already.
    while let Some(Ok(accepted)) = accept(&listener, &slots.free).now_or_never() {
        spawn(Arc::clone(shared), accepted, cut.clone(), spread);
    }
}

struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
}

/// Takes a slot and a connection at the same instant: a listener that only waits for connections
/// holds no slot which another one needs.
async fn accept(listener: &TcpListener, free: &Arc<Semaphore>) -> io::Result<Accepted> {
    let mut held = None;
    loop {
        let accepted = poll_fn(|cx| {
            let slot = held
                .take()
                .or_else(|| Arc::clone(free).try_acquire_owned().ok());
            match slot {
                Some(slot) => listener.poll_accept(cx).map(|next| Some((next, slot))),
                None => Poll::Ready(None),
            }
        });
        if let Some((next, slot)) = accepted.await {
            let (stream, address) = next?;
            let peer = SocketAddr::new(address.ip().to_canonical(), address.port());
            return Ok(Accepted { stream, peer, slot });
        }
        // Used and not given back at once: it would go to the next in the queue, who would do the
        // same, for ever.
        held = Arc::clone(free).acquire_owned().await.ok();
    }
}

fn spawn(shared: Arc<Shared>, accepted: Accepted, cut: mpsc::UnboundedSender<()>, spread: &Spread) {
    let Accepted { stream, peer, slot } = accepted;
    // Taken from this runtime, so that the next one can watch it.
    let Ok(stream) = stream.into_std() else {
        return;
    };
    spread.next().spawn(async move {
        let Ok(stream) = TcpStream::from_std(stream) else {
            return;
        };
        match connection::run(&shared, stream, peer).await {
            End::Closed => {}
            // Nobody listens any more only when `serve` itself was dropped.
            End::Cut => drop(cut.send(())),
        }
        drop(slot);
    });
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::extract::Extension;
    use axum::routing::{get, post};
    use http::StatusCode;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;

    pub(super) const SHORT: Duration = Duration::from_millis(200);
    pub(super) const LONG: Duration = Duration::from_secs(600);
    const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    /// With this much time for a header and for a body.
    pub(super) fn limits(time: Duration) -> Limits {
        Limits {
            connections: 100,
            header_timeout: time,
            read_timeout: time,
        }
    }

    pub(super) struct Running {
        pub(super) address: SocketAddr,
        pub(super) drain: Drain,
        pub(super) served: JoinHandle<usize>,
    }

    impl Running {
        pub(super) async fn start(
            router: Router,
            limits: Limits,
            tls: Option<Arc<ServerConfig>>,
        ) -> Self {
            Self::with_slots(router, ConnectionSlots::new(limits), tls).await
        }

        async fn with_slots(
            router: Router,
            slots: Arc<ConnectionSlots>,
            tls: Option<Arc<ServerConfig>>,
        ) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let drain = Drain::default();
            let served = tokio::spawn(serve(listener, tls, router, slots, drain.clone()));
            Self {
                address,
                drain,
                served,
            }
        }

        pub(super) async fn drain(self) -> usize {
            self.drain.start(LONG);
            self.served.await.unwrap()
        }

        pub(super) async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }
    }

    /// Reads until `part` has come `times` times.
    pub(super) async fn read_to(stream: &mut TcpStream, part: &str, times: usize) -> String {
        let mut answer = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&answer);
            if text.matches(part).count() == times {
                return text.into_owned();
            }
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{answer:?}");
        }
    }

    async fn rest_of(stream: &mut TcpStream) -> String {
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        rest
    }

    fn hello() -> Router {
        let peer = async |Extension(peer): Extension<Peer>| format!("{} hello", peer.0);
        Router::new().route("/", get(peer))
    }

    /// A handler that says when it was entered and waits to be let go.
    fn gated() -> (Router, Arc<Notify>, Arc<Notify>) {
        let (entered, gate) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (inside, wait) = (Arc::clone(&entered), Arc::clone(&gate));
        let slow = async move || {
            inside.notify_one();
            wait.notified().await;
            "done"
        };
        (Router::new().route("/", get(slow)), entered, gate)
    }

    #[tokio::test]
    async fn pipelined_requests_are_answered_in_order_and_idling_is_no_slowness() {
        let running = Running::start(hello(), limits(SHORT), None).await;
        let mut stream = running.connect().await;
        stream.write_all(&GET.repeat(3)).await.unwrap();
        read_to(&mut stream, "127.0.0.1 hello", 3).await;
        // Idle for longer than a header may take.
        sleep(SHORT * 3).await;
        stream.write_all(GET).await.unwrap();
        read_to(&mut stream, "hello", 1).await;
        // A half-sent header on the same connection is slow, also when it goes on coming.
        let began = Instant::now();
        let (mut read, mut write) = stream.split();
        let drip = async {
            while write.write_all(b"a").await.is_ok() {
                sleep(SHORT / 10).await;
            }
        };
        let mut rest = Vec::new();
        tokio::select! {
            _ = read.read_to_end(&mut rest) => {}
            () = drip => {}
        }
        assert!(rest.is_empty() && began.elapsed() >= SHORT, "{rest:?}");
        assert!(began.elapsed() < LONG);
    }

    #[tokio::test]
    async fn silence_after_connecting_and_long_idling_are_ended() {
        let mut slots = ConnectionSlots::new(limits(SHORT));
        Arc::get_mut(&mut slots).unwrap().idle_timeout = SHORT * 2;
        let running = Running::with_slots(hello(), slots, None).await;
        let began = Instant::now();
        for start in [
            &b""[..],
            b"P",
            b"PRI * HTTP/2.0\r\n",
            b"GET / HTTP/1.1\r\nhost:",
        ] {
            let mut stream = running.connect().await;
            stream.write_all(start).await.unwrap();
            assert_eq!(rest_of(&mut stream).await, "");
        }
        assert!(began.elapsed() >= SHORT * 4);
        let mut stream = running.connect().await;
        stream.write_all(GET).await.unwrap();
        read_to(&mut stream, "hello", 1).await;
        let began = Instant::now();
        assert_eq!(rest_of(&mut stream).await, "");
        assert!(began.elapsed() >= SHORT);
    }

    #[tokio::test]
    async fn a_slow_body_fails_and_ends_its_connection() {
        let echo = async |body: Bytes| body;
        let running =
            Running::start(Router::new().route("/", post(echo)), limits(SHORT), None).await;
        let head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n";
        let mut stream = running.connect().await;
        stream
            .write_all(&[head, &b"fast"[..]].concat())
            .await
            .unwrap();
        assert!(
            read_to(&mut stream, "fast", 1)
                .await
                .starts_with("HTTP/1.1 200")
        );
        stream
            .write_all(&[head, &b"sl"[..]].concat())
            .await
            .unwrap();
        let answer = rest_of(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }

    #[tokio::test]
    async fn an_answer_before_the_body_was_read_arrives() {
        let refuse = async || StatusCode::PAYLOAD_TOO_LARGE;
        let router = Router::new().route("/", post(refuse));
        let running = Running::start(router, limits(LONG), None).await;
        let mut stream = running.connect().await;
        let size = 8 << 20;
        let head = format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b'x'; size]).await.unwrap();
        let answer = rest_of(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }

    #[tokio::test]
    async fn clear_text_http2_is_served() {
        let running = Running::start(hello(), limits(LONG), None).await;
        let mut stream = running.connect().await;
        // Preface, empty SETTINGS, and HEADERS of stream 1: GET http:/ by the static table.
        let headers = [0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x84, 0x86];
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let request = [&preface[..], &[0, 0, 0, 4, 0, 0, 0, 0, 0], &headers];
        stream.write_all(&request.concat()).await.unwrap();
        read_to(&mut stream, "hello", 1).await;
        drop(stream);
        assert_eq!(running.drain().await, 0);
    }

    #[tokio::test]
    async fn beyond_the_limit_connections_wait_over_all_listeners() {
        let slots = ConnectionSlots::new(Limits {
            connections: 1,
            ..limits(LONG)
        });
        let (router, entered, gate) = gated();
        let first = Running::with_slots(router, Arc::clone(&slots), None).await;
        let second = Running::with_slots(hello(), slots, None).await;
        let mut held = first.connect().await;
        held.write_all(GET).await.unwrap();
        entered.notified().await;
        let mut waiting = second.connect().await;
        waiting.write_all(GET).await.unwrap();
        let early = tokio::time::timeout(SHORT, waiting.read_u8()).await;
        assert!(early.is_err(), "{early:?}");
        gate.notify_one();
        read_to(&mut held, "done", 1).await;
        drop(held);
        read_to(&mut waiting, "hello", 1).await;
    }

    #[tokio::test]
    async fn a_drain_finishes_what_is_in_flight_and_refuses_the_rest() {
        let (router, entered, gate) = gated();
        let running = Running::start(router, limits(LONG), None).await;
        let mut busy = running.connect().await;
        busy.write_all(GET).await.unwrap();
        entered.notified().await;
        let address = running.address;
        let drained = tokio::spawn(running.drain());
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        // Longer than an idle connection lives in a drain.
        sleep(Duration::from_millis(1500)).await;
        gate.notify_one();
        let answer = rest_of(&mut busy).await;
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        assert!(answer.ends_with("done"), "{answer}");
        assert_eq!(drained.await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_drain_answers_who_was_served_a_moment_ago_and_cuts_at_its_limit() {
        let (router, entered, gate) = gated();
        let running = Running::start(router, limits(LONG), None).await;
        let mut stream = running.connect().await;
        stream.write_all(GET).await.unwrap();
        entered.notified().await;
        gate.notify_one();
        read_to(&mut stream, "done", 1).await;
        running.drain.start(SHORT * 10);
        // On its way when the drain began.
        stream.write_all(GET).await.unwrap();
        entered.notified().await;
        assert_eq!(running.served.await.unwrap(), 1);
        assert_eq!(rest_of(&mut stream).await, "");
    }
}
