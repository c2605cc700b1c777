//! Texts of buyers that would do something, wherever one can be sent, on every page of the table of
//! routes and in every file: they do nothing.
//!
//! Invariant: a page or file that is added is walked by being added; a text that the API refuses is
//! looked for too, since the record of requests keeps it.

use std::collections::BTreeSet;

use aval_domain::merchant::Dialect;
use aval_domain::user::Role;
use aval_gateway::tasks::jobs;
use aval_server::backoffice::route::ROUTES;
use serde_json::{Value, json};

use super::payments::{EVIL, evil};
use super::routes::Things;
use super::search::sheet;
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::office::{self, Visitor, field};
use crate::support::store::unique;

/// The same where ten characters have room, eight, five and three.
const TEN: &str = "\"><i id=x>";
const EIGHT: &str = "<i id=x>";
const FIVE: &str = "<i x>";
const THREE: &str = "<i>";
/// What a spreadsheet would reckon.
const FORMULA: &str = "=1+1";

/// The node of the fraud analysis with a text wherever one can be.
fn analysis() -> Value {
    let passenger = json!({
        "Email": EVIL, "Identity": EVIL, "Name": EVIL, "Rating": EVIL, "Phone": TEN, "Status": EVIL,
    });
    let item = json!({
        "GiftCategory": EIGHT, "HostHedge": EVIL, "NonSensicalHedge": FIVE,
        "ObscenitiesHedge": FIVE, "PhoneHedge": FIVE, "Name": EVIL, "Quantity": 1, "Sku": EVIL,
        "UnitPrice": 100, "Risk": FIVE, "TimeHedge": EVIL, "Type": EVIL, "VelocityHedge": FIVE,
        "Passenger": passenger,
    });
    json!({
        "Sequence": "AuthorizeFirst",
        "SequenceCriteria": EIGHT,
        "FingerPrintId": EVIL,
        "MerchantDefinedFields": [{"Id": 1, "Value": EVIL}, {"Id": 41, "Value": EVIL}],
        "Cart": {"Items": [item]},
        "Browser": {"Email": EVIL, "HostName": EVIL, "IpAddress": TEN, "Type": EVIL},
        "Shipping": {"Addressee": EVIL, "Method": EVIL, "Phone": TEN},
        "Travel": {
            "Route": EVIL, "DepartureTime": TEN, "JourneyType": EVIL,
            "Legs": [{"Destination": THREE, "Origin": THREE}],
        },
    })
}

/// A sale with all of it, whatever else it is.
fn dressed(body: Body) -> Body {
    let hostile = evil(1).0;
    let hostile_payment = &hostile["Payment"];
    let mut dressed = body
        .with("MerchantOrderId", format!("{FORMULA}{EVIL}{}", unique()))
        .with("Customer", hostile["Customer"].clone())
        .with("Customer.Status", EVIL)
        .with(
            "Payment.SoftDescriptor",
            hostile_payment["SoftDescriptor"].clone(),
        );
    let extra = hostile_payment["ExtraDataCollection"].clone();
    dressed = dressed.with("Payment.ExtraDataCollection", extra);
    let analysis = analysis();
    for (name, value) in analysis.as_object().unwrap() {
        dressed = dressed.with(&format!("Payment.FraudAnalysis.{name}"), value.clone());
    }
    dressed
}

/// Calls that keep such texts in the record of requests: a slip, a card, and what is refused.
async fn call_on(gateway: &Gateway) {
    let holder = dressed(Body::sale(1)).with("Payment.CreditCard.Holder", EVIL);
    let holder = gateway.selling(&holder).header("RequestId", EVIL);
    assert_eq!(holder.send().await.status, 400, "a holder has letters");
    let slip = Body::boleto()
        .with("Customer.Name", EVIL)
        .with("Payment.Instructions", EVIL)
        .with("Payment.Demonstrative", EVIL)
        .with("Payment.Assignor", EVIL);
    gateway.sell(&slip).await.expect(201);
    let no_kind = dressed(Body::sale(1)).with("Payment.Type", EVIL);
    assert_eq!(gateway.sell(&no_kind).await.status, 400);
}

