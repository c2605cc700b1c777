//! How recurrences are written: in the answer of their sale, before they have one, and by
//! themselves.
//!
//! Invariant: a value that is absent is left out. What differs between the dialects is asked of
//! [`crate::dialect`].

use aval_domain::merchant::Dialect;
use aval_domain::payment::State;
use aval_domain::recurrence::calendar::{Date, Interval};
use aval_domain::recurrence::{Began, Recurrence, RecurrentPayment};
use aval_domain::sale::Sale;
use aval_gateway::operations::keep::Rendered;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{CreditCardAnswer, CustomerAnswer, ExtraDataAnswer, extra_data, json};
use crate::dialect::{self, ShownInterest, ShownInterval};
use crate::links::{self, Link};
use crate::server::Urls;

/// The recurrence of a sale.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecurrenceOfSale {
    /// Names the recurrence; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrent_payment_id: Option<String>,
    /// 7 when the first payment was denied; 0 in the live dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<u8>,
    /// Denied, or Successful.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_message: Option<&'static str>,
    /// yyyy-MM-dd: the next payment, as it was when the recurrence was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_recurrency: Option<String>,
    /// yyyy-MM-dd.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    /// yyyy-MM-dd.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    /// A word in the manual dialect; months in the live one, and of a beginning that was denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<ShownInterval>,
    /// Where it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Link>,
    /// Whether the first payment was to be made at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorize_now: Option<bool>,
}

/// A recurrence whose first payment comes later, in the place of a sale.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct ScheduledAnswer<'a> {
    merchant_order_id: &'a str,
    customer: CustomerAnswer<'a>,
    payment: ScheduledPayment<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct ScheduledPayment<'a> {
    service_tax_amount: i64,
    installments: u8,
    #[schema(value_type = String)]
    interest: ShownInterest,
    capture: bool,
    authenticate: bool,
    recurrent: bool,
    credit_card: CreditCardAnswer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    soft_descriptor: Option<&'a str>,
    provider: &'static str,
    amount: i64,
    status: u8,
    r#type: &'static str,
    currency: &'static str,
    country: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_data_collection: Option<Vec<ExtraDataAnswer<'a>>>,
    recurrent_payment: RecurrenceOfSale,
}

/// Status of a payment that is only scheduled.
const SCHEDULED: u8 = 20;

/// A recurrence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecurrenceAnswer<'a> {
    /// The buyer.
    customer: CustomerAnswer<'a>,
    /// The recurrence.
    recurrent_payment: RecurrentPaymentAnswer<'a>,
}

/// A recurrence as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecurrentPaymentAnswer<'a> {
    /// Names it.
    recurrent_payment_id: String,
    /// yyyy-MM-dd: the date of the next payment.
    next_recurrency: String,
    /// yyyy-MM-dd.
    start_date: String,
    /// yyyy-MM-dd.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    /// Monthly, Bimonthly, Quarterly, SemiAnnual or Annual.
    interval: &'static str,
    /// Instalments of each payment.
    installments: u8,
    /// Cents of each payment.
    amount: i64,
    /// Three letters.
    country: &'a str,
    /// The day on which it was made, as yyyy-MM-ddT00:00:00.
    create_date: String,
    /// BRL.
    currency: &'static str,
    /// Attempts at the payment that is being tried.
    current_recurrency_try: u8,
    /// The shop's number.
    order_number: &'a str,
    /// Who is asked.
    provider: &'static str,
    /// The day of the month, 1 to 31.
    recurrency_day: i8,
    /// Payments made without being asked for.
    successful_recurrences: u32,
    /// Where it is shown.
    links: Vec<Link>,
    /// All payments, the first as number 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrent_transactions: Option<Vec<RecurrentTransactionAnswer>>,
    /// 1 active, 2 finished, 3 deactivated by the merchant, 4 deactivated after its attempts, 5 its
    /// card has expired.
    status: u8,
}

/// One payment of a recurrence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecurrentTransactionAnswer {
    /// Names the payment.
    payment_id: String,
    /// Which one of the recurrence, from 0.
    payment_number: u32,
    /// Which attempt at it, from 1.
    try_number: u8,
}

