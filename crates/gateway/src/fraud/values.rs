//! What rules can ask of a sale: each variable with its name, kind and meaning.
//!
//! Invariant: the table and the values are one list; every sale has a value for each variable, an
//! empty text or zero where nothing was sent. No variable holds an e-mail, a document, a name or a
//! card number: those are for lists.

use aval_domain::brand::Brand;
use aval_domain::customer::Customer;
use aval_domain::fraud::facts::{self as domain_facts, Facts};
use aval_domain::fraud::history::{Counts, Element, Keys};
use aval_domain::fraud::known::{self, Domain};
use aval_domain::fraud::lists::Hits;
use aval_domain::fraud::request::{Hedge, Request};
use aval_domain::fraud::signals::{Findings, Signal};
use aval_domain::fraud::{analysis, text};
use aval_domain::time::Timestamp;

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datum {
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// Several texts.
    Texts(Vec<String>),
}

/// Values by name, in the order of the table.
pub type Values = Vec<(&'static str, Datum)>;

/// A sale as rules see it.
pub struct Subject<'a> {
    /// The facts.
    pub facts: &'a Facts<'a>,
    /// What signals found.
    pub findings: &'a Findings,
    /// Instalments.
    pub installments: u8,
}

/// Name and meaning of each variable.
pub const VARIABLES: &[(&str, &str)] = &[
    ("amount", "cents of the sale"),
    ("installments", "instalments"),
    ("hour", "hour of the day in Brasília, 0 to 23"),
    ("weekday", "1 Monday to 7 Sunday"),
    ("score", "points of the signals, 0 to 99"),
    ("factors", "factor codes, as in \"V\" in factors"),
    ("signals", "names of the signals shown"),
    (
        "address_info",
        "address codes, as in \"MM-ST\" in address_info",
    ),
    (
        "internet_info",
        "internet codes, as in \"FREE-EM\" in internet_info",
    ),
    (
        "card_15m",
        "sales with the card in 15 minutes, this one included",
    ),
    ("card_24h", "in 24 hours"),
    ("card_6m", "in six months, up to 65"),
    ("email_15m", "sales with the e-mail in 15 minutes"),
    ("email_24h", "in 24 hours"),
    ("email_6m", "in six months"),
    ("ip_15m", "sales from the IP address in 15 minutes"),
    ("ip_24h", "in 24 hours"),
    ("ip_6m", "in six months"),
    ("device_15m", "sales from the device in 15 minutes"),
    ("device_24h", "in 24 hours"),
    ("device_6m", "in six months"),
    ("document_15m", "sales with the document in 15 minutes"),
    ("document_24h", "in 24 hours"),
    ("document_6m", "in six months"),
    ("phone_24h", "sales with the phone in 24 hours"),
    ("delivery_24h", "sales to the delivery address in 24 hours"),
    ("delivery_6m", "in six months"),
    ("buyer_cards", "different cards of the buyer in six months"),
    (
        "buyer_addresses",
        "different billing addresses of the buyer",
    ),
    ("buyer_names", "different names of the buyer"),
    ("card_names", "different names with the card"),
    ("card_documents", "different documents with the card"),
    (
        "device_cards_24h",
        "different cards from the device in 24 hours",
    ),
    (
        "ip_cards_24h",
        "different cards from the IP address in 24 hours",
    ),
    (
        "email_cards_24h",
        "different cards with the e-mail in 24 hours",
    ),
    (
        "delivery_cards_24h",
        "different cards to the delivery address in 24 hours",
    ),
    ("device_documents", "different documents from the device"),
    (
        "delivery_documents",
        "different documents to the delivery address",
    ),
    ("card_denials_24h", "denied sales with the card in 24 hours"),
    (
        "device_denials_24h",
        "denied sales from the device in 24 hours",
    ),
    (
        "ip_denials_24h",
        "denied sales from the IP address in 24 hours",
    ),
    ("denied", "whether the issuer denied this sale"),
    (
        "buyer_known",
        "whether the buyer bought more than a day ago and nothing was wrong",
    ),
    ("card_known", "whether the card did"),
    (
        "buyer_has_card",
        "whether buyer and card were together before",
    ),
    ("buyer_has_device", "whether buyer and device were"),
    (
        "buyer_has_delivery",
        "whether buyer and delivery address were",
    ),
    ("brand", "Visa, Master …"),
    ("bin", "first six digits of the card, 0 when unknown"),
    ("bin_country", "two small letters, empty when unknown"),
    ("email_domain", "what follows the @"),
    ("email_free", "whether the provider is free"),
    ("email_disposable", "whether its addresses are thrown away"),
    ("billing_state", "as sent, in capitals"),
    ("delivery_state", "as sent, in capitals"),
    ("has_delivery", "whether a delivery address was sent"),
    (
        "same_address",
        "whether billing and delivery are one address",
    ),
    ("shipping_method", "as sent"),
    ("items", "different items"),
    ("quantity", "pieces of all items"),
    ("most_of_one", "pieces of the item with the most"),
    ("item_types", "types of the items"),
    ("skus", "numbers of the items"),
    ("item_risk", "Low, Normal or High: the highest"),
    ("is_gift", "whether the cart says so"),
    ("travels", "whether there is a journey"),
    ("hours_to_departure", "-1 when unknown or past"),
    ("one_way", "whether the journey is"),
    ("passengers", "how many"),
    ("third_party_payer", "whether none of them pays"),
    ("greater_share", "sales of a greater amount, of a thousand"),
    ("hour_share", "sales around this hour, of a thousand"),
    ("shop_sales", "sales in the history"),
    ("on_positive_list", "whether something is"),
    ("on_negative_list", "whether something is"),
];

