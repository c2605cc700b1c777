//! The shell that holds a cluster, seen from this side of the pipe.
//!
//! Invariant: only this process holds the writing end of the pipe, so its death, by whatever
//! signal, is the guard's order to stop the server and remove the directory.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const SCRIPT: &str = include_str!("guard.sh");

/// Takes the script from the environment, so that a list of processes shows one short line.
const LOADER: &str = r#"script=$AVAL_PG_GUARD; unset AVAL_PG_GUARD; eval "$script""#;

/// A running guard. Dropping it without [`Guard::finish`] has the guard end whatever still uses
/// the cluster before it cleans up.
pub struct Guard {
    bin: PathBuf,
    dir: PathBuf,
    prefix: Vec<String>,
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Guard {
    /// Starts the guard of `dir`, whose server has its programs in `bin` and runs by `prefix`.
    pub fn start(bin: &Path, dir: &Path, prefix: &[String]) -> Result<Self, String> {
        let mut child = shell(bin, dir, prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the cluster's guard did not start: {error}"))?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the cluster's guard started without its pipes".to_owned());
        };
        Ok(Self {
            bin: bin.to_path_buf(),
            dir: dir.to_path_buf(),
            prefix: prefix.to_vec(),
            child,
            orders: Some(orders),
            answers: BufReader::new(answers),
        })
    }

    /// Gives an order and waits for the answer: whether it was carried out.
    pub fn order(&mut self, order: &str) -> Result<bool, String> {
        let gone = |error: &dyn std::fmt::Display| format!("the cluster's guard is gone: {error}");
        if let Some(orders) = &mut self.orders {
            writeln!(orders, "{order}").map_err(|error| gone(&error))?;
        }
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .map_err(|error| gone(&error))?;
        match answer.trim() {
            "ok" => Ok(true),
            "failed" => Ok(false),
            _ => Err(gone(&format!("no answer to `{order}`"))),
        }
    }

    /// Has the server stopped and everything removed, and waits for it.
    pub fn finish(mut self) -> Result<(), String> {
        if let Some(mut orders) = self.orders.take() {
            // A guard that is gone already is dealt with below.
            let _ = writeln!(orders, "done");
        }
        self.clean_up()
    }

    /// Ends the guard without its cleaning up: the directory turned out to be someone else's.
    pub fn forget(mut self) -> Result<(), String> {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        drop(self.orders.take());
        ended
            .map(|_| ())
            .map_err(|error| format!("the cluster's guard does not end: {error}"))
    }

    fn clean_up(&mut self) -> Result<(), String> {
        drop(self.orders.take());
        let ended = self.child.wait().is_ok_and(|status| status.success());
        if ended && !self.dir.exists() {
            return Ok(());
        }
        // The guard itself was killed: a second one finds no orders and cleans up at once.
        let status = shell(&self.bin, &self.dir, &self.prefix)
            .stdin(Stdio::null())
            .status();
        if status.is_ok_and(|status| status.success()) {
            return Ok(());
        }
        Err(format!(
            "the cluster in {} could not be removed",
            self.dir.display()
        ))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.orders.is_some()
            && let Err(problem) = self.clean_up()
        {
            eprintln!("xtask: {problem}");
        }
    }
}

fn shell(bin: &Path, dir: &Path, prefix: &[String]) -> Command {
    let mut shell = Command::new("sh");
    shell
        .env("AVAL_PG_GUARD", SCRIPT)
        .args(["-c", LOADER, "aval-pg-guard"]);
    shell.arg(bin).arg(dir).args(prefix);
    // In a group of its own, Ctrl-C at the terminal does not reach it.
    shell.process_group(0);
    shell
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    /// Stands in for PostgreSQL's programs: notes the call, and what the server's file says is
    /// enough for the guard.
    const INITDB: &str = "mkdir \"${1#--pgdata=}\"";
    const POSTGRES: &str =
        "printf '%s\\n' $$ 2 3 4 5 6 7 'ready   ' >\"$2/postmaster.pid\"; exec sleep 60";
    const PG_CTL: &str = "kill \"$(head -n 1 \"${1#--pgdata=}/postmaster.pid\")\"";

    /// A directory with the stand-ins, and a cluster's directory.
    struct Stage {
        base: PathBuf,
    }

    impl Stage {
        fn new(name: &str) -> Self {
            let base =
                std::env::temp_dir().join(format!("xtask-guard-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&base);
            fs::create_dir_all(base.join("cluster")).unwrap();
            let stage = Self { base };
            stage.put("initdb", INITDB);
            stage.put("postgres", POSTGRES);
            stage.put("pg_ctl", PG_CTL);
            stage
        }

        fn put(&self, program: &str, does: &str) {
            let calls = self.base.join("calls");
            let text = format!("#!/bin/sh\necho {program} >>{}\n{does}\n", calls.display());
            let file = self.base.join(program);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }

        fn guard(&self) -> Guard {
            Guard::start(&self.base, &self.cluster(), &[]).unwrap()
        }

        fn cluster(&self) -> PathBuf {
            self.base.join("cluster")
        }

        fn calls(&self) -> String {
            fs::read_to_string(self.base.join("calls")).unwrap_or_default()
        }
    }

    impl Drop for Stage {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.base);
        }
    }

    #[test]
    fn orders_are_answered_and_done_stops_and_removes() {
        let stage = Stage::new("done");
        let mut guard = stage.guard();
        assert_eq!(guard.order("init"), Ok(true));
        assert_eq!(guard.order("start"), Ok(true));
        assert_eq!(guard.finish(), Ok(()));
        assert!(!stage.cluster().exists());
        assert_eq!(stage.calls(), "initdb\npostgres\npg_ctl\n");
    }

    #[test]
    fn a_failed_order_is_told_apart() {
        let stage = Stage::new("failed");
        stage.put("postgres", "exit 1");
        let mut guard = stage.guard();
        assert_eq!(guard.order("start"), Ok(false));
        assert_eq!(guard.finish(), Ok(()));
        assert!(!stage.cluster().exists());
    }

    #[test]
    fn a_closed_pipe_ends_what_used_the_cluster() {
        let stage = Stage::new("closed");
        let mut guard = stage.guard();
        let data = stage.cluster().join("data");
        // A grandchild in a group of its own is what a test runner's tests look like.
        let mut user = Command::new("sh")
            .args(["-c", "sleep 60 & wait"])
            .env("AVAL_TEST_PG_DIR", &data)
            .process_group(0)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        drop(guard.orders.take());
        assert!(!user.wait().unwrap().success());
        assert!(guard.child.wait().unwrap().success());
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert!(!stage.cluster().exists());
    }

    #[test]
    fn a_killed_guard_is_made_up_for() {
        let stage = Stage::new("killed");
        let mut guard = stage.guard();
        assert_eq!(guard.order("init"), Ok(true));
        guard.child.kill().unwrap();
        guard.child.wait().unwrap();
        assert!(guard.order("start").is_err());
        assert_eq!(guard.finish(), Ok(()));
        assert!(!stage.cluster().exists());
    }
}
