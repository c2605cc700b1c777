//! Signals of places and of the internet: addresses, codes, phones, e-mail, IP address, BIN, lists.
//!
//! Invariant: a place is only compared with what was sent; what is absent shows nothing, but an
//! address that was sent and lacks what makes it one cannot be verified.

use std::net::IpAddr;

use super::codes::{AddressInfo, InternetInfo};
use super::facts::{self, national};
use super::history::Element;
use super::known::{self, Domain};
use super::request::Gift;
use super::signals::{Finder, Signal};
use super::text;
use crate::customer::Address;

/// Looks at all of them.
pub(super) fn look(finder: &mut Finder<'_>) {
    lists(finder);
    address_forms(finder);
    correlation(finder);
    bin(finder);
    phone(finder);
    email(finder);
    ip(finder);
}

fn lists(finder: &mut Finder<'_>) {
    let hits = finder.facts.hits;
    if let Some(element) = hits.positive {
        finder.note(Signal::PositiveList, element.name());
    }
    if let Some(element) = hits.negative {
        finder.note(Signal::NegativeList, element.name());
    }

    let rejected = |element| finder.facts.counts.of(element).rejected;
    let before = rejected(Element::Billing).max(rejected(Element::Delivery));
    if let Some(element) = hits.suspect {
        finder.note(Signal::SuspectAddress, element.name());
    } else if before > 0 {
        finder.note(Signal::SuspectAddress, before.to_string());
    }
}

/// The country of an address as its two or three letters in one form; Brazil when none is given.
fn country(address: &Address) -> String {
    let sent = text::plain(address.country.as_deref().unwrap_or(""));
    match sent.as_str() {
        "" | "bra" | "br" | "brasil" | "brazil" => "br".to_owned(),
        "usa" | "us" | "eua" | "estados unidos" | "united states" => "us".to_owned(),
        other => other.to_owned(),
    }
}

fn is_brazilian(address: &Address) -> bool {
    country(address) == "br"
}

fn address_forms(finder: &mut Finder<'_>) {
    let customer = finder.facts.customer;
    if let Some(billing) = &customer.address {
        if text::is_abbreviated(billing) {
            finder.note_address(AddressInfo::BillingNormalizable);
        }
        form(finder, billing, "billing");
        if !is_brazilian(billing) {
            finder.note_address(AddressInfo::BillingAbroad);
            finder.note(Signal::BillingAbroad, country(billing));
        }
    }
    let Some(delivery) = &customer.delivery_address else {
        return;
    };
    if customer.address.as_ref() == Some(delivery) {
        return;
    }
    if text::is_abbreviated(delivery) {
        finder.note_address(AddressInfo::DeliveryNormalizable);
    }
    form(finder, delivery, "delivery");
    if !is_brazilian(delivery) {
        finder.note_address(AddressInfo::DeliveryAbroad);
        finder.note(Signal::DeliveryAbroad, country(delivery));
    }
}

/// Whether it can be an address at all, and its code is of its state.
fn form(finder: &mut Finder<'_>, address: &Address, which: &str) {
    if is_military(address) {
        finder.note_address(AddressInfo::Military);
        finder.note(Signal::Military, which);
    }
    if !is_brazilian(address) {
        return;
    }
    let zip = text::digits(address.zip_code.as_deref().unwrap_or(""));
    let place = zip
        .parse()
        .ok()
        .filter(|_| zip.len() == 8)
        .and_then(known::state_of_zip);
    let street = address.street.as_deref().unwrap_or("");
    let state = address
        .state
        .as_deref()
        .map(str::trim)
        .filter(|state| !state.is_empty());
    let unknown_state = state.is_some_and(|state| !known::is_state(state));
    if street.trim().is_empty() || place.is_none() || unknown_state {
        finder.note_address(AddressInfo::Unverifiable);
        finder.note(Signal::UnverifiableAddress, which);
        return;
    }
    if let (Some(place), Some(state)) = (place, state)
        && !place.eq_ignore_ascii_case(state)
    {
        finder.note(Signal::ZipPlace, format!("{which}: {place}"));
    }
}

/// Post offices of the armed forces of the United States.
fn is_military(address: &Address) -> bool {
    let is = |text: &Option<String>, words: &[&str]| {
        let plain = text::plain(text.as_deref().unwrap_or(""));
        words.contains(&plain.as_str())
    };
    let abroad = address.country.is_some();
    abroad
        && country(address) == "us"
        && (is(&address.city, &["apo", "fpo", "dpo"]) || is(&address.state, &["aa", "ae", "ap"]))
}

/// Billing against delivery (MM-…), as the items' GiftCategory wants it weighed.
fn correlation(finder: &mut Finder<'_>) {
    let customer = finder.facts.customer;
    let (Some(billing), Some(delivery)) = (&customer.address, &customer.delivery_address) else {
        return;
    };
    let plain = |text: &Option<String>| text::plain(text.as_deref().unwrap_or(""));
    let digits = |text: &Option<String>| text::digits(text.as_deref().unwrap_or(""));
    let street = |address: &Address| text::street(address.street.as_deref().unwrap_or(""));
    let differ = |one: String, other: String| !one.is_empty() && !other.is_empty() && one != other;
    let streets = differ(street(billing), street(delivery));
    let codes = differ(digits(&billing.zip_code), digits(&delivery.zip_code));
    let cities = differ(plain(&billing.city), plain(&delivery.city));
    let states = differ(plain(&billing.state), plain(&delivery.state));
    let countries = country(billing) != country(delivery);
    let seen = [
        (streets, AddressInfo::Street),
        (codes, AddressInfo::ZipCode),
        (cities, AddressInfo::City),
        (states, AddressInfo::State),
        (countries, AddressInfo::Country),
    ];
    for (differs, code) in seen {
        if differs {
            finder.note_address(code);
        }
    }
    let signal = if countries {
        Signal::OtherCountry
    } else if states {
        Signal::OtherState
    } else if cities {
        Signal::OtherCity
    } else if streets || codes {
        Signal::OtherStreet
    } else {
        return;
    };
    match finder.facts.request.gift() {
        Gift::Off => finder.note_times(signal, "gift off", 0),
        Gift::Yes => finder.note(Signal::OtherStreet, "gift"),
        Gift::Undefined => finder.note(signal, "other address"),
        Gift::No => finder.note_times(signal, "no gift", 2),
    }
}

