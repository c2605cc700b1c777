//! Notifications, from the sale to a receiver over HTTP.
//!
//! Invariant: what is due is delivered by the product's own task, time is the product's clock.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

mod analysed;
mod connections;
mod listening;
mod meeting;
pub mod receiver;
mod sealed;
mod verifiers;

use aval_domain::id::DeliveryId;
use aval_domain::notification::{Delivery, Progress};
use aval_domain::time::{HOUR, Timestamp};
use aval_gateway::operations::notify;
use aval_gateway::outbox::Receivers as _;
use aval_gateway::tasks::notifications;
use aval_server::notifications::{Client, SystemResolver};
use serde_json::json;

use self::receiver::{Receiver, Reply};
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

const MINUTE: i64 = 60_000_000;

on_both_engines!(
    each_change_of_a_payment_is_told_in_order_with_what_it_was_at_that_moment,
    a_receiver_that_fails_is_tried_again_when_the_schedule_says_and_then_given_up,
    a_long_move_keeps_the_schedule_of_each_payment_and_of_each_merchant,
    of_two_servers_at_once_one_delivers,
    what_was_written_before_an_end_is_delivered_after_it,
    the_log_is_kept_thirty_days_and_what_waits_for_longer,
);

impl Gateway {
    /// A merchant who is told of changes.
    async fn told(&self, url: &str, settings: &[(&str, &str)]) -> Caller {
        let settings = [&[("notification_url", url)], settings].concat();
        self.merchant(&settings).await
    }

    /// Delivers what is due; how many attempts were made.
    async fn deliver(&self) -> u64 {
        notifications::run(&self.server.app).await.unwrap()
    }

    async fn log(&self, of: &Caller) -> Vec<Delivery> {
        let start = DeliveryId::from_bytes([0; 16]);
        let log = self
            .server
            .app
            .storage
            .deliveries(of.merchant_id(), start, 100);
        log.await.unwrap()
    }
}

fn failing() -> Reply {
    Reply::Status(500, "não".to_owned())
}

