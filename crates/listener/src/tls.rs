//! The TLS side of a listener: its certificate and what it offers.
//!
//! Invariant: whatever is wrong with the two files is found here, before anything listens.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// What the TLS client may choose from by ALPN, best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why a certificate and its key cannot be used. One line each.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file is missing or may not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not PEM.
    #[error("{} is not a PEM file: {source}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Where it breaks.
        source: pem::Error,
    },
    /// PEM, but without a certificate.
    #[error("{} holds no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// PEM, but without a key that can be read.
    #[error("{} holds no unencrypted private key", .0.display())]
    NoKey(PathBuf),
    /// Both can be read, but do not belong together.
    #[error("the key in {} does not match the certificate in {}", key.display(), cert.display())]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The TLS library refuses the pair.
    #[error("cannot use {}: {source}", cert.display())]
    Unusable {
        /// The certificate's file.
        cert: PathBuf,
        /// What the library said.
        source: rustls::Error,
    },
}

/// TLS 1.2 and 1.3 with HTTP/2 and HTTP/1.1, from a certificate (leaf first) and its key in PEM.
pub fn tls_config(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = read_chain(cert)?;
    let private = read_key(key)?;
    let unusable = |source| TlsError::Unusable {
        cert: cert.to_owned(),
        source,
    };
    // Given explicitly: a process-wide default would be a second owner of the choice.
    let paired = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private);
    if let Err(rustls::Error::InconsistentKeys(_)) = paired {
        return Err(TlsError::Mismatch {
            cert: cert.to_owned(),
            key: key.to_owned(),
        });
    }
    let mut config = paired.map_err(unusable)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(Arc::new(config))
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// When it cannot be read, or holds none.
pub fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|source| TlsError::Pem {
            path: path.to_owned(),
            source,
        })?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(path.to_owned()));
    }
    Ok(chain)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    match PrivateKeyDer::pem_slice_iter(&read(path)?).next() {
        Some(Ok(key)) => Ok(key),
        Some(Err(source)) => Err(TlsError::Pem {
            path: path.to_owned(),
            source,
        }),
        None => Err(TlsError::NoKey(path.to_owned())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use rustls::{ClientConfig, RootCertStore};
    use rustls_pki_types::ServerName;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;

    use super::*;
    use crate::tests::{LONG, Running, SHORT, limits};

    fn dev_chain() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let soon = real_seconds();
        crate::cert::write_dev(dir.path(), &["localhost".to_owned()], soon).unwrap();
        dir
    }

    /// The certificates must be valid for the client's clock, which is the machine's.
    fn real_seconds() -> i64 {
        rustls_pki_types::UnixTime::now()
            .as_secs()
            .try_into()
            .unwrap()
    }

    async fn connect(dir: &Path, running: &Running, offer: &[&[u8]]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(dir.join("root.crt")).unwrap())
            .unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = offer.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(running.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_client_that_trusts_the_root_alone_is_served() {
        let dir = dev_chain();
        let config = tls_config(
            &dir.path().join("server.crt"),
            &dir.path().join("server.key"),
        )
        .unwrap();
        let router = Router::new().route("/", get(async || "hello"));
        let running = Running::start(router, limits(LONG), Some(config)).await;

        let mut stream = connect(dir.path(), &running, &[b"http/1.1"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hello"),
            "{answer}"
        );

        let stream = connect(dir.path(), &running, &[b"h2", b"http/1.1"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        drop(stream);
        assert_eq!(running.drain().await, 0);
    }

    #[tokio::test]
    async fn a_client_that_never_shakes_hands_is_ended() {
        let dir = dev_chain();
        let config = tls_config(
            &dir.path().join("server.crt"),
            &dir.path().join("server.key"),
        )
        .unwrap();
        let running = Running::start(Router::new(), limits(SHORT), Some(config)).await;
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(&[22, 3, 1]).await.unwrap();
        assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
    }

    #[test]
    fn errors_say_what_is_wrong_in_one_line() {
        let (dir, other) = (dev_chain(), dev_chain());
        let file = |name: &str| dir.path().join(name);
        let (cert, key) = (file("server.crt"), file("server.key"));
        std::fs::write(file("broken"), "-----BEGIN CERTIFICATE-----\n!\n").unwrap();
        let cases = [
            (file("none"), key.clone(), "cannot read "),
            (key.clone(), key.clone(), "holds no certificate"),
            (
                cert.clone(),
                cert.clone(),
                "holds no unencrypted private key",
            ),
            (file("broken"), key, "is not a PEM file"),
            (
                cert,
                other.path().join("server.key"),
                "does not match the certificate",
            ),
        ];
        for (cert, key, words) in cases {
            let error = tls_config(&cert, &key).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains('\n'), "{error}");
        }
    }
}
