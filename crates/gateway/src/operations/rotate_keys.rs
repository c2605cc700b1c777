//! Rotating the key-encryption key while servers run (decision D37).
//!
//! Invariant: at every moment each merchant's data key can be opened by a key in the file. Stopped
//! half-way, the next call goes on where it stopped. One rotation runs at a time.

use std::collections::BTreeMap;

use aval_domain::id::MerchantId;
use aval_domain::merchant::Merchant;
use aval_vault::VaultError;

use super::merchant;
use crate::app::App;
use crate::audit::By;
use crate::error::Error;
use crate::keys::KeyError;

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// The version that now wraps every data key.
    pub version: u32,
    /// Data keys that were wrapped anew.
    pub rewrapped: u64,
    /// Whether an earlier rotation was finished rather than a new key made.
    pub resumed: bool,
}

/// Why a rotation did not end.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store or the vault.
    #[error(transparent)]
    App(#[from] Error),
}

/// Merchants read at a time.
const PAGE: u32 = 200;

/// Makes a new key and wraps every data key with it; or finishes a rotation that was interrupted.
///
/// # Errors
/// When the file cannot be replaced, or the store fails; call again to go on.
pub async fn rotate(app: &App) -> Result<Rotation, RotateError> {
    let _lock = app.keys.source().lock()?;
    // What was read when the store was opened may have been replaced since.
    let ring = app.keys.use_ring(app.keys.source().read()?);
    let before = status(app).await?;
    let newest = ring.newest();
    let resumed = before.keys().any(|version| *version < newest);
    if !resumed {
        let oldest_needed = before.keys().next().copied().unwrap_or(newest);
        let grown = ring.with_new_key().map_err(KeyError::from)?;
        let grown = grown.without_below(oldest_needed);
        app.keys.source().replace(&grown)?;
        app.keys.use_ring(grown);
    }
    let version = app.keys.ring().newest();
    let mut rewrapped = 0_u64;
    let mut after = None;
    loop {
        let page = app
            .storage
            .merchants(after, PAGE)
            .await
            .map_err(Error::from)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for old in page
            .iter()
            .filter(|merchant| merchant.data_key.kek_version < version)
        {
            rewrapped = rewrapped.saturating_add(rewrap(app, old.id, version).await?);
        }
    }
    Ok(Rotation {
        version,
        rewrapped,
        resumed,
    })
}

/// How many merchants' data keys each version wraps.
///
/// # Errors
/// The store's failures.
pub async fn status(app: &App) -> Result<BTreeMap<u32, u64>, Error> {
    let mut counts = BTreeMap::new();
    let mut after = None;
    loop {
        let page = app.storage.merchants(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(counts);
        };
        after = Some(last.id);
        for merchant in &page {
            let count: &mut u64 = counts.entry(merchant.data_key.kek_version).or_default();
            *count = count.saturating_add(1);
        }
    }
}

/// Why a data key stays as it is.
enum Left {
    /// Another rotation came first.
    Wrapped,
    /// The vault cannot open it.
    Vault(VaultError),
}

/// Wraps a merchant's data key with the newest key; says how many were changed by it.
async fn rewrap(app: &App, id: MerchantId, version: u32) -> Result<u64, Error> {
    let ring = app.keys.ring();
    let changed = merchant::change(app, id, By::COMMAND_LINE, |merchant: &mut Merchant| {
        if merchant.data_key.kek_version >= version {
            return Err(Left::Wrapped);
        }
        let rewrapped = ring.rewrap(id, &merchant.data_key);
        merchant.data_key = rewrapped.map_err(Left::Vault)?;
        Ok(())
    });
    match changed.await? {
        Some(Ok(_)) => Ok(1),
        Some(Err(Left::Vault(error))) => Err(error.into()),
        Some(Err(Left::Wrapped)) | None => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use aval_domain::merchant::Dialect;
    use aval_storage::{Limits, Storage, Target};

    use super::*;
    use crate::app::Environment;
    use crate::chance::Chance;
    use crate::keys::{KeySource, Keys};

    async fn app(folder: &std::path::Path) -> App {
        let source = KeySource::File(folder.join("vault.key"));
        let ring = source.read_or_make(true).unwrap();
        let target = Target::Sqlite(folder.join("aval.db"));
        let storage = Storage::open(&target, Limits { queue: 16 }).await.unwrap();
        let keys = Keys::new(source, ring);
        App::new(Environment::Sandbox, storage, keys, Chance::seeded(1))
    }

    #[tokio::test]
    async fn a_data_key_that_another_rotation_wrapped_is_neither_written_nor_counted() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        let made = merchant::create(&app, "Loja", Dialect::Manual).await;
        let id = made.unwrap_or_else(|error| panic!("{error}")).merchant.id;
        let rotation = rotate(&app).await.unwrap();
        assert_eq!((rotation.version, rotation.rewrapped), (2, 1));
        let wrapped = app.storage.merchant(id).await.unwrap().unwrap();
        assert_eq!(rewrap(&app, id, rotation.version).await.unwrap(), 0);
        let after = app.storage.merchant(id).await.unwrap().unwrap();
        assert_eq!(after, wrapped);
        app.storage.close().await;
    }
}
