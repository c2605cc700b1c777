//! `aval-bench load`: one stretch of load against a server that already runs.
//! Invariant: captures and queries concern payments that the same call made before.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::Result;
use crate::args::Args;
use crate::ledger::{Kind, Ledger, Merchant, Orders};
use crate::load::{Outcome, Pace, Phase, drive};

/// The options of the command.
pub const OPTIONS: &[&str] = &[
    "--addr",
    "--merchant",
    "--kind",
    "--seconds",
    "--connections",
    "--rate",
    "--prefill",
    "--orders",
];

/// Runs the command; false when anything was answered otherwise than it must.
pub async fn load(args: &Args) -> Result<bool> {
    let address: SocketAddr = args.required("--addr")?.parse()?;
    let kind = match args.text("--kind").unwrap_or("sale") {
        "sale" => Kind::Sale,
        "analysed" => Kind::Analysed,
        "capture" => Kind::Capture,
        "query" => Kind::Query,
        other => return Err(format!("--kind does not take {other:?}").into()),
    };
    let ledger = Rc::new(RefCell::new(Ledger::new(merchants(
        args.required("--merchant")?,
    )?)));
    let length = Duration::from_secs_f64(args.value("--seconds", 10.0)?);
    let pace = match args.value("--rate", 0.0)? {
        rate if rate > 0.0 => Pace::Open { rate, length },
        _ => Pace::Closed {
            warm_up: Duration::ZERO,
            length,
        },
    };
    let orders = args.value("--orders", Orders::Random)?;
    let connections = args.value("--connections", 64)?;
    let phase = Phase {
        address,
        kind,
        orders,
        connections,
        pace,
        note_sent: false,
    };
    let mut good = true;
    if !matches!(kind, Kind::Sale | Kind::Analysed) {
        let sales = Pace::Count(args.value("--prefill", 50_000)?);
        let outcome = drive(
            Phase {
                kind: Kind::Sale,
                pace: sales,
                ..phase
            },
            &ledger,
        )
        .await?;
        good &= print(Kind::Sale, &outcome);
    }
    let outcome = drive(phase, &ledger).await?;
    Ok(print(kind, &outcome) && good)
}

fn merchants(list: &str) -> Result<Vec<Merchant>> {
    let pairs = list.split(',').map(|pair| pair.split_once(':'));
    let merchants: Option<Vec<Merchant>> = pairs
        .map(|pair| {
            pair.map(|(id, key)| Merchant {
                id: id.to_owned(),
                key: key.to_owned(),
            })
        })
        .collect();
    Ok(merchants.ok_or("--merchant takes ID:KEY[,ID:KEY...]")?)
}

fn print(kind: Kind, outcome: &Outcome) -> bool {
    let Outcome {
        rate,
        latency,
        good,
        failures,
        sent: _,
    } = outcome;
    let [p50, p99, p999, longest] =
        [0.5, 0.99, 0.999, 1.0].map(|share| latency.quantile(share).as_secs_f64() * 1e3);
    println!(
        "{:8} {good:9} good  {rate:9.0}/s  p50 {p50:.3} ms  p99 {p99:.3}  p99.9 {p999:.3}  \
         max {longest:.3}",
        kind.name()
    );
    if failures.total() > 0 {
        println!("{failures}");
    }
    failures.total() == 0
}
