//! TLS, with certificates made by the program, by curl.
//!
//! Invariant: a client that trusts the root alone is served by HTTP/1.1 and HTTP/2 on every
//! listener; TLS 1.1 and plain text are not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::support::home::{Home, Merchant, Ran, sale_body};
use super::support::server::Server;
use super::support::{SOON, home};

fn serve(home: &Home) -> Server {
    let out = home.beside().join("cert");
    let out = out.to_str().unwrap();
    let make = [
        "cert",
        "dev",
        "--out",
        out,
        "--host",
        "localhost",
        "--host",
        "127.0.0.1",
    ];
    let told = home.run(&make).ok();
    for name in ["root.crt", "intermediate.crt", "server.crt", "server.key"] {
        assert!(
            told.contains(name) && Path::new(out).join(name).is_file(),
            "{told}"
        );
    }
    let (cert, key) = (format!("{out}/server.crt"), format!("{out}/server.key"));
    let mode = Path::new(&key).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{key}");
    Server::start(home, &["--tls-cert", &cert, "--tls-key", &key])
}

/// What curl gets: body, version of HTTP and status.
fn curl(home: &Home, arguments: &[&str]) -> Ran {
    let mut curl = Command::new("curl");
    let root = home.beside().join("cert/root.crt");
    curl.args([
        "-sS",
        "--max-time",
        "20",
        "-w",
        "\n%{http_version} %{http_code}",
    ])
    .arg("--cacert")
    .arg(root);
    Ran::of(curl.args(arguments))
}

#[test]
fn an_early_refusal_of_a_long_request_reaches_curl_over_http_2() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = serve(&home);
    let url = format!("https://localhost:{}/1/sales", server.api.port());
    let body = home.beside().join("long.json");
    for (length, key, status) in [
        (300, "wrong", "400"),
        (200_000, "wrong", "400"),
        (300_000, merchant.key.as_str(), "413"),
    ] {
        std::fs::write(&body, vec![b'1'; length]).unwrap();
        let body = format!("@{}", body.display());
        let headers = [
            format!("MerchantId: {}", merchant.id),
            format!("MerchantKey: {key}"),
        ];
        for _ in 0..20 {
            let post = ["--http2", "-H", &headers[0], "-H", &headers[1]];
            let told = curl(&home, &[&post[..], &["-d", &body, &url]].concat()).ok();
            assert!(told.ends_with(&format!("2 {status}")), "{length}: {told}");
        }
    }
    server.stop();
}

#[test]
fn curl_that_trusts_the_root_is_served_by_http_1_and_http_2_on_every_listener() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = serve(&home);
    let body = sale_body("tls", 100, home::CARD);
    let headers = [
        format!("MerchantId: {}", merchant.id),
        format!("MerchantKey: {}", merchant.key),
    ];
    for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        for host in ["localhost", "127.0.0.1"] {
            for port in [server.api.port(), server.query.port()] {
                let url = format!("https://{host}:{port}/1/sales");
                let post = [
                    flag,
                    "-H",
                    &headers[0],
                    "-H",
                    &headers[1],
                    "-d",
                    &body,
                    &url,
                ];
                let told = curl(&home, &post).ok();
                assert!(told.ends_with(&format!("\n{version} 201")), "{told}");
                let links = format!("https://127.0.0.1:{}/1/sales/", server.query.port());
                assert!(told.contains(&links), "{told}");
            }
            let url = format!("https://{host}:{}/readyz", server.backoffice.port());
            let told = curl(&home, &[flag, &url]).ok();
            assert_eq!(told, format!("ready\n\n{version} 200"));
        }
    }
    server.stop();
}

#[test]
fn who_does_not_trust_the_root_or_asks_for_another_host_is_not_served() {
    let home = Home::sqlite();
    let server = serve(&home);
    let url = format!("https://localhost:{}/healthz", server.backoffice.port());
    let stranger = Ran::of(Command::new("curl").args(["-sS", &url]));
    assert_eq!(stranger.code, 60, "{stranger:?}");
    let port = server.backoffice.port();
    let resolve = format!("elsewhere.example:{port}:127.0.0.1");
    let url = format!("https://elsewhere.example:{port}/healthz");
    let misled = curl(&home, &["--resolve", &resolve, &url]);
    assert_eq!(misled.code, 60, "{misled:?}");
}

#[test]
fn tls_1_1_is_refused_and_so_is_plain_text() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = serve(&home);
    // A fatal alert, "protocol version"; the same greeting by TLS 1.2 is answered by a handshake.
    assert_eq!(greeted(&server, [3, 2]).get(5..7), Some(&[2, 70][..]));
    assert_eq!(greeted(&server, [3, 3]).first(), Some(&22));
    assert_eq!(
        in_plain_text(&server, &merchant).first(),
        Some(&21),
        "an alert, no answer"
    );
}

fn in_plain_text(server: &Server, merchant: &Merchant) -> Vec<u8> {
    said_to(server, &merchant.sale("plain", 100).wire())
}

/// What the server says first to a ClientHello of this version.
fn greeted(server: &Server, version: [u8; 2]) -> Vec<u8> {
    let suites = [0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x09, 0xc0, 0x13];
    let extensions = [
        // Groups x25519 and P-256, plain points, and signatures by ECDSA and RSA.
        &[0, 10, 0, 6, 0, 4, 0, 29, 0, 23][..],
        &[0, 11, 0, 2, 1, 0],
        &[0, 13, 0, 10, 0, 8, 4, 3, 8, 4, 4, 1, 2, 3],
    ]
    .concat();
    let mut hello = version.to_vec();
    hello.extend([7; 32]);
    hello.extend([0, 0, suites.len().try_into().unwrap()]);
    hello.extend(suites);
    hello.extend([1, 0, 0, extensions.len().try_into().unwrap()]);
    hello.extend(extensions);
    let length: u8 = hello.len().try_into().unwrap();
    let record = [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &hello].concat();
    said_to(server, &record)
}

fn said_to(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.api).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut said = vec![0; 7];
    let read = stream.read(&mut said).unwrap();
    said.truncate(read);
    said
}
