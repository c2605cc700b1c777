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
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Member(&'static str),
    Element(usize),
    /// To a member that has its name from the client: the path ends at its object.
    Untold,
}

/// Where a value stands; the outermost object stands nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) around: Option<&'p Place<'p>>,
    pub(super) step: Step,
}

impl Fault {
    /// A fault of the value that stands here.
    pub(super) fn at(place: Option<&Place<'_>>) -> Self {
        let outwards = std::iter::successors(place, |place| place.around);
        Self {
            steps: outwards.map(|place| place.step).collect(),
        }
    }

    /// The same fault, seen from the object or array that the step leads into.
    pub(super) fn through(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The path from the body's outermost object; none when that is at fault itself.
    pub(super) fn path(&self) -> Option<String> {
        let mut path = String::new();
        let told = |step: &&Step| !matches!(step, Step::Untold);
        for step in self.steps.iter().rev().take_while(told) {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Member(name) if path.is_empty() => write!(path, "{name}"),
                Step::Member(name) => write!(path, ".{name}"),
                Step::Element(index) => write!(path, "[{index}]"),
                Step::Untold => Ok(()),
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
        Self::default().through(Step::Member(name))
    }
}

impl std::error::Error for Fault {}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value is of the wrong kind")
    }
}
