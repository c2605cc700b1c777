//! Fraud analysis over HTTP: the manual's example in both sequences, sizes and codes, what each
//! verdict does, limits, lists, rules and reviews.
//!
//! Invariant: what an analysis decides is seen in the answer, in the query and in the money.

use aval_domain::fraud::analysis::Verdict;
use aval_domain::fraud::lists::List;
use aval_domain::fraud::rule::{Action, Rule};
use aval_domain::id::PaymentId;
use aval_domain::merchant::{Dialect, Merchant};
use aval_domain::time::HOUR;
use aval_gateway::operations::{lists, review};
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_review_waits_and_is_decided_once,
    a_review_that_nobody_decides_expires_as_the_setting_says,
    a_review_that_cannot_be_decided_on_holds_up_no_other,
    what_was_seen_before_is_seen_after_a_restart_and_by_a_server_beside,
    beyond_a_velocity_limit_a_payment_is_aborted,
}

const EXAMPLE: &str = include_str!("contracts/04-creating-a-sale-with-fraud-analysis.request.json");
const BY_CURL: &str =
    include_str!("contracts/04-creating-a-sale-with-fraud-analysis.curl.request.json");
const PRINTED: &str =
    include_str!("contracts/04-creating-a-sale-with-fraud-analysis.response.json");
const QUERIED: &str =
    include_str!("contracts/28-consulting-a-sale-with-fraud-analysis.response.json");

fn example() -> Body {
    Body(serde_json::from_str(EXAMPLE).unwrap())
}

/// A sale with an analysis, whose card holder asks for a verdict.
pub fn asking(verdict: &str) -> Body {
    Body::sale(1)
        .with("Payment.CreditCard.Holder", format!("Teste {verdict}"))
        .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst")
        .with("Payment.FraudAnalysis.SequenceCriteria", "Always")
}

fn body_of_maria() -> Body {
    Body::sale(1)
        .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst")
        .with("Customer.Email", "maria@empresa.com.br")
}

/// Moves the clock so many hours, and does what falls due.
async fn advance(gateway: &Gateway, hours: u32) {
    let body = json!({"Hours": hours}).to_string();
    let moved = gateway
        .sandbox("POST", "/sandbox/clock/advance", &body)
        .await;
    moved.expect(200);
}

fn status(payment: &Value) -> Option<&Value> {
    payment.pointer("/FraudAnalysis/Status")
}

#[tokio::test]
async fn the_manuals_example_is_answered_as_it_prints_in_both_sequences_and_dialects() {
    let printed: Value = serde_json::from_str(PRINTED).unwrap();
    let queried: Value = serde_json::from_str(QUERIED).unwrap();
    for dialect in [Dialect::Manual, Dialect::Live] {
        for (sent, sequence) in [
            (EXAMPLE, "AuthorizeFirst"),
            (EXAMPLE, "AnalyseFirst"),
            (BY_CURL, "AuthorizeFirst"),
        ] {
            // A history of its own for each: the printed codes are those of a first sale.
            let gateway = Gateway::speaking(dialect).await;
            let body = Body(serde_json::from_str(sent).unwrap());
            let body = body.with("Payment.FraudAnalysis.Sequence", sequence);
            let sold = gateway.sell(&body).await.expect(201);
            let mut node = printed["Payment"]["FraudAnalysis"].clone();
            node["Sequence"] = json!(sequence);
            node["Id"] = sold.at("/Payment/FraudAnalysis/Id");
            // Beside the printed members: the reason, which the table of members has (X136).
            node["FraudAnalysisReasonCode"] = json!(100);
            assert_eq!(sold.at("/Payment/FraudAnalysis"), node);
            assert_eq!(sold.at("/Payment/Status"), 1);
            let found = gateway.sale(&sold.payment_id()).await.expect(200);
            let mut short = queried["Payment"]["FraudAnalysis"].clone();
            // X134: the printed query is of another sale; this one has a Z too.
            short["FactorCode"] = json!("B^D^R^Z");
            assert_eq!(found.at("/Payment/FraudAnalysis"), short);
        }
    }
}

