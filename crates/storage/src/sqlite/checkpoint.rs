//! Moving the write-ahead log into the file, beside the writer.
//!
//! Invariant: never blocks the writer. When the log has grown too long the writer is asked to
//! restart it, right after it was moved and flushed, since under steady load it would never shrink
//! otherwise. When nothing is written any more, all of the log is moved, so that readers need not
//! search it. While somebody reads an old state (a backup), the log grows; nobody waits for him.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

/// Wakes the thread that moves the log, and knows whether the log is to be restarted.
pub(super) struct Checkpoints {
    thread: Option<JoinHandle<()>>,
    ended: Arc<AtomicBool>,
    wake: SyncSender<()>,
    restart: Arc<AtomicBool>,
    written: Arc<Written>,
}

/// What was committed since somebody looked.
#[derive(Default)]
struct Written {
    commits: AtomicU64,
    sets: AtomicU64,
}

/// How often is looked whether enough was written to move it.
const STEP: Duration = Duration::from_millis(20);
/// Steps after which what was written is moved, be it little or the writer at its limit.
const MOST_STEPS: u32 = 25;
/// Change sets that are enough to move, some three megabytes: while what was moved is flushed, each
/// commit waits for the disk with it. With half a second of 9,000 sales/s (50 MB) that was 30 ms,
/// and the 99th percentile of their answers 25 ms instead of 8.
const ENOUGH: u64 = 150;
/// Change sets in a commit, on average, from which on the writer is at its limit: then throughput
/// counts, and the longer is gathered the fewer pages are moved twice (moving every 20 ms took 15 %
/// of the sales and 20 % of the captures).
const CROWDED: u64 = 16;
/// Pages in the log (64 MiB of 4 KiB pages) from which it is restarted.
const LOG_BOUND: i64 = 16_384;
/// How often what came meanwhile is moved before the log is restarted.
const LAST_PASSES: usize = 3;
/// How often the writer looks whether those who read from the log have left it, before it restarts
/// it: some thirty milliseconds long. A row by its key is read in microseconds; whoever reads
/// longer makes it leave that for the next time.
const READERS_LEAVE: i32 = 200;

impl Checkpoints {
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let (wake, woken) = sync_channel(1);
        let restart = Arc::new(AtomicBool::new(false));
        let ended = Arc::new(AtomicBool::new(false));
        let written = Arc::new(Written::default());
        let mover = Mover {
            into: Destination::open(path)?,
            woken,
            ended: Arc::clone(&ended),
            restart: Arc::clone(&restart),
            written: Arc::clone(&written),
            is_held_up: false,
        };
        let thread = std::thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || mover.run())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            thread: Some(thread),
            ended,
            wake,
            restart,
            written,
        })
    }

    /// Says that so many change sets were written in one commit.
    pub(super) fn wake(&self, sets: usize) {
        self.written.commits.fetch_add(1, Ordering::Relaxed);
        let sets = u64::try_from(sets).unwrap_or(u64::MAX);
        self.written.sets.fetch_add(sets, Ordering::Relaxed);
        // One that waits is enough.
        let _ = self.wake.try_send(());
    }

    /// Lets the thread end what it does, and waits for it: who moves the log last must not find it
    /// at work.
    pub(super) fn end(&mut self) {
        self.ended.store(true, Ordering::Release);
        let _ = self.wake.try_send(());
        if let Some(thread) = self.thread.take() {
            // If it panicked, that was told.
            let _ = thread.join();
        }
    }

    /// Restarts the log on the writer's connection, when that was asked for. If somebody reads from
    /// it just then, it is asked for again after the next pass.
    pub(super) fn restart_if_asked(&self, writer: &mut Connection) {
        if !self.restart.load(Ordering::Acquire) {
            return;
        }
        match restart(writer) {
            Ok(log) if log.is_held_up => tracing::debug!("the write-ahead log is being read"),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be restarted"),
        }
        self.restart.store(false, Ordering::Release);
    }
}

/// The thread that moves the log.
struct Mover {
    into: Destination,
    woken: Receiver<()>,
    ended: Arc<AtomicBool>,
    restart: Arc<AtomicBool>,
    written: Arc<Written>,
    is_held_up: bool,
}

impl Mover {
    fn run(mut self) {
        give_way();
        // Asked first: what woke it for its end may be taken already.
        while !self.is_ended() && self.woken.recv().is_ok() {
            self.move_all();
        }
    }

    fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Moves the log until nothing is left of it, or somebody else is to do that.
    fn move_all(&mut self) {
        while !self.is_ended() {
            self.gather();
            let writes_go_on = self.woken.try_recv().is_ok();
            if writes_go_on && self.restart.load(Ordering::Acquire) {
                // The writer is about to restart the log: of two at once one would do nothing.
                continue;
            }
            match pass(&mut self.into, LOG_BOUND) {
                Ok(pass) => {
                    self.tell(pass.next);
                    if pass.next == Next::Restart {
                        self.restart.store(true, Ordering::Release);
                    }
                    if pass.log.is_all_moved() && !writes_go_on {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the write-ahead log could not be moved");
                    return;
                }
            }
        }
    }

    /// Waits until enough was written, or for long; while the log cannot be moved, for long.
    fn gather(&self) {
        let mut gathered = 0_u64;
        for _ in 0..MOST_STEPS {
            if self.is_ended() {
                return;
            }
            std::thread::sleep(STEP);
            let commits = self.written.commits.swap(0, Ordering::Relaxed);
            let sets = self.written.sets.swap(0, Ordering::Relaxed);
            gathered = gathered.saturating_add(sets);
            if is_enough(gathered, commits, sets) && !self.is_held_up {
                return;
            }
        }
    }

    /// Tells once that the log cannot shrink, and when it can again.
    fn tell(&mut self, next: Next) {
        let is_held_up = next == Next::HeldUp;
        if is_held_up && !self.is_held_up {
            tracing::warn!("the write-ahead log grows: somebody reads an old state for long");
        }
        self.is_held_up = is_held_up;
    }
}

/// What a pass over the log found.
struct Pass {
    log: Log,
    next: Next,
}

/// What is to be done with the log after a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Nothing: it is short.
    GoOn,
    /// It is long, and moved: the writer can restart it.
    Restart,
    /// It is long, and somebody reads an old state: a restart would wait in vain.
    HeldUp,
}

/// Whether so many gathered sets are to be moved after a step of so many commits and sets.
const fn is_enough(gathered: u64, commits: u64, sets: u64) -> bool {
    let is_crowded = commits > 0 && sets >= commits.saturating_mul(CROWDED);
    gathered >= ENOUGH && !is_crowded
}

/// Lets whoever answers requests run first. Moving is work for a core: while it went before the
/// writer, sales waited for it.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        /// Not the least: on a busy machine the log would grow for ever.
        const NICE: i32 = 5;
        let thread = rustix::thread::gettid();
        if let Err(error) = rustix::process::setpriority_process(Some(thread), NICE) {
            tracing::debug!(%error, "the write-ahead log is moved at the usual priority");
        }
    }
}

/// The file that the log is moved into.
struct Destination {
    connection: Connection,
    /// Never closed: that would give up this process's locks on the file. So each store that was
    /// opened costs a descriptor until the process ends.
    file: ManuallyDrop<File>,
    /// Pages of the log that were moved when it was last looked.
    moved: i64,
}

impl Destination {
    fn open(path: &Path) -> Result<Self, String> {
        let connection = super::connect(path)?;
        let file = File::open(path).map_err(|error| error.to_string())?;
        Ok(Self {
            connection,
            file: ManuallyDrop::new(file),
            moved: 0,
        })
    }

    /// Moves what is in the log, and flushes it: SQLite itself flushes only when nothing was
    /// written meanwhile. Under load that is never, and a restart of the log then made the writer
    /// flush all that was moved since the last one, for 30 to 100 ms.
    fn move_log(&mut self) -> rusqlite::Result<Log> {
        let log = checkpoint(&self.connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
        if log.moved != self.moved {
            if let Err(error) = self.file.sync_data() {
                end_unflushed(&error);
            }
            self.moved = log.moved;
        }
        Ok(log)
    }
}

/// Moves what is in the log. When that was too much, moves what came meanwhile as well, which each
/// time is less, so that next to nothing is left when the writer restarts the log.
fn pass(into: &mut Destination, bound: i64) -> rusqlite::Result<Pass> {
    let log = into.move_log()?;
    if log.pages <= bound {
        let next = Next::GoOn;
        return Ok(Pass { log, next });
    }
    let mut last = log;
    for _ in 0..LAST_PASSES {
        last = into.move_log()?;
    }
    // What the log held at first can be moved by now, unless somebody still reads what was before.
    let next = if last.moved >= log.pages {
        Next::Restart
    } else {
        Next::HeldUp
    };
    Ok(Pass { log, next })
}

/// Restarts the log: the next transaction is written at its beginning.
fn restart(writer: &mut Connection) -> rusqlite::Result<Log> {
    writer.busy_handler(Some(super::look_again::<READERS_LEAVE>))?;
    let log = checkpoint(writer, "PRAGMA wal_checkpoint(RESTART)");
    writer.busy_handler(Some(super::look_again::<{ super::LOOKS }>))?;
    log
}

/// What a checkpoint left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log {
    /// Whether another connection kept it from doing what was asked: one that reads, or one that
    /// runs a checkpoint itself, when pages are not counted.
    pub(super) is_held_up: bool,
    pages: i64,
    moved: i64,
}

impl Log {
    fn is_all_moved(&self) -> bool {
        !self.is_held_up && self.pages == self.moved
    }
}

/// Runs a checkpoint.
pub(super) fn checkpoint(connection: &Connection, pragma: &str) -> rusqlite::Result<Log> {
    let log = connection.query_row(pragma, [], |row| {
        Ok(Log {
            is_held_up: row.get::<_, i64>(0)? != 0,
            pages: row.get(1)?,
            moved: row.get(2)?,
        })
    });
    log.inspect_err(|error| {
        if is_failed_flush(error) {
            end_unflushed(error);
        }
    })
}

