//! The frame of every page: navigation, who is signed in, language and theme; and how it is sent.
//!
//! Invariant: every page goes out by [`answer`], so with a policy that allows nothing inline and
//! nothing from other hosts. The navigation shows what is in the table of routes and what the role
//! may open, nothing else.

use askama::Template;
use aval_domain::user::Role;
use aval_gateway::app::Environment;
use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderValue, StatusCode};

use super::context::{Context, Visit};
use super::preferences::Theme;
use super::route;
use super::text::Texts;
use crate::pages::{self, Language, assets};

/// Nothing from other hosts, nothing inline, in nobody's frame; scripts may ask this server.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The frame of a page.
pub struct Layout {
    /// The language.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// The texts that all pages share.
    pub t: &'static Texts,
    /// Whether this is the sandbox.
    pub is_sandbox: bool,
    /// Path and query of the page, to come back to.
    pub here: String,
    /// Which area of the back office the page is of: rules of the style hold within one.
    pub area: String,
    /// Who is signed in, if anyone.
    pub signed_in: Option<SignedIn>,
    /// What was just done, to be told once.
    pub toast: Option<&'static str>,
}

/// Who is signed in, as the frame shows it.
pub struct SignedIn {
    /// The merchant's name.
    pub merchant: String,
    /// Its establishment code.
    pub establishment: String,
    /// The user's own name, or the login.
    pub name: String,
    /// The role in words.
    pub role: &'static str,
    /// What every form has to say.
    pub csrf: String,
    /// The navigation.
    pub groups: Vec<Group>,
}

/// Pages that belong together in the navigation.
pub struct Group {
    /// Its heading; the first has none.
    pub title: Option<&'static str>,
    /// The pages.
    pub items: Vec<Item>,
}

/// A page in the navigation.
pub struct Item {
    /// Its address.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What its icon is drawn from.
    pub icon: &'static str,
    /// Whether it, or something below it, is shown now.
    pub is_here: bool,
}

impl Layout {
    /// For a user.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        let t = Texts::of(context.language);
        let user = &context.user;
        Self {
            signed_in: Some(SignedIn {
                merchant: context.merchant.name.clone(),
                establishment: context.merchant.establishment.clone(),
                name: user.name.clone().unwrap_or_else(|| user.login.clone()),
                role: role_name(t, user.role),
                csrf: context.csrf.clone(),
                groups: groups(t, user.role, &context.path),
            }),
            ..Self::of_anyone(context)
        }
    }

    /// For somebody who is not signed in.
    #[must_use]
    pub fn of_anyone(visit: &Visit) -> Self {
        Self {
            language: visit.language,
            theme: visit.theme,
            t: Texts::of(visit.language),
            is_sandbox: visit.server.app.environment == Environment::Sandbox,
            here: visit.here(),
            area: area(&visit.path).to_owned(),
            signed_in: None,
            toast: None,
        }
    }

    /// Telling what was just done.
    #[must_use]
    pub fn telling(self, toast: Option<&'static str>) -> Self {
        Self { toast, ..self }
    }

    /// What every form has to say; empty where nobody is signed in.
    #[must_use]
    pub fn csrf(&self) -> &str {
        self.signed_in.as_ref().map_or("", |who| &who.csrf)
    }

    /// Address of the style.
    pub(super) fn css(&self) -> &'static str {
        assets::OFFICE_CSS_PATH.as_str()
    }

    /// Addresses of the scripts.
    pub(super) fn scripts(&self) -> [&'static str; 3] {
        [
            assets::HTMX_PATH.as_str(),
            assets::JS_PATH.as_str(),
            assets::OFFICE_JS_PATH.as_str(),
        ]
    }

    /// Address of the icon.
    pub(super) fn icon(&self) -> &'static str {
        assets::ICON_PATH.as_str()
    }

    /// Whether there is a page of the user's own account.
    pub(super) fn has_account(&self) -> bool {
        route::leads("/account", |_| true)
    }

    /// Whether there is a search.
    pub(super) fn has_search(&self) -> bool {
        route::leads("/transactions", |_| true)
    }
}

/// A role in words.
#[must_use]
pub const fn role_name(t: &Texts, role: Role) -> &'static str {
    match role {
        Role::Viewer => t.role_viewer,
        Role::Operator => t.role_operator,
        Role::Finance => t.role_finance,
        Role::Administrator => t.role_administrator,
    }
}

