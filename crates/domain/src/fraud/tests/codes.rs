//! Each code that an analysis can answer occurs.
//!
//! Invariant: a case changes an honest sale in one way.

use super::*;

type Change = fn(&mut Case);

const FACTORS: [(Factor, Change); 20] = [
    (Factor::AddressChanges, |case| {
        for number in ["1", "2"] {
            before(case, 40 * DAY, FINE, |past| {
                past.customer.address.as_mut().unwrap().number = text(number);
            });
        }
    }),
    (Factor::Bin, |case| case.bin = 402_400),
    (Factor::ManyCards, |case| {
        for card in 10..16 {
            before(case, 40 * DAY, FINE, |past| past.card = card);
        }
    }),
    (Factor::Email, |case| {
        case.customer.email = text("maria@gmail.com")
    }),
    (Factor::PositiveList, |case| {
        case.hits.positive = Some(Element::Email)
    }),
    (Factor::NegativeList, |case| {
        case.hits.negative = Some(Element::Card)
    }),
    (Factor::Geolocation, |case| {
        case.customer.address.as_mut().unwrap().state = text("SP");
    }),
    (Factor::NameChanges, |case| {
        for name in ["Maria Souza", "Maria Lima"] {
            before(case, 40 * DAY, FINE, |past| past.customer.name = text(name));
        }
    }),
    (Factor::Internet, |case| {
        case.customer.email = text("maria@empresa.de")
    }),
    (Factor::Meaningless, |case| {
        case.customer.name = text("asdfgh qwerty")
    }),
    (Factor::Obscene, |case| {
        case.customer.name = text("Maria Puta")
    }),
    (Factor::Morphing, |case| {
        before(case, 40 * DAY, FINE, |past| {
            past.customer.identity = text("11144477735")
        });
    }),
    (Factor::Phone, |case| {
        case.request.shipping.as_mut().unwrap().phone = text("23988887777");
    }),
    (Factor::RiskyOrder, |case| {
        case.request.cart.as_mut().unwrap().items[0].risk = text("High");
    }),
    (Factor::Time, |case| {
        for day in 1..=200 {
            before(
                case,
                day * DAY / 2 + 12 * HOUR * (day % 2) - HOUR * 9,
                FINE,
                |past| {
                    past.card = 77;
                    past.customer = Customer::default();
                    past.request = Request::default();
                },
            );
        }
    }),
    (Factor::Unverifiable, |case| {
        case.customer.address.as_mut().unwrap().zip_code = text("99");
    }),
    (Factor::Velocity, |case| {
        for minute in 1..3 {
            before(case, minute * MINUTE, FINE, |_| ());
        }
    }),
    (Factor::Suspect, |case| {
        before(case, DAY, REJECTED, |past| {
            past.card = 5;
            past.request = Request::default();
            past.customer.identity = None;
            past.customer.email = None;
        });
    }),
    (Factor::AddressMismatch, |case| {
        case.customer.delivery_address = Some(elsewhere())
    }),
    (Factor::InvalidValue, |case| {
        case.request.cart.as_mut().unwrap().items[0].gift_category = text("Undefined");
    }),
];

