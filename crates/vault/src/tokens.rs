//! Tokens that browsers hold, and the chain of the audit log.
//!
//! Invariant: a token has 256 bits of chance and is kept as its SHA-256, so that nothing read from
//! the store opens a session.

use aws_lc_rs::digest::{Context, SHA256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::credentials::hexadecimal;

/// A new token: 64 hexadecimal digits.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_token() -> Result<Zeroizing<String>, VaultError> {
    hexadecimal()
}

/// What is kept of a token.
#[must_use]
pub fn hash_token(token: &str) -> [u8; 32] {
    sha256(&[b"aval token 1", token.as_bytes()])
}

/// What a form says to prove that it was shown to who holds a token: it opens nothing itself.
#[must_use]
pub fn form_token(token: &str) -> String {
    let hash = sha256(&[b"aval form token 1", token.as_bytes()]);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two texts are the same, compared in constant time for texts of one length.
#[must_use]
pub fn same(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
}

/// The hash of an entry of the audit log, from the bytes that the entry says are hashed.
#[must_use]
pub fn audit_hash(entry: &[u8]) -> [u8; 32] {
    sha256(&[entry])
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(context.finish().as_ref())
        .for_each(|(to, from)| *to = *from);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_new_each_time_and_its_forms_say_nothing_of_it() {
        let token = new_token().unwrap();
        assert_eq!(token.len(), 64);
        assert_ne!(*token, *new_token().unwrap());
        let form = form_token(&token);
        assert_eq!(form.len(), 64);
        assert_ne!(form, *token);
        assert_ne!(hash_token(&form), hash_token(&token));
        assert!(same(&form, &form_token(&token)) && !same(&form, &token));
    }

    #[test]
    fn the_hash_of_an_entry_is_plain_sha256() {
        let hash = audit_hash(b"abc");
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
