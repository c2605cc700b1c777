//! `cargo xtask tidy`: what every file of this repository looks like.
//!
//! Invariant: a violation names the file and the line, and all of them are shown at once.

mod functions;
mod links;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// The directories whose Rust files are checked.
const SOURCES: [&str; 3] = ["crates", "bench", "xtask"];

/// Directories that hold nothing of ours.
const FOREIGN: [&str; 3] = [".git", "target", "node_modules"];

/// The documents whose paths are checked.
const MAPS: [&str; 2] = ["ARCHITECTURE.md", "docs/code-map.md"];

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl Violation {
    /// A violation in the line with this index, from 0.
    pub fn at(index: usize, message: impl Into<String>) -> Self {
        Self {
            line: index + 1,
            message: message.into(),
        }
    }
}

/// Checks the repository, printing each violation.
pub fn run(root: &Path) -> Result<(), String> {
    let mut count = 0;
    let mut report = |file: &Path, violations: Vec<Violation>| {
        count += violations.len();
        let shown = file.strip_prefix(root).unwrap_or(file).display();
        for Violation { line, message } in violations {
            println!("{shown}:{line}: {message}");
        }
    };
    let mut sources = 0;
    for file in SOURCES
        .iter()
        .try_fold(Vec::new(), |all, dir| files(&root.join(dir), "rs", all))?
    {
        let path = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .display()
            .to_string();
        report(&file, source::check(&path, &read(&file)?));
        sources += 1;
    }
    let documents = files(root, "md", Vec::new())?;
    for file in &documents {
        let dir = file.parent().unwrap_or(root);
        report(
            file,
            links::check_links(&read(file)?, |target| resolves(root, dir, target)),
        );
    }
    for map in MAPS.map(|map| root.join(map)) {
        if map.is_file() {
            report(
                &map,
                links::check_paths(&read(&map)?, |path| root.join(path).exists()),
            );
        } else {
            report(&map, vec![Violation::at(0, "the file is missing")]);
        }
    }
    if count > 0 {
        return Err(format!("{count} violations of tidiness"));
    }
    println!(
        "{sources} Rust files and {} documents are tidy",
        documents.len()
    );
    Ok(())
}

/// A link that begins with a slash is meant from the repository's root.
fn resolves(root: &Path, dir: &Path, target: &str) -> bool {
    match target.strip_prefix('/') {
        Some(rest) => root.join(rest).exists(),
        None => dir.join(target).exists(),
    }
}

/// The files with this extension in the directory and below, added to those found before.
fn files(dir: &Path, extension: &str, mut found: Vec<PathBuf>) -> Result<Vec<PathBuf>, String> {
    let fail = |error: std::io::Error| format!("{}: {error}", dir.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        entries.push(entry.map_err(fail)?);
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() && !FOREIGN.iter().any(|name| entry.file_name() == *name) {
            found = files(&path, extension, found)?;
        } else if kind.is_file() && path.extension().is_some_and(|had| had == extension) {
            found.push(path);
        }
    }
    Ok(found)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_below_but_not_in_foreign_directories() {
        let base = std::env::temp_dir().join(format!("xtask-tidy-{}", std::process::id()));
        for dir in ["a/b", "target/c", ".git"] {
            fs::create_dir_all(base.join(dir)).unwrap();
        }
        for file in ["z.md", "a/b/x.md", "a/y.rs", "target/c/t.md", ".git/g.md"] {
            fs::write(base.join(file), "").unwrap();
        }
        let found = files(&base, "md", Vec::new());
        assert_eq!(found, Ok(vec![base.join("a/b/x.md"), base.join("z.md")]));
        assert!(resolves(&base, &base.join("a"), "../z.md"));
        assert!(resolves(&base, &base.join("a"), "/z.md"));
        assert!(!resolves(&base, &base.join("a"), "z.md"));
        fs::remove_dir_all(&base).unwrap();
    }

    #[test]
    fn this_crate_is_tidy() {
        let root = crate::layout::root();
        for file in files(&root.join("xtask"), "rs", Vec::new()).unwrap() {
            let path = file.display().to_string();
            assert_eq!(source::check(&path, &read(&file).unwrap()), [], "{path}");
        }
    }
}
