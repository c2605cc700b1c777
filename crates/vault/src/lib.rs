//! The card vault: the only cryptography of the project, so the only place where a card number
//! becomes bytes or back (decision D37).
//!
//! Invariant: what leaves this crate is sealed, hashed or masked; only [`MerchantKeys::open_card`]
//! and [`MerchantKeys::open_new_card`] give a card number back, and only to who holds the
//! merchant's keys. No IO happens here: where the key-encryption keys are kept is the caller's
//! business.

mod credentials;
mod envelope;
mod keyring;
mod passwords;
mod sealed;
mod tokens;
mod totp;

pub use credentials::{
    AdminToken, hash_merchant_key, new_admin_token, new_merchant_key, new_notification_secret,
    seed, sign_notification, verify_key,
};
pub use envelope::{MerchantKeys, merchant_of_ticket};
pub use keyring::{Keyring, KeyringError};
pub use passwords::{hash_password, new_password, verify_password};
pub use tokens::{audit_hash, form_token, hash_token, new_token, same};
pub use totp::{
    base32, hash_recovery_code, new_recovery_codes, new_totp_secret, totp, verify_totp,
};

/// Why something could not be sealed or opened. Says nothing of what was in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The system gave no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// The key-encryption key of that version is not in the key ring.
    #[error("key-encryption key version {0} is not in the key ring")]
    UnknownVersion(u32),
    /// The newest key-encryption key has the last version that there can be.
    #[error("there is no version after that of the newest key-encryption key")]
    NoVersion,
    /// The password is longer than can be hashed.
    #[error("the password cannot be hashed")]
    Password,
    /// The sealed bytes were changed, or belong to another merchant or token.
    #[error("sealed data could not be opened")]
    Forged,
}
