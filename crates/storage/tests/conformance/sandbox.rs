//! Payments in doubt, the simulator's ledger and faults, changed settings, and the reset.
//!
//! Invariant: as in the rest of the suite, each thing comes back equal to what was committed.

#![cfg(test)]

use aval_domain::amount::Amount;
use aval_domain::authorization::Receipt;
use aval_domain::fault::Fault;
use aval_domain::sale::OrderId;
use aval_domain::time::HOUR;
use aval_storage::{
    CommitError, Conflict, Decision, FaultOf, SettingChange, SimulatedAttempt, Unfinished, Write,
};

use crate::support::{self, NOW, Store, commit, merchant_id, sold};

crate::on_both_engines!(
    a_payment_in_doubt_is_due_in_order_moves_by_version_and_goes,
    the_ledger_takes_one_decision_for_each_payment,
    a_fault_replaces_the_one_before_and_none_removes_it,
    many_faults_set_at_once_hold_the_last_of_each,
    changes_of_a_merchant_are_listed_by_pages_oldest_first,
    a_reset_leaves_merchants_and_their_history,
    a_reset_removes_more_than_one_statement_does,
);

fn in_doubt(sale: &aval_domain::sale::Sale, due: i64) -> Unfinished {
    Unfinished {
        merchant: sale.merchant,
        payment: sale.id,
        version: 1,
        due_at: NOW.plus(due),
        limit_at: NOW.plus(HOUR),
        sealed: (due % 2 == 0).then(|| vec![1, 2, 3]),
    }
}

async fn a_payment_in_doubt_is_due_in_order_moves_by_version_and_goes(store: Store) {
    let mut rows = Vec::new();
    for due in [5, 3, 4] {
        let sale = sold(&store, merchant_id(), "1").await;
        let row = in_doubt(&sale, due);
        let write = Write::InsertUnfinished(row.clone());
        commit(&store, row.merchant, vec![write]).await.unwrap();
        rows.push(row);
    }
    let [last, first, middle] = rows.as_slice() else {
        panic!("three were made");
    };
    let due = store.unfinished_due(NOW.plus(4), 10).await.unwrap();
    assert_eq!(due, [first.clone(), middle.clone()]);
    let found = store.unfinished(last.merchant, last.payment).await.unwrap();
    assert_eq!(found.as_ref(), Some(last));
    let later = Unfinished {
        version: 2,
        due_at: NOW.plus(9),
        ..first.clone()
    };
    let move_it = || vec![Write::UpdateUnfinished(later.clone())];
    commit(&store, first.merchant, move_it()).await.unwrap();
    let again = commit(&store, first.merchant, move_it()).await;
    assert!(matches!(
        again,
        Err(CommitError::Conflict(Conflict::Version))
    ));
    let go = || vec![Write::DeleteUnfinished(middle.payment)];
    commit(&store, middle.merchant, go()).await.unwrap();
    commit(&store, middle.merchant, go()).await.unwrap();
    let due = store.unfinished_due(NOW.plus(100), 10).await.unwrap();
    assert_eq!(due, [last.clone(), later]);
}

async fn the_ledger_takes_one_decision_for_each_payment(store: Store) {
    let sale = sold(&store, merchant_id(), "1").await;
    let decided = SimulatedAttempt {
        merchant: sale.merchant,
        payment: sale.id,
        version: 1,
        decision: Decision::Approved,
        amount: sale.amount,
        receipt: sale.receipt.clone().unwrap(),
        at: NOW,
    };
    let write = || vec![Write::InsertAttempt(Box::new(decided.clone()))];
    commit(&store, sale.merchant, write()).await.unwrap();
    let again = commit(&store, sale.merchant, write()).await;
    assert!(matches!(
        again,
        Err(CommitError::Conflict(Conflict::Version))
    ));
    let reversed = SimulatedAttempt {
        version: 2,
        decision: Decision::Reversed,
        ..decided
    };
    let write = vec![Write::UpdateAttempt(Box::new(reversed.clone()))];
    commit(&store, sale.merchant, write).await.unwrap();
    let found = store.simulated_attempt(sale.merchant, sale.id).await;
    assert_eq!(found.unwrap(), Some(reversed));
}

