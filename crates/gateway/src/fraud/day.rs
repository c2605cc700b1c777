//! A labelled day of sales, made from a seed: honest buyers with their habits, and four kinds of
//! fraud among them, after two months of honest sales that nobody counts.
//!
//! Invariant: the same seed makes the same day. No buyer, card or address is anybody's: names are
//! numbers, and cards are never numbers that could be paid with.

mod people;

use aval_domain::brand::Brand;
use aval_domain::customer::Customer;
use aval_domain::fraud::request::Request;
use aval_domain::time::{DAY, MINUTE, Timestamp};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng as _;

use self::people::{Buyer, Dice, OFFICES, address, document, name, phone};

/// What a sale is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An honest buyer.
    Honest,
    /// Numbers of cards are tried with small amounts.
    CardTesting,
    /// A stolen card, goods sent elsewhere.
    StolenCard,
    /// A buyer's account in other hands.
    AccountTakeover,
    /// Goods to be sold on, paid with other people's cards.
    Reseller,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Honest,
        Self::CardTesting,
        Self::StolenCard,
        Self::AccountTakeover,
        Self::Reseller,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::CardTesting => "card testing",
            Self::StolenCard => "stolen card",
            Self::AccountTakeover => "account takeover",
            Self::Reseller => "reseller",
        }
    }
}

/// One sale of the day, or of before.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What it is; the analysis never sees it.
    pub kind: Kind,
    /// Whether it is of the day that counts.
    pub counts: bool,
    /// What was sent for the analysis.
    pub request: Request,
    /// The buyer.
    pub customer: Customer,
    /// The card, by a number of its own.
    pub card: u64,
    /// Its brand.
    pub brand: Brand,
    /// Cents.
    pub amount: i64,
    /// Whether the issuer said no.
    pub denied: bool,
}

/// 1 June 2026, 00:00 in Brasília.
const MIDNIGHT: Timestamp = Timestamp::from_micros(1_780_282_800_000_000);
/// Days of honest sales before it.
const BEFORE: i64 = 60;

/// A day of so many sales and what came before it, in the order of time.
#[must_use]
pub fn make(seed: u64, sales: usize) -> Vec<Sample> {
    let mut dice = Dice(ChaCha12Rng::seed_from_u64(seed));
    let count = u64::try_from(sales).unwrap_or(0);
    let population = count.saturating_mul(2).max(100);
    let buyers: Vec<Buyer> = (0..population)
        .map(|number| Buyer::new(number, &mut dice))
        .collect();
    let mut all = Vec::new();
    // Before: two thirds as many sales as the day has, over two months.
    for _ in 0..count.saturating_mul(2) / 3 {
        let ago = i64::try_from(dice.below(60))
            .unwrap_or(0)
            .saturating_add(1)
            .min(BEFORE);
        let day = MIDNIGHT.plus(DAY.saturating_mul(ago).saturating_neg());
        let at = dice.moment(day);
        all.extend(honest(&mut dice, &buyers, at, false));
    }
    let fraud = [
        (Kind::CardTesting, count.saturating_mul(12) / 1_000),
        (Kind::StolenCard, count.saturating_mul(6) / 1_000),
        (Kind::AccountTakeover, count.saturating_mul(4) / 1_000),
        (Kind::Reseller, count.saturating_mul(6) / 1_000),
    ];
    let mut frauds = Vec::new();
    for (kind, wanted) in fraud {
        let wanted = usize::try_from(wanted).unwrap_or(0);
        let mut made: Vec<Sample> = Vec::new();
        while made.len() < wanted {
            made.extend(match kind {
                Kind::CardTesting => card_testing(&mut dice, &buyers),
                Kind::StolenCard => stolen_card(&mut dice, &buyers),
                Kind::AccountTakeover => account_takeover(&mut dice, &buyers, &all),
                Kind::Reseller => reseller(&mut dice, &buyers),
                Kind::Honest => Vec::new(),
            });
        }
        made.truncate(wanted);
        frauds.extend(made);
    }
    let mut left = sales.saturating_sub(frauds.len());
    all.extend(frauds);
    while left > 0 {
        let at = dice.moment(MIDNIGHT);
        let mut made = honest(&mut dice, &buyers, at, true);
        made.truncate(left);
        left = left.saturating_sub(made.len());
        all.extend(made);
    }
    all.sort_by_key(|sample| sample.at);
    all
}

