//! `aval backup`: a copy of the store, while servers run.
//!
//! Invariant: only its owner can read the copy, and it is whole or not there. The vault's key is
//! not in it: it is kept in another place.

use serde::Serialize;

use super::store::with_app;
use super::{print, print_json};
use crate::cli::{BackupArgs, Exit};
use crate::config::{Database, StoreConfig};

/// What was written.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    file: String,
    bytes: u64,
}

/// Runs the command.
pub(super) fn run(config: &StoreConfig, args: &BackupArgs) -> Result<(), Exit> {
    if let Database::Postgres(_) = config.database {
        return Err(Exit::usage(
            "the store is in PostgreSQL, whose own tool makes its backups: pg_dump",
        ));
    }
    let file = args.file.display().to_string();
    let bytes = with_app(config, async |app| {
        let written = app.storage.back_up(&args.file).await;
        written.map_err(|why| Exit::usage(&format!("{file}: {why}")))
    })?;
    if args.json {
        return print_json(&Written { file, bytes });
    }
    print(&format!("{bytes} bytes in {file}\n"))
}
