//! How far a block is, what became of each of its payments, and the same as CSV.
//!
//! Invariant: the figures are counted from the rows while it runs; no cell of the file begins a
//! formula.

use askama::Template;
use aval_domain::amount::Amount;
use aval_domain::id::PaymentId;
use aval_domain::job::{Job, JobKind, JobRow, JobState, RowState, Totals};
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use aval_domain::user::Permission;
use axum::body::Body;
use axum::response::Response;
use futures_util::future::try_join_all;
use http::{HeaderValue, StatusCode};

use super::text::Texts;
use super::{draft, job_of, kind, place, row_state, state, why};
use crate::backoffice::context::Context;
use crate::backoffice::export::csv::{Cell, Csv, KIND};
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::backoffice::money::reais;
use crate::backoffice::payment::words::Badge;
use crate::backoffice::{file, note_taken};
use crate::pages::money::moment;

/// Payments on a page.
const PAGE: u32 = 100;
/// Payments of the file read at a time.
const CHUNK: u32 = 250;

/// A row that is done, whatever was moved.
const DONE: RowState = RowState::Done(Amount::ONE);

/// The states that a page can be narrowed to, by their names in addresses.
const STATES: [(&str, RowState); 5] = [
    ("done", DONE),
    ("refused", RowState::Refused(None)),
    ("in-doubt", RowState::InDoubt),
    ("waiting", RowState::Waiting),
    ("skipped", RowState::Skipped),
];

#[derive(Template)]
#[template(path = "backoffice/jobs/result.html")]
struct Page {
    layout: Layout,
    t: &'static Texts,
    id: String,
    title: &'static str,
    who: String,
    confirmed: String,
    finished: Option<String>,
    retry_of: Option<String>,
    progress: Progress,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    next: Option<String>,
    /// Whether the user may take it as a file.
    may_take: bool,
    /// Names the form that tries again; absent where that cannot be done.
    retry: Option<String>,
}

/// The part that is asked for again while it runs.
#[derive(Template)]
#[template(path = "backoffice/jobs/progress.html")]
struct Progress {
    t: &'static Texts,
    id: String,
    state: Badge,
    is_running: bool,
    decided: u32,
    total: u32,
    /// Of 1000: done, refused, where those in doubt begin, in doubt.
    bar: [u64; 4],
    counts: Vec<(Badge, u32)>,
    moved: String,
    moved_label: &'static str,
}

struct Tab {
    label: &'static str,
    count: u32,
    address: String,
    is_here: bool,
}

struct Row {
    position: u32,
    payment: String,
    order: String,
    amount: String,
    moved: Option<String>,
    state: Badge,
    why: Option<(&'static str, String)>,
    when: Option<String>,
}

/// Shows a block: a draft with its amounts, any other with how far it is.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let job = job_of(context).await?;
    if job.state == JobState::Draft {
        return draft::show(context, &job).await;
    }
    let storage = &context.server.app.storage;
    let totals = storage.job_totals(job.merchant, job.id).await?;
    let progress = progress(context, &job, &totals);
    if context.is_partial() {
        let layout = context.layout();
        let mut response = answer(StatusCode::OK, &layout, &progress);
        if job.state == JobState::Finished {
            // The whole page shows what became of each, and what can be done next.
            let headers = response.headers_mut();
            headers.insert("hx-refresh", HeaderValue::from_static("true"));
        }
        return Ok(response);
    }
    let page = page(context, &job, &totals, progress).await?;
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

fn progress(context: &Context, job: &Job, totals: &Totals) -> Progress {
    let t = Texts::of(context.language);
    let share = |rows: u32| {
        let all = u64::from(totals.all().max(1));
        u64::from(rows)
            .saturating_mul(1000)
            .checked_div(all)
            .unwrap_or(0)
    };
    let counts = [
        (RowState::Waiting, totals.waiting),
        (DONE, totals.done),
        (RowState::Refused(None), totals.refused),
        (RowState::InDoubt, totals.in_doubt),
        (RowState::Skipped, totals.skipped),
    ];
    Progress {
        t,
        id: job.id.to_string(),
        state: state(t, job.state),
        is_running: job.state == JobState::Running,
        decided: totals.decided(),
        total: job.total,
        bar: [
            share(totals.done),
            share(totals.refused),
            share(totals.done).saturating_add(share(totals.refused)),
            share(totals.in_doubt),
        ],
        counts: counts
            .into_iter()
            .filter(|(_, rows)| *rows > 0)
            .map(|(state, rows)| (row_state(t, state), rows))
            .collect(),
        moved: reais(totals.moved, context.language),
        moved_label: match job.kind {
            JobKind::Capture => t.moved_captured,
            JobKind::Void => t.moved_voided,
        },
    }
}

async fn page(
    context: &Context,
    job: &Job,
    totals: &Totals,
    progress: Progress,
) -> Result<Page, Failure> {
    let (t, language) = (Texts::of(context.language), context.language);
    let (storage, key) = (&context.server.app.storage, (job.merchant, job.id));
    let (after, asked) = (place(context, "after"), context.parameter("state"));
    let chosen = STATES.into_iter().find(|(name, _)| *name == asked);
    let limit = PAGE.saturating_add(1);
    let mut rows = match chosen {
        Some((_, state)) => storage.job_rows_in(key, state, after, limit).await?,
        None => storage.job_rows(job.merchant, job.id, after, limit).await?,
    };
    let has_more = u32::try_from(rows.len()).is_ok_and(|count| count > PAGE);
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| has_more).map(|last| {
        let state = chosen.map_or("", |(name, _)| name);
        format!("/jobs/{}?state={state}&after={}", job.id, last.position)
    });
    let sales = sales(context, &rows).await?;
    let may_retry =
        context.may(Permission::Operate) && job.state == JobState::Finished && totals.refused > 0;
    Ok(Page {
        layout: context.layout(),
        t,
        id: job.id.to_string(),
        title: kind(t, job.kind),
        who: job.by.clone(),
        confirmed: job
            .confirmed_at
            .map(|at| moment(at, language))
            .unwrap_or_default(),
        finished: job.finished_at.map(|at| moment(at, language)),
        retry_of: job.retry_of.map(|of| of.to_string()),
        progress,
        tabs: tabs(t, job, totals, chosen.map_or("", |(name, _)| name)),
        rows: rows
            .iter()
            .zip(&sales)
            .map(|(row, sale)| shown(context, row, sale.as_ref()))
            .collect(),
        next,
        may_take: context.may(Permission::TakeResult),
        retry: may_retry.then(|| {
            let chance = &context.server.app.chance;
            chance.job_id(context.now()).to_string()
        }),
    })
}

