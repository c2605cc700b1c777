//! Pages for people: what they share.
//!
//! Invariant: every page goes out by [`Page::respond`], so with a policy that allows nothing from
//! other hosts and nothing inline; every text comes from the one table of its language; templates
//! escape what they are given.

pub mod assets;
pub mod buyer;
mod form;
pub(crate) mod guard;
pub(crate) mod money;
pub mod register;
pub(crate) mod sheet;
mod text;

use askama::Template;
use axum::body::Body;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Limited};

pub use self::form::Sent;
pub use self::text::{Language, Texts};

/// Nothing from other hosts, nothing inline, in nobody's frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);
/// The same for a page that leads back to a shop, which may lead on to anywhere: a browser that
/// sends a form asks the policy about each address on the way.
const POLICY_OF_RETURN: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     form-action https: http:; base-uri 'none'; frame-ancestors 'none'",
);
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// What the layout of every page needs.
pub struct Shell {
    /// The page's language.
    pub language: Language,
    /// Its texts.
    pub t: &'static Texts,
    /// The page's own path, for the switch of languages; empty where there is none, since a second
    /// look would not show the same.
    pub path: &'static str,
}

impl Shell {
    /// The layout in a language.
    #[must_use]
    pub const fn new(language: Language, path: &'static str) -> Self {
        Self {
            language,
            t: language.texts(),
            path,
        }
    }

    fn css(&self) -> &'static str {
        assets::CSS_PATH.as_str()
    }

    fn js(&self) -> &'static str {
        assets::JS_PATH.as_str()
    }

    fn buyer_css(&self) -> &'static str {
        assets::BUYER_CSS_PATH.as_str()
    }

    fn icon(&self) -> &'static str {
        assets::ICON_PATH.as_str()
    }
}

/// A page about to be sent.
pub struct Page {
    status: StatusCode,
    language: Language,
    html: Result<String, askama::Error>,
    cookies: Vec<String>,
    returns: bool,
}

impl Page {
    /// A page from its template.
    #[must_use]
    pub fn new(status: StatusCode, shell: &Shell, template: &impl Template) -> Self {
        Self {
            status,
            language: shell.language,
            html: template.render(),
            cookies: Vec::new(),
            returns: false,
        }
    }

    /// With a form that leads back to a shop. The shop learns from which host, and no more.
    #[must_use]
    pub const fn returning(mut self) -> Self {
        self.returns = true;
        self
    }

    /// With a cookie.
    #[must_use]
    pub fn cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// The answer.
    #[must_use]
    pub fn respond(self) -> Response {
        let Ok(html) = self.html else {
            tracing::error!("a page could not be written");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            return response;
        };
        let mut response = Response::new(Body::from(html));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HTML);
        let tag = HeaderValue::from_static(self.language.tag());
        headers.insert(CONTENT_LANGUAGE, tag);
        headers.insert(VARY, HeaderValue::from_static("accept-language, cookie"));
        guard_headers(headers, self.cookies);
        if self.returns {
            headers.insert(CONTENT_SECURITY_POLICY, POLICY_OF_RETURN);
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
        }
        response
    }
}

/// The largest form of a stranger in bytes.
const MAX_FORM: usize = 16 * 1024;

/// The fields of a form of at most so many bytes; of one that is too large or breaks off, none.
pub(crate) async fn read_form(body: Body, most: usize) -> Sent {
    let collected = Limited::new(body, most).collect().await;
    collected.map_or_else(|_| Sent::default(), |body| Sent::parse(&body.to_bytes()))
}

/// Goes on elsewhere on this server by GET.
#[must_use]
pub fn see_other(path: &str, cookies: Vec<String>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    if let Ok(path) = HeaderValue::from_str(path) {
        headers.insert(http::header::LOCATION, path);
    }
    guard_headers(headers, cookies);
    response
}

/// What every answer of a page carries. Pages show what is whose, so nobody keeps them.
pub(crate) fn guard_headers(headers: &mut HeaderMap, cookies: Vec<String>) {
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

/// A cookie for these pages only, which no script reads and no other site sends.
#[must_use]
pub fn cookie(name: &str, value: &str, seconds: u32, path: &str, tls: bool) -> String {
    let secure = if tls { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// The value of a cookie that was sent.
#[must_use]
pub fn sent_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(http::header::COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(had, value)| *had == name && !value.is_empty())
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_an_empty_one_is_none() {
        let mut headers = HeaderMap::new();
        headers.append(
            http::header::COOKIE,
            HeaderValue::from_static("a=1; b=2;c="),
        );
        headers.append(http::header::COOKIE, HeaderValue::from_static("d=4=4"));
        assert_eq!(sent_cookie(&headers, "b"), Some("2"));
        assert_eq!(sent_cookie(&headers, "c"), None);
        assert_eq!(sent_cookie(&headers, "d"), Some("4=4"));
        assert_eq!(sent_cookie(&headers, "e"), None);
    }

    #[test]
    fn a_cookie_is_secure_where_tls_is_spoken() {
        let plain = cookie("a", "1", 60, "/register", false);
        assert_eq!(
            plain,
            "a=1; Path=/register; Max-Age=60; HttpOnly; SameSite=Strict"
        );
        assert!(cookie("a", "1", 60, "/", true).ends_with("; Secure"));
    }
}
