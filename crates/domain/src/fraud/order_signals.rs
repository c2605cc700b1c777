//! Signals of the order itself: texts, items, delivery, journey, the shop's own fields, unexpected
//! values.
//!
//! Invariant: values shown are words of ours or counts, never the text that was sent.

use jiff::civil::DateTime;

use super::facts;
use super::request::Hedge;
use super::signals::{Finder, Signal};
use super::text;
use crate::customer::Address;

/// Looks at all of them.
pub(super) fn look(finder: &mut Finder<'_>) {
    texts(finder);
    basket(finder);
    delivery(finder);
    journey(finder);
    shop(finder);
    unexpected(finder);
}

/// Names and streets, as the buyer typed them.
fn texts(finder: &mut Finder<'_>) {
    let (customer, request) = (finder.facts.customer, finder.facts.request);
    let mut all: Vec<(&'static str, &str)> = Vec::with_capacity(8);
    all.extend(customer.name.as_ref().map(|text| ("name", text.as_str())));
    let billing = parts(customer.address.as_ref());
    let delivery = parts(customer.delivery_address.as_ref());
    let words = ["street", "city", "district"];
    for (what, text) in words.into_iter().zip(billing) {
        all.extend(text.map(|text| (what, text.as_str())));
    }
    for (what, text) in words.into_iter().zip(delivery) {
        all.extend(text.map(|text| (what, text.as_str())));
    }
    all.extend(
        request
            .shipping
            .as_ref()
            .and_then(|one| one.addressee.as_ref())
            .map(|text| ("addressee", text.as_str())),
    );
    let passengers = request
        .items()
        .iter()
        .filter_map(|item| item.passenger.as_ref());
    for passenger in passengers {
        all.extend(
            passenger
                .name
                .as_ref()
                .map(|text| ("passenger", text.as_str())),
        );
    }
    let (mut meaningless, mut obscene) = (None, None);
    for (what, text) in all {
        let plain = text::plain(text);
        let first = |found: &mut Option<_>, is: fn(&str) -> bool| {
            if found.is_none() && is(&plain) {
                *found = Some(what);
            }
        };
        first(&mut meaningless, text::is_meaningless);
        first(&mut obscene, text::is_obscene);
    }
    if let Some(what) = meaningless {
        finder.note(Signal::Meaningless, what);
    }
    if let Some(what) = obscene {
        finder.note(Signal::Obscene, what);
    }
}

/// What people type of an address.
fn parts(address: Option<&Address>) -> [Option<&String>; 3] {
    [
        address.and_then(|one| one.street.as_ref()),
        address.and_then(|one| one.city.as_ref()),
        address.and_then(|one| one.district.as_ref()),
    ]
}

/// Of one thing so many are bought seldom by who uses them.
const MANY: i64 = 10;

fn basket(finder: &mut Finder<'_>) {
    let request = finder.facts.request;
    match request.risk() {
        Hedge::High => finder.note(Signal::RiskyItem, "High"),
        Hedge::Low => finder.note(Signal::SafeItems, "Low"),
        Hedge::Normal | Hedge::Off => {}
    }
    let most = request
        .items()
        .iter()
        .map(|item| item.quantity)
        .max()
        .unwrap_or(0);
    if most >= MANY {
        let times = if most >= MANY.saturating_mul(5) { 2 } else { 1 };
        finder.note_times(Signal::Quantity, most.to_string(), times);
    }
}

fn delivery(finder: &mut Finder<'_>) {
    let (customer, request) = (finder.facts.customer, finder.facts.request);
    let Some(shipping) = &request.shipping else {
        return;
    };
    let is_fast = shipping
        .method
        .as_deref()
        .map(str::trim)
        .is_some_and(|method| {
            method.eq_ignore_ascii_case("SameDay") || method.eq_ignore_ascii_case("OneDay")
        });
    let form = |address: &Option<Address>| address.as_ref().and_then(text::address);
    let is_elsewhere = || {
        let delivery = form(&customer.delivery_address);
        delivery.is_some() && form(&customer.address) != delivery
    };
    if is_fast && is_elsewhere() {
        finder.note(Signal::FastElsewhere, "other address");
    }
    let buyer = text::plain(customer.name.as_deref().unwrap_or(""));
    let receiver = text::plain(shipping.addressee.as_deref().unwrap_or(""));
    let shares = receiver
        .split(' ')
        .any(|word| word.len() > 2 && buyer.split(' ').any(|b| b == word));
    if !receiver.is_empty() && !buyer.is_empty() && !shares {
        finder.note(Signal::OtherReceiver, "no name in common");
    }
}

/// A journey that begins within two days, one way, or that the payer does not make. One that has
/// begun says nothing.
fn journey(finder: &mut Finder<'_>) {
    let (request, now) = (finder.facts.request, finder.facts.now.local());
    let Some(travel) = &request.travel else {
        return;
    };
    let departure = travel.departure_time.as_deref();
    let departure: Option<DateTime> = departure.and_then(|sent| sent.parse().ok());
    let Some(departure) = departure else {
        if travel.departure_time.is_some() {
            finder.note(Signal::InvalidValue, "DepartureTime");
        }
        return;
    };
    if departure < now {
        return;
    }
    let until = now.duration_until(departure);
    if until.as_hours() < 48 {
        finder.note(Signal::ShortNotice, format!("{} h", until.as_hours()));
    }
    let kind = text::plain(travel.journey_type.as_deref().unwrap_or(""));
    if ["ida", "one way", "oneway", "one way trip", "somente ida"].contains(&kind.as_str()) {
        finder.note(Signal::OneWay, "one way");
    }
    let passengers: Vec<_> = request
        .items()
        .iter()
        .filter_map(|item| item.passenger.as_ref())
        .collect();
    let document = facts::document(request, finder.facts.customer).map(facts::form_of_document);
    let name = text::plain(finder.facts.customer.name.as_deref().unwrap_or(""));
    let travels = passengers.iter().any(|one| {
        let of = one.identity.as_deref().map(facts::form_of_document);
        let named = text::plain(one.name.as_deref().unwrap_or(""));
        (of.is_some() && of == document) || (!name.is_empty() && named == name)
    });
    let declared = request.defined(THIRD_PARTY).is_some_and(is_yes);
    if declared || (!passengers.is_empty() && !travels) {
        finder.note(
            Signal::ThirdPartyPayer,
            if declared { "declared" } else { "no passenger" },
        );
    }
}

/// The shop's field that says whether another pays (manual line 5705).
const THIRD_PARTY: i64 = 10;
/// Attempts at the payment of this order (manual line 5703).
const ATTEMPTS: i64 = 8;
/// How often the card was changed (manual line 5728).
const CARDS_TRIED: i64 = 31;
/// Whether the card's number was typed or pasted (manual line 5730).
const CARD_PASTED: i64 = 33;

fn is_yes(value: &str) -> bool {
    ["YES", "SIM", "TRUE"]
        .iter()
        .any(|yes| value.eq_ignore_ascii_case(yes))
}

/// What the shop says of its own accord.
fn shop(finder: &mut Finder<'_>) {
    let request = finder.facts.request;
    let number = |id| {
        request
            .defined(id)
            .and_then(|value| value.parse::<u32>().ok())
            .unwrap_or(0)
    };
    let tried = number(CARDS_TRIED).max(number(ATTEMPTS).saturating_sub(1));
    if tried >= 2 {
        let times = tried.saturating_sub(1).min(4);
        finder.note_times(Signal::CardChanges, tried.to_string(), times);
    }
    let pasted = |value: &str| {
        ["Pasted", "Colado"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word))
    };
    if request.defined(CARD_PASTED).is_some_and(pasted) {
        finder.note(Signal::PastedCard, "pasted");
    }
}

/// Words that are not known count once in all, however many they are: they are the shop's doing.
fn unexpected(finder: &mut Finder<'_>) {
    let (request, customer) = (finder.facts.request, finder.facts.customer);
    let members = request.unexpected();
    if !members.is_empty() {
        finder.note(Signal::InvalidValue, members.join(", "));
    }
    let document = facts::document(request, customer);
    if document.and_then(text::document_checks) == Some(false) {
        finder.note(Signal::InvalidDocument, "check digits");
    }
}
