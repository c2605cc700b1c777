//! GET /payments/{payment}: everything that is known of one payment.
//!
//! Invariant: reads only, and of the session's merchant only.

use askama::Template;
use aval_api::links;
use aval_domain::id::PaymentId;
use aval_domain::job::JobKind;
use aval_domain::method::Method;
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_domain::time::DAY;
use aval_domain::user::Permission;
use aval_gateway::operations::job::Verdict;
use axum::response::Response;
use http::StatusCode;

use super::facts::{self, Group};
use super::sections::{self, Asked, Code, Fraud, Sibling, Told};
use super::text::Texts;
use super::timeline::{self, Event};
use super::words::{self, Badge};
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::backoffice::money::reais;
use crate::backoffice::search::net;
use crate::backoffice::{format, recurrences, route};
use crate::pages::money::moment;

/// Notifications shown: so many that wait, and so many that do not.
const NOTIFICATIONS: u32 = 20;
/// Other sales of the order that are shown.
const SIBLINGS: u32 = 12;

#[derive(Template)]
#[template(path = "backoffice/payment/page.html")]
struct Page {
    layout: Layout,
    t: &'static Texts,
    id: String,
    /// What was kept; what was asked for while nothing was taken, or all was given back.
    amount: String,
    /// What was asked for, where that is another amount.
    of_amount: Option<String>,
    status: Badge,
    /// Payment.Status and its name in the API's documentation.
    api_status: String,
    order: String,
    received: String,
    may_capture: bool,
    may_cancel: bool,
    in_doubt: bool,
    /// Until when it can be captured.
    window: Option<Window>,
    /// Addresses of its slip, as a page and as a PDF.
    slip: Option<[String; 2]>,
    money: Money,
    code: Option<Code>,
    events: Vec<Event>,
    fraud: Option<Fraud>,
    notifications: Vec<Told>,
    may_resend: bool,
    requests: Vec<Asked>,
    groups: Vec<Group>,
    recurrence: Option<Recurrence>,
    siblings: Vec<Sibling>,
}

/// Until when an authorized payment can be captured.
struct Window {
    until: String,
    is_over: bool,
}

