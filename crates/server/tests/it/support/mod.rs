//! What tests share.
//!
//! Invariant: a test has a store, ports and merchants of its own.
