//! `aval audit …`
//!
//! Invariant: reads only; a broken chain is told with the number of its first entry that does not
//! hold, and ends with exit 1.

use std::fmt::Write as _;

use aval_domain::audit::Entry;
use aval_domain::id::MerchantId;
use aval_gateway::app::App;
use aval_gateway::audit;
use serde::Serialize;

use super::store::{merchant_id, with_app};
use super::{print, print_json};
use crate::cli::{AuditCommand, Exit};
use crate::config::StoreConfig;

/// Merchants read at a time.
const PAGE: u32 = 500;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Verified {
    merchant_id: String,
    entries: u64,
    /// The number of the first entry that does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VerifiedAll {
    holds: bool,
    logs: Vec<Verified>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedEntry {
    number: u64,
    at: String,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    address: String,
    hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EntryList {
    entries: Vec<ListedEntry>,
}

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: &AuditCommand) -> Result<(), Exit> {
    match command {
        AuditCommand::Verify { merchant, json } => verify(config, merchant.as_deref(), *json),
        AuditCommand::List {
            merchant,
            limit,
            json,
        } => list(config, merchant, *limit, *json),
    }
}

fn failure(error: &dyn std::fmt::Display) -> Exit {
    Exit::failure(&error.to_string())
}

fn verify(config: &StoreConfig, merchant: Option<&str>, json: bool) -> Result<(), Exit> {
    let only = merchant.map(merchant_id).transpose()?;
    let logs = with_app(config, async |app| {
        let mut logs = Vec::new();
        for merchant in merchants(app, only).await? {
            let found = audit::verify(app, merchant).await;
            let found = found.map_err(|error| failure(&error))?;
            logs.push(Verified {
                merchant_id: merchant.to_string(),
                entries: found.entries,
                broken: found.broken,
            });
        }
        Ok(logs)
    })?;
    let broken: Vec<String> = logs
        .iter()
        .filter_map(|log| {
            let number = log.broken?;
            Some(format!("{} from entry {number}", log.merchant_id))
        })
        .collect();
    if json {
        let holds = broken.is_empty();
        print_json(&VerifiedAll { holds, logs })?;
    } else {
        let mut text = String::new();
        for log in &logs {
            let state = log
                .broken
                .map_or("holds".to_owned(), |number| format!("BROKEN from {number}"));
            let _ = writeln!(
                text,
                "{}  {:>8} entries  {state}",
                log.merchant_id, log.entries
            );
        }
        print(&text)?;
    }
    if broken.is_empty() {
        return Ok(());
    }
    let told = format!("the audit log is broken: {}", broken.join(", "));
    Err(Exit::failure(&told))
}

async fn merchants(app: &App, only: Option<MerchantId>) -> Result<Vec<MerchantId>, Exit> {
    if let Some(only) = only {
        let found = app.storage.merchant(only).await;
        let found = found.map_err(|error| failure(&error))?;
        return found
            .map(|merchant| vec![merchant.id])
            .ok_or_else(super::merchant::unknown);
    }
    let mut all: Vec<MerchantId> = Vec::new();
    loop {
        let page = app.storage.merchants(all.last().copied(), PAGE).await;
        let page = page.map_err(|error| failure(&error))?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.iter().map(|merchant| merchant.id));
    }
}

fn list(config: &StoreConfig, merchant: &str, limit: u32, json: bool) -> Result<(), Exit> {
    let id = merchant_id(merchant)?;
    let found = with_app(config, async |app| {
        let entries = app.storage.entries_before(id, u64::MAX, limit).await;
        entries.map_err(|error| failure(&error))
    })?;
    let entries: Vec<ListedEntry> = found.into_iter().map(shown).collect();
    if json {
        return print_json(&EntryList { entries });
    }
    let mut text = String::new();
    for entry in &entries {
        let ListedEntry {
            number,
            at,
            actor,
            action,
            subject,
            ..
        } = entry;
        let _ = writeln!(text, "{number:>6}  {at}  {actor:<20}{action:<24}{subject}");
    }
    print(&text)
}

fn shown(entry: Entry) -> ListedEntry {
    let hash = entry.hash.iter().map(|byte| format!("{byte:02x}"));
    ListedEntry {
        number: entry.number,
        at: entry.at.rfc3339(),
        hash: hash.collect(),
        actor: entry.act.actor,
        action: entry.act.action,
        subject: entry.act.subject,
        detail: entry.act.detail,
        address: entry.act.address,
    }
}
