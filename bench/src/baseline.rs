//! The storage-free server that figures are compared with: it reads a request and answers bytes.
//! Invariant: answers look like the gateway's, and nothing is kept between requests.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

static SALES: AtomicU64 = AtomicU64::new(0);

/// Serves until the process ends.
pub async fn serve(addr: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(addr).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(converse(stream));
    }
}

async fn converse(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 8192];
    let mut filled = 0;
    loop {
        let Some(length) = request_length(&buffer[..filled]) else {
            let count = stream.read(&mut buffer[filled..]).await?;
            if count == 0 {
                return Ok(());
            }
            filled += count;
            continue;
        };
        let (status, body) = answer(&buffer);
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(&[head.as_bytes(), body.as_bytes()].concat())
            .await?;
        buffer.copy_within(length..filled, 0);
        filled -= length;
    }
}

/// The length of the request at the start of the buffer, once it is complete.
fn request_length(buffer: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(buffer);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let end = head.len() + 4 + length.and_then(|length| length.parse().ok()).unwrap_or(0);
    (buffer.len() >= end).then_some(end)
}

fn answer(request: &[u8]) -> (&'static str, String) {
    if request.starts_with(b"POST") {
        (
            "201 Created",
            sale(SALES.fetch_add(1, Ordering::Relaxed), 1),
        )
    } else if request.starts_with(b"PUT") {
        ("200 OK", sale(0, 2))
    } else {
        ("200 OK", sale(0, 1))
    }
}

fn sale(number: u64, status: u8) -> String {
    format!(
        "{{\"MerchantOrderId\":\"2014111706\",\"Payment\":{{\"Type\":\"CreditCard\",\
         \"PaymentId\":\"00000000-0000-7000-8000-{number:012x}\",\"Status\":{status}}}}}"
    )
}
