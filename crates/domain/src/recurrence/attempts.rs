//! Attempts at one cycle: how often, how far apart, and after which denials (decision D31).
//!
//! Invariant: a code that forbids a retry is never tried again; one that nobody knows may be.

use crate::authorization::Provider;
use crate::return_code::{self, Retry};

/// How often and how far apart a cycle is tried (D31).
#[derive(Debug, Clone, Copy)]
pub struct Attempts {
    /// Attempts at a cycle, 1 to 4.
    pub most: u8,
    /// Days between two of them, 1 to 4.
    pub days_apart: u8,
}

/// Whether a denied charge may be tried again: by the simulator's own codes, else by the table of
/// return codes. A code that nobody knows may (D31).
#[must_use]
pub fn allows_retry(provider: Provider, code: &str) -> bool {
    match (provider, code) {
        (Provider::Simulado, "2" | "57" | "77") => false,
        (Provider::Simulado, "70" | "78" | "99") => true,
        (Provider::Simulado | Provider::Bradesco | Provider::BancoDoBrasil, code) => {
            return_code::find(code).is_none_or(|row| row.retry != Retry::No)
        }
    }
}
