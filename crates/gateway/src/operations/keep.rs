//! Answers kept under an Idempotency-Key (decision D07).
//!
//! Invariant: an answer is kept in the commit of its effect; of two requests with one key one has
//! an effect, and both get its answer.

use aval_domain::id::MerchantId;
use aval_domain::sale::Sale;
use aval_domain::time::{DAY, Timestamp};
use aval_storage::{Changes, KeptAnswer, Write};

use crate::app::App;
use crate::error::Error;

/// Under which key an answer is kept.
#[derive(Clone, Copy)]
pub struct Keep<'a> {
    /// Whose.
    pub merchant: MerchantId,
    /// The key.
    pub key: &'a str,
    /// Keyed digest of the request.
    pub request: [u8; 32],
    /// When the request came.
    pub now: Timestamp,
    /// Makes the answer for a sale.
    pub render: &'a (dyn Fn(&Sale) -> Rendered + Sync),
}

/// An answer as it will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
    /// Header Location.
    pub location: Option<String>,
}

/// How long an answer is kept: 24 hours, in microseconds.
pub const KEPT_FOR: i64 = DAY;

impl Keep<'_> {
    /// The write that keeps an answer.
    #[must_use]
    pub fn write(&self, rendered: &Rendered) -> Write {
        let answer = KeptAnswer {
            merchant: self.merchant,
            key: self.key.to_owned(),
            request: self.request,
            status: rendered.status,
            body: rendered.body.clone(),
            location: rendered.location.clone(),
            created_at: self.now,
        };
        let forget_before = self.now.plus(KEPT_FOR.saturating_neg());
        Write::KeepAnswer {
            answer: Box::new(answer),
            forget_before,
        }
    }
}

/// The answer kept under a key, when it is not too old.
///
/// # Errors
/// When the store is out of reach.
pub async fn find(
    app: &App,
    merchant: MerchantId,
    key: &str,
    now: Timestamp,
) -> Result<Option<KeptAnswer>, Error> {
    let kept = app.storage.answer(merchant, key).await?;
    Ok(kept.filter(|answer| now.since(answer.created_at) <= KEPT_FOR))
}

/// Keeps an answer that has no effect of its own: a refusal.
///
/// # Errors
/// [`Error::KeyTaken`] when another came first.
pub async fn keep(app: &App, keep: &Keep<'_>, rendered: &Rendered) -> Result<(), Error> {
    let changes = Changes {
        merchant: keep.merchant,
        writes: vec![keep.write(rendered)],
    };
    Ok(app.storage.commit(changes).await?)
}
