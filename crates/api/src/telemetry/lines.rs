//! Lines of the log, gathered and written by a thread of their own.
//!
//! Invariant: whoever logs never waits for standard error, and the end of the program not for long;
//! lines keep their order. A request's line is put together here rather than by the subscriber,
//! which takes longer than a query does.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::{Finished, LogFormat};

/// Where lines go. Cheap to clone.
#[derive(Clone)]
pub struct Lines {
    format: LogFormat,
    gathered: Arc<Gathered>,
}

/// Writes out what was logged when dropped, as far as somebody takes it.
pub struct LogGuard {
    gathered: Arc<Gathered>,
    /// Tells nothing, and is closed when all is written.
    written: Receiver<()>,
}

#[derive(Default)]
struct Gathered {
    waiting: Mutex<Waiting>,
    some: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    lost: u64,
    ended: bool,
}

/// Bytes that may wait; beyond it lines are lost, and it is told how many.
const MOST: usize = 8 * 1024 * 1024;
/// How long the end of the program waits for whoever reads standard error: a pipe that is full and
/// not read must not keep it alive.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long lines are gathered before they are written: long enough to write many at once under
/// load, short enough for whoever watches.
const GATHER: Duration = Duration::from_millis(10);

impl Lines {
    /// Starts the thread that writes to standard error.
    #[must_use]
    pub fn start(format: LogFormat) -> (Self, LogGuard) {
        let gathered = Arc::new(Gathered::default());
        let writing = Arc::clone(&gathered);
        let (writes, written) = mpsc::channel::<()>();
        let writer = std::thread::Builder::new().name("log".to_owned());
        // Without a thread, `writes` is dropped at once and nobody waits for it.
        let _ = writer.spawn(move || {
            writing.write_until_ended(format);
            drop(writes);
        });
        (
            Self {
                format,
                gathered: Arc::clone(&gathered),
            },
            LogGuard { gathered, written },
        )
    }

    /// The line of a request that has ended.
    pub(super) fn request(
        &self,
        finished: &Finished,
        route: &'static str,
        status: u16,
        unread: Option<u16>,
        took: Duration,
    ) {
        let time = jiff::Timestamp::try_from(real_time()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        // A RequestId is the caller's text: quoted, it can neither end its field nor its line.
        let request_id = serde_json::to_string(&finished.request_id).unwrap_or_default();
        let micros = took.as_micros();
        let mut line = String::with_capacity(224);
        let written = match self.format {
            LogFormat::Text => {
                let _ = write!(line, "{time:.6}  INFO request request_id={request_id}");
                if let Some(merchant) = finished.merchant {
                    let _ = write!(line, " merchant={merchant}");
                }
                let _ = write!(line, " route=\"{route}\" status={status}");
                if let Some(unread) = unread {
                    let _ = write!(line, " unread={unread}");
                }
                writeln!(line, " micros={micros}")
            }
            LogFormat::Json => {
                let _ = write!(line, "{{\"timestamp\":\"{time:.6}\",\"level\":\"INFO\"");
                let _ = write!(line, ",\"message\":\"request\",\"request_id\":{request_id}");
                if let Some(merchant) = finished.merchant {
                    let _ = write!(line, ",\"merchant\":\"{merchant}\"");
                }
                let _ = write!(line, ",\"route\":\"{route}\",\"status\":{status}");
                if let Some(unread) = unread {
                    let _ = write!(line, ",\"unread\":{unread}");
                }
                writeln!(line, ",\"micros\":{micros}}}")
            }
        };
        if written.is_ok() {
            self.gathered.add(line.as_bytes());
        }
    }
}

/// The time a line carries is real time, not the sandbox's.
#[expect(
    clippy::disallowed_methods,
    reason = "a log tells when something really happened"
)]
fn real_time() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

impl Gathered {
    fn add(&self, line: &[u8]) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.text.len() >= MOST {
            waiting.lost = waiting.lost.saturating_add(1);
            return;
        }
        let was_empty = waiting.text.is_empty();
        waiting.text.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.some.notify_one();
        }
    }

    fn write_until_ended(&self, format: LogFormat) {
        let mut out = Vec::new();
        loop {
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let nothing = |waiting: &mut Waiting| waiting.text.is_empty() && !waiting.ended;
            let waited = self.some.wait_while(waiting, nothing);
            let mut waiting = waited.unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut waiting.text, &mut out);
            let (lost, ended) = (std::mem::take(&mut waiting.lost), waiting.ended);
            drop(waiting);
            let mut stderr = io::stderr().lock();
            // Nobody is left to tell that standard error is gone.
            let _ = stderr.write_all(&out);
            if lost > 0 {
                let _ = stderr.write_all(lost_line(lost, format).as_bytes());
            }
            drop(stderr);
            out.clear();
            if ended {
                return;
            }
            std::thread::sleep(GATHER);
        }
    }
}

/// The line that stands for those that did not fit.
fn lost_line(lost: u64, format: LogFormat) -> String {
    let time = jiff::Timestamp::try_from(real_time()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    match format {
        LogFormat::Text => format!("{time:.6}  WARN log lines were lost lines={lost}\n"),
        LogFormat::Json => format!(
            "{{\"timestamp\":\"{time:.6}\",\"level\":\"WARN\",\
             \"message\":\"log lines were lost\",\"lines\":{lost}}}\n"
        ),
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let mut waiting = self
            .gathered
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.ended = true;
        drop(waiting);
        self.gathered.some.notify_one();
        // Closed when all is written; nothing else comes.
        let _ = self.written.recv_timeout(PATIENCE);
    }
}

/// One line of the subscriber, gathered when it is whole.
pub struct Line {
    gathered: Arc<Gathered>,
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line {
            gathered: Arc::clone(&self.gathered),
        }
    }
}
