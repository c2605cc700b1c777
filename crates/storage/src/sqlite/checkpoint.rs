//! Moving the write-ahead log into the file, beside the writer.
//!
//! Invariant: never blocks the writer. The log's length is told to the writer, which restarts the
//! log when it has grown too long, since under steady load it would never shrink otherwise.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::Connection;

/// Wakes the thread that moves the log, and knows how long the log is.
pub(super) struct Checkpoints {
    wake: SyncSender<()>,
    frames: Arc<AtomicU64>,
}

impl Checkpoints {
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let connection = super::connect(path).map_err(|error| error.to_string())?;
        let (wake, woken) = sync_channel(1);
        let frames = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&frames);
        std::thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || run(&connection, &woken, &told))
            .map_err(|error| error.to_string())?;
        Ok(Self { wake, frames })
    }

    /// Asks for a checkpoint; does nothing while one is waiting.
    pub(super) fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    /// Pages in the log when it was last looked at.
    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Says that the log begins anew.
    pub(super) fn restarted(&self) {
        self.frames.store(0, Ordering::Relaxed);
    }
}

fn run(connection: &Connection, woken: &Receiver<()>, frames: &AtomicU64) {
    while woken.recv().is_ok() {
        match checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(length) => frames.store(length, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be moved"),
        }
    }
}

/// Runs a checkpoint; answers the pages in the log.
pub(super) fn checkpoint(connection: &Connection, pragma: &str) -> rusqlite::Result<u64> {
    let pages: i64 = connection.query_row(pragma, [], |row| row.get(1))?;
    Ok(u64::try_from(pages).unwrap_or(0))
}
