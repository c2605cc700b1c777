//! The steps that make and upgrade the tables, embedded in the program.
//!
//! Invariant: steps are only added, and only add to the schema, so that an older and a newer server
//! can run side by side. A step that was applied is known by its checksum and must not change.

/// One step: its name and its text for each engine.
pub(crate) struct Migration {
    /// Its file name, without ending; also its place in the order.
    pub name: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        /// All steps in order.
        pub(crate) const ALL: &[Migration] = &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }),*];
    };
}

migrations!["0001_sales"];

/// The table that remembers what was applied, on both engines.
pub(crate) const MAKE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
     (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL)";

/// What was applied, in order.
pub(crate) const APPLIED: &str = "SELECT name, checksum FROM schema_migrations ORDER BY name";

/// Remembers a step: name, checksum.
pub(crate) const REMEMBER: &str = "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)";

/// The steps still to apply, given those that were, with the checksum of each.
///
/// # Errors
/// When the store was made by a newer program, or a step was changed after it was applied.
pub(crate) fn pending(
    applied: &[(String, String)],
    text: fn(&Migration) -> &'static str,
) -> Result<Vec<(&'static Migration, String)>, String> {
    for (name, checksum) in applied {
        let Some(known) = ALL.iter().find(|step| step.name == name) else {
            return Err(format!(
                "it was made by a newer version (step {name} is unknown)"
            ));
        };
        if *checksum != checksum_of(text(known)) {
            return Err(format!("step {name} differs from the one that was applied"));
        }
    }
    let is_new = |step: &&Migration| applied.iter().all(|(name, _)| name != step.name);
    Ok(ALL
        .iter()
        .filter(is_new)
        .map(|step| (step, checksum_of(text(step))))
        .collect())
}

/// FNV-1a of the text: it has to tell an edit, not an attacker.
fn checksum_of(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_unknown_step_is_refused() {
        let text = |step: &Migration| step.sqlite;
        let first = ALL[0].name.to_owned();
        assert_eq!(pending(&[], text).unwrap().len(), ALL.len());
        let right = (first.clone(), checksum_of(ALL[0].sqlite));
        assert_eq!(pending(&[right], text).unwrap().len(), ALL.len() - 1);
        assert!(pending(&[(first, "0".into())], text).is_err());
        assert!(pending(&[("9999_later".into(), "0".into())], text).is_err());
    }
}