async fn sales(context: &Context, rows: &[JobRow]) -> Result<Vec<Option<Sale>>, Failure> {
    let storage = &context.server.app.storage;
    let ids = rows.iter().map(|row| row.payment);
    let read = ids.map(|id: PaymentId| storage.sale(context.of(), id));
    Ok(try_join_all(read).await?)
}

fn tabs(t: &'static Texts, job: &Job, totals: &Totals, here: &str) -> Vec<Tab> {
    let count = |state: RowState| match state {
        RowState::Waiting => totals.waiting,
        RowState::Done(_) => totals.done,
        RowState::Refused(_) => totals.refused,
        RowState::InDoubt => totals.in_doubt,
        RowState::Skipped => totals.skipped,
    };
    let mut tabs = vec![Tab {
        label: t.all,
        count: totals.all(),
        address: format!("/jobs/{}", job.id),
        is_here: here.is_empty(),
    }];
    for (name, state) in STATES {
        if count(state) > 0 || name == here {
            tabs.push(Tab {
                label: row_state(t, state).label,
                count: count(state),
                address: format!("/jobs/{}?state={name}", job.id),
                is_here: name == here,
            });
        }
    }
    tabs
}

fn shown(context: &Context, row: &JobRow, sale: Option<&Sale>) -> Row {
    let (t, language) = (Texts::of(context.language), context.language);
    let (moved, because) = match row.state {
        RowState::Done(amount) => (Some(reais(amount.cents(), language)), None),
        RowState::Refused(refusal) => (None, Some(why(context, refusal))),
        RowState::Waiting | RowState::InDoubt | RowState::Skipped => (None, None),
    };
    Row {
        position: row.position,
        payment: row.payment.to_string(),
        order: sale
            .map(|sale| sale.order.as_str().to_owned())
            .unwrap_or_default(),
        amount: reais(row.amount.cents(), language),
        moved,
        state: row_state(t, row.state),
        why: because,
        when: row.at.map(|at| moment(at, language)),
    }
}

/// The result of a block as CSV.
pub async fn csv(context: &Context) -> Result<Response, Failure> {
    let job = job_of(context).await?;
    note_taken(context, "job.export", &job.id.to_string(), "csv").await?;
    let t = Texts::of(context.language);
    let mut lines = Csv::new(context.language);
    let head = [
        t.csv_position,
        t.csv_payment,
        t.order,
        t.amount,
        t.state,
        t.csv_moved,
        t.csv_code,
        t.csv_why,
        t.csv_at,
    ];
    lines.line(head.map(Cell::text));
    let mut after = 0;
    loop {
        let storage = &context.server.app.storage;
        let rows = storage.job_rows(job.merchant, job.id, after, CHUNK).await?;
        let Some(last) = rows.last() else { break };
        after = last.position;
        let sales = sales(context, &rows).await?;
        for (row, sale) in rows.iter().zip(&sales) {
            lines.line(cells(context, row, sale.as_ref()));
        }
    }
    let name = format!("aval-{}-{}.csv", job.kind.name(), job.id);
    Ok(file(Body::from(lines.into_text()), KIND, &name))
}

fn cells(context: &Context, row: &JobRow, sale: Option<&Sale>) -> [Cell; 9] {
    let order = sale.map_or("", |sale| sale.order.as_str());
    let (moved, because) = match row.state {
        RowState::Done(amount) => (Cell::Cents(amount.cents()), None),
        RowState::Refused(refusal) => (Cell::Empty, Some(why(context, refusal))),
        RowState::Waiting | RowState::InDoubt | RowState::Skipped => (Cell::Empty, None),
    };
    let (because, code) = because.unwrap_or_default();
    let at = row.at.map(Timestamp::rfc3339).unwrap_or_default();
    [
        Cell::Number(i64::from(row.position)),
        Cell::text(row.payment.to_string()),
        Cell::text(order),
        Cell::Cents(row.amount.cents()),
        Cell::text(row_state(Texts::of(context.language), row.state).label),
        moved,
        Cell::Text(code),
        Cell::text(because),
        Cell::Text(at),
    ]
}
