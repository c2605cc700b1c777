//! Where in a body the wrong kind of value was found.
//!
//! Invariant: the path is made of the API's own names and of positions; what serde says about a
//! value is dropped.

use std::fmt::{self, Display, Write as _};

use serde::de;

/// A value of the wrong kind, or a missing one.
#[derive(Debug, Default)]
pub(super) struct Fault {
    /// From the value outwards, as it is found out while the reading is given up.
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug)]
enum Step {
    Member(&'static str),
    Element(usize),
}

impl Fault {
    /// The same fault, seen from the object that has the member.
    pub(super) fn in_member(mut self, name: &'static str) -> Self {
        self.steps.push(Step::Member(name));
        self
    }

    /// The same fault, seen from the array that has the element.
    pub(super) fn in_element(mut self, index: usize) -> Self {
        self.steps.push(Step::Element(index));
        self
    }

    /// The path from the body's outermost object; none when that is at fault itself.
    pub(super) fn path(&self) -> Option<String> {
        let mut path = String::new();
        for step in self.steps.iter().rev() {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Member(name) if path.is_empty() => write!(path, "{name}"),
                Step::Member(name) => write!(path, ".{name}"),
                Step::Element(index) => write!(path, "[{index}]"),
            };
        }
        (!path.is_empty()).then_some(path)
    }
}

impl de::Error for Fault {
    fn custom<T: Display>(_quotes_the_value: T) -> Self {
        Self::default()
    }

    fn missing_field(name: &'static str) -> Self {
        Self::default().in_member(name)
    }
}

impl std::error::Error for Fault {}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value is of the wrong kind")
    }
}
