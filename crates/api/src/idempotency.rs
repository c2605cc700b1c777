//! One side effect for each Idempotency-Key (decision D07).
//!
//! Invariant: within a server, requests with one key go one after the other; across servers and
//! crashes the unique key in the store decides. Whoever comes later gets the first one's answer.

use std::time::Duration;

use aval_domain::error_code::ErrorCode;
use aval_domain::id::MerchantId;
use aval_gateway::app::App;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::{self, Keep, Rendered};
use aval_gateway::turns::Turns;
use aval_storage::KeptAnswer;
use aval_vault::MerchantKeys;

use super::call::{Answer, Call};
use super::error::{ApiError, Fault};

/// Requests that have no answer yet, by merchant and digest of the key.
pub type InFlight = Turns<(MerchantId, [u8; 32])>;

/// The longest key in characters.
const MAX_KEY: usize = 255;
/// How long a repeated request waits for the first one's answer.
const WAIT: Duration = Duration::from_secs(10);

/// How often it is looked whether another server has the answer.
const LOOK: Duration = Duration::from_millis(20);

/// Runs a call that has a side effect: once for each key, or just so when there is none.
///
/// # Errors
/// What the call itself answers; 409 and 422 for a key in use.
pub async fn once<F>(call: &Call, run: F) -> Result<Answer, ApiError>
where
    F: AsyncFnOnce(Option<Keep>) -> Result<Rendered, ApiError>,
{
    let Some(key) = &call.idempotency_key else {
        return Ok(run(None).await?.into());
    };
    if key.chars().count() > MAX_KEY {
        return Err(ApiError::Invalid(vec![Fault::plain(
            ErrorCode::IDEMPOTENCY_KEY_LENGTH,
        )]));
    }
    let key = key_digest(&call.merchant.keys, key);
    let turn = call.server.in_flight.take((call.merchant.id, key));
    match tokio::time::timeout(WAIT, turn).await {
        Ok(_turn) => locked(call, key, run).await,
        Err(_) => Err(ApiError::StillRunning),
    }
}

/// What stands for a key wherever it is kept. Keyed, since a careless client may have made the key
/// from something that nobody should read or guess.
#[must_use]
pub fn key_digest(keys: &MerchantKeys, key: &str) -> [u8; 32] {
    // No request begins with this word, so that none has the digest of a key.
    keys.request_digest(&[b"Idempotency-Key", key.as_bytes()])
}

async fn locked<F>(call: &Call, key: [u8; 32], run: F) -> Result<Answer, ApiError>
where
    F: AsyncFnOnce(Option<Keep>) -> Result<Rendered, ApiError>,
{
    let app = &call.server.app;
    let keep = Keep {
        merchant: call.merchant.id,
        key,
        request: call.digest(),
        now: app.clock.now(),
    };
    if let Some(kept) = found(app, &keep).await? {
        return replayed(kept, &keep);
    }
    let refused = match run(Some(keep)).await {
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
        match keep::keep(app, &keep, &rendered).await {
            Ok(()) => return Err(refused),
            Err(Error::KeyTaken) => {}
            Err(other) => return Err(other.into()),
        }
    }
    match found(app, &keep).await? {
        Some(kept) => replayed(kept, &keep),
        None => Err(ApiError::StillRunning),
    }
}

/// What is kept, once nobody waits for an acquirer any more to put another answer in its place.
async fn found(app: &App, keep: &Keep) -> Result<Option<KeptAnswer>, ApiError> {
    let waiting = async {
        loop {
            let Some(kept) = keep::find(app, keep).await? else {
                return Ok(None);
            };
            if !keep::is_under_way(app, &kept).await? {
                // Read again: it may have ended between the two looks.
                return keep::find(app, keep).await;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    match tokio::time::timeout(WAIT, waiting).await {
        Ok(found) => Ok(found?),
        Err(_) => Err(ApiError::StillRunning),
    }
}

fn replayed(kept: KeptAnswer, keep: &Keep) -> Result<Answer, ApiError> {
    if kept.request != keep.request {
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
