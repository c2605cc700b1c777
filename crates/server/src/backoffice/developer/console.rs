//! The sandbox console: clock, faults, payments that wait for somebody, replaced cards.
//!
//! Invariant: does what the sandbox API does, by the same operations, and is not found in
//! production; faults, payments and cards are those of the session's merchant. Card numbers are
//! shown masked.

use std::sync::Arc;

use askama::Template;
use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry};
use aval_domain::fault::Fault;
use aval_domain::id::PaymentId;
use aval_domain::method::Method;
use aval_domain::sale::Sale;
use aval_gateway::app::Environment;
use aval_gateway::audit::{self, By};
use aval_gateway::error::Error;
use aval_gateway::operations::authenticate::{self, Visit};
use aval_gateway::operations::bank::{self, Deed};
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::renewal::{self, Replacement};
use aval_gateway::operations::{self, fault};
use aval_gateway::tasks::moves;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::format;
use super::super::layout::answer;
use super::{Frame, framed};
use crate::pages::see_other;

const PATH: &str = "/developers/console";
const HOUR: i64 = aval_domain::time::HOUR;
/// The farthest that the form moves the clock.
const MOST_DAYS: i64 = 3_660;
const MOST_HOURS: i64 = 10_000;
/// Brands that can be chosen.
const BRANDS: [Brand; 8] = [
    Brand::Visa,
    Brand::Master,
    Brand::Amex,
    Brand::Elo,
    Brand::Diners,
    Brand::Discover,
    Brand::Jcb,
    Brand::Aura,
];

framed!(ConsolePage);

#[derive(Template)]
#[template(path = "backoffice/developer/console.html")]
struct ConsolePage {
    frame: Frame,
    now: String,
    is_moved: bool,
    faults: Vec<ShownFault>,
    brands: Vec<&'static str>,
    payment: String,
    wrong: Option<(&'static str, &'static str)>,
}

/// A fault in force.
struct ShownFault {
    card: Option<String>,
    name: &'static str,
    delay: Option<u16>,
}

impl ConsolePage {
    async fn of(context: &Context) -> Result<Self, Failure> {
        let app = &context.server.app;
        if app.environment != Environment::Sandbox {
            return Err(Failure::NotFound);
        }
        app.clock.refresh(&app.storage).await?;
        let frame = Frame::of(context, PATH);
        let t = frame.t;
        let held = app.storage.faults(context.of()).await?;
        let shown = held.into_iter().filter_map(|one| {
            let fault = one.fault?;
            Some(ShownFault {
                card: one.masked,
                name: match fault {
                    Fault::Delay(_) => t.fault_delay,
                    Fault::LostAfter => t.fault_lost_after,
                    Fault::LostBefore => t.fault_lost_before,
                    Fault::Refused => t.fault_refused,
                },
                delay: Some(fault.delay()).filter(|delay| *delay > 0),
            })
        });
        Ok(Self {
            now: format::moment(app.clock.now(), context.language),
            is_moved: app.clock.offset() != 0,
            faults: shown.collect(),
            brands: BRANDS.map(Brand::name).to_vec(),
            payment: context.parameter("payment"),
            wrong: None,
            frame,
        })
    }

    fn wrong_of(&self, what: &str) -> Option<&'static str> {
        self.wrong
            .filter(|(of, _)| *of == what)
            .map(|(_, text)| text)
    }
}

/// Shows it.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let mut page = ConsolePage::of(context).await?;
    let t = page.frame.t;
    let toast = match context.parameter("done").as_str() {
        "clock" => Some(t.clock_done),
        "fault" => Some(t.fault_done),
        "payment" => Some(t.decide_done),
        "card" => Some(t.replace_done),
        _ => None,
    };
    page.frame = page.frame.telling(toast);
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

/// Does what one of the forms says: field `what`.
pub async fn act(context: &Context) -> Result<Response, Failure> {
    if context.server.app.environment != Environment::Sandbox {
        return Err(Failure::NotFound);
    }
    let what = context.form.value("what");
    let done: Result<&'static str, &'static str> = match what.as_str() {
        "clock" => move_clock(context).await?,
        "fault" => set_fault(context).await?,
        "payment" => decide(context).await?,
        "card" => replace(context).await?,
        _ => return Ok(see_other(PATH, Vec::new())),
    };
    let wrong = match done {
        Ok(done) => return Ok(see_other(&format!("{PATH}?done={done}"), Vec::new())),
        Err(wrong) => wrong,
    };
    let mut page = ConsolePage::of(context).await?;
    let of = ["clock", "fault", "payment", "card"];
    page.wrong = of
        .into_iter()
        .find(|one| *one == what)
        .map(|of| (of, wrong));
    page.payment = context.form.value("payment");
    Ok(answer(
        StatusCode::UNPROCESSABLE_ENTITY,
        &page.frame.layout,
        &page,
    ))
}

/// Writes down what was done.
async fn tell(context: &Context, subject: &str, detail: &str) -> Result<(), Failure> {
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let act = by.act("sandbox.console", subject, detail);
    let app = &context.server.app;
    Ok(audit::commit_told(app, context.of(), act.as_ref(), Vec::new()).await?)
}

