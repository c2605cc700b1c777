//! GET /transactions: the search.
//!
//! Invariant: the list comes from what is searched, its rows from the sales themselves, so that
//! what is shown of a sale is how it is now. A query that is not understood finds nothing.

use askama::Template;
use aval_domain::id::PaymentId;
use aval_domain::sale::Sale;
use aval_domain::search::{
    Dates, Filter, Group, PaymentMethod, SearchedAnalysis, SearchedStatus, parse,
};
use aval_domain::user::Permission;
use aval_gateway::search::{Found, Page, find};
use aval_storage::search::View;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

use super::address::{Address, period_of};
use super::cells::{self, Column, Value, Words};
use super::chips::{Chip, chips, of_dates};
use super::message::message;
use super::text::Texts;
use super::views::MOST_VIEWS;
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::layout::{Layout, answer};
use crate::backoffice::{format, money};
use crate::pages::{Language, see_other};

/// Rows of a page.
const ROWS: usize = 50;
/// What the page is told of a block for which nothing was selected: parameter `told`.
pub(in crate::backoffice) const NOTHING_SELECTED: &str = "nothing-selected";

#[derive(Template)]
#[template(path = "backoffice/search/page.html")]
struct SearchPage {
    layout: Layout,
    t: &'static Texts,
    address: Address,
    wrong: Option<String>,
    form: Form,
    chips: Vec<Chip>,
    /// Examples of what can be written.
    helps: [&'static str; 12],
    /// Of a text that nothing has: where it was looked for.
    not_names: Option<String>,
    rows: Vec<Row>,
    total: String,
    sum: String,
    is_asked: bool,
    older: Option<String>,
    newer: Option<String>,
    newest: Option<String>,
    stopped: Option<(String, String)>,
    views: Vec<Saved>,
    exports: Option<[String; 2]>,
    may_operate: bool,
    /// Whether a block was asked for and nothing was selected for it.
    is_unselected: bool,
}

/// A row of the list.
struct Row {
    id: String,
    cells: Vec<Cell>,
}

/// A cell of the list.
struct Cell {
    text: String,
    /// What was kept of an amount, where that is another.
    about: Option<String>,
    /// Where it stands: its classes.
    place: &'static str,
    /// Its heading where it stands below others.
    label: Option<&'static str>,
    is_link: bool,
    /// The tone of a badge.
    badge: Option<&'static str>,
}

/// The filter form as it is filled in.
struct Form {
    filter: Filter,
    statuses: Vec<Choice>,
    groups: Vec<Choice>,
    methods: Vec<Choice>,
    analyses: Vec<Choice>,
    columns: Vec<Choice>,
    periods: Vec<Choice>,
    from: String,
    to: String,
    least: String,
    most: String,
}

/// One of several values.
struct Choice {
    word: String,
    label: String,
    is_on: bool,
}

/// A saved search.
struct Saved {
    name: String,
    link: String,
    is_here: bool,
}

/// Shows what was asked for.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let query = context.query.as_deref();
    if let Some(address) = Address::of_form(query) {
        return Ok(see_other(&address.link(), Vec::new()));
    }
    let address = Address::read(query);
    let t = Texts::of(context.language);
    let parsed = parse(&address.query);
    let (status, wrong) = match &parsed {
        Ok(_) => (StatusCode::OK, None),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Some(message(t, error))),
    };
    let filter = parsed.ok();
    let found = match &filter {
        Some(filter) => Some(look(context, filter, address.page).await?),
        None => None,
    };
    let rows = match &found {
        Some(found) => rows(context, &address.columns, found).await?,
        None => Vec::new(),
    };
    let views = views(context, &address).await?;
    let page = SearchPage::of(context, (address, filter.unwrap_or_default()), found, rows);
    let page = SearchPage {
        wrong,
        views,
        ..page
    };
    Ok(answer(status, &page.layout, &page))
}

async fn look(context: &Context, filter: &Filter, page: Page) -> Result<Found, Failure> {
    let of = (context.of(), context.merchant.establishment.as_str());
    Ok(find(&context.server.app, of, filter, page, ROWS).await?)
}

/// The rows of what was found, as the sales are now.
async fn rows(context: &Context, columns: &[Column], found: &Found) -> Result<Vec<Row>, Failure> {
    let ids: Vec<PaymentId> = found.sales.iter().map(|sale| sale.payment).collect();
    let sales = context.server.app.storage.sales(context.of(), &ids).await?;
    let words = Words::of(context.language);
    let row = |sale: Sale| Row {
        id: sale.id.to_string(),
        cells: columns
            .iter()
            .enumerate()
            .map(|(at, column)| cell(*column, &sale, words, at == 0))
            .collect(),
    };
    Ok(sales.into_iter().flatten().map(row).collect())
}

