//! What was changed of a merchant.
//!
//! Invariant: every change is recorded in the commit that makes it, without secrets.

use aval_gateway::operations::merchant;

use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    every_change_of_a_merchant_is_recorded_with_who_made_it,
}

async fn every_change_of_a_merchant_is_recorded_with_who_made_it(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let id = gateway.merchant_id();
    let app = &gateway.server.app;
    let changes = [("credit", "false"), ("notification_secret", "s3cret")];
    gateway.set(id, &changes).await;
    gateway.set(id, &[("credit", "false")]).await;
    gateway.set(id, &[("notification_secret", "s4cret")]).await;
    let blocked = merchant::change(app, id, "sandbox-api", |merchant| {
        merchant.blocked = true;
        Ok::<(), std::convert::Infallible>(())
    });
    blocked.await.unwrap().unwrap().unwrap();
    let rolled = merchant::roll_key(app, id, "user:maria").await;
    assert!(rolled.unwrap().is_some());
    let found = app.storage.setting_changes(id, (0, ""), 100).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|change| {
            let (by, key) = (change.by.as_str(), change.key.as_str());
            (by, key, change.from.as_str(), change.to.as_str())
        })
        .collect();
    let wanted = [
        ("cli", "credit", "true", "false"),
        ("cli", "notification_secret", "", "***"),
        ("cli", "notification_secret", "***", "***"),
        ("sandbox-api", "blocked", "false", "true"),
        ("user:maria", "merchant_key", "***", "***"),
    ];
    assert_eq!(found, wanted);
}
