//! Tables of codes, test cards, questions, the glossary and support contacts.
//!
//! Invariant: error and return codes are those of the domain's tables, every row of them.

use askama::Template;
use aval_domain::error_code;
use aval_domain::return_code::Retry;
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::answer;
use super::samples::{self, Sample};
use super::text::Texts;
use super::{Cell, Frame, Tab, Table, TablesPage, data, framed};
use crate::pages::Language;

/// Pages of codes.
const CODES: [&str; 3] = [
    "/developers/errors",
    "/developers/return-codes",
    "/developers/tables",
];
/// Pages of help.
const HELP: [&str; 4] = [
    "/developers/faq",
    "/developers/glossary",
    "/developers/certificate",
    "/developers/support",
];

fn chips(paths: &[&'static str], labels: &[&'static str], here: &str) -> Vec<Tab> {
    let both = paths.iter().zip(labels);
    let tab = |(path, label): (&&'static str, &&'static str)| Tab {
        path,
        label,
        is_here: *path == here,
    };
    both.map(tab).collect()
}

fn code_chips(t: &Texts, here: &str) -> Vec<Tab> {
    chips(&CODES, &[t.errors, t.returns, t.tables], here)
}

pub(super) fn help_chips(t: &Texts, here: &str) -> Vec<Tab> {
    chips(&HELP, &[t.faq, t.glossary, t.certificate, t.support], here)
}

