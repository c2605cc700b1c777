//! What a function was used for on a day: parameter `day`, and `from`, where a page begins.
//!
//! Invariant: the rows of all pages are as many as the count that led here.

use aval_domain::id::PaymentId;
use aval_domain::tariff::Function;
use aval_domain::time::Timestamp;
use aval_gateway::search::{ListedUse, UsesFrom, uses};
use jiff::civil::Date;

use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::money;
use crate::backoffice::payment::words::{self, Badge};
use crate::backoffice::{format, payment, route, show};
use crate::pages::Language;

/// Uses on a page.
const PAGE: usize = 50;

/// The uses of a day, or a page of them.
pub(super) struct Day {
    /// The day in words.
    pub name: String,
    /// The uses, those of sales first, the newest first.
    pub uses: Vec<Row>,
    /// Where the next page is.
    pub next: Option<String>,
    /// Where the first is, when this is another.
    pub first: Option<String>,
    /// Whether who looks may see payments.
    pub is_link: bool,
}

/// One use.
pub(super) struct Row {
    pub at: String,
    pub payment: String,
    pub order: String,
    pub amount: String,
    pub status: Badge,
}

/// Reads the uses of a function on a day.
pub(super) async fn of(context: &Context, function: Function, day: Date) -> Result<Day, Failure> {
    let asked = context.parameter("from");
    let from = parse(&asked);
    let merchant = (context.of(), context.merchant.establishment.as_str());
    let app = &context.server.app;
    let begin = from.unwrap_or(UsesFrom::Sales(None));
    let (found, next) = uses(app, merchant, (function, day), begin, PAGE).await?;
    let path = format!("/statement/{}?day={day}", function.name());
    let language = context.language;
    Ok(Day {
        name: format::day(day, language),
        uses: found.iter().map(|one| row(one, language)).collect(),
        next: next.map(|next| format!("{path}&from={}", written(next))),
        first: from.map(|_| path.clone()),
        is_link: route::leads("/payments/{payment}", |what| context.may(what)),
    })
}

fn row(one: &ListedUse, language: Language) -> Row {
    let t = payment::text::Texts::of(language);
    Row {
        at: show::second(one.at, language),
        payment: one.sale.id.to_string(),
        order: one.sale.order.as_str().to_owned(),
        amount: money::reais(one.cents, language),
        status: words::status(t, &one.sale),
    }
}

/// `s.PAYMENT`, `o`, or `o.MICROSECONDS.PAYMENT.VERSION`.
fn written(from: UsesFrom) -> String {
    match from {
        UsesFrom::Sales(None) => "s".to_owned(),
        UsesFrom::Sales(Some(payment)) => format!("s.{payment}"),
        UsesFrom::Operations(None) => "o".to_owned(),
        UsesFrom::Operations(Some((at, payment, version))) => {
            format!("o.{}.{payment}.{version}", at.micros())
        }
    }
}

fn parse(text: &str) -> Option<UsesFrom> {
    let parts: Vec<&str> = text.split('.').collect();
    Some(match parts.as_slice() {
        ["s", payment] => UsesFrom::Sales(Some(PaymentId::parse(payment)?)),
        ["o"] => UsesFrom::Operations(None),
        ["o", at, payment, version] => {
            let at = Timestamp::from_micros(at.parse().ok()?);
            let place = (at, PaymentId::parse(payment)?, version.parse().ok()?);
            UsesFrom::Operations(Some(place))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_page_begins_is_written_and_read_and_nonsense_begins_at_the_first() {
        let payment = PaymentId::from_bytes([7; 16]);
        for from in [
            UsesFrom::Sales(Some(payment)),
            UsesFrom::Operations(None),
            UsesFrom::Operations(Some((Timestamp::from_micros(12), payment, 3))),
        ] {
            assert_eq!(parse(&written(from)), Some(from));
        }
        for text in ["", "s", "s.x", "o.1.x.2", "o.1", "x.y.z.w.v"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
