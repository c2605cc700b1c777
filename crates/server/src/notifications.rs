//! How notifications leave the server: the client that posts them.
//!
//! Invariant: a body goes to nobody but whom the merchant named, and to a private address only
//! where that is allowed.

mod address;
mod client;
mod names;
mod pool;

pub use self::client::Client;
pub use self::names::{Resolve, Resolving, SystemResolver};
