//! The log of notifications and sending again, by the sandbox API.
//!
//! Invariant: what is told is what was attempted; sending again makes it due at once.

use aval_gateway::tasks::notifications;
use serde_json::json;

use crate::notifications::receiver::Receiver;
use crate::support::gateway::Gateway;

#[tokio::test]
async fn what_was_delivered_is_told_and_sent_again_singly_and_by_range() {
    let gateway = Gateway::sqlite().await;
    let receiver = Receiver::answering(vec![]).await;
    let shop = gateway
        .merchant(&[("notification_url", &receiver.url())])
        .await;
    let payment = shop.authorized().await;
    shop.capture(&payment, "").await.expect(200);
    let path = format!("/sandbox/notifications?MerchantId={}", shop.merchant_id());
    let waiting = gateway.sandbox("GET", &path, "").await.expect(200);
    assert_eq!(waiting.at("/Notifications/0/State"), "Pending");
    assert_eq!(waiting.at("/Deliveries"), json!([]));
    assert_eq!(notifications::run(&gateway.server.app).await.unwrap(), 2);

    let told = gateway.sandbox("GET", &path, "").await.expect(200);
    assert_eq!(told.at("/Notifications/1/State"), "Delivered");
    assert_eq!(told.at("/Notifications/1/PaymentVersion"), 2);
    assert_eq!(told.at("/Deliveries/0/Status"), 200);
    let first = told.at("/Notifications/0/NotificationId");
    let first = first.as_str().unwrap();
    let after = format!("{path}&After={first}");
    let after = gateway.sandbox("GET", &after, "").await.expect(200);
    assert_eq!(after.at("/Notifications/0/PaymentVersion"), 2);
    // Attempts are told whether or not there is a newer notification.
    let last = told.at("/Notifications/1/NotificationId");
    let last = format!("{path}&After={}", last.as_str().unwrap());
    let last = gateway.sandbox("GET", &last, "").await.expect(200);
    assert_eq!(last.at("/Notifications"), json!([]));
    assert_eq!(
        last.at("/Deliveries/0/NotificationId"),
        told.at("/Notifications/0/NotificationId")
    );
    let seen = last.at("/Deliveries/0/DeliveryId");
    let next = format!("{path}&AfterDelivery={}", seen.as_str().unwrap());
    let next = gateway.sandbox("GET", &next, "").await.expect(200);
    assert_eq!(next.at("/Deliveries/0"), told.at("/Deliveries/1"));
    assert!(next.at("/Deliveries/1").is_null(), "{}", next.text());
    let wrong = format!("{path}&AfterDelivery=x");
    let wrong = gateway
        .sandbox("GET", &wrong, "")
        .await
        .expect_error(400, 9010);
    assert_eq!(wrong.at("/0/Field"), "AfterDelivery");

    let again = format!("/sandbox/notifications/{first}/resend");
    let again = gateway.sandbox("POST", &again, "").await.expect(200);
    assert_eq!(again.at("/Resent"), 1);
    assert_eq!(notifications::run(&gateway.server.app).await.unwrap(), 1);
    let range = json!({"MerchantId": shop.merchant_id().to_string(),
        "From": "2000-01-01T00:00:00Z", "To": "2100-01-01T00:00:00Z"});
    let path = "/sandbox/notifications/resend";
    let range = gateway.sandbox("POST", path, &range.to_string()).await;
    assert_eq!(range.expect(200).at("/Resent"), 2);
    assert_eq!(notifications::run(&gateway.server.app).await.unwrap(), 2);
    assert_eq!(receiver.posted().len(), 5);
}

#[tokio::test]
async fn what_is_not_there_is_not_sent_again() {
    let gateway = Gateway::sqlite().await;
    for id in ["x", "00000000-0000-4000-8000-000000000000"] {
        let path = format!("/sandbox/notifications/{id}/resend");
        gateway.sandbox("POST", &path, "").await.expect(404);
    }
    let wrong = "/sandbox/notifications/resend";
    let wrong = gateway.sandbox("POST", wrong, r#"{"From":"now"}"#).await;
    wrong.expect_error(400, 9010);
}
