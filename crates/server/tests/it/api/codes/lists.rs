//! Texts and lists at their limits.
//!
//! Invariant: what fits is taken whole, and of what does not fit an answer tells a bounded part.

use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::Gateway;

use super::sales::{SIZES, numbered};

#[tokio::test]
async fn sizes_that_fit_are_taken() {
    let gateway = Gateway::sqlite().await;
    for (path, most, _) in SIZES {
        let body = Body::sale(1).with(path, "ç".repeat(most));
        gateway.sell(&body).await.expect(201);
    }
    let list: Value = (0..3)
        .map(|at| json!({"Name": format!("{at}").repeat(50), "Value": "ç".repeat(1024)}))
        .collect();
    for list in [list, numbered(100)] {
        let body = Body::sale(1).with("Payment.ExtraDataCollection", list.clone());
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/ExtraDataCollection"), list);
    }
}

/// Lists that fill the largest body, and what is told of them at the most.
#[tokio::test]
async fn an_answer_does_not_grow_with_a_list() {
    let gateway = Gateway::sqlite().await;
    for element in [
        "1",
        "null",
        "{}",
        "[]",
        r#"{"a":1}"#,
        r#"{"Name":"a"}"#,
        r#"{"Name":[],"Value":[]}"#,
        &format!(
            r#"{{"Name":"{}","Value":"{}"}}"#,
            "n".repeat(51),
            "v".repeat(1025)
        ),
    ] {
        let body = Body::sale(1).with("Payment.ExtraDataCollection", "LIST");
        let body = body.0.to_string();
        let room = 256 * 1024 - body.len();
        let list = vec![element; room / (element.len() + 1)].join(",");
        let body = body.replace("\"LIST\"", &format!("[{list}]"));
        let request = gateway.request("POST", "/1/sales").body(body);
        let answer = request.send().await.expect(400);
        assert_eq!(answer.codes()[0], 0, "{element}: {}", answer.text());
        assert_eq!(answer.at("/0/Field"), "Payment.ExtraDataCollection");
        assert!(answer.body.len() < 8 * 1024, "{element}: {}", answer.text());
    }
}

#[tokio::test]
async fn of_one_list_ten_elements_are_told_with_each_code() {
    let gateway = Gateway::sqlite().await;
    let long = "v".repeat(1025);
    let datum = |at: usize| match at {
        0..20 => json!({"Value": "v"}),
        _ => json!({"Name": at.to_string(), "Value": long}),
    };
    let list: Value = (0..40).map(datum).collect();
    let body = Body::sale(1).with("Payment.ExtraDataCollection", list);
    let refused = gateway.sell(&body).await.expect(400);
    let codes = [[160; 10], [184; 10]].concat();
    assert_eq!(refused.codes(), codes);
    let last = "Payment.ExtraDataCollection[29].Value";
    assert_eq!(refused.at("/9/Field"), last, "the first ten");
}
