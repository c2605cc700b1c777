//! Orders are found wherever they stand: in the tail, in runs, in runs that are being merged.

#![cfg(test)]

use std::collections::BTreeMap;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::OrderId;
use aval_domain::time::Timestamp;
use rusqlite::Connection;

use super::{Keeper, catch_up, newest};
use crate::migrations;

/// What was sold of each order, for the comparison.
#[derive(Default)]
struct Model(BTreeMap<(u8, String), Vec<(i64, u128)>>);

struct Shop {
    _folder: tempfile::TempDir,
    connection: Connection,
    keeper: Keeper,
    model: Model,
    sold: u128,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = crate::sqlite::connect(&folder.path().join("t.db")).unwrap();
        connection
            .pragma_update(None, "synchronous", "OFF")
            .unwrap();
        crate::sqlite::migrate(&mut connection).unwrap();
        Self {
            _folder: folder,
            connection,
            keeper: Keeper::default(),
            model: Model::default(),
            sold: 0,
        }
    }

    /// Sells orders in one transaction, as the writer does.
    fn sell(&mut self, orders: &[(u8, String)], received_at: i64) {
        self.run("BEGIN IMMEDIATE");
        for (merchant, order) in orders {
            self.sold = self.sold.saturating_add(1);
            insert(&self.connection, *merchant, self.sold, order, received_at);
            let of = self.model.0.entry((*merchant, order.clone())).or_default();
            of.push((received_at, self.sold));
        }
        self.keeper.keep(&self.connection, orders.len());
        self.run("COMMIT");
    }

    fn run(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap();
    }

    fn count(&self, sql: &str) -> i64 {
        let found = self.connection.query_row(sql, [], |row| row.get(0));
        found.unwrap()
    }

    /// Holds the payments of an order against what was sold.
    fn check(&self, merchant: u8, order: &str, limit: usize) {
        let of = self.model.0.get(&(merchant, order.to_owned()));
        let mut sold = of.cloned().unwrap_or_default();
        sold.sort_unstable();
        let expected: Vec<_> = sold
            .iter()
            .rev()
            .take(limit)
            .map(|(at, payment)| (payment_id(*payment), Timestamp::from_micros(*at)))
            .collect();
        assert_eq!(
            self.newest(merchant, order, limit),
            expected,
            "{merchant} {order}"
        );
    }

    fn newest(&self, merchant: u8, order: &str, limit: usize) -> Vec<(PaymentId, Timestamp)> {
        let merchant = MerchantId::from_bytes([merchant; 16]);
        let order = OrderId::restored(order.to_owned());
        newest(&self.connection, merchant, &order, limit).unwrap()
    }

    /// All entries that can be found, and the sales there are.
    fn check_that_each_is_once(&self) {
        let in_runs = self.count(
            "SELECT ifnull(sum(length(entries) / 32), 0) FROM order_blocks \
             JOIN order_runs USING (run) WHERE state = 1",
        );
        let in_tail = self.count("SELECT count(*) FROM order_tail");
        let sales = self.count("SELECT count(*) FROM sales");
        assert_eq!(sales.checked_sub(in_tail), Some(in_runs));
    }
}

fn payment_id(number: u128) -> PaymentId {
    PaymentId::from_bytes(number.to_be_bytes())
}

fn insert(connection: &Connection, merchant: u8, payment: u128, order: &str, received_at: i64) {
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO sales (merchant_id, payment_id, order_id, received_at, version, status, \
             amount, captured, voided, service_tax, request_id, details) \
             VALUES (?1, ?2, ?3, ?4, 1, 0, 1, 0, 0, 0, '', '')",
        )
        .unwrap();
    let payment = payment.to_be_bytes();
    let row = ([merchant; 16], payment, order, received_at);
    insert.execute(row).unwrap();
}

/// A number that looks like chance, always the same.
fn mixed(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 20
}

