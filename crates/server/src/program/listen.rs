//! `aval listen`
//!
//! Invariant: a line of standard output is one attempt, or one notification when nothing is
//! forwarded. What merchants' own receivers are sent does not change. Ends with 0 when asked to.

use std::io::IsTerminal as _;
use std::time::Duration;

use aval_api::stopwatch::Stopwatch;
use aval_domain::id::MerchantId;
use aval_domain::notification::Change;
use aval_domain::settings::{Secret, Settings};
use aval_gateway::app::{App, Environment};
use aval_gateway::error::Error;
use aval_gateway::listeners::{Listening, Missed, SETTLED};
use aval_gateway::outbox::{Receivers as _, Response, Told};
use aval_gateway::tasks::notifications::kept;
use aval_storage::Heard;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval, sleep};
use zeroize::Zeroizing;

use super::serve::{Ending, receivers};
use super::store::{merchant_id, with_app, write_secret_once};
use super::{print, print_json};
use crate::cli::{Exit, ListenArgs};
use crate::config::StoreConfig;
use crate::notifications::Client;
use crate::sandbox::milliseconds;

/// How often it is looked for what is new.
const LOOK: Duration = Duration::from_millis(200);
/// Posts under way at once.
const AT_ONCE: usize = 16;

/// What is told when everything that happens from now on is heard.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ready<'a> {
    event: &'static str,
    /// Absent: all merchants.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_to: Option<&'a str>,
    /// Signs what is sent for merchants who have no notification_secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

/// One attempt.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    event: &'static str,
    at: String,
    merchant_id: String,
    notification_id: String,
    payment_id: String,
    payment_version: u32,
    change_type: u8,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The beginning of an answer that says it was not received.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_in_seconds: Option<u64>,
}

/// What was asked for.
struct Asked<'a> {
    merchant: Option<MerchantId>,
    forward: Option<Forward<'a>>,
    json: bool,
    colour: bool,
}

/// Where notifications are forwarded to.
struct Forward<'a> {
    url: &'a str,
    secret: Zeroizing<String>,
    client: Client,
}

/// An attempt that has ended: what it was, and what became of it.
type Ended = (Heard, Option<(Result<Response, String>, Duration)>);

/// Runs the command until a signal ends it.
pub(super) fn run(config: &StoreConfig, args: &ListenArgs) -> Result<(), Exit> {
    let merchant = args.merchant.as_deref().map(merchant_id).transpose()?;
    let forward = match args.forward_to.as_deref() {
        None => None,
        Some(url) => {
            let checked = Settings::default().set("notification_url", url);
            if url.is_empty() || checked.is_err() {
                return Err(Exit::usage(
                    "--forward-to takes an absolute http or https address",
                ));
            }
            let client = receivers(true, args.ca.as_deref())?;
            Some((url, client))
        }
    };
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    with_app(config, async |app| {
        if app.environment != Environment::Sandbox {
            return Err(Exit::usage(
                "notifications can be heard in the sandbox only",
            ));
        }
        let forward = match forward {
            None => None,
            Some((url, client)) => Some(Forward {
                url,
                secret: secret(config)?,
                client,
            }),
        };
        let asked = Asked {
            merchant,
            forward,
            json: args.json,
            colour: !is_plain && std::io::stdout().is_terminal(),
        };
        listen(app, &asked).await
    })
}

/// The secret of this data directory, the same at every start.
fn secret(config: &StoreConfig) -> Result<Zeroizing<String>, Exit> {
    let new = aval_vault::new_notification_secret().map_err(|e| Exit::failure(&e.to_string()))?;
    let file = config.data_dir.join("listen-secret");
    let kept = write_secret_once(&file, &new)?;
    Ok(Zeroizing::new(kept.trim().to_owned()))
}

