//! `aval fraud try`: rules on one sale, without a store and without a history.
//!
//! Invariant: the sale is read as the API reads it; nothing is kept.

use std::fmt::Write as _;
use std::path::Path;

use aval_api::sales;
use aval_domain::sale::NewSale;
use aval_domain::settings::Settings;
use aval_gateway::clock::Clock;
use aval_gateway::fraud::{rules, trial};
use serde::Serialize;

use super::super::{print, print_json};
use super::{file, rules as files};
use crate::cli::Exit;

/// What became of the trial.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tried {
    decision: &'static str,
    score: u8,
    factors: Vec<String>,
    signals: Vec<TriedSignal>,
    rules: Vec<TriedRule>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TriedSignal {
    signal: String,
    value: String,
    weight: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TriedRule {
    rule: String,
    action: String,
    dry_run: bool,
}

pub(super) fn run(rules_path: &Path, sale_path: &Path, json: bool) -> Result<(), Exit> {
    let text = String::from_utf8_lossy(&file(rules_path)?).into_owned();
    let read = files::parse(&text, None);
    let read = read.map_err(|why| Exit::usage(&format!("{}: {why}", rules_path.display())))?;
    let mut compiled = Vec::new();
    for rule in read.into_iter().filter(|rule| rule.enabled) {
        let name = rule.name.clone();
        let rule = rules::compile(rule);
        compiled.push(rule.map_err(|why| Exit::usage(&format!("{name}: {why}")))?);
    }
    let sale = sales::read_alone(&file(sale_path)?, Clock::default().now().day());
    let sale = sale.map_err(|why| Exit::usage(&format!("{}: {why}", sale_path.display())))?;
    let tried = tried(&sale, &compiled);
    if json {
        return print_json(&tried);
    }
    let mut told = format!("{} (score {})\n", tried.decision, tried.score);
    for one in &tried.signals {
        let _ = writeln!(told, "  {:+4}  {}  {}", one.weight, one.signal, one.value);
    }
    for one in &tried.rules {
        let trial = if one.dry_run { " (on trial)" } else { "" };
        let _ = writeln!(told, "  rule {}: {}{trial}", one.rule, one.action);
    }
    print(&told)
}

fn tried(sale: &NewSale, compiled: &[rules::Compiled]) -> Tried {
    let now = Clock::default().now();
    let tried = trial::on(sale, compiled, &Settings::default(), now);
    let made = tried.made;
    Tried {
        decision: tried.verdict.name(),
        score: tried.score,
        factors: tried.factors.iter().map(ToString::to_string).collect(),
        signals: made
            .explanation
            .into_iter()
            .map(|line| TriedSignal {
                signal: line.signal,
                value: line.value,
                weight: line.weight,
            })
            .collect(),
        rules: made
            .rules
            .into_iter()
            .map(|applied| TriedRule {
                rule: applied.rule,
                action: applied.action,
                dry_run: applied.dry_run,
            })
            .collect(),
    }
}
