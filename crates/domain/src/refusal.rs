//! Refusals: what we will not do, because a rule of the field forbids it.
//!
//! Invariant: a refusal changed nothing. A denial by an acquirer is no refusal.

use crate::error_code::ErrorCode;

/// Why an operation on an existing sale or recurrence is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The merchant has no such payment.
    #[error("no such payment")]
    PaymentNotFound,
    /// State or time do not allow a capture (decision D12).
    #[error("not available to capture")]
    NotCapturable,
    /// Later than the merchant's days for a capture (decision D12).
    #[error("too late to capture")]
    CaptureLate,
    /// A capture of nothing, or of more than was authorized (decision D12).
    #[error("the amount is not one that can be captured")]
    CaptureAmount,
    /// A capture with a service tax below zero or above the sale's amount.
    #[error("the service tax exceeds the amount")]
    ServiceTax,
    /// The state does not allow a void (decision D13).
    #[error("not available to void")]
    NotVoidable,
    /// A void of nothing, of more than is left, or of a part of what was not captured (D13).
    #[error("the amount is not one that can be voided")]
    VoidAmount,
    /// The payment method knows no such operation.
    #[error("the payment method does not support this operation")]
    Unsupported,
    /// Later than 24 hours after the capture, and refunds are off.
    #[error("refunds are not enabled")]
    RefundsOff,
    /// Captured more than 360 days ago.
    #[error("too old to be refunded")]
    NotRefundable,
    /// Not what can be paid of it.
    #[error("the amount is not one that can be paid")]
    PaidAmount,
    /// The buyer, the bank or the issuer has decided already.
    #[error("the payment is decided")]
    Decided,
    /// The merchant has no such recurrence.
    #[error("no such recurrence")]
    RecurrenceNotFound,
    /// The recurrence is not active (decision D35).
    #[error("the recurrence is not active")]
    RecurrenceInactive,
    /// Attempts at a cycle are under way (decision D34).
    #[error("a payment of the recurrence is pending")]
    PendingPayment,
    /// A next date before today (decision D34).
    #[error("the date is past")]
    PastDate,
    /// The recurrence would end before its next date (decision D34).
    #[error("the end lies before the next date")]
    EndBeforeNext,
    /// Nobody is linked who could charge a new payment of a recurrence.
    #[error("the recurrence has no affiliation")]
    NoAffiliation,
}

/// Every refusal with its word.
const NAMES: [(Refusal, &str); 18] = [
    (Refusal::PaymentNotFound, "payment-not-found"),
    (Refusal::NotCapturable, "not-capturable"),
    (Refusal::CaptureLate, "capture-late"),
    (Refusal::CaptureAmount, "capture-amount"),
    (Refusal::ServiceTax, "service-tax"),
    (Refusal::NotVoidable, "not-voidable"),
    (Refusal::VoidAmount, "void-amount"),
    (Refusal::Unsupported, "unsupported"),
    (Refusal::RefundsOff, "refunds-off"),
    (Refusal::NotRefundable, "not-refundable"),
    (Refusal::PaidAmount, "paid-amount"),
    (Refusal::Decided, "decided"),
    (Refusal::RecurrenceNotFound, "recurrence-not-found"),
    (Refusal::RecurrenceInactive, "recurrence-inactive"),
    (Refusal::PendingPayment, "pending-payment"),
    (Refusal::PastDate, "past-date"),
    (Refusal::EndBeforeNext, "end-before-next"),
    (Refusal::NoAffiliation, "no-affiliation"),
];

impl Refusal {
    /// The word in columns.
    #[must_use]
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(refusal, _)| *refusal == self);
        found.map_or("", |(_, name)| name)
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(_, known)| *known == name);
        found.map(|(refusal, _)| *refusal)
    }

    /// The API error code that tells the caller.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::PaymentNotFound => ErrorCode::PAYMENT_NOT_FOUND,
            Self::NotCapturable | Self::CaptureLate | Self::CaptureAmount | Self::ServiceTax => {
                ErrorCode::NOT_CAPTURABLE
            }
            Self::NotVoidable | Self::VoidAmount => ErrorCode::NOT_VOIDABLE,
            Self::Unsupported => ErrorCode::OPERATION_UNSUPPORTED,
            Self::RefundsOff => ErrorCode::REFUND_OFF,
            Self::NotRefundable => ErrorCode::NOT_REFUNDABLE,
            Self::PaidAmount => ErrorCode::SANDBOX_VALUE,
            Self::Decided => ErrorCode::PAYMENT_DECIDED,
            Self::RecurrenceNotFound => ErrorCode::RECURRENCE_NOT_FOUND,
            Self::RecurrenceInactive => ErrorCode::RECURRENCE_INACTIVE,
            Self::PendingPayment => ErrorCode::RECURRENCE_PENDING,
            Self::PastDate => ErrorCode::RECURRENCE_PAST_DATE,
            Self::EndBeforeNext => ErrorCode::RECURRENCE_END,
            Self::NoAffiliation => ErrorCode::RECURRENCE_AFFILIATION,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_again_by_its_word() {
        for (refusal, name) in NAMES {
            assert_eq!(refusal.name(), name);
            assert_eq!(Refusal::parse(name), Some(refusal));
        }
        assert_eq!(Refusal::parse(""), None);
    }
}
