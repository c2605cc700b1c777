//! The issuer's page: the buyer of a card sale proves who he is (decision D24).
//!
//! Invariant: as [`super`]; what the buyer decides is `approve`, `fail` or `abandon`.

use aval_domain::buyer::NOT_AUTHENTICATED;
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_gateway::operations::authenticate::{self, Visit as Outcomes};
use axum::response::Response;

use super::{Asked, Institution, Manner, Outcome, Texts, Visit, Which, failed};

/// The page as the payment stands; `is_again` after a form that was no decision.
pub(super) async fn look(visit: &Visit, is_again: bool) -> Response {
    match authenticate::is_awaited(&visit.server.app, &visit.sale).await {
        Ok(true) => ask(visit, is_again),
        Ok(false) => visit.decided(Which::Authentication, Manner::Before),
        Err(error) => failed(visit.language, &error),
    }
}

fn ask(visit: &Visit, is_again: bool) -> Response {
    let t = visit.t();
    let asked = Asked {
        title: t.issuer_title,
        about: t.issuer_about,
        usual: ("approve", t.issuer_approve),
        others: [("fail", t.issuer_fail), ("abandon", t.issuer_abandon)],
        is_again,
    };
    visit.asking(Which::Authentication, asked)
}

pub(super) async fn decide(visit: Visit, decision: &str) -> Response {
    let outcome = match decision {
        "approve" => Outcomes::Known,
        "fail" => Outcomes::Unknown,
        "abandon" => Outcomes::GivenUp,
        _ => return look(&visit, true).await,
    };
    let (app, merchant, id) = (&visit.server.app, &visit.merchant, visit.sale.id);
    let result = visit
        .act(async |context| authenticate::decide(app, merchant, id, outcome, context).await)
        .await;
    visit.ended(result, Which::Authentication).await
}

pub(super) const fn institution(t: &Texts) -> Institution {
    Institution {
        name: t.issuer_name,
        mark: "BE",
        class: "issuer",
    }
}

pub(super) fn outcome(sale: &Sale, t: &Texts) -> Outcome {
    let of = |class, title, about| Outcome {
        class,
        title,
        about,
    };
    let code = sale.receipt.as_ref().map(|receipt| &*receipt.return_code);
    match sale.state {
        State::Authorized(_) | State::Confirmed(_) => {
            of("good", t.issuer_good, t.issuer_good_about)
        }
        State::Denied if code == Some(NOT_AUTHENTICATED) => {
            of("bad", t.issuer_failed, t.issuer_failed_about)
        }
        State::Denied => of("bad", t.issuer_denied, t.issuer_denied_about),
        State::Aborted => of("bad", t.buyer_aborted, t.buyer_aborted_about),
        State::NotFinished | State::Pending => of("open", t.issuer_open, t.issuer_open_about),
        State::Voided { .. } | State::Refunded { .. } => {
            of("open", t.buyer_voided, t.buyer_voided_about)
        }
    }
}
