//! Whole bodies: how they are encoded, how members are matched, and what is absent.
//!
//! Invariant: each body here has been sent by a real client, or is one that must be refused.

use super::*;

const COMPLETE: &str = r#"{"MerchantOrderId":"2014111701",
    "Customer":{"Name":"Comprador crédito","Address":{"Street":"Rua Teste","Number":"123"}},
    "Payment":{"Amount":15700,"Installments":1,"Capture":true,
        "CreditCard":{"CardNumber":"1234123412341231","ExpirationDate":"12/2030",
            "SaveCard":"false"},
        "ExtraDataCollection":[{"Name":"a","Value":"b"}]}}"#;

fn complete() -> Sale {
    let text = |text: &str| Some(text.to_owned());
    Sale {
        merchant_order_id: text("2014111701"),
        customer: Some(Customer {
            name: text("Comprador crédito"),
            address: Some(Address {
                street: text("Rua Teste"),
                number: text("123"),
            }),
        }),
        payment: Some(Payment {
            amount: Some(15_700),
            installments: Some(1),
            capture: Some(true),
            credit_card: Some(CreditCard {
                card_number: text("1234123412341231"),
                expiration_date: text("12/2030"),
                save_card: Some(false),
            }),
            extra_data_collection: Some(vec![ExtraData {
                name: text("a"),
                value: text("b"),
            }]),
        }),
    }
}

#[test]
fn a_complete_sale() {
    assert_eq!(read_text(COMPLETE), Ok(complete()));
}

#[test]
fn latin1_and_a_byte_order_mark() {
    let latin1: Vec<u8> = COMPLETE
        .chars()
        .map(|character| u8::try_from(character).unwrap())
        .collect();
    assert!(str::from_utf8(&latin1).is_err());
    assert_eq!(read(&latin1), Ok(complete()));
    for body in [COMPLETE.as_bytes(), &latin1] {
        assert_eq!(read(&[b"\xEF\xBB\xBF", body].concat()), Ok(complete()));
    }
    let every_byte: Vec<u8> = (0x80..=0xFF).collect();
    let expected: String = ('\u{80}'..='\u{FF}').collect();
    let body = [b"\"", every_byte.as_slice(), b"\""].concat();
    assert_eq!(read(&body), Ok(expected));
}

#[test]
fn no_json() {
    for body in [
        "",
        " \r\n\t",
        "\u{FEFF}",
        "{",
        "{}x",
        "{} {}",
        "{'a':1}",
        "{a:1}",
        r#"{"a":1,}"#,
        "[1,]",
        "NaN",
        "01",
        "+1",
        r#"{"Payment":{"Amount":01}}"#,
        "a=b&c=d",
        "<a/>",
        "/**/{}",
    ] {
        assert_eq!(fault(body), None, "{body}");
    }
    let malformed = Malformed { field: None };
    assert_eq!(read::<Sale>(b"\0"), Err(malformed.clone()));
    assert_eq!(read::<Sale>(b"{\xFF}"), Err(malformed));
}

#[test]
fn json_of_the_wrong_kind_as_a_whole() {
    for body in ["null", "[]", "[{}]", "1", "true", r#""""#, r#""x""#] {
        assert_eq!(fault(body), None, "{body}");
    }
}

