//! Sessions: begun by signing in, found by their token, ended.
//!
//! Invariant: a session is found only under its merchant, by a token that nobody can guess, while
//! its user is as it was when the session began. Its times are real: who moves the sandbox's clock
//! signs nobody out.

use aval_domain::id::MerchantId;
use aval_domain::session::Session;
use aval_domain::user::User;
use aval_storage::access::AccessWrite;
use aval_storage::{Changes, CommitError, Conflict, Write};
use zeroize::Zeroizing;

use super::Origin;
use crate::app::App;
use crate::error::Error;

/// A session that begins, with its token in clear, which the browser is given this once.
pub struct NewSession {
    /// The token.
    pub token: Zeroizing<String>,
    /// The session.
    pub session: Session,
}

impl NewSession {
    /// Of a user, as the user is now.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn of(app: &App, user: &User, from: Origin<'_>) -> Result<Self, Error> {
        let token = aval_vault::new_token()?;
        let now = app.clock.real();
        let session = Session {
            merchant: user.merchant,
            id: aval_vault::hash_token(&token),
            version: 1,
            seen_at: now,
            user_version: user.version,
            login: user.login.clone(),
            created_at: now,
            address: from.address.to_owned(),
            agent: from.kept_agent(),
        };
        Ok(Self { token, session })
    }

    /// The write that begins it.
    #[must_use]
    pub fn write(&self) -> Write {
        Write::Access(AccessWrite::InsertSession(Box::new(self.session.clone())))
    }
}

/// The session of a token and its user, when it is not over. That it was used is noted once a
/// minute.
///
/// # Errors
/// The store's failures.
pub async fn find(
    app: &App,
    merchant: MerchantId,
    token: &str,
) -> Result<Option<(Session, User)>, Error> {
    let id = aval_vault::hash_token(token);
    let Some(session) = app.storage.session(merchant, id).await? else {
        return Ok(None);
    };
    let now = app.clock.real();
    if session.is_over(now) {
        return Ok(None);
    }
    let user = app.storage.user(merchant, &session.login).await?;
    let Some(user) = user.filter(|user| session.is_of(user)) else {
        return Ok(None);
    };
    if session.is_to_be_noted(now) {
        note(app, session.clone()).await?;
    }
    Ok(Some((session, user)))
}

/// Notes that a session was used.
async fn note(app: &App, session: Session) -> Result<(), Error> {
    let noted = Session {
        version: session.version.saturating_add(1),
        seen_at: app.clock.real(),
        ..session
    };
    let writes = vec![Write::Access(AccessWrite::UpdateSession(Box::new(noted)))];
    let changes = Changes {
        merchant: session.merchant,
        writes,
    };
    match app.storage.commit(changes).await {
        // Another request of the session noted it, or ended it.
        Ok(()) | Err(CommitError::Conflict(Conflict::Version)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
