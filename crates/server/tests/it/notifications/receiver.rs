//! A merchant's receiver: answers as it is told, and keeps what it was sent.
//!
//! Invariant: what is kept is what came over the wire.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// How long anything may take that takes a moment.
const SOON: Duration = Duration::from_secs(20);

/// How a receiver answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With a status and a body.
    Status(u16, String),
    /// With a redirect to this address.
    Redirect(String),
    /// With a status and half of a body, then by closing the connection.
    Half(u16),
    /// By closing the connection after it has read the request.
    Close,
    /// With 200, and by closing the connection.
    Last,
    /// With a status, so long after it has read the request.
    Late(Duration, u16),
    /// Not at all.
    Hang,
}

/// One post that came.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// What a receiver and its connections share.
#[derive(Default)]
struct Shared {
    posted: Mutex<Vec<Posted>>,
    replies: Mutex<Vec<Reply>>,
    connections: AtomicUsize,
    came: Notify,
}

/// A running receiver.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

impl Posted {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(had, _)| had == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Receiver {
    /// Answers with these, one after the other, and with 200 from then on.
    pub async fn answering(replies: Vec<Reply>) -> Self {
        Self::start(replies, None).await
    }

    /// Likewise, speaking TLS.
    pub async fn secured(config: Arc<rustls::ServerConfig>) -> Self {
        Self::start(Vec::new(), Some(TlsAcceptor::from(config))).await
    }

    /// Two on one port of two addresses, that end each connection after its answer.
    pub async fn on_two(first: [u8; 4], second: [u8; 4]) -> (Self, Self) {
        loop {
            let one = TcpListener::bind(SocketAddr::from((first, 0)))
                .await
                .unwrap();
            let port = one.local_addr().unwrap().port();
            // Somebody else may have the port there.
            if let Ok(other) = TcpListener::bind(SocketAddr::from((second, port))).await {
                let last = || vec![Reply::Last; 9];
                return (
                    Self::over(one, last(), None),
                    Self::over(other, last(), None),
                );
            }
        }
    }

    async fn start(replies: Vec<Reply>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::over(listener, replies, tls)
    }

    fn over(listener: TcpListener, replies: Vec<Reply>, tls: Option<TlsAcceptor>) -> Self {
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            replies: Mutex::new(replies),
            ..Shared::default()
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (all, mut serving) = (Arc::clone(&shared), JoinSet::new());
        serving.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, tls) = (Arc::clone(&all), tls.clone());
                shared.connections.fetch_add(1, Ordering::Relaxed);
                open.spawn(async move {
                    match tls {
                        None => answer(stream, &shared).await,
                        Some(tls) => {
                            // Who does not trust us says nothing more.
                            if let Ok(stream) = tls.accept(stream).await {
                                answer(stream, &shared).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            shared,
            _serving: serving,
        }
    }

    /// The address to be told to.
    pub fn url(&self) -> String {
        self.url_of("127.0.0.1")
    }

    /// The same under a name.
    pub fn url_of(&self, host: &str) -> String {
        format!("{}://{host}:{}/hook?a=b", self.scheme, self.address.port())
    }

    /// What came so far.
    pub fn posted(&self) -> Vec<Posted> {
        self.shared.posted.lock().unwrap().clone()
    }

    /// Waits until so many came, and gives them.
    pub async fn wait_for(&self, count: usize) -> Vec<Posted> {
        let came = async {
            loop {
                let next = self.shared.came.notified();
                if self.shared.posted.lock().unwrap().len() >= count {
                    return;
                }
                next.await;
            }
        };
        let waited = timeout(SOON, came).await;
        let posted = self.posted();
        assert!(waited.is_ok(), "{} of {count} came", posted.len());
        posted
    }

    /// Connections that were made to it.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) {
    let mut bytes = Vec::new();
    while let Some(post) = read(&mut stream, &mut bytes).await {
        let reply = {
            shared.posted.lock().unwrap().push(post);
            shared.came.notify_waiters();
            let mut replies = shared.replies.lock().unwrap();
            if replies.is_empty() {
                Reply::Status(200, "OK".to_owned())
            } else {
                replies.remove(0)
            }
        };
        let (text, is_last) = match reply {
            Reply::Status(status, body) => (answered(status, body.len(), &body), false),
            Reply::Redirect(to) => {
                let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n");
                (format!("{head}Content-Length: 0\r\n\r\n"), false)
            }
            Reply::Half(status) => (answered(status, 10, "five!"), true),
            Reply::Last => {
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
                (format!("{head}Content-Length: 0\r\n\r\n"), true)
            }
            Reply::Late(wait, status) => {
                tokio::time::sleep(wait).await;
                (answered(status, 0, ""), false)
            }
            Reply::Close => return,
            Reply::Hang => return std::future::pending().await,
        };
        let _gone = stream.write_all(text.as_bytes()).await;
        if is_last {
            let _gone = stream.shutdown().await;
            return;
        }
    }
}

fn answered(status: u16, length: usize, body: &str) -> String {
    format!("HTTP/1.1 {status} Word\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// The next request; what came after it stays.
async fn read(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<Posted> {
    loop {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.split("\r\n");
            assert_eq!(lines.next(), Some("POST /hook?a=b HTTP/1.1"));
            let headers: Vec<(String, String)> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length: usize = length.unwrap().1.parse().unwrap();
            if let Some(own) = body.get(..length) {
                let body = own.to_owned();
                bytes.drain(..head.len() + 4 + length);
                return Some(Posted { headers, body });
            }
        }
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}
