//! Finding the payments of an order.
//!
//! Invariant: what is given was compared with the sale itself; a hash that two orders share, and a
//! sale that was removed, show nowhere.

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::OrderId;
use aval_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result};

use super::{Entry, bytes, entries, hash_of};

/// How many times as many are looked at when too many of them were not the order's.
const MORE: usize = 8;

/// The payments of an order and when they were received, newest first, at most `limit`.
///
/// # Errors
/// The store's.
pub(in crate::sqlite) fn newest(
    connection: &Connection,
    merchant: MerchantId,
    order: &OrderId,
    limit: usize,
) -> Result<Vec<(PaymentId, Timestamp)>> {
    // One state of the tables: meanwhile orders move from one to the other.
    let _state = if connection.is_autocommit() {
        Some(connection.unchecked_transaction()?)
    } else {
        None
    };
    let mut most = limit.max(1);
    loop {
        let looked = look(connection, merchant, order, most)?;
        let mut found = Vec::new();
        for entry in looked.entries {
            if found.len() >= limit {
                break;
            }
            found.extend(of_order(connection, merchant, order, entry)?);
        }
        if found.len() >= limit || looked.are_all {
            return Ok(found);
        }
        most = most.saturating_mul(MORE);
    }
}

/// Entries with the hash of an order, sorted.
struct Looked {
    entries: Vec<Entry>,
    are_all: bool,
}

/// Looks at no more than `most` of each run, and gives those before which none was passed over.
fn look(
    connection: &Connection,
    merchant: MerchantId,
    order: &OrderId,
    most: usize,
) -> Result<Looked> {
    let hash = hash_of(merchant, order.as_str());
    let mut found = in_tail(connection, merchant, order, hash)?;
    let mut passed_over: Option<Entry> = None;
    // One statement for all of them: each costs more than the block that it finds.
    let mut runs = connection.prepare_cached(
        "SELECT r.run, b.first, b.entries FROM order_runs AS r LEFT JOIN order_blocks AS b \
         ON b.run = r.run AND b.first = (SELECT first FROM order_blocks \
         WHERE run = r.run AND first <= ?1 ORDER BY first DESC LIMIT 1) WHERE r.state = 1",
    )?;
    let sought = bytes([&Entry::first_of(hash)]);
    let mut runs = runs.query([&sought])?;
    while let Some(run) = runs.next()? {
        let mut some = OfRun::new(hash, most);
        let at = match run.get_ref(2)?.as_blob_or_null()? {
            Some(block) => {
                some.take(block);
                run.get_ref(1)?.as_blob()?
            }
            None => &sought,
        };
        if !some.is_over {
            some.take_after(connection, run.get(0)?, at)?;
        }
        let some = some.found;
        if let (true, Some(last)) = (some.len() >= most, some.last()) {
            passed_over = Some(passed_over.map_or(*last, |other| other.min(*last)));
        }
        found.extend(some);
    }
    if let Some(last) = passed_over {
        found.retain(|entry| *entry <= last);
    }
    found.sort_unstable();
    found.dedup();
    Ok(Looked {
        entries: found,
        are_all: passed_over.is_none(),
    })
}

fn in_tail(
    connection: &Connection,
    merchant: MerchantId,
    order: &OrderId,
    hash: u64,
) -> Result<Vec<Entry>> {
    let mut rows = connection.prepare_cached(
        "SELECT received_at, payment_id FROM order_tail WHERE merchant_id = ?1 AND order_id = ?2",
    )?;
    let found = rows.query_map((merchant.as_bytes(), order.as_str()), |row| {
        let received_at = Timestamp::from_micros(row.get(0)?);
        let payment = PaymentId::from_bytes(row.get(1)?);
        Ok(Entry::new(hash, received_at, payment))
    })?;
    found.collect()
}

/// The first entries of a run with a hash, as its blocks are looked at one after the other.
struct OfRun {
    hash: u64,
    most: usize,
    found: Vec<Entry>,
    /// Whether later blocks have no more, or enough was found.
    is_over: bool,
}

impl OfRun {
    const fn new(hash: u64, most: usize) -> Self {
        Self {
            hash,
            most,
            found: Vec::new(),
            is_over: false,
        }
    }

    fn take(&mut self, block: &[u8]) {
        for entry in entries(block) {
            self.is_over = entry.hash > self.hash || self.found.len() >= self.most;
            if self.is_over {
                break;
            }
            if entry.hash == self.hash {
                self.found.push(entry);
            }
        }
    }

    /// Takes the blocks of a run after the one that begins with `first`.
    fn take_after(&mut self, connection: &Connection, run: i64, first: &[u8]) -> Result<()> {
        let mut blocks = connection.prepare_cached(
            "SELECT entries FROM order_blocks WHERE run = ?1 AND first > ?2 ORDER BY first",
        )?;
        let mut blocks = blocks.query((run, first))?;
        while !self.is_over {
            let Some(block) = blocks.next()? else {
                break;
            };
            self.take(block.get_ref(0)?.as_blob()?);
        }
        Ok(())
    }
}

/// The payment of an entry and when it was received, when it is of the order.
fn of_order(
    connection: &Connection,
    merchant: MerchantId,
    order: &OrderId,
    entry: Entry,
) -> Result<Option<(PaymentId, Timestamp)>> {
    let payment = entry.payment();
    connection
        .prepare_cached(
            "SELECT received_at FROM sales \
             WHERE merchant_id = ?1 AND payment_id = ?2 AND order_id = ?3",
        )?
        .query_row(
            (merchant.as_bytes(), payment.as_bytes(), order.as_str()),
            |row| Ok((payment, Timestamp::from_micros(row.get(0)?))),
        )
        .optional()
}
