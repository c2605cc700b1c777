//! The back-office listener: what operators' tools ask, in the sandbox its API, and pages.
//!
//! Invariant: what is of the sandbox only is not there in production. A page of the back office is
//! reached through the table of [`route`] alone, behind its session, its permission and, for an
//! action, the token of a form.

mod access;
mod account;
mod audit;
mod context;
mod developer;
mod export;
mod failure;
mod format;
mod jobs;
mod layout;
mod money;
mod overview;
mod payment;
mod preferences;
mod recurrences;
mod review;
pub mod route;
mod search;
mod settings;
mod show;
mod statement;
mod text;
mod users;
mod watch;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use aval_api::error::ApiError;
use aval_api::server::Role;
use aval_domain::audit::Act;
use aval_domain::user::Permission;
use aval_gateway::app::Environment;
use aval_gateway::audit::commit;
use aval_listener::Peer;
use axum::Router;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, any, get, on};
use http::header::{ACCEPT, HOST, ORIGIN, STRICT_TRANSPORT_SECURITY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

pub use self::access::Office;
use self::access::session::Entered;
use self::context::{Context, Visit};
pub use self::developer::Certificates;
use self::failure::Failure;
use self::preferences::Theme;
use self::route::{Handler, ROUTES, Row};
pub use self::watch::Ready;
use crate::pages::{Sent, see_other};
use crate::server::Server;
use crate::{pages, sandbox};

/// The largest form in bytes: a block of 5,000 payments with their amounts.
const MAX_FORM: usize = 1024 * 1024;
/// A year; what else the domain serves is not ours to say.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The router of the back-office listener.
pub fn router(server: Arc<Server>) -> Router {
    // Answered there as on its own listeners, with all that an answer has.
    let api = aval_api::router(Arc::clone(&server.api), Role::Query, None);
    let mut router = Router::new().merge(pages::assets::router());
    if server.app.environment == Environment::Sandbox {
        router = router.merge(pages::register::router());
    }
    for row in ROUTES {
        let filter = if row.method == "POST" {
            MethodFilter::POST
        } else {
            MethodFilter::GET
        };
        let handler = async |State(server): State<Arc<Server>>,
                             arguments: RawPathParams,
                             request: Request| {
            let arguments = arguments.iter().map(|(_, value)| value.to_owned());
            handle(row, server, arguments.collect(), request).await
        };
        router = router.route(row.path, on(filter, handler));
    }
    router
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(watch::ready))
        .route("/metrics", get(watch::metrics))
        .route_service("/openapi.json", api)
        .route("/sandbox/{*path}", any(sandbox::handle))
        .fallback(async |server, request| refused(server, request, &ApiError::NoRoute).await)
        .method_not_allowed_fallback(async |server, request| {
            // The router knows which methods a page has, and adds them where they are not named.
            refused(server, request, &ApiError::MethodNotAllowed("")).await
        })
        .layer(from_fn_with_state(Arc::clone(&server), by_https))
        .with_state(server)
}

