//! A statement as a PDF: one page of A4.
//!
//! Invariant: says what the page says, to the cent; all text can be searched and copied.

use aval_domain::statement::Statement;
use aval_domain::time::Timestamp;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};

use super::super::format;
use super::text::Texts;
use crate::pages::Language;
use crate::pages::sheet::{Sheet, plain};

/// A4 in points.
const PAGE: (f32, f32) = (595.28, 841.89);
/// Where everything begins, in millimetres from the left.
const LEFT: f32 = 20.0;
/// Its width.
const WIDTH: f32 = 170.0;
/// Height of a row.
const ROW: f32 = 8.0;
/// Columns from the left: where each begins and how wide it is.
const COLUMNS: [(f32, f32); 4] = [(20.0, 80.0), (100.0, 25.0), (125.0, 30.0), (155.0, 35.0)];

/// What is drawn.
pub struct Sheetful<'a> {
    /// The statement.
    pub statement: &'a Statement,
    /// The merchant's name.
    pub merchant: &'a str,
    /// Its establishment code.
    pub establishment: &'a str,
    /// When it is drawn.
    pub made: Timestamp,
    /// The language.
    pub language: Language,
}

/// The PDF; `None` when it could not be written, which no text can bring about.
pub fn pdf(drawn: &Sheetful<'_>) -> Option<Vec<u8>> {
    let t = Texts::of(drawn.language);
    let month = format::month(drawn.statement.month, drawn.language);
    let mut document = Document::new_with(SerializeSettings::default());
    let metadata = Metadata::new()
        .title(format!("{} {month}", t.title))
        .creator("Aval".to_owned())
        .language(drawn.language.tag().to_owned());
    document.set_metadata(metadata);
    let mut page = document.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1)?);
    let mut surface = page.surface();
    draw(&mut Sheet::new(&mut surface), drawn, t, &month);
    surface.finish();
    page.finish();
    document.finish().ok()
}

fn draw(sheet: &mut Sheet<'_, '_>, drawn: &Sheetful<'_>, t: &Texts, month: &str) {
    let language = drawn.language;
    sheet.text(LEFT, 26.0, WIDTH, plain(18.0).bold(), t.title);
    sheet.text(LEFT, 34.0, WIDTH, plain(11.0), month);
    sheet.text(LEFT, 46.0, WIDTH, plain(10.0).bold(), drawn.merchant);
    let establishment = format!("EC {}", drawn.establishment);
    sheet.text(LEFT, 51.5, WIDTH, plain(9.0).soft(), &establishment);
    let mut y = 68.0;
    let heads = [
        t.column_function,
        t.column_count,
        t.column_price,
        t.column_amount,
    ];
    row(sheet, y, heads, (8.0, false));
    rule(sheet, y + 2.5, 0.8);
    for line in &drawn.statement.lines {
        y += ROW;
        let count = format::count(line.count, language);
        let price = format::reais(u64::from(line.price), language);
        let amount = format::reais(line.amount, language);
        row(
            sheet,
            y,
            [t.function(line.function), &count, &price, &amount],
            (9.5, false),
        );
        rule(sheet, y + 2.5, 0.25);
    }
    y += ROW + 1.5;
    let total = format::reais(drawn.statement.total, language);
    row(sheet, y, [t.total, "", "", &total], (11.0, true));
    let made = format!("{} {}", t.made, format::moment(drawn.made, language));
    sheet.text(LEFT, 280.0, WIDTH, plain(8.0).soft(), &made);
}

fn rule(sheet: &mut Sheet<'_, '_>, y: f32, points: f32) {
    sheet.line((LEFT, y), (LEFT + WIDTH, y), points);
}

fn row(sheet: &mut Sheet<'_, '_>, y: f32, cells: [&str; 4], (size, bold): (f32, bool)) {
    for (at, ((x, width), text)) in COLUMNS.into_iter().zip(cells).enumerate() {
        let style = if bold {
            plain(size).bold()
        } else {
            plain(size)
        };
        let style = if at == 0 { style } else { style.right() };
        sheet.text(x, y, width, style, text);
    }
}

#[cfg(test)]
mod tests {
    use aval_domain::statement::Month;
    use aval_domain::tariff::Tariff;

    use super::*;

    #[test]
    fn a_statement_is_one_page_in_either_language() {
        let month = Month::new(2027, 2).unwrap();
        let statement = Statement::of(month, &[], &Tariff::default()).unwrap();
        for language in [Language::Portuguese, Language::English] {
            let drawn = Sheetful {
                statement: &statement,
                merchant: "Loja Três Corações",
                establishment: "1234567890",
                made: Timestamp::from_micros(1_800_000_000_000_000),
                language,
            };
            let bytes = pdf(&drawn).unwrap();
            assert!(bytes.starts_with(b"%PDF-") && bytes.len() > 2_000);
        }
    }
}
