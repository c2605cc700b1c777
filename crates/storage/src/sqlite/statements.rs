//! The statements that write one change set inside a transaction.
//!
//! Invariant: all expectations of the set are checked first; after the first write only a fault can
//! end it, and a fault undoes the whole transaction.

use std::collections::HashMap;
use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::CommitError;
use crate::changes::Conflict;
use crate::rows::{Row, TABLES, Table};
use crate::value::Value;

/// What became of a set: written, or a conflict and nothing written.
pub(super) type Outcome = Result<(), Conflict>;

/// What no expectation foresaw: a constraint, or the store itself.
pub(super) struct Fault(rusqlite::Error);

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self(error)
    }
}

impl Fault {
    /// Whether the store's own constraints refuse the set.
    pub(super) fn is_constraint(&self) -> bool {
        self.0.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
    }

    pub(super) fn tell(&self) -> CommitError {
        let text = self.0.to_string();
        if self.is_constraint() {
            CommitError::Refused(text)
        } else {
            CommitError::Unavailable(text)
        }
    }
}

/// Writes the rows of one set, or none of them.
pub(super) fn write(connection: &Connection, rows: &[Row]) -> Result<Outcome, Fault> {
    for row in rows.iter().filter(|row| row.may_conflict()) {
        if let Some(conflict) = expected(connection, row)? {
            return Ok(Err(conflict));
        }
    }
    for row in rows {
        let texts = Texts::of(row.table());
        let sql = match row {
            Row::Insert { .. } => &texts.insert,
            Row::Update { .. } => &texts.update,
            Row::Delete { .. } => &texts.delete,
        };
        let written = connection
            .prepare_cached(sql)?
            .execute(params_from_iter(row.values()))?;
        let may_be_gone = matches!(row, Row::Delete { .. });
        if written != 1 && !(may_be_gone && written == 0) {
            return Err(Fault(rusqlite::Error::StatementChangedRows(written)));
        }
    }
    Ok(Ok(()))
}

/// The conflict, when what a row expects is not so.
fn expected(connection: &Connection, row: &Row) -> Result<Option<Conflict>, Fault> {
    let table = row.table();
    let mut look_up = connection.prepare_cached(&Texts::of(table).look_up)?;
    let found: Option<i64> = look_up
        .query_row(params_from_iter(row.key()), |row| row.get(0))
        .optional()?;
    let is_lost = match row {
        Row::Update { values, .. } => {
            let before = match values.get(table.key) {
                Some(Value::Int(version)) => version.checked_sub(1),
                _ => None,
            };
            found.is_none() || found != before
        }
        Row::Insert { forget_before, .. } => {
            let holds = |found: i64| forget_before.is_none_or(|before| found >= before);
            found.is_some_and(holds)
        }
        Row::Delete { .. } => false,
    };
    Ok(row.conflict().filter(|_| is_lost))
}

/// The statements of a table, made once.
struct Texts {
    insert: String,
    update: String,
    delete: String,
    /// The version of a row, or its age, or just that it is there.
    look_up: String,
}

static TEXTS: LazyLock<HashMap<&'static str, Texts>> = LazyLock::new(|| {
    TABLES
        .iter()
        .map(|table| (table.name, Texts::new(table)))
        .collect()
});

impl Texts {
    fn of(table: &Table) -> &'static Self {
        static NONE: Texts = Texts {
            insert: String::new(),
            update: String::new(),
            delete: String::new(),
            look_up: String::new(),
        };
        TEXTS.get(table.name).unwrap_or(&NONE)
    }

    fn new(table: &Table) -> Self {
        let names: Vec<&str> = table.columns.iter().map(|(column, _)| *column).collect();
        let numbered = |at: usize| format!("?{}", at.saturating_add(1));
        let equals = |(at, column): (usize, &&str)| format!("{column} = {}", numbered(at));
        let key: Vec<String> = names
            .iter()
            .take(table.key)
            .enumerate()
            .map(equals)
            .collect();
        let places: Vec<String> = (0..names.len()).map(numbered).collect();
        let sets: Vec<String> = names
            .iter()
            .enumerate()
            .skip(table.key)
            .take(table.updated)
            .map(equals)
            .collect();
        let verb = if table.replaced_when_older.is_some() {
            "REPLACE"
        } else {
            "INSERT"
        };
        let looked_up = match table.replaced_when_older {
            Some(age) => age,
            None if table.updated > 0 => "version",
            None => "1",
        };
        let (name, key) = (table.name, key.join(" AND "));
        Self {
            insert: format!(
                "{verb} INTO {name} ({}) VALUES ({})",
                names.join(", "),
                places.join(", ")
            ),
            update: format!("UPDATE {name} SET {} WHERE {key}", sets.join(", ")),
            delete: format!("DELETE FROM {name} WHERE {key}"),
            look_up: format!("SELECT {looked_up} FROM {name} WHERE {key}"),
        }
    }
}
