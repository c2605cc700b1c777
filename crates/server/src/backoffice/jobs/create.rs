//! POST /jobs and POST /jobs/{job}/retry: drafts, of chosen payments or of what was refused.
//!
//! Invariant: a draft changes no payment; a form sent twice makes one.

use askama::Template;
use aval_domain::audit::Act;
use aval_domain::id::{JobId, PaymentId};
use aval_domain::job::JobKind;
use aval_gateway::operations::job::{self, Choice, Prepared};
use axum::response::Response;
use http::StatusCode;

use super::text::Texts;
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::backoffice::search::{Address, NOTHING_SELECTED};
use crate::pages::see_other;

#[derive(Template)]
#[template(path = "backoffice/jobs/nothing.html")]
struct Nothing {
    layout: Layout,
    t: &'static Texts,
    message: &'static str,
}

/// Makes a draft of the payments that were chosen: fields `kind` (`capture` or `cancel`), `payment`
/// for each, and `form`, a GUID of the form's own, if it has one. Where nothing was chosen it leads
/// back to the search of field `query`, if there is one.
pub async fn create(context: &Context) -> Result<Response, Failure> {
    let payments: Vec<PaymentId> = context
        .form
        .all("payment")
        .filter_map(PaymentId::parse)
        .collect();
    let sent = context.form.pairs().any(|(name, _)| name == "query");
    if payments.is_empty() && sent {
        // From the search with nothing ticked: back to the same one, which says so.
        let address = Address::read(Some(&context.form.value("query")));
        let link = address.link();
        let sign = if link.contains('?') { '&' } else { '?' };
        let path = format!("{link}{sign}told={NOTHING_SELECTED}");
        return Ok(see_other(&path, Vec::new()));
    }
    draft(context, &payments).await
}

/// Makes a draft of payments, of the kind that the form says.
pub(in crate::backoffice) async fn draft(
    context: &Context,
    payments: &[PaymentId],
) -> Result<Response, Failure> {
    let kind = match context.form.value("kind").as_str() {
        "capture" => JobKind::Capture,
        "cancel" | "void" => JobKind::Void,
        _ => return Err(Failure::NotFound),
    };
    let choice = Choice {
        id: form_id(context),
        kind,
        by: &context.user.login,
        retry_of: None,
    };
    let app = &context.server.app;
    let prepared = job::prepare(app, context.of(), choice, payments).await?;
    lead_on(context, prepared)
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
pub(in crate::backoffice) fn refuse(context: &Context, message: &'static str) -> Response {
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