async fn each_change_of_a_payment_is_told_in_order_with_what_it_was_at_that_moment(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let secret = [
        ("notification_secret", "segredo"),
        ("notification_headers", r#"{"X-Loja":"7"}"#),
    ];
    let shop = gateway.told(&receiver.url(), &secret).await;
    let payment = shop.authorized().await;
    shop.capture(&payment, "?amount=15000").await.expect(200);
    shop.void(&payment, "?amount=5000").await.expect(200);
    assert_eq!(gateway.deliver().await, 3);
    let posted = receiver.posted();
    let shown: Vec<_> = posted
        .iter()
        .map(|post| {
            let body = post.json();
            let version = post.header("aval-payment-version").to_owned();
            let taken = body["Payment"]["CapturedAmount"].clone();
            let given = body["Payment"]["VoidedAmount"].clone();
            assert_eq!(body["Payment"]["PaymentId"], payment.as_str());
            (version, body["Payment"]["Status"].clone(), taken, given)
        })
        .collect();
    let none = json!(null);
    let told = |version: &str, status, taken, given| (version.to_owned(), status, taken, given);
    assert_eq!(
        shown,
        [
            told("1", json!(1), none.clone(), none.clone()),
            told("2", json!(2), json!(15_000), none),
            told("3", json!(2), json!(15_000), json!(5_000)),
        ]
    );
    let now = shop.sale(&payment).await.expect(200);
    assert_eq!(posted[2].body, now.text(), "the answer that GET gives");
    for post in &posted {
        assert_eq!(post.header("x-loja"), "7");
        assert_eq!(post.header("aval-notification-id").len(), 36);
        let (t, v1) = post.header("aval-signature").split_once(",v1=").unwrap();
        let seconds = t.strip_prefix("t=").unwrap().parse().unwrap();
        let expected = aval_vault::sign_notification("segredo", seconds, post.body.as_bytes());
        assert_eq!(v1, expected);
    }
    assert_eq!(gateway.deliver().await, 0, "nothing is told twice");
}

async fn a_long_move_keeps_the_schedule_of_each_payment_and_of_each_merchant(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering((0..40).map(|_| failing()).collect()).await;
    let one = gateway.told(&receiver.url(), &[]).await;
    let other = gateway.told(&receiver.url(), &[]).await;
    let payment = one.authorized().await;
    one.capture(&payment, "").await.expect(200);
    other.authorized().await;
    let start = gateway.server.app.clock.now();
    // Shorter than the log is kept.
    let days = r#"{"Days":20}"#;
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", days);
    // Seven attempts at each: the capture waits for the end of those at the sale.
    assert_eq!(moved.await.expect(200).at("/Ran/Notifications"), 21);
    for (of, attempts) in [(&one, 14), (&other, 7)] {
        let log = gateway.log(of).await;
        assert_eq!(log.len(), attempts);
        let minutes = |one: &Delivery| one.at.since(start) / MINUTE;
        let first: Vec<i64> = log.iter().take(7).map(minutes).collect();
        assert_eq!(first, [0, 1, 6, 36, 156, 516, 1_956]);
    }
}

async fn a_receiver_that_fails_is_tried_again_when_the_schedule_says_and_then_given_up(
    store: Store,
) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let elsewhere = Receiver::answering(vec![]).await;
    let replies = vec![
        failing(),
        Reply::Redirect(elsewhere.url()),
        Reply::Close,
        failing(),
        failing(),
        failing(),
        Reply::Status(404, "4024007153763191".to_owned()),
    ];
    let receiver = Receiver::answering(replies).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    shop.authorized().await;
    for (wait, number) in [
        (0, 1),
        (MINUTE, 2),
        (5 * MINUTE, 3),
        (30 * MINUTE, 4),
        (2 * HOUR, 5),
        (6 * HOUR, 6),
        (24 * HOUR, 7),
    ] {
        if wait > 0 {
            gateway.advance(wait - 30_000_000).await;
            assert_eq!(gateway.deliver().await, 0, "too early before {number}");
            gateway.advance(30_000_000).await;
        }
        assert_eq!(gateway.deliver().await, 1, "attempt {number}");
    }
    gateway.advance(48 * HOUR).await;
    assert_eq!(gateway.deliver().await, 0);
    assert_eq!(elsewhere.connections(), 0, "a redirect is not followed");
    let log = gateway.log(&shop).await;
    let statuses: Vec<_> = log.iter().map(|one| one.status).collect();
    let failed = Some(500);
    let expected = [failed, Some(302), None, failed, failed, failed, Some(404)];
    assert_eq!(statuses, expected);
    assert!(log[2].error.is_some() && log[2].answer.is_empty());
    assert_eq!(log[0].answer, "não");
    assert_eq!(log[6].answer, "402400******3191", "no card number is kept");

    // By hand it is sent again, and arrives.
    let app = &gateway.server.app;
    let (of, id) = (shop.merchant_id(), log[0].notification);
    let kept = app.storage.notification(of, id).await.unwrap().unwrap();
    assert_eq!(kept.progress, Progress::GivenUp);
    assert!(notify::resend(app, of, id).await.unwrap().is_some());
    assert_eq!(gateway.deliver().await, 1);
    let all = notify::resend_range(app, of, kept.created_at, kept.created_at.plus(1));
    assert_eq!(all.await.unwrap(), 1);
    let none = notify::resend_range(app, of, Timestamp::from_micros(0), kept.created_at);
    assert_eq!(none.await.unwrap(), 0);
    assert_eq!(gateway.deliver().await, 1);
    let posted = receiver.posted();
    assert_eq!(posted.len(), 9);
    assert!(posted.iter().all(|post| post.body == posted[0].body));
    let kept = app.storage.notification(of, id).await.unwrap().unwrap();
    assert_eq!(kept.progress, Progress::Delivered);
}

async fn of_two_servers_at_once_one_delivers(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let other = gateway.beside().await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    for _ in 0..40 {
        shop.authorized().await;
    }
    let (ours, theirs) = tokio::join!(gateway.deliver(), other.deliver());
    // Who came second may have found the lease taken; nothing is left and nothing came twice.
    let left = gateway.deliver().await;
    assert_eq!(ours + theirs + left, 40);
    let posted = receiver.posted();
    let mut ids: Vec<_> = posted
        .iter()
        .map(|post| post.header("aval-notification-id").to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), posted.len()), (40, 40));
}

