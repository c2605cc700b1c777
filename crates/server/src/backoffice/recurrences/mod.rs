//! `/recurrences` and `/recurrence-settings`: plans, what they will charge, and how a denied charge
//! is tried again (manual of the back office, lines 11 and 109 to 119; decisions D31 and D49).
//!
//! Invariant: a plan is paused and resumed by the API's own operation; a forecast is the domain's.

pub(in super::super) mod settings;
mod text;

use std::collections::BTreeMap;

use askama::Template;
use aval_domain::id::{PaymentId, RecurrentPaymentId};
use aval_domain::recurrence::calendar::Interval;
use aval_domain::recurrence::{Modification, PlanStatus, Recurrence, RecurrentPayment};
use aval_domain::sale::Sale;
use aval_domain::user::Permission;
use aval_gateway::audit::By;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::{self, recur};
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

use self::text::Texts;
use super::context::Context;
use super::failure::Failure;
use super::layout::{Layout, answer};
use super::payment::words::{self, Badge};
use super::{format, money, payment, route};
use crate::pages::{Language, see_other};

/// An interval in a word.
pub(super) const fn interval(interval: Interval, language: Language) -> &'static str {
    Texts::of(language).interval(interval)
}

/// Plans on a page.
const PAGE: u32 = 50;
/// Charges of a plan that are shown.
const CHARGES: u32 = 100;
/// How far a forecast reaches, in days.
const FORESEEN: i64 = 90;
/// Plans that a forecast takes in at the most, and how many are read at a time.
const MOST_PLANS: usize = 10_000;
const AT_ONCE: u32 = 500;
/// Days of a plan that are shown beforehand.
const MOST_DAYS: usize = 6;

