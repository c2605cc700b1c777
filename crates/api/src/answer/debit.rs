//! How a debit card sale is written.
//!
//! Invariant: as [`super`]; what belongs to credit alone is left out (X165).

use aval_domain::merchant::Dialect;
use aval_domain::method::CardPayment;
use aval_domain::sale::Sale;
use serde::Serialize;
use utoipa::ToSchema;

use super::wallet::WalletAnswer;
use super::{CreditCardAnswer, ExtraDataAnswer, extra_data};
use crate::dialect;
use crate::fraud::{self, VelocityAnswer};
use crate::links::{self, Link};
use crate::server::Urls;

/// A payment by debit card.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DebitAnswer<'a> {
    /// The card.
    debit_card: CreditCardAnswer<'a>,
    /// Where the buyer proves who he is; in the live dialect with Authenticate only.
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_url: Option<String>,
    /// Where the buyer's browser goes afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
    /// The wallet it is paid from.
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<WalletAnswer<'a>>,
    /// Transaction id at the acquirer.
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<&'a str>,
    /// NSU.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof_of_sale: Option<&'a str>,
    /// Of paid sales only.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_code: Option<&'a str>,
    /// Printed on the buyer's statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    soft_descriptor: Option<&'a str>,
    /// How sure the issuer is of the buyer: 05 or 02, 07 when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    eci: Option<&'static str>,
    /// Always false.
    recurrent: bool,
    /// Who answered.
    provider: &'static str,
    /// Always false.
    is_qr_code: bool,
    /// Always false.
    dynamic_currency_conversion: bool,
    /// Always false.
    is_splitted: bool,
    /// Cents.
    amount: i64,
    /// Brasília time, yyyy-MM-dd HH:mm:ss.
    received_date: String,
    /// Cents taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_amount: Option<i64>,
    /// Brasília time.
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_date: Option<String>,
    /// Cents given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_amount: Option<i64>,
    /// Brasília time.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_date: Option<String>,
    /// Number of the status.
    status: u8,
    /// 0 (live: 1) while it waits for its buyer; then the acquirer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_code: Option<&'a str>,
    /// Text of the acquirer's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_message: Option<&'a str>,
    /// Mastercard's advice on a denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_advice_code: Option<&'a str>,
    /// Names the payment.
    payment_id: String,
    /// DebitCard.
    r#type: &'static str,
    /// BRL.
    currency: &'static str,
    /// Three letters.
    country: &'a str,
    /// Extra data, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_data_collection: Option<Vec<ExtraDataAnswer<'a>>>,
    /// Of merchants who have velocity limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    velocity_analysis: Option<VelocityAnswer<'a>>,
    /// 16: a limit ended the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<u8>,
    /// AbortedByFraud.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_message: Option<&'static str>,
    /// What can be done next.
    links: Vec<Link>,
}

impl<'a> DebitAnswer<'a> {
    pub(super) fn new(
        sale: &'a Sale,
        paid: &'a CardPayment,
        dialect: Dialect,
        urls: &Urls,
    ) -> Self {
        let outcome = dialect::outcome(sale, dialect);
        let terms = &sale.details.terms;
        let receipt = sale.receipt.as_ref();
        let visit = paid.authentication.as_deref();
        let capture = sale.state.capture_made();
        let given_back = sale.state.given_back(sale.amount);
        let aborted = fraud::was_aborted(sale);
        Self {
            debit_card: CreditCardAnswer::new(sale, &paid.card),
            authentication_url: links::of_authentication(sale, dialect, urls),
            return_url: visit.map(|visit| visit.return_url.as_str()),
            wallet: paid.wallet.as_deref().map(WalletAnswer::new),
            tid: receipt.map(|receipt| receipt.tid.as_str()),
            proof_of_sale: outcome.proof_of_sale,
            authorization_code: receipt.and_then(|receipt| receipt.authorization_code.as_deref()),
            soft_descriptor: terms.soft_descriptor.as_deref(),
            eci: sale.eci(),
            recurrent: false,
            provider: sale.details.provider.name(),
            is_qr_code: false,
            dynamic_currency_conversion: false,
            is_splitted: false,
            amount: sale.amount.cents(),
            received_date: sale.received_at.wire(),
            captured_amount: capture.map(|capture| capture.amount.cents()),
            captured_date: capture.map(|capture| capture.at.wire()),
            voided_amount: given_back.map(|given| given.amount.cents()),
            voided_date: given_back.map(|given| given.at.wire()),
            status: outcome.status,
            return_code: outcome.return_code,
            return_message: outcome.return_message,
            merchant_advice_code: receipt.and_then(|receipt| receipt.advice.as_deref()),
            payment_id: sale.id.to_string(),
            r#type: sale.details.method.name(),
            currency: "BRL",
            country: terms.country.as_str(),
            extra_data_collection: extra_data(&terms.extra_data, dialect),
            velocity_analysis: fraud::velocity(sale),
            reason_code: aborted.then_some(fraud::ABORTED_BY_FRAUD),
            reason_message: aborted.then_some("AbortedByFraud"),
            links: links::of_card_sale(urls, sale.id, outcome.status),
        }
    }
}
