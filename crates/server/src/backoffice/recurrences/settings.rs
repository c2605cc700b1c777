//! `/recurrence-settings`, behind the link "Payment method": whether recurrences run, how often a
//! denied charge is tried, and how many days apart.
//!
//! Invariant: sets what `aval merchant set` sets, by the same operation, with the user's name.

use askama::Template;
use aval_domain::merchant::Merchant;
use aval_domain::settings::{SettingError, Settings};
use aval_domain::user::Permission;
use aval_gateway::audit::By;
use aval_gateway::operations::merchant;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::{Layout, answer};
use super::text::Texts;
use crate::pages::see_other;

const PATH: &str = "/recurrence-settings";
/// What attempts and days may be (decision D31).
const CHOICES: [&str; 4] = ["1", "2", "3", "4"];

#[derive(Template)]
#[template(path = "backoffice/recurrences/settings.html")]
struct SettingsPage {
    layout: Layout,
    t: &'static Texts,
    is_on: bool,
    attempts: String,
    interval: String,
    choices: [&'static str; 4],
    may_change: bool,
    is_wrong: bool,
}

/// Shows them as they are stored.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let toast = (context.parameter("done") == "saved").then_some(t.saved);
    shown(context, toast, false).await
}

async fn shown(
    context: &Context,
    toast: Option<&'static str>,
    is_wrong: bool,
) -> Result<Response, Failure> {
    let found = context.server.app.storage.merchant(context.of()).await?;
    let settings = found.ok_or(Failure::NotFound)?.settings;
    let page = SettingsPage {
        layout: context.layout().telling(toast),
        t: Texts::of(context.language),
        is_on: settings.recurrence,
        attempts: settings.recurrence_attempts.to_string(),
        interval: settings.recurrence_attempt_interval_days.to_string(),
        choices: CHOICES,
        may_change: context.may(Permission::Administer),
        is_wrong,
    };
    let status = if is_wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &page.layout, &page))
}

/// Sets them.
pub async fn save(context: &Context) -> Result<Response, Failure> {
    let form = &context.form;
    let is_on = form.value("recurrence") == "on";
    let attempts = form.value("recurrence_attempts");
    let interval = form.value("recurrence_attempt_interval_days");
    let set = |merchant: &mut Merchant| {
        let mut settings: Settings = merchant.settings.clone();
        settings.set("recurrence", if is_on { "true" } else { "false" })?;
        settings.set("recurrence_attempts", &attempts)?;
        settings.set("recurrence_attempt_interval_days", &interval)?;
        merchant.settings = settings;
        Ok::<(), SettingError>(())
    };
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let changed = merchant::change(&context.server.app, context.of(), by, set).await?;
    match changed.ok_or(Failure::NotFound)? {
        Ok(_) => Ok(see_other(&format!("{PATH}?done=saved"), Vec::new())),
        Err(_) => shown(context, None, true).await,
    }
}
