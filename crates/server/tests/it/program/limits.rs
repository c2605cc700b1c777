//! What a client may take up: bytes, time, connections and places in the queue.
//!
//! Invariant: beyond a limit a client is told or ended, and nobody else notices.

use std::collections::BTreeSet;
use std::io::{BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::support::home::{Home, Ran};
use super::support::http::{Http, read_answer};
use super::support::load::{Ends, Load};
use super::support::random::Random;
use super::support::server::Server;
use super::support::{SOON, check, eventually};

const MAX_BODY: usize = 256 * 1024;

#[test]
fn a_body_over_256_kib_is_413_and_one_of_256_kib_is_read() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    for (size, status) in [(MAX_BODY, 201), (MAX_BODY + 1, 413), (MAX_BODY * 20, 413)] {
        let mut request = merchant.sale("large", 100);
        request.body.resize(size, b' ');
        server.ask(&request).expect(status);
    }
}

#[test]
fn a_length_over_256_kib_is_413_before_anything_of_the_body_has_come() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &["--read-timeout-seconds", "60"]);
    let mut request = merchant.sale("announced", 100);
    request.body.resize(MAX_BODY + 1, b' ');
    let (length, wire) = (request.body.len(), request.wire());
    let mut stream = TcpStream::connect(server.api).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(&wire[..wire.len() - length]).unwrap();
    let answer = read_answer(&mut BufReader::new(stream)).unwrap();
    assert_eq!(answer.status, 413);
}

#[test]
fn a_header_that_comes_too_slowly_ends_its_connection() {
    let home = Home::sqlite();
    let server = Server::start(&home, &["--header-timeout-seconds", "1"]);
    for beginning in [
        &b""[..],
        b"GET /1/sales HTTP/1.1\r\nhost: x\r\nMerchantId: ",
    ] {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(server.api).unwrap();
        stream.write_all(beginning).unwrap();
        // Drop by drop is no better than nothing.
        let rest = dripped(&mut stream, !beginning.is_empty());
        assert!(
            rest.is_empty() || rest.starts_with("HTTP/1.1 408"),
            "{rest}"
        );
        // Without the flag it would take ten seconds.
        let took = begun.elapsed().as_millis();
        assert!((900..8_000).contains(&took), "{took} ms");
    }
}

#[test]
fn a_body_that_comes_too_slowly_ends_its_connection() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &["--read-timeout-seconds", "1"]);
    let mut request = merchant.sale("slow", 100);
    request.body.resize(MAX_BODY, b' ');
    let wire = request.wire();
    let mut stream = TcpStream::connect(server.api).unwrap();
    stream.write_all(&wire[..wire.len() / 2]).unwrap();
    let rest = dripped(&mut stream, true);
    assert!(rest.starts_with("HTTP/1.1 408"), "{rest}");
    assert!(rest.ends_with("\r\n\r\n[]"), "{rest}");
    let sold = server.ask(&merchant.request("GET", "/1/sales?merchantOrderId=slow"));
    sold.expect(404);
}

#[test]
fn a_body_that_breaks_off_is_408() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    let wire = merchant.sale("broken", 100).wire();
    let mut stream = TcpStream::connect(server.api).unwrap();
    stream.write_all(&wire[..wire.len() - 1]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let answer = read_answer(&mut BufReader::new(stream)).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (408, "[]"));
    let sold = server.ask(&merchant.request("GET", "/1/sales?merchantOrderId=broken"));
    sold.expect(404);
}

#[test]
fn a_header_of_60_000_bytes_is_read_and_one_of_64_kib_is_431() {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    let asked = |version: &str, size: usize| {
        let header = format!("X-Long: {}", "x".repeat(size));
        let url = format!("http://{}/openapi.json", server.api);
        let write = ["-s", "-o", "/dev/null", "-w", "%{http_code}"];
        let mut curl = Command::new("curl");
        Ran::of(curl.args(write).args([version, "-H", &header, &url])).ok()
    };
    assert_eq!(asked("--http1.1", 60_000), "200");
    assert_eq!(asked("--http2-prior-knowledge", 60_000), "200");
    let mut stream = TcpStream::connect(server.api).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    // As much as is read, so that the end of the connection does not overtake the answer.
    let mut header = b"GET /openapi.json HTTP/1.1\r\nX-Long: ".to_vec();
    header.resize(64 * 1024, b'x');
    stream.write_all(&header).unwrap();
    let answer = read_answer(&mut BufReader::new(stream)).unwrap();
    assert_eq!(answer.status, 431);
}

