//! Transactions as files: CSV, and a spreadsheet.
//!
//! Invariant: a file is written while it is sent, page by page of the search, so that memory and
//! disk hold none of it whole; no text of a stranger is ever taken for a formula
//! (docs/decisions/0020-search.md).

pub(in crate::backoffice) mod csv;
mod sheet;
mod zip;

use std::sync::Arc;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::Sale;
use aval_domain::search::{Filter, parse};
use aval_gateway::error::Error;
use aval_gateway::search::list;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::try_unfold;

use super::context::Context;
use super::failure::Failure;
use super::search::{Address, Column, Words};
use super::{file, note_taken};
use crate::server::Server;

/// Sales read at a time.
const PAGE: usize = 500;

/// What writes a file.
trait Writer: Send + 'static {
    /// What stands before the rows.
    fn begin(&mut self) -> Vec<u8>;
    /// A row for each sale; nothing more once the file is full.
    fn rows(&mut self, sales: &[Sale]) -> Vec<u8>;
    /// What stands behind the rows.
    fn end(&mut self) -> Vec<u8>;
    /// Whether it takes no more rows.
    fn is_full(&self) -> bool;
}

/// GET /transactions/export.csv
pub async fn csv(context: &Context) -> Result<Response, Failure> {
    let words = Words::of(context.language);
    let columns = columns(context);
    let writer = csv::Csv::new(columns, words);
    send(context, writer, csv::KIND, "csv").await
}

/// GET /transactions/export.xlsx
pub async fn xlsx(context: &Context) -> Result<Response, Failure> {
    let words = Words::of(context.language);
    let writer = sheet::Sheet::new(columns(context), words);
    send(context, writer, sheet::KIND, "xlsx").await
}

/// The columns that were chosen, and the payment's id, by which a row can be found again.
fn columns(context: &Context) -> Vec<Column> {
    let mut columns = Address::read(context.query.as_deref()).columns;
    if !columns.contains(&Column::PaymentId) {
        columns.push(Column::PaymentId);
    }
    columns
}

/// Sends what the address asks for; that somebody took it is in the audit log first.
async fn send(
    context: &Context,
    writer: impl Writer,
    kind: &'static str,
    ending: &str,
) -> Result<Response, Failure> {
    let address = Address::read(context.query.as_deref());
    // A query that is not understood is told on the page.
    let filter = parse(&address.query).map_err(|_| Failure::NotFound)?;
    note_taken(context, "transactions.export", &address.query, ending).await?;
    let source = Source {
        server: Arc::clone(&context.server),
        merchant: context.of(),
        establishment: context.merchant.establishment.clone(),
        filter,
        writer,
        step: Step::Begin,
    };
    let body = try_unfold(source, |mut source| async move {
        match source.next().await {
            Ok(Some(bytes)) => Ok(Some((Bytes::from(bytes), source))),
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::warn!(%error, "an export broke off");
                Err(std::io::Error::other("the export broke off"))
            }
        }
    });
    let day = context.now().day();
    let name = format!("transactions-{day}.{ending}");
    Ok(file(Body::from_stream(body), kind, &name))
}

/// A file that is being sent.
struct Source<W> {
    server: Arc<Server>,
    merchant: MerchantId,
    establishment: String,
    filter: Filter,
    writer: W,
    step: Step,
}

/// How far it is.
enum Step {
    Begin,
    Rows(Option<PaymentId>),
    End,
    Done,
}

impl<W: Writer> Source<W> {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match self.step {
            Step::Begin => {
                self.step = Step::Rows(None);
                Ok(Some(self.writer.begin()))
            }
            Step::Rows(before) => {
                let app = &self.server.app;
                let of = (self.merchant, self.establishment.as_str());
                let (found, next) = list(app, of, &self.filter, before, PAGE).await?;
                let ids: Vec<PaymentId> = found.iter().map(|sale| sale.payment).collect();
                let sales = app.storage.sales(self.merchant, &ids).await?;
                let sales: Vec<Sale> = sales.into_iter().flatten().collect();
                let bytes = self.writer.rows(&sales);
                self.step = match next {
                    Some(next) if !self.writer.is_full() => Step::Rows(Some(next)),
                    Some(_) | None => Step::End,
                };
                Ok(Some(bytes))
            }
            Step::End => {
                self.step = Step::Done;
                Ok(Some(self.writer.end()))
            }
            Step::Done => Ok(None),
        }
    }
}
