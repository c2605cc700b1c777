//! Who may use the back office: signing in, sessions, users, the second factor.
//!
//! Invariant: nothing told to somebody who is not signed in depends on whether an establishment or
//! a user exists. What changes a user ends all sessions of that user but the one it was done in.

pub mod second_factor;
pub mod sessions;
pub mod sign_in;
pub mod users;

/// From where somebody calls.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The address.
    pub address: &'a str,
    /// What the browser calls itself.
    pub agent: &'a str,
}

/// Most characters that are kept of what a browser calls itself.
const LONGEST_AGENT: usize = 200;

impl Origin<'_> {
    /// What the browser calls itself, as it is kept.
    #[must_use]
    pub fn kept_agent(&self) -> String {
        let plain = self.agent.chars().filter(|sign| !sign.is_control());
        plain.take(LONGEST_AGENT).collect()
    }
}