#[tokio::test]
async fn a_holder_asks_for_each_outcome_and_the_query_has_its_word() {
    let gateway = Gateway::sqlite().await;
    for (word, number, reason, shown) in [
        ("accept", 1, 100, "Accept"),
        ("reject", 2, 481, "Reject"),
        ("review", 3, 480, "Review"),
    ] {
        let sold = gateway.sell(&asking(word)).await.expect(201);
        assert_eq!(sold.at("/Payment/FraudAnalysis/Status"), number, "{word}");
        assert_eq!(
            sold.at("/Payment/Status"),
            1,
            "nothing was asked for: {word}"
        );
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(found.at("/Payment/FraudAnalysis/Status"), shown);
        assert_eq!(found.at("/Payment/FraudAnalysis/ReasonCode"), reason);
    }
}

#[tokio::test]
async fn an_accepted_sale_is_captured_and_a_rejected_one_voided_when_asked_for() {
    let gateway = Gateway::sqlite().await;
    let wishes = |verdict: &str, first: bool| {
        asking(verdict)
            .with("Payment.FraudAnalysis.CaptureOnLowRisk", true)
            .with("Payment.FraudAnalysis.VoidOnHighRisk", true)
            .with(
                "Payment.FraudAnalysis.Sequence",
                if first {
                    "AnalyseFirst"
                } else {
                    "AuthorizeFirst"
                },
            )
    };
    for (verdict, first, status) in [
        ("accept", false, 2),
        ("accept", true, 2),
        ("review", false, 1),
        ("review", true, 1),
        ("reject", false, 10),
        ("reject", true, 13),
    ] {
        let sold = gateway.sell(&wishes(verdict, first)).await.expect(201);
        assert_eq!(sold.at("/Payment/Status"), status, "{verdict} {first}");
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(found.at("/Payment/Status"), status, "{verdict} {first}");
        let asked = sold.at("/Payment/Tid") != Value::Null;
        assert_eq!(
            asked,
            status != 13,
            "no acquirer is asked for what is rejected first"
        );
        if status == 13 {
            assert_eq!(sold.at("/Payment/ReasonCode"), 16);
            gateway
                .capture(&sold.payment_id(), "")
                .await
                .expect_error(400, 308);
        }
    }
    let captured = gateway.sell(&wishes("accept", false)).await.expect(201);
    assert_eq!(captured.at("/Payment/CapturedAmount"), 15_700);
    assert_eq!(captured.at("/Payment/ReturnCode"), "6");
    gateway.void(&captured.payment_id(), "").await.expect(200);
}

#[tokio::test]
async fn a_denied_sale_is_analysed_always_or_not_at_all() {
    let gateway = Gateway::sqlite().await;
    let denied = |criteria: &str| {
        Body::sale(2)
            .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst")
            .with("Payment.FraudAnalysis.SequenceCriteria", criteria)
    };
    let sold = gateway.sell(&denied("OnSuccess")).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 3);
    assert_eq!(status(&sold.json()["Payment"]), Some(&json!(4)));
    assert_eq!(sold.at("/Payment/FraudAnalysis/ReplyData"), Value::Null);
    let sold = gateway.sell(&denied("Always")).await.expect(201);
    assert_eq!(status(&sold.json()["Payment"]), Some(&json!(1)));
    let factors = sold.at("/Payment/FraudAnalysis/ReplyData/FactorCode");
    assert!(
        factors.as_str().is_some_and(|codes| codes.contains('B')),
        "{factors}"
    );
}

