//! PostgreSQL: databases of the shared cluster, and clusters of a test's own, which it may kill.
//!
//! Invariant: without PostgreSQL a test fails and says how to get one. A cluster of a test's own is
//! the test's child and is killed when dropped.

use crate::support::store::of_this_process;
use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::home::Ran;
use super::server::signal;
use super::{SOON, eventually};

/// A cluster of a test's own.
pub struct Cluster {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    user: Option<(u32, u32)>,
}

/// A new database of the shared cluster: its URL.
pub fn shared_database() -> String {
    let url = variable("AVAL_TEST_DATABASE_URL");
    new_database(&url)
}

fn new_database(url: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("program_{:x}_{number}", of_this_process());
    sql(url, &format!("CREATE DATABASE {name}"));
    let base = url.rsplit_once('/').unwrap().0;
    format!("{base}/{name}")
}

/// Runs a statement and gives what it answers, without decoration.
pub fn sql(url: &str, statement: &str) -> String {
    let psql = bin("psql");
    let quiet = ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c"];
    Ran::of(Command::new(psql).args(quiet).arg(statement).arg(url)).ok()
}

fn variable(name: &str) -> String {
    let found = std::env::var(name);
    found.unwrap_or_else(|_| panic!("{name} is not set: run the tests under `cargo xtask pg --`"))
}

fn bin(program: &str) -> PathBuf {
    Path::new(&variable("AVAL_TEST_PG_BIN")).join(program)
}

impl Cluster {
    /// Makes one and starts it.
    pub fn start() -> Self {
        let user = user();
        let folder = tempfile::tempdir().unwrap();
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let mut cluster = Self {
            child: None,
            folder,
            port: free_port(),
            user,
        };
        let mut init = cluster.command("initdb");
        init.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(cluster.data());
        let made = Ran::of(&mut init);
        assert_eq!(made.code, 0, "{made:?}");
        cluster.restart();
        cluster
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The URL of a new database of it.
    pub fn database(&self) -> String {
        new_database(&self.url())
    }

    /// Kills the postmaster; its children follow when they notice.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts it, however it ended, and waits until it answers.
    pub fn restart(&mut self) {
        eventually("PostgreSQL answers", SOON, || {
            let running = self.child.as_mut().map(|child| child.try_wait().unwrap());
            if !matches!(running, Some(None)) {
                // It also ends at once while a child of its predecessor still lives.
                self.child = Some(self.spawn());
            }
            let port = self.port.to_string();
            let mut ask = Command::new(bin("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port]);
            ask.status().unwrap().success().then_some(())
        });
    }

    fn spawn(&self) -> Child {
        let mut postgres = self.command("postgres");
        let port = format!("port={}", self.port);
        for setting in [
            port.as_str(),
            "unix_socket_directories=",
            "listen_addresses=127.0.0.1",
            "shared_buffers=32MB",
        ] {
            postgres.args(["-c", setting]);
        }
        postgres
            .arg("-D")
            .arg(self.data())
            .stdout(Stdio::null())
            .stderr(self.log());
        postgres.spawn().unwrap()
    }

    /// What it says lies in its data directory too.
    fn log(&self) -> File {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        options.open(self.data().join("test.log")).unwrap()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(bin(program));
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            // The user of the server need not be able to read the tests' folder.
            .env("HOME", self.folder.path());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // An immediate stop: the postmaster ends its children before itself, so that nobody writes
        // into the folder while it is removed.
        if let Some(child) = &mut self.child {
            signal(child.id(), "QUIT");
            let _ = child.wait();
        }
    }
}

/// The user that PostgreSQL runs as, when this is root, who it refuses.
fn user() -> Option<(u32, u32)> {
    let name = variable("AVAL_TEST_PG_USER");
    let id = |kind: &str| {
        let told = Ran::of(Command::new("id").args([kind, &name])).ok();
        told.trim().parse().unwrap()
    };
    (!name.is_empty()).then(|| (id("-u"), id("-g")))
}

/// A port that is free now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
