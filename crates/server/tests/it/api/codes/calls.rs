//! Codes that no body causes: of credentials, the environment, and calls on existing sales.
//!
//! Invariant: each code of [`CODES`] is caused here with its message; how the calls behave
//! otherwise is tested with them.

use aval_domain::time::{DAY, HOUR};
use aval_gateway::app::Environment;

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};

use super::assert_one;

/// The codes that are caused here.
pub const CODES: [u64; 18] = [
    101, 114, 115, 116, 120, 122, 129, 131, 132, 302, 307, 308, 309, 310, 311, 312, 318, 184,
];

const GUID: &str = "24bc8366-fc31-4d6c-8555-17049a836a07";

#[tokio::test]
async fn credentials_have_codes() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    let with = |id: &str, key: &str| Caller {
        id: id.to_owned(),
        key: key.to_owned(),
        ..gateway.caller.clone()
    };
    let (id, key) = (gateway.id.as_str(), gateway.key.as_str());
    for (id, key, code) in [
        ("", key, 101),
        ("1", key, 114),
        (GUID, key, 115),
        (id, "", 131),
        (id, "X", 132),
    ] {
        assert_one(with(id, key).sell(&body).await, 400, code, "");
    }
    let elsewhere = gateway.merchant(&[("ip_allow_list", "192.0.2.1")]).await;
    assert_one(elsewhere.sell(&body).await, 400, 120, "");
    let blocked = gateway.merchant(&[]).await;
    let blocks = |merchant: &mut aval_domain::merchant::Merchant| merchant.blocked = true;
    gateway.change(blocked.merchant_id(), blocks).await;
    assert_one(blocked.sell(&body).await, 400, 116, "");
}

#[tokio::test]
async fn without_an_acquirer_there_is_no_affiliation() {
    let setup = Setup {
        environment: Environment::Production,
        ..Setup::default()
    };
    let gateway = Gateway::with(setup).await;
    let body = Body::sale(1);
    assert_one(gateway.sell(&body).await, 400, 129, "");
    gateway.order(&body.order()).await.expect_error(404, 318);
}

#[tokio::test]
async fn slips_and_transfers_are_neither_captured_nor_voided_and_cards_not_paid() {
    let gateway = Gateway::sqlite().await;
    for body in [Body::boleto(), Body::transfer()] {
        let id = gateway.sell(&body).await.expect(201).payment_id();
        let order = body.order();
        for amount in ["", "?amount=1", "?amount=15700"] {
            assert_one(gateway.capture(&id, amount).await, 400, 310, "");
            assert_one(gateway.void(&id, amount).await, 400, 310, "");
            assert_one(gateway.void(&order, amount).await, 400, 310, "");
        }
        let path = format!("/sandbox/payments/{id}/authenticate");
        let refused = gateway.sandbox("POST", &path, "").await;
        assert_one(refused, 400, 310, "");
    }
    let card = gateway.authorized().await;
    for verb in ["pay", "deny", "authenticate"] {
        let path = format!("/sandbox/payments/{card}/{verb}");
        assert_one(gateway.sandbox("POST", &path, "").await, 400, 310, "");
    }
}

#[tokio::test]
async fn bodies_that_are_none_have_a_code() {
    let gateway = Gateway::sqlite().await;
    for target in ["/1/sales", "/1/card"] {
        for body in ["", " ", "{", "{\"a\":1,}", "null", "not json", "\u{feff}"] {
            let request = gateway.request("POST", target).body(body);
            assert_one(request.send().await, 400, 184, "");
        }
        assert_one(gateway.request("POST", target).send().await, 400, 184, "");
        let deep = "[".repeat(200_000);
        let request = gateway.request("POST", target).body(deep);
        assert_one(request.send().await, 400, 184, "");
    }
}

#[tokio::test]
async fn calls_on_sales_have_codes() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    assert_one(gateway.sale(GUID).await, 404, 307, "");
    assert_one(gateway.capture(GUID, "").await, 404, 307, "");
    assert_one(gateway.void(GUID, "").await, 404, 307, "");
    assert_one(gateway.order("Nothing").await, 404, 318, "");
    assert_one(gateway.get("/1/sales").await, 400, 122, "merchantOrderId");
    let unique = [("duplicate_orders_refused", "true")];
    let once = gateway.merchant(&unique).await;
    once.sell(&body).await.expect(201);
    assert_one(once.sell(&body).await, 400, 302, "MerchantOrderId");
    let id = gateway.authorized().await;
    assert_one(gateway.void(&id, "?amount=1").await, 400, 309, "amount");
    assert_one(
        gateway.capture(&id, "?amount=15701").await,
        400,
        308,
        "amount",
    );
    assert_one(gateway.capture(&id, "?amount=x").await, 400, 308, "amount");
    assert_one(gateway.void(&id, "?amount=x").await, 400, 309, "amount");
    let strict = gateway.merchant(&[("refunds_enabled", "false")]).await;
    let (old, kept) = (gateway.captured().await, strict.captured().await);
    gateway.advance(DAY + HOUR).await;
    assert_one(strict.void(&kept, "").await, 400, 311, "");
    gateway.advance(360 * DAY).await;
    assert_one(gateway.void(&old, "").await, 400, 312, "");
}
