//! The program `aval` as a process.
//!
//! Invariant: a process that a test starts is ended with the test, whatever happens.
