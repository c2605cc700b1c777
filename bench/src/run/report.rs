//! The report of a run, in Markdown that also reads well in a terminal.
//! Invariant: it holds nothing but what the run measured; ratios come before absolute numbers.

mod delivery;
mod fraud;
pub mod log;
mod recurrences;

use std::fmt::Write;
use std::process::Command;

use super::Bench;
use super::endurance::WINDOWS;
use super::figures::{Figures, Findings, HalfLoad, Series, median};
use super::store::Engine;
use crate::histogram::Histogram;
use crate::ledger::Orders;

pub use self::{delivery::only_delivery, fraud::only_fraud, recurrences::only_recurrences};

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// One line of a table of targets; `met` is missing where nothing was measured.
struct Target {
    what: String,
    target: &'static str,
    measured: String,
    met: Option<bool>,
}

/// Writes the whole report.
pub fn markdown(bench: &Bench, findings: &Findings) -> String {
    let mut text = String::from("# Benchmarks\n\n");
    text.push_str("Written by `aval-bench run`; every figure is from one run on one machine.\n\n");
    machine(&mut text, bench);
    method(&mut text, bench);
    for engine in &findings.engines {
        let _ = writeln!(text, "## {}\n", engine.engine.name());
        targets(&mut text, &engine_targets(bench, engine));
    }
    text.push_str("## The program\n\n");
    targets(&mut text, &[binary(&bench.binary)]);
    latencies(&mut text, findings);
    resources(&mut text, findings);
    orders(&mut text, findings);
    delivery::deliveries(&mut text, bench, findings);
    recurrences::write(&mut text, findings);
    fraud::write(&mut text, findings);
    endurance(&mut text, bench, findings);
    absolutes(&mut text, findings);
    verification(&mut text, findings);
    text
}

fn machine(text: &mut String, bench: &Bench) {
    let version = Command::new(&bench.binary).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let _ = writeln!(text, "## Machine\n\n{}.", bench.machine);
    let _ = write!(text, "Server: `{}`", version.unwrap_or_default());
    if let Some(Ok(version)) = bench.cluster.as_ref().map(|cluster| cluster.version()) {
        let _ = write!(text, "; PostgreSQL {version}");
    }
    text.push_str(". Server, database and load generator share the machine.\n\n");
}

fn method(text: &mut String, bench: &Bench) {
    let Bench {
        plan,
        connections,
        merchants,
        row_bytes,
        orders,
        log,
        ..
    } = bench;
    let log = match log {
        Some(level) => format!("log level `{level}`"),
        None => "the default log level".to_owned(),
    };
    let _ = writeln!(
        text,
        "## Method\n\n\
         {connections} keep-alive connections, {merchants} merchants in turn, {} order numbers, \
         {log}, requests as in the manual's first example. A ceiling is a closed loop of {:.1} s \
         after {:.1} s to warm up. In each of {} rounds every phase runs right beside the same \
         requests on a storage-free server of the same HTTP stack, which reads the request and \
         answers as many bytes; a share is the median of the rounds' ratios, with the least and \
         the greatest in parentheses. One engine is measured after the other. Who is not measured \
         is halted; of making sales searchable, which is put off, a phase counts what goes on in \
         it. pgbench inserts rows of {row_bytes} bytes with a time-ordered 16-byte key, prepared, \
         as many clients, 2 threads, each row its own durable transaction; then it selects such \
         rows by key. Half load follows an absolute timetable, and a latency counts from when the \
         request was due; PostgreSQL has a CHECKPOINT before it, so that its log has files to be \
         written into. The long run and the growth of the cost have sequential and random order \
         numbers. In the end the servers are killed and started again, and all is read back.\n",
        orders.name(),
        (plan.length.saturating_sub(plan.warm_up)).as_secs_f64(),
        plan.warm_up.as_secs_f64(),
        plan.rounds,
    );
}

