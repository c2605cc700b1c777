//! What holds for every body.
//!
//! Invariant: a rewriting changes how a sale is written and never what it says.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// The only words that a path may hold.
const NAMES: [&str; 14] = [
    "MerchantOrderId",
    "Customer",
    "Name",
    "Address",
    "Street",
    "Number",
    "Payment",
    "Amount",
    "Installments",
    "Capture",
    "CreditCard",
    "CardNumber",
    "ExpirationDate",
    "SaveCard",
];
const COLLECTION_NAMES: [&str; 2] = ["ExtraDataCollection", "Value"];

proptest! {
    #[test]
    fn bytes_do_no_harm(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read::<Sale>(&body);
    }

    #[test]
    fn what_is_almost_json_does_no_harm(
        body in r#"([{}\[\]:,"\\0-9eE.+\-un]|null|"Payment"){0,60}"#,
    ) {
        let _ = read::<Sale>(body.as_bytes());
        let _ = read::<Value>(body.as_bytes());
    }

    #[test]
    fn any_tree_is_read_or_refused_by_name(tree in trees()) {
        let mut body = String::new();
        tree.write(&mut body);
        let wrong = read::<Sale>(body.as_bytes()).map_or_else(
            |malformed| malformed.field.into_iter().collect(),
            |read| read.wrong,
        );
        for path in wrong {
            for step in path.split('.') {
                let name = step.split('[').next().unwrap_or(step);
                let known = NAMES.contains(&name) || COLLECTION_NAMES.contains(&name);
                prop_assert!(known, "{}", path);
            }
        }
        prop_assert!(read::<serde::de::IgnoredAny>(body.as_bytes()).is_ok());
    }

    #[test]
    fn a_sale_reads_the_same_however_it_is_written(
        sale in sales(),
        dice in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let plain = serde_json::to_value(&sale).unwrap();
        let read_plainly = read_right::<Sale>(plain.to_string().as_bytes());
        prop_assert_eq!(read_plainly.as_ref(), Ok(&sale));
        let mut rewriting = Rewriting { dice: dice.into_iter(), body: String::new() };
        rewriting.write(&plain);
        let read = read_right::<Sale>(rewriting.body.as_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&sale), "{}", rewriting.body);
    }
}

/// JSON in which a name can come twice.
#[derive(Debug, Clone)]
enum Tree {
    /// As it is written.
    Scalar(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    fn write(&self, body: &mut String) {
        match self {
            Self::Scalar(text) => body.push_str(text),
            Self::Array(elements) => {
                write_all(body, "[]", elements, |element, body| element.write(body));
            }
            Self::Object(members) => write_all(body, "{}", members, |(name, value), body| {
                body.push_str(&Value::from(name.as_str()).to_string());
                body.push(':');
                value.write(body);
            }),
        }
    }
}

fn write_all<T>(body: &mut String, ends: &str, all: &[T], write: impl Fn(&T, &mut String)) {
    let (opening, closing) = ends.split_at(1);
    body.push_str(opening);
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        write(one, body);
    }
    body.push_str(closing);
}

fn trees() -> impl Strategy<Value = Tree> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        (-1e20..1e20).prop_map(|number: f64| Value::from(number).to_string()),
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        " ?[+-]?[0-9]{0,3}(.0)? ?".prop_map(|text| Value::from(text).to_string()),
    ];
    let known = (prop::sample::select(NAMES.to_vec()), any::<bool>()).prop_map(|(name, lower)| {
        if lower {
            name.to_lowercase()
        } else {
            name.to_owned()
        }
    });
    let collection = prop::sample::select(COLLECTION_NAMES.to_vec()).prop_map(str::to_owned);
    let names = prop_oneof![8 => known, 2 => collection, 1 => any::<String>()];
    scalar
        .prop_map(Tree::Scalar)
        .prop_recursive(6, 64, 8, move |inner| {
            let members = prop::collection::vec((names.clone(), inner.clone()), 0..8);
            prop_oneof![
                1 => prop::collection::vec(inner, 0..4).prop_map(Tree::Array),
                4 => members.prop_map(Tree::Object),
            ]
        })
}

/// Sales in which no object is empty, for such a one is read as absent.
fn sales() -> impl Strategy<Value = Sale> {
    (
        text(),
        prop::option::of(customers()),
        prop::option::of(payments()),
    )
        .prop_map(|(merchant_order_id, customer, payment)| Sale {
            merchant_order_id,
            customer,
            payment,
        })
}

