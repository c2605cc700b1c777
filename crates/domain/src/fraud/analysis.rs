//! From signals to an outcome: the score, the merchant's thresholds and rules, what is answered and
//! kept.
//!
//! Invariant: the same findings, effects of rules and thresholds give the same outcome. A score is
//! 0 to 99; what it is made of is kept with it, signal by signal.

use serde::{Deserialize, Serialize};

use super::codes::{self, joined};
use super::facts::Facts;
use super::known;
use super::request::Request;
use super::signals::Findings;
use super::text;
use crate::brand::Brand;

/// The highest score.
pub const MAX_SCORE: u8 = 99;

/// Where an analysis stands: a number in the sale's answer, a word in its query (D46).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Status {
    /// Little risk.
    Accept = 1,
    /// Too much risk.
    Reject = 2,
    /// A person has to look.
    Review = 3,
    /// Not made: the sale was denied first, or antifraud is off.
    Aborted = 4,
    /// Not made yet: the payment is in doubt.
    Unfinished = 5,
}

impl Status {
    const ALL: [Self; 5] = [
        Self::Accept,
        Self::Reject,
        Self::Review,
        Self::Aborted,
        Self::Unfinished,
    ];

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// From the number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| i64::from(one.number()) == number)
    }

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "Accept",
            Self::Reject => "Reject",
            Self::Review => "Review",
            Self::Aborted => "Aborted",
            Self::Unfinished => "Unfinished",
        }
    }

    /// FraudAnalysisReasonCode (manual line 1619): 100, 481, 480; 150 when none was made.
    #[must_use]
    pub const fn reason(self) -> u16 {
        match self {
            Self::Accept => 100,
            Self::Reject => 481,
            Self::Review => 480,
            Self::Aborted | Self::Unfinished => 150,
        }
    }
}

/// What is decided of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It goes on.
    Accept,
    /// A person has to look.
    Review,
    /// It does not.
    Reject,
}

impl Verdict {
    /// Its status.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Accept => Status::Accept,
            Self::Review => Status::Review,
            Self::Reject => Status::Reject,
        }
    }

    /// Its name in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }
}

/// The merchant's thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// From this score on a person has to look.
    pub review: u8,
    /// From this score on it is rejected.
    pub reject: u8,
}

impl Thresholds {
    /// What a score alone decides.
    #[must_use]
    pub const fn verdict(self, score: u8) -> Verdict {
        if score >= self.reject {
            Verdict::Reject
        } else if score >= self.review {
            Verdict::Review
        } else {
            Verdict::Accept
        }
    }
}

/// What rules did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Points of all that applied.
    pub points: i32,
    /// What the strictest of them decided, whatever the score.
    pub verdict: Option<Verdict>,
    /// Which applied, and which would have, being on trial.
    pub applied: Vec<Applied>,
}

/// A rule that applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Applied {
    /// Its name.
    pub rule: String,
    /// What it does.
    pub action: String,
    /// Whether it is only tried, and did nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub dry_run: bool,
}

/// One line of the explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Line {
    /// The signal's name.
    pub signal: String,
    /// The value it was seen in.
    pub value: String,
    /// Points.
    pub weight: i32,
}

/// ReplyData (manual lines 1412 to 1424).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reply {
    /// Codes of the addresses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address_info_code: Option<String>,
    /// Factors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub factor_code: Option<String>,
    /// 0 to 99.
    pub score: u8,
    /// Country of the card's issuer, two small letters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bin_country: Option<String>,
    /// The card's issuer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card_issuer: Option<String>,
    /// As `VisaCredit`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card_scheme: Option<String>,
    /// 0 to 5.
    pub host_severity: u8,
    /// Codes of internet data and identities.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub internet_info_code: Option<String>,
    /// How the IP address is reached; not known here.
    pub ip_routing_method: String,
    /// Which weights were used.
    pub score_model_used: String,
    /// 1 (first) to 5.
    pub case_priority: u8,
}

/// An analysis as it is kept with its sale. Its status is the sale's: a person may change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Analysis {
    /// Its id.
    pub id: String,
    /// What was sent.
    pub request: Request,
    /// What was answered; absent when none was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reply: Option<Reply>,
    /// What the score is made of.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub explanation: Vec<Line>,
    /// Rules that applied.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rules: Vec<Applied>,
}

/// Name of the weights: the one of the manual's example (line 1422).
const MODEL: &str = "default_lac";

impl Analysis {
    /// One that was not made.
    #[must_use]
    pub const fn not_made(id: String, request: Request) -> Self {
        Self {
            id,
            request,
            reply: None,
            explanation: Vec::new(),
            rules: Vec::new(),
        }
    }
}

/// A score of points.
#[must_use]
pub fn score(points: i32) -> u8 {
    let most = i32::from(MAX_SCORE);
    u8::try_from(points.clamp(0, most)).unwrap_or(MAX_SCORE)
}

