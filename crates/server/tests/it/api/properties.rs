//! Bad input: whatever comes, the server answers, and never with a fault of its own.
//!
//! Invariant: an answer is no 5xx; an error is a JSON list or nothing; afterwards a sale works.

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::{Answer, Request};
use crate::support::store::Store;

/// A server with a runtime of its own, for properties, which are not asynchronous.
struct Target {
    runtime: Runtime,
    gateway: Gateway,
}

impl Target {
    fn on(store: impl Future<Output = Store>) -> Self {
        let runtime = Runtime::new().unwrap();
        let starting = async { Gateway::start(store.await, Setup::default()).await };
        let gateway = runtime.block_on(starting);
        Self { runtime, gateway }
    }

    /// Sends it and checks what every answer must be.
    fn send(&self, request: &Request) -> Result<Answer, TestCaseError> {
        let answer = self.runtime.block_on(request.send());
        prop_assert!(answer.status < 500, "{} {}", answer.status, answer.text());
        if answer.status >= 400 && !answer.body.is_empty() {
            prop_assert!(answer.json().is_array(), "{}", answer.text());
        }
        prop_assert!(answer.header("content-type").is_some());
        Ok(answer)
    }

    /// Fails unless a sale still works.
    fn is_alive(&self) {
        let sold = self.runtime.block_on(self.gateway.sell(&Body::sale(1)));
        assert_eq!(sold.expect(201).at("/Payment/Status"), 1);
    }
}

/// Any JSON, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[0-9/ .-]{0,20}".prop_map(Value::from),
        Just(json!("x".repeat(3_000))),
        Just(json!("\u{0}")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[A-Za-z]{0,8}", inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// The members that a mutation may hit.
const MEMBERS: [&str; 26] = [
    "MerchantOrderId",
    "Customer",
    "Customer.Name",
    "Customer.Identity",
    "Customer.Birthdate",
    "Customer.Address",
    "Customer.Address.State",
    "Payment",
    "Payment.Type",
    "Payment.Amount",
    "Payment.Installments",
    "Payment.Interest",
    "Payment.Capture",
    "Payment.Currency",
    "Payment.Country",
    "Payment.Provider",
    "Payment.ServiceTaxAmount",
    "Payment.ExtraDataCollection",
    "Payment.SoftDescriptor",
    "Payment.CreditCard",
    "Payment.CreditCard.CardNumber",
    "Payment.CreditCard.Holder",
    "Payment.CreditCard.ExpirationDate",
    "Payment.CreditCard.SecurityCode",
    "Payment.CreditCard.CardToken",
    "Payment.CreditCard.CardOnFile",
];

/// A sale with one to four members replaced; a later one may lie within an earlier one.
fn mutated_sale() -> impl Strategy<Value = Value> {
    let change = (prop::sample::select(&MEMBERS[..]), any_json());
    prop::collection::vec(change, 1..5).prop_map(|changes| {
        let mut sale = Body::sale(1).0;
        for (path, value) in changes {
            let mut at = &mut sale;
            for name in path.split('.') {
                if !at.is_object() {
                    *at = json!({});
                }
                at = &mut at[name];
            }
            *at = value;
        }
        sale
    })
}

/// A path and query of visible characters, often near a real one.
fn any_target() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        Just("1".to_owned()),
        Just("sales".to_owned()),
        Just("card".to_owned()),
        Just("capture".to_owned()),
        Just("void".to_owned()),
        Just("OrderId".to_owned()),
        Just("24bc8366-fc31-4d6c-8555-17049a836a07".to_owned()),
        "(%[0-9a-fA-F]{2}){0,4}",
        "[!$-;=@-Z_a-z~%]{0,30}",
    ];
    let query = prop_oneof![
        Just(String::new()),
        "\\?[!$-;=?-Z_a-z~%&]{0,40}",
        "\\?(amount|merchantOrderId|serviceTaxAmount)=(-?[0-9]{0,25}|(%[0-9a-f]{2}){0,6})",
    ];
    let segments = prop::collection::vec(segment, 0..6);
    (segments, query).prop_map(|(segments, query)| format!("/{}{query}", segments.join("/")))
}

