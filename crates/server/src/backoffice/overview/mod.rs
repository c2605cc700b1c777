//! `/overview`: what was sold lately, what was denied and why, by day, method and brand.
//!
//! Invariant: every figure is a sum over days and combinations, and leads to the search whose list
//! adds up to it: both are made from one filter.

mod chart;
mod figures;
mod text;

use askama::Template;
use aval_domain::search::{Dates, Filter, Group, SearchedStatus};
use aval_gateway::search;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

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
    periods: Vec<Choice>,
    is_empty: bool,
    cards: Vec<Card>,
    chart: Chart,
    reasons: Vec<Line>,
    methods: Vec<Line>,
    brands: Vec<Line>,
}

struct Choice {
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
    let period = Period::of(context, days, ends);
    let sums = Sums::of(&lines, period.open);
    let (t, language) = (Texts::of(context.language), context.language);
    let page = OverviewPage {
        layout: context.layout(),
        t,
        periods: periods(t, days),
        is_empty: lines.is_empty(),
        cards: cards(t, language, &sums, &period),
        chart: chart::of(t, language, &sums, ends),
        reasons: reasons(language, &sums, days),
        methods: methods(language, &sums, days),
        brands: brands(language, &sums, days),
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

fn periods(t: &'static Texts, days: u16) -> Vec<Choice> {
    let label = |days| match days {
        1 => t.today,
        7 => t.days_7,
        30 => t.days_30,
        _ => t.days_90,
    };
    let period = |of| Choice {
        path: format!("/overview?days={of}"),
        label: label(of),
        is_here: of == days,
    };
    PERIODS.into_iter().map(period).collect()
}

/// The days that are looked at.
struct Period {
    /// How many, up to today.
    days: u16,
    /// The first and the last.
    ends: (Date, Date),
    /// The first whose card sales may be captured still.
    open: Date,
}

impl Period {
    fn of(context: &Context, days: u16, ends: (Date, Date)) -> Self {
        let window = context.merchant.settings.capture_window_days;
        let window = jiff::Span::new().days(i64::from(window));
        let open = ends.1.checked_sub(window).unwrap_or(ends.0);
        Self { days, ends, open }
    }

    /// A filter of the days on which card sales may be captured still.
    fn open(&self) -> Filter {
        if self.open <= self.ends.0 {
            return within(self.days);
        }
        between(self.open, self.ends.1)
    }

    /// A filter of the days before.
    fn closed(&self) -> Filter {
        let last = self.open.yesterday().unwrap_or(self.open);
        between(self.ends.0, last)
    }
}

fn between(first: Date, last: Date) -> Filter {
    Filter {
        dates: Some(Dates::Between(Some(first), Some(last))),
        ..Filter::default()
    }
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

/// The figures at the top: all attempts and the approval rate, then what became of the attempts.
/// Each attempt is in one of the latter; three of them are left out where they are none.
fn cards(t: &'static Texts, language: Language, sums: &Sums, period: &Period) -> Vec<Card> {
    let noun = |number: i64, [one, many]: [&'static str; 2]| {
        let noun = if number == 1 { one } else { many };
        format!("{} {noun}", count(number, language))
    };
    let sales = |number: i64| noun(number, [t.sale, t.sales]);
    let of = |label, tally: Tally, filter: Filter| Card {
        label,
        figure: reais(tally.amount, language),
        about: sales(tally.sales),
        link: link(&filter),
    };
    let days = || within(period.days);
    let all = Card {
        label: t.all,
        figure: count(sums.all.sales, language),
        about: format!("{} {}", reais(sums.all.amount, language), t.asked_for),
        link: link(&days()),
    };
    let rate = Card {
        label: t.approval,
        figure: percent(sums.approved.sales, sums.decided.sales, language),
        about: format!(
            "{} {} {}",
            count(sums.approved.sales, language),
            t.out_of,
            sales(sums.decided.sales)
        ),
        link: link(&of_cards(&figures::decided(), days())),
    };
    let mut paid = of(t.paid, sums.paid, with(&[figures::PAID], days()));
    paid.figure = reais(sums.paid.net(), language);
    if sums.paid.voided != 0 {
        let captured = reais(sums.paid.captured, language);
        paid.about = format!("{} · {captured} {}", paid.about, t.captured);
    }
    let open = of_cards(&[figures::NOT_PAID], period.open());
    let to_capture = of(t.to_capture, sums.to_capture, open);
    let denied = of(t.denied, sums.denied, with(&[figures::DENIED], days()));
    let canceled = of(
        t.canceled,
        sums.canceled,
        with(&[figures::CANCELED], days()),
    );
    let mut cards = vec![all, rate, paid, to_capture, denied, canceled];
    let slips = Filter {
        groups: figures::BANKS.to_vec(),
        ..with(&[figures::NOT_PAID], days())
    };
    let late = of_cards(&[figures::NOT_PAID], period.closed());
    let unfinished = with(&figures::UNFINISHED, days());
    for (label, tally, filter) in [
        (t.to_pay, sums.to_pay, slips),
        (t.expired, sums.expired, late),
        (t.unfinished, sums.unfinished, unfinished),
    ] {
        if tally.sales > 0 {
            cards.push(of(label, tally, filter));
        }
    }
    cards
}

/// A filter with statuses.
fn with(statuses: &[SearchedStatus], filter: Filter) -> Filter {
    Filter {
        statuses: statuses.to_vec(),
        ..filter
    }
}

/// The same, of cards.
fn of_cards(statuses: &[SearchedStatus], filter: Filter) -> Filter {
    Filter {
        groups: figures::CARDS.to_vec(),
        ..with(statuses, filter)
    }
}

/// A line of a list that is as long as its share of the greatest.
fn line(
    language: Language,
    (label, about): (String, String),
    (sales, cents): (i64, i64),
    share: (i64, i64),
    filter: &Filter,
) -> Line {
    let (part, greatest) = share;
    Line {
        label,
        about,
        count: count(sales, language),
        amount: reais(cents, language),
        share: part
            .saturating_mul(100)
            .checked_div(greatest)
            .unwrap_or(0)
            .clamp(1, 100),
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
        let figures = (tally.sales, tally.amount);
        line(
            language,
            (said, code),
            figures,
            (tally.sales, most),
            &filter,
        )
    };
    reasons.into_iter().map(of).collect()
}

fn methods(language: Language, sums: &Sums, days: u16) -> Vec<Line> {
    let methods = sums.methods();
    let most = methods.first().map_or(0, |(_, tally)| tally.net());
    let of = |(group, tally): (Group, Tally)| {
        let filter = Filter {
            groups: vec![group],
            ..within(days)
        };
        let said = Words::of(language).group(group).to_owned();
        let figures = (tally.sales, tally.net());
        line(
            language,
            (said, String::new()),
            figures,
            (tally.net(), most),
            &filter,
        )
    };
    methods.into_iter().map(of).collect()
}

fn brands(language: Language, sums: &Sums, days: u16) -> Vec<Line> {
    let brands = sums.brands();
    let most = brands.first().map_or(0, |(_, tally)| tally.net());
    brands
        .into_iter()
        .map(|(brand, tally)| {
            let filter = Filter {
                brands: vec![brand],
                ..within(days)
            };
            let said = (brand.name().to_owned(), String::new());
            let figures = (tally.sales, tally.net());
            line(language, said, figures, (tally.net(), most), &filter)
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
