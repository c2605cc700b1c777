//! Merchants by the sandbox API.
//!
//! Invariant: a merchant that was made can sell at once.

use aval_domain::merchant::Dialect;

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::Gateway;

#[tokio::test]
async fn a_merchant_is_made_and_sells_at_once() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    for (body, interest) in [
        (r#"{"name":"Loja nova"}"#, serde_json::json!(0)),
        (r#"{"Name":"Loja","Dialect":"manual"}"#, "ByMerchant".into()),
    ] {
        let made = gateway.sandbox("POST", "/sandbox/merchants", body).await;
        let made = made.expect(201);
        let text = |member: &str| made.at(member).as_str().unwrap().to_owned();
        let caller = Caller::new(&text("/MerchantId"), &text("/MerchantKey"));
        let caller = caller.at([gateway.api, gateway.query]);
        let sold = caller.sell(&Body::sale(1)).await.expect(201);
        assert_eq!(sold.at("/Payment/Interest"), interest);
        assert_eq!(text("/EstablishmentCode").len(), 10);
    }
}

#[tokio::test]
async fn a_merchant_without_a_fit_name_or_dialect_is_not_made() {
    let gateway = Gateway::sqlite().await;
    let long = format!(r#"{{"Name":"{}"}}"#, "ç".repeat(256));
    for (body, field) in [
        ("{}", "Name"),
        (r#"{"Name":" "}"#, "Name"),
        (r#"{"Name":7}"#, "Name"),
        (r#"{"Name":"a\u0000b"}"#, "Name"),
        (long.as_str(), "Name"),
        (r#"{"Name":"Loja","Dialect":"braspag"}"#, "Dialect"),
    ] {
        let refused = gateway.sandbox("POST", "/sandbox/merchants", body).await;
        let refused = refused.expect_error(400, 9010);
        assert_eq!(refused.at("/0/Field"), field, "{body}");
    }
}
