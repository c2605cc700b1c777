//! Signing in: what is told, what is counted, and how a session ends.
//!
//! Invariant: nothing tells whether an establishment or a user exists.

use aval_domain::time::MINUTE;
use aval_domain::user::Role;

use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Request;
use crate::support::office::{self, PASSWORD, Visitor, field};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    the_steps_lead_to_the_portal_with_its_tab_and_acessar,
    the_tenth_failure_locks_for_half_an_hour_whatever_is_typed_then,
    a_session_ends_after_a_quarter_of_an_hour_of_rest_and_by_signing_out,
    a_user_who_changed_has_to_sign_in_again,
);

async fn start(store: Store) -> (Gateway, String) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let code = office::establishment(&gateway, gateway.merchant_id()).await;
    office::user(&gateway, gateway.merchant_id(), Role::Operator).await;
    (gateway, code)
}

async fn the_steps_lead_to_the_portal_with_its_tab_and_acessar(store: Store) {
    let (gateway, code) = start(store).await;
    let mut visitor = Visitor::new(gateway.backoffice);
    let asked = visitor.get("/").await.expect(303);
    assert_eq!(asked.header("location"), Some("/sign-in"));
    let first = visitor.get("/sign-in").await.expect(200);
    assert!(first.text().contains("Establishment"), "{}", first.text());
    let sent = visitor.post("/sign-in", &[("establishment", &code)]).await;
    let second = sent.expect(303).header("location").unwrap().to_owned();
    let second = visitor.get(&second).await.expect(200);
    assert_eq!(field(second.text(), "establishment"), code);
    let fields = [
        ("establishment", code.as_str()),
        ("user", " Operator "),
        ("password", PASSWORD),
        ("next", field(second.text(), "next")),
    ];
    let entered = visitor.post("/sign-in", &fields).await.expect(303);
    assert_eq!(entered.header("location"), Some("/"));
    let cookie = entered
        .headers
        .iter()
        .find(|(name, value)| name == "set-cookie" && value.starts_with("aval_session="));
    let cookie = &cookie.unwrap().1;
    assert!(
        cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Secure"),
        "{cookie}"
    );
    let portal = visitor.get("/").await.expect(200);
    for text in [
        "E-commerce",
        "API e-Commerce Cielo",
        "Acessar",
        "Loja",
        &code,
    ] {
        assert!(portal.text().contains(text), "{text}");
    }
}

