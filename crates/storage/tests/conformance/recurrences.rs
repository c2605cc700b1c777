//! Recurrences: plans as they were written, what is due in order, one paid charge for each cycle.
//!
//! Invariant: a cycle that was paid is never paid again, and who tries writes nothing at all.

#![cfg(test)]

use aval_domain::amount::Amount;
use aval_domain::id::{MerchantId, PaymentId, RecurrentPaymentId};
use aval_domain::recurrence::calendar::{Interval, RecurrencyDay};
use aval_domain::recurrence::{
    Begin, NewPlan, PlanDetails, PlanStatus, Recurrence, RecurrentPayment,
};
use aval_domain::time::{DAY, Timestamp};
use aval_storage::{CommitError, Conflict, Due, DuePlace, Part, RecurrenceWrite, Write};

use crate::on_both_engines;
use crate::support::{NOW, Store, by_hand, commit, merchant_id, open, sale, unique};

on_both_engines!(
    a_plan_is_read_as_it_was_written_and_changed,
    of_two_who_pay_a_cycle_one_does_and_the_other_writes_nothing,
    plans_are_due_in_order_page_by_page_and_not_when_they_stand_still,
    a_plan_whose_row_is_damaged_is_told_of_among_the_others,
    charges_are_listed_in_the_order_in_which_they_were_made,
    a_part_is_held_by_one_until_it_runs_out_or_is_given_back,
    a_part_that_was_taken_by_a_clock_ahead_of_all_others_can_be_taken,
    plans_are_listed_by_merchant_and_id,
    the_store_itself_refuses_a_plan_that_cannot_be,
);

fn plan_of(merchant: MerchantId) -> RecurrentPayment {
    let sold = sale(merchant, "7");
    let facts = Begin {
        merchant,
        id: RecurrentPaymentId::from_bytes((unique() << 8 | 7).to_be_bytes()),
        now: NOW,
        order: sold.order,
        amount: sold.amount,
        sealed: Some(vec![3; 44]),
        fingerprint: sold.fingerprint,
        details: PlanDetails {
            provider: sold.details.provider,
            customer: sold.details.customer,
            terms: sold.details.terms,
            card: sold.details.method.card().unwrap().clone(),
        },
    };
    let new = NewPlan {
        authorize_now: true,
        start: None,
        end: None,
        interval: Interval::Quarterly,
        named: None,
    };
    RecurrentPayment::begin(facts, &new.begun_on(NOW.day()), 1)
}

fn payment() -> PaymentId {
    PaymentId::from_bytes((unique() << 8 | 5).to_be_bytes())
}

fn paid(plan: &RecurrentPayment) -> Vec<Write> {
    let recurrence = plan.recurrence(payment(), NOW);
    vec![
        Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
            plan.clone().paid(NOW.day()),
        ))),
        Write::Recurrence(RecurrenceWrite::InsertPaid(recurrence)),
    ]
}

async fn written(store: &Store, plan: &RecurrentPayment) {
    let write = Write::Recurrence(RecurrenceWrite::InsertPlan(Box::new(plan.clone())));
    commit(store, plan.merchant, vec![write]).await.unwrap();
}

async fn a_plan_is_read_as_it_was_written_and_changed(store: Store) {
    let mut plan = plan_of(merchant_id());
    written(&store, &plan).await;
    let read = async || store.recurrent_payment(plan_key(&plan).0, plan.id).await;
    assert_eq!(read().await.unwrap(), Some(plan.clone()));
    let other = store.recurrent_payment(merchant_id(), plan.id).await;
    assert_eq!(other.unwrap(), None, "of another merchant");
    plan = plan.asked(payment(), NOW);
    plan.end = Some(plan.next);
    plan.interval = Interval::Annual;
    plan.day = RecurrencyDay::new(31).unwrap();
    plan.amount = Amount::new(1).unwrap();
    (plan.sealed, plan.fingerprint) = (None, None);
    plan.details.customer.name = Some("Outra".to_owned());
    let write = || {
        vec![Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
            plan.clone(),
        )))]
    };
    commit(&store, plan.merchant, write()).await.unwrap();
    let found = store.recurrent_payment(plan.merchant, plan.id).await;
    assert_eq!(found.unwrap(), Some(plan.clone()));
    let again = commit(&store, plan.merchant, write()).await;
    assert!(matches!(
        again,
        Err(CommitError::Conflict(Conflict::Version))
    ));
}

fn plan_key(plan: &RecurrentPayment) -> (MerchantId, RecurrentPaymentId) {
    (plan.merchant, plan.id)
}

