//! Deciding on sales that wait for a person, noting what was found out, and what becomes of those
//! that nobody decided on in time.
//!
//! Invariant: a review is decided once, and its sale with it, in one commit that expects the
//! versions of both. A rejected sale's addresses are suspicious from then on (factor W), and the
//! recurrence that it began is stopped in the same commit.

use aval_domain::audit::Act;
use aval_domain::fraud::analysis::{Status, Verdict};
use aval_domain::fraud::facts;
use aval_domain::fraud::history::Element;
use aval_domain::fraud::lists::List;
use aval_domain::fraud::review::{Progress, Review};
use aval_domain::fraud::text;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::notification::Change;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use aval_storage::fraud::FraudWrite;
use aval_storage::{CommitError, Conflict, Write};

use super::{TRIES, analyse, authenticate, lists, notify, recur, resolve, waiting};
use crate::app::App;
use crate::audit::{self, By};
use crate::error::Error;
use crate::fraud::facts::digest;
use crate::merchants::ActiveMerchant;

/// What becomes of a review that is settled.
type With<'a> = dyn Fn(Review, Timestamp) -> Option<Review> + Sync + 'a;

/// What became of a decision.
#[derive(Debug)]
pub enum Decided {
    /// It was made; the sale as it is now.
    Now(Box<Sale>),
    /// Another came first.
    Before(Box<Review>),
    /// The payment waits for no review.
    NoReview,
}

/// Accepts or rejects a sale that waits.
///
/// # Errors
/// The store's failures.
pub async fn decide(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
    verdict: Verdict,
    by: impl Into<By<'_>>,
) -> Result<Decided, Error> {
    let by: By<'_> = by.into();
    let with = |review: Review, now: Timestamp| review.decided(verdict, by.name, now);
    let act = by.act("review.decide", &payment.to_string(), verdict.name());
    settle(app, merchant, payment, verdict, (&with, act)).await
}

/// Decides on a sale that waited too long, as the merchant's setting says.
///
/// # Errors
/// The store's failures.
pub async fn expire(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
) -> Result<Decided, Error> {
    let verdict = merchant.settings.fraud_review_expiry;
    settle(app, merchant, payment, verdict, (&Review::expired, None)).await
}

async fn settle(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
    verdict: Verdict,
    (with, act): (&With<'_>, Option<Act>),
) -> Result<Decided, Error> {
    let _turn = app.changing.take(payment).await;
    for _ in 0..TRIES {
        let Some(review) = app.storage.fraud_review(merchant.id, payment).await? else {
            return Ok(Decided::NoReview);
        };
        let Some(sale) = app.storage.sale(merchant.id, payment).await? else {
            return Ok(Decided::NoReview);
        };
        if review.progress != Progress::Waiting {
            return Ok(Decided::Before(Box::new(review)));
        }
        let sale = resolve::settle(app, merchant, sale).await?;
        let now = app.clock.now();
        let Some(decided) = with(review, now) else {
            return Ok(Decided::NoReview);
        };
        let (sale, writes) = decision(app, merchant, (sale, decided), verdict, now).await?;
        match audit::commit_told(app, merchant.id, act.as_ref(), writes).await {
            Ok(()) => {
                notify::wake(app, merchant);
                if verdict == Verdict::Reject {
                    lists::tell(app, merchant.id).await;
                }
                return Ok(Decided::Now(Box::new(sale)));
            }
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}

/// A decided sale, and all that is written with it.
async fn decision(
    app: &App,
    merchant: &ActiveMerchant,
    (sale, decided): (Sale, Review),
    verdict: Verdict,
    now: Timestamp,
) -> Result<(Sale, Vec<Write>), Error> {
    let fate = sale.fate();
    let (sale, acted) = sale.reviewed(verdict, now);
    let (sale, record) = if acted {
        analyse::mark(app, sale, verdict, decided.decided_by.as_deref(), now)
    } else {
        (sale, None)
    };
    let ends = verdict == Verdict::Reject && waits_unasked(app, &sale).await?;
    let sale = if ends { sale.stopped() } else { sale };
    let decided = FraudWrite::UpdateReview(Box::new(decided));
    let mut writes = vec![
        Write::UpdateSale(Box::new(sale.clone())),
        Write::Fraud(decided),
    ];
    writes.extend(record);
    if ends {
        writes.extend(waiting::ends(sale.id));
    }
    let tell = |change| notify::of_sale(app, merchant, &sale, change, now);
    writes.extend(tell(Change::Antifraud));
    if acted || ends {
        writes.extend(tell(Change::PaymentStatus));
    }
    writes.extend(analyse::amended(app, merchant, &sale, fate, now));
    if verdict == Verdict::Reject {
        writes.extend(recur::stopped_of(app, merchant, &sale, now).await?);
    }
    writes.extend(suspects(merchant, &sale, now));
    Ok((sale, writes))
}

/// Whether the acquirer was to be asked after the analysis, and waits for the buyer still.
async fn waits_unasked(app: &App, sale: &Sale) -> Result<bool, Error> {
    let analysis = sale.details.fraud.as_deref();
    let is_first = analysis.is_some_and(|analysis| analysis.request.analyses_first());
    Ok(is_first && authenticate::is_awaited(app, sale).await?)
}

/// A rejected sale's addresses.
fn suspects(merchant: &ActiveMerchant, sale: &Sale, now: Timestamp) -> Vec<Write> {
    if sale.analysis != Some(Status::Reject) {
        return Vec::new();
    }
    let customer = &sale.details.customer;
    let delivery = facts::delivery(customer).into_iter();
    let all = customer.address.iter().chain(delivery);
    let mut forms: Vec<String> = all.filter_map(text::address).collect();
    forms.sort();
    forms.dedup();
    let entry = |form: &String| {
        let digest = digest(&merchant.keys, Element::Billing, form);
        let entry = lists::by_rule(List::Suspect, Element::Billing, digest, now);
        Write::Fraud(FraudWrite::PutEntry(Box::new(entry)))
    };
    forms.iter().map(entry).collect()
}

/// Notes something on a review, decided or not; `None` when there is none, or no room for it.
///
/// # Errors
/// The store's failures.
pub async fn note(
    app: &App,
    merchant: MerchantId,
    payment: PaymentId,
    text: &str,
    by: impl Into<By<'_>>,
) -> Result<Option<Review>, Error> {
    let by: By<'_> = by.into();
    let act = by.act("review.note", &payment.to_string(), "");
    for _ in 0..TRIES {
        let Some(review) = app.storage.fraud_review(merchant, payment).await? else {
            return Ok(None);
        };
        let Some(noted) = review.noted(text, by.name) else {
            return Ok(None);
        };
        let write = FraudWrite::UpdateReview(Box::new(noted.clone()));
        let writes = vec![Write::Fraud(write)];
        match audit::commit_told(app, merchant, act.as_ref(), writes).await {
            Ok(()) => return Ok(Some(noted)),
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}