#[test]
fn orders_are_found_whatever_was_merged_meanwhile() {
    let mut shop = Shop::open();
    let mut most_runs = 0;
    for batch in 0..400_u64 {
        let orders: Vec<_> = (0..200_u64)
            .map(|at| {
                let chance = mixed(batch * 1_000 + at);
                (
                    u8::from(chance.is_multiple_of(2)),
                    (chance % 30_000 / 2).to_string(),
                )
            })
            .collect();
        // The clock of a sandbox goes back as well.
        shop.sell(&orders, i64::try_from(mixed(batch) % 1_000).unwrap() - 500);
        if batch % 7 == 0 {
            shop.check_that_each_is_once();
            for at in 0..20 {
                let order = (mixed(batch * 77 + at) % 15_000).to_string();
                shop.check(1, &order, 3);
                shop.check(0, &order, 1_000);
            }
        }
        most_runs = most_runs.max(shop.count("SELECT count(*) FROM order_runs WHERE state = 1"));
    }
    assert!(
        most_runs > 16 && most_runs < 48,
        "{most_runs} runs to look into"
    );
    let merged = shop.count("SELECT max(level) FROM order_runs WHERE state = 1");
    assert_eq!(merged, 1, "80,000 are more than sixteen runs of 512");
    let kept = shop.count("SELECT count(*) FROM order_runs");
    assert!(kept < 64, "{kept}: what was merged is removed");
    for number in 0..15_000_u32 {
        shop.check(u8::from(number.is_multiple_of(2)), &number.to_string(), 4);
    }
}

#[test]
fn one_order_of_all_sales_is_read_by_pages() {
    let mut shop = Shop::open();
    for batch in 0..60 {
        let orders = vec![(7, "pedido".to_owned()); 250];
        shop.sell(&orders, 1_000_000 + batch * 13 % 60);
    }
    shop.sell(&[(7, "outro".to_owned()), (8, "pedido".to_owned())], 5);
    for limit in [0, 1, 119, 120, 121, 5_000, 20_000] {
        shop.check(7, "pedido", limit);
    }
    shop.check(7, "outro", 10);
    shop.check(8, "pedido", 10);
    shop.check(9, "pedido", 10);
}

#[test]
fn sales_that_are_no_more_stand_in_nobodys_way() {
    let mut shop = Shop::open();
    for batch in 0..20 {
        shop.sell(&vec![(7, "pedido".to_owned()); 200], batch);
    }
    // All but the two oldest.
    shop.run("DELETE FROM sales WHERE received_at > 0");
    shop.run("DELETE FROM sales WHERE rowid > 2");
    let left: Vec<_> = shop.newest(7, "pedido", 2);
    let expected = [2, 1].map(|number| (payment_id(number), Timestamp::from_micros(0)));
    assert_eq!(left, expected);
    // Not while there are sales, but then all of it.
    let forget = |shop: &Shop| {
        for sql in super::FORGET {
            shop.run(sql);
        }
    };
    forget(&shop);
    assert_eq!(shop.newest(7, "pedido", 2), expected);
    shop.run("DELETE FROM sales");
    forget(&shop);
    shop.model = Model::default();
    for batch in 0..12 {
        shop.sell(&vec![(7, "pedido".to_owned()); 200], batch);
    }
    shop.check(7, "pedido", 5_000);
    shop.check_that_each_is_once();
    let spent = shop.count("SELECT count(*) FROM order_runs WHERE state = 2");
    assert_eq!(spent, 0, "what was forgotten is removed");
}

#[test]
fn what_another_moves_or_undoes_is_moved_once() {
    let mut shop = Shop::open();
    let mut other = Keeper::default();
    for batch in 0..60 {
        shop.run("BEGIN IMMEDIATE");
        let sold = shop.sold;
        for number in 0..300 {
            insert(&shop.connection, 7, sold + 1 + number, "desfeito", 1);
        }
        other.keep(&shop.connection, 300);
        shop.run("ROLLBACK");
        shop.sell(&vec![(7, "pedido".to_owned()); 200], batch);
        shop.run("BEGIN IMMEDIATE");
        other.keep(&shop.connection, 100);
        shop.run("COMMIT");
        shop.check_that_each_is_once();
    }
    shop.check(7, "pedido", 20_000);
    shop.check(7, "desfeito", 10);
}

