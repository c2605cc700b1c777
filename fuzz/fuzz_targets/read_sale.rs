//! Reads arbitrary bytes as the body of a sale.
//!
//! Invariant: each is read or refused; none makes the reader panic, overflow or exhaust the stack.

#![no_main]

use aval_api::reader;
use aval_api::sales::SaleBody;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = reader::read::<SaleBody>(body);
});
