//! Errors at the rim: what a caller is told, and with which HTTP status (decision D03).
//!
//! Invariant: two audiences. The caller gets codes and the member concerned; the operator gets the
//! cause, once, in the log beside the RequestId. No error shows a value of the request.

use std::borrow::Cow;

use aval_domain::error_code::ErrorCode;
use aval_domain::refusal::Refusal;
use aval_gateway::error::Error;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// One code, and the member it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The code.
    pub code: ErrorCode,
    /// The member's path on the wire, such as `Payment.CreditCard.ExpirationDate` (D09).
    pub field: Option<Cow<'static, str>>,
}

impl Fault {
    /// A code that concerns no single member.
    #[must_use]
    pub const fn plain(code: ErrorCode) -> Self {
        Self { code, field: None }
    }
}

/// Why a call was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// 400: codes in numeric order.
    Invalid(Vec<Fault>),
    /// 401 with an empty body (live dialect).
    Unauthorized,
    /// 403 with an empty body (live dialect).
    Forbidden,
    /// 404: with a code, or with an empty body.
    NotFound(Option<ErrorCode>),
    /// 404: no such path.
    NoRoute,
    /// 405: the path knows other methods.
    MethodNotAllowed(&'static str),
    /// 408: the body came too slowly or broke off.
    BodyIncomplete,
    /// 409: the first request with this Idempotency-Key has no answer yet.
    StillRunning,
    /// 413: more than 256 KiB.
    TooLarge,
    /// 422: the Idempotency-Key was used with another request.
    OtherRequest,
    /// 429: the merchant's rate limit.
    TooManyRequests,
    /// 503 with Retry-After: too much waits, or the store is out of reach. The cause is logged.
    Unavailable(String),
    /// 500. The cause is logged.
    Internal(String),
}

/// One element of the body of an error.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorAnswer {
    /// Number of the error (manual lines 5758 to 5897).
    code: u16,
    /// The manual's message.
    message: &'static str,
    /// The member concerned, by its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Cow<'static, str>>,
}

impl ApiError {
    /// 400 with one code for one member.
    #[must_use]
    pub fn one(code: ErrorCode, field: &'static str) -> Self {
        Self::Invalid(vec![Fault {
            code,
            field: Some(Cow::Borrowed(field)),
        }])
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::NoRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyIncomplete => StatusCode::REQUEST_TIMEOUT,
            Self::StillRunning => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::OtherRequest => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body: always an array, since clients crash on anything else; or empty.
    #[must_use]
    pub fn body(&self) -> String {
        let faults: Vec<Fault> = match self {
            Self::Invalid(faults) => faults.clone(),
            Self::NotFound(Some(code)) => vec![Fault::plain(*code)],
            Self::Unauthorized | Self::Forbidden | Self::NotFound(None) => return String::new(),
            Self::OtherRequest => vec![Fault::plain(ErrorCode::IDEMPOTENCY_OTHER_REQUEST)],
            Self::StillRunning => vec![Fault::plain(ErrorCode::IDEMPOTENCY_RUNNING)],
            Self::TooManyRequests => vec![Fault::plain(ErrorCode::TOO_MANY_REQUESTS)],
            Self::NoRoute
            | Self::MethodNotAllowed(_)
            | Self::BodyIncomplete
            | Self::TooLarge
            | Self::Unavailable(_)
            | Self::Internal(_) => Vec::new(),
        };
        let answers: Vec<ErrorAnswer> = faults
            .into_iter()
            .map(|Fault { code, field }| ErrorAnswer {
                code: code.number(),
                message: code.message(),
                field,
            })
            .collect();
        serde_json::to_string(&answers).unwrap_or_else(|_| "[]".to_owned())
    }

    /// What the operator is told of it, once, in the log; the caller is not.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => Some(cause),
            Self::Invalid(_)
            | Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound(_)
            | Self::NoRoute
            | Self::MethodNotAllowed(_)
            | Self::BodyIncomplete
            | Self::StillRunning
            | Self::TooLarge
            | Self::OtherRequest
            | Self::TooManyRequests => None,
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::PaymentNotFound => Self::NotFound(Some(refusal.code())),
            Refusal::RecurrenceNotFound => Self::NotFound(Some(refusal.code())),
            Refusal::ServiceTax => Self::one(refusal.code(), "serviceTaxAmount"),
            Refusal::CaptureAmount | Refusal::VoidAmount => Self::one(refusal.code(), "amount"),
            Refusal::PaidAmount => Self::one(refusal.code(), "Amount"),
            Refusal::NotCapturable
            | Refusal::CaptureLate
            | Refusal::NotVoidable
            | Refusal::Unsupported
            | Refusal::Decided
            | Refusal::RefundsOff
            | Refusal::NotRefundable
            | Refusal::RecurrenceInactive
            | Refusal::PendingPayment
            | Refusal::PastDate
            | Refusal::EndBeforeNext
            | Refusal::NoAffiliation => Self::Invalid(vec![Fault::plain(refusal.code())]),
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::TokenNotFound => Self::NotFound(Some(ErrorCode::TOKEN_NOT_FOUND)),
            Error::OrderDuplicated => Self::one(ErrorCode::ORDER_DUPLICATED, "MerchantOrderId"),
            Error::NoAcquirer => {
                Self::Invalid(vec![Fault::plain(ErrorCode::AFFILIATION_NOT_FOUND)])
            }
            Error::KeyTaken => Self::StillRunning,
            Error::Overloaded | Error::SlipNumberTaken => Self::Unavailable(error.to_string()),
            Error::Unavailable(cause) => Self::Unavailable(cause),
            Error::Internal(cause) => Self::Internal(cause),
        }
    }
}
