//! The API, over HTTP, in process.
//!
//! Invariant: what runs on one engine runs on both.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

mod capture;
mod codes;
mod contracts;
mod coverage;
mod credentials;
mod documents;
mod fraud;
mod fraud_expiry;
mod fraud_history;
mod idempotency;
mod leaving;
mod money;
mod openapi;
mod properties;
mod queries;
mod request_log;
mod requests;
mod sales;
mod settings;
mod simulator;
mod store;
mod tokens;
mod transport;
mod void;
