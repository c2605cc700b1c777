//! The pages of buyers: where a payment is decided outside of the API (decisions D24 and D25).
//!
//! Invariant: a page is shown to who knows its address only, which holds a ticket that nobody else
//! can make; all others get one answer, whatever is wrong. A page decides by a form alone, and one
//! that comes too late changes nothing. No merchant's text reaches a page but escaped, and no
//! ReturnUrl but an address of http or https.

mod authentication;
mod boleto;
mod transfer;

use std::sync::Arc;

use askama::Template;
use aval_api::links::{AUTHENTICATION_PAGE, SLIP_PAGE, TRANSFER_PAGE};
use aval_api::route;
use aval_api::server::Server;
use aval_domain::id::PaymentId;
use aval_domain::method::Method;
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;
use aval_gateway::app::Environment;
use aval_gateway::error::Error;
use aval_gateway::merchants::ActiveMerchant;
use aval_gateway::operations::Context;
use aval_gateway::operations::keep::Rendered;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{ALLOW, RETRY_AFTER};
use http::{HeaderValue, Method as Verb, StatusCode};

use super::form::Sent;
use super::{Language, MAX_FORM, Page, Shell, Texts, guard, money, read_form};

/// Which page an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The issuer's.
    Authentication,
    /// The bank's.
    Transfer,
    /// The slip.
    Boleto,
}

/// A page, by its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    which: Which,
    payment: PaymentId,
}

/// The page of a path, read as real clients write paths: in any case, a slash more or less.
#[must_use]
pub fn find(path: &str) -> Option<Place> {
    let first = path.trim_start_matches('/').bytes().next()?;
    // Nearly all requests end here: those of the API begin with 1 or v1.
    if !matches!(first, b'c' | b'C' | b'p' | b'P') {
        return None;
    }
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let pages = [
        (AUTHENTICATION_PAGE, Which::Authentication),
        (TRANSFER_PAGE, Which::Transfer),
        (SLIP_PAGE, Which::Boleto),
    ];
    pages.into_iter().find_map(|(page, which)| {
        let argument = route::matches(&format!("{page}/{{}}"), &segments)??;
        let payment = PaymentId::parse(argument)?;
        Some(Place { which, payment })
    })
}

impl Place {
    /// Whether the page is there: issuer and bank are simulated, a slip is a slip anywhere.
    #[must_use]
    pub fn is_in(self, environment: Environment) -> bool {
        environment == Environment::Sandbox || self.which == Which::Boleto
    }
}

/// A buyer at a page of a payment.
struct Visit {
    server: Arc<Server>,
    merchant: Arc<ActiveMerchant>,
    sale: Sale,
    ticket: String,
    language: Language,
    /// Whether a PDF is wanted, where there is one.
    as_pdf: bool,
}

/// Answers a buyer.
pub async fn answer(server: Arc<Server>, place: Place, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query();
    let language = Language::of(query, &parts.headers);
    let ticket = route::parameter(query, "ticket").unwrap_or_default();
    let opened = open(&server, place, &ticket).await;
    let (merchant, sale) = match opened {
        Ok(Some(opened)) => opened,
        Ok(None) => return not_found(language),
        Err(error) => return failed(language, &error),
    };
    let visit = Visit {
        server,
        merchant,
        sale,
        ticket,
        language,
        as_pdf: route::parameter(query, "format").is_some_and(|text| text == "pdf"),
    };
    let response = match parts.method {
        Verb::GET | Verb::HEAD => visit.look(place.which).await,
        Verb::POST => visit.decide(place.which, body).await,
        _ => not_allowed(),
    };
    let (payment, status) = (place.payment, response.status().as_u16());
    tracing::info!(%payment, page = place.which.label(), method = %parts.method, status, "page");
    response
}

impl Which {
    /// Its name in logs and metrics.
    const fn label(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Transfer => "transfer",
            Self::Boleto => "boleto",
        }
    }

    /// Whether a payment of this method has this page.
    const fn is_of(self, method: &Method) -> bool {
        let own = match method {
            Method::Credit(_) | Method::Debit(_) => Self::Authentication,
            Method::Transfer(_) => Self::Transfer,
            Method::Boleto(_) => Self::Boleto,
        };
        own as u8 == self as u8
    }
}

