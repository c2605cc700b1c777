//! Back-office users: people who look after a merchant, and what each may do.
//!
//! Invariant: no password stands here in clear; what is kept is its hash, which is never printed.
//! What a role may do is said here alone.

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
    /// Whether the user may no longer sign in.
    pub blocked: bool,
    /// What is asked for beside the password, when the user set it up.
    pub second_factor: Option<SecondFactor>,
    /// When the user was made.
    pub created_at: Timestamp,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Looks at everything that concerns payments.
    Viewer,
    /// Captures, cancels, decides on reviews.
    Operator,
    /// Sees the statement, takes exports.
    Finance,
    /// Everything, other users, settings and keys included.
    Administrator,
}

/// The least that a page or an action asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Look at payments.
    View,
    /// Capture, cancel, decide on reviews.
    Operate,
    /// See the statement, take exports.
    Finance,
    /// Take the result of a block: of those who run them, and of those who take exports.
    TakeResult,
    /// Change settings, users and keys, read the audit log.
    Administer,
}

impl Role {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Operator,
        Self::Finance,
        Self::Administrator,
    ];

    /// The word in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Finance => "finance",
            Self::Administrator => "administrator",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == text)
    }

    /// Whether this role may do it.
    #[must_use]
    pub const fn may(self, what: Permission) -> bool {
        match what {
            Permission::View => true,
            Permission::Operate => matches!(self, Self::Operator | Self::Administrator),
            Permission::Finance => matches!(self, Self::Finance | Self::Administrator),
            Permission::TakeResult => !matches!(self, Self::Viewer),
            Permission::Administer => matches!(self, Self::Administrator),
        }
    }
}

/// The longest name to sign in with, in characters.
pub const LONGEST_LOGIN: usize = 64;

/// A name to sign in with as it is kept: lower case, 1 to 64 letters, digits and `. _ - @ +`.
#[must_use]
pub fn login(text: &str) -> Option<String> {
    let login = text.trim().to_lowercase();
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    let fits = (1..=LONGEST_LOGIN).contains(&login.chars().count());
    (fits && login.chars().all(allowed)).then_some(login)
}

/// The shortest password in characters.
pub const SHORTEST_PASSWORD: usize = 12;
/// The longest password in characters.
pub const LONGEST_PASSWORD: usize = 128;

/// Whether a text can be a password: 12 to 128 characters, not all the same, and not the name it
/// belongs to. Length is what counts; no kind of sign is asked for.
#[must_use]
pub fn is_password(text: &str, login: &str) -> bool {
    let count = text.chars().count();
    let mut signs: Vec<char> = text.chars().collect();
    signs.sort_unstable();
    signs.dedup();
    (SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&count)
        && signs.len() >= 4
        && (login.is_empty() || !text.to_lowercase().contains(login) || login.len() < 4)
}

/// What a user proves beside the password: an authenticator's secret, and codes for the day on
/// which it is lost.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret, sealed under the merchant's key.
    pub sealed: Vec<u8>,
    /// Hashes of the recovery codes that were not used yet.
    pub recovery: Vec<[u8; 32]>,
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecondFactor(***, {} codes)", self.recovery.len())
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
    fn each_role_may_what_its_name_says_and_an_administrator_everything() {
        use Permission::{Administer, Finance, Operate, TakeResult, View};
        for (role, may) in [
            (Role::Viewer, [true, false, false, false, false]),
            (Role::Operator, [true, true, false, true, false]),
            (Role::Finance, [true, false, true, true, false]),
            (Role::Administrator, [true; 5]),
        ] {
            let all = [View, Operate, Finance, TakeResult, Administer];
            let found = all.map(|what| role.may(what));
            assert_eq!(found, may, "{role:?}");
        }
    }

    #[test]
    fn a_login_is_kept_in_lower_case_without_signs_that_mislead() {
        assert_eq!(
            login(" Ana.Souza@Loja.com "),
            Some("ana.souza@loja.com".to_owned())
        );
        let long = "a".repeat(LONGEST_LOGIN + 1);
        for bad in ["", " ", "a b", "<b>", "a\u{202e}b", "a/b", &long] {
            assert_eq!(login(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_password_is_long_and_neither_one_sign_nor_the_login() {
        for good in ["correct horse", "ããêê çç 12345", "kQ8-vvvvvvvv"] {
            assert!(is_password(good, "ana"), "{good}");
        }
        let long = "abcd".repeat(33);
        for bad in [
            "",
            "short",
            "elevenchars",
            "aaaaaaaaaaaaaa",
            "admin-admin-admin",
            &long,
        ] {
            assert!(!is_password(bad, "admin"), "{bad}");
        }
    }

    #[test]
    fn a_role_is_read_back_and_a_hash_is_never_printed() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
        let factor = SecondFactor {
            sealed: vec![77],
            recovery: vec![[88; 32]],
        };
        assert_eq!(format!("{factor:?}"), "SecondFactor(***, 1 codes)");
        let printed = format!("{:?}", PasswordHash("$argon2id$x".to_owned()));
        assert!(!printed.contains("argon2id"), "{printed}");
    }
}
