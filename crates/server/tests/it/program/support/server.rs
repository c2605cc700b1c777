//! `aval serve` as a child.
//!
//! Invariant: it is killed when dropped; its ports are those it chose itself and said in its log.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use super::home::Home;
use super::http::{Answer, Http, Request};
use super::{SOON, eventually};

/// A running server.
pub struct Server {
    child: Child,
    out: PathBuf,
    err: PathBuf,
    has_said: AtomicBool,
    /// Address of the transactional listener.
    pub api: SocketAddr,
    /// Address of the query listener.
    pub query: SocketAddr,
    /// Address of the back-office listener.
    pub backoffice: SocketAddr,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::start_with(home, arguments, |_| {})
    }

    /// Likewise, with the command changed before.
    pub fn start_with(home: &Home, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = |kind: &str| home.beside().join(format!("{number}.{kind}"));
        let (out, err) = (file("out"), file("err"));
        let mut command = home.command(&["serve"]);
        for listener in ["--api-addr", "--query-addr", "--backoffice-addr"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap());
        change(&mut command);
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut server = Self {
            child: command.spawn().unwrap(),
            out,
            err,
            has_said: AtomicBool::new(false),
            api: nowhere,
            query: nowhere,
            backoffice: nowhere,
        };
        let ready = eventually("the server is ready", SOON, || {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", server.log());
            server.log().lines().find_map(ready_line)
        });
        [server.api, server.query, server.backoffice] = ready;
        server
    }

    /// What it has written to standard output.
    pub fn out(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.err).unwrap()).into_owned()
    }

    /// Shows the last of it, once, to whoever reads the test's output.
    pub fn say_last_lines(&self) {
        if !self.has_said.swap(true, Ordering::Relaxed) {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.get(lines.len().saturating_sub(20)..).unwrap_or(&[]);
            super::say(&format!("the server's last lines:\n{}", last.join("\n")));
        }
    }

    /// One request on a connection of its own.
    pub fn ask(&self, request: &Request) -> Answer {
        Http::new(self.api).must(request)
    }

    /// One GET of the back office.
    pub fn look(&self, path: &str) -> Answer {
        Http::new(self.backoffice).must(&Request::new("GET", path))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Kills it at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Waits for its end.
    pub fn ended(&mut self, within: Duration) -> ExitStatus {
        eventually("the server has ended", within, || {
            self.child.try_wait().unwrap()
        })
    }

    /// Stops it in good order.
    pub fn stop(mut self) {
        self.signal("TERM");
        let status = self.ended(Duration::from_secs(10));
        assert!(status.success(), "{status}: {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.say_last_lines();
        }
    }
}

/// Sends a signal to a process, by its name.
pub fn signal(process: u32, name: &str) {
    let kill = format!("kill -{name} {process}");
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success(), "{kill}");
}

/// The three addresses of the line that says it is ready, in either form of log.
pub fn ready_line(line: &str) -> Option<[SocketAddr; 3]> {
    if !line.contains("ready") {
        return None;
    }
    let address = |name: &str| {
        let marks = [format!(" {name}="), format!("\"{name}\":\"")];
        let found = marks
            .iter()
            .find_map(|mark| line.split_once(mark.as_str()))?;
        let rest = found.1;
        let end = rest.find([' ', '"']).unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    };
    Some([address("api")?, address("query")?, address("backoffice")?])
}
