//! The bank's page: the buyer pays by transfer (decision D24).
//!
//! Invariant: as [`super`]; what the buyer decides is `pay`, `refuse` or `pending`. While the bank
//! decides, the page can still be decided.

use aval_domain::authorization::Provider;
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_gateway::operations::bank::{self, Deed};
use axum::response::Response;

use super::{Asked, Institution, Manner, Outcome, Texts, Visit, Which};

/// The page as the payment stands; `is_again` after a form that was no decision.
pub(super) fn look(visit: &Visit, is_again: bool) -> Response {
    match visit.sale.state {
        State::NotFinished | State::Pending => ask(visit, is_again),
        State::Aborted
        | State::Authorized(_)
        | State::Denied
        | State::Confirmed(_)
        | State::Voided { .. }
        | State::Refunded { .. } => visit.decided(Which::Transfer, Manner::Before),
    }
}

fn ask(visit: &Visit, is_again: bool) -> Response {
    let t = visit.t();
    let is_pending = visit.sale.state == State::Pending;
    let asked = Asked {
        title: t.bank_title,
        about: if is_pending {
            t.bank_pending_again
        } else {
            t.bank_about
        },
        usual: ("pay", t.bank_pay),
        others: [("pending", t.bank_pending), ("refuse", t.bank_refuse)],
        is_again,
    };
    visit.asking(Which::Transfer, asked)
}

pub(super) async fn decide(visit: Visit, decision: &str) -> Response {
    let deed = match decision {
        "pay" => Deed::Pay(None),
        "refuse" => Deed::Refuse,
        "pending" => Deed::Defer,
        _ => return look(&visit, true),
    };
    let (app, merchant, id) = (&visit.server.app, &visit.merchant, visit.sale.id);
    let result = visit
        .act(async |context| bank::act(app, merchant, id, deed, context).await)
        .await;
    visit.ended(result, Which::Transfer).await
}

pub(super) const fn institution(sale: &Sale) -> Institution {
    match sale.details.provider {
        Provider::BancoDoBrasil => Institution {
            name: "Banco do Brasil",
            mark: "BB",
            class: "brasil",
        },
        Provider::Bradesco | Provider::Simulado => Institution {
            name: "Bradesco",
            mark: "Br",
            class: "bradesco",
        },
    }
}

pub(super) fn outcome(sale: &Sale, t: &Texts) -> Outcome {
    let of = |class, title, about| Outcome {
        class,
        title,
        about,
    };
    match sale.state {
        State::Confirmed(_) | State::Authorized(_) => of("good", t.bank_good, t.bank_good_about),
        State::Denied => of("bad", t.bank_refused, t.bank_refused_about),
        State::NotFinished | State::Pending => of("open", t.bank_open, t.bank_open_about),
        State::Aborted => of("bad", t.buyer_aborted, t.buyer_aborted_about),
        State::Voided { .. } | State::Refunded { .. } => {
            of("open", t.buyer_voided, t.buyer_voided_about)
        }
    }
}
