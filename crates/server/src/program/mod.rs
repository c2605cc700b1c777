//! The commands of the program.
//!
//! Invariant: a command says what it did on standard output, and what went wrong in one line on
//! standard error: exit 2 for a wrong flag, key, value or file, 1 for anything else.

mod audit;
mod backup;
mod clock;
mod fraud;
mod history;
mod keys;
mod listen;
mod merchant;
mod recurrence;
mod serve;
mod store;
mod user;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use aval_gateway::clock::Clock;
use aval_listener::cert;

use crate::cli::{self, CertCommand, Cli, Command, ConfigCheckArgs, ConfigCommand, Exit};
use crate::config::{Config, known_variables};

/// Files that were made.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    files: Vec<String>,
}

/// Runs the command that the arguments name.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let done = cli::parse(args).and_then(|cli| {
        known_variables(std::env::vars_os())?;
        dispatch(&cli)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.print(),
    }
}

fn dispatch(cli: &Cli) -> Result<(), Exit> {
    match &cli.command {
        Command::Serve(args) => serve::run(Config::load(cli, args)?),
        Command::Config(ConfigCommand::Check(args)) => check(cli, args),
        Command::Merchant(command) => merchant::run(&Config::for_tools(cli)?, command),
        Command::User(command) => user::run(&Config::for_tools(cli)?, command),
        Command::Audit(command) => audit::run(&Config::for_tools(cli)?, command),
        Command::Backup(args) => backup::run(&Config::for_tools(cli)?, args),
        Command::Clock(command) => clock::run(&Config::for_tools(cli)?, command),
        Command::Listen(args) => listen::run(&Config::for_tools(cli)?, args),
        Command::Fraud(command) => fraud::run(&Config::for_tools(cli)?, command),
        Command::Recurrence(command) => recurrence::run(&Config::for_tools(cli)?, command),
        Command::Keys(command) => keys::run(&Config::for_tools(cli)?, *command),
        Command::Cert(CertCommand::Dev { out, hosts, json }) => {
            let now = Clock::default().now().micros() / 1_000_000;
            let files = cert::write_dev(out, hosts, now);
            let files = files.map_err(|error| Exit::usage(&error.to_string()))?;
            let files = files
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            if *json {
                return print_json(&Written { files });
            }
            print(&(files.join("\n") + "\n"))
        }
    }
}

fn check(cli: &Cli, args: &ConfigCheckArgs) -> Result<(), Exit> {
    let report = Config::load(cli, &args.serve)?.report();
    if args.json {
        print_json(&report)
    } else {
        print(&report.to_string())
    }
}

/// Writes to standard output. A reader that has gone away is a failure like any other.
fn print(text: &str) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Exit::failure(&format!("cannot write the answer: {error}")))
}

/// Writes one JSON object to standard output, and nothing else.
fn print_json(value: &impl serde::Serialize) -> Result<(), Exit> {
    let text = serde_json::to_string(value).map_err(|error| Exit::failure(&error.to_string()))?;
    print(&format!("{text}\n"))
}
