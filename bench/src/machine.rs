//! The machine a run takes place on, and whether it is at rest.
//! Invariant: everything is read or measured at run time; nothing about a machine is assumed.

use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::histogram::Histogram;

const FLUSHES: usize = 300;

/// What figures depend on.
pub struct Machine {
    cores: usize,
    model: String,
    kernel: String,
    memory_gib: f64,
    flush: Histogram,
}

impl Machine {
    /// Reads the machine's data and measures how long the disk under `folder` takes to flush.
    pub fn read(folder: &Path) -> Result<Self> {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let memory = first("/proc/meminfo", "MemTotal").unwrap_or_default();
        let kibibytes: f64 = memory
            .split_whitespace()
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        Ok(Self {
            cores: thread::available_parallelism()?.get(),
            model: first("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            kernel: kernel.trim().to_owned(),
            memory_gib: kibibytes / 1024.0 / 1024.0,
            flush: flush_times(folder)?,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cores,
            model,
            kernel,
            memory_gib,
            flush,
        } = self;
        let [median, p99] = [0.5, 0.99].map(|share| flush.quantile(share).as_secs_f64() * 1e3);
        write!(
            out,
            "{cores} cores ({model}), {memory_gib:.1} GiB of memory, Linux {kernel}; "
        )?;
        write!(
            out,
            "a flush of 4 KiB to the disk takes {median:.2} ms (p99 {p99:.2} ms)"
        )
    }
}

fn first(path: &str, label: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(label))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn flush_times(folder: &Path) -> Result<Histogram> {
    let path = folder.join("flush");
    let mut file = File::create(&path)?;
    let mut times = Histogram::default();
    for _ in 0..FLUSHES {
        file.write_all(&[0x5a; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.record(start.elapsed());
    }
    fs::remove_file(path)?;
    Ok(times)
}

/// Waits until the processors are nearly idle, so that what one phase left to do (a checkpoint,
/// a vacuum) does not weigh on the next; not longer than 0.3 s.
pub fn rest() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        let before = idle_ticks();
        thread::sleep(Duration::from_millis(50));
        let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
        // Five ticks pass on each core; one of them in all may be busy.
        if idle_ticks().saturating_sub(before) + 1 >= 5 * cores {
            return;
        }
    }
}

/// Ticks of all cores without anything to run, or waiting for a disk.
fn idle_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    let fields = line.split_whitespace().skip(4).take(1);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum()
}
