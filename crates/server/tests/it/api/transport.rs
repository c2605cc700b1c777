//! What every answer has, whatever was asked: headers, links, statuses of the transport.
//!
//! Invariant: an error is a list or nothing, as clients crash on anything else.

use aval_api::server::Urls;
use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;

const JSON: &str = "application/json; charset=utf-8";

#[tokio::test]
async fn creations_answer_201_with_a_location_and_others_200() {
    let gateway = Gateway::sqlite().await;
    for digit in [1, 2] {
        let sold = gateway.sell(&Body::sale(digit)).await.expect(201);
        let location = sold.header("location").unwrap();
        let own = format!("http://{}/1/sales/{}", gateway.query, sold.payment_id());
        assert_eq!(location, own, "a denied sale too");
    }
    let id = gateway.authorized().await;
    let answers = [
        gateway.capture(&id, "").await,
        gateway.void(&id, "").await,
        gateway.sale(&id).await,
    ];
    for answer in answers {
        assert_eq!(answer.expect(200).header("location"), None);
    }
}

#[tokio::test]
async fn links_name_the_public_addresses() {
    let urls = Urls {
        api: "https://api.loja.example".to_owned(),
        query: "https://query.loja.example/base".to_owned(),
    };
    let setup = Setup {
        urls: Some(urls),
        ..Setup::default()
    };
    let gateway = Gateway::with(setup).await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    let id = sold.payment_id();
    let own = format!("https://query.loja.example/base/1/sales/{id}");
    let call = |rel: &str| {
        let href = format!("https://api.loja.example/1/sales/{id}/{rel}");
        json!({"Method": "PUT", "Rel": rel, "Href": href})
    };
    let to_self = json!({"Method": "GET", "Rel": "self", "Href": own});
    let links = json!([to_self, call("capture"), call("void")]);
    assert_eq!(sold.at("/Payment/Links"), links);
    assert_eq!(sold.header("location"), Some(own.as_str()));
    let captured = gateway.capture(&id, "").await.expect(200);
    assert_eq!(captured.at("/Links"), json!([to_self, call("void")]));
    let voided = gateway.void(&id, "").await.expect(200);
    assert_eq!(voided.at("/Links"), json!([to_self]));
    let stored = gateway.tokenize(&Body::card()).await.expect(201);
    let token = stored.at("/CardToken");
    let card = format!(
        "https://query.loja.example/base/1/card/{}",
        token.as_str().unwrap()
    );
    assert_eq!(stored.at("/Links/Href"), card);
    assert_eq!(stored.header("location"), Some(card.as_str()));
}

#[tokio::test]
async fn links_can_be_followed_verbatim() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    let path = |answer: &Answer, pointer: &str, host| {
        let href = answer.at(pointer).as_str().unwrap().to_owned();
        href.strip_prefix(&format!("http://{host}"))
            .unwrap()
            .to_owned()
    };
    let own = path(&sold, "/Payment/Links/0/Href", gateway.query);
    assert_eq!(gateway.get(&own).await.expect(200).json(), sold.json());
    let capture = path(&sold, "/Payment/Links/1/Href", gateway.api);
    let captured = gateway.put(&capture).await.expect(200);
    let void = path(&captured, "/Links/1/Href", gateway.api);
    gateway.put(&void).await.expect(200);
    let stored = gateway.tokenize(&Body::card()).await.expect(201);
    gateway
        .get(&path(&stored, "/Links/Href", gateway.query))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_request_id_is_echoed_and_made_when_absent() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    let long = "r".repeat(300);
    for id in [
        "24bc8366-fc31-4d6c-8555-17049a836a07",
        "5f8a1b2c3d4e5",
        "any text!",
        &long,
    ] {
        let request = gateway.selling(&body).header("RequestId", id);
        let answer = request.send().await.expect(201);
        assert_eq!(answer.header("requestid"), Some(id));
        let refused = request.without("MerchantId").send().await.expect(400);
        assert_eq!(refused.header("requestid"), Some(id), "of an error too");
    }
    let latin1 = gateway.selling(&body).header("RequestId", b"caf\xe9");
    latin1.send().await.expect(201);
    let empty = gateway.selling(&body).header("RequestId", "");
    let made = [empty.send().await, gateway.sell(&body).await];
    let made = made.map(|answer| answer.expect(201).header("requestid").unwrap().to_owned());
    assert!(made.iter().all(|id| id.len() == 36), "{made:?}");
    assert_ne!(made[0], made[1]);
}

