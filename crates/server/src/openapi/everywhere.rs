//! What every operation of the document has, so that no operation has to say it: headers, and the
//! answers to what may go wrong with any call.
//!
//! Invariant: what an operation says of itself stays as it says it.

use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Array, Object, ObjectBuilder, Type};
use utoipa::openapi::{
    Content, Header, OpenApi, PathItem, Ref, RefOr, Required, Response, ResponseBuilder,
};

/// Adds it.
pub(super) struct Everywhere;

/// Which listener a call is on, and whether it changes anything there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Looks up.
    Reads,
    /// Changes something, once per Idempotency-Key.
    Changes,
    /// Belongs to the sandbox API.
    Sandbox,
}

/// What the body of an answer is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Errors,
    Nothing,
}

/// A status, who may answer it, what the answer holds, and when.
type Row = (&'static str, &'static [Kind], Body, &'static str);

const ALL: &[Kind] = &[Kind::Reads, Kind::Changes, Kind::Sandbox];
const API: &[Kind] = &[Kind::Reads, Kind::Changes];
const CHANGES: &[Kind] = &[Kind::Changes];
const SANDBOX: &[Kind] = &[Kind::Sandbox];

const STATUSES: [Row; 15] = [
    (
        "400",
        API,
        Body::Errors,
        "101, 114, 115, 116, 120, 131 or 132: the credentials (live dialect: mostly 401).",
    ),
    (
        "401",
        API,
        Body::Nothing,
        "Wrong credentials (live dialect).",
    ),
    (
        "401",
        SANDBOX,
        Body::Nothing,
        "The admin token is missing or wrong.",
    ),
    (
        "403",
        API,
        Body::Nothing,
        "The caller's address is not allowed (live dialect).",
    ),
    (
        "404",
        API,
        Body::Errors,
        "Not on this listener (strict_hosts).",
    ),
    ("404", SANDBOX, Body::Errors, "There is no sandbox here."),
    ("405", ALL, Body::Errors, "Another method; Allow names it."),
    ("408", ALL, Body::Errors, "The body did not come in time."),
    (
        "409",
        CHANGES,
        Body::Errors,
        "9002: the first request with this Idempotency-Key is still running.",
    ),
    ("413", ALL, Body::Errors, "The body is over 256 KiB."),
    (
        "422",
        CHANGES,
        Body::Errors,
        "9001: the Idempotency-Key was used with another request.",
    ),
    ("429", API, Body::Errors, "9004: the merchant's rate limit."),
    ("500", ALL, Body::Errors, "A fault of ours; the log has it."),
    (
        "503",
        API,
        Body::Errors,
        "Too much waits, or the store is out of reach. Whether it was done is not known: ask again \
         with the same Idempotency-Key.",
    ),
    (
        "503",
        SANDBOX,
        Body::Errors,
        "The store is out of reach: ask again.",
    ),
];

impl Modify for Everywhere {
    fn modify(&self, document: &mut OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let is_sandbox = path.starts_with("/sandbox");
            let PathItem {
                get,
                put,
                post,
                delete,
                ..
            } = item;
            let all = [(get, false), (put, true), (post, true), (delete, true)];
            for (operation, changes) in all {
                let kind = match (is_sandbox, changes) {
                    (true, _) => Kind::Sandbox,
                    (false, true) => Kind::Changes,
                    (false, false) => Kind::Reads,
                };
                if let Some(operation) = operation {
                    complete(operation, kind);
                }
            }
        }
    }
}

fn complete(operation: &mut Operation, kind: Kind) {
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(sent("RequestId", "Given back; made when absent.").into());
    if kind == Kind::Changes {
        let what = "At most 255 characters; the request with it is done once, and its answer given \
                    again for 24 hours.";
        parameters.push(sent("Idempotency-Key", what).into());
    }
    let responses = &mut operation.responses.responses;
    for (status, kinds, body, when) in STATUSES {
        if kinds.contains(&kind) {
            let made = || RefOr::T(response(body, when));
            responses.entry(status.to_owned()).or_insert_with(made);
        }
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response {
            add_headers(response, status, kind);
        }
    }
}

fn response(body: Body, when: &str) -> Response {
    let response = ResponseBuilder::new().description(when);
    if body == Body::Nothing {
        return response.build();
    }
    let errors = Array::new(Ref::from_schema_name("ErrorAnswer"));
    response
        .content("application/json", Content::new(Some(errors)))
        .build()
}

fn add_headers(response: &mut Response, status: &str, kind: Kind) {
    let mut add = |name: &str, what: &str| {
        let mut header = Header::new(text());
        header.description = Some(what.to_owned());
        response.headers.insert(name.to_owned(), header.into());
    };
    add("RequestId", "As it was sent, or made here.");
    match status {
        "201" if kind == Kind::Changes => add("Location", "Where it is shown."),
        "405" => add("Allow", "The methods of the path."),
        "429" | "503" => add("Retry-After", "Seconds."),
        _ => {}
    }
    let is_kept = ["200", "201", "400", "404"].contains(&status);
    if kind == Kind::Changes && is_kept {
        let what = "true: the answer was kept, nothing was done anew.";
        add("Idempotency-Replayed", what);
    }
}

fn sent(name: &str, what: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(what))
        .schema(Some(text()))
        .build()
}

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}
