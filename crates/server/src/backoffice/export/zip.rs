//! A ZIP archive that is written while it is sent.
//!
//! Invariant: entries come one after the other and are never gone back to; the size and the check
//! sum of each stand behind it, as the format allows (APPNOTE 4.3.9).

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// An archive being written.
pub(super) struct Archive {
    encoder: DeflateEncoder<Vec<u8>>,
    check: Crc,
    name: &'static str,
    begins: u64,
    sent: u64,
    directory: Vec<u8>,
    entries: u16,
}

const LOCAL: u32 = 0x0403_4b50;
const BEHIND: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0 of the format: deflated.
const VERSION: u16 = 20;
/// Sizes stand behind the entry; names are UTF-8.
const FLAGS: u16 = 0x0808;
const DEFLATED: u16 = 8;
/// 1980-01-01, the first day there is: a file has no other.
const DAY: u16 = 0x0021;

impl Archive {
    pub(super) fn new() -> Self {
        Self {
            encoder: encoder(),
            check: Crc::new(),
            name: "",
            begins: 0,
            sent: 0,
            directory: Vec::new(),
            entries: 0,
        }
    }

    /// Begins an entry; gives the bytes to send.
    pub(super) fn begin(&mut self, name: &'static str) -> Vec<u8> {
        self.name = name;
        self.begins = self.sent;
        self.check = Crc::new();
        self.encoder = encoder();
        let mut out = Vec::new();
        put4(&mut out, LOCAL);
        self.about(&mut out, (0, 0, 0));
        put2(&mut out, 0);
        out.extend_from_slice(name.as_bytes());
        self.count(out)
    }

    /// Adds to the entry; gives the bytes to send, maybe none yet.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.check.update(bytes);
        // Writing to memory does not fail.
        let _ = self.encoder.write_all(bytes);
        let out = std::mem::take(self.encoder.get_mut());
        self.count(out)
    }

    /// Ends the entry; gives the bytes to send.
    pub(super) fn end_entry(&mut self) -> Vec<u8> {
        let ended = std::mem::replace(&mut self.encoder, encoder());
        let rest = ended.finish().unwrap_or_default();
        let packed = self.packed_so_far(rest.len());
        let sizes = (
            self.check.sum(),
            low(packed),
            low(u64::from(self.check.amount())),
        );
        let mut out = rest;
        put4(&mut out, BEHIND);
        for number in [sizes.0, sizes.1, sizes.2] {
            put4(&mut out, number);
        }
        let mut entry = Vec::new();
        put4(&mut entry, CENTRAL);
        put2(&mut entry, VERSION);
        self.about(&mut entry, sizes);
        // No extra field, no comment, first disk, no attributes.
        for _ in 0..4 {
            put2(&mut entry, 0);
        }
        put4(&mut entry, 0);
        put4(&mut entry, low(self.begins));
        entry.extend_from_slice(self.name.as_bytes());
        self.directory.extend(entry);
        self.entries = self.entries.saturating_add(1);
        self.count(out)
    }

    /// Ends the archive; gives the bytes to send.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let begins = self.sent;
        let mut out = std::mem::take(&mut self.directory);
        let size = u32::try_from(out.len()).unwrap_or(u32::MAX);
        put4(&mut out, END);
        for number in [0, 0, self.entries, self.entries] {
            put2(&mut out, number);
        }
        put4(&mut out, size);
        put4(&mut out, low(begins));
        put2(&mut out, 0);
        self.count(out)
    }

    /// What local and central headers share, from the version on to the length of the name.
    fn about(&self, out: &mut Vec<u8>, (check, packed, size): (u32, u32, u32)) {
        for number in [VERSION, FLAGS, DEFLATED, 0, DAY] {
            put2(out, number);
        }
        for number in [check, packed, size] {
            put4(out, number);
        }
        put2(out, u16::try_from(self.name.len()).unwrap_or(u16::MAX));
    }

    /// The packed bytes of the entry, those that were sent and those that are left.
    fn packed_so_far(&self, rest: usize) -> u64 {
        let header = u64::try_from(self.name.len())
            .unwrap_or(0)
            .saturating_add(30);
        let sent = self.sent.saturating_sub(self.begins).saturating_sub(header);
        sent.saturating_add(u64::try_from(rest).unwrap_or(0))
    }

    fn count(&mut self, out: Vec<u8>) -> Vec<u8> {
        let length = u64::try_from(out.len()).unwrap_or(0);
        self.sent = self.sent.saturating_add(length);
        out
    }
}

fn encoder() -> DeflateEncoder<Vec<u8>> {
    DeflateEncoder::new(Vec::new(), Compression::fast())
}

/// What fits into the field: a sheet at its bound is far smaller than 4 GiB.
fn low(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn put2(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put4(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}
