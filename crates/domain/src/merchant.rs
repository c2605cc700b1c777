//! Merchants: who they are, which dialect they speak, how they prove it.
//!
//! Invariant: no key stands here in clear; a key is a hash (decision D41) and the merchant's data
//! key is sealed (decision D37).

use serde::{Deserialize, Serialize};

use crate::id::MerchantId;
use crate::settings::Settings;
use crate::time::Timestamp;

/// A shop that may use the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// The header MerchantId.
    pub id: MerchantId,
    /// Its name, shown on pages and slips.
    pub name: String,
    /// Establishment code (EC), ten digits.
    pub establishment: String,
    /// Whether it is shut out (code 116).
    pub blocked: bool,
    /// What it may do and how it is answered.
    pub settings: Settings,
    /// Its MerchantKey.
    pub key: KeyHashes,
    /// Its data key, sealed.
    pub data_key: SealedDataKey,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
}

/// The wire that a merchant speaks (decision D01).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// As the manual of 2017 prints it.
    #[default]
    Manual,
    /// As the service answers today.
    Live,
}

impl Dialect {
    /// The word in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Live => "live",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Manual, Self::Live]
            .into_iter()
            .find(|dialect| dialect.name() == text)
    }
}

/// Hashes of the MerchantKey, and of the one before while both hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHashes {
    /// SHA-256 of the key that holds.
    pub current: [u8; 32],
    /// SHA-256 of the key before, and until when it holds too (decision D41).
    pub previous: Option<([u8; 32], Timestamp)>,
}

/// A merchant's data key, wrapped by a key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDataKey {
    /// Version of the key-encryption key that wraps it.
    pub kek_version: u32,
    /// Nonce, ciphertext and tag.
    pub sealed: Vec<u8>,
}
