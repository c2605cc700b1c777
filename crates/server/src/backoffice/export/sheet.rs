//! A spreadsheet (Office Open XML, ECMA-376): one sheet, written row by row.
//!
//! Invariant: a text is a text cell, never a formula, and stays one when it is edited
//! (`quotePrefix`); amounts are numbers in reais. At the bound of the format a last row says that
//! there is more.

use std::fmt::Write as _;

use aval_domain::sale::Sale;

use super::Writer;
use super::zip::Archive;
use crate::backoffice::search::{Column, Value, Words};

/// Its media type.
pub(super) const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Rows of a sheet at the most, the heading and the last word among them.
const MOST_ROWS: u32 = 1_048_576;

const TYPES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" ContentType="#,
    r#""application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Override PartName="/xl/workbook.xml" ContentType="#,
    r#""application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>"#,
    r#"<Override PartName="/xl/worksheets/sheet1.xml" ContentType="#,
    r#""application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#,
    r#"<Override PartName="/xl/styles.xml" ContentType="#,
    r#""application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#,
);
const RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/"#,
    r#"relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
);
const BOOK_RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/"#,
    r#"relationships/worksheet" Target="worksheets/sheet1.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/"#,
    r#"relationships/styles" Target="styles.xml"/></Relationships>"#,
);
/// Formats of cells: 0 usual, 1 text, 2 amount, 3 heading.
const STYLES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
    r#"<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>"#,
    r#"<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>"#,
    r#"<fills count="2"><fill><patternFill patternType="none"/></fill>"#,
    r#"<fill><patternFill patternType="gray125"/></fill></fills>"#,
    r#"<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"#,
    r#"<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>"#,
    r#"</cellStyleXfs><cellXfs count="4">"#,
    r#"<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>"#,
    r#"<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" "#,
    r#"applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" quotePrefix="1" "#,
    r#"applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>"#,
);
const SHEET_BEGIN: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
    r#"<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" "#,
    r#"activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>"#,
    r#"<sheetFormatPr defaultRowHeight="15" baseColWidth="18"/><sheetData>"#,
);
const SHEET_END: &str = "</sheetData></worksheet>";
const TEXT: u8 = 1;
const AMOUNT: u8 = 2;
const HEADING: u8 = 3;

/// A file.
pub(super) struct Sheet {
    columns: Vec<Column>,
    words: Words,
    archive: Archive,
    row: u32,
}

impl Sheet {
    pub(super) fn new(columns: Vec<Column>, words: Words) -> Self {
        Self {
            columns,
            words,
            archive: Archive::new(),
            row: 0,
        }
    }

    fn entry(&mut self, name: &'static str, text: &str) -> Vec<u8> {
        let mut out = self.archive.begin(name);
        out.extend(self.archive.add(text.as_bytes()));
        out.extend(self.archive.end_entry());
        out
    }

    fn book(&self) -> String {
        let mut text = String::from(concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" "#,
            r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">"#,
            r#"<sheets><sheet name=""#,
        ));
        escape(self.words.t.sheet, &mut text);
        text.push_str(r#"" sheetId="1" r:id="rId1"/></sheets></workbook>"#);
        text
    }