/// Tells browsers that come by https never to come otherwise (RFC 6797).
async fn by_https(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    // HTTP/2 names the host with the address.
    let named = header(request.headers(), HOST.as_str());
    let host = request.uri().host().or(named).unwrap_or("");
    let is_pinned = server.office.is_pinned(host);
    let mut response = next.run(request).await;
    if is_pinned {
        let headers = response.headers_mut();
        headers.insert(STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    response
}

/// What is not here is told to people by a page, to programs as on the API's listeners.
async fn refused(
    State(server): State<Arc<Server>>,
    request: Request,
    error: &ApiError,
) -> Response {
    let (parts, _) = request.into_parts();
    let mut response = aval_api::refuse(error);
    if wants_page(&server, parts.uri.path(), &parts.headers) {
        let status = response.status();
        let visit = visit(server, Vec::new(), parts, Body::empty()).await;
        response = match access::session::enter(visit).await {
            Entered::User(context) => Failure::NotFound.tell(&context),
            Entered::Nobody(visit) => Failure::NotFound.tell_anyone(&visit),
            Entered::Failed(visit, failure) => return failure.tell_anyone(&visit),
        };
        *response.status_mut() = status;
    } else {
        let request_id = aval_api::request_id(&server, &parts.headers);
        response
            .headers_mut()
            .insert(aval_api::REQUEST_ID, request_id);
    }
    response
}

/// Whether somebody looks at the answer with a browser: it says that it takes pages, or brings a
/// session and does not ask for anything else. What is under the API's paths is the API's.
fn wants_page(server: &Server, path: &str, headers: &HeaderMap) -> bool {
    let is_api = ["/1", "/sandbox", "/openapi.json"].iter().any(|area| {
        let rest = path.strip_prefix(area);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let accepted = header(headers, ACCEPT.as_str()).unwrap_or("*/*");
    let takes = |kind: &str| accepted.to_ascii_lowercase().contains(kind);
    let has_session = access::session::is_named(headers, server.office.secure);
    !is_api && (takes("text/html") || has_session && takes("*/*") && !takes("json"))
}

/// Answers a request of a row of the table.
async fn handle(
    row: &'static Row,
    server: Arc<Server>,
    arguments: Vec<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let visit = visit(server, arguments, parts, body).await;
    let is_action = method == Method::POST;
    let response = if is_action && !is_same_site(&visit) {
        Failure::Stale.tell_anyone(&visit)
    } else {
        match row.handler {
            Handler::Anyone(run) => match run(&visit).await {
                Ok(response) => response,
                Err(failure) => failure.tell_anyone(&visit),
            },
            Handler::May(permission, run) => signed_in(visit, permission, run).await,
        }
    };
    let status = response.status().as_u16();
    tracing::info!(%method, page = row.path, status, "back office");
    response
}

/// Answers a user, if one is signed in and may.
async fn signed_in(
    visit: Visit,
    permission: Permission,
    run: for<'a> fn(&'a Context) -> route::Answering<'a>,
) -> Response {
    let context = match access::session::enter(visit).await {
        Entered::User(context) => context,
        Entered::Nobody(visit) => return access::session::ask_to_sign_in(&visit),
        Entered::Failed(visit, failure) => return failure.tell_anyone(&visit),
    };
    if account::factor::is_missing(&context) && !is_open_without_factor(&context.path) {
        return see_other("/account/second-factor", Vec::new());
    }
    if !context.may(permission) {
        return Failure::Forbidden.tell(&context);
    }
    let token = context.form.value("csrf");
    if context.method == Method::POST && !aval_vault::same(&context.csrf, &token) {
        return Failure::Stale.tell(&context);
    }
    match run(&context).await {
        Ok(response) => response,
        Err(failure) => failure.tell(&context),
    }
}

/// What who has yet to set up a second factor may open: setting it up, and leaving.
fn is_open_without_factor(path: &str) -> bool {
    ["/account/second-factor", "/sign-out"].contains(&path)
}

async fn visit(server: Arc<Server>, arguments: Vec<String>, parts: Parts, body: Body) -> Visit {
    let form = if parts.method == Method::POST {
        pages::read_form(body, MAX_FORM).await
    } else {
        Sent::default()
    };
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let query = parts.uri.query().map(str::to_owned);
    Visit {
        server,
        method: parts.method,
        path: parts.uri.path().to_owned(),
        arguments,
        form,
        address: peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        language: preferences::language(query.as_deref(), &parts.headers),
        theme: Theme::of(&parts.headers),
        query,
        headers: parts.headers,
    }
}

/// Whether an action comes from a page of this server, as far as the browser says. That a form was
/// shown in the same session is asked beside it.
fn is_same_site(visit: &Visit) -> bool {
    let header = |name: &str| header(&visit.headers, name);
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = header(ORIGIN.as_str()) else {
        return true;
    };
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    header(HOST.as_str()) == Some(host) || visit.server.office.is_public(origin)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Notes in the audit log that a user takes data away, before any of it is sent: which, by which
/// filter, in which format.
///
/// # Errors
/// Those of a commit: then nothing is sent.
async fn note_taken(
    context: &Context,
    action: &str,
    subject: &str,
    format: &str,
) -> Result<(), Failure> {
    let act = Act::new(&context.user.login, action, subject);
    let act = act.with(&format!("format={format}")).from(&context.from());
    commit(&context.server.app, context.of(), &act, Vec::new()).await?;
    Ok(())
}

/// Sends a file that a user asked for, under a name of ASCII letters, digits, `-` and `.`.
#[must_use]
pub fn file(body: Body, kind: &'static str, name: &str) -> Response {
    let mut response = Response::new(body);
    layout::guard(&mut response);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(http::header::CONTENT_DISPOSITION, disposition);
    }
    response
}
