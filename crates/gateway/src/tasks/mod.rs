//! What happens without being asked for.
//!
//! Invariant: a task takes no input, can run twice without harm, and leaves nothing half done.

pub mod retention;
