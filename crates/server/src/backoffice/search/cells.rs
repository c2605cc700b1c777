//! What the search shows of a sale, column by column, on the page and in files.
//!
//! Invariant: of a card only its last four digits; a text is given as it was sent, and whoever
//! writes it escapes it.

use aval_domain::authorization::Provider;
use aval_domain::fraud::analysis;
use aval_domain::payment::Status;
use aval_domain::sale::Sale;
use aval_domain::search::{Group, Kind, PaymentMethod, SearchedAnalysis, SearchedStatus};

use super::text::Texts;
use crate::pages::Language;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backoffice) enum Column {
    Received,
    Status,
    Amount,
    Captured,
    Voided,
    Method,
    Card,
    Order,
    Customer,
    Nsu,
    Tid,
    PaymentId,
    Code,
    Analysis,
    Installments,
}

impl Column {
    /// All of them, in the order in which they are offered.
    pub(in crate::backoffice) const ALL: [Self; 15] = [
        Self::Received,
        Self::Status,
        Self::Amount,
        Self::Captured,
        Self::Voided,
        Self::Method,
        Self::Card,
        Self::Order,
        Self::Customer,
        Self::Nsu,
        Self::Tid,
        Self::PaymentId,
        Self::Code,
        Self::Analysis,
        Self::Installments,
    ];

    /// Those that are shown when none were chosen.
    pub(in crate::backoffice) const USUAL: [Self; 8] = [
        Self::Received,
        Self::Amount,
        Self::Status,
        Self::Method,
        Self::Card,
        Self::Order,
        Self::Customer,
        Self::Nsu,
    ];

    /// Its name in addresses.
    pub(in crate::backoffice) const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Status => "status",
            Self::Amount => "amount",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Method => "method",
            Self::Card => "card",
            Self::Order => "order",
            Self::Customer => "customer",
            Self::Nsu => "nsu",
            Self::Tid => "tid",
            Self::PaymentId => "id",
            Self::Code => "code",
            Self::Analysis => "fraud",
            Self::Installments => "installments",
        }
    }

    /// The column of a name.
    pub(in crate::backoffice) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Its heading.
    pub(in crate::backoffice) const fn label(self, t: &Texts) -> &'static str {
        match self {
            Self::Received => t.received,
            Self::Status => t.status,
            Self::Amount => t.amount,
            Self::Captured => t.captured,
            Self::Voided => t.voided,
            Self::Method => t.method,
            Self::Card => t.card,
            Self::Order => t.order,
            Self::Customer => t.customer,
            Self::Nsu => t.nsu,
            Self::Tid => t.tid,
            Self::PaymentId => t.payment_id,
            Self::Code => t.code,
            Self::Analysis => t.analysis,
            Self::Installments => t.installments,
        }
    }

    /// Where it stands: numbers one below the other, and in rows of a narrow page amount and status
    /// before all others.
    pub(in crate::backoffice) const fn place(self) -> &'static str {
        match self {
            Self::Amount => "right lead",
            Self::Status => "mark",
            Self::Captured | Self::Voided | Self::Installments => "right",
            Self::Received
            | Self::Method
            | Self::Card
            | Self::Order
            | Self::Customer
            | Self::Nsu
            | Self::Tid
            | Self::PaymentId
            | Self::Code
            | Self::Analysis => "",
        }
    }

    /// Its heading where it stands below others, unless its values tell what it is.
    pub(in crate::backoffice) const fn label_below(self, t: &Texts) -> Option<&'static str> {
        match self {
            Self::Received
            | Self::Status
            | Self::Amount
            | Self::Method
            | Self::Card
            | Self::Order
            | Self::Customer
            | Self::PaymentId => None,
            Self::Captured
            | Self::Voided
            | Self::Nsu
            | Self::Tid
            | Self::Code
            | Self::Analysis
            | Self::Installments => Some(self.label(t)),
        }
    }

    /// Whether numbers stand in it, one below the other.
    pub(in crate::backoffice) const fn is_right(self) -> bool {
        matches!(
            self,
            Self::Amount | Self::Captured | Self::Voided | Self::Installments
        )
    }

    /// What it holds of a sale.
    pub(in crate::backoffice) fn value(self, sale: &Sale, words: Words) -> Value {
        let receipt = sale.receipt.as_ref();
        let text = |text: Option<&str>| Value::Text(text.unwrap_or_default().to_owned());
        match self {
            Self::Received => Value::Text(words.moment(sale)),
            Self::Status => Value::Text(words.status(sale.state.status()).to_owned()),
            Self::Amount => Value::Cents(sale.amount.cents()),
            Self::Captured => Value::Cents(captured(sale)),
            Self::Voided => Value::Cents(voided(sale)),
            Self::Method => Value::Text(words.method(sale)),
            Self::Card => Value::Text(card(sale)),
            Self::Order => text(Some(sale.order.as_str())),
            Self::Customer => text(sale.details.customer.name.as_deref()),
            Self::Nsu => text(receipt.map(|receipt| receipt.proof_of_sale.as_str())),
            Self::Tid => text(receipt.map(|receipt| receipt.tid.as_str())),
            Self::PaymentId => Value::Text(sale.id.to_string()),
            Self::Code => text(receipt.map(|receipt| receipt.return_code.as_str())),
            Self::Analysis => text(sale.analysis.map(|status| words.analysis(status))),
            Self::Installments => Value::Number(i64::from(sale.details.terms.installments)),
        }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backoffice) enum Value {
    /// A text, maybe a stranger's.
    Text(String),
    /// Cents.
    Cents(i64),
    /// A number.
    Number(i64),
}

