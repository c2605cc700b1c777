//! The document of the API as pages show it: one entry for each call, its members in a flat list.
//!
//! Invariant: every call of the document is here once, under a name of its own; what refers to
//! itself ends somewhere.

use std::sync::LazyLock;

use aval_api::openapi::COPY;
use serde_json::Value;

/// Levels of members that are shown.
const DEEPEST: usize = 6;

/// A call.
#[derive(Debug)]
pub struct Call {
    /// Its name in addresses.
    pub name: String,
    /// What it belongs to.
    pub tag: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// What it does.
    pub summary: String,
    /// More about it.
    pub about: String,
    /// What stands in its path, query and headers of its own.
    pub parameters: Vec<Member>,
    /// Its body, if it takes one.
    pub body: Vec<Member>,
    /// How it is answered.
    pub answers: Vec<Answer>,
}

/// A member of a body, or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// How deep it stands, from 0.
    pub depth: usize,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub about: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: String,
    /// When it is given.
    pub about: String,
    /// Its body.
    pub members: Vec<Member>,
}

impl Answer {
    /// Whether it tells of success.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.status.starts_with('2')
    }
}

impl Call {
    /// Whether it is of the sandbox API.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.tag == "Sandbox"
    }

    /// The method in small letters.
    #[must_use]
    pub fn verb(&self) -> String {
        self.method.to_lowercase()
    }
}

/// Every call, in the order of the document's tags.
pub static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| {
    let document = serde_json::from_str(COPY).unwrap_or_default();
    let mut calls = read(&document);
    let tags: Vec<&str> = list(&document, "tags")
        .filter_map(|tag| tag.get("name").and_then(Value::as_str))
        .collect();
    let place = |call: &Call| tags.iter().position(|tag| *tag == call.tag);
    calls.sort_by_key(place);
    calls
});

fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text(of: &Value, name: &str) -> String {
    let found = of.get(name).and_then(Value::as_str).unwrap_or_default();
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read(document: &Value) -> Vec<Call> {
    let mut calls = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, of_path) in paths.into_iter().flatten() {
        for (method, of_call) in of_path.as_object().into_iter().flatten() {
            calls.push(call(document, path, method, of_call));
        }
    }
    calls
}

fn call(document: &Value, path: &str, method: &str, of: &Value) -> Call {
    let content = |of: &Value| {
        let schema = of.pointer("/content/application~1json/schema").cloned();
        let mut members = Vec::new();
        if let Some(schema) = schema {
            collect(document, &schema, 0, &mut members);
        }
        members
    };
    let answers = of.get("responses").and_then(Value::as_object);
    let answers = answers.into_iter().flatten().map(|(status, of)| Answer {
        status: status.clone(),
        about: text(of, "description"),
        members: if status.starts_with('2') {
            content(of)
        } else {
            Vec::new()
        },
    });
    Call {
        name: name(method, path),
        tag: list(of, "tags")
            .find_map(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(of, "summary"),
        about: text(of, "description"),
        parameters: list(of, "parameters").filter_map(parameter).collect(),
        body: of.get("requestBody").map(content).unwrap_or_default(),
        answers: answers.collect(),
    }
}

/// A call's name in addresses: `put-1-sales-paymentid-capture`.
fn name(method: &str, path: &str) -> String {
    let mut name = method.to_lowercase();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        name.push('-');
        let letters = part.chars().filter(char::is_ascii_alphanumeric);
        name.extend(letters.map(|c| c.to_ascii_lowercase()));
    }
    name
}

fn parameter(of: &Value) -> Option<Member> {
    let name = text(of, "name");
    // What every call has is told once for all of them.
    if ["RequestId", "Idempotency-Key"].contains(&name.as_str()) {
        return None;
    }
    Some(Member {
        depth: 0,
        name,
        kind: text(of, "in"),
        required: of.get("required").and_then(Value::as_bool) == Some(true),
        about: text(of, "description"),
    })
}

/// What a schema refers to, itself when it is no reference; of one that may be null, the rest.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    if let Some(found) = reference.and_then(|to| document.pointer(to.trim_start_matches('#'))) {
        return found;
    }
    let is_null = |one: &Value| one.get("type").and_then(Value::as_str) == Some("null");
    let choices: Vec<&Value> = list(schema, "oneOf").filter(|one| !is_null(one)).collect();
    match choices.as_slice() {
        [one] => resolved(document, one),
        _ => schema,
    }
}

fn collect(document: &Value, schema: &Value, depth: usize, members: &mut Vec<Member>) {
    if depth >= DEEPEST {
        return;
    }
    let schema = resolved(document, schema);
    if let Some(items) = schema.get("items") {
        collect(document, items, depth, members);
        return;
    }
    for part in list(schema, "allOf").chain(list(schema, "oneOf")) {
        collect(document, part, depth, members);
    }
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, of) in properties.into_iter().flatten() {
        let described = [of]
            .into_iter()
            .chain(list(of, "oneOf"))
            .map(|one| text(one, "description"))
            .find(|text| !text.is_empty());
        members.push(Member {
            depth,
            name: name.clone(),
            kind: kind(document, of),
            required: required.contains(&name.as_str()),
            about: described.unwrap_or_default(),
        });
        collect(document, of, depth.saturating_add(1), members);
    }
}

/// What a member holds, in a word or two.
fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(items) = schema.get("items") {
        return format!("{}[]", kind(document, items));
    }
    let named = match schema.get("type") {
        Some(Value::String(one)) => one.as_str(),
        Some(Value::Array(several)) => several
            .iter()
            .filter_map(Value::as_str)
            .find(|one| *one != "null")
            .unwrap_or("any"),
        Some(_) | None if schema.get("properties").is_some() => "object",
        Some(_) | None => "any",
    };
    named.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use utoipa::OpenApi as _;

    use super::*;
    use crate::openapi::Document;

    #[test]
    fn every_call_of_the_document_has_a_name_of_its_own_and_says_what_it_does() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let count: usize = paths.values().map(|of| of.as_object().unwrap().len()).sum();
        assert_eq!(CALLS.len(), count);
        let names: BTreeSet<&str> = CALLS.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names.len(), count);
        for call in CALLS.iter() {
            assert!(
                !call.summary.is_empty() && !call.tag.is_empty(),
                "{}",
                call.name
            );
            assert!(call.answers.iter().any(Answer::is_good), "{}", call.name);
        }
    }

    #[test]
    fn members_of_a_sale_are_found_at_every_level() {
        let sale = CALLS
            .iter()
            .find(|call| call.name == "post-1-sales")
            .unwrap();
        let find = |name: &str| sale.body.iter().find(|member| member.name == name);
        let (payment, card) = (find("Payment").unwrap(), find("CreditCard").unwrap());
        assert_eq!((payment.depth, card.depth), (0, 1));
        let amount = find("Amount").unwrap();
        assert_eq!((amount.kind.as_str(), amount.depth), ("integer", 1));
        assert!(amount.about.contains("Cents"));
    }
}
