//! The registration page: over plain HTTP, and in a real browser.
//!
//! Invariant: what the page shows works at once on the API; a test without its browser fails.

use serde_json::Value;

use super::support::home::Home;
use super::support::http::{Answer, Http, Request};
use super::support::postgres::Cluster;
use super::support::scenario;
use super::support::server::Server;

/// A form that was fetched: its cookie and its token.
struct Form {
    cookie: String,
    token: String,
}

impl Form {
    fn fetch(server: &Server) -> Self {
        let page = server.look("/register").expect(200);
        let cookie = header(&page, "set-cookie").split(';').next().unwrap();
        let (_, rest) = page.body.split_once("name=\"token\" value=\"").unwrap();
        Self {
            cookie: cookie.to_owned(),
            token: rest.split('"').next().unwrap().to_owned(),
        }
    }

    fn send(&self, server: &Server, fields: &str) -> Answer {
        let body = format!("token={}&{fields}", self.token);
        let request = Request::new("POST", "/register?lang=en")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Cookie", &self.cookie)
            .body(body);
        Http::new(server.backoffice).must(&request)
    }
}

const ANA: &str = "name=Ana&email=ana%40loja.com.br&establishment=Loja+da+Ana";

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let found = answer.headers.iter().find(|(had, _)| had == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// The page after a registration that went well, and the cookie that led there.
fn follow(server: &Server, sent: &Answer) -> (Answer, String) {
    assert_eq!(sent.status, 303, "{sent:?}");
    let cookie = header(sent, "set-cookie").split(';').next().unwrap();
    let location = header(sent, "location");
    assert_eq!(location, "/register/done?lang=en");
    let request = Request::new("GET", location).header("Cookie", cookie);
    let page = Http::new(server.backoffice).must(&request);
    (page, cookie.to_owned())
}

fn shown<'a>(page: &'a Answer, id: &str) -> &'a str {
    let mark = format!("<code id=\"{id}\">");
    let (_, rest) = page.body.split_once(&mark).unwrap();
    rest.split('<').next().unwrap()
}

#[test]
fn a_registered_merchant_sells_at_once_and_its_secrets_are_shown_once() {
    let home = Home::sqlite();
    let server = Server::start_with(&home, &[], |command| {
        command.env("RUST_LOG", "trace");
    });
    let sent = Form::fetch(&server).send(&server, ANA);
    let (page, cookie) = follow(&server, &sent);
    let page = page.expect(200);
    let [id, key, password] =
        ["merchant-id", "merchant-key", "password"].map(|id| shown(&page, id));
    sells(&server, id, key);
    let listed = home.run(&["merchant", "list", "--json"]).json();
    let mine = listed["Merchants"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["MerchantId"] == id);
    let mine = mine.unwrap();
    assert_eq!(mine["Name"], "Loja da Ana");
    assert_eq!(
        mine["EstablishmentCode"],
        shown(&page, "establishment-code")
    );
    let gone = page.headers.iter().filter(|(name, _)| name == "set-cookie");
    let gone: Vec<&str> = gone.map(|(_, value)| value.as_str()).collect();
    assert!(
        gone.iter().all(|cookie| cookie.contains("Max-Age=0")) && gone.len() == 2,
        "{gone:?}"
    );
    assert!(
        server
            .look("/register/done")
            .body
            .contains("Não há credenciais")
    );
    for secret in [key, password] {
        assert!(!format!("{sent:?}{cookie}").contains(secret), "not sealed");
        assert!(!server.log().contains(secret), "in the log");
    }
    let forged = format!("{}x", cookie.trim_end_matches(|c: char| c != '='));
    let request = Request::new("GET", "/register/done").header("Cookie", &forged);
    Http::new(server.backoffice).must(&request).expect(410);
    advance(&home, &server, r#"{"Minutes":11}"#);
    let request = Request::new("GET", "/register/done").header("Cookie", &cookie);
    Http::new(server.backoffice).must(&request).expect(410);
}

/// Moves the server's clock.
fn advance(home: &Home, server: &Server, by: &str) {
    let token = std::fs::read_to_string(home.data().join("admin-token")).unwrap();
    let request = Request::new("POST", "/sandbox/clock/advance")
        .header("Authorization", &format!("Bearer {}", token.trim()))
        .body(by);
    Http::new(server.backoffice).must(&request).expect(200);
}

fn sells(server: &Server, id: &str, key: &str) {
    let merchant = super::support::home::Merchant {
        id: id.to_owned(),
        key: key.to_owned(),
    };
    server.ask(&merchant.sale("registered", 100)).expect(201);
}

#[test]
fn a_form_sent_twice_makes_one_merchant_and_a_strangers_none() {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    let count = || {
        let listed = home.run(&["merchant", "list", "--json"]).json();
        listed["Merchants"].as_array().unwrap().len()
    };
    let before = count();
    let form = Form::fetch(&server);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| form.send(&server, ANA));
        let second = form.send(&server, ANA);
        (first.join().unwrap(), second)
    });
    let [first, second] = [first, second].map(|sent| follow(&server, &sent).0);
    assert_eq!(
        shown(&first, "merchant-key"),
        shown(&second, "merchant-key")
    );
    assert_eq!(count(), before + 1);
    let other = Form::fetch(&server);
    for (cookie, token) in [
        (&form.cookie, &other.token),
        (&String::new(), &form.token),
        (&form.cookie, &String::new()),
    ] {
        let (cookie, token) = (cookie.clone(), token.clone());
        let refused = Form { cookie, token }.send(&server, ANA).expect(403);
        assert!(
            refused.body.contains("value=\"ana@loja.com.br\""),
            "values are kept"
        );
    }
    advance(&home, &server, r#"{"Hours":13}"#);
    assert_eq!(other.send(&server, ANA).status, 403, "the form has expired");
    assert_eq!(count(), before + 1);
}