/// Values in words of a language.
#[derive(Clone, Copy)]
pub(in crate::backoffice) struct Words {
    /// The language.
    pub(in crate::backoffice) language: Language,
    /// Its texts.
    pub(in crate::backoffice) t: &'static Texts,
}

impl Words {
    /// Of a language.
    pub(in crate::backoffice) const fn of(language: Language) -> Self {
        let t = Texts::of(language);
        Self { language, t }
    }

    /// As files have it and spreadsheets read it: `22/11/2026 08:49:22`, in English
    /// `2026-11-22 08:49:22`.
    fn moment(self, sale: &Sale) -> String {
        let wire = sale.received_at.wire();
        match self.language {
            Language::English => wire,
            Language::Portuguese => {
                let (day, time) = wire.split_once(' ').unwrap_or((&wire, ""));
                let mut parts: Vec<&str> = day.split('-').collect();
                parts.reverse();
                format!("{} {time}", parts.join("/"))
            }
        }
    }

    /// The status of a payment.
    pub(in crate::backoffice) const fn status(self, status: Status) -> &'static str {
        self.searched(SearchedStatus::of(status))
    }

    /// A status that can be searched.
    pub(in crate::backoffice) const fn searched(self, status: SearchedStatus) -> &'static str {
        let t = self.t;
        match status {
            SearchedStatus::Paid => t.paid,
            SearchedStatus::NotPaid => t.not_paid,
            SearchedStatus::NotAuthorized => t.not_authorized,
            SearchedStatus::Canceled => t.canceled,
            SearchedStatus::Reversed => t.reversed,
            SearchedStatus::Refunded => t.refunded,
            SearchedStatus::NotFinished => t.not_finished,
            SearchedStatus::Pending => t.pending,
            SearchedStatus::Aborted => t.aborted,
            SearchedStatus::Scheduled => t.scheduled,
        }
    }

    /// The tone of a status.
    pub(in crate::backoffice) const fn tone(status: Status) -> &'static str {
        match status {
            Status::PaymentConfirmed => "badge-good",
            Status::Authorized => "badge-info",
            Status::Denied | Status::Aborted => "badge-wrong",
            Status::Pending | Status::NotFinished => "badge-mind",
            Status::Voided | Status::Refunded => "badge-soft",
        }
    }

    /// A group of payment methods.
    pub(in crate::backoffice) const fn group(self, group: Group) -> &'static str {
        match group {
            Group::Credit => self.t.credit,
            Group::Debit => self.t.debit,
            Group::Boleto => self.t.boleto,
            Group::Transfer => self.t.transfer,
        }
    }

    /// A payment method with its brand or bank.
    pub(in crate::backoffice) fn kind(self, method: PaymentMethod) -> String {
        let kind = match method.kind {
            Kind::Brand(brand) => brand.name(),
            Kind::Bank(bank) => bank_name(bank),
        };
        format!("{} {kind}", self.group(method.group))
    }

    /// How a sale was paid.
    fn method(self, sale: &Sale) -> String {
        let method = &sale.details.method;
        let group = self.group(Group::of(method));
        match method.card() {
            Some(card) => format!("{group} {}", card.brand.name()),
            None => format!("{group} {}", bank_name(sale.details.provider)),
        }
    }

    /// Where an analysis stands.
    pub(in crate::backoffice) const fn analysis(self, status: analysis::Status) -> &'static str {
        self.searched_analysis(SearchedAnalysis::Is(status))
    }

    /// Where an analysis stands, or that there is none.
    pub(in crate::backoffice) const fn searched_analysis(
        self,
        one: SearchedAnalysis,
    ) -> &'static str {
        let t = self.t;
        match one {
            SearchedAnalysis::None => t.analysis_none,
            SearchedAnalysis::Is(analysis::Status::Accept) => t.analysis_accept,
            SearchedAnalysis::Is(analysis::Status::Reject) => t.analysis_reject,
            SearchedAnalysis::Is(analysis::Status::Review) => t.analysis_review,
            SearchedAnalysis::Is(analysis::Status::Aborted) => t.analysis_aborted,
            SearchedAnalysis::Is(analysis::Status::Unfinished) => t.analysis_unfinished,
        }
    }
}

