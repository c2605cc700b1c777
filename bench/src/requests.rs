//! The bytes of every request, built once per merchant; only what differs is written over.
//! Invariant: every variable part has a fixed width, so `Content-Length` and all offsets stay.

use std::net::SocketAddr;

use crate::chance::Chance;
use crate::fields::{write_hex, write_uuid};
use crate::ledger::{Kind, Merchant, Orders, Turn};

const UUID: usize = 36;
const CARD: usize = 16;

/// Requests of one kind to one address.
pub struct Requests {
    templates: Vec<Template>,
    orders: Orders,
    cards: Vec<[u8; CARD]>,
}

struct Template {
    bytes: Vec<u8>,
    request_id: usize,
    slots: Slots,
}

#[derive(Clone, Copy)]
enum Slots {
    Sale {
        order: usize,
        amount: usize,
        card: usize,
        buyer: Option<Buyer>,
    },
    Payment {
        id: usize,
    },
}

/// Where a buyer's number stands. Each buyer has a card, a house, a device, a phone and an address
/// on the internet of their own, as honest buyers have.
#[derive(Clone, Copy)]
struct Buyer {
    document: usize,
    email: usize,
    device: usize,
    house: usize,
    phone: usize,
    /// Three parts of the IP address, of two digits each.
    ip: [usize; 3],
}

/// Buyers that an analysis may meet again.
const BUYERS: u64 = 500_000;
/// Digits of a buyer's number.
const NUMBER: usize = 11;
/// Digits of it in a phone and as a house.
const SHORT: usize = 8;

impl Requests {
    /// Builds the requests of a kind for all merchants.
    pub fn new(
        kind: Kind,
        address: SocketAddr,
        merchants: &[Merchant],
        orders: Orders,
        chance: &mut Chance,
    ) -> Self {
        let build = |merchant: &Merchant| match kind {
            Kind::Sale => sale(address, merchant, orders, Beside::Nothing),
            Kind::Analysed => sale(address, merchant, orders, Beside::Analysis),
            Kind::Recurrence => sale(address, merchant, orders, Beside::Recurrence),
            Kind::Capture => payment("PUT", "/capture", address, merchant),
            Kind::Query | Kind::Check => payment("GET", "", address, merchant),
        };
        Self {
            templates: merchants.iter().map(build).collect(),
            orders,
            cards: (0..4096).map(|_| approved_card(chance)).collect(),
        }
    }

    /// The bytes of one request.
    pub fn render(&mut self, turn: &Turn, chance: &mut Chance) -> &[u8] {
        let Template {
            bytes,
            request_id,
            slots,
        } = &mut self.templates[usize::from(turn.merchant)];
        write_uuid(
            &mut bytes[*request_id..][..UUID],
            &chance.wide().to_be_bytes(),
        );
        match *slots {
            Slots::Payment { id } => write_uuid(&mut bytes[id..][..UUID], &turn.payment_id),
            Slots::Sale {
                order,
                amount,
                card,
                buyer,
            } => {
                let width = order_width(self.orders);
                match self.orders {
                    Orders::Random => {
                        write_hex(&mut bytes[order..][..width], &turn.order.to_be_bytes());
                    }
                    Orders::Sequential => write_decimal(&mut bytes[order..][..width], turn.order),
                }
                write_decimal(&mut bytes[amount..][..5], u128::from(turn.amount));
                let number = match buyer {
                    None => self.cards[chance.below(self.cards.len() as u64) as usize],
                    Some(buyer) => {
                        let number = chance.below(BUYERS);
                        buyer.write(bytes, u128::from(number));
                        card_of(number)
                    }
                };
                bytes[card..][..CARD].copy_from_slice(&number);
            }
        }
        bytes
    }
}

impl Buyer {
    fn write(&self, bytes: &mut [u8], number: u128) {
        for at in [self.document, self.email, self.device] {
            write_decimal(&mut bytes[at..][..NUMBER], number);
        }
        for at in [self.house, self.phone] {
            write_decimal(&mut bytes[at..][..SHORT], number);
        }
        let mut rest = number;
        for at in self.ip {
            write_decimal(&mut bytes[at..][..2], rest % 100);
            rest /= 100;
        }
    }

    /// The same behind so many bytes more.
    fn behind(self, start: usize) -> Self {
        Self {
            document: start + self.document,
            email: start + self.email,
            device: start + self.device,
            house: start + self.house,
            phone: start + self.phone,
            ip: self.ip.map(|at| start + at),
        }
    }
}

fn order_width(orders: Orders) -> usize {
    match orders {
        Orders::Random => 32,
        Orders::Sequential => 16,
    }
}

