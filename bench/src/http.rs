//! Reads HTTP/1.1 answers out of a buffer: status line, `Content-Length`, body.
//! Invariant: an answer is complete or not there yet; anything else is `Malformed`, never guessed.

use std::ops::Range;

/// A complete answer at the start of the buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Where the body stands; its end is the end of the answer.
    pub body: Range<usize>,
}

/// Bytes that are no answer this reader understands.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads the answer at the start of `buffer`; `None` while bytes are missing.
pub fn parse(buffer: &[u8]) -> Result<Option<Answer>, Malformed> {
    let mut lines = Lines { buffer, at: 0 };
    let Some(first) = lines.next() else {
        return Ok(None);
    };
    let status = status_of(first)?;
    let mut length = None;
    loop {
        let Some(line) = lines.next() else {
            return Ok(None);
        };
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return Err(Malformed);
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            length = Some(decimal(value)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return Err(Malformed);
        }
    }
    let length = match length {
        Some(length) => length,
        None if matches!(status, 204 | 304) => 0,
        None => return Err(Malformed),
    };
    let end = lines.at.checked_add(length).ok_or(Malformed)?;
    Ok((buffer.len() >= end).then_some(Answer {
        status,
        body: lines.at..end,
    }))
}

struct Lines<'a> {
    buffer: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its line end; `None` when its end has not arrived.
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = &self.buffer[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n')?;
        self.at += length + 1;
        Some(
            rest[..length]
                .strip_suffix(b"\r")
                .unwrap_or(&rest[..length]),
        )
    }
}

fn status_of(line: &[u8]) -> Result<u16, Malformed> {
    let code = line
        .strip_prefix(b"HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .ok_or(Malformed)?;
    let status = u16::try_from(decimal(code)?).map_err(|_| Malformed)?;
    if status < 200 {
        Err(Malformed)
    } else {
        Ok(status)
    }
}

fn decimal(text: &[u8]) -> Result<usize, Malformed> {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: &[u8] =
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-LENGTH:  2\r\n\r\n{}";

    #[test]
    fn an_answer_is_read_with_status_and_body() {
        let end = CREATED.len();
        assert_eq!(
            parse(CREATED),
            Ok(Some(Answer {
                status: 201,
                body: end - 2..end
            }))
        );
    }

    #[test]
    fn an_answer_cut_anywhere_is_not_there_yet() {
        for end in 0..CREATED.len() {
            assert_eq!(parse(&CREATED[..end]), Ok(None), "cut at {end}");
        }
    }

    #[test]
    fn bytes_after_the_answer_stay_outside_its_body() {
        let mut two = CREATED.to_vec();
        two.extend_from_slice(CREATED);
        let end = CREATED.len();
        assert_eq!(
            parse(&two),
            Ok(Some(Answer {
                status: 201,
                body: end - 2..end
            }))
        );
    }

    #[test]
    fn an_answer_without_body_needs_a_length_unless_its_status_forbids_one() {
        let empty = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(
            parse(empty),
            Ok(Some(Answer {
                status: 401,
                body: empty.len()..empty.len()
            }))
        );
        let none = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(
            parse(none),
            Ok(Some(Answer {
                status: 204,
                body: none.len()..none.len()
            }))
        );
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\n"), Err(Malformed));
    }

    #[test]
    fn what_is_no_such_answer_is_malformed() {
        for bytes in [
            b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n".as_slice(),
            b"HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        ] {
            assert_eq!(
                parse(bytes),
                Err(Malformed),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}
