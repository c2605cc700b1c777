//! `aval merchant history`
//!
//! Invariant: shows what the commits of the changes recorded; secrets were masked then.

use std::fmt::Write as _;

use aval_domain::id::MerchantId;
use aval_gateway::app::App;
use aval_storage::SettingChange;
use serde::Serialize;

use super::store::{merchant_id, with_app};
use super::{print, print_json};
use crate::cli::Exit;
use crate::config::StoreConfig;

/// One value that was changed.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownChange {
    at: String,
    by: String,
    key: String,
    from: String,
    to: String,
}

/// What was changed, oldest first.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct History {
    merchant_id: String,
    changes: Vec<ShownChange>,
}

/// Changes read at a time.
const PAGE: u32 = 500;

/// Runs the command.
pub(super) fn run(config: &StoreConfig, id: &str, json: bool) -> Result<(), Exit> {
    let id = merchant_id(id)?;
    let changes = with_app(config, async |app| read(app, id).await)?;
    if json {
        return print_json(&History {
            merchant_id: id.to_string(),
            changes,
        });
    }
    let mut text = format!("{:<27}{:<13}{:<34}From -> To\n", "At", "By", "Setting");
    for change in changes {
        let ShownChange {
            at,
            by,
            key,
            from,
            to,
        } = change;
        let _ = writeln!(text, "{at:<27}{by:<13}{key:<34}{from:?} -> {to:?}");
    }
    print(&text)
}

async fn read(app: &App, id: MerchantId) -> Result<Vec<ShownChange>, Exit> {
    let failure = |error: aval_storage::ReadError| Exit::failure(&error.to_string());
    let known = app.storage.merchant(id).await.map_err(failure)?;
    known.ok_or_else(super::merchant::unknown)?;
    let mut found = Vec::new();
    let mut after = (0, String::new());
    loop {
        let place = (after.0, after.1.as_str());
        let page = app.storage.setting_changes(id, place, PAGE).await;
        let page = page.map_err(failure)?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = (last.version, last.key.clone());
        found.extend(page.into_iter().map(shown));
    }
}

fn shown(change: SettingChange) -> ShownChange {
    ShownChange {
        at: change.at.rfc3339(),
        by: change.by,
        key: change.key,
        from: change.from,
        to: change.to,
    }
}
