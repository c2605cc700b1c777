//! `aval merchant …`
//!
//! Invariant: a key is printed when it is made, this once, and never again.

use std::fmt::Write as _;

use aval_domain::merchant::{Dialect, Merchant};
use aval_domain::settings::SettingError;
use aval_gateway::app::App;
use aval_gateway::audit::By;
use aval_gateway::operations::merchant::{self, Credentials};
use serde::Serialize;
use serde_json::{Map, Value};

use super::store::{dialect, merchant_id, with_app, with_new_app};
use super::{print, print_json};
use crate::cli::{Assignment, Exit, MerchantCommand};
use crate::config::StoreConfig;
use crate::sandbox::merchants::NewMerchant;

/// A merchant in a list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedMerchant {
    merchant_id: String,
    name: String,
    establishment_code: String,
    dialect: &'static str,
    blocked: bool,
}

/// All merchants: what programs read is one object, which may gain members.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MerchantList {
    merchants: Vec<ListedMerchant>,
}

/// A merchant with its settings.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownMerchant {
    #[serde(flatten)]
    merchant: ListedMerchant,
    created: String,
    settings: Map<String, Value>,
}

/// Merchants read at a time.
const PAGE: u32 = 500;

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: &MerchantCommand) -> Result<(), Exit> {
    match command {
        MerchantCommand::Create { name, json, .. } => {
            let speaks = dialect(config.dialect);
            let made = with_new_app(config, async |app| create(app, name, speaks).await)?;
            show_credentials(&made, *json)
        }
        MerchantCommand::List { json } => {
            let found = with_app(config, async |app| list(app).await)?;
            if *json {
                print_json(&MerchantList { merchants: found })
            } else {
                print(&table(&found))
            }
        }
        MerchantCommand::Show { id, json } => {
            let id = merchant_id(id)?;
            let found = with_app(config, async |app| {
                app.storage
                    .merchant(id)
                    .await
                    .map_err(|error| Exit::failure(&error.to_string()))
            })?;
            show(&found.ok_or_else(unknown)?, *json)
        }
        MerchantCommand::History { id, json } => super::history::run(config, id, *json),
        MerchantCommand::Set { id, settings, json } => {
            change(config, id, *json, |merchant| set_all(merchant, settings))
        }
        MerchantCommand::Block { id, json } => change(config, id, *json, |merchant| {
            merchant.blocked = true;
            Ok(())
        }),
        MerchantCommand::Unblock { id, json } => change(config, id, *json, |merchant| {
            merchant.blocked = false;
            Ok(())
        }),
        MerchantCommand::RollKey { id, json } => {
            let id = merchant_id(id)?;
            let rolled = with_app(config, async |app| {
                let rolled = merchant::roll_key(app, id, By::COMMAND_LINE).await;
                rolled.map_err(|error| Exit::failure(&error.to_string()))
            })?;
            show_credentials(&rolled.ok_or_else(unknown)?, *json)
        }
    }
}

async fn create(app: &App, name: &str, speaks: Dialect) -> Result<Credentials, Exit> {
    let name = merchant::name(name)
        .ok_or_else(|| Exit::usage("--name takes a text of 1 to 255 characters"))?;
    let made = merchant::create(app, name, speaks).await;
    made.map_err(|error| Exit::failure(&error.to_string()))
}

async fn list(app: &App) -> Result<Vec<ListedMerchant>, Exit> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = app.storage.merchants(after, PAGE).await;
        let page = page.map_err(|error| Exit::failure(&error.to_string()))?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some(last.id);
        found.extend(page.iter().map(listed));
    }
}

/// Sets one setting after the other on a copy: either all are set or none.
fn set_all(merchant: &mut Merchant, settings: &[Assignment]) -> Result<(), SettingError> {
    settings
        .iter()
        .try_for_each(|one| merchant.settings.set(&one.key, &one.value))
}

fn change(
    config: &StoreConfig,
    id: &str,
    json: bool,
    change: impl Fn(&mut Merchant) -> Result<(), SettingError>,
) -> Result<(), Exit> {
    let id = merchant_id(id)?;
    let changed = with_app(config, async |app| {
        let changed = merchant::change(app, id, By::COMMAND_LINE, change).await;
        changed.map_err(|error| Exit::failure(&error.to_string()))
    })?;
    match changed {
        None => Err(unknown()),
        Some(Err(error)) => Err(Exit::usage(&error.to_string())),
        Some(Ok(merchant)) if json => show(&merchant, true),
        Some(Ok(_)) => print(&format!("merchant {id} changed\n")),
    }
}

pub(super) fn unknown() -> Exit {
    Exit::usage("there is no such merchant; 'aval merchant list' shows all")
}

fn show_credentials(made: &Credentials, json: bool) -> Result<(), Exit> {
    let told = NewMerchant::of(made);
    if json {
        return print_json(&told);
    }
    let mut text = format!(
        "MerchantId:     {}\nMerchantKey:    {}\nEstablishment:  {}\n",
        told.merchant_id, told.merchant_key, told.establishment_code
    );
    if let (Some(user), Some(password)) = (told.user, told.password) {
        let _ = write!(text, "User:           {user}\nPassword:       {password}\n");
    }
    print(&text)
}

fn show(merchant: &Merchant, json: bool) -> Result<(), Exit> {
    let settings = typed(merchant)?;
    let shown = ShownMerchant {
        merchant: listed(merchant),
        created: merchant.created_at.rfc3339(),
        settings,
    };
    if json {
        return print_json(&shown);
    }
    let ListedMerchant {
        merchant_id,
        name,
        establishment_code,
        blocked,
        ..
    } = &shown.merchant;
    let mut text = format!(
        "MerchantId     {merchant_id}\nName           {name}\n\
         Establishment  {establishment_code}\nBlocked        {blocked}\nCreated        {}\n\n",
        shown.created
    );
    for (key, value) in merchant.settings.list() {
        let _ = writeln!(text, "{key:<34}{value}");
    }
    print(&text)
}

/// The settings as they are shown: switches and numbers as such, anything else as its text, which
/// hides what is secret.
fn typed(merchant: &Merchant) -> Result<Map<String, Value>, Exit> {
    let kept = serde_json::to_value(&merchant.settings);
    let kept = kept.map_err(|error| Exit::failure(&error.to_string()))?;
    let shown = |(key, text): (&str, String)| {
        let value = kept
            .get(key)
            .filter(|value| value.is_boolean() || value.is_number());
        let value = value.cloned().unwrap_or(Value::String(text));
        (key.to_owned(), value)
    };
    Ok(merchant.settings.list().into_iter().map(shown).collect())
}

fn listed(merchant: &Merchant) -> ListedMerchant {
    ListedMerchant {
        merchant_id: merchant.id.to_string(),
        name: merchant.name.clone(),
        establishment_code: merchant.establishment.clone(),
        dialect: merchant.settings.dialect.name(),
        blocked: merchant.blocked,
    }
}

fn table(merchants: &[ListedMerchant]) -> String {
    let mut text = format!(
        "{:<38}{:<13}{:<8}{:<9}Name\n",
        "MerchantId", "EC", "Dialect", "Blocked"
    );
    for m in merchants {
        let (id, ec, blocked) = (&m.merchant_id, &m.establishment_code, m.blocked);
        let _ = writeln!(
            text,
            "{id:<38}{ec:<13}{:<8}{blocked:<9}{}",
            m.dialect, m.name
        );
    }
    text
}