/// The verdict that a card holder's name asks for, in the sandbox: a word of it says accept, review
/// or reject.
#[must_use]
pub fn asked_for(holder: &str) -> Option<Verdict> {
    let plain = text::plain(holder);
    let all = [Verdict::Accept, Verdict::Review, Verdict::Reject];
    all.into_iter()
        .find(|verdict| plain.split(' ').any(|word| word == verdict.name()))
}

/// Concludes: what was decided, and the analysis to keep. `asked` is what a sandbox's card holder
/// asks for; it wins over all else, and brings the score with it.
#[must_use]
pub fn conclude(
    id: String,
    facts: &Facts<'_>,
    findings: &Findings,
    effects: Effects,
    thresholds: Thresholds,
    asked: Option<Verdict>,
) -> (Verdict, Analysis) {
    let own = score(findings.points().saturating_add(effects.points));
    let verdict = asked
        .or(effects.verdict)
        .unwrap_or_else(|| thresholds.verdict(own));
    let score = match asked {
        None => own,
        Some(verdict) => within(own, verdict, thresholds),
    };
    let bin = facts.bin.and_then(known::bin);
    let reply = Reply {
        address_info_code: joined(&findings.address),
        factor_code: joined(&findings.factors()),
        score,
        bin_country: bin.map(|bin| bin.country.to_owned()),
        card_issuer: bin.map(|bin| bin.issuer.to_owned()),
        card_scheme: scheme(facts.brand).map(str::to_owned),
        host_severity: findings.host_severity,
        internet_info_code: joined::<codes::InternetInfo>(&findings.internet),
        ip_routing_method: "Undefined".to_owned(),
        score_model_used: MODEL.to_owned(),
        case_priority: priority(score),
    };
    let line = |one: &super::signals::Shown| Line {
        signal: one.signal.name().to_owned(),
        value: one.value.clone(),
        weight: one.weight,
    };
    let analysis = Analysis {
        id,
        request: facts.request.clone(),
        reply: Some(reply),
        explanation: findings.shown.iter().map(line).collect(),
        rules: effects.applied,
    };
    (verdict, analysis)
}

/// A score moved to where its verdict is.
fn within(score: u8, verdict: Verdict, thresholds: Thresholds) -> u8 {
    let Thresholds { review, reject } = thresholds;
    match verdict {
        Verdict::Accept => score.min(review.min(reject).saturating_sub(1)),
        Verdict::Review => score.clamp(
            review.min(reject),
            reject.saturating_sub(1).max(review.min(reject)),
        ),
        Verdict::Reject => score.max(reject),
    }
}

/// CardScheme (manual line 1625) of credit sales, where there is one.
const fn scheme(brand: Brand) -> Option<&'static str> {
    match brand {
        Brand::Visa => Some("VisaCredit"),
        Brand::Master => Some("MastercardCredit"),
        Brand::Amex
        | Brand::Elo
        | Brand::Aura
        | Brand::Jcb
        | Brand::Diners
        | Brand::Discover
        | Brand::Hipercard
        | Brand::Hiper
        | Brand::Undefined => None,
    }
}

/// CasePriority: 1 is looked at first.
const fn priority(score: u8) -> u8 {
    match score {
        85.. => 1,
        60.. => 2,
        40.. => 3,
        20.. => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLDS: Thresholds = Thresholds {
        review: 60,
        reject: 85,
    };

    #[test]
    fn a_score_decides_by_the_merchants_thresholds() {
        let of = |score| THRESHOLDS.verdict(score);
        assert_eq!((of(59), of(60)), (Verdict::Accept, Verdict::Review));
        assert_eq!((of(84), of(85)), (Verdict::Review, Verdict::Reject));
        assert_eq!((score(-10), score(42), score(500)), (0, 42, 99));
    }

    #[test]
    fn a_holder_may_ask_for_a_verdict_and_the_score_follows() {
        assert_eq!(asked_for("Teste accept"), Some(Verdict::Accept));
        assert_eq!(asked_for("REVIEW Teste"), Some(Verdict::Review));
        assert_eq!(asked_for("Rejecta Silva"), None);
        assert_eq!(within(99, Verdict::Accept, THRESHOLDS), 59);
        assert_eq!(within(3, Verdict::Review, THRESHOLDS), 60);
        assert_eq!(within(99, Verdict::Review, THRESHOLDS), 84);
        assert_eq!(within(3, Verdict::Reject, THRESHOLDS), 85);
        let odd = Thresholds {
            review: 99,
            reject: 0,
        };
        assert_eq!(within(50, Verdict::Review, odd), 0, "and never a panic");
    }

    #[test]
    fn an_outcome_has_its_number_word_and_reason() {
        assert_eq!(Verdict::Review.status().name(), "Review");
        assert_eq!(Status::Reject.reason(), 481);
        assert_eq!(Status::of_number(3), Some(Status::Review));
        assert_eq!(Status::of_number(9), None);
    }

    #[test]
    fn priorities_run_from_one_to_five() {
        assert_eq!([90, 60, 42, 20, 0].map(priority), [1, 2, 3, 4, 5]);
    }
}
