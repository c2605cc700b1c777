//! Signing in, the session of a request, and the portal behind it.
//!
//! Invariant: what is told before somebody signed in depends on nothing that is stored.

mod addresses;
pub(super) mod portal;
pub(super) mod session;
pub(super) mod sign_in;
mod text;

use std::path::PathBuf;

use self::addresses::Addresses;
use super::context::Visit;
use super::export::Desk;

/// What the back office of a server remembers.
#[derive(Default)]
pub struct Office {
    /// Whether browsers reach it by https, so that cookies are kept to that.
    pub(super) secure: bool,
    /// Its address as browsers know it; empty when it was not told.
    public: String,
    /// Failures to sign in, by address.
    addresses: Addresses,
    /// Where spreadsheets are made.
    pub(super) desk: Desk,
}

impl Office {
    /// Of a server that browsers know by this address; `tls` when it speaks TLS itself. In the
    /// folder it keeps files while it makes them.
    #[must_use]
    pub fn new(public: &str, tls: bool, folder: PathBuf) -> Self {
        Self {
            secure: tls || public.starts_with("https://"),
            public: public.trim_end_matches('/').to_owned(),
            addresses: Addresses::default(),
            desk: Desk::new(folder),
        }
    }

    /// The address that links begin with: the one that was told, else the one that was called.
    pub(super) fn base(&self, visit: &Visit) -> String {
        if !self.public.is_empty() {
            return self.public.clone();
        }
        let host = visit.headers.get(http::header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{host}")
    }

    /// Whether a browser that called this host shall never again call it but by https. That holds
    /// for every port of the host, so a developer's own machine is left alone.
    pub(super) fn is_pinned(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_local = name.eq_ignore_ascii_case("localhost") || name.ends_with(".localhost");
        self.secure && !is_local
    }

    /// Whether a page of this origin is one of ours.
    pub(super) fn is_public(&self, origin: &str) -> bool {
        !self.public.is_empty() && self.public.eq_ignore_ascii_case(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(public: &str, tls: bool) -> Office {
        Office::new(public, tls, PathBuf::new())
    }

    #[test]
    fn browsers_are_kept_to_https_where_they_come_by_it_but_not_on_a_developers_machine() {
        let secure = office("https://office.example.com/", false);
        for (host, pinned) in [
            ("office.example.com", true),
            ("office.example.com:8082", true),
            ("", true),
            ("localhost", false),
            ("LOCALHOST:8082", false),
            ("shop.localhost:8082", false),
        ] {
            assert_eq!(secure.is_pinned(host), pinned, "{host}");
        }
        assert!(office("", true).is_pinned("office.example.com"));
        assert!(!office("http://office.example.com", false).is_pinned("office.example.com"));
    }
}
