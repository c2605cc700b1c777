//! Codes of boletos.

use serde_json::{Value, json};

use super::Case;
use crate::support::body::Body;

const TYPE: &str = "Payment.Type";
const PROVIDER: &str = "Payment.Provider";
const AMOUNT: &str = "Payment.Amount";
const NUMBER: &str = "Payment.BoletoNumber";
const DUE: &str = "Payment.ExpirationDate";
const IDENTITY: &str = "Customer.Identity";

/// What is required of the buyer's address, with its codes.
const ADDRESS: [(u64, &str); 7] = [
    (111, "Customer.Address.Country"),
    (197, "Customer.Address.Street"),
    (198, "Customer.Address.Number"),
    (199, "Customer.Address.ZipCode"),
    (200, "Customer.Address.City"),
    (201, "Customer.Address.State"),
    (202, "Customer.Address.District"),
];

fn case(name: &'static str, body: Body) -> Case {
    Case {
        name,
        settings: &[],
        body,
        expected: Vec::new(),
    }
}

fn boleto(name: &'static str, path: &str, value: impl Into<Value>) -> Case {
    case(name, Body::boleto().with(path, value))
}

/// What is wrong with one member.
pub fn members() -> Vec<Case> {
    let mut cases = addresses();
    cases.extend(sizes());
    cases.extend(numbers_and_dates());
    cases.extend(options());
    cases
}

fn addresses() -> Vec<Case> {
    let all = |case: Case| {
        let causes = |case: Case, (code, field): (u64, &'static str)| case.causes(code, field);
        ADDRESS.into_iter().fold(case, causes)
    };
    let mut cases = vec![
        all(case(
            "no address",
            Body::boleto().without("Customer.Address"),
        )),
        all(boleto("empty address", "Customer.Address", json!({}))),
        boleto("empty identity", IDENTITY, " ").causes(104, IDENTITY),
        boleto("empty name", "Customer.Name", "").causes(105, "Customer.Name"),
        boleto("long district", "Customer.Address.District", "d".repeat(51))
            .causes(154, "Customer.Address.District"),
    ];
    let mut nobody = case("no buyer", Body::boleto().without("Customer")).causes(111, ADDRESS[0].1);
    nobody = nobody.causes(121, "Customer");
    for (code, field) in ADDRESS {
        cases.push(case(field, Body::boleto().without(field)).causes(code, field));
        cases.push(boleto(field, field, " ").causes(code, field));
        if code > 121 {
            nobody = nobody.causes(code, field);
        }
    }
    cases.push(nobody);
    cases
}

fn sizes() -> Vec<Case> {
    let long = |path: &'static str, most: usize, code: u64| {
        boleto(path, path, "1".repeat(most + 1)).causes(code, path)
    };
    vec![
        long("Payment.Assignor", 200, 0),
        long("Payment.Address", 255, 0),
        long("Payment.Identification", 14, 0),
        long("Payment.Instructions", 450, 161),
        long("Payment.Demonstrative", 450, 162),
        long(NUMBER, 50, 0),
        boleto("number of 12 digits", NUMBER, "123456789012").causes(0, NUMBER),
        boleto("amount of 11 digits", AMOUNT, 10_000_000_000_i64).causes(0, AMOUNT),
        boleto("amount of 16 digits", AMOUNT, 1_000_000_000_000_000_i64).causes(0, AMOUNT),
        boleto("no amount", AMOUNT, 0).causes(108, AMOUNT),
        boleto("long provider", PROVIDER, "Banco do Brasil 2")
            .causes(0, PROVIDER)
            .causes(133, PROVIDER),
        boleto("long date", DUE, "2030-01-05T00:00:00").causes(0, DUE),
    ]
}

fn numbers_and_dates() -> Vec<Case> {
    let due = |name, text: &str| boleto(name, DUE, text).causes(184, DUE);
    vec![
        boleto("number with letters", NUMBER, "12A").causes(184, NUMBER),
        boleto("number with its digit", NUMBER, "123-2").causes(184, NUMBER),
        due("no such day", "31/2/2030"),
        due("no such month", "2030-13-01"),
        due("no date", "amanhã"),
        due("two digits of a year", "5/1/30"),
        due("before days were counted", "1997-10-06"),
        boleto("unknown provider", PROVIDER, "Itau").causes(133, PROVIDER),
        case("no provider", Body::boleto().without(PROVIDER)).causes(133, PROVIDER),
    ]
}

fn options() -> Vec<Case> {
    let recurrence = json!({"AuthorizeNow": true, "Interval": "Monthly"});
    let option = |field: &'static str, value: Value| boleto(field, field, value).causes(186, field);
    vec![
        option("Payment.Capture", json!(true)),
        option("Payment.Authenticate", json!(true)),
        option("Payment.Recurrent", json!(true)),
        option("Payment.Installments", json!(2)),
        option("Payment.RecurrentPayment", recurrence),
    ]
}

/// What the merchant has not got.
pub fn merchants() -> Vec<Case> {
    let whole = || case("credential", Body::boleto());
    let of = |provider: &str| whole().with(PROVIDER, provider);
    vec![
        whole().of(&[("boleto", "false")]).causes(173, TYPE),
        whole()
            .of(&[("boleto_account", "65656"), ("boleto_wallet", "25")])
            .causes(215, ""),
        whole().of(&[("boleto_agency", "494")]).causes(215, ""),
        of("Cielo")
            .of(&[("boleto_agency", "494"), ("boleto_account", "65656")])
            .causes(215, ""),
        of("BancodoBrasil")
            .of(&[("boleto_agency", "494"), ("boleto_account", "65656")])
            .causes(215, ""),
        of("BancodoBrasil")
            .of(&[("boleto_agency", "494"), ("boleto_convenio", "1234567")])
            .with(NUMBER, "12345678901")
            .causes(0, NUMBER),
    ]
}

/// What only production asks for.
pub fn of_production() -> Vec<Case> {
    let known = || Body::boleto().with(IDENTITY, "12345678909");
    let of = |name, body| {
        case(name, body).of(&[
            ("boleto_agency", "494"),
            ("boleto_account", "65656"),
            ("boleto_wallet", "25"),
        ])
    };
    vec![
        case("no credential at all", known()).causes(215, ""),
        of("no identity", Body::boleto()).causes(104, IDENTITY),
        of("no name", known().without("Customer.Name")).causes(105, "Customer.Name"),
        of("the simulator", known().with(PROVIDER, "Simulado")).causes(133, PROVIDER),
    ]
}
