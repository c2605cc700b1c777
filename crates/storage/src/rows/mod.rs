//! How things become rows and rows become things, once for both engines.
//!
//! Invariant: the columns of a [`Table`], the values that a module makes and the order in which it
//! decodes them are one list, in one file for each thing.

pub(crate) mod answers;
pub(crate) mod buyers;
pub(crate) mod cards;
pub(crate) mod fraud;
pub(crate) mod jobs;
pub(crate) mod listeners;
pub(crate) mod merchants;
pub(crate) mod notifications;
pub(crate) mod operations;
pub(crate) mod recurrences;
pub(crate) mod sales;
pub(crate) mod sandbox;
pub(crate) mod search;
pub(crate) mod users;

use aval_domain::id::PaymentId;

use crate::CommitError;
use crate::changes::{Changes, Conflict, Write};
use crate::value::{Column, Unwritable, Value};

/// A table that rows are inserted into.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns in the order of the values, with their PostgreSQL types.
    pub columns: &'static [(&'static str, &'static str)],
    /// How many of the first columns are the primary key.
    pub key: usize,
    /// What it means when a row of that key exists. None: keys are new ids of ours, which never
    /// collide, so that a row that exists is a fault.
    pub taken: Option<Conflict>,
    /// The column whose age lets an existing row be replaced.
    pub replaced_when_older: Option<&'static str>,
    /// How many of the columns after the key an update sets, `version` first; 0 = none.
    pub updated: usize,
}

/// Every table that rows are inserted into.
pub(crate) static TABLES: &[&Table] = &[
    &sales::TABLE,
    &operations::TABLE,
    &cards::TABLE,
    &cards::AWAITED,
    &buyers::TABLE,
    &cards::REPLACED,
    &answers::TABLE,
    &ORDER_CLAIMS,
    &SLIP_NUMBERS,
    &merchants::TABLE,
    &sandbox::UNFINISHED,
    &sandbox::ATTEMPTS,
    &sandbox::FAULTS,
    &sandbox::SETTING_CHANGES,
    &users::TABLE,
    &users::SESSIONS,
    &users::SIGN_INS,
    &users::INVITATIONS,
    &users::AUDIT,
    &notifications::TABLE,
    &notifications::DELIVERIES,
    &listeners::HEARD,
    &fraud::EVENTS,
    &fraud::REVIEWS,
    &fraud::ENTRIES,
    &fraud::RULES,
    &recurrences::TABLE,
    &recurrences::PAID,
    &recurrences::DENIALS,
    &search::SALES,
    &search::PROOFS,
    &search::OPERATIONS,
    &search::COMBINATIONS,
    &search::DAYS,
    &search::USAGE,
    &search::VIEWS,
    &jobs::TABLE,
    &jobs::ROWS,
];

/// One row to write.
#[derive(Debug, Clone)]
pub(crate) enum Row {
    /// A new row; `forget_before` lets an older one be replaced.
    Insert {
        /// Into.
        table: &'static Table,
        /// One for each column.
        values: Vec<Value>,
        /// Of tables with `replaced_when_older`: an older row is replaced.
        forget_before: Option<i64>,
    },
    /// A changed row: key, then `version` (the new one; the row must hold the one before), then
    /// what else an update sets.
    Update {
        /// In.
        table: &'static Table,
        /// Key, version, and the rest that an update sets.
        values: Vec<Value>,
    },
    /// A row that goes; it may have gone.
    Delete {
        /// From.
        table: &'static Table,
        /// Its key.
        values: Vec<Value>,
    },
}

/// Order numbers of merchants who use one once only.
pub(crate) static ORDER_CLAIMS: Table = Table {
    name: "order_claims",
    columns: &[("merchant_id", "uuid"), ("order_id", "text")],
    key: 2,
    taken: Some(Conflict::OrderTaken),
    replaced_when_older: None,
    updated: 0,
};

/// Numbers drawn for slips.
pub(crate) static SLIP_NUMBERS: Table = Table {
    name: "slip_numbers",
    columns: &[("merchant_id", "uuid"), ("number", "text")],
    key: 2,
    taken: Some(Conflict::SlipNumberTaken),
    replaced_when_older: None,
    updated: 0,
};

impl Row {
    /// The rows of a change set, those that may conflict first.
    ///
    /// # Errors
    /// [`CommitError::Refused`] when something in it cannot be written.
    pub(crate) fn of(changes: &Changes) -> Result<Vec<Self>, CommitError> {
        let mut rows = changes
            .writes
            .iter()
            .map(|write| Self::of_write(changes, write))
            .collect::<Result<Vec<Self>, Unwritable>>()?;
        rows.sort_by_key(|row| !row.may_conflict());
        Ok(rows)
    }

