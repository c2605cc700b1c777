//! The sections of the payment page beside its facts and its timeline: the return code, the fraud
//! analysis, notifications, requests, other sales of the order.
//!
//! Invariant: what is shown of requests was masked when it was kept.

use aval_api::request_log::Kept;
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

/// What an issuer said, each sentence once.
pub struct Code {
    /// The code.
    pub code: String,
    /// What it says, in the language of the page.
    pub said: String,
    /// Its text from the acquirer, verbatim, where that is another.
    pub message: String,
    /// What it means for the shop beyond that.
    pub meaning: Option<String>,
    /// What to tell the buyer.
    pub action: Option<String>,
    /// Whether it may be sent again.
    pub retry: &'static str,
    /// Likewise, as a colour.
    pub tone: &'static str,
    /// Mastercard's advice.
    pub advice: Option<String>,
}

/// The return code of a denied sale. The simulator's codes are of another space than the table's:
/// they are told in the words of its test cards.
#[must_use]
pub fn code(t: &'static Texts, language: Language, sale: &Sale) -> Option<Code> {
    let receipt = sale
        .receipt
        .as_ref()
        .filter(|_| sale.state == State::Denied)?;
    let provider = sale.details.provider;
    let may = allows_retry(provider, &receipt.return_code);
    let tone = if may { "mind" } else { "wrong" };
    let (code, advice) = (receipt.return_code.clone(), receipt.advice.clone());
    // Verbatim where it is not what is said already.
    let verbatim = |said: &str| {
        let message = Some(&receipt.return_message);
        let other = message.filter(|text| !text.eq_ignore_ascii_case(said));
        other.cloned().unwrap_or_default()
    };
    let simulated = data::simulated(&code, language);
    if let Some(said) = simulated.filter(|_| provider == Provider::Simulado) {
        return Some(Code {
            message: verbatim(said),
            said: said.to_owned(),
            meaning: Some(t.simulated.to_owned()),
            action: words::action(t, &code).map(str::to_owned),
            retry: if may { t.retry_yes } else { t.retry_no },
            tone,
            advice,
            code,
        });
    }
    let row = data::returned(&code, language);
    let retry = match row.map(|row| row.retry) {
        _ if !may => t.retry_no,
        Some(Retry::FourTimesInSixteenDays) => t.retry_four,
        Some(Retry::FromTheFollowingDay) => t.retry_next_day,
        Some(Retry::No) | None => t.retry_yes,
    };
    let said = row.map_or("", |row| row.definition);
    Some(Code {
        said: said.to_owned(),
        message: verbatim(said),
        meaning: match row {
            Some(row) => beyond(row.meaning, &[said]),
            None => Some(t.unknown_code.to_owned()),
        },
        action: row.and_then(|row| beyond(row.action, &[said, row.meaning])),
        retry,
        tone,
        advice,
        code,
    })
}

/// The sentences of a text that others have not said.
fn beyond(text: &str, said: &[&str]) -> Option<String> {
    let sentences = |text: &str| -> Vec<String> {
        let parts = text.trim_end_matches('.').split(". ");
        parts.map(|part| part.trim().to_owned()).collect()
    };
    let known: Vec<String> = said.iter().flat_map(|text| sentences(text)).collect();
    let new = sentences(text).into_iter();
    let new: Vec<String> = new
        .filter(|one| !one.is_empty() && !known.contains(one))
        .collect();
    (!new.is_empty()).then(|| format!("{}.", new.join(". ")))
}

/// A fraud analysis explained.
pub struct Fraud {
    /// Where it stands.
    pub status: Option<Badge>,
    /// 0 to 99.
    pub score: Option<u8>,
    /// Signals, the heaviest first.
    pub signals: Vec<Signal>,
    /// Factors: code, and what it says.
    pub factors: Vec<(String, &'static str)>,
    /// Rules that applied: what they are called, what they do, whether they are only tried.
    pub rules: Vec<(String, String, bool)>,
    /// What became of its review, which has a page.
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
            value: data::observed(&line.value, language),
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
        factors: data::factors(sale, language),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_said_once() {
        let row = data::returned("AI", Language::English).unwrap();
        let meaning = beyond(row.meaning, &[row.definition]).unwrap();
        assert!(
            meaning.starts_with("The carrier has not completed"),
            "{meaning}"
        );
        let action = beyond(row.action, &[row.definition, row.meaning]).unwrap();
        assert!(action.starts_with("Try again and correctly"), "{action}");
        let row = data::returned("57", Language::English).unwrap();
        let meaning = beyond(row.meaning, &[row.definition]);
        assert_eq!(meaning.as_deref(), Some("Unauthorized transaction."));
        assert_eq!(beyond("", &[]), None);
    }
}
