//! The billing statement, as a user without scripts sees it.
//!
//! Invariant: what the page says, CSV and PDF say.

use std::process::Command;

use aval_domain::statement::Month;
use aval_domain::time::DAY;
use aval_domain::user::Role;
use aval_gateway::search::catch_up;
use jiff::civil::Date;

use crate::support::body::Body;
use crate::support::browser;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::office::{self, Visitor};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(a_function_leads_to_as_many_uses_as_it_counts_on_the_day_of_each);

/// A shop with two authorizations, one capture and one slip, at prices of its own.
async fn shop() -> (Gateway, Visitor) {
    let gateway = Gateway::sqlite().await;
    let prices = "authorization=1234,capture=7,boleto=300,query=0";
    gateway
        .set(gateway.merchant_id(), &[("tariff", prices)])
        .await;
    gateway.captured().await;
    gateway.authorized().await;
    gateway.sell(&Body::boleto()).await.expect(201);
    catch_up(&gateway.server.app).await.unwrap();
    let visitor = office::signed_in(&gateway, gateway.merchant_id(), Role::Finance).await;
    (gateway, visitor)
}

fn lines(csv: &Answer) -> Vec<&str> {
    csv.text().lines().collect()
}

#[tokio::test]
async fn a_statement_says_count_tariff_and_sum_of_each_function() {
    let (_gateway, mut visitor) = shop().await;
    let page = visitor.get("/statement").await.expect(200);
    for text in [
        "R$\u{a0}12.34",
        "R$\u{a0}24.68",
        "R$\u{a0}27.75",
        "/developers/support",
    ] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    assert_eq!(page.text().matches("<rect class=\"bar").count(), 12);
    visitor.language = "pt-BR";
    let page = visitor.get("/statement").await.expect(200);
    assert!(page.text().contains("R$\u{a0}27,75"), "{}", page.text());
}

#[tokio::test]
async fn csv_and_pdf_say_what_the_page_says() {
    let (_gateway, mut visitor) = shop().await;
    let csv = visitor.get("/statement/export.csv").await.expect(200);
    let all = lines(&csv);
    assert!(
        all[1].ends_with(",\"Authorization\",2,\"12.34\",\"24.68\""),
        "{all:?}"
    );
    assert!(
        all.last().unwrap().ends_with(",\"Total\",,,\"27.75\""),
        "{all:?}"
    );
    let kind = csv.header("content-disposition").unwrap();
    assert!(kind.starts_with("attachment"), "{kind}");
    let pdf = visitor.get("/statement/export.pdf").await.expect(200);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("statement.pdf");
    std::fs::write(&path, pdf.bytes()).unwrap();
    let text = browser::read(Command::new("pdftotext").arg("-layout").arg(&path).arg("-"));
    let is_total = |line: &&str| line.trim_start().starts_with("Total");
    let total = text.lines().find(is_total).unwrap();
    assert!(total.contains("27.75"), "{text}");
    assert!(text.contains("24.68"), "{text}");
}

/// Rows of the uses of a function on a day, over all pages.
async fn uses(visitor: &mut Visitor, function: &str, day: Date) -> Vec<String> {
    let mut path = format!("/statement/{function}?day={day}");
    let mut found = Vec::new();
    loop {
        let page = visitor.get(&path).await.expect(200);
        let rows = page.text().split("<tr data-use>").skip(1);
        found.extend(rows.map(|row| row.split("</tr>").next().unwrap().to_owned()));
        let Some((before, _)) = page.text().split_once("#uses\">More</a>") else {
            return found;
        };
        let next = before.rsplit("href=\"").next().unwrap();
        path = next.replace("&#38;", "&");
    }
}

