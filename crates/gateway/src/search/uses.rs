//! What a statement counts, one by one: sales and operations behind a function's count of a day.
//!
//! Invariant: what is listed is what [`aval_domain::billing`] counts, by its own rules, so that the
//! rows of all pages are as many as the count; a page looks at a bounded number of sales.

use aval_domain::billing::{of_operation, with_sale};
use aval_domain::fraud::analysis;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::operation::Kind;
use aval_domain::sale::Sale;
use aval_domain::search::{Dates, Filter, FoundSale, Group, SearchedAnalysis, SearchedStatus};
use aval_domain::tariff::Function;
use aval_domain::time::{Timestamp, start_of};
use jiff::civil::Date;

use super::find::list;
use crate::app::App;
use crate::error::Error;

/// Sales looked at for a page at the most, and at a time.
const MOST: usize = 2_000;
const AT_ONCE: usize = 200;

/// One use of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUse {
    /// When.
    pub at: Timestamp,
    /// The sale, as it is now.
    pub sale: Sale,
    /// Cents that it was about.
    pub cents: i64,
}

/// Where a page of uses begins. Those of sales come first, then those of operations; both with the
/// newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With sales before this one; with all of the day when absent.
    Sales(Option<PaymentId>),
    /// With operations before this moment, payment and version; with all of the day when absent.
    Operations(Option<(Timestamp, PaymentId, u32)>),
}

/// A page of uses, and where the next one begins.
pub type Listed = (Vec<ListedUse>, Option<From>);

/// Whether the uses of a function can be listed. Queries, stored cards and notifications are
/// counted only.
#[must_use]
pub fn is_listed(function: Function) -> bool {
    sales_of(function).is_some() || kind_of(function).is_some()
}

/// The uses of a function on a São Paulo day, up to `most` of them.
///
/// # Errors
/// The store's failures.
pub async fn uses(
    app: &App,
    merchant: (MerchantId, &str),
    (function, day): (Function, Date),
    from: From,
    most: usize,
) -> Result<Listed, Error> {
    let (mut found, before) = match from {
        From::Sales(before) => match sales_of(function) {
            None => (Vec::new(), None),
            Some(filter) => {
                let filter = Filter {
                    dates: Some(Dates::Between(Some(day), Some(day))),
                    ..filter
                };
                let page = of_sales(app, merchant, function, &filter, (before, most)).await?;
                match page {
                    (found, Some(next)) => return Ok((found, Some(From::Sales(Some(next))))),
                    (found, None) => (found, None),
                }
            }
        },
        From::Operations(before) => (Vec::new(), before),
    };
    let Some(kind) = kind_of(function) else {
        return Ok((found, None));
    };
    let left = most.saturating_sub(found.len());
    if left == 0 {
        return Ok((found, Some(From::Operations(None))));
    }
    let (more, next) = of_operations(app, merchant.0, (kind, day), (before, left)).await?;
    found.extend(more);
    Ok((found, next.map(|next| From::Operations(Some(next)))))
}

/// The sales among which those are that used a function themselves; none when no sale does.
fn sales_of(function: Function) -> Option<Filter> {
    let cards = vec![Group::Credit, Group::Debit];
    let statuses = |statuses: &[SearchedStatus]| Filter {
        groups: vec![Group::Credit, Group::Debit],
        statuses: statuses.to_vec(),
        ..Filter::default()
    };
    let groups = |groups: Vec<Group>| Filter {
        groups,
        ..Filter::default()
    };
    match function {
        Function::Authorization => Some(groups(cards)),
        Function::RecurrenceRun => Some(groups(vec![Group::Credit])),
        Function::Boleto => Some(groups(vec![Group::Boleto])),
        Function::Transfer => Some(groups(vec![Group::Transfer])),
        Function::Capture => Some(statuses(&[SearchedStatus::Paid, SearchedStatus::Canceled])),
        Function::Void => Some(statuses(&[SearchedStatus::Canceled])),
        Function::FraudAnalysis => {
            let made = [
                analysis::Status::Accept,
                analysis::Status::Reject,
                analysis::Status::Review,
            ];
            Some(Filter {
                analyses: made.map(SearchedAnalysis::Is).to_vec(),
                ..Filter::default()
            })
        }
        Function::Refund
        | Function::Authentication
        | Function::Tokenization
        | Function::Query
        | Function::Notification => None,
    }
}

