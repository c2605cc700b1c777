//! Language, theme, and pages that are not there.
//!
//! Invariant: what is chosen holds for this browser and says nothing of who uses it.

use aval_domain::user::Role;

use crate::support::gateway::Gateway;
use crate::support::http::Request;
use crate::support::office::{self, Visitor};

#[tokio::test]
async fn language_and_theme_are_chosen_before_and_after_signing_in() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = Visitor::new(gateway.backoffice);
    let fields = [("language", "pt-BR"), ("back", "/sign-in")];
    let chosen = visitor.post("/preferences", &fields).await.expect(303);
    assert_eq!(chosen.header("location"), Some("/sign-in"));
    let page = visitor.get("/sign-in").await.expect(200);
    assert!(page.text().contains("Estabelecimento") && page.text().contains("lang=\"pt-BR\""));
    let fields = [("theme", "dark"), ("back", "//evil.example")];
    let chosen = visitor.post("/preferences", &fields).await.expect(303);
    assert_eq!(chosen.header("location"), Some("/"));
    let page = visitor.get("/sign-in").await.expect(200);
    assert!(page.text().contains("data-theme=\"dark\""));
    let page = visitor.get("/sign-in?lang=en").await.expect(200);
    assert!(page.text().contains("Establishment"));
}

#[tokio::test]
async fn the_portal_leads_to_the_menus_that_the_role_may_open() {
    let gateway = Gateway::sqlite().await;
    for (role, menus) in [
        (Role::Viewer, 3),
        (Role::Operator, 3),
        (Role::Finance, 4),
        (Role::Administrator, 4),
    ] {
        let mut visitor = office::signed_in(&gateway, gateway.merchant_id(), role).await;
        let page = visitor.get("/").await.expect(200);
        let (_, list) = page.text().split_once("portal-menus").unwrap();
        let links: Vec<&str> = list.split("<a href=\"").skip(1).collect();
        assert_eq!(links.len(), menus, "{role:?}");
        for link in links {
            let path = link.split('"').next().unwrap();
            assert_eq!(visitor.get(path).await.status, 200, "{role:?} {path}");
        }
    }
}

#[tokio::test]
async fn the_navigation_shows_only_what_the_role_may_open() {
    let gateway = Gateway::sqlite().await;
    for role in Role::ALL {
        let mut visitor = office::signed_in(&gateway, gateway.merchant_id(), role).await;
        let page = visitor.get("/").await.expect(200);
        let links = page.text().split("<li><a href=\"").skip(1);
        for path in links.map(|rest| rest.split('"').next().unwrap()) {
            let opened = visitor.get(path).await;
            assert_eq!(opened.status, 200, "{role:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_a_page_for_people_and_json_for_programs() {
    let gateway = Gateway::sqlite().await;
    let ours = gateway.merchant_id();
    let mut visitor = office::signed_in(&gateway, ours, Role::Viewer).await;
    for (language, title) in [("en", "Page not found"), ("pt-BR", "Página não encontrada")] {
        visitor.language = language;
        for path in ["/nothing-here", "/payments", "/users/a/b/c", "/%00"] {
            let page = visitor.get(path).await.expect(404);
            let kind = page.header("content-type").unwrap();
            assert_eq!(kind, "text/html; charset=utf-8", "{path}");
            let text = page.text();
            assert!(text.contains(title), "{path}: {text}");
            assert!(text.contains("/sign-out"), "{path}: the frame of a user");
            assert!(page.header("content-security-policy").is_some(), "{path}");
        }
    }
    // A page that can only be sent to.
    let page = visitor.get("/sign-out").await.expect(405);
    assert_eq!(page.header("allow"), Some("POST"));
    assert!(page.text().contains("<html"));
    let send = |method: &str, path: &str, accept: &str| {
        Request::new(gateway.backoffice, method, path).header("Accept", accept)
    };
    // Nobody who is signed in, with a browser.
    let page = send("GET", "/nothing-here", "text/html,*/*;q=0.8");
    let page = page.send().await.expect(404);
    assert!(page.text().contains("<html") && !page.text().contains("/sign-out"));
    // Programs, also with a browser's cookies, and the paths of the API.
    for (method, path, accept, status) in [
        ("GET", "/nothing-here", "*/*", 404),
        ("GET", "/nothing-here", "application/json", 404),
        ("POST", "/openapi.json", "*/*", 405),
    ] {
        let answer = send(method, path, accept).send().await.expect(status);
        assert_eq!(answer.text(), "[]", "{path} {accept}");
        assert!(answer.header("requestid").is_some(), "{path} {accept}");
    }
    for path in ["/1/sales/", "/1", "/sandbox", "/openapi.json/x"] {
        let answer = visitor.get(path).await.expect(404);
        assert_eq!(answer.text(), "[]", "{path}");
    }
    let json = visitor.send(send("GET", "/nothing-here", "application/json"));
    assert_eq!(json.await.expect(404).text(), "[]");
}
