//! `aval listen` beside a running server.
//!
//! Invariant: every line is one JSON object; what it hears arrives at the receiver, signed, through
//! a failure of the receiver and a kill of the server, and a merchant's own receiver loses nothing.

use std::fs::File;
use std::process::{Child, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;

use super::support::home::Home;
use super::support::server::{Server, signal};
use super::support::{SOON, eventually};
use crate::notifications::receiver::{Receiver, Reply};

mod on_sqlite {
    #[test]
    fn notifications_are_forwarded_through_failures_and_a_kill_of_the_server() {
        super::forwarded(&super::Home::sqlite());
    }
}
mod on_postgresql {
    #[test]
    fn notifications_are_forwarded_through_failures_and_a_kill_of_the_server() {
        super::forwarded(&super::Home::postgres());
    }
}

/// `aval listen` as a child; killed when dropped.
struct Listener {
    child: Child,
    out: std::path::PathBuf,
}

impl Listener {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let out = home.beside().join("listen.out");
        let mut command = home.command(&[&["listen"], arguments].concat());
        command
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap());
        let child = command.spawn().unwrap();
        Self { child, out }
    }

    /// The lines so far that are of a kind.
    fn lines(&self, event: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.out).unwrap();
        let whole = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let lines = whole.map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["Event"] == event).collect()
    }

    /// Waits for so many lines of a kind.
    fn wait_for(&self, event: &str, count: usize) -> Vec<Value> {
        eventually("it is said", SOON, || {
            let lines = self.lines(event);
            (lines.len() >= count).then_some(lines)
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forwarded(home: &Home) {
    let runtime = Runtime::new().unwrap();
    let replies = vec![Reply::Status(500, "não".to_owned())];
    let near = runtime.block_on(Receiver::answering(replies));
    let own = runtime.block_on(Receiver::answering(vec![]));
    let merchant = home.merchant(&[]);
    let url = format!("notification_url={}", own.url());
    home.run(&["merchant", "set", &merchant.id, &url]).ok();
    let stranger = home.merchant(&[]);
    let server = Server::start(home, &[]);
    let to = near.url();
    let arguments = ["--forward-to", &to, "--merchant", &merchant.id, "--json"];
    let mut listener = Listener::start(home, &arguments);
    let ready = listener.wait_for("Ready", 1).remove(0);
    let secret = ready["Secret"].as_str().unwrap();
    assert_eq!(
        (secret.len(), &ready["ForwardTo"]),
        (64, &Value::from(to.as_str()))
    );

    server.ask(&stranger.sale("other", 100)).expect(201);
    let sold = server.ask(&merchant.sale("first", 100)).expect(201).json();
    let payment = &sold["Payment"]["PaymentId"];
    let failed = listener.wait_for("Failed", 1).remove(0);
    assert_eq!(
        (&failed["Status"], &failed["Answer"]),
        (&500.into(), &"não".into())
    );
    assert_eq!(failed["RetryInSeconds"], 1);
    let heard = listener.wait_for("Notification", 1).remove(0);
    assert_eq!(
        (&heard["Status"], &heard["Attempt"]),
        (&200.into(), &2.into())
    );
    assert_eq!(
        (&heard["PaymentId"], &heard["PaymentVersion"]),
        (payment, &1.into())
    );

    // A server that was killed and started again is heard as before.
    server.kill();
    let server = Server::start(home, &[]);
    let path = format!("/1/sales/{}/capture", payment.as_str().unwrap());
    server.ask(&merchant.request("PUT", path)).expect(200);
    let heard = listener.wait_for("Notification", 2).remove(1);
    assert_eq!(heard["PaymentVersion"], 2);

    let posted = near.posted();
    assert_eq!(posted.len(), 3, "nothing of the other merchant");
    for post in &posted {
        let signature = post.header("aval-signature");
        let (t, v1) = signature.split_once(",v1=").unwrap();
        let seconds = t.strip_prefix("t=").unwrap().parse().unwrap();
        let expected = aval_vault::sign_notification(secret, seconds, post.body.as_bytes());
        assert_eq!(v1, expected);
    }
    let theirs = runtime.block_on(own.wait_for(2));
    assert_eq!(theirs[1].body, posted[2].body);

    signal(listener.child.id(), "INT");
    let ended = eventually("it ends", SOON, || listener.child.try_wait().unwrap());
    assert_eq!(ended.code(), Some(0));
    server.stop();
}

#[test]
fn what_cannot_be_listened_to_is_refused() {
    let home = Home::sqlite();
    home.merchant(&[]);
    for (arguments, part) in [
        (["--forward-to", "127.0.0.1:3000"], "--forward-to"),
        (["--merchant", "me"], "no MerchantId"),
        (
            ["--merchant", "24bc8366-fc31-4d6c-8555-17049a836a07"],
            "no such merchant",
        ),
    ] {
        let line = home.run(&[&["listen"], &arguments[..]].concat()).refused();
        assert!(line.contains(part), "{line}");
    }
}
