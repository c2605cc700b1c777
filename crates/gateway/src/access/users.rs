//! Users: invited, changed, blocked; their passwords.
//!
//! Invariant: every change is in the audit log in the same commit, and ends the user's sessions but
//! the one it was made in. A merchant never loses its last administrator: the next entry of the log
//! is taken before the users are read, so of two changes at once the second reads again.

use aval_domain::audit::Act;
use aval_domain::id::MerchantId;
use aval_domain::session::{INVITED_FOR, Invitation, Session};
use aval_domain::user::{PasswordHash, Role, User, is_password};
use aval_storage::access::AccessWrite;
use aval_storage::{Changes, CommitError, Conflict, Write};
use zeroize::Zeroizing;

use super::Origin;
use super::sessions::NewSession;
use super::sign_in;
use crate::app::App;
use crate::audit;
use crate::error::Error;

/// Why a user was not changed or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The merchant has no such user, or the link holds no more.
    #[error("there is no such user")]
    NotFound,
    /// Nobody would be left who may change users.
    #[error("the last administrator stays")]
    LastAdministrator,
    /// The login is somebody's.
    #[error("the login is taken")]
    Taken,
    /// The password is too easy to guess.
    #[error("the password is too short or too simple")]
    Weak,
    /// The password that was asked for again is wrong.
    #[error("the password is wrong")]
    Wrong,
}

/// What an operation on users gives: done, refused, or failed.
pub type Done<T> = Result<Result<T, Refusal>, Error>;

/// Users read at a time.
const PAGE: u32 = 200;
/// Times a change is tried again when another came first.
const TRIES: usize = 64;

/// Every user of a merchant, by login.
///
/// # Errors
/// The store's failures.
pub async fn all(app: &App, merchant: MerchantId) -> Result<Vec<User>, Error> {
    let mut users: Vec<User> = Vec::new();
    loop {
        let after = users.last().map_or("", |user| user.login.as_str());
        let page = app.storage.users(merchant, after, PAGE).await?;
        if page.is_empty() {
            return Ok(users);
        }
        users.extend(page);
    }
}

/// Changes a user as the act says. `own` is the session that stays when a user changes himself.
///
/// # Errors
/// The store's failures.
pub async fn change(
    app: &App,
    merchant: MerchantId,
    login: &str,
    act: &Act,
    own: Option<&Session>,
    change: impl Fn(&mut User),
) -> Done<User> {
    change_using(app, (merchant, login), act, (own, None), change).await
}

