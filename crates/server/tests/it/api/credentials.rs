//! Who calls: the two headers, for every route (requirements R029, R030, R038 to R043).
//!
//! Invariant: credential errors come alone, and before anything of the request is looked at;
//! [`WITHOUT_CREDENTIALS`] names every route, which `coverage` checks.

use aval_api::recurrence::Part;
use aval_api::route::Route;
use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::Gateway;
use crate::support::http::Request;

const GUID: &str = "24bc8366-fc31-4d6c-8555-17049a836a07";

/// One call of each route, all of them wrong in some other way too.
pub const WITHOUT_CREDENTIALS: [(Route, &str, &str); 19] = [
    (Route::CreateSale, "POST", "/1/sales"),
    (Route::SalesOfOrder, "GET", "/1/sales"),
    (
        Route::Sale,
        "GET",
        "/1/sales/24bc8366-fc31-4d6c-8555-17049a836a07",
    ),
    (
        Route::Capture,
        "PUT",
        "/1/sales/24bc8366-fc31-4d6c-8555-17049a836a07/capture",
    ),
    (
        Route::Void,
        "PUT",
        "/1/sales/24bc8366-fc31-4d6c-8555-17049a836a07/void",
    ),
    (Route::VoidOrder, "PUT", "/1/sales/OrderId/Nothing/void"),
    (Route::CreateCard, "POST", "/1/card"),
    (
        Route::Card,
        "GET",
        "/1/card/24bc8366-fc31-4d6c-8555-17049a836a07",
    ),
    (
        Route::Recurrence,
        "GET",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07",
    ),
    (
        Route::ChangeRecurrence(Part::Customer),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/Customer",
    ),
    (
        Route::ChangeRecurrence(Part::EndDate),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/EndDate",
    ),
    (
        Route::ChangeRecurrence(Part::Installments),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/Installments",
    ),
    (
        Route::ChangeRecurrence(Part::Interval),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/Interval",
    ),
    (
        Route::ChangeRecurrence(Part::RecurrencyDay),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/RecurrencyDay",
    ),
    (
        Route::ChangeRecurrence(Part::Amount),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/Amount",
    ),
    (
        Route::ChangeRecurrence(Part::NextPaymentDate),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/NextPaymentDate",
    ),
    (
        Route::ChangeRecurrence(Part::Payment),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/Payment",
    ),
    (
        Route::ChangeRecurrence(Part::Deactivate),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/Deactivate",
    ),
    (
        Route::ChangeRecurrence(Part::Reactivate),
        "PUT",
        "/1/RecurrentPayment/24bc8366-fc31-4d6c-8555-17049a836a07/Reactivate",
    ),
];

fn error(code: u16, message: &str) -> Value {
    json!({"Code": code, "Message": message})
}

/// Fails unless the request without the credentials is refused with exactly these errors.
async fn refused(request: Request, errors: &[Value]) {
    let answer = request.send().await.expect(400);
    assert_eq!(answer.json(), json!(errors));
}

#[tokio::test]
async fn no_route_answers_without_credentials() {
    let no_id = error(101, "MerchantId is required");
    let no_key = error(131, "MerchantKey is required");
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        for (_, method, target) in WITHOUT_CREDENTIALS {
            let whole = gateway.request(method, target).body("not json");
            let without_id = whole.clone().without("MerchantId");
            let without_key = whole.clone().without("MerchantKey");
            let without_both = without_id.clone().without("MerchantKey");
            refused(without_id.clone(), std::slice::from_ref(&no_id)).await;
            refused(without_key.clone(), std::slice::from_ref(&no_key)).await;
            refused(without_both, &[no_id.clone(), no_key.clone()]).await;
            let blank = without_id.header("MerchantId", " ");
            refused(blank, std::slice::from_ref(&no_id)).await;
            let blank = without_key.header("MerchantKey", "");
            refused(blank, std::slice::from_ref(&no_key)).await;
        }
    }
}

#[tokio::test]
async fn a_merchant_id_that_is_no_guid_is_refused_on_every_route() {
    let message = "The provided MerchantId is not in correct format";
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        for (_, method, target) in WITHOUT_CREDENTIALS {
            for id in [
                "1006993069",
                "24bc8366-fc31-4d6c-8555-17049a836a0",
                "loja\u{e9}",
            ] {
                let request = gateway.request(method, target).without("MerchantId");
                let answer = request.header("MerchantId", id).send().await.expect(400);
                let expected = if id.is_ascii() {
                    error(114, message)
                } else {
                    // Not even text of a header: the same as none.
                    error(101, "MerchantId is required")
                };
                assert_eq!(answer.json(), json!([expected]));
            }
        }
    }
}

#[tokio::test]
async fn unknown_merchants_and_wrong_keys_are_told_in_the_words_of_the_dialect() {
    let unknown = error(115, "The provided MerchantId was not found");
    let wrong = error(132, "MerchantKey is invalid");
    let manual = Gateway::speaking(Dialect::Manual).await;
    let live = Gateway::speaking(Dialect::Live).await;
    let stranger = |request: Request| request.without("MerchantId").header("MerchantId", GUID);
    let forger = |request: Request| {
        let key = "X".repeat(40);
        request.without("MerchantKey").header("MerchantKey", key)
    };
    for (_, method, target) in WITHOUT_CREDENTIALS {
        let request = manual.request(method, target).body("not json");
        refused(stranger(request.clone()), std::slice::from_ref(&unknown)).await;
        refused(forger(request), std::slice::from_ref(&wrong)).await;
        let request = live.request(method, target).body("not json");
        for request in [stranger(request.clone()), forger(request)] {
            let answer = request.send().await.expect(401);
            assert_eq!(answer.text(), "", "{method} {target}");
        }
    }
}

#[tokio::test]
async fn the_key_of_one_merchant_opens_nothing_of_another() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let request = other.selling(&Body::sale(1)).without("MerchantKey");
    let request = request.header("MerchantKey", &gateway.key);
    request.send().await.expect_error(400, 132);
}

#[tokio::test]
async fn credentials_are_read_with_blanks_around_and_the_id_in_any_case() {
    let gateway = Gateway::sqlite().await;
    let selling = gateway.selling(&Body::sale(1));
    let request = selling
        .without("MerchantId")
        .without("MerchantKey")
        .header("merchantid", format!("  {} ", gateway.id.to_uppercase()))
        .header("MERCHANTKEY", &gateway.key);
    request.send().await.expect(201);
}
