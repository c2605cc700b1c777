//! A copy of the file while it is used.
//!
//! Invariant: the copy is one state of the store, readable by its owner only, on the disk when its
//! size is told, and removed again when something goes wrong. Nobody waits for it: it reads an old
//! state, behind which the write-ahead log grows meanwhile.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a compact copy of a store's file; gives its size in bytes.
///
/// # Errors
/// Why there is none: a file of that name among it.
pub(super) fn write(from: &Path, to: &Path) -> Result<u64, String> {
    let mut options = OpenOptions::new();
    // Made empty by us, so that SQLite writes into a file that has its mode already.
    let made = options.write(true).create_new(true).mode(0o600).open(to);
    made.map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            return "there is a file of that name".to_owned();
        }
        error.to_string()
    })?;
    filled(from, to).inspect_err(|_| {
        // What was wrong is told; that it cannot be removed either would hide that.
        let _ = std::fs::remove_file(to);
    })
}

fn filled(from: &Path, to: &Path) -> Result<u64, String> {
    let name = to.to_str().ok_or("its name is no text")?;
    let connection = super::connect(from)?;
    let copied = connection.execute("VACUUM INTO ?1", [name]);
    copied.map_err(|error| error.to_string())?;
    let flushed = File::open(to).and_then(|file| {
        file.sync_all()?;
        file.metadata()
    });
    flushed
        .map(|about| about.len())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_copy_is_private_whole_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["a.db", "b.db"].map(|name| folder.path().join(name));
        let connection = super::super::connect(&from).unwrap();
        connection
            .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7);")
            .unwrap();
        let bytes = write(&from, &to).unwrap();
        let about = std::fs::metadata(&to).unwrap();
        assert_eq!(about.len(), bytes);
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
        let copy = rusqlite::Connection::open(&to).unwrap();
        let kept: i64 = copy
            .query_row("SELECT a FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 7);
        assert_eq!(
            write(&from, &to).unwrap_err(),
            "there is a file of that name"
        );
        let nowhere = folder.path().join("no/where.db");
        assert!(write(&from, &nowhere).is_err());
        let failed = folder.path().join("c.db");
        assert!(write(&folder.path().join("no/store.db"), &failed).is_err());
        assert!(!failed.exists(), "nothing is left of what failed");
    }
}
