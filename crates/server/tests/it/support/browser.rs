//! The browser and the readers of what it shows.
//!
//! Invariant: they are other people's programs, installed by `cargo xtask`; a test without them
//! fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages that drive the browser, and the decoder of slips beside them.
pub fn packages() -> PathBuf {
    if let Some(place) = std::env::var_os("AVAL_TEST_BROWSER") {
        return PathBuf::from(place);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let place = root.join("target/ci/browser");
    assert!(
        place.exists(),
        "AVAL_TEST_BROWSER is not set and {} is not there: run the tests by `cargo xtask ci`",
        place.display()
    );
    place
}

/// The interleaved two of five bar codes in an image, as zbar reads them.
pub fn bar_codes(image: &Path) -> BTreeSet<String> {
    let mut zbar = Command::new("zbarimg");
    zbar.args(["--quiet", "--raw", "-Sdisable", "-Si25.enable"]);
    read(zbar.arg(image)).lines().map(str::to_owned).collect()
}

/// The standard output of a reader.
pub fn read(command: &mut Command) -> String {
    let ran = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}: run `cargo xtask ci`"));
    String::from_utf8(ran.stdout).unwrap()
}
