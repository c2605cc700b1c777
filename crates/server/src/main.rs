//! The program `aval`.
//!
//! Invariant: everything is in the library, so that tests and benchmarks run the same code.

use std::process::ExitCode;

/// Small and quick for many short-lived texts; the system's allocator costs a tenth of the sales.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    aval_server::program::run(std::env::args_os())
}
