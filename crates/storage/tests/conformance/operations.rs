//! Operations as a statement lists them: by merchant, kind and time.
//!
//! Invariant: listed once they were dated, which is once, beside the requests.

#![cfg(test)]

use aval_domain::amount::Amount;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::operation::{Kind, Operation};
use aval_storage::Write;
use aval_storage::search::{DatedOperation, SearchWrite};

use crate::support::{NOW, Store, commit, merchant_id};

crate::on_both_engines!(operations_of_a_kind_are_listed_by_time_once_they_are_dated,);

const FIRST: PaymentId = PaymentId::from_bytes([0; 16]);

fn made(merchant: MerchantId, number: u8, version: u32, kind: Kind, at: i64) -> Operation {
    Operation {
        merchant,
        payment: PaymentId::from_bytes([number; 16]),
        version,
        kind,
        amount: Amount::new(100).unwrap(),
        at: NOW.plus(at),
        request_id: String::new(),
        return_code: "6".to_owned(),
        by: None,
        before: None,
    }
}

fn date(one: &Operation) -> Vec<Write> {
    let dated = DatedOperation {
        kind: one.kind,
        at: one.at,
        payment: one.payment,
        version: one.version,
        sale_version: one.version,
    };
    vec![Write::Search(SearchWrite::PutOperation(dated))]
}

async fn operations_of_a_kind_are_listed_by_time_once_they_are_dated(store: Store) {
    let (merchant, other) = (merchant_id(), merchant_id());
    let list = async |since: i64, before: (i64, PaymentId, u32), most| {
        let (at, payment, version) = before;
        let before = (NOW.plus(at), payment, version);
        let since = NOW.plus(since);
        let listed = store.operations_between(merchant, Kind::Void, since, before, most);
        listed.await.unwrap()
    };
    // Two at one moment and of one payment, as the sandbox's clock may stand; others beside them.
    let voids = [
        made(merchant, 1, 3, Kind::Void, 5),
        made(merchant, 1, 4, Kind::Void, 5),
        made(merchant, 2, 3, Kind::Void, 7),
    ];
    let beside = [
        made(merchant, 1, 2, Kind::Capture, 5),
        made(other, 3, 2, Kind::Void, 6),
    ];
    for one in voids.iter().chain(&beside) {
        let operation = vec![Write::InsertOperation(one.clone())];
        commit(&store, one.merchant, operation).await.unwrap();
    }
    assert_eq!(
        list(0, (9, FIRST, 0), 9).await,
        [],
        "made beside the requests"
    );
    for one in voids.iter().chain(&beside) {
        commit(&store, one.merchant, date(one)).await.unwrap();
    }
    let [first, second, third] = voids.clone();
    assert_eq!(
        list(0, (9, FIRST, 0), 2).await,
        [third.clone(), second.clone()]
    );
    assert_eq!(
        list(0, (5, second.payment, 4), 9).await,
        std::slice::from_ref(&first)
    );
    assert_eq!(list(6, (9, FIRST, 0), 9).await, [third]);
    assert_eq!(list(0, (7, FIRST, 0), 9).await, [second, first.clone()]);
    // What is made again, as after a reset that was cut off, is there once.
    commit(&store, merchant, date(&first)).await.unwrap();
    assert_eq!(list(0, (5, first.payment, 4), 9).await, [first]);
    store.reset().await.unwrap();
    assert_eq!(list(0, (9, FIRST, 0), 9).await, []);
}