async fn of_two_who_pay_a_cycle_one_does_and_the_other_writes_nothing(store: Store) {
    let plan = plan_of(merchant_id());
    written(&store, &plan).await;
    let other = open(&store.target).await;
    let (ours, theirs) = tokio::join!(
        commit(&store, plan.merchant, paid(&plan)),
        commit(&other, plan.merchant, paid(&plan))
    );
    assert!(ours.is_ok() != theirs.is_ok(), "{ours:?} {theirs:?}");
    let charges = store.recurrences(plan.merchant, plan.id, 10).await.unwrap();
    assert_eq!(charges.len(), 1);
    // Also when the version would let it: the cycle itself is taken.
    let found = store.recurrent_payment(plan.merchant, plan.id).await;
    let mut stale = found.unwrap().unwrap();
    stale.cycle = plan.cycle;
    let sold = sale(plan.merchant, "8");
    let mut writes = paid(&stale);
    writes.push(Write::InsertSale(Box::new(sold.clone())));
    let refused = commit(&store, plan.merchant, writes).await;
    assert!(
        matches!(refused, Err(CommitError::Conflict(Conflict::CyclePaid))),
        "{refused:?}"
    );
    assert_eq!(store.sale(plan.merchant, sold.id).await.unwrap(), None);
    let same = store.recurrences(plan.merchant, plan.id, 10).await.unwrap();
    assert_eq!(same, charges);
}

