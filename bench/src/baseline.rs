//! The storage-free server that figures are compared with: the gateway's HTTP stack and request
//! reader, and answers of the same bytes, without rules, vault and store.
//! Invariant: reads every request as the gateway does, and keeps nothing between requests.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use aval_api::reader;
use aval_api::sales::SaleBody;
use aval_listener::{self as listener, ConnectionSlots, Drain, Limits, Site};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};

/// An answer of the gateway to a sale, to the byte.
const SALE: &str = include_str!("sale.json");
/// An answer of the gateway to a capture, to the byte.
const CAPTURE: &str = include_str!("capture.json");
const PLACE: &str = "http://127.0.0.1:8081/1/sales/01a20130-37b7-7dc7-84a4-4c5bc8c6157e";
const NAME: &str = "01a20130-37b6-7e6f-bbc9-d712c39e72c6";

/// Serves until the process ends.
pub async fn serve(addr: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(addr)?;
    listener.set_nonblocking(true)?;
    let slots = ConnectionSlots::new(Limits {
        connections: 4096,
        header_timeout: Duration::from_secs(10),
        read_timeout: Duration::from_secs(30),
    });
    let router = Router::new().fallback(answer);
    let sites = vec![Site { listener, router }];
    listener::serve_on_cores(sites, None, slots, Drain::default())
        .await
        .map(|_| ())
}

async fn answer(method: Method, body: Bytes) -> Response {
    let (status, text) = match method {
        Method::POST => match reader::read::<SaleBody>(&body) {
            Ok(sale) if sale.value.payment.is_some() => (StatusCode::CREATED, SALE),
            Ok(_) | Err(_) => (StatusCode::BAD_REQUEST, "[]"),
        },
        Method::PUT => (StatusCode::OK, CAPTURE),
        _ => (StatusCode::OK, SALE),
    };
    let mut response = Response::new(Body::from(text.trim_end().to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(CONTENT_TYPE, json);
    headers.insert(
        HeaderName::from_static("requestid"),
        HeaderValue::from_static(NAME),
    );
    if status == StatusCode::CREATED {
        headers.insert(LOCATION, HeaderValue::from_static(PLACE));
    }
    response
}
