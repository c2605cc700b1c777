//! Idempotency-Key: one effect for each key, ever, and its answer for whoever asks (decision D07).
//!
//! Invariant: effects are counted in the store, by the order's payments, not by the answers.

use std::collections::HashSet;

use aval_api::idempotency::key_digest;
use aval_domain::time::{DAY, HOUR};
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_repeated_sale_is_answered_as_the_first_time,
    a_hundred_duplicates_at_once_make_one_sale,
    a_hundred_duplicates_over_two_servers_make_one_sale,
    duplicates_of_a_capture_and_of_a_void_act_once,
    an_answer_outlives_its_server,
    after_a_day_a_key_has_a_new_effect,
    a_clock_set_back_by_more_than_a_day_forgets_a_key,
    a_key_is_not_kept_as_it_was_sent,
}

const REPLAYED: &str = "idempotency-replayed";

/// How many payments an order has.
async fn payments(caller: &Caller, body: &Body) -> usize {
    let found = caller.order(&body.order()).await.expect(200).json();
    found["Payment"].as_array().unwrap().len()
}

/// Fails unless the second answer is the first one again, and says so.
fn assert_replayed(first: &Answer, second: &Answer) {
    assert_eq!(first.header(REPLAYED), None);
    assert_eq!(second.header(REPLAYED), Some("true"));
    assert_eq!(second.status, first.status);
    assert_eq!(second.body, first.body);
    for header in ["location", "content-type"] {
        assert_eq!(second.header(header), first.header(header));
    }
}

async fn a_repeated_sale_is_answered_as_the_first_time(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(1);
    let request = gateway.selling(&body).key("k-1");
    let first = request.send().await.expect(201);
    assert!(first.header("location").is_some());
    assert_replayed(&first, &request.send().await);
    assert_eq!(payments(&gateway, &body).await, 1);
    let stored = gateway.request("POST", "/1/card").key("k-2");
    let stored = stored.body(Body::card().bytes());
    let first = stored.send().await.expect(201);
    assert_replayed(&first, &stored.send().await);
}

/// Sends the request a hundred times at once, by turns to each of the callers.
async fn hundredfold(callers: Vec<Caller>, body: &Body, key: &str) -> Vec<Answer> {
    let requests = (0..100_usize).map(|at| {
        let caller = &callers[at % callers.len()];
        let request = caller.selling(body).key(key);
        tokio::spawn(async move { request.send().await })
    });
    let tasks: Vec<_> = requests.collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap().expect(201));
    }
    answers
}

/// Fails unless all answers are equal and all but one say that they repeat it.
fn assert_one_first(answers: &[Answer]) {
    let bodies: HashSet<&[u8]> = answers.iter().map(|answer| &*answer.body).collect();
    assert_eq!(bodies.len(), 1, "100 equal answers");
    let places: HashSet<_> = answers.iter().map(|a| a.header("location")).collect();
    assert_eq!(places.len(), 1);
    let first = |answer: &&Answer| answer.header(REPLAYED).is_none();
    assert_eq!(answers.iter().filter(first).count(), 1);
}

async fn a_hundred_duplicates_at_once_make_one_sale(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(1);
    let answers = hundredfold(vec![gateway.caller.clone()], &body, "once").await;
    assert_one_first(&answers);
    assert_eq!(payments(&gateway, &body).await, 1);
}

async fn a_hundred_duplicates_over_two_servers_make_one_sale(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    for round in 0..3 {
        let body = Body::sale(1);
        let callers = vec![gateway.caller.clone(), beside.caller.clone()];
        let answers = hundredfold(callers, &body, &format!("twice {round}")).await;
        assert_one_first(&answers);
        assert_eq!(payments(&gateway, &body).await, 1);
    }
}

async fn duplicates_of_a_capture_and_of_a_void_act_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let id = gateway.authorized().await;
    for (call, amount) in [("capture", 10_000), ("void", 3_000)] {
        let target = format!("/1/sales/{id}/{call}?amount={amount}");
        let tasks: Vec<_> = (0..32)
            .map(|at| if at % 2 == 0 { &gateway } else { &beside })
            .map(|server| server.request("PUT", &target).key(call))
            .map(|request| tokio::spawn(async move { request.send().await }))
            .collect();
        let mut bodies = HashSet::new();
        for task in tasks {
            bodies.insert(task.await.unwrap().expect(200).body);
        }
        assert_eq!(bodies.len(), 1, "{call}");
    }
    let payment = gateway.sale(&id).await.expect(200).at("/Payment");
    assert_eq!(payment["CapturedAmount"], 10_000);
    assert_eq!(payment["VoidedAmount"], 3_000);
}

