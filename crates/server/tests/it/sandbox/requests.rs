//! The request log by the sandbox API.
//!
//! Invariant: it tells what was sent and answered, and no card data.

use crate::support::body::Body;
use crate::support::gateway::Gateway;

#[tokio::test]
async fn the_last_requests_are_told_newest_first_with_codes_and_masked_bodies() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    let wrong = Body::sale(1).with("Payment.Installments", 0);
    gateway.sell(&wrong).await.expect(400);
    let path = format!("/sandbox/requests?merchantid={}", gateway.id);
    let told = gateway.sandbox("GET", &path, "").await.expect(200);
    assert_eq!(told.at("/Requests/0/Status"), 400);
    assert_eq!(told.at("/Requests/0/Errors/0/Code"), 123);
    assert_eq!(
        told.at("/Requests/0/Errors/0/Field"),
        "Payment.Installments"
    );
    assert_eq!(told.at("/Requests/1/Method"), "POST");
    assert_eq!(told.at("/Requests/1/Path"), "/1/sales");
    assert_eq!(told.at("/Requests/1/Errors"), serde_json::json!([]));
    // The clock of durations may not have moved within one.
    let took = told.at("/Requests/1/DurationMs").to_string();
    let digits = took.split_once('.').map_or("", |(_, digits)| digits);
    assert!(digits.len() <= 3, "{took}");
    let answer = told.at("/Requests/1/Answer");
    let answer: serde_json::Value = serde_json::from_str(answer.as_str().unwrap()).unwrap();
    assert_eq!(answer["MerchantOrderId"], sold.at("/MerchantOrderId"));
    assert_eq!(answer["Payment"]["Status"], 1);
    assert_eq!(answer["Payment"]["Tid"], sold.at("/Payment/Tid"));
    assert_eq!(answer["Payment"]["Links"], sold.at("/Payment/Links"));
    let request = told.at("/Requests/1/Request");
    let request = request.as_str().unwrap();
    assert!(
        request.contains(r#""CardNumber":"123412******1231""#),
        "{request}"
    );
    assert!(request.contains(r#""SecurityCode":"***""#), "{request}");
    assert!(!told.text().contains("1234123412341231"), "{}", told.text());
    assert_eq!(told.at("/Requests/2"), serde_json::Value::Null);
}

#[tokio::test]
async fn without_a_merchant_that_exists_nothing_is_told() {
    let gateway = Gateway::sqlite().await;
    for path in ["/sandbox/requests", "/sandbox/requests?MerchantId=x"] {
        let refused = gateway.sandbox("GET", path, "").await;
        assert_eq!(refused.expect_error(400, 9010).at("/0/Field"), "MerchantId");
    }
    let unknown = "/sandbox/requests?MerchantId=00000000-0000-4000-8000-000000000000";
    gateway
        .sandbox("GET", unknown, "")
        .await
        .expect_error(404, 115);
}
