//! Many writers at once, in one process and in two.
//!
//! Invariant: of several change sets that expect the same, one is written.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

use aval_storage::{CommitError, Conflict, Write};

use crate::support::{self, NOW, Store, commit, merchant_id, sold};

crate::on_both_engines!(
    of_64_changes_to_one_version_one_is_written,
    of_100_sets_with_one_key_one_is_written,
    two_servers_on_one_store_share_versions_and_keys,
    many_merchants_write_at_once,
);

async fn of_64_changes_to_one_version_one_is_written(store: Store) {
    let merchant = merchant_id();
    let sale = sold(&store, merchant, "1").await;
    let tasks: Vec<_> = (1..=64)
        .map(|cents| {
            let storage = store.storage.clone();
            let captured = sale.clone().capture(Some(cents), None, NOW, 5).unwrap();
            tokio::spawn(async move {
                let write = Write::UpdateSale(Box::new(captured.clone()));
                (captured, commit(&storage, merchant, vec![write]).await)
            })
        })
        .collect();
    let mut winner = None;
    for task in tasks {
        match task.await.unwrap() {
            (captured, Ok(())) => assert!(winner.replace(captured).is_none(), "two won"),
            (_, Err(CommitError::Conflict(Conflict::Version))) => {}
            (_, Err(other)) => panic!("{other}"),
        }
    }
    assert_eq!(store.sale(merchant, sale.id).await.unwrap(), winner);
}

async fn of_100_sets_with_one_key_one_is_written(store: Store) {
    let merchant = merchant_id();
    let second = support::open(&store.target).await;
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let storage = if number % 2 == 0 {
                store.storage.clone()
            } else {
                second.clone()
            };
            let sale = support::sale(merchant, "same");
            let mut answer = support::answer(merchant, "key", NOW);
            answer.body = sale.id.to_string();
            tokio::spawn(async move {
                let keep = Write::KeepAnswer {
                    answer: Box::new(answer),
                    forget_before: NOW.plus(-1),
                };
                let writes = vec![Write::InsertSale(Box::new(sale)), keep];
                commit(&storage, merchant, writes).await
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => won += 1,
            Err(CommitError::Conflict(Conflict::KeyTaken)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won, 1);
    let order = aval_domain::sale::OrderId::restored("same".to_owned());
    let stored = store.sales_of_order(merchant, &order, 10).await.unwrap();
    let answer = store.answer(merchant, "key").await.unwrap().unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].0.to_string(), answer.body);
}

async fn two_servers_on_one_store_share_versions_and_keys(store: Store) {
    let merchant = merchant_id();
    let second = support::open(&store.target).await;
    let mut sale = sold(&store, merchant, "1").await;
    sale = sale.capture(Some(10_000), None, NOW, 5).unwrap();
    commit(
        &store,
        merchant,
        vec![Write::UpdateSale(Box::new(sale.clone()))],
    )
    .await
    .unwrap();
    let mut tasks = Vec::new();
    for number in 0..40 {
        let storage = if number % 2 == 0 {
            store.storage.clone()
        } else {
            second.clone()
        };
        let id = sale.id;
        tasks.push(tokio::spawn(async move {
            // As an operation does: read, decide, commit; on a conflict read again.
            loop {
                let read = storage.sale(merchant, id).await.unwrap().unwrap();
                let Ok(voided) = read.void(Some(300), NOW, false) else {
                    return 0;
                };
                let write = Write::UpdateSale(Box::new(voided));
                match commit(&storage, merchant, vec![write]).await {
                    Ok(()) => return 300,
                    Err(CommitError::Conflict(Conflict::Version)) => {}
                    Err(other) => panic!("{other}"),
                }
            }
        }));
    }
    let mut given_back = 0;
    for task in tasks {
        given_back += task.await.unwrap();
    }
    assert_eq!(given_back, 9_900, "33 parts of 300 fit into 10,000");
    let stored = store.sale(merchant, sale.id).await.unwrap().unwrap();
    assert_eq!(
        stored
            .state
            .given_back(stored.amount)
            .unwrap()
            .amount
            .cents(),
        given_back
    );
}

async fn many_merchants_write_at_once(store: Store) {
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let storage = store.storage.clone();
        tasks.push(tokio::spawn(async move {
            let merchant = merchant_id();
            for number in 0..20 {
                let sale = sold(&storage, merchant, &number.to_string()).await;
                let captured = sale.capture(None, None, NOW, 5).unwrap();
                let write = Write::UpdateSale(Box::new(captured.clone()));
                commit(&storage, merchant, vec![write]).await.unwrap();
                assert_eq!(
                    storage.sale(merchant, captured.id).await.unwrap(),
                    Some(captured)
                );
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}
