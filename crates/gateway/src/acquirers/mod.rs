//! Those who are asked for money.
//!
//! Invariant: an acquirer maps a request to an answer; it decides nothing about state.

pub mod faulty;
pub mod simulated;
pub mod wallets;
