//! The page of a boleto: the slip, on the screen and as a PDF, and in the sandbox a way to pay it.
//!
//! Invariant: page and PDF show one and the same [`Slip`]; as in [`super`], who does not know the
//! address sees neither. What is paid shows neither line nor bars, so that nobody pays it again. In
//! production nothing is paid here.

mod pdf;
mod slip;

use std::fmt::Write as _;

use askama::Template;
use aval_domain::amount::Amount;
use aval_domain::boleto::{Boleto, bars};
use aval_domain::method::Method;
use aval_domain::payment::State;
use aval_domain::time::Timestamp;
use aval_gateway::app::Environment;
use aval_gateway::operations::bank::{self, Deed};
use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use self::slip::{Facts, Slip};
use super::{Institution, Manner, Page, Shell, Texts, Visit, Which, failed, money, not_allowed};
use crate::pages::guard_headers;

/// Height of the bars in the coordinates of the page's drawing, in which a narrow bar is 1 wide.
const BARS_HEIGHT: u8 = 50;

/// The page.
#[derive(Template)]
#[template(path = "buyer/boleto.html")]
struct BoletoPage<'a> {
    shell: Shell,
    institution: Institution,
    is_sandbox: bool,
    slip: Slip,
    /// The bars of the slip as the path of a drawing.
    bars: String,
    shop: &'a str,
    amount: String,
    state: Paid,
    /// What came of it, while it is too little.
    part: Option<Part>,
    ticket: &'a str,
    /// Why the page is shown: after a form, what became of that.
    notice: Option<&'static str>,
}

/// A part that came.
struct Part {
    /// What was asked for, in cents.
    whole: i64,
    /// What came, in cents.
    cents: i64,
    /// What came, to be read.
    received: String,
    /// What is left, to be read.
    left: String,
}

impl Part {
    fn of(visit: &Visit) -> Option<Self> {
        let (whole, cents) = (visit.sale.amount.cents(), visit.sale.received);
        let shown = |cents| Amount::new(cents).map(|it| money::reais(it, visit.language));
        Some(Self {
            whole,
            cents,
            received: shown(cents)?,
            left: shown(whole.saturating_sub(cents))?,
        })
    }
}

