//! Language, theme, and pages that are not there.
//!
//! Invariant: what is chosen holds for this browser and says nothing of who uses it.

use aval_domain::user::Role;

use crate::support::gateway::Gateway;
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
