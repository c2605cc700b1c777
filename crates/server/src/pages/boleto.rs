//! The page of a boleto: the slip, on the screen and as a PDF.
//!
//! Invariant: page and PDF show one and the same [`Slip`].

mod pdf;
mod sheet;
mod slip;

use std::fmt::Write as _;

use askama::Template;
use aval_domain::boleto::bars;

pub use pdf::pdf;
pub use slip::{Facts, Party, Slip, reais};

use super::{Shell, Texts};

/// Height of the bars in the coordinates of the page's drawing, in which a narrow bar is 1 wide.
const BARS_HEIGHT: u8 = 50;

/// The page.
#[derive(Template)]
#[template(path = "boleto.html")]
pub struct BoletoPage<'a> {
    /// The layout.
    pub shell: Shell,
    /// The slip.
    pub slip: Slip,
    /// Its bars as the path of a drawing.
    pub bars: String,
    /// Name of the shop.
    pub shop: &'a str,
    /// How far it is paid.
    pub state: Paid,
    /// What was received, if anything was.
    pub received: Option<String>,
    /// Address of the PDF.
    pub pdf: String,
    /// How it is paid here: in the sandbox, while it is open.
    pub pay: Option<Pay>,
}

/// The form that pays a slip.
pub struct Pay {
    /// Where it is sent.
    pub action: String,
}

/// How far a slip is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// Not at all.
    Open,
    /// Not at all, and its due date is over.
    Late,
    /// In part.
    Part,
    /// Whole.
    Whole,
}

impl Paid {
    /// Whether more is waited for.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Late | Self::Part)
    }

    const fn text(self, t: &Texts) -> &'static str {
        match self {
            Self::Open => t.boleto_open,
            Self::Late => t.boleto_late,
            Self::Part => t.boleto_underpaid,
            Self::Whole => t.boleto_paid,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Open | Self::Part => "state-open",
            Self::Late => "state-wrong",
            Self::Whole => "state-done",
        }
    }
}

/// The bars of a bar code as the path of a drawing.
#[must_use]
pub fn path(bar_code: &str) -> String {
    bars(bar_code).iter().fold(String::new(), |mut path, bar| {
        // Writing to a text cannot fail.
        let _ = write!(
            path,
            "M{} 0h{}v{BARS_HEIGHT}h-{}z",
            bar.at, bar.width, bar.width
        );
        path
    })
}

#[cfg(test)]
mod tests {
    use aval_domain::amount::Amount;
    use aval_domain::boleto::{
        Bank, Boleto, Credential, DueDate, Issuer, NewBoleto, OurNumber, Texts,
    };
    use aval_domain::customer::{Address, Customer};
    use aval_domain::time::Timestamp;

    use super::*;
    use crate::pages::Language;
    use crate::stopwatch::Stopwatch;

    #[test]
    fn a_page_holds_the_whole_slip_and_escapes_what_it_is_given() {
        let (mut boleto, customer) = manual();
        boleto.texts.assignor = Some("<b>Loja</b>".to_owned());
        let slip = slip(&boleto, &customer);
        let page = BoletoPage {
            shell: Shell::new(Language::Portuguese, ""),
            bars: path(&slip.bar_code),
            slip,
            shop: "Loja",
            state: Paid::Open,
            received: None,
            pdf: "?format=pdf".to_owned(),
            pay: Some(Pay {
                action: "?token=x".to_owned(),
            }),
        };
        let html = page.render().unwrap();
        for shown in [
            "00090.49420 50000.000013 23006.565602 6 62990000015700",
            "25/00000000123-2",
            "&#60;b&#62;Loja&#60;/b&#62; · CPF 118.849.267-54",
            "Rua Teste",
            "05/01/2015",
            "Aceitar somente até a data de vencimento",
            "Desmonstrative Teste",
            "00096629900000157000494250000000012300656560",
            "<path d=\"M0 0h1v50h-1z",
        ] {
            assert!(html.contains(shown), "{shown}");
        }
        assert!(!html.contains("style="));
        if let Some(place) = std::env::var_os("AVAL_TEST_SHOTS") {
            let css = include_str!("../../assets/aval.css");
            let html = html.replace("</head>", &format!("<style>{css}</style></head>"));
            std::fs::write(std::path::Path::new(&place).join("boleto.html"), html).unwrap();
        }
    }

