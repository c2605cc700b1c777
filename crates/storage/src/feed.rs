//! What this process wrote that others make something of: sales that changed, functions that were
//! used.
//!
//! Invariant: noted by who commits, after the commit, whether or not anybody waits for its answer;
//! costs a sale a few nanoseconds. Bounded: of what no longer fits it is told from where on it was
//! lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use aval_domain::billing::Function;
use aval_domain::id::{MerchantId, PaymentId};
use tokio::sync::Notify;

use crate::rows::{Row, Table, cards, notifications, sales};
use crate::value::Value;

/// What this process wrote.
#[derive(Debug, Default)]
pub struct Feed {
    waiting: Mutex<Waiting>,
    changed: AtomicU64,
    asked: AtomicU64,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    changed: Vec<(MerchantId, PaymentId)>,
    lost: Option<PaymentId>,
    used: HashMap<(MerchantId, Function), i64>,
}

/// Changed sales that may wait: 16 MiB of them.
const MOST: usize = 524_288;
/// Merchants and functions that may wait; beyond it uses are not counted.
const MOST_USED: usize = 1_000_000;

/// What a batch of change sets did.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    changed: Vec<(MerchantId, PaymentId)>,
    used: Vec<(MerchantId, Function)>,
}

impl Noted {
    /// Notes what the rows of a set did.
    pub(crate) fn note(&mut self, rows: &[Row]) {
        for row in rows {
            let table = row.table();
            if is(table, &sales::TABLE) {
                if let [Value::Id(merchant), Value::Id(payment), ..] = row.values() {
                    let merchant = MerchantId::from_bytes(*merchant);
                    let payment = PaymentId::from_bytes(*payment);
                    self.changed.push((merchant, payment));
                }
            } else if let (Some(function), [Value::Id(merchant), ..]) = (used(row), row.values()) {
                self.used
                    .push((MerchantId::from_bytes(*merchant), function));
            }
        }
    }
}

fn is(table: &Table, other: &Table) -> bool {
    std::ptr::eq(table, other)
}

/// The function that a row is the record of.
fn used(row: &Row) -> Option<Function> {
    let Row::Insert { table, values, .. } = row else {
        return None;
    };
    if is(table, &cards::TABLE) {
        return Some(Function::Tokenization);
    }
    let is_received = matches!(
        values.get(notifications::STATUS),
        Some(Value::Int(200..=299))
    );
    (is(table, &notifications::DELIVERIES) && is_received).then_some(Function::Notification)
}

impl Feed {
    /// Takes over what was noted, and leaves room for more.
    pub(crate) fn take_over(&self, noted: &mut Noted) {
        if noted.changed.is_empty() && noted.used.is_empty() {
            return;
        }
        let count = u64::try_from(noted.changed.len()).unwrap_or(u64::MAX);
        let mut waiting = self.lock();
        if waiting.changed.len() < MOST {
            waiting.changed.append(&mut noted.changed);
        } else {
            let lost = noted.changed.drain(..).map(|(_, payment)| payment);
            waiting.lost = lost.chain(waiting.lost).min();
        }
        for (merchant, function) in noted.used.drain(..) {
            count_one(&mut waiting.used, merchant, function);
        }
        drop(waiting);
        self.changed.fetch_add(count, Ordering::Relaxed);
        self.woken.notify_one();
    }

    /// Counts a use that is no commit: a query.
    pub fn count(&self, merchant: MerchantId, function: Function) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        count_one(&mut self.lock().used, merchant, function);
    }

    /// Waits until something was noted since the last call.
    pub async fn woken(&self) {
        self.woken.notified().await;
    }

    /// How many changes of sales were committed since the start.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.changed.load(Ordering::Relaxed)
    }

    /// The same and how many queries were answered: says whether there is work beside.
    #[must_use]
    pub fn worked(&self) -> u64 {
        let asked = self.asked.load(Ordering::Relaxed);
        self.changed().saturating_add(asked)
    }

    /// How many changes wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().changed.len()
    }

    /// Takes all changes that wait, and if some were lost the first payment that is among those.
    #[must_use]
    pub fn take(&self) -> (Vec<(MerchantId, PaymentId)>, Option<PaymentId>) {
        let mut waiting = self.lock();
        let lost = waiting.lost.take();
        (std::mem::take(&mut waiting.changed), lost)
    }

    /// Takes all uses that wait.
    #[must_use]
    pub fn take_used(&self) -> Vec<(MerchantId, Function, i64)> {
        let used = std::mem::take(&mut self.lock().used);
        let used = used.into_iter();
        used.map(|((merchant, function), count)| (merchant, function, count))
            .collect()
    }

    /// Gives back uses that could not be written.
    pub fn give_back(&self, used: impl IntoIterator<Item = (MerchantId, Function, i64)>) {
        let mut waiting = self.lock();
        for (merchant, function, count) in used {
            let known = waiting.used.entry((merchant, function)).or_default();
            *known = known.saturating_add(count);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count_one(
    used: &mut HashMap<(MerchantId, Function), i64>,
    merchant: MerchantId,
    function: Function,
) {
    let has_room = used.len() < MOST_USED;
    match used.get_mut(&(merchant, function)) {
        Some(count) => *count = count.saturating_add(1),
        None if has_room => {
            used.insert((merchant, function), 1);
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(from: u32, count: u32) -> Noted {
        let id = |number: u32| PaymentId::from_bytes(u128::from(number).to_be_bytes());
        let merchant = MerchantId::from_bytes([1; 16]);
        let numbers = (from..).take(usize::try_from(count).unwrap());
        Noted {
            changed: numbers.map(|number| (merchant, id(number))).collect(),
            used: Vec::new(),
        }
    }

    #[test]
    fn of_what_does_not_fit_the_first_payment_is_kept() {
        let feed = Feed::default();
        let most = u32::try_from(MOST).unwrap();
        feed.take_over(&mut changes(1_000, most));
        for from in [5_000_000, 900, 4_000_000] {
            feed.take_over(&mut changes(from, 10));
        }
        let (changed, lost) = feed.take();
        assert_eq!(changed.len(), MOST);
        let first = PaymentId::from_bytes(900_u128.to_be_bytes());
        assert_eq!(lost, Some(first));
        assert_eq!(feed.changed(), u64::from(most) + 30);
        feed.take_over(&mut changes(1, 1));
        let (changed, lost) = feed.take();
        assert_eq!((changed.len(), lost), (1, None));
    }
}
