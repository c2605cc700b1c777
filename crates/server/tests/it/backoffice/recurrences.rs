//! Recurrences and their configuration, as a user without scripts sees them.
//!
//! Invariant: what is set here is what the command line shows; what users do is in the audit log.

use aval_domain::audit::Act;
use aval_domain::user::Role;
use serde_json::json;

use crate::support::body::Body;
use crate::support::gateway::Gateway;
use crate::support::office::{self, Visitor};

async fn visitor(gateway: &Gateway, role: Role) -> Visitor {
    office::signed_in(gateway, gateway.merchant_id(), role).await
}

/// What users did, but sign in.
pub async fn acts(gateway: &Gateway) -> Vec<Act> {
    let storage = &gateway.server.app.storage;
    let entries = storage.entries_after(gateway.merchant_id(), 0, 100).await;
    let acts = entries.unwrap().into_iter().map(|entry| entry.act);
    acts.filter(|act| !act.action.starts_with("sign_"))
        .collect()
}

async fn plan(gateway: &Gateway) -> String {
    let node = json!({"AuthorizeNow": true, "Interval": "Monthly"});
    let body = Body::sale(1).with("Payment.RecurrentPayment", node);
    let sold = gateway.sell(&body).await.expect(201);
    let id = sold.at("/Payment/RecurrentPayment/RecurrentPaymentId");
    id.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_link_payment_method_leads_to_the_configuration_which_is_saved() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let list = admin.get("/recurrences").await.expect(200);
    let link = "href=\"/recurrence-settings\">Payment method</a>";
    assert!(list.text().contains(link), "{}", list.text());
    let fields = [
        ("recurrence", "on"),
        ("recurrence_attempts", "2"),
        ("recurrence_attempt_interval_days", "3"),
    ];
    let saved = admin
        .post("/recurrence-settings", &fields)
        .await
        .expect(303);
    let page = admin
        .get(saved.header("location").unwrap())
        .await
        .expect(200);
    assert!(
        page.text().contains("<option selected>2</option>"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("<option selected>3</option>"));
    let storage = &gateway.server.app.storage;
    let stored = storage
        .merchant(gateway.merchant_id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.settings.recurrence_attempts, 2);
    assert_eq!(stored.settings.recurrence_attempt_interval_days, 3);
    assert!(stored.settings.recurrence);
    let acts = acts(&gateway).await;
    let act = acts.last().unwrap();
    assert_eq!(
        (act.actor.as_str(), act.action.as_str()),
        ("administrator", "settings.change")
    );
    assert!(
        act.detail.contains("recurrence_attempts: 4 > 2"),
        "{}",
        act.detail
    );
    let wrong = [
        ("recurrence_attempts", "5"),
        ("recurrence_attempt_interval_days", "1"),
    ];
    admin.post("/recurrence-settings", &wrong).await.expect(422);
}

#[tokio::test]
async fn a_recurrence_is_paused_and_resumed_and_told_in_the_audit_log() {
    let gateway = Gateway::sqlite().await;
    let id = plan(&gateway).await;
    let mut operator = visitor(&gateway, Role::Operator).await;
    let path = format!("/recurrences/{id}");
    let page = operator.get(&path).await.expect(200);
    assert!(
        page.text().contains("badge-good\">Active"),
        "{}",
        page.text()
    );
    let paused = operator
        .post(&format!("{path}/pause"), &[])
        .await
        .expect(303);
    let page = operator
        .get(paused.header("location").unwrap())
        .await
        .expect(200);
    assert!(
        page.text().contains("badge-mind\">Paused"),
        "{}",
        page.text()
    );
    let again = operator.post(&format!("{path}/pause"), &[]).await;
    assert_eq!(again.status, 409);
    operator
        .post(&format!("{path}/resume"), &[])
        .await
        .expect(303);
    let page = operator.get(&path).await.expect(200);
    assert!(page.text().contains("badge-good\">Active"));
    let told: Vec<(String, String)> = acts(&gateway)
        .await
        .into_iter()
        .map(|act| (act.action, act.subject))
        .collect();
    assert_eq!(
        told,
        [
            ("recurrence.paused".to_owned(), id.clone()),
            ("recurrence.resumed".to_owned(), id),
        ]
    );
}

#[tokio::test]
async fn a_charge_tells_its_amount_and_status_and_plans_are_chosen_by_status() {
    let gateway = Gateway::sqlite().await;
    let (paused, active) = (plan(&gateway).await, plan(&gateway).await);
    let mut operator = visitor(&gateway, Role::Operator).await;
    let path = format!("/recurrences/{paused}");
    let page = operator.get(&path).await.expect(200);
    let charges = page.text().split("id=\"charges\"").nth(1).unwrap();
    for told in ["R$\u{a0}157.00", ">Not Paid<", "first payment"] {
        assert!(charges.contains(told), "{told}: {charges}");
    }
    operator
        .post(&format!("{path}/pause"), &[])
        .await
        .expect(303);
    for (status, listed) in [
        ("paused", vec![&paused]),
        ("active", vec![&active]),
        ("finished", vec![]),
        ("", vec![&paused, &active]),
    ] {
        let list = operator.get(&format!("/recurrences?status={status}")).await;
        let list = list.expect(200);
        for id in [&paused, &active] {
            let link = format!("href=\"/recurrences/{id}\"");
            assert_eq!(
                list.text().contains(&link),
                listed.contains(&id),
                "{status}"
            );
        }
    }
    let none = operator
        .get("/recurrences?status=finished")
        .await
        .expect(200);
    assert!(
        none.text().contains("None of this status"),
        "{}",
        none.text()
    );
}

#[tokio::test]
async fn what_the_next_ninety_days_charge_is_foreseen() {
    let gateway = Gateway::sqlite().await;
    for _ in 0..2 {
        plan(&gateway).await;
    }
    let mut viewer = visitor(&gateway, Role::Viewer).await;
    let page = viewer.get("/recurrences").await.expect(200);
    // Three months at least have begun within 92 days, two within 90.
    let foreseen = ["R$\u{a0}628.00", "R$\u{a0}942.00"];
    assert!(
        foreseen.iter().any(|sum| page.text().contains(sum)),
        "{}",
        page.text()
    );
    let settings = viewer.get("/recurrence-settings").await.expect(200);
    assert!(
        settings.text().contains("Only administrators"),
        "{}",
        settings.text()
    );
}

#[tokio::test]
async fn what_a_buyer_sends_is_inert_in_the_list_and_on_the_page() {
    let gateway = Gateway::sqlite().await;
    let node = json!({"AuthorizeNow": true, "Interval": "Monthly"});
    let hostile = "\"><img src=x onerror=alert(1)>";
    let body = Body::sale(1)
        .with("Payment.RecurrentPayment", node)
        .with("Customer.Name", hostile);
    let sold = gateway.sell(&body).await.expect(201);
    let id = sold.at("/Payment/RecurrentPayment/RecurrentPaymentId");
    let mut viewer = visitor(&gateway, Role::Viewer).await;
    for path in [
        "/recurrences".to_owned(),
        format!("/recurrences/{}", id.as_str().unwrap()),
        "/developers/requests".to_owned(),
    ] {
        let page = viewer.get(&path).await.expect(200);
        assert!(page.text().contains("onerror"), "{path}: it is shown");
        assert!(!page.text().contains("<img src=x"), "{path}");
    }
}
