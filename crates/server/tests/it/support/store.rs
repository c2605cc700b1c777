//! An empty store on an engine, and what goes with it.
//!
//! Invariant: every test has a store of its own; without a PostgreSQL its test fails and says how
//! to get one.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aval_storage::{Limits, Storage, Target};
use tempfile::TempDir;

/// Where a store is, with the folder that holds its vault key.
pub struct Store {
    target: Target,
    folder: TempDir,
}

impl Store {
    /// An empty SQLite store.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(folder.path().join("aval.db"));
        Self { target, folder }
    }

    /// An empty PostgreSQL store: a database of its own.
    pub async fn postgres() -> Self {
        let url = std::env::var("AVAL_TEST_DATABASE_URL")
            .expect("AVAL_TEST_DATABASE_URL is not set: run the tests under `cargo xtask pg --`");
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .unwrap();
        let connection = tokio::spawn(connection);
        // Processes are many in a run: their numbers come again.
        let name = format!("api{:x}n{}", of_this_process(), unique());
        let make = format!("CREATE DATABASE {name}");
        client.batch_execute(&make).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
        let base = url.rsplit_once('/').unwrap().0;
        Self {
            target: Target::Postgres(format!("{base}/{name}")),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Opens it, once more if need be.
    pub async fn open(&self, queue: usize) -> Storage {
        let limits = Limits { queue };
        Storage::open(&self.target, limits).await.unwrap()
    }

    /// A connection of the test's own to an SQLite store.
    pub fn connection(&self) -> rusqlite::Connection {
        let Target::Sqlite(path) = &self.target else {
            panic!("the store is not on SQLite");
        };
        rusqlite::Connection::open(path).unwrap()
    }

    /// A connection of the test's own to a PostgreSQL store.
    pub async fn client(&self) -> tokio_postgres::Client {
        let Target::Postgres(url) = &self.target else {
            panic!("the store is not in PostgreSQL");
        };
        let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
        let (client, connection) = connected.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Changes rows as nobody should.
    pub async fn by_hand(&self, sql: &str) {
        match &self.target {
            Target::Sqlite(_) => self.connection().execute_batch(sql).unwrap(),
            Target::Postgres(_) => self.client().await.batch_execute(sql).await.unwrap(),
        }
    }

    /// The file of a SQLite store.
    pub fn file(&self) -> PathBuf {
        let Target::Sqlite(path) = &self.target else {
            panic!("the store is not in a file");
        };
        path.clone()
    }

    /// The file of its key-encryption keys.
    pub fn vault_key(&self) -> PathBuf {
        self.folder.path().join("vault.key")
    }
}

/// A number that no other process of a run has.
pub fn of_this_process() -> u64 {
    static NUMBER: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    *NUMBER
}

/// A number that no other test of this process has.
pub fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
