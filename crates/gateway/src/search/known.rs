//! Numbers of combinations at hand.
//!
//! Invariant: a number is remembered only when it was read from the store or committed to it; since
//! a combination is never changed or removed, what is remembered stays true.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aval_domain::id::MerchantId;
use aval_domain::search::Combination;
use aval_storage::Storage;
use aval_storage::search::Numbered;

use crate::error::Error;

/// Combinations of merchants by both their names.
#[derive(Debug, Default)]
pub(super) struct Known {
    of: Mutex<HashMap<MerchantId, Arc<Combinations>>>,
}

/// Merchants at hand; beyond it all are forgotten and read again.
const MOST: usize = 10_000;

/// The combinations of one merchant.
#[derive(Debug, Clone, Default)]
pub(super) struct Combinations {
    numbers: HashMap<Combination, u32>,
    by_number: HashMap<u32, Combination>,
}

impl Combinations {
    /// Of those that were read.
    pub(super) fn of(read: Vec<Numbered>) -> Self {
        let mut all = Self::default();
        for one in read {
            all.add(one.number, one.combination);
        }
        all
    }

    fn add(&mut self, number: u32, combination: Combination) {
        self.numbers.insert(combination.clone(), number);
        self.by_number.insert(number, combination);
    }

    /// The number of a combination, and whether it was given just now.
    pub(super) fn number(&mut self, combination: &Combination) -> (u32, bool) {
        if let Some(number) = self.numbers.get(combination) {
            return (*number, false);
        }
        let last = self.by_number.keys().max().copied().unwrap_or(0);
        let number = last.saturating_add(1);
        self.add(number, combination.clone());
        (number, true)
    }

    /// The combination of a number.
    pub(super) fn get(&self, number: u32) -> Option<&Combination> {
        self.by_number.get(&number)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, &Combination)> {
        self.by_number.iter().map(|(number, one)| (*number, one))
    }
}

impl Known {
    /// Those of a merchant, from memory when they were read before.
    ///
    /// # Errors
    /// The store's failures.
    pub(super) async fn of(
        &self,
        storage: &Storage,
        merchant: MerchantId,
    ) -> Result<Arc<Combinations>, Error> {
        if let Some(known) = self.lock().get(&merchant) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(Combinations::of(
            storage.search_combinations(merchant).await?,
        ));
        self.put(merchant, Arc::clone(&read));
        Ok(read)
    }

    /// Remembers those of a merchant, which are in the store.
    pub(super) fn put(&self, merchant: MerchantId, known: Arc<Combinations>) {
        let mut of = self.lock();
        if of.len() >= MOST {
            of.clear();
        }
        of.insert(merchant, known);
    }

    /// Forgets those of a merchant: another server has added some.
    pub(super) fn forget(&self, merchant: MerchantId) {
        self.lock().remove(&merchant);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<MerchantId, Arc<Combinations>>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