/// An honest sale; tried again after a denial now and then.
fn honest(dice: &mut Dice, buyers: &[Buyer], at: Timestamp, counts: bool) -> Vec<Sample> {
    let Some(mut buyer) = dice.pick(buyers).cloned() else {
        return Vec::new();
    };
    if dice.chance(60) {
        // A new phone, or a computer at work.
        buyer.device = buyer.number.saturating_add(5_000_000);
    }
    if dice.chance(150) {
        buyer.ip = dice.below(40_000).saturating_add(2_000_000);
    }
    let mut customer = buyer.customer();
    let fast = dice.chance(80);
    let mut request = buyer.request(1, if fast { "OneDay" } else { "LowCost" });
    if dice.chance(90) {
        // A gift, or sent to the office.
        let other = dice.below(1_000_000).saturating_add(3_000_000);
        let place = if dice.chance(600) {
            buyer.place
        } else {
            usize::try_from(other % 10).unwrap_or(0)
        };
        customer.delivery_address = Some(address(other, place));
        if dice.chance(400)
            && let Some(shipping) = &mut request.shipping
        {
            shipping.addressee = Some(name(other));
            shipping.phone = Some(phone(other, place));
        }
    }
    if dice.chance(15)
        && let Some(item) = request
            .cart
            .as_mut()
            .and_then(|cart| cart.items.first_mut())
    {
        item.quantity = i64::try_from(dice.below(25)).unwrap_or(0).saturating_add(2);
    }
    let sample = Sample {
        at,
        kind: Kind::Honest,
        counts,
        request,
        customer,
        card: buyer.card,
        brand: Brand::Visa,
        amount: dice.amount(),
        denied: dice.chance(70),
    };
    let mut made = vec![sample.clone()];
    // After a denial most try again, some with another card.
    let mut last = sample;
    while last.denied && dice.chance(550) && made.len() < 4 {
        last.at = last.at.plus(MINUTE.saturating_add(MINUTE));
        if dice.chance(400) {
            last.card = buyer.number.saturating_add(50_000_000);
        }
        last.denied = dice.chance(450);
        made.push(last.clone());
    }
    made
}

/// A number of somebody's card: half of them bought in this shop.
fn stolen(dice: &mut Dice, buyers: &[Buyer]) -> u64 {
    if dice.chance(300) {
        dice.pick(buyers).map_or(0, |buyer| buyer.card)
    } else {
        dice.below(9_000_000).saturating_add(100_000_000)
    }
}

/// Somebody of whom nothing is true, with a device of their own.
fn thief(dice: &mut Dice) -> Buyer {
    let number = dice.below(9_000_000).saturating_add(20_000_000);
    let mut thief = Buyer::new(number, dice);
    // Some hide behind an address that honest buyers share.
    thief.ip = if dice.chance(150) {
        dice.below(OFFICES)
    } else {
        number
    };
    if dice.chance(120) {
        thief.email_domain = "mailinator.com";
    } else if dice.chance(850) {
        thief.email_domain = "gmail.com";
    }
    thief
}

/// 20 to 60 cards within an hour from one or two devices; most are denied.
fn card_testing(dice: &mut Dice, buyers: &[Buyer]) -> Vec<Sample> {
    let thief = thief(dice);
    let cards = dice.below(40).saturating_add(20);
    let start = dice.moment(MIDNIGHT);
    let mut made = Vec::new();
    for number in 0..cards {
        let mut buyer = thief.clone();
        buyer.device = thief.number.saturating_add(number % 2);
        let mut customer = buyer.customer();
        if dice.chance(500) {
            // Each with a name of its own.
            let other = dice.below(9_000_000).saturating_add(30_000_000);
            customer.name = Some(name(other));
            customer.identity = Some(document(other));
            customer.email = Some(format!("c{other}@gmail.com"));
        }
        let later = i64::try_from(number.saturating_mul(45).saturating_add(dice.below(40)));
        let later = later.unwrap_or(0).saturating_mul(1_000_000);
        made.push(Sample {
            at: start.plus(later),
            kind: Kind::CardTesting,
            counts: true,
            request: buyer.request(1, "LowCost"),
            customer,
            card: stolen(dice, buyers),
            brand: Brand::Master,
            amount: i64::try_from(dice.below(1_900))
                .unwrap_or(0)
                .saturating_add(100),
            denied: dice.chance(780),
        });
    }
    made
}

