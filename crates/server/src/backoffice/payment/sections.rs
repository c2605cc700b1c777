//! The sections of the payment page beside its facts and its timeline: the return code, the fraud
//! analysis, notifications, requests, other sales of the order.
//!
//! Invariant: what is shown of requests was masked when it was kept.

use aval_domain::authorization::Provider;
use aval_domain::fraud::analysis::Status as Analysed;
use aval_domain::fraud::review::{Progress as Reviewed, Review};
use aval_domain::notification::{Delivery, Notification, Progress};
use aval_domain::payment::State;
use aval_domain::recurrence::allows_retry;
use aval_domain::return_code::Retry;
use aval_domain::sale::Sale;

use super::text::Texts;
use super::words::{self, Badge};
use crate::backoffice::developer::data;
use crate::backoffice::money::reais;
use crate::pages::Language;
use crate::pages::money::moment;
use crate::request_log::Kept;

/// What an issuer said.
pub struct Code {
    /// The code.
    pub code: String,
    /// Its text from the acquirer, verbatim.
    pub message: String,
    /// What the code says, from the table.
    pub definition: Option<&'static str>,
    /// What it means for the shop.
    pub meaning: Option<&'static str>,
    /// What to tell the buyer.
    pub action: Option<&'static str>,
    /// Whether it may be sent again.
    pub retry: &'static str,
    /// Likewise, as a colour.
    pub tone: &'static str,
    /// Mastercard's advice.
    pub advice: Option<String>,
}

/// The return code of a denied sale.
#[must_use]
pub fn code(t: &'static Texts, language: Language, sale: &Sale) -> Option<Code> {
    let receipt = sale
        .receipt
        .as_ref()
        .filter(|_| sale.state == State::Denied)?;
    let row = data::returned(&receipt.return_code, language);
    let provider = sale.details.provider;
    // The simulator's codes are of another space than the table's.
    let simulated = data::simulated(&receipt.return_code, language);
    let simulated = simulated.filter(|_| provider == Provider::Simulado);
    let may = allows_retry(provider, &receipt.return_code);
    let retry = match row.map(|row| row.retry) {
        _ if !may => t.retry_no,
        _ if provider == Provider::Simulado => t.retry_yes,
        Some(Retry::FourTimesInSixteenDays) => t.retry_four,
        Some(Retry::FromTheFollowingDay) => t.retry_next_day,
        Some(Retry::No) | None => t.retry_yes,
    };
    Some(Code {
        code: receipt.return_code.clone(),
        message: receipt.return_message.clone(),
        definition: simulated.or(row.map(|row| row.definition)),
        meaning: row
            .map(|row| row.meaning)
            .filter(|text| simulated.is_none() && !text.is_empty()),
        action: row.map(|row| row.action).filter(|text| !text.is_empty()),
        retry,
        tone: if may { "mind" } else { "wrong" },
        advice: receipt.advice.clone(),
    })
}

/// A fraud analysis explained.
pub struct Fraud {
    /// Where it stands.
    pub status: Option<Badge>,
    /// 0 to 99.
    pub score: Option<u8>,
    /// Signals, the heaviest first.
    pub signals: Vec<Signal>,
    /// Rules that applied: what they are called, what they do, whether they are only tried.
    pub rules: Vec<(String, String, bool)>,
    /// What became of its review.
    pub review: Option<String>,
    /// The velocity analysis: what it said, and the limit that was passed.
    pub velocity: Option<(&'static str, Option<String>)>,
}

/// One signal.
pub struct Signal {
    /// What it says.
    pub about: String,
    /// In what it was seen.
    pub value: String,
    /// Points, with their sign.
    pub weight: String,
    /// How long its bar is, of 100.
    pub share: u8,
    /// Whether it speaks for the buyer.
    pub is_good: bool,
}

/// The analysis of a sale, when it has one.
#[must_use]
pub fn fraud(
    t: &'static Texts,
    language: Language,
    sale: &Sale,
    review: Option<&Review>,
) -> Option<Fraud> {
    let details = &sale.details;
    let velocity = details.velocity.as_deref().map(|one| {
        let said = if one.is_beyond() { t.beyond } else { t.within };
        (said, one.limit.clone())
    });
    if details.fraud.is_none() && velocity.is_none() && !details.terms.analysis_aborted {
        return None;
    }
    let analysis = details.fraud.as_deref();
    let lines = analysis.map(|one| one.explanation.as_slice());
    let mut lines: Vec<_> = lines.unwrap_or_default().iter().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.weight.saturating_abs()));
    let most = lines
        .first()
        .map_or(1, |line| line.weight.saturating_abs())
        .max(1);
    let signals = lines.into_iter().map(|line| {
        let share = line.weight.saturating_abs().saturating_mul(100);
        Signal {
            about: data::signal(&line.signal, language),
            value: line.value.clone(),
            weight: format!("{:+}", line.weight),
            share: share
                .checked_div(most)
                .and_then(|share| share.try_into().ok())
                .unwrap_or(0),
            is_good: line.weight < 0,
        }
    });
    let rules = analysis.map(|one| one.rules.as_slice()).unwrap_or_default();
    let aborted = details.terms.analysis_aborted.then_some(Analysed::Aborted);
    Some(Fraud {
        status: sale
            .analysis
            .or(aborted)
            .map(|status| words::analysed(t, status)),
        score: analysis
            .and_then(|one| one.reply.as_ref())
            .map(|reply| reply.score),
        signals: signals.collect(),
        rules: rules
            .iter()
            .map(|rule| (rule.rule.clone(), rule.action.clone(), rule.dry_run))
            .collect(),
        review: review.map(|review| match review.progress {
            Reviewed::Waiting => format!("{} {}", t.review_waits, moment(review.due_at, language)),
            Reviewed::Accepted => by(t.review_accepted, review),
            Reviewed::Rejected => by(t.review_rejected, review),
            Reviewed::Expired => t.review_expired.to_owned(),
        }),
        velocity,
    })
}

