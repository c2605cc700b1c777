//! A merchant's receiver: answers as it is told, and keeps what it was sent.
//!
//! Invariant: what is kept is what came over the wire.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How a receiver answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With a status and a body.
    Status(u16, String),
    /// With a redirect to this address.
    Redirect(String),
    /// By closing the connection after it has read the request.
    Close,
    /// Not at all.
    Hang,
}

/// One post that came.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// A running receiver.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    posted: Arc<Mutex<Vec<Posted>>>,
    _serving: JoinSet<()>,
}

impl Posted {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(had, _)| had == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Receiver {
    /// Answers with these, one after the other, and with 200 from then on.
    pub async fn answering(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let posted = Arc::new(Mutex::new(Vec::new()));
        let (kept, replies) = (Arc::clone(&posted), Arc::new(Mutex::new(replies)));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(answer(stream, Arc::clone(&kept), Arc::clone(&replies)));
            }
        });
        Self {
            address,
            posted,
            _serving: serving,
        }
    }

    /// The address to be told to.
    pub fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    /// What came so far.
    pub fn posted(&self) -> Vec<Posted> {
        self.posted.lock().unwrap().clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    kept: Arc<Mutex<Vec<Posted>>>,
    replies: Arc<Mutex<Vec<Reply>>>,
) {
    let Some(post) = read(&mut stream).await else {
        return;
    };
    let reply = {
        kept.lock().unwrap().push(post);
        let mut replies = replies.lock().unwrap();
        if replies.is_empty() {
            Reply::Status(200, "OK".to_owned())
        } else {
            replies.remove(0)
        }
    };
    let text = match reply {
        Reply::Status(status, body) => {
            let length = body.len();
            format!("HTTP/1.1 {status} Word\r\nContent-Length: {length}\r\n\r\n{body}")
        }
        Reply::Redirect(to) => {
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
        }
        Reply::Close => return,
        Reply::Hang => return std::future::pending().await,
    };
    let _gone = stream.write_all(text.as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Posted> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.split("\r\n");
            assert_eq!(lines.next(), Some("POST /hook?a=b HTTP/1.1"));
            let headers: Vec<(String, String)> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            if length.unwrap().1.parse::<usize>().unwrap() == body.len() {
                let body = body.to_owned();
                return Some(Posted { headers, body });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
