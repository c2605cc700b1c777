//! What kind of value each part of a rule has, found out before the rule is kept.
//!
//! Invariant: of a rule that passes no part can fail on any sale but by arithmetic (a division by
//! zero, a sum too great), whichever of its branches the sale takes; and no part makes a text or a
//! list, so a rule takes no more than looking at each of its parts, and at a list it is asked of.

use aval_domain::fraud::rule::LONGEST;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators as op};

use super::rules::{DEEPEST, MOST_PARTS, RuleError};
use super::values::{Datum, Values};

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number.
    Int,
    /// A text.
    Text,
    /// Yes or no.
    Bool,
    /// Several numbers.
    Ints,
    /// Several texts.
    Texts,
}

/// Parts that looking through a list of the sale counts as.
const OF_LIST: usize = 8;

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Int => "a number",
            Self::Text => "a text",
            Self::Bool => "yes or no",
            Self::Ints => "a list of numbers",
            Self::Texts => "a list of texts",
        }
    }

    const fn of(datum: &Datum) -> Self {
        match datum {
            Datum::Int(_) => Self::Int,
            Datum::Text(_) => Self::Text,
            Datum::Bool(_) => Self::Bool,
            Datum::Texts(_) => Self::Texts,
        }
    }

    const fn element(self) -> Option<Self> {
        match self {
            Self::Ints => Some(Self::Int),
            Self::Texts => Some(Self::Text),
            Self::Int | Self::Text | Self::Bool => None,
        }
    }
}

/// Looks at every part of an expression, against what sales have.
pub(super) struct Checker<'a> {
    /// A value of each variable.
    pub(super) values: &'a Values,
    parts: usize,
}

impl<'a> Checker<'a> {
    pub(super) const fn new(values: &'a Values) -> Self {
        Self { values, parts: 0 }
    }

    /// The kind of an expression.
    ///
    /// # Errors
    /// What is too much, unknown, unsupported, or of the wrong kind.
    pub(super) fn kind(&mut self, part: &IdedExpr) -> Result<Kind, RuleError> {
        self.at(part, 1)
    }

    fn at(&mut self, part: &IdedExpr, depth: usize) -> Result<Kind, RuleError> {
        self.count(1)?;
        if depth > DEEPEST {
            return Err(RuleError::Bounds("too deep"));
        }
        match &part.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Literal(literal) => of_literal(literal),
            Expr::List(list) => self.list(&list.elements, depth),
            Expr::Call(call) => self.call(call, depth),
            Expr::Comprehension(_) => Err(unsupported("a loop")),
            Expr::Select(_) => Err(unsupported("a member")),
            Expr::Map(_) => Err(unsupported("a map")),
            Expr::Struct(_) => Err(unsupported("a structure")),
            Expr::Unspecified => Err(unsupported("nothing")),
        }
    }

    fn count(&mut self, parts: usize) -> Result<(), RuleError> {
        self.parts = self.parts.saturating_add(parts);
        if self.parts > MOST_PARTS {
            return Err(RuleError::Bounds("too much"));
        }
        Ok(())
    }

    fn variable(&self, name: &str) -> Result<Kind, RuleError> {
        let found = self.values.iter().find(|(known, _)| *known == name);
        let found = found.ok_or_else(|| RuleError::Variable(name.to_owned()))?;
        Ok(Kind::of(&found.1))
    }

    fn list(&mut self, elements: &[IdedExpr], depth: usize) -> Result<Kind, RuleError> {
        let mut kind = None;
        for element in elements {
            let one = self.at(element, depth.saturating_add(1))?;
            let known = *kind.get_or_insert(one);
            if one != known {
                return Err(RuleError::Kind("a list holds one kind of thing".to_owned()));
            }
        }
        match kind {
            Some(Kind::Int) => Ok(Kind::Ints),
            Some(Kind::Text) => Ok(Kind::Texts),
            Some(other) => Err(RuleError::Kind(format!("{} in a list", other.name()))),
            None => Err(RuleError::Kind("an empty list holds nothing".to_owned())),
        }
    }

    fn call(&mut self, call: &CallExpr, depth: usize) -> Result<Kind, RuleError> {
        let name = call.func_name.as_str();
        let target = call.target.iter().map(AsRef::as_ref);
        let mut kinds = Vec::with_capacity(3);
        for argument in target.chain(&call.args) {
            kinds.push(self.at(argument, depth.saturating_add(1))?);
        }
        if name == op::IN && kinds.get(1).is_some_and(|kind| kind.element().is_some()) {
            self.count(OF_LIST)?;
        }
        let wrong = || {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let names = names.join(" and ");
            RuleError::Kind(format!("{} cannot take {names}", shown(name)))
        };
        let result = match (name, kinds.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR, all) => all
                .iter()
                .all(|kind| *kind == Kind::Bool)
                .then_some(Kind::Bool),
            (op::LOGICAL_NOT, [Kind::Bool]) => Some(Kind::Bool),
            (op::CONDITIONAL, [Kind::Bool, one, other]) => (one == other).then_some(*one),
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, all) => {
                (*all == [Kind::Int, Kind::Int]).then_some(Kind::Int)
            }
            (op::NEGATE, [Kind::Int]) => Some(Kind::Int),
            (op::EQUALS | op::NOT_EQUALS, [one, other]) => {
                (one == other && one.element().is_none()).then_some(Kind::Bool)
            }
            (op::GREATER | op::GREATER_EQUALS | op::LESS | op::LESS_EQUALS, all) => {
                let ordered = [[Kind::Int; 2], [Kind::Text; 2]];
                ordered.iter().any(|one| one == all).then_some(Kind::Bool)
            }
            (op::IN, [one, list]) => (list.element() == Some(*one)).then_some(Kind::Bool),
            ("startsWith" | "endsWith" | "contains", all) => {
                (*all == [Kind::Text; 2]).then_some(Kind::Bool)
            }
            ("size", [Kind::Text | Kind::Ints | Kind::Texts]) => Some(Kind::Int),
            (op::LOGICAL_NOT | op::CONDITIONAL | op::NEGATE, _) => None,
            (op::EQUALS | op::NOT_EQUALS | op::IN | "size", _) => None,
            (other, _) => return Err(unsupported(&format!("function {other}"))),
        };
        result.ok_or_else(wrong)
    }
}

fn of_literal(literal: &LiteralValue) -> Result<Kind, RuleError> {
    match literal {
        LiteralValue::Boolean(_) => Ok(Kind::Bool),
        LiteralValue::Int(_) => Ok(Kind::Int),
        LiteralValue::String(_) => Ok(Kind::Text),
        LiteralValue::Double(_) => Err(unsupported("a decimal number")),
        LiteralValue::UInt(_) => Err(unsupported("a number with u")),
        LiteralValue::Bytes(_) => Err(unsupported("a text of bytes")),
        LiteralValue::Null => Err(unsupported("null")),
    }
}

fn unsupported(what: &str) -> RuleError {
    RuleError::Unsupported(what.to_owned())
}

/// A function as it is written.
fn shown(name: &str) -> &str {
    match name {
        op::IN => "in",
        op::CONDITIONAL => "?:",
        operator => operator.trim_matches(|c| c == '_' || c == '@'),
    }
}

/// The longest text of a rule holds no more parts than this.
const _: () = assert!(MOST_PARTS < LONGEST);