/// The navigation of a role: what is in the table of routes.
fn groups(t: &'static Texts, role: Role, here: &str) -> Vec<Group> {
    let all = [
        (None, vec![("/overview", t.nav_overview, icons::OVERVIEW)]),
        (
            Some(t.group_menus),
            vec![
                ("/transactions", t.nav_transactions, icons::SEARCH),
                ("/statement", t.nav_statement, icons::STATEMENT),
                ("/recurrences", t.nav_recurrences, icons::RECURRENCE),
                ("/developers", t.nav_developers, icons::CODE),
            ],
        ),
        (
            Some(t.group_work),
            vec![
                ("/reviews", t.nav_reviews, icons::REVIEW),
                ("/lists", t.nav_lists, icons::LIST),
                ("/rules", t.nav_rules, icons::RULE),
                ("/jobs", t.nav_jobs, icons::JOBS),
            ],
        ),
        (
            Some(t.group_admin),
            vec![
                ("/users", t.nav_users, icons::USERS),
                ("/audit", t.nav_audit, icons::AUDIT),
                ("/settings", t.nav_settings, icons::SETTINGS),
            ],
        ),
    ];
    let mut groups = Vec::new();
    for (title, items) in all {
        let shown = items
            .into_iter()
            .filter(|(path, ..)| route::leads(path, |what| role.may(what)));
        let items: Vec<Item> = shown
            .map(|(path, label, icon)| Item {
                path,
                label,
                icon,
                is_here: is_below(here, path),
            })
            .collect();
        if !items.is_empty() {
            groups.push(Group { title, items });
        }
    }
    groups
}

/// The area of a path: its first segment.
fn area(path: &str) -> &str {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.next().unwrap_or("portal")
}

/// Whether a path is this one or below it. A payment belongs to the search.
fn is_below(here: &str, path: &str) -> bool {
    let here = if here.starts_with("/payments") {
        "/transactions"
    } else {
        here
    };
    here.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Sends a page.
#[must_use]
pub fn answer(status: StatusCode, layout: &Layout, template: &impl Template) -> Response {
    let Ok(html) = template.render() else {
        tracing::error!("a page could not be written");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(CONTENT_TYPE, html);
    let tag = HeaderValue::from_static(layout.language.tag());
    headers.insert(CONTENT_LANGUAGE, tag);
    headers.insert(
        VARY,
        HeaderValue::from_static("accept-language, cookie, hx-request"),
    );
    guard(&mut response);
    response
}

/// What every answer of the back office carries.
pub(super) fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    pages::guard_headers(headers, Vec::new());
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    // Within the back office a page may know where it was called from; others may not.
    headers.insert(
        http::header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
}

/// Icons, drawn with lines in a square of 24.
mod icons {
    pub(super) const OVERVIEW: &str = "M4 20V10m5.3 10V4m5.4 16v-7M20 20V8";
    pub(super) const SEARCH: &str =
        "M20 20l-4.6-4.6M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0z";
    pub(super) const STATEMENT: &str =
        "M6 3h9l4 4v14l-2.6-1.6L13.8 21l-2.6-1.6L8.6 21 6 19.4zM9.5 9h5m-5 4h6";
    pub(super) const RECURRENCE: &str =
        "M4 11a8 8 0 0 1 14-4.5L20 9m0-5v5h-5m5 4a8 8 0 0 1-14 4.5L4 15m0 5v-5h5";
    pub(super) const CODE: &str = "M8.5 7L3.5 12l5 5m7-10l5 5-5 5M13.5 4l-3 16";
    pub(super) const REVIEW: &str =
        "M12 3l7.5 3v5.5c0 4.6-3 7.9-7.5 9.5-4.5-1.6-7.5-4.9-7.5-9.5V6zM8.8 12l2.3 2.3 4.2-4.4";
    pub(super) const LIST: &str = "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01";
    pub(super) const RULE: &str = "M4 7h9m4 0h3M4 17h3m4 0h9M15 5v4M9 15v4";
    pub(super) const JOBS: &str =
        "M12 3l9 5-9 5-9-5zM3.5 12.5L12 17l8.5-4.5M3.5 16.5L12 21l8.5-4.5";
    pub(super) const USERS: &str = concat!(
        "M15.5 20v-1.5a4 4 0 0 0-4-4h-4a4 4 0 0 0-4 4V20",
        "M13 7.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0z",
        "M20.5 20v-1.5a4 4 0 0 0-3-3.9M15.5 4.1a3.5 3.5 0 0 1 0 6.8"
    );
    pub(super) const AUDIT: &str = "M12 7v5l3.2 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z";
    pub(super) const SETTINGS: &str =
        "M4 6h7m4 0h5M4 12h2m4 0h10M4 18h10m4 0h2M13 4v4M8 10v4M16 16v4";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_names_areas_that_there_are() {
        let style = include_str!("../../assets/backoffice.css");
        let named = style.split("[data-area=\"").skip(1);
        let named: Vec<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
        assert!(named.len() > 10, "{named:?}");
        for name in named {
            let is_there = route::ROUTES.iter().any(|row| area(row.path) == name);
            assert!(is_there, "{name}");
        }
    }
}
