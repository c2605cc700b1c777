//! Why an operation did not do what was asked.
//!
//! Invariant: an error changed nothing, except [`Error::Unavailable`], after which nobody knows. A
//! denial by an acquirer is no error.

use aval_domain::refusal::Refusal;
use aval_storage::{CommitError, Conflict, ReadError};
use aval_vault::VaultError;

/// Why an operation did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule of the field forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The merchant has no such card token.
    #[error("no such card token")]
    TokenNotFound,
    /// The order number was used, and the merchant refuses that.
    #[error("the order number was used")]
    OrderDuplicated,
    /// The number drawn for a slip was drawn before.
    #[error("the number of the slip was drawn before")]
    SlipNumberTaken,
    /// The Idempotency-Key has an answer: give that.
    #[error("the idempotency key has an answer")]
    KeyTaken,
    /// No acquirer is linked for what was asked.
    #[error("no acquirer is linked")]
    NoAcquirer,
    /// Too much is waiting; nothing was done.
    #[error("too much is waiting")]
    Overloaded,
    /// The store is out of reach.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(why) => Self::Unavailable(why),
            ReadError::Corrupt(corrupt) => Self::Internal(corrupt.to_string()),
        }
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(Conflict::KeyTaken) => Self::KeyTaken,
            CommitError::Conflict(Conflict::OrderTaken) => Self::OrderDuplicated,
            CommitError::Conflict(Conflict::SlipNumberTaken) => Self::SlipNumberTaken,
            // Operations try again on a version conflict; here it was one too many.
            CommitError::Conflict(Conflict::Version) => Self::Overloaded,
            CommitError::Conflict(Conflict::LoginTaken) => {
                Self::Internal("a login exists".to_owned())
            }
            CommitError::Conflict(Conflict::AuditNumberTaken) => Self::Overloaded,
            CommitError::Conflict(Conflict::CyclePaid) => {
                Self::Internal("a cycle of a recurrence was paid".to_owned())
            }
            CommitError::Full => Self::Overloaded,
            CommitError::Unavailable(why) => Self::Unavailable(why),
            CommitError::Refused(why) => Self::Internal(why),
        }
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        Self::Internal(error.to_string())
    }
}
