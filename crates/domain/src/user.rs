//! Back-office users: people who look after a merchant.
//!
//! Invariant: no password stands here in clear; what is kept is its hash, which is never printed.

use crate::id::MerchantId;
use crate::time::Timestamp;

/// A person who may sign in to the back office for a merchant (decision D41).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Whose.
    pub merchant: MerchantId,
    /// The name to sign in with, unique within the merchant.
    pub login: String,
    /// The person's own name, when it was told.
    pub name: Option<String>,
    /// E-mail, when it was told.
    pub email: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// The password, hashed.
    pub password: PasswordHash,
    /// When the user was made.
    pub created_at: Timestamp,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, other users and settings included.
    Administrator,
}

impl Role {
    /// The word in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::Administrator.name()).then_some(Self::Administrator)
    }
}

/// A password's hash, as a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// The longest e-mail address in characters (RFC 5321).
const LONGEST_EMAIL: usize = 254;

/// Whether a text looks like an e-mail address: one `@` with something before it and a domain
/// with a dot behind it, without blanks or control characters. Only a letter sent there could
/// tell more.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',');
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let labels = domain.split('.').count();
    let whole = domain.split('.').all(|label| !label.is_empty());
    text.chars().count() <= LONGEST_EMAIL
        && !text.chars().any(bad)
        && !local.is_empty()
        && !domain.contains('@')
        && labels > 1
        && whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_an_at_and_a_domain() {
        for good in ["ana@loja.com.br", "a.b+c@x.io", "joão@exemplo.com"] {
            assert!(is_email(good), "{good}");
        }
        let long = format!("{}@loja.com", "a".repeat(LONGEST_EMAIL));
        for bad in [
            "",
            "ana",
            "ana@",
            "@loja.com",
            "ana@loja",
            "a@b@c.com",
            "a b@c.com",
            "a@c..com",
            "a@.com",
            "a@c.com.",
            "<a@c.com>",
            "a@c.com,b@c.com",
            &long,
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn a_role_is_read_back_and_a_hash_is_never_printed() {
        let role = Role::Administrator;
        assert_eq!(Role::parse(role.name()), Some(role));
        assert_eq!(Role::parse("root"), None);
        let printed = format!("{:?}", PasswordHash("$argon2id$x".to_owned()));
        assert!(!printed.contains("argon2id"), "{printed}");
    }
}
