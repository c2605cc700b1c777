//! A small blocking HTTP/1.1 client.
//!
//! Invariant: it never sends a request twice by itself, and tells a connection that was never made
//! from one that was lost amid an exchange.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection, made when needed and kept for the next request.
pub struct Http {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// Headers beside those of HTTP itself.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// There was no connection.
    Refused,
    /// The connection ended before the answer did; it may have served requests before.
    Lost {
        /// Whether it had.
        reused: bool,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("no connection"),
            Self::Lost { reused, error } => {
                let kind = if *reused { "a used" } else { "a new" };
                write!(f, "{kind} connection was lost: {error}")
            }
        }
    }
}

impl Request {
    /// A request without headers or body.
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            ..Self::default()
        }
    }

    /// With a header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// As it goes over the wire.
    pub fn wire(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: test\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = self.body.len();
        head.push_str(&format!("content-length: {length}\r\n\r\n"));
        [head.as_bytes(), &self.body].concat()
    }
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        let read = serde_json::from_str(&self.body);
        read.unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// This answer, whose status must be the one expected.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl Http {
    /// A client of the address.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Sends a request; there must be an answer.
    pub fn must(&mut self, request: &Request) -> Answer {
        let sent = self.send(request);
        sent.unwrap_or_else(|failure| panic!("{failure} for {} {}", request.method, request.path))
    }

    /// Sends a request once.
    pub fn send(&mut self, request: &Request) -> Result<Answer, Failure> {
        let reused = self.stream.is_some();
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).map_err(|_| Failure::Refused)?,
        };
        let exchanged = exchange(&mut stream, &request.wire());
        let answer = exchanged.map_err(|error| Failure::Lost { reused, error })?;
        let ends = answer
            .header("connection")
            .is_some_and(|how| how == "close");
        if !ends {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn connect(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}

fn exchange(stream: &mut BufReader<TcpStream>, wire: &[u8]) -> io::Result<Answer> {
    stream.get_mut().write_all(wire)?;
    read_answer(stream)
}

/// Reads one answer.
pub fn read_answer(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| invalid(&first))?;
    let mut headers = Vec::new();
    loop {
        let next = line(stream)?;
        if next.is_empty() {
            break;
        }
        let (name, value) = next.split_once(':').ok_or_else(|| invalid(&next))?;
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status,
        headers,
        body: String::new(),
    };
    let length = answer.header("content-length");
    let length = length.and_then(|text| text.parse().ok());
    let mut body = vec![0; length.ok_or_else(|| invalid("no content-length"))?];
    stream.read_exact(&mut body)?;
    answer.body = String::from_utf8(body).map_err(|_| invalid("not UTF-8"))?;
    Ok(answer)
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut text = String::new();
    if stream.read_line(&mut text)? == 0 || !text.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end().to_owned())
}
