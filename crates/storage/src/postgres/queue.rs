//! The change sets that wait for a committer.
//!
//! Invariant: sets that touch the same row are given out one after the other, in the order in which
//! they came, each after the one before was written, whichever committer writes it.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

use super::batch;
use crate::CommitError;
use crate::rows::Row;

/// A change set and who waits for it.
pub(super) struct Job {
    /// What to write.
    pub rows: Vec<Row>,
    /// Who waits.
    pub answer: oneshot::Sender<Result<(), CommitError>>,
    /// The rows it expects something of.
    pub touches: Vec<Touched>,
}

/// A row that a set expects something of, by hash: two rows that share one wait for each other
/// without need.
pub(super) type Touched = u64;

/// The queue, shared by all committers.
pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Notify,
    bound: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    held: HashSet<Touched>,
    closed: bool,
}

/// What a committer does next.
pub(super) enum Next {
    /// Writes these.
    Write(Vec<Job>),
    /// Waits until something arrives.
    Wait,
    /// Ends: the queue is closed and empty.
    End,
}

/// Change sets in one transaction at the most.
const BATCH: usize = 128;

impl Job {
    pub(super) fn new(rows: Vec<Row>, answer: oneshot::Sender<Result<(), CommitError>>) -> Self {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let touches = batch::claims(&rows).map(|claim| hasher.hash_one(claim));
        Self {
            touches: touches.collect(),
            rows,
            answer,
        }
    }
}

impl Queue {
    /// For so many sets; more are refused.
    pub(super) fn new(bound: usize) -> Self {
        Self {
            state: Mutex::default(),
            arrived: Notify::new(),
            bound,
        }
    }

    /// Puts a set at the end.
    ///
    /// # Errors
    /// When too many wait, or the queue was closed.
    pub(super) fn push(&self, job: Job) -> Result<(), CommitError> {
        let mut state = self.state();
        if state.closed {
            return Err(super::gone());
        }
        if state.waiting.len() >= self.bound {
            return Err(CommitError::Full);
        }
        state.waiting.push_back(job);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes what can be written now: of the sets that touch a row, the first, unless another
    /// committer is writing to that row.
    pub(super) fn take(&self) -> Next {
        let mut state = self.state();
        if state.waiting.is_empty() {
            return if state.closed { Next::End } else { Next::Wait };
        }
        let mut taken = Vec::with_capacity(state.waiting.len().min(BATCH));
        let mut passed: HashSet<Touched> = HashSet::new();
        let mut later = VecDeque::new();
        while let Some(job) = state.waiting.pop_front() {
            let full = taken.len() >= BATCH;
            let is_held = |touched| state.held.contains(touched) || passed.contains(touched);
            if full || job.touches.iter().any(is_held) {
                passed.extend(&job.touches);
                later.push_back(job);
                if full {
                    break;
                }
            } else {
                state.held.extend(&job.touches);
                taken.push(job);
            }
        }
        later.append(&mut state.waiting);
        state.waiting = later;
        if taken.is_empty() {
            return Next::Wait;
        }
        Next::Write(taken)
    }

    /// Gives rows free; whoever does so looks what waits for them.
    pub(super) fn release(&self, touched: &[Touched]) {
        let mut state = self.state();
        for touched in touched {
            state.held.remove(touched);
        }
    }

    /// Waits until something arrived since the last look.
    pub(super) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    /// Takes no more; what waits is still written.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.wake();
    }

    /// Lets one committer look; one that ends lets the next.
    pub(super) fn wake(&self) {
        self.arrived.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        Job::new(orders.iter().map(row).collect(), oneshot::channel().0)
    }

    fn taken(queue: &Queue) -> Vec<Vec<Value>> {
        match queue.take() {
            Next::Write(jobs) => {
                let rows = jobs.iter().flat_map(|job| &job.rows);
                rows.map(|row| row.key().to_vec()).collect()
            }
            Next::Wait | Next::End => Vec::new(),
        }
    }

    fn keys(orders: &[&str]) -> Vec<Vec<Value>> {
        job(orders)
            .rows
            .iter()
            .map(|row| row.key().to_vec())
            .collect()
    }

    #[test]
    fn sets_on_one_row_are_given_out_one_after_the_other() {
        let queue = Queue::new(9);
        for orders in [&["a"][..], &["a", "b"], &["b"], &["c"]] {
            queue.push(job(orders)).unwrap();
        }
        // The third waits for the second, though nobody writes to its row yet.
        assert_eq!(taken(&queue), keys(&["a", "c"]));
        assert!(taken(&queue).is_empty(), "another committer holds the row");
        queue.release(&job(&["a", "c"]).touches);
        assert_eq!(taken(&queue), keys(&["a", "b"]));
        queue.release(&job(&["a", "b"]).touches);
        assert_eq!(taken(&queue), keys(&["b"]));
    }

    #[test]
    fn more_sets_than_its_bound_are_refused_and_all_are_when_it_is_closed() {
        let queue = Queue::new(1);
        queue.push(job(&["a"])).unwrap();
        assert!(matches!(queue.push(job(&["b"])), Err(CommitError::Full)));
        queue.close();
        let closed = queue.push(job(&["b"]));
        assert!(matches!(closed, Err(CommitError::Unavailable(_))));
        assert_eq!(taken(&queue), keys(&["a"]));
        assert!(matches!(queue.take(), Next::End));
    }

    #[test]
    fn a_batch_has_a_bound_and_what_is_left_stays_in_order() {
        let queue = Queue::new(1000);
        let names: Vec<String> = (0..BATCH + 2)
            .map(|number| format!("{number:04}"))
            .collect();
        for name in &names {
            queue.push(job(&[name])).unwrap();
        }
        assert_eq!(taken(&queue).len(), BATCH);
        let rest: Vec<&str> = names.iter().skip(BATCH).map(String::as_str).collect();
        assert_eq!(taken(&queue), keys(&rest));
    }
}
