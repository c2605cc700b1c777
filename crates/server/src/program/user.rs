//! `aval user …`: for operators of the server, where nobody of a merchant can help.
//!
//! Invariant: a password is printed when it is made, this once; what was done is in the merchant's
//! audit log as done by the command line.

use std::fmt::Write as _;

use aval_domain::audit::Act;
use aval_domain::id::MerchantId;
use aval_domain::user::{self, Role, User};
use aval_gateway::access::users::{self, Refusal};
use aval_gateway::app::App;
use aval_gateway::audit::COMMAND_LINE;
use serde::Serialize;
use zeroize::Zeroizing;

use super::store::{merchant_id, with_app};
use super::{print, print_json};
use crate::cli::{Exit, UserCommand};
use crate::config::StoreConfig;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedUser {
    user: String,
    name: Option<String>,
    email: Option<String>,
    role: &'static str,
    blocked: bool,
    second_factor: bool,
    locked: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserList {
    users: Vec<ListedUser>,
}

/// Who signs in, and with what.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials<'a> {
    merchant_id: String,
    user: &'a str,
    password: &'a str,
}

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: &UserCommand) -> Result<(), Exit> {
    match command {
        UserCommand::List { merchant, json } => {
            let id = merchant_id(merchant)?;
            let found = with_app(config, async |app| list(app, id).await)?;
            if *json {
                return print_json(&UserList { users: found });
            }
            print(&table(&found))
        }
        UserCommand::Add {
            merchant,
            user,
            role,
            json,
        } => {
            let id = merchant_id(merchant)?;
            let login = login(user)?;
            let role = Role::parse(role).ok_or_else(|| {
                Exit::usage("--role takes viewer, operator, finance or administrator")
            })?;
            let made = with_app(config, async |app| {
                known(app, id).await?;
                refused(users::add(app, id, &login, role, COMMAND_LINE).await)
            })?;
            show(id, &login, &made, *json)
        }
        UserCommand::Reset {
            merchant,
            user,
            remove_second_factor,
            json,
        } => {
            let id = merchant_id(merchant)?;
            let login = login(user)?;
            let made = with_app(config, async |app| {
                let reset = users::reset(app, id, &login, COMMAND_LINE, *remove_second_factor);
                refused(reset.await)
            })?;
            show(id, &login, &made, *json)
        }
        UserCommand::Block {
            merchant,
            user,
            json,
        } => block(config, merchant, user, true, *json),
        UserCommand::Unblock {
            merchant,
            user,
            json,
        } => block(config, merchant, user, false, *json),
    }
}

fn login(text: &str) -> Result<String, Exit> {
    user::login(text)
        .ok_or_else(|| Exit::usage("a user is named by up to 64 letters, digits or . _ - @ +"))
}

fn failure(error: &dyn std::fmt::Display) -> Exit {
    Exit::failure(&error.to_string())
}

fn refused<T>(done: users::Done<T>) -> Result<T, Exit> {
    let done = done.map_err(|error| failure(&error))?;
    done.map_err(|refusal: Refusal| Exit::usage(&refusal.to_string()))
}

/// That there is such a merchant.
async fn known(app: &App, id: MerchantId) -> Result<(), Exit> {
    let found = app.storage.merchant(id).await;
    let found = found.map_err(|error| failure(&error))?;
    found.map(|_| ()).ok_or_else(super::merchant::unknown)
}

async fn list(app: &App, id: MerchantId) -> Result<Vec<ListedUser>, Exit> {
    known(app, id).await?;
    let now = app.clock.real();
    let mut listed = Vec::new();
    for user in users::all(app, id).await.map_err(|error| failure(&error))? {
        let tried = app.storage.sign_ins(id, &user.login).await;
        let tried = tried.map_err(|error| failure(&error))?;
        listed.push(shown(user, tried.is_some_and(|tried| tried.is_locked(now))));
    }
    Ok(listed)
}

fn shown(user: User, locked: bool) -> ListedUser {
    ListedUser {
        role: user.role.name(),
        blocked: user.blocked,
        second_factor: user.second_factor.is_some(),
        locked,
        user: user.login,
        name: user.name,
        email: user.email,
    }
}

fn table(users: &[ListedUser]) -> String {
    let mut text = format!(
        "{:<24}{:<15}{:<9}{:<8}{:<15}Name\n",
        "User", "Role", "Blocked", "Locked", "Second factor"
    );
    for one in users {
        let name = one.name.as_deref().unwrap_or("");
        let _ = writeln!(
            text,
            "{:<24}{:<15}{:<9}{:<8}{:<15}{name}",
            one.user, one.role, one.blocked, one.locked, one.second_factor
        );
    }
    text
}

fn show(id: MerchantId, user: &str, password: &Zeroizing<String>, json: bool) -> Result<(), Exit> {
    if json {
        return print_json(&Credentials {
            merchant_id: id.to_string(),
            user,
            password,
        });
    }
    print(&format!(
        "User:           {user}\nPassword:       {}\n",
        **password
    ))
}

fn block(
    config: &StoreConfig,
    merchant: &str,
    user: &str,
    blocked: bool,
    json: bool,
) -> Result<(), Exit> {
    let id = merchant_id(merchant)?;
    let login = login(user)?;
    let action = if blocked {
        "user.block"
    } else {
        "user.unblock"
    };
    let changed = with_app(config, async |app| {
        let act = Act::new(COMMAND_LINE, action, &login);
        let change = users::change(app, id, &login, &act, None, |user| user.blocked = blocked);
        refused(change.await)
    })?;
    if json {
        return print_json(&shown(changed, false));
    }
    print(&format!("user {login} changed\n"))
}
