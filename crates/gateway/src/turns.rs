//! One after the other, by name: who asks for the same name waits for its turn.
//!
//! Invariant: a name that nobody holds or waits for takes no memory, also when who waited has gone.
//! Turns hold within one server; across servers the store decides (versions, unique keys).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Held = Arc<tokio::sync::Mutex<()>>;

/// The names that are held.
pub struct Turns<K: Eq + Hash + Clone> {
    held: Mutex<HashMap<K, Held>>,
}

/// The turn of whoever holds it; given on when dropped.
pub struct Turn<'a, K: Eq + Hash + Clone> {
    turns: &'a Turns<K>,
    name: K,
    guard: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash + Clone> Turns<K> {
    /// Waits for the turn of a name.
    pub async fn take(&self, name: K) -> Turn<'_, K> {
        let held = {
            let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(name.clone()).or_default())
        };
        // Made first: when who waits is dropped, the name is forgotten all the same.
        let mut turn = Turn {
            turns: self,
            name,
            guard: None,
        };
        turn.guard = Some(held.lock_owned().await);
        turn
    }
}

impl<K: Eq + Hash + Clone> Default for Turns<K> {
    fn default() -> Self {
        Self {
            held: Mutex::new(HashMap::new()),
        }
    }
}

impl<K: Eq + Hash + Clone> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        self.guard = None;
        let mut all = self
            .turns
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if all
            .get(&self.name)
            .is_some_and(|held| Arc::strong_count(held) == 1)
        {
            all.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_name_is_held_by_one_and_forgotten_afterwards() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        let other = turns.take("b").await;
        let waited = tokio::time::timeout(Duration::from_millis(5), turns.take("a")).await;
        assert!(waited.is_err(), "the name was held twice");
        drop(first);
        let again = turns.take("a").await;
        assert_eq!(turns.held.lock().unwrap().len(), 2);
        drop((again, other));
        assert!(turns.held.lock().unwrap().is_empty());
    }
}
