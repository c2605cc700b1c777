//! Capturing and cancelling one payment: a form with the amount, then the deed.
//!
//! Invariant: the form says what the rules say before anything is done; sent twice it has one
//! effect; what is sent is tried against the rules again.

use askama::Template;
use aval_domain::audit::Act;
use aval_domain::fraud::analysis::Status;
use aval_domain::id::JobId;
use aval_domain::job::JobKind;
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;
use aval_gateway::error::Error;
use aval_gateway::operations::by_hand::{self, Acted, Wish};
use aval_gateway::operations::job::{self, Verdict};
use aval_gateway::operations::notify;
use axum::response::Response;
use http::StatusCode;

use super::page::sale_of;
use super::text::Texts;
use super::words::{self, Badge};
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::backoffice::money;
use crate::pages::see_other;

#[derive(Template)]
#[template(path = "backoffice/payment/act.html")]
struct Form {
    layout: Layout,
    t: &'static Texts,
    is_capture: bool,
    id: String,
    order: String,
    whole: String,
    status: Badge,
    /// What the field holds.
    amount: String,
    /// The most that can be asked for.
    most: String,
    hint: &'static str,
    /// A late void is a refund.
    is_refund: bool,
    /// What the fraud analysis says against it.
    mind: Option<&'static str>,
    /// Why it cannot be done at all: what it means, and its code.
    cannot: Option<(&'static str, String)>,
    /// What is wrong with the amount.
    wrong: Option<&'static str>,
    /// Names this form.
    form: String,
}

/// The form of a capture.
pub async fn ask_capture(context: &Context) -> Result<Response, Failure> {
    ask(context, JobKind::Capture).await
}

/// The form of a cancellation.
pub async fn ask_cancel(context: &Context) -> Result<Response, Failure> {
    ask(context, JobKind::Void).await
}

/// Captures.
pub async fn capture(context: &Context) -> Result<Response, Failure> {
    act(context, JobKind::Capture).await
}

/// Cancels.
pub async fn cancel(context: &Context) -> Result<Response, Failure> {
    act(context, JobKind::Void).await
}

async fn ask(context: &Context, kind: JobKind) -> Result<Response, Failure> {
    let sale = sale_of(context).await?;
    let amount = money::plain(kind.prefilled(&sale).cents(), context.language);
    let form = form(context, kind, &sale, amount, None).await?;
    let status = if form.cannot.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &form.layout, &form))
}

async fn form(
    context: &Context,
    kind: JobKind,
    sale: &Sale,
    amount: String,
    wrong: Option<&'static str>,
) -> Result<Form, Failure> {
    let t = Texts::of(context.language);
    let (app, merchant) = (&context.server.app, &context.merchant);
    let most = kind.prefilled(sale);
    let verdict = job::verdict(app, merchant, kind, sale, Some(most)).await?;
    let cannot = match verdict {
        Verdict::Possible => None,
        Verdict::InDoubt => Some((t.in_doubt, String::new())),
        Verdict::Refused(why) => {
            let code = why.code().number().to_string();
            Some((words::refusal(t, why), code))
        }
    };
    let captured = sale.state.capture_made();
    let hint = match (kind, captured) {
        (JobKind::Capture, _) => t.amount_hint_capture,
        (JobKind::Void, Some(_)) => t.amount_hint_void,
        (JobKind::Void, None) => t.amount_hint_whole,
    };
    let age = captured.map_or(0, |capture| context.now().since(capture.at));
    Ok(Form {
        layout: context.layout(),
        t,
        is_capture: kind == JobKind::Capture,
        id: sale.id.to_string(),
        order: sale.order.as_str().to_owned(),
        whole: money::reais(sale.amount.cents(), context.language),
        status: words::status(t, sale),
        amount,
        most: money::reais(most.cents(), context.language),
        hint,
        is_refund: kind == JobKind::Void && age > aval_domain::payment::VOID_WINDOW,
        mind: mind(t, kind, sale),
        cannot,
        wrong,
        form: app.chance.job_id(context.now()).to_string(),
    })
}

/// What is to be minded before money is taken.
const fn mind(t: &'static Texts, kind: JobKind, sale: &Sale) -> Option<&'static str> {
    match (kind, sale.analysis) {
        (JobKind::Capture, Some(Status::Review)) => Some(t.mind_waiting),
        (JobKind::Capture, Some(Status::Reject)) => Some(t.mind_rejected),
        (JobKind::Capture | JobKind::Void, _) => None,
    }
}

async fn act(context: &Context, kind: JobKind) -> Result<Response, Failure> {
    let sale = sale_of(context).await?;
    let t = Texts::of(context.language);
    let sent = context.form.value("amount");
    let Some(amount) = money::parse(&sent) else {
        let form = form(context, kind, &sale, sent, Some(t.bad_amount)).await?;
        return Ok(answer(
            StatusCode::UNPROCESSABLE_ENTITY,
            &form.layout,
            &form,
        ));
    };
    let id = JobId::parse(&context.form.value("form")).ok_or(Failure::Stale)?;
    let id = id.to_string();
    let request_id = format!("office-{id}");
    let verb = if kind == JobKind::Capture {
        "capture"
    } else {
        "cancel"
    };
    let detail = format!("amount={} of={}", amount.cents(), sale.amount.cents());
    let audit = Act::new(
        &context.user.login,
        &format!("payment.{verb}"),
        &sale.id.to_string(),
    )
    .with(&detail)
    .from(&context.from());
    let wish = Wish {
        kind,
        payment: sale.id,
        amount,
        by: &context.user.login,
        form: &id,
        request_id: &request_id,
    };
    let acted = by_hand::act(&context.server.app, &context.merchant, wish, &audit).await;
    let done = match acted {
        Ok(Acted::Now(_)) => verb,
        Ok(Acted::Before) => "before",
        Err(Error::Refused(Refusal::PaymentNotFound)) => return Err(Failure::NotFound),
        Err(Error::Refused(why)) => {
            let stored = sale_of(context).await?;
            let wrong = Some(words::refusal(t, why));
            let form = form(context, kind, &stored, sent, wrong).await?;
            return Ok(answer(StatusCode::CONFLICT, &form.layout, &form));
        }
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(
        &format!("/payments/{}?done={done}", sale.id),
        Vec::new(),
    ))
}

/// Sends a notification of the payment again.
pub async fn resend(context: &Context) -> Result<Response, Failure> {
    let sale = sale_of(context).await?;
    let id = aval_domain::id::NotificationId::parse(context.argument(1));
    let id = id.ok_or(Failure::NotFound)?;
    let (app, of) = (&context.server.app, context.of());
    let found = app.storage.notification(of, id).await?;
    if found.is_none_or(|found| found.payment != sale.id) {
        return Err(Failure::NotFound);
    }
    let audit =
        Act::new(&context.user.login, "notification.resend", &id.to_string()).from(&context.from());
    notify::resend_by(app, of, id, &audit)
        .await?
        .ok_or(Failure::NotFound)?;
    Ok(see_other(
        &format!("/payments/{}?done=resent", sale.id),
        Vec::new(),
    ))
}
