//! Requests over HTTP/2 in clear text, frame by frame, for what a client of HTTP/1.1 cannot do:
//! take one request back.
//!
//! Invariant: what was sent has been read by the server when [`Http2::settled`] answers.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_STREAM_AND_HEADERS: u8 = 5;
const CANCEL: [u8; 4] = [0, 0, 0, 8];

/// A connection.
pub struct Http2 {
    stream: TcpStream,
    next: u32,
}

impl Http2 {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(PREFACE).await.unwrap();
        let mut client = Self { stream, next: 1 };
        client.send(SETTINGS, 0, 0, &[]).await;
        client
    }

    /// Sends a request without a body; the number of its stream.
    pub async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> u32 {
        let pseudo = [
            (":method", method),
            (":scheme", "http"),
            (":authority", "test"),
            (":path", path),
        ];
        let mut block = Vec::new();
        for (name, value) in pseudo.iter().chain(headers) {
            // A literal with a name of its own, not to be remembered.
            block.push(0);
            for text in [name, value] {
                assert!(text.len() < 127, "a length of one byte");
                block.push(u8::try_from(text.len()).unwrap());
                block.extend(text.as_bytes());
            }
        }
        let stream = self.next;
        self.next = stream.checked_add(2).unwrap();
        self.send(HEADERS, END_STREAM_AND_HEADERS, stream, &block)
            .await;
        stream
    }

    /// Takes a request back.
    pub async fn cancel(&mut self, stream: u32) {
        self.send(RST_STREAM, 0, stream, &CANCEL).await;
    }

    /// Waits until the server has read all that was sent.
    pub async fn settled(&mut self) {
        self.send(PING, 0, 0, b"settled?").await;
        loop {
            let mut head = [0; 9];
            self.stream.read_exact(&mut head).await.unwrap();
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut payload).await.unwrap();
            if head[3] == PING && head[4] == ACK {
                return;
            }
        }
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.stream.write_all(&frame).await.unwrap();
    }
}
