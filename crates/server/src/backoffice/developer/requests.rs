//! The last requests of the shop, as this server answered them.
//!
//! Invariant: what is shown was masked when it was kept; nothing of another merchant is in it.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::format;
use super::super::layout::answer;
use super::{Frame, framed};
use crate::pages::Language;
use crate::request_log::Kept;

framed!(RequestsPage);

#[derive(Template)]
#[template(path = "backoffice/developer/requests.html")]
struct RequestsPage {
    frame: Frame,
    is_failed_only: bool,
    rows: Vec<Row>,
}

/// A request.
struct Row {
    at: String,
    method: String,
    path: String,
    status: u16,
    kind: &'static str,
    took: String,
    request_id: String,
    /// Codes with the members they concern.
    errors: Vec<(u16, String)>,
    request: String,
    answer: String,
}

/// Shows them, the newest first.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let is_failed_only = context.parameter("failed") == "1";
    let kept = context.server.request_log.of(context.of(), context.now());
    let wanted = kept
        .iter()
        .filter(|kept| !is_failed_only || kept.status >= 400);
    let page = RequestsPage {
        is_failed_only,
        rows: wanted.map(|kept| row(kept, context.language)).collect(),
        frame: Frame::of(context, "/developers/requests"),
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

fn row(kept: &Kept, language: Language) -> Row {
    let errors = kept.errors.iter();
    let errors = errors.map(|error| {
        let field = error.field.as_deref().unwrap_or_default();
        (error.code, field.to_owned())
    });
    let seconds = kept.at.local().second();
    Row {
        at: format!("{}:{seconds:02}", format::moment(kept.at, language)),
        method: kept.method.to_string(),
        path: kept.path.to_string(),
        status: kept.status,
        kind: match kept.status {
            0..400 => "good",
            400..500 => "mind",
            _ => "wrong",
        },
        took: format!("{} ms", kept.took.as_millis()),
        request_id: kept.request_id.to_string(),
        errors: errors.collect(),
        request: pretty(&kept.request),
        answer: pretty(&kept.answer),
    }
}

/// JSON with its lines broken; anything else as it is.
fn pretty(text: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(text);
    read.ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}

/// The address of the back office as the browser knows it.
pub(super) fn origin(context: &Context) -> String {
    let host = context.headers.get(http::header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let scheme = if context.server.office.secure {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_in_lines_and_a_cut_body_as_it_is() {
        assert_eq!(pretty(r#"{"a":1}"#), "{\n  \"a\": 1\n}");
        assert_eq!(pretty(r#"{"a":"#), r#"{"a":"#);
        assert_eq!(pretty(""), "");
    }
}