#[tokio::test]
async fn each_member_has_its_size_and_code() {
    let gateway = Gateway::sqlite().await;
    let node = "Payment.FraudAnalysis";
    let item = |member: &str, value: Value| {
        let mut items = json!([{"Name": "a", "Quantity": 1, "Type": "b"}]);
        let mut at = &mut items[0];
        for name in member.split('.') {
            at = &mut at[name];
        }
        *at = value;
        Body::sale(1).with("Payment.FraudAnalysis.Cart.Items", items)
    };
    let member = |path: &str, value: Value| Body::sale(1).with(&format!("{node}.{path}"), value);
    let long = |length: usize| json!("x".repeat(length));
    let cases = [
        (member("FingerPrintId", long(51)), 134),
        (
            member(
                "MerchantDefinedFields",
                json!([{"Id": 1, "Value": "x".repeat(256)}]),
            ),
            135,
        ),
        (item("Name", long(256)), 136),
        (item("Sku", long(256)), 137),
        (item("Passenger.Name", long(121)), 138),
        (item("Passenger.Status", long(33)), 139),
        (item("Passenger.Email", long(256)), 140),
        (item("Passenger.Phone", long(16)), 141),
        (member("Travel.Route", long(256)), 142),
        (member("Travel.JourneyType", long(33)), 143),
        (member("Travel.Legs", json!([{"Destination": "ABCD"}])), 144),
        (member("Travel.Legs", json!([{"Origin": "ABCD"}])), 145),
        (item("Name", json!(" ")), 203),
        (item("Quantity", Value::Null), 204),
        (item("Type", json!("")), 205),
        (member("Shipping.Addressee", long(256)), 209),
        (member("Shipping.Method", json!(" ")), 210),
        (member("Browser.IpAddress", json!("200.190.150.3501")), 216),
        (member("Sequence", long(15)), 0),
        (member("SequenceCriteria", long(10)), 0),
        (member("Browser.Email", long(101)), 0),
        (item("UnitPrice", json!(1_000_000_000_000_000_i64)), 0),
        (item("Quantity", json!(-1)), 184),
    ];
    for (body, code) in cases {
        let refused = gateway.sell(&body).await.expect(400);
        assert_eq!(refused.codes(), [code], "{}", body.0);
        let field = refused.at("/0/Field");
        assert!(
            field.as_str().is_some_and(|field| field.starts_with(node)),
            "{field}"
        );
    }
}

async fn a_review_waits_and_is_decided_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = asking("review").with("Payment.FraudAnalysis.CaptureOnLowRisk", true);
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1);
    let payment = PaymentId::parse(&sold.payment_id()).unwrap();
    let app = &gateway.server.app;
    let merchant = gateway.merchant_id();
    let active = app.merchants.find(&app.storage, &app.keys, merchant).await;
    let active = active.unwrap().unwrap();
    let noted = review::note(app, merchant, payment, "telefonei", "ana")
        .await
        .unwrap();
    assert_eq!(noted.unwrap().note, "ana: telefonei");
    let decide = |verdict| review::decide(app, &active, payment, verdict, "ana");
    let (one, other) = tokio::join!(decide(Verdict::Accept), decide(Verdict::Reject));
    let now = |decided: &review::Decided| matches!(decided, review::Decided::Now(_));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(now(&one) != now(&other), "one of two decides");
    let found = gateway.sale(&sold.payment_id()).await.expect(200);
    let (status, word) = if now(&one) {
        (2, "Accept")
    } else {
        (1, "Reject")
    };
    assert_eq!(found.at("/Payment/Status"), status);
    assert_eq!(found.at("/Payment/FraudAnalysis/Status"), word);
    let nobody = PaymentId::parse(&gateway.authorized().await).unwrap();
    let decided = review::decide(app, &active, nobody, Verdict::Accept, "ana").await;
    assert!(matches!(decided.unwrap(), review::Decided::NoReview));
}

