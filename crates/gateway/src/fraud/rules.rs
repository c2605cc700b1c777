//! Rules in CEL: compiled, held to their bounds, and applied.
//!
//! Invariant: an expression is at most 500 characters, 150 parts and 24 levels; it has no loop, no
//! map, makes no text, and each part has the kind that it must have on every sale
//! ([`super::kinds`]), so it takes a bounded time. One that fails on a sale (a division by zero)
//! does not apply to it; nothing of it is in the answer.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use aval_domain::fraud::analysis::{Applied, Effects, Verdict};
use aval_domain::fraud::history::Element;
use aval_domain::fraud::lists::List;
use aval_domain::fraud::rule::{self, Action, LONGEST, Rule};
use cel::{Context, Env, ExecutionError, Program, Value};

use super::kinds::{Checker, Kind};
use super::values::{Datum, Values, unknown};

/// A rule that can be applied.
pub struct Compiled {
    /// The rule.
    pub rule: Rule,
    program: Program,
}

/// Why a rule is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The name.
    #[error("a rule's name has 1 to 64 small letters, digits and underscores")]
    Name,
    /// Too long, too deep, too much.
    #[error("{0}: an expression has at most {LONGEST} characters, 150 parts, 24 levels")]
    Bounds(&'static str),
    /// Not CEL.
    #[error("not an expression: {0}")]
    Syntax(String),
    /// A variable that sales do not have.
    #[error("unknown variable {0}; 'aval fraud variables' lists all")]
    Variable(String),
    /// Something that the language has and rules do not.
    #[error("{0} is not for rules")]
    Unsupported(String),
    /// It says something other than yes or no, or compares what cannot be.
    #[error("{0}")]
    Kind(String),
}

/// Parts of an expression at the most; looking through a list of the sale counts as nine.
pub(super) const MOST_PARTS: usize = 150;
/// Levels of an expression at the most.
pub(super) const DEEPEST: usize = 24;
/// Stack of the thread that parses: the parser goes down with its text.
const STACK: usize = 32 << 20;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Compiles a rule, and tries it on a sale of which nothing is known.
///
/// # Errors
/// See [`RuleError`].
pub fn compile(rule: Rule) -> Result<Compiled, RuleError> {
    if !rule::is_name(&rule.name) {
        return Err(RuleError::Name);
    }
    if rule.expression.chars().count() > LONGEST {
        return Err(RuleError::Bounds("too long"));
    }
    let program = parse(rule.expression.clone())?;
    let values = unknown();
    let kind = Checker::new(&values).kind(program.expression())?;
    if kind != Kind::Bool {
        return Err(RuleError::Kind("it must say yes or no".to_owned()));
    }
    let compiled = Compiled { rule, program };
    match compiled.program.execute(&context(&values)) {
        Ok(Value::Bool(_)) | Err(ExecutionError::DivisionByZero(_)) => Ok(compiled),
        Err(ExecutionError::RemainderByZero(_) | ExecutionError::Overflow(..)) => Ok(compiled),
        Ok(_) => Err(RuleError::Kind("it must say yes or no".to_owned())),
        Err(error) => Err(RuleError::Kind(plain(&error))),
    }
}

/// Compiles rules that were kept, and leaves out what cannot be compiled any more.
#[must_use]
pub fn compile_all(rules: Vec<Rule>) -> Vec<Compiled> {
    let compiled = rules
        .into_iter()
        .map(|rule| (rule.name.clone(), compile(rule)));
    let told = compiled.filter_map(|(rule, compiled)| match compiled {
        Ok(compiled) => Some(compiled),
        Err(error) => {
            tracing::warn!(rule, %error, "a stored rule is left out");
            None
        }
    });
    told.collect()
}

