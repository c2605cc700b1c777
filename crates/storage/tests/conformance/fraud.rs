//! Fraud analysis: the history in its order, reviews that are decided once, lists, rules.
//!
//! Invariant: a sale of the history is there when its sale is.

#![cfg(test)]

use aval_domain::fraud::analysis::{Analysis, Status, Verdict};
use aval_domain::fraud::history::{Element, Event, Fate, Keys};
use aval_domain::fraud::lists::List;
use aval_domain::fraud::request::Request;
use aval_domain::fraud::review::{Progress, Review};
use aval_domain::fraud::rule::{Action, Rule};
use aval_domain::fraud::velocity;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::{DAY, Timestamp};
use aval_storage::fraud::{
    DueReview, EventPlace, FraudPlace, FraudWrite, ListEntry, StoredEvent, StoredRule, day_of,
};
use aval_storage::{CommitError, Conflict, Write};

use crate::on_both_engines;
use crate::support::{NOW, Store, by_hand, commit, merchant_id, sale, sold, unique};

on_both_engines!(
    a_sale_comes_back_with_its_analysis_and_where_it_stands,
    the_history_comes_back_the_newest_first_a_page_at_a_time,
    every_fate_and_what_is_told_again_come_back,
    the_servers_that_wrote_are_found_with_what_each_wrote_last,
    what_is_older_than_its_time_is_forgotten_and_no_more_than_asked_for,
    a_review_is_decided_by_one_of_two,
    reviews_wait_by_merchant_and_fall_due_by_moment,
    an_entry_is_on_one_list_and_goes,
    rules_come_in_their_order_and_are_replaced,
);

fn payment(number: u128) -> PaymentId {
    PaymentId::from_bytes((unique() << 16 | number).to_be_bytes())
}

fn event(at: Timestamp, server: u8, payment: PaymentId) -> StoredEvent {
    let mut keys = Keys::default();
    keys.set(Element::Card, u64::MAX);
    keys.set(Element::Name, 5);
    let fate = Fate {
        denied: true,
        ..Fate::default()
    };
    StoredEvent {
        day: day_of(at),
        server: [server; 16],
        payment,
        event: Event {
            at,
            keys,
            amount: 15_700,
            fate,
        },
        amends: false,
    }
}

fn insert(event: &StoredEvent) -> Write {
    Write::Fraud(FraudWrite::InsertEvent(Box::new(event.clone())))
}

fn review(of: MerchantId, payment: PaymentId, due_at: Timestamp) -> Review {
    Review {
        merchant: of,
        payment,
        version: 1,
        progress: Progress::Waiting,
        due_at,
        note: String::new(),
        decided_by: None,
        decided_at: None,
        score: 70,
        created_at: NOW,
    }
}

/// Before all payments.
const FIRST: PaymentId = PaymentId::from_bytes([0; 16]);
/// After all that is written.
const END: EventPlace = EventPlace {
    day: i64::MAX,
    server: [255; 16],
    payment: PaymentId::from_bytes([255; 16]),
};

async fn a_sale_comes_back_with_its_analysis_and_where_it_stands(store: Store) {
    let of = merchant_id();
    let request = Request {
        finger_print_id: Some("074c".to_owned()),
        ..Request::default()
    };
    let analysis = Analysis::not_made("1".to_owned(), request);
    let said = velocity::Analysis {
        result_message: "Accept".to_owned(),
        score: 0,
        limit: None,
    };
    let plain = sold(&store, of, "1").await;
    let analysed = sale(of, "2")
        .analysed(Status::Review, analysis)
        .measured(said);
    let first = event(NOW, 1, analysed.id);
    let writes = vec![
        Write::InsertSale(Box::new(analysed.clone())),
        insert(&first),
    ];
    commit(&store, of, writes).await.unwrap();
    let found = store.sale(of, analysed.id).await.unwrap().unwrap();
    assert_eq!(found, analysed);
    let (reviewed, _) = found.reviewed(Verdict::Accept, NOW);
    let update = Write::UpdateSale(Box::new(reviewed.clone()));
    commit(&store, of, vec![update]).await.unwrap();
    let found = store.sale(of, analysed.id).await.unwrap().unwrap();
    assert_eq!(found.analysis, Some(Status::Accept));
    assert_eq!(found, reviewed);
    let found = store.sale(of, plain.id).await.unwrap().unwrap();
    assert_eq!((found.analysis, found.details.fraud), (None, None));
    assert_eq!(
        store.fraud_events_before(of, END, 10).await.unwrap(),
        [first]
    );
}

