//! Each signal occurs, and each has its row here.
//!
//! Invariant: a case changes an honest sale in one way; what it is about is all that it shows.

use super::*;

type Change = fn(&mut Case);

/// Sales of strangers a few minutes ago that share what `keep` copies, and nothing else.
fn lately(case: &mut Case, count: u64, fate: Fate, keep: fn(&Case, &mut Case)) {
    let mine = Case {
        request: case.request.clone(),
        customer: case.customer.clone(),
        history: History::new(),
        ..*case
    };
    for number in 100..count.saturating_add(100) {
        before(case, 5 * MINUTE, fate, |past| {
            past.card = number;
            past.request = Request::default();
            past.customer = Customer::default();
            keep(&mine, past);
        });
    }
}

fn card(mine: &Case, past: &mut Case) {
    past.card = mine.card;
}

fn email(mine: &Case, past: &mut Case) {
    past.customer.email = mine.customer.email.clone();
}

fn document(mine: &Case, past: &mut Case) {
    past.customer.identity = mine.customer.identity.clone();
}

fn ip(mine: &Case, past: &mut Case) {
    past.request.browser = mine.request.browser.clone();
}

fn phone(mine: &Case, past: &mut Case) {
    past.request.shipping = mine.request.shipping.clone();
}

fn device(mine: &Case, past: &mut Case) {
    past.request.finger_print_id = mine.request.finger_print_id.clone();
}

fn delivery(mine: &Case, past: &mut Case) {
    past.customer.delivery_address = mine.customer.delivery_address.clone();
}

/// Somebody else with what `keep` copies.
fn strangers(case: &mut Case, count: u64, keep: fn(&Case, &mut Case)) {
    let mine = Case {
        request: case.request.clone(),
        customer: case.customer.clone(),
        history: History::new(),
        ..*case
    };
    for number in 100..count.saturating_add(100) {
        before(case, 40 * DAY, FINE, |past| {
            past.card = number;
            past.request = Request::default();
            past.customer = Customer {
                identity: text(&format!("doc{number}")),
                name: text(&format!("Joana {number}")),
                ..Customer::default()
            };
            keep(&mine, past);
        });
    }
}

/// Sent to another place than the buyer's.
fn elsewhere_with(case: &mut Case, change: fn(&mut Address)) {
    let mut address = home();
    change(&mut address);
    case.customer.delivery_address = Some(address);
}

fn known(case: &mut Case) {
    before(case, 30 * DAY, FINE, |_| ());
}

fn journey(case: &mut Case, kind: &str, departure: &str) {
    case.request.travel = Some(Travel {
        departure_time: text(departure),
        journey_type: text(kind),
        legs: vec![Leg::default()],
        ..Travel::default()
    });
}

fn item_of(case: &mut Case) -> &mut Item {
    &mut case.request.cart.as_mut().unwrap().items[0]
}

fn billing(case: &mut Case) -> &mut Address {
    case.customer.address.as_mut().unwrap()
}

fn shop_says(case: &mut Case, id: i64, value: &str) {
    let value = text(value);
    case.request.merchant_defined_fields = vec![DefinedField { id, value }];
}

/// Sales of strangers on so many days, at an hour or for an amount that the present one has not.
fn habits(case: &mut Case, hours_before: i64, amount: i64) {
    for day in 1_i64..=200 {
        let days = DAY.saturating_mul(day.midpoint(1));
        let ago = days.saturating_sub(HOUR.saturating_mul(hours_before));
        before(case, ago, FINE, |past| {
            past.card = 77;
            past.amount = amount;
            past.customer = Customer::default();
            past.request = Request::default();
        });
    }
}

