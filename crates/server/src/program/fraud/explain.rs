//! `aval fraud explain`: what an analysis saw of a sale, what each signal weighed, which rules
//! applied.
//!
//! Invariant: what is shown was stored with the sale; nothing is analysed again.

use std::fmt::Write as _;

use aval_domain::fraud::analysis::{Applied, Line};
use aval_domain::id::PaymentId;
use aval_domain::sale::Sale;
use serde::Serialize;

use super::super::store::{merchant_id, with_app};
use super::super::{print, print_json};
use super::failure;
use crate::cli::Exit;
use crate::config::StoreConfig;

/// An analysis as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'a> {
    payment_id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    factor_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_info_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    internet_info_code: Option<&'a str>,
    explanation: &'a [Line],
    rules: &'a [Applied],
    #[serde(skip_serializing_if = "Option::is_none")]
    velocity_limit: Option<&'a str>,
}

pub(super) fn run(config: &StoreConfig, id: &str, payment: &str, json: bool) -> Result<(), Exit> {
    let id = merchant_id(id)?;
    let payment = PaymentId::parse(payment);
    let payment = payment.ok_or_else(|| Exit::usage("a PaymentId is a GUID"))?;
    let sale = with_app(config, async |app| {
        app.storage.sale(id, payment).await.map_err(failure)
    })?;
    let unknown = || Exit::usage("the merchant has no such payment");
    let sale = sale.ok_or_else(unknown)?;
    let shown = shown(&sale).ok_or_else(|| Exit::usage("the payment was not analysed"))?;
    if json {
        return print_json(&shown);
    }
    print(&text(&shown))
}

fn shown(sale: &Sale) -> Option<Shown<'_>> {
    let analysis = sale.details.fraud.as_deref();
    let velocity = sale.details.velocity.as_deref();
    if analysis.is_none() && velocity.is_none() {
        return None;
    }
    let reply = analysis.and_then(|analysis| analysis.reply.as_ref());
    Some(Shown {
        payment_id: sale.id.to_string(),
        status: sale.analysis.map_or("Aborted", |status| status.name()),
        score: reply.map(|reply| reply.score),
        factor_code: reply.and_then(|reply| reply.factor_code.as_deref()),
        address_info_code: reply.and_then(|reply| reply.address_info_code.as_deref()),
        internet_info_code: reply.and_then(|reply| reply.internet_info_code.as_deref()),
        explanation: analysis.map_or(&[], |analysis| &analysis.explanation),
        rules: analysis.map_or(&[], |analysis| &analysis.rules),
        velocity_limit: velocity.and_then(|said| said.limit.as_deref()),
    })
}

fn text(shown: &Shown<'_>) -> String {
    let mut told = shown.status.to_owned();
    if let Some(score) = shown.score {
        let _ = write!(told, " (score {score})");
    }
    told.push('\n');
    for line in shown.explanation {
        let _ = writeln!(
            told,
            "  {:+4}  {}  {}",
            line.weight, line.signal, line.value
        );
    }
    for rule in shown.rules {
        let trial = if rule.dry_run { " (on trial)" } else { "" };
        let _ = writeln!(told, "  rule {}: {}{trial}", rule.rule, rule.action);
    }
    if let Some(limit) = shown.velocity_limit {
        let _ = writeln!(told, "  beyond the limit {limit}");
    }
    told
}
