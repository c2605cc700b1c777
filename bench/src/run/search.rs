//! Searching: how long a page of the back office takes among many sales, each filter alone and in
//! pairs, and what making sales searchable costs the sales of a saturated server.
//! Invariant: a page is asked for as a browser does, by a user who signed in, and read to its end;
//! every page must hold what its query finds.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Bench;
use super::store::{Engine, Running, Shop, Store};
use crate::Result;
use crate::histogram::Histogram;
use crate::ledger::Kind;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The bound that 95 of 100 pages keep.
const BOUND: Duration = Duration::from_millis(100);
/// Days over which the sales are spread.
const DAYS: u64 = 365;
/// What filters are tried with; numbers are those of one of the sales.
const FILTERS: [(&str, &str); 14] = [
    ("none", ""),
    ("Tid", "tid:{tid}"),
    ("EC", "ec:{ec}"),
    ("Payment Id", "id:{id}"),
    ("Order Number", "order:B{n}"),
    ("NSU", "nsu:{nsu}"),
    ("Error code", "code:57"),
    ("Payment methods (group)", "group:boleto"),
    ("Payment methods", "method:credit-visa"),
    ("Fraud analysis", "fraud:none"),
    ("Transaction Status", "status:paid"),
    ("last digits", "last4:{last4}"),
    ("amount", "amount>900"),
    ("dates", "date:7d"),
];

/// Measures all engines; gives the report.
pub async fn report(bench: &Bench) -> Result<String> {
    let mut text = String::from("# Searching\n\n");
    for engine in bench.engines.clone() {
        let (name, sales) = (engine.name(), bench.plan.searched);
        bench.say(&format!("{name}: {sales} sales are made"));
        let _ = writeln!(text, "## {name}, {sales} sales\n");
        pages(bench, engine, &mut text)?;
        if let Some(against) = &bench.against {
            bench.say(&format!("{name}: sales beside {}", against.display()));
            let ratios = ratios(bench, against, engine).await?;
            let shown: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.3}")).collect();
            let _ = writeln!(
                text,
                "Sales per second of those without: {}\n",
                shown.join(", ")
            );
        }
    }
    Ok(text)
}

fn pages(bench: &Bench, engine: Engine, text: &mut String) -> Result<()> {
    let store = Store::create(
        bench,
        engine,
        &format!("searched_{}", engine.name().to_lowercase()),
    )?;
    let shop = store.create_shop(bench)?;
    let running = store.start(bench)?;
    templates(&running, &shop)?;
    running.server.stop()?;
    let begins = fill(&store, bench.plan.searched)?;
    let running = store.start(bench)?;
    let browser = Browser::sign_in(running.backoffice, &shop, begins)?;
    let _ = writeln!(text, "| Filter | p50 | p95 | {} |", bound());
    text.push_str("|---|---|---|---|\n");
    let mut worst = Histogram::default();
    for (name, query) in FILTERS {
        let taken = browser.measure(bench, &[query], &shop)?;
        line(text, name, &taken);
        worst.merge(&taken);
    }
    line(text, "each alone", &worst);
    let mut pairs = Histogram::default();
    let mut slowest: Option<(Duration, String)> = None;
    for (at, (one, first)) in FILTERS.iter().enumerate() {
        for (other, second) in &FILTERS[at + 1..] {
            let taken = browser.measure(bench, &[first, second], &shop)?;
            let p95 = taken.quantile(0.95);
            if slowest.as_ref().is_none_or(|(before, _)| *before < p95) {
                slowest = Some((p95, format!("{one} and {other}")));
            }
            pairs.merge(&taken);
        }
    }
    line(text, "in pairs", &pairs);
    if let Some((p95, which)) = slowest {
        let _ = writeln!(
            text,
            "| slowest pair: {which} | | {:.1} ms | {} |",
            ms(p95),
            met(p95)
        );
    }
    text.push('\n');
    running.server.stop()?;
    Ok(())
}

fn bound() -> String {
    format!("≤ {} ms", BOUND.as_millis())
}

fn met(p95: Duration) -> &'static str {
    if p95 <= BOUND { "yes" } else { "no" }
}

fn ms(taken: Duration) -> f64 {
    taken.as_secs_f64() * 1_000.0
}

fn line(text: &mut String, name: &str, taken: &Histogram) {
    let (p50, p95) = (taken.quantile(0.5), taken.quantile(0.95));
    let _ = writeln!(
        text,
        "| {name} | {:.1} ms | {:.1} ms | {} |",
        ms(p50),
        ms(p95),
        met(p95)
    );
}