/// The same by a code of the user's authenticator: from the same commit on no code of the step of
/// time `used` counts, nor of those before it.
///
/// # Errors
/// The store's failures.
pub(super) async fn change_using(
    app: &App,
    (merchant, login): (MerchantId, &str),
    act: &Act,
    (own, used): (Option<&Session>, Option<u64>),
    change: impl Fn(&mut User),
) -> Done<User> {
    for _ in 0..TRIES {
        let entry = audit::entry(app, merchant, act).await?;
        let Some(before) = app.storage.user(merchant, login).await? else {
            return Ok(Err(Refusal::NotFound));
        };
        let mut user = before.clone();
        change(&mut user);
        user.version = before.version.saturating_add(1);
        if rules(&before) && !rules(&user) && is_last(app, &user).await? {
            return Ok(Err(Refusal::LastAdministrator));
        }
        let changed = AccessWrite::UpdateUser(Box::new(user.clone()));
        let mut writes = vec![entry, Write::Access(changed)];
        writes.extend(kept(app, own, (&before, &user)).await?);
        if let Some(step) = used {
            let (tried, is_first) = sign_in::tried(app, &before).await?;
            writes.push(sign_in::noted(tried.using(step), is_first));
        }
        match app.storage.commit(Changes { merchant, writes }).await {
            Ok(()) => return Ok(Ok(user)),
            Err(CommitError::Conflict(Conflict::Version | Conflict::AuditNumberTaken)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Overloaded)
}

/// Whether a user may change users.
fn rules(user: &User) -> bool {
    user.role == Role::Administrator && !user.blocked
}

async fn is_last(app: &App, user: &User) -> Result<bool, Error> {
    let others = all(app, user.merchant).await?;
    Ok(!others
        .iter()
        .any(|other| other.login != user.login && rules(other)))
}

/// The write by which a session stays its user's after a change, when it was the user's until then:
/// one that another change ended meanwhile stays ended.
async fn kept(
    app: &App,
    own: Option<&Session>,
    (before, user): (&User, &User),
) -> Result<Option<Write>, Error> {
    let Some(own) = own else {
        return Ok(None);
    };
    let session = app.storage.session(own.merchant, own.id).await?;
    let session = session.filter(|session| session.is_of(before));
    Ok(session.map(|session| {
        let kept = Session {
            version: session.version.saturating_add(1),
            user_version: user.version,
            ..session
        };
        Write::Access(AccessWrite::UpdateSession(Box::new(kept)))
    }))
}

/// Changes the password of a user who is signed in and knows the one before.
///
/// # Errors
/// The store's failures.
pub async fn change_password(
    app: &App,
    (user, own): (&User, &Session),
    before: Zeroizing<String>,
    after: Zeroizing<String>,
    from: Origin<'_>,
) -> Done<User> {
    if !is_password(&after, &user.login) {
        return Ok(Err(Refusal::Weak));
    }
    if !sign_in::confirms(app, user, before, from).await? {
        return Ok(Err(Refusal::Wrong));
    }
    let hash = app.passwords.hash(after).await?;
    let act = Act::new(&user.login, "user.password", &user.login).from(from.address);
    change(app, user.merchant, &user.login, &act, Some(own), |user| {
        user.password = hash.clone();
    })
    .await
}

/// Gives a user a new password, which is shown this once, and lifts a lock; without the second
/// factor when that was lost too. For operators of the server.
///
/// # Errors
/// The store's failures.
pub async fn reset(
    app: &App,
    merchant: MerchantId,
    login: &str,
    by: &str,
    without_factor: bool,
) -> Done<Zeroizing<String>> {
    let (password, hash) = app.passwords.make().await?;
    let detail = if without_factor {
        "second factor removed"
    } else {
        ""
    };
    let act = Act::new(by, "user.reset", login).with(detail);
    let changed = change(app, merchant, login, &act, None, |user| {
        user.password = hash.clone();
        user.blocked = false;
        if without_factor {
            user.second_factor = None;
        }
    });
    if let Err(refusal) = changed.await? {
        return Ok(Err(refusal));
    }
    unlock(app, merchant, login, by, "").await?;
    Ok(Ok(password))
}

/// Lifts the lock of a user, if there is one.
///
/// # Errors
/// The store's failures.
pub async fn unlock(
    app: &App,
    merchant: MerchantId,
    login: &str,
    by: &str,
    address: &str,
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let Some(tried) = app.storage.sign_ins(merchant, login).await? else {
            return Ok(());
        };
        if !tried.is_locked(app.clock.real()) && tried.failures == 0 {
            return Ok(());
        }
        let act = Act::new(by, "user.unlock", login).from(address);
        let writes = vec![sign_in::noted(tried.unlocked(), false)];
        match audit::commit(app, merchant, &act, writes).await {
            Ok(()) => return Ok(()),
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Overloaded)
}

/// Who is invited, and by whom.
pub struct Guest<'a> {
    /// The name the user will sign in with, as [`aval_domain::user::login`] gives it.
    pub login: String,
    /// The person's own name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// What the user will be.
    pub role: Role,
    /// Who invites.
    pub by: &'a str,
}

/// Invites somebody; gives the token of the link, this once. A link that was made before for the
/// same login stays until one of them is used.
///
/// # Errors
/// The store's failures.
pub async fn invite(
    app: &App,
    merchant: MerchantId,
    guest: Guest<'_>,
    from: Origin<'_>,
) -> Done<Zeroizing<String>> {
    if app.storage.user(merchant, &guest.login).await?.is_some() {
        return Ok(Err(Refusal::Taken));
    }
    let token = aval_vault::new_token()?;
    let now = app.clock.real();
    let act = Act::new(guest.by, "user.invite", &guest.login)
        .with(guest.role.name())
        .from(from.address);
    let invitation = Invitation {
        merchant,
        id: aval_vault::hash_token(&token),
        login: guest.login,
        name: guest.name,
        email: guest.email,
        role: guest.role,
        invited_by: guest.by.to_owned(),
        created_at: now,
        expires_at: now.plus(INVITED_FOR),
    };
    let write = Write::Access(AccessWrite::InsertInvitation(Box::new(invitation)));
    audit::commit(app, merchant, &act, vec![write]).await?;
    Ok(Ok(token))
}

/// The invitation of a link's token, while it holds.
///
/// # Errors
/// The store's failures.
pub async fn invitation(
    app: &App,
    merchant: MerchantId,
    token: &str,
) -> Result<Option<Invitation>, Error> {
    let id = aval_vault::hash_token(token);
    let found = app.storage.invitation(merchant, id).await?;
    Ok(found.filter(|found| found.holds(app.clock.real())))
}

/// Takes an invitation back.
///
/// # Errors
/// The store's failures.
pub async fn withdraw(
    app: &App,
    merchant: MerchantId,
    id: [u8; 32],
    by: &str,
    from: Origin<'_>,
) -> Done<()> {
    let Some(found) = app.storage.invitation(merchant, id).await? else {
        return Ok(Err(Refusal::NotFound));
    };
    let act = Act::new(by, "user.withdraw", &found.login).from(from.address);
    let write = Write::Access(AccessWrite::DeleteInvitation(id));
    audit::commit(app, merchant, &act, vec![write]).await?;
    Ok(Ok(()))
}

/// Makes a user of who was invited, with a password of his own, and signs him in. Of two who use
/// one link at once, one becomes the user.
///
/// # Errors
/// The store's failures.
pub async fn accept(
    app: &App,
    merchant: MerchantId,
    token: &str,
    password: Zeroizing<String>,
    from: Origin<'_>,
) -> Done<NewSession> {
    let Some(invitation) = invitation(app, merchant, token).await? else {
        return Ok(Err(Refusal::NotFound));
    };
    if !is_password(&password, &invitation.login) {
        return Ok(Err(Refusal::Weak));
    }
    let hash = app.passwords.hash(password).await?;
    let user = user(app, &invitation, hash);
    let session = NewSession::of(app, &user, from)?;
    let act = Act::new(&user.login, "user.join", &user.login)
        .with(user.role.name())
        .from(from.address);
    let writes = vec![
        Write::InsertUser(Box::new(user)),
        Write::Access(AccessWrite::DeleteInvitation(invitation.id)),
        session.write(),
    ];
    match audit::commit(app, merchant, &act, writes).await {
        Ok(()) => Ok(Ok(session)),
        Err(CommitError::Conflict(Conflict::LoginTaken)) => Ok(Err(Refusal::Taken)),
        Err(error) => Err(error.into()),
    }
}

fn user(app: &App, invitation: &Invitation, password: PasswordHash) -> User {
    User {
        merchant: invitation.merchant,
        login: invitation.login.clone(),
        name: invitation.name.clone(),
        email: invitation.email.clone(),
        role: invitation.role,
        password,
        blocked: false,
        second_factor: None,
        created_at: app.clock.now(),
        version: 1,
    }
}

/// Makes a user with a new password, which is shown this once. For operators of the server.
///
/// # Errors
/// The store's failures.
pub async fn add(
    app: &App,
    merchant: MerchantId,
    login: &str,
    role: Role,
    by: &str,
) -> Done<Zeroizing<String>> {
    let (password, hash) = app.passwords.make().await?;
    let user = User {
        merchant,
        login: login.to_owned(),
        name: None,
        email: None,
        role,
        password: hash,
        blocked: false,
        second_factor: None,
        created_at: app.clock.now(),
        version: 1,
    };
    let act = Act::new(by, "user.add", login).with(role.name());
    let writes = vec![Write::InsertUser(Box::new(user))];
    match audit::commit(app, merchant, &act, writes).await {
        Ok(()) => Ok(Ok(password)),
        Err(CommitError::Conflict(Conflict::LoginTaken)) => Ok(Err(Refusal::Taken)),
        Err(error) => Err(error.into()),
    }
}

/// Ends a session of a merchant.
///
/// # Errors
/// The store's failures.
pub async fn end_session(
    app: &App,
    session: &Session,
    by: &str,
    from: Origin<'_>,
) -> Result<(), Error> {
    let act = Act::new(by, "session.end", &session.login).from(from.address);
    let write = Write::Access(AccessWrite::DeleteSession(session.id));
    audit::commit(app, session.merchant, &act, vec![write]).await?;
    Ok(())
}
