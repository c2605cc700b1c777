//! Language and theme, as somebody chose them in this browser.
//!
//! Invariant: a choice is kept in a cookie that says nothing else, and leads back to a page of this
//! server only.

use aval_api::route::parameter;
use axum::response::Response;
use http::HeaderMap;

use super::context::Visit;
use super::failure::Failure;
use super::see_other;
use crate::pages::{self, Language};

/// Light, dark, or as the device says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

const LANGUAGE: &str = "aval_language";
const THEME: &str = "aval_theme";
/// How long a choice is kept, in seconds: a year.
const KEPT: u32 = 365 * 86_400;

impl Theme {
    /// The word in the cookie and in the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Whether it is this one, for templates.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name() == name
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.name() == text)
    }

    /// The one that was chosen.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        pages::sent_cookie(headers, THEME)
            .and_then(Self::parse)
            .unwrap_or(Self::Auto)
    }
}

/// The language of a request: `?lang=`, else the one that was chosen, else what the browser asks
/// for.
#[must_use]
pub fn language(query: Option<&str>, headers: &HeaderMap) -> Language {
    let chosen = pages::sent_cookie(headers, LANGUAGE).and_then(Language::by_tag);
    match chosen {
        Some(language) if parameter(query, "lang").is_none() => language,
        Some(_) | None => Language::of(query, headers),
    }
}

/// Keeps a choice: fields `language`, `theme`, and `back` where to go on.
pub async fn change(visit: &Visit) -> Result<Response, Failure> {
    let tls = visit.server.office.secure;
    let mut cookies = Vec::new();
    if let Some(language) = Language::by_tag(&visit.form.value("language")) {
        cookies.push(pages::cookie(LANGUAGE, language.tag(), KEPT, "/", tls));
    }
    if let Some(theme) = Theme::parse(&visit.form.value("theme")) {
        cookies.push(pages::cookie(THEME, theme.name(), KEPT, "/", tls));
    }
    Ok(see_other(local(&visit.form.value("back")), cookies))
}

/// An address on this server, else the first page.
#[must_use]
pub fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n'])
        && path.is_ascii();
    if is_local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_server_are_led_to() {
        for path in ["/", "/users?a=1", "/transactions?q=status%3Apaid"] {
            assert_eq!(local(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "x",
            "/a\n",
        ] {
            assert_eq!(local(path), "/", "{path:?}");
        }
    }

    #[test]
    fn a_theme_is_read_back() {
        for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::parse(theme.name()), Some(theme));
        }
        assert_eq!(Theme::parse("blue"), None);
    }
}
