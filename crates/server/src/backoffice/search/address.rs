//! What stands in the address of the search: the query, the columns, the page.
//!
//! Invariant: an address is written in one way, whichever form it came from.

use aval_domain::id::PaymentId;
use aval_domain::search::{Dates, Filter, parse, written};
use aval_gateway::search::Page;

use super::cells::Column;

/// What stands in the address.
#[derive(Debug, Clone)]
pub(in crate::backoffice) struct Address {
    /// The words of the search box.
    pub(in crate::backoffice) query: String,
    /// The columns; the usual ones when none were chosen.
    pub(in crate::backoffice) columns: Vec<Column>,
    /// Which part.
    pub(in crate::backoffice) page: Page,
}

/// Fields of the filter form that are words of a query each, by the key of the word. Days stand in
/// their own fields, so do amounts; a code with a comma is no list of codes.
const FIELDS: [(&str, &str); 12] = [
    ("status", "status"),
    ("tid", "tid"),
    ("ec", "ec"),
    ("id", "id"),
    ("order", "order"),
    ("nsu", "nsu"),
    ("group", "group"),
    ("method", "method"),
    ("fraud", "fraud"),
    ("brand", "brand"),
    ("last4", "last4"),
    ("text", ""),
];

impl Address {
    /// Reads the query of an address.
    pub(in crate::backoffice) fn read(query: Option<&str>) -> Self {
        let pairs = pairs(query);
        let value = |name: &str| {
            let mut of = pairs.iter().rev();
            of.find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let id = |name| value(name).and_then(PaymentId::parse);
        let page = match (id("older"), id("newer")) {
            (Some(before), _) => Page::OlderThan(before),
            (None, Some(after)) => Page::NewerThan(after),
            (None, None) => Page::Newest,
        };
        let named = pairs.iter().filter(|(key, _)| key == "columns");
        let named = named.flat_map(|(_, value)| value.split(','));
        let mut columns: Vec<Column> = Vec::new();
        for column in named.filter_map(Column::named) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Self {
            query: value("q").unwrap_or_default().to_owned(),
            columns: if columns.is_empty() {
                Column::USUAL.to_vec()
            } else {
                columns
            },
            page,
        }
    }

    /// The address that the filter form asks for, when it was sent: its fields as one query. A form
    /// that was not touched asks for what it was made of, field `was`, word for word.
    pub(in crate::backoffice) fn of_form(query: Option<&str>) -> Option<Self> {
        let pairs = pairs(query);
        pairs.iter().find(|(key, _)| key == "filter")?;
        let value = |name: &str| {
            let given = pairs
                .iter()
                .find(|(field, value)| field == name && !value.is_empty());
            given.map(|(_, value)| value.as_str())
        };
        let mut words = Vec::new();
        for (name, key) in FIELDS {
            let values = pairs
                .iter()
                .filter(|(field, value)| field == name && !value.is_empty());
            let colon = if key.is_empty() { "" } else { ":" };
            words.extend(values.map(|(_, value)| format!("{key}{colon}{}", written(value))));
        }
        let codes = value("code").into_iter().flat_map(|codes| codes.split(','));
        let codes = codes.map(str::trim).filter(|code| !code.is_empty());
        let whole = pairs.iter().filter(|(field, _)| field == "code_whole");
        let codes = codes.chain(whole.map(|(_, code)| code.as_str()));
        words.extend(codes.map(|code| format!("code:{}", written(code))));
        let was = value("was").unwrap_or_default();
        let before = parse(was).ok();
        words.extend(days(
            &value,
            before.as_ref().and_then(|filter| filter.dates),
        ));
        // Amounts stand without quotation marks, so that one that is none is told as such.
        let amount = |name: &str, sign: &str| {
            value(name).map(|value| format!("amount{sign}{}", unblanked(value)))
        };
        words.extend(amount("least", ">="));
        words.extend(amount("most", "<="));
        let words = words.join(" ");
        let asked = parse(&words).ok();
        let query_asked = match (&asked, &before) {
            (Some(asked), Some(before)) if ordered(asked) == ordered(before) => was.to_owned(),
            (Some(asked), _) => asked.text(),
            (None, _) => words,
        };
        Some(Self {
            query: query_asked,
            page: Page::Newest,
            ..Self::read(query)
        })
    }

    /// The page that asks for a filter, with the same columns.
    pub(in crate::backoffice) fn asking(&self, filter: &Filter) -> Self {
        Self {
            query: filter.text(),
            page: Page::Newest,
            columns: self.columns.clone(),
        }
    }

    /// The same sales in another part.
    pub(in crate::backoffice) fn at(&self, page: Page) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }

