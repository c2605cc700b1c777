//! Error codes: each code that the calls of this version can cause is caused, with its message to
//! the letter and its member (decisions D03 and D09).
//!
//! Invariant: messages are copied from spec/error-codes.tsv, not from the code; a code of
//! [`MESSAGES`] that no case causes fails a test, and so does a case whose code is not there.

mod boletos;
mod calls;
mod cards;
mod lists;
mod methods;
mod recurrences;
mod sales;

use std::collections::BTreeSet;

use aval_domain::merchant::Dialect;
use aval_gateway::app::Environment;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;

/// Every code that can be caused, with its message.
const MESSAGES: &[(u64, &str)] = &[
    (0, "Internal error"),
    (101, "MerchantId is required"),
    (102, "Payment Type is required"),
    (103, "Payment Type can only contain letters"),
    (104, "Customer Identity is required"),
    (105, "Customer Name is required"),
    (107, "OrderId is invalid or does not exists"),
    (108, "Amount must be greater or equal to zero"),
    (109, "Payment Currency is required"),
    (110, "Invalid Payment Currency"),
    (111, "Payment Country is required"),
    (112, "Invalid Payment Country"),
    (114, "The provided MerchantId is not in correct format"),
    (115, "The provided MerchantId was not found"),
    (116, "The provided MerchantId is blocked"),
    (117, "Credit Card Holder is required"),
    (119, "At least one Payment is required"),
    (120, "Request IP not allowed. Check your IP White List"),
    (121, "Customer is required"),
    (122, "MerchantOrderId is required"),
    (123, "Installments must be greater or equal to one"),
    (124, "Credit Card is Required"),
    (125, "Credit Card Expiration Date is required"),
    (126, "Credit Card Expiration Date is invalid"),
    (127, "You must provide CreditCard Number"),
    (128, "Card Number length exceeded"),
    (129, "Affiliation not found"),
    (130, "Could not get Credit Card"),
    (131, "MerchantKey is required"),
    (132, "MerchantKey is invalid"),
    (133, "Provider is not supported for this Payment Type"),
    (146, "SecurityCode length exceeded"),
    (147, "Address Street length exceeded"),
    (148, "Address Number length exceeded"),
    (149, "Address Complement length exceeded"),
    (150, "Address ZipCode length exceeded"),
    (151, "Address City length exceeded"),
    (152, "Address State length exceeded"),
    (153, "Address Country length exceeded"),
    (154, "Address District length exceeded"),
    (155, "Customer Name length exceeded"),
    (156, "Customer Identity length exceeded"),
    (157, "Customer IdentityType length exceeded"),
    (158, "Customer Email length exceeded"),
    (159, "ExtraData Name length exceeded"),
    (160, "ExtraData Value length exceeded"),
    (161, "Boleto Instructions length exceeded"),
    (162, "Boleto Demostrative length exceeded"),
    (163, "Return Url is required"),
    (166, "AuthorizeNow is required"),
    (167, "Antifraud not configured"),
    (168, "Recurrent Payment not found"),
    (169, "Recurrent Payment is not active"),
    (170, "Cartão Protegido not configured"),
    (173, "Payment method is not enabled"),
    (174, "Card Number is required"),
    (176, "Payment Currency is not supported"),
    (177, "Card Number is invalid"),
    (
        179,
        "The max number of installments allowed for recurring payment is 1",
    ),
    (180, "The provided Card PaymentToken was not found"),
    (182, "Brand is required"),
    (183, "Invalid customer bithdate"),
    (184, "Request could not be empty"),
    (185, "Brand is not supported by selected provider"),
    (
        186,
        "The selected provider does not support the options provided (Capture, Authenticate, \
         Recurrent or Installments)",
    ),
    (
        187,
        "ExtraData Collection contains one or more duplicated names",
    ),
    (197, "Street is required"),
    (198, "Number is required"),
    (199, "ZipCode is required"),
    (200, "City is required"),
    (201, "State is required"),
    (202, "District is required"),
    (211, "WalletKey is invalid"),
    (212, "Merchant Wallet Configuration not found"),
    (213, "Credit Card Number is invalid"),
    (214, "Credit Card Holder Must Have Only Letters"),
    (215, "Agency is required in Boleto Credential"),
    (302, "Sent MerchantOrderId is duplicated"),
    (307, "Transaction not found"),
    (308, "Transaction not available to capture"),
    (309, "Transaction not available to void"),
    (310, "Payment method doest not support this operation"),
    (311, "Refund is not enabled for this merchant"),
    (312, "Transaction not available to refund"),
    (318, "No transaction found"),
    (313, "Recurrent Payment not found"),
    (315, "Cannot change NextRecurrency with pending payment"),
    (316, "Cannot set NextRecurrency to past date"),
    (317, "Invalid Recurrency Day"),
    (319, "Smart recurrency is not enabled"),
    (
        320,
        "Can not Update Affiliation Because this Recurrency not Affiliation saved",
    ),
    (321, "Can not set EndDate to before next recurrency."),
];

