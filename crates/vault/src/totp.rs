//! Codes of an authenticator (RFC 6238: HMAC-SHA1, six digits, thirty seconds) and recovery codes.
//!
//! Invariant: a code counts for its own step of time and the ones beside it, and never again: the
//! caller keeps the last step whose code was used.

use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Secret, TOTP};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::tokens::hash_token;

/// Bytes of a secret (RFC 4226, section 4: 160 bits).
const SECRET: usize = 20;
/// Seconds of a step.
const STEP: u64 = 30;
/// Steps on each side of the present one whose codes are taken, for clocks that differ.
const BESIDE: u64 = 1;
/// Recovery codes made at once.
const RECOVERY_CODES: usize = 10;
/// Digits of a code.
const DIGITS: usize = 6;

/// A new secret of an authenticator.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_totp_secret() -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let mut secret = Zeroizing::new(vec![0_u8; SECRET]);
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| VaultError::Random)?;
    Ok(secret)
}

/// Bytes in base 32 without padding, as authenticators take them.
#[must_use]
pub fn base32(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(Secret::Raw(bytes.to_vec()).to_encoded().to_string())
}

/// The step of time whose code this is, when it is one near `seconds` (since 1970) and later than
/// the last that was used. Compared in constant time.
#[must_use]
pub fn verify_totp(secret: &[u8], code: &str, seconds: i64, used: Option<u64>) -> Option<u64> {
    let now = u64::try_from(seconds).ok()? / STEP;
    let given: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
    let mut found = None;
    for step in now.saturating_sub(BESIDE)..=now.saturating_add(BESIDE) {
        let right = totp(secret, step)?;
        let fits: bool = right.as_bytes().ct_eq(given.as_bytes()).into();
        if fits && used.is_none_or(|used| step > used) {
            found = Some(step);
        }
    }
    found
}

/// The code of a step of time; none of a secret that is too short.
#[must_use]
pub fn totp(secret: &[u8], step: u64) -> Option<String> {
    let totp = TOTP::new(Algorithm::SHA1, DIGITS, 0, STEP, secret.to_vec()).ok()?;
    Some(totp.generate(step.saturating_mul(STEP)))
}

/// Recovery codes: ten of sixteen signs, in fours, each with 80 bits of chance.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_recovery_codes() -> Result<Vec<Zeroizing<String>>, VaultError> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = Zeroizing::new([0_u8; 10]);
        aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| VaultError::Random)?;
        let plain = base32(&*bytes);
        let mut code = Zeroizing::new(String::with_capacity(19));
        for (at, sign) in plain.chars().enumerate() {
            if at > 0 && at.is_multiple_of(4) {
                code.push('-');
            }
            code.push(sign);
        }
        codes.push(code);
    }
    Ok(codes)
}

/// What is kept of a recovery code, however it is typed.
#[must_use]
pub fn hash_recovery_code(code: &str) -> [u8; 32] {
    let plain: Zeroizing<String> = Zeroizing::new(
        code.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|sign| sign.to_ascii_uppercase())
            .collect(),
    );
    hash_token(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp(RFC, seconds / STEP).unwrap(), code, "{seconds}");
            let at = i64::try_from(seconds).unwrap();
            assert_eq!(verify_totp(RFC, code, at, None), Some(seconds / STEP));
        }
    }

    #[test]
    fn a_code_counts_near_its_time_and_once() {
        let code = totp(RFC, 100).unwrap();
        assert_eq!(verify_totp(RFC, &code, 3_000, None), Some(100));
        assert_eq!(verify_totp(RFC, " 0 1", 3_000, None), None);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(verify_totp(RFC, &spaced, 2_970, None), Some(100));
        assert_eq!(verify_totp(RFC, &code, 3_059, None), Some(100));
        assert_eq!(verify_totp(RFC, &code, 3_060, None), None);
        assert_eq!(verify_totp(RFC, &code, 3_000, Some(100)), None);
        assert_eq!(verify_totp(RFC, &code, 3_000, Some(99)), Some(100));
        assert_eq!(verify_totp(RFC, &code, -1, None), None);
    }

    #[test]
    fn bytes_are_written_in_base_32() {
        for (bytes, text) in [
            (b"".as_slice(), ""),
            (b"f", "MY"),
            (b"fo", "MZXQ"),
            (b"foo", "MZXW6"),
            (b"foob", "MZXW6YQ"),
            (b"fooba", "MZXW6YTB"),
            (b"foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(*base32(bytes), text);
        }
    }

    #[test]
    fn recovery_codes_are_ten_and_read_however_they_are_typed() {
        let codes = new_recovery_codes().unwrap();
        assert_eq!(codes.len(), 10);
        let code = &codes[0];
        assert_eq!(code.len(), 19);
        assert_ne!(**code, *codes[1]);
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(hash_recovery_code(&typed), hash_recovery_code(code));
        assert_ne!(hash_recovery_code(code), hash_recovery_code(&codes[1]));
    }
}