fn cell(column: Column, sale: &Sale, words: Words, is_first: bool) -> Cell {
    let text = match column.value(sale, words) {
        Value::Text(_) if column == Column::Received => {
            format::moment(sale.received_at, words.language)
        }
        Value::Text(text) => text,
        Value::Cents(cents) => money::plain(cents, words.language),
        Value::Number(number) => number.to_string(),
    };
    let status = sale.state.status();
    let net = (column == Column::Amount).then(|| cells::net(sale));
    let net = net.flatten().filter(|net| *net != sale.amount.cents());
    let about = net.map(|net| {
        let net = money::plain(net, words.language);
        format!("{} {net}", words.t.net)
    });
    Cell {
        text,
        about,
        place: column.place(),
        label: column.label_below(words.t),
        // Every row is opened by its first cell.
        is_link: is_first || matches!(column, Column::PaymentId | Column::Order),
        badge: (column == Column::Status && !is_first).then(|| Words::tone(status)),
    }
}

async fn views(context: &Context, address: &Address) -> Result<Vec<Saved>, Failure> {
    let storage = &context.server.app.storage;
    let views = storage
        .views(context.of(), &context.user.login, MOST_VIEWS)
        .await?;
    let here = address.at(Page::Newest).text();
    let saved = |view: View| Saved {
        // Read again, so that it leads nowhere but to the search.
        link: Address::read(Some(&view.query)).link(),
        is_here: view.query == here,
        name: view.name,
    };
    Ok(views.into_iter().map(saved).collect())
}

impl SearchPage {
    fn of(
        context: &Context,
        (address, filter): (Address, Filter),
        found: Option<Found>,
        rows: Vec<Row>,
    ) -> Self {
        let language = context.language;
        let t = Texts::of(language);
        let link = |page| address.at(page).link();
        let older = found.as_ref().and_then(|found| found.older);
        let newer = found.as_ref().and_then(|found| found.newer);
        let stopped = found.as_ref().and_then(|found| found.stopped);
        let stopped = stopped.map(|id| {
            let page = match address.page {
                Page::NewerThan(_) => Page::NewerThan(id),
                Page::Newest | Page::OlderThan(_) => Page::OlderThan(id),
            };
            (day_of(id, language), link(page))
        });
        let (total, sum) = totals(t, language, found.as_ref());
        let exports = context.may(Permission::Finance).then(|| {
            let newest = address.at(Page::Newest);
            ["/transactions/export.csv", "/transactions/export.xlsx"].map(|path| newest.of(path))
        });
        Self {
            layout: context.layout(),
            t,
            wrong: None,
            is_asked: !filter.is_empty(),
            helps: helps(t),
            not_names: filter
                .text
                .as_ref()
                .map(|text| t.not_names.replace("{}", text)),
            chips: chips(&address, &filter, Words::of(language)),
            form: Form::of(context, filter, &address.columns),
            rows,
            total,
            sum,
            older: older.map(|id| link(Page::OlderThan(id))),
            newer: newer.map(|id| link(Page::NewerThan(id))),
            newest: (address.page != Page::Newest).then(|| link(Page::Newest)),
            stopped,
            views: Vec::new(),
            exports,
            may_operate: context.may(Permission::Operate),
            is_unselected: context.parameter("told") == NOTHING_SELECTED,
            address,
        }
    }
}

pub(super) const fn helps(t: &Texts) -> [&'static str; 12] {
    [
        t.help_status,
        t.help_amount,
        t.help_amounts,
        t.help_days,
        t.help_day,
        t.help_month,
        t.help_last4,
        t.help_order,
        t.help_code,
        t.help_group,
        t.help_brand,
        t.help_fraud,
    ]
}