/// API error codes.
pub async fn errors(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/errors");
    let t = frame.t;
    let sought = context.parameter("q");
    let table = error_code::TABLE.iter();
    let table = table.map(|row| (row.code, row.message, row.description));
    let own = error_code::OWN.iter();
    let own = own.map(|(code, message)| (*code, *message, *message));
    let rows = table.chain(own).map(|(code, message, description)| {
        vec![
            Cell::code(code.number().to_string()),
            Cell::verbatim(message),
            Cell::plain(data::described(description, context.language)),
        ]
    });
    let table = Table {
        id: "errors",
        title: None,
        columns: vec![t.code, t.message, t.description],
        rows: matching(rows, &sought),
    };
    let page = TablesPage {
        title: t.errors,
        about: t.errors_about,
        chips: code_chips(t, "/developers/errors"),
        search: Some(sought),
        tables: vec![table],
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

/// Return codes of acquirers.
pub async fn returns(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/errors");
    let t = frame.t;
    let sought = context.parameter("q");
    let rows = data::returned_codes(context.language).map(|row| {
        vec![
            Cell::code(row.code),
            Cell::plain(row.definition),
            Cell::plain(row.meaning),
            Cell::plain(row.action),
            retry(row.retry, t),
        ]
    });
    let table = Table {
        id: "returns",
        title: None,
        columns: vec![t.code, t.definition, t.meaning, t.action, t.retry],
        rows: matching(rows, &sought),
    };
    let page = TablesPage {
        title: t.returns,
        about: t.returns_about,
        chips: code_chips(t, "/developers/return-codes"),
        search: Some(sought),
        tables: vec![table],
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

fn retry(retry: Retry, t: &Texts) -> Cell {
    match retry {
        Retry::No => Cell::badge("soft", t.retry_no),
        Retry::FourTimesInSixteenDays => Cell::badge("good", t.retry_four),
        Retry::FromTheFollowingDay => Cell::badge("good", t.retry_next_day),
    }
}

/// The rows in which every word that was looked for stands.
fn matching(rows: impl Iterator<Item = Vec<Cell>>, sought: &str) -> Vec<Vec<Cell>> {
    let sought = sought.to_lowercase();
    let words: Vec<&str> = sought.split_whitespace().collect();
    rows.filter(|row| {
        let texts: Vec<String> = row.iter().map(|cell| cell.text.to_lowercase()).collect();
        words
            .iter()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    })
    .collect()
}

/// Statuses, types, providers, HTTP codes, kinds of notifications, merchant defined data.
pub async fn others(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/errors");
    let t = frame.t;
    let page = TablesPage {
        title: t.tables,
        about: t.tables_about,
        chips: code_chips(t, "/developers/tables"),
        search: None,
        tables: other_tables(t, context.language),
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

fn other_tables(t: &Texts, language: Language) -> Vec<Table> {
    let say = |pt, en| Cell::plain(data::both(pt, en).of(language));
    let code = |text: &'static str| Cell::code(text);
    let statuses = data::rows::<6>(data::STATUSES).map(|[number, name, for_pt, for_en, pt, en]| {
        vec![code(number), code(name), say(for_pt, for_en), say(pt, en)]
    });
    let types = data::rows::<3>(data::TYPES);
    let types = types.map(|[pt, en, name]| vec![say(pt, en), code(name)]);
    let providers = data::rows::<5>(data::PROVIDERS)
        .map(|[for_pt, for_en, name, pt, en]| vec![say(for_pt, for_en), code(name), say(pt, en)]);
    let http = data::rows::<4>(data::HTTP)
        .map(|[number, name, pt, en]| vec![code(number), Cell::plain(name), say(pt, en)]);
    let changes = data::rows::<3>(data::CHANGES);
    let changes = changes.map(|[number, pt, en]| vec![code(number), say(pt, en)]);
    let defined =
        data::rows::<6>(data::DEFINED_DATA).map(|[id, name_pt, name_en, pt, en, kind]| {
            let kind = match kind {
                "number" => Cell::plain(t.kind_number),
                "date" => Cell::plain(t.kind_date),
                "reserved" => Cell::badge("soft", t.kind_reserved),
                _ => Cell::plain(t.kind_text),
            };
            vec![code(id), say(name_pt, name_en), say(pt, en), kind]
        });
    let table = |id, title, columns: &[&'static str], rows| Table {
        id,
        title: Some(title),
        columns: columns.to_vec(),
        rows,
    };
    let about = t.description;
    let of_defined = [t.code, t.name, about, t.kind];
    let of_statuses = [t.code, t.name, t.valid_for, about];
    let of_providers = [t.method, t.provider, about];
    vec![
        table("statuses", t.statuses, &of_statuses, statuses.collect()),
        table("types", t.types, &[t.method, t.kind], types.collect()),
        table("providers", t.providers, &of_providers, providers.collect()),
        table("http", t.http, &[t.code, t.name, about], http.collect()),
        table("changes", t.changes, &[t.code, t.name], changes.collect()),
        table("defined", t.defined_data, &of_defined, defined.collect()),
    ]
}

framed!(CardsPage, WordsPage, SupportPage);

#[derive(Template)]
#[template(path = "backoffice/developer/cards.html")]
struct CardsPage {
    frame: Frame,
    rows: Vec<CardRow>,
    sample: Sample,
}

/// A test card.
struct CardRow {
    ending: &'static str,
    number: &'static str,
    kind: &'static str,
    about: &'static str,
    code: &'static str,
    retry: Option<&'static str>,
}

/// Test cards.
pub async fn cards(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/test-cards");
    let (t, language) = (frame.t, context.language);
    let rows = data::rows::<7>(data::CARDS);
    let rows = rows.map(|[ending, number, kind, pt, en, code, retry]| CardRow {
        ending,
        number,
        kind,
        about: data::both(pt, en).of(language),
        code,
        retry: match retry {
            "yes" => Some(t.retry_yes),
            "no" => Some(t.retry_no),
            _ => None,
        },
    });
    let page = CardsPage {
        rows: rows.collect(),
        sample: samples::first_sale(&context.server.urls, context.of()),
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

#[derive(Template)]
#[template(path = "backoffice/developer/words.html")]
struct WordsPage {
    frame: Frame,
    title: &'static str,
    about: Option<&'static str>,
    chips: Vec<Tab>,
    /// A term or a question, and what is to be said of it.
    entries: Vec<(&'static str, &'static str)>,
    is_glossary: bool,
}

/// Questions that are asked often.
pub async fn faq(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/faq");
    let t = frame.t;
    let page = WordsPage {
        title: t.faq,
        about: None,
        chips: help_chips(t, "/developers/faq"),
        entries: entries(data::FAQ, context.language),
        is_glossary: false,
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

/// The glossary.
pub async fn glossary(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/faq");
    let t = frame.t;
    let mut entries = entries(data::GLOSSARY, context.language);
    entries.sort_by_key(|(term, _)| term.to_lowercase());
    let page = WordsPage {
        title: t.glossary,
        about: Some(t.glossary_about),
        chips: help_chips(t, "/developers/glossary"),
        entries,
        is_glossary: true,
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

fn entries(table: &'static str, language: Language) -> Vec<(&'static str, &'static str)> {
    let rows = data::rows::<4>(table);
    rows.map(|[of_pt, of_en, pt, en]| {
        let (of, about) = (data::both(of_pt, of_en), data::both(pt, en));
        (of.of(language), about.of(language))
    })
    .collect()
}

#[derive(Template)]
#[template(path = "backoffice/developer/support.html")]
struct SupportPage {
    frame: Frame,
    title: &'static str,
    about: Option<&'static str>,
    chips: Vec<Tab>,
}

/// Whom to ask (manual lines 43 to 50 and 206 to 210).
pub async fn support(context: &Context) -> Result<Response, Failure> {
    let frame = Frame::of(context, "/developers/faq");
    let t = frame.t;
    let page = SupportPage {
        title: t.support,
        about: Some(t.support_about),
        chips: help_chips(t, "/developers/support"),
        frame,
    };
    Ok(answer(StatusCode::OK, &page.frame.layout, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_all_words_in_any_of_its_cells() {
        let found = |sought| {
            let rows = [["57", "Expired Card"], ["05", "Not authorized"]];
            let rows = rows.map(|row| row.map(Cell::plain).into_iter().collect::<Vec<_>>());
            matching(rows.into_iter(), sought).len()
        };
        assert_eq!(found(""), 2);
        assert_eq!(found("expired 57"), 1);
        assert_eq!(found("CARD"), 1);
        assert_eq!(found("57 authorized"), 0);
    }
}
