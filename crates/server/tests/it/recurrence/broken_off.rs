//! Charges that are broken off wherever they wait, as a crash breaks them off (decisions D15, D32).
//!
//! Invariant: whatever was broken off where, afterwards each cycle is paid once, and what the
//! acquirer reserved is what the store says was authorized.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use aval_domain::payment::State;
use aval_domain::recurrence::{PlanStatus, RecurrentPayment};
use aval_gateway::operations::charge;
use aval_storage::Decision;
use serde_json::json;

use super::scheduled;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    a_charge_that_is_broken_off_wherever_it_waits_is_made_once,
    a_charge_that_is_broken_off_while_its_answer_is_looked_for_is_made_once,
);

/// More waits than any charge has.
const MOST: usize = 500;

/// Runs it until it has waited so many times, and drops it there; `None` when that was before its
/// end.
async fn broken_off<F: Future>(future: F, at: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut waits = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            waits += 1;
            if waits < at {
                Poll::Pending
            } else {
                Poll::Ready(None)
            }
        }
    })
    .await
}

/// Sets a fault whose delay is none.
async fn fault(gateway: &Gateway, of: &Caller, fault: &str) {
    let body = json!({"MerchantId": of.id, "Fault": fault, "DelayMs": 1}).to_string();
    let set = gateway.sandbox("PUT", "/sandbox/faults", &body).await;
    set.expect(200);
}

async fn plan(gateway: &Gateway, shop: &Caller) -> RecurrentPayment {
    let id = shop.recurs(&scheduled(1, "2027-01-31")).await;
    gateway.plan(shop, &id).await.unwrap()
}

async fn a_charge_that_is_broken_off_wherever_it_waits_is_made_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let app = &gateway.server.app;
    let mut all = Vec::new();
    for (how, most_waits) in [
        ("None", 1),
        ("Delay", 3),
        ("LostAfter", 2),
        ("LostBefore", 1),
    ] {
        let shop = gateway.merchant(&[]).await;
        fault(&gateway, &shop, how).await;
        let mut at = 0;
        loop {
            at += 1;
            assert!(at < MOST, "{how}: it never ends");
            let plan = plan(&gateway, &shop).await;
            let id = plan.id.to_string();
            let ended = broken_off(charge::charge(app, plan), at).await;
            all.push((how, at, shop.clone(), id));
            if let Some(done) = ended {
                done.unwrap();
                break;
            }
        }
        assert!(at > most_waits, "{how}: it waited {at} times only");
        fault(&gateway, &shop, "None").await;
    }
    gateway.days(5).await;
    for (how, at, shop, id) in all {
        charged_once(&gateway, &shop, &id, &format!("{how}, broken off at {at}")).await;
    }
}

async fn a_charge_that_is_broken_off_while_its_answer_is_looked_for_is_made_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let app = &gateway.server.app;
    let mut all = Vec::new();
    for how in ["LostAfter", "LostBefore"] {
        let shop = gateway.merchant(&[]).await;
        let mut at = 0;
        loop {
            at += 1;
            assert!(at < MOST, "{how}: it never ends");
            fault(&gateway, &shop, how).await;
            let plan = plan(&gateway, &shop).await;
            let id = plan.id;
            charge::charge(app, plan).await.unwrap();
            fault(&gateway, &shop, "None").await;
            let asked = gateway.plan(&shop, &id.to_string()).await.unwrap();
            assert!(asked.asking.is_some(), "{how}: {asked:?}");
            // The plan finds out itself, before the task for payments in doubt does.
            let ended = broken_off(charge::charge(app, asked), at).await;
            all.push((how, at, shop.clone(), id.to_string()));
            if let Some(done) = ended {
                done.unwrap();
                break;
            }
        }
        assert!(at > 3, "{how}: it waited {at} times only");
    }
    gateway.days(5).await;
    for (how, at, shop, id) in all {
        charged_once(&gateway, &shop, &id, &format!("{how}, broken off at {at}")).await;
    }
}

/// One paid charge of the only cycle that was due; everything else denied, and nothing reserved.
async fn charged_once(gateway: &Gateway, shop: &Caller, id: &str, case: &str) {
    let plan = gateway.plan(shop, id).await.unwrap();
    assert_eq!((plan.cycle, plan.successes), (1, 1), "{case}: {plan:?}");
    assert_eq!(
        (plan.status, plan.asking),
        (PlanStatus::Active, None),
        "{case}"
    );
    assert_eq!(plan.next.to_string(), "2027-02-28", "{case}");
    let storage = &gateway.server.app.storage;
    let of = shop.merchant_id();
    let charges = storage.recurrences(of, plan.id, 10).await.unwrap();
    let sales = storage.sales_of_order(of, &plan.order, 10).await.unwrap();
    assert_eq!(
        sales.len(),
        charges.len(),
        "{case}: a charge without its record"
    );
    let mut paid = 0;
    for charge in charges {
        let sale = storage.sale(of, charge.payment).await.unwrap().unwrap();
        let ledger = storage.simulated_attempt(of, sale.id).await.unwrap();
        let reserved = ledger.map(|ledger| ledger.decision == Decision::Approved);
        assert!(sale.state != State::NotFinished, "{case}: {sale:?}");
        assert_eq!(
            reserved.unwrap_or(sale.was_authorized()),
            sale.was_authorized(),
            "{case}"
        );
        let doubt = storage.unfinished(of, sale.id).await.unwrap();
        assert!(doubt.is_none(), "{case}: still in doubt");
        paid += usize::from(sale.was_authorized());
    }
    assert_eq!(paid, 1, "{case}");
}
