//! The page of a payment, and what can be done with one.
//!
//! Invariant: what a buyer or a shop sent is shown as text, escaped by the templates, and leads
//! nowhere.

pub mod act;
mod facts;
pub mod page;
mod sections;
pub(super) mod text;
mod timeline;
pub(super) mod words;
