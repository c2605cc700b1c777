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

on_both_engines!(every_figure_leads_to_as_many_sales_as_it_says);

/// Texts between two marks.
fn between<'a>(page: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    let parts = page.split(from).skip(1);
    parts.map(|rest| rest.split(to).next().unwrap()).collect()
}

/// How many sales a link leads to, and what they sum up to, as the page says and lists them.
async fn found(visitor: &mut Visitor, link: &str) -> (String, String) {
    let path = link.replace("&#38;", "&");
    let page = visitor.get(&path).await.expect(200);
    let total = between(page.text(), "role=\"status\"><strong>", "</p>")[0];
    let count = total.split(' ').next().unwrap().to_owned();
    let rows = page.text().matches("<tr data-row>").count();
    assert_eq!(rows.to_string(), count, "{link}");
    let (_, sum) = total.split_once("Sum: ").unwrap();
    (count, sum.trim_end_matches("</span>").to_owned())
}

/// Makes eight sales: three of them ten days ago, one of which was given back.
async fn sell(gateway: &Gateway) {
    let paid = gateway.captured().await;
    gateway.captured().await;
    gateway.void(&paid, "").await.expect(200);
    gateway.authorized().await;
    gateway.advance(10 * DAY).await;
    for ending in [2, 2, 3] {
        gateway.sell(&Body::sale(ending)).await.expect(201);
    }
    let master = Body::sale(1)
        .with("Payment.CreditCard.Brand", "Master")
        .with("Payment.Amount", 99_900);
    gateway.sell(&master).await.expect(201);
    gateway.sell(&Body::boleto()).await.expect(201);
    catch_up(&gateway.server.app).await.unwrap();
}

async fn every_figure_leads_to_as_many_sales_as_it_says(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    sell(&gateway).await;
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let page = visitor.get("/overview").await.expect(200);
    let cards = between(page.text(), "<a class=\"card figure\"", "</a>");
    assert_eq!(cards.len(), 6);
    for (card, (label, count)) in cards.iter().zip([
        ("Sales", "8 sales"),
        ("Approval rate", "4 of 7 sales"),
        ("Paid", "1 sale"),
        ("Not paid yet", "3 sales"),
        ("Not authorized", "3 sales"),
        ("Canceled", "1 sale"),
    ]) {
        assert!(card.contains(label) && card.contains(count), "{card}");
    }
    assert!(cards[1].contains("57.1%") && cards[0].contains("2,098.00"));
    for days in [1, 7, 30, 90] {
        let page = visitor.get(&format!("/overview?days={days}")).await;
        let page = page.expect(200);
        let cards = between(page.text(), "<a class=\"card figure\"", "</a>");
        for card in cards {
            let (count, sum) = found(&mut visitor, between(card, "href=\"", "\"")[0]).await;
            let told = format!(">{count} sale");
            let of = format!(" of {count} sale");
            assert!(card.contains(&told) || card.contains(&of), "{days}: {card}");
            let is_amount = !card.contains("Approval rate");
            assert!(!is_amount || card.contains(&sum), "{days}, {sum}: {card}");
        }
        let rows = between(page.text(), "<tr data-row>", "</tr>");
        assert!(rows.len() >= 6, "{rows:?}");
        for row in rows {
            let link = between(row, "href=\"", "\"")[0];
            let count = between(row, "<td class=\"right\">", "<")[0];
            let sum = between(row, "<td class=\"right nowrap\">", "<")[0];
            let told = (count.to_owned(), sum.to_owned());
            assert_eq!(found(&mut visitor, link).await, told, "{days}: {row}");
        }
        let chart = between(page.text(), "<svg class=\"chart\"", "</svg>")[0];
        let bars = between(chart, "href=\"", "\"");
        assert_eq!(bars.len(), days);
        let back: Vec<&str> = bars.into_iter().rev().collect();
        let of_today = found(&mut visitor, back[0]).await;
        assert_eq!(of_today, ("5".to_owned(), "R$\u{a0}1,627.00".to_owned()));
        if days > 10 {
            assert_eq!(found(&mut visitor, back[1]).await.0, "0");
            assert_eq!(found(&mut visitor, back[10]).await.0, "3");
        }
    }
    let other = gateway.merchant(&[]).await.merchant_id();
    let mut theirs = office::signed_in(&gateway, other, Role::Viewer).await;
    let nothing = theirs.get("/overview?days=7").await.expect(200);
    assert!(nothing.text().contains("No sales in this period"));
}
