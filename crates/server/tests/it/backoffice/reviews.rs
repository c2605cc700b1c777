//! The review queue, lists and rules, as a user without scripts sees them.
//!
//! Invariant: a decision made here acts on the sale, which the API tells; what a buyer sent is
//! inert.

use aval_domain::user::Role;

use super::recurrences::acts;
use crate::support::body::Body;
use crate::support::gateway::Gateway;
use crate::support::office::{self, Visitor};

async fn visitor(gateway: &Gateway, role: Role) -> Visitor {
    office::signed_in(gateway, gateway.merchant_id(), role).await
}

fn waiting() -> Body {
    Body::sale(1)
        .with("Payment.CreditCard.Holder", "Teste review")
        .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst")
        .with("Payment.FraudAnalysis.CaptureOnLowRisk", true)
        .with("Customer.Email", "ana@mailinator.com")
        .with("Customer.Name", "\"><script>alert(1)</script>")
}

#[tokio::test]
async fn a_sale_that_waits_is_explained_noted_and_accepted_once() {
    let gateway = Gateway::sqlite().await;
    let payment = gateway.sell(&waiting()).await.expect(201).payment_id();
    let mut operator = visitor(&gateway, Role::Operator).await;
    let queue = operator.get("/reviews").await.expect(200);
    let path = format!("/reviews/{payment}");
    assert!(queue.text().contains(&path), "{}", queue.text());
    assert!(!queue.text().contains("<script>alert"));
    let page = operator.get(&path).await.expect(200);
    assert!(page.text().contains("Throw-away e-mail"), "{}", page.text());
    assert!(!page.text().contains("<script>alert"));
    let noted = operator
        .post(&format!("{path}/note"), &[("note", "called <b>him</b>")])
        .await;
    noted.expect(303);
    let accepted = operator
        .post(&format!("{path}/accept"), &[])
        .await
        .expect(303);
    let page = operator
        .get(accepted.header("location").unwrap())
        .await
        .expect(200);
    assert!(
        page.text().contains("operator: called &#60;b&#62;him"),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("badge-good\">Accepted"),
        "{}",
        page.text()
    );
    let sale = gateway.sale(&payment).await.expect(200);
    assert_eq!(sale.at("/Payment/Status"), 2, "captured, as was asked for");
    assert_eq!(sale.at("/Payment/FraudAnalysis/Status"), "Accept");
    let again = operator.post(&format!("{path}/reject"), &[]).await;
    assert_eq!(again.status, 409);
    let told: Vec<String> = acts(&gateway)
        .await
        .into_iter()
        .map(|act| act.action)
        .collect();
    assert_eq!(told, ["review.note", "review.decide"]);
    let queue = operator.get("/reviews").await.expect(200);
    assert!(
        queue.text().contains("Nothing to review"),
        "{}",
        queue.text()
    );
}

#[tokio::test]
async fn a_decision_says_before_what_it_will_do() {
    let gateway = Gateway::sqlite().await;
    let mut operator = visitor(&gateway, Role::Operator).await;
    let plain = waiting()
        .without("Payment.FraudAnalysis.CaptureOnLowRisk")
        .with("Customer.Address.Street", "Rua A");
    let undone = waiting().with("Payment.FraudAnalysis.VoidOnHighRisk", true);
    let captured = undone.clone().with("Payment.Capture", true);
    let keeps = "Only marks the sale as accepted: it stays authorized";
    for (body, accept, reject) in [
        (
            plain,
            keeps,
            "the money stays as it is; cancel it apart. The addresses",
        ),
        (
            undone,
            "Captures now R$\u{a0}157.00.",
            "Voids the authorization of R$\u{a0}157.00.",
        ),
        (
            captured,
            "Only marks",
            "Gives back to the buyer R$\u{a0}157.00.",
        ),
    ] {
        let payment = gateway.sell(&body).await.expect(201).payment_id();
        let page = operator
            .get(&format!("/reviews/{payment}"))
            .await
            .expect(200);
        for told in [accept, reject] {
            assert!(page.text().contains(told), "{told}: {}", page.text());
        }
        // The button that decides is behind one that asks.
        let (_, asking) = page
            .text()
            .split_once("<summary class=\"button button-wrong\">")
            .unwrap();
        let (asking, _) = asking.split_once("</details>").unwrap();
        assert!(
            asking.contains(&format!("/reviews/{payment}/reject")),
            "{asking}"
        );
        let path = format!("/reviews/{payment}/reject");
        operator.post(&path, &[]).await.expect(303);
        let after = operator
            .get(&format!("/reviews/{payment}"))
            .await
            .expect(200);
        assert!(!after.text().contains("What each decision does"));
    }
}

#[tokio::test]
async fn what_is_listed_is_shown_masked_and_taken_off_again() {
    let gateway = Gateway::sqlite().await;
    let mut operator = visitor(&gateway, Role::Operator).await;
    let card = [
        ("list", "negative"),
        ("kind", "card"),
        ("value", "4024 0071 5376 3191"),
    ];
    operator.post("/lists/add", &card).await.expect(303);
    let page = operator.get("/lists").await.expect(200);
    assert!(page.text().contains("402400******3191"), "{}", page.text());
    assert!(!page.text().contains("4024007153763191"));
    let wrong = [("list", "negative"), ("kind", "ip"), ("value", "nowhere")];
    operator.post("/lists/add", &wrong).await.expect(422);
    let value = office::field(page.text(), "value").to_owned();
    let entry = [("kind", "card"), ("value", value.as_str())];
    operator.post("/lists/remove", &entry).await.expect(303);
    let page = operator.get("/lists").await.expect(200);
    assert!(
        page.text().contains("The lists are empty"),
        "{}",
        page.text()
    );
    let told = acts(&gateway).await;
    assert!(
        told.iter()
            .all(|act| !act.detail.contains("4024007153763191")),
        "{told:?}"
    );
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn a_rule_is_checked_as_it_is_saved_and_tried_before() {
    let gateway = Gateway::sqlite().await;
    let mut admin = visitor(&gateway, Role::Administrator).await;
    let rule = |expression| {
        [
            ("name", "big_order"),
            ("position", "1"),
            ("expression", expression),
            ("action", "reject"),
            ("enabled", "on"),
        ]
    };
    let refused = admin
        .post("/rules/save", &rule("amount > unheard"))
        .await
        .expect(422);
    assert!(
        refused.text().contains("Unknown variable: unheard"),
        "{}",
        refused.text()
    );
    let tried = admin
        .post("/rules/try", &rule("amount > 200000"))
        .await
        .expect(200);
    assert!(
        tried.text().contains("badge-wrong\">Reject"),
        "{}",
        tried.text()
    );
    let none = admin.get("/rules").await.expect(200);
    assert!(none.text().contains("No rule yet"), "a trial keeps nothing");
    admin
        .post("/rules/save", &rule("amount > 200000"))
        .await
        .expect(303);
    let page = admin.get("/rules?edit=big_order").await.expect(200);
    assert!(
        page.text().contains("amount &#62; 200000"),
        "{}",
        page.text()
    );
    let asked = Body::sale(1)
        .with("Payment.Amount", 300_000)
        .with("Payment.FraudAnalysis.Sequence", "AnalyseFirst");
    let sold = gateway.sell(&asked).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 13, "the rule rejects");
    admin
        .post("/rules/remove", &[("name", "big_order")])
        .await
        .expect(303);
    let none = admin.get("/rules").await.expect(200);
    assert!(none.text().contains("No rule yet"));
}
