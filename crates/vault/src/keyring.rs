//! Key-encryption keys, by version.
//!
//! Invariant: versions only grow; the newest wraps what is new, every one in the ring opens what it
//! wrapped. A key stands in memory once, at a place of its own that is wiped with the last ring
//! that holds it, and is never printed.

use std::collections::BTreeMap;
use std::sync::Arc;

use aval_domain::id::MerchantId;
use aval_domain::merchant::SealedDataKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::envelope::{self, MerchantKeys};

/// The key-encryption keys of a store.
pub struct Keyring {
    keys: BTreeMap<u32, Key>,
}

/// A key on the heap: what is moved or cloned is the way to it, so that no copy stays behind.
type Key = Arc<Zeroizing<[u8; LENGTH]>>;

/// Bytes of a key.
const LENGTH: usize = 32;
/// Bytes of a key as base64.
const ENCODED: usize = 44;
/// Bytes of the largest version, a colon, the key and the end of the line.
const LINE: usize = 10 + 1 + ENCODED + 1;
const _: () = assert!(
    ENCODED == LENGTH.div_ceil(3) * 4,
    "base64: four signs for three bytes"
);
/// What the text of a ring begins with.
const HEADING: &str =
    "# Key-encryption keys of this store. Without them stored cards cannot be read.\n";

/// Why a text is no key ring. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is no key in it.
    #[error("it holds no key")]
    Empty,
    /// A line is not `VERSION:BASE64` of 32 bytes, or a version stands twice.
    #[error("entry {0} is not VERSION:BASE64 of 32 bytes with a new version")]
    Entry(usize),
}

