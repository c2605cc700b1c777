//! Searching everything that a program left behind for what must not be there.
//!
//! Invariant: a needle is looked for in every form in which it may have been written: plain, with
//! separators, in hexadecimal, in Base64 at each alignment, in UTF-16, packed, and in part.

use std::path::{Path, PathBuf};

/// Bytes to look for, and whose they are.
pub struct Needle {
    /// What it is, for the one who reads a failure.
    pub what: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A file's content.
pub struct Hay {
    /// Where it was.
    pub path: PathBuf,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Digits of a number that nobody writes by chance.
const TELLING: usize = 10;

impl Needle {
    /// The text as it is.
    pub fn plain(text: &str) -> Self {
        Self::new("plain", text, text.as_bytes().to_vec())
    }

    /// The text in each form that keeps all of it.
    pub fn forms(text: &str) -> Vec<Self> {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut all = vec![
            Self::plain(text),
            Self::new("hexadecimal", text, hex.clone().into_bytes()),
            Self::new("hexadecimal", text, hex.to_uppercase().into_bytes()),
            Self::new("UTF-16", text, wide),
        ];
        all.extend((0..3).map(|shift| Self::new("Base64", text, base64_inside(text, shift))));
        all
    }

    /// A card number: in each form, whole or in part, and as a number.
    pub fn card_number(digits: &str) -> Vec<Self> {
        let mut all = Self::forms(digits);
        let value: u64 = digits.parse().unwrap();
        all.push(Self::new("number", digits, value.to_le_bytes().to_vec()));
        all.push(Self::new("number", digits, value.to_be_bytes().to_vec()));
        let pairs = digits.as_bytes().chunks(2);
        let packed = pairs.map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0'));
        all.push(Self::new("packed", digits, packed.collect()));
        for separator in [" ", "-", "."] {
            let groups = digits.as_bytes().chunks(4).map(<[u8]>::to_vec);
            let grouped = groups.collect::<Vec<_>>().join(separator.as_bytes());
            all.push(Self::new("grouped", digits, grouped));
        }
        let parts = digits.as_bytes().windows(TELLING);
        all.extend(parts.map(|part| Self::new("part", digits, part.to_vec())));
        all
    }

    fn new(how: &str, text: &str, bytes: Vec<u8>) -> Self {
        Self {
            what: format!("{text} ({how})"),
            bytes,
        }
    }
}

/// The characters of a text's Base64 that no neighbour has a part in, when it begins so many bytes
/// after a group.
fn base64_inside(text: &str, shift: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let skipped = (3 - shift) % 3;
    let groups = text.as_bytes()[skipped..].chunks_exact(3);
    let group = |group: &[u8]| {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        [18, 12, 6, 0].map(|at| ALPHABET[usize::try_from(bits >> at & 63).unwrap()])
    };
    groups.flat_map(group).collect()
}

/// Every file in a folder and below.
pub fn folder(path: &Path) -> Vec<Hay> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(folder(&entry.path()));
        } else if let (true, Ok(bytes)) = (kind.is_file(), std::fs::read(entry.path())) {
            found.push(Hay {
                path: entry.path(),
                bytes,
            });
        }
    }
    found
}

/// Where needles were found, in words, and how often.
pub fn find(hay: &[Hay], needles: &[Needle]) -> Vec<String> {
    // Two bytes tell nearly always that nothing begins here.
    let mut begins = vec![false; 1 << 16];
    for needle in needles {
        begins[start(&needle.bytes)] = true;
    }
    let mut found = Vec::new();
    for Hay { path, bytes } in hay {
        for at in 0..bytes.len().saturating_sub(1) {
            if begins[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])] {
                let here = needles
                    .iter()
                    .filter(|needle| bytes[at..].starts_with(&needle.bytes));
                found.extend(here.map(|needle| format!("{} in {}", needle.what, path.display())));
            }
        }
    }
    found
}

fn start(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

#[test]
fn each_form_of_a_needle_is_found() {
    let number = "4929387164502811";
    let texts = [
        "x4929387164502811y",
        "4929 3871 6450 2811",
        "34393239333837313634353032383131",
        // Base64 of the number after none, one and two other bytes.
        "NDkyOTM4NzE2NDUwMjgxMQ==",
        "eDQ5MjkzODcxNjQ1MDI4MTE=",
        "eHg0OTI5Mzg3MTY0NTAyODEx",
        "164502811 493871645028",
    ];
    for text in texts {
        let hay = Hay {
            path: PathBuf::from("text"),
            bytes: text.as_bytes().to_vec(),
        };
        assert!(
            !find(&[hay], &Needle::card_number(number)).is_empty(),
            "{text}"
        );
    }
    let masked = Hay {
        path: PathBuf::from("text"),
        bytes: b"492938******2811".to_vec(),
    };
    assert!(find(&[masked], &Needle::card_number(number)).is_empty());
}
