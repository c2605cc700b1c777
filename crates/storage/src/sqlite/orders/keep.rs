//! Moving orders from the tail into runs, and runs into fewer and longer ones.
//!
//! Invariant: all there is to know stands in the tables. A step begins from them and leaves them
//! whole, in the transaction of the sales beside it; whoever writes next, be it another process,
//! goes on.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result};

use super::{BLOCK, Entry, bytes, entries, hash_of};

/// Orders that make the tail long enough for a run. More would make each query by order slower,
/// which looks through all of them.
const TAIL: usize = 512;
/// Runs of a level that are merged into one of the next.
const FAN: u8 = 16;
/// Entries merged at a step: more than come for each that is kept, since each is merged once a
/// level. It takes a few tenths of a millisecond.
const MERGED: usize = 34 * BLOCK;
/// Orders taken from the tail at a step, beside sales.
const TAKEN: usize = 8 * TAIL;
/// Orders taken from the tail at a step, while nobody waits: 64 MiB of them.
const TAKEN_AT_START: usize = 4_096 * TAIL;
/// Blocks of spent runs removed at a step.
const REMOVED: u8 = 128;
/// Change sets that a fault holds up the next step for.
const HELD_UP: usize = 8 * TAIL;

/// Takes a step when enough was written.
pub(in crate::sqlite) struct Keeper {
    /// Change sets to come before the next step.
    left: usize,
    has_failed: bool,
}

impl Default for Keeper {
    fn default() -> Self {
        Self {
            left: TAIL,
            has_failed: false,
        }
    }
}

impl Keeper {
    /// To be called at the end of each transaction, within it, with how many change sets it has. A
    /// fault undoes the step: what was not moved is found where it is.
    pub(in crate::sqlite) fn keep(&mut self, connection: &Connection, sets: usize) {
        self.has_failed = false;
        self.left = self.left.saturating_sub(sets);
        if self.left > 0 {
            return;
        }
        self.left = TAIL;
        if let Err(error) = undone_by_a_fault(connection, |connection| step(connection, TAKEN)) {
            tracing::warn!(%error, "the orders of new sales could not be moved");
            self.left = HELD_UP;
            self.has_failed = true;
        }
    }

    /// Whether the last transaction had a step that failed. If it could not end, that may be why: a
    /// damaged page or a failed read forbids the commit as well.
    pub(in crate::sqlite) const fn has_failed(&self) -> bool {
        self.has_failed
    }
}

/// Takes steps until the tail is short: after an older program wrote, or the tables were made. What
/// a fault leaves is found in the tail.
pub(in crate::sqlite) fn catch_up(connection: &mut Connection) {
    let mut steps = || -> Result<()> {
        while tail(connection)? >= TAKEN {
            let begin = rusqlite::TransactionBehavior::Immediate;
            let transaction = connection.transaction_with_behavior(begin)?;
            step(&transaction, TAKEN_AT_START)?;
            transaction.commit()?;
            // Nobody else does yet, and the log would hold all of it.
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        }
        Ok(())
    };
    if let Err(error) = steps() {
        tracing::warn!(%error, "the orders of older sales could not be moved");
    }
}

fn undone_by_a_fault(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    run("SAVEPOINT orders")?;
    let done = work(connection);
    if done.is_ok() {
        return run("RELEASE orders").map(|_| ());
    }
    let undone = run("ROLLBACK TO orders").and_then(|_| run("RELEASE orders"));
    if undone.is_err() && !connection.is_autocommit() {
        // Half a step must not be committed. Then the transaction cannot be, either.
        run("ROLLBACK")?;
    }
    done
}

/// Moves the tail when it is long, merges, and removes what was merged.
fn step(connection: &Connection, most: usize) -> Result<()> {
    if tail(connection)? >= TAIL {
        add_run(connection, most)?;
    }
    let mut left = MERGED;
    while left > 0 {
        let Some(growing) = next_to_grow(connection)? else {
            break;
        };
        left = left.saturating_sub(grow(connection, growing, left)?);
    }
    remove_spent(connection)
}

