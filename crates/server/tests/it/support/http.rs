//! A client of HTTP/1.1: one connection for each request, every byte under the test's control.
//!
//! Invariant: what is sent is what the test says, faults included; an answer that is no HTTP fails
//! the test.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request to be sent.
#[derive(Clone)]
pub struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
    chunked: bool,
}

/// An answer that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers of its own and without a body.
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        Self {
            address,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: None,
            chunked: false,
        }
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().into()));
        self
    }

    /// Without a header that it had.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(had, _)| had != name);
        self
    }

    /// To another listener.
    pub fn to(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// With a body, as it is.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With the body in chunks, its length not told before.
    pub fn chunked(self) -> Self {
        let request = self.header("Transfer-Encoding", "chunked");
        Self {
            chunked: true,
            ..request
        }
    }

    /// With an Idempotency-Key.
    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Sends it and reads the answer.
    pub async fn send(&self) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let bytes = self.bytes();
        let (mut read, mut write) = stream.split();
        // A server may answer before it has read all, and then close.
        let sending = async { drop(write.write_all(&bytes).await) };
        let reading = async {
            let mut answer = Vec::new();
            let _cut_off = read.read_to_end(&mut answer).await;
            answer
        };
        let ((), answer) = tokio::join!(sending, reading);
        Answer::parse(&answer)
    }

    fn bytes(&self) -> Vec<u8> {
        let line = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let mut bytes = line.into_bytes();
        bytes.extend(b"Host: test\r\nConnection: close\r\n");
        for (name, value) in &self.headers {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        let body = self.body.as_deref();
        if let (Some(body), false) = (body, self.chunked) {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend(b"\r\n");
        match body {
            Some(body) if self.chunked => {
                for chunk in body.chunks(1_000) {
                    bytes.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend(chunk);
                    bytes.extend(b"\r\n");
                }
                bytes.extend(b"0\r\n\r\n");
            }
            Some(body) => bytes.extend(body),
            None => {}
        }
        bytes
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        // To whom asked whether he may send the body (Expect), this comes first.
        let bytes = bytes.strip_prefix(CONTINUE).unwrap_or(bytes);
        let shown = String::from_utf8_lossy(bytes);
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer of HTTP: {shown:?}"));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Self {
            status: status.unwrap_or_else(|| panic!("no status: {shown:?}")),
            headers,
            body: bytes[end..].iter().skip(4).copied().collect(),
        };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(&answer.body);
            return answer;
        }
        let length = answer.header("content-length");
        let length = length.unwrap_or_else(|| panic!("no length: {shown:?}"));
        assert_eq!(length, answer.body.len().to_string(), "{shown:?}");
        answer
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(had, _)| had == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        let read = serde_json::from_slice(&self.body);
        read.unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text()))
    }

    /// One member of the body, by its path like `/Payment/Status`; null when it is not there.
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    /// The codes of an error, in the order in which they stand.
    pub fn codes(&self) -> Vec<u64> {
        let body = self.json();
        let errors = body.as_array().unwrap_or_else(|| panic!("no list: {body}"));
        let code = |error: &Value| error["Code"].as_u64().unwrap();
        errors.iter().map(code).collect()
    }

    /// The PaymentId of a sale.
    pub fn payment_id(&self) -> String {
        let id = self.at("/Payment/PaymentId");
        id.as_str()
            .unwrap_or_else(|| panic!("no sale: {} {}", self.status, self.text()))
            .to_owned()
    }

    /// Fails unless it has this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Fails unless it is this one error.
    pub fn expect_error(self, status: u16, code: u64) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.codes(), [code], "{}", answer.text());
        answer
    }
}

/// A body that came in chunks (RFC 9112, section 7.1); one without its end fails.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n");
        let (length, after) = rest.split_at(line.expect("the length of a chunk"));
        let length = usize::from_str_radix(std::str::from_utf8(length).unwrap(), 16).unwrap();
        let (chunk, after) = after[2..].split_at(length);
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").expect("the end of a chunk");
        if length == 0 {
            assert!(rest.is_empty(), "something behind the last chunk");
            return body;
        }
    }
}
