//! Statements that read or write many rows at once.
//!
//! Invariant: the text depends only on table, kind and number of rows, at most [`MOST_ROWS`], so
//! that statements are prepared once and used again. One of each size rather than of powers of two:
//! each statement of a batch wakes both sides once more.

use std::fmt::Write as _;
use std::hash::{Hash, Hasher};

use crate::rows::{Row, Table};

/// Rows in one statement at the most.
pub(super) const MOST_ROWS: usize = 64;

/// A statement, by what its text is made from: comparing that costs less than comparing texts of
/// several kilobytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text {
    /// As it stands.
    Fixed(&'static str),
    /// Many rows of a table.
    Many {
        /// What is done with them.
        kind: Kind,
        /// Whose they are.
        table: &'static Table,
        /// How many.
        rows: usize,
    },
}

/// What a statement does with many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Inserts rows whose ids are new.
    Insert,
    /// Inserts rows that may be taken already: all of them, or it fails.
    InsertAll,
    /// Inserts those that are free and says which.
    InsertFree,
    /// Updates rows that hold the version before: all of them, or it fails.
    UpdateAll,
    /// Updates those that do and says which.
    UpdateFree,
    /// Deletes rows by key; some may have gone.
    Delete,
    /// Selects rows by key and says by which.
    Select,
}

impl Kind {
    /// What writes such a row; `all` when it must not lose.
    pub(super) fn of(row: &Row, all: bool) -> Self {
        match (row, row.may_conflict(), all) {
            (Row::Update { .. }, _, true) => Self::UpdateAll,
            (Row::Update { .. }, _, false) => Self::UpdateFree,
            (Row::Insert { .. }, true, true) => Self::InsertAll,
            (Row::Insert { .. }, true, false) => Self::InsertFree,
            (Row::Insert { .. }, false, _) => Self::Insert,
            (Row::Delete { .. }, _, _) => Self::Delete,
        }
    }

    /// Whether it fails when not all rows could be written.
    pub(super) const fn needs_all(self) -> bool {
        matches!(self, Self::InsertAll | Self::UpdateAll)
    }
}

impl Text {
    /// The text.
    pub(super) fn sql(self) -> String {
        let (kind, table, rows) = match self {
            Self::Fixed(sql) => return sql.to_owned(),
            Self::Many { kind, table, rows } => (kind, table, rows),
        };
        match kind {
            Kind::Insert => insert(table, rows),
            Kind::InsertAll => all(&claim(table, rows), rows),
            Kind::InsertFree => claim(table, rows),
            Kind::UpdateAll => all(&update(table, rows), rows),
            Kind::UpdateFree => update(table, rows),
            Kind::Delete => delete(table, rows),
            Kind::Select => select(table, rows),
        }
    }

