//! What the generator knows about one store: its merchants and every payment it acknowledged.
//! Invariant: a payment stands here only once the server has answered that it exists.

use std::collections::HashMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::chance::Chance;

/// A merchant's credentials.
#[derive(Clone)]
pub struct Merchant {
    /// The `MerchantId` header.
    pub id: String,
    /// The `MerchantKey` header.
    pub key: String,
}

/// What a request asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// POST of a new sale.
    Sale,
    /// POST of a new sale with a fraud analysis.
    Analysed,
    /// POST of a new sale that begins a monthly recurrence.
    Recurrence,
    /// PUT of the capture of a payment that was not captured yet.
    Capture,
    /// GET of any payment.
    Query,
    /// GET of the payments to check, one after the other, compared with what is known of them.
    Check,
}

impl Kind {
    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Analysed => "analysed",
            Self::Recurrence => "recurrence",
            Self::Capture => "capture",
            Self::Query => "query",
            Self::Check => "check",
        }
    }
}

/// How `MerchantOrderId` is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    /// 32 random hexadecimal digits: the harder case for an index.
    Random,
    /// 16 decimal digits that count up.
    Sequential,
}

impl Orders {
    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Sequential => "sequential",
        }
    }
}

impl std::str::FromStr for Orders {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "random" => Ok(Self::Random),
            "sequential" => Ok(Self::Sequential),
            _ => Err(text.to_owned()),
        }
    }
}

/// A payment as acknowledged: 24 bytes, since a long run keeps millions.
#[derive(Clone, Copy)]
struct Payment {
    id: [u8; 16],
    amount: u32,
    merchant: u16,
    captured: bool,
}

/// One request to send, or sent and not answered.
#[derive(Clone, Copy)]
pub struct Turn {
    /// Which payment it concerns; means nothing for a new sale.
    pub index: usize,
    /// Which merchant sends it.
    pub merchant: u16,
    /// The payment's amount in cents.
    pub amount: u32,
    /// The payment's id; means nothing for a new sale.
    pub payment_id: [u8; 16],
    /// The new sale's order number; means nothing otherwise.
    pub order: u128,
}

/// The merchants and payments of one store.
pub struct Ledger {
    merchants: Vec<Merchant>,
    payments: Vec<Payment>,
    sales_begun: u64,
    next_order: u128,
    next_capture: usize,
    check: (usize, usize),
    chance: Chance,
}

