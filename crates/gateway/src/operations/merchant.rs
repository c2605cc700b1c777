//! Making merchants and changing them.
//!
//! Invariant: a key is shown once, when it is made, and kept as a hash. A change is committed by
//! version, so that two changes at once are both made or one is told to try again.

use std::convert::Infallible;

use aval_domain::audit::Act;
use aval_domain::id::MerchantId;
use aval_domain::merchant::{Dialect, KeyHashes, Merchant};
use aval_domain::settings::Settings;
use aval_domain::time::{HOUR, Timestamp};
use aval_domain::user::{Role, User};
use aval_storage::{Changes, CommitError, Conflict, SettingChange, Write};
use zeroize::Zeroizing;

use super::TRIES;
use crate::app::App;
use crate::audit::{self, By};
use crate::error::Error;
use crate::secrets;

/// A merchant with its key, which is shown this once.
pub struct Credentials {
    /// The merchant.
    pub merchant: Merchant,
    /// Its MerchantKey in clear.
    pub key: Zeroizing<String>,
    /// Its first user, of a new merchant.
    pub user: Option<FirstUser>,
}

/// Who signs in to the back office first.
pub struct FirstUser {
    /// The name to sign in with.
    pub login: String,
    /// The password in clear, shown this once.
    pub password: Zeroizing<String>,
}

/// Who becomes a merchant.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The merchant's name.
    pub name: String,
    /// Its dialect.
    pub dialect: Dialect,
    /// The first user's own name.
    pub person: Option<String>,
    /// The first user's e-mail.
    pub email: Option<String>,
}

/// What the first user signs in as.
const FIRST_LOGIN: &str = "admin";

/// Characters of an entry of the audit log that tell of a change.
const LONGEST_TOLD: usize = 1_000;

/// How long the key before holds beside a new one, in microseconds: 24 hours.
const OVERLAP: i64 = HOUR * 24;

/// A merchant's name as it is kept: 1 to 255 characters, none of them a control character.
#[must_use]
pub fn name(text: &str) -> Option<&str> {
    let name = text.trim();
    let fits = (1..=255).contains(&name.chars().count());
    (fits && !name.chars().any(char::is_control)).then_some(name)
}

/// Makes a merchant and its first user, of whom nothing is known but that there is one.
///
/// # Errors
/// The store's failures.
pub async fn create(app: &App, name: &str, dialect: Dialect) -> Result<Credentials, Error> {
    let registration = Registration {
        name: name.to_owned(),
        dialect,
        person: None,
        email: None,
    };
    register(app, registration).await
}

/// Makes a merchant and its first user, an administrator, in one commit (decision D41).
///
/// # Errors
/// The store's failures.
pub async fn register(app: &App, registration: Registration) -> Result<Credentials, Error> {
    let (password, hash) = app.passwords.make().await?;
    let ring = app
        .keys
        .ring_anew()
        .map_err(|error| Error::Internal(error.to_string()))?;
    let mut tries = 0_usize;
    loop {
        tries = tries.saturating_add(1);
        let now = app.clock.now();
        let id = app.chance.merchant_id(now);
        let key = aval_vault::new_merchant_key()?;
        let merchant = Merchant {
            id,
            name: registration.name.clone(),
            // Ten digits, none of them leading zero, as the acquirer's establishments have.
            establishment: format!("1{}", app.chance.digits(9)),
            blocked: false,
            settings: Settings {
                dialect: registration.dialect,
                ..Settings::default()
            },
            key: KeyHashes {
                current: aval_vault::hash_merchant_key(&key),
                previous: None,
            },
            data_key: ring.new_data_key(id)?,
            created_at: now,
            version: 1,
        };
        let user = User {
            merchant: id,
            login: FIRST_LOGIN.to_owned(),
            name: registration.person.clone(),
            email: registration.email.clone(),
            role: Role::Administrator,
            password: hash.clone(),
            blocked: false,
            second_factor: None,
            created_at: now,
            version: 1,
        };
        let login = user.login.clone();
        let writes = vec![
            Write::InsertMerchant(Box::new(merchant.clone())),
            Write::InsertUser(Box::new(user)),
        ];
        match app
            .storage
            .commit(Changes {
                merchant: id,
                writes,
            })
            .await
        {
            Ok(()) => {
                let user = Some(FirstUser { login, password });
                return Ok(Credentials {
                    merchant,
                    key,
                    user,
                });
            }
            // The establishment code, drawn by chance, exists already.
            Err(CommitError::Refused(_)) if tries < TRIES => {}
            Err(other) => return Err(other.into()),
        }
    }
}

