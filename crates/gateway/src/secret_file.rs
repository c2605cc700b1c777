//! Files with secrets in them.
//!
//! Invariant: whenever a process is killed or the power goes, the file is absent or holds one whole
//! secret: a text is written beside it, synced, and put in its place in one step. Mode 0600.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Makes the file unless it is there: of two processes that make it at once, the first one's stays.
///
/// # Errors
/// What the system says.
pub fn make(path: &Path, text: &str) -> io::Result<()> {
    let beside = beside(path);
    let made = write_synced(&beside, text).and_then(|()| match std::fs::hard_link(&beside, path) {
        Err(_) if path.exists() => Ok(()),
        linked => linked,
    });
    // Who removes what is left over may have removed it already.
    let _ = std::fs::remove_file(&beside);
    made.and_then(|()| sync_folder(path))
}

/// Puts a text in the place of what the file holds.
///
/// # Errors
/// What the system says.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let beside = beside(path);
    write_synced(&beside, text)?;
    std::fs::rename(&beside, path)?;
    sync_folder(path)
}

/// Removes what processes that were killed left beside the file: there are secrets in it.
///
/// # Errors
/// What the system says.
pub fn remove_left_over(path: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(());
    };
    let begin = format!("{}.", name.to_string_lossy());
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_name();
        let found = found.to_string_lossy();
        if found.starts_with(&begin) && found.ends_with(".new") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    PathBuf::from(name)
}

fn write_synced(path: &Path, text: &str) -> io::Result<()> {
    let _ = std::fs::remove_file(path);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_made_once_replaced_whole_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        // Of a process with this id that was killed amid its writing.
        std::fs::write(beside(&path), "hal").unwrap();
        make(&path, "first").unwrap();
        make(&path, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        replace(&path, "third").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "third");
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let entries = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(entries, 1, "nothing is left beside it");
    }
}
