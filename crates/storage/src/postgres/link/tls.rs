//! TLS to PostgreSQL.
//!
//! Invariant: the server's name and certificate are always checked, against the public authorities
//! or against those of `sslrootcert`, never against nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

const ROOT_CERT: &str = "sslrootcert=";

/// Takes `sslrootcert=FILE`, which the driver does not know, out of a URL's query.
pub(super) fn without_root_cert(url: &str) -> (String, Option<PathBuf>) {
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let (own, rest): (Vec<&str>, Vec<&str>) = query
        .split('&')
        .partition(|pair| pair.starts_with(ROOT_CERT));
    let file = own.last().and_then(|pair| pair.strip_prefix(ROOT_CERT));
    let file = file.map(|text| percent_decode_str(text).decode_utf8_lossy().as_ref().into());
    (format!("{base}?{}", rest.join("&")), file)
}

/// What connects; with the authorities of a PEM file, or the public ones.
pub(super) fn connector(root_cert: Option<&Path>) -> Result<MakeRustlsConnect, String> {
    let roots = match root_cert {
        None => RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        },
        Some(file) => authorities(file).map_err(|why| format!("{}: {why}", file.display()))?,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn authorities(file: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| e.to_string())? {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        return Err("holds no certificate".to_owned());
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_authorities_is_taken_out_of_the_url() {
        let url = "postgres://u:p@h/d?sslmode=require&sslrootcert=/etc/my%20ca.pem&user=x";
        let (rest, file) = without_root_cert(url);
        assert_eq!(rest, "postgres://u:p@h/d?sslmode=require&user=x");
        assert_eq!(file.unwrap(), Path::new("/etc/my ca.pem"));
        let plain = "postgres://u:p@h/d";
        assert_eq!(without_root_cert(plain), (plain.to_owned(), None));
    }

    #[test]
    fn a_file_without_certificates_is_told_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let error = |file: &Path| connector(Some(file)).err().unwrap();
        assert!(error(&file).contains("ca.pem"));
        std::fs::write(&file, "none").unwrap();
        assert!(error(&file).contains("holds no certificate"));
    }
}
