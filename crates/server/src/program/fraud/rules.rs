//! `aval fraud rules …`, and files of rules.
//!
//! Invariant: a file is taken whole or not at all.

use std::fmt::Write as _;

use aval_domain::fraud::rule::{Action, Rule};
use aval_gateway::operations::lists::{self, RulesError};
use serde::{Deserialize, Serialize};

use super::super::store::{merchant_id, with_app};
use super::super::{merchant, print, print_json};
use super::{BY, failure, file};
use crate::cli::{Exit, RulesCommand};
use crate::config::StoreConfig;

/// The rules that come with the program.
pub(super) const STOCK: &str = include_str!("../../../data/fraud-rules.toml");

/// A file of rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    #[serde(default)]
    rule: Vec<RuleInFile>,
}

/// One rule in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleInFile {
    name: String,
    /// Which kind of shop it is made for.
    #[serde(rename = "for", default)]
    made_for: Option<String>,
    when: String,
    then: String,
    #[serde(default = "on")]
    enabled: bool,
    #[serde(default)]
    dry_run: bool,
    /// Its reason, for who reads the file.
    #[serde(default, rename = "why")]
    _why: Option<String>,
}

const fn on() -> bool {
    true
}

/// Reads rules; their order is that of the file.
pub(super) fn parse(text: &str, made_for: Option<&str>) -> Result<Vec<Rule>, String> {
    let read: RulesFile = toml::from_str(text).map_err(|error| {
        let message = error.message().to_owned();
        let line = error
            .span()
            .map(|span| text.get(..span.start).unwrap_or("").lines().count());
        format!("line {}: {message}", line.unwrap_or(0).saturating_add(1))
    })?;
    let wanted =
        |rule: &RuleInFile| made_for.is_none_or(|shop| rule.made_for.as_deref() == Some(shop));
    let mut rules: Vec<Rule> = Vec::new();
    for (at, rule) in read.rule.into_iter().filter(wanted).enumerate() {
        let action = Action::parse(&rule.then)
            .ok_or_else(|| format!("{}: {:?} is nothing that a rule does", rule.name, rule.then))?;
        if rules.iter().any(|other| other.name == rule.name) {
            return Err(format!("{}: two rules of one name", rule.name));
        }
        rules.push(Rule {
            name: rule.name,
            position: u32::try_from(at).unwrap_or(u32::MAX),
            expression: rule.when,
            action,
            enabled: rule.enabled,
            dry_run: rule.dry_run,
        });
    }
    Ok(rules)
}

/// A rule as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownRule {
    name: String,
    position: u32,
    when: String,
    then: String,
    enabled: bool,
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownRules {
    rules: Vec<ShownRule>,
}

pub(super) fn run(config: &StoreConfig, command: &RulesCommand) -> Result<(), Exit> {
    match command {
        RulesCommand::Stock { r#for } => stock(r#for.as_deref()),
        RulesCommand::Show { id, json } => show(config, id, *json),
        RulesCommand::Put { id, file: path } => {
            let text = String::from_utf8_lossy(&file(path)?).into_owned();
            let rules = parse(&text, None).map_err(|why| Exit::usage(&why))?;
            let id = merchant_id(id)?;
            let kept = with_app(config, async |app| {
                let kept = lists::put_rules(app, id, &rules, BY).await;
                kept.map_err(|error| match error {
                    RulesError::Store(error) => failure(error),
                    RulesError::Rule { .. } | RulesError::TooMany => {
                        Exit::usage(&error.to_string())
                    }
                })
            })?;
            kept.ok_or_else(merchant::unknown)?;
            print(&format!("{} rules kept\n", rules.len()))
        }
        RulesCommand::Remove { id, name } => {
            let id = merchant_id(id)?;
            let removed = with_app(config, async |app| {
                lists::remove_rule(app, id, name, BY).await.map_err(failure)
            })?;
            removed.ok_or_else(merchant::unknown)?;
            print(&format!("rule {name} removed\n"))
        }
    }
}

fn stock(made_for: Option<&str>) -> Result<(), Exit> {
    let Some(shop) = made_for else {
        return print(STOCK);
    };
    let wanted = format!("for = \"{shop}\"");
    let parts = STOCK
        .split("[[rule]]")
        .skip(1)
        .filter(|rule| rule.contains(&wanted));
    let text: String = parts.map(|rule| format!("[[rule]]{rule}")).collect();
    if text.is_empty() {
        return Err(Exit::usage("--for takes retail, travel or digital"));
    }
    print(&text)
}

fn show(config: &StoreConfig, id: &str, json: bool) -> Result<(), Exit> {
    let id = merchant_id(id)?;
    let stored = with_app(config, async |app| {
        app.storage.fraud_rules(id).await.map_err(failure)
    })?;
    let rules: Vec<ShownRule> = stored
        .into_iter()
        .map(|stored| ShownRule {
            name: stored.rule.name,
            position: stored.rule.position,
            when: stored.rule.expression,
            then: stored.rule.action.to_string(),
            enabled: stored.rule.enabled,
            dry_run: stored.rule.dry_run,
        })
        .collect();
    if json {
        return print_json(&ShownRules { rules });
    }
    let mut text = String::new();
    for rule in &rules {
        let state = match (rule.enabled, rule.dry_run) {
            (false, _) => " (off)",
            (true, true) => " (on trial)",
            (true, false) => "",
        };
        let _ = writeln!(
            text,
            "{}{state}\n    {}\n    then {}",
            rule.name, rule.when, rule.then
        );
    }
    print(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aval_gateway::fraud::rules;

    #[test]
    fn the_stock_rules_are_more_than_forty_and_all_of_them_can_be_kept() {
        let stock = parse(STOCK, None).unwrap();
        assert!(stock.len() >= 40, "{}", stock.len());
        for rule in stock {
            let name = rule.name.clone();
            assert!(rules::compile(rule).is_ok(), "{name}");
        }
        for shop in ["retail", "travel", "digital"] {
            assert!(parse(STOCK, Some(shop)).unwrap().len() >= 10, "{shop}");
        }
    }

    #[test]
    fn a_file_that_is_wrong_is_told_by_rule_or_line() {
        let rule = "[[rule]]\nname = \"a\"\nwhen = \"true\"\nthen = \"accept\"\n";
        assert_eq!(parse(rule, None).unwrap().len(), 1);
        let twice = format!("{rule}{rule}");
        assert_eq!(parse(&twice, None).unwrap_err(), "a: two rules of one name");
        let odd = rule.replace("accept", "dance");
        assert!(parse(&odd, None).unwrap_err().starts_with("a: \"dance\""));
        assert!(
            parse("[[rule]]\nnam = 1", None)
                .unwrap_err()
                .starts_with("line ")
        );
    }
}
