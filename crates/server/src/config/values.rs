//! How the text of each kind of setting is read.
//!
//! Invariant: a reader gives a value that can be used as it is, or says in one line what it
//! accepts; what it repeats of the text is masked.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::ops::RangeInclusive;
use std::path::PathBuf;

pub use aval_api::telemetry::LogFormat;
use aval_domain::network::Network;

use super::database::masked;

/// The most connections or waiting change sets a limit may allow.
const LIMIT_MAX: u64 = 1_000_000;

/// What kind of server this is; each kind has a store of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// With simulator, clock, sandbox API and registration.
    Sandbox,
    /// For real money.
    Production,
}

/// The dialect of the API a merchant is answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireDialect {
    /// As the manual describes it.
    Manual,
    /// As the live service behaves.
    Live,
}

impl Environment {
    /// The word for it in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, String> {
        one_of(text, [Self::Sandbox, Self::Production], Self::as_str)
    }
}

impl WireDialect {
    /// The word for it in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Live => "live",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, String> {
        one_of(text, [Self::Manual, Self::Live], Self::as_str)
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    let all = [LogFormat::Text, LogFormat::Json];
    one_of(text, all, LogFormat::as_str)
}

/// An address to listen on, with the host for URLs that lead to it.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) addr: SocketAddr,
    host: String,
}

impl Listener {
    /// A port of this machine alone.
    pub(super) fn local(port: u16) -> Self {
        Self::at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    pub(super) fn read(text: &str) -> Result<Self, String> {
        if let Ok(addr) = text.parse() {
            return Ok(Self::at(addr));
        }
        let malformed = || format!("{} is not an address like 127.0.0.1:8080", quoted(text));
        let (host, port) = text.rsplit_once(':').ok_or_else(malformed)?;
        let port = read_port(port).ok_or_else(malformed)?;
        if !is_host_name(host) {
            return Err(malformed());
        }
        let found = (host, port).to_socket_addrs();
        let found: Vec<SocketAddr> = found
            .map_err(|error| format!("{} is not found: {error}", quoted(host)))?
            .collect();
        // A name like localhost often has an IPv6 address first, which not every machine can
        // bind.
        let addr = found
            .iter()
            .find(|addr| addr.is_ipv4())
            .or_else(|| found.first());
        let addr = *addr.ok_or_else(|| format!("{} has no address", quoted(host)))?;
        Ok(Self {
            addr,
            host: host.to_owned(),
        })
    }

    /// The URL of the listener.
    pub(super) fn url(&self, tls: bool) -> String {
        let scheme = if tls { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.addr.port())
    }

    /// Whether the two cannot both be bound.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (self.addr.ip(), other.addr.ip());
        // An IPv6 socket for all addresses takes those of IPv4 too.
        let takes =
            |all: IpAddr, one: IpAddr| all.is_unspecified() && (all.is_ipv6() || one.is_ipv4());
        self.addr.port() != 0
            && self.addr.port() == other.addr.port()
            && (a == b || takes(a, b) || takes(b, a))
    }

    // "All addresses" leads nowhere as a URL; on this machine the loopback address does.
    fn at(addr: SocketAddr) -> Self {
        let host = match addr.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        let host = match host {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self { addr, host }
    }
}

/// Reads the URL under which a listener is reached.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    let wrong = |what: &str| {
        let wanted = "a URL like https://pay.example.com";
        Err(format!("{} {what}; it must be {wanted}", quoted(text)))
    };
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        return wrong("does not start with https:// or http://");
    };
    if !rest
        .chars()
        .all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c))
    {
        return wrong("holds a character that URLs have not");
    }
    if rest.contains(['?', '#']) {
        return wrong("has a query or fragment");
    }
    let (authority, _path) = rest.split_once('/').unwrap_or((rest, ""));
    if rest.contains('@') {
        return wrong("has a user");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_host = match in_brackets {
        Some(ip) => ip.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok() || is_host_name(host),
    };
    if !is_host || port.is_some_and(|port| read_port(port).is_none_or(|port| port == 0)) {
        return wrong("has no valid host and port");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Reads networks, with commas between them.
pub(super) fn networks(text: &str) -> Result<Vec<Network>, String> {
    let network = |text: &str| {
        let found = Network::parse(text);
        let found = found.filter(|network| !network.is_everything());
        found.ok_or_else(|| format!("{} is not a network like 192.0.2.8/31", quoted(text)))
    };
    text.split(',').map(|text| network(text.trim())).collect()
}

/// Reads a truth value.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("{} is not true or false", quoted(text))),
    }
}

/// Reads a whole number in a range.
pub(super) fn whole(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    let digits = text.chars().all(|c| c.is_ascii_digit());
    let number = if digits { text.parse().ok() } else { None };
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            format!(
                "{} is not a whole number from {low} to {high}",
                quoted(text)
            )
        })
}

/// Reads how many of something there may be at once.
pub(super) fn limit(text: &str) -> Result<usize, String> {
    let number = whole(text, 1..=LIMIT_MAX)?;
    usize::try_from(number).map_err(|error| error.to_string())
}

