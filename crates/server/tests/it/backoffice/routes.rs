//! Every role on every route, nobody on every route, and the ids of one merchant in the hands of
//! another.
//!
//! Invariant: generated from the table of routes; a place in a path that no one here knows how to
//! fill fails the test.

use aval_domain::id::{NotificationId, PaymentId};
use aval_domain::job::JobKind;
use aval_domain::user::{Permission, Role};
use aval_gateway::operations::job::{self, Choice};
use aval_server::backoffice::route::{Handler, ROUTES, Row};

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::office::{self, Visitor};

/// Things of one merchant that paths name.
pub struct Things {
    pub merchant: String,
    pub payment: String,
    pub job: String,
    pub notification: String,
    pub user: String,
    pub plan: String,
    pub review: String,
}

/// Places that name nothing of a merchant, with something that is there.
const PUBLIC: [(&str, &str); 4] = [
    ("function", "capture"),
    ("guide", "card-sale"),
    ("call", "post-1-sales"),
    ("file", "server.crt"),
];

fn is_of_a_merchant(row: &Row) -> bool {
    let is_public = |(place, _): &(&str, &str)| row.path.contains(&format!("{{{place}}}"));
    row.path.contains('{') && !PUBLIC.iter().any(is_public)
}

impl Things {
    /// Makes one of each.
    pub async fn of(gateway: &Gateway, caller: &Caller) -> Self {
        Self::dressed(gateway, caller, |body| body).await
    }

    /// Makes one of each, of sales that are changed before they are sent.
    pub async fn dressed(gateway: &Gateway, caller: &Caller, dress: impl Fn(Body) -> Body) -> Self {
        let (app, of) = (&gateway.server.app, caller.merchant_id());
        let told = [("notification_url", "http://127.0.0.1:1/told")];
        gateway.set(of, &told).await;
        let payment = caller.sell(&dress(Body::sale(1))).await;
        let payment = payment.expect(201).payment_id();
        let first = NotificationId::from_bytes([0; 16]);
        let notifications = app.storage.notifications(of, first, 1).await.unwrap();
        let choice = Choice {
            id: app.chance.job_id(app.clock.now()),
            kind: JobKind::Capture,
            by: "ana",
            retry_of: None,
        };
        let chosen = [PaymentId::parse(&payment).unwrap()];
        job::prepare(app, of, choice, &chosen).await.unwrap();
        let monthly = Body::sale(1).with(
            "Payment.RecurrentPayment",
            serde_json::json!({"AuthorizeNow": true, "Interval": "Monthly"}),
        );
        let made = caller.sell(&dress(monthly)).await.expect(201);
        let plan = made.at("/Payment/RecurrentPayment/RecurrentPaymentId");
        let waiting = Body::sale(1)
            .with("Payment.CreditCard.Holder", "Teste review")
            .with("Payment.FraudAnalysis.Sequence", "AuthorizeFirst");
        let waiting = caller.sell(&dress(waiting)).await.expect(201);
        Self {
            merchant: caller.id.clone(),
            payment,
            job: choice.id.to_string(),
            notification: notifications[0].id.to_string(),
            user: "viewer".to_owned(),
            plan: plan.as_str().unwrap().to_owned(),
            review: waiting.payment_id(),
        }
    }

    /// What stands in a place of a path.
    fn fill(&self, place: &str) -> String {
        match place {
            "payment" => self.payment.clone(),
            "job" => self.job.clone(),
            "notification" => self.notification.clone(),
            "user" => self.user.clone(),
            "invitation" => format!("{}.{}", self.merchant, "0".repeat(64)),
            "plan" => self.plan.clone(),
            "review" => self.review.clone(),
            other if PUBLIC.iter().any(|(name, _)| *name == other) => {
                let found = PUBLIC.iter().find(|(name, _)| *name == other);
                found.unwrap().1.to_owned()
            }
            other => panic!("nobody knows what to put for {{{other}}}"),
        }
    }

