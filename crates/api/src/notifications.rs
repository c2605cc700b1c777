//! Bodies of notifications.
//!
//! Invariant: a body is written from the very version of the sale that it tells of.

use aval_domain::merchant::Dialect;
use aval_domain::notification::Change;
use aval_domain::recurrence::RecurrentPayment;
use aval_domain::sale::Sale;
use aval_domain::settings::{NotificationFormat, Settings};
use aval_gateway::chance::Chance;
use aval_gateway::outbox::{Outbox, Receivers};
use serde::Serialize;

use crate::answer::{self, json};
use crate::recurrence::answer::RecurrenceAnswer;
use crate::server::Urls;

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

/// The outbox of a server; of a command, which leaves delivery to the servers, without receivers.
#[must_use]
pub fn outbox(urls: &Urls, receivers: Option<Box<dyn Receivers>>, chance: &Chance) -> Outbox {
    let (of_sales, of_plans) = (urls.clone(), urls.clone());
    let sale = move |sale: &Sale, settings: &Settings, change: Change| {
        body(sale, settings, change, &of_sales)
    };
    let plan = move |plan: &RecurrentPayment, settings: &Settings, change: Change| {
        plan_body(plan, settings, change, &of_plans)
    };
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
        NotificationFormat::Sale => json(&RecurrenceAnswer::new(plan, None, urls)),
        NotificationFormat::Change => json(&ChangeBody {
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
        NotificationFormat::Sale => answer::found(sale, settings.dialect, urls).body,
        NotificationFormat::Change => {
            let of = of.filter(|_| tells_recurrence);
            json(&ChangeBody {
                recurrent_payment_id: of.map(|of| of.id.to_string()),
                payment_id: Some(sale.id.to_string()),
                change_type: change.number(),
            })
        }
    }
}