fn is_failed_flush(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_IOERR_FSYNC)
}

/// Ends the process. The system tells of pages that it could not write once, and holds them for
/// written from then on: a later flush succeeds without them, and with the log, which still has
/// them, sales would be gone. The next start moves the whole log again.
fn end_unflushed(error: &dyn std::fmt::Display) -> ! {
    tracing::error!(%error, "what was moved out of the write-ahead log could not be flushed");
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITE: &str = "INSERT INTO t VALUES (1)";
    const READ: &str = "BEGIN; SELECT count(*) FROM t";

    /// A store with a log, whoever moves it, and a second connection.
    fn two_connections() -> (tempfile::TempDir, Destination, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let first = Destination::open(&path).unwrap();
        let made = first.connection.execute_batch("CREATE TABLE t (x)");
        made.unwrap();
        let second = super::super::connect(&path).unwrap();
        (folder, first, second)
    }

    #[test]
    fn much_is_moved_at_once_unless_the_writer_is_at_its_limit() {
        assert!(is_enough(ENOUGH, 40, ENOUGH));
        assert!(!is_enough(ENOUGH - 1, 40, ENOUGH - 1));
        assert!(!is_enough(ENOUGH, 5, ENOUGH));
        // Nobody writes any more.
        assert!(is_enough(ENOUGH, 0, 0));
    }

    #[test]
    fn a_failed_flush_is_told_from_other_errors() {
        let error = |code| {
            let error = rusqlite::ffi::Error::new(code);
            is_failed_flush(&rusqlite::Error::SqliteFailure(error, None))
        };
        assert!(error(rusqlite::ffi::SQLITE_IOERR_FSYNC));
        assert!(!error(rusqlite::ffi::SQLITE_IOERR_WRITE));
        assert!(!error(rusqlite::ffi::SQLITE_BUSY));
    }

    #[test]
    fn what_is_moved_is_flushed_once() {
        let (_folder, mut writer, reader) = two_connections();
        reader.execute_batch(WRITE).unwrap();
        pass(&mut writer, 100).unwrap();
        let moved = writer.moved;
        assert!(moved > 0);
        reader.execute_batch(READ).unwrap();
        pass(&mut writer, 0).unwrap();
        assert_eq!(writer.moved, moved);
    }

    #[test]
    fn a_log_is_not_moved_while_another_checkpoint_runs() {
        static RUNS: AtomicBool = AtomicBool::new(false);
        static END: AtomicBool = AtomicBool::new(false);
        let (folder, mut writer, reader) = two_connections();
        reader.execute_batch(READ).unwrap();
        writer.connection.execute_batch(WRITE).unwrap();
        let mut another = super::super::connect(&folder.path().join("t.db")).unwrap();
        another
            .busy_handler(Some(|_| {
                RUNS.store(true, Ordering::Release);
                std::thread::yield_now();
                !END.load(Ordering::Acquire)
            }))
            .unwrap();
        // Waits for the reader, and lets nobody else move the log meanwhile.
        let another = std::thread::spawn(move || {
            checkpoint(&another, "PRAGMA wal_checkpoint(FULL)").unwrap()
        });
        while !RUNS.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        let found = pass(&mut writer, 0).unwrap();
        assert!(!found.log.is_all_moved(), "{:?}", found.log);
        END.store(true, Ordering::Release);
        another.join().unwrap();
        reader.execute_batch("COMMIT").unwrap();
        assert!(pass(&mut writer, 0).unwrap().log.is_all_moved());
    }

    #[test]
    fn a_restart_is_not_asked_for_while_somebody_reads_an_old_state() {
        let (_folder, mut writer, reader) = two_connections();
        reader.execute_batch(READ).unwrap();
        writer.connection.execute_batch(WRITE).unwrap();
        assert_eq!(pass(&mut writer, 0).unwrap().next, Next::HeldUp);
        assert_eq!(pass(&mut writer, 100).unwrap().next, Next::GoOn);
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(pass(&mut writer, 0).unwrap().next, Next::Restart);
    }

    #[test]
    fn a_restart_beside_a_reader_is_told_and_made_up_for_and_holds_nobody_up() {
        let (_folder, mut writer, reader) = two_connections();
        reader.execute_batch(READ).unwrap();
        writer.connection.execute_batch(WRITE).unwrap();
        let (done, told) = sync_channel(1);
        let restarting = std::thread::spawn(move || {
            done.send(restart(&mut writer.connection).unwrap()).unwrap();
            writer
        });
        let log = told.recv_timeout(Duration::from_secs(2)).unwrap();
        assert!(log.is_held_up, "{log:?}");
        let mut writer = restarting.join().unwrap();
        reader.execute_batch("COMMIT").unwrap();
        assert!(restart(&mut writer.connection).unwrap().is_all_moved());
    }
}
