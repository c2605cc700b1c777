//! Credentials: a new key, who may call, and where notifications go.
//!
//! Invariant: a key is shown once, on the answer to the form that made it; a form that is sent
//! twice makes one. What is kept of secrets and headers' values is not shown.

use askama::Template;
use aval_domain::id::NotificationId;
use aval_domain::settings::{SettingError, Settings};
use aval_gateway::audit::{self, By};
use aval_gateway::operations::merchant;
use aval_gateway::outbox::Told;
use aval_gateway::secrets;
use axum::response::Response;
use http::StatusCode;
use zeroize::Zeroizing;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::format;
use super::super::layout::answer;
use super::text::Texts;
use super::{Frame, framed};
use crate::pages::see_other;

const PATH: &str = "/developers/credentials";
/// Fixed headers of a merchant at the most (decision D39).
const HEADERS: [&str; 3] = ["1", "2", "3"];
/// Bytes of a receiver's answer that are shown.
const SHOWN: usize = 500;

framed!(CredentialsPage);

#[derive(Template)]
#[template(path = "backoffice/developer/credentials.html")]
struct CredentialsPage {
    frame: Frame,
    version: u32,
    merchant: String,
    /// The new key, on the one page that shows it.
    key: Option<Zeroizing<String>>,
    previous_until: Option<String>,
    ip_list: String,
    url: String,
    format: &'static str,
    headers: String,
    header_numbers: [&'static str; 3],
    has_secret: bool,
    wrong: Option<(&'static str, &'static str)>,
    tested: Option<Tested>,
}

/// What became of a test.
struct Tested {
    is_good: bool,
    /// Status, or why there is none.
    told: String,
    answer: String,
}

impl CredentialsPage {
    fn of(context: &Context, merchant: &aval_domain::merchant::Merchant) -> Self {
        let settings = &merchant.settings;
        let listed = |key: &str| {
            let mut all = settings.list().into_iter();
            all.find(|(name, _)| *name == key)
                .map_or_else(String::new, |(_, value)| value)
        };
        let now = context.now();
        let previous = merchant.key.previous.filter(|(_, until)| *until > now);
        Self {
            frame: Frame::of(context, PATH),
            version: merchant.version,
            merchant: merchant.id.to_string(),
            key: None,
            previous_until: previous.map(|(_, until)| format::moment(until, context.language)),
            ip_list: lines(&listed("ip_allow_list")),
            url: settings.notification_url.clone().unwrap_or_default(),
            format: match listed("notification_format").as_str() {
                "sale" => "sale",
                "change" => "change",
                _ => "",
            },
            headers: listed("notification_headers"),
            header_numbers: HEADERS,
            has_secret: settings.notification_secret.is_some(),
            wrong: None,
            tested: None,
        }
    }

    fn wrong_of(&self, what: &str) -> Option<&'static str> {
        self.wrong
            .filter(|(of, _)| *of == what)
            .map(|(_, text)| text)
    }

    fn send(&self, status: StatusCode) -> Response {
        answer(status, &self.frame.layout, self)
    }
}

/// The merchant as it is stored now: what was just changed is to be seen.
async fn stored(context: &Context) -> Result<aval_domain::merchant::Merchant, Failure> {
    let found = context.server.app.storage.merchant(context.of()).await?;
    found.ok_or(Failure::NotFound)
}

/// Shows them.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let mut page = CredentialsPage::of(context, &stored(context).await?);
    let saved = context.parameter("done") == "saved";
    let toast = saved.then_some(page.frame.t.saved);
    page.frame = page.frame.telling(toast);
    Ok(page.send(StatusCode::OK))
}

/// Makes a new key, and shows it.
pub async fn roll(context: &Context) -> Result<Response, Failure> {
    // Without the version of the page nothing is made: the form was not filled in.
    let Ok(version) = context.form.value("version").parse::<u32>() else {
        return Ok(see_other(PATH, Vec::new()));
    };
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let named = (context.of(), Some(version));
    let rolled = merchant::roll_key_of(&context.server.app, named, by).await?;
    let Ok(made) = rolled.ok_or(Failure::NotFound)? else {
        return Err(Failure::Changed);
    };
    let mut page = CredentialsPage::of(context, &made.merchant);
    page.key = Some(made.key);
    Ok(page.send(StatusCode::OK))
}

