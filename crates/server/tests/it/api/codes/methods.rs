//! Codes of the other ways to pay: authentication, debit, transfer, wallets.

use serde_json::{Value, json};

use super::Case;
use crate::support::body::Body;

const TYPE: &str = "Payment.Type";
const RETURN_URL: &str = "Payment.ReturnUrl";
const PROVIDER: &str = "Payment.Provider";
const DEBIT: &str = "Payment.DebitCard";
const WALLET: &str = "Payment.Wallet";
const WALLET_KEY: &str = "Payment.Wallet.WalletKey";
const CAPTURE_CODE: &str = "Payment.Wallet.AdditionalData.CaptureCode";

/// Cases that the live dialect takes.
pub const MANUAL_ALONE: [&str; 3] = [
    "return to a file",
    "return to a query",
    "return to a fragment",
];

fn case(name: &'static str, body: Body) -> Case {
    Case {
        name,
        settings: &[],
        body,
        expected: Vec::new(),
    }
}

fn debit(name: &'static str, path: &str, value: impl Into<Value>) -> Case {
    case(name, Body::debit(1).with(path, value))
}

fn transfer(name: &'static str, path: &str, value: impl Into<Value>) -> Case {
    case(name, Body::transfer().with(path, value))
}

/// A sale from a wallet, with the card of the usual sale when `with_card`.
fn wallet(name: &'static str, node: Value, with_card: bool) -> Case {
    let body = Body::sale(1).with(WALLET, node);
    case(
        name,
        if with_card {
            body
        } else {
            body.without("Payment.CreditCard")
        },
    )
}

/// What is wrong with one member.
pub fn members() -> Vec<Case> {
    let mut cases = returns();
    cases.extend(cards());
    cases.extend(transfers());
    cases.extend(wallets());
    cases
}

fn returns() -> Vec<Case> {
    let to = |name, url: &str| {
        let body = Body::authenticated(1).with(RETURN_URL, url);
        case(name, body).causes(163, RETURN_URL)
    };
    let without = |name, body: Body| case(name, body.without(RETURN_URL)).causes(163, RETURN_URL);
    let long = format!("https://loja.example/{}", "a".repeat(1024));
    vec![
        without("credit without return", Body::authenticated(1)),
        without("debit without return", Body::debit(1)),
        without("transfer without return", Body::transfer()),
        to("return to nowhere", ""),
        to("return to a path", "/pedido"),
        to("return to a script", "javascript:alert(1)"),
        to("return to data", "data:text/html,<script>alert(1)</script>"),
        to(
            "return to markup",
            "https://loja.example/\"><script>alert(1)</script>",
        ),
        to("return to somebody", "https://loja@evil.example/"),
        to("return to a file", "https://loja.example/pedido.php"),
        to("return to a query", "https://loja.example/pedido?id=1"),
        to("return to a fragment", "https://loja.example/pedido#fim"),
        case("long return", Body::debit(1).with(RETURN_URL, long)).causes(0, RETURN_URL),
    ]
}

fn cards() -> Vec<Case> {
    let number = "Payment.DebitCard.CardNumber";
    let recurrence = json!({"AuthorizeNow": true});
    vec![
        case("debit without card", Body::debit(1).without(DEBIT)).causes(124, DEBIT),
        case("debit without number", Body::debit(1).without(number)).causes(127, number),
        debit("letters for a number", number, "abcd").causes(213, number),
        debit("digits of 20", number, "1".repeat(20)).causes(128, number),
        debit("holder with a digit", "Payment.DebitCard.Holder", "Teste 1")
            .causes(214, "Payment.DebitCard.Holder"),
        debit(
            "month of thirteen",
            "Payment.DebitCard.ExpirationDate",
            "13/2030",
        )
        .causes(126, "Payment.DebitCard.ExpirationDate"),
        debit("brand of nobody", "Payment.DebitCard.Brand", "Cielo")
            .causes(185, "Payment.DebitCard.Brand"),
        case(
            "debit without code",
            Body::debit(1).without("Payment.DebitCard.SecurityCode"),
        )
        .causes(146, "Payment.DebitCard.SecurityCode"),
        debit("debit by instalments", "Payment.Installments", 2)
            .causes(186, "Payment.Installments"),
        debit("debit that recurs", "Payment.Recurrent", true).causes(186, "Payment.Recurrent"),
        debit(
            "debit with a recurrence",
            "Payment.RecurrentPayment",
            recurrence,
        )
        .causes(186, "Payment.RecurrentPayment"),
        debit("debit of a bank", PROVIDER, "Bradesco").causes(133, PROVIDER),
        case(
            "authentication that recurs",
            Body::authenticated(1).with("Payment.Recurrent", true),
        )
        .causes(186, "Payment.Authenticate"),
    ]
}

