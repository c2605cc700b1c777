//! A task that writes: it takes every change set that is waiting, writes them in one transaction,
//! and answers each.
//!
//! Invariant: sets that touch the same row go into different transactions, in the order in which
//! they came. A set that the database refuses never takes others with it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::batch::{self, Fault};
use super::link::{Kept, LIMIT};
use super::session::Session;
use crate::CommitError;
use crate::feed::{Feed, Noted};
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
    kept: Kept,
    session: Option<Session>,
    feed: Arc<Feed>,
    noted: Noted,
}

/// Change sets in one transaction at the most.
const BATCH: usize = 128;
/// Times a set is tried again after a deadlock.
const TRIES: usize = 2;
/// How long the transaction begun by the last commit waits for the next batch.
const LINGER: Duration = Duration::from_millis(20);

impl Committer {
    pub(super) fn new(kept: Kept, feed: Arc<Feed>) -> Self {
        Self {
            kept,
            session: None,
            feed,
            noted: Noted::default(),
        }
    }

    /// Runs until nobody can send any more.
    pub(super) async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while self.arrival(&mut waiting, &mut jobs).await > 0 {
            while !jobs.is_empty() {
                let (now, later) = apart(std::mem::take(&mut jobs));
                jobs = later;
                self.write(now).await;
                self.feed.take_over(&mut self.noted);
            }
        }
    }

    /// Waits for sets; gives how many came. When that takes long, leaves the transaction that the
    /// last commit began.
    async fn arrival(&mut self, waiting: &mut mpsc::Receiver<Job>, jobs: &mut Vec<Job>) -> usize {
        if self.session.as_ref().is_some_and(Session::is_inside) {
            match timeout(LINGER, waiting.recv_many(jobs, BATCH)).await {
                Ok(came) => return came,
                Err(_) => self.leave().await,
            }
        }
        waiting.recv_many(jobs, BATCH).await
    }

    /// Leaves the transaction that the last commit began.
    async fn leave(&mut self) {
        let Some(session) = &mut self.session else {
            return;
        };
        if !matches!(timeout(LIMIT, session.roll_back()).await, Ok(Ok(()))) {
            self.let_go().await;
        }
    }

    /// Lets go of the connection; what was under way on it nobody knows.
    async fn let_go(&mut self) {
        if let Some(session) = self.session.take() {
            self.kept.discard(session.link()).await;
        }
    }

    async fn write(&mut self, mut jobs: Vec<Job>) {
        while !jobs.is_empty() {
            let sets: Vec<&[Row]> = jobs.iter().map(|job| job.rows.as_slice()).collect();
            match self.try_write(&sets).await {
                Ok(outcomes) => {
                    for (job, outcome) in jobs.drain(..).zip(outcomes) {
                        self.answer(job, outcome.map_err(CommitError::Conflict));
                    }
                }
                Err(Fault::Lost(outcomes)) => jobs = answer_lost(jobs, outcomes),
                Err(Fault::Broken(why)) => {
                    self.let_go().await;
                    for job in jobs.drain(..) {
                        self.answer(job, Err(CommitError::Unavailable(why.clone())));
                    }
                }
                Err(Fault::Refused { .. } | Fault::Contested) => {
                    for job in jobs.drain(..) {
                        let written = self.write_alone(&job.rows).await;
                        self.answer(job, written);
                    }
                }
            }
        }
    }

    /// Answers who waits for a set, and notes what was or may have been written.
    fn answer(&mut self, job: Job, written: Result<(), CommitError>) {
        let may_be_written = matches!(written, Ok(()) | Err(CommitError::Unavailable(_)));
        let _ = job.answer.send(written);
        if may_be_written {
            self.noted.note(&job.rows);
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
                    self.let_go().await;
                    return Err(CommitError::Unavailable(why));
                }
            }
        }
    }

    async fn try_write(&mut self, sets: &[&[Row]]) -> Result<batch::Outcomes, Fault> {
        let mut session = match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => session,
            None => Session::new(self.kept.link().await.map_err(Fault::Broken)?),
        };
        let late = |_| Fault::Broken("it does not answer in time".to_owned());
        let written = timeout(LIMIT, batch::write(&mut session, sets)).await;
        let written = written.map_err(late).and_then(|written| written);
        self.session = Some(session);
        if matches!(written, Err(Fault::Refused { .. })) {
            // A statement that could not be prepared has spoilt the transaction.
            self.leave().await;
        }
        written
    }
}

/// Takes the sets that touch no row twice; the others wait for the next transaction.
fn apart(jobs: Vec<Job>) -> (Vec<Job>, Vec<Job>) {
    let mut touched = HashSet::new();
    let mut waits = Vec::with_capacity(jobs.len());
    for job in &jobs {
        // A question whether all before was written waits for all before.
        let asks = job.rows.is_empty() && waits.contains(&true);
        let again = batch::claims(&job.rows).any(|claim| touched.contains(&claim));
        // What waits is touched too: a third set on the row must not overtake the second.
        touched.extend(batch::claims(&job.rows));
        waits.push(asks || again);
    }
    let (mut now, mut later) = (Vec::with_capacity(jobs.len()), Vec::new());
    for (job, waits) in jobs.into_iter().zip(waits) {
        if waits {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::ORDER_CLAIMS;
    use crate::value::Value;

    fn job(orders: &[&str]) -> Job {
        let row = |order: &&str| Row::Insert {
            table: &ORDER_CLAIMS,
            values: vec![Value::Id([7; 16]), Value::from(*order)],
            forget_before: None,
        };
        Job {
            rows: orders.iter().map(row).collect(),
            answer: oneshot::channel().0,
        }
    }

    fn orders(jobs: &[Job]) -> Vec<Vec<Value>> {
        let keys = |job: &Job| job.rows.iter().flat_map(|row| row.key().to_vec()).collect();
        jobs.iter().map(keys).collect()
    }

    #[test]
    fn sets_on_one_row_go_into_different_transactions_in_their_order() {
        let sets = [&["a"][..], &["a", "b"], &["b"], &["c"], &[]];
        let (now, later) = apart(sets.map(job).into());
        assert_eq!(orders(&now), orders(&[job(&["a"]), job(&["c"])]));
        // The third waits for the second, though nobody writes to its row yet.
        let (next, last) = apart(later);
        assert_eq!(orders(&next), orders(&[job(&["a", "b"])]));
        assert_eq!(orders(&last), orders(&[job(&["b"]), job(&[])]));
        let (last, none) = apart(last);
        assert_eq!(last.len(), 2, "a question goes with the last it waits for");
        assert!(none.is_empty());
    }
}
