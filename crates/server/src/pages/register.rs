//! `/register`: who wants to try the API gets a merchant (decision D43). Sandbox only.
//!
//! Invariant: a form sent once, twice or again makes one merchant. Key and password are shown once;
//! on their way to that page they are sealed, in a cookie that is gone when they were shown, and
//! they are in no address, log or store.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use askama::Template;
use aval_domain::time::{MINUTE, Timestamp};
use aval_domain::user::is_email;
use aval_gateway::app::App;
use aval_gateway::error::Error;
use aval_gateway::operations::merchant::{self, Credentials, Registration};
use aval_listener::Peer;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::form::Field;
use super::guard::{self, Addresses, Sendings};
use super::{Language, MAX_FORM, Page, Shell, Texts, cookie, read_form, see_other, sent_cookie};
use crate::server::Server;

const PATH: &str = "/register";
const DONE: &str = "/register/done";
/// The cookie that ties a form to its browser.
const FORM_COOKIE: &str = "aval_form";
/// The cookie with the sealed result.
const RESULT_COOKIE: &str = "aval_result";
/// What the result is sealed for.
const PURPOSE: &str = "aval registration 1";
/// How long the result can be shown, in seconds.
const SHOWN_WITHIN: u32 = 600;
/// How long a form's cookie is kept, in seconds: as long as the form holds.
const FORM_SECONDS: u32 = 12 * 3_600;
/// Most characters of a name.
const LONGEST: usize = 100;

/// What registration remembers.
#[derive(Default)]
pub struct Registrations {
    /// Whether the listener speaks TLS, so that cookies may be kept to it.
    tls: bool,
    addresses: Addresses,
    sendings: Sendings,
}

impl Registrations {
    /// Nothing yet, on a listener that speaks TLS or does not.
    #[must_use]
    pub fn new(tls: bool) -> Self {
        Self {
            tls,
            ..Self::default()
        }
    }
}

/// The form.
#[derive(Template)]
#[template(path = "register.html")]
struct FormPage {
    shell: Shell,
    fields: Vec<Field>,
    notice: Option<&'static str>,
    token: String,
}

impl FormPage {
    fn is_wrong(&self) -> bool {
        self.notice.is_some() || self.fields.iter().any(|field| field.error.is_some())
    }
}

/// The credentials.
#[derive(Template)]
#[template(path = "registered.html")]
struct DonePage<'a> {
    shell: Shell,
    result: &'a Shown,
    api: &'a str,
}

/// A message and a way on.
#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    shell: Shell,
    title: &'static str,
    about: &'static str,
    link: &'static str,
}

/// What the success page shows.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Shown {
    id: String,
    key: String,
    establishment: String,
    user: String,
    password: String,
    until: i64,
}

/// The routes.
pub fn router() -> Router<Arc<Server>> {
    Router::new()
        .route(PATH, get(show).post(send))
        .route(DONE, get(done))
}

async fn show(State(server): State<Arc<Server>>, request: Request) -> Response {
    let language = Language::of(request.uri().query(), request.headers());
    let fields = fields(language.texts());
    form_page(
        &server,
        language,
        request.headers(),
        fields,
        None,
        StatusCode::OK,
    )
}

/// The form, with a cookie when the browser has none yet.
fn form_page(
    server: &Server,
    language: Language,
    headers: &HeaderMap,
    fields: Vec<Field>,
    notice: Option<&'static str>,
    status: StatusCode,
) -> Response {
    let sent = sent_cookie(headers, FORM_COOKIE).filter(|nonce| is_nonce(nonce));
    let nonce = sent.map_or_else(guard::new_nonce, |nonce| Ok(nonce.to_owned()));
    let made = nonce.and_then(|nonce| Ok((guard::token(&server.app, &nonce)?, nonce)));
    let (token, nonce) = match made {
        Ok(made) => made,
        Err(error) => return failed(language, &error),
    };
    let shell = Shell::new(language, PATH);
    let page = FormPage {
        shell,
        fields,
        notice,
        token,
    };
    let tls = server.registrations.tls;
    Page::new(status, &page.shell, &page)
        .cookie(cookie(FORM_COOKIE, &nonce, FORM_SECONDS, PATH, tls))
        .respond()
}

