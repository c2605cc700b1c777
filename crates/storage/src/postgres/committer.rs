//! A task that writes: it takes every change set that is waiting, writes them in one transaction,
//! and answers each.
//!
//! Invariant: a set that the database refuses never takes others with it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::batch::{self, Fault};
use super::link::{Source, explain};
use super::queue::{Job, Next, Queue};
use super::session::Session;
use crate::CommitError;
use crate::rows::Row;

/// Writes on one connection.
pub(super) struct Committer {
    source: Source,
    queue: Arc<Queue>,
    number: usize,
    session: Option<Session>,
}

/// Times a set is tried again after a deadlock.
const TRIES: usize = 2;
/// How long the transaction begun by the last commit waits for the next batch.
const LINGER: Duration = Duration::from_millis(20);

impl Committer {
    pub(super) const fn new(source: Source, queue: Arc<Queue>, number: usize) -> Self {
        Self {
            source,
            queue,
            number,
            session: None,
        }
    }

    /// Runs until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        loop {
            match self.queue.take(self.number) {
                Next::Write(jobs) => {
                    let touched: Vec<_> = jobs
                        .iter()
                        .flat_map(|job| job.touches.iter().copied())
                        .collect();
                    self.write(jobs).await;
                    self.queue.release(&touched);
                }
                Next::Wait => self.wait().await,
                Next::End => return,
            }
        }
    }

    async fn wait(&mut self) {
        if self.session.as_ref().is_some_and(Session::is_inside) {
            if timeout(LINGER, self.queue.arrival(self.number))
                .await
                .is_ok()
            {
                return;
            }
            self.leave().await;
        }
        self.queue.arrival(self.number).await;
    }

    /// Leaves the transaction that the last commit began.
    async fn leave(&mut self) {
        if let Some(session) = &mut self.session
            && let Err(error) = session.roll_back().await
        {
            tracing::warn!(error = explain(&error), "a transaction stays open");
            self.session = None;
        }
    }

    async fn write(&mut self, mut jobs: Vec<Job>) {
        while !jobs.is_empty() {
            let sets: Vec<&[Row]> = jobs.iter().map(|job| job.rows.as_slice()).collect();
            match self.try_write(&sets).await {
                Ok(outcomes) => {
                    for (job, outcome) in jobs.drain(..).zip(outcomes) {
                        let _ = job.answer.send(outcome.map_err(CommitError::Conflict));
                    }
                }
                Err(Fault::Lost(outcomes)) => jobs = answer_lost(jobs, outcomes),
                Err(Fault::Broken(why)) => {
                    self.session = None;
                    for job in jobs.drain(..) {
                        let _ = job.answer.send(Err(CommitError::Unavailable(why.clone())));
                    }
                }
                Err(Fault::Refused { .. } | Fault::Contested) => {
                    for job in jobs.drain(..) {
                        let written = self.write_alone(&job.rows).await;
                        let _ = job.answer.send(written);
                    }
                }
            }
        }
    }

    async fn write_alone(&mut self, rows: &[Row]) -> Result<(), CommitError> {
        let mut tries = 0_usize;
        loop {
            tries = tries.saturating_add(1);
            match self.try_write(&[rows]).await {
                Ok(outcomes) | Err(Fault::Lost(outcomes)) => {
                    return outcomes.into_iter().try_for_each(|outcome| Ok(outcome?));
                }
                Err(Fault::Refused { again: true, .. }) if tries < TRIES => {}
                // Nobody refused it: another held its rows too long.
                Err(Fault::Refused { why, again: true }) => {
                    return Err(CommitError::Unavailable(why));
                }
                Err(Fault::Contested) => {
                    return Err(CommitError::Unavailable("others write the same".to_owned()));
                }
                Err(Fault::Refused { why, again: false }) => {
                    return Err(CommitError::Refused(why));
                }
                Err(Fault::Broken(why)) => {
                    self.session = None;
                    return Err(CommitError::Unavailable(why));
                }
            }
        }
    }

    async fn try_write(&mut self, sets: &[&[Row]]) -> Result<batch::Outcomes, Fault> {
        let mut session = match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => session,
            None => Session::new(self.source.connect().await.map_err(Fault::Broken)?),
        };
        let written = batch::write(&mut session, sets).await;
        self.session = Some(session);
        if matches!(written, Err(Fault::Refused { .. })) {
            // A statement that could not be prepared has spoilt the transaction.
            self.leave().await;
        }
        written
    }
}

/// Answers the sets that lost and gives back the others, of which nothing is written yet.
fn answer_lost(jobs: Vec<Job>, outcomes: batch::Outcomes) -> Vec<Job> {
    let mut rest = Vec::with_capacity(jobs.len());
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        match outcome {
            Ok(()) => rest.push(job),
            Err(conflict) => {
                let _ = job.answer.send(Err(CommitError::Conflict(conflict)));
            }
        }
    }
    rest
}
