//! Whether the server has what it acknowledged.
//!
//! Invariant: a sale that was acknowledged is there once, with its amounts; one in doubt is there
//! once or not at all. More was never captured than authorized, nor voided than captured.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::home::Merchant;
use super::http::Http;
use super::load::{Doubt, Sale, Step};

/// Clients that check at once.
const CHECKERS: usize = 4;

/// Asks the server for each sale; gives how many it has.
pub fn all(api: SocketAddr, merchant: &Merchant, sales: &[Sale]) -> usize {
    let (next, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CHECKERS {
            scope.spawn(|| {
                let mut http = Http::new(api);
                while let Some(sale) = sales.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if one(&mut http, merchant, sale) {
                        found.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    found.into_inner()
}

/// Checks a sale; says whether the server has it.
fn one(http: &mut Http, merchant: &Merchant, sale: &Sale) -> bool {
    let path = format!("/1/sales?merchantOrderId={}", sale.order);
    let answer = http.must(&merchant.request("GET", path));
    let ids: Vec<String> = match answer.status {
        404 => Vec::new(),
        _ => {
            let listed = answer.expect(200).json();
            let listed = listed["Payment"].as_array().unwrap().iter();
            let id = |payment: &Value| payment["PaymentId"].as_str().unwrap().to_owned();
            listed.map(id).collect()
        }
    };
    match (&sale.id, ids.as_slice()) {
        (Some(id), [found]) => assert_eq!(found, id, "{sale:?}"),
        (Some(_), _) => panic!("acknowledged once, found {ids:?}: {sale:?}"),
        (None, []) => return false,
        (None, [_]) => {}
        (None, _) => panic!("sent once, found {ids:?}: {sale:?}"),
    }
    let path = format!("/1/sales/{}", ids[0]);
    let found = http.must(&merchant.request("GET", path)).expect(200).json();
    amounts(sale, &found["Payment"]);
    if let Some(token) = &sale.token {
        let path = format!("/1/card/{token}");
        http.must(&merchant.request("GET", path)).expect(200);
    }
    true
}

fn amounts(sale: &Sale, payment: &Value) {
    let cents = |name: &str| payment[name].as_u64().unwrap_or(0);
    let (amount, status) = (cents("Amount"), cents("Status"));
    let (captured, voided) = (cents("CapturedAmount"), cents("VoidedAmount"));
    assert_eq!(amount, sale.amount, "{sale:?}: {payment}");
    let (mut captures, mut voids) = (vec![sale.captured], vec![sale.voided]);
    match sale.doubt.as_ref().map(|Doubt { step, .. }| *step) {
        Some(Step::Sell { capture: true }) => captures = vec![sale.amount],
        Some(Step::Sell { capture: false }) | None => {}
        Some(Step::Capture(more)) => captures.push(more),
        Some(Step::Void(more)) => voids.push(sale.voided + more),
    }
    assert!(captures.contains(&captured), "{sale:?}: {payment}");
    assert!(voids.contains(&voided), "{sale:?}: {payment}");
    assert!(captured <= amount, "{payment}");
    let given_back_at_most = if captured > 0 { captured } else { amount };
    assert!(voided <= given_back_at_most, "{payment}");
    let expected = match (captured, voided) {
        (_, voided) if voided == given_back_at_most => 10,
        (0, _) => 1,
        _ => 2,
    };
    assert_eq!(status, expected, "{sale:?}: {payment}");
}