#[derive(Template)]
#[template(path = "backoffice/recurrences/list.html")]
struct ListPage {
    layout: Layout,
    t: &'static Texts,
    plans: Vec<Row>,
    next: Option<String>,
    is_first: bool,
    forecast: Option<Forecast>,
    /// Statuses that can be chosen: address, label, whether it is this.
    statuses: Vec<(String, &'static str, bool)>,
    /// What the address of this list begins with.
    path: String,
    is_filtered: bool,
}

/// A plan in the list.
struct Row {
    id: String,
    order: String,
    customer: String,
    amount: String,
    interval: &'static str,
    next: String,
    status: &'static str,
    kind: &'static str,
    attempts: u8,
}

/// What will be charged.
struct Forecast {
    total: String,
    count: String,
    weeks: Vec<Week>,
    is_cut: bool,
}

/// A week of it.
struct Week {
    x: u64,
    y: u64,
    height: u64,
    middle: u64,
    label: String,
    title: String,
}

/// Shows the plans, the newest first.
pub async fn list(context: &Context) -> Result<Response, Failure> {
    let (language, t) = (context.language, Texts::of(context.language));
    let before = RecurrentPaymentId::parse(&context.parameter("before"));
    let asked = context.parameter("status");
    let status = STATUSES.into_iter().find(|(word, _)| *word == asked);
    let (plans, next) = page_of(context, before, status.map(|(_, status)| status)).await?;
    let forecast = match before {
        None if !plans.is_empty() && status.is_none() => Some(foresee(context).await?),
        None | Some(_) => None,
    };
    let page = ListPage {
        layout: context.layout(),
        t,
        plans: plans.iter().map(|plan| row(plan, t, language)).collect(),
        next: next.map(|last| last.to_string()),
        is_first: before.is_none(),
        forecast,
        statuses: statuses(t, status.map(|(word, _)| word)),
        path: status.map_or_else(String::new, |(word, _)| format!("status={word}&")),
        is_filtered: status.is_some(),
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

/// Statuses by their names in addresses.
const STATUSES: [(&str, PlanStatus); 5] = [
    ("active", PlanStatus::Active),
    ("paused", PlanStatus::Deactivated),
    ("failed", PlanStatus::Failed),
    ("card-expired", PlanStatus::CardExpired),
    ("finished", PlanStatus::Finished),
];

fn statuses(t: &'static Texts, here: Option<&str>) -> Vec<(String, &'static str, bool)> {
    let all = ("/recurrences".to_owned(), t.all, here.is_none());
    let each = STATUSES.into_iter().map(|(word, status)| {
        let path = format!("/recurrences?status={word}");
        (path, t.status(status).0, here == Some(word))
    });
    std::iter::once(all).chain(each).collect()
}

/// A page of plans, of a status or of all, and the plan before which the next one begins. Of a
/// status so many plans are looked at at the most; then the next page goes on there.
async fn page_of(
    context: &Context,
    before: Option<RecurrentPaymentId>,
    status: Option<PlanStatus>,
) -> Result<(Vec<RecurrentPayment>, Option<RecurrentPaymentId>), Failure> {
    let storage = &context.server.app.storage;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let mut from = before.unwrap_or(RecurrentPaymentId::from_bytes([0xff; 16]));
    let (mut found, mut seen) = (Vec::new(), 0_usize);
    let at_once = status.map_or(PAGE.saturating_add(1), |_| AT_ONCE);
    loop {
        let plans = storage
            .recurrent_payments_before(context.of(), from, at_once)
            .await?;
        let count = plans.len();
        seen = seen.saturating_add(count);
        for plan in plans {
            if found.len() >= page {
                return Ok((found, Some(from)));
            }
            from = plan.id;
            if status.is_none_or(|status| plan.status == status) {
                found.push(plan);
            }
        }
        if count < usize::try_from(at_once).unwrap_or(usize::MAX) {
            return Ok((found, None));
        }
        if seen >= MOST_PLANS {
            return Ok((found, Some(from)));
        }
    }
}

fn row(plan: &RecurrentPayment, t: &Texts, language: Language) -> Row {
    let (status, kind) = t.status(plan.status);
    let active = plan.status == PlanStatus::Active;
    Row {
        id: plan.id.to_string(),
        order: plan.order.as_str().to_owned(),
        customer: plan.details.customer.name.clone().unwrap_or_default(),
        amount: money::reais(plan.amount.cents(), language),
        interval: t.interval(plan.interval),
        next: if active {
            format::day(plan.next, language)
        } else {
            "–".to_owned()
        },
        status,
        kind,
        attempts: plan.attempts,
    }
}

/// What all plans of the merchant will charge from today on.
async fn foresee(context: &Context) -> Result<Forecast, Failure> {
    let today = context.now().day();
    let reach = jiff::Span::new().days(FORESEEN);
    let until = today.checked_add(reach).unwrap_or(today);
    let mut days: BTreeMap<Date, (u64, u64)> = BTreeMap::new();
    let mut after = RecurrentPaymentId::from_bytes([0; 16]);
    let mut seen = 0_usize;
    let storage = &context.server.app.storage;
    let is_cut = loop {
        let plans = storage
            .recurrent_payments_of(context.of(), after, AT_ONCE)
            .await?;
        let Some(last) = plans.last() else {
            break false;
        };
        after = last.id;
        seen = seen.saturating_add(plans.len());
        for plan in &plans {
            for day in plan.forecast(today, until) {
                let (count, cents) = days.entry(day).or_default();
                *count = count.saturating_add(1);
                *cents = cents.saturating_add(plan.amount.cents().unsigned_abs());
            }
        }
        if seen >= MOST_PLANS {
            break true;
        }
    };
    Ok(drawn(&days, today, context.language, is_cut))
}

/// Height of the bars' room and width of a bar's.
const ROOM: u64 = 96;
const STEP: u64 = 52;

fn drawn(
    days: &BTreeMap<Date, (u64, u64)>,
    today: Date,
    language: Language,
    is_cut: bool,
) -> Forecast {
    let mut weeks: Vec<(Date, u64, u64)> = Vec::new();
    let mut begin = today;
    for _ in 0..=FORESEEN / 7 {
        let end = begin.saturating_add(jiff::Span::new().days(7));
        let within = days
            .range(begin..end)
            .map(|(_, (count, cents))| (count, cents));
        let sum =
            |(a, b): (u64, u64), (c, d): (&u64, &u64)| (a.saturating_add(*c), b.saturating_add(*d));
        let (count, cents) = within.fold((0, 0), sum);
        weeks.push((begin, count, cents));
        begin = end;
    }
    let highest = weeks
        .iter()
        .map(|(.., cents)| *cents)
        .max()
        .unwrap_or(0)
        .max(1);
    let total = weeks
        .iter()
        .fold(0_u64, |sum, (.., cents)| sum.saturating_add(*cents));
    let count = weeks
        .iter()
        .fold(0_u64, |sum, (_, count, _)| sum.saturating_add(*count));
    let mut x = 4_u64;
    let mut bars = Vec::with_capacity(weeks.len());
    for (begin, count, cents) in weeks {
        let part = u128::from(cents).saturating_mul(u128::from(ROOM));
        let part = part.checked_div(u128::from(highest)).unwrap_or(0);
        let least = if cents > 0 { 2 } else { 0 };
        let height = u64::try_from(part).unwrap_or(ROOM).clamp(least, ROOM);
        let amount = format::reais(cents, language);
        bars.push(Week {
            x,
            y: ROOM.saturating_add(8).saturating_sub(height),
            height,
            middle: x.saturating_add(18),
            label: format::short_day(begin, language),
            title: format!("{}: {count} × {amount}", format::day(begin, language)),
        });
        x = x.saturating_add(STEP);
    }
    Forecast {
        total: format::reais(total, language),
        count: format::count(count, language),
        weeks: bars,
        is_cut,
    }
}

#[derive(Template)]
#[template(path = "backoffice/recurrences/plan.html")]
struct PlanPage {
    layout: Layout,
    t: &'static Texts,
    plan: Row,
    start: String,
    end: Option<String>,
    day: i8,
    successes: u32,
    card: String,
    made: String,
    charges: Vec<Charge>,
    days: Vec<String>,
    may_pause: bool,
    may_resume: bool,
    refused: Option<&'static str>,
    has_payments: bool,
}

/// A charge that was made.
struct Charge {
    payment: String,
    cycle: String,
    amount: String,
    status: Badge,
    attempt: u8,
    at: String,
}

/// Shows one plan.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let toast = match context.parameter("done").as_str() {
        "paused" => Some(t.paused),
        "resumed" => Some(t.resumed),
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
    let id = RecurrentPaymentId::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let storage = &context.server.app.storage;
    let plan = storage.recurrent_payment(context.of(), id).await?;
    let plan = plan.ok_or(Failure::NotFound)?;
    let mut charges = storage.recurrences(context.of(), id, CHARGES).await?;
    charges.reverse();
    let payments: Vec<PaymentId> = charges.iter().map(|one| one.payment).collect();
    let sales = storage.sales(context.of(), &payments).await?;
    let charges = charges.iter().zip(sales);
    let charges = charges.filter_map(|(one, sale)| Some(charge(one, &sale?, t, language)));
    let today = context.now().day();
    let year = today.saturating_add(jiff::Span::new().years(5));
    let days = plan.forecast(today, year).into_iter().take(MOST_DAYS);
    let may = context.may(Permission::Operate);
    let stopped = plan.status != PlanStatus::Active && plan.status != PlanStatus::Finished;
    let page = PlanPage {
        layout: context.layout().telling(toast),
        t,
        start: format::day(plan.start, language),
        end: plan.end.map(|end| format::day(end, language)),
        day: plan.day.number(),
        successes: plan.successes,
        card: plan.details.card.masked.clone().unwrap_or_default(),
        made: format::moment(plan.created_at, language),
        charges: charges.collect(),
        days: days.map(|day| format::day(day, language)).collect(),
        may_pause: may && plan.status == PlanStatus::Active,
        may_resume: may && stopped,
        plan: row(&plan, t, language),
        refused,
        has_payments: route::leads("/transactions", |what| context.may(what)),
    };
    let status = if refused.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &page.layout, &page))
}

