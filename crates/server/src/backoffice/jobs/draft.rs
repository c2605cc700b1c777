//! The screen of amounts of a block, its check against the rules, and its confirmation.
//!
//! Invariant: what is shown as possible is what the rules say at that moment; they are asked again
//! when it is done.

use std::collections::HashMap;

use askama::Template;
use aval_domain::amount::Amount;
use aval_domain::job::{Job, JobKind, JobState, RowState};
use aval_domain::user::Permission;
use aval_gateway::operations::job::{self, Confirmed, Look, Preflight, Verdict};
use axum::response::Response;
use http::StatusCode;

use super::text::Texts;
use super::{create, job_of, kind, place, why};
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::backoffice::money::{self, reais};
use crate::backoffice::payment::text::Texts as Words;
use crate::backoffice::payment::words::{self, Badge};
use crate::pages::see_other;

/// Payments on a page.
const PAGE: u32 = 100;
/// Characters of what was typed that are shown again.
const MOST_TYPED: usize = 24;

#[derive(Template)]
#[template(path = "backoffice/jobs/amounts.html")]
struct Amounts {
    layout: Layout,
    t: &'static Texts,
    id: String,
    title: &'static str,
    is_capture: bool,
    /// Whether who looks may change and confirm it.
    may_operate: bool,
    total: u32,
    chosen: u32,
    asked: String,
    rows: Vec<Row>,
    first: u32,
    last: u32,
    after: u32,
    previous: Option<u32>,
    next: Option<u32>,
    /// Whether something that was typed is no amount.
    is_wrong: bool,
}

struct Row {
    position: u32,
    payment: String,
    order: String,
    status: Option<Badge>,
    amount: String,
    /// Whether what stands as its amount was typed and is none.
    is_wrong: bool,
    /// Whether it can be done; of one left out nothing.
    verdict: Option<Badge>,
    /// Why it cannot: what it means, and the code.
    why: Option<(&'static str, String)>,
}

/// What was typed and is no amount, by the place in the block.
type Typed = HashMap<u32, String>;

/// The screen of amounts.
pub(super) async fn show(context: &Context, job: &Job) -> Result<Response, Failure> {
    amounts(context, job, place(context, "after"), &Typed::new()).await
}

/// The screen of amounts behind a place, with what was typed and is none as it was typed.
async fn amounts(
    context: &Context,
    job: &Job,
    after: u32,
    typed: &Typed,
) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let app = &context.server.app;
    let totals = app.storage.job_totals(job.merchant, job.id).await?;
    let rows = app
        .storage
        .job_rows(job.merchant, job.id, after, PAGE)
        .await?;
    let first = rows.first().map_or(0, |row| row.position);
    let last = rows.last().map_or(0, |row| row.position);
    let looks = job::look(app, &context.merchant, job.kind, rows).await?;
    let saved = context.parameter("done") == "saved";
    let page = Amounts {
        layout: Layout {
            here: format!("/jobs/{}?after={after}", job.id),
            ..context.layout().telling(saved.then_some(t.saved))
        },
        t,
        id: job.id.to_string(),
        title: kind(t, job.kind),
        is_capture: job.kind == JobKind::Capture,
        may_operate: context.may(Permission::Operate),
        total: job.total,
        chosen: totals.chosen(),
        asked: reais(totals.asked, context.language),
        rows: looks.iter().map(|look| row(context, look, typed)).collect(),
        first,
        last,
        after,
        previous: (after > 0).then(|| after.saturating_sub(PAGE)),
        next: (last > 0 && last < job.total).then_some(last),
        is_wrong: !typed.is_empty(),
    };
    let status = if page.is_wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &page.layout, &page))
}

fn row(context: &Context, look: &Look, typed: &Typed) -> Row {
    let t = Texts::of(context.language);
    let words = Words::of(context.language);
    let is_left_out = look.row.state == RowState::Skipped;
    let (verdict, why) = match look.verdict {
        _ if is_left_out => (None, None),
        Verdict::Possible => (Some((t.can, "good")), None),
        Verdict::InDoubt => (
            Some((t.in_doubt, "mind")),
            Some((words.in_doubt, String::new())),
        ),
        Verdict::Refused(refusal) => (Some((t.cannot, "wrong")), Some(why(context, Some(refusal)))),
    };
    let sale = look.sale.as_ref();
    let typed = typed.get(&look.row.position);
    let amount = match typed {
        Some(typed) => typed.clone(),
        None if is_left_out => String::new(),
        None => money::plain(look.row.amount.cents(), context.language),
    };
    Row {
        position: look.row.position,
        payment: look.row.payment.to_string(),
        order: sale
            .map(|sale| sale.order.as_str().to_owned())
            .unwrap_or_default(),
        status: sale.map(|sale| words::status(words, sale)),
        amount,
        is_wrong: typed.is_some(),
        verdict: verdict.map(|(label, tone)| Badge { label, tone }),
        why,
    }
}

