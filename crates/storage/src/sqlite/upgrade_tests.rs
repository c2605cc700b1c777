//! Tests of the steps that copy tables of an older store.
//!
//! Invariant: what was stored comes through whole, column by column.

#![cfg(test)]

use std::path::Path;

use rusqlite::{Connection, Params};

use super::{connect, migrate};
use crate::migrations::{self, Migration};

/// A store as it was before a step.
fn before(path: &Path, name: &str) -> Connection {
    let connection = connect(path).unwrap();
    connection.execute_batch(migrations::MAKE_TABLE).unwrap();
    let all = migrations::plan(&[], |step: &Migration| step.sqlite).unwrap();
    for (step, checksum) in all.pending.iter().filter(|(step, _)| step.name < name) {
        connection.execute_batch(step.sqlite).unwrap();
        run(&connection, migrations::REMEMBER, (step.name, checksum));
    }
    connection
}

fn run(connection: &Connection, sql: &str, params: impl Params) {
    assert_eq!(connection.execute(sql, params).unwrap(), 1, "{sql}");
}

/// The first column of a query.
fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    let mut rows = connection.prepare(sql).unwrap();
    let rows = rows.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// All that a table has, whatever the order of its columns.
fn whole(connection: &Connection, table: &str) -> Vec<String> {
    let names = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name");
    let names = texts(connection, &names);
    let shown: Vec<String> = names.iter().map(|name| format!("quote({name})")).collect();
    let rows = format!(
        "SELECT {} FROM {table} ORDER BY payment_id, version",
        shown.join(" || ',' || ")
    );
    [vec![names.join(",")], texts(connection, &rows)].concat()
}

const SALE: &str = "INSERT INTO sales (merchant_id, payment_id, order_id, received_at, version, \
     status, amount, captured, voided, service_tax, authorized_at, captured_at, voided_at, tid, \
     proof_of_sale, authorization_code, return_code, return_message, advice, fingerprint, \
     request_id, details, analysis) VALUES (?1, ?2, 'o', ?3, 3, 2, 9, 8, 1, 7, 4, 5, 6, 'tid', \
     'nsu', 'code', '6', 'done', '00', x'01', 'r', '{}', 1)";
const OPERATION: &str = "INSERT INTO operations (merchant_id, payment_id, version, kind, amount, \
     at, request_id, return_code, by_user, proof_before, code_before, message_before) \
     VALUES (?1, ?2, ?3, ?4, 1, ?5, 'r', '6', 'ana', 'nsu', '4', 'was')";
const SEARCHED: &str = "INSERT INTO search_sales (merchant_id, payment_id, version, combination, \
     captured, voided, sale_version, amount, order_id) VALUES (?1, ?2, 1, 1, 0, 0, ?3, 9, 'o')";

#[test]
fn sales_and_operations_come_whole_into_the_order_of_payments() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = before(&folder.path().join("t.db"), "0027_payments_first");
    for payment in 1..=3_u8 {
        let (merchant, id) = ([payment % 2; 16], [payment; 16]);
        run(&connection, SALE, (merchant, id, payment));
        for (version, kind) in [(1, "denial"), (2, "capture"), (3, "void")] {
            run(
                &connection,
                OPERATION,
                (merchant, id, version, kind, payment),
            );
        }
        // Of the first all is searched, of the second the capture, of the third nothing.
        if payment < 3 {
            run(&connection, SEARCHED, (merchant, id, 4 - payment));
        }
    }
    let tables = ["sales", "operations"];
    let had = tables.map(|table| whole(&connection, table));
    assert_eq!(had.each_ref().map(Vec::len), [4, 10]);
    migrate(&mut connection).unwrap();
    assert_eq!(tables.map(|table| whole(&connection, table)), had);
    let dated = "SELECT hex(substr(payment_id, 1, 1)) || ' ' || kind || ' ' || version \
         FROM search_operations ORDER BY payment_id, version";
    let dated = texts(&connection, dated);
    assert_eq!(dated, ["01 capture 2", "01 void 3", "02 capture 2"]);
    // Copied sales are no new ones for the orders, and new ones are.
    run(&connection, SALE, ([7; 16], [7; 16], 7));
    let orders = "SELECT hex(substr(payment_id, 1, 1)) FROM order_tail ORDER BY place";
    assert_eq!(texts(&connection, orders), ["01", "02", "03", "07"]);
}
