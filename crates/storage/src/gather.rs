//! Gathering what the tasks of one thread ask for within one turn of its scheduler, so that it is
//! asked for once.
//!
//! Invariant: nothing waits for more to come. Whoever asks lets the tasks that are ready run first;
//! the first to run again does it for all that asked meanwhile.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::task::yield_now;

/// What was asked for, by thread.
pub(crate) struct Gather<T> {
    asked: Vec<Mutex<Vec<T>>>,
}

/// Numbers for threads in the order in which they first ask.
static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Cell<Option<usize>> = const { Cell::new(None) };
}

impl<T> Gather<T> {
    /// A place for each core. Threads that serve requests are as many; others share.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            asked: (0..cores).map(|_| Mutex::default()).collect(),
        }
    }

    /// How many places there are.
    pub(crate) const fn places(&self) -> usize {
        self.asked.len()
    }

    /// The place of the thread that runs.
    pub(crate) fn place(&self) -> usize {
        let number = THREAD.get().unwrap_or_else(|| {
            let number = NEXT_THREAD.fetch_add(1, Ordering::Relaxed);
            THREAD.set(Some(number));
            number
        });
        number.checked_rem(self.asked.len()).unwrap_or(0)
    }

    /// Asks, and gives what is to be done for all: empty when another does it.
    pub(crate) async fn ask(&self, item: T) -> Vec<T> {
        let Some(asked) = self.asked.get(self.place()) else {
            return vec![item];
        };
        asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(item);
        yield_now().await;
        std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn one_of_a_turn_does_it_for_all() {
        let gather = Arc::new(Gather::new());
        let ask = |number| {
            let gather = Arc::clone(&gather);
            tokio::spawn(async move { gather.ask(number).await })
        };
        let asked = [ask(1), ask(2), ask(3)];
        let mut done = Vec::new();
        for asked in asked {
            done.push(asked.await.unwrap());
        }
        done.sort();
        assert_eq!(done, [vec![], vec![], vec![1, 2, 3]]);
        assert_eq!(gather.ask(4).await, [4]);
    }
}
