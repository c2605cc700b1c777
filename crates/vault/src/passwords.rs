//! Passwords of back-office users: made, hashed with argon2id, verified.
//!
//! Invariant: a password is kept as its hash only, with a salt of its own. Hashing costs 19 MiB and
//! tens of milliseconds by design: the caller keeps it away from threads that answer requests.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use zeroize::Zeroizing;

use crate::VaultError;

/// Letters and digits that nobody takes for one another: no 0, O, 1, l, I.
const SIGNS: &[u8; 56] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
/// Signs of a first password: 16 of 56 are 92 bits.
const LENGTH: usize = 16;
/// Bytes of a salt.
const SALT: usize = 16;

/// A new password, easy to read out: 16 letters and digits.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_password() -> Result<Zeroizing<String>, VaultError> {
    let mut password = Zeroizing::new(String::with_capacity(LENGTH));
    while password.len() < LENGTH {
        let mut byte = [0_u8; 1];
        aws_lc_rs::rand::fill(&mut byte).map_err(|_| VaultError::Random)?;
        let [byte] = byte;
        // 224 = 4 × 56: bytes above would make some signs likelier.
        if byte < 224
            && let Some(sign) = SIGNS.get(usize::from(byte % 56))
        {
            password.push(char::from(*sign));
        }
    }
    Ok(password)
}

/// The hash that is kept of a password: argon2id with 19 MiB, two passes and one lane, as a PHC
/// string that names them, so that they can be raised later.
///
/// # Errors
/// When the system gives no random bytes, or the password is longer than argon2 takes (4 GiB).
pub fn hash_password(password: &str) -> Result<String, VaultError> {
    let mut salt = [0_u8; SALT];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| VaultError::Random)?;
    let hashed: Result<PasswordHash, _> =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    let hashed = hashed.map_err(|_| VaultError::Password)?;
    Ok(hashed.to_string())
}

/// Whether a password is the one that was hashed, compared in constant time. A text that is no
/// hash fits no password.
#[must_use]
pub fn verify_password(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_16_signs_and_is_new_each_time() {
        let password = new_password().unwrap();
        assert_eq!((password.len(), password.capacity()), (LENGTH, LENGTH));
        assert!(password.bytes().all(|byte| SIGNS.contains(&byte)));
        assert_ne!(*password, *new_password().unwrap());
    }

    #[test]
    fn a_hash_fits_its_password_only_and_never_repeats() {
        let hash = hash_password("correct horse").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify_password(&hash, "correct horse"));
        assert!(!verify_password(&hash, "Correct horse"));
        assert!(!verify_password(&hash, ""));
        assert!(!verify_password("", "correct horse"));
        assert_ne!(hash, hash_password("correct horse").unwrap());
    }
}
