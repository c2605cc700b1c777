//! Notifications: whose turn it is, what is due, in which order, and for how long it is kept.
//!
//! Invariant: two who ask for one lease never both have it.

#![cfg(test)]

use aval_domain::id::{DeliveryId, MerchantId, NotificationId, PaymentId};
use aval_domain::notification::{Change, Delivery, Notification, Progress};
use aval_domain::time::{DAY, Timestamp};
use aval_storage::{CommitError, Conflict, Write};

use crate::on_both_engines;
use crate::support::{NOW, Store, commit, merchant_id, open, sale, unique};

on_both_engines!(
    of_two_who_ask_for_a_lease_one_has_it_until_it_runs_out_or_is_given_back,
    a_notification_is_written_with_its_sale_or_not_at_all,
    of_each_payment_the_first_that_waits_is_due_and_the_others_after_it,
    an_attempt_is_written_with_what_became_of_its_notification,
    what_is_older_than_its_time_is_forgotten_unless_it_waits,
    what_was_told_of_a_payment_is_found_with_its_attempts,
);

fn bytes() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&(unique() << 8).to_be_bytes()[6..]);
    bytes
}

fn notification(of: MerchantId, payment: PaymentId, payment_version: u32) -> Notification {
    Notification {
        merchant: of,
        id: NotificationId::at(NOW, bytes()),
        version: 1,
        progress: Progress::Pending,
        due_at: NOW,
        attempts: 0,
        payment,
        payment_version,
        change: Change::PaymentStatus,
        created_at: NOW,
        body: r#"{"ChangeType":1}"#.to_owned(),
    }
}

fn attempt(of: &Notification, at: Timestamp) -> Delivery {
    Delivery {
        merchant: of.merchant,
        id: DeliveryId::at(at, bytes()),
        notification: of.id,
        attempt: of.attempts,
        at,
        took: 1_500,
        status: Some(500),
        answer: "não".to_owned(),
        error: None,
    }
}

fn inserted(one: &Notification) -> Write {
    Write::InsertNotification(Box::new(one.clone()))
}

fn payment() -> PaymentId {
    PaymentId::from_bytes((unique() << 8 | 5).to_be_bytes())
}

async fn of_two_who_ask_for_a_lease_one_has_it_until_it_runs_out_or_is_given_back(store: Store) {
    let (of, other) = (merchant_id(), open(&store.target).await);
    let until = NOW.plus(1_000);
    let (ours, theirs) = tokio::join!(
        store.take_lease(of, [1; 16], until, NOW),
        other.take_lease(of, [2; 16], until, NOW)
    );
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    assert!(ours != theirs, "{ours} {theirs}");
    let (holder, loser) = if ours {
        ([1; 16], [2; 16])
    } else {
        ([2; 16], [1; 16])
    };
    let later = NOW.plus(999);
    assert!(!store.take_lease(of, loser, until, later).await.unwrap());
    let renewed = store.take_lease(of, holder, NOW.plus(2_000), later).await;
    assert!(renewed.unwrap());
    let after = NOW.plus(2_000);
    let longer = NOW.plus(3_000);
    assert!(!store.take_lease(of, loser, longer, until).await.unwrap());
    assert!(store.take_lease(of, loser, longer, after).await.unwrap());
    store.give_lease(of, holder).await.unwrap();
    let not_theirs = store.take_lease(of, holder, longer, after).await;
    assert!(!not_theirs.unwrap(), "only the holder gives a lease back");
    store.give_lease(of, loser).await.unwrap();
    assert!(store.take_lease(of, holder, longer, after).await.unwrap());
    store.give_leases(loser).await.unwrap();
    assert!(!store.take_lease(of, loser, longer, after).await.unwrap());
    store.give_leases(holder).await.unwrap();
    assert!(store.take_lease(of, loser, longer, after).await.unwrap());
}

async fn a_notification_is_written_with_its_sale_or_not_at_all(store: Store) {
    let of = merchant_id();
    let sold = sale(of, "1");
    let told = notification(of, sold.id, 1);
    let lost = Write::UpdateSale(Box::new(sold.clone()));
    let refused = commit(&store, of, vec![lost, inserted(&told)]).await;
    assert!(matches!(
        refused,
        Err(CommitError::Conflict(Conflict::Version))
    ));
    assert_eq!(store.notification(of, told.id).await.unwrap(), None);
    let new = Write::InsertSale(Box::new(sold));
    commit(&store, of, vec![new, inserted(&told)])
        .await
        .unwrap();
    assert_eq!(store.notification(of, told.id).await.unwrap(), Some(told));
}

