//! Opening the store, with its keys, for a server or for a command beside one.
//!
//! Invariant: in the sandbox a server makes what is missing (folder, file, key), and so does what
//! may come before one; a command that looks for something in a store makes none. In production a
//! missing vault key is refused, since a new one would make stored cards unreadable (decision D37).

use std::future::Future;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::Arc;

use aval_api::notifications;
use aval_api::server::Urls;
use aval_domain::id::MerchantId;
use aval_domain::merchant::Dialect;
use aval_gateway::app::{App, Environment};
use aval_gateway::chance::Chance;
use aval_gateway::keys::{KeySource, Keys};
use aval_gateway::{search, secret_file};
use aval_storage::{Limits, Storage, Target};
use aval_vault::VaultError;
use zeroize::Zeroizing;

use crate::cli::Exit;
use crate::config::{self, Database, StoreConfig, WireDialect};

/// Change sets that a command may have waiting; it has as many as recurrences that it charges at
/// once.
const TOOL_QUEUE: usize = 256;
/// The variable that holds the vault's keys when no file does.
const VAULT_KEY: &str = "AVAL_VAULT_KEY";

/// Runs a command on a store that is there.
pub(super) fn with_app<T, F>(config: &StoreConfig, run: F) -> Result<T, Exit>
where
    F: AsyncFnOnce(&App) -> Result<T, Exit>,
{
    is_there(config)?;
    with_new_app(config, run)
}

/// Runs a command that may come before the first server: it makes the store if there is none.
pub(super) fn with_new_app<T, F>(config: &StoreConfig, run: F) -> Result<T, Exit>
where
    F: AsyncFnOnce(&App) -> Result<T, Exit>,
{
    run_on(async {
        let app = open(config, TOOL_QUEUE, None).await?;
        let done = run(&app).await;
        app.storage.close().await;
        done
    })
}

/// Runs a command on a store that is there, and that may change sales: what merchants are to be
/// told of that is written, as the servers write it, and delivered by them.
pub(super) fn with_app_that_tells<T, F>(config: &StoreConfig, run: F) -> Result<T, Exit>
where
    F: AsyncFnOnce(&App) -> Result<T, Exit>,
{
    is_there(config)?;
    with_new_app_that_tells(config, run)
}

/// The same for a command that may come before the first server, as one that sets the clock.
pub(super) fn with_new_app_that_tells<T, F>(config: &StoreConfig, run: F) -> Result<T, Exit>
where
    F: AsyncFnOnce(&App) -> Result<T, Exit>,
{
    run_on(async {
        let mut app = open(config, TOOL_QUEUE, None).await?;
        let urls = remembered_urls(&app).await?;
        app.outbox = Some(notifications::outbox(&urls, None, &app.chance));
        app.listeners
            .refresh(&app.storage, app.clock.real())
            .await
            .map_err(|error| failure(&error))?;
        let begun = search::begin(&app).await;
        begun.map_err(|error| failure(&error))?;
        let done = run(&app).await;
        if let Err(error) = search::end(&app).await {
            tracing::warn!(%error, "a server will make searchable what was written");
        }
        app.storage.close().await;
        done
    })
}

/// Refuses a store that nobody made: in another directory, or with a slip in `--data-dir`, a
/// command would else work on an empty one, and a backup of nothing would look like a backup. A
/// database of PostgreSQL is made by hand, so a slip in its name finds none.
fn is_there(config: &StoreConfig) -> Result<(), Exit> {
    match &config.database {
        Database::Sqlite(path) if matches!(path.try_exists(), Ok(false)) => {
            Err(Exit::usage(&format!(
                "there is no store at {}: `aval serve` makes one, --data-dir names another",
                path.display()
            )))
        }
        Database::Sqlite(_) | Database::Postgres(_) => Ok(()),
    }
}

/// Runs a command to its end, on this thread.
fn run_on<T>(command: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Exit::failure(&error.to_string()))?;
    runtime.block_on(command)
}

/// The settings of the store that hold the servers' public addresses, and what they are before a
/// server ran.
const PUBLIC_URLS: [(&str, &str); 2] = [
    ("public.api_url", "http://127.0.0.1:8080"),
    ("public.query_url", "http://127.0.0.1:8081"),
];

/// Notes the servers' public addresses, for commands that write what merchants are told.
pub(super) async fn remember_urls(app: &App, urls: &Urls) -> Result<(), Exit> {
    for ((name, _), url) in PUBLIC_URLS.into_iter().zip([&urls.api, &urls.query]) {
        let known = app.storage.setting(name).await;
        let known = known.map_err(|error| failure(&error))?;
        if known.as_ref() != Some(url) {
            let put = app.storage.put_setting(name, url).await;
            put.map_err(|error| failure(&error))?;
        }
    }
    Ok(())
}

async fn remembered_urls(app: &App) -> Result<Urls, Exit> {
    let mut found = Vec::new();
    for (name, before) in PUBLIC_URLS {
        let url = app.storage.setting(name).await;
        let url = url.map_err(|error| failure(&error))?;
        found.push(url.unwrap_or_else(|| before.to_owned()));
    }
    let query = found.pop().unwrap_or_default();
    let api = found.pop().unwrap_or_default();
    Ok(Urls { api, query })
}

