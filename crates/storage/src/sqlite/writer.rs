//! The one thread that writes: it takes every change set that is waiting, writes them in one
//! transaction with one flush, and answers each.
//!
//! Invariant: of a change set, the expectations are checked before its first write, so that a
//! conflict leaves nothing to undo. A fault in one set (a constraint) undoes the transaction, and
//! its sets are written again one by one: a bad set never takes others with it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::{Checkpoints, checkpoint};
use super::orders::Keeper;
use super::statements::{self, Fault};
use crate::CommitError;
use crate::changes::Changes;
use crate::feed::{Feed, Noted};
use crate::rows::Row;
use crate::value::Value;

/// The way to the writer's thread.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

enum Job {
    Commit(Vec<Row>, oneshot::Sender<Result<(), CommitError>>),
    Execute(
        &'static str,
        Vec<Value>,
        oneshot::Sender<Result<u64, CommitError>>,
    ),
    Close(oneshot::Sender<()>),
}

/// Change sets in one transaction at the most.
const BATCH: usize = 256;

impl Writer {
    pub(super) fn start(
        path: &Path,
        connection: Connection,
        queue: usize,
        feed: Arc<Feed>,
    ) -> Result<Self, String> {
        let checkpoints = Checkpoints::start(path)?;
        let (jobs, waiting) = mpsc::channel(queue.max(1));
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                Loop {
                    connection,
                    checkpoints,
                    orders: Keeper::default(),
                    feed,
                    noted: Noted::default(),
                }
                .run(waiting)
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { jobs })
    }

    pub(super) async fn commit(&self, changes: &Changes) -> Result<(), CommitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Commit(Row::of(changes)?, answer))?;
        answered.await.map_err(|_| gone())?
    }

    /// Whether what is sent now is written: an empty set takes the same way and the same lock.
    /// Where there is no room it waits for it.
    pub(super) async fn ping(&self) -> Result<(), CommitError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.jobs.send(Job::Commit(Vec::new(), answer)).await;
        sent.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    pub(super) async fn execute(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<u64, CommitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Execute(sql, params, answer))?;
        answered.await.map_err(|_| gone())?
    }

    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    fn send(&self, job: Job) -> Result<(), CommitError> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => CommitError::Full,
            mpsc::error::TrySendError::Closed(_) => gone(),
        })
    }
}

fn gone() -> CommitError {
    CommitError::Unavailable("its writer has stopped".to_owned())
}

type Waiter = (Vec<Row>, oneshot::Sender<Result<(), CommitError>>);

struct Loop {
    connection: Connection,
    checkpoints: Checkpoints,
    orders: Keeper,
    feed: Arc<Feed>,
    noted: Noted,
}

