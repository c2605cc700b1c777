//! The overview, and that its figures add up to the lists they lead to.
//!
//! Invariant: what a figure says is counted again on the page it leads to.

use aval_domain::time::DAY;
use aval_domain::user::Role;
use aval_gateway::search::catch_up;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{self, Visitor};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    every_figure_leads_to_as_many_sales_as_it_says,
    what_is_told_as_paid_was_taken_and_kept,
);

/// Texts between two marks.
fn between<'a>(page: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    let parts = page.split(from).skip(1);
    parts.map(|rest| rest.split(to).next().unwrap()).collect()
}

/// How many sales a page of the search says it found.
async fn found(visitor: &mut Visitor, link: &str) -> usize {
    let path = link.replace("&#38;", "&");
    let page = visitor.get(&path).await.expect(200);
    page.text().matches("<tr data-row>").count()
}

async fn every_figure_leads_to_as_many_sales_as_it_says(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let paid = gateway.captured().await;
    gateway.captured().await;
    gateway.void(&paid, "").await.expect(200);
    gateway.authorized().await;
    for ending in [2, 2, 3] {
        gateway.sell(&Body::sale(ending)).await.expect(201);
    }
    let master = Body::sale(1).with("Payment.CreditCard.Brand", "Master");
    gateway.sell(&master).await.expect(201);
    gateway.sell(&Body::boleto()).await.expect(201);
    gateway.sell(&Body::transfer()).await.expect(201);
    catch_up(&gateway.server.app).await.unwrap();
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let page = visitor.get("/overview").await.expect(200);
    let cards = between(page.text(), "<a class=\"card figure\"", "</a>");
    assert_eq!(cards.len(), 8);
    let mut counted = Vec::new();
    for (card, (label, told, listed)) in cards.iter().zip([
        ("Attempts", "R$\u{a0}1,413.00 asked for", 9),
        ("Approval rate", "4 of 7 sales", 7),
        ("Paid", "1 sale", 1),
        ("To capture", "2 sales", 2),
        ("Not authorized", "3 sales", 3),
        ("Canceled", "1 sale", 1),
        ("Waiting for payment", "1 sale", 1),
        ("Not finished", "1 sale", 1),
    ]) {
        assert!(card.contains(label) && card.contains(told), "{card}");
        let link = between(card, "href=\"", "\"")[0];
        assert_eq!(found(&mut visitor, link).await, listed, "{link}");
        counted.push(listed);
    }
    let apart: usize = counted.iter().skip(2).sum();
    assert_eq!(apart, 9, "each attempt is in one figure");
    assert!(cards[1].contains("57.1%") && cards[0].contains(">9<"));
    let rows = between(page.text(), "<tr data-row>", "</tr>");
    assert!(rows.len() >= 6, "{rows:?}");
    for row in rows {
        let link = between(row, "href=\"", "\"")[0];
        let count = between(row, "<td class=\"right\">", "<")[0];
        let listed = found(&mut visitor, link).await;
        assert_eq!(listed.to_string(), count, "{row}");
    }
    let chart = between(page.text(), "<svg class=\"chart\"", "</svg>")[0];
    let days = between(chart, "href=\"", "\"");
    assert_eq!(days.len(), 30);
    assert_eq!(found(&mut visitor, days[29]).await, 9, "today");
    assert_eq!(found(&mut visitor, days[28]).await, 0, "yesterday");
    let other = gateway.merchant(&[]).await.merchant_id();
    let mut theirs = office::signed_in(&gateway, other, Role::Viewer).await;
    let nothing = theirs.get("/overview?days=7").await.expect(200);
    assert!(nothing.text().contains("No sales in this period"));
}

/// The figure at the top with that label.
fn card<'a>(page: &'a str, label: &str) -> Option<&'a str> {
    let cards = between(page, "<a class=\"card figure\"", "</a>");
    let label = format!(">{label}<");
    cards.into_iter().find(|card| card.contains(&label))
}

async fn what_is_told_as_paid_was_taken_and_kept(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let payment = gateway.authorized().await;
    gateway.capture(&payment, "?amount=5000").await.expect(200);
    gateway.void(&payment, "?amount=1000").await.expect(200);
    catch_up(&gateway.server.app).await.unwrap();
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let page = visitor.get("/overview").await.expect(200);
    let paid = card(page.text(), "Paid").unwrap();
    assert!(paid.contains(">R$\u{a0}40.00<"), "{paid}");
    assert!(paid.contains("R$\u{a0}50.00 captured"), "{paid}");
    let chart = between(page.text(), "<svg class=\"chart\"", "</svg>")[0];
    let said = "approved R$\u{a0}40.00, given back R$\u{a0}10.00, not concluded R$\u{a0}0.00";
    assert!(chart.contains(said), "{chart}");
    let methods = between(page.text(), "id=\"methods\">", "</section>")[0];
    assert!(methods.contains("R$\u{a0}40.00"), "{methods}");
    let list = visitor.get("/transactions").await.expect(200);
    for told in [
        "Sum: R$\u{a0}157.00 · Captured: R$\u{a0}50.00 · Net: R$\u{a0}40.00",
        ">Net 40.00<",
    ] {
        assert!(list.text().contains(told), "{told}: {}", list.text());
    }
    let one = visitor
        .get(&format!("/payments/{payment}"))
        .await
        .expect(200);
    let headline = between(one.text(), "<p class=\"pay-amount\">", "</p>")[0];
    assert!(headline.starts_with("R$\u{a0}40.00"), "{headline}");
    assert!(headline.contains("net of R$\u{a0}157.00"), "{headline}");
}

#[tokio::test]
async fn what_can_be_captured_no_more_and_slips_are_neither_approved_nor_to_be_captured() {
    let gateway = Gateway::sqlite().await;
    gateway.authorized().await;
    gateway.advance(6 * DAY).await;
    gateway.sell(&Body::boleto()).await.expect(201);
    catch_up(&gateway.server.app).await.unwrap();
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let page = visitor.get("/overview").await.expect(200);
    let to_capture = card(page.text(), "To capture").unwrap();
    assert!(to_capture.contains("0 sales"), "{to_capture}");
    for label in ["Capture window closed", "Waiting for payment"] {
        let late = card(page.text(), label).unwrap();
        assert!(late.contains("1 sale<"), "{late}");
        let link = between(late, "href=\"", "\"")[0];
        assert_eq!(found(&mut visitor, link).await, 1, "{link}");
    }
    let chart = between(page.text(), "<svg class=\"chart\"", "</svg>")[0];
    let today = "approved R$\u{a0}0.00, given back R$\u{a0}0.00, not concluded R$\u{a0}157.00";
    assert!(chart.contains(today), "{chart}");
}
