//! `/audit`: what was done in the back office, and whether the log still holds.
//!
//! Invariant: entries are read newest first by number, a bounded walk for each page; a filter that
//! finds little says how far it looked and goes on from there.

pub mod export;
mod text;

use askama::Template;
use aval_domain::audit::Entry;
use aval_gateway::audit;
use axum::response::Response;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use self::text::Texts;
use super::account::hex;
use super::context::Context;
use super::failure::Failure;
use super::layout::{Layout, answer};
use super::show as shown;

/// Entries on a page.
const PAGE: usize = 50;
/// Entries read at a time.
const STEP: u32 = 500;
/// Entries looked at for one page.
const MOST: usize = 10_000;

#[derive(Template)]
#[template(path = "backoffice/audit/audit.html")]
struct AuditPage {
    layout: Layout,
    t: &'static Texts,
    actor: String,
    action: String,
    subject: String,
    actions: &'static [&'static str],
    entries: Vec<ShownEntry>,
    /// Where to go on, when there is more.
    next: Option<String>,
    /// Whether the walk ended before a page was full.
    is_bounded: bool,
    verified: Option<audit::Verified>,
}

struct ShownEntry {
    number: u64,
    at: String,
    actor: String,
    action: String,
    said: &'static str,
    subject: String,
    detail: String,
    address: String,
    hash: String,
}

/// Areas of actions that can be chosen.
const ACTIONS: &[&str] = &[
    "sign_in",
    "sign_out",
    "session",
    "second_factor",
    "user",
    "payment",
    "job",
    "transactions",
    "statement",
    "search",
    "notification",
    "recurrence",
    "review",
    "fraud",
    "settings",
    "sandbox",
    "audit",
];

/// Shows a page of the log: parameters `actor`, `action`, `subject`, `before`, `verify`.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let [actor, action, subject] =
        ["actor", "action", "subject"].map(|name| context.parameter(name));
    let before = context.parameter("before").parse().unwrap_or(u64::MAX);
    let fits = |entry: &Entry| {
        let act = &entry.act;
        let holds = |text: &str, wanted: &str| {
            wanted.is_empty() || text.to_lowercase().contains(&wanted.to_lowercase())
        };
        holds(&act.actor, &actor)
            && (holds(&act.subject, &subject) || holds(&act.detail, &subject))
            && (action.is_empty() || act.action.split('.').next() == Some(action.as_str()))
    };
    let (found, next, is_bounded) = walk(context, before, fits).await?;
    let verified = if context.parameter("verify").is_empty() {
        None
    } else {
        Some(audit::verify(&context.server.app, context.of()).await?)
    };
    let next = next.map(|before| {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (actor, action, subject) = (encode(&actor), encode(&action), encode(&subject));
        format!("/audit?actor={actor}&action={action}&subject={subject}&before={before}")
    });
    let t = Texts::of(context.language);
    let page = AuditPage {
        layout: context.layout(),
        t,
        actor,
        action,
        subject,
        actions: ACTIONS,
        entries: found.iter().map(|entry| shown(context, entry)).collect(),
        next,
        is_bounded,
        verified,
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

/// Entries that fit before a number: a page of them, where to go on, and whether the walk ended
/// before the page was full.
async fn walk(
    context: &Context,
    before: u64,
    fits: impl Fn(&Entry) -> bool,
) -> Result<(Vec<Entry>, Option<u64>, bool), Failure> {
    let storage = &context.server.app.storage;
    let (mut found, mut at, mut looked) = (Vec::new(), before, 0_usize);
    loop {
        let page = storage.entries_before(context.of(), at, STEP).await?;
        let is_last = page.len() < usize::try_from(STEP).unwrap_or(usize::MAX);
        for entry in page {
            at = entry.number;
            looked = looked.saturating_add(1);
            if fits(&entry) {
                found.push(entry);
            }
            if found.len() >= PAGE {
                return Ok((found, (at > 1).then_some(at), false));
            }
        }
        if is_last {
            return Ok((found, None, false));
        }
        if looked >= MOST {
            return Ok((found, Some(at), true));
        }
    }
}

fn shown(context: &Context, entry: &Entry) -> ShownEntry {
    let act = &entry.act;
    ShownEntry {
        number: entry.number,
        at: shown::second(entry.at, context.language),
        actor: act.actor.clone(),
        said: said(Texts::of(context.language), &act.action),
        action: act.action.clone(),
        subject: act.subject.clone(),
        detail: act.detail.clone(),
        address: act.address.clone(),
        hash: hex(entry.hash.get(..6).unwrap_or_default()),
    }
}

/// An action in words; empty where it says enough by itself.
fn said(t: &'static Texts, action: &str) -> &'static str {
    match action {
        "sign_in" => t.sign_in,
        "sign_in.refuse" => t.sign_in_refuse,
        "sign_out" => t.sign_out,
        "session.end" => t.session_end,
        "second_factor.set" => t.factor_set,
        "second_factor.codes" => t.factor_codes,
        "second_factor.remove" => t.factor_remove,
        "user.password" => t.user_password,
        "user.reset" => t.user_reset,
        "user.unlock" => t.user_unlock,
        "user.invite" => t.user_invite,
        "user.withdraw" => t.user_withdraw,
        "user.join" => t.user_join,
        "user.add" => t.user_add,
        "user.role" => t.user_role,
        "user.block" => t.user_block,
        "user.unblock" => t.user_unblock,
        "payment.capture" => t.payment_capture,
        "payment.cancel" => t.payment_cancel,
        "job.capture" => t.job_capture,
        "job.cancel" => t.job_cancel,
        "job.export" => t.job_export,
        "transactions.export" => t.export,
        "statement.export" => t.statement_export,
        "audit.export" => t.audit_export,
        "notification.resend" => t.resend,
        "notification.test" => t.test,
        "sandbox.console" => t.console,
        "review.decide" => t.review_decide,
        "review.note" => t.review_note,
        "settings.change" => t.settings,
        _ => "",
    }
}
