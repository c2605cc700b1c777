//! The second factor: set up, asked for, demanded, lost.
//!
//! Invariant: a code counts once; who lost the device signs in with a recovery code, once each.

use aval_domain::time::{DAY, MINUTE};
use aval_domain::user::Role;
use aval_gateway::app::Environment;

use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{self, PASSWORD, Visitor, field};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    the_code_that_sets_an_authenticator_up_signs_nobody_in,
    an_authenticator_is_set_up_and_asked_for_and_each_code_counts_once,
    a_recovery_code_counts_once_and_new_codes_replace_the_old,
);

/// The code of a secret in base 32 some steps from now.
fn code(gateway: &Gateway, secret: &str, steps: u64) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = String::new();
    for sign in secret.chars().filter(|sign| !sign.is_whitespace()) {
        let number = alphabet.find(sign).unwrap();
        bits.push_str(&format!("{number:05b}"));
    }
    let bytes = bits.as_bytes().chunks_exact(8);
    let bytes = bytes.map(|byte| u8::from_str_radix(str::from_utf8(byte).unwrap(), 2).unwrap());
    let bytes: Vec<u8> = bytes.collect();
    let seconds = gateway.server.app.clock.real().micros() / 1_000_000;
    let now = u64::try_from(seconds).unwrap() / 30;
    aval_vault::totp(&bytes, now.saturating_add(steps)).unwrap()
}

fn shown<'a>(page: &'a str, id: &str) -> &'a str {
    let mark = format!("<code id=\"{id}\">");
    let (_, rest) = page.split_once(&mark).unwrap();
    rest.split('<').next().unwrap()
}

/// The recovery codes on a page.
fn codes(page: &str) -> Vec<String> {
    let parts = page.split("<li><code>").skip(1);
    let codes = parts.map(|rest| rest.split('<').next().unwrap().to_owned());
    codes.collect()
}

/// Sets an authenticator up; its secret and the recovery codes.
async fn set_up(gateway: &Gateway, visitor: &mut Visitor) -> (String, Vec<String>) {
    let page = visitor.get("/account/second-factor").await.expect(200);
    let secret = shown(page.text(), "secret").to_owned();
    let setup = field(page.text(), "setup").to_owned();
    let path = "/account/second-factor";
    let wrong = [("setup", setup.as_str()), ("code", "000000x")];
    let again = visitor.post(path, &wrong).await.expect(422);
    assert_eq!(shown(again.text(), "secret"), secret, "the same to scan");
    let code = code(gateway, &secret, 0);
    let right = [("setup", setup.as_str()), ("code", code.as_str())];
    let done = visitor.post(path, &right).await.expect(200);
    let codes = codes(done.text());
    assert_eq!(codes.len(), 10);
    visitor.get("/account").await.expect(200);
    (secret, codes)
}

async fn with_password(gateway: &Gateway, establishment: &str, login: &str) -> Visitor {
    let mut visitor = Visitor::new(gateway.backoffice);
    let entered = visitor.sign_in(establishment, login, PASSWORD).await;
    let to = entered.expect(303).header("location").unwrap().to_owned();
    assert!(to.starts_with("/sign-in?step=code"), "{to}");
    let asked = visitor.get(&to).await.expect(200);
    assert!(asked.text().contains("name=\"code\""));
    visitor.get("/").await.expect(303);
    visitor
}

async fn an_authenticator_is_set_up_and_asked_for_and_each_code_counts_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let ours = gateway.merchant_id();
    let establishment = office::establishment(&gateway, ours).await;
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let (secret, _) = set_up(&gateway, &mut visitor).await;
    let mut second = with_password(&gateway, &establishment, "operator").await;
    let next = code(&gateway, &secret, 1);
    second
        .post("/sign-in", &[("code", "123")])
        .await
        .expect(422);
    let mut twice = second.clone();
    let entered = second
        .post("/sign-in", &[("code", &next)])
        .await
        .expect(303);
    assert_eq!(entered.header("location"), Some("/"));
    second.get("/").await.expect(200);
    let again = twice.post("/sign-in", &[("code", &next)]).await.expect(422);
    assert!(again.text().contains("does not hold"));
    visitor.get("/").await.expect(200);
    // A phone knows nothing of the sandbox's clock.
    gateway.advance(DAY * 400).await;
    gateway.pass(MINUTE);
    let mut later = with_password(&gateway, &establishment, "operator").await;
    let shown = code(&gateway, &secret, 0);
    later
        .post("/sign-in", &[("code", &shown)])
        .await
        .expect(303);
    later.get("/").await.expect(200);
    let wrong = [("password", "wrong")];
    visitor
        .post("/account/second-factor/remove", &wrong)
        .await
        .expect(422);
    let right = [("password", PASSWORD)];
    visitor
        .post("/account/second-factor/remove", &right)
        .await
        .expect(303);
    let mut third = Visitor::new(gateway.backoffice);
    third
        .sign_in(&establishment, "operator", PASSWORD)
        .await
        .expect(303);
    third.get("/").await.expect(200);
}

