//! A merchant's client: the calls of the API, with its credentials.
//!
//! Invariant: a call goes to the listener it belongs to, as a careful client's does.

use std::net::SocketAddr;

use aval_domain::id::MerchantId;

use super::body::Body;
use super::gateway::NOWHERE;
use super::http::{Answer, Request};

/// Who calls, and where.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The transactional listener.
    pub api: SocketAddr,
    /// The query listener.
    pub query: SocketAddr,
    /// MerchantId.
    pub id: String,
    /// MerchantKey.
    pub key: String,
}

impl Default for Caller {
    fn default() -> Self {
        Self::new("", "")
    }
}

impl Caller {
    /// With these credentials.
    pub fn new(id: &str, key: &str) -> Self {
        Self {
            api: NOWHERE,
            query: NOWHERE,
            id: id.to_owned(),
            key: key.to_owned(),
        }
    }

    /// Calling these listeners.
    pub fn at(self, [api, query]: [SocketAddr; 2]) -> Self {
        Self { api, query, ..self }
    }

    /// The merchant.
    pub fn merchant_id(&self) -> MerchantId {
        MerchantId::parse(&self.id).unwrap()
    }

    /// Any request with credentials: a GET to the query listener, others to the transactional one.
    pub fn request(&self, method: &str, target: &str) -> Request {
        let address = if method == "GET" {
            self.query
        } else {
            self.api
        };
        Request::new(address, method, target)
            .header("MerchantId", &self.id)
            .header("MerchantKey", &self.key)
    }

    /// A sale to be made.
    pub fn selling(&self, body: &Body) -> Request {
        self.request("POST", "/1/sales").body(body.bytes())
    }

    /// Makes a sale.
    pub async fn sell(&self, body: &Body) -> Answer {
        self.selling(body).send().await
    }

    /// Makes an authorized sale of R$ 157.00; its PaymentId.
    pub async fn authorized(&self) -> String {
        self.sell(&Body::sale(1)).await.expect(201).payment_id()
    }

    /// Makes a captured sale of R$ 157.00; its PaymentId.
    pub async fn captured(&self) -> String {
        let sale = Body::sale(1).with("Payment.Capture", true);
        self.sell(&sale).await.expect(201).payment_id()
    }

    /// Captures; `query` is like `?amount=100`, or nothing.
    pub async fn capture(&self, payment: &str, query: &str) -> Answer {
        self.put(&format!("/1/sales/{payment}/capture{query}"))
            .await
    }

    /// Voids by payment or order; `query` likewise.
    pub async fn void(&self, payment: &str, query: &str) -> Answer {
        self.put(&format!("/1/sales/{payment}/void{query}")).await
    }

    /// Sends a PUT without a body.
    pub async fn put(&self, target: &str) -> Answer {
        self.request("PUT", target).send().await
    }

    /// Sends a GET.
    pub async fn get(&self, target: &str) -> Answer {
        self.request("GET", target).send().await
    }

    /// Looks a sale up.
    pub async fn sale(&self, payment: &str) -> Answer {
        self.get(&format!("/1/sales/{payment}")).await
    }

    /// Lists the payments of an order.
    pub async fn order(&self, order: &str) -> Answer {
        self.get(&format!("/1/sales?merchantOrderId={order}")).await
    }

    /// Stores a card.
    pub async fn tokenize(&self, body: &Body) -> Answer {
        let request = self.request("POST", "/1/card").body(body.bytes());
        request.send().await
    }

    /// Stores the usual card; its token.
    pub async fn token(&self) -> String {
        let stored = self.tokenize(&Body::card()).await.expect(201);
        stored.at("/CardToken").as_str().unwrap().to_owned()
    }
}
