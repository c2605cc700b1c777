//! What payments, refusals and events are called.
//!
//! Invariant: every value has a word in both languages; none is shown by its name in the code.

use aval_domain::fraud::analysis::Status as Analysed;
use aval_domain::method::Method;
use aval_domain::notification::Change;
use aval_domain::operation::Kind;
use aval_domain::payment::Status;
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;

use super::text::Texts;

/// A word in a colour of its meaning.
#[derive(Debug, Clone, Copy)]
pub struct Badge {
    /// The word.
    pub label: &'static str,
    /// `good`, `wrong`, `mind`, `info` or `soft`.
    pub tone: &'static str,
}

/// Where a payment stands, in the words of the search (decision D48).
#[must_use]
pub fn status(t: &'static Texts, sale: &Sale) -> Badge {
    let status = sale.state.status();
    // A slip that was issued waits for its buyer.
    if status == Status::Authorized && sale.details.method.card().is_none() {
        return Badge {
            label: t.st_to_pay,
            tone: "mind",
        };
    }
    of_status(t, status)
}

/// The words of a status.
#[must_use]
pub const fn of_status(t: &'static Texts, status: Status) -> Badge {
    let (label, tone) = match status {
        Status::NotFinished => (t.st_not_finished, "mind"),
        Status::Authorized => (t.st_authorized, "info"),
        Status::PaymentConfirmed => (t.st_paid, "good"),
        Status::Denied => (t.st_denied, "wrong"),
        Status::Voided => (t.st_voided, "soft"),
        Status::Refunded => (t.st_refunded, "soft"),
        Status::Pending => (t.st_pending, "mind"),
        Status::Aborted => (t.st_aborted, "wrong"),
    };
    Badge { label, tone }
}

/// The name that the API's documentation has for a status.
#[must_use]
pub const fn name(status: Status) -> &'static str {
    match status {
        Status::NotFinished => "NotFinished",
        Status::Authorized => "Authorized",
        Status::PaymentConfirmed => "PaymentConfirmed",
        Status::Denied => "Denied",
        Status::Voided => "Voided",
        Status::Refunded => "Refunded",
        Status::Pending => "Pending",
        Status::Aborted => "Aborted",
    }
}

/// How a sale is paid.
#[must_use]
pub const fn method(t: &'static Texts, method: &Method) -> &'static str {
    match method {
        Method::Credit(_) => t.m_credit,
        Method::Debit(_) => t.m_debit,
        Method::Transfer(_) => t.m_transfer,
        Method::Boleto(_) => t.m_boleto,
    }
}

/// Why something is not done.
#[must_use]
pub const fn refusal(t: &'static Texts, refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::PaymentNotFound => t.why_not_found,
        Refusal::NotCapturable => t.why_capture_state,
        Refusal::CaptureLate => t.why_capture_late,
        Refusal::CaptureAmount => t.why_capture_amount,
        Refusal::NotVoidable => t.why_void_state,
        Refusal::VoidAmount => t.why_void_amount,
        Refusal::Unsupported => t.why_unsupported,
        Refusal::RefundsOff => t.why_refunds_off,
        Refusal::NotRefundable => t.why_too_old,
        Refusal::ServiceTax
        | Refusal::PaidAmount
        | Refusal::Decided
        | Refusal::RecurrenceNotFound
        | Refusal::RecurrenceInactive
        | Refusal::PendingPayment
        | Refusal::PastDate
        | Refusal::EndBeforeNext
        | Refusal::NoAffiliation => t.why_other,
    }
}

/// What to tell the buyer when the simulator denied with a code.
#[must_use]
pub fn action(t: &'static Texts, code: &str) -> Option<&'static str> {
    Some(match code {
        "2" | "05" | "78" => t.tell_issuer,
        "57" => t.tell_expired,
        "70" | "77" => t.tell_other_card,
        "99" => t.tell_later,
        _ => return None,
    })
}

/// What was done to a payment.
#[must_use]
pub const fn kind(t: &'static Texts, kind: Kind) -> Badge {
    let (label, tone) = match kind {
        Kind::Capture => (t.ev_capture, "good"),
        Kind::Void => (t.ev_void, "soft"),
        Kind::Refund => (t.ev_refund, "soft"),
        Kind::Payment => (t.ev_payment, "good"),
        Kind::Authentication => (t.ev_authentication, "info"),
        Kind::Denial => (t.ev_denial, "wrong"),
        Kind::Deferral => (t.ev_deferral, "mind"),
        Kind::Abandonment => (t.ev_abandonment, "soft"),
        Kind::Resolution => (t.ev_resolution, "info"),
    };
    Badge { label, tone }
}

/// What a notification tells of.
#[must_use]
pub const fn change(t: &'static Texts, change: Change) -> &'static str {
    match change {
        Change::PaymentStatus => t.ch_status,
        Change::RecurrenceCreated => t.ch_recurrence,
        Change::Antifraud => t.ch_antifraud,
        Change::RecurrenceStatus => t.ch_plan,
        Change::CancelDenied => t.ch_cancel_denied,
        Change::BoletoUnderpaid => t.ch_underpaid,
        Change::Chargeback => t.ch_chargeback,
        Change::FraudAlert => t.ch_alert,
        Change::PartialCancel => t.ch_partial,
    }
}

/// Where a fraud analysis stands.
#[must_use]
pub const fn analysed(t: &'static Texts, status: Analysed) -> Badge {
    let (label, tone) = match status {
        Analysed::Accept => (t.an_accept, "good"),
        Analysed::Reject => (t.an_reject, "wrong"),
        Analysed::Review => (t.an_review, "mind"),
        Analysed::Aborted => (t.an_aborted, "soft"),
        Analysed::Unfinished => (t.an_unfinished, "mind"),
    };
    Badge { label, tone }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backoffice::search;
    use crate::pages::Language;

    #[test]
    fn a_status_has_one_name_and_one_tone_on_every_page() {
        let statuses = (0..=20).filter_map(Status::of_number);
        for (status, language) in
            statuses.flat_map(|one| [Language::Portuguese, Language::English].map(|it| (one, it)))
        {
            let here = of_status(Texts::of(language), status);
            let listed = search::Words::of(language).status(status);
            assert_eq!(here.label, listed, "{status:?}");
            let tone = search::Words::tone(status);
            assert_eq!(format!("badge-{}", here.tone), tone, "{status:?}");
        }
    }
}
