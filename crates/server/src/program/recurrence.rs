//! `aval recurrence …`
//!
//! Invariant: shows no more of a card than its answers do. What is charged here is charged as a
//! server does it, once, also beside servers.

use std::fmt::Write as _;

use aval_domain::id::{MerchantId, RecurrentPaymentId};
use aval_domain::recurrence::{Recurrence, RecurrentPayment};
use aval_gateway::app::App;
use aval_gateway::tasks::recurrences::{self, Share};
use serde::Serialize;

use super::store::{merchant_id, with_app, with_app_that_tells};
use super::{print, print_json};
use crate::cli::{Exit, RecurrenceCommand};
use crate::config::StoreConfig;

/// A recurrence in a list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    merchant_id: String,
    recurrent_payment_id: String,
    status: u8,
    status_name: &'static str,
    next_recurrency: String,
    interval: &'static str,
    amount: i64,
    order_number: String,
}

/// Recurrences, and whether there are more.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    recurrences: Vec<Listed>,
    more: bool,
}

/// A recurrence with all that is known of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    #[serde(flatten)]
    listed: Listed,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    start_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    recurrency_day: i8,
    installments: u8,
    payment_number: u32,
    current_recurrency_try: u8,
    successful_recurrences: u32,
    /// A payment whose answer is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    asking: Option<String>,
    brand: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_number: Option<String>,
    created: String,
    recurrent_transactions: Vec<Transaction>,
}

/// One payment.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction {
    payment_id: String,
    payment_number: u32,
    try_number: u8,
    at: String,
}

/// What was charged.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Charged {
    charged: u64,
}

/// Read at a time.
const PAGE: u32 = 500;
/// Payments shown of a recurrence, and as many that were denied.
const PAYMENTS: u32 = 1000;
/// Before all ids.
const START: RecurrentPaymentId = RecurrentPaymentId::from_bytes([0; 16]);

/// Runs the command.
pub(super) fn run(config: &StoreConfig, command: &RecurrenceCommand) -> Result<(), Exit> {
    match command {
        RecurrenceCommand::List {
            merchant,
            limit,
            json,
        } => {
            let of = merchant.as_deref().map(merchant_id).transpose()?;
            let list = with_app(config, async |app| list(app, of, *limit).await)?;
            if *json {
                print_json(&list)
            } else {
                print(&table(&list))
            }
        }
        RecurrenceCommand::Show { id, merchant, json } => {
            let of = merchant.as_deref().map(merchant_id).transpose()?;
            let shown = with_app(config, async |app| show(app, of, id).await)?;
            if *json {
                print_json(&shown)
            } else {
                print(&text(&shown))
            }
        }
        RecurrenceCommand::RunDue { json } => {
            let charged = with_app_that_tells(config, async |app| {
                let run = recurrences::run(app, Share::All).await;
                run.map_err(|error| Exit::failure(&error.to_string()))
            })?;
            if *json {
                print_json(&Charged { charged })
            } else {
                print(&format!("{charged} charged\n"))
            }
        }
    }
}

fn failure(error: aval_storage::ReadError) -> Exit {
    Exit::failure(&error.to_string())
}

async fn list(app: &App, of: Option<MerchantId>, limit: u32) -> Result<List, Exit> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<Listed> = Vec::new();
    let mut after = (of.unwrap_or(MerchantId::from_bytes([0; 16])), START);
    // One more than asked for tells whether there are more.
    while found.len() <= most {
        let page = match of {
            Some(of) => app.storage.recurrent_payments_of(of, after.1, PAGE).await,
            None => app.storage.recurrent_payments(after, PAGE).await,
        };
        let page = page.map_err(failure)?;
        let Some(last) = page.last() else { break };
        after = (last.merchant, last.id);
        found.extend(page.iter().map(listed));
    }
    let more = found.len() > most;
    found.truncate(most);
    Ok(List {
        recurrences: found,
        more,
    })
}

async fn show(app: &App, of: Option<MerchantId>, id: &str) -> Result<Shown, Exit> {
    let no_id = || Exit::usage(&format!("{id:?} is no RecurrentPaymentId, which is a GUID"));
    let id = RecurrentPaymentId::parse(id).ok_or_else(no_id)?;
    let found = match of {
        Some(of) => app
            .storage
            .recurrent_payment(of, id)
            .await
            .map_err(failure)?,
        None => of_anybody(app, id).await?,
    };
    let plan = found.ok_or_else(|| Exit::usage("there is no such recurrence"))?;
    let charges = app.storage.recurrences(plan.merchant, id, PAYMENTS).await;
    Ok(shown(&plan, &charges.map_err(failure)?))
}

