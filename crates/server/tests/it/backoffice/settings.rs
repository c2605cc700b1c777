//! The settings of a merchant, as an administrator without scripts sets them.
//!
//! Invariant: what is set here is what the API does and the command line shows; what is refused
//! changes nothing and leaves no trace.

use aval_domain::settings::Settings;
use aval_domain::user::Role;

use super::recurrences::acts;
use crate::support::body::Body;
use crate::support::gateway::Gateway;
use crate::support::office::{self, Visitor, field};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(what_an_administrator_sets_holds_for_the_next_sale_and_is_in_the_audit_log,);

async fn administrator(gateway: &Gateway) -> Visitor {
    office::signed_in(gateway, gateway.merchant_id(), Role::Administrator).await
}

async fn stored(gateway: &Gateway) -> Settings {
    let found = gateway.server.app.storage.merchant(gateway.merchant_id());
    found.await.unwrap().unwrap().settings
}

/// The version that the page's forms hold.
async fn version(visitor: &mut Visitor) -> String {
    let page = visitor.get("/settings").await.expect(200);
    field(page.text(), "version").to_owned()
}

/// The fields of the section of sales, with a window.
fn sales<'a>(version: &'a str, days: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("section", "sales"),
        ("version", version),
        ("capture_window_days", days),
        ("refunds_enabled", "true"),
    ]
}

async fn what_an_administrator_sets_holds_for_the_next_sale_and_is_in_the_audit_log(store: Store) {
    let gateway = Gateway::start(store, Default::default()).await;
    let mut admin = administrator(&gateway).await;
    let version = version(&mut admin).await;
    let without_credit = [
        ("section", "methods"),
        ("version", version.as_str()),
        ("debit", "true"),
        ("boleto", "true"),
        ("transfer", "true"),
        ("wallets", "true"),
    ];
    let saved = admin.post("/settings", &without_credit).await.expect(303);
    let to = saved.header("location").unwrap();
    let page = admin.get(to).await.expect(200);
    assert!(page.text().contains("Settings saved."), "{}", page.text());
    let credit = "<input id=\"credit\" type=\"checkbox\" name=\"credit\" value=\"true\" aria";
    assert!(page.text().contains(credit), "the box is not ticked");
    let wanted = Settings {
        credit: false,
        ..Settings::default()
    };
    assert_eq!(stored(&gateway).await, wanted);
    gateway.sell(&Body::sale(1)).await.expect_error(400, 173);
    let acts = acts(&gateway).await;
    assert_eq!(acts.len(), 1, "{acts:?}");
    assert_eq!(
        (acts[0].actor.as_str(), acts[0].action.as_str()),
        ("administrator", "settings.change")
    );
    assert_eq!(
        (acts[0].subject.as_str(), acts[0].detail.as_str()),
        ("credit", "credit: true > false")
    );
}

/// A section, and values of its fields that are not taken.
const WRONG: [(&str, &[(&str, &str)]); 4] = [
    (
        "sales",
        &[
            ("capture_window_days", "0"),
            ("capture_window_days", "31"),
            ("capture_window_days", "x"),
        ],
    ),
    (
        "fraud",
        &[
            ("fraud_review_score", "100"),
            ("fraud_reject_score", "-1"),
            ("fraud_review_hours", "241"),
            ("fraud_review_expiry", "review"),
            ("velocity_limits", "card=61/15m"),
            ("velocity_limits", "<i>"),
        ],
    ),
    (
        "boleto",
        &[
            ("boleto_agency", "123456"),
            ("boleto_account", "12a"),
            ("boleto_wallet", "1234"),
            ("boleto_convenio", "123456"),
        ],
    ),
    ("access", &[("dialect", "braspag")]),
];

#[tokio::test]
async fn what_is_not_taken_is_told_beside_its_field_and_changes_nothing() {
    let gateway = Gateway::sqlite().await;
    let mut admin = administrator(&gateway).await;
    let before = stored(&gateway).await;
    let version = version(&mut admin).await;
    for language in ["en", "pt-BR"] {
        admin.language = language;
        for (section, wrong) in WRONG {
            for (key, value) in wrong {
                let mut fields = vec![("section", section), ("version", version.as_str())];
                let all = before.list();
                let right = all.iter().map(|(key, value)| (*key, value.as_str()));
                fields.extend(right.filter(|(other, _)| other != key));
                fields.push((key, value));
                let refused = admin.post("/settings", &fields).await.expect(422);
                let page = refused.text();
                assert_eq!(
                    page.matches("class=\"wrong\" id=").count(),
                    1,
                    "{key}={value}: {page}"
                );
                assert!(
                    page.contains(&format!("class=\"wrong\" id=\"{key}-wrong\">")),
                    "{key}"
                );
                let (_, input) = page.split_once(&format!("<{}", tag(key))).unwrap();
                let (_, input) = input.split_once(&format!("id=\"{key}\"")).unwrap();
                let input = input.split('>').next().unwrap();
                assert!(
                    input.contains(&format!("aria-describedby=\"{key}-wrong")),
                    "{input}"
                );
                assert!(input.contains("aria-invalid=\"true\""), "{input}");
                assert!(!page.contains("<i>"), "what was typed is text");
            }
        }
    }
    assert_eq!(stored(&gateway).await, before);
    assert_eq!(acts(&gateway).await, []);
}