/// The values of a sale of one cent of which nothing is known.
#[must_use]
pub fn unknown() -> Values {
    let (request, customer) = (Request::default(), Customer::default());
    let (keys, counts) = (Keys::default(), Counts::default());
    let facts = Facts {
        now: Timestamp::from_micros(0),
        amount: 1,
        request: &request,
        customer: &customer,
        bin: None,
        brand: Brand::Visa,
        denied: None,
        keys: &keys,
        counts: &counts,
        hits: Hits::default(),
    };
    of(&Subject {
        facts: &facts,
        findings: &Findings::default(),
        installments: 1,
    })
}

/// The values of a sale.
#[must_use]
pub fn of(subject: &Subject<'_>) -> Values {
    let mut values = Vec::with_capacity(VARIABLES.len());
    sale(&mut values, subject);
    history(&mut values, subject);
    card_and_buyer(&mut values, subject);
    order(&mut values, subject);
    journey(&mut values, subject);
    values
}

fn int(number: impl Into<i64>) -> Datum {
    Datum::Int(number.into())
}

fn texts<T: std::fmt::Display>(all: &[T]) -> Datum {
    Datum::Texts(all.iter().map(ToString::to_string).collect())
}

fn sale(values: &mut Values, subject: &Subject<'_>) {
    let (facts, findings) = (subject.facts, subject.findings);
    let local = facts.now.local();
    let shown = findings
        .shown
        .iter()
        .map(|one| one.signal.name().to_owned());
    values.extend([
        ("amount", int(facts.amount)),
        ("installments", int(subject.installments)),
        ("hour", int(local.hour())),
        ("weekday", int(local.weekday().to_monday_one_offset())),
        ("score", int(analysis::score(findings.points()))),
        ("factors", texts(&findings.factors())),
        ("signals", Datum::Texts(shown.collect())),
        ("address_info", texts(&findings.address)),
        ("internet_info", texts(&findings.internet)),
    ]);
}

/// Sales of an element within a window, the present one included when it has the element.
fn count(facts: &Facts<'_>, of: Element, pick: fn(&Counts, Element) -> u32) -> Datum {
    let now = u32::from(facts.keys.of(of).is_some());
    int(pick(facts.counts, of).saturating_add(now))
}

