//! The server's certificate chain to download, and how it is installed (manual lines 72 to 200).
//!
//! Invariant: only certificates are given, never a key: of the files only blocks that say
//! CERTIFICATE are kept.

use std::path::Path;

use askama::Template;
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::file;
use super::super::layout::answer;
use super::tables::help_chips;
use super::{Frame, Tab, framed};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The chain that the listeners present, as PEM; none where TLS is not spoken here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// The authority's own.
    root: Option<String>,
    /// What stands between.
    intermediate: Option<String>,
    /// The server's.
    server: Option<String>,
}

impl Certificates {
    /// Of the file with the chain: the server's certificate first, what signed it behind it. The
    /// root is the last of three, or `root.crt` in the same directory, as `aval cert dev` puts it.
    #[must_use]
    pub fn read(chain: &Path) -> Self {
        let text = std::fs::read_to_string(chain).unwrap_or_default();
        let beside = chain.with_file_name("root.crt");
        let root = std::fs::read_to_string(beside).unwrap_or_default();
        Self::of(&text, &root)
    }

    fn of(chain: &str, root: &str) -> Self {
        let mut chain = blocks(chain).into_iter();
        Self {
            server: chain.next(),
            intermediate: chain.next(),
            root: chain.next().or_else(|| blocks(root).into_iter().next()),
        }
    }

    fn file(&self, name: &str) -> Option<&str> {
        match name {
            "root.crt" => self.root.as_deref(),
            "intermediate.crt" => self.intermediate.as_deref(),
            "server.crt" => self.server.as_deref(),
            _ => None,
        }
    }
}

/// The certificates in a text.
fn blocks(text: &str) -> Vec<String> {
    let parts = text.split(BEGIN).skip(1);
    parts
        .filter_map(|part| part.split_once(END))
        .map(|(inner, _)| format!("{BEGIN}{inner}{END}\n"))
        .collect()
}

framed!(CertificatePage);

#[derive(Template)]
#[template(path = "backoffice/developer/certificate.html")]
struct CertificatePage {
    frame: Frame,
    title: &'static str,
    about: Option<&'static str>,
    chips: Vec<Tab>,
    files: Vec<(&'static str, &'static str)>,
    steps: [&'static str; 9],
}

/// What there is to download, and the nine steps.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/faq");
    let t = frame.t;
    let all = [
        ("root.crt", t.certificate_root),
        ("intermediate.crt", t.certificate_intermediate),
        ("server.crt", t.certificate_server),
    ];
    let has = |name: &str| context.server.certificates.file(name).is_some();
    let page = CertificatePage {
        title: t.certificate,
        about: Some(t.certificate_about),
        chips: help_chips(t, "/developers/certificate"),
        files: all.into_iter().filter(|(name, _)| has(name)).collect(),
        steps: [
            t.step_1, t.step_2, t.step_3, t.step_4, t.step_5, t.step_6, t.step_7, t.step_8,
            t.step_9,
        ],
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

/// One of the files.
pub async fn download(context: &Context) -> Result<Response, Failure> {
    let name = context.argument(0);
    let text = context.server.certificates.file(name);
    let text = text.ok_or(Failure::NotFound)?.to_owned();
    Ok(file(Body::from(text), "application/x-x509-ca-cert", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_two_takes_its_root_from_beside_and_a_key_is_never_kept() {
        let one = |name: &str| format!("{BEGIN}\n{name}\n{END}\n");
        let key = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n";
        let chain = format!("{}{key}{}", one("server"), one("middle"));
        let read = Certificates::of(&chain, &one("root"));
        assert_eq!(read.file("server.crt"), Some(one("server").as_str()));
        assert_eq!(read.file("intermediate.crt"), Some(one("middle").as_str()));
        assert_eq!(read.file("root.crt"), Some(one("root").as_str()));
        assert_eq!(read.file("server.key"), None);
        let texts = [read.server, read.intermediate, read.root];
        assert!(texts.iter().flatten().all(|text| !text.contains("secret")));
        assert_eq!(Certificates::of(key, ""), Certificates::default());
    }
}