async fn an_answer_outlives_its_server(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(1);
    let first = gateway.selling(&body).key("kept").send().await.expect(201);
    // The address of a server that is started again is another one; the answer is not.
    let again = gateway.restarted().await;
    let second = again.selling(&body).key("kept").send().await;
    assert_replayed(&first, &second);
    assert_eq!(payments(&again, &body).await, 1);
    let found = again.sale(&first.payment_id()).await.expect(200);
    assert_eq!(found.at("/Payment/Tid"), first.at("/Payment/Tid"));
}

async fn after_a_day_a_key_has_a_new_effect(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(1);
    let request = gateway.selling(&body).key("daily");
    let first = request.send().await.expect(201);
    gateway.advance(DAY - HOUR).await;
    assert_replayed(&first, &request.send().await);
    gateway.advance(2 * HOUR).await;
    let second = request.send().await.expect(201);
    assert_eq!(second.header(REPLAYED), None);
    assert_ne!(second.payment_id(), first.payment_id());
    assert_eq!(payments(&gateway, &body).await, 2);
    assert_replayed(&second, &request.send().await);
}

/// As when a sandbox looks into the future and comes back.
async fn a_clock_set_back_by_more_than_a_day_forgets_a_key(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let (near, far) = (Body::sale(1), Body::sale(1));
    gateway.advance(31 * DAY).await;
    let far_off = gateway.selling(&far).key("far");
    let first = far_off.send().await.expect(201);
    gateway.advance(HOUR - 30 * DAY).await;
    let close = gateway.selling(&near).key("near");
    let kept = close.send().await.expect(201);
    gateway.advance(-DAY).await;
    assert_replayed(&kept, &close.send().await);
    assert_eq!(payments(&gateway, &near).await, 1);
    let second = far_off.send().await.expect(201);
    assert_eq!(second.header(REPLAYED), None);
    assert_ne!(second.payment_id(), first.payment_id());
    assert_replayed(&second, &far_off.send().await);
    assert_eq!(payments(&gateway, &far).await, 2);
    // Nor does it come back with its own time.
    gateway.advance(30 * DAY).await;
    let third = far_off.send().await.expect(201);
    assert_eq!(third.header(REPLAYED), None);
}

async fn a_key_is_not_kept_as_it_was_sent(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let key = "ana@example.com 4024007153761191";
    let request = gateway.selling(&Body::sale(1)).key(key);
    let first = request.send().await.expect(201);
    assert_replayed(&first, &request.send().await);
    let app = &gateway.server.app;
    let merchant = gateway.merchant_id();
    let in_clear = app.storage.answer(merchant, key).await.unwrap();
    assert_eq!(in_clear, None);
    let own = gateway.merchant(&[]).await;
    let digest_of = async |caller: &Caller| {
        let found = app
            .merchants
            .find(&app.storage, &app.keys, caller.merchant_id());
        key_digest(&found.await.unwrap().unwrap().keys, key)
    };
    let (ours, theirs) = (digest_of(&gateway).await, digest_of(&own).await);
    assert_ne!(ours, theirs, "one key of two merchants does not look alike");
}

/// The test stands for a first request that is still running: it holds the key's turn.
#[tokio::test]
async fn who_waits_ten_seconds_for_the_first_answer_is_told_so() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    let request = gateway.selling(&body).key("slow");
    let (app, id) = (&gateway.server.app, gateway.merchant_id());
    let merchant = app.merchants.find(&app.storage, &app.keys, id).await;
    let name = (id, key_digest(&merchant.unwrap().unwrap().keys, "slow"));
    let running = gateway.server.in_flight.take(name).await;
    let waited = request.send().await.expect_error(409, 9002);
    let message = "The request with this Idempotency-Key is still running";
    assert_eq!(waited.at("/0/Message"), message);
    drop(running);
    let first = request.send().await.expect(201);
    assert_replayed(&first, &request.send().await);
    assert_eq!(payments(&gateway, &body).await, 1);
}

#[tokio::test]
async fn a_refusal_is_kept_like_any_answer() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).with("Payment.Amount", 0);
    let request = gateway.selling(&body).key("refused");
    let first = request.send().await.expect_error(400, 108);
    assert_replayed(&first, &request.send().await);
    let empty = gateway.request("POST", "/1/sales").key("malformed");
    let first = empty.send().await.expect_error(400, 184);
    assert_replayed(&first, &empty.send().await);
    // A capture that would be allowed by now: its refusal is what was answered.
    let id = gateway.sell(&Body::sale(1)).await.payment_id();
    let capture = format!("/1/sales/{id}/capture?amount=15701");
    let capture = gateway.request("PUT", &capture).key("too much");
    let first = capture.send().await.expect_error(400, 308);
    assert_replayed(&first, &capture.send().await);
}

