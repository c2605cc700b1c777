//! A body as a tree that borrows its texts, before it is known what each value should be.
//!
//! Invariant: a tree is no deeper than serde_json's limit of 128 levels, so that walking and
//! dropping it cannot exhaust the stack. It has no `Debug`, for it holds card numbers.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value, and what was found out about it.
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    mark: Cell<Mark>,
}

/// A JSON value.
pub(super) enum Kind<'a> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(Cow<'a, str>),
    /// A text without anything to see: a value where a text is asked for, none where a number is.
    Blank(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// What is known once somebody has asked for the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Nothing,
    /// A blank text that stands for no number or boolean.
    Absent,
    /// Something was sent, of another kind than was asked for.
    Wrong,
}

impl<'a> Node<'a> {
    fn new(kind: Kind<'a>) -> Self {
        Self {
            kind,
            mark: Cell::new(Mark::Nothing),
        }
    }

    /// Whether there might as well be nothing here.
    pub(super) fn is_absent(&self) -> bool {
        match &self.kind {
            _ if self.mark.get() == Mark::Absent => true,
            Kind::Null => true,
            Kind::Object(members) => members.iter().all(|(_, node)| node.is_absent()),
            Kind::Bool(_)
            | Kind::Int(_)
            | Kind::UInt(_)
            | Kind::Float(_)
            | Kind::Text(_)
            | Kind::Blank(_)
            | Kind::Array(_) => false,
        }
    }

    /// Whether there is nothing here to be read: nothing at all, or something of the wrong kind.
    /// The latter does not make what it is part of absent.
    pub(super) fn is_unreadable(&self) -> bool {
        self.is_wrong() || self.is_absent()
    }

    pub(super) fn is_wrong(&self) -> bool {
        self.mark.get() == Mark::Wrong
    }

    pub(super) fn mark_absent(&self) {
        self.mark.set(Mark::Absent);
    }

    pub(super) fn mark_wrong(&self) {
        self.mark.set(Mark::Wrong);
    }
}

impl<'a> From<Cow<'a, str>> for Node<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::new(if text.trim().is_empty() {
            Kind::Blank(text)
        } else {
            Kind::Text(text)
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Node::new(Kind::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::new(Kind::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::new(Kind::Int(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Node::new(Kind::UInt(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Node::new(Kind::Float(value)))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Node::from(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Node::from(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = array.next_element()? {
            elements.push(element);
        }
        Ok(Node::new(Kind::Array(elements)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = object.next_entry()? {
            members.push((name, value));
        }
        Ok(Node::new(Kind::Object(members)))
    }
}

/// The name of a member; serde's own `Cow` never borrows.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