/// What a sale has beside its card.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    Analysis,
    Recurrence,
}

/// The node of a sale that begins a monthly recurrence.
const MONTHLY: &str =
    "\n    \"RecurrentPayment\": { \"AuthorizeNow\": true, \"Interval\": \"Monthly\" },";

/// A sale as in the manual's first example: a simple credit card sale, with one more node or none.
fn sale(address: SocketAddr, merchant: &Merchant, orders: Orders, beside: Beside) -> Template {
    let mut body = String::from("{\n  \"MerchantOrderId\": \"");
    let order = reserve(&mut body, order_width(orders));
    body.push_str("\",\n  \"Customer\": {\n    \"Name\": \"Comprador crédito simples\"");
    let mut buyer = (beside == Beside::Analysis).then(|| known_buyer(&mut body));
    body.push_str("\n  },\n  \"Payment\": {\n    \"Type\": \"CreditCard\",\n    \"Amount\": ");
    let amount = reserve(&mut body, 5);
    body.push(',');
    if beside == Beside::Recurrence {
        body.push_str(MONTHLY);
    }
    body.push_str(
        "\n    \"Installments\": 1,\n    \"SoftDescriptor\": \"123456789ABCD\",\n    \
         \"CreditCard\": {\n      \"CardNumber\": \"",
    );
    let card = reserve(&mut body, CARD);
    // The card outlasts every recurrence: a small number of them is charged for a hundred months.
    body.push_str(
        "\",\n      \"Holder\": \"Teste Holder\",\n      \"ExpirationDate\": \"12/2099\",\n      \
         \"SecurityCode\": \"123\",\n      \"Brand\": \"Visa\"\n    }",
    );
    if let Some(buyer) = &mut buyer {
        analysis(&mut body, buyer);
    }
    body.push_str("\n  }\n}");
    let mut text = format!(
        "POST /1/sales HTTP/1.1\r\nContent-Length: {}\r\n",
        body.len()
    );
    let request_id = headers(&mut text, address, merchant);
    let start = text.len();
    text.push_str(&body);
    let slots = Slots::Sale {
        order: start + order,
        amount: start + amount,
        card: start + card,
        buyer: buyer.map(|buyer| buyer.behind(start)),
    };
    Template {
        bytes: text.into_bytes(),
        request_id,
        slots,
    }
}

/// The members of a buyer whom an analysis looks at.
fn known_buyer(body: &mut String) -> Buyer {
    body.push_str(",\n    \"Identity\": \"");
    let document = reserve(body, NUMBER);
    body.push_str("\",\n    \"IdentityType\": \"CPF\",\n    \"Email\": \"cliente");
    let email = reserve(body, NUMBER);
    body.push_str(
        "@gmail.com\",\n    \"Address\": {\"Street\": \"Rua Júpiter\", \"ZipCode\": \"21241140\", \
         \"City\": \"Rio de Janeiro\", \"State\": \"RJ\", \"Country\": \"BRA\", \
         \"Number\": \"",
    );
    let house = reserve(body, SHORT);
    body.push_str("\"}");
    Buyer {
        document,
        email,
        house,
        device: 0,
        phone: 0,
        ip: [0; 3],
    }
}

/// A fraud analysis as shops send it: device, browser, one item, delivery.
fn analysis(body: &mut String, buyer: &mut Buyer) {
    body.push_str(
        ",\n    \"FraudAnalysis\": {\"Sequence\": \"AuthorizeFirst\", \
         \"SequenceCriteria\": \"Always\", \"FingerPrintId\": \"074c1ee676ed4998ab66",
    );
    buyer.device = reserve(body, NUMBER);
    body.push_str("\", \"Browser\": {\"CookiesAccepted\": true, \"IpAddress\": \"177");
    for at in &mut buyer.ip {
        // Two digits after a one, since a part does not begin with a zero.
        body.push_str(".1");
        *at = reserve(body, 2);
    }
    body.push_str(
        "\", \"Type\": \"Chrome\"}, \"Cart\": {\"IsGift\": false, \"ReturnsAccepted\": true, \
         \"Items\": [{\"Name\": \"Produto\", \"Quantity\": 1, \"Sku\": \"20170511\", \
         \"UnitPrice\": 123, \"Type\": \"Default\", \"Risk\": \"Normal\"}]}, \
         \"Shipping\": {\"Addressee\": \"Comprador\", \"Method\": \"LowCost\", \
         \"Phone\": \"219",
    );
    buyer.phone = reserve(body, SHORT);
    body.push_str("\"}}");
}

