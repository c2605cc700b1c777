//! The back office, over HTTP, in process.
//!
//! Invariant: every route of the table is walked as every role, and with the ids of another
//! merchant; a route that is added is walked by itself.

#![cfg(test)]

mod access;
mod audit;
mod blocks;
mod developer;
mod factor;
mod filters;
mod hostile;
mod overview;
mod payments;
mod recurrences;
mod reviews;
mod routes;
mod search;
mod settings;
mod sign_in;
mod statement;
mod swapped;
mod told;
mod users;
