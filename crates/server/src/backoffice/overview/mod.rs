//! `/overview`: what was sold lately, what was denied and why, by day, method and brand.
//!
//! Invariant: every figure is a sum over days and combinations, and leads to the search whose list
//! adds up to it: both are made from one filter.

mod chart;
mod figures;
mod text;

use askama::Template;
use aval_domain::search::{Dates, Filter, Group};
use aval_gateway::search;
use axum::response::Response;
use http::StatusCode;

use self::chart::Chart;
use self::figures::{Sums, Tally};
use self::text::Texts;
use super::context::Context;
use super::failure::Failure;
use super::layout::{Layout, answer};
use super::money::reais;
use super::search::Words;
use crate::pages::Language;

/// Periods that can be chosen, in days up to today.
const PERIODS: [u16; 4] = [1, 7, 30, 90];
/// The period when none was chosen.
const USUAL: u16 = 30;

#[derive(Template)]
#[template(path = "backoffice/overview/overview.html")]
struct OverviewPage {
    layout: Layout,
    t: &'static Texts,
    periods: Vec<Period>,
    is_empty: bool,
    cards: Vec<Card>,
    chart: Chart,
    reasons: Vec<Line>,
    methods: Vec<Line>,
    brands: Vec<Line>,
}

struct Period {
    path: String,
    label: &'static str,
    is_here: bool,
}

/// A figure at the top.
struct Card {
    label: &'static str,
    figure: String,
    about: String,
    link: String,
}

/// A line of a list: what, how many, how much, and which share of the greatest.
struct Line {
    label: String,
    about: String,
    count: String,
    amount: String,
    share: i64,
    link: String,
}

/// Shows the overview: parameter `days`.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let asked = context.parameter("days").parse().ok();
    let days = asked.filter(|days| PERIODS.contains(days)).unwrap_or(USUAL);
    let today = context.now().day();
    let (first, last) = Dates::Last(days).ends(today);
    let ends = (first.unwrap_or(today), last.unwrap_or(today));
    let lines = search::figures(&context.server.app, context.of(), ends).await?;
    let sums = Sums::of(&lines);
    let (t, language) = (Texts::of(context.language), context.language);
    let page = OverviewPage {
        layout: context.layout(),
        t,
        periods: periods(t, days),
        is_empty: lines.is_empty(),
        cards: cards(t, language, &sums, days),
        chart: chart::of(t, language, &sums, ends),
        reasons: reasons(language, &sums, days),
        methods: methods(language, &sums, days),
        brands: brands(language, &sums, days),
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

fn periods(t: &'static Texts, days: u16) -> Vec<Period> {
    let label = |days| match days {
        1 => t.today,
        7 => t.days_7,
        30 => t.days_30,
        _ => t.days_90,
    };
    let period = |of| Period {
        path: format!("/overview?days={of}"),
        label: label(of),
        is_here: of == days,
    };
    PERIODS.into_iter().map(period).collect()
}

/// The address of the search for a filter.
fn link(filter: &Filter) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", &filter.text());
    format!("/transactions?{}", query.finish())
}

/// A filter of the period.
fn within(days: u16) -> Filter {
    Filter {
        dates: Some(Dates::Last(days)),
        ..Filter::default()
    }
}

/// A count as it is written: `1.234`, in English `1,234`.
fn count(number: i64, language: Language) -> String {
    let cents = super::money::plain(number.saturating_mul(100), language);
    let end = cents.len().saturating_sub(3);
    cents.get(..end).unwrap_or("0").to_owned()
}

/// A share in percent with one decimal; a dash of nothing.
fn percent(part: i64, whole: i64, language: Language) -> String {
    let Some(mille) = part.saturating_mul(1_000).checked_div(whole) else {
        return "—".to_owned();
    };
    let sign = match language {
        Language::Portuguese => ',',
        Language::English => '.',
    };
    format!("{}{sign}{}%", mille / 10, mille % 10)
}

