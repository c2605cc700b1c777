//! A slip as a PDF: one page of A4 with the payer's receipt above and the clearing slip below; once
//! it is paid, the receipt alone.
//!
//! Invariant: bars are drawn as vectors at the 103 mm by 13 mm of Febraban's layout, and all text
//! can be searched and copied.

use aval_domain::boleto::{BARS, bars};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};

use super::slip::{Party, Slip};
use crate::pages::sheet::{Sheet, Style, plain};
use crate::pages::{Language, Texts};

/// A4 in points.
const PAGE: (f32, f32) = (595.28, 841.89);
/// Where the slip begins, in millimetres from the left.
const LEFT: f32 = 15.0;
/// Its width.
const WIDTH: f32 = 180.0;
/// Its right edge.
const RIGHT: f32 = LEFT + WIDTH;
/// Width of its right column.
const COLUMN: f32 = 50.0;
/// Width of what is left of it.
const BODY: f32 = WIDTH - COLUMN;
/// Height of a plain row.
const ROW: f32 = 8.5;
/// Height of a row with a name and an address.
const TALL: f32 = 12.0;
/// Width of the bars (Febraban).
const BARS_WIDTH: f32 = 103.0;
/// Height of the bars (Febraban).
const BARS_HEIGHT: f32 = 13.0;

const VALUE: Style = plain(8.5);
const LABEL: Style = plain(5.8).soft();

/// A cell of a row.
struct Cell<'a> {
    width: f32,
    label: &'a str,
    value: &'a str,
    style: Style,
}

const fn cell<'a>(width: f32, label: &'a str, value: &'a str) -> Cell<'a> {
    Cell {
        width,
        label,
        value,
        style: VALUE,
    }
}

/// A cell of the right column.
const fn figure<'a>(label: &'a str, value: &'a str) -> Cell<'a> {
    Cell {
        width: COLUMN,
        label,
        value,
        style: VALUE.right(),
    }
}

/// The same in bold.
const fn strong<'a>(label: &'a str, value: &'a str) -> Cell<'a> {
    Cell {
        width: COLUMN,
        label,
        value,
        style: plain(9.5).bold().right(),
    }
}

/// A slip as a PDF; `None` when it could not be written, which no text can bring about.
#[must_use]
pub fn pdf(slip: &Slip, language: Language) -> Option<Vec<u8>> {
    let t = language.texts();
    let mut document = Document::new_with(SerializeSettings::default());
    let title = format!("{} {}", t.boleto_title, slip.number);
    let metadata = Metadata::new()
        .title(title)
        .authors(vec![slip.beneficiary.name.clone()])
        .creator("Aval".to_owned())
        .language(language.tag().to_owned());
    document.set_metadata(metadata);
    let mut page = document.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1)?);
    let mut surface = page.surface();
    let mut drawing = Drawing {
        sheet: Sheet::new(&mut surface),
        slip,
        t,
        y: 0.0,
    };
    drawing.receipt();
    if slip.paid.is_none() {
        drawing.cut();
        drawing.clearing();
    }
    surface.finish();
    page.finish();
    document.finish().ok()
}

/// A slip being drawn, from top to bottom.
struct Drawing<'a, 'b, 'c> {
    sheet: Sheet<'b, 'c>,
    slip: &'a Slip,
    t: &'static Texts,
    /// Down to where it is drawn.
    y: f32,
}

