//! `aval fraud list …`
//!
//! Invariant: what is put on a list becomes a digest here; a card is read from standard input.

use std::fmt::Write as _;
use std::io::Read as _;

use aval_domain::fraud::lists::List;
use aval_domain::id::MerchantId;
use aval_gateway::app::App;
use aval_gateway::operations::lists;
use aval_storage::fraud::ListEntry;
use serde::Serialize;

use super::super::store::{merchant_id, with_app};
use super::super::{merchant, print, print_json};
use super::{BY, failure};
use crate::cli::{Exit, ListCommand};
use crate::config::StoreConfig;

/// Entries read at a time.
const PAGE: u32 = 500;

/// An entry as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownEntry {
    list: &'static str,
    kind: String,
    shown: String,
    by: String,
    at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownEntries {
    entries: Vec<ShownEntry>,
}

pub(super) fn run(config: &StoreConfig, command: &ListCommand) -> Result<(), Exit> {
    match command {
        ListCommand::Show { id, json } => show(config, id, *json),
        ListCommand::Add {
            id,
            list,
            kind,
            value,
        } => {
            let list = List::parse(list);
            let list =
                list.ok_or_else(|| Exit::usage("a list is positive, negative or suspect"))?;
            let (id, value) = (merchant_id(id)?, thing(kind, value.as_deref())?);
            let entry = with_app(config, async |app| {
                let entry = entry(app, id, (list, kind, &value)).await?;
                let put = lists::put(app, id, std::slice::from_ref(&entry), BY).await;
                put.map_err(failure)?.ok_or_else(merchant::unknown)?;
                Ok(entry)
            })?;
            print(&format!(
                "{} {} on the {} list\n",
                kind,
                entry.shown,
                list.name()
            ))
        }
        ListCommand::Remove { id, kind, value } => {
            let (id, value) = (merchant_id(id)?, thing(kind, value.as_deref())?);
            let entry = with_app(config, async |app| {
                let entry = entry(app, id, (List::Positive, kind, &value)).await?;
                let removed = lists::remove(app, id, &entry, BY).await;
                removed.map_err(failure)?.ok_or_else(merchant::unknown)?;
                Ok(entry)
            })?;
            print(&format!("{} {} on no list\n", kind, entry.shown))
        }
    }
}

/// The thing to list, from the command line or, for a card always, from standard input.
fn thing(kind: &str, value: Option<&str>) -> Result<String, Exit> {
    match value {
        Some(_) if kind == "card" => Err(Exit::usage(
            "a card number is read from standard input, not from the command line",
        )),
        Some("-") | None => {
            let mut text = String::new();
            let read = std::io::stdin()
                .lock()
                .take(4_096)
                .read_to_string(&mut text);
            read.map_err(failure)?;
            Ok(text.trim().to_owned())
        }
        Some(value) => Ok(value.to_owned()),
    }
}

async fn entry(
    app: &App,
    id: MerchantId,
    (list, kind, value): (List, &str, &str),
) -> Result<ListEntry, Exit> {
    if !lists::KINDS.contains(&kind) {
        return Err(Exit::usage(&format!(
            "a kind is one of {}",
            lists::KINDS.join(", ")
        )));
    }
    let found = app.merchants.find(&app.storage, &app.keys, id).await;
    let found = found.map_err(failure)?.ok_or_else(merchant::unknown)?;
    let now = app.clock.now();
    let entry = lists::entry(&found.keys, (list, kind, value), BY.name, now);
    // The value is not repeated: it may be a card number.
    entry.ok_or_else(|| Exit::usage(&format!("the value is no {kind}")))
}

fn show(config: &StoreConfig, id: &str, json: bool) -> Result<(), Exit> {
    let id = merchant_id(id)?;
    let stored = with_app(config, async |app| {
        let mut all = Vec::new();
        let mut after = (String::new(), String::new());
        loop {
            let page = app
                .storage
                .fraud_entries(id, (&after.0, &after.1), PAGE)
                .await;
            let page = page.map_err(failure)?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = (last.kind.clone(), last.value.clone());
            all.extend(page);
        }
    })?;
    let entries: Vec<ShownEntry> = stored
        .into_iter()
        .map(|entry| ShownEntry {
            list: entry.list.name(),
            kind: entry.kind,
            shown: entry.shown,
            by: entry.by,
            at: entry.at.rfc3339(),
        })
        .collect();
    if json {
        return print_json(&ShownEntries { entries });
    }
    let mut text = String::new();
    for entry in &entries {
        let ShownEntry {
            list,
            kind,
            shown,
            by,
            at,
        } = entry;
        let _ = writeln!(text, "{list:<10}{kind:<10}{shown:<32}{by:<10}{at}");
    }
    print(&text)
}
