//! What can be wrong with a sale.
//!
//! Invariant: each case differs from a sale that is taken in what its name says and nothing else.

use serde_json::{Value, json};

use crate::support::body::Body;

use super::{Case, lacking, sale};

const GUID: &str = "24bc8366-fc31-4d6c-8555-17049a836a07";

/// One member wrong.
pub fn members() -> Vec<Case> {
    [
        payment(),
        amounts(),
        customer(),
        sizes(),
        extra_data(),
        card(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn payment() -> Vec<Case> {
    let whole = |name, body: Value| Case {
        body: Body(body),
        ..sale(name, "Ignored", 1)
    };
    vec![
        lacking("no order", "MerchantOrderId").causes(122, "MerchantOrderId"),
        sale("blank order", "MerchantOrderId", " ").causes(122, "MerchantOrderId"),
        sale("order with a dash", "MerchantOrderId", "2014-1").causes(107, "MerchantOrderId"),
        sale("long order", "MerchantOrderId", "1".repeat(51)).causes(107, "MerchantOrderId"),
        lacking("no payment", "Payment").causes(119, "Payment"),
        sale("payment of null", "Payment", Value::Null).causes(119, "Payment"),
        lacking("no type", "Payment.Type").causes(102, "Payment.Type"),
        sale("empty type", "Payment.Type", "").causes(102, "Payment.Type"),
        sale("unknown type", "Payment.Type", "Cash").causes(102, "Payment.Type"),
        sale("type with a digit", "Payment.Type", "Credit1").causes(103, "Payment.Type"),
        sale("type with a blank", "Payment.Type", "Credit Card").causes(103, "Payment.Type"),
        sale("provider of nobody", "Payment.Provider", "Acme").causes(133, "Payment.Provider"),
        sale("interest of nobody", "Payment.Interest", "Nobody").causes(184, "Payment.Interest"),
        whole("list for a body", json!([])).causes(184, ""),
        whole("text for a body", json!("sale")).causes(184, ""),
        sale("text for a node", "Payment", "x").causes(184, "Payment"),
        sale("list for a card", "Payment.CreditCard", json!([1])).causes(184, "Payment.CreditCard"),
        sale("word for a boolean", "Payment.Capture", "maybe").causes(184, "Payment.Capture"),
        sale("list for a text", "Customer.Name", json!(["x"])).causes(184, "Customer.Name"),
    ]
}

fn amounts() -> Vec<Case> {
    const AMOUNT: &str = "Payment.Amount";
    const INSTALLMENTS: &str = "Payment.Installments";
    const TAX: &str = "Payment.ServiceTaxAmount";
    vec![
        lacking("no amount", AMOUNT).causes(108, AMOUNT),
        sale("nothing", AMOUNT, 0).causes(108, AMOUNT),
        sale("less than nothing", AMOUNT, -1).causes(108, AMOUNT),
        sale("16 digits", AMOUNT, 1_000_000_000_000_000_i64).causes(0, AMOUNT),
        sale("25 digits", AMOUNT, "1".repeat(25)).causes(0, AMOUNT),
        sale("half a cent", AMOUNT, 1.5).causes(184, AMOUNT),
        sale("words for money", AMOUNT, "ten").causes(184, AMOUNT),
        lacking("no instalments", INSTALLMENTS).causes(123, INSTALLMENTS),
        sale("no instalment", INSTALLMENTS, 0).causes(123, INSTALLMENTS),
        sale("fewer than none", INSTALLMENTS, -3).causes(123, INSTALLMENTS),
        sale("100 instalments", INSTALLMENTS, 100).causes(0, INSTALLMENTS),
        sale("tax above the amount", TAX, 15_701).causes(184, TAX),
        sale("tax below nothing", TAX, -1).causes(184, TAX),
        sale("tax of 16 digits", TAX, 1_000_000_000_000_000_i64).causes(0, TAX),
        sale("empty currency", "Payment.Currency", "").causes(109, "Payment.Currency"),
        sale("currency of two", "Payment.Currency", "BR").causes(110, "Payment.Currency"),
        sale("currency of digits", "Payment.Currency", "986").causes(110, "Payment.Currency"),
        sale("dollars", "Payment.Currency", "USD").causes(176, "Payment.Currency"),
        sale("empty country", "Payment.Country", "").causes(111, "Payment.Country"),
        sale("country of nobody", "Payment.Country", "XXX").causes(112, "Payment.Country"),
        sale("country of two", "Payment.Country", "BR").causes(112, "Payment.Country"),
    ]
}

fn customer() -> Vec<Case> {
    const BIRTHDATE: &str = "Customer.Birthdate";
    vec![
        lacking("no customer", "Customer").causes(121, "Customer"),
        sale("customer of null", "Customer", Value::Null).causes(121, "Customer"),
        sale("empty name", "Customer.Name", "").causes(105, "Customer.Name"),
        sale("blank name", "Customer.Name", "  ").causes(105, "Customer.Name"),
        sale("no date", BIRTHDATE, "yesterday").causes(183, BIRTHDATE),
        sale("no such day", BIRTHDATE, "1991-02-30").causes(183, BIRTHDATE),
        sale("day first", BIRTHDATE, "02/01/1991").causes(183, BIRTHDATE),
        sale("born tomorrow", BIRTHDATE, "2999-01-01").causes(183, BIRTHDATE),
    ]
}

/// Texts of one character too many; what fits is tried by `sizes_that_fit_are_taken`.
pub const SIZES: [(&str, usize, u64); 24] = [
    ("Customer.Name", 255, 155),
    ("Customer.Identity", 14, 156),
    ("Customer.IdentityType", 255, 157),
    ("Customer.Email", 255, 158),
    ("Customer.Status", 255, 0),
    ("Customer.Address.Street", 255, 147),
    ("Customer.Address.Number", 15, 148),
    ("Customer.Address.Complement", 50, 149),
    ("Customer.Address.ZipCode", 9, 150),
    ("Customer.Address.City", 50, 151),
    ("Customer.Address.State", 2, 152),
    ("Customer.Address.Country", 35, 153),
    ("Customer.Address.District", 50, 154),
    ("Customer.DeliveryAddress.Street", 255, 147),
    ("Customer.DeliveryAddress.Number", 15, 148),
    ("Customer.DeliveryAddress.Complement", 50, 149),
    ("Customer.DeliveryAddress.ZipCode", 9, 150),
    ("Customer.DeliveryAddress.City", 50, 151),
    ("Customer.DeliveryAddress.State", 2, 152),
    ("Customer.DeliveryAddress.Country", 35, 153),
    ("Customer.DeliveryAddress.District", 50, 154),
    ("Payment.SoftDescriptor", 13, 0),
    ("Payment.CreditCard.Holder", 25, 0),
    ("Payment.ReturnUrl", 1024, 0),
];

fn sizes() -> Vec<Case> {
    let case = |(path, most, code): (&'static str, usize, u64)| {
        // Characters are counted, not bytes.
        sale(path, path, "ç".repeat(most + 1)).causes(code, path)
    };
    let texts = SIZES.into_iter().map(case);
    // Words of a list and forms, which a long text is not either.
    let words = [
        ("Payment.Type", "C".repeat(101), 102),
        ("Payment.Interest", "I".repeat(11), 184),
        ("Payment.Provider", "P".repeat(16), 133),
        ("Payment.CreditCard.Brand", "B".repeat(11), 185),
        (
            "Payment.CreditCard.ExpirationDate",
            "12/20300".to_owned(),
            126,
        ),
        ("Customer.Birthdate", "1991-01-022".to_owned(), 183),
    ];
    let words = words.map(|(path, word, code)| {
        let long = sale(path, path, word).causes(0, path);
        long.causes(code, path)
    });
    texts.chain(words).collect()
}

/// So many extra data.
pub fn numbered(count: usize) -> Value {
    let datum = |number: usize| json!({"Name": number.to_string(), "Value": "v"});
    (0..count).map(datum).collect()
}

fn extra_data() -> Vec<Case> {
    const LIST: &str = "Payment.ExtraDataCollection";
    let datum = |name: &str, value: &str| json!({"Name": name, "Value": value});
    let first = |name, datum: Value| sale(name, LIST, json!([datum]));
    let second = |name, datum: Value| sale(name, LIST, json!([{"Name": "a", "Value": "b"}, datum]));
    vec![
        first("long name of a datum", datum(&"n".repeat(51), "v"))
            .causes(159, "Payment.ExtraDataCollection[0].Name"),
        second("long value of a datum", datum("n", &"v".repeat(1025)))
            .causes(160, "Payment.ExtraDataCollection[1].Value"),
        second("name of a datum twice", datum("a", "c"))
            .causes(187, "Payment.ExtraDataCollection[1].Name"),
        first("datum without a name", json!({"Value": "v"}))
            .causes(184, "Payment.ExtraDataCollection[0].Name"),
        sale("text for a list", LIST, "x").causes(184, LIST),
        sale("101 extra data", LIST, numbered(101)).causes(0, LIST),
    ]
}

fn card() -> Vec<Case> {
    const NUMBER: &str = "Payment.CreditCard.CardNumber";
    const EXPIRY: &str = "Payment.CreditCard.ExpirationDate";
    const BRAND: &str = "Payment.CreditCard.Brand";
    const HOLDER: &str = "Payment.CreditCard.Holder";
    const TOKEN: &str = "Payment.CreditCard.CardToken";
    const REASON: &str = "Payment.CreditCard.CardOnFile.Reason";
    let by_token = |name, token: &str| Case {
        body: Body::token_sale(token),
        ..sale(name, "Ignored", 1)
    };
    let on_file = |name, sent: Value| sale(name, "Payment.CreditCard.CardOnFile", sent);
    vec![
        lacking("no card", "Payment.CreditCard").causes(124, "Payment.CreditCard"),
        lacking("no number", NUMBER).causes(127, NUMBER),
        sale("empty number", NUMBER, "").causes(127, NUMBER),
        sale("20 digits", NUMBER, "1".repeat(20)).causes(128, NUMBER),
        sale("12 digits", NUMBER, "1".repeat(12)).causes(213, NUMBER),
        sale("letters in a number", NUMBER, "1234123412341l31").causes(213, NUMBER),
        lacking("no expiry", EXPIRY).causes(125, EXPIRY),
        sale("empty expiry", EXPIRY, " ").causes(125, EXPIRY),
        sale("thirteenth month", EXPIRY, "13/2030").causes(126, EXPIRY),
        sale("year of two", EXPIRY, "12/30").causes(126, EXPIRY),
        lacking("no brand", BRAND).causes(182, BRAND),
        sale("brand of nobody", BRAND, "Cielo").causes(185, BRAND),
        sale("empty holder", HOLDER, "").causes(117, HOLDER),
        sale("holder with a digit", HOLDER, "Teste 2").causes(214, HOLDER),
        sale("holder with a dot", HOLDER, "T. Holder").causes(214, HOLDER),
        on_file("used for nothing", json!({"Usage": "used"})).causes(184, REASON),
        on_file("used for a blank", json!({"Usage": "Used", "Reason": " "})).causes(184, REASON),
        on_file("used for a list", json!({"Usage": "Used", "Reason": [1]})).causes(184, REASON),
        on_file(
            "long reason",
            json!({"Usage": "First", "Reason": "r".repeat(256)}),
        )
        .causes(0, REASON),
        on_file("long usage", json!({"Usage": "u".repeat(256)}))
            .causes(0, "Payment.CreditCard.CardOnFile.Usage"),
        by_token("token of nobody", GUID).causes(180, TOKEN),
        by_token("token of 1.5", "not known").causes(180, TOKEN),
        by_token("token of 301", &"x".repeat(301)).causes(0, TOKEN),
        by_token("token of 1.5 without brand", "x")
            .with(BRAND, "")
            .causes(182, BRAND),
        by_token("brand beside a token", GUID)
            .with(BRAND, "Cielo")
            .causes(185, BRAND),
        by_token("letters as code beside a token", GUID)
            .with("Payment.CreditCard.SecurityCode", "12a")
            .causes(146, "Payment.CreditCard.SecurityCode"),
        by_token("long code beside a token", GUID)
            .with("Payment.CreditCard.SecurityCode", "12345")
            .causes(146, "Payment.CreditCard.SecurityCode"),
    ]
}

/// Instalments of a recurrence that is off.
fn recurrence_in_instalments() -> Case {
    let recurrence = json!({"AuthorizeNow": true, "Interval": "Monthly"});
    sale(
        "instalments of a recurrence",
        "Payment.RecurrentPayment",
        recurrence,
    )
    .with("Payment.Installments", 2)
    .of(&[("recurrence", "false")])
    .causes(179, "Payment.Installments")
    .causes(319, "Payment.RecurrentPayment")
}

/// What the merchant has not got.
pub fn merchants() -> Vec<Case> {
    let recurrence = json!({"AuthorizeNow": true, "Interval": "Monthly"});
    let kind = |name| sale("method that is off", "Payment.Type", name);
    vec![
        kind("CreditCard")
            .of(&[("credit", "false")])
            .causes(173, "Payment.Type"),
        sale("recurrence", "Payment.RecurrentPayment", recurrence)
            .of(&[("recurrence", "false")])
            .causes(319, "Payment.RecurrentPayment"),
        sale(
            "analysis",
            "Payment.FraudAnalysis",
            json!({"Sequence": "AuthorizeFirst"}),
        )
        .of(&[("antifraud", "false")])
        .causes(167, "Payment.FraudAnalysis"),
        sale("card to save", "Payment.CreditCard.SaveCard", true)
            .of(&[("protected_card", "false")])
            .causes(170, "Payment.CreditCard.SaveCard"),
        sale("token", "Payment.CreditCard.CardToken", GUID)
            .of(&[("protected_card", "false")])
            .causes(170, "Payment.CreditCard.CardToken"),
    ]
}

/// Several things wrong at once.
pub fn together() -> Vec<Case> {
    let nothing = Case {
        body: Body(json!({"MerchantOrderId": null, "Ignored": 1})),
        ..sale("nothing", "Ignored", 1)
    };
    vec![
        recurrence_in_instalments(),
        nothing
            .causes(119, "Payment")
            .causes(121, "Customer")
            .causes(122, "MerchantOrderId"),
        sale(
            "payment of a type",
            "Payment",
            json!({"Type": "CreditCard"}),
        )
        .causes(108, "Payment.Amount")
        .causes(123, "Payment.Installments")
        .causes(124, "Payment.CreditCard"),
        sale(
            "card of nothing",
            "Payment.CreditCard",
            json!({"SaveCard": false}),
        )
        .causes(125, "Payment.CreditCard.ExpirationDate")
        .causes(127, "Payment.CreditCard.CardNumber")
        .causes(182, "Payment.CreditCard.Brand"),
        sale("currency of four", "Payment.Currency", "REAL")
            .causes(0, "Payment.Currency")
            .causes(110, "Payment.Currency"),
        sale("country of four", "Payment.Country", "BRAS")
            .causes(0, "Payment.Country")
            .causes(112, "Payment.Country"),
        sale(
            "long and unknown",
            "Payment.CreditCard.Brand",
            "VisaElectron",
        )
        .causes(0, "Payment.CreditCard.Brand")
        .causes(185, "Payment.CreditCard.Brand"),
        sale(
            "one code for two members",
            "Payment.SoftDescriptor",
            "x".repeat(14),
        )
        .with("Customer.Status", "x".repeat(256))
        .causes(0, "Customer.Status")
        .causes(0, "Payment.SoftDescriptor"),
        sale(
            "from the buyer to the card",
            "Payment.CreditCard.Holder",
            "Teste 1",
        )
        .with("MerchantOrderId", "1-2")
        .with("Customer.Name", "")
        .with("Customer.Birthdate", "2999-01-01")
        .with("Payment.Amount", 0)
        .with("Payment.Provider", "Acme")
        .causes(105, "Customer.Name")
        .causes(107, "MerchantOrderId")
        .causes(108, "Payment.Amount")
        .causes(133, "Payment.Provider")
        .causes(183, "Customer.Birthdate")
        .causes(214, "Payment.CreditCard.Holder"),
    ]
}

/// Members of the wrong kind beside what else is wrong: of them nothing else is told, and what
/// only follows from them is not.
pub fn kinds() -> Vec<Case> {
    const LIST: &str = "Payment.ExtraDataCollection";
    vec![
        sale("several kinds", "Payment.Amount", "ten")
            .with("Customer.Name", json!(["x"]))
            .with("MerchantOrderId", "1-2")
            .with("Payment.Capture", "maybe")
            .with("Payment.CreditCard.Brand", "Cielo")
            .with("Payment.ServiceTaxAmount", 100)
            .causes(107, "MerchantOrderId")
            .causes(184, "Customer.Name")
            .causes(184, "Payment.Amount")
            .causes(184, "Payment.Capture")
            .causes(185, "Payment.CreditCard.Brand"),
        sale("text for a node", "Payment", "x")
            .with("MerchantOrderId", "1-2")
            .with("Customer", json!([1]))
            .causes(107, "MerchantOrderId")
            .causes(184, "Customer")
            .causes(184, "Payment"),
        sale("list for a type", "Payment.Type", json!(["CreditCard"]))
            .with("Payment.Installments", 0)
            .causes(123, "Payment.Installments")
            .causes(184, "Payment.Type"),
        sale("list for a card", "Payment.CreditCard", json!([1]))
            .with("Payment.Amount", 0)
            .causes(108, "Payment.Amount")
            .causes(184, "Payment.CreditCard"),
        sale(
            "list for each of a card's",
            "Payment.CreditCard.CardNumber",
            json!([1]),
        )
        .with("Payment.CreditCard.ExpirationDate", json!([1]))
        .with("Payment.CreditCard.Brand", json!([1]))
        .with("Payment.CreditCard.Holder", "Teste 1")
        .causes(184, "Payment.CreditCard.CardNumber")
        .causes(184, "Payment.CreditCard.ExpirationDate")
        .causes(184, "Payment.CreditCard.Brand")
        .causes(214, "Payment.CreditCard.Holder"),
        sale(
            "list for a token",
            "Payment.CreditCard",
            json!({"CardToken": [GUID], "Brand": "Cielo"}),
        )
        .causes(184, "Payment.CreditCard.CardToken")
        .causes(185, "Payment.CreditCard.Brand"),
        lacking("text for a wallet", "Payment.CreditCard")
            .with("Payment.Wallet", "x")
            .causes(184, "Payment.Wallet"),
        sale(
            "extra data of all kinds",
            LIST,
            json!([7, {"Name": ["a"], "Value": "v".repeat(1025)}, {"Name": "n".repeat(51)}]),
        )
        .causes(159, "Payment.ExtraDataCollection[2].Name")
        .causes(160, "Payment.ExtraDataCollection[1].Value")
        .causes(184, "Payment.ExtraDataCollection[0]")
        .causes(184, "Payment.ExtraDataCollection[1].Name"),
        sale(
            "one object for a list",
            LIST,
            json!({"Name": [1], "Value": [2]}),
        )
        .causes(184, "Payment.ExtraDataCollection[0].Name")
        .causes(184, "Payment.ExtraDataCollection[0].Value"),
    ]
}

/// What the live dialect says otherwise (decision D01).
pub fn lives() -> Vec<Case> {
    const TOKEN: &str = "Payment.CreditCard.CardToken";
    let by_token = |token: &str| Case {
        body: Body::token_sale(token),
        ..sale("unknown token", "Ignored", 1)
    };
    vec![
        by_token(GUID).causes(130, TOKEN),
        by_token("not known").causes(130, TOKEN),
        sale("order of two lines", "MerchantOrderId", "a\nb").causes(107, "MerchantOrderId"),
    ]
}
