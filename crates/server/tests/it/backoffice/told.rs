//! What the page of a payment tells: every event with its answer, window, slip, analysis.
//!
//! Invariant: nothing that was answered is lost by what was done since.

use aval_domain::time::DAY;
use aval_domain::user::Role;
use aval_gateway::search::catch_up;
use serde_json::json;

use super::payments::{operator, page, status};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{Visitor, signed_in};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(every_event_keeps_its_answer_and_its_number_which_is_found_by);

/// The events of a payment's timeline, the newest first, without tags.
async fn timeline(visitor: &mut Visitor, payment: &str) -> Vec<String> {
    let html = page(visitor, payment).await;
    let list = html.split("<ol class=\"timeline\">").nth(1).unwrap();
    let list = list.split("</ol>").next().unwrap();
    let plain = |event: &str| {
        let parts = event
            .split('<')
            .map(|part| part.rsplit('>').next().unwrap());
        let text: Vec<&str> = parts.flat_map(str::split_whitespace).collect();
        text.join(" ")
    };
    list.split("<li ").skip(1).map(plain).collect()
}

async fn every_event_keeps_its_answer_and_its_number_which_is_found_by(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    let payment = sold.payment_id();
    let before = sold.at("/Payment/ProofOfSale").as_str().unwrap().to_owned();
    gateway.capture(&payment, "").await.expect(200);
    gateway.void(&payment, "?amount=100").await.expect(200);
    let now = gateway.sale(&payment).await.expect(200);
    let now = now.at("/Payment/ProofOfSale").as_str().unwrap().to_owned();
    assert_ne!(before, now, "a capture brings a new one");
    let mut visitor = operator(&gateway).await;
    let events = timeline(&mut visitor, &payment).await;
    let answers = [
        ("Void", format!("9 Operation Successful · NSU {now}")),
        ("Capture", format!("6 Operation Successful · NSU {now}")),
        (
            "Authorized",
            format!("4 Operation Successful · NSU {before}"),
        ),
    ];
    assert_eq!(events.len(), 3, "{events:?}");
    for (event, (what, answer)) in events.iter().zip(answers) {
        assert!(event.contains(what) && event.contains(&answer), "{event}");
    }
    let html = page(&mut visitor, &payment).await;
    assert!(
        html.contains("Former NSU") && html.contains(&before),
        "{html}"
    );
    catch_up(&gateway.server.app).await.unwrap();
    let link = format!("href=\"/payments/{payment}\"");
    let other = format!("{before}%20amount%3E200");
    for (query, is_found) in [
        (format!("nsu%3A{before}"), true),
        (format!("nsu%3A{now}"), true),
        (before.clone(), true),
        (format!("nsu%3A{before}%20id%3A{payment}"), true),
        (format!("nsu%3A{before}%20status%3Apaid"), true),
        (format!("nsu%3A{before}%20status%3Adenied"), false),
        (other, false),
    ] {
        let list = visitor.get(&format!("/transactions?q={query}")).await;
        assert_eq!(list.expect(200).text().contains(&link), is_found, "{query}");
    }
}

#[tokio::test]
async fn a_payment_that_was_in_doubt_tells_of_the_doubt_and_of_its_end() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let lost = json!({"MerchantId": gateway.id, "Fault": "LostAfter"}).to_string();
    let set = gateway.sandbox("PUT", "/sandbox/faults", &lost).await;
    set.expect(200);
    let sold = gateway.sell(&Body::sale(1)).await;
    let payment = sold.payment_id();
    let doubt = "In doubt: the acquirer";
    let events = timeline(&mut visitor, &payment).await;
    assert!(events.len() == 1 && events[0].contains(doubt), "{events:?}");
    let move_on = r#"{"Seconds":3}"#;
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", move_on);
    moved.await.expect(200);
    assert_eq!(status(&gateway, &payment).await.0, 1);
    gateway.capture(&payment, "").await.expect(200);
    let events = timeline(&mut visitor, &payment).await;
    assert_eq!(events.len(), 3, "{events:?}");
    assert!(events[0].contains("Capture"), "{events:?}");
    assert!(events[1].contains("Authorized"), "{events:?}");
    assert!(events[1].contains("gateway"), "{events:?}");
    assert!(events[1].contains("4 Operation Successful"), "{events:?}");
    assert!(events[2].contains(doubt), "{events:?}");
    assert!(!events[2].contains("Answer"), "{events:?}");
}

