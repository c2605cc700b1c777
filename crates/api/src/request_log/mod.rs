//! The last requests of each merchant, to find out what a client did.
//!
//! Invariant: what is kept was masked before the request ended: no card number, security code, key
//! or password is in here. Bounded in number, bytes and age, which counts real time: a sandbox's
//! clock that is moved empties no log. In this server's memory only, so a restart forgets it and
//! each server has its own.

mod mask;
mod share;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aval_domain::id::MerchantId;
use aval_domain::time::{DAY, Timestamp};
use http::{Method, Uri};
use serde::Deserialize;

use share::Share;

/// Requests kept of one merchant.
const MOST: usize = 100;
/// Bytes of one merchant's requests.
const MOST_BYTES: usize = 512 * 1024;
/// Bytes of all requests; beyond it the merchant that has been quiet longest is forgotten.
const MOST_BYTES_OF_ALL: usize = 64 * 1024 * 1024;
/// Merchants.
const MOST_MERCHANTS: usize = 1_000;
/// Bytes of one body; the rest is cut off.
const MOST_OF_BODY: usize = 8 * 1024;
/// Characters of a path with its query.
const MOST_OF_PATH: usize = 512;
/// How long a request is kept, in microseconds.
const KEPT_FOR: i64 = DAY;
/// Bytes of a request beside its texts.
const FIXED: usize = size_of::<Kept>();

/// A request that was answered, on its way into the log.
pub struct Answered<'a> {
    /// When it came.
    pub at: Timestamp,
    /// The same in real time.
    pub real: Timestamp,
    /// Its method.
    pub method: &'a Method,
    /// Its path and query.
    pub uri: &'a Uri,
    /// Its RequestId, without card numbers.
    pub request_id: &'a str,
    /// Its body as it was sent.
    pub request: &'a [u8],
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub answer: &'a [u8],
    /// How long it took.
    pub took: Duration,
}

/// A request in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Its path and query, masked.
    pub path: Box<str>,
    /// Its RequestId.
    pub request_id: Box<str>,
    /// Its body, masked.
    pub request: Box<str>,
    /// The answer's status.
    pub status: u16,
    /// The answer's body, masked.
    pub answer: Box<str>,
    /// What was wrong, of a refusal.
    pub errors: Box<[KeptError]>,
    /// How long it took.
    pub took: Duration,
    /// When it came, in real time.
    real: Timestamp,
}

/// A code of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeptError {
    /// The code.
    pub code: u16,
    /// The member concerned, by its path.
    #[serde(default)]
    pub field: Option<Box<str>>,
}

/// The last requests of each merchant.
#[derive(Default)]
pub struct RequestLog {
    is_off: bool,
    logs: Mutex<Logs>,
    share: Share,
}

#[derive(Default)]
struct Logs {
    of: HashMap<MerchantId, Log>,
    bytes: usize,
}

#[derive(Default)]
struct Log {
    kept: VecDeque<Kept>,
    bytes: usize,
}

impl RequestLog {
    /// An empty log; one that is off keeps nothing.
    #[must_use]
    pub fn new(is_on: bool) -> Self {
        Self {
            is_off: !is_on,
            ..Self::default()
        }
    }

    /// Whether one more request of a merchant is kept.
    ///
    /// Under load only some: masking takes as long as answering a query, and of thousands within a
    /// second only the last hundred of a merchant would be left to see.
    #[must_use]
    pub fn has_place(&self, merchant: MerchantId, status: u16, at: Timestamp) -> bool {
        !self.is_off && self.share.has_place(merchant, status >= 400, at)
    }

    /// Keeps a request, masked.
    pub fn keep(&self, merchant: MerchantId, answered: &Answered<'_>) {
        let kept = Kept::of(answered);
        let oldest = answered.real.plus(KEPT_FOR.saturating_neg());
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = logs.keep(merchant, kept, oldest);
        drop(logs);
        // What was forgotten is given back after others may go on.
        drop(forgotten);
    }

