//! Searching: what is found, what is summed up, and what becomes of it when servers are killed.
//!
//! Invariant: what a search finds is compared with what looking at every sale finds.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

mod following;
mod model;
mod plans;