/// Sends now and then a blank until the server ends the connection; gives what it said.
fn dripped(stream: &mut TcpStream, drip: bool) -> String {
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let mut said = Vec::new();
    eventually("the connection is ended", SOON, || {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(0) => return Some(()),
            Ok(more) => said.extend_from_slice(&buffer[..more]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return Some(()),
        }
        // A connection that was ended may refuse it; the next read tells.
        let _ = if drip { stream.write(b" ") } else { Ok(0) };
        None
    });
    String::from_utf8(said).unwrap()
}

/// The runtimes of the cores are made last: a limit of files just below what a server needs leaves
/// one of them without.
#[test]
fn a_server_that_cannot_start_to_serve_ends_and_says_why() {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap();
    let numbers = files.map(|file| file.unwrap().file_name().to_str().unwrap().parse::<u32>());
    let opened = numbers.map(Result::unwrap).collect::<BTreeSet<_>>();
    // What was inherited may have higher numbers; what it opened itself is without gaps.
    let needed = (0..).take_while(|number| opened.contains(number)).count();
    server.stop();
    for fewer in [2, 3] {
        let ended = with_files(&home, needed - fewer);
        let said = ended.err.lines().last().unwrap_or_default();
        assert_eq!(ended.code, 1, "{fewer} files fewer: {}", ended.err);
        assert!(said.starts_with("aval: "), "{}", ended.err);
        assert!(!ended.err.contains(" ready "), "{}", ended.err);
    }
}

/// A server that may open so many files, until it ends; after a while it is ended with code 124.
fn with_files(home: &Home, files: usize) -> Ran {
    let serve = [
        "serve",
        "--api-addr=127.0.0.1:0",
        "--query-addr=127.0.0.1:0",
        "--backoffice-addr=127.0.0.1:0",
    ];
    let serve = home.command(&serve);
    let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
    let mut command = Command::new("timeout");
    command.args(["20", "sh", "-c", &limited]);
    command.arg(serve.get_program()).args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ran::of(&mut command)
}

#[test]
fn beyond_max_connections_a_client_waits_for_another_to_leave() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &["--max-connections", "2"]);
    let mut held = [Http::new(server.api), Http::new(server.api)];
    for (number, http) in held.iter_mut().enumerate() {
        http.must(&merchant.sale(&format!("held{number}"), 100))
            .expect(201);
    }
    let mut waiting = TcpStream::connect(server.api).unwrap();
    waiting
        .write_all(&merchant.sale("waiting", 100).wire())
        .unwrap();
    waiting
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let early = waiting.peek(&mut [0]).map_err(|error| error.kind());
    assert!(
        matches!(early, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)),
        "{early:?}"
    );
    for http in &mut held {
        http.must(&merchant.request("GET", "/1/sales?merchantOrderId=waiting"))
            .expect(404);
    }
    let [first, second] = held;
    drop(first);
    waiting.set_read_timeout(Some(SOON)).unwrap();
    read_answer(&mut BufReader::new(waiting))
        .unwrap()
        .expect(201);
    drop(second);
}

#[test]
fn a_full_queue_is_503_with_retry_after_and_what_was_201_is_stored_on_sqlite() {
    overflow(&Home::sqlite());
}

#[test]
fn a_full_queue_is_503_with_retry_after_and_what_was_201_is_stored_on_postgresql() {
    overflow(&Home::postgres());
}

fn overflow(home: &Home) {
    let mut random = Random::new("queue");
    let merchant = home.merchant(&[]);
    let server = Server::start(home, &["--max-queue", "1"]);
    let load = Load {
        api: server.api,
        merchant: &merchant,
        prefix: "q".to_owned(),
        ends: Ends::Unavailable,
        clients: 64,
    };
    let sales = load.run(&mut random, |progress| {
        progress.advance(500);
        eventually("the queue is full", SOON, || {
            (progress.unavailable.load(Ordering::Relaxed) > 10).then_some(())
        });
    });
    let found = check::all(server.api, &merchant, &sales);
    // A request that found no place has done nothing.
    let acknowledged = sales.iter().filter(|sale| sale.id.is_some()).count();
    assert_eq!(found, acknowledged);
}
