//! The reference of the API, written by the server from the document that it serves.
//!
//! Invariant: nothing is described here by hand.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::answer;
use super::openapi::{CALLS, Call};
use super::samples::{self, Sample};
use super::{Frame, framed, requests};

framed!(ReferencePage, CallPage);

#[derive(Template)]
#[template(path = "backoffice/developer/reference.html")]
struct ReferencePage {
    frame: Frame,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "backoffice/developer/call.html")]
struct CallPage {
    frame: Frame,
    call: &'static Call,
    sample: Sample,
}

/// Calls that belong together.
struct Group {
    tag: &'static str,
    calls: Vec<&'static Call>,
}

/// The calls there are in this environment.
fn groups(is_sandbox: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for call in CALLS.iter().filter(|call| is_sandbox || !call.is_sandbox()) {
        match groups.last_mut().filter(|group| group.tag == call.tag) {
            Some(group) => group.calls.push(call),
            None => groups.push(Group {
                tag: &call.tag,
                calls: vec![call],
            }),
        }
    }
    groups
}

/// Every call.
pub async fn list(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/reference");
    let page = ReferencePage {
        groups: groups(frame.layout.is_sandbox),
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

/// One call.
pub async fn call(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/reference");
    let groups = groups(frame.layout.is_sandbox);
    let mut all = groups.iter().flat_map(|group| &group.calls);
    let call: &'static Call = all
        .find(|call| call.name == context.argument(0))
        .ok_or(Failure::NotFound)?;
    let here = requests::origin(context);
    let page = CallPage {
        sample: samples::of(call, &context.server.urls, context.of(), &here),
        call,
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_sandbox_are_told_in_the_sandbox_only() {
        let tags = |is_sandbox| -> Vec<&str> {
            groups(is_sandbox).iter().map(|group| group.tag).collect()
        };
        assert_eq!(
            tags(true),
            ["Sales", "Queries", "Cards", "Recurrences", "Sandbox"]
        );
        assert_eq!(tags(false), ["Sales", "Queries", "Cards", "Recurrences"]);
    }
}
