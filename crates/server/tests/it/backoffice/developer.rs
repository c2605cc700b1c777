//! The developer area, as a user without scripts sees it.
//!
//! Invariant: no key and no secret that is kept is on any page; what a form does is what the API
//! sees.

use aval_domain::user::Role;
use aval_gateway::app::Environment;
use serde_json::json;

use super::recurrences::acts;
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{self, Visitor};

async fn visitor(gateway: &Gateway, role: Role) -> Visitor {
    office::signed_in(gateway, gateway.merchant_id(), role).await
}

#[tokio::test]
async fn samples_name_the_merchant_and_never_its_key() {
    let gateway = Gateway::sqlite().await;
    let mut viewer = visitor(&gateway, Role::Viewer).await;
    for path in [
        "/developers",
        "/developers/test-cards",
        "/developers/guides/card-sale",
        "/developers/reference/post-1-sales",
    ] {
        let page = viewer.get(path).await.expect(200);
        assert!(page.text().contains(&gateway.caller.id), "{path}");
        assert!(!page.text().contains(&gateway.caller.key), "{path}");
    }
}

#[tokio::test]
async fn codes_are_found_by_number_and_by_word() {
    let gateway = Gateway::sqlite().await;
    let mut viewer = visitor(&gateway, Role::Viewer).await;
    let all = viewer.get("/developers/errors").await.expect(200);
    assert_eq!(
        all.text().matches("<tr>").count(),
        147,
        "140 rows of the manual, 6 of ours, and a head"
    );
    let own = viewer.get("/developers/errors?q=9001").await.expect(200);
    assert_eq!(own.text().matches("<tr>").count(), 2, "{}", own.text());
    let one = viewer
        .get("/developers/errors?q=Expiration+126")
        .await
        .expect(200);
    assert_eq!(one.text().matches("<tr>").count(), 2, "{}", one.text());
    let returns = viewer.get("/developers/return-codes").await.expect(200);
    assert_eq!(returns.text().matches("<tr>").count(), 106);
    let none = viewer
        .get("/developers/errors?q=%3Cscript%3E")
        .await
        .expect(200);
    assert!(none.text().contains("Nothing found") && !none.text().contains("<script>"));
    // Messages are the API's own; what explains them is in the page's language.
    viewer.language = "pt-BR";
    let page = viewer.get("/developers/errors?q=114").await.expect(200);
    let message = "<span lang=\"en\">The provided MerchantId is not in correct format</span>";
    assert!(page.text().contains(message), "{}", page.text());
    assert!(page.text().contains("O MerchantId enviado não é um GUID"));
}

#[tokio::test]
async fn a_key_is_shown_once_and_a_form_sent_twice_makes_one() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let path = "/developers/credentials";
    let page = admin.get(path).await.expect(200);
    let version = office::field(page.text(), "version").to_owned();
    let fields = [("version", version.as_str())];
    let made = admin
        .post("/developers/credentials/key", &fields)
        .await
        .expect(200);
    let (_, rest) = made.text().split_once("id=\"merchant-key\">").unwrap();
    let key = rest.split('<').next().unwrap().to_owned();
    assert_eq!(key.len(), 40, "{key}");
    let again = admin.post("/developers/credentials/key", &fields).await;
    assert_eq!(again.status, 409, "{}", again.text());
    assert!(!admin.get(path).await.text().contains(&key));
    let request = gateway.caller.selling(&Body::sale(1));
    let sold = request
        .without("MerchantKey")
        .header("MerchantKey", &key)
        .send()
        .await;
    assert_eq!(sold.status, 201, "{}", sold.text());
    gateway.sell(&Body::sale(1)).await.expect(201);
    let told = acts(&gateway).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!format!("{told:?}").contains(&key));
}

