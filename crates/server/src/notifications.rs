//! How notifications leave the server: their bodies, and the client that posts them.
//!
//! Invariant: a connection goes to exactly the address that was looked at, resolved anew for each
//! attempt; where private addresses are not allowed none is ever connected to (decision D39). No
//! redirect is followed, and nothing takes longer than ten seconds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aval_domain::merchant::Dialect;
use aval_domain::notification::{ANSWER_KEPT, Change};
use aval_domain::sale::Sale;
use aval_domain::settings::{NotificationFormat, Settings};
use aval_gateway::chance::Chance;
use aval_gateway::outbox::{Outbox, Post, Posting, Receivers, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::api;
use crate::server::Urls;

/// How long an attempt may take, from the look-up of the name to the end of the answer.
const LIMIT: Duration = Duration::from_secs(10);

/// The body of a notification in the form `change`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeBody {
    payment_id: String,
    change_type: u8,
}

/// The outbox of a server.
///
/// # Errors
/// When the TLS library cannot be set up.
pub fn outbox(urls: &Urls, allow_private: bool, chance: &Chance) -> Result<Outbox, rustls::Error> {
    let urls = urls.clone();
    let render =
        move |sale: &Sale, settings: &Settings, change: Change| body(sale, settings, change, &urls);
    let client = Client::new(allow_private)?;
    Ok(Outbox::new(Box::new(render), Box::new(client), chance))
}

fn body(sale: &Sale, settings: &Settings, change: Change, urls: &Urls) -> String {
    let by_dialect = match settings.dialect {
        Dialect::Manual => NotificationFormat::Sale,
        Dialect::Live => NotificationFormat::Change,
    };
    match settings.notification_format.unwrap_or(by_dialect) {
        NotificationFormat::Sale => api::answer::found(sale, settings.dialect, urls).body,
        NotificationFormat::Change => {
            let body = ChangeBody {
                payment_id: sale.id.to_string(),
                change_type: change.number(),
            };
            // Two members of our own always can be written.
            serde_json::to_string(&body).unwrap_or_default()
        }
    }
}

/// Posts over HTTP/1.1, one connection for each attempt.
struct Client {
    allow_private: bool,
    tls: TlsConnector,
}

impl Client {
    fn new(allow_private: bool) -> Result<Self, rustls::Error> {
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        // Given explicitly: a process-wide default would be a second owner of the choice.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            allow_private,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    async fn send(&self, post: Post) -> Result<Response, String> {
        let uri: Uri = post
            .url
            .parse()
            .map_err(|_| "notification_url is no address".to_owned())?;
        let host = uri.host().unwrap_or_default();
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let request = request(&uri, &post)?;
        let stream = self.connect(&host, port).await?;
        if !is_tls {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(host).map_err(|_| "no name for TLS".to_owned())?;
        let secured = self.tls.connect(name, stream).await;
        exchange(secured.map_err(|error| format!("TLS: {error}"))?, request).await
    }

    /// Connects to the first address that may be connected to.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        let found = tokio::net::lookup_host((host, port)).await;
        let found = found.map_err(|error| format!("the name cannot be resolved: {error}"))?;
        let allowed = |address: &SocketAddr| self.allow_private || is_public(address.ip());
        let mut refused = "the receiver has no public address".to_owned();
        for address in found.filter(allowed) {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => refused = format!("cannot connect: {error}"),
            }
        }
        Err(refused)
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

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| format!("no answer: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    let answering = async move {
        let answer = sender.send_request(request).await.map_err(failed)?;
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        let mut start = Vec::new();
        // The status decides: a body that breaks off is kept as far as it came.
        while let Some(Ok(frame)) = body.frame().await {
            if let Some(data) = frame.data_ref() {
                start.extend_from_slice(data);
            }
            if start.len() >= ANSWER_KEPT {
                start.truncate(ANSWER_KEPT);
                break;
            }
        }
        Ok(Response { status, start })
    };
    tokio::pin!(connection, answering);
    tokio::select! {
        biased;
        answered = &mut answering => answered,
        // Closed: what had come by then is in the answer's hands.
        _ = &mut connection => answering.await,
    }
}

/// Whether an address is of the public internet: not loopback, private, link-local, shared, for
/// documentation or benchmarks, multicast, reserved, nor a way round to one of those.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !(is_special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || address.is_broadcast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only global unicast, without 6to4, Teredo, documentation, benchmarks and NAT64.
    let is_global = (0x2000..=0x3fff).contains(&first);
    let is_way_round = first == 0x2002 || first == 0x3fff || (first == 0x2001 && second < 0x0200);
    is_global && !is_way_round && !(first == 0x2001 && second == 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for text in ["8.8.8.8", "200.160.2.3", "2001:12ff::1", "2606:4700::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }
}