async fn a_fault_replaces_the_one_before_and_none_removes_it(store: Store) {
    let merchant = merchant_id();
    let fault = |card, fault, later| FaultOf {
        merchant,
        card,
        masked: card.map(|_| "402400******3191".to_owned()),
        fault,
        at: NOW.plus(later),
    };
    let all = fault(None, Some(Fault::LostAfter), 0);
    let one = fault(Some([7; 16]), Some(Fault::Delay(60_000)), 1);
    for row in [&all, &one] {
        let write = vec![Write::PutFault(row.clone())];
        commit(&store, merchant, write).await.unwrap();
    }
    assert_eq!(store.faults(merchant).await.unwrap(), [all, one.clone()]);
    // The clock may have been moved back meanwhile.
    let none = fault(None, None, -HOUR);
    let write = vec![Write::PutFault(none)];
    commit(&store, merchant, write).await.unwrap();
    assert_eq!(store.faults(merchant).await.unwrap(), [one]);
    assert_eq!(store.faults(merchant_id()).await.unwrap(), []);
}

async fn many_faults_set_at_once_hold_the_last_of_each(store: Store) {
    let merchant = merchant_id();
    let sets = (0..40_u8).map(|number| {
        let row = FaultOf {
            merchant,
            card: Some([number % 4; 16]),
            masked: None,
            fault: Some(Fault::Delay(u16::from(number))),
            at: NOW,
        };
        let store = store.storage.clone();
        tokio::spawn(async move { commit(&store, merchant, vec![Write::PutFault(row)]).await })
    });
    for set in sets.collect::<Vec<_>>() {
        set.await.unwrap().unwrap();
    }
    assert_eq!(store.faults(merchant).await.unwrap().len(), 4);
}

async fn changes_of_a_merchant_are_listed_by_pages_oldest_first(store: Store) {
    let merchant = merchant_id();
    let change = |version, key: &str| SettingChange {
        merchant,
        version,
        key: key.to_owned(),
        at: NOW,
        by: "cli".to_owned(),
        from: "true".to_owned(),
        to: String::new(),
    };
    let all = [
        change(2, "credit"),
        change(2, "dialect"),
        change(3, "blocked"),
        change(10, "credit"),
    ];
    for rows in [&all[..2], &all[2..3], &all[3..]] {
        let writes = rows.iter().cloned().map(Write::RecordSetting).collect();
        commit(&store, merchant, writes).await.unwrap();
    }
    let page = store.setting_changes(merchant, (0, ""), 3).await.unwrap();
    assert_eq!(page, all[..3]);
    let page = store.setting_changes(merchant, (3, "blocked"), 3).await;
    assert_eq!(page.unwrap(), all[3..]);
}

async fn a_reset_leaves_merchants_and_their_history(store: Store) {
    let merchant = support::merchant(merchant_id());
    let id = merchant.id;
    let write = Write::InsertMerchant(Box::new(merchant.clone()));
    commit(&store, id, vec![write]).await.unwrap();
    let sale = sold(&store, id, "1").await;
    let change = SettingChange {
        merchant: id,
        version: 2,
        key: "credit".to_owned(),
        at: NOW,
        by: "cli".to_owned(),
        from: "true".to_owned(),
        to: "false".to_owned(),
    };
    let attempt = SimulatedAttempt {
        merchant: id,
        payment: sale.id,
        version: 1,
        decision: Decision::Denied,
        amount: Amount::new(1).unwrap(),
        receipt: Receipt::default(),
        at: NOW,
    };
    let writes = vec![
        Write::RecordSetting(change.clone()),
        Write::InsertUnfinished(in_doubt(&sale, 1)),
        Write::InsertAttempt(Box::new(attempt)),
    ];
    commit(&store, id, writes).await.unwrap();
    store.reset().await.unwrap();
    assert_eq!(store.merchant(id).await.unwrap(), Some(merchant));
    assert_eq!(
        store.setting_changes(id, (0, ""), 9).await.unwrap(),
        [change]
    );
    assert_eq!(store.sale(id, sale.id).await.unwrap(), None);
    let due = store.unfinished_due(NOW.plus(HOUR), 9).await.unwrap();
    assert_eq!(due, []);
    let found = store.simulated_attempt(id, sale.id).await.unwrap();
    assert_eq!(found, None);
}

async fn a_reset_removes_more_than_one_statement_does(store: Store) {
    let of = merchant_id();
    let orders = 0..4_500;
    let claim = |number: i32| Write::ClaimOrder(OrderId::restored(format!("R{number}")));
    let claims: Vec<Write> = orders.clone().map(claim).collect();
    commit(&store, of, claims.clone()).await.unwrap();
    store.reset().await.unwrap();
    // Each of them is free again.
    commit(&store, of, claims).await.unwrap();
}