fn customers() -> impl Strategy<Value = Customer> {
    let address = (given_text(), text()).prop_map(|(street, number)| Address { street, number });
    (given_text(), prop::option::of(address)).prop_map(|(name, address)| Customer { name, address })
}

fn payments() -> impl Strategy<Value = Payment> {
    let card = (given_text(), text(), any::<Option<bool>>()).prop_map(
        |(card_number, expiration_date, save_card)| CreditCard {
            card_number,
            expiration_date,
            save_card,
        },
    );
    let extra = (given_text(), text()).prop_map(|(name, value)| ExtraData { name, value });
    let extras = prop::collection::vec(extra, 0..3);
    let numbers = (any::<i64>(), any::<Option<u32>>(), any::<Option<bool>>());
    (numbers, prop::option::of(card), prop::option::of(extras)).prop_map(
        |((amount, installments, capture), credit_card, extra_data_collection)| Payment {
            amount: Some(amount),
            installments,
            capture,
            credit_card,
            extra_data_collection,
        },
    )
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[^\0]{0,8}")
}

fn given_text() -> impl Strategy<Value = Option<String>> {
    "[^\0]{0,8}".prop_map(Some)
}

/// Writes a value in one of the many ways that mean the same.
struct Rewriting {
    /// Once they are used up, everything is written plainly.
    dice: std::vec::IntoIter<u8>,
    body: String,
}

impl Rewriting {
    /// A number below the sides.
    fn roll(&mut self, sides: u8) -> u8 {
        let rolled = self.dice.next().unwrap_or(0);
        rolled.checked_rem(sides).unwrap_or(0)
    }

    fn write(&mut self, value: &Value) {
        match value {
            Value::Object(members) => self.write_object(members),
            Value::Array(elements) => self.write_array(elements),
            Value::Number(number) => {
                let exact = number
                    .as_i64()
                    .is_some_and(|number| number.abs_diff(0) < 1 << 53);
                let text = match self.roll(6) {
                    1 => format!("\"{number}\""),
                    2 => format!("\"  {number}.00 \""),
                    3 if exact => format!("{number}.0"),
                    _ => number.to_string(),
                };
                self.body.push_str(&text);
            }
            Value::Bool(value) => {
                let text = match self.roll(5) {
                    1 => format!("\"{value}\""),
                    2 => format!("\" {} \"", value.to_string().to_uppercase()),
                    3 => u8::from(*value).to_string(),
                    4 => format!("\"{}\"", u8::from(*value)),
                    _ => value.to_string(),
                };
                self.body.push_str(&text);
            }
            Value::Null if self.roll(2) == 1 => self.body.push_str(r#"{"X":null,"Y":{}}"#),
            Value::Null | Value::String(_) => self.body.push_str(&value.to_string()),
        }
    }

    fn write_object(&mut self, members: &serde_json::Map<String, Value>) {
        let mut rest: Vec<_> = members.iter().collect();
        self.body.push('{');
        while !rest.is_empty() {
            let at = usize::from(self.roll(8)).min(rest.len().saturating_sub(1));
            let (name, value) = rest.remove(at);
            if self.roll(4) == 1 {
                self.body.push_str(r#""Unknown":[1,{"Name":{}}],"#);
            }
            if self.roll(4) == 1 {
                self.write_name(name);
                self.body.push_str("[\"overruled\"],");
            }
            self.write_name(name);
            self.write(value);
            self.separate(!rest.is_empty());
        }
        self.body.push('}');
    }

    fn write_array(&mut self, elements: &[Value]) {
        if let ([single], 1) = (elements, self.roll(4)) {
            return self.write(single);
        }
        self.body.push('[');
        for (index, element) in elements.iter().enumerate() {
            self.separate(index > 0);
            if self.roll(3) == 1 {
                self.body.push_str("null,{},");
            }
            self.write(element);
        }
        self.body.push(']');
    }

    fn write_name(&mut self, name: &str) {
        self.body.push('"');
        for character in name.chars() {
            let flipped = match self.roll(4) {
                1 => character.to_ascii_uppercase(),
                2 => character.to_ascii_lowercase(),
                _ => character,
            };
            self.body.push(flipped);
        }
        self.body.push_str("\":");
    }

    fn separate(&mut self, more: bool) {
        if more {
            let comma = if self.roll(5) == 1 { "\n , " } else { "," };
            self.body.push_str(comma);
        }
    }
}