/// Sales per second of the server against those of another build of it, each in turn.
async fn ratios(bench: &Bench, against: &Path, engine: Engine) -> Result<Vec<f64>> {
    let mut ratios = Vec::new();
    for round in 0..bench.plan.rounds {
        let mut rates = Vec::new();
        for (which, binary) in [bench.binary.as_path(), against].into_iter().enumerate() {
            let name = format!("beside_{}_{round}_{which}", engine.name().to_lowercase());
            let store = Store::create_for(bench, binary, engine, &name)?;
            let running = store.start(bench)?;
            let sold = bench
                .phase(
                    running.api,
                    Kind::Sale,
                    bench.orders,
                    bench.ceiling(),
                    &store.ledger,
                )
                .await?;
            rates.push(sold.rate);
            running.server.stop()?;
        }
        if let [with, without] = rates.as_slice() {
            ratios.push(with / without);
        }
    }
    Ok(ratios)
}

/// Sales of every kind, from which the others are copied.
fn templates(running: &Running, shop: &Shop) -> Result<()> {
    let mut bodies = Vec::new();
    for (at, brand) in ["Visa", "Master", "Elo", "Amex"].iter().enumerate() {
        for ending in [1, 1, 4, 1, 2, 3, 5, 7] {
            let amount = 1_000 * (1 + at) * (1 + ending) + 90_000 * usize::from(ending == 4);
            let capture = ending == 1;
            bodies.push(format!(
                concat!(
                    r#"{{"MerchantOrderId":"T","Customer":{{"Name":"Comprador"}},"Payment":{{"#,
                    r#""Type":"CreditCard","Amount":{amount},"Installments":1,"#,
                    r#""Capture":{capture},"CreditCard":{{"CardNumber":"123412341234123{ending}","#,
                    r#""Holder":"T","ExpirationDate":"12/2030","Brand":"{brand}"}}}}}}"#,
                ),
                amount = amount,
                capture = capture,
                ending = ending,
                brand = brand,
            ));
        }
    }
    let slip = concat!(
        r#"{"MerchantOrderId":"T","Customer":{"Name":"Comprador","Identity":"12345678909","#,
        r#""Address":{"Street":"Rua Um","Number":"1","ZipCode":"22750012","City":"Rio","#,
        r#""State":"RJ","District":"Centro","Country":"BRA"}},"#,
        r#""Payment":{"Type":"Boleto","Amount":15700,"Provider":"Bradesco"}}"#
    );
    bodies.push(slip.to_owned());
    let credentials = format!("MerchantId: {}\r\nMerchantKey: {}\r\n", shop.id, shop.key);
    for body in bodies {
        let answer = ask(running.api, "POST", "/1/sales", &credentials, &body)?;
        if !answer.starts_with("HTTP/1.1 201") {
            return Err(format!("a sale was answered {answer}").into());
        }
    }
    Ok(())
}

/// The texts of a statement for SQLite and PostgreSQL that copies templates, with what differs.
fn copy(sales: u64, begins: u64, text: &str) -> [String; 2] {
    let step = DAYS * 86_400_000 / sales.max(1);
    let ms = format!("({begins} + n * {step})");
    let sqlite = text
        .replace("{numbers}", "(SELECT n FROM number)")
        .replace(
            "{id}",
            "unhex(printf('%012x', {ms}) || '7' || printf('%03x', n % 4096) || '8' || \
             printf('%015x', n))",
        )
        .replace("{tid}", "printf('%013d', n)")
        .replace("{nsu}", "printf('%06d', n * 7919 % 1000000)")
        .replace("{last4}", "printf('%04d', n * 31 % 10000)")
        .replace("{ms}", &ms);
    let sqlite = format!(
        "WITH RECURSIVE number(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < \
         {sales}) {sqlite}"
    );
    let postgres = text
        .replace(
            "{numbers}",
            &format!("(SELECT n FROM generate_series(1::bigint, {sales}) AS n)"),
        )
        .replace(
            "{id}",
            "(lpad(to_hex({ms}), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || \
             lpad(to_hex(n), 15, '0'))::uuid",
        )
        .replace("{tid}", "lpad(n::text, 13, '0')")
        .replace("{nsu}", "lpad((n * 7919 % 1000000)::text, 6, '0')")
        .replace("{last4}", "lpad((n * 31 % 10000)::text, 4, '0')")
        .replace("{ms}", &ms);
    [sqlite, postgres]
}