fn history(values: &mut Values, subject: &Subject<'_>) {
    let facts = subject.facts;
    let quarter: fn(&Counts, Element) -> u32 = |counts, of| counts.of(of).quarter_hour;
    let day: fn(&Counts, Element) -> u32 = |counts, of| counts.of(of).day;
    let half_year: fn(&Counts, Element) -> u32 = |counts, of| counts.of(of).half_year;
    let of = |element, pick| count(facts, element, pick);
    values.extend([
        ("card_15m", of(Element::Card, quarter)),
        ("card_24h", of(Element::Card, day)),
        ("card_6m", of(Element::Card, half_year)),
        ("email_15m", of(Element::Email, quarter)),
        ("email_24h", of(Element::Email, day)),
        ("email_6m", of(Element::Email, half_year)),
        ("ip_15m", of(Element::Ip, quarter)),
        ("ip_24h", of(Element::Ip, day)),
        ("ip_6m", of(Element::Ip, half_year)),
        ("device_15m", of(Element::Device, quarter)),
        ("device_24h", of(Element::Device, day)),
        ("device_6m", of(Element::Device, half_year)),
        ("document_15m", of(Element::Document, quarter)),
        ("document_24h", of(Element::Document, day)),
        ("document_6m", of(Element::Document, half_year)),
        ("phone_24h", of(Element::Phone, day)),
        ("delivery_24h", of(Element::Delivery, day)),
        ("delivery_6m", of(Element::Delivery, half_year)),
    ]);
    let seen = |element| facts.counts.of(element);
    let buyer = facts.counts.buyer(facts.keys);
    values.extend([
        ("buyer_cards", int(buyer.distinct(Element::Card))),
        ("buyer_addresses", int(buyer.distinct(Element::Billing))),
        ("buyer_names", int(buyer.distinct(Element::Name))),
        (
            "card_names",
            int(seen(Element::Card).distinct(Element::Name)),
        ),
        (
            "card_documents",
            int(seen(Element::Card).distinct(Element::Document)),
        ),
        ("device_cards_24h", int(seen(Element::Device).cards_day)),
        ("ip_cards_24h", int(seen(Element::Ip).cards_day)),
        ("email_cards_24h", int(seen(Element::Email).cards_day)),
        ("delivery_cards_24h", int(seen(Element::Delivery).cards_day)),
        (
            "device_documents",
            int(seen(Element::Device).distinct(Element::Document)),
        ),
        (
            "delivery_documents",
            int(seen(Element::Delivery).distinct(Element::Document)),
        ),
        ("card_denials_24h", int(seen(Element::Card).denied_day)),
        ("device_denials_24h", int(seen(Element::Device).denied_day)),
        ("ip_denials_24h", int(seen(Element::Ip).denied_day)),
    ]);
}

fn card_and_buyer(values: &mut Values, subject: &Subject<'_>) {
    let facts = subject.facts;
    let buyer = facts.counts.buyer(facts.keys);
    let card = facts.counts.of(Element::Card);
    let knows = |element| facts.keys.of(element).is_some() && buyer.knows(element);
    let bin = facts.bin.and_then(known::bin);
    let email = domain_facts::email(facts.request, facts.customer).and_then(text::email);
    let domain = email.map(|(_, domain)| domain).unwrap_or_default();
    let kind = known::domain(&domain);
    values.extend([
        ("denied", Datum::Bool(facts.denied == Some(true))),
        ("buyer_known", Datum::Bool(buyer.settled > 0)),
        ("card_known", Datum::Bool(card.settled > 0)),
        ("buyer_has_card", Datum::Bool(knows(Element::Card))),
        ("buyer_has_device", Datum::Bool(knows(Element::Device))),
        ("buyer_has_delivery", Datum::Bool(knows(Element::Delivery))),
        ("brand", Datum::Text(facts.brand.name().to_owned())),
        ("bin", int(facts.bin.unwrap_or(0))),
        (
            "bin_country",
            Datum::Text(bin.map_or("", |bin| bin.country).to_owned()),
        ),
        ("email_domain", Datum::Text(domain)),
        ("email_free", Datum::Bool(kind == Some(Domain::Free))),
        (
            "email_disposable",
            Datum::Bool(kind == Some(Domain::Disposable)),
        ),
    ]);
}

