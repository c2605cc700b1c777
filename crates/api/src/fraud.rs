//! How an analysis is answered: whole in the sale's answer, short in its query (D46), and the
//! velocity analysis.
//!
//! Invariant: what was sent is echoed under its own names; a status is a number in the sale's
//! answer and a word in the query.

use aval_domain::fraud::analysis::{Analysis, Reply, Status};
use aval_domain::fraud::request::{Browser, Cart, DefinedField, Shipping, Travel};
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use serde::Serialize;
use utoipa::ToSchema;

use super::sales::fraud_body::{BrowserBody, CartBody, DefinedFieldBody, ShippingBody, TravelBody};

/// The fraud analysis of a sale.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FraudAnalysisAnswer<'a> {
    /// In the sale's answer.
    Whole(Box<WholeAnalysis<'a>>),
    /// In the query of a sale.
    Short(ShortAnalysis<'a>),
}

/// The analysis in the sale's answer: what was sent, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WholeAnalysis<'a> {
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<&'a str>,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_criteria: Option<&'a str>,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_on_low_risk: Option<bool>,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    void_on_high_risk: Option<bool>,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    finger_print_id: Option<&'a str>,
    /// As sent.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<DefinedFieldBody>)]
    merchant_defined_fields: &'a [DefinedField],
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CartBody>)]
    cart: Option<&'a Cart>,
    /// As sent, DepartureTime as yyyy-MM-ddTHH:mm:ss.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TravelBody>)]
    travel: Option<&'a Travel>,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BrowserBody>)]
    browser: Option<&'a Browser>,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ShippingBody>)]
    shipping: Option<&'a Shipping>,
    /// Names the analysis.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// 1 Accept, 2 Reject, 3 Review, 4 not made.
    status: u8,
    /// 100, 480 or 481.
    #[serde(skip_serializing_if = "Option::is_none")]
    fraud_analysis_reason_code: Option<u16>,
    /// What was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ReplyDataAnswer>)]
    reply_data: Option<&'a Reply>,
}

/// What an analysis saw; several codes are joined with `^`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ReplyDataAnswer {
    /// COR-BA, MM-BIN …
    address_info_code: Option<String>,
    /// A to Z.
    factor_code: Option<String>,
    /// 0 to 99.
    score: u8,
    /// Two small letters.
    bin_country: Option<String>,
    /// The card's issuer.
    card_issuer: Option<String>,
    /// VisaCredit, MastercardCredit …
    card_scheme: Option<String>,
    /// 0 to 5.
    host_severity: u8,
    /// FREE-EM, MORPH-C …
    internet_info_code: Option<String>,
    /// Undefined.
    ip_routing_method: String,
    /// default_lac.
    score_model_used: String,
    /// 1 (first) to 5.
    case_priority: u8,
}

/// The analysis in the query of a sale.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ShortAnalysis<'a> {
    /// 100 Accept, 480 Review, 481 Reject, 150 not made.
    reason_code: u16,
    /// 0 to 99.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u8>,
    /// Accept, Reject, Review or Aborted.
    status: &'static str,
    /// A to Z, joined with `^`.
    #[serde(skip_serializing_if = "Option::is_none")]
    factor_code: Option<&'a str>,
}

/// The velocity analysis of a sale.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct VelocityAnswer<'a> {
    /// The PaymentId.
    id: String,
    /// Accept or Reject.
    result_message: &'a str,
    /// 0, or 100 beyond a limit.
    score: u8,
}

/// ReasonCode of a payment that an analysis or a limit ended.
pub const ABORTED_BY_FRAUD: u8 = 16;

/// The analysis of a sale in its answer; of one that was asked for where antifraud is off its
/// status only.
#[must_use]
pub fn whole(sale: &Sale) -> Option<FraudAnalysisAnswer<'_>> {
    let analysis: Option<&Analysis> = sale.details.fraud.as_deref();
    let Some(analysis) = analysis else {
        return off(sale).map(|status| {
            FraudAnalysisAnswer::Whole(Box::new(WholeAnalysis {
                status: status.number(),
                sequence: None,
                sequence_criteria: None,
                capture_on_low_risk: None,
                void_on_high_risk: None,
                finger_print_id: None,
                merchant_defined_fields: &[],
                cart: None,
                travel: None,
                browser: None,
                shipping: None,
                id: None,
                fraud_analysis_reason_code: None,
                reply_data: None,
            }))
        });
    };
    let request = &analysis.request;
    let status = sale.analysis.unwrap_or(Status::Aborted);
    let reply = analysis.reply.as_ref();
    Some(FraudAnalysisAnswer::Whole(Box::new(WholeAnalysis {
        sequence: request.sequence.as_deref(),
        sequence_criteria: request.sequence_criteria.as_deref(),
        capture_on_low_risk: request.capture_on_low_risk,
        void_on_high_risk: request.void_on_high_risk,
        finger_print_id: request.finger_print_id.as_deref(),
        merchant_defined_fields: &request.merchant_defined_fields,
        cart: request.cart.as_ref(),
        travel: request.travel.as_ref(),
        browser: request.browser.as_ref(),
        shipping: request.shipping.as_ref(),
        id: Some(&analysis.id),
        status: status.number(),
        fraud_analysis_reason_code: reply.map(|_| status.reason()),
        reply_data: reply,
    })))
}

/// The analysis of a sale in its query.
#[must_use]
pub fn short(sale: &Sale) -> Option<FraudAnalysisAnswer<'_>> {
    let analysis = sale.details.fraud.as_deref();
    if analysis.is_none() {
        // Of an analysis that was off nothing but its status is known, in either answer.
        return whole(sale);
    }
    let reply = analysis.and_then(|analysis| analysis.reply.as_ref());
    let status = sale.analysis.unwrap_or(Status::Aborted);
    Some(FraudAnalysisAnswer::Short(ShortAnalysis {
        reason_code: status.reason(),
        score: reply.map(|reply| reply.score),
        status: status.name(),
        factor_code: reply.and_then(|reply| reply.factor_code.as_deref()),
    }))
}

/// The status of an analysis that was off.
fn off(sale: &Sale) -> Option<Status> {
    sale.details
        .terms
        .analysis_aborted
        .then_some(Status::Aborted)
}

/// Whether an analysis or a limit ended the payment.
#[must_use]
pub fn was_aborted(sale: &Sale) -> bool {
    let limited = sale
        .details
        .velocity
        .as_ref()
        .is_some_and(|said| said.is_beyond());
    sale.state == State::Aborted && (limited || sale.analysis == Some(Status::Reject))
}

/// The velocity analysis of a sale.
#[must_use]
pub fn velocity(sale: &Sale) -> Option<VelocityAnswer<'_>> {
    let said = sale.details.velocity.as_deref()?;
    Some(VelocityAnswer {
        id: sale.id.to_string(),
        result_message: &said.result_message,
        score: said.score,
    })
}