const ADDRESSES: [(AddressInfo, Change); 12] = [
    (AddressInfo::BillingNormalizable, |case| {
        case.customer.address.as_mut().unwrap().complement = text("AP 201");
    }),
    (AddressInfo::DeliveryNormalizable, |case| {
        let street = text("Av. Paulista");
        case.customer.delivery_address = Some(Address {
            street,
            ..elsewhere()
        });
    }),
    (AddressInfo::BillingAbroad, |case| {
        case.customer.address.as_mut().unwrap().country = text("ARG");
    }),
    (AddressInfo::DeliveryAbroad, |case| {
        let country = text("PRY");
        case.customer.delivery_address = Some(Address {
            country,
            ..elsewhere()
        });
    }),
    (AddressInfo::Military, |case| {
        let address = case.customer.address.as_mut().unwrap();
        (address.country, address.city) = (text("USA"), text("APO"));
    }),
    (AddressInfo::Street, |case| {
        let street = text("Rua Marte");
        case.customer.delivery_address = Some(Address { street, ..home() });
    }),
    (AddressInfo::Bin, |case| case.bin = 402_400),
    (AddressInfo::City, |case| {
        let city = text("Niterói");
        case.customer.delivery_address = Some(Address { city, ..home() });
    }),
    (AddressInfo::Country, |case| {
        let country = text("USA");
        case.customer.delivery_address = Some(Address { country, ..home() });
    }),
    (AddressInfo::State, |case| {
        case.customer.delivery_address = Some(elsewhere())
    }),
    (AddressInfo::ZipCode, |case| {
        let zip_code = text("21241141");
        case.customer.delivery_address = Some(Address { zip_code, ..home() });
    }),
    (AddressInfo::Unverifiable, |case| {
        case.customer.address.as_mut().unwrap().street = None;
    }),
];

const INTERNET: [(InternetInfo, Change); 8] = [
    (InternetInfo::MorphBilling, |case| {
        strangers(case, 2, |mine, past| {
            past.customer.address = mine.customer.address.clone();
            past.customer.delivery_address = Some(elsewhere());
        });
    }),
    (InternetInfo::MorphCard, |case| {
        strangers(case, 1, |mine, past| past.card = mine.card)
    }),
    (InternetInfo::MorphEmail, |case| {
        strangers(case, 1, |mine, past| {
            past.customer.email = mine.customer.email.clone()
        });
    }),
    (InternetInfo::MorphIp, |case| {
        strangers(case, 2, |mine, past| {
            past.request.browser = mine.request.browser.clone()
        });
    }),
    (InternetInfo::MorphPhone, |case| {
        strangers(case, 1, |mine, past| {
            past.request.shipping = mine.request.shipping.clone()
        });
    }),
    (InternetInfo::MorphDelivery, |case| {
        case.customer.delivery_address = Some(elsewhere());
        strangers(case, 2, |mine, past| {
            past.customer.delivery_address = mine.customer.delivery_address.clone();
        });
    }),
    (InternetInfo::FreeEmail, |case| {
        case.customer.email = text("maria@gmail.com")
    }),
    (InternetInfo::RiskyEmail, |case| {
        case.customer.email = text("maria@mailinator.com")
    }),
];

/// Sales of strangers that share one element with the present one.
fn strangers(case: &mut Case, count: u64, keep: fn(&Case, &mut Case)) {
    let mine = Case {
        history: History::new(),
        ..clone_of(case)
    };
    for number in 100..count.saturating_add(100) {
        before(case, 40 * DAY, FINE, |past| {
            past.card = number;
            past.request = Request::default();
            past.customer = Customer {
                identity: text(&format!("doc{number}")),
                ..Customer::default()
            };
            keep(&mine, past);
        });
    }
}
fn clone_of(case: &Case) -> Case {
    Case {
        request: case.request.clone(),
        customer: case.customer.clone(),
        history: History::new(),
        ..*case
    }
}

#[test]
fn every_factor_occurs() {
    let cases = FACTORS;
    for (factor, change) in cases {
        let factors = changed(change).factors();
        assert!(factors.contains(&factor), "{factor}: {factors:?}");
    }
    let all: Vec<Factor> = cases.iter().map(|(factor, _)| *factor).collect();
    assert!(Factor::ALL.iter().all(|factor| all.contains(factor)));
}

#[test]
fn every_address_information_occurs() {
    let cases = ADDRESSES;
    for (code, change) in cases {
        let codes = changed(change).address;
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    assert!(
        AddressInfo::ALL
            .iter()
            .all(|code| cases.iter().any(|(one, _)| one == code))
    );
}

#[test]
fn every_internet_information_occurs() {
    let cases = INTERNET;
    for (code, change) in cases {
        let codes = changed(change).internet;
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    assert!(
        InternetInfo::ALL
            .iter()
            .all(|code| cases.iter().any(|(one, _)| one == code))
    );
}