impl Keyring {
    /// A ring with one new key, version 1.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, VaultError> {
        let ring = Self {
            keys: BTreeMap::new(),
        };
        ring.with_new_key()
    }

    /// Reads a ring: entries `VERSION:BASE64`, one a line or separated by commas; lines that begin
    /// with `#` are comments.
    ///
    /// # Errors
    /// Says which entry is wrong, by its place.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim);
        let mut keys = BTreeMap::new();
        for (at, entry) in entries.filter(|entry| !entry.is_empty()).enumerate() {
            let wrong = KeyringError::Entry(at.saturating_add(1));
            let (version, key) = entry.split_once(':').ok_or(wrong)?;
            let version: u32 = version.trim().parse().map_err(|_| wrong)?;
            let key = decode(key.trim()).ok_or(wrong)?;
            if version == 0 || keys.insert(version, key).is_some() {
                return Err(wrong);
            }
        }
        if keys.is_empty() {
            Err(KeyringError::Empty)
        } else {
            Ok(Self { keys })
        }
    }

    /// The ring as [`Keyring::parse`] reads it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(text_bound(self.keys.len())));
        text.push_str(HEADING);
        let mut encoded = Zeroizing::new([0_u8; ENCODED]);
        for (version, key) in &self.keys {
            text.push_str(&version.to_string());
            text.push(':');
            // Cannot fail: the place is as long as the base64 of a key, which is ASCII.
            let _ = STANDARD.encode_slice(key.as_slice(), encoded.as_mut_slice());
            text.push_str(std::str::from_utf8(encoded.as_slice()).unwrap_or_default());
            text.push('\n');
        }
        text
    }

    /// The ring with one more key, of the next version.
    ///
    /// # Errors
    /// When the system gives no random bytes, or there is no next version.
    pub fn with_new_key(&self) -> Result<Self, VaultError> {
        let version = self.newest().checked_add(1).ok_or(VaultError::NoVersion)?;
        let mut bytes = Zeroizing::new([0_u8; LENGTH]);
        aws_lc_rs::rand::fill(bytes.as_mut_slice()).map_err(|_| VaultError::Random)?;
        let mut keys = self.keys.clone();
        keys.insert(version, key(&bytes));
        Ok(Self { keys })
    }

    /// The ring without the keys below a version; the newest always stays.
    #[must_use]
    pub fn without_below(&self, version: u32) -> Self {
        let newest = self.newest();
        let kept = self
            .keys
            .iter()
            .filter(|(at, _)| **at >= version || **at == newest);
        Self {
            keys: kept
                .map(|(version, key)| (*version, Arc::clone(key)))
                .collect(),
        }
    }

    /// The version that wraps what is new.
    #[must_use]
    pub fn newest(&self) -> u32 {
        self.keys
            .last_key_value()
            .map_or(0, |(version, _)| *version)
    }

    /// All versions, ascending.
    #[must_use]
    pub fn versions(&self) -> Vec<u32> {
        self.keys.keys().copied().collect()
    }

    /// A data key for a new merchant, sealed.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new_data_key(&self, merchant: MerchantId) -> Result<SealedDataKey, VaultError> {
        let mut data_key = Zeroizing::new([0_u8; 32]);
        aws_lc_rs::rand::fill(data_key.as_mut_slice()).map_err(|_| VaultError::Random)?;
        self.wrap(merchant, &data_key)
    }

    /// Opens a merchant's data key.
    ///
    /// # Errors
    /// When its version is not in the ring, or it was changed or belongs to another merchant.
    pub fn open(
        &self,
        merchant: MerchantId,
        sealed: &SealedDataKey,
    ) -> Result<MerchantKeys, VaultError> {
        MerchantKeys::new(merchant, &*self.unwrap_key(merchant, sealed)?)
    }

    /// The same data key, sealed by the newest version.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn rewrap(
        &self,
        merchant: MerchantId,
        sealed: &SealedDataKey,
    ) -> Result<SealedDataKey, VaultError> {
        self.wrap(merchant, &*self.unwrap_key(merchant, sealed)?)
    }

    fn wrap(&self, merchant: MerchantId, data_key: &[u8; 32]) -> Result<SealedDataKey, VaultError> {
        let kek_version = self.newest();
        let sealed = envelope::seal(
            self.key(kek_version)?,
            &aad(merchant, kek_version),
            data_key,
        )?;
        Ok(SealedDataKey {
            kek_version,
            sealed,
        })
    }

    fn unwrap_key(
        &self,
        merchant: MerchantId,
        sealed: &SealedDataKey,
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let key = self.key(sealed.kek_version)?;
        let opened = envelope::open(key, &aad(merchant, sealed.kek_version), &sealed.sealed)?;
        let opened: &[u8; 32] = opened
            .as_slice()
            .try_into()
            .map_err(|_| VaultError::Forged)?;
        let mut data_key = Zeroizing::new([0; 32]);
        data_key.copy_from_slice(opened);
        Ok(data_key)
    }

    /// The key of a version.
    pub(crate) fn key(&self, version: u32) -> Result<&[u8; 32], VaultError> {
        self.keys
            .get(&version)
            .map(|key| &***key)
            .ok_or(VaultError::UnknownVersion(version))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("versions", &self.versions())
            .finish_non_exhaustive()
    }
}

/// Bytes that the text of so many keys fits into. A text that had to grow would leave the keys
/// behind where it stood before.
const fn text_bound(keys: usize) -> usize {
    HEADING.len().saturating_add(keys.saturating_mul(LINE))
}

/// The key of a base64 text; `None` when it is not the text of 32 bytes.
fn decode(text: &str) -> Option<Key> {
    // A few bytes more than a key, so that a longer one is told apart.
    let mut decoded = Zeroizing::new([0_u8; LENGTH + 4]);
    let length = STANDARD.decode_slice(text, decoded.as_mut_slice()).ok()?;
    let bytes = decoded.first_chunk().filter(|_| length == LENGTH)?;
    Some(key(bytes))
}

fn key(bytes: &[u8; LENGTH]) -> Key {
    let mut key = Key::default();
    if let Some(place) = Arc::get_mut(&mut key) {
        place.copy_from_slice(bytes);
    }
    key
}