/// Looks for it under each merchant, since keys begin with the merchant.
async fn of_anybody(app: &App, id: RecurrentPaymentId) -> Result<Option<RecurrentPayment>, Exit> {
    let mut after = None;
    loop {
        let page = app.storage.merchants(after, PAGE).await.map_err(failure)?;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        after = Some(last.id);
        for merchant in &page {
            let found = app.storage.recurrent_payment(merchant.id, id).await;
            if let Some(plan) = found.map_err(failure)? {
                return Ok(Some(plan));
            }
        }
    }
}

fn listed(plan: &RecurrentPayment) -> Listed {
    Listed {
        merchant_id: plan.merchant.to_string(),
        recurrent_payment_id: plan.id.to_string(),
        status: plan.status.number(),
        status_name: plan.status.name(),
        next_recurrency: plan.next.to_string(),
        interval: plan.interval.name(),
        amount: plan.amount.cents(),
        order_number: plan.order.as_str().to_owned(),
    }
}

fn shown(plan: &RecurrentPayment, charges: &[Recurrence]) -> Shown {
    let card = &plan.details.card;
    let transaction = |charge: &Recurrence| Transaction {
        payment_id: charge.payment.to_string(),
        payment_number: charge.cycle,
        try_number: charge.attempt,
        at: charge.at.rfc3339(),
    };
    Shown {
        listed: listed(plan),
        due_at: plan.due_at.map(|due_at| due_at.rfc3339()),
        start_date: plan.start.to_string(),
        end_date: plan.end.map(|end| end.to_string()),
        recurrency_day: plan.day.number(),
        installments: plan.details.terms.installments,
        payment_number: plan.cycle,
        current_recurrency_try: plan.attempts,
        successful_recurrences: plan.successes,
        asking: plan.asking.map(|payment| payment.to_string()),
        brand: card.brand.name(),
        card_number: card.masked.clone().filter(|_| !card.by_token),
        created: plan.created_at.rfc3339(),
        recurrent_transactions: charges.iter().map(transaction).collect(),
    }
}

fn table(list: &List) -> String {
    let mut text = format!(
        "{:<38}{:<38}{:<14}{:<12}{:<12}{:>15}  Order\n",
        "RecurrentPaymentId", "MerchantId", "Status", "Next", "Interval", "Cents"
    );
    for one in &list.recurrences {
        let _ = writeln!(
            text,
            "{:<38}{:<38}{:<14}{:<12}{:<12}{:>15}  {}",
            one.recurrent_payment_id,
            one.merchant_id,
            one.status_name,
            one.next_recurrency,
            one.interval,
            one.amount,
            one.order_number
        );
    }
    if list.more {
        text.push_str("There are more: see --limit and --merchant.\n");
    }
    text
}

fn text(shown: &Shown) -> String {
    let Listed {
        merchant_id,
        recurrent_payment_id,
        status_name,
        next_recurrency,
        interval,
        amount,
        order_number,
        ..
    } = &shown.listed;
    let none = || "-".to_owned();
    let rows = [
        ("RecurrentPaymentId", recurrent_payment_id.clone()),
        ("MerchantId", merchant_id.clone()),
        ("Status", (*status_name).to_owned()),
        ("Next", next_recurrency.clone()),
        ("Due", shown.due_at.clone().unwrap_or_else(none)),
        ("Start", shown.start_date.clone()),
        ("End", shown.end_date.clone().unwrap_or_else(none)),
        ("Interval", (*interval).to_owned()),
        ("Day", shown.recurrency_day.to_string()),
        ("Cents", amount.to_string()),
        ("Installments", shown.installments.to_string()),
        ("Order", order_number.clone()),
        ("Card", shown.card_number.clone().unwrap_or_else(none)),
        ("Brand", shown.brand.to_owned()),
        ("Paid by itself", shown.successful_recurrences.to_string()),
        ("Denied attempts", shown.current_recurrency_try.to_string()),
        ("Awaited payment", shown.asking.clone().unwrap_or_else(none)),
        ("Created", shown.created.clone()),
    ];
    let mut text = String::new();
    for (name, value) in rows {
        let _ = writeln!(text, "{name:<20}{value}");
    }
    let _ = writeln!(text, "\n{:<38}{:>8}{:>6}  At", "PaymentId", "Number", "Try");
    for one in &shown.recurrent_transactions {
        let Transaction {
            payment_id,
            payment_number,
            try_number,
            at,
        } = one;
        let _ = writeln!(
            text,
            "{payment_id:<38}{payment_number:>8}{try_number:>6}  {at}"
        );
    }
    text
}
