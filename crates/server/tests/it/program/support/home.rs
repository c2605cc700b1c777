//! A data directory with its database, and the commands that are run on it.
//!
//! Invariant: nothing of the machine's own settings reaches the program: its variables are taken
//! away, and its folder is the test's.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::http::Request;
use super::postgres;

/// Where a program lives in a test.
pub struct Home {
    folder: TempDir,
    database: Option<String>,
}

/// Who calls the API.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// MerchantId.
    pub id: String,
    /// MerchantKey.
    pub key: String,
}

impl Home {
    /// On SQLite, nothing made yet.
    pub fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: None,
        }
    }

    /// On a new database of the shared PostgreSQL.
    pub fn postgres() -> Self {
        Self::with_database(postgres::shared_database())
    }

    /// On the PostgreSQL database of this URL.
    pub fn with_database(url: String) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: Some(url),
        }
    }

    /// The URL of its PostgreSQL database.
    pub fn database(&self) -> &str {
        self.database.as_deref().expect("it is on SQLite")
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder beside the data directory, for logs and other files of the test.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// The program with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.env("AVAL_DATA_DIR", self.data());
        if let Some(url) = &self.database {
            command.env("AVAL_DATABASE_URL", url);
        }
        command.current_dir(self.folder.path());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Makes a merchant.
    pub fn merchant(&self, arguments: &[&str]) -> Merchant {
        let create = ["merchant", "create", "--name", "Loja", "--json"];
        let made = self.run(&[&create[..], arguments].concat()).json();
        Merchant {
            id: made["MerchantId"].as_str().unwrap().to_owned(),
            key: made["MerchantKey"].as_str().unwrap().to_owned(),
        }
    }
}

/// The program, in a clean environment.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aval"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        // The variables of the tests stay: by them the throwaway PostgreSQL knows its users.
        let ours = text.starts_with("AVAL_") && !text.starts_with("AVAL_TEST_");
        if ours || text == "RUST_LOG" {
            command.env_remove(&name);
        }
    }
    command.args(arguments);
    command
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Self {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// What a command that went well said.
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        self.out
    }

    /// What a command that went well said: one JSON object and nothing else.
    pub fn json(self) -> serde_json::Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The one line of a command that was refused for how it was called.
    pub fn refused(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{self:?}");
        let line = self.err.strip_suffix('\n').unwrap();
        assert!(line.starts_with("aval: ") && !line.contains('\n'), "{line}");
        line.to_owned()
    }
}

impl Merchant {
    /// A request of this merchant.
    pub fn request(&self, method: &'static str, path: impl Into<String>) -> Request {
        Request::new(method, path)
            .header("MerchantId", &self.id)
            .header("MerchantKey", &self.key)
    }

    /// A sale by credit card.
    pub fn sale(&self, order: &str, amount: u64) -> Request {
        self.request("POST", "/1/sales/")
            .header("Content-Type", "application/json")
            .body(sale_body(order, amount, CARD))
    }
}

/// A card whose sales are authorized.
pub const CARD: &str = r#""CardNumber":"1234123412341231","Holder":"Teste Holder",
    "ExpirationDate":"12/2030","SecurityCode":"123","Brand":"Visa""#;

/// The body of a sale, with the members of its card.
pub fn sale_body(order: &str, amount: u64, card: &str) -> String {
    format!(
        r#"{{"MerchantOrderId":"{order}","Customer":{{"Name":"Comprador"}},"Payment":{{
        "Type":"CreditCard","Amount":{amount},"Installments":1,"CreditCard":{{{card}}}}}}}"#
    )
}
