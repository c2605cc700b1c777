//! The RecurrentPayment node of a sale: its wire form and its rules (requirements R230 to R246).
//!
//! Invariant: a node in which nothing is said is no node; every code that applies is told. A node
//! that names a recurrence begins none.

use aval_domain::error_code::ErrorCode;
use aval_domain::id::RecurrentPaymentId;
use aval_domain::recurrence::calendar::{Date, Interval};
use aval_domain::recurrence::{NewPlan, PlanStatus};
use aval_domain::settings::Settings;
use aval_domain::time::parse_day;
use aval_gateway::error::Error;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::PaymentBody;
use super::faults::Faults;
use crate::call::Call;
use crate::error::ApiError;

/// A recurrence to begin.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecurrentPaymentBody {
    /// Whether the first payment is made at once.
    pub authorize_now: Option<bool>,
    /// yyyy-MM-dd; when the first payment is not made at once.
    pub start_date: Option<String>,
    /// yyyy-MM-dd, the last day on which a payment may be made.
    pub end_date: Option<String>,
    /// Monthly, Bimonthly, Quarterly, SemiAnnual or Annual, or its months; Monthly when absent.
    pub interval: Option<String>,
    /// Absent: a sale begins a new recurrence, and one that is there cannot begin again.
    pub recurrent_payment_id: Option<String>,
}

const NAME: &str = "Payment.RecurrentPayment.RecurrentPaymentId";

/// Reads the node of a payment that has one.
pub(super) fn read(
    payment: &PaymentBody,
    settings: &Settings,
    faults: &mut Faults,
) -> Option<NewPlan> {
    const NODE: &str = "Payment.RecurrentPayment";
    const NOW: &str = "Payment.RecurrentPayment.AuthorizeNow";
    const START: &str = "Payment.RecurrentPayment.StartDate";
    const END: &str = "Payment.RecurrentPayment.EndDate";
    let body = payment.recurrent_payment.as_ref()?;
    if !settings.recurrence {
        faults.add(ErrorCode::RECURRENCE_OFF, NODE);
    }
    if payment.installments.is_some_and(|number| number > 1) {
        faults.add(ErrorCode::RECURRENT_INSTALLMENTS, "Payment.Installments");
    }
    if body.authorize_now.is_none() {
        faults.add(ErrorCode::AUTHORIZE_NOW_REQUIRED, NOW);
    }
    let start = date(body.start_date.as_deref(), START, faults);
    if body.authorize_now == Some(false) && is_blank(body.start_date.as_deref()) {
        faults.add(ErrorCode::REQUEST_FORMAT, START);
    }
    let end = date(body.end_date.as_deref(), END, faults);
    let interval = interval(body.interval.as_deref(), faults);
    let named = named(body.recurrent_payment_id.as_deref(), faults);
    Some(NewPlan {
        authorize_now: body.authorize_now?,
        start,
        end,
        interval: interval?,
        named,
    })
}

/// The recurrence that is named; clients that send every member send an empty name, or zeros.
fn named(sent: Option<&str>, faults: &mut Faults) -> Option<RecurrentPaymentId> {
    let sent = sent.map(str::trim).filter(|text| !text.is_empty())?;
    let id = RecurrentPaymentId::parse(sent);
    if id.is_none() {
        faults.add(ErrorCode::RECURRENCE_UNKNOWN, NAME);
    }
    id.filter(|id| *id.as_bytes() != [0; 16])
}

/// Refuses a sale that names a recurrence, since it would be a second one beside it: 168 when there
/// is none of that name, 169 when it is not active, and else 186.
pub(super) async fn refuse_named(call: &Call, plan: Option<NewPlan>) -> Result<(), ApiError> {
    let Some(id) = plan.and_then(|plan| plan.named) else {
        return Ok(());
    };
    let storage = &call.server.app.storage;
    let found = storage.recurrent_payment(call.merchant.id, id).await;
    let code = match found.map_err(Error::from)?.map(|plan| plan.status) {
        None => ErrorCode::RECURRENCE_UNKNOWN,
        Some(PlanStatus::Active) => ErrorCode::OPTIONS_NOT_SUPPORTED,
        Some(_) => ErrorCode::RECURRENCE_INACTIVE,
    };
    Err(ApiError::one(code, NAME))
}

/// A day; empty counts as absent.
fn date(sent: Option<&str>, field: &'static str, faults: &mut Faults) -> Option<Date> {
    let sent = sent.map(str::trim).filter(|text| !text.is_empty())?;
    let day = parse_day(sent);
    if day.is_none() {
        faults.size(Some(sent), 10, ErrorCode::FIELD_SIZE, field);
        faults.add(ErrorCode::REQUEST_FORMAT, field);
    }
    day
}

fn interval(sent: Option<&str>, faults: &mut Faults) -> Option<Interval> {
    const FIELD: &str = "Payment.RecurrentPayment.Interval";
    let sent = sent.unwrap_or("").trim();
    if sent.is_empty() {
        return Some(Interval::default());
    }
    faults.size(Some(sent), 10, ErrorCode::FIELD_SIZE, FIELD);
    let interval = Interval::parse(sent);
    if interval.is_none() {
        faults.add(ErrorCode::REQUEST_FORMAT, FIELD);
    }
    interval
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}