async fn a_function_leads_to_as_many_uses_as_it_counts_on_the_day_of_each(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let first = gateway.server.app.clock.now().day();
    let late = gateway.authorized().await;
    let body = Body::sale(1).with("Payment.Capture", true);
    for _ in 0..60 {
        gateway.sell(&body).await.expect(201);
    }
    gateway.sell(&Body::sale(2)).await.expect(201);
    gateway.sell(&Body::boleto()).await.expect(201);
    let analysed = Body::sale(1).with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst");
    let analysed = gateway.sell(&analysed).await.expect(201).payment_id();
    gateway.capture(&analysed, "?amount=100").await.expect(200);
    // Captured by its analysis, in the commit of the sale.
    let at_once = Body::sale(1).with("Payment.FraudAnalysis.CaptureOnLowRisk", true);
    let at_once = gateway.sell(&at_once).await.expect(201);
    assert_eq!(at_once.at("/Payment/Status"), 2);
    gateway.advance(DAY).await;
    let second = gateway.server.app.clock.now().day();
    gateway.capture(&late, "").await.expect(200);
    gateway.void(&late, "?amount=700").await.expect(200);
    gateway.void(&late, "?amount=900").await.expect(200);
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = office::signed_in(&gateway, gateway.merchant_id(), Role::Finance).await;
    for (function, day, count) in [
        ("authorization", first, 64),
        ("capture", first, 62),
        ("capture", second, 1),
        ("void", second, 2),
        ("boleto", first, 1),
        ("fraud_analysis", first, 2),
        ("authorization", second, 0),
    ] {
        let month = Month::of(day);
        let page = visitor
            .get(&format!("/statement/{function}?month={month}"))
            .await;
        let page = page.expect(200);
        let link = format!("href=\"?day={day}#uses\"");
        let told = page
            .text()
            .split("<tr data-row>")
            .find(|row| row.contains(&link));
        let told = told.and_then(|row| row.split("<td class=\"right\">").nth(1));
        let told = told.map_or("0", |cell| cell.split('<').next().unwrap());
        assert_eq!(told, count.to_string(), "{function} {day}");
        let listed = uses(&mut visitor, function, day).await;
        assert_eq!(listed.len(), count, "{function} {day}: {listed:?}");
    }
    let captured = uses(&mut visitor, "capture", second).await;
    assert!(captured[0].contains(&late), "{captured:?}");
    assert!(captured[0].contains("R$\u{a0}157.00"), "{captured:?}");
    let voids = uses(&mut visitor, "void", second).await;
    assert!(voids[0].contains("R$\u{a0}9.00") && voids[1].contains("R$\u{a0}7.00"));
    let only = visitor
        .get(&format!("/statement/query?day={second}"))
        .await
        .expect(200);
    assert!(only.text().contains("only counted"), "{}", only.text());
    visitor.get("/statement/dancing").await.expect(404);
}

#[tokio::test]
async fn another_month_is_another_statement_and_a_month_to_come_is_this_one() {
    let (_gateway, mut visitor) = shop().await;
    let before = visitor
        .get("/statement?month=1&year=2020")
        .await
        .expect(200);
    assert!(before.text().contains("January 2020"));
    assert!(
        before
            .text()
            .contains("<p class=\"figure\">R$\u{a0}0.00</p>")
    );
    let later = visitor.get("/statement?month=2999-12").await.expect(200);
    assert!(
        later
            .text()
            .contains("<p class=\"figure\">R$\u{a0}27.75</p>")
    );
}

#[tokio::test]
async fn a_tariff_that_is_set_leaves_the_statements_of_closed_months_as_they_were() {
    let (gateway, mut visitor) = shop().await;
    let (app, of) = (&gateway.server.app, gateway.merchant_id());
    let first = Month::of(app.clock.now().day());
    let total = async |visitor: &mut Visitor, month: Month| {
        let csv = format!("/statement/export.csv?month={month}");
        let csv = visitor.get(&csv).await.expect(200);
        let last = lines(&csv).last().unwrap().rsplit(',').next().unwrap();
        let last = last.trim_matches('"');
        let shown = format!("<p class=\"figure\">R$\u{a0}{last}</p>");
        let page = visitor.get(&format!("/statement?month={month}")).await;
        assert!(page.expect(200).text().contains(&shown), "{month} {last}");
        last.to_owned()
    };
    assert_eq!(total(&mut visitor, first).await, "27.75");
    // A month later the merchant sells again, and has another tariff since that month.
    let left = first
        .last()
        .day()
        .saturating_sub(app.clock.now().day().day());
    let days = i64::from(left.saturating_add(2));
    gateway.advance(days.saturating_mul(DAY)).await;
    let second = Month::of(app.clock.now().day());
    assert_eq!(second, first.after());
    gateway.authorized().await;
    catch_up(app).await.unwrap();
    assert_eq!(total(&mut visitor, second).await, "12.34");
    gateway.set(of, &[("tariff", "authorization=10000")]).await;
    assert_eq!(
        total(&mut visitor, second).await,
        "100.00",
        "the whole month"
    );
    assert_eq!(total(&mut visitor, first).await, "27.75", "as it was");
    let days = format!("/statement/authorization?month={first}");
    let days = visitor.get(&days).await.expect(200);
    assert!(days.text().contains("R$\u{a0}24.68"), "{}", days.text());
    // Taken back, within the month: that is the tariff of the month then.
    gateway.set(of, &[("tariff", "")]).await;
    assert_eq!(total(&mut visitor, second).await, "0.35");
    gateway.advance(DAY * 31).await;
    assert_eq!(total(&mut visitor, first).await, "27.75");
    assert_eq!(total(&mut visitor, second).await, "0.35");
}