fn transfers() -> Vec<Case> {
    vec![
        case("transfer of no bank", Body::transfer().without(PROVIDER)).causes(133, PROVIDER),
        transfer("transfer of the simulator", PROVIDER, "Simulado").causes(133, PROVIDER),
        transfer("transfer with a capture", "Payment.Capture", true).causes(186, "Payment.Capture"),
        transfer("transfer with a visit", "Payment.Authenticate", true)
            .causes(186, "Payment.Authenticate"),
        transfer("transfer by instalments", "Payment.Installments", 3)
            .causes(186, "Payment.Installments"),
        transfer("transfer of nothing", "Payment.Amount", 0).causes(108, "Payment.Amount"),
        transfer("transfer in dollars", "Payment.Currency", "USD").causes(176, "Payment.Currency"),
    ]
}

fn wallets() -> Vec<Case> {
    let long = "1".repeat(256);
    let master =
        |code: &str| json!({"Type": "Masterpass", "AdditionalData": {"CaptureCode": code}});
    vec![
        wallet("wallet without type", json!({"WalletKey": "1"}), true)
            .causes(212, "Payment.Wallet.Type"),
        wallet("wallet of nobody", json!({"Type": "Paypal"}), true)
            .causes(212, "Payment.Wallet.Type"),
        wallet("type alone", json!({"Type": "VisaCheckout"}), false).causes(211, WALLET_KEY),
        wallet(
            "empty key",
            json!({"Type": "VisaCheckout", "WalletKey": ""}),
            true,
        )
        .causes(211, WALLET_KEY),
        wallet(
            "long key",
            json!({"Type": "VisaCheckout", "WalletKey": long}),
            false,
        )
        .causes(211, WALLET_KEY),
        wallet("no capture code", json!({"Type": "Masterpass"}), true).causes(211, CAPTURE_CODE),
        wallet("empty capture code", master(""), false).causes(211, CAPTURE_CODE),
        wallet("long capture code", master(&long), false).causes(211, CAPTURE_CODE),
        wallet(
            "wallet and a wrong code",
            json!({"Type": "VisaCheckout", "WalletKey": "1"}),
            false,
        )
        .with("Payment.CreditCard", json!({"SecurityCode": "12345"}))
        .causes(146, "Payment.CreditCard.SecurityCode"),
    ]
}

/// What the merchant has not got.
pub fn merchants() -> Vec<Case> {
    let key = json!({"Type": "VisaCheckout", "WalletKey": "1"});
    vec![
        case("debit that is off", Body::debit(1))
            .of(&[("debit", "false")])
            .causes(173, TYPE),
        case("transfer that is off", Body::transfer())
            .of(&[("transfer", "false")])
            .causes(173, TYPE),
        transfer("transfer by its other name", TYPE, "ElectronicTransfer")
            .of(&[("transfer", "false")])
            .causes(173, TYPE),
        wallet("wallet that is off", key, false)
            .of(&[("wallets", "false")])
            .causes(212, WALLET),
    ]
}

/// What the live dialect takes differently.
pub fn lives() -> Vec<Case> {
    let body = Body::transfer().with(RETURN_URL, "loja.example/pedido");
    vec![case("return without a scheme", body).causes(163, RETURN_URL)]
}
