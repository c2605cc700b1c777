//! Keys that are handed out: made from the system's random bytes, kept as hashes.
//!
//! Invariant: a key is compared by its hash in constant time (decision D41). A key has so much
//! chance in it (40 letters, 188 bits) that a plain hash cannot be turned back.

use aval_domain::merchant::KeyHashes;
use aval_domain::time::Timestamp;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::VaultError;

/// Letters in a MerchantKey (manual line 352).
const LENGTH: usize = 40;
/// Digits in an admin token.
const TOKEN_LENGTH: usize = 64;

/// A new MerchantKey: 40 of A-Z.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_merchant_key() -> Result<Zeroizing<String>, VaultError> {
    let mut key = Zeroizing::new(String::with_capacity(LENGTH));
    let mut byte = [0_u8; 1];
    while key.len() < LENGTH {
        aws_lc_rs::rand::fill(&mut byte).map_err(|_| VaultError::Random)?;
        // 234 = 9 × 26: bytes above would make some letters likelier.
        let [byte] = byte;
        if byte < 234 {
            key.push(char::from(b'A'.saturating_add(byte % 26)));
        }
    }
    Ok(key)
}

/// A new admin token of the sandbox: 64 hexadecimal digits.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_admin_token() -> Result<Zeroizing<String>, VaultError> {
    hexadecimal()
}

/// A new secret to sign notifications with: 64 hexadecimal digits.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_notification_secret() -> Result<Zeroizing<String>, VaultError> {
    hexadecimal()
}

/// 32 random bytes.
pub(crate) fn hexadecimal() -> Result<Zeroizing<String>, VaultError> {
    let bytes = Zeroizing::new(seed()?);
    let mut token = Zeroizing::new(String::with_capacity(TOKEN_LENGTH));
    let digit = |number: u8| char::from_digit(u32::from(number), 16).unwrap_or('0');
    for byte in bytes.iter() {
        token.push(digit(byte >> 4));
        token.push(digit(byte & 15));
    }
    Ok(token)
}

/// Random bytes to start a source of chance from.
///
/// # Errors
/// When the system gives none.
pub fn seed() -> Result<[u8; 32], VaultError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| VaultError::Random)?;
    Ok(bytes)
}

/// The signature of a notification in lower-case hexadecimal: HMAC-SHA256 of the moment in seconds
/// since 1970, a dot and the body, keyed by the bytes of the merchant's secret (decision D39).
#[must_use]
pub fn sign_notification(secret: &str, seconds: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(seconds.to_string().as_bytes());
    context.update(b".");
    context.update(body);
    let digit = |number: u8| char::from_digit(u32::from(number), 16).unwrap_or('0');
    let tag = context.sign();
    let bytes = tag.as_ref().iter();
    bytes
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The hash that is kept of a MerchantKey.
#[must_use]
pub fn hash_merchant_key(key: &str) -> [u8; 32] {
    let hash = digest(&SHA256, key.as_bytes());
    let mut bytes = [0; 32];
    bytes
        .iter_mut()
        .zip(hash.as_ref())
        .for_each(|(to, from)| *to = *from);
    bytes
}

/// Whether a key is the merchant's, or the one before it while that still holds.
#[must_use]
pub fn verify_key(hashes: &KeyHashes, key: &str, now: Timestamp) -> bool {
    let given = hash_merchant_key(key);
    let is_current = hashes.current.ct_eq(&given);
    let (previous, until) = hashes.previous.unwrap_or(([0; 32], now));
    let is_previous = previous.ct_eq(&given);
    bool::from(is_current) || (bool::from(is_previous) && now < until)
}

/// The admin token of the sandbox, kept as a hash (decision D45).
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// A token from its text; white space around it does not count.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(hash_merchant_key(text.trim()))
    }

    /// Whether a text is the token, in constant time.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.0.ct_eq(&hash_merchant_key(text)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_key_has_40_capital_letters() {
        let key = new_merchant_key().unwrap();
        assert_eq!(key.len(), 40);
        assert!(key.bytes().all(|byte| byte.is_ascii_uppercase()));
        assert_ne!(*key, *new_merchant_key().unwrap());
    }

    #[test]
    fn an_admin_token_has_64_digits_and_never_grows_out_of_its_place() {
        let token = new_admin_token().unwrap();
        assert_eq!((token.len(), token.capacity()), (64, 64));
        assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(*token, *new_admin_token().unwrap());
    }

    #[test]
    fn an_admin_token_matches_itself_alone() {
        let token = AdminToken::new("0123456789abcdef\n");
        assert!(token.matches("0123456789abcdef"));
        for other in [
            "",
            "0123456789abcde",
            "0123456789ABCDEF",
            "0123456789abcdef0",
        ] {
            assert!(!token.matches(other), "{other}");
        }
    }

    #[test]
    fn a_notification_is_signed_over_its_moment_and_body() {
        let signed = sign_notification("segredo", 1_800_000_000, br#"{"ChangeType":1}"#);
        assert_eq!(
            signed,
            "13fc983cb71e24fa51a73e81ed44d721ceb2d2579904198e294e4d816a5e57d3"
        );
    }

    #[test]
    fn the_key_before_holds_until_its_time() {
        let now = Timestamp::from_micros(1_000);
        let hashes = KeyHashes {
            current: hash_merchant_key("NEW"),
            previous: Some((hash_merchant_key("OLD"), now)),
        };
        assert!(verify_key(&hashes, "NEW", now));
        assert!(verify_key(&hashes, "OLD", now.plus(-1)));
        assert!(!verify_key(&hashes, "OLD", now));
        assert!(!verify_key(&hashes, "new", now));
        assert!(!verify_key(&hashes, "", now));
        let only = KeyHashes {
            previous: None,
            ..hashes
        };
        assert!(!verify_key(&only, "OLD", now.plus(-1)));
    }
}