/// Somebody else's card, name and billing address; goods go fast to another state. Two to four
/// sales within hours, while it works.
fn stolen_card(dice: &mut Dice, buyers: &[Buyer]) -> Vec<Sample> {
    let Some(victim) = dice.pick(buyers).cloned() else {
        return Vec::new();
    };
    let thief = thief(dice);
    let drop = address(thief.number, thief.place);
    let start = dice.moment(MIDNIGHT);
    let times = dice.below(3).saturating_add(2);
    let careful = dice.chance(250);
    let mut made = Vec::new();
    for number in 0..times {
        let mut customer = thief.customer();
        customer.address = victim.customer().address;
        customer.name = victim.customer().name;
        if dice.chance(500) {
            customer.identity = Some(document(victim.number));
        }
        customer.delivery_address = Some(drop.clone());
        let mut request = thief.request(1, if careful { "LowCost" } else { "SameDay" });
        if let Some(shipping) = &mut request.shipping {
            shipping.addressee = Some(name(thief.number));
        }
        let later = i64::try_from(number).unwrap_or(0).saturating_mul(17);
        let great = dice.amount().saturating_mul(if careful { 2 } else { 6 });
        made.push(Sample {
            at: start.plus(MINUTE.saturating_mul(later)),
            kind: Kind::StolenCard,
            counts: true,
            request,
            customer,
            card: victim.card,
            brand: Brand::Visa,
            amount: great.max(30_000),
            denied: dice.chance(300),
        });
    }
    made
}

/// A buyer who bought before, with their own card on file, but a device, an address and a phone
/// never seen.
fn account_takeover(dice: &mut Dice, buyers: &[Buyer], past: &[Sample]) -> Vec<Sample> {
    // Only accounts that were used are worth taking.
    let used = dice.pick(past).filter(|sample| sample.kind == Kind::Honest);
    let email = used.and_then(|sample| sample.customer.email.as_deref());
    let victim = email.and_then(|email| {
        buyers
            .iter()
            .find(|buyer| email.split('@').next() == Some(&format!("cliente{}", buyer.number)))
    });
    let Some(victim) = victim.cloned() else {
        return Vec::new();
    };
    let thief = thief(dice);
    let start = dice.moment(MIDNIGHT);
    let times = dice.below(2).saturating_add(1);
    let mut made = Vec::new();
    for number in 0..times {
        let mut customer = victim.customer();
        customer.delivery_address = Some(address(thief.number, thief.place));
        let mut request = thief.request(1, "OneDay");
        if dice.chance(500)
            && let Some(shipping) = &mut request.shipping
        {
            shipping.addressee = Some(name(victim.number));
        }
        let later = i64::try_from(number).unwrap_or(0).saturating_mul(25);
        made.push(Sample {
            at: start.plus(MINUTE.saturating_mul(later)),
            kind: Kind::AccountTakeover,
            counts: true,
            request,
            customer,
            card: victim.card,
            brand: Brand::Visa,
            amount: dice.amount().saturating_mul(4).max(40_000),
            denied: dice.chance(150),
        });
    }
    made
}

/// Ten to thirty sales through a day to one door, with other people's cards and documents, several
/// of one thing each.
fn reseller(dice: &mut Dice, buyers: &[Buyer]) -> Vec<Sample> {
    let boss = thief(dice);
    let door = address(boss.number, boss.place);
    let times = dice.below(20).saturating_add(10);
    let mut made = Vec::new();
    for number in 0..times {
        let mut straw = thief(dice);
        straw.device = boss.number.saturating_add(number % 3);
        straw.ip = boss.number;
        let mut customer = straw.customer();
        customer.delivery_address = Some(door.clone());
        let quantity = i64::try_from(dice.below(12)).unwrap_or(0).saturating_add(3);
        let mut request = straw.request(quantity, "OneDay");
        if let Some(shipping) = &mut request.shipping {
            shipping.phone = Some(phone(boss.number, boss.place));
            shipping.addressee = Some(name(boss.number));
        }
        made.push(Sample {
            at: dice.moment(MIDNIGHT),
            kind: Kind::Reseller,
            counts: true,
            request,
            customer,
            card: stolen(dice, buyers),
            brand: Brand::Visa,
            amount: dice.amount().saturating_mul(quantity).max(20_000),
            denied: dice.chance(350),
        });
    }
    made
}
