//! `/reviews`: sales that wait for somebody to accept or reject them, and why they wait
//! (decision D46).
//!
//! Invariant: a sale is decided once, by the operation that the command line uses too; what was
//! seen is shown with its weight, so that who decides knows what the score is made of.

mod effect;
pub(in super::super) mod lists;
pub(in super::super) mod rules;
mod text;

use askama::Template;
use aval_domain::fraud::analysis::Verdict;
use aval_domain::fraud::review::{Progress, Review};
use aval_domain::id::PaymentId;
use aval_domain::sale::Sale;
use aval_domain::user::Permission;
use aval_gateway::audit::By;
use aval_gateway::operations::review::{self, Decided};
use axum::response::Response;
use http::StatusCode;

use self::text::Texts;
use super::context::Context;
use super::developer::data;
use super::failure::Failure;
use super::layout::{Layout, answer};
use super::{format, money, route};
use crate::pages::{Language, see_other};

/// Reviews on a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "backoffice/review/list.html")]
struct ListPage {
    layout: Layout,
    t: &'static Texts,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A sale that waits.
struct Row {
    payment: String,
    order: String,
    customer: String,
    amount: String,
    score: u8,
    since: String,
    due: String,
    reasons: Vec<String>,
}

/// Shows what waits, the longest waiting first.
pub async fn list(context: &Context) -> Result<Response, Failure> {
    let (language, t) = (context.language, Texts::of(context.language));
    let storage = &context.server.app.storage;
    let after = PaymentId::parse(&context.parameter("after"));
    let after = after.unwrap_or(PaymentId::from_bytes([0; 16]));
    let waiting = storage
        .waiting_reviews(context.of(), after, PAGE.saturating_add(1))
        .await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let next = waiting
        .get(shown.saturating_sub(1))
        .filter(|_| waiting.len() > shown);
    let next = next.map(|last| last.payment.to_string());
    let mut rows = Vec::with_capacity(waiting.len());
    for review in waiting.into_iter().take(shown) {
        if let Some(sale) = storage.sale(context.of(), review.payment).await? {
            rows.push(row(&review, &sale, language));
        }
    }
    let page = ListPage {
        layout: context.layout(),
        t,
        rows,
        next,
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

fn row(review: &Review, sale: &Sale, language: Language) -> Row {
    let mut lines: Vec<(i32, String)> = sale
        .details
        .fraud
        .iter()
        .flat_map(|analysis| &analysis.explanation)
        .map(|line| (line.weight, data::signal(&line.signal, language)))
        .collect();
    lines.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    Row {
        payment: review.payment.to_string(),
        order: sale.order.as_str().to_owned(),
        customer: sale.details.customer.name.clone().unwrap_or_default(),
        amount: money::reais(sale.amount.cents(), language),
        score: review.score,
        since: format::moment(review.created_at, language),
        due: format::moment(review.due_at, language),
        reasons: lines.into_iter().take(2).map(|(_, text)| text).collect(),
    }
}

#[derive(Template)]
#[template(path = "backoffice/review/review.html")]
struct ReviewPage {
    layout: Layout,
    t: &'static Texts,
    row: Row,
    is_waiting: bool,
    may_decide: bool,
    outcome: &'static str,
    kind: &'static str,
    decided_by: Option<String>,
    decided_at: Option<String>,
    notes: Vec<String>,
    facts: Vec<(&'static str, String)>,
    lines: Vec<ShownLine>,
    rules: Vec<(String, String, bool)>,
    factors: Vec<(String, &'static str)>,
    refused: Option<&'static str>,
    has_payment: bool,
    /// What accepting and rejecting will do.
    effects: [String; 2],
}

/// A line of the explanation.
struct ShownLine {
    about: String,
    value: String,
    weight: i32,
    /// Its part of the widest bar, 0 to 100.
    part: u32,
}

/// Shows one.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let toast = match context.parameter("done").as_str() {
        "accept" => Some(t.accepted_now),
        "reject" => Some(t.rejected_now),
        "note" => Some(t.noted),
        _ => None,
    };
    shown(context, toast, None).await
}

async fn shown(
    context: &Context,
    toast: Option<&'static str>,
    refused: Option<&'static str>,
) -> Result<Response, Failure> {
    let (language, t) = (context.language, Texts::of(context.language));
    let id = PaymentId::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let storage = &context.server.app.storage;
    let review = storage.fraud_review(context.of(), id).await?;
    let review = review.ok_or(Failure::NotFound)?;
    let sale = storage
        .sale(context.of(), id)
        .await?
        .ok_or(Failure::NotFound)?;
    let (outcome, kind) = match review.progress {
        Progress::Waiting => (t.waiting, "mind"),
        Progress::Accepted => (t.accepted, "good"),
        Progress::Rejected => (t.rejected, "wrong"),
        Progress::Expired => (t.expired, "soft"),
    };
    let rules = sale
        .details
        .fraud
        .iter()
        .flat_map(|analysis| &analysis.rules);
    let rules = rules.map(|one| (one.rule.clone(), one.action.clone(), one.dry_run));
    let page = ReviewPage {
        layout: context.layout().telling(toast),
        t,
        row: row(&review, &sale, language),
        is_waiting: review.progress == Progress::Waiting,
        may_decide: context.may(Permission::Operate),
        outcome,
        kind,
        decided_by: review.decided_by.clone(),
        decided_at: review.decided_at.map(|at| format::moment(at, language)),
        notes: review.note.lines().map(str::to_owned).collect(),
        facts: facts(&sale, t),
        lines: lines(&sale, language),
        rules: rules.collect(),
        factors: data::factors(&sale, language),
        refused,
        has_payment: route::leads("/payments/{payment}", |what| context.may(what)),
        effects: [
            effect::of_accepting(&sale, context.now(), (t, language)),
            effect::of_rejecting(&sale, context.now(), (t, language)),
        ],
    };
    let status = if refused.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &page.layout, &page))
}

/// What is known of the buyer, as it was sent.
fn facts(sale: &Sale, t: &Texts) -> Vec<(&'static str, String)> {
    let customer = &sale.details.customer;
    let place = customer.address.as_ref().map(|address| {
        let parts = [
            &address.street,
            &address.number,
            &address.city,
            &address.state,
            &address.zip_code,
        ];
        let parts: Vec<&str> = parts
            .into_iter()
            .filter_map(|part| part.as_deref())
            .collect();
        parts.join(", ")
    });
    let request = sale
        .details
        .fraud
        .as_ref()
        .map(|analysis| &analysis.request);
    let ip = request.and_then(|request| request.browser.as_ref()?.ip_address.clone());
    let card = sale
        .details
        .method
        .card()
        .and_then(|card| card.masked.clone());
    let all = [
        (t.customer, customer.name.clone()),
        (t.email, customer.email.clone()),
        (t.document, customer.identity.clone()),
        (t.address, place),
        (t.ip, ip),
        (t.card, card),
    ];
    let told = all
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)));
    told.filter(|(_, value)| !value.is_empty()).collect()
}