async fn listen(app: &App, asked: &Asked<'_>) -> Result<(), Exit> {
    if let Some(id) = asked.merchant {
        let found = app.storage.merchant(id).await;
        found
            .map_err(|error| Exit::failure(&error.to_string()))?
            .ok_or_else(super::merchant::unknown)?;
    }
    let ending = Ending::watch()?;
    let begun = Listening::begin(app, asked.merchant).await;
    let mut listening = begun.map_err(|error| Exit::failure(&error.to_string()))?;
    let ended = tokio::select! {
        () = ending.asked() => Ok(()),
        ended = hear(app, asked, &mut listening) => ended,
    };
    let stopped = listening.end().await;
    ended?;
    stopped.map_err(|error| Exit::failure(&error.to_string()))
}

/// Goes on until it cannot say what it hears.
async fn hear(app: &App, asked: &Asked<'_>, listening: &mut Listening<'_>) -> Result<(), Exit> {
    sleep(SETTLED).await;
    say_ready(asked)?;
    let mut attempts = FuturesUnordered::new();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_away = false;
    loop {
        tokio::select! {
            Some(ended) = attempts.next(), if !attempts.is_empty() => {
                let line = line(app, listening, ended);
                say(asked, &line)?;
            }
            _ = looks.tick() => is_away = look(listening, is_away).await,
        }
        while attempts.len() < AT_ONCE
            && let Some(heard) = listening.next_due()
        {
            attempts.push(attempt(app, asked, heard));
        }
    }
}

/// Looks what is new. While the store is away it says so once, and goes on; whether it is.
async fn look(listening: &mut Listening<'_>, was_away: bool) -> bool {
    match listening.look().await {
        Ok(Missed { deaf, dropped }) => {
            if let Some(deaf) = deaf {
                let seconds = deaf.as_secs();
                complain(&format!(
                    "asleep for {seconds} s: notifications of that time may be missing"
                ));
            }
            if dropped > 0 {
                complain(&format!(
                    "10,000 notifications wait to be received: {dropped} newer ones were dropped"
                ));
            }
            false
        }
        Err(error) => {
            if !was_away {
                complain(&format!("{error}; trying again"));
            }
            true
        }
    }
}

fn complain(what: &str) {
    use std::io::Write as _;
    // Who does not read it does not want it.
    let _ = writeln!(std::io::stderr(), "aval: {what}");
}

async fn attempt(app: &App, asked: &Asked<'_>, heard: Heard) -> Ended {
    let Some(forward) = &asked.forward else {
        return (heard, None);
    };
    let begun = Stopwatch::start();
    let answered = match settings(app, heard.merchant).await {
        Ok(settings) => {
            let own = settings
                .notification_secret
                .as_ref()
                .and_then(Secret::reveal);
            let secret = own.unwrap_or(&forward.secret);
            let url = forward.url.to_owned();
            let told = Told::from(&heard);
            let post = told.post(&settings, url, Some(secret), app.clock.real());
            forward.client.post(post).await
        }
        Err(error) => Err(error.to_string()),
    };
    let took = begun.elapsed();
    (heard, Some((answered, took)))
}

async fn settings(app: &App, of: MerchantId) -> Result<Settings, Error> {
    let found = app.merchants.find(&app.storage, &app.keys, of).await?;
    Ok(found.map_or_else(Settings::default, |one| one.settings.clone()))
}

/// Notes what became of an attempt, and puts it into words.
fn line(app: &App, listening: &mut Listening<'_>, (heard, ended): Ended) -> Line {
    let status = ended.as_ref().and_then(|(answered, _)| {
        let answered = answered.as_ref().ok();
        answered.map(|answer| answer.status)
    });
    let received = ended.is_none() || status.is_some_and(|status| (200..300).contains(&status));
    let (attempt, retry) = listening.attempted(heard.id, received);
    let took = ended.as_ref().map(|(_, took)| *took);
    let (error, answer) = match ended {
        Some((Err(error), _)) => (Some(error), None),
        Some((Ok(answer), _)) if !received => (None, Some(kept(&answer))),
        Some((Ok(_), _)) | None => (None, None),
    };
    Line {
        event: if received { "Notification" } else { "Failed" },
        at: app.clock.real().rfc3339(),
        merchant_id: heard.merchant.to_string(),
        notification_id: heard.id.to_string(),
        payment_id: heard.payment.to_string(),
        payment_version: heard.payment_version,
        change_type: heard.change.number(),
        created_at: heard.created_at.rfc3339(),
        attempt: took.map(|_| attempt),
        status,
        duration_ms: took.map(milliseconds),
        error,
        answer,
        retry_in_seconds: retry.map(|wait| wait.as_secs()),
    }
}