fn by(what: &str, review: &Review) -> String {
    match &review.decided_by {
        Some(by) => format!("{what} · {by}"),
        None => what.to_owned(),
    }
}

/// A notification with its newest attempt.
pub struct Told {
    /// Its id.
    pub id: String,
    /// What changed.
    pub what: &'static str,
    /// Where it stands.
    pub state: Badge,
    /// When it was written.
    pub when: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next: Option<String>,
    /// What the receiver answered last: status or what went wrong, and the begin of its answer.
    pub last: Option<(String, String)>,
}

/// A notification as it is shown.
#[must_use]
pub fn told(
    t: &'static Texts,
    language: Language,
    one: &Notification,
    last: Option<&Delivery>,
) -> Told {
    let (label, tone, next) = match one.progress {
        Progress::Pending => (t.pending, "mind", Some(moment(one.due_at, language))),
        Progress::Delivered => (t.delivered, "good", None),
        Progress::GivenUp => (t.given_up, "wrong", None),
    };
    Told {
        id: one.id.to_string(),
        what: words::change(t, one.change),
        state: Badge { label, tone },
        when: moment(one.created_at, language),
        attempts: one.attempts,
        next,
        last: last.map(|last| {
            let status = last.status.map(|status| format!("HTTP {status}"));
            let said = status.or_else(|| last.error.clone());
            let said = said.unwrap_or_else(|| t.no_answer.to_owned());
            (said, last.answer.clone())
        }),
    }
}

/// A request of the log.
pub struct Asked {
    /// Method and path.
    pub what: String,
    /// When.
    pub when: String,
    /// Status of the answer.
    pub status: u16,
    /// Whether that is a refusal.
    pub is_bad: bool,
    /// Its RequestId.
    pub request_id: String,
    /// Its body, masked.
    pub request: String,
    /// The answer's body, masked.
    pub answer: String,
    /// How long it took, in milliseconds.
    pub took: String,
}

/// The requests that concern a payment: they name it, or were answered with it.
#[must_use]
pub fn asked(language: Language, sale: &Sale, kept: Vec<Kept>) -> Vec<Asked> {
    let id = sale.id.to_string();
    let concerns = |one: &Kept| one.path.to_lowercase().contains(&id) || one.answer.contains(&id);
    let kept = kept.into_iter().filter(concerns);
    kept.map(|one| Asked {
        what: format!("{} {}", one.method, one.path),
        when: moment(one.at, language),
        status: one.status,
        is_bad: one.status >= 400,
        request_id: one.request_id.into(),
        request: pretty(&one.request),
        answer: pretty(&one.answer),
        took: format!("{:.1} ms", one.took.as_secs_f64() * 1000.0),
    })
    .collect()
}

/// A body, indented when it is JSON and whole.
fn pretty(body: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(body);
    let written = read.and_then(|value| serde_json::to_string_pretty(&value));
    written.unwrap_or_else(|_| body.to_owned())
}

/// Another sale of the order.
pub struct Sibling {
    /// Its payment.
    pub id: String,
    /// When it was received.
    pub when: String,
    /// How much.
    pub amount: String,
    /// Where it stands.
    pub status: Badge,
}

/// A sale of the order as it is listed.
#[must_use]
pub fn sibling(t: &'static Texts, language: Language, sale: &Sale) -> Sibling {
    Sibling {
        id: sale.id.to_string(),
        when: moment(sale.received_at, language),
        amount: reais(sale.amount.cents(), language),
        status: words::status(t, sale),
    }
}
