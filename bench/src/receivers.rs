//! Receivers of notifications: they note when each payment was told first, and one of them hangs.
//! Invariant: they live on a thread of their own, so that what they note waits for no load.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Result;
use crate::fields::{Member, read_uuid};

/// The path of the receiver that takes everything and answers nothing.
pub const HANGS: &str = "/hangs";
/// The path of the receivers that answer.
pub const WELL: &str = "/well";

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Running receivers; they run until the program ends.
pub struct Receivers {
    /// Where they listen.
    pub address: SocketAddr,
    told: Arc<Mutex<HashMap<[u8; 16], Instant>>>,
}

impl Receivers {
    /// Starts them.
    pub fn start() -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let told = Arc::new(Mutex::new(HashMap::new()));
        let noted = Arc::clone(&told);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else {
                    return;
                };
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(receive(stream, Arc::clone(&noted)));
                }
            });
        });
        Ok(Self { address, told })
    }

    /// The address of a receiver by its path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was told first when, and from now on anew.
    pub fn take(&self) -> HashMap<[u8; 16], Instant> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *told)
    }

    /// How many payments were told.
    pub fn count(&self) -> usize {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len()
    }
}

/// One connection, until the other side ends it.
async fn receive(mut stream: TcpStream, told: Arc<Mutex<HashMap<[u8; 16], Instant>>>) {
    let mut payment = Member::named("PaymentId");
    let mut buffer = Vec::with_capacity(8 * 1024);
    loop {
        while let Some(end) = request(&buffer) {
            let now = Instant::now();
            if buffer.starts_with(b"POST /hangs") {
                return std::future::pending().await;
            }
            let id = payment.text(&buffer[..end]).and_then(read_uuid);
            if let Some(id) = id {
                let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                told.entry(id).or_insert(now);
            }
            buffer.drain(..end);
            if stream.write_all(OK).await.is_err() {
                return;
            }
        }
        match stream.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Where the first request of the buffer ends, once it is whole.
fn request(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let lines = buffer[..head].split(|byte| *byte == b'\n');
    let length = lines
        .filter_map(|line| std::str::from_utf8(line.trim_ascii()).ok())
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok());
    let end = head + length.unwrap_or(0);
    (buffer.len() >= end).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_with_its_body() {
        let whole = b"POST /well HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}POST";
        assert_eq!(request(whole), Some(whole.len() - 4));
        assert_eq!(request(&whole[..whole.len() - 5]), None);
        assert_eq!(request(b"POST / HTTP/1.1\r\n"), None);
    }
}
