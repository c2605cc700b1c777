//! `aval fraud …` beside a running server, and alone.
//!
//! Invariant: what a command changes holds for the server within two seconds; a card number is in
//! nothing that a command prints or keeps.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::support::asked_every;
use super::support::home::{CARD, Home, Merchant, Ran, sale_body};
use super::support::http::Request;
use super::support::search::{Needle, find, folder};
use super::support::server::Server;

/// How long a change may take to hold.
const HOLDS: Duration = Duration::from_secs(2);
/// Between two sales that ask for it.
const PAUSE: Duration = Duration::from_millis(50);

/// A sale with an analysis, changed member by member.
fn body(change: impl FnOnce(&mut Value)) -> String {
    let mut body: Value = serde_json::from_str(&sale_body("Pedido1", 15_700, CARD)).unwrap();
    body["Customer"]["Email"] = json!("maria@empresa.com.br");
    body["Payment"]["FraudAnalysis"] = json!({
        "Sequence": "AuthorizeFirst",
        "SequenceCriteria": "Always",
        "FingerPrintId": "aparelho-de-maria",
        "Browser": {"IpAddress": "200.190.150.35"},
        // The tests sell the same again and again.
        "Cart": {"Items": [
            {"Name": "Livro", "Quantity": 1, "Type": "Default", "VelocityHedge": "Off"},
        ]},
    });
    change(&mut body);
    body.to_string()
}

fn sale(merchant: &Merchant, change: impl FnOnce(&mut Value)) -> Request {
    let request = merchant.request("POST", "/1/sales/");
    let request = request.header("Content-Type", "application/json");
    request.body(body(change))
}

fn status(server: &Server, merchant: &Merchant) -> Value {
    let sold = server.ask(&sale(merchant, |_| ())).expect(201).json();
    sold["Payment"]["FraudAnalysis"]["Status"].clone()
}

/// Sells until the outcome is the one that a change brings.
fn becomes(server: &Server, merchant: &Merchant, wanted: u8) {
    asked_every(PAUSE, "the change holds", HOLDS, || {
        (status(server, merchant) == wanted).then_some(())
    });
}

/// Runs a command that reads from standard input.
fn run_with(home: &Home, arguments: &[&str], input: &str) -> Ran {
    let mut command = home.command(arguments);
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn entries_of_lists_hold_for_a_running_server_and_are_shown_masked() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    let list = |verb: &str, rest: &[&str]| {
        let first = ["fraud", "list", verb, merchant.id.as_str()];
        home.run(&[&first[..], rest].concat())
    };
    assert_eq!(status(&server, &merchant), 1);
    for (kind, value, shown) in [
        ("email", "Maria@Empresa.com.br", "m***@empresa.com.br"),
        ("ip", "200.190.150.35", "200.190.150.35"),
        ("network", "200.190.0.0/16", "200.190.0.0/16"),
        ("device", "aparelho-de-maria", "apar***"),
    ] {
        let said = list("add", &["negative", kind, value]).ok();
        assert_eq!(said, format!("{kind} {shown} on the negative list\n"));
        becomes(&server, &merchant, 2);
        let all = list("show", &["--json"]).json();
        let entry = &all["Entries"][0];
        assert_eq!(
            (&entry["List"], &entry["Shown"]),
            (&json!("negative"), &json!(shown))
        );
        assert_eq!(entry["By"], "cli");
        let said = list("remove", &[kind, value]).ok();
        assert_eq!(said, format!("{kind} {shown} on no list\n"));
        becomes(&server, &merchant, 1);
    }
    let card = "1234123412341231";
    let first = [
        "fraud",
        "list",
        "add",
        merchant.id.as_str(),
        "negative",
        "card",
    ];
    let said = run_with(&home, &first, card).ok();
    assert_eq!(said, "card 123412******1231 on the negative list\n");
    becomes(&server, &merchant, 2);
    let table = list("show", &[]).ok();
    assert!(
        table.contains("123412******1231") && !table.contains(card),
        "{table}"
    );
    server.stop();
    let found = find(&folder(&home.data()), &Needle::card_number(card));
    assert!(found.is_empty(), "{found:?}");
    for wrong in [
        &["negative", "card", card][..],
        &["grey", "email", "a@b.com"],
        &["negative", "shoe", "42"],
        &["negative", "ip", "200.190.150"],
        &["negative", "network", "200.190.150.1/40"],
        &["negative", "email", "maria"],
    ] {
        let why = list("add", wrong).refused();
        assert!(!why.contains(card), "{why}");
    }
    let nobody = "24bc8366-fc31-4d6c-8555-17049a836a07";
    home.run(&["fraud", "list", "add", nobody, "negative", "ip", "1.1.1.1"])
        .refused();
}

