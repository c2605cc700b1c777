//! What is secret of a merchant's settings: sealed in the store, used in clear.
//!
//! Invariant: what is signed and sent is the same whether a row is sealed, was sealed under another
//! key, or comes from a version that kept it in clear.

use aval_domain::settings::Settings;
use aval_gateway::audit::By;
use aval_gateway::operations::merchant::{self, seal_settings};
use aval_gateway::operations::rotate_keys::rotate;

use super::receiver::Receiver;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    secrets_of_settings_are_sealed_in_the_store_and_used_as_they_were_set,
    what_an_earlier_version_kept_in_clear_is_sealed_at_the_start,
);

const SECRETS: [(&str, &str); 2] = [
    ("notification_secret", "s3cret-of-the-shop"),
    (
        "notification_headers",
        r#"{"Authorization":"Bearer s3cret","X-Loja":"7"}"#,
    ),
];

/// A merchant's settings as they are stored.
async fn stored(gateway: &Gateway, of: &Caller) -> (Settings, String) {
    let storage = &gateway.server.app.storage;
    let merchant = storage.merchant(of.merchant_id()).await.unwrap().unwrap();
    let text = serde_json::to_string(&merchant.settings).unwrap();
    (merchant.settings, text)
}

/// Sells, and looks at how that is told.
async fn is_told(gateway: &Gateway, shop: &Caller, receiver: &Receiver) {
    let before = receiver.posted().len();
    shop.authorized().await;
    gateway.deliver().await;
    let posted = receiver.posted();
    assert!(posted.len() > before);
    for post in &posted[before..] {
        assert_eq!(post.header("authorization"), "Bearer s3cret");
        assert_eq!(post.header("x-loja"), "7");
        let (t, v1) = post.header("aval-signature").split_once(",v1=").unwrap();
        let seconds = t.strip_prefix("t=").unwrap().parse().unwrap();
        let body = post.body.as_bytes();
        let expected = aval_vault::sign_notification(SECRETS[0].1, seconds, body);
        assert_eq!(v1, expected);
    }
}

async fn secrets_of_settings_are_sealed_in_the_store_and_used_as_they_were_set(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &SECRETS).await;
    let (settings, text) = stored(&gateway, &shop).await;
    assert!(settings.sealed.is_some() && !settings.has_clear_secrets());
    assert!(
        !text.contains("s3cret") && text.contains("Authorization"),
        "{text}"
    );
    let shown: Vec<(&str, String)> = settings.list();
    assert!(shown.contains(&("notification_secret", "***".to_owned())));
    is_told(&gateway, &shop, &receiver).await;
    // Another setting changes, and the key above the merchant's; neither touches the secrets.
    gateway
        .set(shop.merchant_id(), &[("recurrence_attempts", "2")])
        .await;
    is_told(&gateway, &shop, &receiver).await;
    rotate(&gateway.server.app).await.unwrap();
    is_told(&gateway, &shop, &receiver).await;
    let (after, text) = stored(&gateway, &shop).await;
    assert!(!text.contains("s3cret"), "{text}");
    assert_ne!(after.sealed, settings.sealed, "sealed anew each time");
    // Nor does it say anything to another merchant.
    let app = &gateway.server.app;
    let theirs = gateway.merchant(&[]).await.merchant_id();
    let sealed = after.sealed.clone();
    let put = merchant::change(app, theirs, By::COMMAND_LINE, |merchant| {
        merchant.settings.sealed.clone_from(&sealed);
        Ok::<(), ()>(())
    });
    put.await.unwrap().unwrap().unwrap();
    let found = app.merchants.find(&app.storage, &app.keys, theirs).await;
    assert!(found.is_err(), "it is bound to whose it is");
    // Taken away, nothing is left of them.
    let none = [("notification_secret", ""), ("notification_headers", "")];
    gateway.set(shop.merchant_id(), &none).await;
    let (gone, _) = stored(&gateway, &shop).await;
    assert_eq!(gone.sealed, None);
}

async fn what_an_earlier_version_kept_in_clear_is_sealed_at_the_start(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway.told(&receiver.url(), &SECRETS).await;
    let (app, of) = (&gateway.server.app, shop.merchant_id());
    let found = app.merchants.find(&app.storage, &app.keys, of).await;
    let clear = serde_json::to_string(&found.unwrap().unwrap().settings).unwrap();
    assert!(
        clear.contains("s3cret-of-the-shop"),
        "as it was stored before"
    );
    let back = format!("UPDATE merchants SET settings = '{clear}' WHERE settings LIKE '%sealed%'");
    gateway.store.by_hand(&back).await;
    app.merchants.forget_all();
    is_told(&gateway, &shop, &receiver).await;
    assert_eq!(seal_settings(app).await.unwrap(), 1);
    let (_, text) = stored(&gateway, &shop).await;
    assert!(!text.contains("s3cret"), "{text}");
    is_told(&gateway, &shop, &receiver).await;
    assert_eq!(seal_settings(app).await.unwrap(), 0, "once");
}
