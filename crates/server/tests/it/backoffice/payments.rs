//! The page of a payment, its forms, and what a buyer's text does on them: nothing.
//!
//! Invariant: what was done is looked up by the API too.

use aval_domain::id::PaymentId;
use aval_domain::time::DAY;
use aval_domain::user::Role;
use serde_json::json;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{Visitor, field, signed_in};

/// The name of a form.
const FORM: &str = "0197a1c0-0000-7000-8000-00000000000f";

/// An operator of the first merchant.
pub async fn operator(gateway: &Gateway) -> Visitor {
    signed_in(gateway, gateway.caller.merchant_id(), Role::Operator).await
}

/// The page of a payment.
pub async fn page(visitor: &mut Visitor, payment: &str) -> String {
    let page = visitor.get(&format!("/payments/{payment}")).await;
    page.expect(200).text().to_owned()
}

pub async fn status(gateway: &Gateway, payment: &str) -> (i64, i64, i64) {
    let sale = gateway.sale(payment).await.expect(200);
    let of = |member: &str| sale.at(&format!("/Payment/{member}")).as_i64().unwrap_or(0);
    (of("Status"), of("CapturedAmount"), of("VoidedAmount"))
}

#[tokio::test]
async fn a_payment_is_captured_in_part_and_given_back_by_its_forms() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let payment = gateway.authorized().await;
    let before = page(&mut visitor, &payment).await;
    let [capture, cancel] = ["capture", "cancel"].map(|verb| format!("/payments/{payment}/{verb}"));
    assert!(before.contains(&format!("href=\"{capture}\"")));
    let form = visitor.get(&capture).await.expect(200);
    assert_eq!(field(form.text(), "form").len(), 36);
    assert!(form.text().contains("value=\"157.00\""), "{}", form.text());
    let name = field(form.text(), "form").to_owned();
    let sent = [("amount", "1.00"), ("form", &name)];
    let done = visitor.post(&capture, &sent).await.expect(303);
    let to = done.header("location").unwrap();
    assert_eq!(to, format!("/payments/{payment}?done=capture"));
    assert_eq!(status(&gateway, &payment).await, (2, 100, 0), "a part");
    let told = visitor.get(to).await.expect(200);
    assert!(told.text().contains("Captured."));
    assert!(told.text().contains("· operator"), "who did it");
    // The same form again: done once, and the page says so.
    let again = visitor.post(&capture, &sent).await.expect(303);
    assert!(again.header("location").unwrap().ends_with("done=before"));
    let form = visitor.get(&cancel).await.expect(200);
    assert!(form.text().contains("value=\"1.00\""));
    let name = field(form.text(), "form").to_owned();
    let sent = [("amount", "0,40"), ("form", &name)];
    visitor.post(&cancel, &sent).await.expect(303);
    assert_eq!(status(&gateway, &payment).await, (2, 100, 40));
    let after = page(&mut visitor, &payment).await;
    for told in [">Paid</span>", "R$\u{a0}0.60", "-R$\u{a0}0.40"] {
        assert!(after.contains(told), "{told}");
    }
    assert!(!after.contains(&capture), "it cannot be captured again");
}

#[tokio::test]
async fn what_a_rule_forbids_is_told_with_its_reason_and_changes_nothing() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let payment = gateway.authorized().await;
    let capture = format!("/payments/{payment}/capture");
    for (amount, status, said) in [
        ("157.01", 409, "more than was authorized"),
        ("one", 422, "Enter an amount in reais"),
        ("", 422, "Enter an amount in reais"),
        ("0", 422, "Enter an amount in reais"),
    ] {
        let sent = [("amount", amount), ("form", FORM)];
        let answer = visitor.post(&capture, &sent).await.expect(status);
        assert!(answer.text().contains(said), "{amount}: {}", answer.text());
    }
    let part = [("amount", "1.00"), ("form", FORM)];
    let cancel = format!("/payments/{payment}/cancel");
    let refused = visitor.post(&cancel, &part).await.expect(409);
    assert!(refused.text().contains("a part of what was not captured"));
    assert_eq!(status(&gateway, &payment).await, (1, 0, 0));
    gateway.advance(6 * DAY).await;
    let mut visitor = signed_in(&gateway, gateway.caller.merchant_id(), Role::Administrator).await;
    let late = visitor.get(&capture).await.expect(409);
    assert!(
        late.text()
            .contains("time this shop has to capture is over")
    );
    assert!(late.text().contains("Code 308"));
    assert!(!late.text().contains("name=\"amount\""));
    assert!(!page(&mut visitor, &payment).await.contains(&capture));
}