fn is_inert(page: &str, what: &str) {
    for mark in ["<i id=x", FIVE, THREE, "onclick=x()>"] {
        assert!(!page.contains(mark), "{what}: {mark}: {page}");
    }
}

/// Nothing in a file of a spreadsheet is reckoned.
fn is_text(file: &Answer, what: &str) {
    let kind = file.header("content-type").unwrap_or_default();
    if kind.contains("spreadsheetml") {
        let read = sheet(&file.body);
        assert_eq!(read["formulas"], 0, "{what}");
        let shown = read["rows"].to_string();
        assert!(shown.contains(FORMULA), "{what}: {shown}");
        return;
    }
    let text = file.text();
    for separator in ["\"", ",", ";", "\n", "\u{feff}"] {
        let formula = format!("{separator}{FORMULA}");
        assert!(!text.contains(&formula), "{what}: {text}");
    }
}

/// Walks every page and file; the paths of the table on which such a text is shown.
async fn walk(visitor: &mut Visitor, things: &Things) -> BTreeSet<&'static str> {
    let columns = "columns=received,status,amount,method,card,order,customer,nsu,tid,id,code";
    let mut shown = BTreeSet::new();
    for row in ROUTES.iter().filter(|row| row.method == "GET") {
        let path = things.path(row);
        let searched = row.path.starts_with("/transactions");
        let path = if searched {
            format!("{path}?{columns}")
        } else {
            path
        };
        let answer = visitor.get(&path).await;
        assert!(answer.status < 500, "{path}");
        let kind = answer.header("content-type").unwrap_or_default();
        if kind.starts_with("text/html") {
            is_inert(answer.text(), &path);
            if answer.text().contains("&#60;i id=x") {
                shown.insert(row.path);
            }
        } else if kind.starts_with("text/csv") || kind.contains("spreadsheetml") {
            is_text(&answer, &path);
            shown.insert(row.path);
        }
    }
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_that_a_buyer_can_send_does_anything_on_any_page_or_in_any_file() {
    let gateway = Gateway::with(Setup {
        dialect: Dialect::Live,
        ..Setup::default()
    })
    .await;
    let things = Things::dressed(&gateway, &gateway.caller, dressed).await;
    call_on(&gateway).await;
    aval_gateway::search::catch_up(&gateway.server.app)
        .await
        .unwrap();
    let ours = gateway.merchant_id();
    office::user(&gateway, ours, Role::Viewer).await;
    let mut visitor = office::signed_in(&gateway, ours, Role::Administrator).await;
    let note = [("note", EVIL)];
    let path = format!("/reviews/{}/note", things.review);
    visitor.post(&path, &note).await.expect(303);
    let draft = walk(&mut visitor, &things).await;
    let check = format!("/jobs/{}/check", things.job);
    let check = visitor.get(&check).await.expect(200);
    let version = [("version", field(check.text(), "version"))];
    let confirm = format!("/jobs/{}/confirm", things.job);
    visitor.post(&confirm, &version).await.expect(303);
    jobs::run(&gateway.server.app).await.unwrap();
    let shown: BTreeSet<_> = walk(&mut visitor, &things)
        .await
        .union(&draft)
        .copied()
        .collect();
    for path in [
        "/transactions",
        "/transactions/export.csv",
        "/transactions/export.xlsx",
        "/payments/{payment}",
        "/jobs/{job}",
        "/jobs/{job}/result.csv",
        "/recurrences",
        "/recurrences/{plan}",
        "/reviews",
        "/reviews/{review}",
        "/developers/requests",
    ] {
        assert!(shown.contains(path), "{path} shows nothing: {shown:?}");
    }
}