#[tokio::test]
async fn addresses_headers_and_secret_are_saved_and_not_shown() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let path = "/developers/credentials";
    let ip = [("what", "ip"), ("ip_allow_list", "127.0.0.1\n10.0.0.0/8")];
    admin.post(path, &ip).await.expect(303);
    let wrong = [("what", "ip"), ("ip_allow_list", "nowhere")];
    let refused = admin.post(path, &wrong).await.expect(422);
    assert!(
        refused.text().contains(">nowhere</textarea>"),
        "{}",
        refused.text()
    );
    let secret = [
        ("what", "secret"),
        ("notification_secret", "s3cr3t-of-the-shop"),
    ];
    admin.post(path, &secret).await.expect(303);
    let headers = [
        ("what", "headers"),
        ("header_1", "X-Shop"),
        ("value_1", "v4lue"),
    ];
    admin.post(path, &headers).await.expect(303);
    let page = admin.get(path).await.expect(200);
    assert!(
        page.text().contains("127.0.0.1\n10.0.0.0/8"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("A secret is set"), "{}", page.text());
    assert!(page.text().contains("X-Shop: ***"), "{}", page.text());
    for hidden in ["s3cr3t-of-the-shop", "v4lue"] {
        assert!(!page.text().contains(hidden));
        assert!(!format!("{:?}", acts(&gateway).await).contains(hidden));
    }
}

#[tokio::test]
async fn a_test_is_sent_to_the_configured_address_and_told() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let path = "/developers/credentials/test";
    let none = admin.post(path, &[]).await.expect(422);
    assert!(none.text().contains("Set the notification URL first"));
    // The back office itself has no such page: an answer that is not 2xx.
    let url = format!("http://{}/nobody", gateway.backoffice);
    let settings = [
        ("what", "notifications"),
        ("notification_url", url.as_str()),
    ];
    admin
        .post("/developers/credentials", &settings)
        .await
        .expect(303);
    let tested = admin.post(path, &[]).await.expect(200);
    assert!(tested.text().contains("Not received"), "{}", tested.text());
    assert!(tested.text().contains("404"), "{}", tested.text());
    let url = format!("http://{}/healthz", gateway.backoffice);
    gateway
        .set(gateway.merchant_id(), &[("notification_url", &url)])
        .await;
    let tested = admin.post(path, &[]).await.expect(200);
    assert!(tested.text().contains("405"), "{}", tested.text());
}

#[tokio::test]
async fn the_last_requests_are_shown_without_card_data() {
    let gateway = Gateway::sqlite().await;
    gateway.sell(&Body::sale(1)).await.expect(201);
    gateway
        .sell(&Body::sale(1).with("Payment.Amount", 0))
        .await
        .expect(400);
    let mut viewer = visitor(&gateway, Role::Viewer).await;
    let page = viewer.get("/developers/requests").await.expect(200);
    assert_eq!(
        page.text().matches("<details data-row>").count(),
        2,
        "{}",
        page.text()
    );
    assert!(!page.text().contains("1234123412341231"));
    let failed = viewer
        .get("/developers/requests?failed=1")
        .await
        .expect(200);
    assert_eq!(failed.text().matches("<details data-row>").count(), 1);
    assert!(
        failed.text().contains("/developers/errors?q=108"),
        "{}",
        failed.text()
    );
}

#[tokio::test]
async fn requests_tell_what_they_were_about_and_are_filtered() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).with("MerchantOrderId", "ORDER77");
    let paid = gateway.sell(&body).await.expect(201);
    gateway.sell(&Body::sale(2)).await.expect(201);
    gateway.sell(&Body::boleto()).await.expect(201);
    gateway
        .sell(&Body::sale(1).with("Payment.Amount", 0))
        .await
        .expect(400);
    let mut viewer = visitor(&gateway, Role::Viewer).await;
    let all = viewer.get("/developers/requests").await.expect(200);
    for told in ["ORDER77", "R$\u{a0}157.00", "Not Authorized", "Not Paid"] {
        assert!(all.text().contains(told), "{told}: {}", all.text());
    }
    let link = format!("href=\"/payments/{}\"", paid.payment_id());
    assert!(all.text().contains(&link));
    assert!(!all.text().contains("ticket=ey") && all.text().contains("ticket=***"));
    for (query, found) in [
        ("code=201", 3),
        ("code=108", 1),
        ("code=400&path=/1/SALES", 1),
        ("path=order77", 1),
        ("path=/2/", 0),
        ("id=none", 0),
        ("code=201&failed=1", 0),
    ] {
        let path = format!("/developers/requests?{query}");
        let page = viewer.get(&path).await.expect(200);
        let count = page.text().matches("<details data-row>").count();
        assert_eq!(count, found, "{query}");
    }
    let id = paid.header("requestid").unwrap();
    let page = viewer.get(&format!("/developers/requests?id={id}")).await;
    assert_eq!(page.text().matches("<details data-row>").count(), 1);
}

