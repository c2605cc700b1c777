//! Transactions as files: CSV, and a spreadsheet.
//!
//! Invariant: sales are read page by page of the search, so that memory holds no file whole; a file
//! on disk has no name, and is gone when its client is; no text of a stranger is ever taken for a
//! formula (docs/decisions/0020-search.md).

pub(in crate::backoffice) mod csv;
mod sheet;

use std::fs::File;
use std::future::ready;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::Sale;
use aval_domain::search::{Filter, parse};
use aval_gateway::error::Error;
use aval_gateway::search::list;
use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, StreamExt as _, once, try_unfold};
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use self::csv::{Cell, Csv};
use self::sheet::{Plan, Sheet};
use super::context::Context;
use super::failure::Failure;
use super::search::{Address, Column, Value, Words};
use super::{file, note_taken};
use crate::server::Server;

/// Sales read at a time.
const PAGE: usize = 500;
/// Bytes of a finished file read at a time.
const CHUNK: usize = 64 * 1024;
/// Spreadsheets that are made at a time; others wait. Each takes a core, and disk for its rows.
const AT_A_TIME: usize = 2;

/// Where spreadsheets are made.
pub(in crate::backoffice) struct Desk {
    folder: PathBuf,
    places: Semaphore,
}

impl Desk {
    /// In a folder that is there.
    pub(in crate::backoffice) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            places: Semaphore::new(AT_A_TIME),
        }
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(std::env::temp_dir())
    }
}

/// GET /transactions/export.csv
pub async fn csv(context: &Context) -> Result<Response, Failure> {
    let (pages, columns) = begin(context, "csv").await?;
    let words = Words::of(context.language);
    let mut head = Csv::new(context.language);
    head.line(
        columns
            .iter()
            .map(|column| Cell::text(column.label(words.t))),
    );
    let rows = try_unfold(pages, move |mut pages| {
        let columns = columns.clone();
        async move {
            let Some(sales) = pages.next().await? else {
                return Ok(None);
            };
            let mut lines = Csv::more(words.language);
            for sale in &sales {
                lines.line(columns.iter().map(|one| cell(one.value(sale, words))));
            }
            Ok(Some((Bytes::from(lines.into_text()), pages)))
        }
    });
    let head = Bytes::from(head.into_text());
    let body = once(ready(Ok(head))).chain(rows);
    Ok(sent(context, body, csv::KIND, "csv"))
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Text(text) => Cell::Text(text),
        Value::Cents(cents) => Cell::Cents(cents),
        Value::Number(number) => Cell::Number(number),
    }
}

/// GET /transactions/export.xlsx
pub async fn xlsx(context: &Context) -> Result<Response, Failure> {
    let (pages, columns) = begin(context, "xlsx").await?;
    let plan = Plan {
        columns,
        words: Words::of(context.language),
        at: context.now(),
    };
    let body = once(make(pages, plan)).map(|made| made.map(chunks));
    let body = futures_util::TryStreamExt::try_flatten(body);
    Ok(sent(context, body, sheet::KIND, "xlsx"))
}

/// Makes a spreadsheet, beside the requests: what has to be packed takes a core for a while.
async fn make(mut pages: Pages, plan: Plan) -> io::Result<File> {
    let server = Arc::clone(&pages.server);
    let desk = &server.office.desk;
    let _place = desk.places.acquire().await.map_err(io::Error::other)?;
    let folder = desk.folder.clone();
    let mut sheet = beside(move || Sheet::begin(plan, &folder)).await?;
    while !sheet.is_full()
        && let Some(sales) = pages.next().await?
    {
        sheet = beside(move || sheet.rows(&sales).map(|()| sheet)).await?;
    }
    let folder = desk.folder.clone();
    beside(move || sheet.finish(&folder)).await
}

async fn beside<T: Send + 'static>(
    run: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(run).await.map_err(io::Error::other)?
}

/// A finished file, piece by piece.
fn chunks(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = file.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), file)))
    })
}

/// What the address asks for; that somebody took it is in the audit log first.
async fn begin(context: &Context, ending: &str) -> Result<(Pages, Vec<Column>), Failure> {
    let address = Address::read(context.query.as_deref());
    // A query that is not understood is told on the page.
    let filter = parse(&address.query).map_err(|_| Failure::NotFound)?;
    note_taken(context, "transactions.export", &address.query, ending).await?;
    let pages = Pages {
        server: Arc::clone(&context.server),
        merchant: context.of(),
        establishment: context.merchant.establishment.clone(),
        filter,
        next: Next::Newest,
    };
    // The payment's id is there always: by it a row can be found again.
    let mut columns = address.columns;
    if !columns.contains(&Column::PaymentId) {
        columns.push(Column::PaymentId);
    }
    Ok((pages, columns))
}

fn sent(
    context: &Context,
    body: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    kind: &'static str,
    ending: &str,
) -> Response {
    let body =
        body.map(|piece| piece.inspect_err(|error| tracing::warn!(%error, "an export broke off")));
    let day = context.now().day();
    let name = format!("transactions-{day}.{ending}");
    file(Body::from_stream(body), kind, &name)
}

/// The sales that a search finds, page by page.
struct Pages {
    server: Arc<Server>,
    merchant: MerchantId,
    establishment: String,
    filter: Filter,
    next: Next,
}

/// Where reading goes on.
#[derive(Clone, Copy)]
enum Next {
    Newest,
    Before(PaymentId),
    Nothing,
}

impl Pages {
    /// The next page, empty where nothing of a stretch fits; none after the last.
    async fn next(&mut self) -> io::Result<Option<Vec<Sale>>> {
        let before = match self.next {
            Next::Newest => None,
            Next::Before(payment) => Some(payment),
            Next::Nothing => return Ok(None),
        };
        let read = self.read(before).await;
        read.map(Some).map_err(io::Error::other)
    }

    async fn read(&mut self, before: Option<PaymentId>) -> Result<Vec<Sale>, Error> {
        let app = &self.server.app;
        let of = (self.merchant, self.establishment.as_str());
        let (found, next) = list(app, of, &self.filter, before, PAGE).await?;
        let ids: Vec<PaymentId> = found.iter().map(|sale| sale.payment).collect();
        let sales = app.storage.sales(self.merchant, &ids).await?;
        self.next = next.map_or(Next::Nothing, Next::Before);
        Ok(sales.into_iter().flatten().collect())
    }
}
