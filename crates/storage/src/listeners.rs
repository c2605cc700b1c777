//! What is stored of listeners: who listens, and what each has yet to hear.
//!
//! Invariant: a listener whose moment has passed hears nothing any more, and what it has not heard
//! is forgotten. Moments count real time, since a sandbox's clock can be moved under them.

use aval_domain::id::ListenerId;
use aval_domain::time::Timestamp;

use crate::changes::{Heard, Listener};
use crate::rows::listeners::listened_to;
use crate::{CommitError, ReadError, Storage, queries};

impl Storage {
    /// Begins to listen, or goes on, until a moment of real time.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn listen(&self, listener: Listener, until: Timestamp) -> Result<(), CommitError> {
        let merchant = listened_to(listener.merchant);
        let params = vec![merchant, listener.id.into(), until.into()];
        self.execute(queries::LISTEN, params).await.map(|_| ())
    }

    /// Who listens at a moment of real time.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn listeners(&self, now: Timestamp) -> Result<Vec<Listener>, ReadError> {
        self.rows(queries::LISTENERS, vec![now.into()]).await
    }

    /// What a listener has yet to hear, at most `limit`; of each payment never a later change
    /// without the earlier ones.
    ///
    /// # Errors
    /// As above.
    pub async fn to_be_heard(&self, by: ListenerId, limit: u32) -> Result<Vec<Heard>, ReadError> {
        self.rows(queries::HEARD, vec![by.into(), limit.into()])
            .await
    }

    /// Ends listening, and forgets what was not heard.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn stop_listening(&self, listener: Listener) -> Result<(), CommitError> {
        let merchant = listened_to(listener.merchant);
        self.execute(queries::STOP_LISTENING, vec![merchant, listener.id.into()])
            .await?;
        self.execute(queries::FORGET_HEARD_BY, vec![listener.id.into()])
            .await
            .map(|_| ())
    }

    /// Forgets listeners whose moment has passed, with what they have not heard; says how much.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn forget_listeners(&self, now: Timestamp) -> Result<u64, CommitError> {
        let unheard = self.execute(queries::FORGET_UNHEARD, vec![now.into()]);
        let unheard = unheard.await?;
        let gone = self.execute(queries::FORGET_LISTENERS, vec![now.into()]);
        Ok(unheard.saturating_add(gone.await?))
    }
}
