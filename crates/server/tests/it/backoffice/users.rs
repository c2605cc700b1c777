//! Users: invited, changed, locked out, and what the audit log says of it.
//!
//! Invariant: an invitation makes one user; a merchant keeps an administrator; every change is in
//! the log, whose chain shows when somebody changed it by hand.

use aval_domain::audit::Act;
use aval_domain::session::Session;
use aval_domain::time::DAY;
use aval_domain::user::Role;
use aval_gateway::access::users;
use aval_gateway::audit;
use aval_storage::access::AccessWrite;
use aval_storage::{Changes, Write};

use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{self, PASSWORD, Visitor};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    an_invitation_makes_one_user_and_holds_three_days,
    a_user_is_changed_and_the_last_administrator_stays,
    a_session_that_a_change_ended_is_not_kept_by_the_next,
    every_change_is_in_the_log_and_the_chain_holds,
);

async fn start(store: Store) -> (Gateway, Visitor, String) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let ours = gateway.merchant_id();
    let visitor = office::signed_in(&gateway, ours, Role::Administrator).await;
    let code = office::establishment(&gateway, ours).await;
    (gateway, visitor, code)
}

async fn invite(visitor: &mut Visitor, login: &str, role: &str) -> String {
    let fields = [
        ("login", login),
        ("name", "Rui"),
        ("email", "rui@loja.com"),
        ("role", role),
    ];
    let page = visitor.post("/users/invite", &fields).await.expect(200);
    let (_, rest) = page.text().split_once("<code id=\"link\">").unwrap();
    let link = rest.split('<').next().unwrap();
    let (_, path) = link.split_once("/invitation/").unwrap();
    format!("/invitation/{path}")
}

async fn an_invitation_makes_one_user_and_holds_three_days(store: Store) {
    let (gateway, mut admin, code) = start(store).await;
    let link = invite(&mut admin, "Rui@Loja.com", "finance").await;
    let listed = admin.get("/users").await.expect(200);
    assert!(listed.text().contains("Open invitations") && !listed.text().contains(&link));
    let mut guest = Visitor::new(gateway.backoffice);
    let page = guest.get(&link).await.expect(200);
    assert!(page.text().contains("rui@loja.com") && page.text().contains("Finance"));
    for (new, again) in [
        ("short", "short"),
        ("a long phrase", "another phrase"),
        ("", ""),
    ] {
        guest
            .post(&link, &[("new", new), ("again", again)])
            .await
            .expect(422);
    }
    let chosen = [
        ("new", "uma frase bem longa"),
        ("again", "uma frase bem longa"),
    ];
    let mut late = guest.clone();
    guest.post(&link, &chosen).await.expect(303);
    guest.get("/").await.expect(200);
    late.post(&link, &chosen).await.expect(404);
    late.get(&link).await.expect(404);
    let mut again = Visitor::new(gateway.backoffice);
    again
        .sign_in(&code, "rui@loja.com", "uma frase bem longa")
        .await
        .expect(303);
    again.get("/").await.expect(200);
    let taken = [("login", "rui@loja.com"), ("role", "viewer")];
    let refused = admin.post("/users/invite", &taken).await.expect(422);
    assert!(refused.text().contains("There is a user of that name"));
    let old = invite(&mut admin, "late", "viewer").await;
    gateway.advance(DAY * 30).await;
    late.get(&old).await.expect(200);
    gateway.pass(DAY * 3);
    late.get(&old).await.expect(404);
    late.post(&old, &chosen).await.expect(404);
}

#[tokio::test]
async fn an_invitation_of_one_merchant_is_none_of_another_and_can_be_withdrawn() {
    let (gateway, mut admin, _) = start(Store::sqlite().await).await;
    let other = gateway.merchant(&[]).await;
    let link = invite(&mut admin, "rui", "viewer").await;
    let (_, token) = link.split_once('.').unwrap();
    let foreign = format!("/invitation/{}.{token}", other.id);
    let mut guest = Visitor::new(gateway.backoffice);
    guest.get(&foreign).await.expect(404);
    guest.get("/invitation/x").await.expect(404);
    let mut theirs = office::signed_in(&gateway, other.merchant_id(), Role::Administrator).await;
    let page = admin.get("/users").await.expect(200);
    let (_, rest) = page
        .text()
        .split_once("name=\"invitation\" value=\"")
        .unwrap();
    let id = rest.split('"').next().unwrap().to_owned();
    theirs
        .post("/users/withdraw", &[("invitation", &id)])
        .await
        .expect(404);
    guest.get(&link).await.expect(200);
    admin
        .post("/users/withdraw", &[("invitation", &id)])
        .await
        .expect(303);
    guest.get(&link).await.expect(404);
}