async fn a_review_that_nobody_decides_expires_as_the_setting_says(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let settings = [
        ("fraud_review_hours", "2"),
        ("fraud_review_expiry", "reject"),
    ];
    let shop = gateway.merchant(&settings).await;
    let body = asking("review").with("Payment.FraudAnalysis.VoidOnHighRisk", true);
    let sold = shop.sell(&body).await.expect(201);
    advance(&gateway, 1).await;
    let waiting = shop.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(waiting.at("/Payment/FraudAnalysis/Status"), "Review");
    advance(&gateway, 2).await;
    let expired = shop.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(expired.at("/Payment/FraudAnalysis/Status"), "Reject");
    assert_eq!(expired.at("/Payment/Status"), 10);
}

async fn a_review_that_cannot_be_decided_on_holds_up_no_other(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let settings = [("fraud_review_hours", "2")];
    let broken = gateway.merchant(&settings).await;
    let shop = gateway.merchant(&settings).await;
    broken.sell(&asking("review")).await.expect(201);
    let sold = shop.sell(&asking("review")).await.expect(201);
    let damage = |merchant: &mut Merchant| merchant.data_key.sealed.reverse();
    gateway.change(broken.merchant_id(), damage).await;
    gateway.advance(3 * HOUR).await;
    let decided = aval_gateway::tasks::reviews::run(&gateway.server.app).await;
    assert_eq!(decided.unwrap(), 1);
    let expired = shop.sale(&sold.payment_id()).await.expect(200);
    assert_ne!(expired.at("/Payment/FraudAnalysis/Status"), "Review");
}

async fn what_was_seen_before_is_seen_after_a_restart_and_by_a_server_beside(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = || {
        let body = Body::sale(1).with("Payment.FraudAnalysis.FingerPrintId", "one device");
        body.with("Customer.Email", "maria@empresa.com.br")
    };
    let velocity = |sold: &crate::support::http::Answer| {
        let factors = sold.at("/Payment/FraudAnalysis/ReplyData/FactorCode");
        factors.as_str().is_some_and(|codes| codes.contains('V'))
    };
    for _ in 0..2 {
        assert!(!velocity(&gateway.sell(&body()).await.expect(201)));
    }
    let beside = gateway.beside().await;
    let third = beside.sell(&body()).await.expect(201);
    assert!(velocity(&third), "the other server's sales count");
    drop(beside);
    let restarted = gateway.restarted().await;
    let fourth = restarted.sell(&body()).await.expect(201);
    assert!(velocity(&fourth), "and those of before the restart");
}

async fn beyond_a_velocity_limit_a_payment_is_aborted(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let settings = [("velocity", "true"), ("velocity_limits", "card=2/15m")];
    let shop = gateway.merchant(&settings).await;
    for _ in 0..2 {
        let sold = shop.sell(&Body::sale(1)).await.expect(201);
        let node = json!({"Id": sold.payment_id(), "ResultMessage": "Accept", "Score": 0});
        assert_eq!(sold.at("/Payment/VelocityAnalysis"), node);
        assert_eq!(sold.at("/Payment/Status"), 1);
    }
    let third = shop.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(third.at("/Payment/Status"), 13);
    assert_eq!(third.at("/Payment/ReasonCode"), 16);
    assert_eq!(
        third.at("/Payment/VelocityAnalysis/ResultMessage"),
        "Reject"
    );
    assert_eq!(third.at("/Payment/VelocityAnalysis/Score"), 100);
    assert_eq!(third.at("/Payment/Tid"), Value::Null, "nobody was asked");
    let found = shop.sale(&third.payment_id()).await.expect(200);
    assert_eq!(found.at("/Payment/Status"), 13);
    let other = Body::sale(1).with("Payment.CreditCard.CardNumber", "4024007197692931");
    assert_eq!(shop.sell(&other).await.expect(201).at("/Payment/Status"), 1);
    let without = gateway.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(without.at("/Payment/VelocityAnalysis"), Value::Null);
}

