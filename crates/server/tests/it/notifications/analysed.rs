//! What merchants are told of analyses (ChangeType 3), beside what these do to payments.
//!
//! Invariant: the outcome is told in the commit that decides it, once; what is told is what the
//! query shows at that version.

use aval_domain::fraud::analysis::Verdict;
use aval_domain::id::PaymentId;
use aval_gateway::operations::review;
use serde_json::{Value, json};

use super::receiver::{Posted, Receiver};
use crate::buyers::decide;
use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    an_outcome_is_told_and_what_it_did_to_the_payment,
    what_a_person_or_the_time_decides_is_told,
    an_outcome_is_told_before_an_answer_that_is_in_doubt_or_a_buyer_who_is_away,
);

/// A sale whose card holder asks for a verdict, and which acts on it.
fn asking(verdict: &str, body: Body) -> Body {
    body.with("Payment.CreditCard.Holder", format!("Teste {verdict}"))
        .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst")
        .with("Payment.FraudAnalysis.CaptureOnLowRisk", true)
        .with("Payment.FraudAnalysis.VoidOnHighRisk", true)
}

/// What was posted since the last time, as version and ChangeType.
async fn told(gateway: &Gateway, receiver: &Receiver, before: &mut usize) -> Vec<(String, Value)> {
    gateway.deliver().await;
    let posted = receiver.posted();
    let new: Vec<&Posted> = posted.iter().skip(*before).collect();
    *before = posted.len();
    let mut told: Vec<(String, Value)> = new
        .iter()
        .map(|post| {
            let version = post.header("aval-payment-version").to_owned();
            (version, post.json()["ChangeType"].clone())
        })
        .collect();
    told.sort_by_key(|(version, change)| (version.clone(), change.to_string()));
    told
}

fn both(version: &str) -> Vec<(String, Value)> {
    vec![
        (version.to_owned(), json!(1)),
        (version.to_owned(), json!(3)),
    ]
}

async fn by_change(gateway: &Gateway, receiver: &Receiver) -> Caller {
    let settings = [("notification_format", "change")];
    gateway.told(&receiver.url(), &settings).await
}

async fn an_outcome_is_told_and_what_it_did_to_the_payment(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = by_change(&gateway, &receiver).await;
    let mut before = 0;
    let sold = shop
        .sell(&asking("accept", Body::sale(1)))
        .await
        .expect(201);
    assert_eq!(told(&gateway, &receiver, &mut before).await, both("1"));
    let body = json!({"PaymentId": sold.payment_id(), "ChangeType": 3});
    assert!(receiver.posted().iter().any(|post| post.json() == body));
    shop.sell(&Body::sale(1)).await.expect(201);
    let plain = told(&gateway, &receiver, &mut before).await;
    assert_eq!(
        plain,
        [("1".to_owned(), json!(1))],
        "no analysis, no outcome"
    );
    // In the form of a sale both say what the query says.
    let whole = gateway.told(&receiver.url(), &[]).await;
    let sold = whole
        .sell(&asking("reject", Body::sale(1)))
        .await
        .expect(201);
    gateway.deliver().await;
    let found = whole.sale(&sold.payment_id()).await.expect(200);
    let posted = receiver.posted();
    assert_eq!(posted.len(), before + 2);
    for post in &posted[before..] {
        assert_eq!(post.body, found.text());
        let payment = &post.json()["Payment"];
        assert_eq!(payment["Status"], 10);
        assert_eq!(payment["FraudAnalysis"]["Status"], "Reject");
        assert_eq!(payment["FraudAnalysis"]["ReasonCode"], 481);
    }
}

async fn what_a_person_or_the_time_decides_is_told(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = by_change(&gateway, &receiver).await;
    let mut before = 0;
    let sold = shop
        .sell(&asking("review", Body::sale(1)))
        .await
        .expect(201);
    let late = shop
        .sell(&asking("review", Body::sale(1)))
        .await
        .expect(201);
    assert_eq!(told(&gateway, &receiver, &mut before).await.len(), 4);
    let app = &gateway.server.app;
    let merchant = app
        .merchants
        .find(&app.storage, &app.keys, shop.merchant_id())
        .await;
    let merchant = merchant.unwrap().unwrap();
    let payment = PaymentId::parse(&sold.payment_id()).unwrap();
    let decided = review::decide(app, &merchant, payment, Verdict::Accept, "ana").await;
    assert!(matches!(decided.unwrap(), review::Decided::Now(_)));
    assert_eq!(told(&gateway, &receiver, &mut before).await, both("2"));
    let days = json!({"Days": 3}).to_string();
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", &days);
    moved.await.expect(200);
    assert_eq!(told(&gateway, &receiver, &mut before).await, both("2"));
    let last = receiver.posted().pop().unwrap().json();
    assert_eq!(last["PaymentId"], late.payment_id().as_str());
}

async fn an_outcome_is_told_before_an_answer_that_is_in_doubt_or_a_buyer_who_is_away(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = by_change(&gateway, &receiver).await;
    let mut before = 0;
    gateway.fault(&shop, "LostAfter").await;
    let sold = shop
        .sell(&asking("reject", Body::sale(1)))
        .await
        .expect(201);
    assert_eq!(sold.at("/Payment/Status"), 0);
    assert_eq!(sold.at("/Payment/FraudAnalysis/Status"), 2);
    let outcome = told(&gateway, &receiver, &mut before).await;
    assert_eq!(outcome, both("1"));
    gateway.fault(&shop, "None").await;
    let hour = json!({"Hours": 1}).to_string();
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", &hour);
    moved.await.expect(200);
    let known = told(&gateway, &receiver, &mut before).await;
    assert_eq!(known, [("2".to_owned(), json!(1))]);
    let found = shop.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(found.at("/Payment/Status"), 10, "and given back");
    // The buyer comes, and the acquirer's answer is lost, and found again.
    let body = asking("accept", Body::authenticated(1));
    let sold = shop.sell(&body).await.expect(201);
    assert_eq!(told(&gateway, &receiver, &mut before).await, both("1"));
    gateway.fault(&shop, "LostAfter").await;
    decide(&gateway, &sold.payment_id(), "authenticate", "").await;
    gateway.fault(&shop, "None").await;
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", &hour);
    moved.await.expect(200);
    let found = shop.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(found.at("/Payment/Status"), 2, "captured, being accepted");
    assert_eq!(found.at("/Payment/FraudAnalysis/Status"), "Accept");
    let known = told(&gateway, &receiver, &mut before).await;
    assert!(known.iter().all(|(_, change)| *change == 1), "{known:?}");
}
