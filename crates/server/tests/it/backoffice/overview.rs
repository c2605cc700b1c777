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

/// What a link leads to, as the page says and lists it.
#[derive(Debug)]
struct Listed {
    /// How many sales.
    count: String,
    /// What was asked for.
    sum: String,
    /// What was captured and kept.
    net: String,
}

async fn found(visitor: &mut Visitor, link: &str) -> Listed {
    let path = link.replace("&#38;", "&");
    let page = visitor.get(&path).await.expect(200);
    let total = between(page.text(), "role=\"status\"><strong>", "</p>")[0];
    let count = total.split(' ').next().unwrap().to_owned();
    let rows = page.text().matches("<tr data-row>").count();
    assert_eq!(rows.to_string(), count, "{link}");
    let total = total.trim_end_matches("</span>");
    let told = |label: &str| {
        let (_, rest) = total.split_once(label)?;
        Some(rest.split(" · ").next().unwrap().to_owned())
    };
    let net = told("Net: ").or_else(|| told("Captured: "));
    Listed {
        count,
        sum: told("Sum: ").unwrap(),
        net: net.unwrap_or_else(|| "R$\u{a0}0.00".to_owned()),
    }
}

/// Makes nine sales: three of them ten days ago, one of which was given back.
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
    gateway.sell(&Body::transfer()).await.expect(201);
    catch_up(&gateway.server.app).await.unwrap();
}

/// Follows every figure and every line of an overview.
async fn adds_up(visitor: &mut Visitor, page: &str, days: usize) {
    let cards = between(page, "<a class=\"card figure\"", "</a>");
    let (mut all, mut apart) = (0, Vec::new());
    for (at, card) in cards.into_iter().enumerate() {
        let listed = found(visitor, between(card, "href=\"", "\"")[0]).await;
        let count = &listed.count;
        let number: usize = count.parse().unwrap();
        let (said, amount) = match at {
            0 => (format!(">{count}<"), Some(&listed.sum)),
            1 => (format!(" of {count} sale"), None),
            2 => (format!(">{count} sale"), Some(&listed.net)),
            _ => (format!(">{count} sale"), Some(&listed.sum)),
        };
        assert!(card.contains(&said), "{days}: {card}");
        let is_told = amount.is_none_or(|amount| card.contains(amount.as_str()));
        assert!(is_told, "{days}, {listed:?}: {card}");
        match at {
            0 => all = number,
            1 => {}
            _ => apart.push(number),
        }
    }
    assert_eq!(apart.into_iter().sum::<usize>(), all, "each is in one");
    let mut rows = 0_usize;
    for list in ["methods", "brands", "reasons"] {
        let list_of = format!("id=\"{list}\">");
        let table = between(page, &list_of, "</section>")[0];
        for row in between(table, "<tr data-row>", "</tr>") {
            rows = rows.saturating_add(1);
            let listed = found(visitor, between(row, "href=\"", "\"")[0]).await;
            let count = between(row, "<td class=\"right\">", "<")[0];
            let sum = between(row, "<td class=\"right nowrap\">", "<")[0];
            let expected = if list == "reasons" {
                &listed.sum
            } else {
                &listed.net
            };
            assert_eq!((count, sum), (&*listed.count, &**expected), "{days}: {row}");
        }
    }
    assert!(rows >= 6, "{rows}");
}

async fn every_figure_leads_to_as_many_sales_as_it_says(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    sell(&gateway).await;
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let page = visitor.get("/overview").await.expect(200);
    let cards = between(page.text(), "<a class=\"card figure\"", "</a>");
    assert_eq!(cards.len(), 9);
    let told = [
        ("Attempts", "R$\u{a0}2,255.00 asked for"),
        ("Approval rate", "4 of 7 sales"),
        ("Paid", "1 sale"),
        ("To capture", "1 sale"),
        ("Not authorized", "3 sales"),
        ("Canceled", "1 sale"),
        ("Waiting for payment", "1 sale"),
        ("Capture window closed", "1 sale"),
        ("Not finished", "1 sale"),
    ];
    for (card, (label, count)) in cards.iter().zip(told) {
        assert!(card.contains(label) && card.contains(count), "{card}");
    }
    assert!(cards[1].contains("57.1%"), "{}", cards[1]);
    for days in [1, 7, 30, 90] {
        let page = visitor.get(&format!("/overview?days={days}")).await;
        let page = page.expect(200).text().to_owned();
        adds_up(&mut visitor, &page, days).await;
        let chart = between(&page, "<svg class=\"chart\"", "</svg>")[0];
        let bars = between(chart, "href=\"", "\"");
        assert_eq!(bars.len(), days);
        let back: Vec<&str> = bars.into_iter().rev().collect();
        let of_today = found(&mut visitor, back[0]).await;
        assert_eq!(of_today.count, "6");
        assert_eq!(of_today.sum, "R$\u{a0}1,784.00");
        if days > 10 {
            assert_eq!(found(&mut visitor, back[1]).await.count, "0");
            assert_eq!(found(&mut visitor, back[10]).await.count, "3");
        }
    }
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
        assert_eq!(found(&mut visitor, link).await.count, "1", "{link}");
    }
    let chart = between(page.text(), "<svg class=\"chart\"", "</svg>")[0];
    let today = "approved R$\u{a0}0.00, given back R$\u{a0}0.00, not concluded R$\u{a0}157.00";
    assert!(chart.contains(today), "{chart}");
}