async fn the_history_comes_back_the_newest_first_a_page_at_a_time(store: Store) {
    let of = merchant_id();
    let ids: Vec<PaymentId> = (1..=4).map(payment).collect();
    let written = [
        event(NOW, 2, ids[0]),
        event(NOW.plus(DAY), 1, ids[1]),
        event(NOW, 1, ids[3]),
        event(NOW, 1, ids[2]),
    ];
    let writes = written.iter().map(insert).collect();
    commit(&store, of, writes).await.unwrap();
    let other = event(NOW, 1, payment(9));
    commit(&store, merchant_id(), vec![insert(&other)])
        .await
        .unwrap();
    let order = [&written[1], &written[0], &written[2], &written[3]].map(Clone::clone);
    let found = store.fraud_events_before(of, END, 10).await.unwrap();
    assert_eq!(found, order);
    let first = store.fraud_events_before(of, END, 2).await.unwrap();
    assert_eq!(first, order[..2]);
    let last = &first[1];
    let before = EventPlace {
        day: last.day,
        server: last.server,
        payment: last.payment,
    };
    let rest = store.fraud_events_before(of, before, 2).await.unwrap();
    assert_eq!(rest, order[2..]);
    let of_server = EventPlace {
        day: day_of(NOW),
        server: [1; 16],
        payment: FIRST,
    };
    let found = store.fraud_events_of(of, of_server, 10).await.unwrap();
    assert_eq!(found, [written[3].clone(), written[2].clone()]);
}

async fn every_fate_and_what_is_told_again_come_back(store: Store) {
    let of = merchant_id();
    let mut written: Vec<StoredEvent> = (0..8)
        .map(|fate| {
            let mut one = event(NOW, 1, payment(u128::from(fate)));
            one.event.fate = Fate::of_number(fate);
            one.amends = fate % 2 == 1;
            one
        })
        .collect();
    commit(&store, of, written.iter().map(insert).collect())
        .await
        .unwrap();
    written.reverse();
    let found = store.fraud_events_before(of, END, 10).await.unwrap();
    assert_eq!(found, written);
}

async fn the_servers_that_wrote_are_found_with_what_each_wrote_last(store: Store) {
    let of = merchant_id();
    let written = [
        event(NOW, 2, payment(1)),
        event(NOW, 2, payment(2)),
        event(NOW, 7, payment(3)),
        event(NOW.plus(DAY), 1, payment(4)),
    ];
    commit(&store, of, written.iter().map(insert).collect())
        .await
        .unwrap();
    let today = day_of(NOW);
    let place = |at: usize| FraudPlace {
        day: written[at].day,
        server: written[at].server,
        newest: written[at].payment,
    };
    let places = async |from, limit| store.fraud_places(of, from, limit).await.unwrap();
    let all = [place(1), place(2), place(3)];
    assert_eq!(places(today.saturating_sub(5), 9).await, all);
    assert_eq!(places(today, 2).await, all[..2]);
    let tomorrow = today.saturating_add(1);
    assert_eq!(places(tomorrow, 9).await, all[2..]);
    assert_eq!(places(tomorrow.saturating_add(1), 9).await, []);
    let nobody = store.fraud_places(merchant_id(), 0, 9).await.unwrap();
    assert_eq!(nobody, []);
}

async fn what_is_older_than_its_time_is_forgotten_and_no_more_than_asked_for(store: Store) {
    let of = merchant_id();
    let written = [
        event(NOW, 1, payment(1)),
        event(NOW, 1, payment(2)),
        event(NOW.plus(DAY), 1, payment(3)),
    ];
    commit(&store, of, written.iter().map(insert).collect())
        .await
        .unwrap();
    let tomorrow = day_of(NOW).saturating_add(1);
    assert_eq!(store.forget_fraud_events(of, tomorrow, 1).await.unwrap(), 1);
    assert_eq!(store.forget_fraud_events(of, tomorrow, 9).await.unwrap(), 1);
    assert_eq!(store.forget_fraud_events(of, tomorrow, 9).await.unwrap(), 0);
    let left = store.fraud_events_before(of, END, 9).await.unwrap();
    assert_eq!(left, written[2..]);
}

async fn a_review_is_decided_by_one_of_two(store: Store) {
    let of = merchant_id();
    let waiting = review(of, payment(1), NOW);
    let write = FraudWrite::InsertReview(Box::new(waiting.clone()));
    commit(&store, of, vec![Write::Fraud(write)]).await.unwrap();
    let decide = |verdict, by: &str| {
        let decided = waiting.clone().decided(verdict, by, NOW).unwrap();
        vec![Write::Fraud(FraudWrite::UpdateReview(Box::new(decided)))]
    };
    commit(&store, of, decide(Verdict::Accept, "ana"))
        .await
        .unwrap();
    let second = commit(&store, of, decide(Verdict::Reject, "rui")).await;
    assert!(matches!(
        second,
        Err(CommitError::Conflict(Conflict::Version))
    ));
    let found = store
        .fraud_review(of, waiting.payment)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, waiting.decided(Verdict::Accept, "ana", NOW).unwrap());
}

