//! The rim: command line, settings, pages, the sandbox API, and the program that serves them.
//!
//! Invariant: nothing here decides about money, and it serves no call of a merchant: this crate is
//! built to be small, not fast (docs/decisions/0028-small-where-no-sale-runs.md).

pub mod backoffice;
pub mod cli;
pub mod config;
pub mod entrance;
pub mod notifications;
pub mod openapi;
pub mod pages;
pub mod program;
pub mod sandbox;
pub mod server;
pub mod tasks;
