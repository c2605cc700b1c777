//! Reading rows by key, many with one statement: whoever asks while the last statement is under
//! way is answered by the next.
//!
//! Invariant: a statement is sent after the questions it answers were asked, so that each sees
//! every commit that was answered before.

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::link::{Kept, explain};
use super::statements::{Kind, MOST_ROWS, Text};
use crate::rows::Table;
use crate::value::Value;

/// A question and who waits for the answer.
pub(super) struct Lookup {
    /// The row's key.
    pub key: Vec<Value>,
    /// Who waits; the row is decoded there.
    pub answer: oneshot::Sender<Result<Option<Row>, String>>,
}

/// Answers questions about a table until nobody can ask any more.
pub(super) async fn answer(
    table: &'static Table,
    connection: Kept,
    mut asked: mpsc::Receiver<Lookup>,
) {
    let mut lookups = Vec::with_capacity(MOST_ROWS);
    while asked.recv_many(&mut lookups, MOST_ROWS).await > 0 {
        match look_up(table, &connection, &lookups).await {
            Ok(rows) => {
                for (lookup, row) in lookups.drain(..).zip(rows) {
                    let _ = lookup.answer.send(Ok(row));
                }
            }
            Err(why) => {
                for lookup in lookups.drain(..) {
                    let _ = lookup.answer.send(Err(why.clone()));
                }
            }
        }
    }
}

/// The row of each key, in the order of the keys.
async fn look_up(
    table: &'static Table,
    connection: &Kept,
    lookups: &[Lookup],
) -> Result<Vec<Option<Row>>, String> {
    let link = connection.link().await?;
    let rows = lookups.len().next_power_of_two();
    let text = Text::Many {
        kind: Kind::Select,
        table,
        rows,
    };
    let told = |error: tokio_postgres::Error| explain(&error);
    let statement = link.prepare(text).await.map_err(told)?;
    let keys = lookups.iter().flat_map(|lookup| &lookup.key);
    let places = rows.saturating_mul(table.key);
    let parameters: Vec<&(dyn ToSql + Sync)> = keys
        .chain(std::iter::repeat(&Value::Null))
        .take(places)
        .map(|value| value as _)
        .collect();
    let found = link.client().query(&statement, &parameters).await;
    let mut answers: Vec<Option<Row>> = lookups.iter().map(|_| None).collect();
    for row in found.map_err(told)? {
        let place: i64 = row.try_get(table.columns.len()).map_err(told)?;
        let answer = usize::try_from(place)
            .ok()
            .and_then(|place| answers.get_mut(place));
        *answer.ok_or("a row that was not asked for")? = Some(row);
    }
    Ok(answers)
}
