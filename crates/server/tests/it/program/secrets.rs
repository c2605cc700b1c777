//! Card data in nothing that the program leaves behind.
//!
//! Invariant: whatever a client sends, and however much is logged, no card number and no security
//! code is in the database, its write-ahead log, the logs or the metrics; nor is a MerchantKey.

mod requests;

use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::support::home::{Home, Merchant, sale_body};
use super::support::http::{Failure, Http};
use super::support::postgres::{self, Cluster};
use super::support::search::{self, Hay, Needle};
use super::support::server::Server;
use super::support::{SOON, eventually};

/// Card numbers that are nowhere else: authorized, denied in several ways, and drawn by lot.
const NUMBERS: [&str; 6] = [
    "4929387164502811",
    "5431860729354822",
    "4716293850417634",
    "5279418360275985",
    "4539716280394876",
    "6011835720946119",
];
/// A security code that is none, as somebody's mistake may send it.
const ODD_CODE: &str = "CVV-QUOKKA-7391";
/// Sales with the same security code, so that one trace of each would show in their number.
const CODED: usize = 300;

#[test]
fn on_sqlite_with_text_logs_no_card_data_is_left_anywhere() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = traced(&home, "text");
    let code = sell_everything(&server, &merchant);
    let left = |home: &Home| search::folder(home.beside());
    let metrics = server.look("/metrics").expect(200).body;
    clean(left(&home), &merchant, &code, metrics.clone());
    server.stop();
    let after = left(&home);
    assert!(!String::from_utf8_lossy(&log_of(&after).bytes).contains("panicked"));
    clean(after, &merchant, &code, metrics);
}

#[test]
fn on_postgresql_with_json_logs_no_card_data_is_left_anywhere() {
    let mut cluster = Cluster::start();
    let url = cluster.database();
    let home = Home::with_database(url.clone());
    let merchant = home.merchant(&[]);
    let server = traced(&home, "json");
    let code = sell_everything(&server, &merchant);
    // The same while the database is away, for what errors say.
    cluster.kill();
    send_all(&server, &merchant);
    cluster.restart();
    eventually("the server sells again", SOON, || {
        let sold = server.ask(&merchant.sale("again", 100));
        (sold.status == 201).then_some(())
    });
    let metrics = server.look("/metrics").expect(200).body;
    server.stop();
    postgres::sql(&url, "CHECKPOINT");
    let mut left = search::folder(home.beside());
    let cluster_files = search::folder(&cluster.data());
    let log = |hay: &Hay| hay.path.to_string_lossy().contains("pg_wal/0");
    assert!(
        cluster_files.iter().any(log),
        "no write-ahead log was searched"
    );
    left.extend(cluster_files);
    clean(left, &merchant, &code, metrics);
}

/// A server that logs all it can.
fn traced(home: &Home, format: &str) -> Server {
    Server::start_with(home, &["--log-format", format], |command| {
        command.env("RUST_LOG", "trace");
    })
}

/// Sends what may hold card data; gives the security code of the sales that went well.
fn sell_everything(server: &Server, merchant: &Merchant) -> String {
    send_all(server, merchant);
    over_http2(server, merchant);
    cut_off(server, merchant);
    let code = rare_code(server, merchant);
    let mut http = Http::new(server.api);
    for sale in 0..CODED {
        let card = requests::card(NUMBERS[0], &code);
        let body = sale_body(&format!("coded{sale}"), 100, &card);
        let request = merchant.request("POST", "/1/sales").body(body);
        http.must(&request).expect(201);
    }
    code
}

fn send_all(server: &Server, merchant: &Merchant) {
    let mut http = Http::new(server.api);
    for request in requests::all(merchant, &NUMBERS, ODD_CODE) {
        // Some are too large, after which the connection is closed.
        match http.send(&request) {
            Ok(answer) => {
                let allowed = [200, 201, 400, 401, 404, 405, 413, 422, 503];
                assert!(allowed.contains(&answer.status), "{answer:?}");
                let whole = NUMBERS.iter().find(|number| answer.body.contains(**number));
                assert!(whole.is_none(), "{answer:?}");
            }
            Err(Failure::Lost { reused: true, .. }) => http = Http::new(server.api),
            Err(failure) => panic!("{failure}"),
        }
    }
}

/// A sale by HTTP/2, whose library logs too.
fn over_http2(server: &Server, merchant: &Merchant) {
    let body = sale_body("http2", 100, &requests::card(NUMBERS[0], "123"));
    let mut curl = Command::new("curl");
    curl.args([
        "-sS",
        "--http2-prior-knowledge",
        "-w",
        "%{http_code}",
        "-d",
        &body,
    ])
    .args(["-H", &format!("MerchantId: {}", merchant.id)])
    .args(["-H", &format!("MerchantKey: {}", merchant.key)])
    .arg(format!("http://{}/1/sales", server.api));
    let output = curl.stderr(Stdio::inherit()).output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.ends_with("201"), "{answer}");
}

/// A client that goes away in the middle of its body.
fn cut_off(server: &Server, merchant: &Merchant) {
    let body = sale_body("cut", 100, &requests::card(NUMBERS[0], "123"));
    let wire = merchant.request("POST", "/1/sales").body(body).wire();
    let mut stream = TcpStream::connect(server.api).unwrap();
    stream.write_all(&wire[..wire.len() - 20]).unwrap();
}

/// A security code that is in no address or id which every line of the log repeats.
fn rare_code(server: &Server, merchant: &Merchant) -> String {
    let repeated = format!("{merchant:?} {} {}", server.api, server.id());
    let codes = ["8317", "0946", "7129", "6073"].map(str::to_owned);
    let rare = codes.into_iter().find(|code| !repeated.contains(code));
    rare.expect("four codes in one line")
}

fn log_of(left: &[Hay]) -> &Hay {
    let log = left
        .iter()
        .find(|hay| hay.path.extension().is_some_and(|end| end == "err"));
    log.unwrap()
}

/// Nothing secret is in what is left, although what must be there is.
fn clean(mut left: Vec<Hay>, merchant: &Merchant, code: &str, metrics: String) {
    left.push(Hay {
        path: PathBuf::from("/metrics"),
        bytes: metrics.into_bytes(),
    });
    for text in [
        "492938******2811",
        "create_sale",
        "aval_requests_total",
        "TRACE",
    ] {
        let found = search::find(&left, &[Needle::plain(text)]);
        assert!(!found.is_empty(), "the search does not find {text}");
    }
    let orders = search::find(&left, &[Needle::plain("coded")]).len();
    assert!(orders >= CODED, "{orders}");
    let mut needles: Vec<Needle> = NUMBERS.into_iter().flat_map(Needle::card_number).collect();
    needles.extend(Needle::forms(ODD_CODE));
    needles.extend(Needle::forms(&merchant.key));
    let found = search::find(&left, &needles);
    assert!(found.is_empty(), "{found:#?}");
    let by_chance = search::find(&left, &[Needle::plain(code)]);
    assert!(by_chance.len() < CODED / 3, "{code}: {by_chance:#?}");
}