/// The operations that are billed as a function.
fn kind_of(function: Function) -> Option<Kind> {
    let kinds = [
        Kind::Capture,
        Kind::Void,
        Kind::Refund,
        Kind::Authentication,
    ];
    let mut kinds = kinds.into_iter();
    kinds.find(|kind| of_operation(*kind) == Some(function))
}

async fn of_sales(
    app: &App,
    merchant: (MerchantId, &str),
    function: Function,
    filter: &Filter,
    (mut before, most): (Option<PaymentId>, usize),
) -> Result<(Vec<ListedUse>, Option<PaymentId>), Error> {
    let mut found = Vec::new();
    let mut looked = 0_usize;
    loop {
        let (rows, next) = list(app, merchant, filter, before, AT_ONCE).await?;
        looked = looked.saturating_add(rows.len());
        let rows = rows.into_iter().filter(|row| may_use(function, row));
        let ids: Vec<PaymentId> = rows.map(|row| row.payment).collect();
        let sales = app.storage.sales(merchant.0, &ids).await?;
        for sale in sales.into_iter().flatten() {
            let id = sale.id;
            if let Some(used) = used(app, function, sale).await? {
                found.push(used);
            }
            if found.len() >= most {
                return Ok((found, Some(id)));
            }
        }
        match next {
            None => return Ok((found, None)),
            Some(next) if looked >= MOST => return Ok((found, Some(next))),
            Some(next) => before = Some(next),
        }
    }
}

/// Whether it is worth while to read the sale.
const fn may_use(function: Function, row: &FoundSale) -> bool {
    !matches!(function, Function::Capture) || row.captured > 0
}

/// The sale's own use of a function, beside those of its operations.
async fn used(app: &App, function: Function, sale: Sale) -> Result<Option<ListedUse>, Error> {
    // Whether a sale captured or voided itself is told by what its operations did not.
    let operations = if matches!(function, Function::Capture | Function::Void) {
        app.storage.operations(sale.merchant, sale.id).await?
    } else {
        Vec::new()
    };
    let is_used = with_sale(&sale, None, &operations).contains(&function);
    Ok(is_used.then(|| ListedUse {
        at: sale.received_at,
        cents: sale.amount.cents(),
        sale,
    }))
}

async fn of_operations(
    app: &App,
    merchant: MerchantId,
    (kind, day): (Kind, Date),
    (before, most): (Option<(Timestamp, PaymentId, u32)>, usize),
) -> Result<(Vec<ListedUse>, Option<(Timestamp, PaymentId, u32)>), Error> {
    let end = day
        .tomorrow()
        .map_or(Timestamp::from_micros(i64::MAX), start_of);
    let end = (end, PaymentId::from_bytes([0; 16]), 0);
    let wanted = u32::try_from(most).unwrap_or(u32::MAX).saturating_add(1);
    let before = before.unwrap_or(end);
    let storage = &app.storage;
    let since = start_of(day);
    let mut made = storage
        .operations_between(merchant, kind, since, before, wanted)
        .await?;
    let is_more = made.len() > most;
    made.truncate(most);
    let last = made.last().filter(|_| is_more);
    let next = last.map(|last| (last.at, last.payment, last.version));
    let ids: Vec<PaymentId> = made.iter().map(|one| one.payment).collect();
    let sales = storage.sales(merchant, &ids).await?;
    let found = made.into_iter().zip(sales).filter_map(|(one, sale)| {
        Some(ListedUse {
            at: one.at,
            sale: sale?,
            cents: one.amount.cents(),
        })
    });
    Ok((found.collect(), next))
}