#[tokio::test]
async fn the_audit_log_says_who_captured_what() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let payment = gateway.authorized().await;
    let path = format!("/payments/{payment}/capture");
    let unnamed = [("amount", "1.00"), ("form", "f")];
    visitor.post(&path, &unnamed).await.expect(403);
    let sent = [("amount", "1.00"), ("form", FORM)];
    visitor.post(&path, &sent).await.expect(303);
    visitor.post(&path, &sent).await.expect(303);
    let (storage, of) = (&gateway.server.app.storage, gateway.caller.merchant_id());
    let log = storage.entries_after(of, 0, 100).await.unwrap();
    let found: Vec<_> = log
        .iter()
        .filter(|one| one.act.action == "payment.capture")
        .collect();
    assert_eq!(found.len(), 1, "{log:?}");
    let act = &found[0].act;
    assert_eq!(
        (act.actor.as_str(), act.subject.as_str()),
        ("operator", payment.as_str())
    );
    assert_eq!(act.detail, "amount=100 of=15700");
    let id = PaymentId::parse(&payment).unwrap();
    let done = storage.operations(of, id).await.unwrap();
    assert_eq!(done[0].by.as_deref(), Some("operator"));
}

#[tokio::test]
async fn the_page_explains_a_denial_a_score_and_what_was_asked() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let order = Body::sale(8);
    let denied = gateway.sell(&order).await.expect(201).payment_id();
    let retried = gateway.sell(&order).await.expect(201).payment_id();
    let html = page(&mut visitor, &denied).await;
    for told in [
        "Code 70",
        "What to tell the buyer",
        "Allowed",
        "Other sales of the order",
    ] {
        assert!(html.contains(told), "{told}: {html}");
    }
    assert!(html.contains(&format!("href=\"/payments/{retried}\"")));
    assert!(html.contains("POST /1/sales"), "the request");
    assert!(html.contains("123412******1238") && !html.contains("1234123412341238"));
    let never = gateway.sell(&Body::sale(2)).await.expect(201).payment_id();
    assert!(
        page(&mut visitor, &never)
            .await
            .contains("Not allowed: the issuer")
    );
    let analysed = Body::sale(1).with(
        "Payment.FraudAnalysis",
        json!({"Browser": {"IpAddress": "200.190.150.350", "Email": "a@mailinator.com"},
            "Cart": {"Items": [{"Name": "x", "Quantity": 1, "Type": "Default", "UnitPrice": 1}]}}),
    );
    let analysed = gateway.sell(&analysed).await.expect(201).payment_id();
    let html = page(&mut visitor, &analysed).await;
    assert!(html.contains("of 99") && html.contains("<code>"), "{html}");
    let boleto = gateway.sell(&Body::boleto()).await.expect(201).payment_id();
    let html = page(&mut visitor, &boleto).await;
    assert!(html.contains("Digitable line") && !html.contains("/capture\""));
    let recurring = Body::sale(1).with("Payment.RecurrentPayment", json!({"AuthorizeNow": true}));
    let recurring = gateway.sell(&recurring).await.expect(201).payment_id();
    let html = page(&mut visitor, &recurring).await;
    assert!(html.contains("RecurrentPaymentId") && html.contains("Monthly"));
}

#[tokio::test]
async fn portuguese_pages_tell_codes_and_signals_in_portuguese() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    visitor.language = "pt-BR";
    let denied = gateway.sell(&Body::sale(3)).await.expect(201).payment_id();
    let analysed = Body::sale(1).with(
        "Payment.FraudAnalysis",
        json!({"Browser": {"IpAddress": "200.190.150.35", "Email": "a@mailinator.com"}}),
    );
    let analysed = gateway.sell(&analysed).await.expect(201).payment_id();
    for (payment, told, untold) in [
        (
            &denied,
            "<span>Cartão vencido</span>",
            "lang=\"en\">Unauthorized",
        ),
        (&analysed, ">E-mail descartável<", "disposable_email"),
    ] {
        let html = page(&mut visitor, payment).await;
        assert!(html.contains(told), "{told}: {html}");
        assert!(!html.contains(untold), "{untold}: {html}");
    }
    // What the acquirer said is there in its own words too.
    let html = page(&mut visitor, &denied).await;
    assert!(
        html.contains("<code lang=\"en\">Expired Card</code>"),
        "{html}"
    );
    let table = visitor.get("/developers/return-codes").await.expect(200);
    assert!(table.text().contains("Cartão bloqueado por roubo."));
    assert!(!table.text().contains("Card locked for theft"));
}

