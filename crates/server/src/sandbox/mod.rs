//! The sandbox API: what tests of shops need beside the API itself (decision D45).
//!
//! Invariant: exists in the sandbox only; every call proves that it knows the admin token, before
//! anything of it is read. A call stands in the table once; its file holds its types and handler.

pub mod body;
pub mod cards;
pub mod clock;
pub mod faults;
pub mod merchants;
pub mod notifications;
pub mod payments;
pub mod requests;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aval_api::error::ApiError;
use aval_api::route;
use aval_gateway::operations::keep::Rendered;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, StatusCode};

use crate::server::Server;

/// A call that found its row and proved that it may.
pub struct Call {
    /// The server.
    pub server: Arc<Server>,
    /// The segment in the place of `{}`, decoded; empty when the path has none.
    pub argument: String,
    /// The query of the address.
    pub query: Option<String>,
    /// The body, whole, up to 256 KiB.
    pub body: Bytes,
    /// The RequestId.
    pub request_id: String,
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<Rendered, ApiError>> + Send + 'a>>;

/// One row of the table.
pub struct Row {
    /// Its method.
    pub method: &'static str,
    /// Its path; `{}` stands for one segment.
    pub path: &'static str,
    run: for<'a> fn(&'a Call) -> Answering<'a>,
}

macro_rules! table {
    ($($method:literal $path:literal => $handler:path;)*) => {
        /// Every call of the sandbox API.
        pub static ROUTES: &[Row] = &[$(Row {
            method: $method,
            path: $path,
            run: |call| Box::pin($handler(call)),
        }),*];
    };
}

table! {
    "GET" "/sandbox/clock" => clock::show;
    "PUT" "/sandbox/clock" => clock::set;
    "DELETE" "/sandbox/clock" => clock::reset;
    "POST" "/sandbox/clock/advance" => clock::advance;
    "POST" "/sandbox/merchants" => merchants::create;
    "POST" "/sandbox/payments/{}/pay" => payments::pay;
    "POST" "/sandbox/payments/{}/deny" => payments::deny;
    "POST" "/sandbox/payments/{}/authenticate" => payments::authenticate;
    "POST" "/sandbox/cards/replace" => cards::replace;
    "GET" "/sandbox/faults" => faults::list;
    "PUT" "/sandbox/faults" => faults::set;
    "POST" "/sandbox/reset" => faults::reset;
    "GET" "/sandbox/requests" => requests::list;
    "GET" "/sandbox/notifications" => notifications::list;
    "POST" "/sandbox/notifications/resend" => notifications::resend_range;
    "POST" "/sandbox/notifications/{}/resend" => notifications::resend;
}

/// Answers a call below `/sandbox`.
pub async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = aval_api::request_id(&server, &parts.headers);
    let noted = aval_api::noted(&request_id);
    let answered = answer(&server, &parts, body, &noted).await;
    let cause = answered.as_ref().err().and_then(ApiError::cause);
    if let Some(cause) = cause {
        tracing::error!(request_id = noted, cause, "sandbox");
    }
    let mut response = match answered {
        Ok(rendered) => aval_api::respond(rendered.into()),
        Err(error) => aval_api::refuse(&error),
    };
    let status = response.status().as_u16();
    tracing::info!(request_id = noted, method = %parts.method, status, "sandbox");
    response
        .headers_mut()
        .insert(aval_api::REQUEST_ID, request_id);
    response
}

async fn answer(
    server: &Arc<Server>,
    parts: &http::request::Parts,
    body: Body,
    request_id: &str,
) -> Result<Rendered, ApiError> {
    authenticate(server, &parts.headers)?;
    let (row, argument) = find(&parts.method, parts.uri.path())?;
    let call = Call {
        server: Arc::clone(server),
        argument,
        query: parts.uri.query().map(str::to_owned),
        body: aval_api::read_body(body).await?,
        request_id: request_id.to_owned(),
    };
    (row.run)(&call).await
}

/// 404 where there is no sandbox API, 401 to who does not know the token.
fn authenticate(server: &Server, headers: &HeaderMap) -> Result<(), ApiError> {
    let token = server.admin_token.as_ref().ok_or(ApiError::NoRoute)?;
    let given = headers.get(AUTHORIZATION).map(|value| value.to_str());
    let given = given.and_then(Result::ok).and_then(|text| {
        let (scheme, given) = text.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then(|| given.trim())
    });
    if given.is_some_and(|given| token.matches(given)) {
        Ok(())
    } else {
        Err(ApiError::Unauthorized)
    }
}

/// The row of a call, with the argument of its path.
fn find(method: &Method, path: &str) -> Result<(&'static Row, String), ApiError> {
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut allowed = None;
    for row in ROUTES {
        let Some(argument) = route::matches(row.path, &segments) else {
            continue;
        };
        if method.as_str() == row.method {
            return Ok((row, argument.map(route::decode).unwrap_or_default()));
        }
        allowed = Some(match row.path {
            "/sandbox/clock" => "DELETE, GET, PUT",
            "/sandbox/faults" => "GET, PUT",
            _ => row.method,
        });
    }
    Err(allowed.map_or(ApiError::NoRoute, ApiError::MethodNotAllowed))
}

/// A duration in milliseconds, to the microsecond.
pub(crate) fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}

/// An answer of this status with a body.
pub(crate) fn rendered(status: StatusCode, body: &impl serde::Serialize) -> Rendered {
    Rendered {
        status: status.as_u16(),
        body: aval_api::answer::json(body),
        location: None,
    }
}