/// A request that is wrong, and the codes it causes.
pub struct Case {
    /// What is wrong with it.
    name: &'static str,
    /// The merchant's settings.
    settings: &'static [(&'static str, &'static str)],
    /// The request's body.
    body: Body,
    /// Codes and members, in the order in which they are answered.
    expected: Vec<(u64, &'static str)>,
}

/// A sale with one member changed.
fn sale(name: &'static str, path: &str, value: impl Into<Value>) -> Case {
    let body = Body::sale(1).with(path, value);
    Case {
        name,
        settings: &[],
        body,
        expected: Vec::new(),
    }
}

/// A sale without one member.
fn lacking(name: &'static str, path: &str) -> Case {
    Case {
        body: Body::sale(1).without(path),
        ..sale(name, "Ignored", 1)
    }
}

impl Case {
    /// Causes one code for one member; an empty one is none.
    fn causes(mut self, code: u64, field: &'static str) -> Self {
        self.expected.push((code, field));
        self
    }

    /// For a merchant with settings.
    fn of(self, settings: &'static [(&'static str, &'static str)]) -> Self {
        Self { settings, ..self }
    }

    /// With one more member changed.
    fn with(self, path: &str, value: impl Into<Value>) -> Self {
        let body = self.body.with(path, value);
        Self { body, ..self }
    }

    /// What is answered.
    fn errors(&self) -> Value {
        let errors = self
            .expected
            .iter()
            .map(|(code, field)| error(*code, field));
        errors.collect()
    }
}

/// One error as it is answered.
fn error(code: u64, field: &str) -> Value {
    let mut error = json!({"Code": code, "Message": message(code)});
    if !field.is_empty() {
        error["Field"] = json!(field);
    }
    error
}

fn message(code: u64) -> &'static str {
    let found = MESSAGES.iter().find(|(known, _)| *known == code);
    found
        .unwrap_or_else(|| panic!("{code} is not in the table"))
        .1
}

/// Fails unless the answer is this one error.
fn assert_one(answer: Answer, status: u16, code: u64, field: &str) {
    let answer = answer.expect(status);
    assert_eq!(answer.json(), json!([error(code, field)]));
}

