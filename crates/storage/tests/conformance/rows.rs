//! What is written is read again, and the store guards its own invariants.
//!
//! Invariant: each thing comes back equal to what was committed, from a store opened anew.

#![cfg(test)]

use aval_domain::amount::Amount;
use aval_domain::id::CardToken;
use aval_domain::operation::{Kind, Marks, Operation};
use aval_domain::payment::Status;
use aval_domain::sale::OrderId;
use aval_domain::time::{DAY, HOUR};
use aval_domain::user::{PasswordHash, Role, User};
use aval_storage::{
    CommitError, Conflict, KeptAnswer, Limits, ReadError, Storage, StoredCard, Write,
};

use crate::support::{self, NOW, Store, commit, merchant_id, sold};

crate::on_both_engines!(
    a_sale_comes_back_as_it_was_through_all_its_states,
    sales_of_an_order_come_newest_first_and_of_one_merchant_only,
    a_merchant_comes_back_and_changes_by_version,
    a_user_comes_back_and_a_login_is_taken_once_for_each_merchant,
    a_card_and_an_operation_come_back,
    a_kept_answer_holds_until_it_is_forgotten,
    answers_are_forgotten_oldest_first_and_so_many_at_a_time,
    of_many_answers_kept_at_once_each_replaces_the_old_one_of_its_key,
    an_order_number_is_claimed_once,
    the_store_itself_refuses_more_than_was_authorized,
    a_refused_set_takes_no_other_with_it,
    settings_of_the_server_are_replaced,
    closing_writes_what_waits_ends_readiness_and_the_store_opens_again,
    an_unreadable_row_is_told_without_what_is_in_it,
    a_store_with_newer_steps_opens_and_a_changed_step_is_refused,
);

async fn a_sale_comes_back_as_it_was_through_all_its_states(store: Store) {
    let merchant = merchant_id();
    let first = sold(&store, merchant, "1").await;
    let voided = sold(&store, merchant, "2")
        .await
        .void(None, NOW.plus(1), false)
        .unwrap();
    let captured = first
        .clone()
        .capture(Some(10_000), Some(9), NOW.plus(2), 5)
        .unwrap();
    let marked = captured
        .clone()
        .marked(Some("000001".into()), "6", "Operation Successful");
    let part = marked
        .clone()
        .void(Some(4_000), NOW.plus(3), false)
        .unwrap();
    let whole = part.clone().void(None, NOW.plus(25 * HOUR), true).unwrap();
    assert_eq!(whole.state.status(), Status::Refunded);
    assert_eq!(
        store.sale(merchant, first.id).await.unwrap().unwrap(),
        first
    );
    for changed in [marked, part, whole, voided] {
        let write = Write::UpdateSale(Box::new(changed.clone()));
        commit(&store, merchant, vec![write]).await.unwrap();
        assert_eq!(
            store.sale(merchant, changed.id).await.unwrap().unwrap(),
            changed
        );
    }
    let other = merchant_id();
    assert!(
        store.sale(other, first.id).await.unwrap().is_none(),
        "another merchant's"
    );
}

async fn sales_of_an_order_come_newest_first_and_of_one_merchant_only(store: Store) {
    let (merchant, other) = (merchant_id(), merchant_id());
    let order = OrderId::restored("A1".to_owned());
    let mut ids = Vec::new();
    for later in [0, 5, 3] {
        let mut sale = support::sale(merchant, "A1");
        sale.received_at = NOW.plus(later);
        ids.push((later, sale.id));
        commit(&store, merchant, vec![Write::InsertSale(Box::new(sale))])
            .await
            .unwrap();
    }
    sold(&store, merchant, "A2").await;
    sold(&store, other, "A1").await;
    ids.sort_by(|a, b| b.cmp(a));
    let found = store.sales_of_order(merchant, &order, 10).await.unwrap();
    assert_eq!(
        found,
        ids.iter()
            .map(|(t, id)| (*id, NOW.plus(*t)))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        store.sales_of_order(merchant, &order, 2).await.unwrap(),
        found[..2]
    );
    let newest = store
        .newest_of_order(merchant, &order)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(newest.id, ids[0].1);
}

