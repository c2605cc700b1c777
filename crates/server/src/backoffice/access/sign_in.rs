//! `/sign-in`: establishment, then user and password, then a code (manual of the back office, lines
//! 15 to 19).
//!
//! Invariant: each step shows the same whatever was typed in the one before; only what follows the
//! last one tells whether all of it was right.

use askama::Template;
use aval_domain::audit::Act;
use aval_gateway::access::Origin;
use aval_gateway::access::sessions::NewSession;
use aval_gateway::access::sign_in::{self, Credentials, Outcome};
use aval_gateway::audit;
use aval_storage::Write;
use aval_storage::access::AccessWrite;
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::context::{Context, Visit};
use super::super::failure::Failure;
use super::super::layout::{Layout, answer};
use super::super::preferences::local;
use super::session;
use super::text::Texts;
use crate::pages::{self, see_other};

const PATH: &str = "/sign-in";
/// The cookie of who has yet to give a code: sealed.
const PENDING: &str = "aval_sign_in";
/// How long it is kept, in seconds; what is in it says the same.
const PENDING_SECONDS: u32 = 300;
/// The longest password that is looked at, in bytes.
const LONGEST_PASSWORD: usize = 1_024;
/// The longest establishment code that is taken.
const LONGEST_ESTABLISHMENT: usize = 20;
/// Seconds after which an address that waits may ask again.
const WAIT: &str = "1800";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Establishment,
    Password,
    Code,
}

#[derive(Template)]
#[template(path = "backoffice/access/sign_in.html")]
struct SignInPage {
    layout: Layout,
    t: &'static Texts,
    step: Step,
    establishment: String,
    login: String,
    next: String,
    wrong: Option<&'static str>,
}

impl SignInPage {
    fn is(&self, step: &str) -> bool {
        match self.step {
            Step::Establishment => step == "establishment",
            Step::Password => step == "password",
            Step::Code => step == "code",
        }
    }
}

/// Shows the step that comes next.
pub async fn show(visit: &Visit) -> Result<Response, Failure> {
    let establishment = visit.parameter("establishment");
    let pending = pages::sent_cookie(&visit.headers, PENDING);
    let step = if visit.parameter("step") == "code" && pending.is_some() {
        Step::Code
    } else if is_establishment(&establishment) {
        Step::Password
    } else {
        Step::Establishment
    };
    let next = visit.parameter("next");
    let page = page(visit, step, &establishment, &next);
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

fn page(visit: &Visit, step: Step, establishment: &str, next: &str) -> SignInPage {
    SignInPage {
        layout: Layout::of_anyone(visit),
        t: Texts::of(visit.language),
        step,
        establishment: establishment.to_owned(),
        login: String::new(),
        next: local(next).to_owned(),
        wrong: None,
    }
}

/// Takes a step.
pub async fn send(visit: &Visit) -> Result<Response, Failure> {
    let establishment = visit.form.value("establishment");
    let next = visit.form.value("next");
    if visit.form.has("code") {
        return code(visit, &next).await;
    }
    if !is_establishment(&establishment) {
        let mut page = page(visit, Step::Establishment, "", &next);
        page.wrong = Some(page.t.establishment_wrong);
        return Ok(answer(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page.layout,
            &page,
        ));
    }
    if visit.form.has("password") {
        return password(visit, &establishment, &next).await;
    }
    let encoded = utf8_percent_encode(local(&next), NON_ALPHANUMERIC);
    let path = format!("{PATH}?establishment={establishment}&next={encoded}");
    Ok(see_other(&path, Vec::new()))
}

/// Whether a text can be an establishment code.
fn is_establishment(text: &str) -> bool {
    (1..=LONGEST_ESTABLISHMENT).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

async fn password(visit: &Visit, establishment: &str, next: &str) -> Result<Response, Failure> {
    if let Some(refused) = waiting(visit, Step::Password, establishment, next) {
        return Ok(refused);
    }
    let login = visit.form.value("user");
    let given = Credentials {
        establishment,
        login: &login,
        password: visit.form.secret("password", LONGEST_PASSWORD),
    };
    let address = visit.from();
    let from = Origin {
        address: &address,
        agent: visit.agent(),
    };
    match sign_in::with_password(&visit.server.app, given, from).await? {
        Outcome::SignedIn(new) => Ok(begin(visit, &new, next)),
        Outcome::CodeWanted(pending) => {
            let secure = visit.server.office.secure;
            let cookie = pages::cookie(PENDING, &pending, PENDING_SECONDS, PATH, secure);
            let encoded = utf8_percent_encode(local(next), NON_ALPHANUMERIC);
            let path = format!("{PATH}?step=code&next={encoded}");
            Ok(see_other(&path, vec![cookie]))
        }
        Outcome::Refused => {
            let mut page = page(visit, Step::Password, establishment, next);
            page.login = login;
            Ok(refused(visit, page))
        }
    }
}

async fn code(visit: &Visit, next: &str) -> Result<Response, Failure> {
    if let Some(refused) = waiting(visit, Step::Code, "", next) {
        return Ok(refused);
    }
    let Some(pending) = pages::sent_cookie(&visit.headers, PENDING) else {
        return Ok(see_other(PATH, Vec::new()));
    };
    let address = visit.from();
    let from = Origin {
        address: &address,
        agent: visit.agent(),
    };
    let code = visit.form.value("code");
    match sign_in::with_code(&visit.server.app, pending, &code, from).await? {
        Outcome::SignedIn(new) => Ok(begin(visit, &new, next)),
        Outcome::CodeWanted(_) | Outcome::Refused => {
            Ok(refused(visit, page(visit, Step::Code, "", next)))
        }
    }
}

/// Tells that something was wrong, not what.
fn refused(visit: &Visit, mut page: SignInPage) -> Response {
    let now = visit.server.app.clock.real();
    visit.server.office.addresses.failed(visit.address, now);
    let is_code = page.step == Step::Code;
    page.wrong = Some(if is_code {
        page.t.code_wrong
    } else {
        page.t.wrong
    });
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page.layout, &page)
}

/// The answer to an address that failed too often.
fn waiting(visit: &Visit, step: Step, establishment: &str, next: &str) -> Option<Response> {
    let now = visit.server.app.clock.real();
    if !visit.server.office.addresses.waits(visit.address, now) {
        return None;
    }
    let mut page = page(visit, step, establishment, next);
    page.wrong = Some(page.t.many);
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, &page.layout, &page);
    let seconds = HeaderValue::from_static(WAIT);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    Some(response)
}

/// Gives the browser its session.
fn begin(visit: &Visit, new: &NewSession, next: &str) -> Response {
    let secure = visit.server.office.secure;
    let cookies = vec![
        session::cookie(new.session.merchant, &new.token, secure),
        pages::cookie(PENDING, "", 0, PATH, secure),
    ];
    see_other(local(next), cookies)
}

/// `POST /sign-out`: ends the session.
pub async fn leave(context: &Context) -> Result<Response, Failure> {
    let act = Act::new(&context.user.login, "sign_out", &context.user.login);
    let act = act.from(&context.from());
    let end = Write::Access(AccessWrite::DeleteSession(context.session.id));
    audit::commit(&context.server.app, context.of(), &act, vec![end]).await?;
    let gone = session::no_cookie(context.server.office.secure);
    Ok(see_other(PATH, vec![gone]))
}
