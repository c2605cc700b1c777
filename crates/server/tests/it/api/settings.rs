//! What a merchant may do: blocked, addresses, rate limits, keys, and changes made beside a
//! running server.
//!
//! Invariant: a change made by another process holds within two seconds, without a restart.

use std::time::Duration;

use aval_domain::merchant::Dialect;
use aval_domain::time::{DAY, HOUR};
use aval_gateway::audit::By;
use aval_gateway::operations::merchant;

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_change_beside_a_running_server_holds_within_two_seconds,
    a_blocked_merchant_is_shut_out_until_it_is_unblocked,
}

/// Asks until the answer is as wanted; fails after two seconds.
async fn within_two_seconds(caller: &Caller, wanted: impl Fn(&Answer) -> bool) {
    let asking = async {
        while !wanted(&caller.sell(&Body::sale(1)).await) {
            tokio::task::yield_now().await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(2), asking).await;
    asked.expect("the change does not hold after two seconds");
}

async fn a_change_beside_a_running_server_holds_within_two_seconds(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    gateway.sell(&Body::sale(1)).await.expect(201);
    let id = gateway.merchant_id();
    beside.set(id, &[("credit", "false")]).await;
    within_two_seconds(&gateway, |answer| answer.status == 400).await;
    gateway.sell(&Body::sale(1)).await.expect_error(400, 173);
    beside
        .set(id, &[("credit", "true"), ("dialect", "live")])
        .await;
    within_two_seconds(&gateway, |answer| answer.status == 201).await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(sold.at("/Payment/Interest"), 0);
    beside.change(id, |merchant| merchant.blocked = true).await;
    within_two_seconds(&gateway, |answer| answer.status == 400).await;
    gateway.sell(&Body::sale(1)).await.expect_error(400, 116);
}

async fn a_blocked_merchant_is_shut_out_until_it_is_unblocked(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let id = gateway.authorized().await;
    let merchant = gateway.merchant_id();
    gateway
        .change(merchant, |merchant| merchant.blocked = true)
        .await;
    gateway.capture(&id, "").await.expect_error(400, 116);
    gateway.sale(&id).await.expect_error(400, 116);
    gateway.tokenize(&Body::card()).await.expect_error(400, 116);
    gateway
        .change(merchant, |merchant| merchant.blocked = false)
        .await;
    gateway.capture(&id, "").await.expect(200);
}

#[tokio::test]
async fn a_blocked_merchant_is_told_so_only_with_the_right_key() {
    let gateway = Gateway::sqlite().await;
    let merchant = gateway.merchant_id();
    gateway
        .change(merchant, |merchant| merchant.blocked = true)
        .await;
    let stranger = Caller {
        key: "X".repeat(40),
        ..gateway.caller.clone()
    };
    stranger.sell(&Body::sale(1)).await.expect_error(400, 132);
}

#[tokio::test]
async fn addresses_outside_the_list_are_refused_in_the_words_of_the_dialect() {
    let elsewhere = [("ip_allow_list", "10.0.0.0/8, 192.0.2.7")];
    let here = [("ip_allow_list", "10.0.0.0/8,127.0.0.1")];
    let manual = Gateway::sqlite().await;
    let refused = manual.merchant(&elsewhere).await;
    refused.sell(&Body::sale(1)).await.expect_error(400, 120);
    let admitted = manual.merchant(&here).await;
    admitted.sell(&Body::sale(1)).await.expect(201);
    let live = Gateway::speaking(Dialect::Live).await;
    let refused = live.merchant(&elsewhere).await.sell(&Body::sale(1)).await;
    assert_eq!(refused.expect(403).text(), "");
    let admitted = live.merchant(&here).await;
    admitted.sell(&Body::sale(1)).await.expect(201);
}

#[tokio::test]
async fn a_merchant_over_its_rate_limit_is_told_429_and_others_are_not() {
    let gateway = Gateway::sqlite().await;
    let limited = gateway.merchant(&[("rate_limit_per_second", "2")]).await;
    let begun = tokio::time::Instant::now();
    let mut refusals = Vec::new();
    let mut sold = 0;
    while refusals.is_empty() {
        let answer = limited.sell(&Body::sale(1)).await;
        match answer.status {
            201 => sold += 1,
            _ => refusals.push(answer),
        }
    }
    // A second's worth at once, and what has come back in the time it took.
    let most = 3 + begun.elapsed().as_secs() * 2;
    assert!(
        (2..=most).contains(&sold),
        "{sold} sales, {most} at the most"
    );
    let refused = refusals.remove(0).expect_error(429, 9004);
    let message = "Too many requests for this MerchantId";
    assert_eq!(refused.at("/0/Message"), message);
    assert!(refused.header("retry-after").is_some());
    gateway.sell(&Body::sale(1)).await.expect(201);
}

#[tokio::test]
async fn a_rolled_key_and_the_one_before_hold_together_for_a_day() {
    let gateway = Gateway::sqlite().await;
    let app = &gateway.server.app;
    let rolled = merchant::roll_key(app, gateway.merchant_id(), By::COMMAND_LINE).await;
    let rolled = rolled.unwrap().unwrap();
    let new = Caller {
        key: rolled.key.to_string(),
        ..gateway.caller.clone()
    };
    gateway.advance(DAY - HOUR).await;
    gateway.sell(&Body::sale(1)).await.expect(201);
    new.sell(&Body::sale(1)).await.expect(201);
    gateway.advance(2 * HOUR).await;
    gateway.sell(&Body::sale(1)).await.expect_error(400, 132);
    new.sell(&Body::sale(1)).await.expect(201);
}
