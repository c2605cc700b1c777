//! Faults of the simulator, and what becomes of payments in doubt (decisions D15 and D22).
//!
//! Invariant: however an answer is lost, the acquirer decides once, and the payment ends as it did.

use aval_domain::id::PaymentId;
use aval_storage::Decision;
use serde_json::json;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    an_answer_lost_after_approval_is_found_out_and_nothing_is_authorized_twice,
    a_question_that_was_lost_ends_denied_and_can_reserve_nothing_later,
    a_capture_or_void_in_between_first_resolves_the_payment,
    an_acquirer_that_cannot_be_asked_is_asked_until_the_limit_and_then_reversed,
    a_fault_holds_on_another_server_within_a_second,
    a_delayed_answer_comes_late_and_is_kept_under_its_key,
    the_clock_a_year_forward_resolves_everything_and_says_so,
    what_falls_due_on_the_way_is_done_at_its_time_and_in_order,
    a_reset_removes_what_merchants_have_but_not_them,
}

/// Sets a fault of the gateway's first merchant.
async fn fault(gateway: &Gateway, fault: &str) {
    let body = json!({ "merchantid": gateway.id, "FAULT": fault, "DelayMs": 300 });
    let body = body.to_string();
    let set = gateway.sandbox("PUT", "/sandbox/faults", &body).await;
    assert_eq!(set.expect(200).at("/Fault"), fault);
}

async fn forward(gateway: &Gateway, body: &str) -> Answer {
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", body);
    moved.await.expect(200)
}

/// A sale in doubt; its PaymentId.
async fn in_doubt(gateway: &Gateway, body: &Body) -> String {
    let sold = gateway.sell(body).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 0, "{}", sold.text());
    for absent in ["ReturnCode", "Tid", "ProofOfSale", "AuthorizationCode"] {
        assert!(sold.at(&format!("/Payment/{absent}")).is_null(), "{absent}");
    }
    let links = sold.at("/Payment/Links");
    assert_eq!(links.as_array().unwrap().len(), 1, "{links}");
    assert_eq!(links[0]["Rel"], "self");
    sold.payment_id()
}

async fn status(gateway: &Gateway, payment: &str) -> u64 {
    let found = gateway.sale(payment).await.expect(200);
    found.at("/Payment/Status").as_u64().unwrap()
}

/// What the acquirer decided of a payment.
async fn ledger(gateway: &Gateway, payment: &str) -> Option<(u32, Decision)> {
    let (of, id) = (gateway.merchant_id(), PaymentId::parse(payment).unwrap());
    let found = gateway.server.app.storage.simulated_attempt(of, id).await;
    found.unwrap().map(|row| (row.version, row.decision))
}

