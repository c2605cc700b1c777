//! A user of the back office, as a browser without scripts: signs in by the forms, keeps cookies,
//! follows nothing by itself.
//!
//! Invariant: what it knows of a page it read from that page; no session is made behind the
//! server's back.

use std::net::SocketAddr;
use std::sync::LazyLock;

use aval_domain::id::MerchantId;
use aval_domain::user::{PasswordHash, Role, User};
use aval_storage::{Changes, Write};

use super::gateway::Gateway;
use super::http::{Answer, Request};

/// The password of every user here.
pub const PASSWORD: &str = "correct horse battery";

static HASH: LazyLock<String> = LazyLock::new(|| aval_vault::hash_password(PASSWORD).unwrap());

/// Somebody at the back office.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The back-office listener.
    pub address: SocketAddr,
    /// Cookies by name.
    pub cookies: Vec<(String, String)>,
    /// What forms of the session say; empty before somebody signed in.
    pub csrf: String,
    /// The language asked for.
    pub language: &'static str,
}

/// Makes a user of a merchant with [`PASSWORD`]; its login is the role's name.
pub async fn user(gateway: &Gateway, merchant: MerchantId, role: Role) -> String {
    let login = role.name().to_owned();
    let user = User {
        merchant,
        login: login.clone(),
        name: Some(format!("Ana {login}")),
        email: Some("ana@loja.com.br".to_owned()),
        role,
        password: PasswordHash(HASH.clone()),
        blocked: false,
        second_factor: None,
        created_at: gateway.server.app.clock.now(),
        version: 1,
    };
    let writes = vec![Write::InsertUser(Box::new(user))];
    let changes = Changes { merchant, writes };
    gateway.server.app.storage.commit(changes).await.unwrap();
    login
}

/// The establishment code of a merchant.
pub async fn establishment(gateway: &Gateway, merchant: MerchantId) -> String {
    let found = gateway.server.app.storage.merchant(merchant).await.unwrap();
    found.unwrap().establishment
}

/// A new user of a merchant, signed in.
pub async fn signed_in(gateway: &Gateway, merchant: MerchantId, role: Role) -> Visitor {
    let login = user(gateway, merchant, role).await;
    let mut visitor = Visitor::new(gateway.backoffice);
    let code = establishment(gateway, merchant).await;
    let entered = visitor.sign_in(&code, &login, PASSWORD).await;
    assert_eq!(entered.header("location"), Some("/"), "{}", entered.text());
    visitor.read_csrf().await;
    visitor
}

impl Visitor {
    /// Somebody who is not signed in.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookies: Vec::new(),
            csrf: String::new(),
            language: "en",
        }
    }

    /// Sends the form with user and password.
    pub async fn sign_in(&mut self, establishment: &str, login: &str, password: &str) -> Answer {
        let fields = [
            ("establishment", establishment),
            ("user", login),
            ("password", password),
        ];
        self.post("/sign-in", &fields).await
    }

    /// Reads what forms of the session say, from the first page.
    pub async fn read_csrf(&mut self) {
        let page = self.get("/").await.expect(200);
        self.csrf = field(page.text(), "csrf").to_owned();
    }

    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::new(self.address, "GET", path)).await
    }

    /// Sends a form, with what forms of the session say.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        if !self.csrf.is_empty() && !fields.iter().any(|(name, _)| *name == "csrf") {
            body.append_pair("csrf", &self.csrf);
        }
        body.extend_pairs(fields);
        let request = Request::new(self.address, "POST", path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.finish());
        self.send(request).await
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub async fn send(&mut self, request: Request) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.header("Accept-Language", self.language);
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        let answer = request.send().await;
        let set = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie");
        for (_, line) in set {
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(had, _)| had != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}

/// The value of the first hidden field of a name on a page.
pub fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&mark)
        .unwrap_or_else(|| panic!("no field {name}: {page}"));
    rest.split('"').next().unwrap()
}
