//! `aval clock …`
//!
//! Invariant: exists in the sandbox only (decision D42). What is set holds for the whole store, for
//! servers that run beside within two seconds.

use aval_domain::time::Timestamp;
use aval_gateway::app::{App, Environment};
use aval_gateway::tasks;
use serde::Serialize;

use super::store::with_app_that_tells;
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
}

const MICROS: i64 = 1_000_000;

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: &ClockCommand) -> Result<(), Exit> {
    let shown = with_app_that_tells(config, async |app| {
        if app.environment != Environment::Sandbox {
            return Err(Exit::usage("the clock can be moved in the sandbox only"));
        }
        act(app, command).await?;
        let offset = app.clock.offset().checked_div(MICROS).unwrap_or(0);
        Ok(ShownClock {
            now: app.clock.now().rfc3339(),
            offset,
        })
    })?;
    let (ClockCommand::Show { json }
    | ClockCommand::Set { json, .. }
    | ClockCommand::Advance { json, .. }
    | ClockCommand::Reset { json }) = command;
    if *json {
        return print_json(&shown);
    }
    print(&format!("{} (real time {:+} s)\n", shown.now, shown.offset))
}

async fn act(app: &App, command: &ClockCommand) -> Result<(), Exit> {
    let done = match command {
        ClockCommand::Show { .. } => Ok(()),
        ClockCommand::Set { time, .. } => {
            let to = Timestamp::parse_rfc3339(time).ok_or_else(|| {
                Exit::usage(&format!(
                    "{time:?} is no time like 2027-01-31T10:00:00-03:00"
                ))
            })?;
            if !(tasks::EARLIEST..=tasks::LATEST).contains(&to) {
                return Err(Exit::usage(
                    "the clock goes from the year 1 to the year 9999",
                ));
            }
            tasks::set_clock(app, to).await.map(drop)
        }
        ClockCommand::Advance { seconds, .. } => {
            let micros = i64::try_from(*seconds)
                .ok()
                .and_then(|s| s.checked_mul(MICROS));
            let micros = micros.ok_or_else(|| Exit::usage("that is too far"))?;
            let now = app.clock.now();
            if now.plus(micros) > tasks::LATEST {
                return Err(Exit::usage("that is too far"));
            }
            tasks::advance(app, micros).await.map(drop)
        }
        ClockCommand::Reset { .. } => tasks::reset_clock(app).await.map(drop),
    };
    done.map_err(|error| Exit::failure(&error.to_string()))
}
