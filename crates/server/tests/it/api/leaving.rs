//! Clients that leave before they are answered.
//!
//! Invariant: what they asked for is done as if they had stayed, once, and counted once.

use std::time::Duration;

use aval_domain::id::PaymentId;

use crate::support::gateway::{Gateway, Setup};
use crate::support::http2::Http2;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    what_a_client_that_left_asked_for_is_done_and_counted_once,
}

/// How long anything may take.
const SOON: Duration = Duration::from_secs(20);

/// How many requests of a route ended with a status.
fn count(gateway: &Gateway, route: &str, status: &str) -> u64 {
    let metrics = gateway.server.telemetry.metrics.render();
    let labels = format!("aval_requests_total{{route=\"{route}\",status=\"{status}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&labels));
    line.map_or(0, |count| count.parse().unwrap())
}

/// The test stands for another operation on the payment: it holds its turn, so that the requests
/// are under way when their client leaves.
async fn what_a_client_that_left_asked_for_is_done_and_counted_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let [canceled, cut] = [gateway.authorized().await, gateway.authorized().await];
    let payments = [&canceled, &cut].map(|id| PaymentId::parse(id).unwrap());
    let changing = &gateway.server.app.changing;
    let turns = (
        changing.take(payments[0]).await,
        changing.take(payments[1]).await,
    );
    let credentials = [
        ("merchantid", gateway.id.as_str()),
        ("merchantkey", gateway.key.as_str()),
    ];
    let mut client = Http2::connect(gateway.api).await;
    let capture = async |client: &mut Http2, id: &str| {
        let path = format!("/1/sales/{id}/capture");
        let stream = client.ask("PUT", &path, &credentials).await;
        client.settled().await;
        stream
    };
    let stream = capture(&mut client, &canceled).await;
    client.cancel(stream).await;
    client.settled().await;
    // Another one is under way when the connection ends as a whole.
    capture(&mut client, &cut).await;
    drop(client);
    drop(turns);
    let done = async {
        for id in [&canceled, &cut] {
            while gateway.sale(id).await.at("/Payment/Status") != 2 {
                tokio::task::yield_now().await;
            }
        }
        // The end of a connection may be noticed later than its request is done.
        let told = || count(&gateway, "capture", "499") + count(&gateway, "capture", "200");
        while told() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, done).await.expect("all is done");
    assert!(count(&gateway, "capture", "499") >= 1);
    let again = gateway.restarted().await;
    again.capture(&cut, "").await.expect_error(400, 308);
}