/// The answer to a recurrence that was scheduled: 201.
#[must_use]
pub fn scheduled(plan: &RecurrentPayment, speaks: Dialect, urls: &Urls) -> Rendered {
    let terms = &plan.details.terms;
    let began = Began {
        interval: plan.interval,
        start: plan.start,
        next: plan.next,
        end: plan.end,
    };
    let mut recurrence = RecurrenceOfSale::made(&began, speaks);
    recurrence.recurrent_payment_id = Some(plan.id.to_string());
    recurrence.start_date = Some(plan.start.to_string());
    recurrence.link = Some(Link::to_recurrence(links::of_recurrence(urls, plan.id)));
    recurrence.authorize_now = Some(false);
    let answer = ScheduledAnswer {
        merchant_order_id: plan.order.as_str(),
        customer: CustomerAnswer::new(&plan.details.customer),
        payment: ScheduledPayment {
            service_tax_amount: terms.service_tax,
            installments: terms.installments,
            interest: dialect::interest(terms.interest, speaks),
            capture: terms.capture,
            authenticate: false,
            recurrent: terms.recurrent,
            credit_card: CreditCardAnswer::of(&plan.details.card, true),
            soft_descriptor: terms.soft_descriptor.as_deref(),
            provider: plan.details.provider.name(),
            amount: plan.amount.cents(),
            status: SCHEDULED,
            r#type: "CreditCard",
            currency: "BRL",
            country: terms.country.as_str(),
            extra_data_collection: extra_data(&terms.extra_data, speaks),
            recurrent_payment: recurrence,
        },
    };
    Rendered {
        status: 201,
        body: json(&answer),
        location: Some(links::of_recurrence(urls, plan.id)),
    }
}

impl RecurrenceOfSale {
    /// The recurrence of a sale, if it began or belongs to one.
    pub(crate) fn of(sale: &Sale, speaks: Dialect, urls: &Urls) -> Option<Self> {
        let of = sale.details.recurrence.as_deref()?;
        let named = |mut node: Self| {
            node.recurrent_payment_id = Some(of.id.to_string());
            node.link = Some(Link::to_recurrence(links::of_recurrence(urls, of.id)));
            node
        };
        let Some(began) = &of.began else {
            return Some(named(Self::nothing()));
        };
        if sale.begins_recurrence() {
            let mut node = named(Self::made(began, speaks));
            node.authorize_now = Some(true);
            return Some(node);
        }
        let mut node = Self::nothing();
        node.end_date = began.end.map(day);
        node.authorize_now = Some(true);
        node.interval = Some(dialect::interval(began.interval, speaks));
        if sale.state == State::Denied {
            // Printed as a number there (manual line 3891).
            node.interval = Some(ShownInterval::Months(began.interval.months()));
            (node.reason_code, node.reason_message) = (Some(7), Some("Denied"));
        }
        Some(node)
    }

    /// What is shown of a recurrence that was made.
    fn made(began: &Began, speaks: Dialect) -> Self {
        let shows_more = dialect::shows_how_recurrence_was_made(speaks);
        Self {
            reason_code: shows_more.then_some(0),
            reason_message: shows_more.then_some("Successful"),
            next_recurrency: Some(day(began.next)),
            start_date: shows_more.then(|| day(began.start)),
            end_date: began.end.map(day),
            interval: Some(dialect::interval(began.interval, speaks)),
            ..Self::nothing()
        }
    }

    const fn nothing() -> Self {
        Self {
            recurrent_payment_id: None,
            reason_code: None,
            reason_message: None,
            next_recurrency: None,
            start_date: None,
            end_date: None,
            interval: None,
            link: None,
            authorize_now: None,
        }
    }
}

impl<'a> RecurrenceAnswer<'a> {
    /// A recurrence, with its charges if they are known.
    #[must_use]
    pub fn new(plan: &'a RecurrentPayment, charges: Option<&[Recurrence]>, urls: &Urls) -> Self {
        let terms = &plan.details.terms;
        Self {
            customer: CustomerAnswer::new(&plan.details.customer),
            recurrent_payment: RecurrentPaymentAnswer {
                recurrent_payment_id: plan.id.to_string(),
                next_recurrency: day(plan.next),
                start_date: day(plan.start),
                end_date: plan.end.map(day),
                interval: Interval::name(plan.interval),
                installments: terms.installments,
                amount: plan.amount.cents(),
                country: terms.country.as_str(),
                create_date: format!("{}T00:00:00", plan.created_at.day()),
                currency: "BRL",
                current_recurrency_try: plan.attempts,
                order_number: plan.order.as_str(),
                provider: plan.details.provider.name(),
                recurrency_day: plan.day.number(),
                successful_recurrences: plan.successes,
                links: vec![Link::to_self(links::of_recurrence(urls, plan.id))],
                recurrent_transactions: charges.map(transactions),
                status: plan.status.number(),
            },
        }
    }
}

fn transactions(charges: &[Recurrence]) -> Vec<RecurrentTransactionAnswer> {
    let shown = |charge: &Recurrence| RecurrentTransactionAnswer {
        payment_id: charge.payment.to_string(),
        payment_number: charge.cycle,
        try_number: charge.attempt,
    };
    charges.iter().map(shown).collect()
}

fn day(date: Date) -> String {
    date.to_string()
}
