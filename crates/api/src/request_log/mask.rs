//! Bodies as they may be kept: without card numbers, security codes, keys, passwords and tickets.
//!
//! Invariant: a body is read as JSON and written anew, so that escapes, odd spacing and members in
//! any case hide nothing. Of what is no JSON every letter and digit is a star. Addresses of buyers'
//! pages are kept without the ticket that opens them. Masked before it is cut.

use std::borrow::Cow;
use std::fmt;

use aval_domain::card::{CardNumber, without_card_numbers};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::cut;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// What stands before the ticket that opens a buyer's page.
const TICKET: &str = "ticket=";
/// Members whose value is a secret, in lower case: a name that contains one of these.
const SECRETS: [&str; 10] = [
    "securitycode",
    "cvv",
    "cvc",
    "merchantkey",
    "password",
    "secret",
    "cavv",
    "walletkey",
    "authorization",
    "seguranca",
];
/// Names that contain one of them and are none.
const HARMLESS: [&str; 1] = ["authorizationcode"];
/// Members of answers that are ours, in lower case: by chance they may look like a card number.
const OURS: [&str; 5] = [
    "tid",
    "paymentid",
    "recurrentpaymentid",
    "cardtoken",
    "href",
];

/// A request's body.
pub(super) fn body(bytes: &[u8], most: usize) -> Box<str> {
    rewritten(bytes, &[], most)
}

/// A body without secrets; members of these names, in lower case, are kept as they are.
fn rewritten(bytes: &[u8], ours: &'static [&'static str], most: usize) -> Box<str> {
    if bytes.is_empty() {
        return Box::default();
    }
    let text = text_of(bytes);
    let mut out = Vec::with_capacity(text.len());
    let mut json = serde_json::Deserializer::from_str(&text);
    let masked = Masked {
        out: &mut out,
        ours,
        place: Place::Any,
    };
    let whole = masked.deserialize(&mut json);
    if whole.is_ok()
        && json.end().is_ok()
        && let Ok(out) = String::from_utf8(out)
    {
        return cut(Cow::Owned(out), most);
    }
    cut(Cow::Owned(without_words(&text)), most)
}

/// An answer's body: ours, but it may repeat what the caller wrote.
pub(super) fn answer(bytes: &[u8], most: usize) -> Box<str> {
    if bytes.is_empty() {
        return Box::default();
    }
    rewritten(bytes, &OURS, most)
}

/// An address without the values of tickets.
fn without_tickets(address: &str) -> String {
    let mut parts = address.split(TICKET);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['&', '#', ' ']).unwrap_or(part.len());
        kept.push_str(TICKET);
        kept.push_str(HIDDEN);
        kept.push_str(part.get(end..).unwrap_or_default());
    }
    kept
}

/// A path with its query, percent-escapes undone first.
pub(super) fn path(path: &str, most: usize) -> Box<str> {
    let plain = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let plain = without_tickets(&plain);
    let segments = plain.split_inclusive(['/', '?', '&', '=']);
    let masked: String = segments
        .map(|segment| {
            let end = segment.trim_end_matches(['/', '?', '&', '=']).len();
            let (segment, mark) = segment.split_at_checked(end).unwrap_or((segment, ""));
            format!("{}{mark}", without_card_numbers(segment))
        })
        .collect();
    cut(Cow::Owned(masked), most)
}

/// As the reader of requests takes it: UTF-8, else Latin-1; without a byte order mark.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let text = std::str::from_utf8(bytes).map_or_else(
        |_| Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Cow::Borrowed,
    );
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
        Cow::Owned(text) => Cow::Owned(text),
    }
}

/// The marks alone, which still show where a comma or a quote is missing.
fn without_words(text: &str) -> String {
    let star = |c: char| if c.is_alphanumeric() { '*' } else { c };
    text.chars().map(star).collect()
}

/// Whether a member's value is a secret. Most names lack a letter of every secret, which is quick
/// to see.
fn is_secret(name: &str) -> bool {
    let has = letters(name);
    if SECRETS.iter().all(|secret| letters(secret) & !has != 0) {
        return false;
    }
    let plain = |c: &char| c.is_alphanumeric();
    let name: String = name
        .chars()
        .filter(plain)
        .flat_map(char::to_lowercase)
        .collect();
    SECRETS.iter().any(|secret| name.contains(secret)) && !HARMLESS.contains(&name.as_str())
}

