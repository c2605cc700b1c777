//! What stands on a slip, as text: the page and the PDF show the same.
//!
//! Invariant: every value is ready to be shown; who draws it decides about nothing but its place.

use aval_domain::boleto::{Bank, Boleto};
use aval_domain::customer::{Address, Customer};
use aval_domain::time::Timestamp;
use jiff::civil::Date;

/// A slip.
pub struct Slip {
    /// Name of the bank, in its header.
    pub bank: &'static str,
    /// `237-2`.
    pub bank_code: String,
    /// Whether no bank takes it.
    pub is_test: bool,
    /// The line of digits.
    pub line: String,
    /// The 44 digits of the bar code.
    pub bar_code: String,
    /// Who is paid.
    pub beneficiary: Party,
    /// Who pays.
    pub payer: Party,
    /// Agency and account.
    pub account: String,
    /// Wallet ("carteira").
    pub wallet: String,
    /// The number, as the bank writes it.
    pub number: String,
    /// The shop's number of the sale.
    pub order: String,
    /// The last day, dd/mm/yyyy.
    pub due: String,
    /// The day on which it was issued, dd/mm/yyyy.
    pub issued: String,
    /// `1.234,56`, without the currency.
    pub amount: String,
    /// What the teller is told, line by line.
    pub instructions: Vec<String>,
    /// What is paid for, line by line.
    pub demonstrative: Vec<String>,
    /// When and how much, once it is paid.
    pub paid: Option<Settled>,
}

/// A payment that settled a slip.
pub struct Settled {
    /// The day on which it was whole, dd/mm/yyyy.
    pub day: String,
    /// All that came, `1.234,56`.
    pub amount: String,
}

/// One side of a slip.
pub struct Party {
    /// Name, with CPF or CNPJ behind it.
    pub name: String,
    /// Address, in one or two lines; empty when not told.
    pub address: Vec<String>,
}

/// What a slip shows beside the boleto itself.
pub struct Facts<'a> {
    /// The boleto.
    pub boleto: &'a Boleto,
    /// Name of the shop, for boletos that name no beneficiary.
    pub shop: &'a str,
    /// The buyer.
    pub customer: &'a Customer,
    /// The shop's number of the sale.
    pub order: &'a str,
    /// Cents.
    pub cents: i64,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it was paid whole, and how many cents came.
    pub paid: Option<(Timestamp, i64)>,
}

impl Slip {
    /// The slip of a boleto.
    #[must_use]
    pub fn new(facts: &Facts) -> Self {
        let boleto = facts.boleto;
        let texts = &boleto.texts;
        let bank = boleto.bank();
        let customer = facts.customer;
        Self {
            bank: match bank {
                Bank::Sandbox => "Sandbox",
                Bank::BancoDoBrasil => "Banco do Brasil",
                Bank::Bradesco => "Bradesco",
            },
            bank_code: bank.on_slip(),
            is_test: bank == Bank::Sandbox,
            line: boleto.line().to_string(),
            bar_code: boleto.bar_code.as_str().to_owned(),
            beneficiary: Party {
                name: named(
                    texts.assignor.as_deref().unwrap_or(facts.shop),
                    texts.identification.as_deref(),
                ),
                address: texts.address.iter().cloned().collect(),
            },
            payer: Party {
                name: named(
                    customer.name.as_deref().unwrap_or(""),
                    customer.identity.as_deref(),
                ),
                address: customer.address.as_ref().map(address).unwrap_or_default(),
            },
            account: boleto.credential.account_on_slip(),
            wallet: boleto.credential.wallet(),
            number: boleto.number_on_slip(),
            order: facts.order.to_owned(),
            due: boleto.due.on_slip(),
            issued: day(facts.issued.day()),
            amount: reais(facts.cents),
            instructions: lines(texts.instructions.as_deref()),
            demonstrative: lines(texts.demonstrative.as_deref()),
            paid: facts.paid.map(|(at, cents)| Settled {
                day: day(at.day()),
                amount: reais(cents),
            }),
        }
    }
}

