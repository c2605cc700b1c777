//! Benchmark of Aval: a load generator and the orchestrator that measures a server with it.
//! Invariant: the generator shares the machine with what it measures, so it stays on one thread.

mod args;
mod baseline;
mod chance;
mod fields;
mod histogram;
mod http;
mod ledger;
mod load;
mod machine;
mod manual;
mod postgres;
mod process;
mod receivers;
mod requests;
mod run;
mod timetable;

use std::process::ExitCode;

use args::Args;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// The gateway's allocator, since the baseline is compared with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can go wrong outside the measured path; the text is for the person at the terminal.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
usage: aval-bench run [--quick | --full] [--report FILE] [--engines sqlite,postgres]
                      [--connections N] [--merchants N] [--row-bytes N] [--log LEVEL] [--dir DIR]
                      [--orders random|sequential] [--long SECONDS] [--growth SALES]
                      [--recurrences N] [--scheduled N] [--hanging SECONDS] [--analysed N]
                      [--searched SALES] [--against BINARY]
                      [--only delivery|recurrences|requestlog|search|fraud]
       aval-bench load --addr A --merchant ID:KEY[,ID:KEY...] [--kind sale|analysed|capture|query]
                      [--seconds S] [--connections N] [--rate R] [--prefill N]
                      [--orders random|sequential]
       aval-bench baseline --addr A
run reads AVAL_BIN (the server's binary), AVAL_TEST_DATABASE_URL (a superuser of a throwaway
PostgreSQL cluster) and AVAL_TEST_PG_BIN (the folder of psql and pgbench, else PATH).";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let outcome = match command.as_str() {
        "run" => on_one_thread(async { run::run(&Args::parse(rest, run::OPTIONS)?).await }),
        "load" => on_one_thread(async { manual::load(&Args::parse(rest, manual::OPTIONS)?).await }),
        "baseline" => serve_baseline(rest),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Runs a command on a single thread. A signal ends it by dropping it, so that every server it
/// started is killed and every folder and database it made is removed.
fn on_one_thread(command: impl Future<Output = Result<bool>>) -> Result<bool> {
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            tokio::select! {
                outcome = command => outcome,
                _ = terminate.recv() => Err("ended by SIGTERM".into()),
                _ = interrupt.recv() => Err("interrupted".into()),
            }
        })
}

fn serve_baseline(words: Vec<String>) -> Result<bool> {
    let args = Args::parse(words, &["--addr"])?;
    let address = args.required("--addr")?.parse()?;
    Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(baseline::serve(address))?;
    Ok(true)
}
