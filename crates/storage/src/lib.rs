//! The port to what is stored: every stored thing in one page of signatures, on SQLite or
//! PostgreSQL.
//!
//! Invariant: the only SQL of the project is in this crate. [`Storage::commit`] is the only way to
//! change what belongs to a merchant, but to forget kept answers that are old and to empty a
//! sandbox; when it answers `Ok`, the changes are on disk.

pub mod access;
mod buyers;
mod changes;
mod clock;
mod feed;
pub mod fraud;
mod gather;
mod jobs;
mod listeners;
mod migrations;
mod notifications;
mod orders;
mod postgres;
mod queries;
mod recurrences;
mod rows;
mod sandbox;
pub mod search;
mod sqlite;
mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aval_domain::id::{CardToken, MerchantId, PaymentId};
use aval_domain::merchant::Merchant;
use aval_domain::operation::Operation;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;

pub use crate::changes::{
    AwaitedBuyer, AwaitedCard, Changes, Conflict, Decision, FaultOf, Heard, JobWrite, KeptAnswer,
    Listener, RecurrenceWrite, ReplacedCard, SettingChange, SimulatedAttempt, StoredCard,
    Unfinished, Write,
};
pub use crate::clock::{AskedMove, ClockMove};
pub use crate::feed::Feed;
pub use crate::recurrences::{Due, DuePlace, Part};
use crate::value::{Decode, Value};

/// Where the store is.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A file; made when absent.
    Sqlite(PathBuf),
    /// `postgres://…`; the database must exist, its tables are made when absent.
    Postgres(String),
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Change sets waiting to be written; one more is refused with [`CommitError::Full`].
    pub queue: usize,
}

/// The store. Cheap to clone; all clones share the same committers and readers.
#[derive(Clone)]
pub struct Storage {
    engine: Arc<Engine>,
    feed: Arc<Feed>,
    newer_steps: Arc<[String]>,
}

/// How long a store that is well takes to answer at the most.
const PING_WITHIN: Duration = Duration::from_secs(2);

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(Box<postgres::Postgres>),
}