#[tokio::test]
async fn the_capture_window_is_told_before_and_after_its_end() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let payment = gateway.authorized().await;
    let html = page(&mut visitor, &payment).await;
    assert!(html.contains("It can be captured until"), "{html}");
    gateway.advance(6 * DAY).await;
    let of = gateway.merchant_id();
    let mut visitor = signed_in(&gateway, of, Role::Viewer).await;
    let html = page(&mut visitor, &payment).await;
    assert!(html.contains("The capture window closed on"), "{html}");
    assert!(html.contains("Not captured in time") && !html.contains(">To capture<"));
}

#[tokio::test]
async fn a_slip_that_waits_can_be_opened() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let sold = gateway.sell(&Body::boleto()).await.expect(201);
    let url = sold.at("/Payment/Url").as_str().unwrap().to_owned();
    let html = page(&mut visitor, &sold.payment_id()).await;
    assert!(html.contains(">Waiting for payment<"), "{html}");
    for (address, label) in [
        (url.clone(), "Open slip"),
        (format!("{url}&format=pdf"), "PDF"),
    ] {
        let link = format!("href=\"{address}\" rel=\"noreferrer\">{label}</a>");
        let html = html.replace("&#38;", "&");
        assert!(html.contains(&link), "{link}: {html}");
    }
}

#[tokio::test]
async fn a_denial_is_told_once_and_without_contradiction() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let expired = gateway.sell(&Body::sale(3)).await.expect(201).payment_id();
    let html = page(&mut visitor, &expired).await;
    assert!(
        html.contains("Code 57") && html.contains("Card expired"),
        "{html}"
    );
    assert!(
        !html.contains("Transaction not allowed for the card"),
        "{html}"
    );
    visitor.language = "pt-BR";
    let html = page(&mut visitor, &expired).await;
    assert!(html.contains("Cartão vencido"), "{html}");
    assert!(html.contains("Confira a validade do cartão"), "{html}");
}

#[tokio::test]
async fn an_analysis_and_a_recurrence_are_told_in_words_and_lead_to_their_pages() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    visitor.language = "pt-BR";
    let waiting = Body::sale(1)
        .with("Payment.CreditCard.Holder", "Teste review")
        .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst")
        .with("Customer.Email", "ana@mailinator.com");
    let waiting = gateway.sell(&waiting).await.expect(201).payment_id();
    let html = page(&mut visitor, &waiting).await;
    assert!(html.contains("E-mail descartável"), "{html}");
    assert!(!html.contains("disposable_email"), "{html}");
    assert!(
        html.contains(&format!("href=\"/reviews/{waiting}\"")),
        "{html}"
    );
    assert!(html.contains("Fatores"), "{html}");
    let events = timeline(&mut visitor, &waiting).await;
    let analysed = events
        .iter()
        .find(|event| event.starts_with("Análise de fraude"));
    assert!(
        analysed.is_some_and(|event| event.contains("Em revisão ·")),
        "{events:?}"
    );
    let form = visitor
        .get(&format!("/payments/{waiting}/capture"))
        .await
        .expect(200);
    assert!(
        form.text().contains("Decida antes de capturar"),
        "{}",
        form.text()
    );
    let plan = Body::sale(1).with(
        "Payment.RecurrentPayment",
        json!({"AuthorizeNow": true, "Interval": "Monthly"}),
    );
    let sold = gateway.sell(&plan).await.expect(201);
    let plan = sold.at("/Payment/RecurrentPayment/RecurrentPaymentId");
    let link = format!("href=\"/recurrences/{}\"", plan.as_str().unwrap());
    let html = page(&mut visitor, &sold.payment_id()).await;
    assert!(html.contains(&link) && html.contains(">Mensal<"), "{html}");
    let own = html.split("id=\"recurrence\"").nth(1).unwrap();
    let own = own.split("</section>").next().unwrap();
    let day = gateway.server.app.clock.now().day();
    assert!(own.contains(&day.strftime("%d/%m/%Y").to_string()), "{own}");
}