#[test]
fn rules_of_a_file_are_kept_whole_tried_shown_and_removed() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    let id = merchant.id.as_str();
    let file = home.beside().join("rules.toml");
    let path = file.to_str().unwrap();
    let rules = |action: &str, more: &str| {
        let text = format!(
            "[[rule]]\nname = \"dear\"\nwhen = \"amount >= 15000\"\nthen = \"{action}\"\n{more}\n"
        );
        std::fs::write(&file, text).unwrap();
    };
    let put = || home.run(&["fraud", "rules", "put", id, "--file", path]);
    rules("score +70", "");
    assert_eq!(put().ok(), "1 rules kept\n");
    becomes(&server, &merchant, 3);
    rules("reject", "dry_run = true");
    put().ok();
    becomes(&server, &merchant, 1);
    rules("list negative email", "");
    put().ok();
    // The sale that the rule applies to is accepted, the next one meets the list.
    becomes(&server, &merchant, 2);
    let shown = home.run(&["fraud", "list", "show", id, "--json"]).json();
    let entry = &shown["Entries"][0];
    assert_eq!(
        (&entry["Kind"], &entry["By"]),
        (&json!("email"), &json!("rule"))
    );
    let all = home.run(&["fraud", "rules", "show", id, "--json"]).json();
    let rule = json!({
        "Name": "dear", "Position": 0, "When": "amount >= 15000", "Then": "list negative email",
        "Enabled": true, "DryRun": false,
    });
    assert_eq!(all["Rules"], json!([rule]));
    rules(
        "reject",
        "[[rule]]\nname = \"b\"\nwhen = \"amount >= 1 || brand > 1\"\nthen = \"accept\"",
    );
    let why = put().refused();
    assert!(why.contains("b:"), "{why}");
    let shown = home.run(&["fraud", "rules", "show", id]).ok();
    assert!(
        shown.contains("list negative email"),
        "nothing was kept: {shown}"
    );
    assert_eq!(
        home.run(&["fraud", "rules", "remove", id, "dear"]).ok(),
        "rule dear removed\n"
    );
    assert_eq!(home.run(&["fraud", "rules", "show", id]).ok(), "");
    server.stop();
    for shop in ["retail", "travel", "digital"] {
        let stock = home.run(&["fraud", "rules", "stock", "--for", shop]).ok();
        std::fs::write(&file, stock).unwrap();
        put().ok();
    }
    let all = home.run(&["fraud", "rules", "show", id, "--json"]).json();
    assert!(all["Rules"].as_array().unwrap().len() >= 40);
    home.run(&["fraud", "rules", "stock", "--for", "zoo"])
        .refused();
}

#[test]
fn rules_are_tried_on_a_sale_without_a_store() {
    let home = Home::sqlite();
    let (rules, sale) = (
        home.beside().join("rules.toml"),
        home.beside().join("sale.json"),
    );
    let [rules_path, sale_path] = [&rules, &sale].map(|path| path.to_str().unwrap());
    let file = "[[rule]]\nname = \"dear\"\nwhen = \"amount >= 15000\"\nthen = \"score +70\"\n\
        [[rule]]\nname = \"cheap\"\nwhen = \"amount < 15000\"\nthen = \"reject\"\n\
        [[rule]]\nname = \"tried\"\nwhen = \"email_free\"\nthen = \"reject\"\ndry_run = true\n";
    std::fs::write(&rules, file).unwrap();
    let free = |body: &mut Value| body["Customer"]["Email"] = json!("maria@gmail.com");
    std::fs::write(&sale, body(free)).unwrap();
    let arguments = ["fraud", "try", "--rules", rules_path, "--sale", sale_path];
    let tried = home.run(&[&arguments[..], &["--json"]].concat()).json();
    assert_eq!(
        (&tried["Decision"], &tried["Score"]),
        (&json!("review"), &json!(72))
    );
    assert_eq!(tried["Factors"], json!(["D"]));
    let signal = json!({"Signal": "free_email", "Value": "gmail.com", "Weight": 2});
    assert_eq!(tried["Signals"], json!([signal]));
    let applied = json!([
        {"Rule": "dear", "Action": "score +70", "DryRun": false},
        {"Rule": "tried", "Action": "reject", "DryRun": true},
    ]);
    assert_eq!(tried["Rules"], applied);
    let told = home.run(&arguments).ok();
    assert!(told.starts_with("review (score 72)\n"), "{told}");
    assert!(told.contains("rule tried: reject (on trial)"), "{told}");
    assert!(!home.data().exists(), "no store was made");
    std::fs::write(&sale, "{}").unwrap();
    home.run(&arguments).refused();
    std::fs::write(&rules, file.replace("email_free", "email_fre")).unwrap();
    let why = home.run(&arguments).refused();
    assert!(why.contains("tried: unknown variable email_fre"), "{why}");
    let all = home.run(&["fraud", "variables", "--json"]).json();
    let names = all["Variables"].as_array().unwrap();
    assert!(names.len() >= 60 && names.iter().any(|one| one["Name"] == "email_free"));
    assert!(
        home.run(&["fraud", "variables"])
            .ok()
            .contains("email_free")
    );
}

