//! The clock by the sandbox API.
//!
//! Invariant: the clock is the store's; who moved it is answered when due work is done.

use aval_domain::time::{DAY, Timestamp};
use aval_gateway::tasks::moves;
use aval_storage::ClockMove;
use serde_json::json;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    the_clock_is_shown_set_and_moved_for_the_whole_store,
    a_year_forward_forgets_what_was_kept_and_says_so,
    of_moves_at_once_by_servers_and_commands_none_is_lost,
}

fn time(text: &serde_json::Value) -> Timestamp {
    Timestamp::parse_rfc3339(text.as_str().unwrap()).unwrap()
}

async fn the_clock_is_shown_set_and_moved_for_the_whole_store(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let shown = gateway
        .sandbox("GET", "/sandbox/clock", "")
        .await
        .expect(200);
    assert_eq!(shown.at("/Offset"), 0);
    let wanted = "2031-01-31T10:00:00-03:00";
    let body = json!({ "now": wanted }).to_string();
    gateway
        .sandbox("PUT", "/sandbox/clock", &body)
        .await
        .expect(200);
    let shown = beside
        .sandbox("GET", "/sandbox/clock", "")
        .await
        .expect(200);
    let moved = time(&shown.at("/Now")).since(time(&json!(wanted)));
    assert!((0..30_000_000).contains(&moved), "{moved}");
    let forward = r#"{"days":31,"HOURS":1,"Minutes":1,"Seconds":1}"#;
    let answer = gateway
        .sandbox("POST", "/sandbox/clock/advance", forward)
        .await;
    let now = time(&answer.expect(200).at("/Now"));
    let moved = now.since(time(&json!("2031-03-03T11:01:01-03:00")));
    assert!((0..30_000_000).contains(&moved), "{moved}");
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    let received = sold.at("/Payment/ReceivedDate");
    assert!(
        received.as_str().unwrap().starts_with("2031-03-03"),
        "{received}"
    );
    let back = r#"{"Now":"2020-02-29T23:00:00-03:00"}"#;
    let answer = gateway
        .sandbox("PUT", "/sandbox/clock", back)
        .await
        .expect(200);
    assert!(
        answer
            .at("/Now")
            .as_str()
            .unwrap()
            .starts_with("2020-02-29")
    );
    let reset = gateway.sandbox("DELETE", "/sandbox/clock", "").await;
    assert_eq!(reset.expect(200).at("/Offset"), 0);
    let shown = beside.sandbox("GET", "/sandbox/clock", "").await;
    assert_eq!(shown.at("/Offset"), 0, "real time again, on every server");
}

async fn a_year_forward_forgets_what_was_kept_and_says_so(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    for key in ["a", "b", "c"] {
        let sale = gateway.selling(&Body::sale(1)).key(key);
        sale.send().await.expect(201);
    }
    let year = r#"{"Days":365}"#;
    let answer = gateway
        .sandbox("POST", "/sandbox/clock/advance", year)
        .await;
    assert_eq!(answer.expect(200).at("/Ran/Forgotten"), 3);
    let answer = gateway
        .sandbox("POST", "/sandbox/clock/advance", year)
        .await;
    assert_eq!(answer.expect(200).at("/Ran/Forgotten"), 0);
}

async fn of_moves_at_once_by_servers_and_commands_none_is_lost(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let day = r#"{"Days":1}"#;
    let ours = || gateway.sandbox("POST", "/sandbox/clock/advance", day);
    let theirs = || beside.sandbox("POST", "/sandbox/clock/advance", day);
    // Nobody answers a command here: it does it by itself when it has waited.
    let app = &beside.server.app;
    let command = moves::ask(app, ClockMove::Advance(DAY));
    let (one, two, three, four, five) = tokio::join!(ours(), theirs(), ours(), theirs(), command);
    for moved in [one, two, three, four] {
        moved.expect(200);
    }
    assert_eq!(five.unwrap().get("Notifications"), Some(&0));
    let shown = beside
        .sandbox("GET", "/sandbox/clock", "")
        .await
        .expect(200);
    assert_eq!(shown.at("/Offset"), 5 * 86_400);
    let left = app.storage.asked_moves(Timestamp::from_micros(0)).await;
    assert_eq!(
        left.unwrap(),
        [],
        "nothing is left to be done by a later server"
    );
}

#[tokio::test]
async fn a_move_of_nothing_less_than_nothing_or_a_text_is_refused() {
    let gateway = Gateway::sqlite().await;
    for body in [
        "",
        "{}",
        "[]",
        "31",
        "null",
        r#"{"Days":0}"#,
        r#"{"Days":-1}"#,
        r#"{"Days":"31"}"#,
        r#"{"Days":1.5}"#,
        r#"{"Days":true}"#,
        r#"{"Days":2,"Hours":-1}"#,
        r#"{"Weeks":1}"#,
        r#"{"Days":null}"#,
        r#"{"Days":99999999999999}"#,
        r#"{"Days":9000000}"#,
        r#"{"Seconds":9223372036854775807}"#,
    ] {
        let call = gateway.sandbox("POST", "/sandbox/clock/advance", body);
        let refused = call.await.expect(400);
        assert!([[184], [9010]].contains(&[refused.codes()[0]]), "{body}");
    }
    for (body, field) in [
        (r#"{"Weeks":1}"#, json!("Weeks")),
        (r#"{"Days":1,"weeks":1}"#, json!("weeks")),
        (r#"{"4024007153763191":1}"#, json!(null)),
        (r#"{"Hours":"1"}"#, json!("Hours")),
        ("{}", json!("Days")),
    ] {
        let call = gateway.sandbox("POST", "/sandbox/clock/advance", body);
        let refused = call.await.expect_error(400, 9010);
        assert_eq!(refused.at("/0/Field"), field, "{body}");
    }
    for body in ["{}", r#"{"Now":1}"#, r#"{"Now":"tomorrow"}"#] {
        let refused = gateway.sandbox("PUT", "/sandbox/clock", body).await;
        let refused = refused.expect_error(400, 9010);
        assert_eq!(refused.at("/0/Field"), "Now");
        assert_eq!(refused.at("/0/Message"), "Value missing or not accepted");
    }
    let shown = gateway.sandbox("GET", "/sandbox/clock", "").await;
    assert_eq!(shown.at("/Offset"), 0, "nothing moved");
}