/// A bank as people write it.
pub(in crate::backoffice) const fn bank_name(bank: Provider) -> &'static str {
    match bank {
        Provider::BancoDoBrasil => "Banco do Brasil",
        Provider::Bradesco | Provider::Simulado => bank.name(),
    }
}

/// The end of a card's number, as far as it is shown.
fn card(sale: &Sale) -> String {
    let masked = sale
        .details
        .method
        .card()
        .and_then(|card| card.masked.as_deref());
    let last = masked.and_then(|masked| masked.get(masked.len().checked_sub(4)?..));
    last.map_or_else(String::new, |last| format!("•••• {last}"))
}

fn captured(sale: &Sale) -> i64 {
    sale.state
        .capture_made()
        .map_or(0, |capture| capture.amount.cents())
}

/// Cents that were taken and kept; absent while nothing was taken.
pub(in crate::backoffice) fn net(sale: &Sale) -> Option<i64> {
    sale.state.capture_made()?;
    Some(captured(sale).saturating_sub(voided(sale)))
}

fn voided(sale: &Sale) -> i64 {
    let given = sale.state.given_back(sale.amount);
    let given = sale.state.capture_made().and(given);
    given.map_or(0, |given| given.amount.cents())
}

#[cfg(test)]
mod tests {
    use aval_domain::search::parse;

    use super::*;

    #[test]
    fn what_a_page_calls_a_value_is_read_by_the_search_box() {
        let read = |key: &str, label: &str| {
            let query = format!("{key}:\"{label}\"");
            parse(&query).unwrap_or_else(|error| panic!("{query}: {error:?}"))
        };
        for language in [Language::Portuguese, Language::English] {
            let words = Words::of(language);
            for one in SearchedStatus::ALL {
                let filter = read("status", words.searched(one));
                assert_eq!(filter.statuses, [one]);
            }
            for one in SearchedAnalysis::ALL {
                let filter = read("fraud", words.searched_analysis(one));
                assert_eq!(filter.analyses, [one]);
            }
            for one in Group::ALL {
                assert_eq!(read("group", words.group(one)).groups, [one]);
                assert_eq!(read("meio", words.group(one)).groups, [one]);
            }
            for one in PaymentMethod::all() {
                assert_eq!(read("method", &words.kind(one)).methods, [one]);
            }
            for one in crate::backoffice::search::page::helps(words.t) {
                assert!(parse(one).is_ok_and(|filter| !filter.is_empty()), "{one}");
            }
            assert!(parse(words.t.box_hint).is_ok());
        }
    }

    #[test]
    fn every_column_is_found_by_its_name() {
        for column in Column::ALL {
            assert_eq!(Column::named(column.name()), Some(column));
        }
        assert_eq!(Column::named("colour"), None);
    }
}
