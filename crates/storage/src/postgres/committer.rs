//! A task that writes: it takes every change set that is waiting, writes them in one transaction,
//! and answers each.
//!
//! Invariant: sets that touch the same row go into different transactions, in the order in which
//! they came. A set that the database refuses never takes others with it.

use std::collections::HashSet;

use tokio::sync::{mpsc, oneshot};

use super::batch::{self, Fault};
use super::link::{Link, Source};
use crate::CommitError;
use crate::rows::Row;

/// A change set and who waits for it. Without rows: a question whether all before was written.
pub(super) struct Job {
    /// What to write.
    pub rows: Vec<Row>,
    /// Who waits.
    pub answer: oneshot::Sender<Result<(), CommitError>>,
}

/// Writes on one connection.
pub(super) struct Committer {
    source: Source,
    link: Option<Link>,
}

/// Change sets in one transaction at the most.
const BATCH: usize = 128;
/// Times a set is tried again after a deadlock.
const TRIES: usize = 2;

impl Committer {
    pub(super) const fn new(source: Source) -> Self {
        Self { source, link: None }
    }

    /// Runs until nobody can send any more.
    pub(super) async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while waiting.recv_many(&mut jobs, BATCH).await > 0 {
            while !jobs.is_empty() {
                let (now, later) = apart(std::mem::take(&mut jobs));
                jobs = later;
                self.write(now).await;
            }
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
                    self.link = None;
                    for job in jobs.drain(..) {
                        let _ = job.answer.send(Err(CommitError::Unavailable(why.clone())));
                    }
                }
                Err(Fault::Refused { .. }) => {
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
                Err(Fault::Refused { why, again: false }) => {
                    return Err(CommitError::Refused(why));
                }
                Err(Fault::Broken(why)) => {
                    self.link = None;
                    return Err(CommitError::Unavailable(why));
                }
            }
        }
    }

    async fn try_write(&mut self, sets: &[&[Row]]) -> Result<batch::Outcomes, Fault> {
        if sets.iter().all(|rows| rows.is_empty()) {
            return Ok(vec![Ok(()); sets.len()]);
        }
        let link = match self.link.take().filter(|link| !link.is_closed()) {
            Some(link) => link,
            None => self.source.connect().await.map_err(Fault::Broken)?,
        };
        let written = batch::write(&link, sets).await;
        self.link = Some(link);
        written
    }
}

/// Takes the sets that touch no row twice; the others wait for the next transaction.
fn apart(jobs: Vec<Job>) -> (Vec<Job>, Vec<Job>) {
    let mut touched = HashSet::new();
    let (mut now, mut later) = (Vec::with_capacity(jobs.len()), Vec::new());
    for job in jobs {
        let claims: Vec<_> = batch::claims(&job.rows).collect();
        // A question whether all before was written waits for all before.
        let asks = job.rows.is_empty() && !later.is_empty();
        let again = asks || claims.iter().any(|claim| touched.contains(claim));
        // What waits is touched too: a third set on the row must not overtake the second.
        touched.extend(claims);
        if again {
            later.push(job)
        } else {
            now.push(job)
        }
    }
    (now, later)
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