/// The page without what was typed into it.
fn told(page: &str, typed: &[&str]) -> String {
    typed.iter().fold(page.to_owned(), |page, typed| {
        page.replace(&format!("value=\"{typed}\""), "")
            .replace(typed, "?")
    })
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let (gateway, code) = start(Store::sqlite().await).await;
    let mut pages = Vec::new();
    for (establishment, login, password) in [
        (code.as_str(), "operator", "wrong"),
        (&code, "nobody", PASSWORD),
        (&code, "<b>x</b>", PASSWORD),
        ("1999999999", "operator", PASSWORD),
        (&code, "operator", ""),
    ] {
        let mut visitor = Visitor::new(gateway.backoffice);
        let refused = visitor.sign_in(establishment, login, password).await;
        let page = refused.expect(422);
        assert!(!page.text().contains("<b>x"), "escaped");
        let escaped = "&#60;b&#62;x&#60;/b&#62;";
        pages.push(told(page.text(), &[establishment, login, escaped]));
        assert!(visitor.cookies.is_empty());
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
}

async fn the_tenth_failure_locks_for_half_an_hour_whatever_is_typed_then(store: Store) {
    let (gateway, code) = start(store).await;
    let mut visitor = Visitor::new(gateway.backoffice);
    let mut wrong = Vec::new();
    for _ in 0..10 {
        let refused = visitor.sign_in(&code, "operator", "wrong").await;
        wrong.push(refused.expect(422).text().to_owned());
    }
    let locked = visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(422);
    assert_eq!(locked.text(), wrong[0], "that it is locked is not told");
    gateway.pass(29 * MINUTE);
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(422);
    gateway.pass(MINUTE + 1);
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moving_the_sandboxs_clock_signs_nobody_out_and_lifts_no_lock() {
    let (gateway, code) = start(Store::sqlite().await).await;
    let ours = gateway.merchant_id();
    let mut admin = office::signed_in(&gateway, ours, Role::Administrator).await;
    let mut other = Visitor::new(gateway.backoffice);
    other.sign_in(&code, "operator", PASSWORD).await.expect(303);
    let mut locked = Visitor::new(gateway.backoffice);
    office::user(&gateway, ours, Role::Viewer).await;
    for _ in 0..10 {
        locked.sign_in(&code, "viewer", "wrong").await.expect(422);
    }
    let fields = [("login", "rui"), ("role", "viewer")];
    let invited = admin.post("/users/invite", &fields).await.expect(200);
    let (_, link) = invited.text().split_once("/invitation/").unwrap();
    let link = format!("/invitation/{}", link.split('<').next().unwrap());
    let open = async |visitor: &mut Visitor| {
        let page = visitor.get("/account").await.expect(200);
        page.text().matches("<tr><th scope=\"row\">").count()
    };
    // A year forward, with all that falls due meanwhile, and back again.
    for move_ in [("days", "365"), ("reset", "1")] {
        let cookies = admin.cookies.clone();
        let fields = [("what", "clock"), move_];
        let moved = admin.post("/developers/console", &fields).await;
        moved.expect(303);
        assert_eq!(admin.cookies, cookies, "the session goes on as it was");
        assert_eq!(open(&mut admin).await, 1);
        assert_eq!(open(&mut other).await, 1);
        let refused = locked.sign_in(&code, "viewer", PASSWORD).await;
        refused.expect(422);
        let page = admin.get("/users/viewer").await.expect(200);
        assert!(page.text().contains("Locked"), "{}", page.text());
        admin.get(&link).await.expect(200);
    }
    gateway.pass(15 * MINUTE);
    admin.get("/").await.expect(303);
    other.get("/").await.expect(303);
    gateway.pass(15 * MINUTE);
    locked.sign_in(&code, "viewer", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn an_address_that_fails_too_often_waits_whoever_it_is() {
    let (gateway, code) = start(Store::sqlite().await).await;
    let mut visitor = Visitor::new(gateway.backoffice);
    for n in 0..50 {
        let login = format!("nobody{n}");
        visitor.sign_in(&code, &login, "wrong").await.expect(422);
    }
    let waits = visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(429);
    assert_eq!(waits.header("retry-after"), Some("1800"));
    gateway.pass(30 * MINUTE);
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(303);
}

async fn a_session_ends_after_a_quarter_of_an_hour_of_rest_and_by_signing_out(store: Store) {
    let (gateway, code) = start(store).await;
    let mut visitor = Visitor::new(gateway.backoffice);
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(303);
    for _ in 0..4 {
        gateway.pass(14 * MINUTE);
        visitor.get("/").await.expect(200);
    }
    gateway.pass(15 * MINUTE);
    visitor.get("/").await.expect(303);
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(303);
    // However often it is used, it ends after twelve hours: 54 times 13 minutes and 20 seconds.
    for step in 1..=54 {
        gateway.pass(13 * MINUTE + MINUTE / 3);
        let status = if step < 54 { 200 } else { 303 };
        visitor.get("/").await.expect(status);
    }
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(303);
    visitor.read_csrf().await;
    let stolen = visitor.clone();
    let out = visitor.post("/sign-out", &[]).await.expect(303);
    assert_eq!(out.header("location"), Some("/sign-in"));
    assert!(
        visitor
            .cookies
            .iter()
            .all(|(name, _)| name != "aval_session")
    );
    stolen.clone().get("/").await.expect(303);
}

async fn a_user_who_changed_has_to_sign_in_again(store: Store) {
    let (gateway, code) = start(store).await;
    let mut visitor = Visitor::new(gateway.backoffice);
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(303);
    let storage = &gateway.server.app.storage;
    let merchant = gateway.merchant_id();
    let mut user = storage.user(merchant, "operator").await.unwrap().unwrap();
    user.version = user.version.saturating_add(1);
    user.role = Role::Viewer;
    let write = aval_storage::access::AccessWrite::UpdateUser(Box::new(user));
    let writes = vec![aval_storage::Write::Access(write)];
    let changes = aval_storage::Changes { merchant, writes };
    storage.commit(changes).await.unwrap();
    visitor.get("/").await.expect(303);
    visitor
        .sign_in(&code, "operator", PASSWORD)
        .await
        .expect(303);
    visitor.get("/").await.expect(200);
}

#[tokio::test]
async fn after_signing_in_one_comes_back_to_the_page_that_was_asked_for_and_to_no_other_host() {
    let (gateway, code) = start(Store::sqlite().await).await;
    for (next, to) in [
        ("/transactions?q=status:paid", "/transactions?q=status:paid"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
    ] {
        let mut visitor = Visitor::new(gateway.backoffice);
        let fields = [
            ("establishment", code.as_str()),
            ("user", "operator"),
            ("password", PASSWORD),
            ("next", next),
        ];
        let entered = visitor.post("/sign-in", &fields).await.expect(303);
        assert_eq!(entered.header("location"), Some(to));
    }
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let (gateway, code) = start(Store::sqlite().await).await;
    let body = format!("establishment={code}&user=operator&password=correct+horse+battery");
    let form = |name: &str, value: &str| {
        Request::new(gateway.backoffice, "POST", "/sign-in")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header(name, value)
            .body(body.clone())
    };
    for (name, value, status) in [
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "same-origin", 303),
        ("Origin", "http://test", 303),
    ] {
        let answer = form(name, value).send().await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}
