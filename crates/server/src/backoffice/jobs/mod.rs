//! Blocks: captures and cancellations of many payments, from the choice in the search to the result
//! of each.
//!
//! Invariant: nothing is done before it was confirmed on a page that says what cannot be done and
//! why; a page never waits for a block, it shows how far it is.

pub mod create;
pub mod draft;
pub mod list;
pub mod result;
pub(in crate::backoffice) mod text;

use aval_domain::id::JobId;
use aval_domain::job::{Job, JobKind, JobState, RowState};
use aval_domain::refusal::Refusal;

use self::text::Texts;
use super::context::Context;
use super::failure::Failure;
use super::payment::text::Texts as Words;
use super::payment::words::{self, Badge};

/// The block of an address; what is not the merchant's is not there.
async fn job_of(context: &Context) -> Result<Job, Failure> {
    let id = JobId::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let found = context.server.app.storage.job(context.of(), id).await?;
    found.ok_or(Failure::NotFound)
}

/// What a block does.
const fn kind(t: &'static Texts, kind: JobKind) -> &'static str {
    match kind {
        JobKind::Capture => t.captures,
        JobKind::Void => t.cancels,
    }
}

/// Where a block stands.
const fn state(t: &'static Texts, state: JobState) -> Badge {
    let (label, tone) = match state {
        JobState::Draft => (t.draft, "soft"),
        JobState::Running => (t.running, "info"),
        JobState::Finished => (t.finished, "good"),
    };
    Badge { label, tone }
}

/// What became of a payment of a block.
const fn row_state(t: &'static Texts, state: RowState) -> Badge {
    let (label, tone) = match state {
        RowState::Waiting => (t.waiting, "soft"),
        RowState::Done(_) => (t.done, "good"),
        RowState::Refused(_) => (t.refused, "wrong"),
        RowState::InDoubt => (t.in_doubt, "mind"),
        RowState::Skipped => (t.skipped, "soft"),
    };
    Badge { label, tone }
}

/// Why a payment of a block was refused: what it means, and its code.
fn why(context: &Context, refusal: Option<Refusal>) -> (&'static str, String) {
    match refusal {
        Some(refusal) => {
            let words = Words::of(context.language);
            let code = refusal.code().number().to_string();
            (words::refusal(words, refusal), code)
        }
        None => (Texts::of(context.language).fault, String::new()),
    }
}

/// A place in a block from an address; 0 when it is none.
fn place(context: &Context, name: &str) -> u32 {
    context.parameter(name).parse().unwrap_or(0)
}
