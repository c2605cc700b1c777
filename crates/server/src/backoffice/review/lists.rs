//! `/lists`: what is trusted, refused or suspicious.
//!
//! Invariant: what is put on a list becomes a digest; it is shown masked, also to who put it there.

use askama::Template;
use aval_domain::fraud::lists::List;
use aval_domain::user::Permission;
use aval_gateway::audit::By;
use aval_gateway::operations::lists;
use aval_storage::fraud::ListEntry;
use axum::response::Response;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::format;
use super::super::layout::{Layout, answer};
use super::text::Texts;
use crate::pages::see_other;

const PATH: &str = "/lists";
/// Entries on a page.
const PAGE: u32 = 100;
/// The longest thing that is put on a list, in bytes.
const LONGEST: usize = 500;

#[derive(Template)]
#[template(path = "backoffice/review/lists.html")]
struct ListsPage {
    layout: Layout,
    t: &'static Texts,
    rows: Vec<Row>,
    next: Option<String>,
    kinds: Vec<(&'static str, &'static str)>,
    lists: Vec<(&'static str, &'static str)>,
    may_change: bool,
    wrong: Option<&'static str>,
}

/// An entry.
struct Row {
    list: &'static str,
    badge: &'static str,
    kind: &'static str,
    shown: String,
    by: String,
    at: String,
    /// What names it in the form that takes it off.
    of_kind: String,
    value: String,
}

/// Shows the entries.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let toast = match context.parameter("done").as_str() {
        "added" => Some(t.entry_added),
        "removed" => Some(t.entry_removed),
        _ => None,
    };
    shown(context, toast, None).await
}

async fn shown(
    context: &Context,
    toast: Option<&'static str>,
    wrong: Option<&'static str>,
) -> Result<Response, Failure> {
    let (language, t) = (context.language, Texts::of(context.language));
    let (kind, value) = (context.parameter("kind"), context.parameter("after"));
    let storage = &context.server.app.storage;
    let limit = PAGE.saturating_add(1);
    let mut found = storage
        .fraud_entries(context.of(), (&kind, &value), limit)
        .await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let is_more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| is_more).map(|last| {
        let encoded = utf8_percent_encode(&last.value, NON_ALPHANUMERIC);
        format!("{PATH}?kind={}&after={encoded}", last.kind)
    });
    let row = |entry: ListEntry| {
        let (list, badge) = t.list(entry.list);
        Row {
            list,
            badge,
            kind: t.kind(&entry.kind),
            shown: entry.shown,
            by: entry.by,
            at: format::moment(entry.at, language),
            of_kind: entry.kind,
            value: entry.value,
        }
    };
    let page = ListsPage {
        layout: context.layout().telling(toast),
        t,
        rows: found.into_iter().map(row).collect(),
        next,
        kinds: lists::KINDS.map(|kind| (kind, t.kind(kind))).to_vec(),
        lists: List::ALL.map(|list| (list.name(), t.list(list).0)).to_vec(),
        may_change: context.may(Permission::Operate),
        wrong,
    };
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &page.layout, &page))
}

/// Puts something on a list.
pub async fn add(context: &Context) -> Result<Response, Failure> {
    let (form, t) = (&context.form, Texts::of(context.language));
    let kind = form.value("kind");
    let login = &context.user.login;
    let entry = List::parse(&form.value("list")).and_then(|list| {
        let value = form.secret("value", LONGEST);
        let sent = (list, kind.as_str(), value.as_str());
        lists::entry(&context.merchant.keys, sent, login, context.now())
    });
    let Some(entry) = entry else {
        return shown(context, None, Some(t.entry_wrong)).await;
    };
    let address = context.from();
    let by = By::user(login, &address);
    let app = &context.server.app;
    let put = lists::put(app, context.of(), std::slice::from_ref(&entry), by).await?;
    put.ok_or(Failure::NotFound)?;
    Ok(see_other(&format!("{PATH}?done=added"), Vec::new()))
}

/// Takes something off its list.
pub async fn remove(context: &Context) -> Result<Response, Failure> {
    let (kind, value) = (context.form.value("kind"), context.form.value("value"));
    let Some(entry) = find(context, &kind, &value).await? else {
        return Ok(see_other(PATH, Vec::new()));
    };
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    lists::remove(&context.server.app, context.of(), &entry, by).await?;
    Ok(see_other(&format!("{PATH}?done=removed"), Vec::new()))
}

/// An entry by its name: the one right after everything that comes before it.
async fn find(context: &Context, kind: &str, value: &str) -> Result<Option<ListEntry>, Failure> {
    let mut before = value.to_owned();
    before.pop();
    let storage = &context.server.app.storage;
    let near = storage
        .fraud_entries(context.of(), (kind, &before), PAGE)
        .await?;
    let is_it = |entry: &ListEntry| entry.kind == kind && entry.value == value;
    Ok(near.into_iter().find(is_it))
}
