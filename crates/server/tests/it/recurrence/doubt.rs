//! Recurrences while answers of the acquirer are lost (decision D15).
//!
//! Invariant: a cycle is charged once, whichever answer was lost; a recurrence begins when its
//! first payment is known to be authorized.

use serde_json::{Value, json};

use super::{monthly, recurring};
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    a_first_payment_in_doubt_begins_its_recurrence_when_it_is_known,
    a_charge_in_doubt_is_found_out_and_never_made_twice,
    a_charge_in_doubt_is_found_out_although_the_clock_was_put_back,
);

const NODE: &str = "/Payment/RecurrentPayment";

async fn a_first_payment_in_doubt_begins_its_recurrence_when_it_is_known(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let saved = monthly().with("Payment.CreditCard.SaveCard", true);
    let token = gateway.token().await;
    let by_token = crate::support::body::Body::token_sale(&token)
        .with("Payment.RecurrentPayment.AuthorizeNow", true);
    let denied = recurring(2, json!({"AuthorizeNow": true}));
    for (fault, body, begins) in [
        ("LostAfter", monthly(), true),
        ("LostAfter", saved, true),
        ("LostAfter", by_token, true),
        ("LostAfter", denied, false),
        ("LostBefore", monthly(), false),
    ] {
        let shop = &gateway.caller;
        let before = gateway.plans(shop).await.len();
        gateway.fault(shop, fault).await;
        let sold = shop.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/Status"), 0);
        assert_eq!(sold.at(&format!("{NODE}/RecurrentPaymentId")), Value::Null);
        assert_eq!(sold.at(&format!("{NODE}/AuthorizeNow")), true);
        assert_eq!(gateway.plans(shop).await.len(), before);
        gateway.fault(shop, "None").await;
        let hour = json!({"Hours": 1}).to_string();
        gateway
            .sandbox("POST", "/sandbox/clock/advance", &hour)
            .await
            .expect(200);
        let known = shop.sale(&sold.payment_id()).await.expect(200);
        let id = known.at(&format!("{NODE}/RecurrentPaymentId"));
        assert_eq!(id != Value::Null, begins, "{fault} {}", known.text());
        let plans = gateway.plans(shop).await.len();
        assert_eq!(plans, before + usize::from(begins));
        if let Some(id) = id.as_str() {
            assert_eq!(shop.of_recurrence(id, "NextRecurrency").await, "2027-02-28");
        }
    }
    let ran = gateway.days(31).await;
    assert_eq!(ran["Recurrences"], 3, "each has its card: {ran}");
    for plan in gateway.plans(&gateway.caller).await {
        assert_eq!(plan.successes, 1);
    }
}

async fn a_charge_in_doubt_is_found_out_and_never_made_twice(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let shop = &gateway.caller;
    let id = shop.recurs(&monthly()).await;
    let deactivated = shop.recurs(&monthly()).await;
    gateway.fault(shop, "LostAfter").await;
    let app = &gateway.server.app;
    let due = super::moment("2027-02-28T00:00:00-03:00");
    app.clock.set(&app.storage, due).await.unwrap();
    let share = aval_gateway::tasks::recurrences::Share::Leased;
    aval_gateway::tasks::recurrences::run(app, share)
        .await
        .unwrap();
    let plan = gateway.plan(shop, &id).await.unwrap();
    assert!(plan.asking.is_some(), "{plan:?}");
    assert_eq!(shop.charges(&id).await.len(), 1, "nobody knows yet");
    shop.amend(&deactivated, "Deactivate", "").await.expect(200);
    let ran = gateway.days(1).await;
    assert_eq!(ran["Recurrences"], 2, "found out: {ran}");
    for id in [&id, &deactivated] {
        assert_eq!(shop.charged_on(id).await, ["2027-01-31", "2027-02-28"]);
        assert_eq!(shop.of_recurrence(id, "SuccessfulRecurrences").await, 1);
    }
    assert_eq!(shop.of_recurrence(&deactivated, "Status").await, 3);
    assert_eq!(
        shop.of_recurrence(&id, "NextRecurrency").await,
        "2027-03-31"
    );

    // The question is lost: denied with 99, and tried again the day after.
    gateway.fault(shop, "LostBefore").await;
    gateway.days(30).await;
    gateway.fault(shop, "None").await;
    gateway.days(3).await;
    let charges = shop.charges(&id).await;
    let numbers: Vec<(u64, u64)> = charges.iter().map(|charge| (charge.0, charge.1)).collect();
    assert_eq!(numbers, [(0, 1), (1, 1), (2, 1), (2, 2)]);
    assert_eq!(charges[2].2.at("/Payment/ReturnCode"), "99");
    assert_eq!(charges[3].2.at("/Payment/Status"), 2);
    assert_eq!(
        shop.of_recurrence(&id, "NextRecurrency").await,
        "2027-04-30"
    );
}

async fn a_charge_in_doubt_is_found_out_although_the_clock_was_put_back(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let shop = &gateway.caller;
    let id = shop.recurs(&monthly()).await;
    gateway.fault(shop, "LostAfter").await;
    let app = &gateway.server.app;
    let due = super::moment("2027-02-28T00:00:00-03:00");
    app.clock.set(&app.storage, due).await.unwrap();
    let share = aval_gateway::tasks::recurrences::Share::Leased;
    aval_gateway::tasks::recurrences::run(app, share)
        .await
        .unwrap();
    let plan = gateway.plan(shop, &id).await.unwrap();
    assert!(plan.asking.is_some(), "{plan:?}");
    gateway.fault(shop, "None").await;
    gateway.clock("2026-02-28T00:00:00-03:00").await;
    gateway.days(1).await;
    let plan = gateway.plan(shop, &id).await.unwrap();
    assert_eq!((plan.asking, plan.cycle, plan.successes), (None, 2, 1));
    assert_eq!(
        gateway.days(390).await["Recurrences"],
        0,
        "not charged again"
    );
    assert_eq!(shop.charges(&id).await.len(), 2);
}
