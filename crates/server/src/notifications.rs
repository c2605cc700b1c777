//! How notifications leave the server: their bodies, and the client that posts them.
//!
//! Invariant: a body is written from the very version of the sale that it tells of.

mod address;
mod client;
mod names;
mod pool;

use aval_domain::merchant::Dialect;
use aval_domain::notification::Change;
use aval_domain::recurrence::RecurrentPayment;
use aval_domain::sale::Sale;
use aval_domain::settings::{NotificationFormat, Settings};
use aval_gateway::chance::Chance;
use aval_gateway::outbox::{Outbox, Receivers};
use serde::Serialize;

pub use self::client::Client;
pub use self::names::{Resolve, Resolving, SystemResolver};
use aval_api::recurrence::answer::RecurrenceAnswer;
use aval_api::server::Urls;

/// The body of a notification in the form `change`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeBody {
    /// Of a recurrence that was made or charged, or whose status changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrent_payment_id: Option<String>,
    /// Absent where no payment is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<String>,
    change_type: u8,
}

/// The outbox of a server; of a command, which leaves delivery to the servers, without a client.
#[must_use]
pub fn outbox(urls: &Urls, client: Option<Client>, chance: &Chance) -> Outbox {
    let (of_sales, of_plans) = (urls.clone(), urls.clone());
    let sale = move |sale: &Sale, settings: &Settings, change: Change| {
        body(sale, settings, change, &of_sales)
    };
    let plan = move |plan: &RecurrentPayment, settings: &Settings, change: Change| {
        plan_body(plan, settings, change, &of_plans)
    };
    let receivers = client.map(|client| Box::new(client) as Box<dyn Receivers>);
    Outbox::new(Box::new(sale), Box::new(plan), receivers, chance)
}

fn format(settings: &Settings) -> NotificationFormat {
    let by_dialect = match settings.dialect {
        Dialect::Manual => NotificationFormat::Sale,
        Dialect::Live => NotificationFormat::Change,
    };
    settings.notification_format.unwrap_or(by_dialect)
}

fn plan_body(plan: &RecurrentPayment, settings: &Settings, change: Change, urls: &Urls) -> String {
    match format(settings) {
        NotificationFormat::Sale => {
            aval_api::answer::json(&RecurrenceAnswer::new(plan, None, urls))
        }
        NotificationFormat::Change => aval_api::answer::json(&ChangeBody {
            recurrent_payment_id: Some(plan.id.to_string()),
            payment_id: None,
            change_type: change.number(),
        }),
    }
}

fn body(sale: &Sale, settings: &Settings, change: Change, urls: &Urls) -> String {
    let of = sale.details.recurrence.as_deref();
    let tells_recurrence = [Change::RecurrenceCreated, Change::RecurrenceStatus].contains(&change);
    match format(settings) {
        NotificationFormat::Sale => aval_api::answer::found(sale, settings.dialect, urls).body,
        NotificationFormat::Change => {
            let of = of.filter(|_| tells_recurrence);
            let body = ChangeBody {
                recurrent_payment_id: of.map(|of| of.id.to_string()),
                payment_id: Some(sale.id.to_string()),
                change_type: change.number(),
            };
            // Members of our own always can be written.
            serde_json::to_string(&body).unwrap_or_default()
        }
    }
}