impl Ledger {
    /// A ledger without payments. Its order numbers start where the clock stands, above those of
    /// any earlier run on the same store.
    pub fn new(merchants: Vec<Merchant>) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            merchants,
            payments: Vec::new(),
            sales_begun: 0,
            next_order: u128::from(now.as_secs()) * 1_000_000,
            next_capture: 0,
            check: (0, 0),
            chance: Chance::fresh(),
        }
    }

    /// The merchants that sell.
    pub fn merchants(&self) -> &[Merchant] {
        &self.merchants
    }

    /// The merchants of payments, by their ids; those acknowledged last are found.
    pub fn merchants_of(&self, sent: &[([u8; 16], Instant)]) -> Vec<Option<usize>> {
        let last = self.payments.iter().rev().take(sent.len());
        let known: HashMap<[u8; 16], u16> = last.map(|one| (one.id, one.merchant)).collect();
        let of = |id: &[u8; 16]| known.get(id).map(|merchant| usize::from(*merchant));
        sent.iter().map(|(id, _)| of(id)).collect()
    }

    /// How many payments were acknowledged.
    pub fn len(&self) -> usize {
        self.payments.len()
    }

    /// The source of chance of this store's requests.
    pub fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    /// Makes the next round of checks cover `sample` payments, evenly spread over all of them.
    pub fn start_check(&mut self, sample: usize) {
        self.check = (0, sample.min(self.payments.len()));
    }

    /// The next request of a kind; `None` when no payment is left for it.
    pub fn begin(&mut self, kind: Kind, orders: Orders) -> Option<Turn> {
        match kind {
            Kind::Sale | Kind::Analysed | Kind::Recurrence => Some(self.begin_sale(orders)),
            Kind::Capture => {
                let index = self.next_capture;
                let turn = self.turn(index)?;
                self.next_capture += 1;
                Some(turn)
            }
            Kind::Query => {
                let index = self.chance.below(self.payments.len() as u64);
                self.turn(usize::try_from(index).ok()?)
            }
            Kind::Check => {
                let (next, count) = self.check;
                if next == count {
                    return None;
                }
                self.check.0 += 1;
                self.turn(next * self.payments.len() / count)
            }
        }
    }

    /// Notes a sale that the server acknowledged.
    pub fn acknowledge(&mut self, turn: &Turn, id: [u8; 16]) {
        let Turn {
            amount, merchant, ..
        } = *turn;
        self.payments.push(Payment {
            id,
            amount,
            merchant,
            captured: false,
        });
    }

    /// Notes a capture that the server acknowledged.
    pub fn captured(&mut self, turn: &Turn) {
        self.payments[turn.index].captured = true;
    }

    /// The `Status` that the payment of a turn must have: authorized or captured.
    pub fn expected_status(&self, turn: &Turn) -> u32 {
        if self.payments[turn.index].captured {
            2
        } else {
            1
        }
    }

    fn begin_sale(&mut self, orders: Orders) -> Turn {
        let merchant = self.sales_begun % self.merchants.len().max(1) as u64;
        self.sales_begun += 1;
        let order = match orders {
            Orders::Random => self.chance.wide(),
            Orders::Sequential => {
                self.next_order += 1;
                self.next_order
            }
        };
        Turn {
            index: 0,
            merchant: merchant as u16,
            amount: 10_000 + self.chance.below(90_000) as u32,
            payment_id: [0; 16],
            order,
        }
    }

    fn turn(&self, index: usize) -> Option<Turn> {
        let Payment {
            id,
            amount,
            merchant,
            ..
        } = *self.payments.get(index)?;
        Some(Turn {
            index,
            merchant,
            amount,
            payment_id: id,
            order: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(payments: u8) -> Ledger {
        let merchant = Merchant {
            id: String::new(),
            key: String::new(),
        };
        let mut ledger = Ledger::new(vec![merchant; 3]);
        for number in 0..payments {
            let turn = ledger.begin(Kind::Sale, Orders::Sequential).unwrap();
            ledger.acknowledge(&turn, [number; 16]);
        }
        ledger
    }

    #[test]
    fn sales_go_round_the_merchants_and_orders_count_up() {
        let mut ledger = ledger(0);
        let sales: Vec<Turn> = (0..4)
            .filter_map(|_| ledger.begin(Kind::Sale, Orders::Sequential))
            .collect();
        let merchants: Vec<u16> = sales.iter().map(|sale| sale.merchant).collect();
        assert_eq!(merchants, [0, 1, 2, 0]);
        assert!(
            sales
                .windows(2)
                .all(|pair| pair[0].order + 1 == pair[1].order)
        );
    }

    #[test]
    fn each_payment_is_captured_once() {
        let mut ledger = ledger(3);
        let ids: Vec<u8> = std::iter::from_fn(|| ledger.begin(Kind::Capture, Orders::Random))
            .map(|turn| turn.payment_id[0])
            .collect();
        assert_eq!(ids, [0, 1, 2]);
    }

    #[test]
    fn a_check_covers_everything_or_an_even_sample() {
        let mut ledger = ledger(100);
        let mut checked = |sample| {
            ledger.start_check(sample);
            std::iter::from_fn(|| ledger.begin(Kind::Check, Orders::Random))
                .map(|turn| turn.payment_id[0])
                .collect::<Vec<u8>>()
        };
        assert_eq!(checked(usize::MAX), (0..100).collect::<Vec<u8>>());
        assert_eq!(checked(4), [0, 25, 50, 75]);
    }

    #[test]
    fn a_captured_payment_is_expected_as_such() {
        let mut ledger = ledger(1);
        let turn = ledger.begin(Kind::Capture, Orders::Random).unwrap();
        assert_eq!(ledger.expected_status(&turn), 1);
        ledger.captured(&turn);
        assert_eq!(ledger.expected_status(&turn), 2);
    }

    #[test]
    fn nothing_can_be_queried_in_an_empty_store() {
        assert!(ledger(0).begin(Kind::Query, Orders::Random).is_none());
    }
}