/// A request without body about one payment.
fn payment(method: &str, verb: &str, address: SocketAddr, merchant: &Merchant) -> Template {
    let mut text = format!("{method} /1/sales/");
    let id = reserve(&mut text, UUID);
    text.push_str(verb);
    text.push_str(" HTTP/1.1\r\n");
    if method == "PUT" {
        text.push_str("Content-Length: 0\r\n");
    }
    let request_id = headers(&mut text, address, merchant);
    Template {
        bytes: text.into_bytes(),
        request_id,
        slots: Slots::Payment { id },
    }
}

/// Appends the headers of every request and the empty line; answers where the RequestId stands.
fn headers(text: &mut String, address: SocketAddr, merchant: &Merchant) -> usize {
    let Merchant { id, key } = merchant;
    text.push_str(&format!(
        "Host: {address}\r\nContent-Type: application/json\r\n"
    ));
    text.push_str(&format!(
        "MerchantId: {id}\r\nMerchantKey: {key}\r\nRequestId: "
    ));
    let request_id = reserve(text, UUID);
    text.push_str("\r\n\r\n");
    request_id
}

/// Appends room for a value and answers where it starts.
fn reserve(text: &mut String, width: usize) -> usize {
    let start = text.len();
    text.extend(std::iter::repeat_n('0', width));
    start
}

fn write_decimal(digits: &mut [u8], mut number: u128) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// A Visa number with a right check digit whose last digit, 1, the simulator authorizes.
fn approved_card(chance: &mut Chance) -> [u8; CARD] {
    card_of(chance.below(100_000_000))
}

/// The same of a number of up to eight digits.
fn card_of(of: u64) -> [u8; CARD] {
    let mut number = *b"4551870000000001";
    write_decimal(&mut number[6..14], u128::from(of));
    // The digit before the last counts double; each value of it gives another sum.
    while luhn(&number) != 0 && number[14] < b'9' {
        number[14] += 1;
    }
    number
}

fn luhn(number: &[u8]) -> u32 {
    let doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let digits = number
        .iter()
        .rev()
        .map(|digit| usize::from(digit - b'0'))
        .enumerate();
    digits
        .map(|(place, digit)| {
            if place % 2 == 1 {
                doubled[digit]
            } else {
                digit as u32
            }
        })
        .sum::<u32>()
        % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(kind: Kind, orders: Orders, turn: &Turn) -> String {
        let merchants = [Merchant {
            id: "the-id".to_owned(),
            key: "the-key".to_owned(),
        }];
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut chance = Chance::fresh();
        let mut requests = Requests::new(kind, address, &merchants, orders, &mut chance);
        String::from_utf8_lossy(requests.render(turn, &mut chance)).into_owned()
    }

    fn turn(order: u128) -> Turn {
        Turn {
            index: 0,
            merchant: 0,
            amount: 15_700,
            payment_id: [0xab; 16],
            order,
        }
    }

    #[test]
    fn a_sale_carries_its_order_amount_and_length() {
        let turn = turn(42);
        let text = rendered(Kind::Sale, Orders::Sequential, &turn);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /1/sales HTTP/1.1\r\n"));
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
        assert!(head.contains("MerchantId: the-id\r\nMerchantKey: the-key\r\nRequestId: "));
        assert!(body.contains("\"MerchantOrderId\": \"0000000000000042\""));
        assert!(body.contains("\"Amount\": 15700,"));
        assert!(
            rendered(Kind::Sale, Orders::Random, &turn)
                .contains("\"MerchantOrderId\": \"0000000000000000000000000000002a\"")
        );
    }

    #[test]
    fn requests_about_a_payment_name_it_in_the_path() {
        let turn = turn(0);
        let id = "abababab-abab-abab-abab-abababababab";
        let capture = rendered(Kind::Capture, Orders::Random, &turn);
        assert!(capture.starts_with(&format!("PUT /1/sales/{id}/capture HTTP/1.1\r\n")));
        assert!(capture.contains("Content-Length: 0\r\n") && capture.ends_with("\r\n\r\n"));
        let query = rendered(Kind::Query, Orders::Random, &turn);
        assert!(query.starts_with(&format!("GET /1/sales/{id} HTTP/1.1\r\n")));
    }

    #[test]
    fn cards_have_a_right_check_digit_and_are_authorized() {
        let mut chance = Chance::fresh();
        assert_eq!(luhn(b"4551870000000183"), 0);
        for _ in 0..1_000 {
            let card = approved_card(&mut chance);
            assert_eq!(
                (luhn(&card), card[15]),
                (0, b'1'),
                "{:?}",
                String::from_utf8_lossy(&card)
            );
        }
    }
}