    /// Behind the `?` of an address.
    pub(in crate::backoffice) fn text(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        if !self.query.is_empty() {
            text.append_pair("q", &self.query);
        }
        if !self.is_usual() {
            text.append_pair("columns", &self.columns());
        }
        match self.page {
            Page::Newest => {}
            Page::OlderThan(id) => {
                text.append_pair("older", &id.to_string());
            }
            Page::NewerThan(id) => {
                text.append_pair("newer", &id.to_string());
            }
        }
        text.finish()
    }

    /// Whether the usual columns are shown.
    pub(in crate::backoffice) fn is_usual(&self) -> bool {
        self.columns == Column::USUAL
    }

    /// The columns by name.
    pub(in crate::backoffice) fn columns(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name()).collect();
        names.join(",")
    }

    /// The address of the page.
    pub(in crate::backoffice) fn link(&self) -> String {
        self.of("/transactions")
    }

    /// The address of something that takes the same query.
    pub(in crate::backoffice) fn of(&self, path: &str) -> String {
        let text = self.text();
        if text.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{text}")
        }
    }
}

/// The same filter with its lists in the order of the form.
fn ordered(filter: &Filter) -> Filter {
    let mut filter = filter.clone();
    filter.codes.sort();
    filter.brands.sort_by_key(|one| one.name());
    filter.groups.sort();
    filter.methods.sort_by_key(|one| one.word());
    filter.statuses.sort_by_key(|one| one.words());
    filter.analyses.sort_by_key(|one| one.words());
    filter
}

/// The days that a form asks for: a period, or days from and to. Of both it is what was changed.
fn days<'a>(value: &impl Fn(&str) -> Option<&'a str>, before: Option<Dates>) -> Vec<String> {
    let ends: Vec<String> = [("from", "date>="), ("to", "date<=")]
        .into_iter()
        .filter_map(|(name, key)| Some(format!("{key}{}", unblanked(value(name)?))))
        .collect();
    let period = value("period");
    let is_new = period != before.and_then(period_of).as_deref();
    match period {
        Some(period) if is_new || ends.is_empty() => vec![format!("date:{}", unblanked(period))],
        Some(_) | None => ends,
    }
}

/// Days that are counted from today, as the words of the search box have them.
pub(super) fn period_of(dates: Dates) -> Option<String> {
    if matches!(dates, Dates::Between(..)) {
        return None;
    }
    let filter = Filter {
        dates: Some(dates),
        ..Filter::default()
    };
    filter.text().strip_prefix("date:").map(str::to_owned)
}

fn unblanked(value: &str) -> String {
    value.split_whitespace().collect()
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let pairs = pairs.map(|(key, value)| (key.into_owned(), value.trim().to_owned()));
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let id = PaymentId::from_bytes([7; 16]);
        for page in [Page::Newest, Page::OlderThan(id), Page::NewerThan(id)] {
            let address = Address {
                query: "status:paid order:\"a b\"&+%".to_owned(),
                columns: vec![Column::Amount, Column::Tid],
                page,
            };
            let read = Address::read(Some(&address.text()));
            assert_eq!(read.text(), address.text());
            assert_eq!((read.query, read.page), (address.query, address.page));
        }
        assert_eq!(Address::read(None).link(), "/transactions");
    }

    #[test]
    fn the_fields_of_the_form_become_words_of_the_query() {
        let sent = "filter=1&status=paid&status=canceled&order=a+b&tid=&from=2026-01-02&least=1,5\
                    &text=652515&columns=tid";
        let address = Address::of_form(Some(sent)).unwrap();
        let query = "status:paid,canceled amount>=1.50 date>=2026-01-02 order:\"a b\" 652515";
        assert_eq!(address.query, query);
        assert_eq!(address.columns, [Column::Tid]);
        assert!(parse(&address.query).is_ok());
        assert!(Address::of_form(Some("status=paid")).is_none());
        let wrong = Address::of_form(Some("filter=1&least=1x&order=7")).unwrap();
        assert_eq!(wrong.query, "order:7 amount>=1x");
    }

    #[test]
    fn of_a_period_and_days_the_form_takes_what_was_changed() {
        for (sent, query) in [
            ("period=30d", "date:30d"),
            ("period=30d&was=date:30d", "date:30d"),
            ("from=2026-01-02&was=date:30d", "date>=2026-01-02"),
            (
                "period=30d&from=2026-01-02&was=date:30d",
                "date>=2026-01-02",
            ),
            ("period=7d&from=2026-01-02&was=date>=2026-01-02", "date:7d"),
            (
                "from=2026-01-02&to=2026-01-03",
                "date:2026-01-02..2026-01-03",
            ),
        ] {
            let address = Address::of_form(Some(&format!("filter=1&{sent}"))).unwrap();
            assert_eq!(address.query, query, "{sent}");
        }
    }
}
