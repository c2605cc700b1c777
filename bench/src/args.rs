//! The command line: `--name value` pairs and bare flags.
//! Invariant: an option the command does not know is an error, never ignored.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::Result;

/// Options that stand alone.
const FLAGS: [&str; 2] = ["--quick", "--full"];

/// The parsed options of one command.
pub struct Args {
    values: BTreeMap<String, String>,
}

impl Args {
    /// Reads the words after the command's name; `known` lists the options it takes.
    pub fn parse(words: Vec<String>, known: &[&str]) -> Result<Self> {
        let mut values = BTreeMap::new();
        let mut words = words.into_iter();
        while let Some(name) = words.next() {
            if !known.contains(&name.as_str()) {
                return Err(format!("unknown option {name}\n{}", crate::USAGE).into());
            }
            let value = if FLAGS.contains(&name.as_str()) {
                String::new()
            } else {
                words
                    .next()
                    .ok_or_else(|| format!("{name} needs a value"))?
            };
            values.insert(name, value);
        }
        Ok(Self { values })
    }

    /// Whether a bare flag was given.
    pub fn flag(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The text of an option, when given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The text of an option that has no default.
    pub fn required(&self, name: &str) -> Result<&str> {
        Ok(self
            .text(name)
            .ok_or_else(|| format!("{name} is missing\n{}", crate::USAGE))?)
    }

    /// An option read as another type, or its default.
    pub fn value<T: FromStr>(&self, name: &str, default: T) -> Result<T> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => Ok(text
                .parse()
                .map_err(|_| format!("{name} does not take {text:?}"))?),
        }
    }
}
