//! Moving the write-ahead log into the file, beside the writer.
//!
//! Invariant: never blocks the writer. When the log has grown too long the writer is asked to
//! restart it, right after it was moved, since under steady load it would never shrink otherwise.
//! When nothing is written any more, all of the log is moved, so that readers need not search it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::Connection;

/// Wakes the thread that moves the log, and knows whether the log is to be restarted.
pub(super) struct Checkpoints {
    wake: SyncSender<()>,
    restart: Arc<AtomicBool>,
}

/// How long commits are gathered before their pages are moved: a page that changes often is moved
/// once.
const GATHER: Duration = Duration::from_millis(500);
/// Pages in the log (64 MiB of 4 KiB pages) from which it is restarted.
const LOG_BOUND: i64 = 16_384;
/// How often what came meanwhile is moved before the log is restarted.
const LAST_PASSES: usize = 3;

impl Checkpoints {
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let connection = super::connect(path).map_err(|error| error.to_string())?;
        let (wake, woken) = sync_channel(1);
        let restart = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&restart);
        std::thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || {
                while woken.recv().is_ok() {
                    move_all(&connection, &woken, &asked);
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { wake, restart })
    }

    /// Says that something was written.
    pub(super) fn wake(&self) {
        // One that waits is enough.
        let _ = self.wake.try_send(());
    }

    /// Restarts the log on the writer's connection, when that was asked for.
    pub(super) fn restart_if_asked(&self, writer: &Connection) {
        if !self.restart.load(Ordering::Acquire) {
            return;
        }
        if let Err(error) = checkpoint(writer, "PRAGMA wal_checkpoint(RESTART)") {
            tracing::warn!(%error, "the write-ahead log could not be restarted");
        }
        self.restart.store(false, Ordering::Release);
    }
}

/// Moves the log until nothing is left of it.
fn move_all(connection: &Connection, woken: &Receiver<()>, restart: &AtomicBool) {
    loop {
        std::thread::sleep(GATHER);
        let writes_go_on = woken.try_recv().is_ok();
        if writes_go_on && restart.load(Ordering::Acquire) {
            // The writer is about to restart the log: two at once would wait for each other.
            continue;
        }
        match pass(connection, restart) {
            Ok(log) if log.pages == log.moved && !writes_go_on => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be moved");
                return;
            }
        }
    }
}

/// Moves what is in the log. When that was too much, moves what came meanwhile as well, which each
/// time is less, so that next to nothing is left when the writer restarts the log.
fn pass(connection: &Connection, restart: &AtomicBool) -> rusqlite::Result<Log> {
    const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
    let log = checkpoint(connection, PASSIVE)?;
    if log.pages > LOG_BOUND {
        for _ in 0..LAST_PASSES {
            checkpoint(connection, PASSIVE)?;
        }
        restart.store(true, Ordering::Release);
    }
    Ok(log)
}

/// Pages in the log, and how many of them are in the file.
pub(super) struct Log {
    pages: i64,
    moved: i64,
}

/// Runs a checkpoint.
pub(super) fn checkpoint(connection: &Connection, pragma: &str) -> rusqlite::Result<Log> {
    connection.query_row(pragma, [], |row| {
        Ok(Log {
            pages: row.get(1)?,
            moved: row.get(2)?,
        })
    })
}
