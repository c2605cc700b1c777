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
    arrivals: Vec<Notify>,
    bound: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    held: HashSet<Touched>,
    busy: Vec<bool>,
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
/// Sets that must wait before one more committer writes beside those that do: a batch costs both
/// sides so much that many small ones are slower than few large ones.
const ENOUGH: usize = 64;

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
    /// For so many sets, more are refused; for so many committers, numbered from 0.
    pub(super) fn new(bound: usize, committers: usize) -> Self {
        let state = State {
            busy: vec![false; committers],
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            arrivals: (0..committers).map(|_| Notify::new()).collect(),
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
        let idle = state.busy.iter().position(|busy| !busy);
        let next = idle.filter(|number| state.is_enough_for(*number));
        drop(state);
        if let Some(arrival) = next.and_then(|number| self.arrivals.get(number)) {
            arrival.notify_one();
        }
        Ok(())
    }

    /// Takes what can be written now: of the sets that touch a row, the first, unless another
    /// committer is writing to that row.
    pub(super) fn take(&self, number: usize) -> Next {
        let mut state = self.state();
        let next = if state.is_enough_for(number) {
            state.take()
        } else if state.closed {
            Next::End
        } else {
            Next::Wait
        };
        if let Some(busy) = state.busy.get_mut(number) {
            *busy = matches!(next, Next::Write(_));
        }
        next
    }

    /// Gives the rows of a batch free. The first committer may have waited for them.
    pub(super) fn release(&self, touched: &[Touched]) {
        let mut state = self.state();
        for touched in touched {
            state.held.remove(touched);
        }
        let waits = !state.waiting.is_empty() && state.busy.first() == Some(&false);
        drop(state);
        if let Some(first) = self.arrivals.first().filter(|_| waits) {
            first.notify_one();
        }
    }

    /// Waits until enough arrived for a committer since its last look.
    pub(super) async fn arrival(&self, number: usize) {
        match self.arrivals.get(number) {
            Some(arrival) => arrival.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Takes no more; what waits is still written.
    pub(super) fn close(&self) {
        self.state().closed = true;
        for arrival in &self.arrivals {
            arrival.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a committer has something to do beside those before it.
    fn is_enough_for(&self, number: usize) -> bool {
        !self.waiting.is_empty() && self.waiting.len() >= number.saturating_mul(ENOUGH)
    }

    fn take(&mut self) -> Next {
        let mut taken = Vec::with_capacity(self.waiting.len().min(BATCH));
        let mut passed: HashSet<Touched> = HashSet::new();
        let mut later = VecDeque::new();
        while let Some(job) = self.waiting.pop_front() {
            let full = taken.len() >= BATCH;
            let is_held = |touched| self.held.contains(touched) || passed.contains(touched);
            if full || job.touches.iter().any(is_held) {
                passed.extend(&job.touches);
                later.push_back(job);
                if full {
                    break;
                }
            } else {
                self.held.extend(&job.touches);
                taken.push(job);
            }
        }
        later.append(&mut self.waiting);
        self.waiting = later;
        if taken.is_empty() {
            return Next::Wait;
        }
        Next::Write(taken)
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
        match queue.take(0) {
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
        let queue = Queue::new(9, 1);
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
        let queue = Queue::new(1, 1);
        queue.push(job(&["a"])).unwrap();
        assert!(matches!(queue.push(job(&["b"])), Err(CommitError::Full)));
        queue.close();
        let closed = queue.push(job(&["b"]));
        assert!(matches!(closed, Err(CommitError::Unavailable(_))));
        assert_eq!(taken(&queue), keys(&["a"]));
        assert!(matches!(queue.take(0), Next::End));
    }

    #[test]
    fn a_batch_has_a_bound_and_what_is_left_stays_in_order() {
        let queue = Queue::new(1000, 1);
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