/// Opens the store.
pub(super) fn open(
    config: &StoreConfig,
    queue: usize,
    seed: Option<u64>,
) -> impl Future<Output = Result<App, Exit>> {
    let target = match &config.database {
        Database::Sqlite(path) => Target::Sqlite(path.clone()),
        Database::Postgres(url) => Target::Postgres(url.clone()),
    };
    async move {
        make_folder(&config.data_dir)?;
        let storage = Storage::open(&target, Limits { queue }).await;
        let storage = storage.map_err(|error| failure(&error))?;
        if let [.., newest] = storage.newer_steps() {
            tracing::warn!(
                newest,
                "the store's tables were upgraded by a newer version"
            );
        }
        // Nothing is claimed before the key is there; no key is made for a store of others.
        keep_environments_apart(&storage, environment(config), false).await?;
        let merchants = storage.merchants(None, 1).await.map_err(|e| failure(&e))?;
        let keys = keys(config, merchants.is_empty())?;
        // Found now, rather than by every merchant's first request.
        if let [first, ..] = merchants.as_slice() {
            let opened = keys.open(first.id, &first.data_key);
            opened.map_err(|error| wrong_key(&keys, &error))?;
        }
        keep_environments_apart(&storage, environment(config), true).await?;
        let chance = match seed {
            Some(seed) => Chance::seeded(seed),
            None => Chance::from_bytes(aval_vault::seed().map_err(|error| failure(&error))?),
        };
        let app = App::new(environment(config), storage, keys, chance);
        if app.environment == Environment::Sandbox {
            app.clock
                .refresh(&app.storage)
                .await
                .map_err(|error| failure(&error))?;
        }
        Ok(app)
    }
}

fn failure(error: &dyn std::fmt::Display) -> Exit {
    Exit::failure(&error.to_string())
}

/// A store belongs to the environment that first opened it with its key: a clock that can be moved
/// must never meet real money, however a command was called (decision D42). With `claim` it becomes
/// ours when it is nobody's.
async fn keep_environments_apart(
    storage: &Storage,
    ours: Environment,
    claim: bool,
) -> Result<(), Exit> {
    const SETTING: &str = "environment";
    let name = match ours {
        Environment::Sandbox => "sandbox",
        Environment::Production => "production",
    };
    if claim {
        let claimed = storage.claim_setting(SETTING, name).await;
        claimed.map_err(|error| failure(&error))?;
    }
    let theirs = storage
        .setting(SETTING)
        .await
        .map_err(|error| failure(&error))?;
    match theirs {
        Some(theirs) if theirs != name => Err(Exit::usage(&format!(
            "environment: this store belongs to {theirs}; say --environment {theirs}, or use \
             another store"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Reads a MerchantId of the command line.
pub(super) fn merchant_id(text: &str) -> Result<MerchantId, Exit> {
    MerchantId::parse(text)
        .ok_or_else(|| Exit::usage(&format!("{text:?} is no MerchantId, which is a GUID")))
}

/// The environment as operations know it.
pub(super) const fn environment(config: &StoreConfig) -> Environment {
    match config.environment {
        config::Environment::Sandbox => Environment::Sandbox,
        config::Environment::Production => Environment::Production,
    }
}

/// The dialect as the rules know it.
pub(super) const fn dialect(dialect: WireDialect) -> Dialect {
    match dialect {
        WireDialect::Manual => Dialect::Manual,
        WireDialect::Live => Dialect::Live,
    }
}

fn make_folder(path: &Path) -> Result<(), Exit> {
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|error| Exit::usage(&format!("data_dir {}: {error}", path.display())))
}

/// The vault's keys. A new one is made for an empty sandbox store only: for any other it would
/// leave every merchant without the key that opens its cards.
fn keys(config: &StoreConfig, is_new: bool) -> Result<Keys, Exit> {
    let source = match std::env::var(VAULT_KEY) {
        Ok(text) if !text.trim().is_empty() => KeySource::Text(Arc::new(text.into())),
        Ok(_) | Err(_) => KeySource::File(config.data_dir.join("vault.key")),
    };
    let sandbox = environment(config) == Environment::Sandbox;
    match source.read_or_make(sandbox && is_new) {
        Ok(ring) => Ok(Keys::new(source, ring)),
        Err(error) if sandbox && is_new => Err(Exit::usage(&error.to_string())),
        Err(error) if sandbox => Err(Exit::usage(&format!(
            "{error}; this store's merchants need the vault key it was made with"
        ))),
        Err(error) => Err(Exit::usage(&format!(
            "{error}; in production the vault's key must be there before the first start: put \
             1:BASE64 of 32 random bytes there, or into {VAULT_KEY}"
        ))),
    }
}

/// Tells of a key file that any user of the machine can read. It is no error: a mounted secret may
/// come so, in a container that has no other users.
pub(super) fn warn_of_an_open_key(app: &App) {
    if let KeySource::File(path) = app.keys.source()
        && path.metadata().is_ok_and(|file| file.mode() & 0o007 != 0)
    {
        tracing::warn!(
            file = %path.display(),
            "every user of this machine may use the vault's keys"
        );
    }
}

fn wrong_key(keys: &Keys, error: &VaultError) -> Exit {
    Exit::usage(&format!(
        "{}: {error}; this store's merchants need the vault key it was made with",
        keys.source()
    ))
}

/// Writes a file that only its owner may read, unless it is there; gives what it holds. An empty
/// one, as a full disk or another program leaves it, is no secret: anybody would know it.
pub(super) fn write_secret_once(path: &Path, text: &str) -> Result<Zeroizing<String>, Exit> {
    // Of two servers that start at once the first one's stays: so it is read again.
    let made = |made: std::io::Result<()>| made.and_then(|()| std::fs::read_to_string(path));
    let written = match std::fs::read_to_string(path) {
        Ok(found) if found.trim().is_empty() => made(secret_file::replace(path, text)),
        Ok(found) => Ok(found),
        Err(error) if error.kind() == ErrorKind::NotFound => made(secret_file::make(path, text)),
        Err(error) => Err(error),
    };
    let held = written.map(Zeroizing::new);
    held.map_err(|error| Exit::usage(&format!("{}: {error}", path.display())))
}