/// How many orders are in the tail: their places follow one another.
fn tail(connection: &Connection) -> Result<usize> {
    let mut ends = connection.prepare_cached(
        "SELECT (SELECT max(place) FROM order_tail) - (SELECT min(place) FROM order_tail) + 1",
    )?;
    let count: Option<i64> = ends.query_row([], |row| row.get(0))?;
    Ok(count.map_or(0, |count| usize::try_from(count).unwrap_or(0)))
}

/// Makes a run of the oldest in the tail.
fn add_run(connection: &Connection, most: usize) -> Result<()> {
    let mut oldest = connection.prepare_cached(
        "SELECT place, merchant_id, order_id, received_at, payment_id FROM order_tail \
         ORDER BY place",
    )?;
    let mut last: i64 = 0;
    let mut taken = Vec::with_capacity(most.min(TAKEN));
    let mut rows = oldest.query([])?;
    while taken.len() < most {
        let Some(row) = rows.next()? else {
            break;
        };
        last = row.get(0)?;
        let order = row.get_ref(2)?;
        let hash = hash_of(MerchantId::from_bytes(row.get(1)?), order.as_str()?);
        let received_at = Timestamp::from_micros(row.get(3)?);
        let payment = PaymentId::from_bytes(row.get(4)?);
        taken.push(Entry::new(hash, received_at, payment));
    }
    taken.sort_unstable();
    let run = connection
        .prepare_cached("INSERT INTO order_runs (level, state) VALUES (?1, 1)")?
        .insert([level_of(taken.len())])?;
    write(connection, run, &taken)?;
    connection
        .prepare_cached("DELETE FROM order_tail WHERE place <= ?1")?
        .execute([last])?;
    Ok(())
}

/// The level of a run of so many entries.
fn level_of(entries: usize) -> u32 {
    let tails = entries.checked_div(TAIL).unwrap_or(0).max(1);
    tails.checked_ilog(usize::from(FAN)).unwrap_or(0)
}

fn write(connection: &Connection, run: i64, sorted: &[Entry]) -> Result<()> {
    let mut insert = connection
        .prepare_cached("INSERT INTO order_blocks (run, first, entries) VALUES (?1, ?2, ?3)")?;
    for block in sorted.chunks(BLOCK) {
        insert.execute((run, bytes(block.first()), bytes(block)))?;
    }
    Ok(())
}

/// The run to go on with, of the lowest level: short runs are many soon. Begins one when a level
/// has enough of them.
fn next_to_grow(connection: &Connection) -> Result<Option<i64>> {
    let growing: Option<(i64, u32)> = connection
        .prepare_cached("SELECT run, level FROM order_runs WHERE state = 0 ORDER BY level LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let crowded: Option<u32> = connection
        .prepare_cached(
            "SELECT level FROM order_runs WHERE state = 1 AND into_run IS NULL \
             GROUP BY level HAVING count(*) >= ?1 ORDER BY level LIMIT 1",
        )?
        .query_row([FAN], |row| row.get(0))
        .optional()?;
    match (growing, crowded.map(|level| level.saturating_add(1))) {
        (Some((run, level)), Some(other)) if level <= other => Ok(Some(run)),
        (_, Some(level)) => begin(connection, level).map(Some),
        (growing, None) => Ok(growing.map(|(run, _)| run)),
    }
}

/// Begins a run of a level, and notes which ones of the level below are merged into it.
fn begin(connection: &Connection, level: u32) -> Result<i64> {
    let run = connection
        .prepare_cached("INSERT INTO order_runs (level, state) VALUES (?1, 0)")?
        .insert([level])?;
    connection
        .prepare_cached(
            "UPDATE order_runs SET into_run = ?1 WHERE run IN (SELECT run FROM order_runs \
             WHERE state = 1 AND into_run IS NULL AND level = ?2 - 1 ORDER BY run LIMIT ?3)",
        )?
        .execute((run, level, FAN))?;
    Ok(run)
}

/// Adds about so many entries to a run; gives how many. When there are no more it is whole, and
/// what it was merged from is spent.
fn grow(connection: &Connection, run: i64, most: usize) -> Result<usize> {
    let last: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT entries FROM order_blocks WHERE run = ?1 ORDER BY first DESC LIMIT 1",
        )?
        .query_row([run], |row| row.get(0))
        .optional()?;
    let last = last.and_then(|block| entries(&block).last());
    let mut sources = connection
        .prepare_cached("SELECT run FROM order_runs WHERE into_run = ?1 AND state = 1")?
        .query_map([run], |row| row.get(0))?
        .map(|source| Source::after(connection, source?, last))
        .collect::<Result<Vec<_>>>()?;
    let mut heads = BinaryHeap::new();
    for (at, source) in sources.iter_mut().enumerate() {
        heads.extend(source.next(connection)?.map(|entry| Reverse((entry, at))));
    }
    // Whole blocks, but for the last one of the run.
    let most = most.div_ceil(BLOCK).saturating_mul(BLOCK);
    let mut merged = Vec::with_capacity(most);
    while merged.len() < most {
        let Some(Reverse((entry, at))) = heads.pop() else {
            break;
        };
        merged.push(entry);
        if let Some(source) = sources.get_mut(at) {
            heads.extend(source.next(connection)?.map(|entry| Reverse((entry, at))));
        }
    }
    write(connection, run, &merged)?;
    if heads.is_empty() {
        connection
            .prepare_cached("UPDATE order_runs SET state = 2 WHERE into_run = ?1")?
            .execute([run])?;
        connection
            .prepare_cached("UPDATE order_runs SET state = 1 WHERE run = ?1")?
            .execute([run])?;
    }
    Ok(merged.len())
}

