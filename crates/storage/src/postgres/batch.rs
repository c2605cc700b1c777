//! Writing several change sets in one transaction.
//!
//! Invariant: expectations first, then the effects of the sets that won; a set that lost leaves
//! nothing behind. No two sets of a batch expect something of the same row.

use std::collections::{BTreeMap, HashSet};

use futures_util::future::{join_all, try_join_all};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::link::{Link, explain};
use super::statements;
use crate::changes::Conflict;
use crate::rows::Row;
use crate::value::{Cells, Value};

/// What became of each set: written, or a conflict and nothing written.
pub(super) type Outcomes = Vec<Result<(), Conflict>>;

/// Why a batch was not written.
pub(super) enum Fault {
    /// Some sets lost one expectation and won another; without them the rest can be written.
    Lost(Outcomes),
    /// A statement failed; nothing was written.
    Refused {
        /// What PostgreSQL said.
        why: String,
        /// Whether trying again may help (a deadlock, a serialization failure).
        again: bool,
    },
    /// The connection broke; nobody knows what was written.
    Broken(String),
}

/// A statement and the values of its parameters.
struct Step<'a> {
    statement: Statement,
    values: Vec<&'a Value>,
    rows: Vec<&'a Row>,
    forget_before: Option<Value>,
}

/// The rows that a set expects something of, as comparable keys.
pub(super) fn claims(rows: &[Row]) -> impl Iterator<Item = (&'static str, String)> + '_ {
    let conflicting = rows.iter().filter(|row| row.may_conflict());
    conflicting.map(|row| (row.table().name, format!("{:?}", row.key())))
}

/// Writes the sets, or none of them.
pub(super) async fn write(link: &Link, sets: &[&[Row]]) -> Result<Outcomes, Fault> {
    let all = || sets.iter().flat_map(|rows| rows.iter());
    let expecting: Vec<&Row> = all().filter(|row| row.may_conflict()).collect();
    if expecting.is_empty() {
        let steps = steps(link, all().collect()).await?;
        begin(link).await?;
        finish(link, &steps).await?;
        return Ok(vec![Ok(()); sets.len()]);
    }
    let won = expect(link, expecting).await?;
    let outcomes: Outcomes = sets.iter().map(|rows| outcome(rows, &won)).collect();
    let torn = sets
        .iter()
        .zip(&outcomes)
        .any(|(rows, outcome)| outcome.is_err() && claims(rows).any(|claim| won.contains(&claim)));
    if torn {
        link.client()
            .batch_execute("ROLLBACK")
            .await
            .map_err(fault)?;
        return Err(Fault::Lost(outcomes));
    }
    let winners = sets
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.is_ok());
    let effects = winners
        .flat_map(|(rows, _)| rows.iter())
        .filter(|row| !row.may_conflict());
    let steps = match steps(link, effects.collect()).await {
        Ok(steps) => steps,
        Err(fault) => return Err(roll_back(link, fault).await),
    };
    finish(link, &steps).await?;
    Ok(outcomes)
}

