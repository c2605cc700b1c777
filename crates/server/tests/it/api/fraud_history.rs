//! What analyses see of sales before: those of other servers, and what became of them later.
//!
//! Invariant: nothing waits for a moment of luck: what a server had committed, the next sale of
//! any other counts.

use std::time::Duration;

use aval_domain::fraud::analysis::Verdict;
use aval_domain::fraud::history::{Element, Keys};
use aval_domain::id::PaymentId;
use aval_domain::recurrence::PlanStatus;
use aval_domain::time::DAY;
use aval_gateway::fraud::facts;
use aval_gateway::fraud::histories::Histories;
use aval_gateway::operations::review;
use aval_gateway::{search, tasks};
use serde_json::json;

use crate::buyers::decide;
use crate::recurrence::monthly;
use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::{Answer, Request};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_velocity_limit_holds_over_servers_that_sell_at_the_same_time,
    who_joins_a_server_that_was_alone_is_seen_from_its_first_sale_on,
    what_was_sold_before_the_clock_moved_is_seen_by_a_server_that_had_looked_before,
    a_denial_after_the_buyers_visit_is_counted_by_every_server,
    who_never_came_to_pay_is_not_known_for_it,
    a_rejected_review_stops_the_recurrence_and_marks_the_card,
    what_is_rejected_while_the_buyer_is_away_asks_no_acquirer,
}

/// A sale with an analysis from one device, with a card of its own.
fn from_device(device: &str, body: Body) -> Body {
    body.with("Payment.FraudAnalysis.FingerPrintId", device)
        .with("Payment.FraudAnalysis.SequenceCriteria", "Always")
}

/// The signals of a sale, from its explanation in the store.
async fn signals(gateway: &Gateway, of: &Caller, sold: &Answer) -> Vec<(String, String)> {
    let id = PaymentId::parse(&sold.payment_id()).unwrap();
    let storage = &gateway.server.app.storage;
    let sale = storage.sale(of.merchant_id(), id).await.unwrap().unwrap();
    let analysis = sale.details.fraud.unwrap();
    let all = analysis.explanation.into_iter();
    all.map(|line| (line.signal, line.value)).collect()
}

async fn shows(gateway: &Gateway, sold: &Answer, signal: &str, value: &str) -> bool {
    let all = signals(gateway, &gateway.caller, sold).await;
    all.contains(&(signal.to_owned(), value.to_owned()))
}

async fn a_velocity_limit_holds_over_servers_that_sell_at_the_same_time(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let settings = [("velocity", "true"), ("velocity_limits", "card=5/15m")];
    gateway.set(gateway.merchant_id(), &settings).await;
    let servers = [&gateway, &gateway.beside().await, &gateway.beside().await];
    let mut statuses = Vec::new();
    for number in 0..9 {
        let sold = servers[number % 3].sell(&Body::sale(1)).await.expect(201);
        statuses.push(sold.at("/Payment/Status"));
    }
    assert_eq!(statuses, [1, 1, 1, 1, 1, 13, 13, 13, 13]);
    let debit = servers[1].sell(&Body::debit(1)).await.expect(201);
    assert_eq!(debit.at("/Payment/Status"), 13, "{}", debit.text());
    assert_eq!(debit.at("/Payment/ReasonCode"), 16);
    let node = json!({"Id": debit.payment_id(), "ResultMessage": "Reject", "Score": 100});
    assert_eq!(debit.at("/Payment/VelocityAnalysis"), node);
    let found = servers[2].sale(&debit.payment_id()).await.expect(200);
    assert_eq!(found.at("/Payment/VelocityAnalysis"), node);
}

