//! The overview, and that its figures add up to the lists they lead to.
//!
//! Invariant: what a figure says is counted again on the page it leads to.

use aval_domain::user::Role;
use aval_gateway::search::catch_up;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{self, Visitor};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(every_figure_leads_to_as_many_sales_as_it_says);

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
    catch_up(&gateway.server.app).await.unwrap();
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let page = visitor.get("/overview").await.expect(200);
    let cards = between(page.text(), "<a class=\"card figure\"", "</a>");
    assert_eq!(cards.len(), 6);
    for (card, (label, count, listed)) in cards.iter().zip([
        ("Sales", "8 sales", 8),
        ("Approval rate", "4 of 7 sales", 7),
        ("Paid", "1 sale", 1),
        ("Not paid yet", "3 sales", 3),
        ("Not authorized", "3 sales", 3),
        ("Canceled", "1 sale", 1),
    ]) {
        assert!(card.contains(label) && card.contains(count), "{card}");
        let link = between(card, "href=\"", "\"")[0];
        assert_eq!(found(&mut visitor, link).await, listed, "{link}");
    }
    assert!(cards[1].contains("57.1%") && cards[0].contains("1,256.00"));
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
    assert_eq!(found(&mut visitor, days[29]).await, 8, "today");
    assert_eq!(found(&mut visitor, days[28]).await, 0, "yesterday");
    let other = gateway.merchant(&[]).await.merchant_id();
    let mut theirs = office::signed_in(&gateway, other, Role::Viewer).await;
    let nothing = theirs.get("/overview?days=7").await.expect(200);
    assert!(nothing.text().contains("No sales in this period"));
}
