//! `cargo xtask pg`: a throwaway PostgreSQL cluster, as durable as a real one while it lives.
//!
//! Invariant: a cluster exists only between [`Cluster::start`] and [`Cluster::stop`] or the death
//! of this process, whatever that death is; its guard sees to it.

mod guard;
mod installation;

pub use installation::Installation;

use crate::process;
use guard::Guard;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// How often another port is tried when someone else took the free one in between.
const PORT_TRIES: u32 = 5;

/// The longest directory whose socket still fits a Unix socket's address of 107 bytes.
const LONGEST_DIR: usize = 85;

/// `cargo xtask pg`: with a command the cluster lasts as long as it does and the exit status is
/// its own; without one it lasts until a line or the end of standard input.
pub fn run(arguments: &[String]) -> Result<u8, String> {
    let installation = Installation::find_or_install()?;
    let Some((program, rest)) = arguments.split_first() else {
        return stay(&installation).map(|()| 0);
    };
    let mut command = process::command(program);
    // The command is the caller's, not a step of ours: it runs where the caller stands.
    if let Ok(here) = std::env::current_dir() {
        command.current_dir(here);
    }
    run_inside(&installation, command.args(rest))
}

/// Runs the command inside a throwaway cluster and gives its exit status.
pub fn run_inside(installation: &Installation, command: &mut Command) -> Result<u8, String> {
    let cluster = Cluster::start(installation)?;
    eprintln!(
        "xtask: PostgreSQL at {} in {}",
        cluster.url(),
        cluster.dir.display()
    );
    let status = process::status(command.envs(cluster.environment()));
    cluster.stop()?;
    status.map(process::code)
}

fn stay(installation: &Installation) -> Result<(), String> {
    let cluster = Cluster::start(installation)?;
    println!("{}", cluster.url());
    eprintln!("data directory: {}", cluster.data().display());
    eprintln!("Enter or Ctrl-C stops the server and removes everything.");
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    cluster.stop()?;
    read.map(|_| ())
        .map_err(|error| format!("standard input: {error}"))
}

/// A running throwaway cluster.
pub struct Cluster {
    guard: Guard,
    dir: PathBuf,
    port: u16,
    bin: PathBuf,
    user: Option<String>,
}

impl Cluster {
    /// Makes a cluster in a new directory and starts its server on a free loopback port.
    pub fn start(installation: &Installation) -> Result<Self, String> {
        let dir = new_name();
        // The guard is there first, so that no moment is left in which the directory has none.
        let mut guard = Guard::start(&installation.bin, &dir, &installation.prefix())?;
        if let Err(error) = fs::DirBuilder::new().mode(0o700).create(&dir) {
            guard.forget()?;
            return Err(format!("{}: {error}", dir.display()));
        }
        if let Some(user) = &installation.user {
            chown(&dir, Some(user.uid), Some(user.gid))
                .map_err(|error| format!("{} for {}: {error}", dir.display(), user.name))?;
        }
        if !guard.order("init")? {
            return Err(format!("initdb failed: {}", last_words(&dir)));
        }
        let port = start_server(&mut guard, &dir)?;
        Ok(Self {
            guard,
            dir,
            port,
            bin: installation.bin.clone(),
            user: installation.user.as_ref().map(|user| user.name.clone()),
        })
    }

    /// Stops the server and removes the directory.
    pub fn stop(self) -> Result<(), String> {
        self.guard.finish()
    }

    /// The address of the cluster's one database, for a superuser without a password.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// What a command needs to use the cluster, and to kill and restart its server.
    pub fn environment(&self) -> [(&'static str, std::ffi::OsString); 4] {
        [
            ("AVAL_TEST_DATABASE_URL", self.url().into()),
            ("AVAL_TEST_PG_DIR", self.data().into()),
            ("AVAL_TEST_PG_BIN", self.bin.clone().into()),
            (
                "AVAL_TEST_PG_USER",
                self.user.clone().unwrap_or_default().into(),
            ),
        ]
    }
}

fn start_server(guard: &mut Guard, dir: &Path) -> Result<u16, String> {
    let mut words = String::new();
    for _ in 0..PORT_TRIES {
        let port = free_port()?;
        configure(dir, port)?;
        if guard.order("start")? {
            return Ok(port);
        }
        words = last_words(dir);
        let log = fs::read_to_string(dir.join("log")).unwrap_or_default();
        if !log.contains("could not bind") {
            break;
        }
    }
    Err(format!("PostgreSQL did not start: {words}"))
}

/// A port that is free now. Someone may take it before the server does.
fn free_port() -> Result<u16, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free loopback port: {error}"))
}

/// Adds the settings to the cluster's own file rather than to a command line, so that a test that
/// restarts the server gets the same one. The last mention of a setting counts.
fn configure(dir: &Path, port: u16) -> Result<(), String> {
    let file = dir.join("data/postgresql.conf");
    fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .and_then(|mut open| open.write_all(settings(dir, port).as_bytes()))
        .map_err(|error| format!("{}: {error}", file.display()))
}

fn settings(dir: &Path, port: u16) -> String {
    // In a setting's value a quote is doubled.
    let sockets = dir.display().to_string().replace('\'', "''");
    format!(
        "
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
max_connections = 200
shared_buffers = '128MB'
fsync = on
synchronous_commit = on
full_page_writes = on
timezone = 'UTC'
"
    )
}

/// The last thing the server or its tools said.
fn last_words(dir: &Path) -> String {
    let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap_or_default();
    let (log, out) = (text("log"), text("out"));
    let telling = |text: &str| {
        let marks = ["FATAL:", "error:", "ERROR:"];
        text.lines()
            .rfind(|line| marks.iter().any(|mark| line.contains(mark)))
            .map(str::to_owned)
    };
    telling(&log)
        .or_else(|| telling(&out))
        .or_else(|| out.lines().last().map(str::to_owned))
        .unwrap_or_else(|| "it said nothing".to_owned())
}

/// The name for a new directory.
fn new_name() -> PathBuf {
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.subsec_nanos());
    let name = format!("aval-pg-{}-{nanos:09}", std::process::id());
    let dir = std::env::temp_dir().join(&name);
    if dir.as_os_str().len() > LONGEST_DIR {
        Path::new("/tmp").join(&name)
    } else {
        dir
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_durable_and_quote_the_socket_directory() {
        let text = settings(Path::new("/tmp/it's"), 5433);
        assert!(text.contains("\nport = 5433\n"));
        assert!(text.contains("\nunix_socket_directories = '/tmp/it''s'\n"));
        for durable in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert!(text.contains(&format!("\n{durable} = on\n")), "{durable}");
        }
    }

    #[test]
    fn the_last_words_are_the_servers_before_the_tools() {
        let dir = new_name();
        assert!(dir.as_os_str().len() <= LONGEST_DIR);
        fs::create_dir(&dir).unwrap();
        assert_eq!(last_words(&dir), "it said nothing");
        fs::write(dir.join("out"), "initdb: error: no room\nhint\n").unwrap();
        assert_eq!(last_words(&dir), "initdb: error: no room");
        fs::write(dir.join("log"), "LOG: x\n2026 FATAL:  taken\nLOG: down\n").unwrap();
        assert_eq!(last_words(&dir), "2026 FATAL:  taken");
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_free_port_can_be_bound() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    }
}
