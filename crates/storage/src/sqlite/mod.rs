//! The embedded engine: one file, one writer, a few readers, each a thread with a connection of its
//! own.
//!
//! Invariant: only the writer's thread writes; a change set is answered after the flush of the
//! transaction that holds it (`synchronous=FULL` on a write-ahead log).

mod checkpoint;
mod copy;
pub(crate) mod orders;
mod reader;
mod statements;
#[cfg(test)]
mod upgrade_tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::OrderId;
use aval_domain::time::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::changes::Changes;
use crate::feed::Feed;
use crate::migrations;
use crate::value::{Decode, Value};
use crate::{CommitError, Limits, OpenError, ReadError};

/// The embedded engine.
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: writer::Writer,
    readers: reader::Readers,
}

/// Memory for the writer's pages, taken as they are used: SQLite reads a negative number as KiB.
/// More does not help: while the file is below 1 GiB, SQLite walks through the whole cache at every
/// commit that balanced a tree.
const WRITER_CACHE_KIB: i64 = -8_192;
/// The file of the write-ahead log keeps 256 MiB at the most when the log starts over. Load alone
/// does not make it longer, a backup of some minutes does; its gigabytes would stay.
const LOG_KEPT: &str = "PRAGMA journal_size_limit = 268435456";
/// How long a connection that waits for another process's lock sleeps before it looks again.
const LOOK_AGAIN: Duration = Duration::from_micros(100);
/// How often it looks: about five seconds long, since so short a sleep takes half as long again.
const LOOKS: i32 = 30_000;

impl Sqlite {
    /// Opens the file; gives the steps of its schema that are newer than we know.
    pub(crate) fn open(
        path: &Path,
        limits: Limits,
        feed: Arc<Feed>,
    ) -> Result<(Self, Vec<String>), OpenError> {
        let fail = |error: String| OpenError {
            what: path.display().to_string(),
            why: error,
        };
        make_private(path).map_err(|error| fail(error.to_string()))?;
        let mut connection = connect(path).map_err(fail)?;
        let cache = connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB);
        cache.map_err(|error| fail(error.to_string()))?;
        let kept = connection.query_row(LOG_KEPT, [], |_| Ok(()));
        kept.map_err(|error| fail(error.to_string()))?;
        let newer = migrate(&mut connection).map_err(fail)?;
        orders::catch_up(&mut connection);
        let readers = reader::Readers::start(path).map_err(fail)?;
        let writer = writer::Writer::start(path, connection, limits.queue, feed).map_err(fail)?;
        let path = path.to_owned();
        Ok((
            Self {
                path,
                writer,
                readers,
            },
            newer,
        ))
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