impl Loop {
    fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut batch: Vec<Waiter> = Vec::with_capacity(BATCH);
        while let Some(job) = waiting.blocking_recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                match job {
                    Job::Commit(rows, answer) => {
                        batch.push((rows, answer));
                        if batch.len() < BATCH {
                            next = waiting.try_recv().ok();
                        }
                    }
                    other @ (Job::Execute(..) | Job::Close(_)) => {
                        self.commit(&mut batch);
                        if self.other(other) {
                            return;
                        }
                    }
                }
            }
            self.commit(&mut batch);
            self.checkpoints.restart_if_asked(&mut self.connection);
        }
    }

    /// Does what is no commit; says whether to stop.
    fn other(&mut self, job: Job) -> bool {
        match job {
            Job::Commit(rows, answer) => self.commit(&mut vec![(rows, answer)]),
            Job::Execute(sql, params, answer) => {
                let done = leave(&self.connection)
                    .and_then(|()| self.connection.prepare_cached(sql))
                    .and_then(|mut statement| {
                        statement.execute(rusqlite::params_from_iter(&params))
                    });
                let done = done.map(|count| u64::try_from(count).unwrap_or(0));
                self.checkpoints.wake(0);
                let _ = answer.send(done.map_err(|e| CommitError::Unavailable(e.to_string())));
            }
            Job::Close(done) => {
                self.checkpoints.end();
                // Beside a server that runs, its lock must not be held nor waited for.
                let moved = checkpoint(&self.connection, "PRAGMA wal_checkpoint(PASSIVE)")
                    .and_then(|_| self.connection.busy_timeout(Duration::ZERO))
                    .and_then(|()| checkpoint(&self.connection, "PRAGMA wal_checkpoint(TRUNCATE)"));
                match moved {
                    Ok(log) if log.is_held_up => {
                        tracing::debug!("another uses the write-ahead log, and will move it");
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the write-ahead log stays beside the file");
                    }
                }
                let _ = done.send(());
                return true;
            }
        }
        false
    }

    /// Writes a batch with one flush and answers each waiter.
    fn commit(&mut self, batch: &mut Vec<Waiter>) {
        if batch.is_empty() {
            return;
        }
        let sets = batch.len();
        let rows: Vec<&[Row]> = batch.iter().map(|(rows, _)| rows.as_slice()).collect();
        match self.write(&rows) {
            Ok(outcomes) => {
                for ((rows, answer), outcome) in batch.drain(..).zip(outcomes) {
                    let written = outcome.map_err(CommitError::Conflict);
                    answer_one(&mut self.noted, &rows, answer, written);
                }
            }
            // A constraint is one set's own fault; anything else would meet each of them again.
            Err(fault) if batch.len() > 1 && fault.is_constraint() => {
                for (rows, answer) in batch.drain(..) {
                    let written = self.commit_alone(&rows);
                    answer_one(&mut self.noted, &rows, answer, written);
                }
            }
            Err(fault) => {
                for (rows, answer) in batch.drain(..) {
                    answer_one(&mut self.noted, &rows, answer, Err(fault.tell()));
                }
            }
        }
        self.feed.take_over(&mut self.noted);
        self.checkpoints.wake(sets);
    }

    fn commit_alone(&mut self, rows: &[Row]) -> Result<(), CommitError> {
        match self.write(&[rows]) {
            Ok(outcomes) => outcomes.into_iter().try_for_each(|outcome| Ok(outcome?)),
            Err(fault) => Err(fault.tell()),
        }
    }

    /// Writes sets, and moves orders when enough was written. A fault of the moving is no fault of
    /// theirs.
    fn write(&mut self, sets: &[&[Row]]) -> Result<Vec<statements::Outcome>, Fault> {
        let written = transaction(&self.connection, sets, |connection| {
            self.orders.keep(connection, sets.len());
        });
        if written.is_err() && self.orders.has_failed() {
            return transaction(&self.connection, sets, |_| ());
        }
        written
    }
}

/// Answers who waits for a set, and notes what was or may have been written.
fn answer_one(
    noted: &mut Noted,
    rows: &[Row],
    answer: oneshot::Sender<Result<(), CommitError>>,
    written: Result<(), CommitError>,
) {
    let may_be_written = matches!(written, Ok(()) | Err(CommitError::Unavailable(_)));
    let _ = answer.send(written);
    if may_be_written {
        noted.note(rows);
    }
}

/// Leaves a transaction whose rollback failed, so that it does not stand in the way for ever.
fn leave(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() {
        return Ok(());
    }
    connection.execute_batch("ROLLBACK")
}

/// Writes sets in one transaction, in which something else is done in the end. Each has its
/// outcome; a fault undoes them all.
fn transaction(
    connection: &Connection,
    sets: &[&[Row]],
    then: impl FnOnce(&Connection),
) -> Result<Vec<statements::Outcome>, Fault> {
    leave(connection)?;
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let written: Result<Vec<_>, Fault> = sets
        .iter()
        .map(|rows| statements::write(connection, rows))
        .collect();
    let done = written.and_then(|outcomes| {
        then(connection);
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(outcomes)
    });
    if done.is_err() && !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    done
}