#[test]
fn a_hash_that_two_orders_share_shows_neither_in_the_other() {
    let mut shop = Shop::open();
    for batch in 0..10 {
        shop.sell(&vec![(7, "um".to_owned()); 130], batch);
        shop.sell(&vec![(7, "dois".to_owned()); 130], batch);
    }
    // Those of one order a second time, with the hash of the other.
    let merchant = MerchantId::from_bytes([7; 16]);
    let hash = super::hash_of(merchant, "um");
    let of_other = shop.newest(7, "dois", 5_000).into_iter();
    let foreign: Vec<_> = of_other
        .map(|(payment, at)| super::Entry::new(hash, at.plus(5), payment))
        .collect();
    shop.run("INSERT INTO order_runs (run, level, state) VALUES (1000, 0, 1)");
    for block in foreign.chunks(super::BLOCK) {
        let row = (1_000, super::bytes(block.first()), super::bytes(block));
        let insert = "INSERT INTO order_blocks VALUES (?1, ?2, ?3)";
        shop.connection.execute(insert, row).unwrap();
    }
    for limit in [1, 10, 5_000] {
        shop.check(7, "um", limit);
        shop.check(7, "dois", limit);
    }
}

#[test]
fn a_fault_of_the_moving_takes_no_sale_with_it() {
    let mut shop = Shop::open();
    shop.run("ALTER TABLE order_blocks RENAME TO away");
    for batch in 0..10 {
        shop.sell(&vec![(7, "pedido".to_owned()); 200], batch);
    }
    assert_eq!(shop.count("SELECT count(*) FROM order_tail"), 2_000);
    assert_eq!(shop.count("SELECT count(*) FROM order_runs"), 0);
    shop.run("ALTER TABLE away RENAME TO order_blocks");
    shop.check(7, "pedido", 5_000);
    shop.keeper = Keeper::default();
    shop.sell(&vec![(7, "pedido".to_owned()); 600], 50);
    assert_eq!(shop.count("SELECT count(*) FROM order_tail"), 0);
    shop.check(7, "pedido", 5_000);
}

#[test]
fn what_was_sold_before_there_were_runs_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = crate::sqlite::connect(&folder.path().join("t.db")).unwrap();
    let steps = migrations::ALL.iter();
    for step in steps.take_while(|step| step.name != "0025_orders") {
        connection.execute_batch(step.sqlite).unwrap();
    }
    connection.execute_batch("BEGIN").unwrap();
    let sold = 200_000_u32;
    for number in 1..=sold {
        let order = (number / 2).to_string();
        insert(&connection, 7, number.into(), &order, number.into());
    }
    connection.execute_batch("COMMIT").unwrap();
    let step = migrations::ALL
        .iter()
        .find(|step| step.name == "0025_orders");
    connection.execute_batch(step.unwrap().sqlite).unwrap();
    catch_up(&mut connection);
    for number in (1..sold / 2).step_by(997) {
        let order = OrderId::restored(number.to_string());
        let merchant = MerchantId::from_bytes([7; 16]);
        let found = newest(&connection, merchant, &order, 10).unwrap();
        let both = [number * 2 + 1, number * 2].map(|number| {
            let at = Timestamp::from_micros(number.into());
            (payment_id(number.into()), at)
        });
        assert_eq!(found, both);
    }
    let runs: i64 = connection
        .query_row("SELECT count(*) FROM order_runs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(runs, 1, "all at once");
}

#[test]
fn the_hash_of_an_order_stays_what_it_is() {
    let merchant = MerchantId::from_bytes([7; 16]);
    assert_eq!(
        super::hash_of(merchant, "2014111703"),
        17_237_914_473_529_517_268
    );
}
