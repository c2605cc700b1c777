//! `/statement`: what the functions of the API cost in a month (manual of the back office, lines
//! 100 to 107; decision D49).
//!
//! Invariant: every figure is made from the counts and the tariff of its month when it is asked
//! for; page, CSV and PDF show the same statement.

mod chart;
mod day;
mod pdf;
pub(in crate::backoffice) mod text;

use askama::Template;
use aval_domain::id::MerchantId;
use aval_domain::statement::{Month, Statement, Tariffs, Use};
use aval_domain::tariff::{Function, Tariff};
use aval_gateway::app::App;
use aval_gateway::search;
use aval_storage::SettingChange;
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

use self::chart::Chart;
use self::text::Texts;
use super::context::{Context, Visit};
use super::export::csv::{Cell, Csv, KIND};
use super::failure::Failure;
use super::layout::{Layout, answer};
use super::{file, format, note_taken};
use crate::pages::Language;

/// Months in the chart.
const CHARTED: usize = 12;
/// Changes of the tariff read at a time.
const PAGE: u32 = 500;

#[derive(Template)]
#[template(path = "backoffice/statement/statement.html")]
struct StatementPage {
    layout: Layout,
    t: &'static Texts,
    month: Month,
    name: String,
    /// Whether the month is still running.
    is_open: bool,
    months: Vec<(i8, &'static str)>,
    years: Vec<i16>,
    rows: Vec<Row>,
    total: String,
    chart: Chart,
}

/// A line as it is shown.
struct Row {
    word: &'static str,
    name: &'static str,
    count: String,
    is_used: bool,
    price: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "backoffice/statement/function.html")]
struct FunctionPage {
    layout: Layout,
    t: &'static Texts,
    month: Month,
    month_name: String,
    function: &'static str,
    count: String,
    price: String,
    amount: String,
    days: Vec<DayRow>,
    /// Whether the uses of a day can be listed.
    is_listed: bool,
    /// Those of the day that was asked for.
    listed: Option<day::Day>,
}

/// A day of a function.
struct DayRow {
    day: Date,
    name: String,
    count: String,
    amount: String,
}