#[test]
fn names_in_any_case() {
    let camel = COMPLETE
        .replace("\"M", "\"m")
        .replace("\"P", "\"p")
        .replace("\"C", "\"c");
    let camel = camel.replace("\"comprador", "\"Comprador");
    assert_ne!(camel, COMPLETE);
    assert_eq!(read_text(&camel), Ok(complete()));
    let order = |text: &str| read_text::<Sale>(text).unwrap().merchant_order_id;
    for body in [
        r#"{"MERCHANTORDERID":"1"}"#,
        r#"{"merchantorderid":"1"}"#,
        r#"{"Merchant\u004frderId":"1"}"#,
    ] {
        assert_eq!(order(body).as_deref(), Some("1"), "{body}");
    }
    for body in [r#"{"Merchant OrderId":"1"}"#, r#"{" MerchantOrderId":"1"}"#] {
        assert_eq!(order(body), None, "{body}");
    }
    // U+212A, the sign of the kelvin, is a small k in Unicode alone.
    #[derive(Deserialize)]
    struct Key {
        k: Option<u8>,
    }
    assert_eq!(read_text::<Key>("{\"\u{212A}\":1}").unwrap().k, None);
    assert_eq!(read_text::<Key>(r#"{"K":1}"#).unwrap().k, Some(1));
}

#[test]
fn the_last_of_two_values_counts() {
    let amount = |members: &str| {
        let body = format!(r#"{{"Payment":{{"Capture":true,{members}}}}}"#);
        read_text::<Sale>(&body).map(|sale| sale.payment.unwrap().amount)
    };
    assert_eq!(amount(r#""Amount":1,"Amount":2"#), Ok(Some(2)));
    assert_eq!(amount(r#""Amount":1,"AMOUNT":2,"amount":3"#), Ok(Some(3)));
    assert_eq!(amount(r#""amount":[],"Amount":2"#), Ok(Some(2)));
    assert_eq!(amount(r#""Amount":1,"amount":null"#), Ok(None));
    let malformed = Err(Some("Payment.Amount".to_owned()));
    assert_eq!(amount(r#""Amount":1,"amount":[]"#), malformed);
}

#[test]
fn unknown_members_are_not_looked_at() {
    let body = r#"{"Other":[{"a":"\u0000"},1e300,{}],"MerchantOrderId":"1","Payments":{"x":[]}}"#;
    let order = read_text::<Sale>(body).unwrap().merchant_order_id;
    assert_eq!(order.as_deref(), Some("1"));
}

#[test]
fn nothing_but_nulls_is_absent() {
    for body in [
        "{}",
        r#"{"MerchantOrderId":null,"Customer":null,"Payment":null}"#,
        r#"{"Customer":{},"Payment":{}}"#,
        r#"{"Payment":{"Amount":null,"CreditCard":{"CardNumber":null},"Other":{"a":{}}}}"#,
        r#"{"Payment":{"Amount":"","CreditCard":{"SaveCard":" "}}}"#,
    ] {
        assert_eq!(read_text(body), Ok(Sale::default()), "{body}");
    }
    let sale: Sale = read_text(r#"{"Payment":{"CreditCard":{"Other":0}}}"#).unwrap();
    let expected = Payment {
        credit_card: Some(CreditCard::default()),
        ..Payment::default()
    };
    assert_eq!(sale.payment, Some(expected));
}

#[test]
fn the_malformed_member_is_named_as_the_api_names_it() {
    for (body, path) in [
        (r#"{"merchantorderid":{"a":1}}"#, "MerchantOrderId"),
        (r#"{"MerchantOrderId":["1"]}"#, "MerchantOrderId"),
        (r#"{"MerchantOrderId":"\u0000"}"#, "MerchantOrderId"),
        (r#"{"Customer":"Ana"}"#, "Customer"),
        (r#"{"Customer":[]}"#, "Customer"),
        (r#"{"Customer":""}"#, "Customer"),
        (r#"{"Payment":[{"Amount":1}]}"#, "Payment"),
        (r#"{"payment":{"amount":"x"}}"#, "Payment.Amount"),
        (r#"{"payment":{"amount":115.5}}"#, "Payment.Amount"),
        (r#"{"payment":{"installments":-1}}"#, "Payment.Installments"),
        (r#"{"payment":{"capture":"sim"}}"#, "Payment.Capture"),
        (
            r#"{"payment":{"creditcard":{"expirationdate":{"month":12}}}}"#,
            "Payment.CreditCard.ExpirationDate",
        ),
        (
            r#"{"customer":{"address":{"number":[1]}}}"#,
            "Customer.Address.Number",
        ),
    ] {
        assert_eq!(fault(body).as_deref(), Some(path), "{body}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    for opening in ["[", r#"{"a":"#, r#"{"Payment":"#, r#"[{"Customer":["#] {
        assert_eq!(fault(&opening.repeat(10_000)), None);
    }
    let deep = |levels| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let body = |levels| format!(r#"{{"MerchantOrderId":"1","Other":{}}}"#, deep(levels));
    assert!(read_text::<Sale>(&body(126)).is_ok());
    assert!(read_text::<serde_json::Value>(&body(126)).is_ok());
    assert_eq!(fault(&body(127)), None);
}

#[test]
fn an_error_says_nothing_of_the_body() {
    let body = r#"{"Payment":{"CreditCard":{"CardNumber":["4111111111111111"]}}}"#;
    let malformed = read::<Sale>(body.as_bytes()).unwrap_err();
    for shown in [format!("{malformed}"), format!("{malformed:?}")] {
        assert!(!shown.contains("4111"), "{shown}");
    }
}
