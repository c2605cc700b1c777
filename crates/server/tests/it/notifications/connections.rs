//! Connections to receivers: names, certificates, and using one again.
//!
//! Invariant: where private addresses are refused none is ever connected to, whenever a name says
//! so; who cannot prove his name is told nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

use aval_gateway::outbox::{Post, Receivers as _};
use aval_listener::{read_chain, tls_config};
use aval_server::notifications::{Client, Resolve, Resolving, SystemResolver};

use super::receiver::{Receiver, Reply};
use crate::support::gateway::Gateway;

/// A resolver of the test's own: the addresses that a name has, one look-up after the other.
struct Told(Mutex<Vec<Vec<SocketAddr>>>);

impl Resolve for Told {
    fn resolve<'a>(&'a self, _host: &'a str, _port: u16) -> Resolving<'a> {
        let found = self.0.lock().unwrap().remove(0);
        Box::pin(std::future::ready(Ok(found)))
    }
}

fn post(url: String) -> Post {
    Post {
        url,
        headers: Vec::new(),
        body: "{}".to_owned(),
    }
}

fn trusting_all_private() -> Client {
    Client::new(true, Vec::new(), Box::<SystemResolver>::default()).unwrap()
}

/// Of the loopback addresses one counts as public here, since nobody may be connected to who is.
fn is_public_here(address: IpAddr) -> bool {
    address == IpAddr::from([127, 0, 0, 2])
}

#[tokio::test]
async fn a_name_that_moves_to_a_private_address_after_a_look_up_is_not_connected_to_again() {
    // Two addresses of one port: the first is public, the second is not.
    let (public, private) = Receiver::on_two([127, 0, 0, 2], [127, 0, 0, 1]).await;
    let names = vec![
        vec![public.address],
        vec![private.address],
        vec![private.address, public.address],
    ];
    let resolver = Box::new(Told(Mutex::new(names)));
    let client = Client::new(false, Vec::new(), resolver).unwrap();
    let client = client.allowing(is_public_here);
    let mut ended = Vec::new();
    for _ in 0..3 {
        let posted = client.post(post(public.url_of("shop.example"))).await;
        ended.push(posted.map(|answer| answer.status));
    }
    let refused = Err("the receiver has no public address".to_owned());
    assert_eq!(ended, [Ok(200), refused, Ok(200)]);
    assert_eq!((public.connections(), private.connections()), (2, 0));
}

#[tokio::test]
async fn a_certificate_of_a_private_authority_is_taken_when_it_is_trusted_and_refused_else() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = ["127.0.0.1".to_owned()];
    let gateway = Gateway::sqlite().await;
    let now = gateway.server.app.clock.real().micros() / 1_000_000;
    aval_listener::cert::write_dev(folder.path(), &hosts, now).unwrap();
    let file = |name: &str| folder.path().join(name);
    let config = tls_config(&file("server.crt"), &file("server.key")).unwrap();
    let receiver = Receiver::secured(config).await;
    let authorities = read_chain(&file("root.crt")).unwrap();
    let trusting = Client::new(true, authorities, Box::<SystemResolver>::default()).unwrap();
    for _ in 0..2 {
        let taken = trusting.post(post(receiver.url())).await;
        assert_eq!(taken.unwrap().status, 200);
    }
    assert_eq!(receiver.connections(), 1, "the second post used it again");
    let wrong_name = trusting.post(post(receiver.url_of("localhost"))).await;
    assert!(wrong_name.unwrap_err().starts_with("TLS: "));

    // The gateway itself trusts public authorities only: it is told nothing, and that is logged.
    let shop = gateway.told(&receiver.url(), &[]).await;
    shop.authorized().await;
    assert_eq!(gateway.deliver().await, 1);
    let log = gateway.log(&shop).await;
    let error = log[0].error.as_deref().unwrap();
    assert!(
        error.starts_with("TLS: invalid peer certificate"),
        "{error}"
    );
    assert_eq!((log[0].status, receiver.posted().len()), (None, 2));
}

#[tokio::test]
async fn a_connection_is_used_again_and_one_that_was_closed_costs_no_notification() {
    let answers = vec![
        Reply::Status(200, "x".repeat(30_000)),
        Reply::Status(500, String::new()),
        Reply::Last,
        Reply::Half(200),
        Reply::Close,
    ];
    let receiver = Receiver::answering(answers).await;
    let client = trusting_all_private();
    let mut ended = Vec::new();
    for _ in 0..6 {
        let posted = client.post(post(receiver.url())).await;
        ended.push(
            posted
                .map_err(drop)
                .map(|answer| (answer.status, answer.start.len())),
        );
    }
    let told = [
        Ok((200, 1_024)),
        Ok((500, 0)),
        Ok((200, 0)),
        // What had come when it broke off decides.
        Ok((200, 5)),
        Err(()),
        Ok((200, 2)),
    ];
    assert_eq!(ended, told);
    assert_eq!(receiver.connections(), 4, "one for the first three");
}

#[tokio::test]
async fn an_answer_without_end_is_read_no_further_than_it_is_kept_for() {
    let receiver = Receiver::answering(vec![Reply::Status(200, "x".repeat(300_000))]).await;
    let client = trusting_all_private();
    for status in [200, 200] {
        let answer = client.post(post(receiver.url())).await.unwrap();
        assert_eq!(answer.status, status);
    }
    assert_eq!(
        receiver.connections(),
        2,
        "the first was not read to its end"
    );
}
