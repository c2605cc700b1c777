//! How long a payment waits for its buyer, and what becomes of one whose buyer never comes.

use aval_domain::id::PaymentId;
use aval_domain::merchant::Merchant;
use aval_domain::time::{DAY, Timestamp};
use serde_json::{Value, json};

use super::{FIRST, look, page_of, payment, press};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_payment_whose_buyer_never_comes_ends_after_a_day_and_its_card_is_forgotten,
    what_was_decided_in_time_or_waits_for_the_bank_is_left_as_it_is,
    a_buyer_at_the_last_moment_and_the_end_are_one_outcome,
    a_payment_that_cannot_be_ended_holds_up_no_other,
}

/// Moves the clock through what is due; how many payments were given up.
async fn forward(gateway: &Gateway, by: Value) -> Value {
    let path = "/sandbox/clock/advance";
    let moved = gateway.sandbox("POST", path, &by.to_string()).await;
    moved.expect(200).at("/Ran/Abandoned")
}

/// What waits for a buyer, whenever it ends.
async fn waiting(gateway: &Gateway) -> usize {
    let end = Timestamp::from_micros(i64::MAX);
    let storage = &gateway.server.app.storage;
    storage
        .awaited_buyers_due(end, None, 9)
        .await
        .unwrap()
        .len()
}

/// Whether the card of a payment waits sealed.
async fn keeps_card(gateway: &Gateway, id: &str) -> bool {
    let storage = &gateway.server.app.storage;
    let id = PaymentId::parse(id).unwrap();
    let found = storage.awaited_card(gateway.merchant_id(), id).await;
    found.unwrap().is_some()
}

async fn a_payment_whose_buyer_never_comes_ends_after_a_day_and_its_card_is_forgotten(
    store: Store,
) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let url = [("notification_url", "http://127.0.0.1:1/")];
    gateway.set(gateway.merchant_id(), &url).await;
    let saved = Body::authenticated(1).with("Payment.CreditCard.SaveCard", true);
    let mut begun = Vec::new();
    for body in [&saved, &Body::debit(1), &Body::transfer()] {
        let sold = gateway.sell(body).await.expect(201);
        begun.push((sold.payment_id(), page_of(&gateway, &sold)));
    }
    assert!(keeps_card(&gateway, &begun[0].0).await);
    assert_eq!(forward(&gateway, json!({"Hours": 23})).await, 0);
    for (id, _) in &begun {
        assert_eq!(payment(&gateway, id).await["Status"], 0);
    }
    assert_eq!(
        forward(&gateway, json!({"Hours": 1, "Seconds": 1})).await,
        3
    );
    assert_eq!(waiting(&gateway).await, 0);
    assert!(
        !keeps_card(&gateway, &begun[0].0).await,
        "the card waits on"
    );
    let storage = &gateway.server.app.storage;
    let told = storage.notifications(gateway.merchant_id(), FIRST, 9).await;
    let told = told.unwrap();
    for (id, page) in &begun {
        let now = payment(&gateway, id).await;
        assert_eq!((&now["Status"], &now["Eci"]), (&json!(13), &Value::Null));
        assert_eq!(now["CreditCard"]["CardToken"], Value::Null);
        for decision in ["approve", "pay", "nothing"] {
            let late = press(&gateway, page, decision).await.expect(200);
            assert!(late.text().contains("Payment cancelled"), "{decision}");
            assert!(!late.text().contains("name=\"decision\""), "{decision}");
        }
        let seen = look(&gateway, page).await.expect(200);
        assert!(seen.text().contains("not completed"), "{}", seen.text());
        assert!(!seen.text().contains("name=\"decision\""));
        let of_it = told.iter().filter(|one| one.payment.to_string() == *id);
        let statuses = of_it.map(|one| {
            let body: Value = serde_json::from_str(&one.body).unwrap();
            body["Payment"]["Status"].clone()
        });
        assert_eq!(statuses.collect::<Vec<_>>(), [json!(0), json!(13)]);
    }
    assert_eq!(forward(&gateway, json!({"Days": 9})).await, 0, "once");
}

async fn what_was_decided_in_time_or_waits_for_the_bank_is_left_as_it_is(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let mut decided = Vec::new();
    for (body, decision, status) in [
        (Body::authenticated(1), "approve", 1),
        (Body::debit(1), "approve", 2),
        (Body::debit(1), "fail", 3),
        (Body::transfer(), "pay", 2),
        (Body::transfer(), "pending", 12),
    ] {
        let sold = gateway.sell(&body).await.expect(201);
        let page = page_of(&gateway, &sold);
        press(&gateway, &page, decision).await.expect(200);
        decided.push((sold.payment_id(), page, status));
    }
    let slip = gateway.sell(&Body::boleto()).await.expect(201);
    decided.push((slip.payment_id(), page_of(&gateway, &slip), 1));
    assert_eq!(
        waiting(&gateway).await,
        0,
        "nothing is left of what was decided"
    );
    assert_eq!(forward(&gateway, json!({"Days": 3})).await, 0);
    for (id, _, status) in &decided {
        assert_eq!(payment(&gateway, id).await["Status"], *status);
    }
    let (pending, page, _) = &decided[4];
    press(&gateway, page, "pay").await.expect(200);
    assert_eq!(payment(&gateway, pending).await["Status"], 2);
}

async fn a_buyer_at_the_last_moment_and_the_end_are_one_outcome(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let mut begun = Vec::new();
    for _ in 0..4 {
        let sold = gateway.sell(&Body::debit(1)).await.expect(201);
        begun.push((sold.payment_id(), page_of(&gateway, &sold)));
    }
    gateway.advance(DAY).await;
    let visits = async {
        for (_, page) in &begun {
            press(&gateway, page, "approve").await.expect(200);
        }
    };
    let task = aval_gateway::tasks::run_due(&beside.server.app);
    let (_, ran) = tokio::join!(visits, task);
    let ended = ran.unwrap().get("Abandoned").copied().unwrap_or_default();
    let mut statuses = Vec::new();
    for (id, _) in &begun {
        statuses.push(payment(&gateway, id).await["Status"].as_u64().unwrap());
    }
    assert!(statuses.iter().all(|status| [2, 13].contains(status)));
    let given_up = statuses.iter().filter(|status| **status == 13).count();
    assert_eq!(ended, given_up as u64, "what was counted is what was ended");
    assert_eq!(waiting(&gateway).await, 0);
}

async fn a_payment_that_cannot_be_ended_holds_up_no_other(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let broken = gateway.merchant(&[]).await;
    broken.sell(&Body::debit(1)).await.expect(201);
    let sold = gateway.sell(&Body::debit(1)).await.expect(201);
    let damage = |merchant: &mut Merchant| merchant.data_key.sealed.reverse();
    gateway.change(broken.merchant_id(), damage).await;
    gateway.advance(DAY).await;
    let ended = aval_gateway::tasks::buyers::run(&gateway.server.app).await;
    assert_eq!(ended.unwrap(), 1);
    assert_eq!(payment(&gateway, &sold.payment_id()).await["Status"], 13);
}