fn say_ready(asked: &Asked<'_>) -> Result<(), Exit> {
    let forward = asked.forward.as_ref();
    let merchant_id = asked.merchant.map(|id| id.to_string());
    if asked.json {
        return print_json(&Ready {
            event: "Ready",
            merchant_id,
            forward_to: forward.map(|forward| forward.url),
            secret: forward.map(|forward| forward.secret.as_str()),
        });
    }
    let whom = merchant_id.unwrap_or_else(|| "all merchants".to_owned());
    let mut text = format!("Listening to {whom}; Ctrl-C ends it.\n");
    if let Some(Forward { url, secret, .. }) = forward {
        let secret = secret.as_str();
        text.push_str(&format!(
            "Forwarding to {url}\n\
             Signed with {secret}, or with the merchant's own notification_secret.\n"
        ));
    }
    print(&text)
}

fn say(asked: &Asked<'_>, line: &Line) -> Result<(), Exit> {
    if asked.json {
        return print_json(line);
    }
    print(&words(line, asked.merchant.is_none(), asked.colour))
}

/// One line for people: when, how it ended, what it was.
fn words(line: &Line, with_merchant: bool, colour: bool) -> String {
    let time = line.at.get(11..19).unwrap_or_default();
    let outcome = match (line.status, &line.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => error.clone(),
        (None, None) => "heard".to_owned(),
    };
    let code = match (line.event, line.status) {
        ("Failed", _) => "31",
        (_, Some(_)) => "32",
        (_, None) => "36",
    };
    let outcome = if colour {
        format!("\u{1b}[{code}m{outcome}\u{1b}[0m")
    } else {
        outcome
    };
    let took = line.duration_ms.map(|took| format!("  {took:.1} ms"));
    let change = Change::of_number(line.change_type);
    let change = change.map_or_else(String::new, |change| format!("{change:?}"));
    let Line {
        payment_id: payment,
        payment_version: version,
        notification_id: id,
        ..
    } = line;
    let took = took.unwrap_or_default();
    let mut text =
        format!("{time}  {outcome}{took}  {change} v{version}  payment {payment}  id {id}");
    if with_merchant {
        text.push_str(&format!("  merchant {}", line.merchant_id));
    }
    if let Some(attempt) = line.attempt.filter(|attempt| *attempt > 1) {
        text.push_str(&format!("  attempt {attempt}"));
    }
    if let Some(seconds) = line.retry_in_seconds {
        text.push_str(&format!("  again in {seconds} s"));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Line {
        Line {
            event: "Failed",
            at: "2027-01-31T10:00:01-03:00".to_owned(),
            merchant_id: "M".to_owned(),
            notification_id: "N".to_owned(),
            payment_id: "P".to_owned(),
            payment_version: 2,
            change_type: 1,
            created_at: "2027-01-31T10:00:00-03:00".to_owned(),
            attempt: Some(2),
            status: Some(500),
            duration_ms: Some(12.34),
            error: None,
            answer: None,
            retry_in_seconds: Some(2),
        }
    }

    #[test]
    fn a_line_is_coloured_on_a_terminal_only() {
        let plain = words(&failed(), false, false);
        assert_eq!(
            plain,
            "10:00:01  500  12.3 ms  PaymentStatus v2  payment P  id N  attempt 2  again in 2 s\n"
        );
        let coloured = words(&failed(), true, true);
        assert!(coloured.contains("\u{1b}[31m500\u{1b}[0m"), "{coloured:?}");
        assert!(coloured.contains("merchant M"), "{coloured:?}");
    }
}
