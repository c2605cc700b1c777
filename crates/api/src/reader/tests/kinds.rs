//! What each kind of value may be written as, and where it is said to be malformed.
//!
//! Invariant: each leniency stands next to what is just beyond it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::*;

/// Reads each text as a body of its own.
fn assert_each<T: DeserializeOwned + PartialEq + Debug>(table: &[(&str, Option<T>)]) {
    for (text, expected) in table {
        let expected = expected.as_ref().ok_or(&None);
        assert_eq!(read_text::<T>(text).as_ref(), expected, "{text}");
    }
}

#[test]
fn booleans() {
    for text in [
        "true",
        "1",
        "1.0",
        r#""true""#,
        r#""TRUE""#,
        r#"" True ""#,
        r#""1""#,
    ] {
        assert_eq!(read_text(text), Ok(true), "{text}");
    }
    for text in [
        "false",
        "0",
        "0.0",
        "-0",
        r#""False""#,
        r#""\tfalse""#,
        r#""0""#,
    ] {
        assert_eq!(read_text(text), Ok(false), "{text}");
    }
    for text in [
        "2",
        "-1",
        "0.5",
        r#""yes""#,
        r#""t rue""#,
        r#""""#,
        "null",
        "[]",
        "[true]",
    ] {
        assert_eq!(read_text::<bool>(text), Err(None), "{text}");
    }
}

