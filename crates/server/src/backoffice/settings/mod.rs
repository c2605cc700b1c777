//! `/settings`: what a merchant's administrators say of how it sells.
//!
//! Invariant: sets what `aval merchant set` sets, by the same operation, with the user's name. A
//! section is saved whole or not at all, over the settings that its form was shown with: a form of
//! before somebody else's change is shown again instead. What is the operator's is never read from
//! a form.

mod fields;
mod text;

use askama::Template;
use aval_domain::merchant::Merchant;
use aval_domain::settings::{SettingError, Settings};
use aval_domain::tariff::Function;
use aval_gateway::audit::By;
use aval_gateway::operations::merchant;
use axum::response::Response;
use http::StatusCode;

use self::fields::{Field, Input, SECTIONS, Section};
use self::text::Texts;
use super::context::Context;
use super::failure::Failure;
use super::layout::{Layout, answer};
use super::{money, statement};
use crate::pages::see_other;

const PATH: &str = "/settings";

#[derive(Template)]
#[template(path = "backoffice/settings/settings.html")]
struct SettingsPage {
    layout: Layout,
    t: &'static Texts,
    version: u32,
    sections: Vec<ShownSection>,
    /// What was refused, if anything.
    refused: Option<&'static str>,
    name: String,
    establishment: String,
    merchant: String,
    rate: String,
    unfinished: String,
    tariff: Vec<(&'static str, String)>,
}

struct ShownSection {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    fields: Vec<ShownField>,
    /// What was refused of it, if it is the one that was sent.
    refused: Option<&'static str>,
}

struct ShownField {
    key: &'static str,
    label: &'static str,
    about: Option<&'static str>,
    value: String,
    wrong: Option<&'static str>,
    /// What somebody else set it to while another value was typed.
    now: Option<String>,
    is_switch: bool,
    is_digits: bool,
    longest: u16,
    /// Words and their labels, of a choice.
    choices: Vec<(&'static str, &'static str)>,
}

impl ShownField {
    fn is_on(&self) -> bool {
        self.value == "true"
    }