fn cards(t: &'static Texts, language: Language, sums: &Sums, days: u16) -> Vec<Card> {
    let sales = |number: i64| {
        let noun = if number == 1 { t.sale } else { t.sales };
        format!("{} {noun}", count(number, language))
    };
    let of = |label, tally: Tally, filter: Filter| Card {
        label,
        figure: reais(tally.amount, language),
        about: sales(tally.sales),
        link: link(&filter),
    };
    let decided = figures::decided();
    let rate = Card {
        label: t.approval,
        figure: percent(sums.approved.sales, sums.decided.sales, language),
        about: format!(
            "{} {} {}",
            count(sums.approved.sales, language),
            t.out_of,
            sales(sums.decided.sales)
        ),
        link: link(&Filter {
            groups: figures::CARDS.to_vec(),
            statuses: decided.to_vec(),
            ..within(days)
        }),
    };
    let mut cards = vec![of(t.all, sums.all, within(days)), rate];
    for (label, status, tally) in [
        (t.paid, figures::PAID, sums.paid),
        (t.not_paid, figures::NOT_PAID, sums.not_paid),
        (t.denied, figures::DENIED, sums.denied),
        (t.canceled, figures::CANCELED, sums.canceled),
    ] {
        let filter = Filter {
            statuses: vec![status],
            ..within(days)
        };
        cards.push(of(label, tally, filter));
    }
    cards
}

/// A line of a list that is as long as its share of the greatest.
fn line(
    language: Language,
    (label, about): (String, String),
    tally: Tally,
    share: (i64, i64),
    filter: &Filter,
) -> Line {
    let (part, greatest) = share;
    Line {
        label,
        about,
        count: count(tally.sales, language),
        amount: reais(tally.amount, language),
        share: part
            .saturating_mul(100)
            .checked_div(greatest)
            .unwrap_or(0)
            .max(1),
        link: link(filter),
    }
}

fn reasons(language: Language, sums: &Sums, days: u16) -> Vec<Line> {
    let reasons = sums.reasons();
    let most = reasons.first().map_or(0, |(_, tally)| tally.sales);
    let of = |(code, tally): (String, Tally)| {
        let filter = Filter {
            codes: vec![code.clone()],
            statuses: vec![figures::DENIED],
            ..within(days)
        };
        let said = figures::reason(language, &code);
        line(language, (said, code), tally, (tally.sales, most), &filter)
    };
    reasons.into_iter().map(of).collect()
}

fn methods(language: Language, sums: &Sums, days: u16) -> Vec<Line> {
    let methods = sums.methods();
    let most = methods.first().map_or(0, |(_, tally)| tally.amount);
    let of = |(group, tally): (Group, Tally)| {
        let filter = Filter {
            groups: vec![group],
            ..within(days)
        };
        let said = Words::of(language).group(group).to_owned();
        let share = (tally.amount, most);
        line(language, (said, String::new()), tally, share, &filter)
    };
    methods.into_iter().map(of).collect()
}

fn brands(language: Language, sums: &Sums, days: u16) -> Vec<Line> {
    let brands = sums.brands();
    let most = brands.first().map_or(0, |(_, tally)| tally.amount);
    brands
        .into_iter()
        .map(|(brand, tally)| {
            let filter = Filter {
                brands: vec![brand],
                ..within(days)
            };
            let said = (brand.name().to_owned(), String::new());
            line(language, said, tally, (tally.amount, most), &filter)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_shares_are_written_as_the_language_does() {
        use Language::{English, Portuguese};
        assert_eq!(count(1_234_567, Portuguese), "1.234.567");
        assert_eq!(count(0, English), "0");
        assert_eq!(percent(2, 3, Portuguese), "66,6%");
        assert_eq!(percent(1, 1, English), "100.0%");
        assert_eq!(percent(0, 0, English), "—");
    }
}
