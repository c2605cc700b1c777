//! The pages of buyers: who sees them, what they say, what they let in (decisions D24 and D25).

use aval_gateway::app::Environment;
use serde_json::json;

use super::{FIRST, look, page_of, payment, press};
use crate::support::body::{Body, RETURN_URL};
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::{Answer, Request};

const METHODS: [fn() -> Body; 3] = [|| Body::authenticated(1), || Body::debit(1), Body::transfer];

/// The policy of a page, its parts by name.
fn policy(page: &Answer) -> Vec<(&str, &str)> {
    let policy = page.header("content-security-policy").unwrap();
    let parts = policy.split(';').map(str::trim);
    parts.filter_map(|part| part.split_once(' ')).collect()
}

#[tokio::test]
async fn a_page_shows_shop_order_and_amount_and_asks_by_plain_buttons() {
    let gateway = Gateway::sqlite().await;
    for (body, buttons) in [
        (Body::authenticated(1), ["approve", "fail", "abandon"]),
        (Body::transfer(), ["pay", "pending", "refuse"]),
    ] {
        let order = body.order();
        let sold = gateway.sell(&body).await.expect(201);
        let page = look(&gateway, &page_of(&gateway, &sold)).await.expect(200);
        let html = page.text();
        for shown in [order.as_str(), "R$\u{a0}157.00", "lang=\"en\""] {
            assert!(html.contains(shown), "{shown}");
        }
        for value in buttons {
            let button = format!("name=\"decision\" value=\"{value}\"");
            assert_eq!(html.matches(&button).count(), 1, "{value}");
        }
        assert_eq!(html.matches("<form").count(), 1);
        assert!(html.contains("<form method=\"post\" action=\"?ticket="));
        let request = Request::new(gateway.api, "GET", &page_of(&gateway, &sold));
        let portuguese = request.header("Accept-Language", "pt-BR").send().await;
        assert!(portuguese.text().contains("R$\u{a0}157,00"));
        assert!(portuguese.text().contains("Loja"));
    }
}

#[tokio::test]
async fn after_a_decision_a_form_with_the_payment_alone_leads_to_the_shop() {
    let gateway = Gateway::sqlite().await;
    for body in METHODS {
        let sold = gateway.sell(&body()).await.expect(201);
        let (id, page) = (sold.payment_id(), page_of(&gateway, &sold));
        let is_bank = sold.at("/Payment/Type") == "EletronicTransfer";
        let decision = if is_bank { "pay" } else { "approve" };
        let after = press(&gateway, &page, decision).await.expect(200);
        let later = look(&gateway, &page).await.expect(200);
        let late = press(&gateway, &page, decision).await.expect(200);
        for shown in [&after, &later, &late] {
            let html = shown.text();
            let form = format!("<form method=\"post\" action=\"{RETURN_URL}\"");
            assert_eq!(html.matches(&form).count(), 1);
            assert_eq!(html.matches("<form").count(), 1);
            let field = format!("name=\"PaymentId\" value=\"{id}\"");
            assert_eq!(html.matches(&field).count(), 1);
            assert_eq!(
                html.matches(" name=\"").count() - html.matches("<meta name=").count(),
                1
            );
        }
        assert!(
            after.text().contains("data-return"),
            "the browser goes by itself"
        );
        assert!(!later.text().contains("data-return") && !late.text().contains("data-return"));
        assert!(later.text().contains("already decided"));
        assert!(late.text().contains("was not used"));
    }
}

