//! POST /jobs and POST /jobs/{job}/retry: drafts, of chosen payments or of what was refused.
//!
//! Invariant: a draft changes no payment; a form sent twice makes one.

use askama::Template;
use aval_domain::audit::Act;
use aval_domain::id::{JobId, PaymentId};
use aval_domain::job::{JobKind, MOST_ROWS};
use aval_domain::search::parse;
use aval_gateway::operations::job::{self, Choice, Prepared};
use aval_gateway::search::list;
use axum::response::Response;
use http::StatusCode;

use super::text::Texts;
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::pages::see_other;

/// Sales that a search finds at a time.
const PAGE: usize = 500;

#[derive(Template)]
#[template(path = "backoffice/jobs/nothing.html")]
struct Nothing {
    layout: Layout,
    t: &'static Texts,
    message: &'static str,
}

/// Makes a draft of the payments that were chosen: fields `kind` (`capture` or `void`), `payment`
/// for each, and `form`, a GUID of the form's own, if it has one; or (`capture-all`, `void-all`) of
/// all that a search finds: field `query`.
pub async fn create(context: &Context) -> Result<Response, Failure> {
    let (kind, is_all) = match context.form.value("kind").as_str() {
        "capture" => (JobKind::Capture, false),
        "cancel" | "void" => (JobKind::Void, false),
        "capture-all" => (JobKind::Capture, true),
        "void-all" => (JobKind::Void, true),
        _ => return Err(Failure::NotFound),
    };
    let payments: Vec<PaymentId> = if is_all {
        found(context).await?
    } else {
        let sent = context.form.all("payment");
        sent.filter_map(PaymentId::parse).collect()
    };
    let choice = Choice {
        id: form_id(context),
        kind,
        by: &context.user.login,
        retry_of: None,
    };
    let app = &context.server.app;
    let prepared = job::prepare(app, context.of(), choice, &payments).await?;
    lead_on(context, prepared)
}

/// What the search of the form finds, one more than a block may have at the most.
async fn found(context: &Context) -> Result<Vec<PaymentId>, Failure> {
    let filter = parse(&context.form.value("query")).map_err(|_| Failure::NotFound)?;
    let of = (context.of(), context.merchant.establishment.as_str());
    let (mut ids, mut before) = (Vec::new(), None);
    loop {
        let (some, next) = list(&context.server.app, of, &filter, before, PAGE).await?;
        ids.extend(some.into_iter().map(|sale| sale.payment));
        match next {
            Some(next) if ids.len() <= MOST_ROWS => before = Some(next),
            Some(_) | None => break,
        }
    }
    ids.truncate(MOST_ROWS.saturating_add(1));
    Ok(ids)
}

/// Makes a draft of what a block was refused.
pub async fn retry(context: &Context) -> Result<Response, Failure> {
    let of = super::job_of(context).await?.id;
    let (app, by) = (&context.server.app, &context.user.login);
    let id = form_id(context);
    let prepared = job::retry(app, context.of(), of, id, by).await?;
    lead_on(context, prepared.ok_or(Failure::NotFound)?)
}

/// The name of the draft: the form's own, so that it makes one.
fn form_id(context: &Context) -> JobId {
    let sent = JobId::parse(&context.form.value("form"));
    sent.unwrap_or_else(|| context.server.app.chance.job_id(context.now()))
}

fn lead_on(context: &Context, prepared: Prepared) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let message = match prepared {
        Prepared::Draft(job) => return Ok(see_other(&format!("/jobs/{}", job.id), Vec::new())),
        Prepared::Nothing => t.nothing_chosen,
        Prepared::TooMany => t.too_many,
    };
    Ok(refuse(context, message))
}

/// A page that says why there is no block.
pub(super) fn refuse(context: &Context, message: &'static str) -> Response {
    let page = Nothing {
        layout: context.layout(),
        t: Texts::of(context.language),
        message,
    };
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page.layout, &page)
}

/// What the audit log says of a confirmed block.
pub(super) fn audit(context: &Context, id: JobId, kind: JobKind, rows: u32, cents: i64) -> Act {
    let verb = match kind {
        JobKind::Capture => "job.capture",
        JobKind::Void => "job.cancel",
    };
    let detail = format!("payments={rows} amount={cents}");
    Act::new(&context.user.login, verb, &id.to_string())
        .with(&detail)
        .from(&context.from())
}