    /// The requests of a merchant, newest first, at a moment of real time.
    #[must_use]
    pub fn of(&self, merchant: MerchantId, real: Timestamp) -> Vec<Kept> {
        let oldest = real.plus(KEPT_FOR.saturating_neg());
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = logs.of.get(&merchant).map(|log| log.kept.iter().rev());
        let young = kept
            .into_iter()
            .flatten()
            .filter(|kept| kept.real >= oldest);
        young.cloned().collect()
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        *self.logs.lock().unwrap_or_else(PoisonError::into_inner) = Logs::default();
    }

    /// Forgets what is too old at a moment of real time.
    pub fn forget_old(&self, real: Timestamp) {
        let oldest = real.plus(KEPT_FOR.saturating_neg());
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        for log in logs.of.values_mut() {
            log.kept.retain(|kept| kept.real >= oldest);
            log.bytes = log.kept.iter().map(Kept::bytes).sum();
        }
        logs.of.retain(|_, log| !log.kept.is_empty());
        logs.bytes = logs.of.values().map(|log| log.bytes).sum();
    }
}

impl Logs {
    /// Keeps one; gives what had to go.
    fn keep(&mut self, merchant: MerchantId, kept: Kept, oldest: Timestamp) -> Vec<Kept> {
        let mut forgotten = Vec::new();
        let before = self.bytes;
        let log = self.of.entry(merchant).or_default();
        let had = log.bytes;
        log.bytes = log.bytes.saturating_add(kept.bytes());
        log.kept.push_back(kept);
        while log.kept.len() > 1 && log.is_too_much(oldest) {
            if let Some(first) = log.kept.pop_front() {
                log.bytes = log.bytes.saturating_sub(first.bytes());
                forgotten.push(first);
            }
        }
        self.bytes = before.saturating_sub(had).saturating_add(log.bytes);
        while self.of.len() > 1 && self.is_too_much() {
            let quiet = self.of.iter().filter(|(id, _)| **id != merchant);
            let quiet = quiet.min_by_key(|(_, log)| log.kept.back().map(|kept| kept.real));
            let Some(id) = quiet.map(|(id, _)| *id) else {
                break;
            };
            if let Some(log) = self.of.remove(&id) {
                self.bytes = self.bytes.saturating_sub(log.bytes);
                forgotten.extend(log.kept);
            }
        }
        forgotten
    }

    fn is_too_much(&self) -> bool {
        self.bytes > MOST_BYTES_OF_ALL || self.of.len() > MOST_MERCHANTS
    }
}

impl Log {
    fn is_too_much(&self, oldest: Timestamp) -> bool {
        let is_old = self.kept.front().is_some_and(|kept| kept.real < oldest);
        is_old || self.kept.len() > MOST || self.bytes > MOST_BYTES
    }
}

impl Kept {
    fn of(answered: &Answered<'_>) -> Self {
        let path = answered
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str());
        Self {
            at: answered.at,
            method: answered.method.clone(),
            path: mask::path(path, MOST_OF_PATH),
            request_id: answered.request_id.into(),
            request: mask::body(answered.request, MOST_OF_BODY),
            status: answered.status,
            answer: mask::answer(answered.answer, MOST_OF_BODY),
            errors: errors(answered.status, answered.answer),
            took: answered.took,
            real: answered.real,
        }
    }

    fn bytes(&self) -> usize {
        let fields = self.errors.iter();
        let fields = fields.map(|error| error.field.as_ref().map_or(0, |field| field.len()));
        [&self.path, &self.request_id, &self.request, &self.answer]
            .into_iter()
            .map(|text| text.len())
            .chain(fields)
            .fold(FIXED, usize::saturating_add)
            .saturating_add(size_of_val(&*self.errors))
    }
}

/// The codes of an answer that refuses.
fn errors(status: u16, answer: &[u8]) -> Box<[KeptError]> {
    if status < 400 {
        return Box::default();
    }
    serde_json::from_slice(answer).unwrap_or_default()
}