async fn the_code_that_sets_an_authenticator_up_signs_nobody_in(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let ours = gateway.merchant_id();
    let establishment = office::establishment(&gateway, ours).await;
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let page = visitor.get("/account/second-factor").await.expect(200);
    let secret = shown(page.text(), "secret").to_owned();
    let setup = field(page.text(), "setup").to_owned();
    let given = code(&gateway, &secret, 0);
    let fields = [("setup", setup.as_str()), ("code", given.as_str())];
    let set = visitor.post("/account/second-factor", &fields).await;
    set.expect(200);
    // Whoever looked over a shoulder has a code of the right step, and it does not count.
    let mut thief = with_password(&gateway, &establishment, "operator").await;
    let entered = thief.post("/sign-in", &[("code", &given)]).await;
    assert!(entered.expect(422).text().contains("does not hold"));
    let next = code(&gateway, &secret, 1);
    thief.post("/sign-in", &[("code", &next)]).await.expect(303);
    // Another authenticator within the same step of time is set up all the same.
    let password = [("password", PASSWORD)];
    let removed = visitor.post("/account/second-factor/remove", &password);
    removed.await.expect(303);
    set_up(&gateway, &mut visitor).await;
}

async fn a_recovery_code_counts_once_and_new_codes_replace_the_old(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let ours = gateway.merchant_id();
    let establishment = office::establishment(&gateway, ours).await;
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let (_, codes_before) = set_up(&gateway, &mut visitor).await;
    let typed = codes_before[3].to_lowercase().replace('-', " ");
    let mut second = with_password(&gateway, &establishment, "operator").await;
    second
        .post("/sign-in", &[("code", &typed)])
        .await
        .expect(303);
    second.read_csrf().await;
    let mut third = with_password(&gateway, &establishment, "operator").await;
    third
        .post("/sign-in", &[("code", &typed)])
        .await
        .expect(422);
    let path = "/account/second-factor/codes";
    let renewed = second
        .post(path, &[("password", PASSWORD)])
        .await
        .expect(200);
    let codes_after = codes(renewed.text());
    assert_eq!(codes_after.len(), 10);
    let mut fourth = with_password(&gateway, &establishment, "operator").await;
    let old = codes_before[4].as_str();
    fourth.post("/sign-in", &[("code", old)]).await.expect(422);
    let new = codes_after[0].as_str();
    fourth.post("/sign-in", &[("code", new)]).await.expect(303);
}

#[tokio::test]
async fn wrong_codes_lock_as_wrong_passwords_do() {
    let gateway = Gateway::sqlite().await;
    let ours = gateway.merchant_id();
    let establishment = office::establishment(&gateway, ours).await;
    let mut visitor = office::signed_in(&gateway, ours, Role::Operator).await;
    let (secret, codes) = set_up(&gateway, &mut visitor).await;
    let mut second = with_password(&gateway, &establishment, "operator").await;
    for _ in 0..10 {
        second
            .post("/sign-in", &[("code", "000000x")])
            .await
            .expect(422);
    }
    let right = code(&gateway, &secret, 1);
    second
        .post("/sign-in", &[("code", &right)])
        .await
        .expect(422);
    second
        .post("/sign-in", &[("code", &codes[0])])
        .await
        .expect(422);
    let mut third = Visitor::new(gateway.backoffice);
    let locked = third.sign_in(&establishment, "operator", PASSWORD).await;
    locked.expect(422);
}

#[tokio::test]
async fn a_second_factor_is_demanded_of_administrators_in_production_and_where_a_merchant_wants_it()
{
    let production = Gateway::with(Setup {
        environment: Environment::Production,
        ..Setup::default()
    })
    .await;
    let sandbox = Gateway::sqlite().await;
    let wanted = [("second_factor_required", "true")];
    for (gateway, role, demanded) in [
        (&production, Role::Administrator, true),
        (&production, Role::Operator, false),
        (&sandbox, Role::Administrator, false),
    ] {
        let ours = gateway.merchant_id();
        let login = office::user(gateway, ours, role).await;
        let establishment = office::establishment(gateway, ours).await;
        let mut visitor = Visitor::new(gateway.backoffice);
        visitor
            .sign_in(&establishment, &login, PASSWORD)
            .await
            .expect(303);
        let page = visitor.get("/").await;
        assert_eq!(page.status == 303, demanded, "{role:?}");
        if demanded {
            assert_eq!(page.header("location"), Some("/account/second-factor"));
            let page = visitor.get("/account/second-factor").await.expect(200);
            field(page.text(), "csrf").clone_into(&mut visitor.csrf);
            set_up(gateway, &mut visitor).await;
            visitor.get("/").await.expect(200);
        }
    }
    let mut viewer = office::signed_in(&sandbox, sandbox.merchant_id(), Role::Viewer).await;
    sandbox.set(sandbox.merchant_id(), &wanted).await;
    let asked = viewer.get("/").await.expect(303);
    assert_eq!(asked.header("location"), Some("/account/second-factor"));
    viewer.post("/sign-out", &[]).await.expect(303);
}