/// Sends each case by `send` and fails for all that are not answered as expected.
async fn refused(
    gateway: &Gateway,
    cases: Vec<Case>,
    send: impl AsyncFn(&Caller, &Body) -> Answer,
) {
    let mut wrong = Vec::new();
    for case in cases {
        let own = gateway.merchant(case.settings).await;
        let answer = send(&own, &case.body).await;
        let errors = case.errors();
        if answer.status != 400 || answer.json() != errors {
            let told = answer.text();
            wrong.push(format!(
                "{}: {} {told}\n  not {errors}",
                case.name, answer.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let cases = [
        sales::members(),
        sales::merchants(),
        methods::members(),
        methods::merchants(),
        boletos::members(),
        boletos::merchants(),
        boletos::of_production(),
        sales::together(),
        sales::kinds(),
        cards::cases(),
    ];
    let lives = [sales::lives(), methods::lives(), cards::lives()];
    let mut caused: BTreeSet<u64> = calls::CODES.into();
    caused.extend(recurrences::CODES);
    for case in cases.into_iter().chain(lives).flatten() {
        assert!(!case.expected.is_empty(), "{} causes nothing", case.name);
        caused.extend(case.expected.iter().map(|(code, _)| code));
    }
    let known: BTreeSet<u64> = MESSAGES.iter().map(|(code, _)| *code).collect();
    assert_eq!(caused, known);
}

#[tokio::test]
async fn members_of_a_sale_are_checked_one_by_one() {
    let gateway = Gateway::sqlite().await;
    refused(&gateway, sales::members(), Caller::sell).await;
}

#[tokio::test]
async fn members_of_other_ways_to_pay_are_checked_one_by_one() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        let mut cases = methods::members();
        if dialect == Dialect::Live {
            cases.retain(|case| !methods::MANUAL_ALONE.contains(&case.name));
        }
        refused(&gateway, cases, Caller::sell).await;
    }
}

#[tokio::test]
async fn what_is_off_for_the_merchant_is_refused() {
    let gateway = Gateway::sqlite().await;
    refused(&gateway, sales::merchants(), Caller::sell).await;
    refused(&gateway, methods::merchants(), Caller::sell).await;
}

#[tokio::test]
async fn members_of_boletos_are_checked_one_by_one() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        refused(&gateway, boletos::members(), Caller::sell).await;
        refused(&gateway, boletos::merchants(), Caller::sell).await;
    }
}

#[tokio::test]
async fn production_asks_more_of_boletos() {
    let gateway = Gateway::with(Setup {
        environment: Environment::Production,
        ..Setup::default()
    })
    .await;
    refused(&gateway, boletos::of_production(), Caller::sell).await;
}

#[tokio::test]
async fn all_codes_that_apply_come_in_numeric_order() {
    let gateway = Gateway::sqlite().await;
    for case in sales::together().into_iter().chain(sales::kinds()) {
        assert!(
            case.expected.is_sorted_by_key(|(code, _)| code),
            "{}",
            case.name
        );
    }
    refused(&gateway, sales::together(), Caller::sell).await;
}

#[tokio::test]
async fn members_of_the_wrong_kind_are_told_beside_what_else_is_wrong() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        let mut cases = sales::kinds();
        if dialect == Dialect::Live {
            // There the order number is none that is wrong.
            cases.retain(|case| case.expected.iter().all(|(code, _)| *code != 107));
        }
        refused(&gateway, cases, Caller::sell).await;
    }
}

#[tokio::test]
async fn a_card_to_store_is_checked_member_by_member() {
    let gateway = Gateway::sqlite().await;
    refused(&gateway, cards::cases(), Caller::tokenize).await;
}

#[tokio::test]
async fn the_live_dialect_has_codes_of_its_own() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    refused(&gateway, sales::lives(), Caller::sell).await;
    refused(&gateway, methods::lives(), Caller::sell).await;
    refused(&gateway, cards::lives(), Caller::tokenize).await;
}

#[tokio::test]
async fn members_are_checked_alike_in_the_live_dialect() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    let differs = ["order with a dash", "token of nobody", "token of 1.5"];
    let mut cases = sales::members();
    cases.retain(|case| !differs.contains(&case.name));
    refused(&gateway, cases, Caller::sell).await;
}

#[tokio::test]
async fn a_refused_request_stores_nothing() {
    let gateway = Gateway::sqlite().await;
    let methods = methods::members().into_iter().chain(boletos::members());
    for case in methods.chain(sales::members()).chain(sales::together()) {
        let order = case.body.0["MerchantOrderId"].as_str().unwrap_or_default();
        let own = gateway.merchant(case.settings).await;
        own.sell(&case.body).await.expect(400);
        if order.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !order.is_empty() {
            own.order(order).await.expect_error(404, 318);
        }
    }
}
