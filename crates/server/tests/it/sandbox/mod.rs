//! The sandbox API, over HTTP, in process.
//!
//! Invariant: what runs on one engine runs on both.

#![cfg(test)]

mod access;
mod clock;
mod faults;
mod history;
mod merchants;
mod notifications;
mod requests;
