//! Reading rows by key, many with one statement: whoever asks while the last statement is under
//! way is answered by the next.
//!
//! Invariant: a statement is sent after the questions it answers were asked, so that each sees
//! every commit that was answered before. Questions come and answers go by groups, one for each
//! turn of a thread: waking another thread costs a system call each time.

use futures_util::future::try_join_all;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::link::{Kept, Link, Trouble};
use super::statements::{Kind, MOST_ROWS, Text};
use crate::gather::Gather;
use crate::rows::Table;
use crate::value::Value;

/// The row of a key; it is decoded where it was asked for.
type Answer = Result<Option<Row>, String>;

/// A key and who waits for its row.
struct Lookup {
    key: Vec<Value>,
    answer: oneshot::Sender<Answer>,
}

/// What a thread asked for within a turn.
struct Group {
    keys: Vec<Vec<Value>>,
    answer: oneshot::Sender<Result<Vec<Option<Row>>, String>>,
}

/// Rows of a table by key.
pub(super) struct Lookups {
    gather: Gather<Lookup>,
    groups: mpsc::Sender<Group>,
}

/// Groups that wait; beyond it whoever asks waits to be let in.
const QUEUE: usize = 256;
/// Groups that are answered together.
const TOGETHER: usize = 16;

impl Lookups {
    /// Where to ask, and the task that answers.
    pub(super) fn start(table: &'static Table, kept: Kept) -> (Self, impl Future<Output = ()>) {
        let (groups, asked) = mpsc::channel(QUEUE);
        let gather = Gather::new();
        (Self { gather, groups }, answer(table, kept, asked))
    }

    /// The row of a key.
    pub(super) async fn row(&self, key: Vec<Value>) -> Answer {
        let (answer, answered) = oneshot::channel();
        let lookups = self.gather.ask(Lookup { key, answer }).await;
        if !lookups.is_empty() {
            // Others wait for it even if whoever asked for this one goes.
            tokio::spawn(pass_on(self.groups.clone(), lookups));
        }
        answered.await.map_err(|_| STOPPED.to_owned())?
    }
}

const STOPPED: &str = "its reader has stopped";

/// Asks for a group and hands out the answers.
async fn pass_on(groups: mpsc::Sender<Group>, lookups: Vec<Lookup>) {
    let (answer, answered) = oneshot::channel();
    let (keys, waiting): (Vec<_>, Vec<_>) = lookups
        .into_iter()
        .map(|lookup| (lookup.key, lookup.answer))
        .unzip();
    // Whoever waits learns of a reader that has stopped when nothing comes.
    if groups.send(Group { keys, answer }).await.is_err() {
        return;
    }
    match answered.await {
        Ok(Ok(rows)) => {
            for (waiter, row) in waiting.into_iter().zip(rows) {
                let _ = waiter.send(Ok(row));
            }
        }
        Ok(Err(why)) => {
            for waiter in waiting {
                let _ = waiter.send(Err(why.clone()));
            }
        }
        Err(_) => {}
    }
}

/// Answers questions until nobody can ask any more.
async fn answer(table: &'static Table, kept: Kept, mut asked: mpsc::Receiver<Group>) {
    let mut groups = Vec::with_capacity(TOGETHER);
    while asked.recv_many(&mut groups, TOGETHER).await > 0 {
        answer_groups(table, &kept, std::mem::take(&mut groups)).await;
    }
}

async fn answer_groups(table: &'static Table, kept: &Kept, groups: Vec<Group>) {
    let keys = groups
        .iter()
        .flat_map(|group| group.keys.iter().map(Vec::as_slice));
    match look_up_all(table, kept, &keys.collect::<Vec<_>>()).await {
        Ok(rows) => {
            let mut rows = rows.into_iter().flatten();
            for group in groups {
                let own = rows.by_ref().take(group.keys.len()).collect();
                let _ = group.answer.send(Ok(own));
            }
        }
        Err(why) => {
            for group in groups {
                let _ = group.answer.send(Err(why.clone()));
            }
        }
    }
}

/// The rows of all keys, by statement.
async fn look_up_all(
    table: &'static Table,
    kept: &Kept,
    keys: &[&[Value]],
) -> Result<Vec<Vec<Option<Row>>>, String> {
    let statements = keys.chunks(MOST_ROWS);
    kept.with(async |link| try_join_all(statements.map(|keys| look_up(table, &link, keys))).await)
        .await
}

/// The row of each key, in the order of the keys.
async fn look_up(
    table: &'static Table,
    link: &Link,
    keys: &[&[Value]],
) -> Result<Vec<Option<Row>>, Trouble> {
    let rows = keys.len().next_power_of_two();
    let text = Text::Many {
        kind: Kind::Select,
        table,
        rows,
    };
    let statement = link.prepare(text).await?;
    let places = rows.saturating_mul(table.key);
    let parameters: Vec<&(dyn ToSql + Sync)> = keys
        .iter()
        .copied()
        .flatten()
        .chain(std::iter::repeat(&Value::Null))
        .take(places)
        .map(|value| value as _)
        .collect();
    let found = link.client().query(&statement, &parameters).await?;
    let mut answers: Vec<Option<Row>> = keys.iter().map(|_| None).collect();
    for row in found {
        let place: i64 = row.try_get(table.columns.len())?;
        let answer = usize::try_from(place)
            .ok()
            .and_then(|place| answers.get_mut(place));
        *answer.ok_or(Trouble::Unfit)? = Some(row);
    }
    Ok(answers)
}
