//! From a tree to the type that is asked for, which decides what each value has to be.
//!
//! Only once the type inside an `Option` asks for its value is it known that a blank text stands
//! for a number and so for nothing, and by then it is too late to answer `None`. The first pass
//! therefore marks such texts and goes on with a stand-in; where there was one, a second pass
//! takes them for absent.
//!
//! Invariant: no stand-in is ever part of a result.

use std::borrow::Cow;
use std::cell::Cell;
use std::iter::Enumerate;
use std::slice;
use std::vec;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::Fault;
use super::scalar;
use super::tree::Node;

/// Reads the tree into the type.
pub(super) fn read<T: DeserializeOwned>(tree: &Node<'_>) -> Result<T, Fault> {
    let marked = Cell::new(false);
    let first = T::deserialize(Lenient {
        node: tree,
        marked: Some(&marked),
    });
    if !marked.get() {
        return first;
    }
    T::deserialize(Lenient {
        node: tree,
        marked: None,
    })
}

/// A value of the tree, waiting to hear what is asked for.
#[derive(Clone, Copy)]
struct Lenient<'t, 'a> {
    node: &'t Node<'a>,
    /// Whether a blank text has been marked; only in the first pass.
    marked: Option<&'t Cell<bool>>,
}

impl<'t, 'a> Lenient<'t, 'a> {
    fn at(self, node: &'t Node<'a>) -> Self {
        Self { node, ..self }
    }

    fn scalar<N: Default>(self, read: fn(&Node<'a>) -> Option<N>) -> Result<N, Fault> {
        if let (Node::Blank(blank), Some(marked)) = (self.node, self.marked) {
            blank.absent.set(true);
            marked.set(true);
            return Ok(N::default());
        }
        read(self.node).ok_or_else(Fault::default)
    }

    fn whole<N: TryFrom<i128>>(self) -> Result<N, Fault> {
        let number = self.scalar(Node::whole)?;
        N::try_from(number).map_err(|_out_of_range| Fault::default())
    }

    fn array<'de, V: Visitor<'de>>(
        self,
        elements: &'t [Node<'a>],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_seq(Elements {
            parent: self,
            rest: elements.iter().enumerate(),
        })
    }
}

macro_rules! deserialize_integers {
    ($($method:ident => $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.whole()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient<'_, '_> {
    type Error = Fault;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Node::Object(members) = self.node else {
            return Err(Fault::default());
        };
        visitor.visit_map(Fields {
            parent: self,
            rest: chosen(fields, members).into_iter(),
            current: None,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Node::Object(members) = self.node else {
            return Err(Fault::default());
        };
        visitor.visit_map(Members {
            parent: self,
            rest: members.iter(),
            current: None,
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node {
            Node::Array(elements) => self.array(elements, visitor),
            Node::Object(_) => visitor.visit_seq(Single(Some(self))),
            Node::Null
            | Node::Bool(_)
            | Node::Int(_)
            | Node::UInt(_)
            | Node::Float(_)
            | Node::Text(_)
            | Node::Blank(_) => Err(Fault::default()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_absent() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.text().ok_or_else(Fault::default)? {
            Cow::Borrowed(text) => visitor.visit_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.scalar(Node::truth)?)
    }

    /// A number too large is given as the largest, so that the operation can say that it is too
    /// long instead of that it is none.
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number: i128 = self.whole()?;
        let nearest = number.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        visitor.visit_i64(nearest as i64)
    }

    deserialize_integers! {
        deserialize_i8 => visit_i8,
        deserialize_i16 => visit_i16,
        deserialize_i32 => visit_i32,
        deserialize_u8 => visit_u8,
        deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.scalar(Node::decimal)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    /// For a type that takes anything, like [`serde_json::Value`].
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Int(number) => visitor.visit_i64(*number),
            Node::UInt(number) => visitor.visit_u64(*number),
            Node::Float(number) => visitor.visit_f64(*number),
            Node::Text(_) | Node::Blank(_) => self.deserialize_str(visitor),
            Node::Array(elements) => self.array(elements, visitor),
            Node::Object(_) => self.deserialize_map(visitor),
        }
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct tuple tuple_struct enum identifier
    }
}

/// The value for each field of a struct, if one was sent.
fn chosen<'t, 'a>(
    fields: &'static [&'static str],
    members: &'t [(Cow<'a, str>, Node<'a>)],
) -> Vec<(&'static str, Option<&'t Node<'a>>)> {
    let mut chosen: Vec<_> = fields.iter().map(|field| (*field, None)).collect();
    for (name, node) in members {
        let sent = |(field, _): &&mut (&str, _)| name.eq_ignore_ascii_case(field);
        if let Some((_, value)) = chosen.iter_mut().find(sent) {
            *value = Some(node);
        }
    }
    chosen
}

/// The fields of a struct that were sent.
struct Fields<'t, 'a> {
    parent: Lenient<'t, 'a>,
    rest: vec::IntoIter<(&'static str, Option<&'t Node<'a>>)>,
    current: Option<(&'static str, &'t Node<'a>)>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let present = |(field, node): (_, Option<_>)| Some((field, node?));
        self.current = (self.rest.by_ref())
            .filter_map(present)
            .find(|(_, node)| !node.is_absent());
        let Some((field, _)) = self.current else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Fault> = field.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (field, node) = self.current.take().ok_or_else(Fault::default)?;
        seed.deserialize(self.parent.at(node))
            .map_err(|fault| fault.in_member(field))
    }
}

/// All members of an object, under the names that the client gave them. No path may have those,
/// so that it ends at the object.
struct Members<'t, 'a> {
    parent: Lenient<'t, 'a>,
    rest: slice::Iter<'t, (Cow<'a, str>, Node<'a>)>,
    current: Option<&'t Node<'a>>,
}

impl<'de> MapAccess<'de> for Members<'_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, node)) = self.rest.find(|(_, node)| !node.is_absent()) else {
            return Ok(None);
        };
        self.current = Some(node);
        let name = scalar::storable(name).ok_or_else(Fault::default)?;
        let name: StrDeserializer<'_, Fault> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let node = self.current.take().ok_or_else(Fault::default)?;
        seed.deserialize(self.parent.at(node))
            .map_err(|_further_in| Fault::default())
    }
}

/// The elements of an array.
struct Elements<'t, 'a> {
    parent: Lenient<'t, 'a>,
    rest: Enumerate<slice::Iter<'t, Node<'a>>>,
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((index, node)) = self.rest.find(|(_, node)| !node.is_absent()) else {
            return Ok(None);
        };
        seed.deserialize(self.parent.at(node))
            .map(Some)
            .map_err(|fault| fault.in_element(index))
    }
}

/// The one object that stands for an array of one.
struct Single<'t, 'a>(Option<Lenient<'t, 'a>>);

impl<'de> SeqAccess<'de> for Single<'_, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let element = self.0.take().filter(|element| !element.node.is_absent());
        element.map(|element| seed.deserialize(element)).transpose()
    }
}
