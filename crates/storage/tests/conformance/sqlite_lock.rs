//! What only a file meets: another process that has its lock.
//!
//! Invariant: whoever holds the lock, a server neither hangs on it nor says that all is well, and
//! whoever waits for it gets it.

#![cfg(test)]

use aval_storage::{ReadError, Target};
use rusqlite::Connection;

use crate::support::{self, Store};

/// Another program at the file.
fn another(store: &Store) -> Connection {
    let Target::Sqlite(path) = &store.target else {
        panic!("no file");
    };
    Connection::open(path).unwrap()
}

#[tokio::test]
async fn a_store_whose_writer_is_held_up_is_not_ready_until_it_goes_on() {
    let store = support::sqlite().await;
    let another = another(&store);
    another.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held_up = store.ping().await;
    assert!(
        matches!(held_up, Err(ReadError::Unavailable(_))),
        "{held_up:?}"
    );
    another.execute_batch("ROLLBACK").unwrap();
    store.ping().await.unwrap();
}
