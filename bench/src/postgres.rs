//! PostgreSQL as the run needs it: fresh databases, a few figures, and pgbench.
//! Invariant: only databases made here are touched, and they are dropped again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process::cpu_of;

/// A throwaway cluster, spoken to through `psql` as its superuser.
#[derive(Clone)]
pub struct Cluster {
    url: String,
    programs: Option<PathBuf>,
}

impl Cluster {
    /// The cluster named by the environment; an error when it would not keep what it commits,
    /// since its figures would mean nothing.
    pub fn from_environment() -> Result<Self> {
        let url = std::env::var("AVAL_TEST_DATABASE_URL").map_err(
            |_| "AVAL_TEST_DATABASE_URL is not set; without PostgreSQL: --engines sqlite",
        )?;
        let programs = std::env::var_os("AVAL_TEST_PG_BIN").map(PathBuf::from);
        let cluster = Self { url, programs };
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            if cluster.query(&cluster.url, &format!("SHOW {setting}"))? != "on" {
                return Err(format!("PostgreSQL runs with {setting} other than on").into());
            }
        }
        Ok(cluster)
    }

    /// The server's version.
    pub fn version(&self) -> Result<String> {
        self.query(&self.url, "SHOW server_version")
    }

    /// Makes an empty database.
    pub fn create(&self, name: &str) -> Result<Database> {
        let name = format!("aval_bench_{}_{name}", std::process::id());
        self.query(&self.url, &format!("CREATE DATABASE {name}"))?;
        let url = with_database(&self.url, &name);
        Ok(Database {
            cluster: self.clone(),
            name,
            url,
        })
    }

    fn query(&self, url: &str, sql: &str) -> Result<String> {
        self.run(
            self.program("psql")
                .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, url]),
        )
    }

    fn program(&self, name: &str) -> Command {
        let own = self.programs.as_ref().map(|folder| folder.join(name));
        Command::new(
            own.filter(|path| path.exists())
                .unwrap_or_else(|| PathBuf::from(name)),
        )
    }

    fn run(&self, command: &mut Command) -> Result<String> {
        let output = command
            .output()
            .map_err(|error| format!("{command:?}: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{command:?}: {said}").into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// A database; dropped with the value.
pub struct Database {
    cluster: Cluster,
    name: String,
    /// Its URL.
    pub url: String,
}

impl Database {
    /// Runs SQL and answers what it prints.
    pub fn query(&self, sql: &str) -> Result<String> {
        self.cluster.query(&self.url, sql)
    }

    /// Lets the cluster use the files of its log again, as one that runs for long does: a new one
    /// makes a file of 16 MiB of zeros whenever it needs the next.
    pub fn checkpoint(&self) -> Result<()> {
        self.query("CHECKPOINT").map(|_| ())
    }

    /// The bytes of its files, after a checkpoint.
    pub fn size(&self) -> Result<u64> {
        Ok(self
            .query("CHECKPOINT; SELECT pg_database_size(current_database())")?
            .parse()?)
    }

    /// How many bytes the write-ahead log of the whole cluster has grown to, ever.
    pub fn log_position(&self) -> Result<u64> {
        Ok(self
            .query("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint")?
            .parse()?)
    }

    /// CPU seconds of all of PostgreSQL's living processes, when it runs on this machine.
    pub fn cpu(&self) -> Result<f64> {
        let pids = self.query("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")?;
        Ok(pids
            .lines()
            .filter_map(|pid| pid.parse().ok())
            .map(cpu_of)
            .sum())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = self.cluster.query(&self.cluster.url, &drop) {
            eprintln!("{error}");
        }
    }
}

/// The same URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, parameters) = match url.split_once('?') {
        Some((base, parameters)) => (base, format!("?{parameters}")),
        None => (url, String::new()),
    };
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..]
        .find('/')
        .map_or(base.len(), |at| authority + at);
    format!("{}/{name}{parameters}", &base[..end])
}

/// pgbench on a table whose rows are as large as a sale.
pub struct Pgbench {
    database: Database,
    inserts: PathBuf,
    selects: PathBuf,
    body: String,
    connections: usize,
    rounds: u64,
}

/// Rows of each client that are selected from; it inserts many more in a second.
const OF_EACH_CLIENT: u64 = 100;

impl Pgbench {
    /// Makes the table. Its key is 16 bytes and grows with time, as payment ids do.
    pub fn new(
        cluster: &Cluster,
        folder: &Path,
        row_bytes: usize,
        connections: usize,
    ) -> Result<Self> {
        let database = cluster.create("pgbench")?;
        database.query("CREATE TABLE sale (id bytea PRIMARY KEY, body text NOT NULL)")?;
        let selects = folder.join("pgbench-selects.sql");
        fs::write(
            &selects,
            "\\set n random(:first, :last)\n\
             SELECT body FROM sale WHERE id = \
             int8send(:n::bigint) || int8send(:client_id::bigint);\n",
        )?;
        let inserts = folder.join("pgbench-inserts.sql");
        fs::write(
            &inserts,
            "\\set n :n + 1\n\
             INSERT INTO sale VALUES \
             (int8send(:n::bigint) || int8send(:client_id::bigint), :body);\n",
        )?;
        let body = "0123456789abcdef"
            .chars()
            .cycle()
            .take(row_bytes.saturating_sub(16))
            .collect();
        Ok(Self {
            database,
            inserts,
            selects,
            body,
            connections,
            rounds: 0,
        })
    }

    /// Inserts row by row for some seconds; answers rows per second.
    pub fn insert(&mut self, seconds: u64) -> Result<f64> {
        self.rounds += 1;
        // Each round has its own keys, above those of the one before.
        let variables = [format!("n={}", self.first()), format!("body={}", self.body)];
        self.run(seconds, &self.inserts, &variables)
    }

    /// Selects those rows by key, one by one; answers rows per second.
    pub fn select(&self, seconds: u64) -> Result<f64> {
        let first = self.first() + 1;
        let variables = [
            format!("first={first}"),
            format!("last={}", first + OF_EACH_CLIENT),
        ];
        self.run(seconds, &self.selects, &variables)
    }

    const fn first(&self) -> u64 {
        self.rounds << 40
    }

    fn run(&self, seconds: u64, script: &Path, variables: &[String]) -> Result<f64> {
        let connections = self.connections.to_string();
        let mut command = self.database.cluster.program("pgbench");
        command.args(["-n", "-M", "prepared", "-j", "2", "-c", &connections]);
        command
            .args(["-T", &seconds.to_string()])
            .arg("-f")
            .arg(script);
        for variable in variables {
            command.args(["-D", variable]);
        }
        command.arg(&self.database.url);
        let said = self.database.cluster.run(&mut command)?;
        let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = line.and_then(|rest| rest.split_whitespace().next());
        Ok(rate
            .ok_or_else(|| format!("pgbench said no rate:\n{said}"))?
            .parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_changes() {
        for (url, expected) in [
            (
                "postgres://u:p@h:5433/postgres",
                "postgres://u:p@h:5433/new",
            ),
            ("postgres://u@h", "postgres://u@h/new"),
            (
                "postgres:///postgres?host=/tmp/s&user=u",
                "postgres:///new?host=/tmp/s&user=u",
            ),
            (
                "postgresql://h/a?sslmode=disable",
                "postgresql://h/new?sslmode=disable",
            ),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
