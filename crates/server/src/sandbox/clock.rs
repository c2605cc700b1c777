//! GET, PUT and DELETE /sandbox/clock, POST /sandbox/clock/advance
//!
//! Invariant: who moved the clock forward is answered when all that fell due is done, in the order
//! in which it did (decision D44), also when the caller has gone meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use aval_api::error::{ApiError, ErrorAnswer};
use aval_domain::time::Timestamp;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::tasks::{Ran, moves};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Members, refused};
use super::{Call, rendered};
use crate::server::Server;

const SECOND: i64 = 1_000_000;
/// The units of a move, in microseconds.
const UNITS: [(&str, i64); 4] = [
    ("Days", 86_400 * SECOND),
    ("Hours", 3_600 * SECOND),
    ("Minutes", 60 * SECOND),
    ("Seconds", SECOND),
];

/// The clock.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ClockAnswer {
    /// The time of the sandbox, RFC 3339 in Brasília time.
    now: String,
    /// Seconds by which it runs ahead of real time.
    offset: i64,
    /// How many things were done that fell due, by their names; of a clock that was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    ran: Option<BTreeMap<&'static str, u64>>,
}

/// The time to set.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct NewTime {
    /// RFC 3339, with any offset.
    now: String,
}

/// How far to move the clock: the sum of the members, more than nothing.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct Forward {
    /// Days of 24 hours.
    days: Option<u64>,
    /// Hours.
    hours: Option<u64>,
    /// Minutes.
    minutes: Option<u64>,
    /// Seconds.
    seconds: Option<u64>,
}

/// Shows the sandbox's clock.
#[utoipa::path(
    get,
    path = "/sandbox/clock",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    responses((status = 200, body = ClockAnswer, description = "The clock.")),
)]
pub async fn show(call: &Call) -> Result<Rendered, ApiError> {
    let app = &call.server.app;
    app.clock.refresh(&app.storage).await?;
    Ok(shown(&call.server, None))
}

/// Sets the sandbox's clock: backward at once, forward through all that falls due.
#[utoipa::path(
    put,
    path = "/sandbox/clock",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    request_body = NewTime,
    responses(
        (status = 200, body = ClockAnswer, description = "Set, and all due work done."),
        (status = 400, body = Vec<ErrorAnswer>, description = "184 or 9010."),
    ),
)]
pub async fn set(call: &Call) -> Result<Rendered, ApiError> {
    let members = Members::read(&call.body)?;
    let to = members.text("Now")?.and_then(Timestamp::parse_rfc3339);
    let to = to.filter(|to| (moves::EARLIEST..=moves::LATEST).contains(to));
    let to = to.ok_or_else(|| refused("Now"))?;
    let server = Arc::clone(&call.server);
    let moved = tokio::spawn(async move { moves::set_clock(&server.app, to).await });
    moved_to(call, moved.await)
}

/// Puts the sandbox's clock back to real time: forward through all that falls due if it was behind.
#[utoipa::path(
    delete,
    path = "/sandbox/clock",
    tag = "Sandbox",
    operation_id = "resetClock",
    security(("AdminToken" = [])),
    responses((status = 200, body = ClockAnswer, description = "Real time again.")),
)]
pub async fn reset(call: &Call) -> Result<Rendered, ApiError> {
    let server = Arc::clone(&call.server);
    let moved = tokio::spawn(async move { moves::reset_clock(&server.app).await });
    moved_to(call, moved.await)
}

/// Moves the sandbox's clock forward and does everything that falls due, in order.
#[utoipa::path(
    post,
    path = "/sandbox/clock/advance",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    request_body = Forward,
    responses(
        (status = 200, body = ClockAnswer, description = "Moved, and all due work done."),
        (status = 400, body = Vec<ErrorAnswer>, description = "184 or 9010."),
    ),
)]
pub async fn advance(call: &Call) -> Result<Rendered, ApiError> {
    let members = Members::read(&call.body)?;
    // A unit that is none would move the clock less far than was meant.
    members.none_but(&UNITS.map(|(name, _)| name))?;
    let mut micros = 0_i64;
    for (name, unit) in UNITS {
        let part = members.whole(name)?.unwrap_or(0).checked_mul(unit);
        let sum = part.and_then(|part| micros.checked_add(part));
        micros = sum.ok_or_else(|| refused(name))?;
    }
    let now = call.server.app.clock.now();
    if micros == 0 || now.plus(micros) > moves::LATEST {
        return Err(refused("Days"));
    }
    let server = Arc::clone(&call.server);
    let moved = tokio::spawn(async move { moves::advance(&server.app, micros).await });
    moved_to(call, moved.await)
}

fn moved_to(
    call: &Call,
    moved: Result<Result<Ran, Error>, tokio::task::JoinError>,
) -> Result<Rendered, ApiError> {
    let ran = moved.map_err(|error| ApiError::Internal(error.to_string()))??;
    Ok(shown(&call.server, Some(ran)))
}

fn shown(server: &Server, ran: Option<Ran>) -> Rendered {
    let clock = &server.app.clock;
    let answer = ClockAnswer {
        now: clock.now().rfc3339(),
        offset: clock.offset().checked_div(SECOND).unwrap_or(0),
        ran,
    };
    rendered(StatusCode::OK, &answer)
}