/// The letters of a name, in either case, as bits.
fn letters(name: &str) -> u32 {
    let letter = |byte: u8| {
        let place = (byte | 0x20).wrapping_sub(b'a');
        1_u32.checked_shl(u32::from(place)).unwrap_or(0)
    };
    name.bytes().fold(0, |had, byte| had | letter(byte))
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a member of an answer that is ours.
    Ours,
    /// In a member that holds a card number.
    Card,
    /// Elsewhere.
    Any,
}

/// Writes a JSON value as it is read, masked.
struct Masked<'a> {
    out: &'a mut Vec<u8>,
    /// Names of members that are ours.
    ours: &'static [&'static str],
    place: Place,
}

impl<'de> DeserializeSeed<'de> for Masked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl Masked<'_> {
    /// For a value within this one.
    fn inner(&mut self, place: Place) -> Masked<'_> {
        Masked {
            out: &mut *self.out,
            ours: self.ours,
            place,
        }
    }

    /// Where the value of a member stands.
    fn place(&self, name: &str) -> Place {
        if self.ours.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
            Place::Ours
        } else if name.to_ascii_lowercase().contains("cardnumber") {
            Place::Card
        } else {
            Place::Any
        }
    }

    /// A text as it is kept in its place.
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.starts_with("http") && text.contains(TICKET) {
            return Cow::Owned(without_card_numbers(&without_tickets(text)).into_owned());
        }
        match self.place {
            Place::Ours => Cow::Borrowed(text),
            // Of a number with a digit too few nothing is shown either, but of one that is masked.
            Place::Card if !text.contains('*') => CardNumber::parse(text).map_or_else(
                |_| Cow::Owned(without_words(text)),
                |number| Cow::Owned(number.masked()),
            ),
            Place::Card | Place::Any => without_card_numbers(text),
        }
    }

    fn text(&mut self, text: &str) {
        // Written to memory, JSON of a text cannot fail.
        let _ = serde_json::to_writer(&mut *self.out, text);
    }

    fn number(&mut self, number: &str) {
        match self.shown(number) {
            masked if masked == number => self.out.extend_from_slice(number.as_bytes()),
            masked => self.text(&masked),
        }
    }
}

