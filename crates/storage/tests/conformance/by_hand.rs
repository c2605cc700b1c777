//! What holds although somebody went behind our back: other settings, other programs' SQL.
//!
//! Invariant: what the tables refuse and what is flushed does not depend on our code being right.

#![cfg(test)]

use std::os::unix::fs::FileExt as _;

use aval_domain::id::MerchantId;
use aval_storage::Target;
use tokio_postgres::types::PgLsn;
use tokio_postgres::{Client, NoTls};

use crate::support::{self, Store, merchant_id, sold};

/// Changes of a captured sale that no sale may ever show.
const FORBIDDEN: [&str; 4] = [
    "voided = captured + 1",
    "voided = -1",
    "captured = amount + 1",
    "captured_at = NULL",
];

#[tokio::test]
async fn sqlite_refuses_amounts_that_cannot_be_whoever_writes_them() {
    let store = support::sqlite().await;
    let merchant = captured(&store).await;
    let Target::Sqlite(path) = &store.target else {
        panic!("no file");
    };
    let connection = rusqlite::Connection::open(path).unwrap();
    let change = |what: &str| {
        let sql = format!("UPDATE sales SET {what} WHERE merchant_id = ?1");
        connection.execute(&sql, [merchant.as_bytes()])
    };
    for what in FORBIDDEN {
        let refused = change(what).unwrap_err().to_string();
        assert!(refused.contains("CHECK constraint"), "{what}: {refused}");
    }
    assert_eq!(change("voided = captured").unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_page_of_orders_takes_no_sale_with_it() {
    let store = support::sqlite().await;
    let Target::Sqlite(path) = &store.target else {
        panic!("no file");
    };
    sell(&store.storage, 600).await;
    store.storage.close().await;
    let log = std::fs::metadata(path.with_extension("db-wal")).unwrap();
    assert_eq!(log.len(), 0, "all is in the file when the store is closed");
    let connection = rusqlite::Connection::open(path).unwrap();
    let place = "SELECT rootpage - 1 FROM sqlite_master WHERE name = 'order_blocks'";
    let pages: u32 = connection.query_row(place, [], |row| row.get(0)).unwrap();
    connection.close().unwrap();
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(&[0xff; 4_096], u64::from(pages) * 4_096)
        .unwrap();
    drop(file);
    let again = support::open(&store.target).await;
    sell(&again, 2_000).await;
    again.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_forgets_what_was_kept_of_orders() {
    let store = support::sqlite().await;
    let Target::Sqlite(path) = &store.target else {
        panic!("no file");
    };
    sell(&store.storage, 700).await;
    let connection = rusqlite::Connection::open(path).unwrap();
    let kept = || -> [u32; 2] {
        [
            "SELECT count(*) FROM order_tail",
            "SELECT count(*) FROM order_runs WHERE state <> 2",
        ]
        .map(|count| connection.query_row(count, [], |row| row.get(0)).unwrap())
    };
    assert!(kept()[1] > 0, "{:?}", kept());
    store.storage.reset().await.unwrap();
    assert_eq!(kept(), [0, 0]);
}

/// Sells, many at a time, and sees each sale come back.
async fn sell(storage: &aval_storage::Storage, many: usize) {
    let merchant = merchant_id();
    let sales: Vec<_> = (0..many)
        .map(|number| support::sale(merchant, &number.to_string()))
        .collect();
    let each = sales.iter().map(async |sale| {
        let write = aval_storage::Write::InsertSale(Box::new(sale.clone()));
        support::commit(storage, merchant, vec![write])
            .await
            .unwrap();
        let found = storage.sale(merchant, sale.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(sale));
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test]
async fn postgres_refuses_amounts_that_cannot_be_whoever_writes_them() {
    let store = support::postgres().await;
    let merchant = captured(&store).await;
    let client = client(&store).await;
    let id = merchant.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    let id: String = id.collect();
    let change = async |what: &str| {
        let sql = format!("UPDATE sales SET {what} WHERE merchant_id = '{id}'");
        client.execute(&sql, &[]).await
    };
    for what in FORBIDDEN {
        let refused = change(what).await.unwrap_err();
        let refused = refused.as_db_error().unwrap().message();
        assert!(refused.contains("check constraint"), "{what}: {refused}");
    }
    assert_eq!(change("voided = captured").await.unwrap(), 1);
}

/// A merchant with one captured sale.
async fn captured(store: &Store) -> MerchantId {
    let merchant = merchant_id();
    let sale = sold(store, merchant, "1").await;
    let captured = sale.capture(None, None, support::NOW, 5).unwrap();
    let write = aval_storage::Write::UpdateSale(Box::new(captured));
    support::commit(store, merchant, vec![write]).await.unwrap();
    merchant
}

#[tokio::test]
async fn a_commit_is_flushed_although_the_database_says_it_need_not() {
    for level in ["off", "local"] {
        let first = support::postgres().await;
        let client = client(&first).await;
        let name = client.query_one("SELECT current_database()", &[]).await;
        let name: String = name.unwrap().get(0);
        let relax = format!("ALTER DATABASE {name} SET synchronous_commit = {level}");
        client.batch_execute(&relax).await.unwrap();
        let storage = support::open(&first.target).await;
        for order in 0..20 {
            let before = lsn(&client, "pg_current_wal_insert_lsn").await;
            sold(&storage, merchant_id(), &order.to_string()).await;
            // The commit was written after that place, so the flush has passed it.
            let flushed = lsn(&client, "pg_current_wal_flush_lsn").await;
            assert!(
                flushed > before,
                "{level}: {flushed} is not beyond {before}"
            );
        }
        storage.close().await;
    }
}

async fn lsn(client: &Client, function: &str) -> PgLsn {
    let row = client.query_one(&format!("SELECT {function}()"), &[]).await;
    row.unwrap().get(0)
}

/// Another program at the database.
async fn client(store: &Store) -> Client {
    let Target::Postgres(url) = &store.target else {
        panic!("no database");
    };
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
