//! Reading, in two ways: rows by their key right where they are asked for, lists on threads.
//!
//! Invariant: a reader's connection cannot write (`query_only`); a read sees every commit that was
//! answered before it was asked. A row by its key takes a few microseconds, less than waking
//! another thread does; whatever may take longer must not hold up the threads that serve requests.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::OrderId;
use aval_domain::time::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::orders;
use crate::ReadError;
use crate::gather::Gather;
use crate::value::{Decode, Value};

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Connections that read: one for each thread that serves requests, and those of the threads that
/// read lists. What a thread's tasks ask for within one turn is read within one transaction:
/// beginning one costs two system calls under a lock that all connections share.
pub(super) struct Readers {
    gather: Gather<Job>,
    direct: Vec<Mutex<Connection>>,
    jobs: flume::Sender<Job>,
}

/// Reads that may wait; beyond it the caller waits to be let in.
const QUEUE: usize = 1024;
/// Bytes of the file that are mapped into memory at the most (SQLite's own bound: 2 GiB).
const MAPPED: i64 = 0x7fff_0000;
/// Threads that read lists.
const THREADS: usize = 2;

impl Readers {
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let gather = Gather::new();
        let direct = (0..gather.places()).map(|_| connect(path).map(Mutex::new));
        let direct: Result<Vec<_>, String> = direct.collect();
        let (jobs, queue) = flume::bounded::<Job>(QUEUE);
        for number in 0..THREADS {
            let connection = connect(path)?;
            let queue = queue.clone();
            std::thread::Builder::new()
                .name(format!("sqlite-reader-{number}"))
                .spawn(move || {
                    for job in queue.iter() {
                        job(&connection);
                    }
                })
                .map_err(|error| error.to_string())?;
        }
        Ok(Self {
            gather,
            direct: direct?,
            jobs,
        })
    }

    /// The first row of a query by key.
    pub(super) async fn first<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Option<T>, ReadError> {
        Ok(self.here(sql, params, 1).await?.pop())
    }

    /// All rows of a query that finds a few, each by a seek.
    pub(super) async fn few<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        self.here(sql, params, usize::MAX).await
    }

    async fn here<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
        most: usize,
    ) -> Result<Vec<T>, ReadError> {
        self.at_once(move |connection| read(connection, sql, &params, most))
            .await
    }

    /// What somebody reads right here.
    async fn at_once<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (job, answered) = job(reading);
        let jobs = self.gather.ask(job).await;
        if !jobs.is_empty() {
            let connection = self.direct.get(self.gather.place()).ok_or_else(gone)?;
            let connection = connection.lock();
            together(&connection.unwrap_or_else(PoisonError::into_inner), jobs);
        }
        answered.await.map_err(|_| gone())?
    }

    /// All rows of a query.
    pub(super) async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        self.on_thread(move |connection| read(connection, sql, &params, usize::MAX))
            .await
    }

    /// The first row of a query for each of many keys, on a thread for lists.
    pub(super) async fn many<T: Decode>(
        &self,
        sql: &'static str,
        keys: Vec<Vec<Value>>,
    ) -> Result<Vec<Option<T>>, ReadError> {
        self.on_thread(move |connection| {
            let each = keys.iter().map(|key| read(connection, sql, key, 1));
            each.map(|rows| rows.map(|mut rows| rows.pop())).collect()
        })
        .await
    }

    /// The payments of an order and when they were received, newest first, at most `limit`.
    pub(super) async fn sales_of_order(
        &self,
        merchant: MerchantId,
        order: OrderId,
        limit: usize,
    ) -> Result<Vec<(PaymentId, Timestamp)>, ReadError> {
        let reading = move |connection: &Connection| {
            orders::newest(connection, merchant, &order, limit)
                .map_err(|error| ReadError::Unavailable(error.to_string()))
        };
        if limit > 1 {
            return self.on_thread(reading).await;
        }
        self.at_once(reading).await
    }

    /// What somebody reads on a thread for lists.
    async fn on_thread<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (job, answered) = job(reading);
        self.jobs.send_async(job).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Reads in one transaction.
fn together(connection: &Connection, jobs: Vec<Job>) {
    if !connection.is_autocommit() {
        // A read that panicked must not leave all that follow in its past.
        run(connection, "ROLLBACK");
    }
    // Without a transaction around them the reads begin their own.
    let is_one = jobs.len() > 1 && run(connection, "BEGIN");
    for job in jobs {
        job(connection);
    }
    if is_one {
        run(connection, "COMMIT");
    }
}

fn run(connection: &Connection, sql: &'static str) -> bool {
    let statement = connection.prepare_cached(sql);
    statement
        .and_then(|mut statement| statement.execute([]))
        .is_ok()
}

fn gone() -> ReadError {
    ReadError::Unavailable("its readers have stopped".to_owned())
}

/// A read to be done, and where its answer comes.
fn job<T: Send + 'static>(
    reading: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, ReadError>>) {
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        // Whoever asked may have gone; then nobody misses the answer.
        let _ = answer.send(reading(connection));
    });
    (job, answered)
}

fn connect(path: &Path) -> Result<Connection, String> {
    let connection = super::connect(path)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| error.to_string())?;
    // A commit by the writer empties the caches of all other connections: mapped, a page that is
    // in the system's cache costs no call.
    connection
        .pragma_update(None, "mmap_size", MAPPED)
        .map_err(|error| error.to_string())?;
    Ok(connection)
}

fn read<T: Decode>(
    connection: &Connection,
    sql: &'static str,
    params: &[Value],
    most: usize,
) -> Result<Vec<T>, ReadError> {
    let unavailable = |error: rusqlite::Error| ReadError::Unavailable(error.to_string());
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(params))
        .map_err(unavailable)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(unavailable)? {
        found.push(T::decode(row)?);
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}
