//! Signing in: establishment, user and password, then a code where the user has a second factor.
//!
//! Invariant: whatever is wrong, the answer is the same and costs the same: a password is verified
//! and something is written each time, whether or not the user exists. The tenth failure locks the
//! user for half an hour, and a failure that comes at the same time as a success is counted before
//! it or after it, never beside it.

use aval_domain::audit::Act;
use aval_domain::id::MerchantId;
use aval_domain::session::SignIns;
use aval_domain::time::{MINUTE, Timestamp};
use aval_domain::user::{self, PasswordHash, User};
use aval_storage::access::AccessWrite;
use aval_storage::{Changes, CommitError, Conflict, Write};
use zeroize::Zeroizing;

use super::Origin;
use super::sessions::NewSession;
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::operations::TRIES;

/// What somebody signs in with.
pub struct Credentials<'a> {
    /// Establishment code, as it was typed.
    pub establishment: &'a str,
    /// User, as it was typed.
    pub login: &'a str,
    /// Password.
    pub password: Zeroizing<String>,
}

/// What became of it.
pub enum Outcome {
    /// Something is wrong; nothing says what.
    Refused,
    /// The password is right; a code is asked for. The text comes back with it.
    CodeWanted(String),
    /// A session began.
    SignedIn(Box<NewSession>),
}

/// What it is sealed for that somebody gave the right password and has yet to give a code.
const PURPOSE: &str = "aval sign-in 1";
/// How long a code may take, in microseconds.
const CODE_WITHIN: i64 = MINUTE * 5;
/// Whose users are tried where no merchant has the establishment code.
const NOBODY: MerchantId = MerchantId::from_bytes([0; 16]);
/// A hash that no password is known to fit, of the cost of all others.
const NO_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                       AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Signs in with a password.
///
/// # Errors
/// The store's failures.
pub async fn with_password(
    app: &App,
    given: Credentials<'_>,
    from: Origin<'_>,
) -> Result<Outcome, Error> {
    let establishment = given.establishment.trim();
    let merchant = app.storage.merchant_of_establishment(establishment).await?;
    let merchant = merchant.map_or(NOBODY, |merchant| merchant.id);
    let login = user::login(given.login).unwrap_or_default();
    let user = app.storage.user(merchant, &login).await?;
    let none = PasswordHash(NO_HASH.to_owned());
    let hash = user.as_ref().map_or(&none, |user| &user.password);
    let fits = app.passwords.fits(hash, given.password).await?;
    let Some(user) = user else {
        return unknown(app, merchant, from).await;
    };
    if !fits || user.blocked {
        return failed(app, &user, from).await;
    }
    // Who is locked is not told that the password was right.
    if tried(app, &user).await?.0.is_locked(app.clock.real()) {
        return failed(app, &user, from).await;
    }
    if user.second_factor.is_none() {
        return signed_in(app, user, Proof::Password, from).await;
    }
    let until = app.clock.real().plus(CODE_WITHIN).micros();
    let pending = format!("{merchant} {} {until} {}", user.version, user.login);
    let sealed = app.keys.ring().seal_value(PURPOSE, pending.as_bytes())?;
    Ok(Outcome::CodeWanted(sealed))
}

/// Signs in with a code of the authenticator, or a recovery code, after the password.
///
/// # Errors
/// The store's failures.
pub async fn with_code(
    app: &App,
    pending: &str,
    code: &str,
    from: Origin<'_>,
) -> Result<Outcome, Error> {
    let Some(user) = pending_user(app, pending).await? else {
        return Ok(Outcome::Refused);
    };
    match proof(app, &user, code).await? {
        Some(proof) => signed_in(app, user, proof, from).await,
        None => failed(app, &user, from).await,
    }
}

/// Who has yet to give a code, as long as it may take.
async fn pending_user(app: &App, sealed: &str) -> Result<Option<User>, Error> {
    let Ok(opened) = app.keys.ring().open_value(PURPOSE, sealed) else {
        return Ok(None);
    };
    let Some((merchant, version, until, login)) = read_pending(&opened) else {
        return Ok(None);
    };
    if app.clock.real() >= until {
        return Ok(None);
    }
    let user = app.storage.user(merchant, login).await?;
    Ok(user.filter(|user| user.version == version && !user.blocked))
}

fn read_pending(opened: &[u8]) -> Option<(MerchantId, u32, Timestamp, &str)> {
    let mut parts = std::str::from_utf8(opened).ok()?.splitn(4, ' ');
    let merchant = MerchantId::parse(parts.next()?)?;
    let version = parts.next()?.parse().ok()?;
    let until = Timestamp::from_micros(parts.next()?.parse().ok()?);
    Some((merchant, version, until, parts.next()?))
}

/// What somebody proved himself with.
enum Proof {
    /// The password, all that was asked for.
    Password,
    /// The code of this step of time.
    Code(u64),
    /// The recovery code with this hash.
    Recovery([u8; 32]),
}

impl Proof {
    const fn name(&self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code(_) => "code",
            Self::Recovery(_) => "recovery code",
        }
    }
}

