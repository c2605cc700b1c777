//! A connection that writes, and whether it is inside a transaction.
//!
//! Invariant: nothing is sent behind a BEGIN that may have failed, since each statement would then
//! be committed by itself. A BEGIN is waited for, and saved under load: each COMMIT begins the
//! next transaction as well (`AND CHAIN`), which holds nothing until it writes.

use tokio_postgres::{Client, Error, Statement};

use super::link::{Link, Trouble};
use super::statements::Text;

/// A connection that writes.
pub(super) struct Session {
    link: Link,
    inside: bool,
}

impl Session {
    pub(super) const fn new(link: Link) -> Self {
        Self {
            link,
            inside: false,
        }
    }

    pub(super) fn client(&self) -> &Client {
        self.link.client()
    }

    /// The connection.
    pub(super) const fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn is_closed(&self) -> bool {
        self.link.is_closed()
    }

    /// Whether a transaction has begun.
    pub(super) const fn is_inside(&self) -> bool {
        self.inside
    }

    /// The statement for a text.
    pub(super) async fn prepare(&self, text: Text) -> Result<Statement, Trouble> {
        self.link.prepare(text).await
    }

    /// Begins a transaction unless one has begun.
    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        if !self.inside {
            self.client().batch_execute("BEGIN").await?;
            self.inside = true;
        }
        Ok(())
    }

    /// Commits and begins the next; rolls back and begins the next when a statement has failed,
    /// without saying so.
    pub(super) async fn commit(&self) -> Result<(), Error> {
        self.client().batch_execute("COMMIT AND CHAIN").await
    }

    /// Leaves the transaction, undoing what was not committed.
    pub(super) async fn roll_back(&mut self) -> Result<(), Error> {
        if self.inside {
            self.client().batch_execute("ROLLBACK").await?;
            self.inside = false;
        }
        Ok(())
    }
}