async fn a_merchant_comes_back_and_changes_by_version(store: Store) {
    let id = merchant_id();
    let mut merchant = support::merchant(id);
    let insert = Write::InsertMerchant(Box::new(merchant.clone()));
    commit(&store, id, vec![insert.clone()]).await.unwrap();
    assert_eq!(store.merchant(id).await.unwrap().unwrap(), merchant);
    let again = commit(&store, id, vec![insert]).await;
    assert!(matches!(again, Err(CommitError::Refused(_))), "{again:?}");
    merchant.version = 2;
    merchant.blocked = true;
    merchant
        .settings
        .set("ip_allow_list", "10.0.0.0/8")
        .unwrap();
    let update = Write::UpdateMerchant(Box::new(merchant.clone()));
    commit(&store, id, vec![update.clone()]).await.unwrap();
    let again = commit(&store, id, vec![update]).await;
    assert!(
        matches!(again, Err(CommitError::Conflict(Conflict::Version))),
        "{again:?}"
    );
    assert_eq!(store.merchant(id).await.unwrap().unwrap(), merchant);
    let listed = store.merchants(None, 1000).await.unwrap();
    assert!(listed.contains(&merchant));
    assert!(
        store
            .merchants(Some(id), 1000)
            .await
            .unwrap()
            .iter()
            .all(|other| other.id > id)
    );
}

async fn a_user_comes_back_and_a_login_is_taken_once_for_each_merchant(store: Store) {
    let (merchant, other) = (merchant_id(), merchant_id());
    let user = User {
        merchant,
        login: "admin".to_owned(),
        name: Some("Ana".to_owned()),
        email: None,
        role: Role::Administrator,
        password: PasswordHash("$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA".to_owned()),
        blocked: false,
        second_factor: None,
        created_at: NOW,
        version: 1,
    };
    let insert = |user: &User| vec![Write::InsertUser(Box::new(user.clone()))];
    commit(&store, merchant, insert(&user)).await.unwrap();
    let read = store.user(merchant, "admin").await.unwrap();
    assert_eq!(read.as_ref(), Some(&user));
    assert_eq!(store.user(other, "admin").await.unwrap(), None);
    assert_eq!(store.user(merchant, "Admin").await.unwrap(), None);
    let again = commit(&store, merchant, insert(&user)).await;
    assert!(
        matches!(again, Err(CommitError::Conflict(Conflict::LoginTaken))),
        "{again:?}"
    );
    let theirs = User {
        merchant: other,
        email: Some("ana@loja.com".to_owned()),
        ..user.clone()
    };
    commit(&store, other, insert(&theirs)).await.unwrap();
    assert_eq!(store.user(other, "admin").await.unwrap(), Some(theirs));
    let in_clear = User {
        login: "second".to_owned(),
        password: PasswordHash("in clear".to_owned()),
        ..user
    };
    let refused = commit(&store, merchant, insert(&in_clear)).await;
    assert!(
        matches!(refused, Err(CommitError::Refused(_))),
        "{refused:?}"
    );
}

