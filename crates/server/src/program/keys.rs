//! `aval keys …`
//!
//! Invariant: works beside running servers; prints versions and counts, never a key.

use std::fmt::Write as _;

use aval_gateway::keys::KeyError;
use aval_gateway::operations::rotate_keys::{self, RotateError};

use serde::Serialize;

use super::store::with_app;
use super::{print, print_json};
use crate::cli::{Exit, KeysCommand};
use crate::config::StoreConfig;

/// What a rotation did.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rotation {
    /// The newest key.
    version: u32,
    /// Data keys that it wraps since.
    rewrapped: u64,
    /// Whether an interrupted rotation was finished instead of beginning one.
    resumed: bool,
}

/// The keys in use.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownKeys {
    keys: Vec<ShownKey>,
}

/// A key, by its version.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownKey {
    version: u32,
    data_keys: u64,
    newest: bool,
}

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: KeysCommand) -> Result<(), Exit> {
    match command {
        KeysCommand::Rotate { json } => {
            let done = with_app(config, async |app| {
                rotate_keys::rotate(app).await.map_err(|error| match error {
                    RotateError::Key(KeyError::Busy) => Exit::failure(&error.to_string()),
                    RotateError::Key(error) => Exit::usage(&error.to_string()),
                    RotateError::App(error) => Exit::failure(&format!(
                        "{error}; the rotation is not finished: run 'aval keys rotate' again"
                    )),
                })
            })?;
            if json {
                return print_json(&Rotation {
                    version: done.version,
                    rewrapped: done.rewrapped,
                    resumed: done.resumed,
                });
            }
            let how = if done.resumed {
                "finished an interrupted rotation"
            } else {
                "new key"
            };
            let (version, count) = (done.version, done.rewrapped);
            print(&format!(
                "{how}: version {version} now wraps {count} more data keys\n"
            ))
        }
        KeysCommand::Status { json } => {
            let (newest, versions, used) = with_app(config, async |app| {
                let used = rotate_keys::status(app).await;
                let used = used.map_err(|error| Exit::failure(&error.to_string()))?;
                let ring = app.keys.ring();
                Ok((ring.newest(), ring.versions(), used))
            })?;
            let keys = versions.into_iter().map(|version| ShownKey {
                version,
                data_keys: used.get(&version).copied().unwrap_or(0),
                newest: version == newest,
            });
            let keys: Vec<ShownKey> = keys.collect();
            if json {
                return print_json(&ShownKeys { keys });
            }
            let mut text = String::from("version  data keys\n");
            for ShownKey {
                version,
                data_keys: count,
                newest,
            } in keys
            {
                let mark = if newest { "  newest" } else { "" };
                let _ = writeln!(text, "{version:<9}{count}{mark}");
            }
            print(&text)
        }
    }
}