type Won = HashSet<(&'static str, String)>;

fn outcome(rows: &[Row], won: &Won) -> Result<(), Conflict> {
    let conflicting = rows.iter().filter(|row| row.may_conflict());
    for (row, claim) in conflicting.zip(claims(rows)) {
        if !won.contains(&claim) {
            return Err(match row {
                Row::Insert { table, .. } => table.taken,
                Row::Update { .. } => Conflict::Version,
            });
        }
    }
    Ok(())
}

/// Begins the transaction and writes the rows that expect something; gives those that won.
async fn expect(link: &Link, rows: Vec<&Row>) -> Result<Won, Fault> {
    let steps = steps(link, rows).await?;
    begin(link).await?;
    let parameters: Vec<_> = steps.iter().map(Step::parameters).collect();
    let queries = steps.iter().zip(&parameters);
    let queries = queries.map(|(step, values)| link.client().query(&step.statement, values));
    let results = join_all(queries).await;
    let mut won = Won::new();
    for (step, result) in steps.iter().zip(results) {
        let returned = match result {
            Ok(returned) => returned,
            Err(error) => return Err(roll_back(link, fault(error)).await),
        };
        for row in returned {
            let known = step.rows.iter().find(|known| is_key(&row, known.key()));
            if let Some(known) = known {
                won.insert((known.table().name, format!("{:?}", known.key())));
            }
        }
    }
    Ok(won)
}

fn is_key(row: &tokio_postgres::Row, key: &[Value]) -> bool {
    key.iter().enumerate().all(|(at, value)| match value {
        Value::Id(id) => row
            .opt_bytes(at)
            .is_ok_and(|found| found.as_deref() == Some(&id[..])),
        Value::Text(text) => row
            .opt_text(at)
            .is_ok_and(|found| found.as_ref() == Some(text)),
        Value::Int(number) => row.opt_int(at).is_ok_and(|found| found == Some(*number)),
        Value::Bytes(_) | Value::Null => false,
    })
}

/// Writes the effects and commits. All statements are sent before the first answer is read.
async fn finish(link: &Link, steps: &[Step<'_>]) -> Result<(), Fault> {
    let parameters: Vec<_> = steps.iter().map(Step::parameters).collect();
    let writes = steps.iter().zip(&parameters);
    let writes = writes.map(|(step, values)| link.client().execute(&step.statement, values));
    let commit = link.client().batch_execute("COMMIT");
    let (written, committed) = futures_util::future::join(join_all(writes), commit).await;
    // After a failed statement COMMIT rolls back and says nothing of it: look at each write first.
    for (step, count) in steps.iter().zip(written) {
        let count = count.map_err(fault)?;
        if usize::try_from(count) != Ok(step.rows.len()) {
            return Err(Fault::Broken(format!(
                "{count} rows written of {}",
                step.rows.len()
            )));
        }
    }
    committed.map_err(fault)
}

/// Begins a transaction. Waited for before anything else is sent: behind a BEGIN that failed each
/// statement would be committed by itself.
async fn begin(link: &Link) -> Result<(), Fault> {
    link.client().batch_execute("BEGIN").await.map_err(fault)
}

/// Groups rows of one table and kind into statements of many rows.
async fn steps<'a>(link: &Link, rows: Vec<&'a Row>) -> Result<Vec<Step<'a>>, Fault> {
    let mut groups: BTreeMap<(&str, bool), Vec<&'a Row>> = BTreeMap::new();
    for row in rows {
        let is_update = matches!(row, Row::Update { .. });
        groups
            .entry((row.table().name, is_update))
            .or_default()
            .push(row);
    }
    let mut planned = Vec::new();
    for group in groups.values() {
        let mut rest = group.as_slice();
        for size in statements::chunks(group.len()) {
            let (chunk, after) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            rest = after;
            planned.push(chunk.to_vec());
        }
    }
    try_join_all(planned.into_iter().map(|chunk| step(link, chunk))).await
}

async fn step<'a>(link: &Link, rows: Vec<&'a Row>) -> Result<Step<'a>, Fault> {
    let Some(first) = rows.first() else {
        return Err(Fault::Refused {
            why: "no rows".to_owned(),
            again: false,
        });
    };
    let (table, conflicting) = (first.table(), first.may_conflict());
    let sql = match first {
        Row::Insert { .. } => statements::insert(table, rows.len(), conflicting),
        Row::Update { .. } => statements::update(table, rows.len()),
    };
    let statement = link.prepare(&sql).await.map_err(fault)?;
    let values = rows.iter().flat_map(|row| row.values()).collect();
    let ages = rows.iter().filter_map(|row| match row {
        Row::Insert { forget_before, .. } => *forget_before,
        Row::Update { .. } => None,
    });
    Ok(Step {
        statement,
        values,
        forget_before: ages.min().map(Value::Int),
        rows,
    })
}

impl Step<'_> {
    fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        let values = self
            .values
            .iter()
            .map(|value| *value as &(dyn ToSql + Sync));
        values
            .chain(self.forget_before.iter().map(|value| value as _))
            .collect()
    }
}

async fn roll_back(link: &Link, fault: Fault) -> Fault {
    match link.client().batch_execute("ROLLBACK").await {
        Ok(()) => fault,
        Err(error) => self::fault(error),
    }
}

fn fault(error: tokio_postgres::Error) -> Fault {
    use tokio_postgres::error::SqlState;
    let why = explain(&error);
    match error.code() {
        None => Fault::Broken(why),
        Some(code) => {
            let again = [
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::LOCK_NOT_AVAILABLE,
            ];
            // Class 22: a value it cannot hold; 23: a constraint; 54: a limit. Others (shutdown,
            // disk full) are the store's own trouble.
            let is_refusal = ["22", "23", "54"]
                .iter()
                .any(|class| code.code().starts_with(class));
            if is_refusal || again.contains(code) {
                Fault::Refused {
                    why,
                    again: again.contains(code),
                }
            } else {
                Fault::Broken(why)
            }
        }
    }
}
