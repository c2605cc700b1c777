//! Short values that a browser keeps for us: sealed, so that it can neither read nor make them.
//!
//! Invariant: a value opens only for the purpose it was sealed for, on any server that has the key
//! ring; each purpose has a key of its own, derived from the key-encryption key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::envelope;
use crate::{Keyring, VaultError};

/// Bytes of the key's version before the sealed value.
const VERSION: usize = 4;

impl Keyring {
    /// Seals a value for a purpose, as a text of letters, digits, `-` and `_`.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal_value(&self, purpose: &str, value: &[u8]) -> Result<String, VaultError> {
        let version = self.newest();
        let key = envelope::derive(self.key(version)?, purpose.as_bytes())?;
        let version = version.to_be_bytes();
        let sealed = envelope::seal(&key, &version, value)?;
        Ok(URL_SAFE_NO_PAD.encode([version.as_slice(), &sealed].concat()))
    }

    /// Opens a value that was sealed for this purpose.
    ///
    /// # Errors
    /// When it was changed, was sealed for something else, or its key is no longer in the ring.
    pub fn open_value(&self, purpose: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| VaultError::Forged)?;
        let (version, sealed) = bytes
            .split_first_chunk::<VERSION>()
            .ok_or(VaultError::Forged)?;
        let key = self.key(u32::from_be_bytes(*version))?;
        let key = envelope::derive(key, purpose.as_bytes())?;
        envelope::open(&key, version, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_for_its_purpose_only_and_after_a_rotation() {
        let ring = Keyring::generate().unwrap();
        let sealed = ring.seal_value("a", b"secret").unwrap();
        assert!(!sealed.contains("secret"));
        let later = ring.with_new_key().unwrap();
        for ring in [&ring, &later] {
            assert_eq!(*ring.open_value("a", &sealed).unwrap(), b"secret");
            let other = ring.open_value("b", &sealed);
            assert_eq!(other.err(), Some(VaultError::Forged));
        }
        let gone = later.without_below(2).open_value("a", &sealed);
        assert_eq!(gone.err(), Some(VaultError::UnknownVersion(1)));
        let stranger = Keyring::generate().unwrap().open_value("a", &sealed);
        assert_eq!(stranger.err(), Some(VaultError::Forged));
    }

    #[test]
    fn what_is_no_sealed_value_is_refused() {
        let ring = Keyring::generate().unwrap();
        let sealed = ring.seal_value("a", b"secret").unwrap();
        for text in ["", "AAAA", "?", &sealed[..40]] {
            assert!(ring.open_value("a", text).is_err(), "{text}");
        }
    }
}