async fn a_card_and_an_operation_come_back(store: Store) {
    let merchant = merchant_id();
    let card = StoredCard {
        merchant,
        token: CardToken::from_bytes([5; 16]),
        sealed: vec![1, 2, 3],
        masked: "453211******3700".to_owned(),
        holder: None,
        expiry: "12/2030".to_owned(),
        brand: "Visa".to_owned(),
        customer_name: Some("Comprador".to_owned()),
        fingerprint: [6; 16],
        created_at: NOW,
    };
    let sale = support::sale(merchant, "1");
    let operation = Operation {
        merchant,
        payment: sale.id,
        version: 2,
        kind: Kind::Capture,
        amount: Amount::new(5).unwrap(),
        at: NOW,
        request_id: "r".to_owned(),
        return_code: "6".to_owned(),
        by: Some("ana".to_owned()),
        before: Some(Marks {
            proof_of_sale: "652515".to_owned(),
            return_code: "4".to_owned(),
            return_message: "Operation Successful".to_owned(),
        }),
    };
    let writes = vec![
        Write::InsertOperation(operation.clone()),
        Write::InsertCard(Box::new(card.clone())),
        Write::InsertSale(Box::new(sale.clone())),
    ];
    commit(&store, merchant, writes).await.unwrap();
    assert_eq!(
        store.card(merchant, card.token).await.unwrap().unwrap(),
        card
    );
    assert_eq!(
        store.operations(merchant, sale.id).await.unwrap(),
        [operation]
    );
    assert!(
        store
            .card(merchant_id(), card.token)
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_kept_answer_holds_until_it_is_forgotten(store: Store) {
    let merchant = merchant_id();
    let keep = |at, body: &str| {
        let mut answer = support::answer(merchant, "k", at);
        answer.body = body.to_owned();
        Write::KeepAnswer {
            answer: Box::new(answer),
            forget_before: at.plus(-DAY),
        }
    };
    let order = Write::InsertSale(Box::new(support::sale(merchant, "1")));
    commit(&store, merchant, vec![order, keep(NOW, "first")])
        .await
        .unwrap();
    let lost = support::sale(merchant, "2");
    let set = vec![
        Write::InsertSale(Box::new(lost.clone())),
        keep(NOW.plus(DAY), "second"),
    ];
    let taken = commit(&store, merchant, set).await;
    assert!(
        matches!(taken, Err(CommitError::Conflict(Conflict::KeyTaken))),
        "{taken:?}"
    );
    assert!(
        store.sale(merchant, lost.id).await.unwrap().is_none(),
        "nothing of the set"
    );
    assert_eq!(
        store.answer(merchant, "k").await.unwrap().unwrap().body,
        "first"
    );
    commit(&store, merchant, vec![keep(NOW.plus(DAY + 1), "third")])
        .await
        .unwrap();
    assert_eq!(
        store.answer(merchant, "k").await.unwrap().unwrap().body,
        "third"
    );
    let first_of_another_time = store.forget_answer(merchant, "k", NOW);
    first_of_another_time.await.unwrap();
    assert!(store.answer(merchant, "k").await.unwrap().is_some());
    assert_eq!(
        store
            .forget_answers(merchant, NOW.plus(DAY + 1), 10)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store
            .forget_answers(merchant, NOW.plus(2 * DAY), 10)
            .await
            .unwrap(),
        1
    );
    assert!(store.answer(merchant, "k").await.unwrap().is_none());
    commit(&store, merchant, vec![keep(NOW, "again")])
        .await
        .unwrap();
    store.forget_answer(merchant, "k", NOW).await.unwrap();
    assert!(store.answer(merchant, "k").await.unwrap().is_none());
}

fn keep(answer: KeptAnswer) -> Write {
    Write::KeepAnswer {
        forget_before: answer.created_at.plus(-DAY),
        answer: Box::new(answer),
    }
}

async fn answers_are_forgotten_oldest_first_and_so_many_at_a_time(store: Store) {
    let (merchant, other) = (merchant_id(), merchant_id());
    // Not in the order of their ages, and three of one age.
    for (key, age) in [("e", 0), ("c", -2), ("d", -2), ("b", -2), ("a", -3)] {
        let answer = support::answer(merchant, key, NOW.plus(age));
        commit(&store, merchant, vec![keep(answer)]).await.unwrap();
    }
    let others = support::answer(other, "a", NOW.plus(-9));
    commit(&store, other, vec![keep(others)]).await.unwrap();
    for (forgotten, left) in [(2, "cde"), (2, "e"), (0, "e")] {
        let count = store.forget_answers(merchant, NOW, 2).await.unwrap();
        assert_eq!(count, forgotten);
        let mut found = String::new();
        for key in ["a", "b", "c", "d", "e"] {
            let kept = store.answer(merchant, key).await.unwrap();
            found.push_str(if kept.is_some() { key } else { "" });
        }
        assert_eq!(found, left);
    }
    assert!(store.answer(other, "a").await.unwrap().is_some());
}

async fn of_many_answers_kept_at_once_each_replaces_the_old_one_of_its_key(store: Store) {
    let merchant = merchant_id();
    let key = |number: usize| format!("k{number}");
    let set = |range: std::ops::Range<usize>, at| {
        range
            .map(|number| keep(support::answer(merchant, &key(number), at)))
            .collect::<Vec<_>>()
    };
    commit(&store, merchant, set(0..100, NOW)).await.unwrap();
    let late = NOW.plus(DAY + 1);
    commit(&store, merchant, set(50..150, late)).await.unwrap();
    for number in 0..150 {
        let kept = store.answer(merchant, &key(number)).await.unwrap();
        let at = if number < 50 { NOW } else { late };
        assert_eq!(kept.unwrap().created_at, at, "{number}");
    }
    let taken = commit(&store, merchant, set(149..160, late.plus(DAY))).await;
    assert!(
        matches!(taken, Err(CommitError::Conflict(Conflict::KeyTaken))),
        "{taken:?}"
    );
    assert!(store.answer(merchant, "k155").await.unwrap().is_none());
}

async fn an_order_number_is_claimed_once(store: Store) {
    let merchant = merchant_id();
    let claim = || Write::ClaimOrder(OrderId::restored("1".to_owned()));
    let keep = Write::KeepAnswer {
        answer: Box::new(support::answer(merchant, "k", NOW)),
        forget_before: NOW.plus(-DAY),
    };
    commit(&store, merchant, vec![claim()]).await.unwrap();
    let taken = commit(&store, merchant, vec![keep, claim()]).await;
    assert!(
        matches!(taken, Err(CommitError::Conflict(Conflict::OrderTaken))),
        "{taken:?}"
    );
    let kept = store.answer(merchant, "k").await.unwrap();
    assert!(
        kept.is_none(),
        "a set that won one expectation and lost another left its row"
    );
    commit(&store, merchant_id(), vec![claim()]).await.unwrap();
}

async fn the_store_itself_refuses_more_than_was_authorized(store: Store) {
    let merchant = merchant_id();
    let sale = sold(&store, merchant, "1").await;
    let mut bad = sale.clone().capture(None, None, NOW, 5).unwrap();
    bad.amount = Amount::new(20_000).unwrap();
    bad.state = sale.state.capture(bad.amount, None, NOW, 5).unwrap();
    let refused = commit(&store, merchant, vec![Write::UpdateSale(Box::new(bad))]).await;
    assert!(
        matches!(refused, Err(CommitError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(store.sale(merchant, sale.id).await.unwrap().unwrap(), sale);
}

async fn a_refused_set_takes_no_other_with_it(store: Store) {
    let merchant = merchant_id();
    let sale = sold(&store, merchant, "1").await;
    let tries = (0..40).map(|number| {
        let storage = store.storage.clone();
        let mut next = support::sale(merchant, &number.to_string());
        if number % 4 == 0 {
            next.id = sale.id;
        }
        tokio::spawn(async move {
            let write = Write::InsertSale(Box::new(next));
            (number, commit(&storage, merchant, vec![write]).await)
        })
    });
    for done in tries.collect::<Vec<_>>() {
        let (number, outcome) = done.await.unwrap();
        let refused = matches!(outcome, Err(CommitError::Refused(_)));
        assert_eq!(refused, number % 4 == 0, "{number}: {outcome:?}");
    }
}

async fn settings_of_the_server_are_replaced(store: Store) {
    assert!(store.setting("clock").await.unwrap().is_none());
    store.put_setting("clock", "1").await.unwrap();
    store.put_setting("clock", "2").await.unwrap();
    assert_eq!(store.setting("clock").await.unwrap().unwrap(), "2");
    store.ping().await.unwrap();
}

async fn closing_writes_what_waits_ends_readiness_and_the_store_opens_again(store: Store) {
    let merchant = merchant_id();
    let sale = support::sale(merchant, "1");
    let waiting = {
        let storage = store.storage.clone();
        let write = Write::InsertSale(Box::new(sale.clone()));
        tokio::spawn(async move { commit(&storage, merchant, vec![write]).await })
    };
    waiting.await.unwrap().unwrap();
    store.ping().await.unwrap();
    store.close().await;
    let unready = store.ping().await;
    assert!(
        matches!(unready, Err(ReadError::Unavailable(_))),
        "{unready:?}"
    );
    let closed = commit(&store, merchant, vec![]).await;
    assert!(
        matches!(closed, Err(CommitError::Unavailable(_))),
        "{closed:?}"
    );
    let again = support::open(&store.target).await;
    assert_eq!(again.sale(merchant, sale.id).await.unwrap().unwrap(), sale);
}

async fn an_unreadable_row_is_told_without_what_is_in_it(store: Store) {
    let merchant = merchant_id();
    let sale = sold(&store, merchant, "1").await;
    let details = r#"{"provider":"Maria, 402400******3191"}"#;
    let sql = format!("UPDATE sales SET details = '{details}'");
    support::by_hand(&store.target, &sql).await;
    let Err(ReadError::Corrupt(corrupt)) = store.sale(merchant, sale.id).await else {
        panic!("it was read");
    };
    assert_eq!(
        corrupt.to_string(),
        "sales.details is not the JSON it should be (data, line 1, column 37)"
    );
    assert!(!format!("{corrupt:?}").contains("Maria"));
}

async fn a_store_with_newer_steps_opens_and_a_changed_step_is_refused(store: Store) {
    assert!(store.newer_steps().is_empty());
    let newer = "CREATE TABLE later (id BIGINT NOT NULL PRIMARY KEY); \
         ALTER TABLE sales ADD COLUMN later TEXT; \
         INSERT INTO schema_migrations (name, checksum) VALUES ('9999_later', '0')";
    support::by_hand(&store.target, newer).await;
    let older = support::open(&store.target).await;
    assert_eq!(older.newer_steps(), ["9999_later"]);
    let sale = sold(&older, merchant_id(), "1").await;
    assert_eq!(
        older.sale(sale.merchant, sale.id).await.unwrap(),
        Some(sale)
    );
    let changed = "UPDATE schema_migrations SET checksum = '0'";
    support::by_hand(&store.target, changed).await;
    let refused = Storage::open(&store.target, Limits { queue: 1 }).await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("step 0001_sales differs"), "{refused}");
}
