//! What merchants are told of recurrences (decision D39): ChangeType 2 and 4.
//!
//! Invariant: a charge is told of once, and so is each change of a recurrence; what changed nothing
//! is not told.

use aval_domain::merchant::Dialect;
use aval_gateway::tasks::notifications;
use serde_json::{Value, json};

use super::{monthly, scheduled};
use crate::notifications::receiver::Receiver;
use crate::support::gateway::Gateway;

#[tokio::test]
async fn each_charge_and_each_status_is_told_with_the_recurrence() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway
        .merchant(&[("notification_url", &receiver.url())])
        .await;
    let id = shop.recurs(&monthly()).await;
    let denied = shop.recurs(&scheduled(2, "2027-02-28")).await;
    gateway.days(28).await;
    shop.amend(&id, "Amount", "1990").await.expect(200);
    shop.amend(&id, "Amount", "0").await.expect(400);
    shop.amend(&id, "Reactivate", "").await.expect(200);
    shop.amend(&id, "Deactivate", "").await.expect(200);
    notifications::run(&gateway.server.app).await.unwrap();
    let bodies: Vec<Value> = receiver.posted().iter().map(|post| post.json()).collect();
    let of = |id: &str| {
        let of = |body: &&Value| body["RecurrentPaymentId"] == id;
        let told = bodies.iter().filter(of);
        told.map(|body| (body["ChangeType"].clone(), body.get("PaymentId").is_some()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of(&id),
        [
            (json!(2), true),
            (json!(2), true),
            (json!(4), false),
            (json!(4), false)
        ],
        "made, charged, another amount, deactivated"
    );
    assert_eq!(
        of(&denied),
        [(json!(2), false), (json!(2), true), (json!(4), false)]
    );
    let sale = |body: &&Value| body["ChangeType"] == 1;
    assert_eq!(
        bodies.iter().filter(sale).count(),
        1,
        "the first payment: {bodies:?}"
    );
    assert_eq!(bodies.len(), 8);
    let charge = &shop.charges(&id).await[1].2;
    let told = bodies
        .iter()
        .any(|body| body["PaymentId"] == charge.payment_id().as_str());
    assert!(told, "{bodies:?}");
}

#[tokio::test]
async fn in_the_manuals_dialect_the_sale_or_the_recurrence_itself_is_told() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway
        .merchant(&[("notification_url", &receiver.url())])
        .await;
    let id = shop.recurs(&scheduled(1, "2027-02-28")).await;
    gateway.days(28).await;
    shop.amend(&id, "Deactivate", "").await.expect(200);
    notifications::run(&gateway.server.app).await.unwrap();
    let posted = receiver.posted();
    let bodies: Vec<Value> = posted.iter().map(|post| post.json()).collect();
    assert_eq!(bodies.len(), 3);
    let statuses: Vec<&Value> = bodies
        .iter()
        .filter_map(|body| body.pointer("/RecurrentPayment/Status"))
        .collect();
    assert_eq!(statuses, [1, 3], "made, deactivated");
    let charge = bodies
        .iter()
        .find(|body| body.get("Payment").is_some())
        .unwrap();
    let (.., sale) = &shop.charges(&id).await[0];
    assert_eq!(charge, &sale.json(), "as GET gives it");
}
