//! Boletos, read by others: a decoder of lines, a reader of bar codes, a reader of PDFs.
//!
//! Invariant: what is compared with comes from programs that share no line of code with ours; a
//! test without them fails.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

mod decoders;
mod pages;
mod sales;