/// The element that a setting is filled in by.
fn tag(key: &str) -> &'static str {
    match key {
        "dialect" | "fraud_review_expiry" => "select",
        _ => "input",
    }
}

#[tokio::test]
async fn every_field_that_is_wrong_is_marked_at_once_and_what_was_typed_stays() {
    let gateway = Gateway::sqlite().await;
    let mut admin = administrator(&gateway).await;
    let version = version(&mut admin).await;
    let fields = [
        ("section", "boleto"),
        ("version", version.as_str()),
        ("boleto_agency", "12x"),
        ("boleto_account", "7654321"),
        ("boleto_wallet", "9999"),
        ("boleto_convenio", ""),
    ];
    let page = admin.post("/settings", &fields).await.expect(422);
    assert_eq!(page.text().matches("class=\"wrong\"").count(), 2);
    for typed in ["12x", "7654321", "9999"] {
        assert!(
            page.text().contains(&format!("value=\"{typed}\"")),
            "{typed}"
        );
    }
    assert!(page.text().contains("<title>Error: Settings"));
}

#[tokio::test]
async fn a_form_of_before_somebody_elses_change_is_shown_again_and_saved_the_second_time() {
    let gateway = Gateway::sqlite().await;
    let mut admin = administrator(&gateway).await;
    let before = version(&mut admin).await;
    let others = [("duplicate_orders_refused", "true")];
    gateway.set(gateway.merchant_id(), &others).await;
    let asked = admin
        .post("/settings", &sales(&before, "9"))
        .await
        .expect(409);
    assert!(
        asked.text().contains("Somebody changed settings"),
        "{}",
        asked.text()
    );
    assert!(asked.text().contains("value=\"9\""), "what was typed stays");
    for told in ["Stored now:</strong> 5<", "Stored now:</strong> on<"] {
        assert!(asked.text().contains(told), "{told}: {}", asked.text());
    }
    let now = stored(&gateway).await;
    assert_eq!(
        (now.capture_window_days, now.duplicate_orders_refused),
        (5, true)
    );
    let version = field(asked.text(), "version").to_owned();
    assert_ne!(version, before);
    admin
        .post("/settings", &sales(&version, "9"))
        .await
        .expect(303);
    assert_eq!(stored(&gateway).await.capture_window_days, 9);
    // Sent again, by whichever button: nothing to change, nothing to tell.
    let version = self::version(&mut admin).await;
    let told = acts(&gateway).await.len();
    admin
        .post("/settings", &sales(&version, "9"))
        .await
        .expect(303);
    assert_eq!(acts(&gateway).await.len(), told);
}

#[tokio::test]
async fn what_is_the_operators_is_shown_and_never_read() {
    let gateway = Gateway::sqlite().await;
    let own = [
        ("tariff", "authorization=55"),
        ("rate_limit_per_second", "70"),
    ];
    gateway.set(gateway.merchant_id(), &own).await;
    let mut admin = administrator(&gateway).await;
    let page = admin.get("/settings").await.expect(200);
    assert!(page.text().contains("R$\u{a0}0.55"), "{}", page.text());
    assert!(page.text().contains("<dd>70</dd>"));
    let before = stored(&gateway).await;
    let version = field(page.text(), "version").to_owned();
    let mut fields = sales(&version, "5").to_vec();
    fields.extend([
        ("tariff", "authorization=0"),
        ("rate_limit_per_second", "0"),
        ("unfinished_limit_minutes", "240"),
        ("notification_url", "https://elsewhere.example.com/"),
        ("credit", "false"),
        ("name", "Outra loja"),
    ]);
    admin.post("/settings", &fields).await.expect(303);
    assert_eq!(stored(&gateway).await, before);
}

#[tokio::test]
async fn the_navigation_leads_administrators_there_in_both_languages() {
    let gateway = Gateway::sqlite().await;
    let mut admin = administrator(&gateway).await;
    for (language, label) in [("en", "Settings"), ("pt-BR", "Configurações")] {
        admin.language = language;
        let page = admin.get("/settings").await.expect(200);
        let (_, link) = page
            .text()
            .split_once("<a href=\"/settings\" aria-current=\"page\">")
            .unwrap();
        assert!(
            link.split("</a>").next().unwrap().ends_with(label),
            "{label}"
        );
        assert!(page.text().contains(&format!("<h1>{label}</h1>")));
    }
    let mut viewer = office::signed_in(&gateway, gateway.merchant_id(), Role::Viewer).await;
    let page = viewer.get("/overview").await.expect(200);
    assert!(!page.text().contains("href=\"/settings\""));
}