#[tokio::test]
async fn a_forged_a_foreign_or_a_missing_ticket_is_answered_404_and_tells_nothing() {
    let gateway = Gateway::sqlite().await;
    let stranger = gateway.merchant(&[]).await;
    let sold = gateway.sell(&Body::debit(1)).await.expect(201);
    let foreign = stranger.sell(&Body::debit(1)).await.expect(201);
    let page = page_of(&gateway, &sold);
    let (path, ticket) = page.split_once("?ticket=").unwrap();
    let other = page_of(&gateway, &foreign);
    let other = other.split_once("?ticket=").unwrap().1;
    let mut forged = ticket.to_owned();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'E' } else { 'A' });
    let transfer = path.replace(
        "CardAuthenticator/Receive",
        "post/EletronicTransfer/Redirect",
    );
    let unknown = path.replace(&sold.payment_id(), "24bc8366-fc31-4d6c-8555-17049a836a07");
    let wrong = [
        path.to_owned(),
        format!("{path}?ticket="),
        format!("{path}?ticket={forged}"),
        format!("{path}?ticket={other}"),
        format!("{path}?ticket={ticket}A"),
        format!("{path}?ticket={}", "%00".repeat(20)),
        format!("{transfer}?ticket={ticket}"),
        format!("{unknown}?ticket={ticket}"),
    ];
    let mut told = None;
    for target in wrong {
        for answer in [
            look(&gateway, &target).await,
            press(&gateway, &target, "approve").await,
        ] {
            assert_eq!(answer.status, 404, "{target}");
            let text = answer.text().to_owned();
            let first = told.get_or_insert_with(|| text.clone());
            assert_eq!(*first, text, "all are told the same");
        }
    }
    let told = told.unwrap();
    for leaked in ["Loja", "157", &sold.payment_id(), RETURN_URL] {
        assert!(!told.contains(leaked), "{leaked}");
    }
    assert_eq!(payment(&gateway, &sold.payment_id()).await["Status"], 0);
}

#[tokio::test]
async fn what_is_no_decision_changes_nothing_and_asks_again() {
    let gateway = Gateway::sqlite().await;
    for body in METHODS {
        let sold = gateway.sell(&body()).await.expect(201);
        let page = page_of(&gateway, &sold);
        for decision in ["", "APPROVE", "authenticate", "%3Cscript%3E"] {
            let again = press(&gateway, &page, decision).await.expect(422);
            assert!(again.text().contains("Choose one of the options"));
            assert!(!again.text().contains("<script>"));
        }
        let wrong = Request::new(gateway.api, "PUT", &page)
            .send()
            .await
            .expect(405);
        assert_eq!(wrong.header("allow"), Some("GET, HEAD, POST"));
        assert_eq!(payment(&gateway, &sold.payment_id()).await["Status"], 0);
    }
}

#[tokio::test]
async fn markup_in_names_orders_and_returns_is_inert() {
    let gateway = Gateway::speaking(aval_domain::merchant::Dialect::Live).await;
    let order = "<img src=x onerror=alert(1)>";
    let url = "https://loja.example/?a='><script>alert(1)</script>";
    gateway
        .change(gateway.merchant_id(), |merchant| {
            merchant.name = "<script>alert('Loja')</script>".to_owned();
        })
        .await;
    let body = Body::transfer()
        .with("MerchantOrderId", order)
        .with("Payment.ReturnUrl", url);
    let answer = gateway.sell(&body).await;
    if answer.status == 400 {
        assert_eq!(answer.codes(), [163], "an address holds no such signs");
    }
    let url = "https://loja.example/?a='&b=%22%3E%3Cscript%3E&javascript:alert(1)";
    let sold = gateway
        .sell(&body.with("Payment.ReturnUrl", url))
        .await
        .expect(201);
    let page = page_of(&gateway, &sold);
    for shown in [
        look(&gateway, &page).await,
        press(&gateway, &page, "pay").await,
    ] {
        let html = shown.expect(200);
        let html = html.text();
        assert!(
            !html.contains("<script>alert") && !html.contains("<img src=x"),
            "{html}"
        );
        assert!(html.contains("&#60;script&#62;"), "shown as it is written");
    }
    for url in ["javascript:alert(1)", "data:text/html,x", "//loja.example/"] {
        let body = Body::transfer().with("Payment.ReturnUrl", url);
        gateway.sell(&body).await.expect_error(400, 163);
    }
}

