//! The client that posts to receivers.
//!
//! Invariant: a connection goes to exactly the address that was looked at; where private addresses
//! are not allowed none is ever connected to, whatever a name resolves to later (decision D39). No
//! redirect is followed, and nothing takes longer than ten seconds.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aval_domain::notification::ANSWER_KEPT;
use aval_gateway::outbox::{Post, Posting, Receivers, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::address::is_public;
use super::names::Resolve;
use super::pool::{Connection, Place, Pool};

/// How long an attempt may take, from the look-up of the name to the end of the answer.
const LIMIT: Duration = Duration::from_secs(10);
/// How long one address of several may take to connect to.
const ADDRESS_LIMIT: Duration = Duration::from_secs(3);
/// Bytes of an answer that are read to use its connection again; a longer one ends it.
const READ_ON: usize = 64 * 1024;

/// Posts over HTTP/1.1. A connection whose answer was read whole is kept for the next post to the
/// same place, for a while.
pub struct Client {
    is_allowed: fn(IpAddr) -> bool,
    tls: TlsConnector,
    resolver: Box<dyn Resolve>,
    pool: Arc<Pool>,
}

/// Why there is no answer.
enum Failure {
    /// The connection had ended before anything was sent.
    Unsent(String),
    /// Anything else.
    Other(String),
}

impl Client {
    /// A client that trusts these authorities beside the public ones.
    ///
    /// # Errors
    /// When the TLS library cannot be set up or does not take an authority.
    pub fn new(
        allow_private: bool,
        authorities: Vec<CertificateDer<'static>>,
        resolver: Box<dyn Resolve>,
    ) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        for authority in authorities {
            roots.add(authority)?;
        }
        // Given explicitly: a process-wide default would be a second owner of the choice.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let is_allowed: fn(IpAddr) -> bool = if allow_private { |_| true } else { is_public };
        Ok(Self {
            is_allowed,
            tls: TlsConnector::from(Arc::new(config)),
            resolver,
            pool: Arc::default(),
        })
    }

    /// The same, connecting to no address but those that a rule allows.
    #[must_use]
    pub fn allowing(self, is_allowed: fn(IpAddr) -> bool) -> Self {
        Self { is_allowed, ..self }
    }

    async fn send(&self, post: Post) -> Result<Response, String> {
        let uri: Uri = post
            .url
            .parse()
            .map_err(|_| "notification_url is no address".to_owned())?;
        let place = place(&uri);
        if let Some(kept) = self.pool.take(&place) {
            match self.exchange(&place, kept, request(&uri, &post)?).await {
                // The receiver had closed it. An attempt is one post all the same.
                Err(Failure::Unsent(_)) => {}
                Err(Failure::Other(why)) => return Err(why),
                Ok(answer) => return Ok(answer),
            }
        }
        let opened = self.open(&place).await?;
        let exchanged = self.exchange(&place, opened, request(&uri, &post)?).await;
        exchanged.map_err(|failure| match failure {
            Failure::Unsent(why) | Failure::Other(why) => why,
        })
    }

    async fn open(&self, place: &Place) -> Result<Connection, String> {
        let stream = self.connect(&place.host, place.port).await?;
        let failed = |error: hyper::Error| format!("no answer: {error}");
        if !place.is_tls {
            return Connection::over(stream).await.map_err(failed);
        }
        let name = ServerName::try_from(place.host.clone());
        let name = name.map_err(|_| "no name for TLS".to_owned())?;
        let secured = self.tls.connect(name, stream).await;
        let secured = secured.map_err(|error| format!("TLS: {error}"))?;
        Connection::over(secured).await.map_err(failed)
    }

    /// Connects to the first address that may be connected to and answers.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        let found = self.resolver.resolve(host, port).await;
        let found = found.map_err(|error| format!("the name cannot be resolved: {error}"))?;
        let allowed = |address: &SocketAddr| (self.is_allowed)(address.ip());
        let mut refused = "the receiver has no public address".to_owned();
        for address in found.into_iter().filter(allowed) {
            match timeout(ADDRESS_LIMIT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // A small request must not wait for the answer to what was sent before.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => refused = format!("cannot connect: {error}"),
                Err(_) => refused = "cannot connect: no answer within 3 s".to_owned(),
            }
        }
        Err(refused)
    }

    async fn exchange(
        &self,
        place: &Place,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<Response, Failure> {
        let answer = connection.send(request).await.map_err(|error| {
            let why = format!("no answer: {error}");
            if error.is_canceled() || error.is_closed() {
                Failure::Unsent(why)
            } else {
                Failure::Other(why)
            }
        })?;
        let status = answer.status().as_u16();
        let (start, is_whole) = read(answer.into_body()).await;
        if is_whole {
            self.pool.put(place.clone(), connection);
        }
        Ok(Response { status, start })
    }
}

impl Receivers for Client {
    fn post(&self, post: Post) -> Posting<'_> {
        Box::pin(async move {
            let late = |_| "no answer within 10 s".to_owned();
            timeout(LIMIT, self.send(post)).await.map_err(late)?
        })
    }
}

/// The beginning of a body, and whether it was read to its end. The status decides: a body that
/// breaks off is kept as far as it came.
async fn read(mut body: Incoming) -> (Vec<u8>, bool) {
    let (mut start, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return (start, false);
        };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        length = length.saturating_add(data.len());
        let wanted = ANSWER_KEPT.saturating_sub(start.len());
        start.extend(data.iter().take(wanted));
        if length > READ_ON {
            return (start, false);
        }
    }
    (start, true)
}

fn place(uri: &Uri) -> Place {
    let host = uri.host().unwrap_or_default();
    let is_tls = uri.scheme_str() == Some("https");
    Place {
        is_tls,
        host: host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned(),
        port: uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
    }
}

fn request(uri: &Uri, post: &Post) -> Result<Request<Full<Bytes>>, String> {
    let target = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    // User and password of an address are not sent, least of all as part of its name.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let mut request = Request::builder().method(Method::POST).uri(target);
    if let Some(headers) = request.headers_mut() {
        for (name, value) in &post.headers {
            let name: Result<HeaderName, _> = name.parse();
            let value = HeaderValue::from_str(value);
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        let value = HeaderValue::from_str(host);
        headers.insert(HOST, value.map_err(|_| "no name of a host".to_owned())?);
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(CONTENT_TYPE, json);
        headers.insert(USER_AGENT, HeaderValue::from_static("aval"));
    }
    let body = Full::new(Bytes::from(post.body.clone()));
    request.body(body).map_err(|error| error.to_string())
}
