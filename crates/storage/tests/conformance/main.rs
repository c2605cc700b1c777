//! What every engine must do, tested on each.
//!
//! Invariant: a test is written once; `on_both_engines!` runs it on SQLite and on PostgreSQL.

mod access;
mod by_hand;
mod clock;
mod concurrency;
mod fraud;
mod jobs;
mod methods;
mod notifications;
mod operations;
mod recurrences;
mod rows;
mod sandbox;
mod search;
mod sqlite_lock;
mod support;

/// Makes of each test function one test for each engine.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
