//! Recurrences whose first payment asks for a fraud analysis (decisions D30 and D46).
//!
//! Invariant: what an analysis gave back at once begins no recurrence, and what a review rejects
//! later stops it; a charge that the product makes is not analysed.

use aval_domain::fraud::analysis::Verdict;
use aval_domain::id::{NotificationId, PaymentId};
use aval_domain::notification::Change;
use aval_gateway::operations::review;
use serde_json::{Value, json};

use super::{monthly, scheduled};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    an_analysed_sale_begins_its_recurrence_unless_it_was_given_back,
    charges_are_not_analysed,
    a_review_that_rejects_stops_the_recurrence_that_its_sale_began,
);

const NODE: &str = "/Payment/RecurrentPayment";
const ANALYSIS: &str = "/Payment/FraudAnalysis";

/// The sale with an analysis whose outcome its card holder asks for, and which acts on it.
fn asking(body: Body, verdict: &str, sequence: &str) -> Body {
    body.with("Payment.CreditCard.Holder", format!("Teste {verdict}"))
        .with("Payment.FraudAnalysis.Sequence", sequence)
        .with("Payment.FraudAnalysis.CaptureOnLowRisk", true)
        .with("Payment.FraudAnalysis.VoidOnHighRisk", true)
}

async fn an_analysed_sale_begins_its_recurrence_unless_it_was_given_back(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let shop = &gateway.caller;
    for (verdict, sequence, fault, status, begins) in [
        ("accept", "AuthorizeFirst", "None", 2, true),
        ("review", "AuthorizeFirst", "None", 1, true),
        ("reject", "AuthorizeFirst", "None", 10, false),
        ("accept", "AnalyseFirst", "None", 2, true),
        ("reject", "AnalyseFirst", "None", 13, false),
        ("accept", "AuthorizeFirst", "LostAfter", 2, true),
        ("reject", "AuthorizeFirst", "LostAfter", 10, false),
    ] {
        let before = gateway.plans(shop).await.len();
        gateway.fault(shop, fault).await;
        let body = asking(monthly(), verdict, sequence);
        let sold = shop.sell(&body).await.expect(201);
        gateway.fault(shop, "None").await;
        let hour = json!({"Hours": 1}).to_string();
        let moved = gateway.sandbox("POST", "/sandbox/clock/advance", &hour);
        moved.await.expect(200);
        let known = shop.sale(&sold.payment_id()).await.expect(200);
        let case = format!("{verdict} {sequence} {fault}: {}", known.text());
        assert_eq!(known.at("/Payment/Status"), status, "{case}");
        let id = known.at(&format!("{NODE}/RecurrentPaymentId"));
        assert_eq!(id != Value::Null, begins, "{case}");
        assert_eq!(known.at(&format!("{NODE}/AuthorizeNow")), true, "{case}");
        if fault == "None" {
            assert_eq!(sold.at(NODE), known.at(NODE), "{case}");
        }
        let plans = gateway.plans(shop).await.len();
        assert_eq!(plans, before + usize::from(begins), "{case}");
        if let Some(id) = id.as_str() {
            assert_eq!(shop.of_recurrence(id, "NextRecurrency").await, "2027-02-28");
        }
    }
    let ran = gateway.days(31).await;
    // Each has its card; the review that nobody decided on in time was a rejection.
    assert_eq!(ran["Recurrences"], 3, "{ran}");
}

async fn charges_are_not_analysed(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let shop = &gateway.caller;
    let begun = asking(monthly(), "accept", "AuthorizeFirst");
    let begun = shop.recurs(&begun).await;
    let later = asking(scheduled(1, "2027-02-15"), "reject", "AuthorizeFirst");
    let later = shop.recurs(&later).await;
    gateway.days(31).await;
    let charges = shop.charges(&begun).await;
    assert_eq!(charges.len(), 2);
    assert_eq!(charges[0].2.at(&format!("{ANALYSIS}/Status")), "Accept");
    assert_eq!(charges[1].2.at(ANALYSIS), Value::Null);
    let charges = shop.charges(&later).await;
    assert_eq!(charges.len(), 1);
    assert_eq!(charges[0].2.at(ANALYSIS), Value::Null);
    assert_eq!(charges[0].2.at("/Payment/Status"), 2);
}

async fn a_review_that_rejects_stops_the_recurrence_that_its_sale_began(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let told = [("notification_url", "http://127.0.0.1:1/")];
    gateway.set(gateway.merchant_id(), &told).await;
    let (app, shop) = (&gateway.server.app, &gateway.caller);
    let merchants = &app.merchants;
    merchants.forget_all();
    let found = merchants.find(&app.storage, &app.keys, shop.merchant_id());
    let merchant = found.await.unwrap().unwrap();
    let mut running = 0;
    for (verdict, voids, payment, status) in [
        (Some(Verdict::Reject), true, 10, 3),
        (Some(Verdict::Reject), false, 1, 3),
        (Some(Verdict::Accept), true, 2, 1),
        (None, true, 1, 1),
    ] {
        let body = asking(monthly(), "review", "AuthorizeFirst")
            .with("Payment.FraudAnalysis.VoidOnHighRisk", voids);
        let sold = shop.sell(&body).await.expect(201);
        let id = sold.at(&format!("{NODE}/RecurrentPaymentId"));
        let id = id.as_str().unwrap();
        if let Some(verdict) = verdict {
            let of = PaymentId::parse(&sold.payment_id()).unwrap();
            review::decide(app, &merchant, of, verdict, "ana")
                .await
                .unwrap();
        }
        let known = shop.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(known.at("/Payment/Status"), payment, "{verdict:?} {voids}");
        assert_eq!(
            shop.of_recurrence(id, "Status").await,
            status,
            "{verdict:?} {voids}"
        );
        running += usize::from(verdict == Some(Verdict::Accept));
    }
    let from = NotificationId::from_bytes([0; 16]);
    let written = app
        .storage
        .notifications(shop.merchant_id(), from, 100)
        .await;
    let stopped =
        |one: &&aval_domain::notification::Notification| one.change == Change::RecurrenceStatus;
    assert_eq!(written.unwrap().iter().filter(stopped).count(), 2);
    let hours = json!({"Days": 28}).to_string();
    gateway
        .sandbox("POST", "/sandbox/clock/advance", &hours)
        .await
        .expect(200);
    let charged = gateway.plans(shop).await;
    let charged = charged.iter().filter(|plan| plan.successes == 1).count();
    assert_eq!(
        charged, running,
        "nobody rejected is charged again, in time or too late"
    );
}