/// The payment of a page, for who knows its ticket. Whatever is wrong, the answer is the same.
async fn open(
    server: &Server,
    place: Place,
    ticket: &str,
) -> Result<Option<(Arc<ActiveMerchant>, Sale)>, Error> {
    let Some(named) = aval_vault::merchant_of_ticket(ticket) else {
        return Ok(None);
    };
    let app = &server.app;
    let found = app.merchants.find(&app.storage, &app.keys, named).await?;
    let Some(merchant) = found.filter(|found| found.keys.knows_ticket(place.payment, ticket))
    else {
        return Ok(None);
    };
    let sale = app.storage.sale(named, place.payment).await?;
    let is_here = |sale: &Sale| {
        let method = &sale.details.method;
        place.which.is_of(method) && method.ticket().is_some()
    };
    Ok(sale.filter(is_here).map(|sale| (merchant, sale)))
}

impl Visit {
    fn count(&self, which: Which, end: &'static str) {
        let metrics = &self.server.telemetry.metrics;
        metrics.count_visit(which.label(), end);
    }

    async fn look(&self, which: Which) -> Response {
        self.count(which, "shown");
        match which {
            Which::Authentication => authentication::look(self, false).await,
            Which::Transfer => transfer::look(self, false),
            Which::Boleto => boleto::look(self),
        }
    }

    /// Takes the form; what is no decision shows the page again.
    async fn decide(self, which: Which, body: Body) -> Response {
        let sent: Sent = read_form(body, MAX_FORM).await;
        let decision = sent.value("decision");
        match which {
            Which::Authentication => authentication::decide(self, &decision).await,
            Which::Transfer => transfer::decide(self, &decision).await,
            Which::Boleto => boleto::decide(self, &decision).await,
        }
    }

    const fn t(&self) -> &'static Texts {
        self.language.texts()
    }

    const fn shell(&self) -> Shell {
        Shell::new(self.language, "")
    }

    /// What the page is about: shop, order, amount is apart.
    fn rows(&self) -> Vec<Row> {
        let t = self.t();
        let row = |label, value: &str| Row {
            label,
            value: value.to_owned(),
        };
        let mut rows = vec![
            row(t.buyer_shop, &self.merchant.name),
            row(t.buyer_order, self.sale.order.as_str()),
        ];
        if let Some(card) = self.sale.details.method.card() {
            let last = card.masked.as_deref().unwrap_or_default();
            let last = last.get(last.len().saturating_sub(4)..).unwrap_or_default();
            let brand = card.brand.name();
            rows.push(row(t.buyer_card, &format!("{brand} •••• {last}")));
        }
        let at = money::moment(self.sale.received_at, self.language);
        rows.push(row(t.buyer_date, &at));
        rows
    }

    fn amount(&self) -> String {
        money::reais(self.sale.amount, self.language)
    }

    /// What the gateway is told of the visit.
    async fn act<F>(&self, act: F) -> Result<Sale, Error>
    where
        F: AsyncFnOnce(Context<'_, Sale>) -> Result<Sale, Error>,
    {
        let request_id = guard::new_nonce().unwrap_or_default();
        let render = |_: &Sale| Rendered {
            status: 200,
            body: String::new(),
            location: None,
        };
        let context = Context {
            request_id: request_id.get(..32).unwrap_or_default(),
            by: None,
            keep: None,
            render: &render,
        };
        act(context).await
    }

    /// The page after a decision; of one that came too late, the payment as it stands.
    async fn ended(mut self, result: Result<Sale, Error>, which: Which) -> Response {
        match result {
            Ok(sale) => {
                self.sale = sale;
                self.count(which, "decided");
                self.decided(which, Manner::Now)
            }
            Err(Error::Refused(Refusal::Decided)) => {
                let stored = &self.server.app.storage;
                match stored.sale(self.merchant.id, self.sale.id).await {
                    Ok(Some(sale)) => {
                        self.sale = sale;
                        self.count(which, "late");
                        self.decided(which, Manner::TooLate)
                    }
                    Ok(None) => not_found(self.language),
                    Err(error) => failed(self.language, &error),
                }
            }
            Err(error) => failed(self.language, &error),
        }
    }

    /// What became of the payment, and the way back to the shop.
    fn decided(&self, which: Which, manner: Manner) -> Response {
        let outcome = match which {
            Which::Authentication => authentication::outcome(&self.sale, self.t()),
            Which::Transfer => transfer::outcome(&self.sale, self.t()),
            Which::Boleto => return boleto::show(self, Some(manner)),
        };
        let page = DecidedPage {
            shell: self.shell(),
            institution: self.institution(which),
            amount: self.amount(),
            rows: self.rows(),
            outcome,
            manner,
            ticket: &self.ticket,
            payment: self.sale.id.to_string(),
            return_url: self.sale.details.method.return_url().unwrap_or_default(),
        };
        let page = Page::new(StatusCode::OK, &page.shell, &page);
        page.returning().respond()
    }

    fn institution(&self, which: Which) -> Institution {
        match which {
            Which::Authentication => authentication::institution(self.t()),
            Which::Transfer | Which::Boleto => transfer::institution(&self.sale),
        }
    }

    /// The page that asks.
    fn asking(&self, which: Which, asked: Asked) -> Response {
        let status = if asked.is_again {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        let page = AskingPage {
            shell: self.shell(),
            institution: self.institution(which),
            amount: self.amount(),
            rows: self.rows(),
            ticket: &self.ticket,
            asked,
        };
        Page::new(status, &page.shell, &page).respond()
    }
}

/// Who shows the page.
struct Institution {
    /// Its name.
    name: &'static str,
    /// Two letters for its mark.
    mark: &'static str,
    /// The class of its colours.
    class: &'static str,
}

/// A line about the payment.
struct Row {
    label: &'static str,
    value: String,
}

/// What is asked of the buyer.
struct Asked {
    title: &'static str,
    about: &'static str,
    /// Value and label of the button that a real page has, too.
    usual: (&'static str, &'static str),
    /// The same of the buttons that are there to test.
    others: [(&'static str, &'static str); 2],
    /// Whether what was sent is no decision.
    is_again: bool,
}

/// What became of the payment.
struct Outcome {
    /// The class of its mark: `good`, `bad`, `open`.
    class: &'static str,
    title: &'static str,
    about: &'static str,
}

/// Why the page says what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// The buyer decided just now: the browser goes back by itself where scripts run.
    Now,
    /// It was decided before.
    Before,
    /// It was decided before, by another form.
    TooLate,
}