fn charge(one: &Recurrence, sale: &Sale, t: &Texts, language: Language) -> Charge {
    Charge {
        payment: one.payment.to_string(),
        cycle: match one.cycle {
            0 => t.first_payment.to_owned(),
            cycle => cycle.to_string(),
        },
        amount: money::reais(sale.amount.cents(), language),
        status: words::status(payment::text::Texts::of(language), sale),
        attempt: one.attempt,
        at: format::moment(one.at, language),
    }
}

/// Stops a plan.
pub async fn pause(context: &Context) -> Result<Response, Failure> {
    change(context, &Modification::Deactivate, "paused").await
}

/// Lets a plan go on.
pub async fn resume(context: &Context) -> Result<Response, Failure> {
    change(context, &Modification::Reactivate, "resumed").await
}

async fn change(
    context: &Context,
    by: &Modification,
    done: &'static str,
) -> Result<Response, Failure> {
    let id = RecurrentPaymentId::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let app = &context.server.app;
    let found = app.storage.recurrent_payment(context.of(), id).await?;
    found.ok_or(Failure::NotFound)?;
    let address = context.from();
    let user = By::user(&context.user.login, &address);
    let act = user.act(&format!("recurrence.{done}"), &id.to_string(), "");
    let render = |_: &RecurrentPayment| Rendered {
        status: 200,
        body: String::new(),
        location: None,
    };
    let how = operations::Context {
        request_id: "",
        by: Some(&context.user.login),
        keep: None,
        render: &render,
    };
    match recur::modify_by(app, &context.merchant, id, by, (how, act)).await {
        Ok(_) => Ok(see_other(
            &format!("/recurrences/{id}?done={done}"),
            Vec::new(),
        )),
        Err(Error::Refused(_)) => {
            let t = Texts::of(context.language);
            shown(context, None, Some(t.refused)).await
        }
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_is_foreseen_is_counted_once_in_its_week() {
        let today = date(2027, 1, 5);
        let mut days = BTreeMap::new();
        days.insert(today, (2, 3_000));
        days.insert(date(2027, 1, 11), (1, 500));
        days.insert(date(2027, 1, 12), (1, 7_000));
        days.insert(date(2027, 4, 5), (1, 1));
        let forecast = drawn(&days, today, Language::English, false);
        assert_eq!(forecast.total, "R$\u{a0}105.01");
        assert_eq!(forecast.count, "5");
        assert!(forecast.weeks[0].title.ends_with("3 × R$\u{a0}35.00"));
        assert_eq!(forecast.weeks[1].height, ROOM);
        let last = forecast.weeks.last().unwrap();
        assert_eq!(last.height, 2, "a cent can be seen");
        assert!(
            forecast
                .weeks
                .iter()
                .all(|week| week.x.checked_add(36) <= Some(680))
        );
    }
}