fn bin(finder: &mut Finder<'_>) {
    let Some(known) = finder.facts.bin.and_then(known::bin) else {
        return;
    };
    let billing = finder.facts.customer.address.as_ref();
    if billing.is_some_and(|billing| country(billing) != known.country) {
        finder.note_address(AddressInfo::Bin);
        finder.note(Signal::BinCountry, known.country);
    }
}

/// 8 to 11 national digits; more with a country's code in front.
fn phone(finder: &mut Finder<'_>) {
    let Some(sent) = finder.facts.request.phone() else {
        return;
    };
    let all = text::digits(sent);
    let digits = national(&all);
    let odd = sent.chars().any(char::is_alphabetic);
    let same = digits
        .bytes()
        .skip(1)
        .all(|digit| Some(&digit) == digits.as_bytes().first());
    if odd || same || !(8..=13).contains(&digits.len()) {
        finder.note(Signal::PhoneForm, format!("{} digits", all.len()));
        return;
    }
    if !(10..=11).contains(&digits.len()) {
        return;
    }
    let area = digits
        .get(..2)
        .and_then(|area| area.parse().ok())
        .unwrap_or(0);
    let states = known::states_of_area(area);
    if states.is_empty() {
        finder.note(Signal::PhoneArea, area.to_string());
        return;
    }
    let billing = finder
        .facts
        .customer
        .address
        .as_ref()
        .filter(|one| is_brazilian(one));
    let state = billing
        .and_then(|billing| billing.state.as_deref())
        .map(str::trim);
    let elsewhere = |state: &str| {
        known::is_state(state) && !states.iter().any(|one| one.eq_ignore_ascii_case(state))
    };
    if state.is_some_and(elsewhere) {
        finder.note(Signal::PhonePlace, area.to_string());
    }
}

/// Its provider, its name, its ending; and how severe the domain is: 0 unknown, 1 free, 3 of
/// another country, 4 of an ending that anybody gets, 5 made to be thrown away.
fn email(finder: &mut Finder<'_>) {
    let Some(sent) = facts::email(finder.facts.request, finder.facts.customer) else {
        return;
    };
    let Some((local, domain)) = text::email(sent) else {
        finder.note(Signal::InvalidEmail, "form");
        return;
    };
    let ending = domain.rsplit('.').next().unwrap_or("");
    let mut severity = 0;
    match known::domain(&domain) {
        Some(Domain::Free) => {
            severity = 1;
            finder.note_internet(InternetInfo::FreeEmail);
            finder.note(Signal::FreeEmail, domain.as_str());
        }
        Some(Domain::Disposable) => {
            severity = 5;
            finder.note_internet(InternetInfo::RiskyEmail);
            finder.note(Signal::DisposableEmail, domain.as_str());
        }
        None if known::is_risky_ending(ending) => {
            severity = 4;
            finder.note_internet(InternetInfo::RiskyEmail);
            finder.note(Signal::RiskyEmail, format!(".{ending}"));
        }
        None => {}
    }
    let billing = finder.facts.customer.address.as_ref();
    let home = billing.map_or_else(|| "br".to_owned(), country);
    if ending.len() == 2 && !GLOBAL_ENDINGS.contains(&ending) && ending != home && home.len() == 2 {
        severity = severity.max(3);
        finder.note(Signal::EmailCountry, format!(".{ending}"));
    }
    let is_test = ["test", "teste", "fake", "noreply"]
        .iter()
        .any(|word| local.contains(word));
    let letters = local.replace(|c: char| c.is_ascii_digit(), "");
    if is_test || text::is_meaningless(&text::plain(&letters)) {
        finder.note_internet(InternetInfo::RiskyEmail);
        finder.note(Signal::RiskyEmail, "name");
    }
    finder.findings.host_severity = severity;
}

/// Endings of two letters that people everywhere use.
const GLOBAL_ENDINGS: [&str; 8] = ["io", "co", "me", "tv", "ai", "eu", "us", "pm"];

fn ip(finder: &mut Finder<'_>) {
    let Some(sent) = finder.facts.request.ip() else {
        return;
    };
    match sent.parse() {
        Ok(IpAddr::V4(address)) => {
            let is_nobodys = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
                || address.is_documentation();
            if is_nobodys {
                finder.note(Signal::PrivateIp, "not of the internet");
            }
        }
        Ok(IpAddr::V6(address)) => {
            if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
                finder.note(Signal::PrivateIp, "not of the internet");
            }
        }
        // Accepted as the manual's example has one (D47), and told.
        Err(_) => finder.note(Signal::InvalidValue, "IpAddress"),
    }
}
