//! Money under concurrency: many clients at one payment, on one server and on two.
//!
//! Invariant: what is captured and given back is read from the store afterwards and compared with
//! what was answered; nothing is lost and nothing happens twice (decisions D10 and D16).

use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    of_64_captures_at_once_one_wins,
    of_64_captures_over_two_servers_one_wins,
    parts_voided_at_once_never_exceed_the_capture,
    parts_voided_over_two_servers_never_exceed_the_capture,
    a_capture_and_a_void_at_once_leave_a_legal_state,
}

/// Sends one PUT for each target at once, by turns to each of the callers.
async fn at_once(callers: &[&Caller], targets: Vec<String>) -> Vec<Answer> {
    let turns = callers.iter().cycle();
    let tasks: Vec<_> = turns
        .zip(targets)
        .map(|(caller, target)| caller.request("PUT", &target))
        .map(|request| tokio::spawn(async move { request.send().await }))
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// Fails unless exactly one capture won and the others were told 308.
async fn one_capture_wins(callers: &[&Caller]) {
    for _ in 0..3 {
        let id = callers[0].authorized().await;
        // Each of another amount, so that the winner can be told.
        let target = |cents| format!("/1/sales/{id}/capture?amount={cents}");
        let answers = at_once(callers, (1..=64).map(target).collect()).await;
        let mut winners = Vec::new();
        for (cents, answer) in (1..).zip(answers) {
            match answer.status {
                200 => winners.push((cents, answer.at("/ProofOfSale"))),
                _ => drop(answer.expect_error(400, 308)),
            }
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        let payment = callers[0].sale(&id).await.expect(200).at("/Payment");
        assert_eq!(payment["Status"], 2);
        assert_eq!(payment["CapturedAmount"], winners[0].0);
        assert_eq!(payment["ProofOfSale"], winners[0].1);
    }
}

/// Fails unless the parts that were voided are as many as fit, and no more.
async fn parts_fit(gateway: &Gateway, callers: &[&Caller]) {
    let id = gateway.authorized().await;
    gateway.capture(&id, "?amount=10000").await.expect(200);
    // Nine parts of 1,100 fit into 10,000 and 100 cents are left.
    let target = format!("/1/sales/{id}/void?amount=1100");
    let mut voided = 0;
    for answer in at_once(callers, vec![target; 64]).await {
        match answer.status {
            200 => voided += 1_100,
            _ => drop(answer.expect_error(400, 309)),
        }
    }
    assert_eq!(voided, 9_900);
    let payment = gateway.sale(&id).await.expect(200).at("/Payment");
    assert_eq!(payment["Status"], 2);
    assert_eq!(payment["VoidedAmount"], voided);
    let app = &gateway.server.app;
    let payment = aval_domain::id::PaymentId::parse(&id).unwrap();
    let made = app.storage.operations(gateway.merchant_id(), payment).await;
    let amounts: Vec<i64> = made
        .unwrap()
        .iter()
        .map(|made| made.amount.cents())
        .collect();
    assert_eq!(amounts, [&[10_000][..], &[1_100; 9]].concat());
}

async fn of_64_captures_at_once_one_wins(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    one_capture_wins(&[&gateway]).await;
}

async fn of_64_captures_over_two_servers_one_wins(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    one_capture_wins(&[&gateway, &beside]).await;
}

async fn parts_voided_at_once_never_exceed_the_capture(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    parts_fit(&gateway, &[&gateway]).await;
}

async fn parts_voided_over_two_servers_never_exceed_the_capture(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    parts_fit(&gateway, &[&gateway, &beside]).await;
}

async fn a_capture_and_a_void_at_once_leave_a_legal_state(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    for round in 0..16 {
        let id = gateway.authorized().await;
        let call = |call: &str| format!("/1/sales/{id}/{call}");
        let mut callers: [&Caller; 2] = [&gateway, &beside];
        if round % 2 == 0 {
            callers.reverse();
        }
        let answers = at_once(&callers, vec![call("capture"), call("void")]).await;
        let statuses = [answers[0].status, answers[1].status];
        let payment = gateway.sale(&id).await.expect(200).at("/Payment");
        assert_eq!(payment["Status"], 10, "the void always finds something");
        assert_eq!(payment["VoidedAmount"], 15_700);
        match statuses {
            // Captured first, then voided.
            [200, 200] => assert_eq!(payment["CapturedAmount"], 15_700),
            // Voided first: nothing is left to capture.
            [400, 200] => {
                assert_eq!(answers[0].codes(), [308]);
                assert!(payment["CapturedAmount"].is_null());
            }
            other => panic!("{other:?}"),
        }
    }
}