/// How many there are and what they come to.
fn totals(t: &Texts, language: Language, found: Option<&Found>) -> (String, String) {
    let Some(found) = found else {
        return (String::new(), String::new());
    };
    let sales = found.total.figures.sales;
    let noun = if sales == 1 {
        t.transaction
    } else {
        t.transactions
    };
    let plain = money::plain(sales.saturating_mul(100), language);
    let count = plain.get(..plain.len().saturating_sub(3)).unwrap_or("0");
    let least = if found.total.is_exact {
        String::new()
    } else {
        format!("{} ", t.at_least)
    };
    let figures = &found.total.figures;
    let told = |label: &str, cents: i64| {
        let cents = money::reais(cents, language);
        format!("{label}: {least}{cents}")
    };
    let mut sums = vec![told(t.sum, figures.amount)];
    if figures.captured > 0 {
        sums.push(told(t.captured, figures.captured));
    }
    if figures.voided > 0 {
        let net = figures.captured.saturating_sub(figures.voided);
        sums.push(told(t.net, net));
    }
    (format!("{least}{count} {noun}"), sums.join(" · "))
}

/// The day of a payment, by its id.
fn day_of(id: PaymentId, language: Language) -> String {
    format::day(id.moment().day(), language)
}

impl Form {
    fn of(context: &Context, filter: Filter, columns: &[Column]) -> Self {
        let words = Words::of(context.language);
        let first = |words: &'static [&'static str]| words.first().copied().unwrap_or_default();
        let period = filter.dates.and_then(period_of);
        let (from, to) = match filter.dates {
            Some(Dates::Between(from, to)) => (from, to),
            Some(Dates::Last(_) | Dates::Yesterday) | None => (None, None),
        };
        let iso = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let reais = |cents: i64| money::plain(cents, Language::English).replace(',', "");
        let range = filter.amount;
        let statuses = SearchedStatus::ALL.map(|one| Choice {
            word: first(one.words()).to_owned(),
            label: words.searched(one).to_owned(),
            is_on: filter.statuses.contains(&one),
        });
        let groups = Group::ALL.map(|one| Choice {
            word: first(one.words()).to_owned(),
            label: words.group(one).to_owned(),
            is_on: filter.groups.contains(&one),
        });
        let methods = PaymentMethod::all().map(|one| Choice {
            word: one.word(),
            label: words.kind(one),
            is_on: filter.methods.contains(&one),
        });
        let analyses = SearchedAnalysis::ALL.map(|one| Choice {
            word: first(one.words()).to_owned(),
            label: words.searched_analysis(one).to_owned(),
            is_on: filter.analyses.contains(&one),
        });
        let columns = Column::ALL.map(|one| Choice {
            word: one.name().to_owned(),
            label: one.label(words.t).to_owned(),
            is_on: columns.contains(&one),
        });
        Self {
            statuses: statuses.into(),
            groups: groups.into(),
            methods: methods.collect(),
            analyses: analyses.into(),
            columns: columns.into(),
            periods: periods(words, period),
            from: iso(from),
            to: iso(to),
            least: range
                .filter(|range| range.least > 0)
                .map_or_else(String::new, |range| reais(range.least)),
            most: range
                .filter(|range| range.most < aval_domain::amount::MAX_CENTS)
                .map_or_else(String::new, |range| reais(range.most)),
            filter,
        }
    }

    fn text<'a>(&self, value: &'a Option<String>) -> &'a str {
        value.as_deref().unwrap_or_default()
    }

    fn payment(&self) -> String {
        self.filter
            .payment
            .map(|id| id.to_string())
            .unwrap_or_default()
    }

    /// Codes that a list of codes can hold.
    fn codes(&self) -> String {
        let codes = self.filter.codes.iter().map(String::as_str);
        let codes: Vec<&str> = codes.filter(|code| !code.contains(',')).collect();
        codes.join(", ")
    }

    /// Codes that it cannot.
    fn whole_codes(&self) -> impl Iterator<Item = &String> {
        self.filter.codes.iter().filter(|code| code.contains(','))
    }
}

/// Periods that are counted from today, with the one that is asked for.
fn periods(words: Words, asked: Option<String>) -> Vec<Choice> {
    let usual = [
        Dates::Last(1),
        Dates::Yesterday,
        Dates::Last(7),
        Dates::Last(30),
        Dates::Last(90),
    ];
    let choice = |dates: Dates| {
        let word = period_of(dates)?;
        Some(Choice {
            is_on: asked.as_ref() == Some(&word),
            label: of_dates(dates, words),
            word,
        })
    };
    let mut choices: Vec<Choice> = usual.into_iter().filter_map(choice).collect();
    if let Some(word) = asked
        .clone()
        .filter(|_| !choices.iter().any(|one| one.is_on))
    {
        let dates = parse(&format!("date:{word}"))
            .ok()
            .and_then(|filter| filter.dates);
        choices.extend(dates.and_then(choice));
    }
    choices
}
