//! `/developers`: what a shop's developer needs (manual of the back office, lines 8 and 33 to 38;
//! manual lines 43 to 210 and 5656 to 6009).
//!
//! Invariant: nothing here comes from another host; no key and no secret that is kept is shown;
//! what is of the sandbox only is not found in production.

pub(in super::super) mod certificate;
pub(in super::super) mod console;
pub(in super::super) mod credentials;
pub(in super::super) mod data;
pub(in super::super) mod guides;
mod openapi;
pub(in super::super) mod reference;
pub(in super::super) mod requests;
mod samples;
pub(in super::super) mod tables;
mod text;

use askama::Template;
use aval_domain::user::Permission;
use axum::response::Response;
use http::StatusCode;

pub use self::certificate::Certificates;
use self::samples::Sample;
use self::text::Texts;
use super::context::Context;
use super::failure::Failure;
use super::layout::{Layout, answer};

/// What all pages of the area share: the frame and the tabs.
pub(super) struct Frame {
    layout: Layout,
    t: &'static Texts,
    tabs: Vec<Tab>,
}

/// Lets the layout, and the area's frame, find what is theirs in a page.
macro_rules! framed {
    ($($page:ident),*) => {
        $(impl std::ops::Deref for $page {
            type Target = $crate::backoffice::developer::Frame;

            fn deref(&self) -> &Self::Target {
                &self.frame
            }
        })*
    };
}
use framed;

framed!(StartPage, TablesPage);

/// A tab.
struct Tab {
    path: &'static str,
    label: &'static str,
    is_here: bool,
}

impl Frame {
    fn of(context: &Context, here: &str) -> Self {
        let t = Texts::of(context.language);
        let layout = context.layout();
        let mut all = vec![
            ("/developers", t.tab_start),
            ("/developers/guides", t.tab_guides),
            ("/developers/reference", t.tab_reference),
            ("/developers/errors", t.tab_codes),
            ("/developers/test-cards", t.tab_cards),
        ];
        if context.may(Permission::Administer) {
            all.push(("/developers/credentials", t.tab_credentials));
        }
        all.push(("/developers/requests", t.tab_requests));
        if layout.is_sandbox && context.may(Permission::Administer) {
            all.push(("/developers/console", t.tab_console));
        }
        all.push(("/developers/faq", t.tab_help));
        let tab = |(path, label): (&'static str, &'static str)| Tab {
            path,
            label,
            is_here: path == here,
        };
        Self {
            layout,
            t,
            tabs: all.into_iter().map(tab).collect(),
        }
    }

    fn telling(mut self, toast: Option<&'static str>) -> Self {
        self.layout = self.layout.telling(toast);
        self
    }
}

#[derive(Template)]
#[template(path = "backoffice/developer/start.html")]
struct StartPage {
    frame: Frame,
    merchant: String,
    establishment: String,
    api: String,
    query: String,
    dialect: &'static str,
    sample: Sample,
    doors: Vec<(&'static str, &'static str, &'static str)>,
}

/// Shows the first page of the area.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers");
    let t = frame.t;
    let about = |path: &str| match path {
        "/developers/guides" => t.guides_about,
        "/developers/reference" => t.reference_about,
        "/developers/errors" => t.codes_about,
        "/developers/test-cards" => t.cards_about,
        "/developers/credentials" => t.credentials_about,
        "/developers/requests" => t.requests_about,
        "/developers/console" => t.console_about,
        _ => t.help_about,
    };
    let doors = frame.tabs.iter().skip(1);
    let doors = doors
        .map(|tab| (tab.path, tab.label, about(tab.path)))
        .collect();
    let urls = &context.server.urls;
    let page = StartPage {
        doors,
        merchant: context.of().to_string(),
        establishment: context.merchant.establishment.clone(),
        api: urls.api.clone(),
        query: urls.query.clone(),
        dialect: context.merchant.settings.dialect.name(),
        sample: samples::first_sale(urls, context.of()),
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

/// A page with one or more tables.
#[derive(Template)]
#[template(path = "backoffice/developer/tables.html")]
struct TablesPage {
    frame: Frame,
    title: &'static str,
    about: &'static str,
    chips: Vec<Tab>,
    /// What was looked for, where it can be.
    search: Option<String>,
    tables: Vec<Table>,
}

/// A table.
struct Table {
    id: &'static str,
    title: Option<&'static str>,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// A cell.
struct Cell {
    text: String,
    /// `plain`, `verbatim`, `code`, or a badge: `good`, `soft`.
    kind: &'static str,
}

impl Cell {
    fn plain(text: impl Into<String>) -> Self {
        Self::badge("plain", text)
    }

    /// As the API says it, which is in English.
    fn verbatim(text: impl Into<String>) -> Self {
        Self::badge("verbatim", text)
    }

    fn code(text: impl Into<String>) -> Self {
        Self::badge("code", text)
    }

    fn badge(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind,
        }
    }

    fn is_badge(&self) -> bool {
        !matches!(self.kind, "plain" | "verbatim" | "code")
    }
}
