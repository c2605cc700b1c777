//! The API: from an HTTP request to an answer.
//!
//! Invariant: nothing here decides about money. A request is read, an operation of the gateway is
//! called, its outcome is written in the merchant's dialect. Every call that comes in is
//! answered with a RequestId and a Content-Type, counted, and logged in one line that holds no card
//! data; also when its client has left meanwhile. Pages answer for themselves.

pub mod answer;
pub mod call;
pub mod capture;
pub mod card;
pub mod dialect;
pub mod error;
pub mod fraud;
pub mod idempotency;
pub mod links;
pub mod notifications;
pub mod openapi;
pub mod query;
pub mod rate_limit;
pub mod reader;
pub mod recurrence;
pub mod request_log;
pub mod route;
pub mod sales;
pub mod server;
pub mod stopwatch;
pub mod telemetry;
pub mod void;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use aval_domain::billing::Function;
use aval_domain::card::without_card_numbers;
use aval_domain::time::Timestamp;
use aval_listener::{Peer, Presence};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use self::call::{Answer, Call};
use self::error::ApiError;
use self::route::{Matched, Route};
use crate::request_log::Answered;
use crate::server::{Api, Pages, Role, Server};
use crate::stopwatch::Stopwatch;
use crate::telemetry::{End, Finished};

/// The largest body in bytes.
pub const MAX_BODY: usize = 256 * 1024;
const MAX_BODY_U64: u64 = MAX_BODY as u64;
/// The RequestId as it is kept: so many characters of it.
const MAX_REQUEST_ID: usize = 255;
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// The header RequestId.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("requestid");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The router of one API listener, and of the pages that it has beside the API.
pub fn router(server: Arc<Server>, role: Role, pages: Option<Pages>) -> Router {
    Router::new().fallback(handle).with_state(Api {
        server,
        role,
        pages,
    })
}

/// Answers a call of the API, or has a page answer.
async fn handle(State(api): State<Api>, request: Request) -> Response {
    let pages = api.pages;
    if let Some(page) = pages.and_then(|pages| pages(&api.server, request.uri().path())) {
        return page(api.server, request).await;
    }
    let stopwatch = Stopwatch::start();
    let (parts, body) = request.into_parts();
    let request_id = request_id(&api.server, &parts.headers);
    let matched = route::find(&parts.method, parts.uri.path());
    let mut asked = Asked {
        server: Arc::clone(&api.server),
        finished: Finished {
            stopwatch,
            request_id: noted(&request_id),
            route: matched.as_ref().ok().map(|matched| matched.route),
            merchant: None,
        },
        at: api.server.app.clock.now(),
        body: Bytes::new(),
        is_told: false,
    };
    let answered = if parts.uri.path() == openapi::PATH {
        openapi::answer(&parts.method)
    } else {
        answer(&api, matched, &parts, body, &mut asked).await
    };
    asked.keep(&parts, &answered);
    let error = answered.as_ref().err().cloned();
    let mut response = match answered {
        Ok(answer) => respond(answer),
        Err(error) => refuse(&error),
    };
    let presence = parts.extensions.get::<Presence>();
    let end = if presence.is_some_and(Presence::has_left) {
        End::Left(response.status())
    } else {
        End::Answered(response.status())
    };
    asked.tell(end, error.as_ref().and_then(ApiError::cause));
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}

/// A request that came in; told once, also when it is given up.
struct Asked {
    server: Arc<Server>,
    finished: Finished,
    /// When it came.
    at: Timestamp,
    /// Its body, once it was read.
    body: Bytes,
    is_told: bool,
}

impl Asked {
    fn tell(&mut self, end: End, cause: Option<&str>) {
        self.is_told = true;
        self.server.telemetry.finished(&self.finished, end, cause);
    }

    /// Keeps it in the log of its merchant, masked.
    fn keep(&self, parts: &http::request::Parts, answered: &Result<Answer, ApiError>) {
        let Some(merchant) = self.finished.merchant else {
            return;
        };
        let status = match answered {
            Ok(answer) => answer.rendered.status,
            Err(error) => error.status().as_u16(),
        };
        let log = &self.server.request_log;
        if !log.has_place(merchant, status, self.at) {
            return;
        }
        let answer = match answered {
            Ok(answer) => Cow::Borrowed(answer.rendered.body.as_str()),
            Err(error) => Cow::Owned(error.body()),
        };
        let kept = Answered {
            at: self.at,
            real: self.server.app.clock.real(),
            method: &parts.method,
            uri: &parts.uri,
            request_id: &self.finished.request_id,
            request: &self.body,
            status,
            answer: answer.as_bytes(),
            took: self.finished.stopwatch.elapsed(),
        };
        log.keep(merchant, &kept);
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(End::GivenUp, None);
        }
    }
}

