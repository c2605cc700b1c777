//! A spreadsheet (Office Open XML), written row by row into files that have no name.
//!
//! Invariant: a text is a text cell, never a formula, and stays one when it is edited
//! (`quotePrefix`); amounts are numbers in reais. Memory holds one row of it. Its files are gone
//! with whoever holds them, in whatever way that ends. At the bound of the format a last row says
//! that there is more.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Seek as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::backoffice::search::{Column, Value, Words};

/// Its media type.
pub(super) const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Rows of a sheet at the most, the heading and the last word among them.
const MOST_ROWS: u32 = 1_048_576;
/// Characters of a cell at the most: the format's bound.
const MOST_CHARS: usize = 32_767;
/// The width of every column, in characters.
const WIDTH: f64 = 18.0;

/// What stands in it beside the rows.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) columns: Vec<Column>,
    pub(super) words: Words,
    /// When it is made.
    pub(super) at: Timestamp,
}

/// A file being written.
pub(super) struct Sheet {
    plan: Plan,
    book: Workbook,
    formats: Formats,
    row: u32,
    most: u32,
}

struct Formats {
    text: Format,
    amount: Format,
    heading: Format,
}

impl Sheet {
    /// Begins one in a folder; only this process reads what is written there.
    pub(super) fn begin(plan: Plan, folder: &Path) -> io::Result<Self> {
        Self::of(plan, folder, MOST_ROWS).map_err(io::Error::other)
    }

    fn of(plan: Plan, folder: &Path, most: u32) -> Result<Self, XlsxError> {
        let mut book = Workbook::new();
        book.set_tempdir(folder)?;
        let seconds = plan.at.micros().div_euclid(1_000_000);
        let made = ExcelDateTime::from_timestamp(seconds)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let text = Format::new().set_num_format("@").set_quote_prefix();
        let mut sheet = Self {
            book,
            formats: Formats {
                heading: text.clone().set_bold(),
                text,
                amount: Format::new().set_num_format("#,##0.00"),
            },
            row: 0,
            most,
            plan,
        };
        sheet.head()?;
        Ok(sheet)
    }

    fn head(&mut self) -> Result<(), XlsxError> {
        let words = self.plan.words;
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(words.t.sheet)?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(&self.plan.columns) {
            sheet.set_column_width(at, WIDTH)?;
            let label = column.label(words.t);
            sheet.write_string_with_format(0, at, label, &self.formats.heading)?;
        }
        self.row = 1;
        Ok(())
    }