/// What a form led to: what to tell on the next page, or what is wrong with it.
type Done = Result<Result<&'static str, &'static str>, Failure>;

async fn move_clock(context: &Context) -> Done {
    let t = super::text::Texts::of(context.language);
    let is_reset = context.form.has("reset");
    let number = |name: &str| {
        let text = context.form.value(name);
        if text.is_empty() {
            Some(0)
        } else {
            text.parse::<i64>().ok()
        }
    };
    let hours = number("days")
        .filter(|days| (0..=MOST_DAYS).contains(days))
        .zip(number("hours").filter(|hours| (0..=MOST_HOURS).contains(hours)))
        .and_then(|(days, hours)| days.checked_mul(24)?.checked_add(hours));
    let micros = hours
        .filter(|hours| *hours > 0)
        .and_then(|hours| hours.checked_mul(HOUR));
    let now = context.now();
    let micros = micros.filter(|micros| now.plus(*micros) <= moves::LATEST);
    if !is_reset && micros.is_none() {
        return Ok(Err(t.clock_wrong));
    }
    let detail = if is_reset {
        "reset".to_owned()
    } else {
        format!("hours={}", hours.unwrap_or(0))
    };
    tell(context, "clock", &detail).await?;
    let server = Arc::clone(&context.server);
    // What falls due is done to its end, also when the browser has gone.
    let moved = tokio::spawn(async move {
        match micros.filter(|_| !is_reset) {
            Some(micros) => moves::advance(&server.app, micros).await,
            None => moves::reset_clock(&server.app).await,
        }
    });
    let moved = moved
        .await
        .map_err(|error| Failure::Failed(error.to_string()))?;
    moved?;
    Ok(Ok("clock"))
}

async fn set_fault(context: &Context) -> Done {
    let t = super::text::Texts::of(context.language);
    let typed = context.form.secret("card", 40);
    let card = match typed.trim() {
        "" => None,
        text => match CardNumber::parse(text) {
            Ok(card) => Some(card),
            Err(_) => return Ok(Err(t.fault_wrong)),
        },
    };
    let delay = context.form.value("delay").parse::<u16>().ok();
    let delay = delay.filter(|millis| (1..=Fault::LONGEST).contains(millis));
    let name = context.form.value("fault");
    let fault = Fault::parse(&name, delay.unwrap_or(0));
    let is_wrong = matches!(fault, Some(Fault::Delay(_))) && delay.is_none();
    if is_wrong || (fault.is_none() && name != "None") {
        return Ok(Err(t.fault_wrong));
    }
    tell(context, "fault", fault.map_or("None", Fault::name)).await?;
    fault::set(&context.server.app, &context.merchant, card.as_ref(), fault).await?;
    Ok(Ok("fault"))
}

async fn decide(context: &Context) -> Done {
    let t = super::text::Texts::of(context.language);
    let app = &context.server.app;
    let Some(id) = PaymentId::parse(&context.form.value("payment")) else {
        return Ok(Err(t.decide_unknown));
    };
    let Some(sale) = app.storage.sale(context.of(), id).await? else {
        return Ok(Err(t.decide_unknown));
    };
    let decision = context.form.value("decision");
    if !matches!(decision.as_str(), "pay" | "authenticate" | "deny") {
        return Ok(Err(t.decide_refused));
    }
    tell(context, &id.to_string(), &decision).await?;
    let render = |_: &Sale| Rendered {
        status: 200,
        body: String::new(),
        location: None,
    };
    let request_id = format!("console-{id}");
    let how = operations::Context {
        request_id: &request_id,
        by: Some(&context.user.login),
        keep: None,
        render: &render,
    };
    let merchant = &context.merchant;
    let is_card = match sale.details.method {
        Method::Credit(_) | Method::Debit(_) => true,
        Method::Transfer(_) | Method::Boleto(_) => false,
    };
    let decided = match decision.as_str() {
        "pay" => bank::act(app, merchant, id, Deed::Pay(None), how).await,
        "authenticate" => authenticate::decide(app, merchant, id, Visit::Known, how).await,
        "deny" if is_card => authenticate::decide(app, merchant, id, Visit::Unknown, how).await,
        "deny" => bank::act(app, merchant, id, Deed::Refuse, how).await,
        _ => return Ok(Err(t.decide_refused)),
    };
    match decided {
        Ok(_) => Ok(Ok("payment")),
        Err(Error::Refused(_)) => Ok(Err(t.decide_refused)),
        Err(other) => Err(other.into()),
    }
}

async fn replace(context: &Context) -> Done {
    let t = super::text::Texts::of(context.language);
    let number = |name: &str| CardNumber::parse(context.form.secret(name, 40).trim()).ok();
    let expiry = Expiry::parse(&context.form.value("expiry"));
    let brand = Brand::parse(&context.form.value("brand"));
    let (Some(old), Some(number), Some(expiry), Some(brand)) =
        (number("old"), number("new"), expiry, brand)
    else {
        return Ok(Err(t.replace_wrong));
    };
    tell(context, "card", &old.masked()).await?;
    let by = Replacement {
        number,
        expiry,
        brand,
    };
    renewal::replace(&context.server.app, &context.merchant, &old, &by).await?;
    Ok(Ok("card"))
}
