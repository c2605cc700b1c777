//! The PostgreSQL programs of this machine and the user that may run them.
//!
//! Invariant: the server never runs as root, which PostgreSQL refuses.

use crate::{process, tools};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian keeps each major version's programs.
const DEBIAN: &str = "/usr/lib/postgresql";

/// What a cluster is made and run with.
pub struct Installation {
    /// The directory of initdb, pg_ctl and postgres.
    pub bin: PathBuf,
    /// Whom the server runs as, when it cannot be the caller.
    pub user: Option<User>,
}

/// A user of this machine.
pub struct User {
    /// The name.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The number of the user's group.
    pub gid: u32,
}

impl Installation {
    /// The installation, installed first when there is none and this runs as root on Debian.
    pub fn find_or_install() -> Result<Self, String> {
        let bin = match find_bin() {
            Some(bin) => bin,
            None => {
                tools::apt_install("PostgreSQL", &["postgresql"])?;
                find_bin().ok_or("PostgreSQL was installed, but its initdb is nowhere")?
            }
        };
        let user = if process::is_root() {
            Some(unprivileged()?)
        } else {
            None
        };
        Ok(Self { bin, user })
    }

    /// What to put before a command so that it runs as the server's user.
    pub fn prefix(&self) -> Vec<String> {
        let Some(user) = &self.user else {
            return Vec::new();
        };
        let words = match process::find("runuser") {
            Some(program) => vec![
                program.display().to_string(),
                "-u".into(),
                user.name.clone(),
            ],
            None => vec![
                "setpriv".into(),
                format!("--reuid={}", user.uid),
                format!("--regid={}", user.gid),
                "--clear-groups".into(),
            ],
        };
        words.into_iter().chain(["--".to_owned()]).collect()
    }
}

/// `postgres` when there is one, since it can be relied on to own nothing else; else `nobody`.
fn unprivileged() -> Result<User, String> {
    ["postgres", "nobody"]
        .into_iter()
        .find_map(look_up)
        .ok_or_else(|| "root may not run PostgreSQL, and there is no user `nobody`".to_owned())
}

fn look_up(name: &str) -> Option<User> {
    let number = |flag: &str| {
        let text = process::output(Command::new("id").args([flag, name])).ok()?;
        text.parse().ok()
    };
    Some(User {
        name: name.to_owned(),
        uid: number("-u")?,
        gid: number("-g")?,
    })
}

/// The programs that `pg_config` speaks of, else Debian's of the highest version. `pg_config` may
/// come with the client's headers alone, so what it names must hold the server.
fn find_bin() -> Option<PathBuf> {
    let named = process::output(Command::new("pg_config").arg("--bindir")).map(PathBuf::from);
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut names: Vec<String> = versions
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(major(name)));
    let debian = names
        .iter()
        .map(|name| Path::new(DEBIAN).join(name).join("bin"));
    named.into_iter().chain(debian).find(|bin| has_server(bin))
}

/// `15` and `9.6` as numbers to compare; what is no version comes last.
fn major(name: &str) -> Vec<u32> {
    name.split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

fn has_server(bin: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"]
        .iter()
        .all(|name| process::is_executable(&bin.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let mut names = vec!["9.6", "common", "15", "17", "9.5"];
        names.sort_by_key(|name| std::cmp::Reverse(major(name)));
        assert_eq!(names, ["17", "15", "9.6", "9.5", "common"]);
    }

    #[test]
    fn the_callers_own_server_needs_no_prefix() {
        let own = Installation {
            bin: PathBuf::from("/bin"),
            user: None,
        };
        assert!(own.prefix().is_empty());
        let user = User {
            name: "postgres".into(),
            uid: 101,
            gid: 104,
        };
        let other = Installation {
            bin: PathBuf::from("/bin"),
            user: Some(user),
        };
        let prefix = other.prefix();
        assert_eq!(prefix.last().map(String::as_str), Some("--"));
        assert!(prefix.len() > 2);
    }

    #[test]
    fn a_directory_without_the_server_is_not_one() {
        assert!(!has_server(Path::new("/nowhere")));
    }
}
