//! What is stored of access: users, sessions, attempts to sign in, invitations, the audit log.
//!
//! Invariant: everything is asked for with its merchant, so that no session, link or name of one
//! merchant finds anything of another.

use aval_domain::audit::Entry;
use aval_domain::id::MerchantId;
use aval_domain::merchant::Merchant;
use aval_domain::session::{Invitation, Session, SignIns};
use aval_domain::time::Timestamp;
use aval_domain::user::User;

use crate::queries::access as queries;
use crate::{CommitError, ReadError, Storage};

/// One write of access, with what it expects.
#[derive(Debug, Clone)]
pub enum AccessWrite {
    /// A user who changed; expects the version before.
    UpdateUser(Box<User>),
    /// A new session; its token is new.
    InsertSession(Box<Session>),
    /// A session that was used; expects the version before.
    UpdateSession(Box<Session>),
    /// A session that ends; it may have ended.
    DeleteSession([u8; 32]),
    /// What is remembered of attempts to sign in; expects the version before, and nothing where it
    /// is the first.
    PutSignIns(Box<SignIns>),
    /// A new invitation; its token is new.
    InsertInvitation(Box<Invitation>),
    /// An invitation that holds no more; it may be gone.
    DeleteInvitation([u8; 32]),
    /// An entry of the audit log; expects that its number is free.
    InsertEntry(Box<Entry>),
}

impl Storage {
    /// The merchant of an establishment code.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn merchant_of_establishment(
        &self,
        code: &str,
    ) -> Result<Option<Merchant>, ReadError> {
        self.first(queries::MERCHANT_OF_ESTABLISHMENT, vec![code.into()])
            .await
    }

    /// A back-office user of a merchant.
    ///
    /// # Errors
    /// As above.
    pub async fn user(&self, of: MerchantId, login: &str) -> Result<Option<User>, ReadError> {
        self.first(queries::USER, vec![of.into(), login.into()])
            .await
    }

    /// Users of a merchant by login, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn users(
        &self,
        of: MerchantId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<User>, ReadError> {
        let params = vec![of.into(), after.into(), limit.into()];
        self.rows(queries::USERS, params).await
    }

    /// The session of a token's hash.
    ///
    /// # Errors
    /// As above.
    pub async fn session(
        &self,
        of: MerchantId,
        id: [u8; 32],
    ) -> Result<Option<Session>, ReadError> {
        let params = vec![of.into(), id.to_vec().into()];
        self.first(queries::SESSION, params).await
    }

    /// Sessions of a user in the order of their ids, after one, at most `limit`; those that are
    /// over by time among them.
    ///
    /// # Errors
    /// As above.
    pub async fn sessions(
        &self,
        of: MerchantId,
        login: &str,
        after: [u8; 32],
        limit: u32,
    ) -> Result<Vec<Session>, ReadError> {
        let params = vec![of.into(), login.into(), after.to_vec().into(), limit.into()];
        self.rows(queries::SESSIONS, params).await
    }

    /// Forgets sessions of a merchant that nobody used since a moment; says how many.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn forget_sessions(
        &self,
        of: MerchantId,
        unused_since: Timestamp,
    ) -> Result<u64, CommitError> {
        let params = vec![of.into(), unused_since.into()];
        self.execute(queries::FORGET_SESSIONS, params).await
    }

    /// What is remembered of attempts to sign in as a user.
    ///
    /// # Errors
    /// As above.
    pub async fn sign_ins(
        &self,
        of: MerchantId,
        login: &str,
    ) -> Result<Option<SignIns>, ReadError> {
        self.first(queries::SIGN_INS, vec![of.into(), login.into()])
            .await
    }

    /// What is remembered of attempts to sign in as each user of a merchant, by login, after one,
    /// at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn all_sign_ins(
        &self,
        of: MerchantId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<SignIns>, ReadError> {
        let params = vec![of.into(), after.into(), limit.into()];
        self.rows(queries::ALL_SIGN_INS, params).await
    }

    /// The invitation of a token's hash.
    ///
    /// # Errors
    /// As above.
    pub async fn invitation(
        &self,
        of: MerchantId,
        id: [u8; 32],
    ) -> Result<Option<Invitation>, ReadError> {
        let params = vec![of.into(), id.to_vec().into()];
        self.first(queries::INVITATION, params).await
    }

    /// Invitations of a merchant, at most `limit`; those that hold no more among them.
    ///
    /// # Errors
    /// As above.
    pub async fn invitations(
        &self,
        of: MerchantId,
        limit: u32,
    ) -> Result<Vec<Invitation>, ReadError> {
        self.rows(queries::INVITATIONS, vec![of.into(), limit.into()])
            .await
    }

    /// Forgets invitations of a merchant that hold no more; says how many.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn forget_invitations(
        &self,
        of: MerchantId,
        now: Timestamp,
    ) -> Result<u64, CommitError> {
        self.execute(queries::FORGET_INVITATIONS, vec![of.into(), now.into()])
            .await
    }

    /// The last entry of a merchant's audit log.
    ///
    /// # Errors
    /// As above.
    pub async fn last_entry(&self, of: MerchantId) -> Result<Option<Entry>, ReadError> {
        self.first(queries::LAST_ENTRY, vec![of.into()]).await
    }

    /// Entries of a merchant's audit log, oldest first, after a number, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn entries_after(
        &self,
        of: MerchantId,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, ReadError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let params = vec![of.into(), number.into(), limit.into()];
        self.rows(queries::ENTRIES_AFTER, params).await
    }

    /// Entries of a merchant's audit log, newest first, before a number, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn entries_before(
        &self,
        of: MerchantId,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, ReadError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let params = vec![of.into(), number.into(), limit.into()];
        self.rows(queries::ENTRIES_BEFORE, params).await
    }
}
