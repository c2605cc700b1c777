//! PostgreSQL: a committer that writes in batches, a pipelined connection that reads.
//!
//! Invariant: change sets that touch the same row are written in the order in which they came; a
//! change set is answered after the COMMIT of the transaction that holds it.

mod batch;
mod committer;
mod link;
mod lookups;
mod session;
mod statements;
mod thread;

use std::sync::Arc;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::OrderId;
use aval_domain::time::Timestamp;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;

use self::committer::{Committer, Job};
use self::link::{Kept, LIMIT, Link, Source};
use self::lookups::Lookups;
use self::statements::Text;
use self::thread::Thread;
use crate::changes::Changes;
use crate::feed::Feed;
use crate::rows::{Row, sales};
use crate::value::{Decode, Value};
use crate::{CommitError, Limits, OpenError, ReadError};

/// What is of an order: merchant, order. Others may have the same hash.
macro_rules! of_order {
    () => {
        "FROM sales \
         WHERE hashtextextended(order_id, uuid_hash_extended(merchant_id, 0)) \
         = hashtextextended($2, uuid_hash_extended($1, 0)) \
         AND merchant_id = $1 AND order_id = $2 "
    };
}

/// Payments of an order, newest first: merchant, order, how many. The index has them by their ids,
/// which tell the millisecond: so many of the greatest ids, and all of the last one's millisecond,
/// are put in the order of their reception.
const SALES_OF_ORDER: &str = concat!(
    "SELECT payment_id, received_at ",
    of_order!(),
    "AND payment_id >= coalesce((SELECT (left(payment_id::text, 13) \
     || '-0000-0000-000000000000')::uuid ",
    of_order!(),
    "ORDER BY payment_id DESC LIMIT 1 OFFSET greatest($3::int8 - 1, 0)), \
     '00000000-0000-0000-0000-000000000000') \
     ORDER BY received_at DESC, payment_id DESC LIMIT $3"
);

/// The PostgreSQL engine.
pub(crate) struct Postgres {
    jobs: mpsc::Sender<Job>,
    committer: Mutex<Option<JoinHandle<()>>>,
    sales: Lookups,
    reader: Kept,
    chores: Kept,
    _thread: Thread,
}

impl Postgres {
    /// Opens the database; gives the steps of its schema that are newer than we know.
    pub(crate) async fn open(
        url: &str,
        limits: Limits,
        feed: Arc<Feed>,
    ) -> Result<(Self, Vec<String>), OpenError> {
        let source = Source::parse(url)?;
        let fail = |why: String| OpenError {
            what: source.shown(),
            why,
        };
        let mut link = source.connect().await.map_err(fail)?;
        let newer = link.migrate().await.map_err(fail)?;
        let thread = Thread::start("postgres").map_err(|error| fail(error.to_string()))?;
        let home = thread.handle();
        let (jobs, waiting) = mpsc::channel(limits.queue.max(1));
        let writer = Kept::new(source.clone(), home.clone());
        let committer = home.spawn(Committer::new(writer, feed).run(waiting));
        let reader = Kept::new(source.clone(), home.clone());
        let (sales, answering) = Lookups::start(&sales::TABLE, reader.clone());
        home.spawn(answering);
        let postgres = Self {
            jobs,
            committer: Mutex::new(Some(committer)),
            sales,
            reader,
            chores: Kept::new(source, home.clone()),
            _thread: thread,
        };
        Ok((postgres, newer))
    }

