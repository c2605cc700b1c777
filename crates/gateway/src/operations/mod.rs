//! The verbs.
//!
//! Invariant: an operation commits once. What a caller kept an answer for is in that same commit.
//! Only a sale that an acquirer may leave in doubt is committed twice: the attempt, the answer.

mod analyse;
pub mod authenticate;
pub mod authorize;
pub mod bank;
pub mod boleto;
pub mod by_hand;
pub mod capture;
pub mod charge;
pub mod fault;
pub mod job;
pub mod job_row;
pub mod keep;
pub mod lists;
pub mod merchant;
pub mod notify;
mod record;
pub mod recur;
pub mod renewal;
pub mod resolve;
pub mod review;
pub mod rotate_keys;
pub mod tokenize;
pub mod transfer;
pub mod void;
pub mod waiting;

use aval_domain::time::Timestamp;

use self::keep::{Keep, Rendered};

/// What every operation is told of its request; `T` is what it makes, a sale or a stored card.
pub struct Context<'a, T> {
    /// The RequestId.
    pub request_id: &'a str,
    /// The login of the back-office user who asks; absent when it comes by the API.
    pub by: Option<&'a str>,
    /// Under which key the answer is kept, when the caller sent an Idempotency-Key.
    pub keep: Option<Keep>,
    /// Makes the answer.
    pub render: &'a (dyn Fn(&T) -> Rendered + Sync),
}

/// Times an operation reads again and decides anew when another came first.
pub(crate) const TRIES: usize = 16;

impl<T> Context<'_, T> {
    /// The write that keeps the answer for what was made.
    fn kept(&self, made: &T) -> Option<aval_storage::Write> {
        self.keep.map(|keep| keep.write(&(self.render)(made)))
    }

    /// The write that keeps the answer instead of the one kept before.
    fn kept_instead(&self, made: &T) -> Option<aval_storage::Write> {
        let kept = self.keep.map(|keep| keep.answer(&(self.render)(made)))?;
        Some(aval_storage::Write::KeepAnswer {
            answer: Box::new(kept),
            forget_before: Timestamp::from_micros(i64::MAX),
        })
    }
}
