//! The second factor: an authenticator set up and taken away, recovery codes.
//!
//! Invariant: a secret is kept only after a code of it was given, and that code signs nobody in.
//! Codes and secrets are shown once; what is kept of them is sealed or hashed.

use aval_domain::audit::Act;
use aval_domain::session::Session;
use aval_domain::time::{MINUTE, Timestamp};
use aval_domain::user::{SecondFactor, User};
use zeroize::Zeroizing;

use super::Origin;
use super::users::{self, Done, Refusal};
use crate::app::App;
use crate::error::Error;

/// What a secret is sealed for until a code of it was given.
const PURPOSE: &str = "aval second factor setup 1";
/// How long setting up may take, in microseconds.
const WITHIN: i64 = MINUTE * 30;

/// An authenticator that is being set up.
pub struct Setup {
    /// The secret, sealed, to come back with the code.
    pub sealed: String,
    /// The secret in base 32, as authenticators take it.
    pub secret: Zeroizing<String>,
}

/// Recovery codes in clear, shown this once.
pub type Codes = Vec<Zeroizing<String>>;

/// Begins to set up an authenticator; nothing is kept.
///
/// # Errors
/// When the system gives no random bytes.
pub fn begin(app: &App, user: &User) -> Result<Setup, Error> {
    let secret = aval_vault::new_totp_secret()?;
    let until = app.clock.real().plus(WITHIN).micros();
    let head = format!("{} {until} {}\n", user.merchant, user.login);
    let value = Zeroizing::new([head.as_bytes(), &secret].concat());
    Ok(Setup {
        sealed: app.keys.ring().seal_value(PURPOSE, &value)?,
        secret: aval_vault::base32(&secret),
    })
}

/// The same once more, after a wrong code.
#[must_use]
pub fn again(app: &App, user: &User, sealed: &str) -> Option<Setup> {
    let secret = opened(app, user, sealed)?;
    Some(Setup {
        sealed: sealed.to_owned(),
        secret: aval_vault::base32(&secret),
    })
}

fn opened(app: &App, user: &User, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    let value = app.keys.ring().open_value(PURPOSE, sealed).ok()?;
    let end = value.iter().position(|byte| *byte == b'\n')?;
    let (head, secret) = value.split_at_checked(end)?;
    let head = std::str::from_utf8(head).ok()?;
    let mut parts = head.splitn(3, ' ');
    let merchant = parts.next()?;
    let until: i64 = parts.next()?.parse().ok()?;
    let is_ours = merchant == user.merchant.to_string() && parts.next()? == user.login;
    let holds = app.clock.real() < Timestamp::from_micros(until);
    let secret = secret.get(1..)?.to_vec();
    (is_ours && holds).then(|| Zeroizing::new(secret))
}

/// Keeps an authenticator of which this is a code; gives the recovery codes. `Wrong` when the code
/// is not one, or setting up took too long.
///
/// # Errors
/// The store's failures.
pub async fn confirm(
    app: &App,
    (user, own): (&User, &Session),
    sealed: &str,
    code: &str,
    from: Origin<'_>,
) -> Done<Codes> {
    let Some(secret) = opened(app, user, sealed) else {
        return Ok(Err(Refusal::Wrong));
    };
    let seconds = app.clock.real().micros() / 1_000_000;
    let Some(step) = aval_vault::verify_totp(&secret, code, seconds, None) else {
        return Ok(Err(Refusal::Wrong));
    };
    let found = app.merchants.find(&app.storage, &app.keys, user.merchant);
    let Some(merchant) = found.await? else {
        return Ok(Err(Refusal::NotFound));
    };
    let sealed = merchant.keys.seal_factor(&user.login, &secret)?;
    let codes = aval_vault::new_recovery_codes()?;
    let factor = SecondFactor {
        sealed,
        recovery: hashes(&codes),
    };
    let act = Act::new(&user.login, "second_factor.set", &user.login).from(from.address);
    let (of, with) = (
        (user.merchant, user.login.as_str()),
        (Some(own), Some(step)),
    );
    let changed = users::change_using(app, of, &act, with, |user| {
        user.second_factor = Some(factor.clone());
    });
    Ok(changed.await?.map(|_| codes))
}

/// Makes new recovery codes; those before hold no more.
///
/// # Errors
/// The store's failures.
pub async fn renew_codes(
    app: &App,
    (user, own): (&User, &Session),
    from: Origin<'_>,
) -> Done<Codes> {
    let codes = aval_vault::new_recovery_codes()?;
    let recovery = hashes(&codes);
    let act = Act::new(&user.login, "second_factor.codes", &user.login).from(from.address);
    let changed = users::change(app, user.merchant, &user.login, &act, Some(own), |user| {
        if let Some(factor) = &mut user.second_factor {
            factor.recovery.clone_from(&recovery);
        }
    });
    Ok(changed.await?.map(|_| codes))
}

/// Takes the second factor of a user away, by the user or an administrator.
///
/// # Errors
/// The store's failures.
pub async fn remove(
    app: &App,
    user: &User,
    own: Option<&Session>,
    by: &str,
    from: Origin<'_>,
) -> Done<User> {
    let act = Act::new(by, "second_factor.remove", &user.login).from(from.address);
    users::change(app, user.merchant, &user.login, &act, own, |user| {
        user.second_factor = None;
    })
    .await
}

fn hashes(codes: &Codes) -> Vec<[u8; 32]> {
    let hashed = codes
        .iter()
        .map(|code| aval_vault::hash_recovery_code(code));
    hashed.collect()
}
