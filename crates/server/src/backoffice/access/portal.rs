//! `/`: the portal, with the tab "API e-Commerce Cielo" and the button "Acessar" (manual of the
//! back office, lines 21 to 27).
//!
//! Invariant: shows what the user may open and nothing of payments.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::{Layout, answer};
use super::super::route;
use super::text::Texts;

#[derive(Template)]
#[template(path = "backoffice/access/portal.html")]
struct PortalPage {
    layout: Layout,
    t: &'static Texts,
    merchant: String,
    establishment: String,
    /// Where "Acessar" leads.
    entrance: &'static str,
    /// The menus that the user may open.
    menus: Vec<Menu>,
}

/// A menu of the product.
struct Menu {
    path: &'static str,
    label: &'static str,
    about: &'static str,
}

/// Shows the portal.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let may = |what| context.may(what);
    let pages = ["/overview", "/transactions", "/users"];
    let entrance = pages.into_iter().find(|path| route::leads(path, may));
    let t = Texts::of(context.language);
    let menus = [
        ("/transactions", t.menu_search, t.menu_search_about),
        ("/statement", t.menu_statement, t.menu_statement_about),
        ("/recurrences", t.menu_recurrence, t.menu_recurrence_about),
        ("/developers", t.menu_developer, t.menu_developer_about),
    ];
    let menus = menus
        .into_iter()
        .filter(|(path, ..)| route::leads(path, may));
    let page = PortalPage {
        layout: context.layout(),
        t,
        menus: menus
            .map(|(path, label, about)| Menu { path, label, about })
            .collect(),
        merchant: context.merchant.name.clone(),
        establishment: context.merchant.establishment.clone(),
        entrance: entrance.unwrap_or("/"),
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}
