//! Reading, in two ways: one row by its key right where it is asked for, lists on threads.
//!
//! Invariant: a reader's connection cannot write (`query_only`); a read sees every commit that was
//! answered before it was asked. A row by its key takes a few microseconds, less than waking
//! another thread does; whatever may take longer must not hold up the threads that serve requests.

use std::path::Path;
use std::sync::{Mutex, PoisonError, TryLockError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::ReadError;
use crate::value::{Decode, Value};

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Connections that read.
pub(super) struct Readers {
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
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let direct: Result<Vec<_>, String> =
            (0..cores).map(|_| connect(path).map(Mutex::new)).collect();
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
            direct: direct?,
            jobs,
        })
    }

    /// The first row of a query by key.
    pub(super) fn first<T: Decode>(
        &self,
        sql: &'static str,
        params: &[Value],
    ) -> Result<Option<T>, ReadError> {
        Ok(self
            .on_free(|connection| read(connection, sql, params, 1))?
            .pop())
    }

    /// All rows of a query.
    pub(super) async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever asked may have gone; then nobody misses the answer.
            let _ = answer.send(read(connection, sql, &params, usize::MAX));
        });
        let gone = || ReadError::Unavailable("its readers have stopped".to_owned());
        self.jobs.send_async(job).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Runs on a connection that nobody uses. There is one for each core, so that whoever runs
    /// finds one free; only when more threads than cores ask at once does one wait.
    fn on_free<T>(
        &self,
        run: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        for connection in &self.direct {
            match connection.try_lock() {
                Ok(connection) => return run(&connection),
                Err(TryLockError::Poisoned(poisoned)) => return run(&poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        match self.direct.first() {
            Some(connection) => run(&connection.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Err(ReadError::Unavailable("it has no readers".to_owned())),
        }
    }
}

fn connect(path: &Path) -> Result<Connection, String> {
    let connection = super::connect(path).map_err(|error| error.to_string())?;
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