impl Drawing<'_, '_, '_> {
    fn receipt(&mut self) {
        let (slip, t) = (self.slip, self.t);
        if slip.is_test {
            self.sheet
                .text(LEFT, 11.5, WIDTH, plain(7.5).soft(), t.slip_test);
        }
        self.y = 14.0;
        self.header(plain(10.0).bold(), t.slip_receipt);
        let account = figure(t.slip_account, &slip.account);
        self.party_beside(t.slip_beneficiary, &slip.beneficiary, TALL, &account);
        let amount = strong(t.slip_amount, &slip.amount);
        self.party_beside(t.slip_payer, &slip.payer, 15.0, &amount);
        self.row(&[
            cell(46.0, t.slip_number, &slip.number),
            cell(48.0, t.slip_order, &slip.order),
            cell(36.0, t.slip_issued, &slip.issued),
            strong(t.slip_due, &slip.due),
        ]);
        match &slip.paid {
            None => self.row(&[Cell {
                width: WIDTH,
                label: t.slip_line,
                value: &slip.line,
                style: plain(10.5).bold(),
            }]),
            Some(paid) => self.row(&[
                cell(BODY, t.slip_paid_on, &paid.day),
                strong(t.slip_paid_amount, &paid.amount),
            ]),
        }
        let top = self.y;
        self.label(LEFT, WIDTH, t.slip_demonstrative);
        let at = (LEFT + 1.2, top + 6.4);
        let lines = &slip.demonstrative;
        self.sheet
            .paragraph(at, WIDTH - 2.4, plain(8.0), (3.6, 8), lines);
        self.y = top + 36.0;
        self.rule(0.5);
        let label = LABEL.right();
        self.sheet
            .text(LEFT, self.y + 3.0, WIDTH, label, t.slip_authentication);
        if slip.paid.is_some() {
            self.stamp();
        }
    }

    /// A framed word over the statement, so that nobody pays again.
    fn stamp(&mut self) {
        const SIZE: (f32, f32) = (34.0, 13.0);
        let (left, right) = (RIGHT - SIZE.0 - 4.0, RIGHT - 4.0);
        let (top, bottom) = (self.y - SIZE.1 - 5.0, self.y - 5.0);
        for (from, to) in [
            ((left, top), (right, top)),
            ((left, bottom), (right, bottom)),
            ((left, top), (left, bottom)),
            ((right, top), (right, bottom)),
        ] {
            self.sheet.line(from, to, 1.8);
        }
        let style = plain(22.0).bold().middle();
        let word = self.t.slip_paid.to_uppercase();
        self.sheet.text(left, bottom - 3.8, SIZE.0, style, &word);
    }

    fn cut(&mut self) {
        self.y = 137.0;
        self.sheet.dashes((LEFT, self.y), (RIGHT, self.y));
        let label = LABEL.right();
        self.sheet
            .text(LEFT, self.y - 1.0, WIDTH, label, self.t.slip_cut);
        self.y += 5.0;
    }

    fn clearing(&mut self) {
        let (slip, t) = (self.slip, self.t);
        self.header(plain(11.0).bold(), &slip.line);
        self.row(&[
            cell(BODY, t.slip_place, t.slip_anywhere),
            strong(t.slip_due, &slip.due),
        ]);
        let account = figure(t.slip_account, &slip.account);
        self.party_beside(t.slip_beneficiary, &slip.beneficiary, TALL, &account);
        self.row(&[
            cell(26.0, t.slip_issued, &slip.issued),
            cell(43.0, t.slip_order, &slip.order),
            cell(18.0, t.slip_kind, "DM"),
            cell(13.0, t.slip_acceptance, "N"),
            cell(30.0, t.slip_processed, &slip.issued),
            figure(t.slip_number, &slip.number),
        ]);
        self.row(&[
            cell(26.0, t.slip_bank_use, ""),
            cell(21.0, t.slip_wallet, &slip.wallet),
            cell(22.0, t.slip_currency, "R$"),
            cell(31.0, t.slip_quantity, ""),
            cell(30.0, t.slip_unit, ""),
            strong(t.slip_amount, &slip.amount),
        ]);
        self.instructions();
        let top = self.y;
        self.party(t.slip_payer, &slip.payer, WIDTH);
        self.sheet
            .text(LEFT + 1.0, top + 18.0, BODY, LABEL, t.slip_guarantor);
        self.sheet.text(
            RIGHT - COLUMN + 1.0,
            top + 18.0,
            COLUMN,
            LABEL,
            t.slip_clearing_code,
        );
        self.y = top + 19.0;
        self.rule(1.2);
        self.bars();
    }

    /// What the teller is told, beside the figures that the teller fills in.
    fn instructions(&mut self) {
        let (slip, t) = (self.slip, self.t);
        let top = self.y;
        self.label(LEFT, BODY, t.slip_instructions);
        let at = (LEFT + 1.2, top + 6.6);
        let lines = &slip.instructions;
        self.sheet
            .paragraph(at, BODY - 3.0, plain(8.0), (3.6, 10), lines);
        let figures = [
            t.slip_discount,
            t.slip_deductions,
            t.slip_fine,
            t.slip_additions,
            t.slip_charged,
        ];
        let column = RIGHT - COLUMN;
        for (number, label) in (0u8..).zip(figures) {
            let y = top + f32::from(number) * ROW;
            self.sheet.line((column, y), (RIGHT, y), 0.5);
            self.sheet
                .text(column + 1.0, y + 2.7, COLUMN - 2.0, LABEL, label);
        }
        self.y = top + ROW * 5.0;
        self.sheet.line((column, top), (column, self.y), 0.5);
        self.rule(0.5);
    }

    /// Bank, its code between two strokes, and what stands right of them.
    fn header(&mut self, style: Style, text: &str) {
        const HEIGHT: f32 = 10.0;
        const CODE: f32 = 46.0;
        let base = self.y + 7.2;
        self.sheet
            .text(LEFT, base, CODE - 2.0, plain(14.0).bold(), self.slip.bank);
        let code = LEFT + CODE;
        self.sheet.text(
            code + 3.2,
            base,
            18.0,
            plain(14.0).bold(),
            &self.slip.bank_code,
        );
        for x in [code, code + 22.0] {
            self.sheet
                .line((x, self.y + 2.0), (x, self.y + HEIGHT), 1.2);
        }
        let from = code + 24.0;
        self.sheet
            .text(from, base, RIGHT - from, style.right(), text);
        self.y += HEIGHT;
        self.rule(1.2);
    }

    fn row(&mut self, cells: &[Cell]) {
        self.cells(cells, ROW);
        self.y += ROW;
        self.rule(0.5);
    }

    /// Cells of a height, from the left edge.
    fn cells(&mut self, cells: &[Cell], height: f32) {
        let mut x = LEFT;
        for cell in cells {
            self.cell(x, cell, height);
            x += cell.width;
        }
    }

    fn cell(&mut self, x: f32, cell: &Cell, height: f32) {
        if x > LEFT {
            self.sheet.line((x, self.y), (x, self.y + height), 0.5);
        }
        self.label(x, cell.width, cell.label);
        let base = self.y + ROW - 1.9;
        self.sheet
            .text(x + 1.2, base, cell.width - 2.4, cell.style, cell.value);
    }

    fn label(&mut self, x: f32, width: f32, label: &str) {
        self.sheet
            .text(x + 1.0, self.y + 2.7, width - 2.0, LABEL, label);
    }

    /// A party, and a cell of the right column.
    fn party_beside(&mut self, label: &str, party: &Party, height: f32, beside: &Cell) {
        self.party(label, party, BODY);
        self.cell(RIGHT - COLUMN, beside, height);
        self.y += height;
        self.rule(0.5);
    }

    /// Name and address.
    fn party(&mut self, label: &str, party: &Party, width: f32) {
        self.label(LEFT, width, label);
        let (x, width) = (LEFT + 1.2, width - 2.4);
        self.sheet.text(x, self.y + 6.5, width, VALUE, &party.name);
        let mut base = self.y + 10.0;
        for line in &party.address {
            self.sheet.text(x, base, width, plain(7.5), line);
            base += 3.3;
        }
    }

    /// A line over the whole width, below what was drawn.
    fn rule(&mut self, points: f32) {
        self.sheet.line((LEFT, self.y), (RIGHT, self.y), points);
    }

    fn bars(&mut self) {
        let narrow = BARS_WIDTH / f32::from(BARS);
        let left = LEFT + 5.0;
        let drawn = bars(&self.slip.bar_code);
        let boxes = drawn.iter().map(|bar| {
            (
                left + f32::from(bar.at) * narrow,
                f32::from(bar.width) * narrow,
            )
        });
        self.sheet.boxes(self.y + 3.0, BARS_HEIGHT, boxes);
        let from = left + BARS_WIDTH + 4.0;
        let width = RIGHT - from;
        let (first, second) = (self.t.slip_authentication, self.t.slip_clearing);
        self.sheet
            .text(from, self.y + 3.2, width, LABEL.right(), first);
        let style = plain(8.0).bold().right();
        self.sheet.text(from, self.y + 7.0, width, style, second);
    }
}