/// Saves the amounts of a page: a field `a` with its place for each, empty to leave it out; then
/// goes where `go` says: `check`, `previous`, `next`, or stays. A payment whose amount is not
/// understood is left out, and the page is shown again until it is mended.
pub async fn save(context: &Context) -> Result<Response, Failure> {
    let job = job_of(context).await?;
    let mut edits: Vec<(u32, Option<Amount>)> = Vec::new();
    let mut typed = Typed::new();
    for (name, value) in context.form.pairs() {
        let position = name.strip_prefix('a').and_then(|place| place.parse().ok());
        let Some(position) = position else { continue };
        let amount = money::parse(value);
        edits.push((position, amount));
        if amount.is_none() && !value.trim().is_empty() {
            typed.insert(position, value.chars().take(MOST_TYPED).collect());
        }
    }
    edits.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let edited = job::edit(&context.server.app, job.merchant, job.id, &edits).await?;
    let Some(edited) = edited else {
        let t = Texts::of(context.language);
        return Ok(create::refuse(context, t.stale));
    };
    let number = |name: &str| context.form.value(name).parse::<u32>().unwrap_or(0);
    let (id, after) = (job.id, number("after"));
    if !typed.is_empty() {
        return amounts(context, &edited, after, &typed).await;
    }
    let path = match context.form.value("go").as_str() {
        "check" => format!("/jobs/{id}/check"),
        "next" => format!("/jobs/{id}?after={}", after.saturating_add(PAGE)),
        "previous" => format!("/jobs/{id}?after={}", after.saturating_sub(PAGE)),
        _ => format!("/jobs/{id}?after={after}&done=saved"),
    };
    Ok(see_other(&path, Vec::new()))
}

#[derive(Template)]
#[template(path = "backoffice/jobs/check.html")]
struct Check {
    layout: Layout,
    t: &'static Texts,
    id: String,
    title: &'static str,
    is_capture: bool,
    possible: Sum,
    in_doubt: Sum,
    skipped: Sum,
    refused: Vec<Refused>,
    refused_rows: u32,
    can_confirm: bool,
    /// What a confirmation is of.
    version: u32,
    /// Whether somebody changed it since it was shown to who confirms it.
    is_changed: bool,
}

/// How many payments, and how much.
struct Sum {
    rows: u32,
    amount: String,
}

struct Refused {
    why: &'static str,
    code: String,
    sum: Sum,
}

/// What would come of the block, and the button that lets it run.
pub async fn check(context: &Context) -> Result<Response, Failure> {
    let job = job_of(context).await?;
    if job.state != JobState::Draft {
        return Ok(see_other(&format!("/jobs/{}", job.id), Vec::new()));
    }
    let flight = job::preflight(&context.server.app, &context.merchant, &job).await?;
    let page = checked(context, &job, &flight);
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

/// The check of a block that was changed since it was shown.
async fn check_again(context: &Context) -> Result<Response, Failure> {
    let job = job_of(context).await?;
    let flight = job::preflight(&context.server.app, &context.merchant, &job).await?;
    let page = Check {
        is_changed: true,
        ..checked(context, &job, &flight)
    };
    Ok(answer(StatusCode::CONFLICT, &page.layout, &page))
}

fn checked(context: &Context, job: &Job, flight: &Preflight) -> Check {
    let t = Texts::of(context.language);
    let sum = |sum: job::Sum| Sum {
        rows: sum.rows,
        amount: reais(sum.cents, context.language),
    };
    let refused = flight.refused.iter().map(|(refusal, of)| {
        let (why, code) = why(context, Some(*refusal));
        Refused {
            why,
            code,
            sum: sum(*of),
        }
    });
    Check {
        layout: context.layout(),
        t,
        id: job.id.to_string(),
        title: kind(t, job.kind),
        is_capture: job.kind == JobKind::Capture,
        possible: sum(flight.possible),
        in_doubt: sum(flight.in_doubt),
        skipped: sum(flight.skipped),
        refused: refused.collect(),
        refused_rows: flight.refused.iter().map(|(_, sum)| sum.rows).sum(),
        can_confirm: flight.possible.rows > 0 || flight.in_doubt.rows > 0,
        version: job.version,
        is_changed: false,
    }
}

/// Lets the block run, when it is as the check showed it: field `version`.
pub async fn confirm(context: &Context) -> Result<Response, Failure> {
    let found = job_of(context).await?;
    let app = &context.server.app;
    let totals = app.storage.job_totals(found.merchant, found.id).await?;
    let audit = create::audit(context, found.id, found.kind, totals.chosen(), totals.asked);
    let t = Texts::of(context.language);
    let version = context.form.value("version").parse().unwrap_or(0);
    match job::confirm(app, context.of(), (found.id, version), &audit).await? {
        Confirmed::Now(_) | Confirmed::Before(_) => {
            Ok(see_other(&format!("/jobs/{}", found.id), Vec::new()))
        }
        Confirmed::Changed => check_again(context).await,
        Confirmed::Stale => Ok(create::refuse(context, t.stale)),
        Confirmed::Nothing => Ok(create::refuse(context, t.nothing_chosen)),
        Confirmed::Unknown => Err(Failure::NotFound),
    }
}
