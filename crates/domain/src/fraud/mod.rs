//! Fraud analysis: what a sale shows, what a merchant saw before, and what follows from both.
//!
//! Invariant: everything here is pure. The same request, history, lists and rules give the same
//! outcome; personal data is compared as keyed digests, which the caller makes.

mod acting;
pub mod analysis;
pub mod codes;
mod element;
pub mod facts;
mod generation;
pub mod history;
mod history_signals;
pub mod known;
pub mod lists;
mod order_signals;
mod place_signals;
pub mod request;
pub mod review;
pub mod rule;
pub mod signals;
pub mod text;
pub mod velocity;

#[cfg(test)]
mod tests;
