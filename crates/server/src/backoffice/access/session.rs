//! The session of a request: the cookie that names it, and who it is.
//!
//! Invariant: the cookie holds the merchant and a token, and opens only what is stored under both;
//! no script reads it, and no other site's form sends it.

use aval_domain::id::MerchantId;
use aval_gateway::access::sessions;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::context::{Context, Visit};
use super::super::failure::Failure;
use super::super::layout;
use crate::pages::{self, see_other};

/// The cookie where browsers come by https: bound to this host by its name.
const SECURE_COOKIE: &str = "__Host-aval_session";
/// The cookie elsewhere.
const PLAIN_COOKIE: &str = "aval_session";

/// Who a request is from.
pub(in super::super) enum Entered {
    /// A user.
    User(Box<Context>),
    /// Nobody who is signed in.
    Nobody(Box<Visit>),
    /// It could not be found out.
    Failed(Box<Visit>, Failure),
}

const fn name(secure: bool) -> &'static str {
    if secure { SECURE_COOKIE } else { PLAIN_COOKIE }
}

/// The cookie of a session that begins. It ends with the browser; the session ends by itself.
pub(in super::super) fn cookie(merchant: MerchantId, token: &str, secure: bool) -> String {
    let (name, tls) = (name(secure), if secure { "; Secure" } else { "" });
    format!("{name}={merchant}.{token}; Path=/; HttpOnly; SameSite=Lax{tls}")
}

/// The cookie of a session that ended.
pub(super) fn no_cookie(secure: bool) -> String {
    let (name, tls) = (name(secure), if secure { "; Secure" } else { "" });
    format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{tls}")
}

/// Whether a request names a session, one that holds or not.
pub(in super::super) fn is_named(headers: &HeaderMap, secure: bool) -> bool {
    pages::sent_cookie(headers, name(secure)).is_some()
}

/// Finds out who a request is from.
pub(in super::super) async fn enter(visit: Visit) -> Entered {
    let sent = pages::sent_cookie(&visit.headers, name(visit.server.office.secure));
    let read = sent.and_then(|sent| {
        let (merchant, token) = sent.split_once('.')?;
        Some((MerchantId::parse(merchant)?, token.to_owned()))
    });
    let Some((merchant, token)) = read else {
        return Entered::Nobody(Box::new(visit));
    };
    let app = &visit.server.app;
    let (session, user) = match sessions::find(app, merchant, &token).await {
        Ok(Some(found)) => found,
        Ok(None) => return Entered::Nobody(Box::new(visit)),
        Err(error) => return Entered::Failed(Box::new(visit), error.into()),
    };
    let active = app.merchants.find(&app.storage, &app.keys, merchant).await;
    match active {
        Ok(Some(merchant)) => Entered::User(Box::new(Context {
            merchant,
            user,
            session,
            csrf: aval_vault::form_token(&token),
            visit,
        })),
        Ok(None) => Entered::Nobody(Box::new(visit)),
        Err(error) => Entered::Failed(Box::new(visit), error.into()),
    }
}

/// Leads to where one signs in, and back from there.
pub(in super::super) fn ask_to_sign_in(visit: &Visit) -> Response {
    let is_page = visit.method == http::Method::GET;
    let path = if is_page && visit.path != "/" && !visit.is_partial() {
        let next = utf8_percent_encode(&visit.here(), NON_ALPHANUMERIC).to_string();
        format!("/sign-in?next={next}")
    } else {
        "/sign-in".to_owned()
    };
    if !visit.is_partial() {
        return see_other(&path, Vec::new());
    }
    // A part of a page must not become the page where one signs in.
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    layout::guard(&mut response);
    let to = HeaderValue::from_static("/sign-in");
    response.headers_mut().insert("hx-redirect", to);
    response
}