async fn who_joins_a_server_that_was_alone_is_seen_from_its_first_sale_on(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let settings = [("velocity", "true"), ("velocity_limits", "card=3/15m")];
    gateway.set(gateway.merchant_id(), &settings).await;
    let sell = async |on: &Gateway| {
        let sold = on.sell(&Body::sale(1)).await.expect(201);
        sold.at("/Payment/Status")
    };
    search::begin(&gateway.server.app).await.unwrap();
    // Alone, it looks once a second at the most.
    assert_eq!(sell(&gateway).await, 1);
    let beside = gateway.beside().await;
    let noted = tokio::time::Instant::now();
    search::begin(&beside.server.app).await.unwrap();
    assert_eq!(sell(&beside).await, 1);
    // It waited until whoever was alone must have found it.
    assert!(noted.elapsed() >= Duration::from_millis(500));
    assert_eq!(sell(&gateway).await, 1);
    assert_eq!(sell(&beside).await, 13);
    assert_eq!(sell(&gateway).await, 13);
}

async fn what_was_sold_before_the_clock_moved_is_seen_by_a_server_that_had_looked_before(
    store: Store,
) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let body = || from_device("one", Body::sale(1)).with("Customer.Identity", "52998224725");
    beside.sell(&body()).await.expect(201);
    gateway.sell(&body()).await.expect(201);
    let days = json!({"Days": 3}).to_string();
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", &days);
    moved.await.expect(200);
    let app = &beside.server.app;
    app.clock.refresh(&app.storage).await.unwrap();
    let sold = beside.sell(&body()).await.expect(201);
    assert!(shows(&gateway, &sold, "known_device", "2").await);
    // And back: what was sold since is still to come, and what was before counts once.
    let back = app.clock.now().plus(-3 * DAY).rfc3339();
    gateway.clock(&back).await;
    app.clock.refresh(&app.storage).await.unwrap();
    gateway.sell(&body()).await.expect(201);
    let sold = beside.sell(&body()).await.expect(201);
    let all = signals(&gateway, &gateway.caller, &sold).await;
    assert!(shows(&gateway, &sold, "device_15m", "4").await, "{all:?}");
}

async fn a_denial_after_the_buyers_visit_is_counted_by_every_server(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    beside
        .sell(&from_device("other", Body::sale(1)))
        .await
        .expect(201);
    for verb in ["authenticate", "deny", "authenticate"] {
        // The card is denied too, or the issuer does not know the buyer.
        let body = from_device("one", Body::authenticated(2));
        let sold = gateway.sell(&body).await.expect(201);
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(found.at("/Payment/Status"), 0);
        decide(&gateway, &sold.payment_id(), verb, "")
            .await
            .expect(200);
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(found.at("/Payment/Status"), 3, "{}", found.text());
    }
    let another = |device| {
        let body = from_device(device, Body::sale(1));
        body.with("Payment.CreditCard.CardNumber", "4024007197692931")
    };
    let sold = beside.sell(&another("one")).await.expect(201);
    assert!(shows(&gateway, &sold, "device_denials_24h", "3").await);
    let sold = gateway.sell(&another("one")).await.expect(201);
    assert!(shows(&gateway, &sold, "device_denials_24h", "3").await);
    drop(beside);
    let restarted = gateway.restarted().await;
    let sold = restarted.sell(&another("one")).await.expect(201);
    assert!(shows(&restarted, &sold, "device_denials_24h", "3").await);
}

async fn who_never_came_to_pay_is_not_known_for_it(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = |ending: u8, identity: &str| {
        from_device("one", Body::authenticated(ending)).with("Customer.Identity", identity)
    };
    for (identity, verb) in [("52998224725", None), ("11144477735", Some("authenticate"))] {
        let sold = gateway.sell(&body(1, identity)).await.expect(201);
        if let Some(verb) = verb {
            decide(&gateway, &sold.payment_id(), verb, "")
                .await
                .expect(200);
        }
    }
    gateway.advance(2 * DAY).await;
    for (identity, known) in [("52998224725", false), ("11144477735", true)] {
        let again = body(1, identity).with("Payment.Authenticate", false);
        let sold = gateway.sell(&again).await.expect(201);
        let all = signals(&gateway, &gateway.caller, &sold).await;
        let is_known = all
            .iter()
            .any(|(signal, _)| signal == "known_card_and_buyer");
        assert_eq!(is_known, known, "{identity}: {all:?}");
    }
}

