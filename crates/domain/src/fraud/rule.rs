//! A merchant's own rules: an expression and what it does where it is true.
//!
//! Invariant: a name is an identifier, an expression at most [`LONGEST`] characters; whether an
//! expression can be evaluated is for who holds the language to say, before a rule is kept.

use super::analysis::Verdict;
use super::history::Element;
use super::lists::List;

/// The longest expression in characters.
pub const LONGEST: usize = 500;
/// Rules of one merchant.
pub const MOST: usize = 200;

/// What a rule does where its expression is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Adds points, or takes some away: -99 to 99.
    Score(i32),
    /// Decides, whatever the score.
    Decide(Verdict),
    /// Puts an element of the sale on a list.
    List(List, Element),
}

impl Action {
    /// Reads `score +20`, `score -10`, `accept`, `review`, `reject` or `list negative email`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["accept"] => Some(Self::Decide(Verdict::Accept)),
            ["review"] => Some(Self::Decide(Verdict::Review)),
            ["reject"] => Some(Self::Decide(Verdict::Reject)),
            ["score", points] => {
                let points = points.strip_prefix('+').unwrap_or(points).parse().ok()?;
                (-99..=99).contains(&points).then_some(Self::Score(points))
            }
            ["list", list, element] => {
                let element = Element::parse(element)?;
                let listed = element != Element::Name;
                let list = List::parse(list)?;
                listed.then_some(Self::List(list, element))
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Score(points) => write!(f, "score {points:+}"),
            Self::Decide(verdict) => f.write_str(verdict.name()),
            Self::List(list, element) => write!(f, "list {} {}", list.name(), element.name()),
        }
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name: 1 to 64 small letters, digits and underscores.
    pub name: String,
    /// Its place among the others; equal ones follow their names.
    pub position: u32,
    /// The expression, in CEL.
    pub expression: String,
    /// What it does.
    pub action: Action,
    /// Whether it is looked at.
    pub enabled: bool,
    /// Whether it is only told where it applies, and does nothing.
    pub dry_run: bool,
}

/// Whether a text can be a rule's name.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read_as_they_are_shown_and_others_refused() {
        for text in [
            "score +20",
            "score -10",
            "accept",
            "review",
            "reject",
            "list negative email",
        ] {
            assert_eq!(Action::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "score",
            "score 100",
            "list negative name",
            "list grey email",
            "capture",
            "",
        ] {
            assert_eq!(Action::parse(text), None, "{text}");
        }
        assert_eq!(Action::parse("score 5"), Some(Action::Score(5)));
        assert!(is_name("many_cards_1") && !is_name("Many cards") && !is_name(""));
    }
}
