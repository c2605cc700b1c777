//! A store of the server under test, with its merchants, and the server running on it.
//! Invariant: every store is new, and no setting of the surrounding environment reaches it.

use std::cell::RefCell;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use super::Bench;
use crate::Result;
use crate::fields::Member;
use crate::ledger::{Ledger, Merchant};
use crate::postgres::Database;
use crate::process::{Folder, Server, answers_ok, free_addresses, size_of_files};

/// Where the server keeps its data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The file in the data directory.
    Sqlite,
    /// A database of the throwaway cluster.
    Postgres,
}

impl Engine {
    /// Reads its name on the command line.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            other => Err(format!("--engines does not take {other:?}").into()),
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A store and what is known of its content.
pub struct Store {
    binary: PathBuf,
    folder: Folder,
    /// The database, when it is in PostgreSQL.
    pub database: Option<Database>,
    /// What was acknowledged.
    pub ledger: Rc<RefCell<Ledger>>,
}

/// A merchant with somebody who may sign in.
pub struct Shop {
    /// MerchantId.
    pub id: String,
    /// MerchantKey.
    pub key: String,
    /// Establishment code.
    pub establishment: String,
    /// The user.
    pub user: String,
    /// The user's password.
    pub password: String,
}

/// A server on a store.
pub struct Running {
    /// The process.
    pub server: Server,
    /// The transactional listener.
    pub api: SocketAddr,
    /// The query listener.
    pub query: SocketAddr,
    /// The back-office listener.
    pub backoffice: SocketAddr,
}

/// Within which a running server notices a setting.
pub const HOLDS: Duration = Duration::from_secs(2);

impl Store {
    /// Makes a store and its merchants; `name` tells it from the others of the run.
    pub fn create(bench: &Bench, engine: Engine, name: &str) -> Result<Self> {
        Self::create_for(bench, &bench.binary, engine, name)
    }

    /// The same for another build of the server.
    pub fn create_for(bench: &Bench, binary: &Path, engine: Engine, name: &str) -> Result<Self> {
        let folder = Folder::new(bench.path().join(name))?;
        let database = match &bench.cluster {
            Some(cluster) if engine == Engine::Postgres => Some(cluster.create(name)?),
            _ => None,
        };
        let ledger = Rc::new(RefCell::new(Ledger::new(Vec::new())));
        let mut store = Self {
            binary: binary.to_owned(),
            folder,
            database,
            ledger,
        };
        let merchants: Result<Vec<Merchant>> = (1..=bench.merchants)
            .map(|number| store.create_merchant(bench, number))
            .collect();
        store.ledger = Rc::new(RefCell::new(Ledger::new(merchants?)));
        Ok(store)
    }

    /// Starts a server and waits until it is ready.
    pub fn start(&self, bench: &Bench) -> Result<Running> {
        self.start_with(bench, &[])
    }

    /// The same with more flags.
    pub fn start_with(&self, bench: &Bench, flags: &[&str]) -> Result<Running> {
        let [api, query, backoffice] = free_addresses()?;
        let mut command = self.command(bench, &["serve"]);
        command.args(flags);
        for (flag, address) in [
            ("--api-addr", api),
            ("--query-addr", query),
            ("--backoffice-addr", backoffice),
        ] {
            command.args([flag, &address.to_string()]);
        }
        let output = self.folder.path().with_extension("log");
        let ready = || answers_ok(backoffice, "/readyz");
        Ok(Running {
            server: Server::start(&mut command, &output, ready)?,
            api,
            query,
            backoffice,
        })
    }

    /// Runs a statement on a store whose server is stopped.
    pub fn execute(&self, sqlite: &str, postgres: &str) -> Result<()> {
        match &self.database {
            Some(database) => database.query(postgres).map(drop),
            None => {
                let file = self.folder.path().join("aval.db");
                Ok(rusqlite::Connection::open(file)?.execute_batch(sqlite)?)
            }
        }
    }

    /// The bytes the store takes: all files of the data directory, or the database.
    pub fn size(&self) -> Result<u64> {
        match &self.database {
            Some(database) => database.size(),
            None => size_of_files(self.folder.path()),
        }
    }

    /// Changes a setting of a merchant.
    pub fn set(&self, bench: &Bench, index: usize, key: &str, value: &str) -> Result<()> {
        let id = match self.ledger.borrow().merchants().get(index) {
            Some(merchant) => merchant.id.clone(),
            None => return Err(format!("there is no merchant {index}").into()),
        };
        let setting = format!("{key}={value}");
        let mut command = self.command(bench, &["merchant", "set", &id, &setting]);
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// Who knows it may use the sandbox API.
    pub fn admin_token(&self) -> Result<String> {
        let text = fs::read_to_string(self.folder.path().join("admin-token"))?;
        Ok(text.trim().to_owned())
    }

    /// Makes a merchant whose user signs in.
    pub fn create_shop(&self, bench: &Bench) -> Result<Shop> {
        let mut command = self.command(bench, &["merchant", "create", "--json", "--name", "Loja"]);
        let output = command.output()?;
        let member = |name: &'static str| {
            let found = Member::named(name).text(&output.stdout);
            let found = found.map(|text| String::from_utf8_lossy(text).into_owned());
            found.ok_or_else(|| format!("{command:?} tells no {name}"))
        };
        Ok(Shop {
            id: member("MerchantId")?,
            key: member("MerchantKey")?,
            establishment: member("EstablishmentCode")?,
            user: member("User")?,
            password: member("Password")?,
        })
    }

    fn create_merchant(&self, bench: &Bench, number: usize) -> Result<Merchant> {
        let name = format!("Loja {number}");
        let mut command = self.command(bench, &["merchant", "create", "--json", "--name", &name]);
        let output = command
            .output()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let member = |name| {
            Member::named(name)
                .text(&output.stdout)
                .map(|text| String::from_utf8_lossy(text).into())
        };
        match (
            output.status.success(),
            member("MerchantId"),
            member("MerchantKey"),
        ) {
            (true, Some(id), Some(key)) => Ok(Merchant { id, key }),
            _ => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    fn command(&self, bench: &Bench, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(words)
            .arg("--data-dir")
            .arg(self.folder.path());
        if let Some(database) = &self.database {
            command.args(["--database-url", &database.url]);
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AVAL_") {
                command.env_remove(name);
            }
        }
        if let Some(level) = &bench.log {
            command.env("RUST_LOG", level);
        }
        command
    }
}
