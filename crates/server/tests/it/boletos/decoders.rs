//! Random slips through an independent decoder and through a bar code reader.
//!
//! Invariant: due dates lie on both sides of the day on which factors begin again.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use aval_domain::amount::Amount;
use aval_domain::boleto::{
    BARS, Bank, Boleto, Credential, DueDate, Issuer, MAX_CENTS, NewBoleto, OurNumber, Texts, bars,
};
use aval_domain::settings::Settings;
use jiff::civil::{Date, date};
use serde_json::json;

use crate::program::support::home::Ran;
use crate::program::support::random::Random;
use crate::support::browser;

/// The first factor of four digits.
const FIRST: Date = date(2000, 7, 3);
/// The day on which factors began again.
const RESTART: Date = date(2025, 2, 22);

#[test]
fn ten_thousand_random_slips_say_the_same_to_an_independent_decoder() {
    let mut random = Random::new("ten thousand slips");
    let slips: Vec<Boleto> = (0..10_000).map(|_| slip(&mut random)).collect();
    let before = slips.iter().filter(|slip| slip.due.day() < RESTART).count();
    assert!((2_000..8_000).contains(&before), "{before} before");
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("slips.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&list).unwrap());
    for slip in &slips {
        let code = slip.bar_code.as_str();
        let line = json!({
            "line": slip.line().to_string(), "code": code, "bank": slip.bank().code(),
            "cents": code[9..19].parse::<i64>().unwrap(), "due": slip.due.to_string(),
        });
        writeln!(file, "{line}").unwrap();
    }
    file.into_inner().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/boletos/decode.mjs");
    let mut node = Command::new("node");
    node.env("AVAL_TEST_BROWSER", browser::packages());
    let told = Ran::of(node.arg(script).arg(&list)).json();
    assert_eq!(told, json!({ "right": 10_000, "wrong": [] }));
}

#[test]
fn a_reader_of_bar_codes_reads_the_bars() {
    const SHEETS: usize = 8;
    const CODES: usize = 25;
    let mut random = Random::new("bars");
    let folder = tempfile::tempdir().unwrap();
    for sheet in 0..SHEETS {
        let codes: Vec<String> = (0..CODES)
            .map(|_| slip(&mut random).bar_code.as_str().to_owned())
            .collect();
        let image = folder.path().join(format!("{sheet}.pgm"));
        std::fs::write(&image, drawn(&codes)).unwrap();
        let wanted: BTreeSet<String> = codes.into_iter().collect();
        assert_eq!(browser::bar_codes(&image), wanted);
    }
}

/// A slip of any bank, number, due date and amount.
fn slip(random: &mut Random) -> Boleto {
    let mut digits = |most: u64| {
        random
            .below(10u64.pow(u32::try_from(most).unwrap()))
            .to_string()
    };
    let mut settings = Settings::default();
    for (key, most) in [
        ("boleto_agency", 4),
        ("boleto_account", 7),
        ("boleto_wallet", 2),
    ] {
        settings.set(key, &digits(most)).unwrap();
    }
    let convenio = format!("{:0>7}", digits(7));
    settings.set("boleto_convenio", &convenio).unwrap();
    let number = OurNumber::parse(&digits(10)).unwrap();
    let (issuer, bank) = [
        (Issuer::Cielo, Bank::Sandbox),
        (Issuer::Bradesco, Bank::Bradesco),
        (Issuer::BancoDoBrasil, Bank::BancoDoBrasil),
    ][usize::try_from(random.below(3)).unwrap()];
    let credential = match bank {
        Bank::Sandbox => Credential::SANDBOX,
        Bank::Bradesco | Bank::BancoDoBrasil => Credential::of(&settings, issuer).unwrap(),
    };
    // Half of the days near the restart, where mistakes would be.
    let day = if random.percent(50) {
        RESTART.checked_add(jiff::Span::new().days(i64::try_from(random.below(60)).unwrap() - 30))
    } else {
        FIRST.checked_add(jiff::Span::new().days(i64::try_from(random.below(17_999)).unwrap()))
    };
    let most = [99, 100_000, u64::try_from(MAX_CENTS).unwrap()];
    let most = most[usize::try_from(random.below(3)).unwrap()];
    let cents = i64::try_from(random.between(1, most)).unwrap();
    let new = NewBoleto {
        issuer,
        credential,
        number,
        due: DueDate::new(day.unwrap()),
        texts: Texts::default(),
    };
    Boleto::issue(new, bank, Amount::new(cents).unwrap()).unwrap()
}

/// The bars of many codes, one below the other, as a grey image: two dots for a narrow bar.
fn drawn(codes: &[String]) -> Vec<u8> {
    const DOTS: usize = 2;
    const MARGIN: usize = 40;
    const HEIGHT: usize = 40;
    const APART: usize = 30;
    let width = usize::from(BARS) * DOTS + MARGIN * 2;
    let height = codes.len() * (HEIGHT + APART) + APART;
    let mut dots = vec![255u8; width * height];
    for (number, code) in codes.iter().enumerate() {
        let top = APART + number * (HEIGHT + APART);
        for bar in bars(code) {
            let from = MARGIN + usize::from(bar.at) * DOTS;
            for y in top..top + HEIGHT {
                let start = y * width + from;
                dots[start..start + usize::from(bar.width) * DOTS].fill(0);
            }
        }
    }
    let mut image = format!("P5\n{width} {height}\n255\n").into_bytes();
    image.extend(dots);
    image
}