fn lines(sale: &Sale, language: Language) -> Vec<ShownLine> {
    let explanation = sale
        .details
        .fraud
        .iter()
        .flat_map(|analysis| &analysis.explanation);
    let mut lines: Vec<ShownLine> = explanation
        .map(|line| ShownLine {
            about: data::signal(&line.signal, language),
            value: data::observed(&line.value, language),
            weight: line.weight,
            part: 0,
        })
        .collect();
    let widest = lines
        .iter()
        .map(|line| line.weight.unsigned_abs())
        .max()
        .unwrap_or(0)
        .max(1);
    for line in &mut lines {
        let part = line.weight.unsigned_abs().saturating_mul(100);
        line.part = part.checked_div(widest).unwrap_or(0);
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.weight));
    lines
}

/// Accepts the sale.
pub async fn accept(context: &Context) -> Result<Response, Failure> {
    decide(context, Verdict::Accept).await
}

/// Rejects the sale.
pub async fn reject(context: &Context) -> Result<Response, Failure> {
    decide(context, Verdict::Reject).await
}

async fn decide(context: &Context, verdict: Verdict) -> Result<Response, Failure> {
    let id = PaymentId::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let app = &context.server.app;
    match review::decide(app, &context.merchant, id, verdict, by).await? {
        Decided::Now(_) => {
            let done = if verdict == Verdict::Accept {
                "accept"
            } else {
                "reject"
            };
            Ok(see_other(&format!("/reviews/{id}?done={done}"), Vec::new()))
        }
        Decided::Before(_) => {
            let t = Texts::of(context.language);
            shown(context, None, Some(t.decided_before)).await
        }
        Decided::NoReview => Err(Failure::NotFound),
    }
}

/// Keeps a note.
pub async fn note(context: &Context) -> Result<Response, Failure> {
    let id = PaymentId::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let app = &context.server.app;
    let text = context.form.value("note");
    let noted = review::note(app, context.of(), id, &text, by).await?;
    if noted.is_some() {
        return Ok(see_other(&format!("/reviews/{id}?done=note"), Vec::new()));
    }
    shown(context, None, Some(Texts::of(context.language).note_wrong)).await
}