/// A sale whose card holder asks for a review.
fn reviewed(body: Body, sequence: &str) -> Body {
    body.with("Payment.CreditCard.Holder", "Teste review")
        .with("Payment.FraudAnalysis.Sequence", sequence)
}

async fn reject(gateway: &Gateway, sold: &Answer) {
    let app = &gateway.server.app;
    let id = gateway.merchant_id();
    let merchant = app.merchants.find(&app.storage, &app.keys, id).await;
    let merchant = merchant.unwrap().unwrap();
    let payment = PaymentId::parse(&sold.payment_id()).unwrap();
    let decided = review::decide(app, &merchant, payment, Verdict::Reject, "ana").await;
    assert!(matches!(decided.unwrap(), review::Decided::Now(_)));
}

async fn a_rejected_review_stops_the_recurrence_and_marks_the_card(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let shop = &gateway.caller;
    let body = reviewed(monthly(), "AuthorizeFirst");
    let sold = gateway.sell(&body).await.expect(201);
    let id = sold.at("/Payment/RecurrentPayment/RecurrentPaymentId");
    let id = id.as_str().expect("it begins").to_owned();
    let plan = gateway.plan(shop, &id).await.unwrap();
    assert_eq!(plan.status, PlanStatus::Active);
    reject(&gateway, &sold).await;
    let plan = gateway.plan(shop, &id).await.unwrap();
    assert_eq!((plan.status, plan.due_at), (PlanStatus::Deactivated, None));
    let found = gateway.sale(&sold.payment_id()).await.expect(200);
    let node = found.at("/Payment/RecurrentPayment/RecurrentPaymentId");
    assert_eq!(node, id.as_str(), "it began");
    let ran = gateway.days(31).await;
    assert_eq!(ran["Recurrences"], 0, "{ran}");
    let again = gateway.sell(&from_device("one", Body::sale(1))).await;
    assert!(shows(&gateway, &again.expect(201), "card_rejected", "1").await);
    // What the analysis itself rejects begins stopped.
    let body = monthly()
        .with("Payment.CreditCard.Holder", "Teste reject")
        .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst");
    let sold = gateway.sell(&body).await.expect(201);
    let id = sold.at("/Payment/RecurrentPayment/RecurrentPaymentId");
    let plan = gateway.plan(shop, id.as_str().unwrap()).await.unwrap();
    assert_eq!((plan.status, plan.due_at), (PlanStatus::Deactivated, None));
}

async fn what_is_rejected_while_the_buyer_is_away_asks_no_acquirer(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    for (sequence, status) in [("AnalyseFirst", 13), ("AuthorizeFirst", 0)] {
        let body = reviewed(Body::authenticated(1), sequence);
        let body = body.with("Payment.FraudAnalysis.VoidOnHighRisk", true);
        let sold = gateway.sell(&body).await.expect(201);
        reject(&gateway, &sold).await;
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(found.at("/Payment/Status"), status, "{sequence}");
        assert_eq!(found.at("/Payment/FraudAnalysis/Status"), "Reject");
        let come = decide(&gateway, &sold.payment_id(), "authenticate", "").await;
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        if status == 13 {
            come.expect(400);
            assert_eq!(found.at("/Payment/Status"), 13);
            assert_eq!(found.at("/Payment/ReasonCode"), 16);
        } else {
            come.expect(200);
            assert_eq!(found.at("/Payment/Status"), 10, "given back at once");
        }
    }
}

#[tokio::test]
async fn no_family_of_metrics_is_told_twice() {
    let gateway = Gateway::sqlite().await;
    let request = Request::new(gateway.backoffice, "GET", "/metrics");
    let text = request.send().await.expect(200).text().to_owned();
    let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut families: Vec<&str> = families.collect();
    let all = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), all, "{text}");
    assert!(all > 5, "{text}");
}

