//! Rules on one sale, without a store and without a history.
//!
//! Invariant: the sale is looked at as an analysis looks at it, of which nothing was seen before;
//! nothing is kept.

use aval_domain::brand::Brand;
use aval_domain::fraud::analysis::{self, Analysis, Thresholds, Verdict};
use aval_domain::fraud::codes::Factor;
use aval_domain::fraud::facts::{Facts, bin_of};
use aval_domain::fraud::history::{Counts, Keys};
use aval_domain::fraud::lists::Hits;
use aval_domain::fraud::request::Request;
use aval_domain::fraud::signals;
use aval_domain::sale::{NewSale, PaidWith};
use aval_domain::settings::Settings;
use aval_domain::time::Timestamp;

use super::{rules, values};

/// What became of the trial.
pub struct Tried {
    /// The decision.
    pub verdict: Verdict,
    /// Points, 0 to 99.
    pub score: u8,
    /// What raised or lowered them.
    pub factors: Vec<Factor>,
    /// The analysis, with its explanation and the rules that applied.
    pub made: Analysis,
}

/// Tries rules on a sale with a merchant's thresholds.
#[must_use]
pub fn on(
    sale: &NewSale,
    compiled: &[rules::Compiled],
    settings: &Settings,
    now: Timestamp,
) -> Tried {
    let none = Request::default();
    let request = sale.fraud.as_deref().unwrap_or(&none);
    let (masked, brand) = match &sale.paid_with {
        PaidWith::Card { number, brand, .. } => (Some(number.masked()), *brand),
        PaidWith::LegacyToken { brand, .. } => (None, *brand),
        PaidWith::Token { .. } | PaidWith::InWallet { .. } => (None, Brand::Undefined),
    };
    let (keys, counts) = (Keys::default(), Counts::default());
    let facts = Facts {
        now,
        amount: sale.amount.cents(),
        request,
        customer: &sale.customer,
        bin: masked.as_deref().and_then(bin_of),
        brand,
        denied: None,
        keys: &keys,
        counts: &counts,
        hits: Hits::default(),
    };
    let findings = signals::find(&facts);
    let subject = values::Subject {
        facts: &facts,
        findings: &findings,
        installments: sale.terms.installments,
    };
    let applying = rules::apply(compiled, &values::of(&subject));
    let thresholds = Thresholds {
        review: settings.fraud_review_score,
        reject: settings.fraud_reject_score,
    };
    let id = String::new();
    let effects = applying.effects;
    let (verdict, made) = analysis::conclude(id, &facts, &findings, effects, thresholds, None);
    Tried {
        verdict,
        score: made.reply.as_ref().map_or(0, |reply| reply.score),
        factors: findings.factors(),
        made,
    }
}
