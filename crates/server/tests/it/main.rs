//! The server's tests: one binary, shaped like what it tests.
//!
//! Invariant: `api` drives the real server in process, with the product's own simulator, a clock
//! that is set and a seed; `program` drives the real program as a process. Nothing is mocked.

mod api;
mod backoffice;
mod boletos;
mod buyers;
mod jobs;
mod notifications;
mod program;
mod recurrence;
mod sandbox;
mod search;
mod support;
