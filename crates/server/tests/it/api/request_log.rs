//! The log of requests: what a merchant's client sent and got, without card data.
//!
//! Invariant: whatever is sent, no card number, security code or key is in memory afterwards.

use aval_domain::time::DAY;

use crate::support::body::Body;
use crate::support::gateway::Gateway;

/// A card number and a security code that are nowhere else.
const NUMBER: &str = "4929387164502811";
const CODE: &str = "QUOKKA7391";

fn kept(gateway: &Gateway) -> Vec<aval_api::request_log::Kept> {
    let server = &gateway.server;
    let real = server.app.clock.real();
    server.request_log.of(gateway.merchant_id(), real)
}

#[tokio::test]
async fn requests_are_kept_newest_first_with_answer_codes_and_field() {
    let gateway = Gateway::sqlite().await;
    let payment = gateway.authorized().await;
    gateway.capture(&payment, "?amount=100").await.expect(200);
    let wrong = Body::sale(1).with("Payment.Installments", 0);
    let refused = gateway.selling(&wrong).header("RequestId", "mine");
    refused.send().await.expect(400);
    let log = kept(&gateway);
    let statuses: Vec<u16> = log.iter().map(|kept| kept.status).collect();
    assert_eq!(statuses, [400, 200, 201]);
    let [refused, captured, sold] = &log[..] else {
        panic!("{log:?}");
    };
    assert_eq!((&*refused.path, &*refused.request_id), ("/1/sales", "mine"));
    assert_eq!(refused.errors[0].code, 123);
    assert_eq!(
        refused.errors[0].field.as_deref(),
        Some("Payment.Installments")
    );
    assert_eq!(
        &*captured.path,
        format!("/1/sales/{payment}/capture?amount=100")
    );
    assert_eq!(
        (&captured.method, &*captured.request),
        (&http::Method::PUT, "")
    );
    assert!(sold.answer.contains(&payment) && sold.took.as_nanos() > 0);
    assert!(
        sold.request.contains(r#""CardNumber":"123412******1231""#),
        "{sold:?}"
    );
    assert!(sold.request.contains(r#""SecurityCode":"***""#), "{sold:?}");
    assert!(sold.answer.contains(r#""Tid":""#) && !sold.answer.contains("***\"Tid"));
}

#[tokio::test]
async fn strangers_and_other_merchants_are_not_in_it_and_a_real_day_later_it_is_empty() {
    let gateway = Gateway::sqlite().await;
    gateway.authorized().await;
    let other = gateway.merchant(&[]).await;
    other.authorized().await;
    let stranger = gateway.selling(&Body::sale(1)).without("MerchantKey");
    let stranger = stranger.header("MerchantKey", "A".repeat(40));
    assert!(stranger.send().await.status >= 400);
    assert_eq!(kept(&gateway).len(), 1);
    // Who moved the sandbox's clock looks at what happened before, too.
    gateway.advance(31 * DAY).await;
    assert_eq!(kept(&gateway).len(), 1);
    let server = &gateway.server;
    let later = server.app.clock.real().plus(DAY + 1);
    let log = server.request_log.of(gateway.merchant_id(), later);
    assert_eq!(log.len(), 0);
}

#[tokio::test]
async fn whatever_is_sent_no_card_data_is_kept() {
    let gateway = Gateway::sqlite().await;
    let spaced = "4929 3871 6450 2811";
    let coded = Body::sale(1)
        .with("Payment.CreditCard.CardNumber", NUMBER)
        .with("Payment.CreditCard.SecurityCode", CODE);
    let echoed = Body::sale(1)
        .with("MerchantOrderId", NUMBER)
        .with("Customer.Name", format!("card {spaced}"));
    let sale = coded.0.to_string();
    let escaped = sale
        .replace("4929", r"\u0034929")
        .replace("SecurityCode", r"Security\u0043ode");
    let bodies = [
        sale.clone(),
        escaped,
        sale.replace("SecurityCode", "SECURITYCODE")
            .replace("CardNumber", "cardnumber"),
        sale.replace(&format!("\"{NUMBER}\""), NUMBER),
        sale[..sale.len() - 2].to_owned(),
        sale.replace("\"SecurityCode\":\"", "\"SecurityCode\":[\"")
            .replace(CODE, &format!("{CODE}\",\"{CODE}")),
        format!("CardNumber={NUMBER}"),
        echoed.0.to_string(),
    ];
    for body in &bodies {
        let request = gateway.request("POST", "/1/sales").body(body.as_bytes());
        request.header("RequestId", NUMBER).send().await;
        gateway
            .request("POST", "/1/card")
            .body(body.as_bytes())
            .send()
            .await;
    }
    gateway.order(NUMBER).await;
    gateway.put(&format!("/1/sales/{NUMBER}/void")).await;
    gateway
        .put(&format!("/1/sales/OrderId/%34{}/void", &NUMBER[1..]))
        .await;
    let log = kept(&gateway);
    assert_eq!(log.len(), 2 * bodies.len() + 3);
    let all = format!("{log:?}");
    for secret in [NUMBER, spaced, CODE, gateway.key.as_str()] {
        assert!(!all.contains(secret), "{secret} is kept: {all}");
    }
    assert!(all.contains("492938******2811"), "{all}");
}
