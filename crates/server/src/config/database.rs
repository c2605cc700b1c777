//! Where the store keeps its rows.
//!
//! Invariant: whatever is shown of a database URL has no password in it.

use std::fmt;
use std::path::PathBuf;

use super::values::read_port;

/// The database of the store.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file; it need not exist yet.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database, with its password.
    Postgres(String),
}

impl Database {
    /// Reads the setting. No error repeats the text, which may hold a password.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
                Err("the URL must not contain blanks".to_owned())
            } else {
                Ok(Self::Postgres(text.to_owned()))
            };
        }
        // `sqlite://PATH` is common too. A bare path with `:` or `=` is rather another kind of
        // address than the file it would silently create; so is a bare word.
        let path = match text.strip_prefix("sqlite:") {
            Some(path) => path.strip_prefix("//").unwrap_or(path),
            None if text.contains([':', '=']) || !text.contains('/') => "",
            None => text,
        };
        if path.is_empty() {
            return Err("must be postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH".to_owned());
        }
        if path.starts_with(":memory:") || path.starts_with("file:") {
            return Err("an SQLite database must be a file, given by its path".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&masked(url)),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

/// A URL without the passwords in it. What cannot be told apart is left out as well.
pub(super) fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let nothing = format!("{scheme}://****");
    let (base, query) = match rest.split_once('?') {
        Some((base, query)) => (base, Some(query)),
        None => (rest, None),
    };
    // Here `?` or `@` may belong to a password that was not percent-encoded.
    if query.is_some_and(|query| query.contains(['@', '?'])) {
        return nothing;
    }
    let base = match base.rsplit_once('@') {
        Some((credentials, place)) => match credentials.split_once(':') {
            Some((user, _)) => format!("{user}:****@{place}"),
            None => base.to_owned(),
        },
        None if is_without_credentials(base) => base.to_owned(),
        None => return nothing,
    };
    let query: Vec<String> = query
        .iter()
        .flat_map(|query| query.split('&'))
        .map(mask_of)
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{base}{mark}{}", query.join("&"))
}

// `postgres://user:password` with the host forgotten has something else where ports are.
fn is_without_credentials(base: &str) -> bool {
    let hosts = base.split('/').next().unwrap_or(base);
    hosts.split(',').all(|host| match host.rsplit_once(':') {
        Some((_, port)) => port.ends_with(']') || read_port(port).is_some(),
        None => true,
    })
}

fn mask_of(parameter: &str) -> String {
    match parameter.split_once('=') {
        // The name of a parameter may be percent-encoded as well.
        Some((key, _)) if key.to_lowercase().contains("pass") || key.contains('%') => {
            format!("{key}=****")
        }
        _ => parameter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, masked};

    #[test]
    fn the_database_is_a_postgres_url_or_a_file() {
        let sqlite = |path: &str| Ok(Database::Sqlite(path.into()));
        assert_eq!(Database::read("sqlite:a/b.db"), sqlite("a/b.db"));
        assert_eq!(Database::read("sqlite:///a/b.db"), sqlite("/a/b.db"));
        assert_eq!(Database::read("a/b.db"), sqlite("a/b.db"));
        for url in ["postgres://u:p@h/d", "postgresql:///d?host=/run"] {
            assert_eq!(Database::read(url), Ok(Database::Postgres(url.to_owned())));
        }
        for text in [
            "mysql://u:hunter2@h/d",
            "postgres:/u:hunter2@h/d",
            "host=h password=hunter2",
            "postgres://u:hunter2 @h/d",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:file:x?mode=memory",
        ] {
            let what = Database::read(text).unwrap_err();
            assert!(!what.contains("hunter2"), "{what}");
        }
    }

    #[test]
    fn no_password_survives_the_mask() {
        for (url, expected) in [
            (
                "postgres://u:hunter2@h:5432/d",
                "postgres://u:****@h:5432/d",
            ),
            (
                "postgres://u:hunter2@x:hunter2@h/d",
                "postgres://u:****@h/d",
            ),
            ("postgres://u:hunter2/hunter2@h/d", "postgres://u:****@h/d"),
            ("postgres://u:hunter2?hunter2@h/d", "postgres://****"),
            (
                "postgres://u:hunter2@h/d?password=hunter2@x",
                "postgres://****",
            ),
            ("postgres://u:hunter2", "postgres://****"),
            (
                "postgres://u@h/d?password=hunter2&sslmode=require",
                "postgres://u@h/d?password=****&sslmode=require",
            ),
            (
                "postgres://h/d?p%61ssword=hunter2",
                "postgres://h/d?p%61ssword=****",
            ),
            (
                "postgres:///d?user=u&PassWord=hunter2",
                "postgres:///d?user=u&PassWord=****",
            ),
            ("postgres://a:1,b:2/d", "postgres://a:1,b:2/d"),
            ("postgres://[::1]:5432/d", "postgres://[::1]:5432/d"),
            ("sqlite:aval.db", "sqlite:aval.db"),
        ] {
            assert_eq!(masked(url), expected);
        }
    }
}