/// A text cut to so many bytes, between characters.
fn cut(text: Cow<'_, str>, most: usize) -> Box<str> {
    match text {
        Cow::Owned(text) if text.len() <= most => text.into_boxed_str(),
        text @ (Cow::Owned(_) | Cow::Borrowed(_)) => {
            let end = text.floor_char_boundary(most.min(text.len()));
            text.get(..end).unwrap_or_default().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MERCHANT: MerchantId = MerchantId::from_bytes([1; 16]);

    fn keep(log: &RequestLog, merchant: u8, at: i64, request: &str) {
        let answered = Answered {
            at: Timestamp::from_micros(at),
            real: Timestamp::from_micros(at),
            method: &Method::POST,
            uri: &Uri::from_static("/1/sales"),
            request_id: "id",
            request: request.as_bytes(),
            status: 400,
            answer: br#"[{"Code":126,"Message":"x","Field":"Payment.Amount"},{"Code":101}]"#,
            took: Duration::from_millis(1),
        };
        log.keep(MerchantId::from_bytes([merchant; 16]), &answered);
    }

    fn times(log: &RequestLog, now: i64) -> Vec<i64> {
        let kept = log.of(MERCHANT, Timestamp::from_micros(now));
        kept.iter().map(|kept| kept.at.micros()).collect()
    }

    #[test]
    fn the_last_hundred_are_kept_newest_first_with_their_codes() {
        let log = RequestLog::default();
        (0..150).for_each(|at| keep(&log, 1, at, "{}"));
        keep(&log, 2, 1_000, "{}");
        let expected: Vec<i64> = (50..150).rev().collect();
        assert_eq!(times(&log, 200), expected);
        let kept = &log.of(MERCHANT, Timestamp::from_micros(200))[0];
        let codes: Vec<(u16, Option<&str>)> = kept
            .errors
            .iter()
            .map(|error| (error.code, error.field.as_deref()))
            .collect();
        assert_eq!(codes, [(126, Some("Payment.Amount")), (101, None)]);
    }

    #[test]
    fn what_is_older_than_a_day_is_neither_shown_nor_kept() {
        let log = RequestLog::default();
        keep(&log, 1, 0, "{}");
        keep(&log, 1, 10, "{}");
        assert_eq!(times(&log, DAY), [10, 0]);
        assert_eq!(times(&log, DAY + 1), [10]);
        log.forget_old(Timestamp::from_micros(DAY + 1));
        assert_eq!(times(&log, DAY), [10]);
        keep(&log, 1, DAY + 11, "{}");
        assert_eq!(times(&log, DAY), [DAY + 11]);
        log.forget_old(Timestamp::from_micros(3 * DAY));
        let logs = log.logs.lock().unwrap();
        assert_eq!((logs.bytes, logs.of.len()), (0, 0));
    }

    #[test]
    fn a_log_that_is_off_keeps_nothing() {
        let (on, off) = (RequestLog::new(true), RequestLog::new(false));
        let at = Timestamp::from_micros(0);
        assert!(on.has_place(MERCHANT, 400, at));
        assert!(!off.has_place(MERCHANT, 400, at));
    }

    #[test]
    fn bytes_are_bounded_for_each_merchant_and_merchants_in_number() {
        let log = RequestLog::default();
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(20_000));
        (0..100).for_each(|at| keep(&log, 1, at, &large));
        let logs = log.logs.lock().unwrap();
        assert!(logs.bytes <= MOST_BYTES && logs.bytes > MOST_BYTES / 2);
        assert!(
            logs.of[&MERCHANT]
                .kept
                .iter()
                .all(|kept| kept.request.len() <= MOST_OF_BODY)
        );
        drop(logs);
        for (at, id) in (1_000_i64..).zip(0..=MOST_MERCHANTS as u128) {
            let kept = log.of(MERCHANT, Timestamp::from_micros(100))[0].clone();
            let at = Timestamp::from_micros(at);
            let mut logs = log.logs.lock().unwrap();
            let id = MerchantId::from_bytes(id.to_be_bytes());
            if logs.of.len() < MOST_MERCHANTS {
                logs.keep(id, Kept { real: at, ..kept }, Timestamp::from_micros(0));
            }
        }
        keep(&log, 2, 5_000, "{}");
        let logs = log.logs.lock().unwrap();
        assert_eq!(logs.of.len(), MOST_MERCHANTS);
        assert!(
            !logs.of.contains_key(&MERCHANT),
            "the one quiet longest went"
        );
    }
}
