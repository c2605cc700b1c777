//! Writing several change sets in one transaction.
//!
//! Invariant: a set whose expectation fails leaves nothing behind. Hardly any fails, so all is sent
//! at once, with expectations that fail the whole transaction when one is lost; only then it is
//! written again in two phases, first the expectations, then the effects of the sets that won. No
//! two sets of a batch expect something of the same row.

use std::collections::{BTreeMap, HashSet};

use futures_util::future::{join, join_all, try_join_all};
use tokio_postgres::Statement;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::link::{Trouble, explain};
use super::session::Session;
use super::statements::{self, Kind, Text};
use crate::changes::Conflict;
use crate::rows::Row;
use crate::value::{Cells, Value};

/// What became of each set: written, or a conflict and nothing written.
pub(super) type Outcomes = Vec<Result<(), Conflict>>;

/// Why a batch was not written.
pub(super) enum Fault {
    /// Some expectation failed; nothing was written.
    Contested,
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

/// A row that a set expects something of: its table and key.
pub(super) type Claim<'a> = (&'static str, &'a [Value]);

/// The rows that a set expects something of.
pub(super) fn claims(rows: &[Row]) -> impl Iterator<Item = Claim<'_>> {
    let conflicting = rows.iter().filter(|row| row.may_conflict());
    conflicting.map(|row| (row.table().name, row.key()))
}

/// Writes the sets, or none of them.
pub(super) async fn write(session: &mut Session, sets: &[&[Row]]) -> Result<Outcomes, Fault> {
    match at_once(session, sets).await {
        Ok(()) => Ok(vec![Ok(()); sets.len()]),
        Err(Fault::Contested) => in_two_phases(session, sets).await,
        Err(other) => Err(other),
    }
}

/// Sends everything, expecting that no set loses.
async fn at_once(session: &mut Session, sets: &[&[Row]]) -> Result<(), Fault> {
    let rows = sets.iter().flat_map(|rows| rows.iter()).collect();
    let steps = steps(session, rows, true).await?;
    if let ([step], false) = (steps.as_slice(), session.is_inside()) {
        // One statement is a transaction of its own.
        return step.written(step.execute(session).await);
    }
    session.begin().await.map_err(fault)?;
    finish(session, &steps).await
}

async fn in_two_phases(session: &mut Session, sets: &[&[Row]]) -> Result<Outcomes, Fault> {
    let all = || sets.iter().flat_map(|rows| rows.iter());
    let won = expect(session, all().filter(|row| row.may_conflict()).collect()).await?;
    let outcomes: Outcomes = sets.iter().map(|rows| outcome(rows, &won)).collect();
    let torn = sets
        .iter()
        .zip(&outcomes)
        .any(|(rows, outcome)| outcome.is_err() && claims(rows).any(|claim| won.contains(&claim)));
    if torn {
        session.roll_back().await.map_err(fault)?;
        return Err(Fault::Lost(outcomes));
    }
    let winners = sets
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.is_ok());
    let effects = winners
        .flat_map(|(rows, _)| rows.iter())
        .filter(|row| !row.may_conflict());
    let steps = steps(session, effects.collect(), false).await?;
    finish(session, &steps).await?;
    Ok(outcomes)
}

type Won<'a> = HashSet<Claim<'a>>;

fn outcome(rows: &[Row], won: &Won<'_>) -> Result<(), Conflict> {
    let conflicts = rows.iter().filter_map(Row::conflict);
    let lost = conflicts
        .zip(claims(rows))
        .find(|(_, claim)| !won.contains(claim));
    lost.map_or(Ok(()), |(conflict, _)| Err(conflict))
}

/// Begins the transaction and writes the rows that expect something; gives those that won.
async fn expect<'a>(session: &mut Session, rows: Vec<&'a Row>) -> Result<Won<'a>, Fault> {
    let steps = steps(session, rows, false).await?;
    session.begin().await.map_err(fault)?;
    let parameters: Vec<_> = steps.iter().map(Step::parameters).collect();
    let queries = steps.iter().zip(&parameters);
    let queries = queries.map(|(step, values)| session.client().query(&step.statement, values));
    let results = join_all(queries).await;
    let mut won = Won::new();
    for (step, result) in steps.iter().zip(results) {
        for row in result.map_err(fault)? {
            let known = step.rows.iter().find(|known| is_key(&row, known.key()));
            won.extend(known.map(|known| (known.table().name, known.key())));
        }
    }
    Ok(won)
}

