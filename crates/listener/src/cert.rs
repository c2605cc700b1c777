//! `aval cert dev`: a throw-away certificate chain for trying TLS out.
//!
//! Invariant: the keys of the root and of the intermediate never leave this process, so the chain
//! can sign nothing more once [`write_dev`] has returned; and no existing file is overwritten.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls_pki_types::ServerName;
use time::{Duration, OffsetDateTime};

/// What browsers take at most for a server certificate is 398 days.
const SERVER_DAYS: i64 = 397;
const AUTHORITY_DAYS: i64 = 3652;
/// Certificates begin this long ago, for clients whose clock is behind.
const CLOCK_SKEW: Duration = Duration::hours(1);

/// Why no certificates were written.
#[derive(Debug, thiserror::Error)]
pub enum CertError {
    /// Nothing to certify.
    #[error("at least one host is needed, e.g. --host localhost")]
    NoHost,
    /// A name that no certificate can carry.
    #[error("host {0:?} is neither a DNS name nor an IP address")]
    BadHost(String),
    /// A file of an earlier run, or of somebody else.
    #[error("{} exists already; remove it or choose another --out", .0.display())]
    Exists(PathBuf),
    /// The directory or a file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The given time is outside what a certificate can say.
    #[error("no certificate can be valid at {0} seconds after 1970")]
    Time(i64),
    /// Key or certificate could not be made.
    #[error("cannot make the certificates: {0}")]
    Make(#[from] rcgen::Error),
}

/// Writes `root.crt`, `intermediate.crt`, `server.crt` (followed by the intermediate) and
/// `server.key` into `out`, for the DNS names and IP addresses in `hosts`. Answers the files.
pub fn write_dev(
    out: &Path,
    hosts: &[String],
    now_unix_seconds: i64,
) -> Result<Vec<PathBuf>, CertError> {
    check_hosts(hosts)?;
    let chain = Chain::issue(hosts, now_unix_seconds)?;
    let with_chain = format!("{}{}", chain.server.pem(), chain.intermediate.pem());
    let files = [
        ("root.crt", chain.root.pem(), 0o644),
        ("intermediate.crt", chain.intermediate.pem(), 0o644),
        ("server.crt", with_chain, 0o644),
        ("server.key", chain.server_key.serialize_pem(), 0o600),
    ];
    let files = files.map(|(name, text, mode)| (out.join(name), text, mode));
    // All are looked at before any is written: an earlier set stays whole.
    if let Some((path, ..)) = files
        .iter()
        .find(|(path, ..)| path.symlink_metadata().is_ok())
    {
        return Err(CertError::Exists(path.clone()));
    }
    std::fs::create_dir_all(out).map_err(|source| CertError::Write {
        path: out.to_owned(),
        source,
    })?;
    files
        .into_iter()
        .map(|(path, text, mode)| write_new(path, &text, mode))
        .collect()
}

fn check_hosts(hosts: &[String]) -> Result<(), CertError> {
    if hosts.is_empty() {
        return Err(CertError::NoHost);
    }
    match hosts.iter().find(|host| !can_be_certified(host)) {
        Some(host) => Err(CertError::BadHost(host.clone())),
        None => Ok(()),
    }
}

/// A wildcard is allowed where it means something: as the whole first label of a DNS name.
fn can_be_certified(host: &str) -> bool {
    match host.strip_prefix("*.") {
        Some(domain) => matches!(ServerName::try_from(domain), Ok(ServerName::DnsName(_))),
        None => ServerName::try_from(host).is_ok(),
    }
}

struct Chain {
    root: Certificate,
    intermediate: Certificate,
    server: Certificate,
    server_key: KeyPair,
}

impl Chain {
    fn issue(hosts: &[String], now_unix_seconds: i64) -> Result<Self, CertError> {
        let validity = |days| Validity::new(now_unix_seconds, days);
        let decade = validity(AUTHORITY_DAYS)?;
        let root_params = authority_params("Aval development root", 1, &decade);
        let root_key = new_key()?;
        let root = root_params.self_signed(&root_key)?;
        let root_issuer = Issuer::new(root_params, root_key);

        let middle_params = authority_params("Aval development intermediate", 0, &decade);
        let middle_key = new_key()?;
        let intermediate = middle_params.signed_by(&middle_key, &root_issuer)?;
        let middle_issuer = Issuer::new(middle_params, middle_key);

        let server_key = new_key()?;
        let server = server_params(hosts, &validity(SERVER_DAYS)?)?
            .signed_by(&server_key, &middle_issuer)?;
        Ok(Self {
            root,
            intermediate,
            server,
            server_key,
        })
    }
}

struct Validity {
    from: OffsetDateTime,
    until: OffsetDateTime,
}

impl Validity {
    fn new(now_unix_seconds: i64, days: i64) -> Result<Self, CertError> {
        let out_of_range = || CertError::Time(now_unix_seconds);
        let from = OffsetDateTime::from_unix_timestamp(now_unix_seconds)
            .ok()
            .and_then(|now| now.checked_sub(CLOCK_SKEW))
            .ok_or_else(out_of_range)?;
        let until = from
            .checked_add(Duration::days(days))
            .ok_or_else(out_of_range)?;
        // X.509 has four digits for the year, and rcgen panics at a negative one.
        if from.year() < 1950 || until.year() > 9999 {
            return Err(out_of_range());
        }
        Ok(Self { from, until })
    }
}

fn new_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
}

