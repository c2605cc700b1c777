//! `aval fraud …`
//!
//! Invariant: what is shown of lists is masked. A change holds for running servers within two
//! seconds.

mod day;
mod explain;
mod lists;
mod review;
mod rules;
#[cfg(test)]
mod stock_tests;
mod trial;

use std::path::Path;

use aval_gateway::audit::By;
use serde::Serialize;

use super::{print, print_json};
use crate::cli::{Exit, FraudCommand};
use crate::config::StoreConfig;

/// Who changes lists, rules and reviews here.
const BY: By<'static> = By::COMMAND_LINE;

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: &FraudCommand) -> Result<(), Exit> {
    match command {
        FraudCommand::Try { rules, sale, json } => trial::run(rules, sale, *json),
        FraudCommand::Variables { json } => variables(*json),
        FraudCommand::Rules(command) => rules::run(config, command),
        FraudCommand::List(command) => lists::run(config, command),
        FraudCommand::Review(command) => review::run(config, command),
        FraudCommand::Explain { id, payment, json } => explain::run(config, id, payment, *json),
        FraudCommand::Day { seed, sales, json } => day::run(*seed, *sales, *json),
    }
}

/// What rules can ask.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Variables {
    variables: Vec<Variable>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Variable {
    name: &'static str,
    meaning: &'static str,
}

fn variables(json: bool) -> Result<(), Exit> {
    let all = aval_gateway::fraud::values::VARIABLES;
    if json {
        let variables = all.iter().map(|(name, meaning)| Variable { name, meaning });
        return print_json(&Variables {
            variables: variables.collect(),
        });
    }
    let lines = all
        .iter()
        .map(|(name, meaning)| format!("{name:<22}{meaning}\n"));
    print(&lines.collect::<String>())
}

/// A file's bytes.
fn file(path: &Path) -> Result<Vec<u8>, Exit> {
    let read = std::fs::read(path);
    read.map_err(|error| Exit::usage(&format!("{}: {error}", path.display())))
}

fn failure(error: impl std::fmt::Display) -> Exit {
    Exit::failure(&error.to_string())
}
