//! Signals of the merchant's history: how often, how fast, with what else.
//!
//! Invariant: thresholds stand here and nowhere else; beyond each, every further occurrence counts
//! once more, up to a bound, so that one element alone does not decide by its number.

use super::codes::InternetInfo;
use super::history::{Element, Seen};
use super::signals::{Finder, Signal};

/// Sales from which on the shop has habits.
const HABITS_FROM: u64 = 200;

/// Looks at all of them.
pub(super) fn look(finder: &mut Finder<'_>) {
    quarter_hour(finder);
    day(finder);
    identities(finder);
    names(finder);
    buyer(finder);
    denials(finder);
    habits(finder);
}

/// Notes `count` when it is at least `from`, once and once more for each beyond, at most `most`.
fn beyond(finder: &mut Finder<'_>, signal: Signal, count: u32, from: u32, most: u32) {
    if count >= from {
        let times = count.saturating_sub(from).saturating_add(1).min(most);
        finder.note_times(signal, count.to_string(), times);
    }
}

/// Good sales of more than a day ago, by different buyers, that make an address one which many
/// share: an office, a campus, the gateway of a carrier.
const SHARED_FROM: (u32, u32) = (4, 3);

/// How many sales or cards of the IP address are too many: of one that honest buyers are known to
/// share and of which not every fourth sale of the day was denied, three times as many.
fn of_address(finder: &Finder<'_>, from: u32) -> u32 {
    let seen = finder.facts.counts.of(Element::Ip);
    let (sales, buyers) = SHARED_FROM;
    let has = |element| finder.facts.keys.of(element).is_some();
    let is_shared = seen.settled >= sales
        && identity_beside(&seen, has) > buyers
        && seen.denied_day.saturating_mul(4) <= seen.day;
    if is_shared {
        from.saturating_mul(3)
    } else {
        from
    }
}

/// Sales within 15 minutes, the present one included.
fn quarter_hour(finder: &mut Finder<'_>) {
    let counts = finder.facts.counts;
    let ip_from = of_address(finder, 4);
    let of = [
        (Element::Card, Signal::CardQuarterHour, 3, 4),
        (Element::Email, Signal::EmailQuarterHour, 3, 3),
        (Element::Ip, Signal::IpQuarterHour, ip_from, 5),
        (Element::Phone, Signal::PhoneQuarterHour, 3, 3),
        (Element::Device, Signal::DeviceQuarterHour, 3, 4),
        (Element::Document, Signal::DocumentQuarterHour, 3, 3),
        (Element::Delivery, Signal::DeliveryQuarterHour, 3, 3),
    ];
    for (element, signal, from, most) in of {
        if finder.facts.keys.of(element).is_some() {
            let count = counts.of(element).quarter_hour.saturating_add(1);
            beyond(finder, signal, count, from, most);
        }
    }
}

/// Sales and cards within 24 hours, the present one included.
fn day(finder: &mut Finder<'_>) {
    let counts = finder.facts.counts;
    let (sales_from, cards_from) = (of_address(finder, 12), of_address(finder, 4));
    let of = [
        (Element::Card, Signal::CardDay, 5, 4),
        (Element::Device, Signal::DeviceDay, 6, 4),
        (Element::Ip, Signal::IpDay, sales_from, 5),
    ];
    for (element, signal, from, most) in of {
        if finder.facts.keys.of(element).is_some() {
            beyond(
                finder,
                signal,
                counts.of(element).day.saturating_add(1),
                from,
                most,
            );
        }
    }
    let cards = [
        (Element::Device, Signal::DeviceCards, 3, 4),
        (Element::Ip, Signal::IpCards, cards_from, 4),
        (Element::Email, Signal::EmailCards, 3, 4),
        (Element::Delivery, Signal::DeliveryCards, 4, 4),
    ];
    for (element, signal, from, most) in cards {
        beyond(finder, signal, counts.of(element).cards_day, from, most);
    }
}

/// Who a sale's buyer is, as far as it can be told: the document, else the e-mail, else the name.
fn identity_beside(seen: &Seen, keys_have: impl Fn(Element) -> bool) -> u32 {
    let by = [Element::Document, Element::Email, Element::Name];
    let told = by.into_iter().find(|one| keys_have(*one));
    told.map_or(0, |one| seen.distinct(one))
}

/// One element with several identities (MORPH-…), and one card with several names.
fn identities(finder: &mut Finder<'_>) {
    let (counts, keys) = (finder.facts.counts, finder.facts.keys);
    let ip_from = of_address(finder, 3);
    let has = |element| keys.of(element).is_some();
    let of = [
        (
            Element::Card,
            Signal::CardIdentities,
            2,
            3,
            Some(InternetInfo::MorphCard),
        ),
        (
            Element::Ip,
            Signal::IpIdentities,
            ip_from,
            4,
            Some(InternetInfo::MorphIp),
        ),
        (
            Element::Phone,
            Signal::PhoneIdentities,
            2,
            3,
            Some(InternetInfo::MorphPhone),
        ),
        (Element::Device, Signal::DeviceIdentities, 3, 3, None),
        (
            Element::Billing,
            Signal::BillingIdentities,
            3,
            3,
            Some(InternetInfo::MorphBilling),
        ),
        (
            Element::Delivery,
            Signal::DeliveryIdentities,
            3,
            3,
            Some(InternetInfo::MorphDelivery),
        ),
    ];
    for (element, signal, from, most, code) in of {
        let count = identity_beside(&counts.of(element), has);
        beyond(finder, signal, count, from, most);
        if let (true, Some(code)) = (count >= from, code) {
            finder.note_internet(code);
        }
    }
}

