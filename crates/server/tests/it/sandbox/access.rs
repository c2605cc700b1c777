//! Who may use the sandbox API, and what becomes of calls that are none.
//!
//! Invariant: without the admin token nothing is told, in production nothing is there, and no body
//! makes the server fail.

use aval_gateway::app::Environment;
use aval_server::sandbox::ROUTES;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::support::gateway::{ADMIN_TOKEN, Gateway, Setup};
use crate::support::http::Request;

fn target(path: &str) -> String {
    path.replace("{}", "24bc8366-fc31-4d6c-8555-17049a836a07")
}

#[tokio::test]
async fn without_the_admin_token_every_call_is_answered_401_with_nothing() {
    let gateway = Gateway::sqlite().await;
    let wrong = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some(format!("Basic {ADMIN_TOKEN}")),
        Some(ADMIN_TOKEN.to_owned()),
        Some(format!("Bearer {}", ADMIN_TOKEN.replace('0', "1"))),
        Some(format!("Bearer {}", ADMIN_TOKEN.get(1..).unwrap())),
    ];
    for row in ROUTES {
        for authorization in &wrong {
            let call = Request::new(gateway.backoffice, row.method, &target(row.path));
            let call = match authorization {
                None => call,
                Some(value) => call.header("Authorization", value),
            };
            let refused = call.send().await.expect(401);
            assert_eq!(refused.text(), "", "{} {authorization:?}", row.path);
            assert!(refused.header("requestid").is_some());
        }
    }
}

#[tokio::test]
async fn in_production_no_path_of_the_sandbox_is_there() {
    let gateway = Gateway::with(Setup {
        environment: Environment::Production,
        ..Setup::default()
    })
    .await;
    for row in ROUTES {
        let path = target(row.path);
        let answer = gateway.sandbox(row.method, &path, "{}").await;
        assert_eq!(answer.status, 404, "{}", row.path);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_in_a_list_with_a_request_id() {
    let gateway = Gateway::sqlite().await;
    for path in [
        "/sandbox/nothing",
        "/sandbox/clock/x",
        "/sandbox",
        "/sandbox/",
    ] {
        let unknown = gateway.sandbox("GET", path, "").await.expect(404);
        assert_eq!(unknown.text(), "[]", "{path}");
        assert!(unknown.header("requestid").is_some());
    }
    for row in ROUTES {
        let call = gateway.sandbox_request("PATCH", &target(row.path), "");
        let wrong = call.header("RequestId", "mine").send().await.expect(405);
        let mut methods: Vec<&str> = ROUTES
            .iter()
            .filter(|other| other.path == row.path)
            .map(|other| other.method)
            .collect();
        methods.sort_unstable();
        let methods = methods.join(", ");
        assert_eq!(
            wrong.header("allow"),
            Some(methods.as_str()),
            "{}",
            row.path
        );
        assert_eq!(wrong.header("requestid"), Some("mine"));
        assert_eq!(wrong.text(), "[]");
    }
    let other = gateway.sandbox("GET", "/Sandbox/Clock/", "").await;
    assert_eq!(other.status, 404, "the listener's paths have one spelling");
    let huge = format!("{{\"Name\":\"{}\"}}", "x".repeat(256 * 1024));
    let refused = gateway.sandbox("POST", "/sandbox/merchants", &huge).await;
    assert_eq!(refused.expect(413).text(), "[]");
}

/// Bodies that look like those of the sandbox API, and others.
fn bodies() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "Now",
        "Days",
        "hours",
        "Minutes",
        "SECONDS",
        "Name",
        "Dialect",
        "MerchantId",
        "CardNumber",
        "Fault",
        "DelayMs",
        "From",
        "To",
        "Amount",
        "x",
    ]);
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("{\"a\":[{}]}".to_owned()),
        Just("\"9999-12-31T23:59:59Z\"".to_owned()),
        Just("\"-9999-01-01T00:00:00Z\"".to_owned()),
        Just("1e400".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}")),
        (0_i64..60).prop_map(|number| number.to_string()),
        "\\PC{0,20}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("\"\\u0000\"".to_owned()),
    ];
    let members = prop::collection::vec((name, value), 0..5);
    let object = members.prop_map(|members| {
        let members = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    });
    prop_oneof![8 => object, 1 => "\\PC{0,40}", 1 => Just("[".repeat(5_000))]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_makes_a_call_fail() {
    let gateway = Gateway::sqlite().await;
    let mut runner = TestRunner::default();
    let tree = |runner: &mut TestRunner| bodies().new_tree(runner).unwrap().current();
    for _ in 0..60 {
        let body = tree(&mut runner);
        for row in ROUTES {
            let answer = gateway.sandbox(row.method, &target(row.path), &body).await;
            assert!(
                answer.status < 500,
                "{} {body}: {}",
                row.path,
                answer.status
            );
            if answer.status >= 400 {
                assert!(answer.json().is_array(), "{} {body}", row.path);
            }
        }
    }
}