async fn a_user_is_changed_and_the_last_administrator_stays(store: Store) {
    let (gateway, mut admin, code) = start(store).await;
    let ours = gateway.merchant_id();
    let mut viewer = office::signed_in(&gateway, ours, Role::Viewer).await;
    admin
        .post("/users/viewer/role", &[("role", "king")])
        .await
        .expect(422);
    admin
        .post("/users/viewer/role", &[("role", "operator")])
        .await
        .expect(303);
    viewer.get("/").await.expect(303);
    viewer.sign_in(&code, "viewer", PASSWORD).await.expect(303);
    admin.post("/users/viewer/block", &[]).await.expect(303);
    viewer.get("/").await.expect(303);
    viewer.sign_in(&code, "viewer", PASSWORD).await.expect(422);
    admin.post("/users/viewer/unblock", &[]).await.expect(303);
    for _ in 0..10 {
        viewer.sign_in(&code, "viewer", "wrong").await.expect(422);
    }
    let page = admin.get("/users/viewer").await.expect(200);
    assert!(page.text().contains("Locked by attempts"));
    admin.post("/users/viewer/unlock", &[]).await.expect(303);
    viewer.sign_in(&code, "viewer", PASSWORD).await.expect(303);
    admin
        .post("/users/viewer/sessions/end", &[])
        .await
        .expect(303);
    viewer.get("/").await.expect(303);
    // The merchant's first user, made with it, is an administrator too.
    admin.post("/users/admin/block", &[]).await.expect(303);
    for (path, fields) in [
        ("/users/administrator/block", [("x", "")]),
        ("/users/administrator/role", [("role", "viewer")]),
    ] {
        let stays = admin.post(path, &fields).await.expect(422);
        assert!(stays.text().contains("last administrator"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_who_block_each_other_at_once_one_stays() {
    let (gateway, _, code) = start(Store::sqlite().await).await;
    let ours = gateway.merchant_id();
    let link = {
        let mut admin = Visitor::new(gateway.backoffice);
        admin
            .sign_in(&code, "administrator", PASSWORD)
            .await
            .expect(303);
        admin.read_csrf().await;
        admin.post("/users/admin/block", &[]).await.expect(303);
        invite(&mut admin, "second", "administrator").await
    };
    let mut second = Visitor::new(gateway.backoffice);
    let chosen = [("new", PASSWORD), ("again", PASSWORD)];
    second.post(&link, &chosen).await.expect(303);
    second.read_csrf().await;
    let mut first = Visitor::new(gateway.backoffice);
    first
        .sign_in(&code, "administrator", PASSWORD)
        .await
        .expect(303);
    first.read_csrf().await;
    let (one, other) = tokio::join!(
        first.post("/users/second/block", &[]),
        second.post("/users/administrator/block", &[]),
    );
    let _ = (one, other);
    let users = users::all(&gateway.server.app, ours).await;
    let rules = |user: &aval_domain::user::User| user.role == Role::Administrator && !user.blocked;
    assert_eq!(users.unwrap().iter().filter(|user| rules(user)).count(), 1);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_other_sessions_end() {
    let (gateway, mut admin, code) = start(Store::sqlite().await).await;
    let mut other = Visitor::new(gateway.backoffice);
    other
        .sign_in(&code, "administrator", PASSWORD)
        .await
        .expect(303);
    let send = |before: &'static str, new: &'static str, again: &'static str| {
        [("password", before), ("new", new), ("again", again)]
    };
    let new = "outra frase longa";
    for (fields, told) in [
        (send("wrong", new, new), "not right"),
        (send(PASSWORD, new, "x"), "differ"),
        (send(PASSWORD, "short", "short"), "too short"),
        (
            send(PASSWORD, "administrator1", "administrator1"),
            "too short",
        ),
    ] {
        let refused = admin.post("/account/password", &fields).await.expect(422);
        assert!(refused.text().contains(told), "{told}");
    }
    admin
        .post("/account/password", &send(PASSWORD, new, new))
        .await
        .expect(303);
    let told = admin.get("/account?told=password").await.expect(200);
    assert!(told.text().contains("Password changed"));
    other.get("/").await.expect(303);
    other
        .sign_in(&code, "administrator", PASSWORD)
        .await
        .expect(422);
    other.sign_in(&code, "administrator", new).await.expect(303);
    admin
        .post("/account/sessions/end", &[("others", "1")])
        .await
        .expect(303);
    other.get("/").await.expect(303);
    admin.get("/").await.expect(200);
}

async fn every_change_is_in_the_log_and_the_chain_holds(store: Store) {
    let (gateway, mut admin, _) = start(store).await;
    let ours = gateway.merchant_id();
    office::user(&gateway, ours, Role::Viewer).await;
    invite(&mut admin, "rui", "viewer").await;
    admin.post("/users/viewer/block", &[]).await.expect(303);
    let log = admin.get("/audit").await.expect(200);
    for text in [
        "sign_in",
        "user.invite",
        "user.block",
        "Took access away",
        "127.0.0.1",
    ] {
        assert!(log.text().contains(text), "{text}");
    }
    let log = admin
        .get("/audit?action=user&subject=viewer&verify=1")
        .await
        .expect(200);
    assert!(log.text().contains("user.block") && !log.text().contains("sign_in</span>"));
    assert!(log.text().contains("The chain holds"));
    let none = admin.get("/audit?actor=nobody").await.expect(200);
    assert!(none.text().contains("Nothing found"));
    let app = &gateway.server.app;
    let found = audit::verify(app, ours).await.unwrap();
    assert_eq!((found.entries, found.broken), (3, None));
}

#[tokio::test]
async fn an_entry_that_was_changed_by_hand_breaks_the_chain() {
    let (gateway, mut admin, _) = start(Store::sqlite().await).await;
    let ours = gateway.merchant_id();
    office::user(&gateway, ours, Role::Viewer).await;
    for path in ["/users/viewer/block", "/users/viewer/unblock"] {
        admin.post(path, &[]).await.expect(303);
    }
    let file = gateway.store.file();
    for (change, broken) in [
        ("UPDATE audit_entries SET actor = 'rui' WHERE number = 2", 2),
        ("DELETE FROM audit_entries WHERE number = 2", 2),
        ("DELETE FROM audit_entries WHERE number = 1", 1),
    ] {
        rusqlite::Connection::open(&file)
            .unwrap()
            .execute(change, [])
            .unwrap();
        let found = audit::verify(&gateway.server.app, ours).await.unwrap();
        assert_eq!(found.broken, Some(broken), "{change}");
    }
    let page = admin.get("/audit?verify=1").await.expect(200);
    assert!(page.text().contains("broken from entry"));
}

#[tokio::test]
async fn a_users_sessions_are_shown_and_ended_however_many_others_have() {
    let (gateway, mut admin, code) = start(Store::sqlite().await).await;
    let (app, merchant) = (&gateway.server.app, gateway.merchant_id());
    office::user(&gateway, merchant, Role::Viewer).await;
    let now = app.clock.real();
    let session = |login: &str, number: u32, first: u8| {
        let mut id = [first; 32];
        id[28..].copy_from_slice(&number.to_be_bytes());
        let session = Session {
            merchant,
            id,
            version: 1,
            seen_at: now,
            user_version: 1,
            login: login.to_owned(),
            created_at: now,
            address: "192.0.2.1".to_owned(),
            agent: format!("{login} {number}"),
        };
        Write::Access(AccessWrite::InsertSession(Box::new(session)))
    };
    // Those of others come first in the order of ids; of one user there is more than a page.
    let others = (0..1_200).map(|number| session("administrator", number, 0));
    let own = (0..510).map(|number| session("viewer", number, 255));
    let writes: Vec<Write> = others.chain(own).collect();
    for writes in writes.chunks(100) {
        let writes = writes.to_vec();
        app.storage
            .commit(Changes { merchant, writes })
            .await
            .unwrap();
    }
    let mut viewer = Visitor::new(gateway.backoffice);
    viewer.sign_in(&code, "viewer", PASSWORD).await.expect(303);
    let page = admin.get("/users/viewer").await.expect(200);
    for number in [0, 499, 500, 509] {
        let shown = format!("viewer {number}<");
        assert!(page.text().contains(&shown), "{number}");
    }
    assert!(!page.text().contains("administrator 1<"));
    admin
        .post("/users/viewer/sessions/end", &[])
        .await
        .expect(303);
    viewer.get("/").await.expect(303);
    let page = admin.get("/users/viewer").await.expect(200);
    assert!(page.text().contains("No open session"), "{}", page.text());
    admin.get("/").await.expect(200);
}

#[tokio::test]
async fn what_people_type_is_inert_on_every_page_of_users() {
    let (gateway, mut admin, _) = start(Store::sqlite().await).await;
    let payload = "\"><img src=x onerror=alert(1)>";
    let fields = [
        ("login", "rui"),
        ("name", payload),
        ("email", ""),
        ("role", "viewer"),
    ];
    let page = admin.post("/users/invite", &fields).await.expect(200);
    let (_, rest) = page.text().split_once("/invitation/").unwrap();
    let link = format!("/invitation/{}", rest.split('<').next().unwrap());
    let chosen = [("new", PASSWORD), ("again", PASSWORD)];
    let mut guest = Visitor::new(gateway.backoffice);
    guest.post(&link, &chosen).await.expect(303);
    guest.get("/").await.expect(200);
    for path in [
        "/users",
        "/users/rui",
        "/audit",
        "/audit?actor=%22%3E%3Cimg%20src=x%3E",
    ] {
        let page = admin.get(path).await.expect(200);
        assert!(!page.text().contains("<img src=x"), "{path}");
    }
    let own = guest.get("/account").await.expect(200);
    assert!(!own.text().contains("<img src=x"));
}

async fn a_session_that_a_change_ended_is_not_kept_by_the_next(store: Store) {
    let (gateway, mut admin, _) = start(store).await;
    let (app, of) = (&gateway.server.app, gateway.merchant_id());
    let stolen = app
        .storage
        .sessions(of, "administrator", [0; 32], 1)
        .await
        .unwrap()
        .remove(0);
    let act = Act::new(&stolen.login, "user.password", &stolen.login);
    let change = async |own: Option<&Session>| {
        let changed = users::change(app, of, &stolen.login, &act, own, |_| {}).await;
        changed.unwrap().unwrap();
    };
    change(Some(&stolen)).await;
    admin.get("/users").await.expect(200);
    change(None).await;
    // A request of that session, which was let in before it ended.
    change(Some(&stolen)).await;
    admin.get("/users").await.expect(303);
}
