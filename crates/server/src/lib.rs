//! The rim: command line, settings, listeners, and the API on HTTP.
//!
//! Invariant: nothing here decides about money. A request is read, an operation of the gateway is
//! called, its outcome is written in the merchant's dialect.

pub mod api;
pub mod backoffice;
pub mod cert;
pub mod cli;
pub mod config;
pub mod dialect;
pub mod entrance;
pub mod listener;
pub mod notifications;
pub mod pages;
pub mod program;
pub mod request_log;
pub mod sandbox;
pub mod server;
pub mod stopwatch;
pub mod tasks;
pub mod telemetry;
