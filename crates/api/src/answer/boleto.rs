//! How a slip is written.
//!
//! Invariant: as [`super`]; a slip can be neither captured nor voided, so that its only link is to
//! itself (R131).

use aval_domain::merchant::Dialect;
use aval_domain::method::Slip;
use aval_domain::sale::Sale;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ExtraDataAnswer, extra_data};
use crate::dialect;
use crate::links::{self, Link};
use crate::server::Urls;

/// A payment by slip.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct BoletoAnswer<'a> {
    /// What the cashier is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    /// yyyy-MM-dd.
    expiration_date: String,
    /// The slip itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// "Our number" with its check digit (manual dialect).
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// The same (live dialect).
    #[serde(skip_serializing_if = "Option::is_none")]
    boleto_number: Option<String>,
    /// 44 digits.
    bar_code_number: &'a str,
    /// What is typed.
    digitable_line: String,
    /// Who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignor: Option<&'a str>,
    /// Address of who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    /// CPF or CNPJ of who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    identification: Option<&'a str>,
    /// Names the payment.
    payment_id: String,
    /// Boleto.
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
    /// Cents that came so far, also when they are too few; absent while none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_amount: Option<i64>,
    /// Cents, once it is paid.
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
    /// Number of the status: 1 until it is paid, then 2.
    status: u8,
    /// Itself.
    links: [Link; 1],
}

impl<'a> BoletoAnswer<'a> {
    pub(super) fn new(sale: &'a Sale, slip: &'a Slip, speaks: Dialect, urls: &Urls) -> Self {
        let terms = &sale.details.terms;
        let capture = sale.state.capture_made();
        let boleto = &slip.boleto;
        let texts = &boleto.texts;
        let (number, boleto_number) = dialect::slip_number(boleto.number.to_string(), speaks);
        Self {
            instructions: texts.instructions.as_deref(),
            expiration_date: boleto.due.to_string(),
            url: links::of_page(sale, urls),
            number,
            boleto_number,
            bar_code_number: boleto.bar_code.as_str(),
            digitable_line: boleto.line().to_string(),
            assignor: texts.assignor.as_deref(),
            address: texts.address.as_deref(),
            identification: texts.identification.as_deref(),
            payment_id: sale.id.to_string(),
            r#type: sale.details.method.name(),
            amount: sale.amount.cents(),
            currency: "BRL",
            country: terms.country.as_str(),
            provider: dialect::slip_provider(boleto, speaks),
            received_date: sale.received_at.wire(),
            received_amount: Some(sale.received).filter(|cents| *cents > 0),
            captured_amount: capture.map(|capture| capture.amount.cents()),
            captured_date: capture.map(|capture| capture.at.wire()),
            is_splitted: false,
            extra_data_collection: extra_data(&terms.extra_data, speaks),
            status: sale.state.status().number(),
            links: [Link::to_self(links::of_sale(urls, sale.id))],
        }
    }
}
