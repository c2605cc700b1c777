//! Answers kept under an Idempotency-Key (decision D07).
//!
//! Invariant: an answer is kept in the commit of its effect; of two requests with one key one has
//! an effect, and both get its answer.

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::{DAY, Timestamp};
use aval_storage::{Changes, KeptAnswer, Write};

use crate::app::App;
use crate::error::Error;

/// Under which key an answer is kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Whose.
    pub merchant: MerchantId,
    /// Keyed digest of the key: the key itself is the caller's text, and may say more than a key.
    pub key: [u8; 32],
    /// Keyed digest of the request.
    pub request: [u8; 32],
    /// When the request came.
    pub now: Timestamp,
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

impl Keep {
    /// An answer as it is kept.
    #[must_use]
    pub fn answer(&self, rendered: &Rendered) -> KeptAnswer {
        KeptAnswer {
            merchant: self.merchant,
            key: self.name(),
            request: self.request,
            status: rendered.status,
            body: rendered.body.clone(),
            location: rendered.location.clone(),
            created_at: self.now,
        }
    }

    /// The write that keeps an answer.
    #[must_use]
    pub fn write(&self, rendered: &Rendered) -> Write {
        let forget_before = self.now.plus(KEPT_FOR.saturating_neg());
        Write::KeepAnswer {
            answer: Box::new(self.answer(rendered)),
            forget_before,
        }
    }

    /// The key's digest as it is stored.
    fn name(&self) -> String {
        let pair = |byte: &u8| format!("{byte:02x}");
        self.key.iter().map(pair).collect()
    }
}

/// The answer kept under a key, when it is of the last day. The sandbox's clock may have been set
/// back since: an answer from at most a day ahead counts too, since clocks of two servers differ;
/// one from further ahead is forgotten, for it would hold the key until its own day has passed.
///
/// # Errors
/// When the store is out of reach.
pub async fn find(app: &App, keep: &Keep) -> Result<Option<KeptAnswer>, Error> {
    let name = keep.name();
    let Some(kept) = app.storage.answer(keep.merchant, &name).await? else {
        return Ok(None);
    };
    let age = keep.now.since(kept.created_at);
    if age < KEPT_FOR.saturating_neg() {
        let forgotten = app
            .storage
            .forget_answer(keep.merchant, &name, kept.created_at);
        forgotten.await?;
        return Ok(None);
    }
    Ok((age <= KEPT_FOR).then_some(kept))
}

/// Whether whoever made a sale may still be waiting for its acquirer, on whichever server: then
/// what is kept is that of the attempt, and the answer will take its place (decision D15).
///
/// # Errors
/// When the store is out of reach.
pub async fn is_under_way(app: &App, kept: &KeptAnswer) -> Result<bool, Error> {
    let location = kept.location.as_deref().unwrap_or_default();
    let named = location.rsplit('/').next().and_then(PaymentId::parse);
    let Some(payment) = named else {
        return Ok(false);
    };
    let in_doubt = app.storage.unfinished(kept.merchant, payment).await?;
    // Due first when the acquirer has had its time; later it is somebody else who asks.
    Ok(in_doubt.is_some_and(|row| row.version == 1 && app.clock.now() < row.due_at))
}

/// Keeps an answer that has no effect of its own: a refusal.
///
/// # Errors
/// [`Error::KeyTaken`] when another came first.
pub async fn keep(app: &App, keep: &Keep, rendered: &Rendered) -> Result<(), Error> {
    let changes = Changes {
        merchant: keep.merchant,
        writes: vec![keep.write(rendered)],
    };
    Ok(app.storage.commit(changes).await?)
}