#[test]
fn no_bytes_in_a_body_break_the_server() {
    let target = Target::on(Store::sqlite());
    let gateway = &target.gateway;
    proptest!(ProptestConfig::with_cases(256), |(
        body in prop::collection::vec(any::<u8>(), 0..400),
        path in prop::sample::select(vec!["/1/sales", "/1/card"]),
    )| {
        let answer = target.send(&gateway.request("POST", path).body(body))?;
        prop_assert_eq!(answer.status, 400);
    });
    target.is_alive();
}

#[test]
fn no_cut_or_flipped_sale_breaks_the_server() {
    let target = Target::on(Store::sqlite());
    let gateway = &target.gateway;
    proptest!(ProptestConfig::with_cases(256), |(
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    )| {
        let mut body = Body::sale(1).bytes();
        for (at, byte) in flips {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body.truncate(cut.index(body.len() + 1));
        target.send(&gateway.request("POST", "/1/sales").body(body))?;
    });
    target.is_alive();
}

#[test]
fn no_json_breaks_the_server() {
    let target = Target::on(Store::sqlite());
    let gateway = &target.gateway;
    proptest!(ProptestConfig::with_cases(256), |(
        body in any_json(),
        path in prop::sample::select(vec!["/1/sales", "/1/card"]),
    )| {
        target.send(&gateway.request("POST", path).body(body.to_string()))?;
    });
    target.is_alive();
}

#[test]
fn no_mutated_sale_breaks_the_server_on_sqlite() {
    mutated_sales(&Target::on(Store::sqlite()));
}

#[test]
fn no_mutated_sale_breaks_the_server_on_postgres() {
    mutated_sales(&Target::on(Store::postgres()));
}

fn mutated_sales(target: &Target) {
    let gateway = &target.gateway;
    proptest!(ProptestConfig::with_cases(512), |(body in mutated_sale())| {
        let request = gateway.request("POST", "/1/sales").body(body.to_string());
        let answer = target.send(&request)?;
        if answer.status == 201 {
            let found = target.send(&gateway.request("GET", &format!(
                "/1/sales/{}", answer.payment_id())))?;
            prop_assert_eq!(found.json(), answer.json(), "what was answered is what is stored");
        }
    });
    target.is_alive();
}

#[test]
fn no_path_or_query_breaks_the_server_on_sqlite() {
    paths_and_queries(&Target::on(Store::sqlite()));
}

#[test]
fn no_path_or_query_breaks_the_server_on_postgres() {
    paths_and_queries(&Target::on(Store::postgres()));
}

fn paths_and_queries(target: &Target) {
    let gateway = &target.gateway;
    proptest!(ProptestConfig::with_cases(768), |(
        path in any_target(),
        method in prop::sample::select(vec!["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
        body in prop::option::of(Just("{}")),
    )| {
        let request = gateway.request(method, &path);
        let request = match body {
            Some(body) => request.body(body),
            None => request,
        };
        let answer = target.send(&request)?;
        prop_assert_ne!(answer.status, 201, "{} {}", method, path);
    });
    target.is_alive();
}

/// What SQLite takes and PostgreSQL does not: texts with U+0000.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nul_characters_are_no_fault_of_the_server_on_either_engine() {
    for store in [Store::sqlite().await, Store::postgres().await] {
        let gateway = Gateway::start(store, Setup::default()).await;
        for (method, target) in [
            ("GET", "/1/sales?merchantOrderId=a%00b"),
            ("GET", "/1/sales/a%00b"),
            ("GET", "/1/card/a%00b"),
            ("PUT", "/1/sales/a%00b/void"),
            ("PUT", "/1/sales/OrderId/a%00b/void"),
            ("PUT", "/1/sales/a%00b/capture?amount=%00"),
        ] {
            let answer = gateway.request(method, target).send().await;
            assert!((400..500).contains(&answer.status), "{method} {target}");
            assert!(answer.json().is_array());
        }
        let body = Body::sale(1).with("Customer.Name", "a\u{0}b");
        gateway.sell(&body).await.expect_error(400, 184);
        gateway.sell(&Body::sale(1)).await.expect(201);
    }
}
