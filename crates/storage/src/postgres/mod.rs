//! PostgreSQL: a few committers that write in batches, a few pipelined connections that read.
//!
//! Invariant: a merchant's change sets all go through one committer, so they are written in the
//! order in which they came; a change set is answered after the COMMIT of the transaction that
//! holds it.

mod batch;
mod committer;
mod link;
mod statements;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;

use self::committer::{Committer, Job};
use self::link::{Link, Source};
use crate::changes::Changes;
use crate::rows::Row;
use crate::value::{Decode, Value};
use crate::{CommitError, Limits, OpenError, ReadError};

/// The PostgreSQL engine.
pub(crate) struct Postgres {
    committers: Vec<mpsc::Sender<Job>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    readers: Vec<Mutex<Option<Link>>>,
    next_reader: AtomicUsize,
    source: Source,
}

/// Connections that write. Two keep the server busy while one waits for its flush.
const COMMITTERS: usize = 2;
/// Connections that read, each pipelined.
const READERS: usize = 2;

impl Postgres {
    pub(crate) async fn open(url: &str, limits: Limits) -> Result<Self, OpenError> {
        let source = Source::parse(url)?;
        let fail = |why: String| OpenError {
            what: source.shown(),
            why,
        };
        let mut link = source.connect().await.map_err(fail)?;
        link.migrate().await.map_err(fail)?;
        let mut committers = Vec::with_capacity(COMMITTERS);
        let mut tasks = Vec::with_capacity(COMMITTERS);
        for _ in 0..COMMITTERS {
            let (jobs, waiting) = mpsc::channel(limits.queue.max(1));
            let committer = Committer::new(source.clone());
            tasks.push(tokio::spawn(committer.run(waiting)));
            committers.push(jobs);
        }
        let readers = std::iter::once(Some(link)).chain(std::iter::repeat_with(|| None));
        Ok(Self {
            committers,
            tasks: Mutex::new(tasks),
            readers: readers.take(READERS).map(Mutex::new).collect(),
            next_reader: AtomicUsize::new(0),
            source,
        })
    }

    pub(crate) async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        let mut hasher = DefaultHasher::new();
        changes.merchant.hash(&mut hasher);
        let of_merchant = usize::try_from(hasher.finish() >> 32).unwrap_or(0);
        let at = of_merchant.checked_rem(self.committers.len()).unwrap_or(0);
        let (answer, answered) = oneshot::channel();
        let gone = || CommitError::Unavailable("its committers have stopped".to_owned());
        let committer = self.committers.get(at).ok_or_else(gone)?;
        let job = Job {
            rows: Row::of(&changes),
            answer,
        };
        committer.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => CommitError::Full,
            mpsc::error::TrySendError::Closed(_) => gone(),
        })?;
        answered.await.map_err(|_| gone())?
    }

    pub(crate) async fn execute(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<u64, CommitError> {
        let fail = |error: String| CommitError::Unavailable(error);
        let link = self.reader().await.map_err(fail)?;
        let statement = link
            .prepare(sql)
            .await
            .map_err(|error| fail(link::explain(&error)))?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
        link.client()
            .execute(&statement, &params)
            .await
            .map_err(|error| fail(link::explain(&error)))
    }

    pub(crate) async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        let fail = |error: String| ReadError::Unavailable(error);
        let link = self.reader().await.map_err(fail)?;
        let statement = link
            .prepare(sql)
            .await
            .map_err(|error| fail(link::explain(&error)))?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
        let found = link.client().query(&statement, &params).await;
        let found = found.map_err(|error| fail(link::explain(&error)))?;
        found
            .iter()
            .map(|row| T::decode(row).map_err(ReadError::from))
            .collect()
    }

    pub(crate) async fn close(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().await);
        for committer in &self.committers {
            let (answer, closed) = oneshot::channel();
            if committer
                .send(Job {
                    rows: Vec::new(),
                    answer,
                })
                .await
                .is_ok()
            {
                let _ = closed.await;
            }
        }
        for task in tasks {
            task.abort();
            // Until it has ended it would still take what is sent to it.
            let _ = task.await;
        }
    }

    /// A connection that reads, made anew when it was lost.
    async fn reader(&self) -> Result<Link, String> {
        let turn = self.next_reader.fetch_add(1, Ordering::Relaxed);
        let at = turn.checked_rem(self.readers.len()).unwrap_or(0);
        let slot = self.readers.get(at).ok_or("no reader")?;
        let mut slot = slot.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| !link.is_closed()) {
            return Ok(link.clone());
        }
        let link = self.source.connect().await?;
        *slot = Some(link.clone());
        Ok(link)
    }
}

#[cfg(test)]
mod tests {
    use super::link::explain;
    use super::*;

    #[tokio::test]
    async fn every_statement_can_be_prepared() {
        let url = std::env::var("AVAL_TEST_DATABASE_URL").expect("run under `cargo xtask pg --`");
        let source = Source::parse(&url).unwrap();
        let mut link = source.connect().await.unwrap();
        let schema = "CREATE SCHEMA IF NOT EXISTS prepared; SET search_path = prepared";
        link.client().batch_execute(schema).await.unwrap();
        link.migrate().await.unwrap();
        for sql in crate::queries::ALL {
            link.prepare(sql)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {}", explain(&error)));
        }
        for table in crate::rows::TABLES {
            for rows in [1, statements::MOST_ROWS] {
                let may_conflict = table.taken != crate::Conflict::Exists;
                let mut texts = vec![statements::insert(table, rows, may_conflict)];
                texts.extend((table.updated > 0).then(|| statements::update(table, rows)));
                for sql in texts {
                    let prepared = link.prepare(&sql).await;
                    prepared.unwrap_or_else(|error| panic!("{sql}: {}", explain(&error)));
                }
            }
        }
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_told_without_its_password() {
        let limits = Limits { queue: 1 };
        let nowhere = "postgres://aval:s3cret@127.0.0.1:1/none?connect_timeout=1";
        let error = Postgres::open(nowhere, limits)
            .await
            .err()
            .unwrap()
            .to_string();
        assert!(!error.contains("s3cret"), "{error}");
        assert!(error.contains("127.0.0.1"), "{error}");
    }
}
