//! What a listener of the API takes in: the API, and on the transactional one the pages of buyers
//! (decision D24); of these production has the slip alone.
//!
//! Invariant: a call of the API is told from a page by its first segment alone, so that pages cost
//! it nothing.

use std::sync::Arc;

use aval_api::server::{Page, Role, Server};
use axum::Router;

use crate::pages::{assets, buyer};

/// The router of one API listener.
pub fn router(server: Arc<Server>, role: Role) -> Router {
    let has_pages = role == Role::Transactional;
    aval_api::router(server, role, has_pages.then_some(find))
}

/// The page of a path. Its answer is boxed, so that calls of the API do not carry what it needs.
fn find(server: &Server, path: &str) -> Option<Page> {
    if let Some(place) = buyer::find(path)
        && place.is_in(server.app.environment)
    {
        return Some(Box::new(move |server, request| {
            Box::pin(buyer::answer(server, place, request))
        }));
    }
    let asset = assets::find(path)?;
    Some(Box::new(|_, _| Box::pin(std::future::ready(asset))))
}