async fn answer(
    api: &Api,
    matched: Result<Matched, ApiError>,
    parts: &http::request::Parts,
    body: Body,
    asked: &mut Asked,
) -> Result<Answer, ApiError> {
    let matched = matched?;
    let server = &api.server;
    if server.strict_hosts && matched.role != api.role {
        return Err(ApiError::NoRoute);
    }
    let address = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let merchant = call::authenticate(server, &parts.headers, address).await?;
    asked.finished.merchant = Some(merchant.id);
    if parts.method == Method::GET {
        let feed = server.app.storage.feed();
        feed.count(merchant.id, Function::Query);
    }
    let body = read_body(body).await?;
    asked.body = body.clone();
    let idempotency_key = (parts.method != Method::GET)
        .then(|| parts.headers.get(&IDEMPOTENCY_KEY))
        .flatten()
        // Read as Latin-1, so that two different keys never become one.
        .map(|value| {
            value
                .as_bytes()
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>()
        })
        .filter(|key| !key.is_empty());
    let call = Call {
        server: Arc::clone(server),
        merchant,
        matched,
        query: parts.uri.query().map(str::to_owned),
        body,
        request_id: asked.finished.request_id.clone(),
        idempotency_key,
    };
    dispatch(&call).await
}

async fn dispatch(call: &Call) -> Result<Answer, ApiError> {
    match call.matched.route {
        Route::CreateSale => sales::create(call).await,
        Route::SalesOfOrder => query::of_order(call).await.map(Answer::from),
        Route::Sale => query::sale(call).await.map(Answer::from),
        Route::Capture => capture::capture(call).await,
        Route::Void => void::by_payment_or_order(call).await,
        Route::VoidOrder => void::by_order(call).await,
        Route::CreateCard => card::create(call).await,
        Route::Card => card::show(call).await.map(Answer::from),
        Route::Recurrence => recurrence::show(call).await.map(Answer::from),
        Route::ChangeRecurrence(part) => recurrence::change(call, part).await,
    }
}

/// Reads the whole body, up to the limit. An empty one costs nothing.
///
/// # Errors
/// [`ApiError::TooLarge`] over [`MAX_BODY`]; [`ApiError::BodyIncomplete`] when not all of it came.
pub async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    use http_body::Body as _;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    // Told at once by the header, rather than when so much of it has come.
    if body.size_hint().lower() > MAX_BODY_U64 {
        return Err(ApiError::TooLarge);
    }
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::TooLarge),
        Err(_) => Err(ApiError::BodyIncomplete),
    }
}

/// The RequestId as it was sent, or a new one. It is never a reason to refuse (decision D06).
pub fn request_id(server: &Server, headers: &HeaderMap) -> HeaderValue {
    if let Some(sent) = headers.get(&REQUEST_ID).filter(|value| !value.is_empty()) {
        return sent.clone();
    }
    let made = server
        .app
        .chance
        .payment_id(server.app.clock.now())
        .to_string();
    HeaderValue::from_str(&made).unwrap_or(HeaderValue::from_static(""))
}

/// The RequestId as it is kept and logged.
pub fn noted(request_id: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(request_id.as_bytes());
    let text = without_card_numbers(&text);
    text.chars().take(MAX_REQUEST_ID).collect()
}

/// What an answer is on HTTP; its RequestId is put into it by who calls.
pub fn respond(answer: Answer) -> Response {
    let Answer { rendered, replayed } = answer;
    let kind = if rendered.body.is_empty() { TEXT } else { JSON };
    let mut response = Response::new(Body::from(rendered.body));
    *response.status_mut() =
        StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    if let Some(location) = rendered.location.as_deref().map(HeaderValue::from_str) {
        location
            .ok()
            .and_then(|location| headers.insert(LOCATION, location));
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// What an error is on HTTP, likewise.
pub fn refuse(error: &ApiError) -> Response {
    let body = error.body();
    let kind = if body.is_empty() { TEXT } else { JSON };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    if let ApiError::MethodNotAllowed(allowed) = error
        && !allowed.is_empty()
    {
        headers.insert(ALLOW, HeaderValue::from_static(allowed));
    }
    if matches!(error, ApiError::Unavailable(_) | ApiError::TooManyRequests) {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
