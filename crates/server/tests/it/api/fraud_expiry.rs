//! Reviews that expire behind others that are damaged.
//!
//! Invariant: a row that cannot be read concerns its own sale alone.

use aval_domain::fraud::review::{Progress, Review};
use aval_domain::id::PaymentId;
use aval_domain::time::HOUR;
use aval_storage::fraud::FraudWrite;
use aval_storage::{Changes, Write};

use super::fraud::asking;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(however_many_reviews_are_damaged_in_front_those_behind_expire_each_at_its_time,);

async fn however_many_reviews_are_damaged_in_front_those_behind_expire_each_at_its_time(
    store: Store,
) {
    const DAMAGED: u32 = 150;
    let gateway = Gateway::start(store, Setup::default()).await;
    let shop = gateway.merchant(&[("fraud_review_hours", "2")]).await;
    let (app, merchant) = (&gateway.server.app, shop.merchant_id());
    let front = shop.sell(&asking("review")).await.expect(201).payment_id();
    let front = PaymentId::parse(&front).unwrap();
    let first = app.storage.fraud_review(merchant, front).await;
    let first = first.unwrap().unwrap();
    // Rows of a version that is none, all due before the two that follow.
    let writes = (0..DAMAGED).map(|_| {
        let copy = Review {
            payment: app.chance.payment_id(app.clock.now()),
            ..first.clone()
        };
        Write::Fraud(FraudWrite::InsertReview(Box::new(copy)))
    });
    let writes = writes.collect();
    let changes = Changes { merchant, writes };
    app.storage.commit(changes).await.unwrap();
    let damage = "UPDATE fraud_reviews SET version = 5000000000";
    gateway.store.by_hand(damage).await;
    let soon = shop.sell(&asking("review")).await.expect(201).payment_id();
    gateway.advance(HOUR).await;
    let late = shop.sell(&asking("review")).await.expect(201).payment_id();
    let moved = aval_gateway::tasks::moves::advance(app, 30 * HOUR).await;
    assert_eq!(moved.unwrap()["Reviews"], 2);
    let mut decided = Vec::new();
    for id in [&soon, &late] {
        let id = PaymentId::parse(id).unwrap();
        let review = app.storage.fraud_review(merchant, id).await;
        let review = review.unwrap().unwrap();
        assert_ne!(review.progress, Progress::Waiting, "{id}");
        decided.push((review.due_at, review.decided_at.unwrap()));
    }
    for (due_at, decided_at) in decided {
        let late = decided_at.since(due_at);
        assert!((0..HOUR / 60).contains(&late), "at its time: {late}");
    }
}