#[test]
fn an_address_that_sends_too_many_forms_is_told_so() {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    let form = Form::fetch(&server);
    let statuses: Vec<u16> = (0..40)
        .map(|_| form.send(&server, "name=").status)
        .collect();
    let taken = statuses.iter().take_while(|status| **status == 422).count();
    assert!((20..=22).contains(&taken), "{statuses:?}");
    let refused = form.send(&server, ANA).expect(429);
    assert!(refused.body.contains("Too many registrations"));
    assert_eq!(header(&refused, "retry-after"), "30");
}

#[test]
fn every_page_has_a_strict_policy_and_production_has_no_registration() {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    for path in ["/register", "/register/done"] {
        let page = server.look(path);
        let policy = header(&page, "content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "referrer-policy"), "no-referrer");
        assert_eq!(header(&page, "cache-control"), "no-store");
        for inline in ["style=", "<style", "<script>", " onclick"] {
            assert!(!page.body.contains(inline), "{inline}");
        }
        for asset in page
            .body
            .split('"')
            .filter(|part| part.starts_with("/assets/"))
        {
            let asset = server.look(asset).expect(200);
            assert!(header(&asset, "cache-control").contains("immutable"));
        }
    }
    drop(server);
    let home = Home::sqlite();
    let key = format!("1:{}=", "A".repeat(43));
    let production = ["--environment", "production"];
    let server = Server::start_with(&home, &production, |command| {
        command.env("AVAL_VAULT_KEY", key);
    });
    for path in ["/register", "/register/done"] {
        server.look(path).expect(404);
    }
}

#[test]
fn the_command_line_tells_user_and_password_of_a_new_merchant() {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja", "--json"])
        .json();
    assert_eq!(made["User"], "admin");
    assert_eq!(made["Password"].as_str().unwrap().len(), 16);
    let id = made["MerchantId"].as_str().unwrap();
    let rolled = home.run(&["merchant", "roll-key", id, "--json"]).json();
    assert_eq!(rolled.get("Password"), None);
}

#[test]
fn on_a_phone_in_portuguese_registration_works() {
    browse("phone");
}

#[test]
fn on_a_desktop_in_english_light_and_dark_registration_works() {
    browse("desktop");
}

#[test]
fn the_language_can_be_switched_and_stays() {
    browse("languages");
}

#[test]
fn with_the_keyboard_alone_registration_works() {
    browse("keyboard");
}

#[test]
fn without_scripts_registration_works() {
    browse("scriptless");
}

#[test]
fn what_is_wrong_is_told_beside_its_field_and_the_rest_is_kept() {
    browse("invalid");
}

#[test]
fn a_reload_shows_no_secret_and_makes_no_second_merchant() {
    let home = browse("once");
    let listed = home.run(&["merchant", "list", "--json"]).json();
    // The demonstration merchant and the one registered.
    assert_eq!(listed["Merchants"].as_array().unwrap().len(), 2);
}

#[test]
fn pages_that_refuse_are_accessible_too() {
    let server = Server::start(&Home::sqlite(), &[]);
    play("refused", &server);
}

#[test]
fn a_page_that_says_that_it_failed_is_accessible_too() {
    let mut cluster = Cluster::start();
    let home = Home::with_database(cluster.database());
    let server = Server::start(&home, &[]);
    cluster.kill();
    play("unavailable", &server);
}

/// Plays a scenario in the browser, then sells with the credentials that the page showed.
fn browse(scenario: &str) -> Home {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    let told = play(scenario, &server);
    sells(
        &server,
        told["id"].as_str().unwrap(),
        told["key"].as_str().unwrap(),
    );
    home
}

/// Plays a scenario in the browser; what it found.
fn play(scenario: &str, server: &Server) -> Value {
    let office = format!("http://{}", server.backoffice);
    scenario::play(server, "register.mjs", &[scenario, &office], &Value::Null)
}
