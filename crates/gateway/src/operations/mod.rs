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

use aval_domain::sale::Sale;

/// What every operation on sales is told of its request.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The RequestId.
    pub request_id: &'a str,
    /// Where the answer is kept, when the caller sent an Idempotency-Key.
    pub keep: Option<keep::Keep<'a>>,
}

/// Times an operation reads again and decides anew when another came first.
const TRIES: usize = 16;

impl Context<'_> {
    /// The write that keeps the answer for a sale.
    fn kept(&self, sale: &Sale) -> Option<aval_storage::Write> {
        self.keep.map(|keep| keep.write(&(keep.render)(sale)))
    }
}