/// What a code proves, if anything. The step is looked at again when the session begins.
async fn proof(app: &App, user: &User, code: &str) -> Result<Option<Proof>, Error> {
    let Some(factor) = &user.second_factor else {
        return Ok(None);
    };
    let active = app
        .merchants
        .find(&app.storage, &app.keys, user.merchant)
        .await?;
    let Some(active) = active else {
        return Ok(None);
    };
    let secret = active.keys.open_factor(&user.login, &factor.sealed)?;
    let seconds = app.clock.real().micros() / 1_000_000;
    if let Some(step) = aval_vault::verify_totp(&secret, code, seconds, None) {
        return Ok(Some(Proof::Code(step)));
    }
    let hash = aval_vault::hash_recovery_code(code);
    let known = factor.recovery.contains(&hash);
    Ok(known.then_some(Proof::Recovery(hash)))
}

/// Begins a session, unless nobody may sign in as this user now.
async fn signed_in(
    app: &App,
    mut user: User,
    proof: Proof,
    from: Origin<'_>,
) -> Result<Outcome, Error> {
    let mut writes = Vec::new();
    if let (Proof::Recovery(hash), Some(factor)) = (&proof, &mut user.second_factor) {
        factor.recovery.retain(|known| known != hash);
        user.version = user.version.saturating_add(1);
        let user = Box::new(user.clone());
        writes.push(Write::Access(AccessWrite::UpdateUser(user)));
    }
    let act = Act::new(&user.login, "sign_in", &user.login)
        .with(proof.name())
        .from(from.address);
    let session = NewSession::of(app, &user, from)?;
    writes.push(session.write());
    let step = match proof {
        Proof::Code(step) => Some(step),
        Proof::Password | Proof::Recovery(_) => None,
    };
    for _ in 0..TRIES {
        let (tried, is_first) = tried(app, &user).await?;
        let now = app.clock.real();
        let is_used = step.is_some_and(|step| tried.used_step.is_some_and(|used| step <= used));
        if tried.is_locked(now) || is_used {
            return failed(app, &user, from).await;
        }
        let mut writes = writes.clone();
        writes.push(noted(tried.succeeded(now, step), is_first));
        match audit::commit(app, user.merchant, &act, writes).await {
            Ok(()) => return Ok(Outcome::SignedIn(Box::new(session))),
            Err(CommitError::Conflict(Conflict::Version)) => {
                // The user changed in between, or somebody else tried.
                let now = app.storage.user(user.merchant, &user.login).await?;
                let before = session.session.user_version;
                let same =
                    |now: &User| now.version == before || now.version.saturating_add(1) == before;
                if !now.is_some_and(|now| same(&now) && !now.blocked) {
                    return Ok(Outcome::Refused);
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Overloaded)
}

/// Whether a password is that of a user who is signed in and is asked again. A wrong one counts as
/// when signing in, so that who found an open browser cannot try on.
///
/// # Errors
/// The store's failures.
pub async fn confirms(
    app: &App,
    user: &User,
    password: Zeroizing<String>,
    from: Origin<'_>,
) -> Result<bool, Error> {
    let fits = app.passwords.fits(&user.password, password).await?;
    let is_locked = tried(app, user).await?.0.is_locked(app.clock.real());
    if !fits || is_locked {
        failed(app, user, from).await?;
    }
    Ok(fits && !is_locked)
}

/// Counts a failure.
async fn failed(app: &App, user: &User, from: Origin<'_>) -> Result<Outcome, Error> {
    for _ in 0..TRIES {
        let (tried, is_first) = tried(app, user).await?;
        let was_locked = tried.is_locked(app.clock.real());
        let failed = tried.failed(app.clock.real());
        let locks = !was_locked && failed.is_locked(app.clock.real());
        let detail = if locks { "locks for 30 minutes" } else { "" };
        let act = Act::new(&user.login, "sign_in.refuse", &user.login)
            .with(detail)
            .from(from.address);
        let writes = vec![noted(failed, is_first)];
        match audit::commit(app, user.merchant, &act, writes).await {
            Ok(()) => return Ok(Outcome::Refused),
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Overloaded)
}

/// Writes for somebody unknown what is written for others. What was typed is not kept: it may be a
/// password in the wrong place.
async fn unknown(app: &App, merchant: MerchantId, from: Origin<'_>) -> Result<Outcome, Error> {
    let found = app.storage.sign_ins(merchant, "").await?;
    let is_first = found.is_none();
    let tried = found.unwrap_or_else(|| SignIns::new(merchant, String::new()));
    let now = app.clock.real();
    let writes = vec![noted(tried.failed(now), is_first)];
    let written = if merchant == NOBODY {
        app.storage.commit(Changes { merchant, writes }).await
    } else {
        let act = Act::new("?", "sign_in.refuse", "?").from(from.address);
        audit::commit(app, merchant, &act, writes).await
    };
    match written {
        // Somebody else unknown came first: it is only counted.
        Ok(()) | Err(CommitError::Conflict(Conflict::Version)) => Ok(Outcome::Refused),
        Err(error) => Err(error.into()),
    }
}

/// What is remembered of attempts to sign in as a user, and whether it is the first.
pub(super) async fn tried(app: &App, user: &User) -> Result<(SignIns, bool), Error> {
    let found = app.storage.sign_ins(user.merchant, &user.login).await?;
    let is_first = found.is_none();
    let new = || SignIns::new(user.merchant, user.login.clone());
    Ok((found.unwrap_or_else(new), is_first))
}

/// The write of an attempt.
pub(super) fn noted(mut tried: SignIns, is_first: bool) -> Write {
    if !is_first {
        tried.version = tried.version.saturating_add(1);
    }
    Write::Access(AccessWrite::PutSignIns(Box::new(tried)))
}