#[tokio::test]
async fn of_many_sales_sent_at_once_no_more_than_the_limit_pass() {
    let gateway = Gateway::sqlite().await;
    let settings = [("velocity", "true"), ("velocity_limits", "card=5/15m")];
    let shop = gateway.merchant(&settings).await;
    let bodies: Vec<Body> = (0..20).map(|_| Body::sale(1)).collect();
    let mut passed = 0;
    for answer in futures_util::future::join_all(bodies.iter().map(|body| shop.sell(body))).await {
        passed += u32::from(answer.expect(201).at("/Payment/Status") == 1);
    }
    assert_eq!(passed, 5);
}

#[tokio::test]
async fn who_is_on_the_negative_list_is_rejected_until_taken_off_it() {
    let gateway = Gateway::sqlite().await;
    let app = &gateway.server.app;
    let id = gateway.merchant_id();
    let body = body_of_maria;
    let sold = gateway.sell(&body()).await.expect(201);
    assert_eq!(sold.at("/Payment/FraudAnalysis/Status"), 1);
    let active = app
        .merchants
        .find(&app.storage, &app.keys, id)
        .await
        .unwrap()
        .unwrap();
    let card = (List::Negative, "card", "1234123412341231");
    let entry = lists::entry(&active.keys, card, "test", app.clock.now()).unwrap();
    assert_eq!(entry.shown, "123412******1231");
    assert!(!entry.value.contains("1234123412341231"));
    lists::put(app, id, std::slice::from_ref(&entry), "test")
        .await
        .unwrap()
        .unwrap();
    let sold = gateway.sell(&body()).await.expect(201);
    assert_eq!(sold.at("/Payment/FraudAnalysis/Status"), 2);
    let factors = sold.at("/Payment/FraudAnalysis/ReplyData/FactorCode");
    assert!(
        factors.as_str().is_some_and(|codes| codes.contains('F')),
        "{factors}"
    );
    lists::remove(app, id, &entry, "test")
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_rule_decides_is_only_tried_or_is_refused_before_it_is_kept() {
    let gateway = Gateway::sqlite().await;
    let app = &gateway.server.app;
    let id = gateway.merchant_id();
    let body = body_of_maria;
    let rule = Rule {
        name: "empresa".to_owned(),
        position: 1,
        expression: "email_domain == \"empresa.com.br\" && amount == 15700".to_owned(),
        action: Action::Decide(Verdict::Review),
        enabled: true,
        dry_run: false,
    };
    lists::put_rules(app, id, std::slice::from_ref(&rule), "test")
        .await
        .unwrap()
        .unwrap();
    let sold = gateway.sell(&body()).await.expect(201);
    assert_eq!(sold.at("/Payment/FraudAnalysis/Status"), 3);
    let trial = Rule {
        dry_run: true,
        ..rule.clone()
    };
    lists::put_rules(app, id, &[trial], "test")
        .await
        .unwrap()
        .unwrap();
    let sold = gateway.sell(&body()).await.expect(201);
    let kept = app
        .storage
        .sale(id, PaymentId::parse(&sold.payment_id()).unwrap())
        .await;
    let analysis = kept.unwrap().unwrap().details.fraud.unwrap();
    assert!(
        analysis
            .rules
            .iter()
            .any(|rule| rule.rule == "empresa" && rule.dry_run)
    );
    let wrong = Rule {
        expression: "amout > 1".to_owned(),
        ..rule
    };
    let refused = lists::put_rules(app, id, &[wrong], "test")
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("amout"), "{refused}");
}

#[tokio::test]
async fn an_analysis_keeps_its_explanation_and_no_card_number() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&example()).await.expect(201);
    let id = PaymentId::parse(&sold.payment_id()).unwrap();
    let kept = gateway
        .server
        .app
        .storage
        .sale(gateway.merchant_id(), id)
        .await;
    let kept = kept.unwrap().unwrap();
    let analysis = kept.details.fraud.as_ref().unwrap();
    let points: i32 = analysis.explanation.iter().map(|line| line.weight).sum();
    assert_eq!(points, 42, "{:?}", analysis.explanation);
    let text = serde_json::to_string(&kept.details).unwrap();
    assert!(!text.contains("4024007197692931"));
}
