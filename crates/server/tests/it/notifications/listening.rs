//! Listening beside the merchants' own receivers, in process.
//!
//! Invariant: who listens hears every change of a payment in order, until it says that it has, and
//! takes nothing from a merchant's own receiver.

use aval_domain::notification::Change;
use aval_gateway::listeners::{Listening, Missed};
use aval_storage::Heard;

use super::receiver::Receiver;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    who_listens_hears_each_change_in_order_until_it_says_so,
    a_merchants_own_receiver_is_told_the_same_beside_a_listener,
    a_listener_of_one_merchant_hears_no_other_and_nothing_once_it_ended,
);

impl Gateway {
    /// Looks who listens, as the server's own task does twice a second.
    async fn look_who_listens(&self) {
        let app = &self.server.app;
        let real = app.clock.real();
        app.listeners.refresh(&app.storage, real).await.unwrap();
    }

    async fn listening(&self, to: Option<&Caller>) -> Listening<'_> {
        let to = to.map(Caller::merchant_id);
        let listening = Listening::begin(&self.server.app, to).await.unwrap();
        self.look_who_listens().await;
        listening
    }
}

fn version(heard: Option<&Heard>) -> Option<u32> {
    heard.map(|heard| heard.payment_version)
}

async fn who_listens_hears_each_change_in_order_until_it_says_so(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.authorized().await;
    let mut listening = gateway.listening(None).await;
    let payment = gateway.authorized().await;
    gateway.capture(&payment, "?amount=15000").await.expect(200);
    gateway.void(&payment, "?amount=5000").await.expect(200);
    assert_eq!(listening.look().await.unwrap(), Missed::default());
    let first = listening.next_due();
    assert_eq!(version(first.as_ref()), Some(1), "not the sale of before");
    let first = first.unwrap();
    assert_eq!(first.payment.to_string(), payment);
    assert!(listening.next_due().is_none(), "one of a payment at a time");
    let (attempt, again) = listening.attempted(first.id, false);
    assert_eq!((attempt, again.map(|wait| wait.as_secs())), (1, Some(1)));
    assert!(listening.next_due().is_none(), "it is tried again later");

    // Another that begins hears nothing of it; ended, the first one's is forgotten.
    let mut other = gateway.listening(None).await;
    other.look().await.unwrap();
    assert!(other.next_due().is_none());
    listening.end().await.unwrap();
    gateway.look_who_listens().await;

    let second = gateway.captured().await;
    gateway.void(&second, "?amount=100").await.expect(200);
    other.look().await.unwrap();
    let mut told = Vec::new();
    while let Some(heard) = other.next_due() {
        told.push((heard.payment_version, heard.change));
        other.attempted(heard.id, true);
    }
    let expected = [(1, Change::PaymentStatus), (2, Change::PartialCancel)];
    assert_eq!(told, expected);
    // What was heard stays away, also from the store.
    other.look().await.unwrap();
    other.look().await.unwrap();
    assert!(other.next_due().is_none());
    let storage = &gateway.server.app.storage;
    let later = gateway.server.app.clock.real().plus(120_000_000);
    assert_eq!(
        storage.forget_listeners(later).await.unwrap(),
        1,
        "itself alone"
    );
}

async fn a_merchants_own_receiver_is_told_the_same_beside_a_listener(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &[]).await;
    let mut listening = gateway.listening(Some(&shop)).await;
    shop.authorized().await;
    assert_eq!(gateway.deliver().await, 1);
    listening.look().await.unwrap();
    let heard = listening.next_due().unwrap();
    let posted = receiver.posted();
    assert_eq!(posted[0].body, heard.body);
    let id = posted[0].header("aval-notification-id");
    assert_eq!(id, heard.id.to_string(), "one name, however it is told");
}

async fn a_listener_of_one_merchant_hears_no_other_and_nothing_once_it_ended(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let other = gateway.merchant(&[]).await;
    let mut listening = gateway.listening(Some(&other)).await;
    gateway.authorized().await;
    let theirs = other.authorized().await;
    listening.look().await.unwrap();
    let heard = listening.next_due().unwrap();
    assert_eq!(heard.payment.to_string(), theirs);
    assert!(listening.next_due().is_none());
    listening.end().await.unwrap();
    gateway.look_who_listens().await;
    other.authorized().await;
    let storage = &gateway.server.app.storage;
    let late = storage.to_be_heard(heard.listener, 10).await.unwrap();
    assert!(late.is_empty(), "{late:?}");
    let now = gateway.server.app.clock.real();
    assert_eq!(storage.forget_listeners(now).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_were_not_received_what_is_new_is_heard_and_the_store_keeps_none() {
    // More than are read at a time.
    const MANY: usize = 510;
    let gateway = Gateway::sqlite().await;
    let mut listening = gateway.listening(None).await;
    for _ in 0..MANY {
        gateway.authorized().await;
    }
    listening.look().await.unwrap();
    let mut failed = 0;
    while let Some(heard) = listening.next_due() {
        listening.attempted(heard.id, false);
        failed += 1;
    }
    assert_eq!(failed, MANY);
    let newest = gateway.authorized().await;
    listening.look().await.unwrap();
    let (mut told, mut listener) = (Vec::new(), None);
    // Meanwhile some of the others may be due again.
    while let Some(heard) = listening.next_due() {
        listening.attempted(heard.id, false);
        listener = Some(heard.listener);
        told.push(heard.payment.to_string());
    }
    assert!(told.contains(&newest), "it waits behind the others");
    let storage = &gateway.server.app.storage;
    let kept = storage.to_be_heard(listener.unwrap(), 10).await.unwrap();
    assert_eq!(kept, [], "the store keeps none of them");
    listening.end().await.unwrap();
}
