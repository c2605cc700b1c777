//! The ids of one merchant in the forms, paths and addresses of another: what they name is as what
//! does not exist, and nothing of it changes.
//!
//! Invariant: every action of the table of routes has its line in [`named`]; one that is added
//! without a line fails the test.

use aval_domain::id::{JobId, NotificationId, PaymentId, RecurrentPaymentId};
use aval_domain::user::Role;
use aval_server::backoffice::route::{ROUTES, Row};

use super::routes::{Things, asks_for};
use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::Gateway;
use crate::support::http::Answer;
use crate::support::office::{self, PASSWORD, Visitor, field};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(what_a_form_names_of_another_merchant_is_as_what_does_not_exist,);

/// What forms and addresses name of a merchant, beside what paths do.
struct Named {
    things: Things,
    /// A bank transfer that waits.
    waiting: String,
    session: String,
    invitation: String,
    /// An entry of a list.
    entry: String,
    view: String,
    rule: String,
}

/// A rule with this name.
fn rule(name: &str) -> [(&'static str, String); 5] {
    [
        ("name", name.to_owned()),
        ("position", "1".to_owned()),
        ("expression", "amount > 200000".to_owned()),
        ("action", "reject".to_owned()),
        ("enabled", "on".to_owned()),
    ]
}

impl Named {
    /// Makes one of each of a merchant, whose administrator this is.
    async fn of(gateway: &Gateway, caller: &Caller, admin: &mut Visitor) -> Self {
        let view = [("name", "theirs"), ("query", "q=status%3Apaid")];
        admin.post("/transactions/views", &view).await.expect(303);
        let guest = [("login", "rui"), ("role", "viewer")];
        admin.post("/users/invite", &guest).await.expect(200);
        let users = admin.get("/users").await.expect(200);
        let card = "4024007153763191";
        let listed = [("list", "negative"), ("kind", "card"), ("value", card)];
        admin.post("/lists/add", &listed).await.expect(303);
        let lists = admin.get("/lists").await.expect(200);
        let fields = rule("theirs");
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        admin.post("/rules/save", &fields).await.expect(303);
        let code = office::establishment(gateway, caller.merchant_id()).await;
        let mut second = Visitor::new(gateway.backoffice);
        let entered = second.sign_in(&code, "administrator", PASSWORD).await;
        entered.expect(303);
        let account = admin.get("/account").await.expect(200);
        let (_, session) = account
            .text()
            .split_once("name=\"session\" value=\"")
            .unwrap();
        let (_, invitation) = users
            .text()
            .split_once("name=\"invitation\" value=\"")
            .unwrap();
        let until_quote = |text: &str| text.split('"').next().unwrap().to_owned();
        Self {
            things: Things::of(gateway, caller).await,
            waiting: caller
                .sell(&Body::transfer())
                .await
                .expect(201)
                .payment_id(),
            session: until_quote(session),
            invitation: until_quote(invitation),
            entry: field(lists.text(), "value").to_owned(),
            view: "theirs".to_owned(),
            rule: "theirs".to_owned(),
        }
    }

    /// What exists nowhere.
    fn nothing(merchant: &str) -> Self {
        let id = |last: u8| format!("24bc8366-fc31-4d6c-8555-17049a836a0{last}");
        Self {
            things: Things {
                merchant: merchant.to_owned(),
                payment: id(1),
                job: id(2),
                notification: id(3),
                user: "nobody-of-this-name".to_owned(),
                plan: id(4),
                review: id(5),
            },
            waiting: id(6),
            session: "1".repeat(64),
            invitation: "2".repeat(64),
            entry: "3".repeat(16),
            view: "nowhere".to_owned(),
            rule: "nowhere".to_owned(),
        }
    }

    /// Every one of its names, longer ones first.
    fn names(&self) -> Vec<&str> {
        let things = &self.things;
        vec![
            &self.session,
            &self.invitation,
            &self.waiting,
            &things.payment,
            &things.job,
            &things.notification,
            &things.plan,
            &things.review,
            &self.entry,
            &self.view,
            &self.rule,
        ]
    }
}

/// The fields of an action that name something; none where its fields name nothing.
fn named(row: &Row, of: &Named) -> Vec<(&'static str, String)> {
    let (payment, job) = (of.things.payment.clone(), of.things.job.clone());
    match row.path {
        "/account/sessions/end" => vec![("session", of.session.clone())],
        "/users/withdraw" => vec![("invitation", of.invitation.clone())],
        "/transactions/views" => vec![("remove", of.view.clone())],
        "/transactions/block" => vec![
            ("kind", "capture".to_owned()),
            ("query", format!("q=id%3A{payment}")),
            ("form", job),
        ],
        "/jobs" => vec![
            ("kind", "capture".to_owned()),
            ("payment", payment),
            ("payment", of.waiting.clone()),
            ("form", job),
        ],
        "/jobs/{job}/retry" => vec![("form", job)],
        "/payments/{payment}/capture" | "/payments/{payment}/cancel" => {
            vec![("amount", "157.00".to_owned()), ("form", job)]
        }
        "/lists/remove" => vec![("kind", "card".to_owned()), ("value", of.entry.clone())],
        "/rules/remove" => vec![("name", of.rule.clone())],
        "/developers/console" => vec![
            ("what", "payment".to_owned()),
            ("payment", of.waiting.clone()),
            ("decision", "pay".to_owned()),
        ],
        "/sign-in"
        | "/sign-out"
        | "/preferences"
        | "/invitation/{invitation}"
        | "/account/password"
        | "/account/second-factor"
        | "/account/second-factor/codes"
        | "/account/second-factor/remove"
        | "/users/invite"
        | "/users/{user}/role"
        | "/users/{user}/block"
        | "/users/{user}/unblock"
        | "/users/{user}/unlock"
        | "/users/{user}/second-factor/remove"
        | "/users/{user}/sessions/end"
        | "/payments/{payment}/notifications/{notification}/resend"
        | "/jobs/{job}/amounts"
        | "/jobs/{job}/confirm"
        | "/recurrences/{plan}/pause"
        | "/recurrences/{plan}/resume"
        | "/recurrence-settings"
        | "/settings"
        | "/developers/credentials"
        | "/developers/credentials/key"
        | "/developers/credentials/test"
        | "/reviews/{review}/accept"
        | "/reviews/{review}/reject"
        | "/reviews/{review}/note"
        | "/lists/add"
        | "/rules/save"
        | "/rules/try" => Vec::new(),
        other => panic!("nobody knows what the form of {other} names"),
    }
}

/// Addresses of pages that name something behind `?`.
fn addresses(of: &Named) -> [String; 4] {
    [
        format!("/transactions?q=id%3A{}", of.things.payment),
        format!("/audit?subject={}", of.things.payment),
        format!("/rules?edit={}", of.rule),
        format!("/developers/console?payment={}", of.waiting),
    ]
}

/// Everything of a merchant that the forms could change.
async fn stored(gateway: &Gateway, caller: &Caller, of: &Named) -> Vec<String> {
    let (storage, merchant) = (&gateway.server.app.storage, caller.merchant_id());
    let things = &of.things;
    let mut all = vec![
        format!("{:?}", storage.merchant(merchant).await.unwrap()),
        format!("{:?}", storage.users(merchant, "", 100).await.unwrap()),
        format!(
            "{:?}",
            storage
                .sessions(merchant, "administrator", [0; 32], 100)
                .await
                .unwrap()
        ),
        format!("{:?}", storage.invitations(merchant, 100).await.unwrap()),
        format!(
            "{:?}",
            storage.views(merchant, "administrator", 100).await.unwrap()
        ),
        format!(
            "{:?}",
            storage
                .fraud_entries(merchant, ("", ""), 100)
                .await
                .unwrap()
        ),
        format!("{:?}", storage.fraud_rules(merchant).await.unwrap()),
        format!("{:?}", storage.faults(merchant).await.unwrap()),
        format!("{:?}", storage.last_entry(merchant).await.unwrap()),
    ];
    for payment in [&things.payment, &things.review, &of.waiting] {
        let payment = PaymentId::parse(payment).unwrap();
        all.push(format!(
            "{:?}",
            storage.sale(merchant, payment).await.unwrap()
        ));
        all.push(format!(
            "{:?}",
            storage.operations(merchant, payment).await.unwrap()
        ));
        all.push(format!(
            "{:?}",
            storage.fraud_review(merchant, payment).await.unwrap()
        ));
    }
    let job = JobId::parse(&things.job).unwrap();
    all.push(format!("{:?}", storage.job(merchant, job).await.unwrap()));
    all.push(format!(
        "{:?}",
        storage.job_rows(merchant, job, 0, 100).await.unwrap()
    ));
    let plan = RecurrentPaymentId::parse(&things.plan).unwrap();
    all.push(format!(
        "{:?}",
        storage.recurrent_payment(merchant, plan).await.unwrap()
    ));
    let told = NotificationId::parse(&things.notification).unwrap();
    all.push(format!(
        "{:?}",
        storage.notification(merchant, told).await.unwrap()
    ));
    all
}

/// An answer without the names that were sent and those of the form's own payment; without digits,
/// since some pages tell the time.
fn without_names(answer: &Answer, sent: &Named, own: &Things) -> (u16, String, String) {
    let blank = |text: &str| {
        let own = [own.payment.as_str(), &own.job];
        let names = sent.names().into_iter().chain(own);
        let text = names.fold(text.to_owned(), |text, name| text.replace(name, "?"));
        text.replace(|sign: char| sign.is_ascii_digit(), "")
    };
    let to = answer.header("location").unwrap_or_default();
    (answer.status, blank(to), blank(answer.text()))
}

async fn what_a_form_names_of_another_merchant_is_as_what_does_not_exist(store: Store) {
    let gateway = Gateway::start(store, Default::default()).await;
    let other = gateway.merchant(&[]).await;
    let mut them = office::signed_in(&gateway, other.merchant_id(), Role::Administrator).await;
    let theirs = Named::of(&gateway, &other, &mut them).await;
    let nothing = Named::nothing(&other.id);
    let ours = gateway.merchant_id();
    office::user(&gateway, ours, Role::Viewer).await;
    let mut us = office::signed_in(&gateway, ours, Role::Administrator).await;
    let before = stored(&gateway, &other, &theirs).await;
    let mut sent = Vec::new();
    for row in ROUTES.iter().filter(|row| row.method == "POST") {
        if named(row, &theirs).is_empty() {
            continue;
        }
        assert!(asks_for(row).is_some(), "{}", row.path);
        let mut told = Vec::new();
        for foreign in [&theirs, &nothing] {
            // Of our own, new each time: an action on it may be done once only.
            let own = Things::of(&gateway, &gateway.caller).await;
            let fields = named(row, foreign);
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let answer = us.post(&own.path(row), &fields).await;
            assert!(answer.status < 500, "{}", row.path);
            told.push(without_names(&answer, foreign, &own));
        }
        assert_eq!(told[0], told[1], "{}", row.path);
        assert_eq!(
            stored(&gateway, &other, &theirs).await,
            before,
            "{}",
            row.path
        );
        sent.push(row.path);
    }
    assert_eq!(sent.len(), 11, "{sent:?}");
    for (foreign, absent) in addresses(&theirs).iter().zip(addresses(&nothing)) {
        let [first, second] = [us.get(foreign).await, us.get(&absent).await];
        let nobody = &nothing.things;
        let first = without_names(&first, &theirs, nobody);
        assert_eq!(first, without_names(&second, &nothing, nobody), "{foreign}");
    }
    assert_eq!(stored(&gateway, &other, &theirs).await, before);
}

#[tokio::test]
async fn a_notification_of_another_merchant_is_not_sent_again_under_a_payment_of_ours() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let (theirs, ours) = (
        Things::of(&gateway, &other).await,
        Things::of(&gateway, &gateway.caller).await,
    );
    let mut us = office::signed_in(&gateway, gateway.merchant_id(), Role::Operator).await;
    for notification in [&theirs.notification, &theirs.job] {
        let path = format!(
            "/payments/{}/notifications/{notification}/resend",
            ours.payment
        );
        us.post(&path, &[]).await.expect(404);
    }
    let path = format!(
        "/payments/{}/notifications/{}/resend",
        ours.payment, ours.notification
    );
    us.post(&path, &[]).await.expect(303);
}
