//! Requests with card data in every place.
//!
//! Invariant: a number stands in what is kept by design (order number, names) only in requests that
//! are refused.

use crate::program::support::home::{Merchant, sale_body};
use crate::program::support::http::Request;

/// Members of a sale in which a client may put a card number by mistake.
const MEMBERS: [&str; 22] = [
    "MerchantOrderId",
    "Customer",
    "Customer.Name",
    "Customer.Identity",
    "Customer.Birthdate",
    "Customer.Address",
    "Customer.Address.Number",
    "Payment",
    "Payment.Type",
    "Payment.Currency",
    "Payment.Installments",
    "Payment.Interest",
    "Payment.Capture",
    "Payment.SoftDescriptor",
    "Payment.Provider",
    "Payment.CreditCard",
    "Payment.CreditCard.CardNumber",
    "Payment.CreditCard.Holder",
    "Payment.CreditCard.ExpirationDate",
    "Payment.CreditCard.SaveCard",
    "Payment.CreditCard.Brand",
    "Payment.CreditCard.CardToken",
];

/// The members of a card with this number and code.
pub fn card(number: &str, code: &str) -> String {
    format!(
        r#""CardNumber":"{number}","Holder":"Teste Holder","ExpirationDate":"12/2030",
        "SecurityCode":"{code}","Brand":"Visa""#
    )
}

/// Every request, for every number.
pub fn all(merchant: &Merchant, numbers: &[&str], odd_code: &str) -> Vec<Request> {
    let mut all = Vec::new();
    for number in numbers {
        all.extend(sold(merchant, number));
        all.extend(malformed(merchant, number));
        all.extend(misplaced(merchant, number));
        all.extend(elsewhere(merchant, number));
        let body = sale_body("oddcode", 100, &card(number, odd_code));
        all.push(sale(merchant, body));
    }
    all
}

fn sale(merchant: &Merchant, body: impl Into<Vec<u8>>) -> Request {
    merchant.request("POST", "/1/sales").body(body)
}

/// Sales and cards that are taken, some twice by an Idempotency-Key.
fn sold(merchant: &Merchant, number: &str) -> Vec<Request> {
    let groups: Vec<&str> = [0..4, 4..8, 8..12, 12..16].map(|part| &number[part]).into();
    let body = |order: &str, number: &str| sale_body(order, 15700, &card(number, "123"));
    let saved = body("saved", number).replace(r#""Brand""#, r#""SaveCard":true,"Brand""#);
    let keyed = sale(merchant, saved.clone()).header("Idempotency-Key", number);
    let refused = sale(merchant, body("refused", number).replace("15700", "0"));
    let refused = refused.header("Idempotency-Key", "refused");
    let unknown = format!(r#""Foo":"{number}","Bar":[{{"Baz":{number}}}],"Type""#);
    let latin = body("latin", number).replace("Teste", "João");
    let latin: Vec<u8> = latin.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let token = format!(
        r#"{{"CustomerName":"Comprador","CardNumber":"{number}","Holder":"Teste",
        "ExpirationDate":"12/2030","Brand":"Visa"}}"#
    );
    vec![
        sale(merchant, body("plain", number)),
        sale(merchant, body("spaces", &groups.join(" "))),
        sale(merchant, body("dashes", &groups.join("-"))),
        sale(merchant, saved),
        keyed.clone(),
        keyed.clone(),
        keyed.body(body("other", number)),
        refused.clone(),
        refused,
        sale(
            merchant,
            body("unknown", number).replace(r#""Type""#, &unknown),
        ),
        sale(merchant, latin),
        merchant.request("POST", "/1/card").body(token),
    ]
}

/// Bodies that are no JSON, or not that of a sale.
fn malformed(merchant: &Merchant, number: &str) -> Vec<Request> {
    let body = sale_body("malformed", 15700, &card(number, "123"));
    let number_ends = body.find(number).unwrap() + number.len();
    let cuts = (number_ends..body.len()).step_by(5);
    let mut bodies: Vec<Vec<u8>> = cuts.map(|end| body.as_bytes()[..end].to_vec()).collect();
    let quoted = format!("\"{number}\"");
    let others = [
        number.to_owned(),
        format!("[{number}]"),
        format!("{{{number}}}"),
        format!("{quoted}:1"),
        format!("CardNumber={number}&SecurityCode=123"),
        body.replace(&quoted, number),
        body.replace(&quoted, &format!("{number}.5")),
        body.replace(&quoted, &format!("[{quoted}]")),
        body.replace(&quoted, &format!("{{\"a\":{quoted}}}")),
        body.replace(&quoted, &format!("\"{number}x\"")),
        body.replace(&quoted, &format!("\"{number}\n\"")),
        body.replace(&quoted, &format!("\"{number}{number}\"")),
        body.replace("\"CardNumber\"", &quoted),
        body.replace("{", &format!("{{{quoted}:")),
        format!("{body}{number}"),
        format!("{}{body}", "[".repeat(200)),
    ];
    bodies.extend(others.map(String::into_bytes));
    bodies.push([body.as_bytes(), b"\xff\xfe"].concat());
    bodies.push([&body.as_bytes()[..number_ends], b"\xe3", b"\x00"].concat());
    let all = bodies.into_iter().map(|body| sale(merchant, body));
    all.collect()
}

/// The number in the place of each member, in sales that are refused.
fn misplaced(merchant: &Merchant, number: &str) -> Vec<Request> {
    let mut all = Vec::new();
    for member in MEMBERS {
        let forms = [
            format!("\"{number}\""),
            number.to_owned(),
            format!("[{number}]"),
        ];
        for value in forms {
            let body = sale_body("misplaced", 0, &card(number, "123"));
            let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
            let mut place = &mut body;
            for name in member.split('.') {
                place = &mut place[name];
            }
            *place = serde_json::from_str(&value).unwrap();
            all.push(sale(merchant, body.to_string()));
        }
    }
    all
}

/// The number in addresses, in bodies that nobody reads, and with credentials that are wrong.
fn elsewhere(merchant: &Merchant, number: &str) -> Vec<Request> {
    let body = sale_body("elsewhere", 100, &card(number, "123"));
    let stranger = Merchant {
        id: "6ba7b810-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        key: merchant.key.clone(),
    };
    let careless = Merchant {
        id: merchant.id.clone(),
        key: "WRONGWRONGWRONGWRONGWRONGWRONGWRONGWRONG".to_owned(),
    };
    let large = format!("{body}{}{body}", " ".repeat(300 * 1024));
    let get = |path: &str| merchant.request("GET", path.replace("{}", number));
    let put = |path: &str| merchant.request("PUT", path.replace("{}", number));
    vec![
        sale(&stranger, body.clone()),
        sale(&careless, body.clone()),
        Request::new("POST", "/1/sales").body(body.clone()),
        merchant.request("POST", "/1/nothing").body(body.clone()),
        merchant.request("DELETE", "/1/sales").body(body.clone()),
        merchant.request("POST", format!("/{number}")).body(body),
        get("/1/sales/{}"),
        get("/1/card/{}"),
        get("/1/sales?merchantOrderId={}"),
        get("/nothing?card={}"),
        put("/1/sales/{}/capture?amount={}"),
        put("/1/sales/{}/void?amount={}"),
        put("/1/sales/OrderId/{}/void"),
        sale(merchant, large),
    ]
}
