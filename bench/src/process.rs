//! Processes and folders of a run: the servers it starts, what they use, and temporary files.
//! Invariant: whatever is started or made here ends or goes with the value that stands for it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// How long a server may take to become ready, or to end when asked to.
const PATIENCE: Duration = Duration::from_secs(15);
/// The kernel's unit of CPU time in /proc, on every architecture in use.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// From the start of the process to the first sign of readiness.
    pub started_in: Duration,
}

/// What a process has used since it started.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// Seconds of CPU time.
    pub cpu: f64,
    /// Bytes sent towards the disk.
    pub written: u64,
}

impl Server {
    /// Starts a command with its output in a file and waits until `ready` says so.
    pub fn start(command: &mut Command, output: &Path, ready: impl Fn() -> bool) -> Result<Self> {
        let log = File::options().create(true).append(true).open(output)?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let start = Instant::now();
        let child = command
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let mut server = Self {
            child,
            started_in: Duration::ZERO,
        };
        while !ready() {
            let ended = server.child.try_wait()?;
            if ended.is_some() || start.elapsed() > PATIENCE {
                let said = fs::read_to_string(output).unwrap_or_default();
                return Err(format!("{command:?} did not become ready:\n{said}").into());
            }
            thread::sleep(Duration::from_micros(500));
        }
        server.started_in = start.elapsed();
        Ok(server)
    }

    /// Asks the server to end and waits; an error when it does not end well in time.
    pub fn stop(mut self) -> Result<()> {
        self.signal("TERM")?;
        self.resume()?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() {
                    Ok(())
                } else {
                    Err(format!("the server ended with {status} when asked to stop").into())
                };
            }
            thread::sleep(Duration::from_millis(2));
        }
        Err("the server did not end when asked to stop".into())
    }

    /// Halts the server, so that what it does when nobody asks it for anything takes nothing from
    /// whoever is measured now.
    pub fn pause(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on.
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Lets it go on for a piece of work alone. So what it has put off, like making millions of
    /// sales searchable, does not go on beside what it is compared with, nor in a rest.
    pub async fn only_for<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.resume()?;
        let done = work.await;
        self.pause()?;
        done
    }

    fn signal(&self, name: &str) -> Result<()> {
        let pid = self.child.id().to_string();
        Command::new("sh")
            .args(["-c", "kill -\"$0\" \"$1\"", name, &pid])
            .status()?;
        Ok(())
    }

    /// What the server has used so far.
    pub fn usage(&self) -> Usage {
        let path = format!("/proc/{}/io", self.child.id());
        let written = labelled(
            &fs::read_to_string(path).unwrap_or_default(),
            "write_bytes:",
        );
        Usage {
            cpu: cpu_of(self.child.id()),
            written: written.unwrap_or_default(),
        }
    }

    /// Bytes of memory in use now.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:") * 1024
    }

    /// The most bytes of memory it ever used.
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:") * 1024
    }

    fn status(&self, label: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        labelled(&fs::read_to_string(path).unwrap_or_default(), label).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The CPU seconds a process has used; 0 when there is none of that id.
pub fn cpu_of(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may hold blanks; the 12th and 13th fields after it are the times.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS_PER_SECOND
}

/// The CPU seconds this process has used.
pub fn own_cpu() -> f64 {
    cpu_of(std::process::id())
}

fn labelled(text: &str, label: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Addresses on this machine that nothing listens on.
pub fn free_addresses<const N: usize>() -> Result<[SocketAddr; N]> {
    let mut addresses = [SocketAddr::from(([127, 0, 0, 1], 0)); N];
    // All are held before any is let go, so that they differ.
    let listeners: std::io::Result<Vec<TcpListener>> =
        addresses.iter().map(TcpListener::bind).collect();
    for (address, listener) in addresses.iter_mut().zip(listeners?) {
        *address = listener.local_addr()?;
    }
    Ok(addresses)
}

/// Whether something listens.
pub fn listens(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

/// Whether GET of a path answers 200.
pub fn answers_ok(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// A folder that goes when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes a folder that nobody has used.
    pub fn new(path: PathBuf) -> Result<Self> {
        fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The bytes of all files directly in a folder.
pub fn size_of_files(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
