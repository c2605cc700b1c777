//! Statements that write many rows at once.
//!
//! Invariant: the text depends only on table, kind and number of rows, and numbers come in powers
//! of two, so that few statements are prepared and all are used again.

use std::fmt::Write as _;

use crate::rows::Table;

/// Rows in one statement at the most; a power of two.
pub(super) const MOST_ROWS: usize = 64;

/// Splits a number of rows into powers of two, the largest first.
pub(super) fn chunks(mut rows: usize) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut size = MOST_ROWS;
    while size > 0 {
        while rows >= size {
            sizes.push(size);
            rows = rows.saturating_sub(size);
        }
        size /= 2;
    }
    sizes
}

/// `INSERT` of so many rows. Of tables whose rows may be taken already: only those that are free,
/// and the keys of those come back. Tables whose rows age take one more parameter, the last: older
/// rows are replaced.
pub(super) fn insert(table: &Table, rows: usize, may_conflict: bool) -> String {
    let names = joined(table.columns.iter().map(|(name, _)| (*name).to_owned()));
    let mut sql = format!("INSERT INTO {} ({names}) VALUES ", table.name);
    push_places(&mut sql, table.columns.len(), rows, |_| String::new());
    if may_conflict {
        let key = joined(key(table, ""));
        let _ = write!(sql, " ON CONFLICT ({key}) DO ");
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
        let _ = write!(
            sql,
            " RETURNING {}",
            joined(self::key(table, &format!("{}.", table.name)))
        );
    }
    sql
}

/// `UPDATE` of so many rows that hold the version before; the keys of those come back.
pub(super) fn update(table: &Table, rows: usize) -> String {
    let width = table.key.saturating_add(table.updated);
    let columns = table.columns.get(..width).unwrap_or_default();
    let sets = joined(
        table
            .updated_columns()
            .iter()
            .map(|(name, _)| format!("{name} = v.{name}")),
    );
    let mut sql = format!("UPDATE {} AS t SET {sets} FROM (VALUES ", table.name);
    push_places(&mut sql, width, rows, |at| {
        columns
            .get(at)
            .map(|(_, kind)| format!("::{kind}"))
            .unwrap_or_default()
    });
    let names = joined(columns.iter().map(|(name, _)| (*name).to_owned()));
    let _ = write!(sql, ") AS v ({names}) WHERE t.version = v.version - 1");
    for (name, _) in table.columns.iter().take(table.key) {
        let _ = write!(sql, " AND t.{name} = v.{name}");
    }
    let _ = write!(sql, " RETURNING {}", joined(key(table, "t.")));
    sql
}

fn key<'a>(table: &'a Table, prefix: &'a str) -> impl Iterator<Item = String> + 'a {
    table
        .columns
        .iter()
        .take(table.key)
        .map(move |(name, _)| format!("{prefix}{name}"))
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
    fn rows_are_split_into_powers_of_two() {
        assert_eq!(chunks(0), [] as [usize; 0]);
        assert_eq!(chunks(7), [4, 2, 1]);
        assert_eq!(chunks(200), [64, 64, 64, 8]);
    }

    #[test]
    fn an_insert_that_may_conflict_gives_the_keys_it_won() {
        assert_eq!(
            insert(&ORDER_CLAIMS, 2, true),
            "INSERT INTO order_claims (merchant_id, order_id) VALUES ($1, $2), ($3, $4) \
             ON CONFLICT (merchant_id, order_id) DO NOTHING \
             RETURNING order_claims.merchant_id, order_claims.order_id"
        );
        assert!(insert(&answers::TABLE, 1, true).contains("WHERE answers.created_at < $8"));
    }
}