/// Changes a merchant; `change` may refuse, and then nothing is changed. What is changed is
/// recorded in the same commit, as done by `by`, and told to the audit log where that is a person.
///
/// # Errors
/// `Ok(None)` when there is no such merchant; what `change` refuses; the store's failures.
pub async fn change<E>(
    app: &App,
    id: MerchantId,
    by: impl Into<By<'_>>,
    change: impl Fn(&mut Merchant) -> Result<(), E>,
) -> Result<Option<Result<Merchant, E>>, Error> {
    let by: By<'_> = by.into();
    for _ in 0..TRIES {
        let Some(mut merchant) = app.storage.merchant(id).await? else {
            return Ok(None);
        };
        secrets::open_with(&mut merchant, &app.keys)?;
        let before = merchant.clone();
        if let Err(refusal) = change(&mut merchant) {
            return Ok(Some(Err(refusal)));
        }
        merchant.version = merchant.version.saturating_add(1);
        let kept = secrets::sealed(&merchant, &app.keys)?;
        let mut writes = vec![Write::UpdateMerchant(Box::new(kept))];
        let changed = changed(&before, &merchant);
        let act = act(by, &changed);
        let now = app.clock.now();
        writes.extend(history(changed, &merchant, by.name, now));
        match audit::commit_told(app, id, act.as_ref(), writes).await {
            Ok(()) => {
                app.merchants.forget(id);
                return Ok(Some(Ok(merchant)));
            }
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}

/// A setting that changed: its key, what it was, what it is.
type Changed = (&'static str, String, String);

/// What an entry of the audit log says of a change; nothing where nothing became different.
fn act(by: By<'_>, changed: &[Changed]) -> Option<Act> {
    if changed.is_empty() {
        return None;
    }
    let keys: Vec<&str> = changed.iter().map(|(key, ..)| *key).collect();
    let told = changed
        .iter()
        .map(|(key, from, to)| format!("{key}: {from} > {to}"));
    let told: String = told.collect::<Vec<_>>().join("; ");
    let told: String = told.chars().take(LONGEST_TOLD).collect();
    by.act("settings.change", &keys.join(","), &told)
}

/// Each value that differs, secrets masked.
fn changed(before: &Merchant, after: &Merchant) -> Vec<Changed> {
    let mut changed = before.settings.changes(&after.settings);
    if before.blocked != after.blocked {
        let shown = |merchant: &Merchant| merchant.blocked.to_string();
        changed.push(("blocked", shown(before), shown(after)));
    }
    if before.name != after.name {
        changed.push(("name", before.name.clone(), after.name.clone()));
    }
    if before.key.current != after.key.current {
        let masked = || "***".to_owned();
        changed.push(("merchant_key", masked(), masked()));
    }
    if before.data_key.kek_version != after.data_key.kek_version {
        let version = |merchant: &Merchant| merchant.data_key.kek_version.to_string();
        changed.push(("vault_key", version(before), version(after)));
    }
    changed
}

/// What is recorded of a change.
fn history<'a>(
    changed: Vec<Changed>,
    after: &'a Merchant,
    by: &'a str,
    now: Timestamp,
) -> impl Iterator<Item = Write> + use<'a> {
    changed.into_iter().map(move |(key, from, to)| {
        Write::RecordSetting(SettingChange {
            merchant: after.id,
            version: after.version,
            key: key.to_owned(),
            at: now,
            by: by.to_owned(),
            from,
            to,
        })
    })
}

/// Merchants read at a time.
const PAGE: u32 = 200;

/// Seals what earlier versions stored of settings in clear; says of how many merchants. One whose
/// keys cannot be opened is told of and left.
///
/// # Errors
/// The store's failures.
pub async fn seal_settings(app: &App) -> Result<u64, Error> {
    let (mut sealed, mut after) = (0_u64, None);
    loop {
        let page = app.storage.merchants(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(sealed);
        };
        after = Some(last.id);
        for one in page.iter().filter(|one| one.settings.has_clear_secrets()) {
            let nothing = |_: &mut Merchant| Ok::<(), Infallible>(());
            match change(app, one.id, "start", nothing).await {
                Ok(_) => sealed = sealed.saturating_add(1),
                Err(Error::Internal(cause)) => {
                    let merchant = one.id;
                    tracing::error!(%merchant, cause, "settings stay in clear");
                }
                Err(other) => return Err(other),
            }
        }
    }
}

/// The merchant is not as it was when somebody decided to change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedMeanwhile;

/// Gives a merchant a new key; the one before holds for another 24 hours (decision D41).
///
/// # Errors
/// `Ok(None)` when there is no such merchant; the store's failures.
pub async fn roll_key(
    app: &App,
    id: MerchantId,
    by: impl Into<By<'_>>,
) -> Result<Option<Credentials>, Error> {
    let rolled = roll_key_of(app, (id, None), by).await?;
    Ok(rolled.and_then(Result::ok))
}

/// The same for a merchant that must still have a version, when one is named: a form that is sent
/// twice makes one key.
///
/// # Errors
/// `Ok(None)` when there is no such merchant; [`ChangedMeanwhile`]; the store's failures.
pub async fn roll_key_of(
    app: &App,
    (id, version): (MerchantId, Option<u32>),
    by: impl Into<By<'_>>,
) -> Result<Option<Result<Credentials, ChangedMeanwhile>>, Error> {
    let key = aval_vault::new_merchant_key()?;
    let until = app.clock.now().plus(OVERLAP);
    let changed = change(app, id, by, |merchant| {
        if version.is_some_and(|version| version != merchant.version) {
            return Err(ChangedMeanwhile);
        }
        merchant.key.previous = Some((merchant.key.current, until));
        merchant.key.current = aval_vault::hash_merchant_key(&key);
        Ok(())
    });
    let Some(changed) = changed.await? else {
        return Ok(None);
    };
    Ok(Some(changed.map(|merchant| Credentials {
        merchant,
        key,
        user: None,
    })))
}
