//! `aval clock …`
//!
//! Invariant: exists in the sandbox only (decision D42). What is set holds for the whole store, for
//! servers that run beside within two seconds. A move is done when the command ends: by a server
//! that runs, with all that falls due, or else by the command itself, which delivers nothing.

use aval_domain::time::Timestamp;
use aval_gateway::app::{App, Environment};
use aval_gateway::tasks::{Ran, moves};
use aval_storage::ClockMove;
use serde::Serialize;

use super::store::{with_app_that_tells, with_new_app_that_tells};
use super::{print, print_json};
use crate::cli::{ClockCommand, Exit};
use crate::config::StoreConfig;

/// The clock as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownClock {
    now: String,
    /// Seconds by which it runs ahead of real time.
    offset: i64,
    /// How many things were done that fell due, by their names; of a clock that was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    ran: Option<Ran>,
}

const MICROS: i64 = 1_000_000;

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: &ClockCommand) -> Result<(), Exit> {
    let run = async |app: &App| {
        if app.environment != Environment::Sandbox {
            return Err(Exit::usage("the clock can be moved in the sandbox only"));
        }
        let ran = match wanted(app, command)? {
            None => None,
            Some(what) => {
                let ran = moves::ask(app, what).await;
                Some(ran.map_err(|error| Exit::failure(&error.to_string()))?)
            }
        };
        let offset = app.clock.offset().checked_div(MICROS).unwrap_or(0);
        Ok(ShownClock {
            now: app.clock.now().rfc3339(),
            offset,
            ran,
        })
    };
    let shown = match command {
        ClockCommand::Show { .. } | ClockCommand::Reset { .. } => with_app_that_tells(config, run),
        ClockCommand::Set { .. } | ClockCommand::Advance { .. } => {
            with_new_app_that_tells(config, run)
        }
    }?;
    let (ClockCommand::Show { json }
    | ClockCommand::Set { json, .. }
    | ClockCommand::Advance { json, .. }
    | ClockCommand::Reset { json }) = command;
    if *json {
        return print_json(&shown);
    }
    print(&format!("{} (real time {:+} s)\n", shown.now, shown.offset))
}

/// The move that the command asks for, if it does.
fn wanted(app: &App, command: &ClockCommand) -> Result<Option<ClockMove>, Exit> {
    let what = match command {
        ClockCommand::Show { .. } => return Ok(None),
        ClockCommand::Set { time, .. } => {
            let to = Timestamp::parse_rfc3339(time).ok_or_else(|| {
                Exit::usage(&format!(
                    "{time:?} is no time like 2027-01-31T10:00:00-03:00"
                ))
            })?;
            if !(moves::EARLIEST..=moves::LATEST).contains(&to) {
                return Err(Exit::usage(
                    "the clock goes from the year 1 to the year 9999",
                ));
            }
            ClockMove::Set(to)
        }
        ClockCommand::Advance { seconds, .. } => {
            let micros = i64::try_from(*seconds)
                .ok()
                .and_then(|s| s.checked_mul(MICROS));
            let micros = micros.ok_or_else(|| Exit::usage("that is too far"))?;
            if app.clock.now().plus(micros) > moves::LATEST {
                return Err(Exit::usage("that is too far"));
            }
            ClockMove::Advance(micros)
        }
        ClockCommand::Reset { .. } => ClockMove::Reset,
    };
    Ok(Some(what))
}
