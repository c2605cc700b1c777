//! How a bank transfer is written.
//!
//! Invariant: as [`super`]; a transfer can be neither captured nor voided, so that its only link is
//! to itself (R131).

use aval_domain::merchant::Dialect;
use aval_domain::sale::Sale;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ExtraDataAnswer, extra_data};
use crate::links::{self, Link};
use crate::server::Urls;

/// A payment by bank transfer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TransferAnswer<'a> {
    /// The bank's page, to which the buyer is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Names the payment.
    payment_id: String,
    /// EletronicTransfer.
    r#type: &'static str,
    /// Cents.
    amount: i64,
    /// BRL.
    currency: &'static str,
    /// Three letters.
    country: &'a str,
    /// The bank.
    provider: &'static str,
    /// Brasília time, yyyy-MM-dd HH:mm:ss.
    received_date: String,
    /// Cents paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_amount: Option<i64>,
    /// Brasília time.
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_date: Option<String>,
    /// Always false.
    is_splitted: bool,
    /// Extra data, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_data_collection: Option<Vec<ExtraDataAnswer<'a>>>,
    /// Number of the status: 0 until the buyer was at the bank, 12 while the bank decides, 2 paid,
    /// 3 refused.
    status: u8,
    /// Itself.
    links: [Link; 1],
}

impl<'a> TransferAnswer<'a> {
    pub(super) fn new(sale: &'a Sale, dialect: Dialect, urls: &Urls) -> Self {
        let terms = &sale.details.terms;
        let capture = sale.state.capture_made();
        Self {
            url: links::of_page(sale, urls),
            payment_id: sale.id.to_string(),
            r#type: sale.details.method.name(),
            amount: sale.amount.cents(),
            currency: "BRL",
            country: terms.country.as_str(),
            provider: sale.details.provider.name(),
            received_date: sale.received_at.wire(),
            captured_amount: capture.map(|capture| capture.amount.cents()),
            captured_date: capture.map(|capture| capture.at.wire()),
            is_splitted: false,
            extra_data_collection: extra_data(&terms.extra_data, dialect),
            status: sale.state.status().number(),
            links: [Link::to_self(links::of_sale(urls, sale.id))],
        }
    }
}
