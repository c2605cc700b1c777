//! Takes single members out of JSON answers, and writes and reads the UUIDs in them.
//! Invariant: a search for text, not a JSON reader; it is meant for answers whose shape is known.

/// Finds the first member of one name, and remembers where: answers of one kind look alike.
pub struct Member {
    key: Vec<u8>,
    last: usize,
}

impl Member {
    /// A member by its name.
    pub fn named(name: &str) -> Self {
        Self {
            key: format!("\"{name}\":").into_bytes(),
            last: 0,
        }
    }

    /// The member's value as text: a string without its quotes (escapes are not undone), or a
    /// bare value up to what ends it.
    pub fn text<'a>(&mut self, body: &'a [u8]) -> Option<&'a [u8]> {
        let start = self.find(body)? + self.key.len();
        let value = body[start..].trim_ascii_start();
        match value.strip_prefix(b"\"") {
            Some(string) => Some(&string[..string.iter().position(|byte| *byte == b'"')?]),
            None => {
                let ends =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                Some(&value[..value.iter().position(ends)?])
            }
        }
    }

    /// The member's value as a whole number.
    pub fn number(&mut self, body: &[u8]) -> Option<u32> {
        std::str::from_utf8(self.text(body)?).ok()?.parse().ok()
    }

    fn find(&mut self, body: &[u8]) -> Option<usize> {
        if body
            .get(self.last..)
            .is_some_and(|rest| rest.starts_with(&self.key))
        {
            return Some(self.last);
        }
        self.last = body
            .windows(self.key.len())
            .position(|window| window == self.key)?;
        Some(self.last)
    }
}

/// Writes bytes as lower-case hexadecimal digits, two for each.
pub fn write_hex(digits: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// Writes the 36 characters of a UUID.
pub fn write_uuid(text: &mut [u8], id: &[u8; 16]) {
    let groups = [
        (0, 8, 0, 4),
        (9, 13, 4, 6),
        (14, 18, 6, 8),
        (19, 23, 8, 10),
        (24, 36, 10, 16),
    ];
    for (from, to, first, last) in groups {
        write_hex(&mut text[from..to], &id[first..last]);
        if to < 36 {
            text[to] = b'-';
        }
    }
}

/// Reads the 36 characters of a UUID.
pub fn read_uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut id = [0; 16];
    let mut at = 0;
    for byte in &mut id {
        if matches!(at, 8 | 13 | 18 | 23) {
            if text[at] != b'-' {
                return None;
            }
            at += 1;
        }
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
        at += 2;
    }
    Some(id)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALE: &[u8] = br#"{"Payment":{"ServiceTaxAmount":0,
        "PaymentId":"24bc8366-fc31-4d6c-8555-17049a836a07","Amount": 15700 ,"Status":1}}"#;

    #[test]
    fn members_are_found_by_their_whole_name() {
        assert_eq!(Member::named("Amount").number(SALE), Some(15_700));
        assert_eq!(Member::named("Status").number(SALE), Some(1));
        assert_eq!(Member::named("Missing").text(SALE), None);
    }

    #[test]
    fn a_member_is_found_again_when_it_moves() {
        let mut status = Member::named("Status");
        assert_eq!(status.number(br#"{"Status":2}"#), Some(2));
        assert_eq!(status.number(SALE), Some(1));
        assert_eq!(status.number(b"{}"), None);
        assert_eq!(status.number(br#"{"Status":2}"#), Some(2));
    }

    #[test]
    fn a_value_cut_off_is_no_value() {
        assert_eq!(Member::named("Status").text(br#"{"Status":1"#), None);
        assert_eq!(Member::named("Tid").text(br#"{"Tid":"12"#), None);
    }

    #[test]
    fn a_uuid_reads_back_as_written() {
        let text = Member::named("PaymentId").text(SALE).unwrap();
        let id = read_uuid(text).unwrap();
        assert_eq!((id[0], id[15]), (0x24, 7));
        let mut written = [0; 36];
        write_uuid(&mut written, &id);
        assert_eq!(written, text);
        assert_eq!(read_uuid(b"24bc8366+fc31-4d6c-8555-17049a836a07"), None);
        assert_eq!(read_uuid(b"24bc8366"), None);
    }
}
