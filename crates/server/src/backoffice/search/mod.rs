//! Transaction search: the page, what stands in its address, saved searches.
//!
//! Invariant: the address says everything that is shown, so that it can be sent to a colleague; the
//! merchant is the session's, whatever the address says.

mod address;
pub mod block;
mod cells;
mod chips;
mod message;
pub mod page;
mod text;
pub mod views;

pub(super) use self::address::Address;
pub(super) use self::cells::{Column, Value, Words, bank_name, net};
pub(super) use self::page::NOTHING_SELECTED;
