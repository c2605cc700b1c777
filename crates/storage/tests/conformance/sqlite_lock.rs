//! What only a file meets: another process that has its lock.
//!
//! Invariant: whoever holds the lock, a server neither hangs on it nor says that all is well, and
//! whoever waits for it gets it.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aval_storage::{ReadError, Target};
use rusqlite::Connection;

use crate::support::{self, Store, merchant_id, sold};

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

/// Writes without a pause until it is told to stop; counts its transactions.
fn write_on(connection: &Connection, stop: &AtomicBool, written: &AtomicU64) {
    connection
        .execute_batch("PRAGMA wal_autocheckpoint = 0")
        .unwrap();
    connection
        .execute_batch("CREATE TABLE busy (at TEXT)")
        .unwrap();
    let [mut begin, mut insert, mut commit] =
        ["BEGIN IMMEDIATE", "INSERT INTO busy VALUES ('x')", "COMMIT"]
            .map(|sql| connection.prepare(sql).unwrap());
    while !stop.load(Ordering::Relaxed) {
        begin.execute([]).unwrap();
        for _ in 0..500 {
            insert.execute([]).unwrap();
        }
        commit.execute([]).unwrap();
        written.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_beside_a_writer_that_never_pauses_gets_its_turn_within_two_seconds() {
    let store = support::sqlite().await;
    let another = another(&store);
    let (stop, written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let busy = {
        let (stop, written) = (Arc::clone(&stop), Arc::clone(&written));
        std::thread::spawn(move || write_on(&another, &stop, &written))
    };
    let merchant = merchant_id();
    let mut seen = 0;
    for order in 0..10 {
        // Until it writes again, so that every turn is waited for.
        while written.load(Ordering::Relaxed) < seen + 3 {
            tokio::task::yield_now().await;
        }
        let order = order.to_string();
        let command = async {
            let command = support::open(&store.target).await;
            command.claim_setting("environment", "a").await.unwrap();
            sold(&command, merchant, &order).await;
            command.close().await;
        };
        let done = tokio::time::timeout(Duration::from_secs(2), command).await;
        assert!(done.is_ok(), "turn {order}: two seconds were not enough");
        seen = written.load(Ordering::Relaxed);
    }
    stop.store(true, Ordering::Relaxed);
    busy.join().unwrap();
}