    fn manual() -> (Boleto, Customer) {
        let some = |text: &str| Some(text.to_owned());
        let new = NewBoleto {
            issuer: Issuer::Cielo,
            credential: Credential::SANDBOX,
            number: OurNumber::parse("123").unwrap(),
            due: DueDate::parse("5/1/2015").unwrap(),
            texts: Texts {
                assignor: some("Empresa Teste"),
                address: some("Rua Teste"),
                identification: some("11884926754"),
                instructions: some(
                    "Aceitar somente até a data de vencimento, após essa data juros de 1% dia.",
                ),
                demonstrative: some("Desmonstrative Teste"),
            },
        };
        let amount = Amount::new(15_700).unwrap();
        let customer = Customer {
            name: some("Comprador Teste Boleto"),
            identity: some("1234567890"),
            address: Some(Address {
                street: some("Av Marechal Camara"),
                number: some("160"),
                zip_code: some("22750012"),
                city: some("Rio de Janeiro"),
                state: some("RJ"),
                country: some("BRA"),
                district: some("Centro"),
                ..Address::default()
            }),
            ..Customer::default()
        };
        (Boleto::issue(new, Bank::Sandbox, amount).unwrap(), customer)
    }

    fn slip(boleto: &Boleto, customer: &Customer) -> Slip {
        Slip::new(&Facts {
            boleto,
            shop: "Loja",
            customer,
            order: "2014111706",
            cents: 15_700,
            issued: Timestamp::parse_rfc3339("2014-12-31T12:00:00-02:00").unwrap(),
        })
    }

    #[test]
    fn a_slip_is_a_pdf_of_one_page_with_its_fonts_in_it() {
        let (boleto, customer) = manual();
        let made = pdf(&slip(&boleto, &customer), Language::Portuguese).unwrap();
        assert!(made.starts_with(b"%PDF-1."));
        let text = String::from_utf8_lossy(&made);
        assert_eq!(
            text.matches("/Type/Page/").count() + text.matches("/Type /Page\n").count(),
            1
        );
        assert!(text.contains("Arimo") && text.contains("/FontFile"));
        assert!(made.len() < 60_000, "{} bytes", made.len());
        if let Some(place) = std::env::var_os("AVAL_TEST_SHOTS") {
            std::fs::write(std::path::Path::new(&place).join("boleto.pdf"), made).unwrap();
        }
    }

    #[test]
    fn a_pdf_is_made_within_twenty_milliseconds() {
        let (boleto, customer) = manual();
        let slip = slip(&boleto, &customer);
        let times = (0..20).map(|_| {
            let watch = Stopwatch::start();
            assert!(pdf(&slip, Language::Portuguese).is_some());
            watch.elapsed()
        });
        let fastest = times.min().unwrap();
        assert!(fastest.as_millis() <= 20, "{fastest:?}");
    }

    #[test]
    fn texts_of_any_length_and_kind_make_a_pdf() {
        let (mut boleto, mut customer) = manual();
        for text in [
            "",
            "\u{0}\t\n\r",
            "مرحبا 你好 🎫",
            &"ã".repeat(450),
            &"a b\n".repeat(112),
        ] {
            let told = Some(text.to_owned());
            boleto.texts = Texts {
                assignor: told.clone(),
                address: told.clone(),
                identification: told.clone(),
                instructions: told.clone(),
                demonstrative: told.clone(),
            };
            customer.name = told;
            let slip = slip(&boleto, &customer);
            for language in [Language::Portuguese, Language::English] {
                assert!(pdf(&slip, language).is_some(), "{text:?}");
            }
        }
    }
}