/// What became of the money.
struct Money {
    /// What is told, in order: label, amount, whether it is the sum that counts.
    lines: Vec<(&'static str, String, bool)>,
    /// Widths of 1000: kept, given back, to be captured.
    bar: Option<[i64; 3]>,
}

/// The recurrence of a sale.
struct Recurrence {
    id: Option<String>,
    /// Whether who looks may see its page.
    is_link: bool,
    what: &'static str,
    facts: Vec<(&'static str, String)>,
}

/// The sale of an address; what is not the merchant's is not there.
pub(super) async fn sale_of(context: &Context) -> Result<Sale, Failure> {
    let id = PaymentId::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let storage = &context.server.app.storage;
    let found = storage.sale(context.of(), id).await?;
    found.ok_or(Failure::NotFound)
}

/// Shows a payment.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let sale = sale_of(context).await?;
    let (t, language) = (Texts::of(context.language), context.language);
    let (app, of) = (&context.server.app, context.of());
    let operations = app.storage.operations(of, sale.id).await?;
    let review = app.storage.fraud_review(of, sale.id).await?;
    let in_doubt = is_in_doubt(context, &sale).await?;
    let window = window(context, &sale);
    let told = timeline::Told {
        is_in_doubt: in_doubt,
        sale: &sale,
        operations: &operations,
        review: review.as_ref(),
        t,
        language,
    };
    let requests = context
        .server
        .request_log
        .of(of, context.server.app.clock.real());
    let asked = sale.amount.cents();
    let kept = net(&sale).filter(|kept| *kept > 0 && *kept != asked);
    let may_change = context.may(Permission::Operate);
    let page = Page {
        layout: context
            .layout()
            .telling(toast(t, &context.parameter("done"))),
        t,
        id: sale.id.to_string(),
        amount: reais(kept.unwrap_or(asked), language),
        of_amount: kept.map(|_| reais(asked, language)),
        status: words::status(t, &sale),
        api_status: format!(
            "{} {}",
            sale.state.status().number(),
            words::name(sale.state.status())
        ),
        order: sale.order.as_str().to_owned(),
        received: moment(sale.received_at, language),
        may_capture: may_change && can(context, JobKind::Capture, &sale).await?,
        may_cancel: may_change && can(context, JobKind::Void, &sale).await?,
        in_doubt,
        money: money(t, context, &sale, window.as_ref()),
        window,
        slip: slip(context, &sale),
        code: sections::code(t, language, &sale),
        events: timeline::events(&told),
        fraud: sections::fraud(t, language, &sale, review.as_ref()),
        notifications: notifications(context, t, &sale).await?,
        may_resend: may_change,
        requests: sections::asked(language, &sale, requests),
        groups: facts::groups(t, language, &sale, &operations),
        recurrence: recurrence(context, t, &sale).await?,
        siblings: siblings(context, t, &sale).await?,
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

/// What was just done, from the address that an action leads to.
fn toast(t: &'static Texts, done: &str) -> Option<&'static str> {
    Some(match done {
        "capture" => t.done_capture,
        "cancel" => t.done_cancel,
        "before" => t.done_before,
        "resent" => t.resent,
        _ => return None,
    })
}

/// Whether the rules allow it now, with the amount that its form begins with.
async fn can(context: &Context, kind: JobKind, sale: &Sale) -> Result<bool, Failure> {
    let amount = Some(kind.prefilled(sale));
    let (app, merchant) = (&context.server.app, &context.merchant);
    let verdict = aval_gateway::operations::job::verdict(app, merchant, kind, sale, amount);
    Ok(matches!(verdict.await?, Verdict::Possible))
}

async fn is_in_doubt(context: &Context, sale: &Sale) -> Result<bool, Failure> {
    if sale.state != State::NotFinished {
        return Ok(false);
    }
    let storage = &context.server.app.storage;
    Ok(storage.unfinished(context.of(), sale.id).await?.is_some())
}

/// Until when it can be captured; absent of what waits for no capture.
fn window(context: &Context, sale: &Sale) -> Option<Window> {
    let State::Authorized(at) = sale.state else {
        return None;
    };
    sale.details.method.card()?;
    let days = i64::from(context.merchant.settings.capture_window_days);
    let until = at.plus(DAY.saturating_mul(days));
    Some(Window {
        until: moment(until, context.language),
        is_over: context.now() > until,
    })
}

/// The addresses of a slip, which its buyer has too.
fn slip(context: &Context, sale: &Sale) -> Option<[String; 2]> {
    let Method::Boleto(_) = sale.details.method else {
        return None;
    };
    let page = links::of_page(sale, &context.server.urls)?;
    let pdf = format!("{page}&format=pdf");
    Some([page, pdf])
}

fn money(t: &'static Texts, context: &Context, sale: &Sale, window: Option<&Window>) -> Money {
    let language = context.language;
    let asked = sale.amount.cents();
    let captured = sale
        .state
        .capture_made()
        .map_or(0, |one| one.amount.cents());
    let given = sale
        .state
        .given_back(sale.amount)
        .map_or(0, |one| one.amount.cents());
    // What was given back before a capture was never taken.
    let given = given.min(captured);
    let kept = captured.saturating_sub(given);
    let is_open =
        matches!(sale.state, State::Authorized(_)) && sale.details.method.card().is_some();
    let mut lines = Vec::new();
    if sale.state.authorized_at().is_some() {
        lines.push((t.authorized, reais(asked, language), false));
    } else {
        lines.push((t.amount, reais(asked, language), false));
    }
    if is_open {
        let is_over = window.is_some_and(|window| window.is_over);
        let label = if is_over {
            t.not_captured
        } else {
            t.still_open
        };
        lines.push((label, reais(asked, language), true));
    }
    if captured > 0 {
        lines.push((t.captured, reais(captured, language), false));
    }
    if given > 0 {
        lines.push((t.given_back, reais(given.saturating_neg(), language), false));
    }
    if captured > 0 {
        lines.push((t.net, reais(kept, language), true));
    }
    let width = |cents: i64| cents.saturating_mul(1000).checked_div(asked).unwrap_or(0);
    let open = if is_open { asked } else { 0 };
    let bar = (captured > 0 || is_open).then(|| [width(kept), width(given), width(open)]);
    Money { lines, bar }
}

async fn notifications(
    context: &Context,
    t: &'static Texts,
    sale: &Sale,
) -> Result<Vec<Told>, Failure> {
    let (storage, of) = (&context.server.app.storage, context.of());
    let found = storage.notifications_of(of, sale.id, NOTIFICATIONS).await?;
    let mut all = Vec::with_capacity(found.len());
    for one in found.iter().rev() {
        let last = storage.deliveries_of(of, one.id, 1).await?;
        all.push(sections::told(t, context.language, one, last.first()));
    }
    Ok(all)
}

async fn recurrence(
    context: &Context,
    t: &'static Texts,
    sale: &Sale,
) -> Result<Option<Recurrence>, Failure> {
    let Some(part) = &sale.details.recurrence else {
        let own = sale.details.terms.recurrent.then_some(Recurrence {
            id: None,
            is_link: false,
            what: t.own_recurrence,
            facts: Vec::new(),
        });
        return Ok(own);
    };
    let storage = &context.server.app.storage;
    let plan = storage.recurrent_payment(context.of(), part.id).await?;
    let (mut facts, has_plan) = (Vec::new(), plan.is_some());
    if let Some(plan) = plan {
        let language = context.language;
        let interval = recurrences::interval(plan.interval, language);
        facts.push((t.interval, interval.to_owned()));
        facts.push((t.starts, format::day(plan.start, language)));
        if plan.due_at.is_some() {
            facts.push((t.next, format::day(plan.next, language)));
        }
        facts.extend(plan.end.map(|end| (t.ends, format::day(end, language))));
    }
    let what = if part.began.is_some() {
        t.recurrence_first
    } else {
        t.recurrence_later
    };
    Ok(Some(Recurrence {
        id: Some(part.id.to_string()),
        is_link: has_plan && route::leads("/recurrences/{plan}", |what| context.may(what)),
        what,
        facts,
    }))
}

async fn siblings(
    context: &Context,
    t: &'static Texts,
    sale: &Sale,
) -> Result<Vec<Sibling>, Failure> {
    let (storage, of) = (&context.server.app.storage, context.of());
    let found = storage.sales_of_order(of, &sale.order, SIBLINGS).await?;
    let mut all = Vec::new();
    for (id, _) in found.into_iter().filter(|(id, _)| *id != sale.id) {
        if let Some(other) = storage.sale(of, id).await? {
            all.push(sections::sibling(t, context.language, &other));
        }
    }
    Ok(all)
}
