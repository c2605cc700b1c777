//! Buyers who do not exist, and the chance that they are made by.
//!
//! Invariant: a buyer's number makes the same buyer every time; a document has right check digits,
//! since honest buyers' documents have.

use aval_domain::customer::{Address, Customer};
use aval_domain::fraud::request::{Browser, Cart, Item, Request, Shipping};
use aval_domain::time::{HOUR, Timestamp};
use rand_chacha::ChaCha12Rng;
use rand_core::RngCore as _;

/// Chance, and nothing else.
pub(super) struct Dice(pub(super) ChaCha12Rng);

impl Dice {
    /// 0 up to, but not, `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64().checked_rem(end).unwrap_or(0)
    }

    /// So many times of a thousand.
    pub(super) fn chance(&mut self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(u64::try_from(all.len()).unwrap_or(1));
        all.get(usize::try_from(at).unwrap_or(0))
    }

    /// A moment of a day on which shops sell more in the evening than at night.
    pub(super) fn moment(&mut self, day: Timestamp) -> Timestamp {
        const HOURS: [u64; 24] = [
            12, 6, 4, 3, 3, 5, 10, 20, 35, 48, 56, 60, 62, 58, 58, 60, 60, 58, 60, 66, 72, 70, 52,
            28,
        ];
        let total: u64 = HOURS.iter().sum();
        let mut left = self.below(total);
        let mut hour = 0_i64;
        for weight in HOURS {
            if left < weight {
                break;
            }
            left = left.saturating_sub(weight);
            hour = hour.saturating_add(1);
        }
        let within = i64::try_from(self.below(3_600_000_000)).unwrap_or(0);
        day.plus(HOUR.saturating_mul(hour)).plus(within)
    }

    /// Cents: many small amounts, few great ones.
    pub(super) fn amount(&mut self) -> i64 {
        let base: [i64; 9] = [
            2_990, 4_990, 7_990, 11_990, 18_990, 24_990, 39_990, 64_990, 119_990,
        ];
        let spread = i64::try_from(self.below(6_000)).unwrap_or(0);
        let first = self.below(9).min(self.below(9));
        let base = base
            .get(usize::try_from(first).unwrap_or(0))
            .copied()
            .unwrap_or(4_990);
        let amount = base.saturating_add(spread);
        // Some honest buyers buy dear things too.
        if self.chance(18) {
            amount.saturating_mul(8)
        } else {
            amount
        }
    }
}

/// States with a postal code and an area code of each.
const PLACES: [(&str, &str, u64, &str); 10] = [
    ("SP", "São Paulo", 1_000_000, "11"),
    ("SP", "Campinas", 13_010_000, "19"),
    ("RJ", "Rio de Janeiro", 20_010_000, "21"),
    ("MG", "Belo Horizonte", 30_110_000, "31"),
    ("PR", "Curitiba", 80_010_000, "41"),
    ("RS", "Porto Alegre", 90_010_000, "51"),
    ("BA", "Salvador", 40_010_000, "71"),
    ("PE", "Recife", 50_010_000, "81"),
    ("CE", "Fortaleza", 60_010_000, "85"),
    ("DF", "Brasília", 70_040_000, "61"),
];

/// Addresses of the internet that many buyers share.
pub(super) const OFFICES: u64 = 600;

/// Somebody who buys.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub(super) number: u64,
    pub(super) card: u64,
    pub(super) device: u64,
    pub(super) ip: u64,
    pub(super) place: usize,
    pub(super) email_domain: &'static str,
}

/// Names that no list knows.
const NAMES: [&str; 12] = [
    "Ana", "Bruno", "Carla", "Diego", "Elisa", "Fábio", "Gabriela", "Heitor", "Iara", "João",
    "Larissa", "Marcos",
];
const SURNAMES: [&str; 12] = [
    "Almeida", "Barbosa", "Cardoso", "Dias", "Esteves", "Ferreira", "Gomes", "Lima", "Moreira",
    "Nunes", "Oliveira", "Pereira",
];

fn picked<T: Copy>(all: &[T], number: u64) -> Option<T> {
    let length = u64::try_from(all.len()).ok()?;
    let at = usize::try_from(number.checked_rem(length)?).ok()?;
    all.get(at).copied()
}