/// Copies the templates, with what is searched of them; gives the moment of the first, in
/// milliseconds.
fn fill(store: &Store, sales: u64) -> Result<u64> {
    const SALES: &str = "INSERT INTO sales (merchant_id, payment_id, version, status, captured, \
        voided, service_tax, authorized_at, captured_at, voided_at, tid, proof_of_sale, \
        authorization_code, return_code, return_message, advice, analysis, order_id, received_at, \
        amount, fingerprint, request_id, details) SELECT t.merchant_id, {id}, t.version, \
        t.status, t.captured, t.voided, t.service_tax, t.authorized_at, t.captured_at, \
        t.voided_at, {tid}, {nsu}, t.authorization_code, t.return_code, t.return_message, \
        t.advice, t.analysis, 'B' || n, {ms} * 1000, t.amount, t.fingerprint, t.request_id, \
        t.details FROM {numbers} AS numbers JOIN template AS t ON t.k = n % t.of";
    const SEARCHED: &str = "INSERT INTO search_sales (merchant_id, payment_id, version, \
        combination, captured, voided, tid, proof_of_sale, sale_version, amount, last4, order_id) \
        SELECT t.merchant_id, {id}, 1, t.combination, t.captured, t.voided, {tid}, {nsu}, \
        t.version, t.amount, {last4}, 'B' || n \
        FROM {numbers} AS numbers JOIN template AS t ON t.k = n % t.of";
    const SUMS: &str = "INSERT INTO search_days (merchant_id, day, combination, version, sales, \
        amount, captured, voided) SELECT t.merchant_id, ({ms} / 1000 - 10800) / 86400 AS day, \
        t.combination, 1, count(*), sum(t.amount), sum(t.captured), sum(t.voided) \
        FROM {numbers} AS numbers JOIN template AS t ON t.k = n % t.of \
        GROUP BY t.merchant_id, day, t.combination";
    let template = "CREATE TABLE template AS SELECT s.*, f.combination, \
        row_number() OVER (ORDER BY s.payment_id) - 1 AS k, count(*) OVER () AS of \
        FROM sales AS s JOIN search_sales AS f \
        ON f.merchant_id = s.merchant_id AND f.payment_id = s.payment_id";
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let now = u64::try_from(now.as_millis())?;
    let begins = now - DAYS * 86_400_000;
    store.execute(template, template)?;
    store.execute("DELETE FROM search_days", "DELETE FROM search_days")?;
    for text in [SALES, SEARCHED, SUMS] {
        let [sqlite, postgres] = copy(sales, begins, text);
        store.execute(&sqlite, &postgres)?;
    }
    store.execute("DROP TABLE template", "DROP TABLE template")?;
    for table in ["sales", "search_sales", "search_days"] {
        store.execute("SELECT 1", &format!("VACUUM ANALYZE {table}"))?;
    }
    Ok(begins)
}

/// Somebody who signed in.
struct Browser {
    address: SocketAddr,
    cookies: String,
    begins: u64,
}

impl Browser {
    fn sign_in(address: SocketAddr, shop: &Shop, begins: u64) -> Result<Self> {
        let form = format!(
            "establishment={}&user={}&password={}",
            shop.establishment,
            shop.user,
            encoded(&shop.password)
        );
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let answer = ask(address, "POST", "/sign-in", kind, &form)?;
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let cookies = head.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_cookie = name.eq_ignore_ascii_case("set-cookie");
            is_cookie.then(|| {
                value
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
        });
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        if !answer.starts_with("HTTP/1.1 303") || cookies.is_empty() {
            return Err(format!("signing in was answered {head}").into());
        }
        Ok(Self {
            address,
            cookies,
            begins,
        })
    }

    /// How long pages of a query take, each with the numbers of another sale.
    fn measure(&self, bench: &Bench, words: &[&str], shop: &Shop) -> Result<Histogram> {
        let mut taken = Histogram::default();
        let sales = bench.plan.searched.max(1);
        for round in 0..bench.plan.searches {
            let n = (round * 7_919_993 + 104_729) % sales + 1;
            let ms = self.begins + n * (DAYS * 86_400_000 / sales);
            let hex = format!("{ms:012x}7{:03x}8{n:015x}", n % 4_096);
            let query = words.join(" ");
            let query = query
                .replace("{n}", &n.to_string())
                .replace("{tid}", &format!("{n:013}"))
                .replace("{nsu}", &format!("{:06}", n * 7_919 % 1_000_000))
                .replace("{last4}", &format!("{:04}", n * 31 % 10_000))
                .replace("{ec}", &shop.establishment)
                .replace("{id}", &hyphenated(&hex));
            let path = format!("/transactions?q={}", encoded(query.trim()));
            let cookies = format!("Cookie: {}\r\nAccept-Language: en\r\n", self.cookies);
            let begun = Instant::now();
            let answer = ask(self.address, "GET", &path, &cookies, "")?;
            taken.record(begun.elapsed());
            if !answer.starts_with("HTTP/1.1 200") || !answer.contains("id=\"found\"") {
                let head: String = answer.chars().take(300).collect();
                return Err(format!("{query}: {head}").into());
            }
        }
        Ok(taken)
    }
}

/// A UUID with its hyphens.
fn hyphenated(hex: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &hex[part]);
    parts.join("-")
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let mut encoded = String::new();
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// One request on a connection of its own; answers what came.
fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
