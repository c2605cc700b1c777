//! What tests share.
//!
//! Invariant: a test has a store, ports and merchants of its own.

#![cfg(test)]

pub mod body;
pub mod browser;
pub mod caller;
pub mod compare;
pub mod gateway;
pub mod http;
pub mod http2;
pub mod office;
pub mod store;

/// Makes of each test function one test for each engine; it is given an empty store.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::store::Store::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::store::Store::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