fn aad(merchant: MerchantId, version: u32) -> Vec<u8> {
    [
        b"aval data key 1".as_slice(),
        merchant.as_bytes(),
        &version.to_be_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use aval_domain::card::CardNumber;
    use aval_domain::id::CardToken;

    use super::*;

    const MERCHANT: MerchantId = MerchantId::from_bytes([1; 16]);

    #[test]
    fn a_ring_is_read_back_from_its_text() {
        let ring = Keyring::generate().unwrap().with_new_key().unwrap();
        let again = Keyring::parse(&ring.to_text()).unwrap();
        assert_eq!(again.versions(), [1, 2]);
        assert_eq!(again.keys, ring.keys);
        let comma = ring.to_text().lines().skip(1).collect::<Vec<_>>().join(",");
        assert_eq!(Keyring::parse(&comma).unwrap().keys, ring.keys);
    }

    #[test]
    fn the_text_of_a_ring_never_grows_out_of_its_place() {
        let mut ring = Keyring::generate().unwrap();
        for keys in 2..6 {
            ring = ring.with_new_key().unwrap();
            let text = ring.to_text();
            assert_eq!(text.capacity(), text_bound(keys));
            assert!(text.len() <= text.capacity());
        }
    }

    #[test]
    fn a_key_after_the_last_version_is_refused_instead_of_replacing_it() {
        let last = format!("{}:{}", u32::MAX, STANDARD.encode([7; LENGTH]));
        let ring = Keyring::parse(&last).unwrap();
        assert_eq!(ring.with_new_key().err(), Some(VaultError::NoVersion));
    }

    #[test]
    fn a_bad_ring_is_told_without_its_text() {
        assert_eq!(Keyring::parse("# x\n").unwrap_err(), KeyringError::Empty);
        for text in ["1:abc", "secret", "0:AAAA", "x:AAAA"] {
            let error = Keyring::parse(text).unwrap_err();
            assert_eq!(error, KeyringError::Entry(1));
            assert!(!error.to_string().contains(text));
        }
        for length in [LENGTH - 1, LENGTH + 1, LENGTH + 4, LENGTH + 5] {
            let text = format!("1:{}", STANDARD.encode(vec![7; length]));
            assert_eq!(Keyring::parse(&text).unwrap_err(), KeyringError::Entry(1));
        }
        let twice = format!("1:{0},1:{0}", STANDARD.encode([7; LENGTH]));
        assert_eq!(Keyring::parse(&twice).unwrap_err(), KeyringError::Entry(2));
        assert!(!format!("{:?}", Keyring::generate().unwrap()).contains("keys:"));
    }

    #[test]
    fn rotation_keeps_old_and_new_valid() {
        let old = Keyring::generate().unwrap();
        let sealed = old.new_data_key(MERCHANT).unwrap();
        let number = CardNumber::parse("1234123412341231").unwrap();
        let token = CardToken::from_bytes([2; 16]);
        let card = old
            .open(MERCHANT, &sealed)
            .unwrap()
            .seal_card(token, &number)
            .unwrap();
        let both = old.with_new_key().unwrap();
        let rewrapped = both.rewrap(MERCHANT, &sealed).unwrap();
        assert_eq!(rewrapped.kek_version, 2);
        for sealed in [&sealed, &rewrapped] {
            let keys = both.open(MERCHANT, sealed).unwrap();
            assert_eq!(keys.open_card(token, &card).unwrap(), number);
        }
        let new = both.without_below(2);
        assert!(new.open(MERCHANT, &rewrapped).is_ok());
        assert_eq!(
            new.open(MERCHANT, &sealed).err(),
            Some(VaultError::UnknownVersion(1))
        );
    }

    #[test]
    fn a_data_key_opens_for_its_merchant_only() {
        let ring = Keyring::generate().unwrap();
        let sealed = ring.new_data_key(MERCHANT).unwrap();
        let other = MerchantId::from_bytes([3; 16]);
        assert_eq!(ring.open(other, &sealed).err(), Some(VaultError::Forged));
    }
}
