//! Comparing an answer with a printed one, member by member.
//!
//! Invariant: nothing is skipped. A member that varies has a named form; a member that the printed
//! answer lacks must be one of those that newer answers have (decision D02).

use serde_json::Value;

/// The form of a value that cannot be foretold.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// 36 characters of a GUID, in lower case.
    Guid,
    /// So many digits.
    Digits(usize),
    /// `2022-09-28 08:49:22`.
    Date,
    /// `2015-04-06T10:13:39.42`: up to three decimals.
    IsoDate,
    /// 29 of A-Z and 0-9.
    Reference,
    /// This text.
    Text(&'static str),
    /// This number.
    Number(u64),
    /// False.
    False,
    /// An address with this path, a GUID and a ticket.
    Page(&'static str),
}

/// Members by their path, with the form they must have; `*` stands for any place in a list.
pub type Forms = Vec<(&'static str, Form)>;

/// What an answer may and must be beside the printed one.
#[derive(Debug, Default)]
pub struct Allowed {
    /// Members whose value varies.
    pub varying: Forms,
    /// Members that may be there though they are not printed.
    pub added: Forms,
}

impl Form {
    /// Whether the value has the form.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::Number(number) => *value == number,
            Self::False => *value == false,
            Self::Page(path) => is_page(value, path),
            Self::Text(text) => *value == text,
            Self::Guid => shape(value) == "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            Self::Digits(count) => is(value, count, |byte| byte.is_ascii_digit()),
            Self::Date => digits(value) == "9999-99-99 99:99:99",
            Self::IsoDate => {
                let shown = digits(value);
                let (whole, decimals) = shown.split_once('.').unwrap_or((&shown, "9"));
                whole == "9999-99-99T99:99:99" && ["9", "99", "999"].contains(&decimals)
            }
            Self::Reference => {
                let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
                is(value, 29, allowed)
            }
        }
    }
}

fn is_page(value: &Value, path: &str) -> bool {
    let url = value.as_str().unwrap_or_default();
    let Some((host, rest)) = url.split_once(path) else {
        return false;
    };
    let Some((id, ticket)) = rest.split_once("?ticket=") else {
        return false;
    };
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    host.starts_with("http://127.0.0.1:")
        && Form::Guid.fits(&Value::from(id))
        && ticket.len() == 43
        && ticket.bytes().all(is_sign)
}

fn is(value: &Value, length: usize, allowed: impl Fn(u8) -> bool) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.len() == length && text.bytes().all(allowed)
}

/// The text with each digit as a nine.
fn digits(value: &Value) -> String {
    let nine = |c: char| if c.is_ascii_digit() { '9' } else { c };
    value
        .as_str()
        .unwrap_or_default()
        .chars()
        .map(nine)
        .collect()
}

/// The text with each hexadecimal digit in lower case as an x.
fn shape(value: &Value) -> String {
    let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let x = |c: char| if hex(c) { 'x' } else { c };
    value.as_str().unwrap_or_default().chars().map(x).collect()
}

/// In what the answer is not as printed.
pub fn differences(printed: &Value, answer: &Value, allowed: &Allowed) -> Vec<String> {
    let mut found = Vec::new();
    compare(printed, answer, "", allowed, &mut found);
    found
}

fn compare(printed: &Value, answer: &Value, path: &str, all: &Allowed, found: &mut Vec<String>) {
    if let Some(form) = form_of(&all.varying, path) {
        if !form.fits(answer) {
            found.push(format!("{path}: {answer} is no {form:?}"));
        }
        return;
    }
    match (printed, answer) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (name, value) in ours {
                let path = format!("{path}/{name}");
                match theirs.get(name) {
                    Some(answer) => compare(value, answer, &path, all, found),
                    None => found.push(format!("{path}: missing")),
                }
            }
            for (name, value) in theirs.iter().filter(|(name, _)| !ours.contains_key(*name)) {
                let path = format!("{path}/{name}");
                match form_of(&all.added, &path) {
                    Some(form) if form.fits(value) => {}
                    Some(form) => found.push(format!("{path}: {value} is no {form:?}")),
                    None => found.push(format!("{path}: {value} is not expected")),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (ours, theirs) in ours.iter().zip(theirs) {
                compare(ours, theirs, &format!("{path}/*"), all, found);
            }
        }
        (printed, answer) if printed == answer => {}
        (printed, answer) => found.push(format!("{path}: {answer}, printed {printed}")),
    }
}

fn form_of(forms: &Forms, path: &str) -> Option<Form> {
    let found = forms.iter().find(|(at, _)| *at == path);
    found.map(|(_, form)| *form)
}