async fn of_each_payment_the_first_that_waits_is_due_and_the_others_after_it(store: Store) {
    let (of, one, two) = (merchant_id(), payment(), payment());
    let first = notification(of, one, 1);
    let second = notification(of, one, 2);
    let elsewhere = notification(of, two, 1);
    let stranger = notification(merchant_id(), one, 1);
    let all = [&second, &first, &elsewhere].map(inserted);
    commit(&store, of, all.into()).await.unwrap();
    let theirs = vec![inserted(&stranger)];
    commit(&store, stranger.merchant, theirs).await.unwrap();
    let due = store.due_notifications(of, NOW, 10).await.unwrap();
    let mut ids: Vec<_> = due.iter().map(|one| one.id).collect();
    ids.sort();
    let mut expected = vec![first.id, elsewhere.id];
    expected.sort();
    assert_eq!(ids, expected);
    assert_eq!(store.due_notifications(of, NOW, 1).await.unwrap().len(), 1);
    let early = store.due_notifications(of, NOW.plus(-1), 10).await.unwrap();
    assert!(early.is_empty(), "{early:?}");
    let merchants = store.due_merchants(None, NOW, 10).await.unwrap();
    let mut expected = vec![of, stranger.merchant];
    expected.sort();
    assert_eq!(merchants, expected);
    let page = store.due_merchants(None, NOW, 1).await.unwrap();
    let rest = store.due_merchants(Some(expected[0]), NOW, 10).await;
    assert_eq!([page, rest.unwrap()].concat(), expected, "page by page");
    assert_eq!(store.first_notification_due().await.unwrap(), Some(NOW));
    let none = store.due_merchants(None, NOW.plus(-1), 10).await.unwrap();
    assert!(none.is_empty(), "{none:?}");

    // Put off, the first holds the second back; delivered, it lets it go.
    let failed = first.attempted(false, NOW);
    let written = vec![Write::UpdateNotification(Box::new(failed.clone()))];
    commit(&store, of, written).await.unwrap();
    let due = store.due_notifications(of, NOW, 10).await.unwrap();
    assert_eq!(due, [elsewhere]);
    let received = failed.attempted(true, NOW);
    let written = vec![Write::UpdateNotification(Box::new(received))];
    commit(&store, of, written).await.unwrap();
    let due = store.due_notifications(of, NOW, 10).await.unwrap();
    assert!(due.contains(&second), "{due:?}");
}

async fn an_attempt_is_written_with_what_became_of_its_notification(store: Store) {
    let of = merchant_id();
    let told = notification(of, payment(), 1);
    commit(&store, of, vec![inserted(&told)]).await.unwrap();
    let failed = told.clone().attempted(false, NOW);
    let delivery = attempt(&failed, NOW);
    let writes = || {
        vec![
            Write::UpdateNotification(Box::new(failed.clone())),
            Write::InsertDelivery(Box::new(delivery.clone())),
        ]
    };
    commit(&store, of, writes()).await.unwrap();
    let again = commit(&store, of, writes()).await;
    assert!(matches!(
        again,
        Err(CommitError::Conflict(Conflict::Version))
    ));
    let start = DeliveryId::from_bytes([0; 16]);
    let log = store.deliveries(of, start, 10).await.unwrap();
    assert_eq!(log, std::slice::from_ref(&delivery));
    let after = store.deliveries(of, delivery.id, 10).await.unwrap();
    assert!(after.is_empty(), "{after:?}");
    let kept = store.notifications(of, NotificationId::from_bytes([0; 16]), 10);
    assert_eq!(kept.await.unwrap(), [failed]);
}

async fn what_is_older_than_its_time_is_forgotten_unless_it_waits(store: Store) {
    let of = merchant_id();
    let waiting = notification(of, payment(), 1);
    let done = notification(of, payment(), 1);
    let received = done.clone().attempted(true, NOW);
    let (old, new) = (attempt(&received, NOW), attempt(&received, NOW.plus(DAY)));
    let all = [&waiting, &done].map(inserted);
    commit(&store, of, all.into()).await.unwrap();
    let writes = vec![
        Write::UpdateNotification(Box::new(received)),
        Write::InsertDelivery(Box::new(old)),
        Write::InsertDelivery(Box::new(new.clone())),
    ];
    commit(&store, of, writes).await.unwrap();
    assert_eq!(store.forget_notifications(of, NOW, 10).await.unwrap(), 0);
    let gone = store.forget_notifications(of, NOW.plus(DAY), 10).await;
    assert_eq!(gone.unwrap(), 2, "one attempt and one notification");
    let log = store.deliveries(of, DeliveryId::from_bytes([0; 16]), 10);
    assert_eq!(log.await.unwrap(), [new]);
    let kept = store.notifications(of, NotificationId::from_bytes([0; 16]), 10);
    assert_eq!(kept.await.unwrap(), [waiting]);
}

async fn what_was_told_of_a_payment_is_found_with_its_attempts(store: Store) {
    let (of, about) = (merchant_id(), payment());
    let mut told = notification(of, about, 1);
    let waits = notification(of, about, 2);
    let other = notification(of, payment(), 1);
    let all = [&told, &waits, &other].map(inserted).to_vec();
    commit(&store, of, all).await.unwrap();
    told = told.attempted(false, NOW).attempted(true, NOW.plus(5));
    told.version = 2;
    let attempts = [attempt(&told, NOW), attempt(&told, NOW.plus(5_000))];
    let mut writes: Vec<Write> = attempts
        .iter()
        .map(|one| Write::InsertDelivery(Box::new(one.clone())))
        .collect();
    let elsewhere = Delivery {
        attempt: 1,
        ..attempt(&other, NOW)
    };
    writes.push(Write::InsertDelivery(Box::new(elsewhere)));
    writes.push(Write::UpdateNotification(Box::new(told.clone())));
    commit(&store, of, writes).await.unwrap();
    let found = store.notifications_of(of, about, 9).await.unwrap();
    assert_eq!(found, [told.clone(), waits]);
    let found = store.deliveries_of(of, told.id, 9).await.unwrap();
    let [first, second] = attempts;
    assert_eq!(found, [second, first]);
    let foreign = store.notifications_of(merchant_id(), about, 9).await;
    assert!(foreign.unwrap().is_empty());
    let foreign = store.deliveries_of(merchant_id(), told.id, 9).await;
    assert!(foreign.unwrap().is_empty());
}
