//! Why a page could not be given.
//!
//! Invariant: what is another merchant's and what does not exist are one answer; a fault of ours is
//! logged with its cause and told without it.

use askama::Template;
use aval_gateway::error::Error;
use aval_storage::{CommitError, Conflict, ReadError};
use axum::response::Response;
use http::StatusCode;

use super::context::{Context, Visit};
use super::layout::{Layout, answer};
use super::text::Texts;

/// Why a page could not be given.
#[derive(Debug)]
pub enum Failure {
    /// There is no such thing, or it is another merchant's.
    NotFound,
    /// The user's role does not allow it.
    Forbidden,
    /// The form was not shown in this session.
    Stale,
    /// Somebody changed it in between.
    Changed,
    /// A fault of ours, or the store is out of reach.
    Failed(String),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(Conflict::Version) => Self::Changed,
            CommitError::Conflict(_)
            | CommitError::Full
            | CommitError::Unavailable(_)
            | CommitError::Refused(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

#[derive(Template)]
#[template(path = "backoffice/message.html")]
struct Message {
    layout: Layout,
    title: &'static str,
    about: &'static str,
}

impl Failure {
    /// The page for a user.
    #[must_use]
    pub fn tell(self, context: &Context) -> Response {
        self.page(context.layout())
    }

    /// The page for somebody who is not signed in.
    #[must_use]
    pub fn tell_anyone(self, visit: &Visit) -> Response {
        self.page(Layout::of_anyone(visit))
    }

    fn page(self, layout: Layout) -> Response {
        let t: &Texts = layout.t;
        let (status, title, about) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, t.not_found, t.not_found_about),
            Self::Forbidden => (StatusCode::FORBIDDEN, t.forbidden, t.forbidden_about),
            Self::Stale => (StatusCode::FORBIDDEN, t.stale, t.stale_about),
            Self::Changed => (StatusCode::CONFLICT, t.changed, t.changed_about),
            Self::Failed(cause) => {
                tracing::error!(cause, "a page of the back office failed");
                (StatusCode::SERVICE_UNAVAILABLE, t.failed, t.failed_about)
            }
        };
        let page = Message {
            layout,
            title,
            about,
        };
        answer(status, &page.layout, &page)
    }
}