fn plain(error: &ExecutionError) -> String {
    if let ExecutionError::NoSuchOverload(overload) = error {
        return overload.to_string();
    }
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Parses on a thread with room for the deepest text of that length.
fn parse(text: String) -> Result<Program, RuleError> {
    let parsing = std::thread::Builder::new()
        .name("fraud-rule".to_owned())
        .stack_size(STACK)
        .spawn(move || Program::compile(&text).map_err(|errors| first_line(&errors)));
    let parsed = parsing
        .map_err(|error| RuleError::Syntax(error.to_string()))?
        .join();
    let failed = || RuleError::Syntax("it cannot be parsed".to_owned());
    parsed.map_err(|_| failed())?.map_err(RuleError::Syntax)
}

fn first_line(errors: &cel::ParseErrors) -> String {
    let text = errors.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

fn context(values: &Values) -> Context<'static, 'static> {
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    for (name, datum) in values {
        let value = match datum {
            Datum::Int(number) => Value::Int(*number),
            Datum::Text(text) => Value::String(Arc::new(text.clone())),
            Datum::Bool(flag) => Value::Bool(*flag),
            Datum::Texts(texts) => Value::from(texts.clone()),
        };
        context.add_variable_from_value(*name, value);
    }
    context
}

/// What rules did to a sale, and what they put on lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applying {
    /// Points, decision and names.
    pub effects: Effects,
    /// What goes on a list.
    pub listed: Vec<(List, Element)>,
}

/// Applies rules in their order. Of several decisions the strictest holds.
#[must_use]
pub fn apply(rules: &[Compiled], values: &Values) -> Applying {
    let mut applying = Applying::default();
    if rules.is_empty() {
        return applying;
    }
    let context = context(values);
    let mut listed = BTreeSet::new();
    for one in rules {
        if !matches!(one.program.execute(&context), Ok(Value::Bool(true))) {
            continue;
        }
        let Rule {
            name,
            action,
            dry_run,
            ..
        } = &one.rule;
        applying.effects.applied.push(Applied {
            rule: name.clone(),
            action: action.to_string(),
            dry_run: *dry_run,
        });
        if *dry_run {
            continue;
        }
        let effects = &mut applying.effects;
        match action {
            Action::Score(points) => effects.points = effects.points.saturating_add(*points),
            Action::Decide(verdict) => effects.verdict = stricter(effects.verdict, *verdict),
            Action::List(list, element) => {
                listed.insert((*list, *element));
            }
        }
    }
    applying.listed = listed.into_iter().collect();
    applying
}

fn stricter(before: Option<Verdict>, verdict: Verdict) -> Option<Verdict> {
    Some(before.map_or(verdict, |before| before.max(verdict)))
}

#[cfg(test)]
mod tests {
    use super::super::values::VARIABLES;
    use super::*;

    fn rule(expression: &str, action: &str) -> Rule {
        Rule {
            name: "a_rule".to_owned(),
            position: 1,
            expression: expression.to_owned(),
            action: Action::parse(action).unwrap(),
            enabled: true,
            dry_run: false,
        }
    }

    fn refused(expression: &str) -> RuleError {
        compile(rule(expression, "reject"))
            .err()
            .unwrap_or_else(|| panic!("{expression}"))
    }

    #[test]
    fn the_table_names_every_value_in_its_order() {
        let names: Vec<_> = unknown().iter().map(|(name, _)| *name).collect();
        let table: Vec<_> = VARIABLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, table);
    }

    #[test]
    fn what_cannot_be_asked_of_a_sale_is_refused_before_it_is_kept() {
        assert!(matches!(refused("amount >"), RuleError::Syntax(_)));
        assert_eq!(
            refused("ammount > 1"),
            RuleError::Variable("ammount".to_owned())
        );
        assert!(matches!(refused("amount + 1"), RuleError::Kind(_)));
        assert!(matches!(refused("amount > \"1\""), RuleError::Kind(_)));
        assert!(matches!(
            refused("factors.exists(f, f == \"V\")"),
            RuleError::Unsupported(_)
        ));
        assert!(matches!(
            refused("{\"a\": 1}.a == 1"),
            RuleError::Unsupported(_)
        ));
        assert!(matches!(
            refused("matches(brand, \"(a+)+\")"),
            RuleError::Unsupported(_)
        ));
        // Whichever branch a sale takes: the trial sale has an amount of 1.
        for wrong in [
            "amount >= 1 || brand > 1",
            "amount >= 1 ? true : brand",
            "amount >= 1 || !card_15m",
            "amount >= 1 || size(amount) > 1",
            "amount >= 1 || \"V\" == factors",
            "amount >= 1 || 5 in factors",
            "amount >= 1 || factors == factors",
            "amount >= 1 || brand in [\"Visa\", 1]",
            "amount >= 1 || brand in []",
            "amount >= 1 || brand.startsWith(1)",
            "amount >= 1 || brand + brand == \"\"",
            "amount >= 1 || \"a\" in (skus + skus)",
        ] {
            assert!(matches!(refused(wrong), RuleError::Kind(_)), "{wrong}");
        }
        for odd in [
            "amount > 1.5",
            "amount > 1u",
            "brand == null",
            "b\"a\" == b\"a\"",
        ] {
            assert!(matches!(refused(odd), RuleError::Unsupported(_)), "{odd}");
        }
        let lists = vec!["\"a\" in skus"; 13].join("||");
        assert_eq!(refused(&lists), RuleError::Bounds("too much"));
        let wide = vec!["amount > 1"; 45].join("||");
        assert!(matches!(refused(&wide), RuleError::Bounds(_)));
        assert_eq!(refused(&"x".repeat(501)), RuleError::Bounds("too long"));
        let mut named = rule("true", "accept");
        named.name = "A rule".to_owned();
        assert_eq!(compile(named).err(), Some(RuleError::Name));
    }

    #[test]
    fn the_deepest_text_of_that_length_is_refused_and_does_no_harm() {
        let deep = format!("{}true{}", "(".repeat(240), ")".repeat(240));
        let _ = compile(rule(&deep, "accept"));
        let _ = compile(rule(&format!("{}true", "!".repeat(401)), "accept"));
        let refused_somehow = |text: &str| {
            let why = refused(text);
            assert!(
                matches!(why, RuleError::Bounds(_) | RuleError::Syntax(_)),
                "{why}"
            );
        };
        refused_somehow(&format!("{}1{} > 0", "(1+".repeat(100), ")".repeat(100)));
        refused_somehow(&format!("{}true", "true?true:".repeat(49)));
    }

    /// A bound of the order of the time, not of the machine: it takes some milliseconds.
    #[test]
    fn two_hundred_of_the_dearest_rules_on_the_greatest_cart_are_applied_at_once() {
        let mut values = unknown();
        for (name, datum) in &mut values {
            if let (Datum::Texts(texts), "skus" | "item_types") = (datum, *name) {
                *texts = vec!["x".repeat(255); 100];
            }
        }
        let most = format!("\"{}\" in skus", "x".repeat(20));
        let most = vec![most; 12].join("||");
        assert!(most.len() <= LONGEST);
        let rules: Vec<_> = (0..200)
            .map(|_| compile(rule(&most, "reject")).unwrap())
            .collect();
        let start = tokio::time::Instant::now();
        assert_eq!(apply(&rules, &values), Applying::default());
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    #[test]
    fn rules_add_points_decide_and_list_in_their_order() {
        let mut tried = rule("true", "reject");
        tried.dry_run = true;
        let rules = [
            rule("amount == 1 && brand == \"Visa\"", "score +20"),
            rule("amount > 1 || 1 / (amount - 1) > 0", "score +50"),
            rule("\"V\" in factors", "reject"),
            rule("card_15m < 1", "review"),
            rule("email_domain == \"\"", "accept"),
            rule("size(skus) == 0", "list negative email"),
            tried,
        ];
        let rules: Vec<_> = rules
            .into_iter()
            .map(|rule| compile(rule).unwrap())
            .collect();
        let applying = apply(&rules, &unknown());
        assert_eq!(applying.effects.points, 20);
        assert_eq!(applying.effects.verdict, Some(Verdict::Review));
        assert_eq!(applying.listed, [(List::Negative, Element::Email)]);
        let names = applying.effects.applied;
        assert_eq!(names.len(), 5);
        assert!(names.last().unwrap().dry_run);
        assert_eq!(apply(&[], &unknown()), Applying::default());
    }
}
