//! The program `aval` as a process.
//!
//! Invariant: a process that a test starts is ended with the test, whatever happens.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

mod access;
mod actions;
mod backup;
mod buyers;
mod command_line;
mod configuration;
mod crash_postgres;
mod crash_sqlite;
mod data_directory;
mod doubt;
mod drain;
mod fraud;
mod jobs;
mod keys;
mod limits;
mod listen;
mod listeners;
mod office;
mod operate;
mod proxies;
mod real_client;
mod recurrences;
mod registration;
mod secrets;
mod slips;
pub mod support;
mod telling;
mod tls;
mod transactions;