async fn plans_are_due_in_order_page_by_page_and_not_when_they_stand_still(store: Store) {
    let merchants = [merchant_id(), merchant_id()];
    let mut expected = Vec::new();
    for number in 0..10_i64 {
        let of = merchants[usize::from(number % 3 == 0)];
        let mut plan = plan_of(of);
        // Two at each moment, so that ids decide.
        plan.due_at = Some(NOW.plus(DAY.saturating_mul(number / 2)));
        written(&store, &plan).await;
        expected.push(plan);
    }
    let still = plan_of(merchants[0]).stopped(PlanStatus::Finished);
    written(
        &store,
        &RecurrentPayment {
            version: 1,
            ..still
        },
    )
    .await;
    expected.sort_by_key(|plan| (plan.due_at, plan.merchant, plan.id));
    assert_eq!(store.first_recurrence_due().await.unwrap(), Some(NOW));
    let end = NOW.plus(DAY * 3);
    let mut found = Vec::new();
    let mut after = DuePlace::START;
    loop {
        let page = store.due_recurrences(end, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.place();
        found.extend(page.into_iter().map(readable));
    }
    assert_eq!(found, expected[..8]);
    assert_eq!(store.waiting_recurrences(end).await.unwrap(), 8);
    let before = Timestamp::from_micros(0);
    let none = store
        .due_recurrences(before, DuePlace::START, 3)
        .await
        .unwrap();
    assert!(none.is_empty());
}

fn readable(due: Due) -> RecurrentPayment {
    match due {
        Due::Plan(plan) => *plan,
        Due::Damaged(_, why) => panic!("{why}"),
    }
}

async fn a_plan_whose_row_is_damaged_is_told_of_among_the_others(store: Store) {
    let merchant = merchant_id();
    let mut plans: Vec<RecurrentPayment> = (0..3).map(|_| plan_of(merchant)).collect();
    plans.sort_by_key(|plan| plan.id);
    for plan in &mut plans {
        plan.due_at = Some(NOW);
        written(&store, plan).await;
    }
    let damaged = &plans[1];
    let id: String = damaged
        .id
        .as_bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let id = match &store.target {
        aval_storage::Target::Sqlite(_) => format!("x'{id}'"),
        aval_storage::Target::Postgres(_) => format!("'{id}'"),
    };
    let set = "UPDATE recurrent_payments SET details = '{}'";
    let sql = format!("{set} WHERE recurrent_payment_id = {id}");
    by_hand(&store.target, &sql).await;
    let page = store.due_recurrences(NOW, DuePlace::START, 10).await;
    let page: Vec<Due> = page.unwrap();
    let places: Vec<_> = page.iter().map(|due| due.place().plan()).collect();
    let ids: Vec<_> = plans.iter().map(|plan| plan.id).collect();
    assert_eq!(places, ids, "each has its place");
    let Due::Damaged(place, why) = &page[1] else {
        panic!("it was read")
    };
    assert_eq!(place.merchant(), merchant);
    let why = why.to_string();
    assert!(why.contains("recurrent_payments.details"), "{why}");
    let rest = store.due_recurrences(NOW, page[1].place(), 10).await;
    let rest: Vec<_> = rest.unwrap().into_iter().map(readable).collect();
    assert_eq!(rest, plans[2..]);
}

async fn charges_are_listed_in_the_order_in_which_they_were_made(store: Store) {
    let plan = plan_of(merchant_id());
    let charge = |cycle, attempt| Recurrence {
        merchant: plan.merchant,
        plan: plan.id,
        cycle,
        attempt,
        payment: payment(),
        at: NOW,
    };
    let [first, tried, second, third] = [charge(0, 1), charge(1, 1), charge(1, 2), charge(2, 1)];
    let writes = vec![
        Write::Recurrence(RecurrenceWrite::InsertPaid(second.clone())),
        Write::Recurrence(RecurrenceWrite::InsertDenied(tried.clone())),
        Write::Recurrence(RecurrenceWrite::InsertPaid(first.clone())),
        Write::Recurrence(RecurrenceWrite::InsertPaid(third.clone())),
    ];
    commit(&store, plan.merchant, writes).await.unwrap();
    let all = store.recurrences(plan.merchant, plan.id, 10).await.unwrap();
    assert_eq!(all, [first, tried.clone(), second, third.clone()]);
    let newest = store.recurrences(plan.merchant, plan.id, 1).await.unwrap();
    assert_eq!(newest, [tried, third], "of each kind the newest");
}

async fn a_part_is_held_by_one_until_it_runs_out_or_is_given_back(store: Store) {
    let (part, other) = (
        Part::of(MerchantId::from_bytes([1; 16])),
        open(&store.target).await,
    );
    let until = NOW.plus(1_000);
    let (ours, theirs) = tokio::join!(
        store.take_part(part, [1; 16], until, NOW),
        other.take_part(part, [2; 16], until, NOW)
    );
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    assert!(ours != theirs, "{ours} {theirs}");
    let (holder, loser) = if ours {
        ([1; 16], [2; 16])
    } else {
        ([2; 16], [1; 16])
    };
    let elsewhere = Part::of(MerchantId::from_bytes([2; 16]));
    assert!(store.take_part(elsewhere, loser, until, NOW).await.unwrap());
    assert!(
        !store
            .take_part(part, loser, until, NOW.plus(999))
            .await
            .unwrap()
    );
    assert!(
        store
            .take_part(part, holder, until.plus(1), NOW)
            .await
            .unwrap()
    );
    assert!(
        !store.take_part(part, loser, until, until).await.unwrap(),
        "it was kept"
    );
    assert!(
        store
            .take_part(part, loser, until.plus(9), until.plus(1))
            .await
            .unwrap()
    );
    store.give_parts(holder).await.unwrap();
    assert!(!store.take_part(part, holder, until, until).await.unwrap());
    store.give_parts(loser).await.unwrap();
    assert!(store.take_part(part, holder, until, until).await.unwrap());
    assert!(
        store
            .take_part(elsewhere, holder, until, until)
            .await
            .unwrap()
    );
}

async fn a_part_that_was_taken_by_a_clock_ahead_of_all_others_can_be_taken(store: Store) {
    let part = Part::of(MerchantId::from_bytes([3; 16]));
    let take =
        |holder: u8, now: Timestamp| store.take_part(part, [holder; 16], now.plus(5_000_000), now);
    assert!(take(1, NOW.plus(DAY)).await.unwrap());
    // That server has ended, and the clocks of the others are right.
    assert!(take(2, NOW).await.unwrap());
    assert!(
        !take(3, NOW.plus(1)).await.unwrap(),
        "held by one whose clock is right"
    );
}

async fn plans_are_listed_by_merchant_and_id(store: Store) {
    let mut all = Vec::new();
    for of in [merchant_id(), merchant_id()] {
        for _ in 0..2 {
            let plan = plan_of(of);
            written(&store, &plan).await;
            all.push(plan);
        }
    }
    all.sort_by_key(plan_key);
    let start = (
        MerchantId::from_bytes([0; 16]),
        RecurrentPaymentId::from_bytes([0; 16]),
    );
    assert_eq!(store.recurrent_payments(start, 3).await.unwrap(), all[..3]);
    let rest = store
        .recurrent_payments(plan_key(&all[2]), 3)
        .await
        .unwrap();
    assert_eq!(rest, all[3..]);
    let (of, first) = plan_key(&all[0]);
    let later = store.recurrent_payments_of(of, first, 3).await.unwrap();
    assert_eq!(later, all[1..2]);
    let last = RecurrentPaymentId::from_bytes([0xff; 16]);
    let newest = store.recurrent_payments_before(of, last, 3).await.unwrap();
    assert_eq!(newest, [all[1].clone(), all[0].clone()]);
    let before = plan_key(&all[1]).1;
    let older = store
        .recurrent_payments_before(of, before, 3)
        .await
        .unwrap();
    assert_eq!(older, all[..1]);
}

async fn the_store_itself_refuses_a_plan_that_cannot_be(store: Store) {
    let good = plan_of(merchant_id());
    let bad = [
        RecurrentPayment {
            due_at: None,
            ..good.clone()
        },
        RecurrentPayment {
            start: good.next.tomorrow().unwrap(),
            ..good.clone()
        },
        RecurrentPayment {
            attempts: 5,
            ..good.clone()
        },
    ];
    for plan in bad {
        let write = Write::Recurrence(RecurrenceWrite::InsertPlan(Box::new(plan)));
        let refused = commit(&store, good.merchant, vec![write]).await;
        assert!(
            matches!(refused, Err(CommitError::Refused(_))),
            "{refused:?}"
        );
    }
    written(&store, &good).await;
}
