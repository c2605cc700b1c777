//! The document of the API, made from the code.
//!
//! Invariant: it names every route of the table and no other; a committed copy, docs/api, is kept
//! equal by a test.

use std::sync::LazyLock;

use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};

use super::{capture, card, query, sales, void};

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
    ),
    tags(
        (name = "Sales", description = "Sell, capture, void."),
        (name = "Queries", description = "Look up, without side effects."),
        (name = "Cards", description = "Store cards and pay with them later."),
    ),
    security(("MerchantId" = [], "MerchantKey" = [])),
    modifiers(&Credentials),
)]
pub struct Document;

/// The two headers that prove who calls.
struct Credentials;

impl utoipa::Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for header in ["MerchantId", "MerchantKey"] {
            let key = ApiKey::Header(ApiKeyValue::new(header));
            components.add_security_scheme(header, SecurityScheme::ApiKey(key));
        }
    }
}

/// The document as text, indented.
#[must_use]
pub fn text() -> String {
    Document::openapi().to_pretty_json().unwrap_or_default()
}

static TEXT: LazyLock<String> = LazyLock::new(text);

/// GET /openapi.json, on every listener.
pub async fn serve() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "application/json; charset=utf-8")],
        TEXT.as_str(),
    )
}
