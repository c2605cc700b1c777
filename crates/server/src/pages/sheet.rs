//! Drawing on a PDF page: text, lines and boxes, measured in millimetres from the upper left.
//!
//! Invariant: text stays text, so that it can be searched and copied, and never leaves the width it
//! was given: it gets smaller, then it is cut.

use std::sync::LazyLock;

use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _, charmap::Charmap};

/// Points in a millimetre.
const MM: f32 = 72.0 / 25.4;
/// Text is not made smaller than this, in points.
const SMALLEST: f32 = 6.0;

/// A font with what it takes to measure text in it.
struct Face {
    font: Font,
    map: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
}

static REGULAR: LazyLock<Option<Face>> =
    LazyLock::new(|| Face::load(include_bytes!("../../assets/fonts/Arimo-Regular.ttf")));
static BOLD: LazyLock<Option<Face>> =
    LazyLock::new(|| Face::load(include_bytes!("../../assets/fonts/Arimo-Bold.ttf")));

impl Face {
    fn load(data: &'static [u8]) -> Option<Self> {
        let read = FontRef::new(data).ok()?;
        Some(Self {
            font: Font::new(data.into(), 0)?,
            map: read.charmap(),
            metrics: read.glyph_metrics(Size::unscaled(), LocationRef::default()),
        })
    }

    /// The glyphs of a text with their advances, in parts of the size; and the sum of these.
    fn glyphs(&self, text: &str) -> (Vec<KrillaGlyph>, f32) {
        let unit = self.font.units_per_em();
        let mut width = 0.0;
        let glyph = |(at, character): (usize, char)| {
            let id = self.map.map(character).unwrap_or_default();
            let advance = self.metrics.advance_width(id).unwrap_or_default() / unit;
            width += advance;
            let range = at..at.saturating_add(character.len_utf8());
            let id = GlyphId::new(id.to_u32());
            KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, range, None)
        };
        let glyphs = text.char_indices().map(glyph).collect();
        (glyphs, width)
    }

    /// The width of a text in parts of the size.
    fn width(&self, text: &str) -> f32 {
        self.glyphs(text).1
    }
}

/// Which of the two faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Regular.
    Plain,
    /// Bold.
    Bold,
}

impl Weight {
    fn face(self) -> Option<&'static Face> {
        match self {
            Self::Plain => REGULAR.as_ref(),
            Self::Bold => BOLD.as_ref(),
        }
    }
}

/// Where a text stands in its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At its left.
    Left,
    /// At its right.
    Right,
    /// In its middle.
    Middle,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// In points.
    pub size: f32,
    /// The face.
    pub weight: Weight,
    /// Where it stands.
    pub align: Align,
    /// 0 black to 255 white.
    pub grey: u8,
}

/// Text of a size.
#[must_use]
pub const fn plain(size: f32) -> Style {
    Style {
        size,
        weight: Weight::Plain,
        align: Align::Left,
        grey: 0,
    }
}

impl Style {
    /// In bold.
    #[must_use]
    pub const fn bold(self) -> Self {
        Self {
            weight: Weight::Bold,
            ..self
        }
    }

    /// At the right.
    #[must_use]
    pub const fn right(self) -> Self {
        Self {
            align: Align::Right,
            ..self
        }
    }

    /// In the middle.
    #[must_use]
    pub const fn middle(self) -> Self {
        Self {
            align: Align::Middle,
            ..self
        }
    }

    /// In dark grey.
    #[must_use]
    pub const fn soft(self) -> Self {
        Self { grey: 60, ..self }
    }
}

/// A page being drawn.
pub struct Sheet<'a, 'b> {
    surface: &'a mut Surface<'b>,
}

impl<'a, 'b> Sheet<'a, 'b> {
    /// Draws on a page.
    pub fn new(surface: &'a mut Surface<'b>) -> Self {
        Self { surface }
    }

