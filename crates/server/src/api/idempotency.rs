//! One side effect for each Idempotency-Key (decision D07).
//!
//! Invariant: within a server, requests with one key go one after the other; across servers and
//! crashes the unique key in the store decides. Whoever comes later gets the first one's answer.

use std::time::Duration;

use aval_domain::error_code::ErrorCode;
use aval_domain::id::MerchantId;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::{self, Keep, Rendered};
use aval_gateway::turns::Turns;
use aval_storage::KeptAnswer;

use super::call::{Answer, Call};
use super::error::{ApiError, Fault};

/// Requests that have no answer yet, by merchant and key.
pub type InFlight = Turns<(MerchantId, String)>;

/// The longest key in characters.
const MAX_KEY: usize = 255;
/// How long a repeated request waits for the first one's answer.
const WAIT: Duration = Duration::from_secs(10);

/// Runs a call that has a side effect: once for each key, or just so when there is none.
///
/// # Errors
/// What the call itself answers; 409 and 422 for a key in use.
pub async fn once<F>(call: &Call, run: F) -> Result<Answer, ApiError>
where
    F: AsyncFnOnce(Option<[u8; 32]>) -> Result<Rendered, ApiError>,
{
    let Some(key) = &call.idempotency_key else {
        return Ok(run(None).await?.into());
    };
    if key.chars().count() > MAX_KEY {
        return Err(ApiError::Invalid(vec![Fault::plain(
            ErrorCode::IDEMPOTENCY_KEY_LENGTH,
        )]));
    }
    let digest = call.digest();
    let turn = call.server.in_flight.take((call.merchant.id, key.clone()));
    match tokio::time::timeout(WAIT, turn).await {
        Ok(_turn) => locked(call, key, digest, run).await,
        Err(_) => Err(ApiError::StillRunning),
    }
}

async fn locked<F>(call: &Call, key: &str, digest: [u8; 32], run: F) -> Result<Answer, ApiError>
where
    F: AsyncFnOnce(Option<[u8; 32]>) -> Result<Rendered, ApiError>,
{
    if let Some(kept) = kept(call, key).await? {
        return replayed(kept, digest);
    }
    let refused = match run(Some(digest)).await {
        Ok(rendered) => return Ok(rendered.into()),
        // Another server came first.
        Err(ApiError::StillRunning) => None,
        Err(refused @ (ApiError::Invalid(_) | ApiError::NotFound(_))) => Some(refused),
        Err(other) => return Err(other),
    };
    if let Some(refused) = refused {
        let rendered = Rendered {
            status: refused.status().as_u16(),
            body: refused.body(),
            location: None,
        };
        let now = call.server.app.clock.now();
        let keeping = Keep {
            merchant: call.merchant.id,
            key,
            request: digest,
            now,
            render: &|_| Rendered {
                status: 0,
                body: String::new(),
                location: None,
            },
        };
        match keep::keep(&call.server.app, &keeping, &rendered).await {
            Ok(()) => return Err(refused),
            Err(Error::KeyTaken) => {}
            Err(other) => return Err(other.into()),
        }
    }
    match kept(call, key).await? {
        Some(kept) => replayed(kept, digest),
        None => Err(ApiError::StillRunning),
    }
}

async fn kept(call: &Call, key: &str) -> Result<Option<KeptAnswer>, ApiError> {
    let app = &call.server.app;
    Ok(keep::find(app, call.merchant.id, key, app.clock.now()).await?)
}

fn replayed(kept: KeptAnswer, digest: [u8; 32]) -> Result<Answer, ApiError> {
    if kept.request != digest {
        return Err(ApiError::OtherRequest);
    }
    let KeptAnswer {
        status,
        body,
        location,
        ..
    } = kept;
    Ok(Answer {
        rendered: Rendered {
            status,
            body,
            location,
        },
        replayed: true,
    })
}