fn is_nonce(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

async fn send(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let language = Language::of(parts.uri.query(), &parts.headers);
    let t = language.texts();
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let address = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if !server.registrations.addresses.admit(address) {
        let page = message(
            language,
            StatusCode::TOO_MANY_REQUESTS,
            t.many_title,
            t.many_about,
        );
        return retry_later(page);
    }
    let sent = read_form(body, MAX_FORM).await;
    let mut fields: Vec<Field> = fields(t).into_iter().map(|f| f.filled(&sent)).collect();
    let nonce = sent_cookie(&parts.headers, FORM_COOKIE);
    let again = |fields, notice, status| {
        form_page(&server, language, &parts.headers, fields, notice, status)
    };
    let admitted = guard::admits(&server.app, nonce, &sent.value("token"));
    let Some(nonce) = nonce.filter(|_| admitted) else {
        return again(fields, Some(t.expired_form), StatusCode::FORBIDDEN);
    };
    check(t, &mut fields);
    if fields.iter().any(|field| field.error.is_some()) {
        return again(fields, None, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let cell = server.registrations.sendings.of(nonce);
    let registration = registration(&server, &fields);
    let made = cell.get_or_try_init(|| register(&server.app, registration));
    match made.await {
        Ok(sealed) => {
            let tls = server.registrations.tls;
            let result = cookie(RESULT_COOKIE, sealed, SHOWN_WITHIN, PATH, tls);
            see_other(&format!("{DONE}?lang={}", language.tag()), vec![result])
        }
        Err(error) => failed(language, &error),
    }
}

/// Makes the merchant; what it is told, sealed.
async fn register(app: &App, registration: Registration) -> Result<String, Error> {
    let made = merchant::register(app, registration).await?;
    let until = app.clock.now().plus(MINUTE.saturating_mul(10));
    let result = Shown::of(&made, until);
    let json = serde_json::to_vec(&result).map(zeroize::Zeroizing::new);
    let json = json.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(app.keys.ring().seal_value(PURPOSE, &json)?)
}

async fn done(State(server): State<Arc<Server>>, request: Request) -> Response {
    let language = Language::of(request.uri().query(), request.headers());
    let t = language.texts();
    let headers = request.headers();
    let Some(result) = sent_cookie(headers, RESULT_COOKIE).and_then(|r| open(&server.app, r))
    else {
        return message(language, StatusCode::GONE, t.gone_title, t.gone_about).respond();
    };
    if let Some(nonce) = sent_cookie(headers, FORM_COOKIE) {
        server.registrations.sendings.forget(nonce);
    }
    let page = DonePage {
        shell: Shell::new(language, ""),
        result: &result,
        api: &server.urls.api,
    };
    let gone = |name| cookie(name, "", 0, PATH, server.registrations.tls);
    Page::new(StatusCode::OK, &page.shell, &page)
        .cookie(gone(RESULT_COOKIE))
        .cookie(gone(FORM_COOKIE))
        .respond()
}

fn open(app: &App, sealed: &str) -> Option<Shown> {
    let opened = app.keys.ring().open_value(PURPOSE, sealed).ok()?;
    let result: Shown = serde_json::from_slice(&opened).ok()?;
    (app.clock.now() < Timestamp::from_micros(result.until)).then_some(result)
}

impl Shown {
    fn of(made: &Credentials, until: Timestamp) -> Self {
        let user = made.user.as_ref();
        Self {
            id: made.merchant.id.to_string(),
            key: (*made.key).clone(),
            establishment: made.merchant.establishment.clone(),
            user: user.map(|user| user.login.clone()).unwrap_or_default(),
            password: user
                .map(|user| (*user.password).clone())
                .unwrap_or_default(),
            until: until.micros(),
        }
    }
}

fn fields(t: &'static Texts) -> Vec<Field> {
    let field = |name, label, hint, kind, autocomplete, required| Field {
        name,
        label,
        hint,
        kind,
        autocomplete,
        required,
        longest: LONGEST,
        value: String::new(),
        error: None,
    };
    vec![
        field("name", t.name_label, t.name_hint, "text", "name", true),
        Field {
            longest: 254,
            ..field("email", t.email_label, t.email_hint, "email", "email", true)
        },
        field(
            "establishment",
            t.establishment_label,
            t.establishment_hint,
            "text",
            "organization",
            false,
        ),
    ]
}

fn check(t: &'static Texts, fields: &mut [Field]) {
    for field in fields {
        let long = field.is_too_long();
        match field.name {
            "name" => field.check(t.name_missing, long.then_some(t.name_long)),
            "email" => {
                let wrong = long || !is_email(&field.value);
                field.check(t.email_missing, wrong.then_some(t.email_wrong));
            }
            _ => field.check("", long.then_some(t.establishment_long)),
        }
    }
}

fn registration(server: &Server, fields: &[Field]) -> Registration {
    let value = |name: &str| {
        let found = fields.iter().find(|field| field.name == name);
        let value = found.map(|field| field.value.clone());
        value.filter(|value| !value.is_empty())
    };
    let person = value("name");
    Registration {
        name: value("establishment")
            .or_else(|| person.clone())
            .unwrap_or_default(),
        dialect: server.dialect,
        person,
        email: value("email"),
    }
}

fn message(
    language: Language,
    status: StatusCode,
    title: &'static str,
    about: &'static str,
) -> Page {
    let t = language.texts();
    let link = if status == StatusCode::GONE {
        t.again
    } else {
        t.back
    };
    let page = MessagePage {
        shell: Shell::new(language, PATH),
        title,
        about,
        link,
    };
    Page::new(status, &page.shell, &page)
}

fn failed(language: Language, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a registration failed");
    let t = language.texts();
    let status = StatusCode::SERVICE_UNAVAILABLE;
    retry_later(message(language, status, t.failed_title, t.failed_about))
}

fn retry_later(page: Page) -> Response {
    let mut response = page.respond();
    let seconds = HeaderValue::from_static(guard::RETRY_SECONDS);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}