/// An e-mail with several documents or names, and a card with several names or phones.
fn names(finder: &mut Finder<'_>) {
    let (counts, keys) = (finder.facts.counts, finder.facts.keys);
    let has = |element| keys.of(element).is_some();
    // An e-mail is no other identity than itself: only document or name tell.
    let of_email = identity_beside(&counts.of(Element::Email), |one| {
        one != Element::Email && has(one)
    });
    beyond(finder, Signal::EmailIdentities, of_email, 2, 3);
    if of_email >= 2 {
        finder.note_internet(InternetInfo::MorphEmail);
    }
    let card = counts.of(Element::Card);
    beyond(
        finder,
        Signal::CardNames,
        card.distinct(Element::Name),
        3,
        3,
    );
    beyond(
        finder,
        Signal::CardPhones,
        card.distinct(Element::Phone),
        3,
        3,
    );
}

/// What changed of a buyer, and what did not.
fn buyer(finder: &mut Finder<'_>) {
    let (counts, keys) = (finder.facts.counts, finder.facts.keys);
    let buyer = counts.buyer(keys);
    let cards = buyer.distinct(Element::Card);
    beyond(finder, Signal::BuyerCards, cards, 7, 3);
    // Changed two or more times: three different ones.
    beyond(
        finder,
        Signal::BuyerAddresses,
        buyer.distinct(Element::Billing),
        3,
        2,
    );
    beyond(
        finder,
        Signal::BuyerNames,
        buyer.distinct(Element::Name),
        3,
        2,
    );
    known(finder, &buyer);
}

fn known(finder: &mut Finder<'_>, buyer: &Seen) {
    let (counts, keys) = (finder.facts.counts, finder.facts.keys);
    let has = |element| keys.of(element).is_some();
    if buyer.settled == 0 {
        let card = counts.of(Element::Card);
        // The card is known, this buyer is not.
        if card.settled >= 2 && card.distinct(Element::Document) >= 2 && buyer.half_year == 0 {
            finder.note(Signal::BorrowedCard, card.settled.to_string());
        }
        return;
    }
    let is_new = |element: Element| has(element) && !buyer.knows(element);
    let device = is_new(Element::Device);
    let delivery = is_new(Element::Delivery);
    let by_document = has(Element::Document);
    let contact = is_new(Element::Phone) || (by_document && is_new(Element::Email));
    let of = [
        (device, Signal::NewDevice),
        (delivery, Signal::NewDelivery),
        (contact, Signal::NewContact),
        (device && delivery && contact, Signal::TakenOver),
    ];
    for (shows, signal) in of {
        if shows {
            finder.note(signal, buyer.settled.to_string());
        }
    }
    if has(Element::Card) && buyer.knows(Element::Card) {
        finder.note(Signal::KnownPair, buyer.settled.to_string());
    }
    if has(Element::Device) && buyer.knows(Element::Device) {
        finder.note(Signal::KnownDevice, buyer.settled.to_string());
    }
}

fn denials(finder: &mut Finder<'_>) {
    let counts = finder.facts.counts;
    let now = u32::from(finder.facts.denied == Some(true));
    if now > 0 {
        finder.note(Signal::Denied, "denied");
    }
    let of = [
        (Element::Card, Signal::CardDenials, 2, 4),
        (Element::Device, Signal::DeviceDenials, 2, 5),
        (Element::Ip, Signal::IpDenials, 3, 5),
    ];
    for (element, signal, from, most) in of {
        let before = counts.of(element).denied_day;
        // Only who was denied before is told of: the first denial is nobody's fault.
        if before > 0 {
            beyond(finder, signal, before.saturating_add(now), from, most);
        }
    }
    let rejected = counts.of(Element::Card).rejected;
    if rejected > 0 {
        finder.note(Signal::CardRejected, rejected.to_string());
    }
}

/// The hour and the amount against what the shop is used to.
fn habits(finder: &mut Finder<'_>) {
    let counts = finder.facts.counts;
    if counts.sales < HABITS_FROM {
        return;
    }
    // Three hours of an even day hold 125 of 1,000.
    if counts.hour_share < 10 {
        let hour = finder.facts.now.local().hour();
        finder.note(Signal::UnusualHour, format!("{hour} h"));
    }
    let share = counts.greater_share;
    if share < 10 {
        finder.note(Signal::RareAmount, format!("{share}/1000"));
    } else if share < 50 {
        finder.note(Signal::HighAmount, format!("{share}/1000"));
    }
}
