//! The rows of the search: what is searched of a sale, combinations, days, usage, saved views.
//!
//! Invariant: a row of version 1 is new, a later one expects the version before.

use aval_domain::authorization::Provider;
use aval_domain::billing::Function;
use aval_domain::brand::Brand;
use aval_domain::fraud::analysis;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::payment::Status;
use aval_domain::search::{Combination, Figures, FoundSale, Group};
use aval_domain::time::Timestamp;

use crate::changes::Conflict;
use crate::rows::{Row, Table};
use crate::search::{DayFigures, Numbered, SearchWrite, Usage, View};
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// The columns of [`SALES`], for a SELECT.
macro_rules! found_columns {
    () => {
        "merchant_id, payment_id, version, combination, captured, voided, tid, proof_of_sale, \
         sale_version, amount, last4, order_id"
    };
}
pub(crate) use found_columns;

/// What is searched of a sale. An update sets what a transition of the sale can change.
pub(crate) static SALES: Table = Table {
    name: "search_sales",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("version", "int8"),
        ("combination", "int8"),
        ("captured", "int8"),
        ("voided", "int8"),
        ("tid", "text"),
        ("proof_of_sale", "text"),
        ("sale_version", "int8"),
        ("amount", "int8"),
        ("last4", "text"),
        ("order_id", "text"),
    ],
    key: 2,
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 7,
};

/// ProofOfSale numbers that sales had before.
pub(crate) static PROOFS: Table = Table {
    name: "search_proofs",
    columns: &[
        ("merchant_id", "uuid"),
        ("proof_of_sale", "text"),
        ("payment_id", "uuid"),
        ("sale_version", "int8"),
    ],
    key: 3,
    taken: Some(Conflict::Version),
    replaced_when_older: Some("sale_version"),
    updated: 0,
};

/// Operations by their day.
pub(crate) static OPERATIONS: Table = Table {
    name: "search_operations",
    columns: &[
        ("merchant_id", "uuid"),
        ("kind", "text"),
        ("at", "int8"),
        ("payment_id", "uuid"),
        ("version", "int8"),
        ("sale_version", "int8"),
    ],
    key: 5,
    taken: Some(Conflict::Version),
    replaced_when_older: Some("sale_version"),
    updated: 0,
};

/// Combinations.
pub(crate) static COMBINATIONS: Table = Table {
    name: "search_combinations",
    columns: &[
        ("merchant_id", "uuid"),
        ("combination", "int8"),
        ("status", "int8"),
        ("return_code", "text"),
        ("method", "text"),
        ("provider", "text"),
        ("brand", "text"),
        ("analysis", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 0,
};

/// Sums by day and combination.
pub(crate) static DAYS: Table = Table {
    name: "search_days",
    columns: &[
        ("merchant_id", "uuid"),
        ("day", "int8"),
        ("combination", "int8"),
        ("version", "int8"),
        ("sales", "int8"),
        ("amount", "int8"),
        ("captured", "int8"),
        ("voided", "int8"),
    ],
    key: 3,
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 5,
};

/// How often functions were used.
pub(crate) static USAGE: Table = Table {
    name: "usage_days",
    columns: &[
        ("merchant_id", "uuid"),
        ("day", "int8"),
        ("function", "int8"),
        ("version", "int8"),
        ("count", "int8"),
    ],
    key: 3,
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 2,
};

/// Saved searches.
pub(crate) static VIEWS: Table = Table {
    name: "search_views",
    columns: &[
        ("merchant_id", "uuid"),
        ("login", "text"),
        ("name", "text"),
        ("saved_at", "int8"),
        ("query", "text"),
    ],
    key: 3,
    taken: Some(Conflict::Version),
    replaced_when_older: Some("saved_at"),
    updated: 0,
};

/// The row of a write.
pub(crate) fn row(merchant: MerchantId, write: &SearchWrite) -> Row {
    match write {
        SearchWrite::PutSale(sale) => {
            let mut values = found(sale);
            if sale.version > 1 {
                return update(&SALES, values);
            }
            values.extend([
                sale.amount.into(),
                sale.last4.clone().into(),
                sale.order.as_str().into(),
            ]);
            insert(&SALES, values)
        }
        SearchWrite::PutFormerNsu(former) => Row::Insert {
            table: &PROOFS,
            values: vec![
                merchant.into(),
                former.nsu.as_str().into(),
                former.payment.into(),
                former.sale_version.into(),
            ],
            forget_before: Some(i64::MAX),
        },
        SearchWrite::PutOperation(one) => Row::Insert {
            table: &OPERATIONS,
            values: vec![
                merchant.into(),
                one.kind.name().into(),
                one.at.into(),
                one.payment.into(),
                one.version.into(),
                one.sale_version.into(),
            ],
            forget_before: Some(i64::MAX),
        },
        SearchWrite::InsertCombination(one) => insert(&COMBINATIONS, numbered(merchant, one)),
        SearchWrite::PutDay(day) => by_version(&DAYS, day.version, figures(merchant, day)),
        SearchWrite::PutUsage(usage) => {
            let values = vec![
                merchant.into(),
                usage.day.into(),
                i64::from(usage.function.number()).into(),
                usage.version.into(),
                usage.count.into(),
            ];
            by_version(&USAGE, usage.version, values)
        }
        SearchWrite::PutView(view) => Row::Insert {
            table: &VIEWS,
            values: vec![
                merchant.into(),
                view.login.as_str().into(),
                view.name.as_str().into(),
                view.saved_at.into(),
                view.query.as_str().into(),
            ],
            forget_before: Some(i64::MAX),
        },
        SearchWrite::DeleteView { login, name } => Row::Delete {
            table: &VIEWS,
            values: vec![merchant.into(), login.as_str().into(), name.as_str().into()],
        },
    }
}

const fn insert(table: &'static Table, values: Vec<Value>) -> Row {
    Row::Insert {
        table,
        values,
        forget_before: None,
    }
}

const fn update(table: &'static Table, values: Vec<Value>) -> Row {
    Row::Update { table, values }
}

/// An update of a table whose update sets all that is no key.
fn by_version(table: &'static Table, version: u32, values: Vec<Value>) -> Row {
    if version > 1 {
        update(table, values)
    } else {
        insert(table, values)
    }
}

/// Key and what an update sets.
fn found(sale: &FoundSale) -> Vec<Value> {
    vec![
        sale.merchant.into(),
        sale.payment.into(),
        sale.version.into(),
        sale.combination.into(),
        sale.captured.into(),
        sale.voided.into(),
        sale.tid.clone().into(),
        sale.nsu.clone().into(),
        sale.sale_version.into(),
    ]
}

fn numbered(merchant: MerchantId, one: &Numbered) -> Vec<Value> {
    let combination = &one.combination;
    let analysis = combination.analysis.map(analysis::Status::number);
    vec![
        merchant.into(),
        one.number.into(),
        i64::from(combination.status.number()).into(),
        combination.return_code.clone().into(),
        combination.group.name().into(),
        combination.provider.name().into(),
        combination.brand.map(Brand::name).into(),
        analysis.map(i64::from).into(),
    ]
}

fn figures(merchant: MerchantId, day: &DayFigures) -> Vec<Value> {
    let Figures {
        sales,
        amount,
        captured,
        voided,
    } = day.figures;
    vec![
        merchant.into(),
        day.day.into(),
        day.combination.into(),
        day.version.into(),
        sales.into(),
        amount.into(),
        captured.into(),
        voided.into(),
    ]
}

impl Decode for FoundSale {
    fn column(at: usize) -> Column {
        SALES.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            payment: PaymentId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            combination: row.small(3)?,
            captured: row.int(4)?,
            voided: row.int(5)?,
            tid: row.opt_text(6)?,
            nsu: row.opt_text(7)?,
            sale_version: row.small(8)?,
            amount: row.int(9)?,
            last4: row.opt_text(10)?,
            order: row.text(11)?,
        })
    }
}

