//! The rules of the field, without IO: money, cards, the state machine of a payment, the tables of
//! codes, days in São Paulo.
//!
//! Invariant: nothing here reads a clock, a file, a socket or a source of chance. Facts come in as
//! values and decisions go out as values, so every rule can be tested as a table.

pub mod amount;
pub mod audit;
pub mod authorization;
pub mod billing;
pub mod boleto;
pub mod brand;
pub mod buyer;
pub mod card;
pub mod country;
pub mod customer;
pub mod details;
pub mod error_code;
pub mod fault;
pub mod fraud;
pub mod id;
pub mod job;
pub mod merchant;
pub mod method;
pub mod network;
pub mod notification;
pub mod operation;
pub mod payment;
mod receiver;
pub mod recurrence;
pub mod refusal;
pub mod return_code;
pub mod sale;
pub mod search;
pub mod session;
pub mod settings;
pub mod statement;
pub mod tables;
pub mod tariff;
pub mod time;
pub mod user;
