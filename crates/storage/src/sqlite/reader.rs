//! Threads that read.
//!
//! Invariant: a reader's connection cannot write (`query_only`); a read sees every commit that was
//! answered before it was asked.

use std::path::Path;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::ReadError;
use crate::value::{Decode, Value};

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// A few threads that share one queue.
pub(super) struct Readers {
    jobs: flume::Sender<Job>,
}

/// Reads that may wait; beyond it the caller waits to be let in.
const QUEUE: usize = 1024;

impl Readers {
    pub(super) fn start(path: &Path, count: usize) -> Result<Self, String> {
        let (jobs, queue) = flume::bounded::<Job>(QUEUE);
        for number in 0..count {
            let connection = super::connect(path).map_err(|error| error.to_string())?;
            connection
                .pragma_update(None, "query_only", true)
                .map_err(|e| e.to_string())?;
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
        Ok(Self { jobs })
    }

    pub(super) async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever asked may have gone; then nobody misses the answer.
            let _ = answer.send(read(connection, sql, &params));
        });
        let gone = || ReadError::Unavailable("its readers have stopped".to_owned());
        self.jobs.send_async(job).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn read<T: Decode>(
    connection: &Connection,
    sql: &'static str,
    params: &[Value],
) -> Result<Vec<T>, ReadError> {
    let unavailable = |error: rusqlite::Error| ReadError::Unavailable(error.to_string());
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(params))
        .map_err(unavailable)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(unavailable)? {
        found.push(T::decode(row)?);
    }
    Ok(found)
}