/// Shows a month.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let language = context.language;
    let t = Texts::of(language);
    let this = Month::of(context.now().day());
    let month = asked(context, this);
    let months = month.up_to(CHARTED);
    let first = months.first().map_or(month, |first| *first);
    let used = read(&context.server.app, context.of(), (first, month)).await?;
    let tariffs = tariffs(context).await?;
    let statement = of(month, &used, &tariffs)?;
    let mut totals = Vec::with_capacity(months.len());
    for month in months {
        totals.push((month, of(month, &used, &tariffs)?.total));
    }
    let page = StatementPage {
        layout: context.layout(),
        t,
        month,
        name: format::month(month, language),
        is_open: month == this,
        months: (1..=12)
            .map(|month| (month, format::month_name(month, language)))
            .collect(),
        years: years(context, this, month),
        rows: rows(&statement, t, language),
        total: format::reais(statement.total, language),
        chart: Chart::of(&totals, month, language),
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

/// Shows the days of one function.
pub async fn function(context: &Context) -> Result<Response, Failure> {
    let language = context.language;
    let t = Texts::of(language);
    let function = Function::parse(context.argument(0)).ok_or(Failure::NotFound)?;
    let today = context.now().day();
    let day: Option<Date> = context.parameter("day").parse().ok();
    let day = day.filter(|day| *day <= today && day.year() > 0);
    let month = day.map_or_else(|| asked(context, Month::of(today)), Month::of);
    let used = read(&context.server.app, context.of(), (month, month)).await?;
    let statement = of(month, &used, &tariffs(context).await?)?;
    let is_listed = search::is_listed(function);
    let listed = match day.filter(|_| is_listed) {
        Some(day) => Some(day::of(context, function, day).await?),
        None => None,
    };
    let line = statement.line(function).ok_or(Failure::NotFound)?;
    let mut days: Vec<DayRow> = Vec::new();
    for one in used
        .iter()
        .filter(|one| one.function == function && one.count > 0)
    {
        let cents = one
            .count
            .checked_mul(u64::from(line.price))
            .ok_or_else(beyond)?;
        days.push(DayRow {
            day: one.day,
            name: format::day(one.day, language),
            count: format::count(one.count, language),
            amount: format::reais(cents, language),
        });
    }
    let page = FunctionPage {
        layout: context.layout(),
        t,
        month,
        month_name: format::month(month, language),
        function: t.function(function),
        count: format::count(line.count, language),
        price: format::reais(u64::from(line.price), language),
        amount: format::reais(line.amount, language),
        days,
        is_listed,
        listed,
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

/// The statement as CSV.
pub async fn csv(context: &Context) -> Result<Response, Failure> {
    let (month, statement) = whole(context).await?;
    note_taken(context, "statement.export", &month.to_string(), "csv").await?;
    let text = csv_of(&statement, context.language).ok_or_else(beyond)?;
    let name = format!("aval-{}-{month}.csv", context.merchant.establishment);
    Ok(file(Body::from(text), KIND, &name))
}

/// The statement as PDF.
pub async fn pdf(context: &Context) -> Result<Response, Failure> {
    let (month, statement) = whole(context).await?;
    note_taken(context, "statement.export", &month.to_string(), "pdf").await?;
    let drawn = pdf::pdf(&pdf::Sheetful {
        statement: &statement,
        merchant: &context.merchant.name,
        establishment: &context.merchant.establishment,
        made: context.now(),
        language: context.language,
    });
    let drawn = drawn.ok_or_else(|| Failure::Failed("no PDF could be written".to_owned()))?;
    let name = format!("aval-{}-{month}.pdf", context.merchant.establishment);
    Ok(file(Body::from(drawn), "application/pdf", &name))
}

async fn whole(context: &Context) -> Result<(Month, Statement), Failure> {
    let month = asked(context, Month::of(context.now().day()));
    let used = read(&context.server.app, context.of(), (month, month)).await?;
    Ok((month, of(month, &used, &tariffs(context).await?)?))
}

fn of(month: Month, used: &[Use], tariffs: &Tariffs) -> Result<Statement, Failure> {
    Statement::of(month, used, tariffs.of(month)).ok_or_else(beyond)
}

/// The merchant's tariffs, from the record of its settings: there each has all its prices.
async fn tariffs(context: &Context) -> Result<Tariffs, Failure> {
    let storage = &context.server.app.storage;
    let (mut changes, mut after) = (Vec::new(), 0);
    loop {
        let page = storage.changes_of_setting(context.of(), "tariff", after, PAGE);
        let page = page.await?;
        let Some(last) = page.last() else {
            let now = context.merchant.settings.tariff.clone();
            return Ok(Tariffs::new(now, changes));
        };
        after = last.version;
        let read = |one: &SettingChange| {
            let [from, to] = [&one.from, &one.to].map(|text| Tariff::parse(text));
            Some((one.at.day(), from?, to?))
        };
        changes.extend(page.iter().filter_map(read));
    }
}

fn beyond() -> Failure {
    Failure::Failed("a statement is beyond counting".to_owned())
}

/// The month that was asked for: `month=2026-11`, or `month=11&year=2026`; else this one.
fn asked(visit: &Visit, this: Month) -> Month {
    let (month, year) = (visit.parameter("month"), visit.parameter("year"));
    let parted = || Month::new(year.parse().ok()?, month.parse().ok()?);
    Month::parse(&month)
        .or_else(parted)
        .filter(|month| *month <= this)
        .unwrap_or(this)
}

/// The years that can be chosen: from the merchant's first to this one.
fn years(context: &Context, this: Month, shown: Month) -> Vec<i16> {
    let first = context.merchant.created_at.day().year();
    let first = first.min(shown.year()).max(this.year().saturating_sub(30));
    (first..=this.year()).rev().collect()
}

fn rows(statement: &Statement, t: &Texts, language: Language) -> Vec<Row> {
    let row = |line: &aval_domain::statement::Line| Row {
        word: line.function.name(),
        name: t.function(line.function),
        count: format::count(line.count, language),
        is_used: line.count > 0,
        price: format::reais(u64::from(line.price), language),
        amount: format::reais(line.amount, language),
    };
    statement.lines.iter().map(row).collect()
}

/// None when a figure is beyond counting.
fn csv_of(statement: &Statement, language: Language) -> Option<String> {
    let t = Texts::of(language);
    let mut file = Csv::new(language);
    let head = [
        t.csv_month,
        t.column_function,
        t.column_count,
        t.csv_price,
        t.csv_amount,
    ];
    file.line(head.map(Cell::text));
    let month = || Cell::text(statement.month.to_string());
    for line in &statement.lines {
        file.line([
            month(),
            Cell::text(t.function(line.function)),
            Cell::Number(i64::try_from(line.count).ok()?),
            Cell::Cents(i64::from(line.price)),
            Cell::Cents(i64::try_from(line.amount).ok()?),
        ]);
    }
    let total = Cell::Cents(i64::try_from(statement.total).ok()?);
    file.line([
        month(),
        Cell::text(t.total),
        Cell::Empty,
        Cell::Empty,
        total,
    ]);
    Some(file.into_text())
}

/// What was used from the first day of a month to the last of another.
async fn read(
    app: &App,
    merchant: MerchantId,
    (first, last): (Month, Month),
) -> Result<Vec<Use>, Failure> {
    let epoch = Date::constant(1970, 1, 1);
    let number = |day: Date| -> i64 {
        day.since((jiff::Unit::Day, epoch))
            .map_or(0, |span| i64::from(span.get_days()))
    };
    let stretch = (number(first.first()), number(last.last()));
    let found = app.storage.usage(merchant, stretch).await?;
    let one = |usage: aval_storage::search::Usage| {
        let days = jiff::Span::new().try_days(usage.day).ok()?;
        Some(Use {
            day: epoch.checked_add(days).ok()?,
            function: usage.function,
            count: u64::try_from(usage.count).ok()?,
        })
    };
    Ok(found.into_iter().filter_map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_has_a_line_for_each_function_and_the_total() {
        let month = Month::new(2027, 2).unwrap();
        let used = Use {
            day: month.first(),
            function: Function::Capture,
            count: 1_234,
        };
        let tariff = Tariff::parse("capture=7").unwrap();
        let statement = Statement::of(month, &[used], &tariff).unwrap();
        for (language, line, last) in [
            (
                Language::English,
                "\"2027-02\",\"Capture\",1234,\"0.07\",\"86.38\"",
                "\"2027-02\",\"Total\",,,\"86.38\"",
            ),
            (
                Language::Portuguese,
                "\"2027-02\";\"Captura\";1234;\"0,07\";\"86,38\"",
                "\"2027-02\";\"Total\";;;\"86,38\"",
            ),
        ] {
            let text = csv_of(&statement, language).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), Function::ALL.len() + 2);
            assert!(lines.contains(&line), "{text}");
            assert_eq!(lines.last(), Some(&last));
        }
    }
}
