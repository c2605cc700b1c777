//! The verbs.
//!
//! Invariant: an operation commits once. What a caller kept an answer for is in that same commit.

pub mod authorize;
pub mod capture;
pub mod keep;
pub mod merchant;
mod record;
pub mod rotate_keys;
pub mod tokenize;
pub mod void;

use self::keep::{Keep, Rendered};

/// What every operation is told of its request; `T` is what it makes, a sale or a stored card.
pub struct Context<'a, T> {
    /// The RequestId.
    pub request_id: &'a str,
    /// Under which key the answer is kept, when the caller sent an Idempotency-Key.
    pub keep: Option<Keep>,
    /// Makes the answer.
    pub render: &'a (dyn Fn(&T) -> Rendered + Sync),
}

/// Times an operation reads again and decides anew when another came first.
const TRIES: usize = 16;

impl<T> Context<'_, T> {
    /// The write that keeps the answer for what was made.
    fn kept(&self, made: &T) -> Option<aval_storage::Write> {
        self.keep.map(|keep| keep.write(&(self.render)(made)))
    }
}