#[tokio::test]
async fn every_answer_has_a_content_type_and_none_is_compressed() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    let id = gateway.authorized().await;
    let unknown = "/1/sales/24bc8366-fc31-4d6c-8555-17049a836a07";
    for (method, target, kind) in [
        ("POST", "/1/sales", JSON),
        ("GET", unknown, "text/plain; charset=utf-8"),
        ("GET", "/nothing", JSON),
        ("DELETE", "/1/sales", JSON),
        ("PUT", &format!("/1/sales/{id}/capture"), JSON),
        ("GET", &format!("/1/sales/{id}"), JSON),
    ] {
        let request = gateway.request(method, target);
        let request = request.header("Accept-Encoding", "gzip, deflate, br");
        let answer = request.send().await;
        assert_eq!(
            answer.header("content-type"),
            Some(kind),
            "{method} {target}"
        );
        assert_eq!(answer.header("content-encoding"), None);
        assert!(answer.header("requestid").is_some());
    }
}

#[tokio::test]
async fn answers_are_compact_json() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    assert!(sold.text().starts_with(r#"{"MerchantOrderId":"#));
    assert!(!sold.text().contains("\": ") && !sold.text().contains('\n'));
    let members: Vec<String> = sold.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["Customer", "MerchantOrderId", "Payment"]);
}

#[tokio::test]
async fn unknown_paths_are_404_with_an_empty_list() {
    let gateway = Gateway::sqlite().await;
    for target in [
        "/",
        "/1",
        "/2/sales",
        "/1/nothing",
        "/1/sales/x/y/z/w",
        "/1/sales/x/refund",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer = gateway.request(method, target).send().await;
            assert_eq!(answer.expect(404).json(), json!([]), "{method} {target}");
        }
    }
}

#[tokio::test]
async fn other_methods_are_405_and_the_right_ones_are_named() {
    let gateway = Gateway::sqlite().await;
    for (method, target, allowed) in [
        ("DELETE", "/1/sales", "GET, POST"),
        ("PUT", "/1/sales/", "GET, POST"),
        ("POST", "/1/sales/x", "GET"),
        ("POST", "/1/sales/x/capture", "PUT"),
        ("GET", "/1/sales/x/void", "PUT"),
        ("PATCH", "/1/sales/OrderId/x/void", "PUT"),
        ("GET", "/1/card", "POST"),
        ("DELETE", "/1/card/x", "GET"),
    ] {
        let answer = gateway.request(method, target).send().await.expect(405);
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {target}");
        assert_eq!(answer.json(), json!([]));
    }
}

#[tokio::test]
async fn bodies_of_up_to_256_kib_are_read_and_larger_ones_are_413() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1);
    let mut bytes = body.bytes();
    bytes.resize(256 * 1024, b' ');
    let request = gateway.request("POST", "/1/sales");
    request.clone().body(bytes.clone()).send().await.expect(201);
    bytes.push(b' ');
    let answer = request.clone().body(bytes).send().await.expect(413);
    assert_eq!(answer.json(), json!([]));
    let huge = request.body(vec![b'x'; 4 << 20]).send().await;
    huge.expect(413);
    let found = gateway.order(&body.order()).await.expect(200);
    assert_eq!(
        found.at("/Payment/1"),
        Value::Null,
        "one of them was a sale"
    );
}

#[tokio::test]
async fn both_listeners_take_every_call_unless_hosts_are_strict() {
    let gateway = Gateway::sqlite().await;
    let selling = gateway.selling(&Body::sale(1)).to(gateway.query);
    let id = selling.send().await.expect(201).payment_id();
    let sale = format!("/1/sales/{id}");
    let query = gateway.request("GET", &sale).to(gateway.api);
    query.send().await.expect(200);
    let capture = gateway.request("PUT", &format!("{sale}/capture"));
    capture.to(gateway.query).send().await.expect(200);
}

#[tokio::test]
async fn strict_hosts_refuse_the_calls_of_the_other_listener() {
    let setup = Setup {
        strict_hosts: true,
        ..Setup::default()
    };
    let gateway = Gateway::with(setup).await;
    let id = gateway.authorized().await;
    let token = gateway.token().await;
    let sale = format!("/1/sales/{id}");
    for (method, target) in [
        ("POST", "/1/sales".to_owned()),
        ("PUT", format!("{sale}/capture")),
        ("PUT", format!("{sale}/void")),
        ("PUT", "/1/sales/OrderId/x/void".to_owned()),
        ("POST", "/1/card".to_owned()),
        ("GET", sale.clone()),
        ("GET", "/1/sales?merchantOrderId=x".to_owned()),
        ("GET", format!("/1/card/{token}")),
    ] {
        let elsewhere = if method == "GET" {
            gateway.api
        } else {
            gateway.query
        };
        let request = gateway.request(method, &target).body(Body::sale(1).bytes());
        let answer = request.to(elsewhere).send().await.expect(404);
        assert_eq!(answer.json(), json!([]), "{method} {target}");
    }
    assert_eq!(gateway.sale(&id).await.at("/Payment/Status"), 1);
    gateway.get(&format!("/1/card/{token}")).await.expect(200);
    gateway.capture(&id, "").await.expect(200);
}