#[tokio::test]
async fn a_notification_is_shown_with_what_became_of_it_and_sent_again() {
    let gateway = Gateway::sqlite().await;
    let nowhere = [("notification_url", "http://127.0.0.1:1/x")];
    gateway.set(gateway.caller.merchant_id(), &nowhere).await;
    let mut visitor = operator(&gateway).await;
    let payment = gateway.authorized().await;
    let other = gateway.authorized().await;
    let of = gateway.caller.merchant_id();
    let delivered = aval_gateway::tasks::notifications::deliver(&gateway.server.app, of).await;
    delivered.unwrap();
    let html = page(&mut visitor, &payment).await;
    for told in ["Payment status", "Pending", "1 attempt"] {
        assert!(html.contains(told), "{told}: {html}");
    }
    let id = PaymentId::parse(&payment).unwrap();
    let storage = &gateway.server.app.storage;
    let told = storage.notifications_of(of, id, 9).await.unwrap();
    let path = |of: &str| format!("/payments/{of}/notifications/{}/resend", told[0].id);
    visitor.post(&path(&payment), &[]).await.expect(303);
    visitor.post(&path(&other), &[]).await.expect(404);
    let after = storage.notifications_of(of, id, 9).await.unwrap();
    assert_eq!(
        (after[0].attempts, after[0].version),
        (0, told[0].version + 1)
    );
}

#[tokio::test]
async fn who_only_looks_finds_no_buttons_and_is_refused() {
    let gateway = Gateway::sqlite().await;
    let of = gateway.caller.merchant_id();
    let payment = gateway.authorized().await;
    for role in [Role::Viewer, Role::Finance] {
        let mut visitor = signed_in(&gateway, of, role).await;
        let html = page(&mut visitor, &payment).await;
        assert!(!html.contains(&format!("/payments/{payment}/capture")));
        let sent = [("amount", "1.00"), ("form", FORM)];
        let path = format!("/payments/{payment}/capture");
        visitor.post(&path, &sent).await.expect(403);
    }
    assert_eq!(status(&gateway, &payment).await, (1, 0, 0));
}

/// A text that would do something in every place of a page.
pub const EVIL: &str = "'\"><i id=x onclick=x()></i>";

/// A sale with such a text wherever a buyer or a shop can send one.
pub fn evil(ending: u8) -> Body {
    let address = json!({
        "Street": EVIL, "Number": "\"><i id=x>", "Complement": EVIL, "ZipCode": "<i id=x>",
        "City": EVIL, "State": "<", "Country": EVIL, "District": EVIL,
    });
    Body::sale(ending)
        .with(
            "MerchantOrderId",
            format!("{EVIL}{}", crate::support::store::unique()),
        )
        .with("Customer.Name", EVIL)
        .with("Customer.Email", format!("{EVIL}@x.io"))
        .with("Customer.Identity", "\"><i id=x>")
        .with("Customer.IdentityType", "CPF")
        .with("Customer.Address", address.clone())
        .with("Customer.DeliveryAddress", address)
        .with("Payment.SoftDescriptor", "\"><i id=x>")
        .with(
            "Payment.ExtraDataCollection",
            json!([{"Name": "a", "Value": EVIL}]),
        )
}

/// Nothing of a text that was sent became part of a page.
pub fn is_inert(html: &str, what: &str) {
    assert!(!html.contains("<i id=x"), "{what}: {html}");
    assert!(
        html.contains("&#60;i id=x") || html.contains("&lt;i id=x"),
        "{what}: not shown"
    );
}

#[tokio::test]
async fn no_text_of_a_buyer_becomes_part_of_a_page() {
    let setup = Setup {
        dialect: aval_domain::merchant::Dialect::Live,
        ..Setup::default()
    };
    let gateway = Gateway::with(setup).await;
    let mut visitor = operator(&gateway).await;
    let body = evil(1);
    let selling = gateway.selling(&body).header("RequestId", EVIL);
    let sold = selling.send().await.expect(201);
    let denied = gateway.sell(&evil(2)).await.expect(201).payment_id();
    let boleto = Body::boleto()
        .with("Customer.Name", EVIL)
        .with("Payment.Instructions", EVIL)
        .with("Payment.Assignor", EVIL);
    let boleto = gateway.sell(&boleto).await.expect(201).payment_id();
    for payment in [sold.payment_id(), denied, boleto] {
        is_inert(&page(&mut visitor, &payment).await, "payment");
        for verb in ["capture", "cancel"] {
            let form = visitor.get(&format!("/payments/{payment}/{verb}")).await;
            assert!(!form.text().contains("<i id=x"), "{}", form.text());
        }
    }
    let path = format!("/payments/{}/capture", sold.payment_id());
    let sent = [("amount", EVIL), ("form", EVIL)];
    let refused = visitor.post(&path, &sent).await.expect(422);
    is_inert(refused.text(), "what was typed");
}