impl Decode for Numbered {
    fn column(at: usize) -> Column {
        COMBINATIONS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let unknown = |at| move || BadCell::new(at, "is not known");
        let brand = |name: String| match name.as_str() {
            "Undefined" => Some(Brand::Undefined),
            name => Brand::parse(name),
        };
        let brand = row
            .opt_text(6)?
            .map(|name| brand(name).ok_or_else(unknown(6)));
        Ok(Self {
            number: row.small(1)?,
            combination: Combination {
                status: Status::of_number(row.int(2)?).ok_or_else(unknown(2))?,
                return_code: row.opt_text(3)?,
                group: Group::named(&row.text(4)?).ok_or_else(unknown(4))?,
                provider: Provider::named(&row.text(5)?).ok_or_else(unknown(5))?,
                brand: brand.transpose()?,
                analysis: row.opt_int(7)?.and_then(analysis::Status::of_number),
            },
        })
    }
}

impl Decode for DayFigures {
    fn column(at: usize) -> Column {
        DAYS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            day: row.int(1)?,
            combination: row.small(2)?,
            version: row.small(3)?,
            figures: Figures {
                sales: row.int(4)?,
                amount: row.int(5)?,
                captured: row.int(6)?,
                voided: row.int(7)?,
            },
        })
    }
}

impl Decode for Usage {
    fn column(at: usize) -> Column {
        USAGE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let function = Function::of_number(row.int(2)?);
        Ok(Self {
            day: row.int(1)?,
            function: function.ok_or_else(|| BadCell::new(2, "is not known"))?,
            version: row.small(3)?,
            count: row.int(4)?,
        })
    }
}

impl Decode for View {
    fn column(at: usize) -> Column {
        VIEWS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            login: row.text(1)?,
            name: row.text(2)?,
            saved_at: Timestamp::from_micros(row.int(3)?),
            query: row.text(4)?,
        })
    }
}

/// A number of a combination and what was summed up of it.
impl Decode for (u32, Figures) {
    fn column(at: usize) -> Column {
        ("search_days", if at == 0 { "combination" } else { "sums" })
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let figures = Figures {
            sales: row.int(1)?,
            amount: row.int(2)?,
            captured: row.int(3)?,
            voided: row.int(4)?,
        };
        Ok((row.small(0)?, figures))
    }
}

/// A payment and whose it is.
impl Decode for (MerchantId, PaymentId) {
    fn column(at: usize) -> Column {
        ("sales", if at == 0 { "merchant_id" } else { "payment_id" })
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let merchant = MerchantId::from_bytes(row.array(0)?);
        Ok((merchant, PaymentId::from_bytes(row.array(1)?)))
    }
}

/// A payment.
impl Decode for PaymentId {
    fn column(_: usize) -> Column {
        ("sales", "payment_id")
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self::from_bytes(row.array(0)?))
    }
}

/// The name of a server.
impl Decode for [u8; 16] {
    fn column(_: usize) -> Column {
        ("search_servers", "server")
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        row.array(0)
    }
}