#[test]
fn whole_numbers() {
    assert_each::<i64>(&[
        ("15700", Some(15_700)),
        ("-1", Some(-1)),
        ("11500.0", Some(11_500)),
        ("1.15e4", Some(11_500)),
        ("-0.0", Some(0)),
        (r#""15600""#, Some(15_600)),
        (r#"" +15600\n""#, Some(15_600)),
        (r#""-5""#, Some(-5)),
        (r#""00042""#, Some(42)),
        (r#""11500.0""#, Some(11_500)),
        (r#""11500.000""#, Some(11_500)),
        ("115.5", None),
        (r#""115.5""#, None),
        (r#""115.""#, None),
        (r#"".0""#, None),
        (r#""1e4""#, None),
        (r#""1,000""#, None),
        (r#""+-5""#, None),
        (r#""1 5""#, None),
        (r#""٣""#, None),
        (r#""-""#, None),
        (r#""""#, None),
        (r#"" ""#, None),
        ("true", None),
        ("null", None),
        ("[1]", None),
        ("{}", None),
        (r#"{"Amount":1}"#, None),
    ]);
}

#[test]
fn whole_numbers_out_of_range() {
    let digits = "9".repeat(60);
    for (text, expected) in [
        ("9223372036854775807", i64::MAX),
        ("9223372036854775808", i64::MAX),
        ("-9223372036854775809", i64::MIN),
        ("99999999999999999999999", i64::MAX),
        ("1e300", i64::MAX),
        ("-1e300", i64::MIN),
        (&format!("\"{digits}\""), i64::MAX),
        (&format!("\"-{digits}.0\""), i64::MIN),
    ] {
        assert_eq!(read_text(text), Ok(expected), "{text}");
    }
    assert_eq!(read_text::<i64>("1e999"), Err(None));
    assert_each::<u8>(&[
        ("255", Some(255)),
        (r#""255.0""#, Some(255)),
        ("256", None),
        ("-1", None),
        (r#""-1""#, None),
        ("1e300", None),
    ]);
    assert_each::<u16>(&[("65535", Some(65_535)), ("65536", None)]);
    assert_each::<i32>(&[("-2147483648", Some(i32::MIN)), ("2147483648", None)]);
    assert_each::<u32>(&[("4294967295.0", Some(u32::MAX)), ("4294967296", None)]);
    assert_each::<u64>(&[
        ("18446744073709551615", Some(u64::MAX)),
        (r#""18446744073709551615""#, Some(u64::MAX)),
        (r#""18446744073709551616""#, None),
    ]);
}

#[test]
fn decimals() {
    assert_each::<f64>(&[
        ("1.5", Some(1.5)),
        ("-2", Some(-2.0)),
        (r#"" 1.5 ""#, Some(1.5)),
        (r#""inf""#, None),
        (r#""NaN""#, None),
        (r#""1e999""#, None),
        ("true", None),
    ]);
    assert_eq!(read_text("1.5"), Ok(1.5_f32));
}

#[test]
fn texts() {
    let text = |text: &str| Some(text.to_owned());
    assert_each::<String>(&[
        (r#""2021-05-01""#, text("2021-05-01")),
        (r#""""#, text("")),
        (r#"" a ""#, text(" a ")),
        (r#""a\"b\u00e9\n""#, text("a\"bé\n")),
        (r#""\ud83d\ude00""#, text("😀")),
        ("160", text("160")),
        ("-160", text("-160")),
        ("1234123412341231", text("1234123412341231")),
        ("18446744073709551615", text("18446744073709551615")),
        ("11500.0", text("11500")),
        ("0.1", text("0.1")),
        ("true", text("true")),
        ("false", text("false")),
        ("null", None),
        ("[]", None),
        ("{}", None),
        (r#"["a"]"#, None),
        (r#""a\u0000""#, None),
        (r#""\u0000""#, None),
        (r#""\ud83d""#, None),
        ("\"a\nb\"", None),
    ]);
    assert_eq!(read_text::<char>(r#""x""#), Ok('x'));
}

#[test]
fn a_blank_text_is_no_number() {
    assert_each::<Option<i64>>(&[(r#""""#, Some(None)), (r#"" ""#, Some(None))]);
    assert_each::<Option<bool>>(&[(r#""""#, Some(None))]);
    assert_each::<Option<String>>(&[(r#""""#, Some(Some(String::new()))), ("null", Some(None))]);
    assert_each::<Vec<Option<f64>>>(&[(r#"["",1,null]"#, Some(vec![Some(1.0)]))]);
    let sale: Sale = read_text(
        r#"{"MerchantOrderId":"","Payment":{"Amount":"","Installments":" ","Capture":"",
            "CreditCard":{"CardNumber":"","SaveCard":""}}}"#,
    )
    .unwrap();
    let expected = Sale {
        merchant_order_id: Some(String::new()),
        payment: Some(Payment {
            credit_card: Some(CreditCard {
                card_number: Some(String::new()),
                ..CreditCard::default()
            }),
            ..Payment::default()
        }),
        ..Sale::default()
    };
    assert_eq!(sale, expected);
    let fault = fault(r#"{"Payment":{"Amount":"","Installments":"x"}}"#);
    assert_eq!(fault.as_deref(), Some("Payment.Installments"));
}

#[test]
fn a_blank_text_for_a_number_that_must_be_there_is_missing() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Change {
        amount: i64,
        #[serde(default)]
        tries: u8,
    }
    let change = |text| read_text::<Change>(text);
    let field = |name: &str| Err(Some(name.to_owned()));
    assert_eq!(change(r#"{"Amount":""}"#), field("Amount"));
    assert_eq!(change(r#"{"Amount":null}"#), field("Amount"));
    assert_eq!(change("{}"), field("Amount"));
    let expected = Change {
        amount: 1,
        tries: 0,
    };
    assert_eq!(change(r#"{"Amount":"1","Tries":""}"#), Ok(expected));
}

/// A number that refuses what the first pass puts in the place of a blank text.
#[test]
fn no_stand_in_is_left() {
    type Positive = std::num::NonZeroU8;
    #[derive(Debug, PartialEq, Deserialize)]
    struct Limits {
        a: Option<Positive>,
        b: Option<u8>,
    }
    let none = Limits { a: None, b: None };
    assert_eq!(read_text(r#"{"a":""}"#), Ok(none));
    let malformed = Err(Some("b".to_owned()));
    assert_eq!(read_text::<Limits>(r#"{"a":"","b":""}"#), malformed);
}

#[test]
fn arrays() {
    assert_each::<Vec<i64>>(&[
        ("[]", Some(vec![])),
        (r#"[1,null,"2",3.0,{}]"#, Some(vec![1, 2, 3])),
        ("1", None),
        (r#""""#, None),
        ("null", None),
    ]);
    let extra = |name: &str| ExtraData {
        name: Some(name.to_owned()),
        value: None,
    };
    assert_each::<Vec<ExtraData>>(&[
        (r#"{"Name":"a"}"#, Some(vec![extra("a")])),
        (
            r#"[null,{"Name":"a"},{"Name":null}]"#,
            Some(vec![extra("a")]),
        ),
        ("{}", Some(vec![])),
    ]);
    let collection = |text: &str| {
        let body = format!(r#"{{"Payment":{{"Amount":1,"ExtraDataCollection":{text}}}}}"#);
        read_text::<Sale>(&body).map(|sale| sale.payment.unwrap().extra_data_collection)
    };
    let field = |path: &str| Err(Some(format!("Payment.ExtraDataCollection{path}")));
    assert_eq!(collection("null"), Ok(None));
    assert_eq!(collection("{}"), Ok(None));
    assert_eq!(collection("[]"), Ok(Some(vec![])));
    assert_eq!(collection(r#"{"name":"a"}"#), Ok(Some(vec![extra("a")])));
    assert_eq!(collection("7"), field(""));
    assert_eq!(collection("[7]"), field("[0]"));
    assert_eq!(collection(r#"[null,{"NAME":["a"]}]"#), field("[1].Name"));
    assert_eq!(collection(r#"{"name":["a"]}"#), field("[0].Name"));
}

#[test]
fn lists_keep_positions_and_end() {
    let list = |text: &str| read_text::<List<i64>>(text);
    let of = |elements: Vec<Option<i64>>| List {
        elements,
        has_more: false,
    };
    assert_eq!(list("[]"), Ok(of(vec![])));
    let sparse = list(r#"[1,null,{},"","2"]"#);
    assert_eq!(sparse, Ok(of(vec![Some(1), None, None, None, Some(2)])));
    let read_beside = read::<List<i64>>(br#"[1,"x",[3],4]"#).unwrap();
    assert_eq!(read_beside.value, of(vec![Some(1), None, None, Some(4)]));
    assert_eq!(read_beside.wrong, ["[1]", "[2]"]);
    assert_eq!(list("7"), Err(None));
    let numbers = |count: usize| format!("[{}]", vec!["5"; count].join(","));
    let full = list(&numbers(List::<i64>::MOST)).unwrap();
    assert_eq!(full, of(vec![Some(5); List::<i64>::MOST]));
    let long = list(&numbers(100_000)).unwrap();
    assert_eq!(long.elements, full.elements);
    assert!(long.has_more);
    let malformed = wrong::<List<i64>>(&numbers(100_000).replace('5', "true"));
    assert_eq!(malformed.len(), List::<i64>::MOST);
    let single = read_text::<List<ExtraData>>(r#"{"Name":"a"}"#).unwrap();
    assert_eq!(single.elements.len(), 1);
}

#[test]
fn types_that_take_anything() {
    let anything = r#"{"a":[1,-1,1.5,"x",true,""]}"#;
    let expected = json!({"a": [1, -1, 1.5, "x", true, ""]});
    assert_eq!(read_text::<Value>(anything), Ok(expected));
    assert_eq!(read_text::<Value>("null"), Ok(Value::Null));
    assert_eq!(
        read_text::<Value>(r#"{"a":null,"b":[null,{}]}"#),
        Ok(json!({"b": []}))
    );
    assert!(read_text::<IgnoredAny>(anything).is_ok());
    let element = Err(Some("[1]".to_owned()));
    assert_eq!(read_text::<Value>(r#"["a","\u0000"]"#), element);
}

#[test]
fn maps_have_their_names_from_the_client() {
    type Map = BTreeMap<String, String>;
    let map = read_text::<Map>(r#"{"a":1,"B":null,"c":"x","a":2}"#);
    let expected = [("a", "2"), ("c", "x")].map(|(name, value)| (name.into(), value.into()));
    assert_eq!(map, Ok(BTreeMap::from(expected)));
    assert_eq!(read_text::<Map>("[]"), Err(None));
    assert_eq!(read_text::<Map>(r#"{"\u0000":""}"#), Err(None));
    assert_eq!(read_text::<Map>(r#"{"4111":[]}"#), Err(None));
    #[derive(Debug, PartialEq, Deserialize)]
    struct Headers {
        headers: BTreeMap<String, Vec<String>>,
    }
    let malformed = Err(Some("headers".to_owned()));
    let body = r#"{"Headers":{"4111":["a",["b"]]}}"#;
    assert_eq!(read_text::<Headers>(body), malformed);
}

#[test]
fn wrapped_values() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Cents(i64);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Holder {
        cents: Option<Cents>,
    }
    assert_eq!(read_text(r#""156""#), Ok(Cents(156)));
    assert_eq!(read_text(r#"{"Cents":""}"#), Ok(Holder { cents: None }));
    assert_eq!(
        read_text(r#"{"Cents":"1"}"#),
        Ok(Holder {
            cents: Some(Cents(1))
        })
    );
    let malformed = Err(Some("cents".to_owned()));
    assert_eq!(read_text::<Holder>(r#"{"Cents":[]}"#), malformed);
}
