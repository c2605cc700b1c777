//! The steps that make and upgrade the tables, embedded in the program.
//!
//! Invariant: steps are only added, and only add to what is stored (an index, or the order in which
//! a table is kept, may give way to a better one, which an older server then looks without), so
//! that an older and a newer server can run side by side: what a step adds may be missing from a
//! row that an older server writes (a column has a default or may be NULL). A step that was applied
//! is known by its checksum and must not change.

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

migrations![
    "0001_sales",
    "0002_notifications",
    "0003_sandbox",
    "0004_users",
    "0005_listeners",
    "0006_methods",
    "0007_slip_numbers",
    "0008_recurrences",
    "0009_fraud",
    "0010_shown_faults",
    "0011_users",
    "0012_search",
    "0013_jobs",
    "0015_clock",
    "0017_awaited_buyers",
    "0021_fraud_marks",
    "0024_marks_before",
    "0025_orders",
    "0027_payments_first",
    "0028_order_hashes",
];

/// The table that remembers what was applied.
pub(crate) const TABLE: &str = "schema_migrations";

/// Makes it, on both engines.
pub(crate) const MAKE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
     (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL)";

/// What was applied, in order.
pub(crate) const APPLIED: &str = "SELECT name, checksum FROM schema_migrations ORDER BY name";

/// Remembers a step: name, checksum.
pub(crate) const REMEMBER: &str = "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)";

/// What there is to do, given what was done.
pub(crate) struct Plan {
    /// The steps still to apply, with the checksum of each.
    pub pending: Vec<(&'static Migration, String)>,
    /// The names of steps that a newer program applied.
    pub unknown: Vec<String>,
}

/// Compares the steps that were applied, by name and checksum, with those we know.
///
/// # Errors
/// When a step was changed after it was applied.
pub(crate) fn plan(
    applied: &[(String, String)],
    text: fn(&Migration) -> &'static str,
) -> Result<Plan, String> {
    let mut unknown = Vec::new();
    for (name, checksum) in applied {
        match ALL.iter().find(|step| step.name == name) {
            None => unknown.push(name.clone()),
            Some(known) if *checksum == checksum_of(text(known)) => {}
            Some(_) => return Err(format!("step {name} differs from the one that was applied")),
        }
    }
    let is_new = |step: &&Migration| applied.iter().all(|(name, _)| name != step.name);
    let pending = ALL.iter().filter(is_new);
    Ok(Plan {
        pending: pending
            .map(|step| (step, checksum_of(text(step))))
            .collect(),
        unknown,
    })
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
    fn a_changed_step_is_refused_and_an_unknown_one_is_told() {
        let text = |step: &Migration| step.sqlite;
        let first = ALL[0].name.to_owned();
        assert_eq!(plan(&[], text).unwrap().pending.len(), ALL.len());
        let right = (first.clone(), checksum_of(ALL[0].sqlite));
        let later = ("9999_later".to_owned(), "0".to_owned());
        let told = plan(&[right, later.clone()], text).unwrap();
        assert_eq!(told.pending.len(), ALL.len() - 1);
        assert_eq!(told.unknown, ["9999_later"]);
        assert!(plan(&[later, (first, "0".into())], text).is_err());
    }
}