    /// A line of text on a base line at `y`, between `x` and `x + width`.
    pub fn text(&mut self, x: f32, y: f32, width: f32, style: Style, text: &str) {
        let Some(face) = style.weight.face() else {
            return;
        };
        let (text, size) = fitting(face, text, width * MM, style.size);
        let (glyphs, em) = face.glyphs(&text);
        let from = match style.align {
            Align::Left => x * MM,
            Align::Right => (x + width) * MM - em * size,
            Align::Middle => (x + width / 2.0) * MM - em * size / 2.0,
        };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(style.grey)));
        let start = Point::from_xy(from, y * MM);
        self.surface
            .draw_glyphs(start, &glyphs, face.font.clone(), &text, size, false);
    }

    /// Lines of text, each broken where it is too long, `leading` apart; at most `most` of them.
    pub fn paragraph(
        &mut self,
        (x, y): (f32, f32),
        width: f32,
        style: Style,
        (leading, most): (f32, usize),
        lines: &[String],
    ) {
        let Some(face) = style.weight.face() else {
            return;
        };
        let mut broken = Vec::new();
        for line in lines {
            broken.extend(wrap(face, line, width * MM / style.size));
        }
        let is_cut = broken.len() > most;
        broken.truncate(most);
        if let Some(last) = broken.last_mut().filter(|_| is_cut) {
            last.push('…');
        }
        let mut base = y;
        for line in &broken {
            self.text(x, base, width, style, line);
            base += leading;
        }
    }

    /// A straight line.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), points: f32) {
        self.stroke(from, to, points, None);
    }

    /// A dashed line, to cut along.
    pub fn dashes(&mut self, from: (f32, f32), to: (f32, f32)) {
        let dash = StrokeDash {
            array: vec![3.0, 2.0],
            offset: 0.0,
        };
        self.stroke(from, to, 0.6, Some(dash));
    }

    fn stroke(&mut self, from: (f32, f32), to: (f32, f32), points: f32, dash: Option<StrokeDash>) {
        let mut path = PathBuilder::new();
        path.move_to(from.0 * MM, from.1 * MM);
        path.line_to(to.0 * MM, to.1 * MM);
        let Some(path) = path.finish() else { return };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: luma::Color::black().into(),
            width: points,
            dash,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
    }

    /// Black boxes of one height side by side: where each begins, and how wide it is.
    pub fn boxes(&mut self, top: f32, height: f32, boxes: impl Iterator<Item = (f32, f32)>) {
        let mut path = PathBuilder::new();
        for (x, width) in boxes {
            if let Some(rect) = Rect::from_xywh(x * MM, top * MM, width * MM, height * MM) {
                path.push_rect(rect);
            }
        }
        let Some(path) = path.finish() else { return };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(0)));
        self.surface.draw_path(&path);
    }
}

fn fill(grey: u8) -> Fill {
    Fill {
        paint: luma::Color::new(grey).into(),
        opacity: NormalizedF32::ONE,
        rule: Default::default(),
    }
}

/// The text on one line, and the size in which it fits into so many points: smaller at first, then
/// cut.
fn fitting(face: &Face, text: &str, width: f32, size: f32) -> (String, f32) {
    let text: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let em = face.width(&text);
    if em * size <= width {
        return (text, size);
    }
    let smaller = (width / em).max(SMALLEST.min(size));
    if em * smaller <= width * 1.001 {
        return (text, smaller);
    }
    let mut cut = text;
    while face.width(&cut) + face.width("…") > width / smaller && cut.pop().is_some() {}
    (format!("{}…", cut.trim_end()), smaller)
}

/// A line broken between words, or within one that is wider than everything; `width` in parts of
/// the size.
fn wrap(face: &Face, line: &str, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    let blank = face.width(" ");
    let mut filled = 0.0;
    for word in line.split_whitespace() {
        let needs = face.width(word);
        if !open.is_empty() && filled + blank + needs <= width {
            open.push(' ');
            open.push_str(word);
            filled += blank + needs;
            continue;
        }
        if !open.is_empty() {
            lines.push(std::mem::take(&mut open));
        }
        filled = 0.0;
        for character in word.chars() {
            let advance = face.width(character.encode_utf8(&mut [0; 4]));
            if filled + advance > width && !open.is_empty() {
                lines.push(std::mem::take(&mut open));
                filled = 0.0;
            }
            open.push(character);
            filled += advance;
        }
    }
    if !open.is_empty() {
        lines.push(open);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gets_smaller_and_then_is_cut() {
        let face = REGULAR.as_ref().unwrap();
        let text = "Comércio de Produtos Eletrônicos e Serviços";
        let whole = face.width(text) * 8.0;
        assert_eq!(fitting(face, text, whole, 8.0), (text.to_owned(), 8.0));
        let (same, smaller) = fitting(face, text, whole * 0.9, 8.0);
        assert!(same == text && smaller < 8.0 && smaller > SMALLEST);
        let (cut, size) = fitting(face, text, whole * 0.3, 8.0);
        assert!(cut.ends_with('…') && size == SMALLEST, "{cut}");
        assert!(face.width(&cut) * size <= whole * 0.3);
    }

    #[test]
    fn lines_are_broken_between_words_and_long_words_within() {
        let face = REGULAR.as_ref().unwrap();
        let broken = wrap(face, "um dois tres quatro", face.width("um dois tres"));
        assert_eq!(broken, ["um dois tres", "quatro"]);
        let long = "x".repeat(500);
        let broken = wrap(face, &long, 20.0);
        assert!(broken.len() > 1 && broken.concat() == long);
        assert!(broken.iter().all(|line| face.width(line) <= 20.0));
    }

    #[test]
    fn every_character_of_portuguese_has_a_glyph() {
        for face in [&REGULAR, &BOLD] {
            let face = face.as_ref().unwrap();
            for character in "ãõçáéíóúâêôàüÃÕÇÁÉÍÓÚÂÊÔÀÜºª–—“”‘’…·§ñ€".chars()
            {
                assert!(face.map.map(character).is_some(), "{character}");
            }
        }
    }
}