async fn what_was_written_before_an_end_is_delivered_after_it(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    let payment = shop.authorized().await;
    assert!(receiver.posted().is_empty());
    let gateway = gateway.restarted().await;
    assert_eq!(gateway.deliver().await, 1);
    let posted = receiver.posted();
    assert_eq!(posted[0].json()["Payment"]["PaymentId"], payment.as_str());
}

async fn the_log_is_kept_thirty_days_and_what_waits_for_longer(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    shop.authorized().await;
    assert_eq!(gateway.deliver().await, 1);
    let days = |days: u32| format!(r#"{{"Days":{days}}}"#);
    let forward = async |body: String| {
        let path = "/sandbox/clock/advance";
        let moved = gateway.sandbox("POST", path, &body).await.expect(200);
        moved.at("/Ran/Forgotten")
    };
    assert_eq!(forward(days(29)).await, 0);
    assert_eq!(gateway.log(&shop).await.len(), 1);
    assert_eq!(forward(days(2)).await, 2, "the attempt and what it was of");
    assert!(gateway.log(&shop).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_is_left_after_ten_seconds_and_holds_up_nobody_else() {
    let gateway = Gateway::sqlite().await;
    let hanging = Receiver::answering(vec![Reply::Hang]).await;
    let well = Receiver::answering(vec![]).await;
    let slow = gateway.told(&hanging.url(), &[]).await;
    let quick = gateway.told(&well.url(), &[]).await;
    slow.authorized().await;
    quick.authorized().await;
    let started = tokio::time::Instant::now();
    let others = async {
        well.wait_for(1).await;
        assert!(started.elapsed().as_secs() < 8, "held up by another");
    };
    let (made, ()) = tokio::join!(gateway.deliver(), others);
    assert_eq!(made, 2);
    let log = gateway.log(&slow).await;
    assert_eq!(log[0].error.as_deref(), Some("no answer within 10 s"));
    assert!((10_000_000..15_000_000).contains(&log[0].took), "{log:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_receivers_that_hang_than_there_are_places_hold_up_nobody_else() {
    const MANY: usize = 280;
    let gateway = Gateway::sqlite().await;
    let hanging = Receiver::answering(vec![Reply::Hang; MANY]).await;
    let well = Receiver::answering(vec![]).await;
    for _ in 0..MANY {
        let slow = gateway.told(&hanging.url(), &[]).await;
        slow.authorized().await;
    }
    // The last in every order.
    let quick = gateway.told(&well.url(), &[]).await;
    quick.authorized().await;
    let started = tokio::time::Instant::now();
    tokio::select! {
        made = gateway.deliver() => panic!("all of {made} were waited for"),
        posted = well.wait_for(1) => assert_eq!(posted.len(), 1),
    }
    let waited = started.elapsed();
    assert!(waited.as_secs() < 8, "held up by others for {waited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_live_dialect_ids_and_the_kind_of_change_are_told_and_a_part_has_its_own_kind() {
    let gateway = Gateway::speaking(aval_domain::merchant::Dialect::Live).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    let payment = shop.captured().await;
    shop.void(&payment, "?amount=100").await.expect(200);
    gateway.deliver().await;
    let told: Vec<_> = receiver.posted().iter().map(|post| post.json()).collect();
    let change = |kind| json!({"PaymentId": payment, "ChangeType": kind});
    assert_eq!(told, [change(1), change(25)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_production_a_private_address_is_never_connected_to_whatever_it_is_called() {
    let receiver = Receiver::answering(vec![]).await;
    let port = receiver.address.port();
    let client =
        |allowed| Client::new(allowed, Vec::new(), Box::<SystemResolver>::default()).unwrap();
    let post = |url: String| aval_gateway::outbox::Post {
        url,
        headers: Vec::new(),
        body: "{}".to_owned(),
    };
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let url = format!("http://{host}:{port}/hook?a=b");
        let refused = client(false).post(post(url)).await;
        let why = refused.map(|answer| answer.status).unwrap_err();
        assert_eq!(why, "the receiver has no public address", "{host}");
    }
    assert!(receiver.posted().is_empty());
    let taken = client(true).post(post(receiver.url())).await;
    assert_eq!(taken.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_address_gets_no_record() {
    let gateway = Gateway::sqlite().await;
    gateway.authorized().await;
    let waiting = gateway.server.app.storage.waiting_notifications();
    assert_eq!(waiting.await.unwrap(), 0);
    assert_eq!(gateway.deliver().await, 0);
}
