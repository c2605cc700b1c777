//! The embedded engine: one file, one writer, a few readers, each a thread with a connection of its
//! own.
//!
//! Invariant: only the writer's thread writes; a change set is answered after the flush of the
//! transaction that holds it (`synchronous=FULL` on a write-ahead log).

mod checkpoint;
mod reader;
mod statements;
mod writer;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::changes::Changes;
use crate::migrations::{self, Migration};
use crate::value::{Decode, Value};
use crate::{CommitError, Limits, OpenError, ReadError};

/// The embedded engine.
pub(crate) struct Sqlite {
    writer: writer::Writer,
    readers: reader::Readers,
}

/// Memory for the writer's pages, taken as they are used: SQLite reads a negative number as KiB.
/// More does not help: while the file is below 1 GiB, SQLite walks through the whole cache at every
/// commit that balanced a tree.
const WRITER_CACHE_KIB: i64 = -8_192;
/// How long a connection waits for another process (the command line) that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Sqlite {
    pub(crate) fn open(path: &Path, limits: Limits) -> Result<Self, OpenError> {
        let fail = |error: String| OpenError {
            what: path.display().to_string(),
            why: error,
        };
        make_private(path).map_err(|error| fail(error.to_string()))?;
        let mut connection = connect(path).map_err(|error| fail(error.to_string()))?;
        let cache = connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB);
        cache.map_err(|error| fail(error.to_string()))?;
        migrate(&mut connection).map_err(fail)?;
        let readers = reader::Readers::start(path).map_err(fail)?;
        let writer = writer::Writer::start(path, connection, limits.queue).map_err(fail)?;
        Ok(Self { writer, readers })
    }

    pub(crate) async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        self.writer.commit(&changes).await
    }

    pub(crate) async fn execute(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<u64, CommitError> {
        self.writer.execute(sql, params).await
    }

    pub(crate) async fn first<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Option<T>, ReadError> {
        self.readers.first(sql, params).await
    }

    pub(crate) async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        self.readers.rows(sql, params).await
    }

    pub(crate) async fn close(&self) {
        self.writer.close().await;
    }
}

/// Makes the file, readable by its owner only; the log beside it takes over the mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind::AlreadyExists;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    // An existing file is not even opened: closing it would drop this process's locks on it.
    match options.write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == AlreadyExists => Ok(()),
        made => made.map(|_| ()),
    }
}

/// A connection with the settings that all of them share.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), String> {
    let text = |step: &Migration| step.sqlite;
    let run = |connection: &mut Connection| -> rusqlite::Result<Result<(), String>> {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction.execute_batch(migrations::MAKE_TABLE)?;
        let applied = transaction
            .prepare(migrations::APPLIED)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let pending = match migrations::pending(&applied, text) {
            Ok(pending) => pending,
            Err(why) => return Ok(Err(why)),
        };
        for (step, checksum) in pending {
            transaction.execute_batch(step.sqlite)?;
            transaction.execute(migrations::REMEMBER, (step.name, checksum))?;
        }
        transaction.commit()?;
        Ok(Ok(()))
    };
    run(connection).unwrap_or_else(|error| Err(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_can_be_prepared() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("t.db")).unwrap();
        migrate(&mut connection).unwrap();
        for sql in crate::queries::ALL {
            connection
                .prepare(sql)
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
}
