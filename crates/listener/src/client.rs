//! Who sent a request, also through proxies.
//!
//! Invariant: what a client wrote of itself counts for nothing. Each proxy appends to
//! `X-Forwarded-For` who spoke to it; so, from the end, the first that is no trusted proxy is the
//! client, and what cannot be read ends the search.

use std::net::{IpAddr, SocketAddr};

use aval_domain::network::Network;
use http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address, of a request that came from `peer`. IPv4 is never written as IPv6.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let is_proxy = |address| proxies.iter().any(|network| network.contains(address));
    let mut client = peer;
    if !is_proxy(client) {
        return client;
    }
    // Each part alone: a client that wrote what is no text must not spoil what its proxy added.
    let parts = headers
        .get_all(&FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for part in parts {
        let Some(before) = address(part) else {
            return client;
        };
        client = before;
        if !is_proxy(client) {
            return client;
        }
    }
    client
}

/// An address, with a port or without; of IPv6 also in brackets.
fn address(part: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(part).ok()?.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|found| found.ip());
    let in_brackets = || {
        text.strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
    };
    let bare = in_brackets().unwrap_or(text).parse::<IpAddr>().ok();
    Some(bare.or_else(with_port)?.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn found<T: AsRef<[u8]>>(peer: &str, lines: &[T]) -> String {
        let proxies = ["10.0.0.0/8", "::1"].map(|text| Network::parse(text).unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_ref()).unwrap();
            headers.append(FORWARDED_FOR, line);
        }
        client(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn who_is_no_proxy_is_the_client_whatever_it_says() {
        assert_eq!(found("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(found::<&str>("192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn what_a_client_wrote_spoils_nothing_that_a_proxy_added() {
        let line = [&b"\xff, 198.51.100.7"[..]];
        assert_eq!(found("10.9.9.9", &line), "198.51.100.7");
        assert_eq!(found("10.9.9.9", &[&b"\xff"[..]]), "10.9.9.9");
    }

    #[test]
    fn the_last_that_no_proxy_has_is_the_client() {
        for (lines, expected) in [
            (&["198.51.100.7"][..], "198.51.100.7"),
            (&["203.0.113.5, 198.51.100.7"], "198.51.100.7"),
            (&["203.0.113.5, 198.51.100.7, 10.1.2.3"], "198.51.100.7"),
            (
                &["203.0.113.5", "198.51.100.7:4711,10.1.2.3"],
                "198.51.100.7",
            ),
            (&["[2001:db8::7]:4711"], "2001:db8::7"),
            (&["[2001:db8::7]"], "2001:db8::7"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
            // The proxies alone: somebody among them.
            (&["10.1.2.3"], "10.1.2.3"),
            (&[], "10.9.9.9"),
            (&["unknown"], "10.9.9.9"),
            (&["198.51.100.7, _hidden, 10.1.2.3"], "10.1.2.3"),
            (&["198.51.100.7,"], "10.9.9.9"),
        ] {
            assert_eq!(found("10.9.9.9", lines), expected, "{lines:?}");
        }
    }
}