/// A name and a document behind it: `Ana Souza · CPF 123.456.789-09`.
fn named(name: &str, document: Option<&str>) -> String {
    let document = document.map(str::trim).filter(|text| !text.is_empty());
    let name = name.trim();
    match document.map(shown_document) {
        None => name.to_owned(),
        Some(document) if name.is_empty() => document,
        Some(document) => format!("{name} · {document}"),
    }
}

/// A CPF or CNPJ with its dots; any other text as it is.
fn shown_document(text: &str) -> String {
    let (kind, mask) = match text.len() {
        11 => ("CPF ", "###.###.###-##"),
        14 => ("CNPJ ", "##.###.###/####-##"),
        _ => return text.to_owned(),
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut digits = text.chars();
    let place = |mark| {
        if mark == '#' {
            digits.next()
        } else {
            Some(mark)
        }
    };
    let masked: String = mask.chars().filter_map(place).collect();
    format!("{kind}{masked}")
}

/// Street and number, district; then postal code, city and state.
fn address(address: &Address) -> Vec<String> {
    let joined = |parts: &[&Option<String>], by: &str| {
        let parts = parts.iter().filter_map(|part| part.as_deref());
        let parts: Vec<&str> = parts
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(by)
    };
    let street = joined(
        &[&address.street, &address.number, &address.complement],
        ", ",
    );
    let first = joined(&[&Some(street), &address.district], " – ");
    let city = joined(&[&address.city, &address.state], " / ");
    let zip = address.zip_code.as_deref().map(shown_zip);
    let second = joined(&[&zip, &Some(city)], " – ");
    [first, second]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
}

/// `22750-012`; another text as it is.
fn shown_zip(text: &str) -> String {
    let text = text.trim();
    let is_plain = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_at_checked(5) {
        Some((area, place)) if is_plain => format!("{area}-{place}"),
        Some(_) | None => text.to_owned(),
    }
}

fn lines(text: Option<&str>) -> Vec<String> {
    let lines = text.unwrap_or("").lines().map(str::trim_end);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn day(day: Date) -> String {
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

/// Cents as Brazil writes them: `1.234.567,89`.
#[must_use]
pub fn reais(cents: i64) -> String {
    let whole = cents.checked_div(100).unwrap_or(0).to_string();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(at);
        if at > 0 && left % 3 == 0 {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{grouped},{:02}", cents.checked_rem(100).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_brazil_does() {
        for (cents, wanted) in [
            (1, "0,01"),
            (15_700, "157,00"),
            (99_999, "999,99"),
            (100_000, "1.000,00"),
            (9_999_999_999, "99.999.999,99"),
        ] {
            assert_eq!(reais(cents), wanted);
        }
    }

    #[test]
    fn documents_and_postal_codes_get_their_dots_when_they_are_ones() {
        assert_eq!(shown_document("11884926754"), "CPF 118.849.267-54");
        assert_eq!(shown_document("12345678000195"), "CNPJ 12.345.678/0001-95");
        assert_eq!(shown_document("1234567890"), "1234567890");
        assert_eq!(shown_zip("22750012"), "22750-012");
        assert_eq!(shown_zip("22750-012"), "22750-012");
    }

    #[test]
    fn an_address_has_two_lines_and_leaves_out_what_is_missing() {
        let some = |text: &str| Some(text.to_owned());
        let whole = Address {
            street: some("Av Marechal Camara"),
            number: some("160"),
            zip_code: some("22750012"),
            city: some("Rio de Janeiro"),
            state: some("RJ"),
            district: some("Centro"),
            ..Address::default()
        };
        let wanted = [
            "Av Marechal Camara, 160 – Centro",
            "22750-012 – Rio de Janeiro / RJ",
        ];
        assert_eq!(address(&whole), wanted);
        assert!(address(&Address::default()).is_empty());
    }
}
