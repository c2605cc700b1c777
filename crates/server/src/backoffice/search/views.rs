//! POST /transactions/views: saving a search under a name, and removing it.
//!
//! Invariant: a saved search is the user's own, and holds nothing but what the page's address
//! holds; nothing longer than a query can be is written, here or in the audit log.

use aval_domain::audit::Act;
use aval_domain::card::without_card_numbers;
use aval_gateway::audit;
use aval_gateway::search::Page;
use aval_storage::Write;
use aval_storage::search::{SearchWrite, View};
use axum::response::Response;

use super::address::Address;
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::pages::see_other;

/// Saved searches of a user at the most.
pub(super) const MOST_VIEWS: u32 = 50;
/// The longest name in characters.
const MOST_CHARACTERS: usize = 60;
/// The longest address in bytes: a query of the longest, each byte written as three, and columns.
const MOST_BYTES: usize = 4_096;

/// Saves or removes: fields `name`, `query`, and `remove` to remove.
pub async fn change(context: &Context) -> Result<Response, Failure> {
    // Who looks for a card by its number would have it kept.
    let name = without_card_numbers(&context.form.value("name")).into_owned();
    let name: String = name.chars().take(MOST_CHARACTERS).collect();
    let mut address = Address::read(Some(&context.form.value("query"))).at(Page::Newest);
    address.query = without_card_numbers(&address.query).into_owned();
    let query = address.text();
    if query.len() > MOST_BYTES {
        return Err(Failure::NotFound);
    }
    let storage = &context.server.app.storage;
    let login = context.user.login.clone();
    let known = storage.views(context.of(), &login, MOST_VIEWS).await?;
    let is_known = known.iter().any(|view| view.name == name);
    let is_full = known.len() >= usize::try_from(MOST_VIEWS).unwrap_or(usize::MAX);
    let removed = context.form.value("remove");
    let write = if !removed.is_empty() {
        if !known.iter().any(|view| view.name == removed) {
            return Err(Failure::NotFound);
        }
        let name = removed.clone();
        let write = SearchWrite::DeleteView { login, name };
        Some(("search.forget", removed, write))
    } else if name.is_empty() || (is_full && !is_known) {
        None
    } else {
        let write = SearchWrite::PutView(View {
            login,
            name: name.clone(),
            saved_at: context.now(),
            query,
        });
        Some(("search.save", name, write))
    };
    if let Some((action, name, write)) = write {
        let act = Act::new(&context.user.login, action, &name).from(&context.from());
        let writes = vec![Write::Search(write)];
        audit::commit(&context.server.app, context.of(), &act, writes).await?;
    }
    Ok(see_other(&address.link(), Vec::new()))
}