fn engine_targets(bench: &Bench, figures: &Figures) -> Vec<Target> {
    let mut lines = match figures.engine {
        Engine::Sqlite => vec![
            share(
                "durable sales, of the storage-free server",
                &figures.sale,
                "≥ 20 %",
                0.2,
            ),
            share(
                "captures, of the storage-free server",
                &figures.capture,
                "≥ 20 %",
                0.2,
            ),
        ],
        Engine::Postgres => vec![
            times(
                "durable sales, against pgbench",
                &figures.sale,
                &figures.pgbench,
            ),
            times(
                "captures, against pgbench",
                &figures.capture,
                &figures.pgbench,
            ),
        ],
    };
    lines.push(share(
        "GET, of the storage-free server",
        &figures.query,
        "≥ 50 %",
        0.5,
    ));
    if let Some(HalfLoad { asked, outcome }) = &figures.half {
        let p99 = milliseconds(&outcome.latency, 0.99);
        lines.push(Target {
            what: format!("p99 at half load ({} sales/s)", grouped(*asked)),
            target: "≤ 15 ms",
            measured: format!("{p99:.2} ms"),
            met: Some(p99 <= 15.0),
        });
    }
    let start = median(&figures.starts);
    let best = figures.starts.iter().copied().fold(f64::INFINITY, f64::min);
    lines.push(Target {
        what: "start to ready, initialised store without sales".to_owned(),
        target: "≤ 100 ms",
        measured: format!("median {start:.0} ms, best {best:.0} ms"),
        met: Some(start <= 100.0),
    });
    let idle = figures.idle_memory as f64 / MEBIBYTE;
    lines.push(Target {
        what: "idle memory".to_owned(),
        target: "≤ 30 MiB",
        measured: format!("{idle:.1} MiB"),
        met: Some(idle <= 30.0),
    });
    lines.extend(delivery::delivery_targets(bench, figures));
    lines.extend(log::cost(figures));
    lines.extend(endurance_targets(bench, figures));
    lines
}

fn endurance_targets(bench: &Bench, figures: &Figures) -> Vec<Target> {
    let sales = match bench.plan.growth {
        0 => 2_000_000,
        sales => sales,
    };
    let mut lines = Vec::new();
    for orders in [Orders::Sequential, Orders::Random] {
        let name = orders.name();
        let growth = figures.growth.iter().find(|growth| growth.orders == orders);
        lines.push(endurance_target(
            format!(
                "cost of a sale, from 10,000 to {} stored, {name} order numbers",
                grouped(sales as f64)
            ),
            "≤ +15 %",
            growth.map(|growth| growth.increase() * 100.0),
            |percent| (format!("{percent:+.0} %"), percent <= 15.0),
        ));
        if figures.engine == Engine::Sqlite {
            let steady = figures.steady.iter().find(|steady| steady.orders == orders);
            lines.push(endurance_target(
                format!("sales in the last minute of the long run, of the first, {name}"),
                "≥ 95 %",
                steady.map(|steady| steady.ratio() * 100.0),
                |percent| (format!("{percent:.0} %"), percent >= 95.0),
            ));
        }
    }
    lines
}

fn endurance_target(
    what: String,
    target: &'static str,
    percent: Option<f64>,
    judge: impl Fn(f64) -> (String, bool),
) -> Target {
    let judged = percent.map(judge);
    let met = judged.as_ref().map(|(_, met)| *met);
    let measured = judged.map(|(text, _)| text);
    Target {
        what,
        target,
        measured: measured.unwrap_or_else(|| "not measured (`--full`)".to_owned()),
        met,
    }
}

fn share(what: &str, series: &Series, target: &'static str, least: f64) -> Target {
    let shares: Vec<f64> = series.shares().iter().map(|share| share * 100.0).collect();
    let (low, high) = range(&shares);
    Target {
        what: what.to_owned(),
        target,
        measured: format!("{:.0} % ({low:.0}–{high:.0})", median(&shares)),
        met: Some(median(&shares) >= least * 100.0),
    }
}

fn times(what: &str, series: &Series, pgbench: &[f64]) -> Target {
    let ratios = series.against(pgbench);
    let (low, high) = range(&ratios);
    Target {
        what: what.to_owned(),
        target: "≥ 1.2 ×",
        measured: format!("{:.2} × ({low:.2}–{high:.2})", median(&ratios)),
        met: Some(median(&ratios) >= 1.2),
    }
}

