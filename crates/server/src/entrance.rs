//! What a listener of the API takes in: the API, and on the transactional one the pages of buyers
//! (decision D24); of these production has the slip alone.
//!
//! Invariant: a call of the API is told from a page by its first segment alone, so that pages cost
//! it nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::api;
use crate::pages::{assets, buyer};
use crate::server::{Api, Role, Server};

/// The router of one API listener.
pub fn router(server: Arc<Server>, role: Role) -> Router {
    Router::new()
        .fallback(handle)
        .with_state(Api { server, role })
}

async fn handle(State(api): State<Api>, request: Request) -> Response {
    let has_pages = api.role == Role::Transactional;
    if has_pages
        && let Some(page) = buyer::find(request.uri().path())
        && page.is_in(api.server.app.environment)
    {
        // Boxed, so that calls of the API do not carry what pages need.
        return Box::pin(buyer::answer(api.server, page, request)).await;
    }
    if has_pages && let Some(asset) = assets::find(request.uri().path()) {
        return asset;
    }
    api::handle(State(api), request).await
}
