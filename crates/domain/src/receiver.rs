//! Where a merchant's notifications go: the address, and headers sent along (decision D39).
//!
//! Invariant: what is taken can be used. An address has a host and nobody's password; no header
//! says how the request itself is sent.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

/// Reads the address that notifications are posted to; empty means none. `None` when it is no
/// address.
pub(crate) fn url(text: &str) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    let fits = visible && is_authority(host) && text.len() <= 1024;
    fits.then(|| Some(text.to_owned()))
}

/// A host, or an address of version 6 in brackets, with or without a port. Nobody's password
/// belongs into a setting that is shown.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    let inner = host.strip_prefix('[').map(|host| host.strip_suffix(']'));
    let is_host = match inner {
        Some(address) => address.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok()),
        None => {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !host.is_empty() && host.bytes().all(fits)
        }
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Headers that say how a notification is sent, which only the sender knows.
const OURS: [&str; 9] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Reads a JSON object of at most three texts that can stand in HTTP headers, none of them ours.
pub(crate) fn headers(text: &str) -> Option<Vec<(String, String)>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let found: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b);
    let visible = |b: u8| b == b' ' || b.is_ascii_graphic();
    let fits = |(name, value): (&String, &String)| {
        let short = name.len().max(value.len()) <= 255;
        let lower = name.to_ascii_lowercase();
        let is_ours = lower.starts_with("aval-") || OURS.contains(&lower.as_str());
        short
            && !is_ours
            && !name.is_empty()
            && name.bytes().all(token)
            && value.bytes().all(visible)
    };
    (found.len() <= 3 && found.iter().all(fits)).then(|| found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_nobodys_password() {
        for text in [
            "https://shop.example/hook?a=b#c",
            "http://127.0.0.1:3000/hook",
            "http://[::1]:3000/hook",
            "http://[::1]/hook",
            "http://receiver_1:80",
            "http://localhost",
        ] {
            assert_eq!(url(text), Some(Some(text.to_owned())));
        }
        assert_eq!(url(""), Some(None));
        for text in [
            "ftp://shop.example",
            "http://",
            "http://a b/",
            "http://user:word@shop.example/",
            "http://shop.example:0/",
            "http://shop.example:99999/",
            "http://[::1/",
            "https://loja.exemplo/\u{e9}",
        ] {
            assert_eq!(url(text), None, "{text}");
        }
    }

    #[test]
    fn headers_that_are_the_senders_own_are_refused() {
        let taken = headers(r#"{"Authorization":"Bearer x","X-A":"b"}"#).unwrap();
        assert_eq!(taken.len(), 2);
        for own in ["Content-Length", "HOST", "te", "aval-signature", "Aval-x"] {
            assert_eq!(headers(&format!(r#"{{"{own}":"1"}}"#)), None, "{own}");
        }
    }
}