    /// The path of a row, its places filled.
    pub fn path(&self, row: &Row) -> String {
        let parts = row.path.split('/').map(|part| {
            let place = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            place.map_or_else(|| part.to_owned(), |place| self.fill(place))
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

async fn call(visitor: &mut Visitor, row: &Row, path: &str) -> Answer {
    match row.method {
        "GET" => visitor.get(path).await,
        _ => visitor.post(path, &[]).await,
    }
}

pub fn asks_for(row: &Row) -> Option<Permission> {
    match row.handler {
        Handler::Anyone(_) => None,
        Handler::May(permission, _) => Some(permission),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_opens_for_the_roles_that_may_and_for_no_other() {
    let gateway = Gateway::sqlite().await;
    let things = Things::of(&gateway, &gateway.caller).await;
    for role in Role::ALL {
        let mut visitor = office::signed_in(&gateway, gateway.merchant_id(), role).await;
        for row in ROUTES {
            let path = things.path(row);
            let answer = call(&mut visitor.clone(), row, &path).await;
            let (status, what) = (answer.status, format!("{role:?} {} {path}", row.method));
            match asks_for(row) {
                Some(permission) if !role.may(permission) => {
                    assert_eq!(status, 403, "{what}");
                    assert!(answer.text().contains("no access"), "{what}");
                }
                // An action without its fields may be refused, but not for who asks.
                Some(_) | None => assert!(status < 500 && status != 403, "{what}: {status}"),
            }
            if row.path == "/sign-out" {
                visitor = return_in(&gateway, role).await;
            }
        }
    }
}

/// Whoever signed out is out, and signs in again.
async fn return_in(gateway: &Gateway, role: Role) -> Visitor {
    let mut again = Visitor::new(gateway.backoffice);
    let code = office::establishment(gateway, gateway.merchant_id()).await;
    let entered = again.sign_in(&code, role.name(), office::PASSWORD).await;
    assert_eq!(entered.status, 303);
    again.read_csrf().await;
    again
}

#[tokio::test]
async fn without_a_session_every_route_leads_to_where_one_signs_in() {
    let gateway = Gateway::sqlite().await;
    let things = Things::of(&gateway, &gateway.caller).await;
    let session = "aval_session";
    let merchant = gateway.merchant_id();
    for value in [
        None,
        Some(String::new()),
        Some("x".to_owned()),
        Some(format!("{merchant}.")),
        Some(format!("{merchant}.{}", "0".repeat(64))),
        Some(format!(
            "00000000-0000-0000-0000-000000000000.{}",
            "0".repeat(64)
        )),
    ] {
        for row in ROUTES.iter().filter(|row| asks_for(row).is_some()) {
            let mut nobody = Visitor::new(gateway.backoffice);
            nobody
                .cookies
                .extend(value.clone().map(|value| (session.to_owned(), value)));
            let path = things.path(row);
            let answer = call(&mut nobody, row, &path).await.expect(303);
            let to = answer.header("location").unwrap();
            assert!(to.starts_with("/sign-in"), "{path}: {to}");
            assert_eq!(answer.text(), "", "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_another_merchants_is_answered_as_what_does_not_exist() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let theirs = Things::of(&gateway, &other).await;
    let nothing = Things {
        merchant: other.id.clone(),
        payment: "24bc8366-fc31-4d6c-8555-17049a836a07".to_owned(),
        job: "24bc8366-fc31-4d6c-8555-17049a836a08".to_owned(),
        notification: "24bc8366-fc31-4d6c-8555-17049a836a09".to_owned(),
        user: "nobody-of-this-name".to_owned(),
        plan: "24bc8366-fc31-4d6c-8555-17049a836a08".to_owned(),
        review: "24bc8366-fc31-4d6c-8555-17049a836a09".to_owned(),
    };
    office::user(&gateway, other.merchant_id(), Role::Viewer).await;
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Administrator).await;
    for row in ROUTES.iter().filter(|row| is_of_a_merchant(row)) {
        if asks_for(row).is_none() {
            continue;
        }
        let foreign = call(&mut visitor, row, &theirs.path(row)).await;
        let absent = call(&mut visitor, row, &nothing.path(row)).await;
        assert_eq!(foreign.status, 404, "{} {}", row.method, row.path);
        assert_eq!(absent.status, 404, "{} {}", row.method, row.path);
        let [foreign, absent] = [(&foreign, &theirs), (&absent, &nothing)].map(|(page, named)| {
            let page = page
                .text()
                .replace(&named.payment, "")
                .replace(&named.job, "")
                .replace(&named.notification, "")
                .replace(&named.user, "")
                .replace(&named.plan, "")
                .replace(&named.review, "");
            page.replace(other.id.as_str(), "?")
        });
        assert_eq!(foreign, absent, "{} {}", row.method, row.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_action_is_done_without_the_token_of_a_form_of_the_session() {
    let gateway = Gateway::sqlite().await;
    let things = Things::of(&gateway, &gateway.caller).await;
    let ours = gateway.merchant_id();
    let visitor = office::signed_in(&gateway, ours, Role::Administrator).await;
    office::user(&gateway, ours, Role::Viewer).await;
    let second = {
        let mut second = Visitor::new(gateway.backoffice);
        let code = office::establishment(&gateway, ours).await;
        second
            .sign_in(&code, "administrator", office::PASSWORD)
            .await
            .expect(303);
        second.read_csrf().await;
        second
    };
    for row in ROUTES
        .iter()
        .filter(|row| row.method == "POST" && asks_for(row).is_some())
    {
        let path = things.path(row);
        for token in ["", "0", second.csrf.as_str()] {
            let refused = visitor.clone().post(&path, &[("csrf", token)]).await;
            assert_eq!(refused.status, 403, "{path} {token:?}");
            assert!(refused.text().contains("no longer holds"), "{path}");
        }
    }
}

#[tokio::test]
async fn every_page_is_sent_with_a_policy_that_allows_nothing_inline_and_is_kept_by_nobody() {
    let gateway = Gateway::sqlite().await;
    let things = Things::of(&gateway, &gateway.caller).await;
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Administrator).await;
    office::user(&gateway, ours, Role::Viewer).await;
    for row in ROUTES.iter().filter(|row| row.method == "GET") {
        let path = things.path(row);
        let page = visitor.get(&path).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            page.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        let kind = page.header("content-type").unwrap_or_default();
        if kind.starts_with("text/html") {
            let text = page.text();
            for inline in [" style=", "<style", " onclick=", "javascript:", "<script>"] {
                assert!(!text.contains(inline), "{path}: {inline}");
            }
            assert!(text.contains("<html lang=\"en\""), "{path}");
        }
    }
}

#[tokio::test]
async fn who_comes_by_https_is_told_to_come_by_nothing_else() {
    for (office, told) in [
        ("https://office.example.com", Some("max-age=31536000")),
        ("http://office.example.com", None),
        ("", None),
    ] {
        let gateway = Gateway::with(Setup {
            office,
            ..Setup::default()
        })
        .await;
        let ours = gateway.merchant_id();
        let mut visitor = office::signed_in(&gateway, ours, Role::Administrator).await;
        for path in [
            "/",
            "/overview",
            "/sign-in",
            "/healthz",
            "/nowhere",
            "/users/nobody",
        ] {
            let page = visitor.get(path).await;
            assert_eq!(page.header("strict-transport-security"), told, "{path}");
        }
    }
}
