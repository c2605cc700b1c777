//! What the tests of the program share: processes, a plain HTTP client, databases and load.
//!
//! Invariant: a test has a folder, ports, merchants and a database of its own; whatever it started
//! ends with it.

pub mod check;
pub mod home;
pub mod http;
pub mod load;
pub mod postgres;
pub mod random;
pub mod scenario;
pub mod search;
pub mod server;

use std::io::Write as _;
use std::time::Duration;

use tokio::time::Instant;

/// How long anything may take that takes a moment.
pub const SOON: Duration = Duration::from_secs(20);

/// Asks again and again until there is an answer.
pub fn eventually<T>(what: &str, within: Duration, ask: impl FnMut() -> Option<T>) -> T {
    asked_every(Duration::from_millis(3), what, within, ask)
}

/// The same of what is dear to ask: with a pause between two times.
pub fn asked_every<T>(
    pause: Duration,
    what: &str,
    within: Duration,
    mut ask: impl FnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < within, "not within {within:?}: {what}");
        std::thread::sleep(pause);
    }
}

/// Shows a line to whoever reads the test's output.
pub fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").unwrap();
}
