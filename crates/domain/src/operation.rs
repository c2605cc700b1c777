//! What was done to a payment after its sale: one record for each capture, void or refund.
//!
//! Invariant: written in the commit that makes the change, never altered. The sale itself is
//! version 1 and stands in its own row.

use crate::amount::Amount;
use crate::id::{MerchantId, PaymentId};
use crate::sale::Sale;
use crate::time::Timestamp;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Money was taken.
    Capture,
    /// Money or the reserved limit was given back within 24 hours of the capture.
    Void,
    /// Money was given back later.
    Refund,
    /// Money came: a transfer, or what was paid of a slip.
    Payment,
    /// The buyer was at the issuer's page, known there or not.
    Authentication,
    /// The buyer's bank refused.
    Denial,
    /// The buyer's bank will decide later.
    Deferral,
    /// The buyer gave up.
    Abandonment,
    /// What an acquirer had decided was found out, when its answer had not come (decision D15).
    Resolution,
}

impl Kind {
    /// The word in columns, logs and pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Payment => "payment",
            Self::Authentication => "authentication",
            Self::Denial => "denial",
            Self::Deferral => "deferral",
            Self::Abandonment => "abandonment",
            Self::Resolution => "resolution",
        }
    }

    /// Reads the word of a column.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Capture,
            Self::Void,
            Self::Refund,
            Self::Payment,
            Self::Authentication,
            Self::Denial,
            Self::Deferral,
            Self::Abandonment,
            Self::Resolution,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// What an acquirer said of a payment, as an operation found it and may have replaced it: the
/// answer to what was done before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// The ProofOfSale; empty while the acquirer was not asked.
    pub proof_of_sale: String,
    /// Its code.
    pub return_code: String,
    /// Its text.
    pub return_message: String,
}

impl Marks {
    /// Those that a sale has; absent while nothing was answered.
    #[must_use]
    pub fn of(sale: &Sale) -> Option<Self> {
        let receipt = sale.receipt.as_ref()?;
        Some(Self {
            proof_of_sale: receipt.proof_of_sale.clone(),
            return_code: receipt.return_code.clone(),
            return_message: receipt.return_message.clone(),
        })
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Whose.
    pub merchant: MerchantId,
    /// Of which payment.
    pub payment: PaymentId,
    /// The version of the payment that it made.
    pub version: u32,
    /// What was done.
    pub kind: Kind,
    /// Cents.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
    /// The RequestId it came with (R036).
    pub request_id: String,
    /// The acquirer's code.
    pub return_code: String,
    /// The login of the back-office user who did it; absent when it came by the API.
    pub by: Option<String>,
    /// What was answered before it; absent where nothing was, and of records that are older than
    /// this member.
    pub before: Option<Marks>,
}
