//! Notifications when two meet: two servers, an attempt and a resend, a delivery and a moved clock.
//!
//! Invariant: whoever comes second neither loses what the first did nor passes over it.

use std::time::Duration;

use aval_domain::notification::{Delivery, Progress};
use aval_gateway::operations::notify;
use serde_json::json;

use super::receiver::{Receiver, Reply};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

const MINUTE: i64 = 60_000_000;

on_both_engines!(
    an_attempt_that_meets_a_resend_is_logged_and_sent_again,
    a_moved_clock_waits_for_what_another_server_is_delivering,
    a_payment_in_doubt_is_told_as_such_and_then_as_it_ended,
    a_clock_set_back_keeps_nothing_waiting_longer_than_its_schedule,
);

async fn an_attempt_that_meets_a_resend_is_logged_and_sent_again(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let late = Reply::Late(Duration::from_millis(700), 500);
    let receiver = Receiver::answering(vec![late]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    shop.authorized().await;
    let app = &gateway.server.app;
    let of = shop.merchant_id();
    let meeting = async {
        let posted = receiver.wait_for(1).await;
        let id = posted[0].header("aval-notification-id");
        let id = aval_domain::id::NotificationId::parse(id).unwrap();
        notify::resend(app, of, id).await.unwrap().unwrap()
    };
    let (made, again) = tokio::join!(gateway.deliver(), meeting);
    assert_eq!(made, 1, "the one that met it");
    assert_eq!(gateway.deliver().await, 1, "it is sent again");
    let log = gateway.log(&shop).await;
    let statuses: Vec<_> = log.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Some(500), Some(200)]);
    let kept = app.storage.notification(of, again.id).await.unwrap();
    let kept = kept.unwrap();
    assert_eq!((kept.progress, kept.attempts), (Progress::Delivered, 1));
    assert_eq!(receiver.posted().len(), 2);
}

async fn a_moved_clock_waits_for_what_another_server_is_delivering(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let other = gateway.beside().await;
    let late = || Reply::Late(Duration::from_millis(500), 500);
    let receiver = Receiver::answering(vec![late(), late(), late()]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    shop.authorized().await;
    let start = gateway.server.app.clock.now();
    let moving = async {
        receiver.wait_for(1).await;
        let ten = r#"{"Minutes":10}"#;
        let moved = gateway.sandbox("POST", "/sandbox/clock/advance", ten);
        moved.await.expect(200)
    };
    let (theirs, moved) = tokio::join!(other.deliver(), moving);
    assert_eq!((theirs, moved.at("/Ran/Notifications")), (1, json!(2)));
    let log = gateway.log(&shop).await;
    let minutes = |one: &Delivery| one.at.since(start) / MINUTE;
    let made: Vec<i64> = log.iter().map(minutes).collect();
    assert_eq!(made, [0, 1, 6], "none was passed over");
}

async fn a_payment_in_doubt_is_told_as_such_and_then_as_it_ended(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    let fault = json!({ "MerchantId": shop.id, "Fault": "LostAfter" }).to_string();
    let set = gateway.sandbox("PUT", "/sandbox/faults", &fault).await;
    set.expect(200);
    shop.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(gateway.deliver().await, 1);
    let three = r#"{"Seconds":3}"#;
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", three);
    assert_eq!(moved.await.expect(200).at("/Ran/Notifications"), 1);
    let told: Vec<_> = receiver
        .posted()
        .iter()
        .map(|post| {
            let version = post.header("aval-payment-version").to_owned();
            (version, post.json()["Payment"]["Status"].clone())
        })
        .collect();
    let expected = [("1".to_owned(), json!(0)), ("2".to_owned(), json!(1))];
    assert_eq!(told, expected);
}

async fn a_clock_set_back_keeps_nothing_waiting_longer_than_its_schedule(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let set = async |to: &str| {
        let body = json!({ "Now": to }).to_string();
        gateway
            .sandbox("PUT", "/sandbox/clock", &body)
            .await
            .expect(200);
    };
    let forward = async |body: &str| {
        let moved = gateway.sandbox("POST", "/sandbox/clock/advance", body);
        moved.await.expect(200)
    };
    let fault = async |fault: &str| {
        let body = json!({ "MerchantId": gateway.id, "Fault": fault }).to_string();
        gateway
            .sandbox("PUT", "/sandbox/faults", &body)
            .await
            .expect(200);
    };
    set("2031-01-31T10:00:00-03:00").await;
    let failing = Reply::Status(500, String::new());
    let receiver = Receiver::answering(vec![failing.clone(), failing]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    let payment = shop.authorized().await;
    shop.capture(&payment, "").await.expect(200);
    assert_eq!(
        gateway.deliver().await,
        1,
        "the capture waits behind the sale"
    );
    fault("LostAfter").await;
    let doubt = gateway.sell(&Body::sale(1)).await.expect(201).payment_id();
    fault("Refused").await;
    // Asked for in vain, it is asked for again in some seconds.
    forward(r#"{"Seconds":5}"#).await;
    set("2027-06-01T10:00:00-03:00").await;
    fault("None").await;
    // As the schedule says: a minute after the first attempt, five after the second.
    let ran = forward(r#"{"Seconds":80}"#).await;
    assert_eq!(ran.at("/Ran/Notifications"), 1, "{}", ran.text());
    assert_eq!(ran.at("/Ran/Resolved"), 1);
    let sale = gateway.sale(&doubt).await.expect(200);
    assert_eq!(sale.at("/Payment/Status"), 1);
    let ran = forward(r#"{"Minutes":5}"#).await;
    assert_eq!(
        ran.at("/Ran/Notifications"),
        2,
        "the sale, then its capture"
    );
    let versions: Vec<String> = receiver
        .posted()
        .iter()
        .map(|post| post.header("aval-payment-version").to_owned())
        .collect();
    assert_eq!(versions, ["1", "1", "1", "2"]);
}