    /// What describes the input to who cannot see it: what is wrong, and what it does.
    fn described_by(&self) -> String {
        let key = self.key;
        let wrong = self.wrong.map(|_| format!("{key}-wrong"));
        let about = self.about.map(|_| format!("{key}-about"));
        let all: Vec<String> = wrong.into_iter().chain(about).collect();
        all.join(" ")
    }
}

/// Why a section was not saved.
enum Refused {
    /// Fields with these keys have values that they do not take.
    Wrong(Vec<&'static str>),
    /// The merchant is not as the form was shown with.
    Meanwhile,
    /// It would change nothing.
    Same,
}

/// What was sent, and what is wrong with it.
struct Sent<'a> {
    section: &'a Section,
    values: Vec<(&'static str, String)>,
    wrong: Vec<&'static str>,
    refused: &'static str,
}

/// Shows them as they are stored.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    page(context, StatusCode::OK, None).await
}

/// Saves the section that the form names: fields `section`, `version` and those of the section.
pub async fn save(context: &Context) -> Result<Response, Failure> {
    let form = &context.form;
    let name = form.value("section");
    let section = SECTIONS.iter().find(|section| section.name == name);
    // Without its version a form was not filled in.
    let version: Option<u32> = form.value("version").parse().ok();
    let (Some(section), Some(version)) = (section, version) else {
        return Ok(see_other(PATH, Vec::new()));
    };
    let values: Vec<_> = section
        .fields
        .iter()
        .map(|field| (field.key, sent_value(context, field)))
        .collect();
    let set = |merchant: &mut Merchant| {
        let settings = with(&merchant.settings, &values).map_err(Refused::Wrong)?;
        if version != merchant.version {
            return Err(Refused::Meanwhile);
        }
        if settings == merchant.settings {
            return Err(Refused::Same);
        }
        merchant.settings = settings;
        Ok(())
    };
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let changed = merchant::change(&context.server.app, context.of(), by, set).await?;
    let t = Texts::of(context.language);
    let (status, wrong, refused) = match changed.ok_or(Failure::NotFound)? {
        Ok(_) | Err(Refused::Same) => {
            return Ok(see_other(&format!("{PATH}?done=saved"), Vec::new()));
        }
        Err(Refused::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, wrong, t.not_saved),
        Err(Refused::Meanwhile) => (StatusCode::CONFLICT, Vec::new(), t.meanwhile),
    };
    let sent = Sent {
        section,
        values,
        wrong,
        refused,
    };
    page(context, status, Some(sent)).await
}

/// The value of a field as the setting takes it: a box that is not ticked is not sent.
fn sent_value(context: &Context, field: &Field) -> String {
    match field.input {
        Input::Switch => context.form.has(field.key).to_string(),
        Input::Digits(_) | Input::Text(_) | Input::Choice(_) => context.form.value(field.key),
    }
}

/// Settings with these values, or the keys of those that are not taken.
fn with(
    before: &Settings,
    values: &[(&'static str, String)],
) -> Result<Settings, Vec<&'static str>> {
    let mut settings = before.clone();
    let mut wrong = Vec::new();
    for (key, value) in values {
        if let Err(SettingError::BadValue { .. } | SettingError::UnknownKey(_)) =
            settings.set(key, value)
        {
            wrong.push(*key);
        }
    }
    if wrong.is_empty() {
        Ok(settings)
    } else {
        Err(wrong)
    }
}

async fn page(
    context: &Context,
    status: StatusCode,
    sent: Option<Sent<'_>>,
) -> Result<Response, Failure> {
    let found = context.server.app.storage.merchant(context.of()).await?;
    let merchant = found.ok_or(Failure::NotFound)?;
    let t = Texts::of(context.language);
    let saved = context.parameter("done") == "saved";
    let stored = merchant.settings.list();
    let settings = &merchant.settings;
    let page = SettingsPage {
        layout: context.layout().telling(saved.then_some(t.saved)),
        t,
        version: merchant.version,
        sections: SECTIONS
            .iter()
            .map(|section| shown(t, section, &stored, sent.as_ref()))
            .collect(),
        refused: sent.as_ref().map(|sent| sent.refused),
        name: merchant.name.clone(),
        establishment: merchant.establishment.clone(),
        merchant: merchant.id.to_string(),
        rate: match settings.rate_limit_per_second {
            0 => t.rate_none.to_owned(),
            most => most.to_string(),
        },
        unfinished: settings.unfinished_limit_minutes.to_string(),
        tariff: tariff(context, settings),
    };
    Ok(answer(status, &page.layout, &page))
}

/// A section as it is stored, or as it was sent.
fn shown(
    t: &Texts,
    section: &Section,
    stored: &[(&'static str, String)],
    sent: Option<&Sent<'_>>,
) -> ShownSection {
    let sent = sent.filter(|sent| sent.section.name == section.name);
    let values = sent.map_or(stored, |sent| &sent.values);
    let field = |field: &Field| {
        let value = values.iter().find(|(key, _)| *key == field.key);
        let is_wrong = sent.is_some_and(|sent| sent.wrong.contains(&field.key));
        let (longest, choices): (u16, &[_]) = match field.input {
            Input::Switch => (0, &[]),
            Input::Digits(most) => (u16::from(most), &[]),
            Input::Text(most) => (most, &[]),
            Input::Choice(choices) => (0, choices),
        };
        let typed = value.map(|(_, value)| value.clone()).unwrap_or_default();
        let is_late = sent.is_some_and(|sent| sent.wrong.is_empty());
        let now = stored.iter().find(|(key, _)| *key == field.key);
        let now = now.filter(|(_, now)| is_late && *now != typed);
        ShownField {
            key: field.key,
            label: (field.label)(t),
            about: field.about.map(|about| about(t)),
            value: typed,
            now: now.map(|(_, value)| in_words(t, field, value)),
            wrong: is_wrong.then(|| (field.wrong)(t)),
            is_switch: matches!(field.input, Input::Switch),
            is_digits: matches!(field.input, Input::Digits(_)),
            longest,
            choices: choices.iter().map(|(word, of)| (*word, of(t))).collect(),
        }
    };
    ShownSection {
        name: section.name,
        title: (section.title)(t),
        about: (section.about)(t),
        fields: section.fields.iter().map(field).collect(),
        refused: sent.map(|sent| sent.refused),
    }
}

/// A stored value as people read it.
fn in_words(t: &Texts, field: &Field, value: &str) -> String {
    let label = match field.input {
        Input::Switch if value == "true" => Some(t.on),
        Input::Switch => Some(t.off),
        Input::Choice(choices) => {
            let chosen = choices.iter().find(|(word, _)| *word == value);
            chosen.map(|(_, of)| of(t))
        }
        Input::Digits(_) | Input::Text(_) if value.is_empty() => Some(t.empty),
        Input::Digits(_) | Input::Text(_) => None,
    };
    label.unwrap_or(value).to_owned()
}

/// What each function costs, under the names of the statement.
fn tariff(context: &Context, settings: &Settings) -> Vec<(&'static str, String)> {
    let names = statement::text::Texts::of(context.language);
    let price = |function| {
        let cents = i64::from(settings.tariff.cents(function));
        (
            names.function(function),
            money::reais(cents, context.language),
        )
    };
    Function::ALL.into_iter().map(price).collect()
}