#[tokio::test]
async fn every_page_has_a_strict_policy_and_its_assets_come_from_here() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::debit(1)).await.expect(201);
    let page = page_of(&gateway, &sold);
    let asking = look(&gateway, &page).await.expect(200);
    let decided = press(&gateway, &page, "abandon").await.expect(200);
    let missing = look(
        &gateway,
        "/CardAuthenticator/Receive/24bc8366-fc31-4d6c-8555-17049a836a07",
    );
    let missing = missing.await.expect(404);
    for (shown, to, referrer) in [
        (&asking, "'self'", "no-referrer"),
        (&decided, "https: http:", "strict-origin"),
        (&missing, "'self'", "no-referrer"),
    ] {
        let policy = policy(shown);
        assert!(policy.contains(&("default-src", "'none'")), "{policy:?}");
        assert!(policy.contains(&("script-src", "'self'")));
        assert!(policy.contains(&("frame-ancestors", "'none'")));
        assert!(policy.contains(&("form-action", to)), "{policy:?}");
        assert_eq!(shown.header("referrer-policy"), Some(referrer));
        assert_eq!(shown.header("cache-control"), Some("no-store"));
        let html = shown.text();
        for inline in ["style=", "<style", "<script>", " onclick", "http://127"] {
            assert!(!html.contains(inline), "{inline}");
        }
        for asset in html.split('"').filter(|part| part.starts_with("/assets/")) {
            let asset = Request::new(gateway.api, "GET", asset).send().await;
            assert!(asset.expect(200).header("cache-control").is_some());
        }
    }
}

#[tokio::test]
async fn pages_are_on_the_transactional_listener_of_a_sandbox_alone() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::debit(1)).await.expect(201);
    let page = page_of(&gateway, &sold);
    let elsewhere = Request::new(gateway.query, "GET", &page).send().await;
    assert_eq!(elsewhere.expect(404).text(), "[]");
    let production = Gateway::with(Setup {
        environment: Environment::Production,
        ..Setup::default()
    })
    .await;
    let answer = look(&production, &page).await;
    assert_eq!(answer.expect(404).text(), "[]");
    let refused = production.sell(&Body::transfer()).await;
    refused.expect_error(400, 129);
    let refused = production.sell(&Body::debit(1)).await;
    refused.expect_error(400, 129);
}

#[tokio::test]
async fn a_merchant_is_told_of_what_its_buyers_decide() {
    let gateway = Gateway::sqlite().await;
    let url = "http://127.0.0.1:1/";
    gateway
        .set(gateway.merchant_id(), &[("notification_url", url)])
        .await;
    let sold = gateway.sell(&Body::debit(1)).await.expect(201);
    press(&gateway, &page_of(&gateway, &sold), "approve")
        .await
        .expect(200);
    let sold = gateway.sell(&Body::transfer()).await.expect(201);
    press(&gateway, &page_of(&gateway, &sold), "pending")
        .await
        .expect(200);
    press(&gateway, &page_of(&gateway, &sold), "pay")
        .await
        .expect(200);
    let storage = &gateway.server.app.storage;
    let written = storage
        .notifications(gateway.merchant_id(), FIRST, 10)
        .await
        .unwrap();
    let status = |body: &str| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body["Payment"]["Status"].clone()
    };
    let told: Vec<_> = written.iter().map(|one| status(&one.body)).collect();
    assert_eq!(told, [json!(0), json!(2), json!(0), json!(12), json!(2)]);
}

#[tokio::test]
async fn payments_and_visits_are_counted() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::transfer()).await.expect(201);
    let page = page_of(&gateway, &sold);
    look(&gateway, &page).await.expect(200);
    press(&gateway, &page, "pay").await.expect(200);
    press(&gateway, &page, "pay").await.expect(200);
    let metrics = Request::new(gateway.backoffice, "GET", "/metrics")
        .send()
        .await;
    for line in [
        "aval_payments_total{type=\"EletronicTransfer\",status=\"0\"} 1",
        "aval_buyer_visits_total{page=\"transfer\",end=\"shown\"} 1",
        "aval_buyer_visits_total{page=\"transfer\",end=\"decided\"} 1",
        "aval_buyer_visits_total{page=\"transfer\",end=\"late\"} 1",
    ] {
        assert!(
            metrics.text().contains(line),
            "{line} in {}",
            metrics.text()
        );
    }
}