fn binary(path: &std::path::Path) -> Target {
    let bytes = std::fs::metadata(path)
        .map(|data| data.len())
        .unwrap_or_default();
    let size = bytes as f64 / MEBIBYTE;
    Target {
        what: "size of the binary".to_owned(),
        target: "≤ 20 MiB",
        measured: format!("{size:.1} MiB"),
        met: Some(bytes > 0 && size <= 20.0),
    }
}

fn targets(text: &mut String, lines: &[Target]) {
    text.push_str("| | target | measured | |\n|---|---|---|---|\n");
    for Target {
        what,
        target,
        measured,
        met,
    } in lines
    {
        let mark = match met {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "–",
        };
        let _ = writeln!(text, "| {what} | {target} | {measured} | {mark} |");
    }
    text.push('\n');
}

fn latencies(text: &mut String, findings: &Findings) {
    text.push_str("## Latency\n\nIn milliseconds.\n\n");
    text.push_str("| | per second | p50 | p99 | p99.9 |\n|---|---|---|---|---|\n");
    let mut line = |what: String, rate: f64, latency: &Histogram| {
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| milliseconds(latency, share));
        let rate = grouped(rate);
        let _ = writeln!(
            text,
            "| {what} | {rate} | {p50:.2} | {p99:.2} | {p999:.2} |"
        );
    };
    for figures in &findings.engines {
        let name = figures.engine.name();
        if let Some(HalfLoad { outcome, .. }) = &figures.half {
            line(
                format!("{name}, sales at half load"),
                outcome.rate,
                &outcome.latency,
            );
        }
        for (kind, series) in [
            ("sales", &figures.sale),
            ("captures", &figures.capture),
            ("GET", &figures.query),
        ] {
            line(
                format!("{name}, {kind} at the ceiling"),
                series.rate(),
                &series.latency,
            );
        }
        for steady in &figures.steady {
            line(
                format!("{name}, long run, {}", steady.orders.name()),
                median(&steady.rates),
                &steady.latency,
            );
        }
    }
    if let Some(HalfLoad { outcome, .. }) = &findings.floor {
        line(
            "storage-free server, by timetable".to_owned(),
            outcome.rate,
            &outcome.latency,
        );
    }
    text.push('\n');
}

fn resources(text: &mut String, findings: &Findings) {
    text.push_str("## Resources\n\n|");
    for figures in &findings.engines {
        let _ = write!(text, " | {}", figures.engine.name());
    }
    text.push_str(" |\n|---");
    text.push_str(&"|---".repeat(findings.engines.len()));
    text.push_str("|\n");
    let mut line = |what: &str, value: &dyn Fn(&Figures) -> String| {
        let _ = write!(text, "| {what}");
        for figures in &findings.engines {
            let _ = write!(text, " | {}", value(figures));
        }
        text.push_str(" |\n");
    };
    let cpu = |figures: &Figures, seconds: f64| {
        format!("{:.1} ms", figures.cost.per_thousand(seconds) * 1e3)
    };
    line("server's CPU time for 1,000 sales", &|f| {
        cpu(f, f.cost.server_cpu)
    });
    line(
        "PostgreSQL's CPU time for 1,000 sales",
        &|f| match f.engine {
            Engine::Sqlite => "–".to_owned(),
            Engine::Postgres => cpu(f, f.cost.database_cpu),
        },
    );
    line("load generator's CPU time for 1,000 sales", &|f| {
        cpu(f, f.cost.generator_cpu)
    });
    line("bytes the server writes for a sale", &|f| {
        format!("{:.0}", f.cost.written as f64 / f.cost.sales.max(1) as f64)
    });
    line(
        "bytes of PostgreSQL's log for a sale",
        &|f| match f.engine {
            Engine::Sqlite => "–".to_owned(),
            Engine::Postgres => format!("{:.0}", f.logged_per_sale),
        },
    );
    line("bytes a stored sale takes", &|f| {
        format!("{:.0}", f.stored_per_sale)
    });
    line("memory, idle", &|f| {
        format!("{:.1} MiB", f.idle_memory as f64 / MEBIBYTE)
    });
    line("memory, peak under load", &|f| {
        format!("{:.1} MiB", f.peak_memory as f64 / MEBIBYTE)
    });
    text.push('\n');
}