    pub(crate) async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        let (answer, answered) = oneshot::channel();
        let rows = Row::of(&changes)?;
        let sent = self.jobs.try_send(Job { rows, answer });
        sent.map_err(|error| match error {
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
        let run = async |link: Link| {
            let statement = link.prepare(Text::Fixed(sql)).await?;
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
            Ok(link.client().execute(&statement, &params).await?)
        };
        self.chores
            .with(run)
            .await
            .map_err(CommitError::Unavailable)
    }

    pub(crate) async fn rows<T: Decode>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, ReadError> {
        let run = async |link: Link| {
            let statement = link.prepare(Text::Fixed(sql)).await?;
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
            Ok(link.client().query(&statement, &params).await?)
        };
        let found = self.reader.with(run).await;
        found
            .map_err(ReadError::Unavailable)?
            .iter()
            .map(|row| T::decode(row).map_err(ReadError::from))
            .collect()
    }

    /// A sale by its key, read with others.
    pub(crate) async fn sale<T: Decode>(&self, key: Vec<Value>) -> Result<Option<T>, ReadError> {
        let row = self.sales.row(key).await.map_err(ReadError::Unavailable)?;
        Ok(row.as_ref().map(T::decode).transpose()?)
    }

    /// The payments of an order and when they were received, newest first, at most `limit`.
    pub(crate) async fn sales_of_order(
        &self,
        merchant: MerchantId,
        order: &OrderId,
        limit: u32,
    ) -> Result<Vec<(PaymentId, Timestamp)>, ReadError> {
        let params = vec![merchant.into(), order.as_str().into(), limit.into()];
        self.rows(SALES_OF_ORDER, params).await
    }

    /// Whether sales are read, and the committer runs and has written all before.
    pub(crate) async fn ping(&self) -> Result<(), CommitError> {
        let none = vec![Value::Id([0; 16]), Value::Id([0; 16])];
        let read = self.sales.row(none).await;
        read.map_err(CommitError::Unavailable)?;
        self.written().await
    }

    async fn written(&self) -> Result<(), CommitError> {
        let (answer, answered) = oneshot::channel();
        let rows = Vec::new();
        let sent = self.jobs.send(Job { rows, answer }).await;
        sent.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    pub(crate) async fn close(&self) {
        if let Some(committer) = self.committer.lock().await.take() {
            // A server that does not answer must not hold up the end.
            let _ = timeout(LIMIT, self.written()).await;
            committer.abort();
            // Until it has ended it would still take what is sent to it.
            let _ = committer.await;
        }
    }
}

fn gone() -> CommitError {
    CommitError::Unavailable("its committer has stopped".to_owned())
}

#[cfg(test)]
mod tests {
    use super::statements::{Kind, MOST_ROWS};
    use super::*;

    #[tokio::test]
    async fn every_statement_can_be_prepared() {
        let url = std::env::var("AVAL_TEST_DATABASE_URL").expect("run under `cargo xtask pg --`");
        let source = Source::parse(&url).unwrap();
        let mut link = source.connect().await.unwrap();
        let schema = "CREATE SCHEMA IF NOT EXISTS prepared; SET search_path = prepared";
        link.client().batch_execute(schema).await.unwrap();
        link.migrate().await.unwrap();
        let fixed = crate::queries::ALL
            .iter()
            .chain(crate::queries::search::ALL)
            .chain([&SALES_OF_ORDER]);
        let mut texts: Vec<Text> = fixed.map(|sql| Text::Fixed(sql)).collect();
        for table in crate::rows::TABLES {
            let mut kinds = vec![Kind::Insert, Kind::Select];
            if table.taken.is_some() {
                kinds = vec![Kind::InsertAll, Kind::InsertFree, Kind::Select];
            }
            kinds.push(Kind::Delete);
            if table.updated > 0 {
                kinds.extend([Kind::UpdateAll, Kind::UpdateFree]);
            }
            for kind in kinds {
                texts.extend([1, MOST_ROWS].map(|rows| Text::Many { kind, table, rows }));
            }
        }
        for text in texts {
            let prepared = link.prepare(text).await;
            prepared.unwrap_or_else(|error| panic!("{}: {error}", text.sql()));
        }
    }

    #[tokio::test]
    async fn a_search_goes_along_an_index_and_sorts_nothing() {
        let url = std::env::var("AVAL_TEST_DATABASE_URL").expect("run under `cargo xtask pg --`");
        let source = Source::parse(&url).unwrap();
        let mut link = source.connect().await.unwrap();
        let schema = "CREATE SCHEMA IF NOT EXISTS explained; SET search_path = explained";
        link.client().batch_execute(schema).await.unwrap();
        link.migrate().await.unwrap();
        // Tables are empty here: what could go along an index must do so, and say when it cannot.
        let only_indexes = "SET enable_seqscan = off; SET enable_bitmapscan = off; \
             SET plan_cache_mode = force_generic_plan";
        link.client().batch_execute(only_indexes).await.unwrap();
        let selects = crate::queries::search::ALL.iter();
        let selects = selects.chain([&crate::queries::SALE, &SALES_OF_ORDER]);
        for sql in selects.filter(|sql| sql.starts_with("SELECT")) {
            let places = 1..=9;
            let count = places
                .filter(|place| sql.contains(&format!("${place}")))
                .count();
            let prepare = format!("PREPARE explained AS {sql}");
            link.client().batch_execute(&prepare).await.unwrap();
            let nothing = vec!["NULL"; count].join(", ");
            let explain = format!("EXPLAIN EXECUTE explained ({nothing})");
            let plan = link.client().simple_query(&explain).await.unwrap();
            let by_order = format!("{plan:?}").matches("sales_by_order_hash").count();
            assert_eq!(
                by_order,
                if *sql == SALES_OF_ORDER { 2 } else { 0 },
                "{sql}"
            );
            for line in plan {
                let tokio_postgres::SimpleQueryMessage::Row(line) = line else {
                    continue;
                };
                let step = line.get(0).unwrap_or_default();
                let is_page = sql.contains(" AS k)") && step.contains("Sort");
                // What is sorted of an order is what is asked for.
                let is_page = is_page || (*sql == SALES_OF_ORDER && step.contains("Sort"));
                let is_small =
                    sql.contains("search_servers") || sql.contains("GROUP BY") || is_page;
                let is_walk = step.contains("Seq Scan") || step.contains("Sort");
                assert!(!is_walk || is_small, "{step}: {sql}");
            }
            link.client()
                .batch_execute("DEALLOCATE explained")
                .await
                .unwrap();
        }
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_told_without_its_password() {
        let limits = Limits { queue: 1 };
        let nowhere = "postgres://aval:s3cret@127.0.0.1:1/none?connect_timeout=1";
        let error = Postgres::open(nowhere, limits, Arc::default())
            .await
            .err()
            .unwrap()
            .to_string();
        assert!(!error.contains("s3cret"), "{error}");
        assert!(error.contains("127.0.0.1"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let url = format!("postgres://aval@127.0.0.1:{port}/none?connect_timeout=1");
        let opened = Postgres::open(&url, Limits { queue: 1 }, Arc::default()).await;
        let error = opened.err().unwrap().to_string();
        assert!(error.contains("does not answer in time"), "{error}");
    }
}
