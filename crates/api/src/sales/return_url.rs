//! Where the buyer's browser goes afterwards (manual lines 2045 and 5822).
//!
//! Invariant: what is kept is an absolute address of http or https, so that no page of ours can be
//! made to run a script by it.

use aval_domain::error_code::ErrorCode;
use aval_domain::merchant::Dialect;
use http::Uri;

use super::faults::Faults;
use crate::dialect;

const FIELD: &str = "Payment.ReturnUrl";

/// Reads the address that a payment with a page must have: 163 when it is missing or none. Its
/// length is looked at with the other terms.
pub(super) fn read(sent: Option<&str>, speaks: Dialect, faults: &mut Faults) -> Option<String> {
    let sent = sent.unwrap_or("").trim();
    let fits = is_absolute(sent) && (dialect::any_return_url(speaks) || is_plain(sent));
    if !fits {
        faults.add(ErrorCode::RETURN_URL, FIELD);
    }
    fits.then(|| sent.to_owned())
}

/// An address of http or https with a host, and nobody's name before it.
fn is_absolute(text: &str) -> bool {
    let is_printed = text.bytes().all(|byte| byte.is_ascii_graphic());
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let scheme = uri.scheme_str().unwrap_or("");
    let is_web = ["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    let has_user = uri
        .authority()
        .is_some_and(|who| who.as_str().contains('@'));
    is_printed && is_web && has_host && !has_user
}

/// Neither query nor fragment, and no file's extension at its end: "it is not accepted pagination
/// or extensions" (X064).
fn is_plain(text: &str) -> bool {
    let path = text.split_once("://").map_or(text, |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    let last = path.rsplit('/').next().unwrap_or("");
    !text.contains(['?', '#']) && !last.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_takes_addresses_without_query_fragment_or_extension() {
        let read = |text, speaks| read(Some(text), speaks, &mut Faults::default()).is_some();
        for text in [
            "https://www.cielo.com.br",
            "http://www.cielo.com.br/",
            "https://shop.example:8443/orders/12.5/back",
            "HTTPS://shop.example/a",
        ] {
            assert!(read(text, Dialect::Manual), "{text}");
            assert!(read(text, Dialect::Live), "{text}");
        }
        for text in [
            "https://shop.example/back.php",
            "https://shop.example/back?order=1",
            "https://shop.example/back#end",
        ] {
            assert!(!read(text, Dialect::Manual), "{text}");
            assert!(read(text, Dialect::Live), "{text}");
        }
        for text in [
            "",
            "/back",
            "shop.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https:///back",
            "ftp://shop.example/",
            "https://user@shop.example/",
            "https://shop.example/a b",
            "https://shop.example/\u{e7}",
        ] {
            assert!(!read(text, Dialect::Live), "{text}");
        }
    }
}
