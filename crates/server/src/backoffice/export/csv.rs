//! Comma-separated values, as spreadsheets of the language read them.
//!
//! Invariant: every text is within quotation marks, holds no line break, and never begins with what
//! a spreadsheet takes for a formula: an apostrophe stands before it then.

use aval_domain::sale::Sale;

use super::Writer;
use crate::backoffice::money;
use crate::backoffice::search::{Column, Value, Words};
use crate::pages::Language;

/// Its media type.
pub(super) const KIND: &str = "text/csv; charset=utf-8";

/// A file.
pub(super) struct Csv {
    columns: Vec<Column>,
    words: Words,
}

impl Csv {
    pub(super) const fn new(columns: Vec<Column>, words: Words) -> Self {
        Self { columns, words }
    }

    /// Where the comma parts cents, a semicolon parts columns.
    const fn separator(&self) -> char {
        match self.words.language {
            Language::Portuguese => ';',
            Language::English => ',',
        }
    }

    fn line(&self, cells: impl Iterator<Item = String>, to: &mut String) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                to.push(self.separator());
            }
            to.push_str(&cell);
        }
        to.push_str("\r\n");
    }

    fn cell(&self, column: Column, sale: &Sale) -> String {
        match column.value(sale, self.words) {
            Value::Text(text) => quoted(&text),
            // Thousands are not parted, so that it is read as a number.
            Value::Cents(cents) => {
                let sign = if self.words.language == Language::Portuguese {
                    ','
                } else {
                    '.'
                };
                let plain = money::plain(cents, self.words.language);
                let digits = plain
                    .chars()
                    .filter(|c| c.is_ascii_digit() || *c == sign || *c == '-');
                quote(&digits.collect::<String>())
            }
            Value::Number(number) => number.to_string(),
        }
    }
}

impl Writer for Csv {
    fn begin(&mut self) -> Vec<u8> {
        // The mark at the beginning tells Excel that it is UTF-8.
        let mut text = String::from('\u{feff}');
        let labels = self
            .columns
            .iter()
            .map(|column| quoted(column.label(self.words.t)));
        self.line(labels, &mut text);
        text.into_bytes()
    }

    fn rows(&mut self, sales: &[Sale]) -> Vec<u8> {
        let mut text = String::new();
        for sale in sales {
            let cells = self.columns.iter().map(|column| self.cell(*column, sale));
            self.line(cells, &mut text);
        }
        text.into_bytes()
    }

    fn end(&mut self) -> Vec<u8> {
        Vec::new()
    }

    fn is_full(&self) -> bool {
        false
    }
}

/// A text that is no formula, in one line, within quotation marks. Nor is what follows a separator
/// in it: who opens a file with another separator than ours has it split there, quoted or not.
#[must_use]
pub(in crate::backoffice) fn quoted(text: &str) -> String {
    let mut marked = String::with_capacity(text.len().saturating_add(2));
    if is_formula(text) {
        marked.push('\'');
    }
    let mut begins = false;
    for c in text.chars() {
        let c = if c.is_control() || is_break(c) {
            ' '
        } else {
            c
        };
        if begins && begins_formula(c) {
            marked.push('\'');
        }
        begins = matches!(c, ';' | ',') || (begins && c.is_whitespace());
        marked.push(c);
    }
    quote(&marked)
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// What spreadsheets begin a formula with; blanks before it do not help, nor does its wide form.
fn is_formula(text: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || c.is_control() || is_break(c);
    text.trim_start_matches(blank).starts_with(begins_formula)
}

fn begins_formula(c: char) -> bool {
    "=+-@|%＝＋－＠".contains(c)
}

const fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_taken_for_a_formula() {
        for text in [
            "=1+1",
            "=HYPERLINK(\"http://evil.example\";\"x\")",
            "+55 11",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r\n=1",
            " =1",
            "\u{feff}=1",
            "＝1",
            "|calc",
            "%0A=1",
        ] {
            assert!(quoted(text).starts_with("\"'"), "{text:?}");
        }
        for (text, kept) in [
            ("Ana;=1+1;x", "\"Ana;'=1+1;x\""),
            ("a, \t-2;b", "\"a,  '-2;b\""),
            ("=1;@x", "\"'=1;'@x\""),
        ] {
            assert_eq!(quoted(text), kept);
        }
        for text in ["Ana", "2014111703", "a=b", "", "R$ 10", "a; b=c"] {
            assert_eq!(quoted(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn a_text_stays_in_its_cell() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("a\r\nb;c,d\u{2028}e\u{0}"), "\"a  b;c,d e \"");
    }
}