impl Manner {
    const fn is_now(self) -> bool {
        match self {
            Self::Now => true,
            Self::Before | Self::TooLate => false,
        }
    }
}

#[derive(Template)]
#[template(path = "buyer/asking.html")]
struct AskingPage<'a> {
    shell: Shell,
    institution: Institution,
    amount: String,
    rows: Vec<Row>,
    ticket: &'a str,
    asked: Asked,
}

#[derive(Template)]
#[template(path = "buyer/decided.html")]
struct DecidedPage<'a> {
    shell: Shell,
    institution: Institution,
    amount: String,
    rows: Vec<Row>,
    outcome: Outcome,
    manner: Manner,
    ticket: &'a str,
    payment: String,
    return_url: &'a str,
}

#[derive(Template)]
#[template(path = "buyer/message.html")]
struct MessagePage {
    shell: Shell,
    title: &'static str,
    about: &'static str,
}

fn message(
    language: Language,
    status: StatusCode,
    pick: fn(&Texts) -> [&'static str; 2],
) -> Response {
    let [title, about] = pick(language.texts());
    let page = MessagePage {
        shell: Shell::new(language, ""),
        title,
        about,
    };
    Page::new(status, &page.shell, &page).respond()
}

/// The one answer to who has no right to a page.
fn not_found(language: Language) -> Response {
    message(language, StatusCode::NOT_FOUND, |t| {
        [t.buyer_not_found, t.buyer_not_found_about]
    })
}

fn failed(language: Language, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a buyer's page failed");
    let mut response = message(language, StatusCode::SERVICE_UNAVAILABLE, |t| {
        [t.buyer_failed, t.buyer_failed_about]
    });
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn not_allowed() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "24bc8366-fc31-4d6c-8555-17049a836a07";

    #[test]
    fn a_page_is_found_as_clients_write_its_path() {
        let of = |path: &str| find(&path.replace("ID", ID)).map(|place| place.which);
        for path in [
            "/CardAuthenticator/Receive/ID",
            "/cardauthenticator/receive/ID/",
            "//CardAuthenticator//Receive/ID",
        ] {
            assert_eq!(of(path), Some(Which::Authentication), "{path}");
        }
        let slip = of("/post/pagador/reenvia.asp/ID");
        assert_eq!(slip, Some(Which::Boleto));
        let transfer = of("/post/EletronicTransfer/Redirect/ID");
        assert_eq!(transfer, Some(Which::Transfer));
        for path in [
            "/",
            "/1/sales/ID",
            "/post",
            "/CardAuthenticator/Receive",
            "/CardAuthenticator/Receive/ID/more",
            "/CardAuthenticator/Receive/1",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
