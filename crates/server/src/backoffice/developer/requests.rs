//! The last requests of the shop, as this server answered them.
//!
//! Invariant: what is shown was masked when it was kept; nothing of another merchant is in it. What
//! is told of a body that was cut, or is no JSON, is less, never something else.

use askama::Template;
use aval_api::request_log::Kept;
use aval_domain::id::PaymentId;
use aval_domain::payment::Status;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::answer;
use super::super::payment::text::Texts as Words;
use super::super::payment::words::{self, Badge};
use super::super::{format, money};
use super::{Frame, framed};
use crate::pages::Language;

framed!(RequestsPage);

#[derive(Template)]
#[template(path = "backoffice/developer/requests.html")]
struct RequestsPage {
    frame: Frame,
    is_failed_only: bool,
    wanted: Wanted,
    rows: Vec<Row>,
}

/// What is looked for; nothing where a text is empty.
struct Wanted {
    /// A part of the path, or an order.
    path: String,
    /// The status of the answer, an error code, or a ReturnCode.
    code: String,
    /// The RequestId.
    id: String,
}

impl Wanted {
    fn is_empty(&self) -> bool {
        self.path.is_empty() && self.code.is_empty() && self.id.is_empty()
    }

    fn takes(&self, row: &Row) -> bool {
        let small = |text: &str| text.to_ascii_lowercase();
        let is_code = |code: u16| code.to_string() == self.code;
        let path = small(&self.path);
        (path.is_empty() || small(&row.path).contains(&path) || small(&row.told.order) == path)
            && (self.code.is_empty()
                || is_code(row.status)
                || row.errors.iter().any(|(code, _)| is_code(*code))
                || row.told.return_code.eq_ignore_ascii_case(&self.code))
            && (self.id.is_empty() || row.request_id.eq_ignore_ascii_case(&self.id))
    }
}

/// What a request was about, as far as its bodies say.
#[derive(Default)]
struct Told {
    /// The shop's number.
    order: String,
    /// The amount asked for.
    amount: String,
    /// What became of the payment.
    result: Option<Badge>,
    /// The acquirer's code.
    return_code: String,
    /// What the acquirer said.
    said: String,
    /// The payment, to be opened.
    payment: String,
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
    told: Told,
    request: String,
    answer: String,
}

/// Shows them, the newest first.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let is_failed_only = context.parameter("failed") == "1";
    let kept = context.server.request_log.of(context.of(), context.now());
    let wanted = Wanted {
        path: context.parameter("path"),
        code: context.parameter("code"),
        id: context.parameter("id"),
    };
    let found = kept
        .iter()
        .filter(|kept| !is_failed_only || kept.status >= 400);
    let found = found.map(|kept| row(kept, context.language));
    let page = RequestsPage {
        is_failed_only,
        rows: found.filter(|row| wanted.takes(row)).collect(),
        wanted,
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
    Row {
        at: format::second(kept.at, language),
        told: told(kept, language),
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

/// What the bodies of a request say of it, the answer before the request.
fn told(kept: &Kept, language: Language) -> Told {
    let bodies = [&kept.answer, &kept.request].map(|body| {
        let read = serde_json::from_str::<Value>(body);
        read.unwrap_or_default()
    });
    let find = |places: &[&str]| {
        let at = |body: &Value| places.iter().find_map(|place| body.pointer(place).cloned());
        bodies.iter().find_map(at)
    };
    let text = |places: &[&str]| match find(places) {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    };
    let amount = find(&["/Payment/Amount", "/RecurrentPayment/Amount"]);
    let amount = amount.and_then(|amount| match amount.as_str() {
        Some(digits) => digits.parse().ok(),
        None => amount.as_i64(),
    });
    // Of a refusal nothing became a payment, whatever the request says of one.
    let status = bodies.first().and_then(|answer| {
        let found = answer
            .pointer("/Payment/Status")
            .or(answer.pointer("/Status"));
        Status::of_number(found?.as_i64()?)
    });
    Told {
        order: text(&["/MerchantOrderId"]),
        amount: amount.map_or_else(String::new, |cents| money::reais(cents, language)),
        result: status.map(|status| words::of_status(Words::of(language), status)),
        return_code: text(&["/Payment/ReturnCode", "/ReturnCode"]),
        said: text(&["/Payment/ReturnMessage", "/ReturnMessage"]),
        payment: PaymentId::parse(&text(&["/Payment/PaymentId"]))
            .map_or_else(String::new, |id| id.to_string()),
    }
}

/// JSON with its lines broken; anything else as it is.
fn pretty(text: &str) -> String {
    let read = serde_json::from_str::<Value>(text);
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
