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

impl Refusal {
    /// The API error code that tells the caller.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::PaymentNotFound => ErrorCode::PAYMENT_NOT_FOUND,
            Self::NotCapturable | Self::CaptureAmount | Self::ServiceTax => {
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