#[rustfmt::skip]
const CASES: &[(Signal, Change)] = &[
    (Signal::CardQuarterHour, |case| lately(case, 2, FINE, card)),
    (Signal::EmailQuarterHour, |case| lately(case, 2, FINE, email)),
    (Signal::IpQuarterHour, |case| lately(case, 3, FINE, ip)),
    (Signal::PhoneQuarterHour, |case| lately(case, 2, FINE, phone)),
    (Signal::DeviceQuarterHour, |case| lately(case, 2, FINE, device)),
    (Signal::DocumentQuarterHour, |case| lately(case, 2, FINE, document)),
    (Signal::DeliveryQuarterHour, |case| {
        elsewhere_with(case, |_| ());
        lately(case, 2, FINE, delivery);
    }),
    (Signal::CardDay, |case| lately(case, 4, FINE, card)),
    (Signal::DeviceDay, |case| lately(case, 5, FINE, device)),
    (Signal::IpDay, |case| lately(case, 11, FINE, ip)),
    (Signal::BuyerCards, |case| lately(case, 6, FINE, document)),
    (Signal::DeviceCards, |case| lately(case, 2, FINE, device)),
    (Signal::IpCards, |case| lately(case, 3, FINE, ip)),
    (Signal::EmailCards, |case| lately(case, 2, FINE, email)),
    (Signal::DeliveryCards, |case| {
        elsewhere_with(case, |_| ());
        lately(case, 3, FINE, delivery);
    }),
    (Signal::BuyerAddresses, |case| {
        for number in ["1", "2"] {
            before(case, 40 * DAY, FINE, |past| billing(past).number = text(number));
        }
    }),
    (Signal::BuyerNames, |case| {
        for name in ["Maria Souza", "Maria Lima"] {
            before(case, 40 * DAY, FINE, |past| past.customer.name = text(name));
        }
    }),
    (Signal::CardNames, |case| strangers(case, 2, card)),
    (Signal::CardIdentities, |case| strangers(case, 1, card)),
    (Signal::EmailIdentities, |case| strangers(case, 1, email)),
    (Signal::IpIdentities, |case| strangers(case, 2, ip)),
    (Signal::PhoneIdentities, |case| strangers(case, 1, phone)),
    (Signal::DeviceIdentities, |case| strangers(case, 2, device)),
    (Signal::BillingIdentities, |case| {
        strangers(case, 2, |mine, past| past.customer.address = mine.customer.address.clone());
    }),
    (Signal::DeliveryIdentities, |case| {
        elsewhere_with(case, |_| ());
        strangers(case, 2, delivery);
    }),
    (Signal::CardPhones, |case| {
        for phone in ["21911112222", "21933334444"] {
            before(case, 40 * DAY, FINE, |past| {
                past.request.shipping.as_mut().unwrap().phone = text(phone);
            });
        }
    }),
    (Signal::CardDenials, |case| lately(case, 2, DENIED, card)),
    (Signal::DeviceDenials, |case| lately(case, 2, DENIED, device)),
    (Signal::IpDenials, |case| lately(case, 3, DENIED, ip)),
    (Signal::Denied, |case| case.denied = Some(true)),
    (Signal::CardRejected, |case| lately(case, 1, REJECTED, card)),
    (Signal::BinCountry, |case| case.bin = 402_400),
    (Signal::FreeEmail, |case| case.customer.email = text("maria@gmail.com")),
    (Signal::DisposableEmail, |case| case.customer.email = text("maria@mailinator.com")),
    (Signal::RiskyEmail, |case| case.customer.email = text("teste@empresa.com.br")),
    (Signal::InvalidEmail, |case| case.customer.email = text("maria em casa")),
    (Signal::PositiveList, |case| case.hits.positive = Some(Element::Email)),
    (Signal::NegativeList, |case| case.hits.negative = Some(Element::Card)),
    (Signal::SuspectAddress, |case| case.hits.suspect = Some(Element::Billing)),
    (Signal::PhonePlace, |case| {
        case.request.shipping.as_mut().unwrap().phone = text("11988887777");
    }),
    (Signal::ZipPlace, |case| billing(case).zip_code = text("01310100")),
    (Signal::EmailCountry, |case| case.customer.email = text("maria@empresa.de")),
    (Signal::PrivateIp, |case| {
        case.request.browser.as_mut().unwrap().ip_address = text("10.0.0.1");
    }),
    (Signal::Meaningless, |case| case.customer.name = text("asdfgh qwerty")),
    (Signal::Obscene, |case| case.customer.name = text("Maria Puta")),
    (Signal::PhoneForm, |case| {
        case.request.shipping.as_mut().unwrap().phone = text("123");
    }),
    (Signal::PhoneArea, |case| {
        case.request.shipping.as_mut().unwrap().phone = text("23988887777");
    }),
    (Signal::RiskyItem, |case| item_of(case).risk = text("High")),
    (Signal::SafeItems, |case| item_of(case).risk = text("Low")),
    (Signal::RareAmount, |case| habits(case, 0, 100)),
    (Signal::HighAmount, |case| {
        habits(case, 0, 100);
        for _ in 0..4 {
            lately(case, 1, FINE, |_, past| past.amount = 1_000_000);
        }
    }),
    (Signal::Quantity, |case| item_of(case).quantity = 10),
    (Signal::FastElsewhere, |case| {
        elsewhere_with(case, |address| address.number = text("9"));
        case.request.shipping.as_mut().unwrap().method = text("SameDay");
    }),
    (Signal::OtherReceiver, |case| {
        case.request.shipping.as_mut().unwrap().addressee = text("João Souza");
    }),
    (Signal::NewDevice, |case| {
        known(case);
        case.request.finger_print_id = text("another");
    }),
    (Signal::NewDelivery, |case| {
        known(case);
        elsewhere_with(case, |address| address.number = text("9"));
    }),
    (Signal::NewContact, |case| {
        known(case);
        case.customer.email = text("maria@outra.com.br");
    }),
    (Signal::TakenOver, |case| {
        known(case);
        case.request.finger_print_id = text("another");
        case.customer.email = text("maria@outra.com.br");
        elsewhere_with(case, |address| address.number = text("9"));
    }),
    (Signal::BorrowedCard, |case| {
        for ago in [30, 40] {
            before(case, ago * DAY, FINE, |past| {
                past.request = Request::default();
                past.customer = Customer::default();
                past.customer.identity = text("11144477735");
            });
        }
    }),
    (Signal::ShortNotice, |case| journey(case, "Round trip", "2027-01-16T05:00:00")),
    (Signal::OneWay, |case| journey(case, "Somente ida", "2027-03-16T05:00:00")),
    (Signal::ThirdPartyPayer, |case| {
        journey(case, "Round trip", "2027-03-16T05:00:00");
        shop_says(case, 10, "YES");
    }),
    (Signal::CardChanges, |case| shop_says(case, 31, "2")),
    (Signal::PastedCard, |case| shop_says(case, 33, "Pasted")),
    (Signal::UnusualHour, |case| habits(case, 9, 10_000)),
    (Signal::UnverifiableAddress, |case| billing(case).street = None),
    (Signal::OtherStreet, |case| elsewhere_with(case, |one| one.street = text("Rua Marte"))),
    (Signal::OtherCity, |case| elsewhere_with(case, |one| one.city = text("Niterói"))),
    (Signal::OtherState, |case| case.customer.delivery_address = Some(elsewhere())),
    (Signal::OtherCountry, |case| elsewhere_with(case, |one| one.country = text("USA"))),
    (Signal::BillingAbroad, |case| billing(case).country = text("ARG")),
    (Signal::DeliveryAbroad, |case| elsewhere_with(case, |one| one.country = text("PRY"))),
    (Signal::Military, |case| {
        (billing(case).country, billing(case).city) = (text("USA"), text("APO"));
    }),
    (Signal::InvalidValue, |case| item_of(case).gift_category = text("Undefined")),
    (Signal::InvalidDocument, |case| case.customer.identity = text("52998224726")),
    (Signal::KnownPair, known),
    (Signal::KnownDevice, known),
];

#[test]
fn every_signal_occurs() {
    for (signal, change) in CASES {
        let findings = changed(change);
        let names: Vec<_> = findings.shown.iter().map(|one| one.signal.name()).collect();
        assert!(findings.shows(*signal), "{}: {names:?}", signal.name());
    }
    let missing = Signal::ALL
        .iter()
        .filter(|signal| CASES.iter().all(|(one, _)| one != *signal));
    let names: Vec<_> = missing.map(|signal| signal.name()).collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn what_nobody_paid_for_makes_nobody_known() {
    let unpaid = Fate::of_number(4);
    let tried = changed(|case| before(case, 30 * DAY, unpaid, |_| ()));
    assert!(!tried.shows(Signal::KnownPair) && !tried.shows(Signal::KnownDevice));
    let often = changed(|case| lately(case, 4, unpaid, card));
    assert!(often.shows(Signal::CardDay), "but it was a try");
}
