//! Where the key-encryption keys are kept, and the ring of those that were read.
//!
//! Invariant: a key file is replaced whole (written beside, synced, renamed), mode 0600, by one
//! process at a time; a key that some row needs is never taken out of it.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aval_domain::id::MerchantId;
use aval_domain::merchant::SealedDataKey;
use aval_vault::{Keyring, MerchantKeys, VaultError};

use crate::secret_file;

/// Where the keys come from.
#[derive(Clone)]
pub enum KeySource {
    /// A file of ours.
    File(PathBuf),
    /// A text from the environment, which we cannot change.
    Text(Arc<zeroize::Zeroizing<String>>),
}

impl std::fmt::Display for KeySource {
    /// The file's path or the variable's name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Text(_) => f.write_str("AVAL_VAULT_KEY"),
        }
    }
}

/// Why keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is missing, unreadable, or not ours to make.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Another process is changing the keys.
    #[error("another rotation is running")]
    Busy,
    /// The text is no key ring.
    #[error("AVAL_VAULT_KEY: {0}")]
    Text(aval_vault::KeyringError),
    /// The system gave no random bytes.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// The key ring in use, read again when a row needs a key that it does not hold.
pub struct Keys {
    source: KeySource,
    ring: RwLock<Arc<Keyring>>,
}

impl KeySource {
    /// Reads the ring.
    ///
    /// # Errors
    /// When it is missing or no key ring.
    pub fn read(&self) -> Result<Keyring, KeyError> {
        match self {
            Self::Text(text) => Keyring::parse(text).map_err(KeyError::Text),
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map(zeroize::Zeroizing::new);
                let text = text.map_err(|error| file_error(path, &error))?;
                Keyring::parse(&text).map_err(|error| file_error(path, &error))
            }
        }
    }

    /// Reads the ring; where `may_make` and the file is absent, makes it first.
    ///
    /// # Errors
    /// As [`KeySource::read`]; also when the file cannot be made.
    pub fn read_or_make(&self, may_make: bool) -> Result<Keyring, KeyError> {
        match self {
            Self::File(path) if may_make && !path.exists() => {
                let ring = Keyring::generate()?;
                // Another process may make it at the same moment: whoever links first wins.
                let made = secret_file::make(path, &ring.to_text());
                made.map_err(|error| file_error(path, &error))?;
                self.read()
            }
            Self::File(_) | Self::Text(_) => self.read(),
        }
    }

    /// Keeps other processes from replacing the ring for as long as the answer is held: of two that
    /// replaced it at once, one would wrap with a key that the other's file does not hold. What a
    /// process that was killed left beside the file is removed: there are keys in it.
    ///
    /// # Errors
    /// [`KeyError::Busy`] when another process holds it; when files cannot be made or removed.
    pub fn lock(&self) -> Result<Option<File>, KeyError> {
        let Self::File(path) = self else {
            return Ok(None);
        };
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let at = PathBuf::from(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&at).map_err(|error| file_error(&at, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(KeyError::Busy),
            Err(TryLockError::Error(error)) => return Err(file_error(&at, &error)),
        }
        secret_file::remove_left_over(path).map_err(|error| file_error(path, &error))?;
        Ok(Some(file))
    }

    /// Replaces the ring in the file; only while [`KeySource::lock`] is held.
    ///
    /// # Errors
    /// When the keys come from the environment, or the file cannot be written.
    pub fn replace(&self, ring: &Keyring) -> Result<(), KeyError> {
        let Self::File(path) = self else {
            return Err(KeyError::File {
                path: "AVAL_VAULT_KEY".to_owned(),
                why: "keys from the environment are changed there: add VERSION:BASE64 to it"
                    .to_owned(),
            });
        };
        secret_file::replace(path, &ring.to_text()).map_err(|error| file_error(path, &error))
    }
}

impl Keys {
    /// Keys from a source, with the ring that was read from it.
    #[must_use]
    pub fn new(source: KeySource, ring: Keyring) -> Self {
        Self {
            source,
            ring: RwLock::new(Arc::new(ring)),
        }
    }

    /// The ring in use.
    #[must_use]
    pub fn ring(&self) -> Arc<Keyring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where the keys come from.
    #[must_use]
    pub const fn source(&self) -> &KeySource {
        &self.source
    }

    /// Opens a merchant's keys; reads the source again when the version is not in the ring, since
    /// another process may have rotated.
    ///
    /// # Errors
    /// When the version is nowhere, or the sealed key is not the merchant's.
    pub fn open(
        &self,
        merchant: MerchantId,
        sealed: &SealedDataKey,
    ) -> Result<MerchantKeys, VaultError> {
        match self.ring().open(merchant, sealed) {
            Err(VaultError::UnknownVersion(version)) => {
                let ring = self
                    .source
                    .read()
                    .map_err(|_| VaultError::UnknownVersion(version))?;
                self.use_ring(ring).open(merchant, sealed)
            }
            other => other,
        }
    }

    /// The ring as it stands at its source now: another process may have rotated, and what is
    /// wrapped with a key that was taken out since could never be opened again.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn ring_anew(&self) -> Result<Arc<Keyring>, KeyError> {
        Ok(self.use_ring(self.source.read()?))
    }

    /// Takes another ring into use.
    pub fn use_ring(&self, ring: Keyring) -> Arc<Keyring> {
        let ring = Arc::new(ring);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        ring
    }
}

fn file_error(path: &Path, why: &dyn std::fmt::Display) -> KeyError {
    KeyError::File {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_only_where_it_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("vault.key"));
        assert!(source.read_or_make(false).is_err());
        let text = source.read_or_make(true).unwrap().to_text();
        assert_eq!(source.read_or_make(true).unwrap().to_text(), text);
        let two = source.read().unwrap().with_new_key().unwrap();
        source.replace(&two).unwrap();
        assert_eq!(source.read().unwrap().versions(), [1, 2]);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }

    #[test]
    fn one_process_at_a_time_changes_the_ring_and_clears_up_after_a_killed_one() {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("vault.key"));
        source.read_or_make(true).unwrap();
        let left = folder.path().join("vault.key.123.new");
        std::fs::write(&left, "1:secret").unwrap();
        let lock = source.lock().unwrap();
        assert!(!left.exists());
        assert!(matches!(source.lock(), Err(KeyError::Busy)));
        drop(lock);
        assert!(source.lock().unwrap().is_some());
        assert!(source.read().is_ok());
    }
}
