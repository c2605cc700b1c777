//! From a tree to the type that is asked for, which decides what each value has to be.
//!
//! Only once the type inside an `Option` asks for its value is it known that a blank text stands
//! for a number and so for nothing, or that the value is of the wrong kind; and by then it is too
//! late to answer `None`. The first pass therefore marks such values, notes those of the wrong
//! kind, and goes on with a stand-in; where there was one, a second pass takes them for absent. So
//! all that is wrong is found in two passes, however much that is.
//!
//! Invariant: no stand-in is ever part of a result.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::iter::Enumerate;
use std::slice;
use std::vec;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::{Fault, Place, Step};
use super::scalar;
use super::tree::{Kind, Node};

/// Reads the tree into the type; beside it the values of the wrong kind, which were taken for
/// absent.
pub(super) fn read<T: DeserializeOwned>(tree: &Node<'_>) -> Result<(T, Vec<Fault>), Fault> {
    let notes = Notes::default();
    let first = T::deserialize(Lenient {
        node: tree,
        notes: Some(&notes),
        place: None,
    });
    if tree.is_wrong() {
        return Err(Fault::default());
    }
    let read = if notes.marked.get() {
        T::deserialize(Lenient {
            node: tree,
            notes: None,
            place: None,
        })
    } else {
        first
    };
    Ok((read?, notes.wrong.into_inner()))
}

/// What the first pass has found.
#[derive(Default)]
struct Notes {
    /// Whether a value has been marked, so that there was a stand-in.
    marked: Cell<bool>,
    wrong: RefCell<Vec<Fault>>,
}

/// A value of the tree, waiting to hear what is asked for.
#[derive(Clone, Copy)]
struct Lenient<'t, 'a> {
    node: &'t Node<'a>,
    /// Only in the first pass.
    notes: Option<&'t Notes>,
    place: Option<&'t Place<'t>>,
}

impl<'t, 'a> Lenient<'t, 'a> {
    /// Reads a value further in.
    fn within<'de, S: DeserializeSeed<'de>>(
        self,
        step: Step,
        node: &Node<'_>,
        seed: S,
    ) -> Result<S::Value, Fault> {
        let place = Place {
            around: self.place,
            step,
        };
        let inner = Lenient {
            node,
            notes: self.notes,
            place: Some(&place),
        };
        seed.deserialize(inner).map_err(|fault| fault.through(step))
    }

    /// The value is of the wrong kind: a fault, or in the first pass a note and a stand-in.
    fn wrong<N>(self, stand_in: N) -> Result<N, Fault> {
        let notes = self.notes.ok_or_else(Fault::default)?;
        self.node.mark_wrong();
        notes.marked.set(true);
        notes.wrong.borrow_mut().push(Fault::at(self.place));
        Ok(stand_in)
    }

    fn scalar<N: Default>(self, read: fn(&Node<'a>) -> Option<N>) -> Result<N, Fault> {
        if let (Kind::Blank(_), Some(notes)) = (&self.node.kind, self.notes) {
            self.node.mark_absent();
            notes.marked.set(true);
            return Ok(N::default());
        }
        read(self.node).map_or_else(|| self.wrong(N::default()), Ok)
    }

    fn whole<N: TryFrom<i128> + Default>(self) -> Result<N, Fault> {
        let number = self.scalar(Node::whole)?;
        N::try_from(number).or_else(|_out_of_range| self.wrong(N::default()))
    }

    /// The members of an object, for a struct; none of what is no object.
    fn members(self) -> Result<&'t [(Cow<'a, str>, Node<'a>)], Fault> {
        match &self.node.kind {
            Kind::Object(members) => Ok(members),
            Kind::Null
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::UInt(_)
            | Kind::Float(_)
            | Kind::Text(_)
            | Kind::Blank(_)
            | Kind::Array(_) => self.wrong(&[]),
        }
    }

    /// The elements of an array; one object stands for an array of one.
    fn elements(self) -> Result<&'t [Node<'a>], Fault> {
        match &self.node.kind {
            Kind::Array(elements) => Ok(elements),
            Kind::Object(_) => Ok(slice::from_ref(self.node)),
            Kind::Null
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::UInt(_)
            | Kind::Float(_)
            | Kind::Text(_)
            | Kind::Blank(_) => self.wrong(&[]),
        }
    }

    fn array<'de, V: Visitor<'de>>(self, positions: bool, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(Elements {
            parent: self,
            rest: self.elements()?.iter().enumerate(),
            positions,
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
        visitor.visit_map(Fields {
            parent: self,
            rest: chosen(fields, self.members()?).into_iter(),
            current: None,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(Members {
            parent: self,
            rest: self.members()?.iter(),
            current: None,
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.array(false, visitor)
    }

    /// A list by its positions: absent elements are asked for too.
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _most: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.array(true, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_unreadable() {
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
        let text = self.node.text();
        match text.map_or_else(|| self.wrong(Cow::Borrowed("")), Ok)? {
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
        match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Int(number) => visitor.visit_i64(*number),
            Kind::UInt(number) => visitor.visit_u64(*number),
            Kind::Float(number) => visitor.visit_f64(*number),
            Kind::Text(_) | Kind::Blank(_) => self.deserialize_str(visitor),
            Kind::Array(_) => self.deserialize_seq(visitor),
            Kind::Object(_) => self.deserialize_map(visitor),
        }
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct tuple enum identifier
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
            .find(|(_, node)| !node.is_unreadable());
        let Some((field, _)) = self.current else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Fault> = field.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (field, node) = self.current.take().ok_or_else(Fault::default)?;
        self.parent.within(Step::Member(field), node, seed)
    }
}

/// All members of an object, under the names that the client gave them.
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
        let Some((name, node)) = self.rest.find(|(_, node)| !node.is_unreadable()) else {
            return Ok(None);
        };
        self.current = Some(node);
        let name = scalar::storable(name).ok_or_else(Fault::default)?;
        let name: StrDeserializer<'_, Fault> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let node = self.current.take().ok_or_else(Fault::default)?;
        self.parent.within(Step::Untold, node, seed)
    }
}

/// The elements of an array.
struct Elements<'t, 'a> {
    parent: Lenient<'t, 'a>,
    rest: Enumerate<slice::Iter<'t, Node<'a>>>,
    /// Whether absent ones are given too, so that all keep their positions.
    positions: bool,
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let positions = self.positions;
        let given = |(_, node): &(usize, &Node<'_>)| positions || !node.is_unreadable();
        let Some((index, node)) = self.rest.find(given) else {
            return Ok(None);
        };
        self.parent
            .within(Step::Element(index), node, seed)
            .map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        self.positions.then(|| self.rest.len())
    }
}
