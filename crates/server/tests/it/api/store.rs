//! When the store does not do what it should: what callers are told, and that they can go on.
//!
//! Invariant: a request that was told a fault of the server had no effect in these cases, and is
//! made again with the same Idempotency-Key (decisions D03 and D07).

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::store::Store;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_store_is_told_as_such_and_never_kept() {
    let gateway = Gateway::start(Store::postgres().await, Setup::default()).await;
    let store = gateway.store.client().await;
    let request = gateway.selling(&Body::sale(1)).key("again");
    let break_it = "ALTER TABLE sales RENAME TO gone";
    store.batch_execute(break_it).await.unwrap();
    let fault = request.clone().header("RequestId", "look me up");
    let fault = fault.send().await;
    assert!([500, 503].contains(&fault.status), "{}", fault.status);
    assert_eq!(fault.json(), json!([]));
    assert_eq!(fault.header("requestid"), Some("look me up"));
    let mend_it = "ALTER TABLE gone RENAME TO sales";
    store.batch_execute(mend_it).await.unwrap();
    let sold = request.send().await.expect(201);
    assert_eq!(sold.header("idempotency-replayed"), None);
    gateway.sale(&sold.payment_id()).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_the_queue_full_is_told_to_come_again_and_nothing_is_lost() {
    let setup = Setup {
        queue: 1,
        ..Setup::default()
    };
    let gateway = Gateway::start(Store::postgres().await, setup).await;
    let store = gateway.store.client().await;
    let lock = "BEGIN; LOCK TABLE sales IN ACCESS EXCLUSIVE MODE";
    store.batch_execute(lock).await.unwrap();
    let body = Body::sale(1);
    let mut answers: FuturesUnordered<_> = (0..200).map(|_| gateway.sell(&body)).collect();
    // While nothing is written, only those can be answered who did not get into the queue.
    let refused = answers.next().await.unwrap().expect(503);
    assert_eq!(refused.json(), json!([]));
    assert!(refused.header("retry-after").is_some());
    store.batch_execute("ROLLBACK").await.unwrap();
    let mut sold = 0;
    while let Some(answer) = answers.next().await {
        match answer.status {
            503 => {}
            _ => {
                answer.expect(201);
                sold += 1;
            }
        }
    }
    assert!(sold > 0, "who was in the queue was served");
    let found = gateway.order(&body.order()).await.expect(200).json();
    assert_eq!(found["Payment"].as_array().unwrap().len(), sold);
}
