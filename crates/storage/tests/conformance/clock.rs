//! Moving the clock: who may, step by step, and what commands ask of servers.
//!
//! Invariant: two who ask for one lease, one step or one move never both have it.

#![cfg(test)]

use aval_storage::ClockMove;

use crate::on_both_engines;
use crate::support::{NOW, Store, open};

on_both_engines!(
    of_two_who_would_move_the_clock_one_may_until_it_is_given_back_or_runs_out,
    a_setting_is_changed_by_who_knows_its_value,
    a_move_is_taken_once_and_its_outcome_told,
);

async fn of_two_who_would_move_the_clock_one_may_until_it_is_given_back_or_runs_out(store: Store) {
    let other = open(&store.target).await;
    let until = NOW.plus(1_000);
    let (ours, theirs) = tokio::join!(
        store.take_clock([1; 16], until, NOW),
        other.take_clock([2; 16], until, NOW)
    );
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    assert!(ours != theirs, "{ours} {theirs}");
    let (holder, loser) = if ours {
        ([1; 16], [2; 16])
    } else {
        ([2; 16], [1; 16])
    };
    let later = NOW.plus(999);
    assert!(store.clock_is_moved(later).await.unwrap());
    assert!(!store.take_clock(loser, until, later).await.unwrap());
    assert!(
        store
            .take_clock(holder, NOW.plus(2_000), later)
            .await
            .unwrap()
    );
    store.give_clock(loser).await.unwrap();
    assert!(
        store.clock_is_moved(until).await.unwrap(),
        "not theirs to give"
    );
    assert!(!store.clock_is_moved(NOW.plus(2_000)).await.unwrap());
    store.give_clock(holder).await.unwrap();
    assert!(!store.clock_is_moved(later).await.unwrap());
    assert!(store.take_clock(loser, until, later).await.unwrap());
}

async fn a_setting_is_changed_by_who_knows_its_value(store: Store) {
    let name = "clock.test";
    assert!(!store.change_setting(name, "0", "1").await.unwrap());
    store.claim_setting(name, "0").await.unwrap();
    let other = open(&store.target).await;
    let (ours, theirs) = tokio::join!(
        store.change_setting(name, "0", "1"),
        other.change_setting(name, "0", "2")
    );
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    assert!(ours != theirs, "{ours} {theirs}");
    let held = store.setting(name).await.unwrap();
    assert_eq!(held.as_deref(), Some(if ours { "1" } else { "2" }));
}

async fn a_move_is_taken_once_and_its_outcome_told(store: Store) {
    let other = open(&store.target).await;
    let kinds = [
        ClockMove::Advance(7),
        ClockMove::Set(NOW.plus(-5)),
        ClockMove::Reset,
    ];
    for (at, what) in (0_u8..).zip(kinds) {
        let asked_at = NOW.plus(at.into());
        store.ask_move([at; 16], what, asked_at).await.unwrap();
    }
    let asked = store.asked_moves(NOW.plus(-1)).await.unwrap();
    let asked: Vec<_> = asked.iter().map(|one| one.what).collect();
    assert_eq!(asked, kinds);
    let late = store.asked_moves(NOW).await.unwrap();
    assert_eq!(late.len(), 2, "the first was asked for too long ago");
    let (ours, theirs) = tokio::join!(store.take_move([0; 16]), other.take_move([0; 16]));
    assert!(ours.unwrap() != theirs.unwrap());
    assert!(!store.withdraw_move([0; 16]).await.unwrap(), "it is taken");
    assert!(store.withdraw_move([1; 16]).await.unwrap());
    assert!(!store.take_move([1; 16]).await.unwrap(), "it is withdrawn");
    store.end_move([0; 16], "Resolved=1").await.unwrap();
    let ended = store.asked_move([0; 16]).await.unwrap().unwrap();
    let told = (ended.taken, ended.outcome.as_deref());
    assert_eq!(told, (true, Some("Resolved=1")));
    store.forget_move([0; 16]).await.unwrap();
    assert_eq!(store.asked_move([0; 16]).await.unwrap(), None);
    assert_eq!(store.forget_moves(NOW.plus(1)).await.unwrap(), 0);
    assert_eq!(store.forget_moves(NOW.plus(3)).await.unwrap(), 1);
}
