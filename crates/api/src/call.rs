//! A call that found its route and proved who makes it.
//!
//! Invariant: a [`Call`] exists only after the credentials were found right; credential errors come
//! alone and before anything of the body is read (decision D03).

use std::net::IpAddr;
use std::sync::Arc;

use aval_domain::error_code::ErrorCode;
use aval_domain::id::MerchantId;
use aval_domain::merchant::Dialect;
use aval_gateway::merchants::ActiveMerchant;
use aval_gateway::operations::Context;
use aval_gateway::operations::keep::{Keep, Rendered};
use bytes::Bytes;
use http::HeaderMap;

use super::error::{ApiError, Fault};
use super::route::Matched;
use crate::dialect;
use crate::server::Server;

/// A call by a merchant.
pub struct Call {
    /// The server.
    pub server: Arc<Server>,
    /// Who calls.
    pub merchant: Arc<ActiveMerchant>,
    /// What is called.
    pub matched: Matched,
    /// The query of the address.
    pub query: Option<String>,
    /// The body, whole.
    pub body: Bytes,
    /// The RequestId, at most 255 characters of it.
    pub request_id: String,
    /// The Idempotency-Key, of calls with a side effect.
    pub idempotency_key: Option<String>,
}

/// What is answered.
#[derive(Debug)]
pub struct Answer {
    /// Status, body, Location.
    pub rendered: Rendered,
    /// Whether it is the kept answer of an earlier request.
    pub replayed: bool,
}

impl From<Rendered> for Answer {
    fn from(rendered: Rendered) -> Self {
        Self {
            rendered,
            replayed: false,
        }
    }
}

impl Call {
    /// The dialect to answer in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.merchant.settings.dialect
    }

    /// What an operation is told of the call; `render` makes the answer.
    pub fn context<'a, T>(
        &'a self,
        keep: Option<Keep>,
        render: &'a (dyn Fn(&T) -> Rendered + Sync),
    ) -> Context<'a, T> {
        Context {
            request_id: &self.request_id,
            by: None,
            keep,
            render,
        }
    }

    /// A keyed digest of what makes one request the same as another: route, argument, query, body.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let query = self.query.as_deref().unwrap_or("");
        self.merchant.keys.request_digest(&[
            self.matched.route.label().as_bytes(),
            self.matched.argument.as_bytes(),
            query.as_bytes(),
            &self.body,
        ])
    }
}

/// Finds the merchant of a request.
///
/// # Errors
/// 101, 114, 115, 116, 120, 131, 132, or the live dialect's 401 and 403; the store's failures.
pub async fn authenticate(
    server: &Server,
    headers: &HeaderMap,
    address: IpAddr,
) -> Result<Arc<ActiveMerchant>, ApiError> {
    let (id, key) = credentials(headers)?;
    let app = &server.app;
    let unknown = || dialect::wrong_credentials(server.dialect, ErrorCode::MERCHANT_NOT_FOUND);
    let found = app.merchants.find(&app.storage, &app.keys, id).await?;
    let merchant = found.ok_or_else(unknown)?;
    let speaks = merchant.settings.dialect;
    if !aval_vault::verify_key(&merchant.key, key, app.clock.now()) {
        return Err(dialect::wrong_credentials(
            speaks,
            ErrorCode::MERCHANT_KEY_INVALID,
        ));
    }
    if merchant.blocked {
        return Err(ApiError::Invalid(vec![Fault::plain(
            ErrorCode::MERCHANT_BLOCKED,
        )]));
    }
    let allowed = &merchant.settings.ip_allow_list;
    if !allowed.is_empty() && !allowed.iter().any(|network| network.contains(address)) {
        return Err(dialect::address_refused(speaks));
    }
    if !server
        .rate_limits
        .admits(merchant.id, merchant.settings.rate_limit_per_second)
    {
        return Err(ApiError::TooManyRequests);
    }
    Ok(merchant)
}

/// The two headers; both faults are told when both are missing.
fn credentials(headers: &HeaderMap) -> Result<(MerchantId, &str), ApiError> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
            .trim()
    };
    let (id, key) = (text("MerchantId"), text("MerchantKey"));
    let parsed = if id.is_empty() {
        Err(ErrorCode::MERCHANT_ID_REQUIRED)
    } else {
        MerchantId::parse(id).ok_or(ErrorCode::MERCHANT_ID_FORMAT)
    };
    let missing = key.is_empty().then_some(ErrorCode::MERCHANT_KEY_REQUIRED);
    match (parsed, missing) {
        (Ok(id), None) => Ok((id, key)),
        (parsed, missing) => {
            let codes = parsed.err().into_iter().chain(missing);
            Err(ApiError::Invalid(codes.map(Fault::plain).collect()))
        }
    }
}