fn orders(text: &mut String, findings: &Findings) {
    text.push_str("## Order numbers\n\nSales at the ceiling, per second.\n\n");
    text.push_str("| | random | sequential | random ÷ sequential |\n|---|---|---|---|\n");
    for figures in &findings.engines {
        let (random, sequential) = (
            median(&figures.random_orders),
            median(&figures.sequential_orders),
        );
        let (name, ratio) = (figures.engine.name(), random / sequential);
        let _ = writeln!(
            text,
            "| {name} | {random:.0} | {sequential:.0} | {ratio:.2} |"
        );
    }
    text.push('\n');
}

fn endurance(text: &mut String, bench: &Bench, findings: &Findings) {
    for figures in &findings.engines {
        let name = figures.engine.name();
        for steady in &figures.steady {
            let _ = write!(
                text,
                "## Long run on {name}, {} order numbers\n\nSales per second, each over 10 s:",
                steady.orders.name()
            );
            for rate in &steady.rates {
                let _ = write!(text, " {}", grouped(*rate));
            }
            let _ = writeln!(text, ". Last minute ÷ first: {:.2}.\n", steady.ratio());
        }
        for growth in &figures.growth {
            let orders = growth.orders.name();
            let _ = writeln!(text, "## Growth on {name}, {orders} order numbers\n");
            let window = grouped(bench.plan.growth_window as f64);
            let _ = writeln!(text, "Each over {WINDOWS} times {window} sales.\n");
            text.push_str("| sales stored | CPU time for 1,000 | of the storage-free server | ");
            text.push_str("per second |\n|---|---|---|---|\n");
            for point in [&growth.few, &growth.many] {
                let (cpu, share) = (point.cpu * 1e3, point.share * 100.0);
                let (stored, rate) = (grouped(point.stored as f64), grouped(point.rate));
                let _ = writeln!(text, "| {stored} | {cpu:.1} ms | {share:.0} % | {rate} |");
            }
            text.push('\n');
        }
    }
}

fn absolutes(text: &mut String, findings: &Findings) {
    text.push_str("## Absolute numbers\n\nPer second, medians of the rounds.\n\n");
    text.push_str("| | sales | captures | GET |\n|---|---|---|---|\n");
    for figures in &findings.engines {
        let Figures {
            engine,
            sale,
            capture,
            query,
            pgbench,
            pgbench_selects,
            ..
        } = figures;
        let name = engine.name();
        let mut line = |what: &str, rate: fn(&Series) -> f64| {
            let [sale, capture, query] = [sale, capture, query].map(|series| grouped(rate(series)));
            let _ = writeln!(text, "| {what} | {sale} | {capture} | {query} |");
        };
        line(name, Series::rate);
        line(
            &format!("storage-free server beside {name}"),
            Series::beside,
        );
        if !pgbench.is_empty() {
            let [inserts, selects] = [pgbench, pgbench_selects].map(|rates| grouped(median(rates)));
            let _ = writeln!(text, "| pgbench, rows | {inserts} | | {selects} |");
        }
    }
    text.push('\n');
}

fn verification(text: &mut String, findings: &Findings) {
    text.push_str("## Verification\n\n");
    for figures in &findings.engines {
        let (name, checked) = (figures.engine.name(), grouped(figures.checked as f64));
        let _ = writeln!(
            text,
            "{name}: {checked} payments read back as acknowledged.\n"
        );
    }
    let failures = &findings.failures;
    if failures.total() == 0 {
        text.push_str("No request failed and no payment was missing or wrong.\n");
    } else {
        let _ = writeln!(text, "**FAILED.** {failures}");
    }
}

/// A whole number with its thousands set apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn milliseconds(latency: &Histogram, share: f64) -> f64 {
    latency.quantile(share).as_secs_f64() * 1e3
}

fn range(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    (low, values.iter().copied().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0.4, "0"), (999.0, "999"), (2_000_000.0, "2,000,000")] {
            assert_eq!(grouped(number), text);
        }
    }
}