async fn an_answer_lost_after_approval_is_found_out_and_nothing_is_authorized_twice(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    fault(&gateway, "LostAfter").await;
    let saving = Body::sale(1).with("Payment.CreditCard.SaveCard", true);
    let approved = in_doubt(&gateway, &saving).await;
    let denied = in_doubt(&gateway, &Body::sale(2)).await;
    let captured = Body::sale(1).with("Payment.Capture", true);
    let captured = in_doubt(&gateway, &captured).await;
    let ran = forward(&gateway, r#"{"Seconds":3}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 3);
    assert_eq!(status(&gateway, &approved).await, 1);
    assert_eq!(status(&gateway, &denied).await, 3);
    assert_eq!(status(&gateway, &captured).await, 2);
    let decided = ledger(&gateway, &approved).await;
    assert_eq!(decided, Some((1, Decision::Approved)), "once");
    let sale = gateway.sale(&approved).await;
    let code = sale.at("/Payment/AuthorizationCode");
    assert_eq!(code.as_str().unwrap().len(), 6);
    let token = sale.at("/Payment/CreditCard/CardToken");
    let token = token.as_str().unwrap();
    gateway.get(&format!("/1/card/{token}")).await.expect(200);
    gateway.capture(&approved, "").await.expect(200);
    let ran = forward(&gateway, r#"{"Days":1}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 0, "nothing is in doubt any more");
    fault(&gateway, "None").await;
    gateway.authorized().await;
}

async fn a_question_that_was_lost_ends_denied_and_can_reserve_nothing_later(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    fault(&gateway, "LostBefore").await;
    let payment = in_doubt(&gateway, &Body::sale(1)).await;
    assert_eq!(ledger(&gateway, &payment).await, None);
    forward(&gateway, r#"{"Seconds":3}"#).await;
    let sale = gateway.sale(&payment).await;
    assert_eq!(sale.at("/Payment/Status"), 3);
    assert_eq!(sale.at("/Payment/ReturnCode"), "99");
    let decided = ledger(&gateway, &payment).await;
    assert_eq!(decided, Some((1, Decision::Reversed)));
    gateway.capture(&payment, "").await.expect_error(400, 308);
}

async fn a_capture_or_void_in_between_first_resolves_the_payment(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    fault(&gateway, "LostAfter").await;
    let payment = in_doubt(&gateway, &Body::sale(1)).await;
    let captured = gateway.capture(&payment, "").await.expect(200);
    assert_eq!(captured.at("/Status"), 2);
    let voided = in_doubt(&gateway, &Body::sale(1)).await;
    gateway.void(&voided, "").await.expect(200);
    assert_eq!(status(&gateway, &voided).await, 10);
    let denied = in_doubt(&gateway, &Body::sale(2)).await;
    gateway.capture(&denied, "").await.expect_error(400, 308);
    assert_eq!(
        status(&gateway, &denied).await,
        3,
        "it was resolved all the same"
    );
    let ran = forward(&gateway, r#"{"Hours":1}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 0);
}

async fn an_acquirer_that_cannot_be_asked_is_asked_until_the_limit_and_then_reversed(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let limit = [("unfinished_limit_minutes", "30")];
    gateway.set(gateway.merchant_id(), &limit).await;
    fault(&gateway, "LostAfter").await;
    let [early, late] = [
        in_doubt(&gateway, &Body::sale(1)).await,
        in_doubt(&gateway, &Body::sale(1)).await,
    ];
    fault(&gateway, "Refused").await;
    let refused = gateway.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(
        refused.at("/Payment/Status"),
        3,
        "nothing was asked, nothing is in doubt"
    );
    assert_eq!(refused.at("/Payment/ReturnCode"), "98");
    let ran = forward(&gateway, r#"{"Minutes":29}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 0);
    gateway.capture(&early, "").await.expect_error(400, 308);
    fault(&gateway, "None").await;
    gateway.capture(&early, "").await.expect(200);
    fault(&gateway, "Refused").await;
    // The limit passes: denied, and the reversal is owed to an acquirer that nobody can reach.
    let ran = forward(&gateway, r#"{"Minutes":2}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 1);
    let sale = gateway.sale(&late).await.expect(200);
    assert_eq!(sale.at("/Payment/Status"), 3);
    assert_eq!(sale.at("/Payment/ReturnCode"), "99");
    gateway.capture(&late, "").await.expect_error(400, 308);
    let ran = forward(&gateway, r#"{"Days":1}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 0);
    let decided = ledger(&gateway, &late).await;
    assert_eq!(decided, Some((1, Decision::Approved)), "it cannot be told");
    let (of, id) = (gateway.merchant_id(), PaymentId::parse(&late).unwrap());
    let storage = &gateway.server.app.storage;
    assert!(storage.unfinished(of, id).await.unwrap().is_some(), "owed");
    fault(&gateway, "None").await;
    forward(&gateway, r#"{"Days":1}"#).await;
    let decided = ledger(&gateway, &late).await;
    assert_eq!(decided, Some((2, Decision::Reversed)));
    assert_eq!(status(&gateway, &late).await, 3);
    assert_eq!(storage.unfinished(of, id).await.unwrap(), None);
}

async fn a_fault_holds_on_another_server_within_a_second(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    beside.authorized().await;
    fault(&gateway, "LostAfter").await;
    let in_force = async {
        loop {
            let sold = beside.sell(&Body::sale(1)).await.expect(201);
            if sold.at("/Payment/Status") == 0 {
                return sold.payment_id();
            }
        }
    };
    let second = std::time::Duration::from_millis(1_500);
    let payment = tokio::time::timeout(second, in_force).await;
    let payment = payment.expect("the fault does not hold after a second");
    // The ledger is one, whoever asks it.
    gateway.capture(&payment, "").await.expect(200);
    let other = gateway.merchant(&[]).await;
    other.authorized().await;
}

async fn a_delayed_answer_comes_late_and_is_kept_under_its_key(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    fault(&gateway, "Delay").await;
    let asked = aval_api::stopwatch::Stopwatch::start();
    let sale = gateway.selling(&Body::sale(1)).key("late");
    let sold = sale.send().await.expect(201);
    assert!(asked.elapsed().as_millis() >= 300);
    assert_eq!(sold.at("/Payment/Status"), 1);
    let again = sale.send().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.text(), sold.text(), "the answer, not the attempt");
    let beside = gateway.beside().await;
    let body = Body::sale(1);
    let asked = [&gateway, &beside].map(|server| server.selling(&body).key("both"));
    let both = asked.iter().map(|sale| sale.send());
    let both = futures_util::future::join_all(both).await;
    let texts: Vec<&str> = both.iter().map(Answer::text).collect();
    assert_eq!(texts[0], texts[1], "who came second waits for the answer");
    assert_eq!(both[0].at("/Payment/Status"), 1);
    fault(&gateway, "LostAfter").await;
    let sale = gateway.selling(&Body::sale(1)).key("lost");
    let sold = sale.send().await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 0);
    let again = sale.send().await.expect(201);
    assert_eq!(again.payment_id(), sold.payment_id(), "one effect, ever");
}

async fn the_clock_a_year_forward_resolves_everything_and_says_so(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let other = gateway.merchant(&[]).await;
    let body = json!({ "MerchantId": other.id, "Fault": "LostAfter" }).to_string();
    gateway
        .sandbox("PUT", "/sandbox/faults", &body)
        .await
        .expect(200);
    fault(&gateway, "LostAfter").await;
    let first = in_doubt(&gateway, &Body::sale(1)).await;
    let second = other.sell(&Body::sale(1)).await.expect(201).payment_id();
    let ran = forward(&gateway, r#"{"Days":365}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 2);
    for (caller, payment) in [(&gateway.caller, first), (&other, second)] {
        let sale = caller.sale(&payment).await.expect(200);
        assert_eq!(sale.at("/Payment/Status"), 1);
        // Authorized a year ago, not now: the window of capture is over.
        caller.capture(&payment, "").await.expect_error(400, 308);
    }
}

async fn what_falls_due_on_the_way_is_done_at_its_time_and_in_order(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    fault(&gateway, "LostBefore").await;
    let mut payments = Vec::new();
    for _ in 0..3 {
        payments.push(in_doubt(&gateway, &Body::sale(1)).await);
        // Past the real time that passes meanwhile, and before the first is due.
        gateway.advance(500_000).await;
    }
    let ran = forward(&gateway, r#"{"Days":365}"#).await;
    assert_eq!(ran.at("/Ran/Resolved"), 3);
    let mut reversed = Vec::new();
    for payment in &payments {
        let (of, id) = (gateway.merchant_id(), PaymentId::parse(payment).unwrap());
        let storage = &gateway.server.app.storage;
        let sale = storage.sale(of, id).await.unwrap().unwrap();
        let attempt = storage.simulated_attempt(of, id).await.unwrap().unwrap();
        let waited = attempt.at.since(sale.received_at);
        assert!((2_000_000..60_000_000).contains(&waited), "{waited}");
        reversed.push(attempt.at);
    }
    assert!(reversed.is_sorted(), "{reversed:?}");
}

async fn a_reset_removes_what_merchants_have_but_not_them(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    fault(&gateway, "LostAfter").await;
    let payment = in_doubt(&gateway, &Body::sale(1)).await;
    let token = gateway.token().await;
    let reset = gateway.sandbox("POST", "/sandbox/reset", "").await;
    assert_eq!(reset.expect(200).at("/Reset"), true);
    gateway.sale(&payment).await.expect_error(404, 307);
    let card = gateway.get(&format!("/1/card/{token}")).await;
    assert_eq!(card.status, 404);
    gateway.authorized().await;
}

#[tokio::test]
async fn a_fault_of_a_card_holds_for_that_card_and_its_token_alone() {
    let gateway = Gateway::sqlite().await;
    let token = gateway.token().await;
    let number = Body::card().0["CardNumber"].clone();
    let body = json!({
        "MerchantId": gateway.id, "CardNumber": number, "Fault": "LostAfter",
    });
    let set = gateway
        .sandbox("PUT", "/sandbox/faults", &body.to_string())
        .await;
    let shown = set.expect(200).at("/CardNumber");
    assert!(shown.as_str().unwrap().contains("******"), "{shown}");
    let path = format!("/sandbox/faults?MerchantId={}", gateway.id);
    let listed = gateway.sandbox("GET", &path, "").await.expect(200);
    assert_eq!(listed.at("/Faults/0/CardNumber"), shown);
    assert_eq!(listed.at("/Faults/0/Fault"), "LostAfter");
    assert!(listed.at("/Faults/1").is_null(), "{}", listed.text());
    let by_token = Body::token_sale(&token);
    in_doubt(&gateway, &by_token).await;
    gateway.authorized().await;
}

#[tokio::test]
async fn a_fault_that_cannot_be_is_refused() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.id.clone();
    let nobody = "24bc8366-fc31-4d6c-8555-17049a836a07";
    for (body, field) in [
        (json!({}), "MerchantId"),
        (json!({ "MerchantId": "x", "Fault": "None" }), "MerchantId"),
        (json!({ "MerchantId": id }), "Fault"),
        (json!({ "MerchantId": id, "Fault": "Lost" }), "Fault"),
        (json!({ "MerchantId": id, "Fault": 1 }), "Fault"),
        (json!({ "MerchantId": id, "Fault": "Delay" }), "DelayMs"),
        (
            json!({ "MerchantId": id, "Fault": "Delay", "DelayMs": 0 }),
            "DelayMs",
        ),
        (
            json!({ "MerchantId": id, "Fault": "Delay", "DelayMs": 60_001 }),
            "DelayMs",
        ),
        (
            json!({ "MerchantId": id, "Fault": "Delay", "DelayMs": "9" }),
            "DelayMs",
        ),
        (
            json!({ "MerchantId": id, "Fault": "None", "CardNumber": "12" }),
            "CardNumber",
        ),
    ] {
        let refused = gateway
            .sandbox("PUT", "/sandbox/faults", &body.to_string())
            .await;
        let refused = refused.expect_error(400, 9010);
        assert_eq!(refused.at("/0/Field"), field, "{body}");
    }
    let body = json!({ "MerchantId": nobody, "Fault": "None" }).to_string();
    let refused = gateway.sandbox("PUT", "/sandbox/faults", &body).await;
    refused.expect_error(404, 115);
    let path = format!("/sandbox/faults?MerchantId={nobody}");
    let refused = gateway.sandbox("GET", &path, "").await;
    refused.expect_error(404, 115);
    let refused = gateway.sandbox("GET", "/sandbox/faults", "").await;
    assert_eq!(refused.expect_error(400, 9010).at("/0/Field"), "MerchantId");
}
