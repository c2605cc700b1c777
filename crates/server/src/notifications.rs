//! How notifications leave the server: their bodies, and the client that posts them.
//!
//! Invariant: a body is written from the very version of the sale that it tells of.

mod address;
mod client;
mod pool;

use aval_domain::merchant::Dialect;
use aval_domain::notification::Change;
use aval_domain::sale::Sale;
use aval_domain::settings::{NotificationFormat, Settings};
use aval_gateway::chance::Chance;
use aval_gateway::outbox::{Outbox, Receivers};
use serde::Serialize;

pub use self::client::{Client, Resolve, Resolving, SystemResolver};
use crate::api;
use crate::server::Urls;

/// The body of a notification in the form `change`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeBody {
    payment_id: String,
    change_type: u8,
}

/// The outbox of a server; of a command, which leaves delivery to the servers, without a client.
#[must_use]
pub fn outbox(urls: &Urls, client: Option<Client>, chance: &Chance) -> Outbox {
    let urls = urls.clone();
    let render =
        move |sale: &Sale, settings: &Settings, change: Change| body(sale, settings, change, &urls);
    let receivers = client.map(|client| Box::new(client) as Box<dyn Receivers>);
    Outbox::new(Box::new(render), receivers, chance)
}

fn body(sale: &Sale, settings: &Settings, change: Change, urls: &Urls) -> String {
    let by_dialect = match settings.dialect {
        Dialect::Manual => NotificationFormat::Sale,
        Dialect::Live => NotificationFormat::Change,
    };
    match settings.notification_format.unwrap_or(by_dialect) {
        NotificationFormat::Sale => api::answer::found(sale, settings.dialect, urls).body,
        NotificationFormat::Change => {
            let body = ChangeBody {
                payment_id: sale.id.to_string(),
                change_type: change.number(),
            };
            // Two members of our own always can be written.
            serde_json::to_string(&body).unwrap_or_default()
        }
    }
}