/// Why a change set was not made durable, or is not known to be.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// An expectation failed; nothing was written.
    #[error("{0}")]
    Conflict(#[from] Conflict),
    /// Too many change sets are waiting; nothing was written.
    #[error("too many changes are waiting")]
    Full,
    /// The store is out of reach. The changes may or may not have been written.
    #[error("the store is out of reach: {0}")]
    Unavailable(String),
    /// The store refused the changes, as its own constraints do; nothing was written.
    #[error("the store refused: {0}")]
    Refused(String),
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store is out of reach.
    #[error("the store is out of reach: {0}")]
    Unavailable(String),
    /// A row does not hold what it should.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open {what}: {why}")]
pub struct OpenError {
    what: String,
    why: String,
}

/// A cell that does not hold what it should. Says where and what kind of fault, never what is in
/// the cell: that may be a buyer's data.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{column} {why}")]
pub struct Corrupt {
    table: &'static str,
    column: &'static str,
    why: String,
}

impl Storage {
    /// Opens the store, makes or upgrades its tables, and starts committers and readers.
    ///
    /// # Errors
    /// When it is out of reach, its tables cannot be made, or a step that made them is not the one
    /// we know by that name.
    pub async fn open(target: &Target, limits: Limits) -> Result<Self, OpenError> {
        let feed = Arc::new(Feed::default());
        let told = Arc::clone(&feed);
        let (engine, newer_steps) = match target {
            Target::Sqlite(path) => {
                let (sqlite, newer) = sqlite::Sqlite::open(path, limits, told)?;
                (Engine::Sqlite(sqlite), newer)
            }
            Target::Postgres(url) => {
                let (postgres, newer) = postgres::Postgres::open(url, limits, told).await?;
                (Engine::Postgres(Box::new(postgres)), newer)
            }
        };
        Ok(Self {
            engine: Arc::new(engine),
            feed,
            newer_steps: newer_steps.into(),
        })
    }

    /// The steps of the schema that a newer program applied and this one does not know. They only
    /// added something, so the store can be used; but this program is behind, which its operator
    /// should be told.
    #[must_use]
    pub fn newer_steps(&self) -> &[String] {
        &self.newer_steps
    }

    /// What this process wrote that others make something of.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Makes a change set durable, whole or not at all.
    ///
    /// # Errors
    /// See [`CommitError`]; after `Unavailable` nobody knows, after the others nothing was written.
    pub async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.commit(changes).await,
            Engine::Postgres(postgres) => postgres.commit(changes).await,
        }
    }

    /// A sale of a merchant.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn sale(&self, of: MerchantId, id: PaymentId) -> Result<Option<Sale>, ReadError> {
        let key = vec![of.into(), id.into()];
        let found = match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.first(queries::SALE, key).await?,
            Engine::Postgres(postgres) => postgres.sale(key).await?,
        };
        self.whole(found).await
    }

    /// What was done to a payment after its sale, oldest first.
    ///
    /// # Errors
    /// As above.
    pub async fn operations(
        &self,
        of: MerchantId,
        payment: PaymentId,
    ) -> Result<Vec<Operation>, ReadError> {
        self.rows(queries::OPERATIONS, vec![of.into(), payment.into()])
            .await
    }

    /// A stored card.
    ///
    /// # Errors
    /// As above.
    pub async fn card(
        &self,
        of: MerchantId,
        token: CardToken,
    ) -> Result<Option<StoredCard>, ReadError> {
        self.first(queries::CARD, vec![of.into(), token.into()])
            .await
    }

    /// The answer kept under an Idempotency-Key, however old.
    ///
    /// # Errors
    /// As above.
    pub async fn answer(&self, of: MerchantId, key: &str) -> Result<Option<KeptAnswer>, ReadError> {
        self.first(queries::ANSWER, vec![of.into(), key.into()])
            .await
    }

    /// A merchant.
    ///
    /// # Errors
    /// As above.
    pub async fn merchant(&self, id: MerchantId) -> Result<Option<Merchant>, ReadError> {
        self.first(queries::MERCHANT, vec![id.into()]).await
    }

    /// Merchants in the order of their ids, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn merchants(
        &self,
        after: Option<MerchantId>,
        limit: u32,
    ) -> Result<Vec<Merchant>, ReadError> {
        let after = after.unwrap_or(MerchantId::from_bytes([0; 16]));
        self.rows(queries::MERCHANTS, vec![after.into(), limit.into()])
            .await
    }

    /// What was changed of a merchant, oldest first, after a version and key, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn setting_changes(
        &self,
        of: MerchantId,
        after: (u32, &str),
        limit: u32,
    ) -> Result<Vec<SettingChange>, ReadError> {
        let (version, key) = after;
        let params = vec![of.into(), version.into(), key.into(), limit.into()];
        self.rows(queries::SETTING_CHANGES, params).await
    }

    /// What was changed of one setting of a merchant, oldest first, after a version, at most
    /// `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn changes_of_setting(
        &self,
        of: MerchantId,
        key: &str,
        after: u32,
        limit: u32,
    ) -> Result<Vec<SettingChange>, ReadError> {
        let params = vec![of.into(), key.into(), after.into(), limit.into()];
        self.rows(queries::CHANGES_OF_SETTING, params).await
    }

    /// A payment's attempt, when it is in doubt.
    ///
    /// # Errors
    /// As above.
    pub async fn unfinished(
        &self,
        of: MerchantId,
        payment: PaymentId,
    ) -> Result<Option<Unfinished>, ReadError> {
        self.first(queries::UNFINISHED, vec![of.into(), payment.into()])
            .await
    }

    /// Attempts in doubt that are due by a moment, the earliest first, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn unfinished_due(
        &self,
        by: Timestamp,
        limit: u32,
    ) -> Result<Vec<Unfinished>, ReadError> {
        self.rows(queries::UNFINISHED_DUE, vec![by.into(), limit.into()])
            .await
    }

    /// A setting of the whole server.
    ///
    /// # Errors
    /// As above.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, ReadError> {
        self.first(queries::SETTING, vec![name.into()]).await
    }

    /// Sets a setting of the whole server.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn put_setting(&self, name: &str, value: &str) -> Result<(), CommitError> {
        self.execute(queries::PUT_SETTING, vec![name.into(), value.into()])
            .await
            .map(|_| ())
    }

    /// Sets a setting of the whole server unless it is set; what holds is read afterwards.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn claim_setting(&self, name: &str, value: &str) -> Result<(), CommitError> {
        // Every command claims what nearly always is set: it need not wait for the writers then.
        if let Ok(Some(_)) = self.setting(name).await {
            return Ok(());
        }
        let params = vec![name.into(), value.into()];
        self.execute(queries::CLAIM_SETTING, params)
            .await
            .map(|_| ())
    }

    /// Forgets the answer kept under a key at that moment; another one stays.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn forget_answer(
        &self,
        of: MerchantId,
        key: &str,
        kept_at: Timestamp,
    ) -> Result<(), CommitError> {
        let params = vec![of.into(), key.into(), kept_at.into()];
        self.execute(queries::FORGET_ANSWER, params)
            .await
            .map(|_| ())
    }

    /// Forgets a merchant's kept answers from before a moment, at most `limit`; says how many.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn forget_answers(
        &self,
        of: MerchantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, CommitError> {
        let answers = (queries::OLD_ANSWERS, queries::FORGET_ANSWERS);
        self.forget(answers, vec![of.into(), before.into()], limit)
            .await
    }

    /// Whether the store can be read and written: every committer is asked too, behind what waits
    /// for it already.
    ///
    /// # Errors
    /// When it cannot, or does not answer within two seconds.
    pub async fn ping(&self) -> Result<(), ReadError> {
        let asked = async {
            self.rows::<i64>(queries::PING, vec![]).await?;
            let written = match &*self.engine {
                Engine::Sqlite(sqlite) => sqlite.ping().await,
                Engine::Postgres(postgres) => postgres.ping().await,
            };
            written.map_err(|error| match error {
                CommitError::Unavailable(why) => ReadError::Unavailable(why),
                CommitError::Conflict(_) | CommitError::Full | CommitError::Refused(_) => {
                    ReadError::Unavailable(error.to_string())
                }
            })
        };
        let late = |_| ReadError::Unavailable("it does not answer in time".to_owned());
        let answered = tokio::time::timeout(PING_WITHIN, asked).await;
        answered.map_err(late)?
    }

    /// Writes a copy of an SQLite store to a file that is made for it; gives its size in bytes.
    ///
    /// # Errors
    /// Why there is none; of PostgreSQL always: that has a tool of its own.
    pub async fn back_up(&self, to: &Path) -> Result<u64, String> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.back_up(to).await,
            Engine::Postgres(_) => Err("PostgreSQL is backed up by pg_dump".to_owned()),
        }
    }

    /// Writes what is waiting, then lets go of the store.
    pub async fn close(&self) {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
    }

    async fn first<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Option<T>, ReadError> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.first(sql, params).await,
            Engine::Postgres(postgres) => Ok(postgres.rows(sql, params).await?.into_iter().next()),
        }
    }

    /// The first row of a query that may take longer than a row by its key does: off the threads
    /// that serve requests.
    async fn one<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Option<T>, ReadError> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// Removes what is too old, at most `limit`, when there is any; says how much.
    async fn forget(
        &self,
        (any, sql): (&'static str, &'static str),
        mut key: Vec<Value>,
        limit: u32,
    ) -> Result<u64, CommitError> {
        let found: Result<Option<i64>, ReadError> = self.one(any, key.clone()).await;
        match found {
            Ok(Some(0)) => Ok(0),
            // Whoever cannot read is told by the one who writes.
            Ok(_) | Err(_) => {
                key.push(limit.into());
                self.execute(sql, key).await
            }
        }
    }

    async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.rows(sql, params).await,
            Engine::Postgres(postgres) => postgres.rows(sql, params).await,
        }
    }

    async fn execute(&self, sql: &'static str, params: Vec<Value>) -> Result<u64, CommitError> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.execute(sql, params).await,
            Engine::Postgres(postgres) => postgres.execute(sql, params).await,
        }
    }
}
