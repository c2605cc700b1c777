//! A connection to PostgreSQL and the statements prepared on it.
//!
//! Invariant: an acknowledged COMMIT is on disk: `synchronous_commit` is never `off` or `local` on
//! a connection of ours.

mod kept;
mod tls;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

pub(super) use self::kept::{Kept, LIMIT};
use super::statements::Text;
use crate::OpenError;
use crate::migrations::{self, Migration};
use crate::value::Value;

/// Where to connect to.
#[derive(Clone)]
pub(super) struct Source {
    config: Config,
    tls: MakeRustlsConnect,
}

/// One connection; clones share it.
#[derive(Clone)]
pub(super) struct Link {
    client: Arc<Client>,
    prepared: Arc<Mutex<HashMap<Text, Statement>>>,
}

/// A server that dies amid a transaction must not hold its rows for long, nor may we wait for them
/// without end. Our statements find their rows by key; a plan made while a table was small must
/// not become a scan of a large one.
const SESSION: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan; SET jit = off; \
     SET statement_timeout = 0; SET lock_timeout = '2s'; \
     SET idle_in_transaction_session_timeout = '5s'";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl Source {
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let fail = |why: String| OpenError {
            what: "the database URL".to_owned(),
            why,
        };
        let (url, root_cert) = tls::without_root_cert(url);
        let mut config: Config = url
            .parse()
            .map_err(|error: tokio_postgres::Error| fail(error.to_string()))?;
        config
            .application_name("aval")
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(10));
        if config.get_target_session_attrs() == TargetSessionAttrs::Any {
            // Of several hosts a standby would answer reads with what was.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        let tls = tls::connector(root_cert.as_deref()).map_err(fail)?;
        Ok(Self { config, tls })
    }

    /// Host, port and database, without user or password.
    pub(super) fn shown(&self) -> String {
        let host = self
            .config
            .get_hosts()
            .first()
            .map_or_else(String::new, |host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            });
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!(
            "PostgreSQL at {host}:{port}/{}",
            self.config.get_dbname().unwrap_or_default()
        )
    }

    /// Connects, within a time that also covers a server that takes the connection and then says
    /// nothing.
    pub(super) async fn connect(&self) -> Result<Link, String> {
        let limit = self.config.get_connect_timeout().copied();
        let limit = limit.unwrap_or(CONNECT_TIMEOUT);
        let late = |_| "it does not answer in time".to_owned();
        timeout(limit, self.connected()).await.map_err(late)?
    }

    async fn connected(&self) -> Result<Link, String> {
        let connected = self.config.connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(|error| explain(&error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(
                    error = explain(&error),
                    "a connection to PostgreSQL was lost"
                );
            }
        });
        let link = Link {
            client: Arc::new(client),
            prepared: Arc::default(),
        };
        link.client
            .batch_execute(SESSION)
            .await
            .map_err(|error| explain(&error))?;
        link.ensure_durable()
            .await
            .map_err(|error| explain(&error))?;
        Ok(link)
    }
}

impl Link {
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether both are the same connection.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.client, &other.client)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The statement for a text, prepared once for each connection.
    ///
    /// # Errors
    /// PostgreSQL's; also when a column has another type than ours, which the driver would find
    /// only when the other statements of a batch are on their way.
    pub(super) async fn prepare(&self, text: Text) -> Result<Statement, Trouble> {
        let known = self.prepared.lock().ok();
        if let Some(statement) = known.and_then(|map| map.get(&text).cloned()) {
            return Ok(statement);
        }
        let statement = self.client.prepare(&text.sql()).await?;
        if !statement.params().iter().all(<Value as ToSql>::accepts) {
            return Err(Trouble::Unfit);
        }
        if let Ok(mut map) = self.prepared.lock() {
            map.insert(text, statement.clone());
        }
        Ok(statement)
    }

    /// Raises `synchronous_commit` where the operator's default would lose acknowledged sales; a
    /// stricter default (`remote_apply`) stays.
    async fn ensure_durable(&self) -> Result<(), tokio_postgres::Error> {
        let row = self
            .client
            .query_one("SHOW synchronous_commit", &[])
            .await?;
        let level: String = row.try_get(0)?;
        if ["off", "local"].contains(&level.as_str()) {
            self.client
                .batch_execute("SET synchronous_commit = on")
                .await?;
        }
        Ok(())
    }

    /// Makes and upgrades the tables. Two servers that start together take turns: the table of
    /// steps is locked for as long as it takes. Gives the steps that are newer than we know.
    pub(super) async fn migrate(&mut self) -> Result<Vec<String>, String> {
        let told = |error: tokio_postgres::Error| explain(&error);
        // Two servers may both find the table missing; the loser of that race finds it made.
        if self
            .client
            .batch_execute(migrations::MAKE_TABLE)
            .await
            .is_err()
        {
            self.client
                .batch_execute(migrations::MAKE_TABLE)
                .await
                .map_err(told)?;
        }
        self.client.batch_execute("BEGIN").await.map_err(told)?;
        let done = self.apply_pending().await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.client.batch_execute(end).await.map_err(told)?;
        done
    }

    async fn apply_pending(&self) -> Result<Vec<String>, String> {
        let told = |error: tokio_postgres::Error| explain(&error);
        // What a step fills a table with is read whole, not along an index.
        let lock = "SET LOCAL lock_timeout = 0; SET LOCAL enable_seqscan = on; \
             SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; \
             LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE";
        self.client.batch_execute(lock).await.map_err(told)?;
        let rows = self
            .client
            .query(migrations::APPLIED, &[])
            .await
            .map_err(told)?;
        let applied: Vec<(String, String)> = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_, _>>()
            .map_err(told)?;
        let text = |step: &Migration| step.postgres;
        let plan = migrations::plan(&applied, text)?;
        for (step, checksum) in plan.pending {
            self.client
                .batch_execute(step.postgres)
                .await
                .map_err(told)?;
            self.client
                .execute(migrations::REMEMBER, &[&step.name, &checksum])
                .await
                .map_err(told)?;
        }
        Ok(plan.unknown)
    }
}

/// Why a statement could not be run.
pub(super) enum Trouble {
    /// PostgreSQL or the connection to it said so.
    Told(tokio_postgres::Error),
    /// A column has another type than ours.
    Unfit,
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Told(error)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Told(error) => f.write_str(&explain(error)),
            Self::Unfit => f.write_str("a column of the store has another type"),
        }
    }
}

/// The error with what the server or the socket said, which its `Display` leaves out; without the
/// server's details, which may quote a row.
pub(super) fn explain(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(told), _) => format!("{}: {}", told.severity(), told.message()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}