async fn reviews_wait_by_merchant_and_fall_due_by_moment(store: Store) {
    let (of, other) = (merchant_id(), merchant_id());
    let (late, soon) = (
        review(of, payment(1), NOW.plus(2)),
        review(of, payment(2), NOW),
    );
    let decided = review(of, payment(3), NOW).expired(NOW).unwrap();
    let theirs = review(other, payment(4), NOW.plus(1));
    for one in [&late, &soon, &decided, &theirs] {
        let write = FraudWrite::InsertReview(Box::new(one.clone()));
        commit(&store, one.merchant, vec![Write::Fraud(write)])
            .await
            .unwrap();
    }
    let first = store.waiting_reviews(of, FIRST, 9).await.unwrap();
    assert_eq!(first, [late.clone(), soon.clone()]);
    let second = store.waiting_reviews(of, late.payment, 9).await.unwrap();
    assert_eq!(second, std::slice::from_ref(&soon));
    // Damaged: its version is no version. It keeps its place among the others.
    let id = match &store.target {
        aval_storage::Target::Sqlite(_) => {
            format!("x'{}'", soon.payment.to_string().replace('-', ""))
        }
        aval_storage::Target::Postgres(_) => format!("'{}'", soon.payment),
    };
    let damage = "UPDATE fraud_reviews SET version = 5000000000 WHERE payment_id = ";
    by_hand(&store.target, &format!("{damage}{id}")).await;
    assert!(store.fraud_review(of, soon.payment).await.is_err());
    let due = async |later, after| {
        let found = store.reviews_due(NOW.plus(later), after, 9).await;
        found.unwrap()
    };
    let place = |review: &Review| DueReview {
        due_at: review.due_at,
        merchant: review.merchant,
        payment: review.payment,
    };
    let all = [&soon, &theirs, &late].map(place);
    assert_eq!(due(1, DueReview::START).await, all[..2]);
    assert_eq!(due(2, all[0]).await, all[1..]);
}

async fn an_entry_is_on_one_list_and_goes(store: Store) {
    let of = merchant_id();
    let entry = |list, at| ListEntry {
        kind: "email".to_owned(),
        value: "00ff".to_owned(),
        list,
        shown: "m***@example.com".to_owned(),
        by: "cli".to_owned(),
        at,
    };
    for (list, at) in [(List::Positive, NOW.plus(5)), (List::Negative, NOW)] {
        let write = FraudWrite::PutEntry(Box::new(entry(list, at)));
        commit(&store, of, vec![Write::Fraud(write)]).await.unwrap();
    }
    let found = store.fraud_entries(of, ("", ""), 9).await.unwrap();
    assert_eq!(found, [entry(List::Negative, NOW)], "the one put last");
    assert_eq!(
        store.fraud_entries(of, ("email", "00ff"), 9).await.unwrap(),
        []
    );
    for _ in 0..2 {
        let (kind, value) = ("email".to_owned(), "00ff".to_owned());
        let gone = FraudWrite::DeleteEntry { kind, value };
        commit(&store, of, vec![Write::Fraud(gone)]).await.unwrap();
    }
    assert_eq!(store.fraud_entries(of, ("", ""), 9).await.unwrap(), []);
}

async fn rules_come_in_their_order_and_are_replaced(store: Store) {
    let of = merchant_id();
    let rule = |name: &str, position, points| StoredRule {
        rule: Rule {
            name: name.to_owned(),
            position,
            expression: "amount > 100".to_owned(),
            action: Action::Score(points),
            enabled: true,
            dry_run: false,
        },
        at: NOW,
    };
    let all = [rule("b", 1, 5), rule("a", 2, 5), rule("b", 3, 7)];
    for one in &all {
        let write = FraudWrite::PutRule(Box::new(one.clone()));
        commit(&store, of, vec![Write::Fraud(write)]).await.unwrap();
    }
    assert_eq!(store.fraud_rules(of).await.unwrap(), all[1..]);
    let gone = FraudWrite::DeleteRule("a".to_owned());
    commit(&store, of, vec![Write::Fraud(gone)]).await.unwrap();
    assert_eq!(store.fraud_rules(of).await.unwrap(), all[2..]);
}