fn order(values: &mut Values, subject: &Subject<'_>) {
    let facts = subject.facts;
    let (request, customer) = (facts.request, facts.customer);
    let state = |address: &Option<aval_domain::customer::Address>| {
        let state = address
            .as_ref()
            .and_then(|address| address.state.as_deref());
        Datum::Text(state.unwrap_or("").trim().to_uppercase())
    };
    let form = |address: &Option<_>| address.as_ref().and_then(text::address);
    let same = customer.delivery_address.is_none()
        || form(&customer.address) == form(&customer.delivery_address);
    let method = request
        .shipping
        .as_ref()
        .and_then(|shipping| shipping.method.clone());
    let items = request.items();
    let total = items
        .iter()
        .fold(0_i64, |sum, item| sum.saturating_add(item.quantity));
    let most = items.iter().map(|item| item.quantity).max().unwrap_or(0);
    let risk = match request.risk() {
        Hedge::High => "High",
        Hedge::Low => "Low",
        Hedge::Normal | Hedge::Off => "Normal",
    };
    let gift = request
        .cart
        .as_ref()
        .and_then(|cart| cart.is_gift)
        .unwrap_or(false);
    let count = |number: usize| Datum::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let types = items.iter().map(|item| item.r#type.clone()).collect();
    let skus = items.iter().filter_map(|item| item.sku.clone()).collect();
    values.extend([
        ("billing_state", state(&customer.address)),
        ("delivery_state", state(&customer.delivery_address)),
        (
            "has_delivery",
            Datum::Bool(customer.delivery_address.is_some()),
        ),
        ("same_address", Datum::Bool(same)),
        ("shipping_method", Datum::Text(method.unwrap_or_default())),
        ("items", count(items.len())),
        ("quantity", Datum::Int(total)),
        ("most_of_one", Datum::Int(most)),
        ("item_types", Datum::Texts(types)),
        ("skus", Datum::Texts(skus)),
        ("item_risk", Datum::Text(risk.to_owned())),
        ("is_gift", Datum::Bool(gift)),
    ]);
}

fn journey(values: &mut Values, subject: &Subject<'_>) {
    let (facts, findings) = (subject.facts, subject.findings);
    let request = facts.request;
    let items = request.items();
    let passengers = items.iter().filter(|item| item.passenger.is_some()).count();
    let departure = request
        .travel
        .as_ref()
        .and_then(|one| one.departure_time.as_deref());
    let departure = departure.and_then(|sent| sent.parse::<jiff::civil::DateTime>().ok());
    let hours = departure.map_or(-1, |at| {
        facts.now.local().duration_until(at).as_hours().max(-1)
    });
    let sold = i64::try_from(facts.counts.sales).unwrap_or(i64::MAX);
    let count = |number: usize| Datum::Int(i64::try_from(number).unwrap_or(i64::MAX));
    values.extend([
        ("travels", Datum::Bool(request.travel.is_some())),
        ("hours_to_departure", Datum::Int(hours)),
        ("one_way", Datum::Bool(findings.shows(Signal::OneWay))),
        ("passengers", count(passengers)),
        (
            "third_party_payer",
            Datum::Bool(findings.shows(Signal::ThirdPartyPayer)),
        ),
        ("greater_share", int(facts.counts.greater_share)),
        ("hour_share", int(facts.counts.hour_share)),
        ("shop_sales", Datum::Int(sold)),
        (
            "on_positive_list",
            Datum::Bool(facts.hits.positive.is_some()),
        ),
        (
            "on_negative_list",
            Datum::Bool(facts.hits.negative.is_some()),
        ),
    ]);
}
