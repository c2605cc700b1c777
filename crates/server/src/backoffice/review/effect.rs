//! What accepting or rejecting a sale will do, before somebody does it (decision D46).
//!
//! Invariant: no rule stands here twice: the decision is made on a copy of the sale, and what
//! became of it is told.

use aval_domain::fraud::analysis::Verdict;
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;

use super::text::Texts;
use crate::backoffice::money::reais;
use crate::pages::Language;

/// What accepting does.
pub(super) fn of_accepting(
    sale: &Sale,
    now: Timestamp,
    (t, language): (&'static Texts, Language),
) -> String {
    let (after, acts) = sale.clone().reviewed(Verdict::Accept, now);
    match after.state.capture_made().filter(|_| acts) {
        Some(made) => {
            let amount = reais(made.amount.cents(), language);
            format!("{} {amount}.", t.accept_captures)
        }
        None if matches!(sale.state, State::Authorized(_)) => t.accept_keeps.to_owned(),
        None => t.accept_marks.to_owned(),
    }
}

/// What rejecting does, sentence by sentence.
pub(super) fn of_rejecting(
    sale: &Sale,
    now: Timestamp,
    (t, language): (&'static Texts, Language),
) -> String {
    let given = |sale: &Sale| {
        let given = sale.state.given_back(sale.amount);
        given.map_or(0, |given| given.amount.cents())
    };
    let (after, acts) = sale.clone().reviewed(Verdict::Reject, now);
    let analysis = sale.details.fraud.as_deref();
    let is_first = analysis.is_some_and(|analysis| analysis.request.analyses_first());
    let mut told = Vec::new();
    if acts {
        let cents = given(&after).saturating_sub(given(sale));
        let what = match sale.state.capture_made() {
            Some(_) => t.reject_gives_back,
            None => t.reject_releases,
        };
        told.push(format!("{what} {}.", reais(cents, language)));
    } else {
        let what = match &sale.state {
            State::NotFinished if is_first => t.reject_ends,
            State::Authorized(_) | State::Confirmed(_) => t.reject_keeps,
            State::NotFinished
            | State::Pending
            | State::Aborted
            | State::Denied
            | State::Voided { .. }
            | State::Refunded { .. } => t.reject_marks,
        };
        told.push(what.to_owned());
    }
    let customer = &sale.details.customer;
    if customer.address.is_some() || customer.delivery_address.is_some() {
        told.push(t.reject_suspects.to_owned());
    }
    let recurrence = sale.details.recurrence.as_ref();
    if recurrence.is_some_and(|recurrence| recurrence.began.is_some()) {
        told.push(t.reject_stops.to_owned());
    }
    told.join(" ")
}