fn is_key(row: &tokio_postgres::Row, key: &[Value]) -> bool {
    key.iter().enumerate().all(|(at, value)| match value {
        Value::Id(id) => row.opt_slice(at).is_ok_and(|found| found == Some(&id[..])),
        Value::Text(text) => row.opt_str(at).is_ok_and(|found| found == Some(text)),
        Value::Int(number) => row.opt_int(at).is_ok_and(|found| found == Some(*number)),
        Value::Bytes(bytes) => row.opt_slice(at).is_ok_and(|found| found == Some(bytes)),
        Value::Null => false,
    })
}

/// Writes and commits. All statements are sent before the first answer is read.
async fn finish(session: &Session, steps: &[Step<'_>]) -> Result<(), Fault> {
    let writes = join_all(steps.iter().map(|step| step.execute(session)));
    let (written, committed) = join(writes, session.commit()).await;
    // After a failed statement COMMIT rolls back and says nothing of it: look at each write first.
    for (step, count) in steps.iter().zip(written) {
        step.written(count)?;
    }
    committed.map_err(fault)
}

/// A statement and the values of its parameters.
struct Step<'a> {
    kind: Kind,
    statement: Statement,
    rows: Vec<&'a Row>,
    forget_before: Option<Value>,
}

impl Step<'_> {
    async fn execute(&self, session: &Session) -> Result<u64, tokio_postgres::Error> {
        let parameters = self.parameters();
        session.client().execute(&self.statement, &parameters).await
    }

    fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        let values = self.rows.iter().flat_map(|row| row.values());
        let values = values.chain(&self.forget_before);
        values.map(|value| value as _).collect()
    }

    /// What the outcome of its execution means.
    fn written(&self, count: Result<u64, tokio_postgres::Error>) -> Result<(), Fault> {
        let count = match count {
            // Parameters are binary: only the expectation itself casts a text.
            Err(error)
                if self.kind.needs_all()
                    && error.code() == Some(&SqlState::INVALID_TEXT_REPRESENTATION) =>
            {
                return Err(Fault::Contested);
            }
            other => other.map_err(fault)?,
        };
        let expected = if self.kind.needs_all() {
            1
        } else {
            self.rows.len()
        };
        let may_be_gone = self.kind == Kind::Delete;
        if usize::try_from(count).is_ok_and(|count| count == expected || may_be_gone) {
            return Ok(());
        }
        Err(Fault::Broken(format!("{count} rows written of {expected}")))
    }
}

/// Groups rows of one table and kind into statements of many rows, those with expectations first.
/// Rows stand in the order of their keys, so that two servers lock them in the same order.
async fn steps<'a>(
    session: &Session,
    rows: Vec<&'a Row>,
    all: bool,
) -> Result<Vec<Step<'a>>, Fault> {
    let mut groups: BTreeMap<(bool, &str, u8), Vec<&'a Row>> = BTreeMap::new();
    for row in rows {
        let kind = match row {
            // The age at which rows are replaced is one for a statement.
            Row::Insert { forget_before, .. } if *forget_before == Some(i64::MAX) => 3,
            Row::Insert { .. } => 0,
            Row::Update { .. } => 1,
            Row::Delete { .. } => 2,
        };
        let group = groups.entry((!row.may_conflict(), row.table().name, kind));
        group.or_default().push(row);
    }
    let mut planned = Vec::new();
    for mut group in groups.into_values() {
        group.sort_by_key(|row| row.key());
        let mut rest = group.as_slice();
        for size in statements::chunks(group.len()) {
            let (chunk, after) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            rest = after;
            planned.push(chunk.to_vec());
        }
    }
    try_join_all(planned.into_iter().map(|chunk| step(session, chunk, all))).await
}

async fn step<'a>(session: &Session, rows: Vec<&'a Row>, all: bool) -> Result<Step<'a>, Fault> {
    let Some(first) = rows.first() else {
        return Err(Fault::Refused {
            why: "no rows".to_owned(),
            again: false,
        });
    };
    let kind = Kind::of(first, all);
    let text = Text::Many {
        kind,
        table: first.table(),
        rows: rows.len(),
    };
    let statement = session.prepare(text).await.map_err(unprepared)?;
    let ages = rows.iter().filter_map(|row| match row {
        Row::Insert { forget_before, .. } => *forget_before,
        Row::Update { .. } | Row::Delete { .. } => None,
    });
    Ok(Step {
        kind,
        statement,
        forget_before: ages.min().map(Value::Int),
        rows,
    })
}

fn unprepared(trouble: Trouble) -> Fault {
    match trouble {
        Trouble::Told(error) => fault(error),
        Trouble::Unfit => Fault::Broken(trouble.to_string()),
    }
}

fn fault(error: tokio_postgres::Error) -> Fault {
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