impl<'de> Visitor<'de> for Masked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        let shown = self.shown(text);
        self.text(&shown);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        let word = if value { "true" } else { "false" };
        self.out.extend_from_slice(word.as_bytes());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn visit_u64<E>(mut self, number: u64) -> Result<(), E> {
        self.number(&number.to_string());
        Ok(())
    }

    fn visit_i64<E>(mut self, number: i64) -> Result<(), E> {
        self.number(&number.to_string());
        Ok(())
    }

    fn visit_f64<E>(mut self, number: f64) -> Result<(), E> {
        self.number(&number.to_string());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.out.push(b'[');
        let start = self.out.len();
        loop {
            let end = self.out.len();
            if end > start {
                self.out.push(b',');
            }
            if items.next_element_seed(self.inner(Place::Any))?.is_none() {
                self.out.truncate(end);
                break;
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.out.push(b'{');
        let start = self.out.len();
        while let Some(name) = members.next_key::<String>()? {
            if self.out.len() > start {
                self.out.push(b',');
            }
            self.text(&without_card_numbers(&name));
            self.out.push(b':');
            if is_secret(&name) {
                members.next_value::<serde::de::IgnoredAny>()?;
                self.text(HIDDEN);
            } else {
                let place = self.place(&name);
                members.next_value_seed(self.inner(place))?;
            }
        }
        self.out.push(b'}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        body(text.as_bytes(), 8_192).into()
    }

    #[test]
    fn a_body_is_written_anew_without_what_is_secret() {
        for (sent, kept) in [
            (
                r#"{ "CardNumber": "4024007153763191", "SecurityCode": "123" }"#,
                r#"{"CardNumber":"402400******3191","SecurityCode":"***"}"#,
            ),
            (
                r#"{"cardnumber":4024007153763191,"SECURITYCODE":123,"Amount":15700}"#,
                r#"{"cardnumber":"402400******3191","SECURITYCODE":"***","Amount":15700}"#,
            ),
            (
                r#"{"Security\u0043ode":[1,{"a":"234"}],"a":"\u0034024007153763191"}"#,
                r#"{"SecurityCode":"***","a":"402400******3191"}"#,
            ),
            (
                r#"{"a":[1,-2.5,true,null,"é\n"],"AuthorizationCode":"123456","b":[],"c":{}}"#,
                r#"{"a":[1,-2.5,true,null,"é\n"],"AuthorizationCode":"123456","b":[],"c":{}}"#,
            ),
            (
                r#"{"4024007153763191":"x","x":"card 4024 0071 5376 3191"}"#,
                r#"{"402400******3191":"x","x":"card 402400******3191"}"#,
            ),
            (
                "{\"CardNumber\":\"4024--0071..5376\\t3191\",\"x\":\"4024  0071\u{a0}5376--3191\"}",
                r#"{"CardNumber":"402400******3191","x":"402400******3191"}"#,
            ),
            (
                r#"{"cardNumber":"402400715376","y":{"NewCardNumber":402400715376}}"#,
                r#"{"cardNumber":"************","y":{"NewCardNumber":"************"}}"#,
            ),
            (
                r#"{"a":"y","MerchantKey":"ABC"}"#,
                r#"{"a":"y","MerchantKey":"***"}"#,
            ),
        ] {
            assert_eq!(masked(sent), kept);
        }
    }

    #[test]
    fn what_is_no_json_keeps_its_marks_alone() {
        for text in [
            r#"{"SecurityCode":"123""#,
            "{SecurityCode: 123}",
            "CardNumber=4024007153763191",
            r#"{"a":1} 4024007153763191"#,
            r#"{"Password":"hunter",}"#,
        ] {
            let kept = masked(text);
            assert_eq!(kept.len(), text.len());
            assert!(!kept.contains(char::is_alphanumeric), "{kept}");
        }
        assert_eq!(&*body(b"\xe9 1", 99), "* *");
        assert_eq!(&*body(br#"{"a":"b",}"#, 99), r#"{"*":"*",}"#);
        assert_eq!(&*body(b"", 99), "");
    }

    #[test]
    fn a_body_is_cut_after_it_was_masked() {
        let sent = format!(r#"{{"a":"{}4024007153763191"}}"#, "é".repeat(40));
        for most in 0..sent.len() {
            let kept = body(sent.as_bytes(), most);
            assert!(kept.len() <= most && !kept.contains("4024007"), "{kept}");
        }
    }

    #[test]
    fn an_answer_stays_as_it_is_unless_a_card_number_may_be_in_it() {
        let plain = r#"{"Tid":"09280849222461234567","Date":"2026-11-22 03:58:21"}"#;
        assert_eq!(&*answer(plain.as_bytes(), 99), plain);
        let said = r#"{"Name":"\"Tid\":\"4024007153763191"}"#;
        assert!(!answer(said.as_bytes(), 99).contains("4024007"));
        let echo = r#"{"Name":"4024 0071 5376 3191","Tid":"4024007153763191"}"#;
        assert_eq!(
            &*answer(echo.as_bytes(), 99),
            r#"{"Name":"402400******3191","Tid":"4024007153763191"}"#
        );
        let wrong = r#"{"Tid":"4024007153763191"}"#;
        assert_eq!(
            &*body(wrong.as_bytes(), 99),
            r#"{"Tid":"402400******3191"}"#
        );
    }

    #[test]
    fn the_ticket_of_a_buyers_page_is_not_kept() {
        let url = "https://pay.example/boleto/24bc8366?ticket=AbC-123_x&lang=en";
        let text = format!(r#"{{"Payment":{{"Url":"{url}","Links":[{{"Href":"{url}"}}]}}}}"#);
        let kept = answer(text.as_bytes(), 999);
        assert!(!kept.contains("AbC"), "{kept}");
        let masked = "https://pay.example/boleto/24bc8366?ticket=***&lang=en";
        assert_eq!(kept.matches(masked).count(), 2, "{kept}");
        assert_eq!(&*path("/x?ticket=AbC&a=1", 99), "/x?ticket=***&a=1");
        assert!(!body(text.as_bytes(), 999).contains("AbC"));
    }

    #[test]
    fn card_numbers_in_a_path_are_masked_and_ids_stay() {
        let id = "/1/sales/24bc8366-fc31-4d6c-8555-17049a836a07/void?amount=100";
        assert_eq!(&*path(id, 512), id);
        let order = "/1/sales/%34024007153763191/void?merchantOrderId=4024007153763191";
        let kept = "/1/sales/402400******3191/void?merchantOrderId=402400******3191";
        assert_eq!(&*path(order, 512), kept);
    }
}
