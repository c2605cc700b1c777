//! Where things lie: the repository, cargo's target directory and what CI keeps in it.
//!
//! Invariant: every path given out is absolute, since tests run in their own crate's directory.

use std::path::{Path, PathBuf};

/// The repository's root: the directory above this crate.
pub fn root() -> PathBuf {
    // `cargo run` tells where the crate is now; the built-in path is for a copied binary.
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    crate_dir
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Cargo's target directory.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        // A relative one is relative to where cargo was called, which is here.
        Some(dir) => std::path::absolute(&dir).unwrap_or_else(|_| PathBuf::from(dir)),
        None => root().join("target"),
    }
}

/// What CI installs for itself: removed with the target directory, kept between runs.
pub fn ci() -> PathBuf {
    target().join("ci")
}

/// The packages that drive the browser of the page tests.
pub fn browser() -> PathBuf {
    ci().join("browser")
}

/// The Python environment of the end-to-end tests.
pub fn venv() -> PathBuf {
    ci().join("venv")
}