    /// Adds a row for each sale; nothing more once it is full.
    pub(super) fn rows(&mut self, sales: &[Sale]) -> io::Result<()> {
        let (columns, words) = (self.plan.columns.clone(), self.plan.words);
        for sale in sales {
            let values = columns.iter().map(|column| column.value(sale, words));
            self.add(values).map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn add(&mut self, values: impl Iterator<Item = Value>) -> Result<(), XlsxError> {
        if self.is_full() {
            return Ok(());
        }
        let sheet = self.book.worksheet_from_index(0)?;
        for (at, value) in (0..).zip(values) {
            cell(sheet, (self.row, at), value, &self.formats)?;
        }
        self.row = self.row.saturating_add(1);
        Ok(())
    }

    /// Whether it takes no more rows.
    pub(super) const fn is_full(&self) -> bool {
        self.row >= self.most.saturating_sub(1)
    }

    /// Puts the file together, in the same folder; gives it at its beginning.
    pub(super) fn finish(mut self, folder: &Path) -> io::Result<File> {
        if self.is_full() {
            let sheet = self.book.worksheet_from_index(0);
            let sheet = sheet.map_err(io::Error::other)?;
            let last = self.plan.words.t.sheet_full;
            sheet
                .write_string_with_format(self.row, 0, last, &self.formats.text)
                .map_err(io::Error::other)?;
        }
        let file = tempfile::tempfile_in(folder)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        let mut to = BufWriter::new(file);
        let saved = self.book.save_to_writer(&mut to);
        saved.map_err(io::Error::other)?;
        let mut file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

fn cell(
    sheet: &mut Worksheet,
    (row, at): (u32, u16),
    value: Value,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match value {
        Value::Text(text) => {
            sheet.write_string_with_format(row, at, one_line(&text), &formats.text)?;
        }
        Value::Cents(cents) => {
            sheet.write_number_with_format(row, at, reais(cents), &formats.amount)?;
        }
        Value::Number(number) => {
            sheet.write_number(row, at, whole(number))?;
        }
    }
    Ok(())
}

/// A text as a cell can hold it, in one line.
fn one_line(text: &str) -> String {
    let kept = text.chars().take(MOST_CHARS / 2);
    kept.map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Exact to the cent up to 90 trillion reais, far beyond any amount.
fn reais(cents: i64) -> f64 {
    whole(cents) / 100.0
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "amounts have fifteen digits at the most, and a sheet holds so many exactly"
)]
fn whole(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use calamine::{Data, Reader as _, Xlsx};

    use super::*;
    use crate::pages::Language;

    fn sheet(folder: &Path, most: u32) -> Sheet {
        let plan = Plan {
            columns: vec![Column::Customer, Column::Amount, Column::Installments],
            words: Words::of(Language::English),
            at: Timestamp::from_micros(1_793_000_000_000_000),
        };
        Sheet::of(plan, folder, most).unwrap()
    }

    /// What somebody else's reader finds in it: its cells, and how many of them are formulas.
    fn read(file: File) -> (Vec<Vec<Data>>, usize) {
        let mut book = Xlsx::new(io::BufReader::new(file)).unwrap();
        let name = book.sheet_names().remove(0);
        let formulas = book.worksheet_formula(&name).unwrap();
        let range = book.worksheet_range(&name).unwrap();
        (
            range.rows().map(<[Data]>::to_vec).collect(),
            formulas.used_cells().count(),
        )
    }

    #[test]
    fn texts_are_read_back_as_they_were_and_are_no_formulas() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = sheet(folder.path(), MOST_ROWS);
        let texts = [
            "=1+1",
            "{=SUM(A1)}",
            "http://evil.example",
            "<a b=\"c\">&]]>",
            "_x0041_ _x41_ _",
            "1e3",
            " Ana\u{a0}Lúcia ",
        ];
        for text in texts {
            let values = [Value::Text(text.to_owned()), Value::Cents(-123_405)];
            let values = values.into_iter().chain([Value::Number(12)]);
            sheet.add(values).unwrap();
        }
        let broken = Value::Text("a\u{0}\r\nb\u{ffff}".to_owned());
        sheet.add([broken].into_iter()).unwrap();
        let (rows, formulas) = read(sheet.finish(folder.path()).unwrap());
        assert_eq!(formulas, 0);
        for (text, row) in texts.into_iter().zip(&rows[1..]) {
            let text = Data::String(text.to_owned());
            assert_eq!(*row, [text, Data::Float(-1234.05), Data::Float(12.0)]);
        }
        let Data::String(broken) = &rows[texts.len() + 1][0] else {
            panic!("{rows:?}");
        };
        assert!(broken.starts_with("a   b"), "{broken:?}");
    }

    #[test]
    fn a_sheet_that_is_full_says_so_in_its_last_row() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = sheet(folder.path(), 4);
        for number in 0..9 {
            sheet.add([Value::Number(number)].into_iter()).unwrap();
        }
        assert!(sheet.is_full());
        let (rows, _) = read(sheet.finish(folder.path()).unwrap());
        let first: Vec<&Data> = rows.iter().map(|row| &row[0]).collect();
        let last = Data::String(Words::of(Language::English).t.sheet_full.to_owned());
        let label = Data::String("Customer".to_owned());
        assert_eq!(first, [&label, &Data::Float(0.0), &Data::Float(1.0), &last]);
    }

    #[test]
    fn the_longest_text_there_can_be_does_not_break_a_sheet() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = sheet(folder.path(), MOST_ROWS);
        let long = Value::Text("😀".repeat(MOST_CHARS));
        sheet.add([long].into_iter()).unwrap();
        sheet.finish(folder.path()).unwrap();
    }

    /// Files of a folder that this process has open, by what the system calls them.
    fn open_in(folder: &Path) -> Vec<String> {
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        let open = open.filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok());
        let open = open.filter(|path| path.starts_with(folder));
        open.map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn files_have_no_name_and_are_gone_with_who_holds_them() {
        let folder = tempfile::tempdir().unwrap();
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        let left = sheet(folder.path(), MOST_ROWS);
        let open = open_in(folder.path());
        assert_eq!((open.len(), names()), (1, 0), "{open:?}");
        drop(left);
        assert_eq!(open_in(folder.path()), [""; 0]);
        let mut file = sheet(folder.path(), MOST_ROWS)
            .finish(folder.path())
            .unwrap();
        let open = open_in(folder.path());
        assert_eq!((open.len(), names()), (1, 0), "{open:?}");
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut begin = [0; 2];
        file.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"PK");
        drop(file);
        assert_eq!(open_in(folder.path()), [""; 0]);
    }
}
