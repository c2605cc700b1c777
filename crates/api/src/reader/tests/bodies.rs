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
    assert_eq!(read_right(&latin1), Ok(complete()));
    for body in [COMPLETE.as_bytes(), &latin1] {
        assert_eq!(
            read_right(&[b"\xEF\xBB\xBF", body].concat()),
            Ok(complete())
        );
    }
    let every_byte: Vec<u8> = (0x80..=0xFF).collect();
    let expected: String = ('\u{80}'..='\u{FF}').collect();
    let body = [b"\"", every_byte.as_slice(), b"\""].concat();
    assert_eq!(read_right(&body), Ok(expected));
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
fn all_malformed_members_are_named_and_the_rest_is_read() {
    let body = r#"{"MerchantOrderId":["1"],"Customer":{"Name":[],"Address":"x"},
        "Payment":{"Amount":"ten","Installments":"3","Capture":{"a":1},
            "CreditCard":{"CardNumber":{"a":1},"ExpirationDate":"12/2030"},
            "ExtraDataCollection":[7,{"Name":["a"],"Value":"b"},{"Name":"c","Value":{"d":1}}]}}"#;
    let Read { value, wrong } = read::<Sale>(body.as_bytes()).unwrap();
    let named = [
        "MerchantOrderId",
        "Customer.Name",
        "Customer.Address",
        "Payment.Amount",
        "Payment.Capture",
        "Payment.CreditCard.CardNumber",
        "Payment.ExtraDataCollection[0]",
        "Payment.ExtraDataCollection[1].Name",
        "Payment.ExtraDataCollection[2].Value",
    ];
    assert_eq!(wrong, named);
    let text = |text: &str| Some(text.to_owned());
    let extra = |name, value| ExtraData { name, value };
    let rest = Sale {
        merchant_order_id: None,
        customer: Some(Customer::default()),
        payment: Some(Payment {
            installments: Some(3),
            credit_card: Some(CreditCard {
                expiration_date: text("12/2030"),
                ..CreditCard::default()
            }),
            extra_data_collection: Some(vec![extra(None, text("b")), extra(text("c"), None)]),
            ..Payment::default()
        }),
    };
    assert_eq!(value, rest);
}

#[test]
fn a_node_in_which_all_is_malformed_is_not_absent() {
    let sale = read::<Sale>(br#"{"Customer":{"Name":["x"]},"Payment":{"Amount":""}}"#).unwrap();
    assert_eq!(sale.value.customer, Some(Customer::default()));
    assert_eq!(sale.value.payment, None, "a blank number is nothing");
    assert_eq!(sale.wrong, ["Customer.Name"]);
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
    let wrong = read::<Sale>(body.as_bytes()).unwrap().wrong;
    let malformed = read::<Sale>(&body.as_bytes()[1..]).unwrap_err();
    for shown in [
        wrong.concat(),
        format!("{malformed}"),
        format!("{malformed:?}"),
    ] {
        assert!(!shown.contains("4111"), "{shown}");
    }
}