#[tokio::test]
async fn the_metrics_count_analyses_and_what_histories_take() {
    let gateway = Gateway::sqlite().await;
    let metric = async |name: &str| {
        let request = Request::new(gateway.backoffice, "GET", "/metrics");
        let text = request.send().await.expect(200).text().to_owned();
        let found = text.lines().find_map(|line| {
            let value = line.strip_prefix(name)?.strip_prefix(' ')?;
            value.parse::<f64>().ok()
        });
        found.unwrap_or_else(|| panic!("{name}: {text}"))
    };
    gateway.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(metric("aval_fraud_analysis_seconds_count").await, 0.0);
    assert_eq!(metric("aval_fraud_histories").await, 0.0);
    let body = from_device("one", Body::sale(1));
    gateway.sell(&body).await.expect(201);
    gateway.sell(&body).await.expect(201);
    assert_eq!(metric("aval_fraud_analysis_seconds_count").await, 2.0);
    let all = metric("aval_fraud_analysis_seconds_bucket{le=\"+Inf\"}").await;
    assert_eq!(all, 2.0);
    assert!(metric("aval_fraud_analysis_seconds_bucket{le=\"0.005\"}").await <= all);
    assert!(metric("aval_fraud_analysis_seconds_sum").await > 0.0);
    assert_eq!(metric("aval_fraud_histories").await, 1.0);
    assert!(metric("aval_fraud_history_bytes").await > 0.0);
}

#[tokio::test]
async fn a_server_that_starts_reads_the_histories_of_who_sells() {
    let gateway = Gateway::sqlite().await;
    gateway.merchant(&[]).await;
    gateway
        .sell(&from_device("one", Body::sale(1)))
        .await
        .expect(201);
    let restarted = gateway.restarted().await;
    let app = &restarted.server.app;
    assert_eq!(app.fraud.histories.size().0, 0);
    assert_eq!(
        tasks::histories::run(app).await.unwrap(),
        1,
        "the other sold nothing"
    );
    assert_eq!(app.fraud.histories.size().0, 1);
    restarted.advance(3 * DAY).await;
    let later = restarted.beside().await;
    let app = &later.server.app;
    assert_eq!(
        tasks::histories::run(app).await.unwrap(),
        0,
        "nor does it now"
    );
}

#[tokio::test]
async fn histories_that_take_too_much_give_way_and_are_made_again() {
    let gateway = Gateway::sqlite().await;
    let (one, other) = (gateway.merchant(&[]).await, gateway.merchant(&[]).await);
    for shop in [&one, &other, &one] {
        let sold = shop.sell(&from_device("one", Body::sale(1))).await;
        assert_eq!(sold.expect(201).at("/Payment/Status"), 1);
    }
    let app = &gateway.server.app;
    let now = app.clock.now();
    let histories = Histories::within([9; 16], 1 << 20);
    let held = histories
        .of(&app.storage, one.merchant_id(), now, app.clock.real())
        .await
        .unwrap();
    for _ in 0..3 {
        histories
            .of(&app.storage, other.merchant_id(), now, app.clock.real())
            .await
            .unwrap();
    }
    assert_eq!(histories.size().0, 2);
    let tight = Histories::within([9; 16], 0);
    let used = tight
        .of(&app.storage, one.merchant_id(), now, app.clock.real())
        .await
        .unwrap();
    drop(
        tight
            .of(&app.storage, other.merchant_id(), now, app.clock.real())
            .await
            .unwrap(),
    );
    tight.trim();
    assert_eq!(tight.size().0, 1, "what a sale looks at stays");
    drop(used);
    tight.trim();
    assert_eq!(tight.size(), (0, 0));
    let merchant = app
        .merchants
        .find(&app.storage, &app.keys, one.merchant_id())
        .await;
    let merchant = merchant.unwrap().unwrap();
    let keys = &merchant.keys;
    let mut wanted = Keys::default();
    wanted.set(Element::Device, facts::digest(keys, Element::Device, "one"));
    let count = |counts: aval_domain::fraud::history::Counts| counts.of(Element::Device).day;
    assert_eq!(count(held.lock().counts(&wanted, 1, now)), 2);
    let again = histories
        .of(&app.storage, one.merchant_id(), now, app.clock.real())
        .await
        .unwrap();
    assert_eq!(count(again.lock().counts(&wanted, 1, now)), 2);
}
