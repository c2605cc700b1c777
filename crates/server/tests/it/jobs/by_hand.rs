//! Capturing and voiding one payment from the back office.
//!
//! Invariant: one form has one effect.

use aval_domain::audit::Act;
use aval_domain::job::JobKind;
use aval_domain::refusal::Refusal;
use aval_gateway::error::Error;
use aval_gateway::operations::by_hand::{self, Acted, Wish};

use super::{cents, id};
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    a_form_has_one_effect_however_often_and_wherever_it_is_sent,
    what_the_api_would_refuse_is_refused,
);

fn wish<'a>(kind: JobKind, payment: &str, amount: i64, form: &'a str) -> Wish<'a> {
    Wish {
        kind,
        payment: id(payment),
        amount: cents(amount),
        by: "ana",
        form,
        request_id: "r",
    }
}

async fn act(gateway: &Gateway, wish: Wish<'_>) -> Result<Acted, Error> {
    let app = &gateway.server.app;
    let owner = gateway.caller.merchant_id();
    let merchant = app.merchants.find(&app.storage, &app.keys, owner).await;
    let told = Act::new(wish.by, "payment.capture", &wish.payment.to_string());
    by_hand::act(app, &merchant.unwrap().unwrap(), wish, &told).await
}

async fn a_form_has_one_effect_however_often_and_wherever_it_is_sent(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let payment = gateway.captured().await;
    for number in 1..=8 {
        let form = format!("f{number}");
        let part = wish(JobKind::Void, &payment, 100, &form);
        let acts = tokio::join!(
            act(&gateway, part),
            act(&gateway, part),
            act(&beside, part),
            act(&beside, part)
        );
        let all = [acts.0, acts.1, acts.2, acts.3];
        let now = all
            .iter()
            .filter(|acted| matches!(acted.as_ref().unwrap(), Acted::Now(_)))
            .count();
        assert_eq!(now, 1, "{all:?}");
        assert_eq!(gateway.stands(&payment).await, (2, 15_700, number * 100));
    }
    let owner = gateway.caller.merchant_id();
    let storage = &gateway.server.app.storage;
    let found = storage.operations(owner, id(&payment)).await.unwrap();
    assert_eq!(found.len(), 8);
    let log = storage.entries_after(owner, 0, 100).await.unwrap();
    assert_eq!(log.len(), 8, "one entry for each effect");
    assert!(found.iter().all(|one| one.by.as_deref() == Some("ana")));
}

async fn what_the_api_would_refuse_is_refused(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let payment = gateway.authorized().await;
    let more = wish(JobKind::Capture, &payment, 15_701, "a");
    let refused = act(&gateway, more).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::CaptureAmount))),
        "{refused:?}"
    );
    let part = wish(JobKind::Void, &payment, 100, "b");
    let refused = act(&gateway, part).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::VoidAmount))),
        "{refused:?}"
    );
    let part = wish(JobKind::Capture, &payment, 100, "c");
    assert!(matches!(act(&gateway, part).await, Ok(Acted::Now(_))));
    assert_eq!(gateway.stands(&payment).await, (2, 100, 0));
    let other = gateway.merchant(&[]).await.authorized().await;
    let foreign = act(&gateway, wish(JobKind::Capture, &other, 100, "d")).await;
    assert!(
        matches!(foreign, Err(Error::Refused(Refusal::PaymentNotFound))),
        "{foreign:?}"
    );
}
