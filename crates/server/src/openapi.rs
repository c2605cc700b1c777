//! The document of the API, made from the code.
//!
//! Invariant: it names every route of the table and no other. A test keeps the copy that is served
//! equal to it.

mod everywhere;

use aval_api::{capture, card, query, recurrence, sales, void};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use self::everywhere::Everywhere;
use crate::sandbox::{cards, clock, faults, merchants, notifications, payments, requests};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aval",
        description = "A payment gateway that speaks the Cielo e-Commerce API 3.0. Paths are read \
            in any case, with a trailing slash or without, under /1 or /v1; member names likewise.",
    ),
    paths(
        sales::create,
        query::of_order,
        query::sale,
        capture::capture,
        void::by_payment_or_order,
        void::by_order,
        card::create,
        card::show,
        recurrence::show,
        recurrence::customer,
        recurrence::end_date,
        recurrence::installments,
        recurrence::interval,
        recurrence::recurrency_day,
        recurrence::amount,
        recurrence::next_payment_date,
        recurrence::payment,
        recurrence::deactivate,
        recurrence::reactivate,
        clock::show,
        clock::set,
        clock::reset,
        clock::advance,
        merchants::create,
        payments::pay,
        payments::deny,
        payments::authenticate,
        cards::replace,
        faults::list,
        faults::set,
        faults::reset,
        requests::list,
        notifications::list,
        notifications::resend,
        notifications::resend_range,
    ),
    tags(
        (name = "Sales", description = "Sell, capture, void."),
        (name = "Queries", description = "Look up, without side effects."),
        (name = "Cards", description = "Store cards and pay with them later."),
        (name = "Recurrences", description = "Charged by themselves, month by month."),
        (name = "Sandbox", description = "Time, faults and data of the sandbox, on the back-office \
            listener, for who knows the admin token; absent in production."),
    ),
    security(("MerchantId" = [], "MerchantKey" = [])),
    modifiers(&Credentials, &Everywhere),
)]
pub struct Document;

/// The two headers that prove who calls, and the sandbox's token.
struct Credentials;

impl utoipa::Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for header in ["MerchantId", "MerchantKey"] {
            let key = ApiKey::Header(ApiKeyValue::new(header));
            components.add_security_scheme(header, SecurityScheme::ApiKey(key));
        }
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("AdminToken", bearer);
    }
}

/// The document as the code says it, indented: for whoever compares or rewrites the copy.
#[must_use]
pub fn text() -> String {
    let text = Document::openapi().to_pretty_json().unwrap_or_default();
    text + "\n"
}
