//! A list in a request.
//!
//! Invariant: it holds [`List::MOST`] elements at the most, however many were sent, so that neither
//! what is stored nor what is answered grows with them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// A list in a request, of which the first elements are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T> {
    /// The elements by their positions; `None` for one that is absent or of the wrong kind.
    pub elements: Vec<Option<T>>,
    /// Whether there were more.
    pub has_more: bool,
}

impl<T> List<T> {
    /// Elements that are looked at.
    pub const MOST: usize = 100;
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By its positions, which the reader takes for the sign to give absent elements too.
        deserializer.deserialize_tuple_struct("List", Self::MOST, ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while elements.len() < List::<T>::MOST {
            let Some(element) = list.next_element::<Option<T>>()? else {
                break;
            };
            elements.push(element);
        }
        Ok(List {
            elements,
            has_more: list.size_hint().is_some_and(|rest| rest > 0),
        })
    }
}