    fn begin_row(&mut self, to: &mut String) {
        self.row = self.row.saturating_add(1);
        let _ = write!(to, r#"<row r="{}">"#, self.row);
    }
}

fn text_cell(text: &str, style: u8, to: &mut String) {
    let _ = write!(
        to,
        r#"<c t="inlineStr" s="{style}"><is><t xml:space="preserve">"#
    );
    escape(text, to);
    to.push_str("</t></is></c>");
}

fn cell(value: Value, to: &mut String) {
    match value {
        Value::Text(text) => text_cell(&text, TEXT, to),
        Value::Cents(cents) => {
            let sign = if cents < 0 { "-" } else { "" };
            let cents = cents.unsigned_abs();
            let _ = write!(
                to,
                r#"<c s="{AMOUNT}"><v>{sign}{}.{:02}</v></c>"#,
                cents / 100,
                cents % 100
            );
        }
        Value::Number(number) => {
            let _ = write!(to, "<c><v>{number}</v></c>");
        }
    }
}

impl Writer for Sheet {
    fn begin(&mut self) -> Vec<u8> {
        let book = self.book();
        let mut out = self.entry("[Content_Types].xml", TYPES);
        out.extend(self.entry("_rels/.rels", RELATIONS));
        out.extend(self.entry("xl/workbook.xml", &book));
        out.extend(self.entry("xl/_rels/workbook.xml.rels", BOOK_RELATIONS));
        out.extend(self.entry("xl/styles.xml", STYLES));
        out.extend(self.archive.begin("xl/worksheets/sheet1.xml"));
        let mut text = SHEET_BEGIN.to_owned();
        self.begin_row(&mut text);
        for column in &self.columns {
            text_cell(column.label(self.words.t), HEADING, &mut text);
        }
        text.push_str("</row>");
        out.extend(self.archive.add(text.as_bytes()));
        out
    }

    fn rows(&mut self, sales: &[Sale]) -> Vec<u8> {
        let mut text = String::new();
        for sale in sales {
            if self.is_full() {
                break;
            }
            self.begin_row(&mut text);
            for column in &self.columns {
                cell(column.value(sale, self.words), &mut text);
            }
            text.push_str("</row>");
        }
        self.archive.add(text.as_bytes())
    }

    fn end(&mut self) -> Vec<u8> {
        let mut text = String::new();
        if self.is_full() {
            self.begin_row(&mut text);
            text_cell(self.words.t.sheet_full, TEXT, &mut text);
            text.push_str("</row>");
        }
        text.push_str(SHEET_END);
        let mut out = self.archive.add(text.as_bytes());
        out.extend(self.archive.end_entry());
        out.extend(self.archive.end());
        out
    }

    fn is_full(&self) -> bool {
        self.row >= MOST_ROWS.saturating_sub(1)
    }
}

/// A text within XML; what XML cannot hold becomes U+FFFD. An underscore that would begin an escape
/// of the format is escaped itself.
fn escape(text: &str, to: &mut String) {
    for (at, c) in text.char_indices() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '_' if is_escape(text.get(at..).unwrap_or_default()) => to.push_str("_x005F_"),
            '\t' | '\n' | '\r' => to.push(' '),
            '\u{fffe}' | '\u{ffff}' => to.push('\u{fffd}'),
            c if c.is_control() => to.push('\u{fffd}'),
            c => to.push(c),
        }
    }
}

/// Whether a text begins like `_x0041_`.
fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.get(2..6).unwrap_or_default();
    bytes.starts_with(b"_x")
        && digits.len() == 4
        && digits.iter().all(u8::is_ascii_hexdigit)
        && bytes.get(6) == Some(&b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut to = String::new();
        escape(text, &mut to);
        to
    }

    #[test]
    fn what_xml_would_take_for_something_else_is_escaped() {
        assert_eq!(escaped("<a b=\"c\">&"), "&lt;a b=&quot;c&quot;&gt;&amp;");
        assert_eq!(escaped("_x0041_ _x41_ _"), "_x005F_x0041_ _x41_ _");
        assert_eq!(escaped("a\u{0}\u{ffff}\n"), "a\u{fffd}\u{fffd} ");
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_a_text_cell() {
        let mut to = String::new();
        cell(Value::Text("=1+1".to_owned()), &mut to);
        assert!(to.starts_with(r#"<c t="inlineStr" s="1">"#), "{to}");
        assert!(!to.contains("<f>"), "{to}");
    }

    #[test]
    fn amounts_are_numbers_in_reais() {
        let mut to = String::new();
        cell(Value::Cents(123_405), &mut to);
        assert_eq!(to, r#"<c s="2"><v>1234.05</v></c>"#);
    }
}
