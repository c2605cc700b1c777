//! The verbs of the field: sell, capture, void, tokenize, and what keeps merchants and keys.
//!
//! Invariant: one verb is one file in [`operations`], and reads as the story of that verb. An
//! operation reads, lets the rules decide, asks the acquirer, and commits once. Nothing here knows
//! of HTTP, SQL or ciphers.

pub mod access;
pub mod acquirers;
pub mod app;
pub mod audit;
pub mod chance;
pub mod clock;
pub mod error;
pub mod fraud;
pub mod keys;
pub mod listeners;
pub mod merchants;
pub mod operations;
pub mod outbox;
mod pace;
pub mod passwords;
pub mod search;
pub mod secret_file;
pub mod secrets;
pub mod tasks;
pub mod turns;