pub(super) fn name(number: u64) -> String {
    let first = picked(&NAMES, number).unwrap_or("Ana");
    let last = picked(&SURNAMES, number / 12).unwrap_or("Lima");
    let other = picked(&SURNAMES, number / 144).unwrap_or("Dias");
    format!("{first} {other} {last}")
}

/// A CPF with right check digits.
pub(super) fn document(number: u64) -> String {
    let base = format!(
        "{:09}",
        number
            .saturating_mul(7_919)
            .checked_rem(999_999_937)
            .unwrap_or(0)
    );
    let check = |digits: &str, from: u64| {
        let weights = (2..=from).rev();
        let sum: u64 = digits
            .bytes()
            .zip(weights)
            .map(|(digit, weight)| u64::from(digit.saturating_sub(b'0')).saturating_mul(weight))
            .sum();
        let rest = sum % 11;
        if rest < 2 {
            0
        } else {
            11_u64.saturating_sub(rest)
        }
    };
    let first = format!("{base}{}", check(&base, 10));
    let second = check(&first, 11);
    format!("{first}{second}")
}

pub(super) fn address(number: u64, place: usize) -> Address {
    let (state, city, zip, _) =
        PLACES
            .get(place)
            .copied()
            .unwrap_or(("SP", "São Paulo", 1_000_000, "11"));
    let zip = zip.saturating_add(number % 9_000);
    let street = picked(&SURNAMES, number).unwrap_or("Lima");
    Address {
        street: Some(format!(
            "Rua {street} {}",
            picked(&NAMES, number / 12).unwrap_or("Ana")
        )),
        number: Some((number % 900).saturating_add(1).to_string()),
        zip_code: Some(format!("{zip:08}")),
        city: Some(city.to_owned()),
        state: Some(state.to_owned()),
        country: Some("BRA".to_owned()),
        ..Address::default()
    }
}

pub(super) fn phone(number: u64, place: usize) -> String {
    let area = PLACES.get(place).map_or("11", |(_, _, _, area)| area);
    format!("{area}9{:08}", number.saturating_mul(7_907) % 100_000_000)
}

fn ip(number: u64) -> String {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    format!(
        "177.{}.{}.{}",
        spread >> 16 & 0xff,
        spread >> 8 & 0xff,
        spread & 0xff
    )
}

impl Buyer {
    pub(super) fn new(number: u64, dice: &mut Dice) -> Self {
        const DOMAINS: [&str; 6] = [
            "gmail.com",
            "gmail.com",
            "hotmail.com",
            "uol.com.br",
            "empresa.com.br",
            "outlook.com",
        ];
        let place = usize::try_from(dice.below(10)).unwrap_or(0);
        // Offices and families share an address of the internet, and some a card.
        let ip = if dice.chance(120) {
            dice.below(OFFICES)
        } else {
            number.saturating_add(10_000)
        };
        let card = if dice.chance(15) {
            number.saturating_sub(1)
        } else {
            number
        };
        Self {
            number,
            card,
            device: number,
            ip,
            place,
            // A few who are honest do not want to be written to.
            email_domain: if dice.chance(4) {
                "mailinator.com"
            } else {
                dice.pick(&DOMAINS).copied().unwrap_or("gmail.com")
            },
        }
    }

    pub(super) fn customer(&self) -> Customer {
        Customer {
            name: Some(name(self.number)),
            identity: Some(document(self.number)),
            identity_type: Some("CPF".to_owned()),
            email: Some(format!("cliente{}@{}", self.number, self.email_domain)),
            address: Some(address(self.number, self.place)),
            ..Customer::default()
        }
    }

    pub(super) fn request(&self, quantity: i64, method: &str) -> Request {
        Request {
            finger_print_id: Some(format!("device-{}", self.device)),
            browser: Some(Browser {
                ip_address: Some(ip(self.ip)),
                cookies_accepted: Some(true),
                ..Browser::default()
            }),
            cart: Some(Cart {
                items: vec![Item {
                    r#type: "Default".to_owned(),
                    name: "Produto".to_owned(),
                    quantity,
                    ..Item::default()
                }],
                ..Cart::default()
            }),
            shipping: Some(Shipping {
                addressee: Some(name(self.number)),
                phone: Some(phone(self.number, self.place)),
                method: Some(method.to_owned()),
            }),
            ..Request::default()
        }
    }
}
