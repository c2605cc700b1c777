//! The end of a server by a signal.
//!
//! Invariant: what is in flight is answered, what was acknowledged is stored, nothing new is let
//! in, and the program ends with 0 within ten seconds.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::support::home::Home;
use super::support::http::{Http, read_answer};
use super::support::load::{Ends, Load};
use super::support::random::Random;
use super::support::server::{Server, ready_line, signal};
use super::support::{SOON, check, eventually};

/// How long a drain may take.
const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn sigterm_under_load_answers_what_is_in_flight_on_sqlite() {
    drained_under_load("TERM", &Home::sqlite());
}

#[test]
fn sigterm_under_load_answers_what_is_in_flight_on_postgresql() {
    drained_under_load("TERM", &Home::postgres());
}

#[test]
fn sigint_does_the_same_on_sqlite() {
    drained_under_load("INT", &Home::sqlite());
}

#[test]
fn sigint_does_the_same_on_postgresql() {
    drained_under_load("INT", &Home::postgres());
}

fn drained_under_load(signal: &str, home: &Home) {
    let mut random = Random::new("drain");
    let merchant = home.merchant(&[]);
    let mut server = Server::start(home, &[]);
    let load = Load {
        api: server.api,
        merchant: &merchant,
        prefix: "d".to_owned(),
        ends: Ends::Drained,
        clients: 16,
    };
    let sales = load.run(&mut random, |progress| {
        progress.advance(200);
        server.signal(signal);
        let status = server.ended(LIMIT);
        assert_eq!(status.code(), Some(0), "{status}");
    });
    assert!(server.log().contains("cut_off=0"), "{}", server.log());
    let server = Server::start(home, &[]);
    check::all(server.api, &merchant, &sales);
}

#[test]
fn a_request_that_has_begun_is_finished_while_new_connections_are_refused() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let mut server = Server::start(&home, &[]);
    let wire = merchant.sale("begun", 100).wire();
    let (first, rest) = wire.split_at(wire.len() - 10);
    let mut slow = TcpStream::connect(server.api).unwrap();
    slow.write_all(first).unwrap();
    server.signal("TERM");
    eventually("new connections are refused", SOON, || {
        TcpStream::connect(server.api).err()
    });
    assert!(server.runs(), "it waits for the request");
    slow.write_all(rest).unwrap();
    let answer = read_answer(&mut BufReader::new(slow)).unwrap().expect(201);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(server.ended(LIMIT).success());
    let server = Server::start(&home, &[]);
    let found = server.ask(&merchant.request("GET", "/1/sales?merchantOrderId=begun"));
    found.expect(200);
}

#[test]
fn a_client_that_never_ends_its_request_does_not_keep_the_server_alive() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let mut server = Server::start(&home, &["--read-timeout-seconds", "60"]);
    let wire = merchant
        .sale("never", 100)
        .header("RequestId", "never-ended");
    let wire = wire.wire();
    let mut stuck = TcpStream::connect(server.api).unwrap();
    stuck.write_all(&wire[..wire.len() - 10]).unwrap();
    // Once a later connection was served, the earlier one has been accepted.
    server.ask(&merchant.sale("later", 100)).expect(201);
    server.signal("TERM");
    let status = server.ended(LIMIT);
    assert_eq!(status.code(), Some(0), "{status}");
    let log = server.log();
    let of_it = log.lines().filter(|line| line.contains("never-ended"));
    let of_it: Vec<&str> = of_it.collect();
    assert!(of_it.len() == 1 && of_it[0].contains("status=499"), "{log}");
}

/// A program that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// As under a supervisor that has stopped reading.
#[test]
fn a_log_that_nobody_reads_does_not_keep_the_server_alive() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let mut command = home.command(&["serve"]);
    for listener in ["--api-addr", "--query-addr", "--backoffice-addr"] {
        command.args([listener, "127.0.0.1:0"]);
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = Killed(command.spawn().unwrap());
    let mut log = BufReader::new(server.0.stderr.take().unwrap());
    let ready = log.by_ref().lines().map(Result::unwrap);
    let [api, ..] = ready.filter_map(|line| ready_line(&line)).next().unwrap();
    // More than a pipe holds, which is 64 KiB, or 1 MiB where it was made larger.
    let mut http = Http::new(api);
    let long = "r".repeat(255);
    for _ in 0..4_000 {
        let query = merchant.request("GET", "/1/sales?merchantOrderId=none");
        http.must(&query.header("RequestId", &long)).expect(404);
    }
    signal(server.0.id(), "TERM");
    let status = eventually("it has ended", LIMIT, || server.0.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}