#[tokio::test]
async fn what_is_not_found_is_kept_like_any_answer() {
    let gateway = Gateway::sqlite().await;
    let target = "/1/sales/24bc8366-fc31-4d6c-8555-17049a836a07/capture";
    let request = gateway.request("PUT", target).key("unknown");
    let first = request.send().await.expect_error(404, 307);
    assert_replayed(&first, &request.send().await);
}

#[tokio::test]
async fn credential_errors_and_queries_are_not_kept() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    let request = gateway.selling(&body).key("later").without("MerchantKey");
    request.send().await.expect_error(400, 131);
    let first = gateway.selling(&body).key("later").send().await.expect(201);
    assert_eq!(first.header(REPLAYED), None);
    let target = format!("/1/sales/{}", first.payment_id());
    let query = gateway.request("GET", &target).key("query");
    let before = query.send().await.expect(200);
    gateway.capture(&first.payment_id(), "").await.expect(200);
    let after = query.send().await.expect(200);
    assert_eq!(after.header(REPLAYED), None);
    assert_eq!(before.at("/Payment/Status"), 1);
    assert_eq!(after.at("/Payment/Status"), 2);
}

#[tokio::test]
async fn a_key_used_with_another_request_is_refused() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    let first = gateway.selling(&body).key("k").send().await.expect(201);
    let id = first.payment_id();
    let other = body.clone().with("Payment.Amount", 15_701);
    let others = [
        gateway.selling(&other),
        gateway.request("POST", "/1/card").body(body.bytes()),
        gateway.request("POST", "/1/sales").body(""),
        gateway.request("POST", "/1/sales?x=1").body(body.bytes()),
        gateway.request("PUT", &format!("/1/sales/{id}/capture")),
        gateway.request("PUT", &format!("/1/sales/{id}/void")),
    ];
    for request in others {
        let refused = request.key("k").send().await.expect_error(422, 9001);
        let message = "Idempotency-Key was used with another request";
        assert_eq!(refused.json(), json!([{"Code": 9001, "Message": message}]));
    }
    assert_eq!(payments(&gateway, &body).await, 1);
    assert_eq!(gateway.sale(&id).await.at("/Payment/Status"), 1);
    let again = gateway.selling(&body).key("k").send().await;
    assert_replayed(&first, &again);
}

#[tokio::test]
async fn a_key_holds_for_one_payment_only() {
    let gateway = Gateway::sqlite().await;
    let (one, other) = (gateway.authorized().await, gateway.authorized().await);
    let capture = |id: &str| {
        let target = format!("/1/sales/{id}/capture");
        gateway.request("PUT", &target).key("capture")
    };
    capture(&one).send().await.expect(200);
    capture(&other).send().await.expect_error(422, 9001);
    assert_eq!(gateway.sale(&other).await.at("/Payment/Status"), 1);
}

#[tokio::test]
async fn keys_of_two_merchants_are_apart() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let (body, theirs) = (Body::sale(1), Body::sale(4));
    let first = gateway.selling(&body).key("same").send().await.expect(201);
    let second = other.selling(&theirs).key("same").send().await.expect(201);
    assert_eq!(second.header(REPLAYED), None);
    assert_ne!(second.payment_id(), first.payment_id());
}

#[tokio::test]
async fn keys_have_up_to_255_characters() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    let long = gateway.selling(&body).key(&"k".repeat(256)).send().await;
    let long = long.expect_error(400, 9003);
    assert_eq!(long.at("/0/Message"), "Idempotency-Key length exceeded");
    gateway.order(&body.order()).await.expect_error(404, 318);
    let fits = gateway.selling(&body).key(&"k".repeat(255));
    let first = fits.send().await.expect(201);
    assert_replayed(&first, &fits.send().await);
    // An empty one is none.
    let none = gateway.selling(&body).key("");
    let ids = [
        none.send().await.payment_id(),
        none.send().await.payment_id(),
    ];
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn without_a_key_every_request_is_a_sale() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    // The RequestId is no key (D06).
    let request = gateway.selling(&body).header("RequestId", "same");
    for _ in 0..2 {
        let sold = request.send().await.expect(201);
        assert_eq!(sold.at("/0"), Value::Null);
    }
    assert_eq!(payments(&gateway, &body).await, 2);
}
