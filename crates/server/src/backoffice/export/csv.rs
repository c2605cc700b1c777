//! Comma-separated values, as spreadsheets of the language read them: the one form of every such
//! file of the back office.
//!
//! Invariant: UTF-8 with a mark at the beginning, lines that end with CR LF, and between cells a
//! semicolon in Portuguese, where the comma parts cents, else a comma. Every text is within
//! quotation marks, holds no line break, and never begins with what a spreadsheet takes for a
//! formula: an apostrophe stands before it then.

use crate::backoffice::money;
use crate::pages::Language;

/// Its media type.
pub(in crate::backoffice) const KIND: &str = "text/csv; charset=utf-8";

/// What stands in a cell.
pub(in crate::backoffice) enum Cell {
    /// A text, maybe a stranger's.
    Text(String),
    /// Cents, written in reais without parted thousands, so that they are read as a number.
    Cents(i64),
    /// A number.
    Number(i64),
    /// Nothing.
    Empty,
}

impl Cell {
    /// A text.
    pub(in crate::backoffice) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A file being written, or a part of one.
pub(in crate::backoffice) struct Csv {
    language: Language,
    text: String,
}

impl Csv {
    /// A file from its beginning; the mark there tells spreadsheets that it is UTF-8.
    pub(in crate::backoffice) fn new(language: Language) -> Self {
        let text = String::from('\u{feff}');
        Self { language, text }
    }

    /// What follows in a file that was begun.
    pub(in crate::backoffice) const fn more(language: Language) -> Self {
        let text = String::new();
        Self { language, text }
    }

    /// Adds a line.
    pub(in crate::backoffice) fn line(&mut self, cells: impl IntoIterator<Item = Cell>) {
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                self.text.push(separator(self.language));
            }
            match cell {
                Cell::Text(text) => self.text.push_str(&quoted(&text)),
                Cell::Cents(cents) => self.text.push_str(&quote(&self.reais(cents))),
                Cell::Number(number) => self.text.push_str(&number.to_string()),
                Cell::Empty => {}
            }
        }
        self.text.push_str("\r\n");
    }

    /// All that was added.
    pub(in crate::backoffice) fn into_text(self) -> String {
        self.text
    }

    fn reais(&self, cents: i64) -> String {
        let decimals = match self.language {
            Language::Portuguese => ',',
            Language::English => '.',
        };
        let sign = if cents < 0 { "-" } else { "" };
        let plain = money::plain(cents, self.language);
        let is_kept = |c: &char| c.is_ascii_digit() || *c == decimals;
        let digits: String = plain.chars().filter(is_kept).collect();
        format!("{sign}{digits}")
    }
}

const fn separator(language: Language) -> char {
    match language {
        Language::Portuguese => ';',
        Language::English => ',',
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
    fn a_file_is_written_as_spreadsheets_of_its_language_read_it() {
        for (language, written) in [
            (
                Language::Portuguese,
                "\u{feff}\"Valor\"\r\n\"Ana\";\"-1234,05\";12;\r\n",
            ),
            (
                Language::English,
                "\u{feff}\"Valor\"\r\n\"Ana\",\"-1234.05\",12,\r\n",
            ),
        ] {
            let mut file = Csv::new(language);
            file.line([Cell::text("Valor")]);
            let mut text = file.into_text();
            let mut more = Csv::more(language);
            let name = Cell::text("Ana");
            more.line([name, Cell::Cents(-123_405), Cell::Number(12), Cell::Empty]);
            text.push_str(&more.into_text());
            assert_eq!(text, written);
        }
    }

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