/// Sets what one of the forms says: field `what`.
pub async fn save(context: &Context) -> Result<Response, Failure> {
    let form = &context.form;
    let what = form.value("what");
    let set: Vec<(&'static str, String)> = match what.as_str() {
        "ip" => {
            let lines: String = form.all("ip_allow_list").collect();
            let parts: Vec<&str> = lines.split([',', ' ', '\r', '\n', '\t']).collect();
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            vec![("ip_allow_list", parts.join(","))]
        }
        "notifications" => vec![
            ("notification_url", form.value("notification_url")),
            ("notification_format", form.value("notification_format")),
        ],
        "headers" => vec![("notification_headers", sent_headers(context))],
        "secret" => vec![("notification_secret", form.value("notification_secret"))],
        _ => return Ok(see_other(PATH, Vec::new())),
    };
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let set_all = |merchant: &mut aval_domain::merchant::Merchant| {
        let mut settings: Settings = merchant.settings.clone();
        for (key, value) in &set {
            settings.set(key, value)?;
        }
        merchant.settings = settings;
        Ok::<(), SettingError>(())
    };
    let changed = merchant::change(&context.server.app, context.of(), by, set_all).await?;
    match changed.ok_or(Failure::NotFound)? {
        Ok(_) => Ok(see_other(&format!("{PATH}?done=saved"), Vec::new())),
        Err(_) => refuse(context, &what, &set).await,
    }
}

/// The page again, with what was sent and what is wrong with it.
async fn refuse(
    context: &Context,
    what: &str,
    set: &[(&'static str, String)],
) -> Result<Response, Failure> {
    let mut page = CredentialsPage::of(context, &stored(context).await?);
    let t: &Texts = page.frame.t;
    page.wrong = match what {
        "ip" => Some(("ip", t.wrong_ip_list)),
        "notifications" => Some(("notifications", t.wrong_notification_url)),
        "headers" => Some(("headers", t.wrong_notification_headers)),
        _ => Some(("secret", t.wrong_notification_secret)),
    };
    for (key, value) in set {
        match *key {
            "ip_allow_list" => page.ip_list = value.replace(',', "\n"),
            "notification_url" => page.url.clone_from(value),
            _ => {}
        }
    }
    Ok(page.send(StatusCode::UNPROCESSABLE_ENTITY))
}

/// Networks a line each; one address is told without the length of its prefix.
fn lines(networks: &str) -> String {
    let line = |network: &str| {
        let whole = if network.contains(':') { "/128" } else { "/32" };
        network.strip_suffix(whole).unwrap_or(network).to_owned()
    };
    let lines: Vec<String> = networks.split(',').map(line).collect();
    lines.join("\n")
}

/// The headers that were sent, as the setting takes them.
fn sent_headers(context: &Context) -> String {
    let mut headers = serde_json::Map::new();
    for number in HEADERS {
        let name = context.form.value(&format!("header_{number}"));
        let value = context.form.value(&format!("value_{number}"));
        if !name.is_empty() {
            headers.insert(name, value.into());
        }
    }
    serde_json::Value::Object(headers).to_string()
}

/// Posts a notification of nothing to the configured address, and shows what came of it.
pub async fn test(context: &Context) -> Result<Response, Failure> {
    let app = &context.server.app;
    let mut merchant = stored(context).await?;
    let mut page = CredentialsPage::of(context, &merchant);
    secrets::open_with(&mut merchant, &app.keys)?;
    let receivers = app
        .outbox
        .as_ref()
        .and_then(|outbox| outbox.receivers.as_ref());
    let (Some(url), Some(receivers)) = (&merchant.settings.notification_url, receivers) else {
        page.wrong = Some(("test", page.frame.t.test_none));
        return Ok(page.send(StatusCode::UNPROCESSABLE_ENTITY));
    };
    let address = context.from();
    let act = By::user(&context.user.login, &address).act("notification.test", "", "");
    audit::commit_told(app, merchant.id, act.as_ref(), Vec::new()).await?;
    let told = Told {
        id: NotificationId::from_bytes([0; 16]),
        payment_version: 0,
        body: r#"{"PaymentId":"00000000-0000-0000-0000-000000000000","ChangeType":1,"Test":true}"#,
    };
    let secret = merchant.settings.notification_secret.as_ref();
    let secret = secret.and_then(aval_domain::settings::Secret::reveal);
    let real = app.clock.real();
    let post = told.post(&merchant.settings, url.clone(), secret, real);
    page.tested = Some(match receivers.post(post).await {
        Ok(response) => Tested {
            is_good: (200..300).contains(&response.status),
            told: response.status.to_string(),
            answer: String::from_utf8_lossy(&response.start)
                .chars()
                .take(SHOWN)
                .collect(),
        },
        Err(why) => Tested {
            is_good: false,
            told: why,
            answer: String::new(),
        },
    });
    Ok(page.send(StatusCode::OK))
}