fn authority_params(name: &str, below: u8, validity: &Validity) -> CertificateParams {
    let mut params = common_params(CertificateParams::default(), name, validity);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server_params(hosts: &[String], validity: &Validity) -> Result<CertificateParams, CertError> {
    let named = CertificateParams::new(hosts)?;
    let mut params = common_params(named, "Aval development server", validity);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn common_params(
    mut params: CertificateParams,
    name: &str,
    validity: &Validity,
) -> CertificateParams {
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = validity.from;
    params.not_after = validity.until;
    params.use_authority_key_identifier_extension = true;
    params
}

/// Never over an existing file, also not one that came into being a moment ago.
fn write_new(path: PathBuf, text: &str, mode: u32) -> Result<PathBuf, CertError> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => Ok(path),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
            Err(CertError::Exists(path))
        }
        Err(source) => Err(CertError::Write { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    /// The start of 2026-11-21. openssl is told the same time, whatever the machine's clock says.
    const NOW: i64 = 1_795_219_200;

    fn hosts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn openssl(dir: &Path, arguments: &str) -> String {
        let done = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(dir)
            .output()
            .expect("openssl is installed");
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{arguments}: {text}{done:?}");
        text
    }

    #[test]
    fn openssl_accepts_the_chain_strictly() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("new/certs");
        write_dev(
            &out,
            &hosts(&["localhost", "*.aval.test", "127.0.0.1", "::1"]),
            NOW,
        )
        .unwrap();
        let verify = format!(
            "verify -x509_strict -check_ss_sig -purpose sslserver -attime {NOW} \
             -CAfile root.crt -untrusted intermediate.crt"
        );
        for name in [
            "-verify_hostname localhost",
            "-verify_hostname api.aval.test",
        ] {
            openssl(&out, &format!("{verify} {name} server.crt"));
        }
        for address in ["-verify_ip 127.0.0.1", "-verify_ip ::1"] {
            openssl(&out, &format!("{verify} {address} server.crt"));
        }
        let text = openssl(&out, "x509 -noout -text -in server.crt");
        for part in [
            "prime256v1",
            "CA:FALSE",
            "TLS Web Server",
            "Authority Key",
            "Subject Key",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.contains("Not Before: Nov 20 23:00:00 2026"), "{text}");
        assert!(text.contains("Not After : Dec 22 23:00:00 2027"), "{text}");
    }

    #[test]
    fn server_file_holds_the_chain_and_the_key_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let files = write_dev(dir.path(), &hosts(&["localhost"]), NOW).unwrap();
        let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(
            names,
            ["root.crt", "intermediate.crt", "server.crt", "server.key"]
        );
        let [_, intermediate, server, key] = files.as_slice() else {
            panic!("{files:?}")
        };
        let server = std::fs::read_to_string(server).unwrap();
        assert!(server.ends_with(&std::fs::read_to_string(intermediate).unwrap()));
        assert_eq!(server.matches("BEGIN CERTIFICATE").count(), 2);
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn nothing_existing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("server.key");
        std::fs::write(&key, "mine").unwrap();
        let refused = write_dev(dir.path(), &hosts(&["localhost"]), NOW).unwrap_err();
        assert!(matches!(refused, CertError::Exists(path) if path == key));
        assert_eq!(std::fs::read_to_string(&key).unwrap(), "mine");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn bad_input_is_refused_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        assert!(matches!(write_dev(&out, &[], NOW), Err(CertError::NoHost)));
        for host in [
            "",
            "a b",
            "é.test",
            "http://x",
            "a..b",
            "*",
            "*.*.test",
            "*.127.0.0.1",
        ] {
            let refused = write_dev(&out, &hosts(&[host]), NOW);
            assert!(
                matches!(refused, Err(CertError::BadHost(_))),
                "{host}: {refused:?}"
            );
        }
        for time in [i64::MIN, -9_000_000_000, 253_402_300_799, i64::MAX] {
            let refused = write_dev(&out, &hosts(&["localhost"]), time);
            assert!(
                matches!(refused, Err(CertError::Time(_))),
                "{time}: {refused:?}"
            );
        }
        assert!(!out.exists());
        let blocked = dir.path().join("file");
        std::fs::write(&blocked, "").unwrap();
        let refused = write_dev(&blocked, &hosts(&["localhost"]), NOW)
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("cannot write ") && !refused.contains('\n'),
            "{refused}"
        );
    }
}