/// How far a slip is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paid {
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
    fn of(visit: &Visit, boleto: &Boleto) -> Self {
        let today = visit.server.app.clock.now().day();
        match visit.sale.state {
            State::Authorized(_) | State::NotFinished | State::Pending => {
                if visit.sale.received > 0 {
                    Self::Part
                } else if boleto.due.day() < today {
                    Self::Late
                } else {
                    Self::Open
                }
            }
            State::Confirmed(_)
            | State::Voided { .. }
            | State::Refunded { .. }
            | State::Denied
            | State::Aborted => Self::Whole,
        }
    }

    const fn is_open(self) -> bool {
        match self {
            Self::Open | Self::Late | Self::Part => true,
            Self::Whole => false,
        }
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

/// The slip, as a page or as a PDF.
pub(super) fn look(visit: &Visit) -> Response {
    if visit.as_pdf {
        document(visit)
    } else {
        show(visit, None)
    }
}

/// Pays what is left of it.
pub(super) async fn decide(visit: Visit, decision: &str) -> Response {
    if visit.server.app.environment != Environment::Sandbox {
        return not_allowed();
    }
    if decision != "pay" {
        return page(
            &visit,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(visit.t().buyer_choose),
        );
    }
    let (app, merchant, id) = (&visit.server.app, &visit.merchant, visit.sale.id);
    let result = visit
        .act(async |context| bank::act(app, merchant, id, Deed::Pay(None), context).await)
        .await;
    visit.ended(result, Which::Boleto).await
}

/// The page; after a form in its `manner`.
pub(super) fn show(visit: &Visit, manner: Option<Manner>) -> Response {
    let notice = match manner {
        Some(Manner::TooLate) => Some(visit.t().buyer_too_late),
        Some(Manner::Now | Manner::Before) | None => None,
    };
    page(visit, StatusCode::OK, notice)
}

fn page(visit: &Visit, status: StatusCode, notice: Option<&'static str>) -> Response {
    let Method::Boleto(made) = &visit.sale.details.method else {
        return failed(visit.language, &"no slip");
    };
    let slip = slip(visit, &made.boleto);
    let page = BoletoPage {
        shell: visit.shell(),
        institution: visit.institution(Which::Boleto),
        is_sandbox: visit.server.app.environment == Environment::Sandbox,
        bars: path(&slip.bar_code),
        slip,
        shop: &visit.merchant.name,
        amount: visit.amount(),
        state: Paid::of(visit, &made.boleto),
        part: Part::of(visit),
        ticket: &visit.ticket,
        notice,
    };
    Page::new(status, &page.shell, &page).respond()
}

/// The slip as a PDF.
fn document(visit: &Visit) -> Response {
    let Method::Boleto(made) = &visit.sale.details.method else {
        return failed(visit.language, &"no slip");
    };
    let slip = slip(visit, &made.boleto);
    let Some(pdf) = pdf::pdf(&slip, visit.language) else {
        return failed(visit.language, &"a PDF could not be written");
    };
    let name = format!(
        "inline; filename=\"boleto-{}.pdf\"",
        made.boleto.number.as_str()
    );
    let mut response = Response::new(Body::from(pdf));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    guard_headers(headers, Vec::new());
    response
}

fn slip(visit: &Visit, boleto: &Boleto) -> Slip {
    let sale = &visit.sale;
    Slip::new(&Facts {
        boleto,
        shop: &visit.merchant.name,
        customer: &sale.details.customer,
        order: sale.order.as_str(),
        cents: sale.amount.cents(),
        issued: issued(visit),
        paid: sale
            .state
            .capture_made()
            .map(|paid| (paid.at, sale.received)),
    })
}

fn issued(visit: &Visit) -> Timestamp {
    visit
        .sale
        .state
        .authorized_at()
        .unwrap_or(visit.sale.received_at)
}

/// The bars of a bar code as the path of a drawing.
fn path(bar_code: &str) -> String {
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
    use aval_api::stopwatch::Stopwatch;
    use aval_domain::boleto::{
        Bank, Boleto, Credential, DueDate, Issuer, NewBoleto, OurNumber, Texts,
    };
    use aval_domain::customer::{Address, Customer};
    use aval_domain::time::Timestamp;

    use super::*;
    use crate::pages::Language;

    #[test]
    fn a_page_holds_the_whole_slip_and_escapes_what_it_is_given() {
        let (mut boleto, customer) = manual();
        boleto.texts.assignor = Some("<b>Loja</b>".to_owned());
        let slip = slip(&boleto, &customer);
        let page = BoletoPage {
            shell: Shell::new(Language::Portuguese, ""),
            institution: Institution {
                name: "Bradesco",
                mark: "Br",
                class: "bradesco",
            },
            is_sandbox: true,
            bars: path(&slip.bar_code),
            slip,
            shop: "Loja",
            amount: "R$ 157,00".to_owned(),
            state: Paid::Open,
            part: None,
            ticket: "ticket",
            notice: None,
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
            paid: None,
        })
    }

    #[test]
    fn a_slip_is_a_pdf_of_one_page_with_its_fonts_in_it() {
        let (boleto, customer) = manual();
        let made = pdf::pdf(&slip(&boleto, &customer), Language::Portuguese).unwrap();
        assert!(made.starts_with(b"%PDF-1."));
        let text = String::from_utf8_lossy(&made);
        assert_eq!(
            text.matches("/Type/Page/").count() + text.matches("/Type /Page\n").count(),
            1
        );
        assert!(text.contains("Arimo") && text.contains("/FontFile"));
        assert!(made.len() < 60_000, "{} bytes", made.len());
    }

    #[test]
    fn a_pdf_is_made_within_twenty_milliseconds() {
        let (boleto, customer) = manual();
        let slip = slip(&boleto, &customer);
        let times = (0..20).map(|_| {
            let watch = Stopwatch::start();
            assert!(pdf::pdf(&slip, Language::Portuguese).is_some());
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
                assert!(pdf::pdf(&slip, language).is_some(), "{text:?}");
            }
        }
    }
}