    fn identity(&self) -> (Option<Kind>, &'static str, usize) {
        match self {
            Self::Fixed(sql) => (None, sql, 0),
            Self::Many { kind, table, rows } => (Some(*kind), table.name, *rows),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// Splits a number of rows into statements.
pub(super) fn chunks(rows: usize) -> Vec<usize> {
    let rest = rows % MOST_ROWS;
    let mut sizes = vec![MOST_ROWS; rows / MOST_ROWS];
    sizes.extend((rest > 0).then_some(rest));
    sizes
}

fn insert(table: &Table, rows: usize) -> String {
    let names = joined(table.columns.iter().map(|(name, _)| (*name).to_owned()));
    let mut sql = format!("INSERT INTO {} ({names}) VALUES ", table.name);
    push_places(&mut sql, table.columns.len(), rows, |_| String::new());
    sql
}

/// Only rows whose keys are free; those keys come back. Tables whose rows age take one more
/// parameter, the last: older rows are replaced.
fn claim(table: &Table, rows: usize) -> String {
    let mut sql = insert(table, rows);
    let _ = write!(sql, " ON CONFLICT ({}) DO ", joined(key(table, "")));
    match table.replaced_when_older {
        None => sql.push_str("NOTHING"),
        Some(age) => {
            let rest = table.columns.iter().skip(table.key);
            let sets = joined(rest.map(|(name, _)| format!("{name} = excluded.{name}")));
            let last = table.columns.len().saturating_mul(rows).saturating_add(1);
            let _ = write!(
                sql,
                "UPDATE SET {sets} WHERE {}.{age} < ${last}",
                table.name
            );
        }
    }
    let returned = joined(key(table, &format!("{}.", table.name)));
    let _ = write!(sql, " RETURNING {returned}");
    sql
}

/// Rows that hold the version before; their keys come back.
fn update(table: &Table, rows: usize) -> String {
    let columns = table.columns_updated();
    let sets = columns.iter().skip(table.key);
    let sets = joined(sets.map(|(name, _)| format!("{name} = v.{name}")));
    let mut sql = format!("UPDATE {} AS t SET {sets} FROM (VALUES ", table.name);
    push_places(&mut sql, columns.len(), rows, |at| cast(columns, at));
    let names = joined(columns.iter().map(|(name, _)| (*name).to_owned()));
    let _ = write!(sql, ") AS v ({names}) WHERE t.version = v.version - 1");
    for (name, _) in table.columns.iter().take(table.key) {
        let _ = write!(sql, " AND t.{name} = v.{name}");
    }
    let _ = write!(sql, " RETURNING {}", joined(key(table, "t.")));
    sql
}

fn delete(table: &Table, rows: usize) -> String {
    let columns = table.columns.get(..table.key).unwrap_or_default();
    let mut sql = format!("DELETE FROM {} AS t USING (VALUES ", table.name);
    push_places(&mut sql, columns.len(), rows, |at| cast(columns, at));
    let same = columns
        .iter()
        .map(|(name, _)| format!("t.{name} = v.{name}"));
    let same: Vec<String> = same.collect();
    let names = joined(key(table, ""));
    let _ = write!(sql, ") AS v ({names}) WHERE {}", same.join(" AND "));
    sql
}

/// Fails unless the statement gives back so many rows, and says so in the server's log.
fn all(statement: &str, rows: usize) -> String {
    format!(
        "WITH written AS ({statement}) SELECT CASE count(*) WHEN {rows} THEN {rows} \
         ELSE CAST('aval writes these again apart: of {rows} rows ' || count(*) AS int8) \
         END FROM written"
    )
}

/// Rows by key, each after all its columns with the place of its key among those asked for. A
/// place that is not needed is filled with NULL, which is no row's key.
fn select(table: &Table, rows: usize) -> String {
    let names = joined(table.columns.iter().map(|(name, _)| format!("t.{name}")));
    let key = table.columns.get(..table.key).unwrap_or_default();
    let mut sql = format!("SELECT {names}, asked.place FROM (VALUES ");
    let mut number = 0_usize;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        let _ = write!(sql, "{row}::int8");
        for (_, kind) in key {
            number = number.saturating_add(1);
            let _ = write!(sql, ", ${number}::{kind}");
        }
        sql.push(')');
    }
    let names = joined(key.iter().map(|(name, _)| (*name).to_owned()));
    let _ = write!(
        sql,
        ") AS asked (place, {names}) JOIN {} AS t ON ",
        table.name
    );
    for (at, (name, _)) in key.iter().enumerate() {
        let and = if at == 0 { "" } else { " AND " };
        let _ = write!(sql, "{and}t.{name} = asked.{name}");
    }
    sql
}

fn key<'a>(table: &'a Table, prefix: &'a str) -> impl Iterator<Item = String> + 'a {
    table
        .columns
        .iter()
        .take(table.key)
        .map(move |(name, _)| format!("{prefix}{name}"))
}

fn cast(columns: &[(&str, &str)], at: usize) -> String {
    let kind = columns.get(at).map(|(_, kind)| format!("::{kind}"));
    kind.unwrap_or_default()
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// `($1, $2), ($3, $4)`, each place with its suffix by column.
fn push_places(sql: &mut String, width: usize, rows: usize, suffix: impl Fn(usize) -> String) {
    let mut number = 0_usize;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            number = number.saturating_add(1);
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(sql, "{comma}${number}{}", suffix(column));
        }
        sql.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{ORDER_CLAIMS, answers};

    #[test]
    fn rows_are_split_into_few_statements() {
        assert_eq!(chunks(0), [] as [usize; 0]);
        assert_eq!(chunks(7), [7]);
        assert_eq!(chunks(64), [64]);
        assert_eq!(chunks(200), [64, 64, 64, 8]);
    }

    #[test]
    fn an_insert_that_may_conflict_gives_the_keys_it_won() {
        assert_eq!(
            claim(&ORDER_CLAIMS, 2),
            "INSERT INTO order_claims (merchant_id, order_id) VALUES ($1, $2), ($3, $4) \
             ON CONFLICT (merchant_id, order_id) DO NOTHING \
             RETURNING order_claims.merchant_id, order_claims.order_id"
        );
        assert!(claim(&answers::TABLE, 1).contains("WHERE answers.created_at < $8"));
    }

    #[test]
    fn many_rows_are_deleted_by_key() {
        assert_eq!(
            delete(&ORDER_CLAIMS, 2),
            "DELETE FROM order_claims AS t USING (VALUES ($1::uuid, $2::text), \
             ($3::uuid, $4::text)) AS v (merchant_id, order_id) \
             WHERE t.merchant_id = v.merchant_id AND t.order_id = v.order_id"
        );
    }

    #[test]
    fn many_rows_are_selected_by_key() {
        assert_eq!(
            select(&ORDER_CLAIMS, 2),
            "SELECT t.merchant_id, t.order_id, asked.place FROM (VALUES \
             (0::int8, $1::uuid, $2::text), (1::int8, $3::uuid, $4::text)) \
             AS asked (place, merchant_id, order_id) JOIN order_claims AS t \
             ON t.merchant_id = asked.merchant_id AND t.order_id = asked.order_id"
        );
    }
}
