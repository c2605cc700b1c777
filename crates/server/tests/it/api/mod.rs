//! The API, over HTTP, in process.
//!
//! Invariant: what runs on one engine runs on both.