#[tokio::test]
async fn the_console_moves_the_clock_sets_faults_and_pays_a_boleto() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let path = "/developers/console";
    let slip = gateway.sell(&Body::boleto()).await.expect(201).payment_id();
    let pay = [
        ("what", "payment"),
        ("payment", slip.as_str()),
        ("decision", "pay"),
    ];
    admin.post(path, &pay).await.expect(303);
    assert_eq!(gateway.sale(&slip).await.at("/Payment/Status"), 2);
    admin.post(path, &pay).await.expect(422);
    let fault = [
        ("what", "fault"),
        ("fault", "Refused"),
        ("card", ""),
        ("delay", ""),
    ];
    admin.post(path, &fault).await.expect(303);
    let page = admin.get(path).await.expect(200);
    assert!(
        page.text()
            .contains("Connection refused</span><code>All cards"),
        "{}",
        page.text()
    );
    let none = [("what", "fault"), ("fault", "None")];
    admin.post(path, &none).await.expect(303);
    let delay = [("what", "fault"), ("fault", "Delay"), ("delay", "0")];
    admin.post(path, &delay).await.expect(422);
    let before = gateway.server.app.clock.offset();
    let hour = [("what", "clock"), ("days", "0"), ("hours", "1")];
    let moved = admin.post(path, &hour).await.expect(303);
    // A session ends after fifteen minutes of rest; who moved the clock goes on.
    let page = admin
        .get(moved.header("location").unwrap())
        .await
        .expect(200);
    assert!(
        page.text().contains("The clock was moved"),
        "{}",
        page.text()
    );
    let after = gateway.server.app.clock.offset();
    assert_eq!(after - before, 3_600_000_000);
}

#[tokio::test]
async fn a_decision_that_is_none_is_not_told_to_the_audit_log() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let slip = gateway.sell(&Body::boleto()).await.expect(201).payment_id();
    let (storage, of) = (&gateway.server.app.storage, gateway.merchant_id());
    let before = storage.entries_after(of, 0, 100).await.unwrap().len();
    let sent = [
        ("what", "payment"),
        ("payment", slip.as_str()),
        ("decision", "any text"),
    ];
    admin.post("/developers/console", &sent).await.expect(422);
    let after = storage.entries_after(of, 0, 100).await.unwrap().len();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_card_is_replaced_and_a_foreign_payment_is_not_found() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let path = "/developers/console";
    let card = [
        ("what", "card"),
        ("old", "1234123412341231"),
        ("new", "4024007153763191"),
        ("expiry", "12/2032"),
        ("brand", "Visa"),
    ];
    admin.post(path, &card).await.expect(303);
    let recurring = Body::sale(1).with("Payment.Recurrent", true);
    let denied = gateway.sell(&recurring).await.expect(201);
    assert_eq!(denied.at("/Payment/ReturnCode"), "KA", "{}", denied.text());
    let other = gateway.merchant(&[]).await;
    let theirs = other.sell(&Body::boleto()).await.expect(201).payment_id();
    let pay = [
        ("what", "payment"),
        ("payment", theirs.as_str()),
        ("decision", "pay"),
    ];
    let refused = admin.post(path, &pay).await.expect(422);
    assert!(
        refused.text().contains("no such payment"),
        "{}",
        refused.text()
    );
    assert_eq!(other.sale(&theirs).await.at("/Payment/Status"), json!(1));
}

#[tokio::test]
async fn in_production_no_call_of_the_sandbox_is_told_and_a_proxy_has_the_certificate() {
    let gateway = Gateway::with(Setup {
        environment: Environment::Production,
        ..Setup::default()
    })
    .await;
    let mut viewer = visitor(&gateway, Role::Viewer).await;
    let reference = viewer.get("/developers/reference").await.expect(200);
    assert!(!reference.text().contains("/sandbox/"));
    let absent = viewer.get("/developers/reference/put-sandbox-clock").await;
    assert_eq!(absent.status, 404);
    let page = viewer.get("/developers/certificate").await.expect(200);
    assert!(page.text().contains("does not speak TLS itself"));
    let none = viewer.get("/developers/certificate/server.crt").await;
    assert_eq!(none.status, 404);
}
