//! Tests of the signals, and what they share.
//!
//! Invariant: an honest sale shows nothing; each case changes it in one way.

mod codes;
mod every_signal;
mod outcome;

use super::analysis::{self, Effects, Thresholds, Verdict};
use super::codes::{AddressInfo, Factor, InternetInfo};
use super::facts::{self, Facts};
use super::history::{Element, Event, Fate, History, Keys};
use super::lists::Hits;
use super::request::{
    Browser, Cart, DefinedField, Item, Leg, Passenger, Request, Shipping, Travel,
};
use super::signals::{self, Findings, Signal};
use crate::brand::Brand;
use crate::customer::{Address, Customer};
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// 15 January 2027, 05:00 in Brasília.
const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// A sale, and what was before.
struct Case {
    request: Request,
    customer: Customer,
    card: u64,
    bin: u32,
    denied: Option<bool>,
    amount: i64,
    hits: Hits,
    history: History,
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn home() -> Address {
    Address {
        street: text("Rua Júpiter"),
        number: text("174"),
        complement: text("Apartamento 201"),
        zip_code: text("21241140"),
        city: text("Rio de Janeiro"),
        state: text("RJ"),
        country: text("BRA"),
        district: text("Centro"),
    }
}

fn elsewhere() -> Address {
    Address {
        street: text("Avenida Paulista"),
        zip_code: text("01310100"),
        city: text("São Paulo"),
        state: text("SP"),
        ..home()
    }
}

fn item() -> Item {
    Item {
        r#type: "Default".to_owned(),
        name: "Livro".to_owned(),
        quantity: 1,
        ..Item::default()
    }
}

fn honest() -> Case {
    Case {
        request: Request {
            finger_print_id: text("device"),
            browser: Some(Browser {
                ip_address: text("200.190.150.35"),
                ..Browser::default()
            }),
            cart: Some(Cart {
                items: vec![item()],
                ..Cart::default()
            }),
            shipping: Some(Shipping {
                addressee: text("Maria da Silva"),
                phone: text("21988887777"),
                method: text("LowCost"),
            }),
            ..Request::default()
        },
        customer: Customer {
            name: text("Maria da Silva"),
            email: text("maria@empresa.com.br"),
            identity: text("52998224725"),
            address: Some(home()),
            ..Customer::default()
        },
        card: 1,
        bin: 411_111,
        denied: None,
        amount: 10_000,
        hits: Hits::default(),
        history: History::new(),
    }
}

/// A digest as good as any for tests.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn keys(case: &Case) -> Keys {
    let mut keys = Keys::default();
    for (element, form) in facts::elements(&case.request, &case.customer) {
        keys.set(element, digest(&form));
    }
    keys.set(Element::Card, digest(&format!("card {}", case.card)));
    keys
}

fn found(case: &Case) -> Findings {
    let keys = keys(case);
    let counts = case.history.counts(&keys, case.amount, NOW);
    signals::find(&Facts {
        now: NOW,
        amount: case.amount,
        request: &case.request,
        customer: &case.customer,
        bin: Some(case.bin),
        brand: Brand::Visa,
        denied: case.denied,
        keys: &keys,
        counts: &counts,
        hits: case.hits,
    })
}

/// Remembers the sale of a case as made so long ago.
fn before(case: &mut Case, ago: i64, fate: Fate, change: impl Fn(&mut Case)) {
    let mut past = honest();
    past.request = case.request.clone();
    past.customer = case.customer.clone();
    past.card = case.card;
    change(&mut past);
    let event = Event {
        at: NOW.plus(ago.saturating_neg()),
        keys: keys(&past),
        amount: past.amount,
        fate,
    };
    case.history.add(&event);
}

const FINE: Fate = Fate::of_number(0);
const DENIED: Fate = Fate::of_number(1);
const REJECTED: Fate = Fate::of_number(2);

fn changed(change: impl Fn(&mut Case)) -> Findings {
    let mut case = honest();
    change(&mut case);
    found(&case)
}

#[test]
fn an_honest_sale_shows_nothing() {
    let findings = found(&honest());
    assert_eq!(findings, Findings::default());
}
