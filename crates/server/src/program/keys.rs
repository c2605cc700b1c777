//! `aval keys …`
//!
//! Invariant: works beside running servers; prints versions and counts, never a key.

use std::fmt::Write as _;

use aval_gateway::keys::KeyError;
use aval_gateway::operations::rotate_keys::{self, RotateError};

use super::print;
use super::store::with_app;
use crate::cli::{Exit, KeysCommand};
use crate::config::StoreConfig;

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: KeysCommand) -> Result<(), Exit> {
    match command {
        KeysCommand::Rotate => {
            let done = with_app(config, async |app| {
                rotate_keys::rotate(app).await.map_err(|error| match error {
                    RotateError::Key(KeyError::Busy) => Exit::failure(&error.to_string()),
                    RotateError::Key(error) => Exit::usage(&error.to_string()),
                    RotateError::App(error) => Exit::failure(&format!(
                        "{error}; the rotation is not finished: run 'aval keys rotate' again"
                    )),
                })
            })?;
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
        KeysCommand::Status => {
            let (newest, versions, used) = with_app(config, async |app| {
                let used = rotate_keys::status(app).await;
                let used = used.map_err(|error| Exit::failure(&error.to_string()))?;
                let ring = app.keys.ring();
                Ok((ring.newest(), ring.versions(), used))
            })?;
            let mut text = String::from("version  data keys\n");
            for version in versions {
                let count = used.get(&version).copied().unwrap_or(0);
                let mark = if version == newest { "  newest" } else { "" };
                let _ = writeln!(text, "{version:<9}{count}{mark}");
            }
            print(&text)
        }
    }
}