    fn of_write(changes: &Changes, write: &Write) -> Result<Self, Unwritable> {
        let insert = |table, values| Self::Insert {
            table,
            values,
            forget_before: None,
        };
        // Whatever stands there is replaced.
        let put = |table, values| Self::Insert {
            table,
            values,
            forget_before: Some(i64::MAX),
        };
        let update = |table, values| Self::Update { table, values };
        let delete = |table, values| Self::Delete { table, values };
        let of_payment = |payment: &PaymentId| vec![changes.merchant.into(), (*payment).into()];
        Ok(match write {
            Write::InsertSale(sale) => insert(&sales::TABLE, sales::encode(sale)?),
            Write::UpdateSale(sale) => update(&sales::TABLE, sales::encode_update(sale)),
            Write::InsertOperation(made) => insert(&operations::TABLE, operations::encode(made)),
            Write::InsertCard(card) => insert(&cards::TABLE, cards::encode(card)),
            Write::InsertAwaitedCard(card) => insert(&cards::AWAITED, cards::awaited(card)),
            Write::DeleteAwaitedCard(payment) => delete(&cards::AWAITED, of_payment(payment)),
            Write::InsertAwaitedBuyer(buyer) => insert(&buyers::TABLE, buyers::encode(buyer)),
            Write::DeleteAwaitedBuyer(payment) => delete(&buyers::TABLE, of_payment(payment)),
            Write::PutReplacedCard(card) => put(&cards::REPLACED, cards::replaced(card)),
            Write::KeepAnswer {
                answer,
                forget_before,
            } => answers::row(answer, *forget_before),
            Write::ClaimOrder(order) => insert(&ORDER_CLAIMS, claim(changes, order.as_str())),
            Write::ClaimSlipNumber(slip) => insert(&SLIP_NUMBERS, claim(changes, slip.as_str())),
            Write::InsertMerchant(new) => insert(&merchants::TABLE, merchants::encode(new)?),
            Write::InsertUser(user) => insert(&users::TABLE, users::encode(user)),
            Write::UpdateMerchant(merchant) => {
                update(&merchants::TABLE, merchants::encode_update(merchant)?)
            }
            Write::RecordSetting(change) => {
                insert(&sandbox::SETTING_CHANGES, sandbox::setting_change(change))
            }
            Write::InsertUnfinished(row) => insert(&sandbox::UNFINISHED, sandbox::unfinished(row)),
            Write::UpdateUnfinished(row) => {
                update(&sandbox::UNFINISHED, sandbox::unfinished_update(row))
            }
            Write::DeleteUnfinished(payment) => delete(&sandbox::UNFINISHED, of_payment(payment)),
            Write::InsertAttempt(row) => insert(&sandbox::ATTEMPTS, sandbox::attempt(row)?),
            Write::UpdateAttempt(row) => update(&sandbox::ATTEMPTS, sandbox::attempt_update(row)),
            Write::PutFault(row) => put(&sandbox::FAULTS, sandbox::fault(row)),
            Write::InsertNotification(one) => {
                insert(&notifications::TABLE, notifications::encode(one))
            }
            Write::UpdateNotification(one) => {
                update(&notifications::TABLE, notifications::encode_update(one))
            }
            Write::InsertDelivery(one) => notifications::delivery(one),
            Write::InsertHeard(heard) => insert(&listeners::HEARD, listeners::heard(heard)),
            Write::DeleteHeard(listener, id) => {
                let key = listeners::heard_key(changes.merchant, *listener, *id);
                delete(&listeners::HEARD, key)
            }
            Write::Access(write) => users::row(changes.merchant, write),
            Write::Fraud(write) => fraud::row(changes.merchant, write),
            Write::Recurrence(write) => recurrences::row(write)?,
            Write::Search(write) => search::row(changes.merchant, write),
            Write::Job(write) => jobs::row(write),
        })
    }

    /// An answer, in the place of one that is older than that.
    /// The table it goes to.
    pub(crate) const fn table(&self) -> &'static Table {
        match self {
            Self::Insert { table, .. }
            | Self::Update { table, .. }
            | Self::Delete { table, .. } => table,
        }
    }

    /// Its values.
    pub(crate) fn values(&self) -> &[Value] {
        match self {
            Self::Insert { values, .. }
            | Self::Update { values, .. }
            | Self::Delete { values, .. } => values,
        }
    }

    /// The values of its primary key.
    pub(crate) fn key(&self) -> &[Value] {
        self.values().get(..self.table().key).unwrap_or_default()
    }

    /// Whether another writer may have come first.
    pub(crate) const fn may_conflict(&self) -> bool {
        self.conflict().is_some()
    }

    /// What it means when another writer came first.
    pub(crate) const fn conflict(&self) -> Option<Conflict> {
        match self {
            Self::Update { .. } => Some(Conflict::Version),
            Self::Delete { .. } => None,
            Self::Insert { table, .. } => table.taken,
        }
    }
}

fn claim(changes: &Changes, claimed: &str) -> Vec<Value> {
    vec![changes.merchant.into(), claimed.into()]
}

impl Table {
    /// The column at a place, counted from 0.
    pub(crate) fn column(&self, at: usize) -> Column {
        let column = self.columns.get(at).map_or("", |(name, _)| name);
        (self.name, column)
    }

    /// The columns an update needs: the key, then those it sets, `version` first.
    pub(crate) fn columns_updated(&self) -> &'static [(&'static str, &'static str)] {
        let end = self.key.saturating_add(self.updated);
        self.columns.get(..end).unwrap_or_default()
    }
}