    pub(crate) async fn few<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        self.readers.few(sql, params).await
    }

    pub(crate) async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        self.readers.rows(sql, params).await
    }

    pub(crate) async fn many<T: Decode>(
        &self,
        sql: &'static str,
        keys: Vec<Vec<Value>>,
    ) -> Result<Vec<Option<T>>, ReadError> {
        self.readers.many(sql, keys).await
    }

    /// The payments of an order and when they were received, newest first, at most `limit`.
    pub(crate) async fn sales_of_order(
        &self,
        merchant: MerchantId,
        order: OrderId,
        limit: u32,
    ) -> Result<Vec<(PaymentId, Timestamp)>, ReadError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.readers.sales_of_order(merchant, order, limit).await
    }

    /// Whether the writer can write.
    pub(crate) async fn ping(&self) -> Result<(), CommitError> {
        self.writer.ping().await
    }

    /// Writes a copy of the store; gives its size in bytes.
    pub(crate) async fn back_up(&self, to: &Path) -> Result<u64, String> {
        let (from, to) = (self.path.clone(), to.to_owned());
        let (answer, answered) = tokio::sync::oneshot::channel();
        let thread = std::thread::Builder::new().name("sqlite-copy".to_owned());
        thread
            .spawn(move || {
                // Whoever asked may have gone.
                let _ = answer.send(copy::write(&from, &to));
            })
            .map_err(|error| error.to_string())?;
        answered.await.map_err(|error| error.to_string())?
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

/// Waits for a lock that another has; says whether to look again, after so many looks.
///
/// Under load a writer lets go of the lock for some microseconds between two transactions. SQLite's
/// own wait soon looks ten times a second, and misses that moment for seconds on end; looking this
/// often, one finds it within some dozens of transactions. It costs who waits a few per cent of a
/// core, and who writes nothing.
fn look_again<const MOST: i32>(looks: i32) -> bool {
    std::thread::sleep(LOOK_AGAIN);
    looks < MOST
}

/// A connection with the settings that all of them share.
fn connect(path: &Path) -> Result<Connection, String> {
    let mut connection = open_file(path).map_err(|error| error.to_string())?;
    let mode = set_up(&mut connection).map_err(|error| error.to_string())?;
    // Where it cannot have a log, SQLite stays with what it had, and calls that no error.
    if mode == "wal" {
        Ok(connection)
    } else {
        Err(format!("no write-ahead log can be had there, only {mode}"))
    }
}

fn open_file(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Sets what a connection needs; gives the mode of its journal.
fn set_up(connection: &mut Connection) -> rusqlite::Result<String> {
    connection.busy_handler(Some(look_again::<LOOKS>))?;
    connection.set_prepared_statement_cache_capacity(64);
    // A plan holds for all values: else statements on tables with partial indexes are planned again
    // whenever a value differs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |r| r.get(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(mode)
}

/// Makes and upgrades the tables; gives the steps that are newer than we know.
fn migrate(connection: &mut Connection) -> Result<Vec<String>, String> {
    let told = |error: rusqlite::Error| error.to_string();
    // Looked at first without a lock: a command beside a busy server need not wait for its turn to
    // find that there is nothing to do.
    let plan = applied(connection).map_err(told)?;
    let plan = plan.map(|applied| migrations::plan(&applied, |step| step.sqlite));
    match plan.transpose()? {
        Some(plan) if plan.pending.is_empty() => Ok(plan.unknown),
        Some(_) | None => {
            // A step may sort a large table, for which memory is no place.
            let place = connection.pragma_update(None, "temp_store", "FILE");
            place.map_err(told)?;
            let unknown = apply_pending(connection)?;
            let place = connection.pragma_update(None, "temp_store", "MEMORY");
            place.map_err(told)?;
            Ok(unknown)
        }
    }
}

/// The steps that were applied; nothing in a new file.
fn applied(connection: &Connection) -> rusqlite::Result<Option<Vec<(String, String)>>> {
    if !connection.table_exists(None, migrations::TABLE)? {
        return Ok(None);
    }
    let mut applied = connection.prepare(migrations::APPLIED)?;
    let rows = applied.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect::<rusqlite::Result<_>>().map(Some)
}

/// Applies what is pending in one transaction, so that of two that start together one does.
fn apply_pending(connection: &mut Connection) -> Result<Vec<String>, String> {
    let told = |error: rusqlite::Error| error.to_string();
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(told)?;
    transaction
        .execute_batch(migrations::MAKE_TABLE)
        .map_err(told)?;
    let applied = applied(&transaction).map_err(told)?.unwrap_or_default();
    let plan = migrations::plan(&applied, |step| step.sqlite)?;
    let is_upgrade = !applied.is_empty();
    for (step, checksum) in plan.pending {
        transaction.execute_batch(step.sqlite).map_err(told)?;
        transaction
            .execute(migrations::REMEMBER, (step.name, checksum))
            .map_err(told)?;
    }
    transaction.commit().map_err(told)?;
    if is_upgrade {
        // What copied a table has left a log as long as that.
        let moved = checkpoint::checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        moved.map_err(told)?;
    }
    Ok(plan.unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_a_write_ahead_log_is_refused() {
        let refused = connect(Path::new(":memory:")).err().unwrap();
        assert!(refused.ends_with("only memory"), "{refused}");
    }

    #[test]
    fn a_search_goes_along_an_index_and_sorts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("t.db")).unwrap();
        migrate(&mut connection).unwrap();
        for sql in crate::queries::search::ALL
            .iter()
            .chain([&crate::queries::SALE])
        {
            let mut explain = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let count = explain.parameter_count();
            let nothing = rusqlite::params_from_iter((0..count).map(|_| 1));
            let steps = explain.query_map(nothing, |row| row.get(3)).unwrap();
            let steps: Vec<String> = steps.map(Result::unwrap).collect();
            // What is chosen by a value is chosen along the index of that value.
            let is_by_value = sql.contains(" AS k)");
            let of_value = [
                "COVERING INDEX search_sales_by",
                "search_proofs USING PRIMARY KEY (merchant_id=? AND proof_of_sale=? AND",
            ];
            let by_value = steps
                .iter()
                .any(|step| of_value.iter().any(|index| step.contains(index)));
            assert_eq!(is_by_value, by_value, "{steps:?}: {sql}");
            for step in steps {
                // What was read along an index is looked through: at most so many rows.
                let is_bounded = ["SCAN looked", "SCAN s"].contains(&step.as_str());
                // Sums by combination are gathered in memory; servers are a handful.
                let is_small = step.contains("GROUP BY") || step.contains("search_servers");
                let is_walk = step.contains("SCAN") || step.contains("TEMP B-TREE");
                assert!(!is_walk || is_bounded || is_small, "{step}: {sql}");
            }
        }
    }

    #[test]
    fn who_wrote_to_a_history_is_found_by_as_many_steps_however_much_they_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("t.db")).unwrap();
        migrate(&mut connection).unwrap();
        let mut written = 0_u128;
        let mut write = |connection: &Connection, server: u8, many: u32| {
            let mut insert = connection
                .prepare(
                    "INSERT INTO fraud_events (merchant_id, day, server, payment_id, at, amount, \
                     fate, keys) VALUES (?1, 20000, ?2, ?3, 0, 1, 0, x'00')",
                )
                .unwrap();
            for _ in 0..many {
                written += 1;
                let id = written.to_be_bytes();
                insert.execute(([7_u8; 16], [server; 16], id)).unwrap();
            }
        };
        let steps = |connection: &Connection| {
            let mut looked = connection.prepare(crate::queries::FRAUD_PLACES).unwrap();
            let places = looked
                .query_map(([7_u8; 16], 19_999, 10), |row| row.get(1))
                .unwrap();
            let servers: Vec<Vec<u8>> = places.map(Result::unwrap).collect();
            assert_eq!(servers, [[1_u8; 16], [2; 16]]);
            looked.get_status(rusqlite::StatementStatus::VmStep)
        };
        write(&connection, 1, 3);
        write(&connection, 2, 3);
        let few = steps(&connection);
        write(&connection, 1, 1_000);
        write(&connection, 2, 1_000);
        assert_eq!(steps(&connection), few);
    }

    #[test]
    fn every_statement_can_be_prepared() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("t.db")).unwrap();
        migrate(&mut connection).unwrap();
        for sql in crate::queries::ALL
            .iter()
            .chain(crate::queries::search::ALL)
        {
            connection
                .prepare(sql)
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
}