/// A run that is read along, from its last entry on.
struct Source {
    run: i64,
    /// Entries of the block it is at, the next one last.
    block: Vec<Entry>,
    /// The first entry of that block.
    first: Vec<u8>,
}

impl Source {
    /// Stands behind an entry, or before all.
    fn after(connection: &Connection, run: i64, last: Option<Entry>) -> Result<Self> {
        let mut source = Self {
            run,
            block: Vec::new(),
            first: Vec::new(),
        };
        let Some(last) = last else {
            return Ok(source);
        };
        let sought = bytes([&last]);
        let found = connection
            .prepare_cached(
                "SELECT first, entries FROM order_blocks WHERE run = ?1 AND first <= ?2 \
                 ORDER BY first DESC LIMIT 1",
            )?
            .query_row((run, &sought), |row| source.take(row))
            .optional()?;
        if found.is_some() {
            source.block.retain(|entry| *entry > last);
        }
        Ok(source)
    }

    fn take(&mut self, row: &rusqlite::Row<'_>) -> Result<()> {
        self.first = row.get(0)?;
        self.block = entries(row.get_ref(1)?.as_blob()?).collect();
        self.block.reverse();
        Ok(())
    }

    fn next(&mut self, connection: &Connection) -> Result<Option<Entry>> {
        if self.block.is_empty() {
            let first = std::mem::take(&mut self.first);
            connection
                .prepare_cached(
                    "SELECT first, entries FROM order_blocks WHERE run = ?1 AND first > ?2 \
                     ORDER BY first LIMIT 1",
                )?
                .query_row((self.run, first), |row| self.take(row))
                .optional()?;
        }
        Ok(self.block.pop())
    }
}

/// Removes some blocks of runs that were merged into others, and the runs that have no more.
fn remove_spent(connection: &Connection) -> Result<()> {
    let mut left = REMOVED;
    while left > 0 {
        let spent: Option<i64> = connection
            .prepare_cached("SELECT run FROM order_runs WHERE state = 2 ORDER BY run LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let Some(run) = spent else {
            break;
        };
        let removed = connection
            .prepare_cached(
                "DELETE FROM order_blocks WHERE run = ?1 AND first IN (SELECT first \
                 FROM order_blocks WHERE run = ?1 ORDER BY first LIMIT ?2)",
            )?
            .execute((run, left))?;
        left = left.saturating_sub(u8::try_from(removed).unwrap_or(left));
        if left > 0 {
            connection
                .prepare_cached("DELETE FROM order_runs WHERE run = ?1")?
                .execute([run])?;
        }
    }
    Ok(())
}