#[test]
fn reviews_are_shown_noted_explained_and_decided_once() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    let id = merchant.id.as_str();
    let ask = |change: fn(&mut Value)| {
        let asking = |body: &mut Value| {
            body["Payment"]["CreditCard"]["Holder"] = json!("Teste review");
            body["Payment"]["FraudAnalysis"]["CaptureOnLowRisk"] = json!(true);
            body["Payment"]["FraudAnalysis"]["VoidOnHighRisk"] = json!(true);
            change(body);
        };
        let sold = server.ask(&sale(&merchant, asking)).expect(201).json();
        sold["Payment"]["PaymentId"].as_str().unwrap().to_owned()
    };
    let free = |body: &mut Value| body["Customer"]["Email"] = json!("maria@gmail.com");
    let (one, other) = (ask(free), ask(|_| ()));
    let review = |verb: &str, rest: &[&str]| {
        let first = ["fraud", "review", verb, id];
        home.run(&[&first[..], rest].concat())
    };
    review("note", &[&one, "liguei"]).ok();
    let waiting = review("show", &["--json"]).json();
    let listed = waiting["Reviews"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(
        (&listed[0]["PaymentId"], &listed[0]["Note"]),
        (&json!(one), &json!("cli: liguei"))
    );
    assert_eq!(listed[0]["Score"], 60);
    assert_eq!(review("show", &[]).ok().lines().count(), 2);
    let why = home.run(&["fraud", "explain", id, &one, "--json"]).json();
    assert_eq!(
        (&why["Status"], &why["FactorCode"]),
        (&json!("Review"), &json!("D"))
    );
    let signal = json!({"Signal": "free_email", "Value": "gmail.com", "Weight": 2});
    assert_eq!(why["Explanation"], json!([signal]));
    let told = home.run(&["fraud", "explain", id, &one]).ok();
    assert!(
        told.starts_with("Review (score 60)\n    +2  free_email"),
        "{told}"
    );
    assert_eq!(
        review("accept", &[&one]).ok(),
        format!("accept: {one} has status 2\n")
    );
    let again = review("reject", &[&one]).refused();
    assert!(again.contains("it is decided: accepted by cli"), "{again}");
    assert_eq!(
        review("reject", &[&other]).ok(),
        format!("reject: {other} has status 10\n")
    );
    assert_eq!(review("show", &[]).ok(), "");
    let found = server.ask(&merchant.request("GET", format!("/1/sales/{one}")));
    assert_eq!(found.expect(200).json()["Payment"]["Status"], 2);
    let plain = server
        .ask(&merchant.sale("Pedido2", 100))
        .expect(201)
        .json();
    let plain = plain["Payment"]["PaymentId"].as_str().unwrap().to_owned();
    review("accept", &[&plain]).refused();
    is_told(&home, id, (&one, &other));
    for payment in [plain.as_str(), "24bc8366-fc31-4d6c-8555-17049a836a07", "7"] {
        home.run(&["fraud", "explain", id, payment]).refused();
    }
    server.stop();
}

/// That the log says who decided on two reviews, and nothing of what was refused.
fn is_told(home: &Home, id: &str, (one, other): (&str, &str)) {
    let log = home.run(&["audit", "list", id, "--json"]).json();
    let entries = log["Entries"].as_array().unwrap().iter();
    let told = entries
        .map(|entry| ["Actor", "Action", "Subject", "Detail"].map(|n| entry[n].as_str().unwrap()));
    let by = "command line";
    let decided = [
        [by, "review.decide", other, "reject"],
        [by, "review.decide", one, "accept"],
        [by, "review.note", one, ""],
    ];
    assert_eq!(told.collect::<Vec<_>>(), decided, "the newest first");
}

#[test]
fn the_labelled_day_is_reported_alike_for_a_seed() {
    let home = Home::sqlite();
    let day = |seed: &str| {
        home.run(&["fraud", "day", "--seed", seed, "--sales", "2000", "--json"])
            .json()
    };
    let report = day("5");
    assert_eq!(report, day("5"));
    assert_ne!(report, day("6"));
    assert_eq!(
        (&report["Sales"], &report["Seed"]),
        (&json!(2_000), &json!(5))
    );
    let of = |way: &str, rate: &str| report[way][rate].as_f64().unwrap();
    assert!(
        of("Analysis", "Recall") > of("Baseline", "Recall"),
        "{report}"
    );
    assert!(
        of("Analysis", "Precision") > of("Baseline", "Precision"),
        "{report}"
    );
    let table = home
        .run(&["fraud", "day", "--seed", "5", "--sales", "2000"])
        .ok();
    for row in [
        "precision",
        "recall",
        "review rate",
        "card testing",
        "account takeover",
    ] {
        assert!(table.contains(row), "{table}");
    }
    home.run(&["fraud", "day", "--sales", "10"]).refused();
}
