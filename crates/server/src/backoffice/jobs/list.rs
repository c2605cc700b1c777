//! GET /jobs: the blocks of the merchant, the newest first.
//!
//! Invariant: pages by key.

use askama::Template;
use aval_domain::id::JobId;
use aval_domain::job::{Job, JobState};
use axum::response::Response;
use http::StatusCode;

use super::text::Texts;
use super::{kind, state};
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::backoffice::money::reais;
use crate::backoffice::payment::words::Badge;
use crate::pages::money::moment;

/// Blocks on a page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "backoffice/jobs/list.html")]
struct List {
    layout: Layout,
    t: &'static Texts,
    jobs: Vec<Row>,
    /// The last of this page, when there are more.
    before: Option<String>,
}

struct Row {
    id: String,
    when: String,
    what: &'static str,
    who: String,
    rows: u32,
    state: Badge,
    /// Done and refused, of a finished block.
    ended: Option<(u32, u32, String)>,
}

/// Lists blocks.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let before = JobId::parse(&context.parameter("before"));
    let (storage, limit) = (&context.server.app.storage, PAGE.saturating_add(1));
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let mut found = storage.jobs(context.of(), before, limit).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let before = found.last().filter(|_| has_more);
    let page = List {
        layout: context.layout(),
        t: Texts::of(context.language),
        before: before.map(|job| job.id.to_string()),
        jobs: found.iter().map(|job| row(context, job)).collect(),
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

fn row(context: &Context, job: &Job) -> Row {
    let (t, language) = (Texts::of(context.language), context.language);
    let totals = &job.totals;
    Row {
        id: job.id.to_string(),
        when: moment(job.created_at, language),
        what: kind(t, job.kind),
        who: job.by.clone(),
        rows: job.total,
        state: state(t, job.state),
        ended: (job.state == JobState::Finished)
            .then(|| (totals.done, totals.refused, reais(totals.moved, language))),
    }
}