/// Reads the path of a directory that exists or is still to be made.
pub(super) fn directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.exists() && !path.is_dir() {
        return Err(format!("{} is not a directory", quoted(text)));
    }
    Ok(path)
}

/// Reads the path of a file that exists.
pub(super) fn existing_file(text: &str) -> Result<PathBuf, String> {
    match std::fs::metadata(text) {
        Ok(found) if found.is_dir() => Err(format!("{} is a directory", quoted(text))),
        Ok(_) => Ok(PathBuf::from(text)),
        Err(error) => Err(format!("{} cannot be read: {error}", quoted(text))),
    }
}

fn one_of<T: Copy, const N: usize>(
    text: &str,
    choices: [T; N],
    word: fn(T) -> &'static str,
) -> Result<T, String> {
    let found = choices.into_iter().find(|choice| word(*choice) == text);
    found.ok_or_else(|| format!("{} is not {}", quoted(text), choices.map(word).join(" or ")))
}

// Host names have no other characters, and one that ends in a number is a mistyped IPv4 address.
fn is_host_name(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or("");
    !last.is_empty() && host.chars().all(plain) && !last.chars().all(|c| c.is_ascii_digit())
}

/// Reads the digits of a port.
pub(super) fn read_port(text: &str) -> Option<u16> {
    text.chars()
        .all(|c| c.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn quoted(text: &str) -> impl fmt::Display {
    format!("{:?}", masked(text))
}

#[cfg(test)]
mod tests {
    use super::{Listener, boolean, directory, existing_file, public_url, whole};

    #[test]
    fn addresses_are_numbers_or_names_with_a_port() {
        for (text, addr, url) in [
            ("127.0.0.1:80", "127.0.0.1:80", "http://127.0.0.1:80"),
            ("[::1]:0", "[::1]:0", "http://[::1]:0"),
            ("0.0.0.0:80", "0.0.0.0:80", "http://127.0.0.1:80"),
            ("localhost:80", "127.0.0.1:80", "http://localhost:80"),
        ] {
            let listener = Listener::read(text).unwrap();
            assert_eq!(
                (listener.addr.to_string(), listener.url(false)),
                (addr.into(), url.into())
            );
        }
        for text in [
            "foo",
            "8080",
            ":8080",
            "a:b",
            "a:",
            "a:+1",
            "a:65536",
            "1.2.3.400:1",
            "a b:1",
        ] {
            let what = Listener::read(text).unwrap_err();
            assert_eq!(
                what,
                format!("{text:?} is not an address like 127.0.0.1:8080")
            );
        }
    }

    #[test]
    fn addresses_that_cannot_both_be_bound_overlap() {
        for (a, b, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("[::]:80", "127.0.0.1:80", true),
            ("0.0.0.0:80", "[::1]:80", false),
        ] {
            let (a, b) = (Listener::read(a).unwrap(), Listener::read(b).unwrap());
            assert_eq!(a.overlaps(&b), expected, "{a:?} {b:?}");
            assert_eq!(b.overlaps(&a), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn public_urls_are_absolute_and_bare() {
        for (text, expected) in [
            ("https://pay.example.com", "https://pay.example.com"),
            ("https://pay.example.com/", "https://pay.example.com"),
            ("http://[::1]:8080/api/", "http://[::1]:8080/api"),
            ("http://10.0.0.1:1", "http://10.0.0.1:1"),
        ] {
            assert_eq!(public_url(text).unwrap(), expected);
        }
        for text in [
            "pay.example.com",
            "ftp://pay.example.com",
            "https://",
            "https:///path",
            "https://a:0",
            "https://a:",
            "https://a?b=c",
            "https://a#b",
            "https://a b",
            "https://[::1",
            "https://user:hunter2@a",
        ] {
            let what = public_url(text).unwrap_err();
            assert!(
                what.ends_with("a URL like https://pay.example.com"),
                "{what}"
            );
            assert!(!what.contains("hunter2"), "{what}");
        }
    }

    #[test]
    fn truth_values_are_words_or_digits() {
        for (text, expected) in [("true", true), ("1", true), ("false", false), ("0", false)] {
            assert_eq!(boolean(text), Ok(expected));
        }
        for text in ["True", "yes", "on", "2"] {
            assert!(boolean(text).is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_keep_to_their_range() {
        assert_eq!(whole("60", 1..=60), Ok(60));
        assert_eq!(whole("18446744073709551615", 0..=u64::MAX), Ok(u64::MAX));
        for text in ["0", "61", "-1", "+1", "1.0", "", "18446744073709551616"] {
            assert!(whole(text, 1..=60).is_err(), "{text}");
        }
    }

    #[test]
    fn files_must_exist_and_directories_must_not_be_files() {
        let file = std::env::current_exe().unwrap();
        let (file, dir) = (
            file.to_str().unwrap(),
            file.parent().unwrap().to_str().unwrap(),
        );
        assert!(existing_file(file).is_ok() && directory(dir).is_ok());
        assert!(directory("/nonexistent/x").is_ok());
        assert!(existing_file("/nonexistent/x").is_err() && existing_file(dir).is_err());
        assert!(directory(file).is_err());
    }
}
