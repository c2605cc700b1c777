//! Card sales whose buyer proves at the issuer who he is, before anything is authorized (decisions
//! D11 and D24).
//!
//! Invariant: the acquirer is asked once, after the buyer was known; of two decisions at once one
//! counts. A card that is to be stored waits sealed, and its row goes with the decision, or when
//! the buyer does not come in time ([`super::waiting`]).

use aval_domain::authorization::{Answer, Receipt};
use aval_domain::buyer::NOT_AUTHENTICATED;
use aval_domain::card::CardNumber;
use aval_domain::fault::Fault;
use aval_domain::fraud::history::Fate;
use aval_domain::id::{CardToken, PaymentId};
use aval_domain::method::CardPayment;
use aval_domain::notification::Change;
use aval_domain::operation::Kind;
use aval_domain::payment::State;
use aval_domain::refusal::Refusal;
use aval_domain::return_code;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use aval_storage::{AwaitedCard, Write};

use super::analyse::{self, Guard};
use super::record::{Done, record};
use super::{Context, TRIES, resolve, waiting};
use crate::acquirers::faulty::{self, Attempt};
use crate::acquirers::simulated::{Ending, Question};
use crate::acquirers::wallets;
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// What came of the buyer's visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// The issuer knew the buyer.
    Known,
    /// It did not.
    Unknown,
    /// The buyer gave up.
    GivenUp,
}

/// Makes a sale that waits for its buyer.
pub(super) async fn begin(
    app: &App,
    merchant: &ActiveMerchant,
    (sale, guard): (Sale, Option<Box<Guard<'_>>>),
    save: Option<(CardToken, CardNumber)>,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let tid = sale.received_at.tid_digits();
    let sale = sale.awaiting(tid);
    let mut awaited = vec![waiting::begins(&sale)];
    if let Some((token, number)) = save {
        awaited.push(Write::InsertAwaitedCard(AwaitedCard {
            merchant: merchant.id,
            payment: sale.id,
            sealed: merchant.keys.seal_card(token, &number)?,
        }));
    }
    analyse::insert(app, merchant, sale, awaited, guard, &context).await
}

/// Whether a sale still waits for its buyer at the issuer's page.
///
/// # Errors
/// The store's failures.
pub async fn is_awaited(app: &App, sale: &Sale) -> Result<bool, Error> {
    if sale.details.method.authentication().is_none() || sale.state != State::NotFinished {
        return Ok(false);
    }
    // The buyer was there, and the acquirer's answer has not come.
    let in_doubt = app.storage.unfinished(sale.merchant, sale.id).await?;
    Ok(in_doubt.is_none())
}

/// Decides a sale that waits for its buyer. When the buyer was known it is authorized; a debit, and
/// a credit with Capture, is captured too.
///
/// # Errors
/// A [`Refusal`] when the sale is unknown, asks for no authentication or is decided; the store's
/// failures.
pub async fn decide(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
    visit: Visit,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let _turn = app.changing.take(payment).await;
    for _ in 0..TRIES {
        let sale = app.storage.sale(merchant.id, payment).await?;
        let sale = sale.ok_or(Refusal::PaymentNotFound)?;
        if sale.details.method.authentication().is_none() {
            return Err(Refusal::Unsupported.into());
        }
        if !is_awaited(app, &sale).await? {
            return Err(Refusal::Decided.into());
        }
        let awaited = app.storage.awaited_card(merchant.id, payment).await?;
        let sealed = awaited.map(|awaited| awaited.sealed);
        let decided = match visit {
            Visit::Known => authorize(app, merchant, sale, sealed, &context).await?,
            Visit::Unknown => {
                let now = app.clock.now();
                let answer = Answer::Denied(not_authenticated(&sale));
                let sale = sale.resolved(answer, now);
                finish(app, merchant, sale, Kind::Authentication, sealed, &context).await?
            }
            Visit::GivenUp => {
                let sale = sale.aborted()?;
                finish(app, merchant, sale, Kind::Abandonment, sealed, &context).await?
            }
        };
        if let Some(decided) = decided {
            return Ok(decided);
        }
    }
    Err(Error::Overloaded)
}

/// Asks the acquirer for a buyer who was known.
async fn authorize(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    sealed: Option<Vec<u8>>,
    context: &Context<'_, Sale>,
) -> Result<Option<Sale>, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let now = app.clock.now();
    let question = question(merchant, &sale, now)?;
    let answer = match merchant.fault(sale.fingerprint) {
        None => simulated.authorize(question, &app.chance),
        Some(Fault::Refused) => faulty::refused(simulated, now),
        Some(fault @ (Fault::Delay(_) | Fault::LostAfter | Fault::LostBefore)) => {
            let asked = (question, fault);
            return from_afar(app, merchant, sale, sealed, asked, context).await;
        }
    };
    let tid = sale.receipt.as_ref().map(|receipt| receipt.tid.clone());
    let sale = sale.resolved(with_tid(answer, tid), now);
    // Its record is that of the authentication.
    let (sale, _) = analyse::act(app, sale, now);
    finish(app, merchant, sale, Kind::Authentication, sealed, context).await
}

/// The same where the answer can be in doubt: the attempt is durable before it is made (D15).
async fn from_afar(
    app: &App,
    merchant: &ActiveMerchant,
    mut sale: Sale,
    sealed: Option<Vec<u8>>,
    (question, fault): (Question, Fault),
    context: &Context<'_, Sale>,
) -> Result<Option<Sale>, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let delay = i64::from(fault.delay()).saturating_mul(1_000);
    let in_doubt = resolve::in_doubt(merchant, &sale, question.now, sealed, delay);
    sale.version = sale.version.saturating_add(1);
    let mut also = vec![Write::InsertUnfinished(in_doubt.clone())];
    also.extend(waiting::ends(sale.id));
    let done = done(sale, Kind::Authentication, question.now, also);
    let Some(sale) = record(app, merchant, done, context).await? else {
        return Ok(None);
    };
    let attempt = Attempt {
        merchant: merchant.id,
        payment: sale.id,
        amount: sale.amount,
    };
    match faulty::authorize(app, simulated, attempt, question, fault).await? {
        Answer::Unknown => Ok(Some(sale)),
        known @ (Answer::Approved(_) | Answer::Denied(_)) => {
            let decided = (known, app.clock.now());
            let context = Some(context);
            let known = resolve::finish(app, merchant, sale, in_doubt, decided, context);
            known.await.map(Some)
        }
    }
}

/// Writes the decision, with the card that was to be stored when it was authorized.
async fn finish(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    kind: Kind,
    sealed: Option<Vec<u8>>,
    context: &Context<'_, Sale>,
) -> Result<Option<Sale>, Error> {
    let mut also = Vec::from(waiting::ends(sale.id));
    let waited = Fate {
        denied: false,
        unpaid: true,
        ..sale.fate()
    };
    let now = app.clock.now();
    also.extend(analyse::amended(app, merchant, &sale, waited, now));
    if let Some(sealed) = sealed {
        let card = resolve::saved_card(&sale, sealed).filter(|_| sale.was_authorized());
        also.extend(card);
    }
    let done = done(sale, kind, app.clock.now(), also);
    record(app, merchant, done, context).await
}

fn done(sale: Sale, kind: Kind, at: Timestamp, also: Vec<Write>) -> Done {
    let code = sale.receipt.as_ref().map(|receipt| &receipt.return_code);
    Done {
        kind,
        amount: sale.amount,
        at,
        return_code: code.cloned().unwrap_or_default().into(),
        change: Change::PaymentStatus,
        also,
        sale,
        // Nobody was asked before.
        before: None,
    }
}

fn not_authenticated(sale: &Sale) -> Receipt {
    let message = return_code::find(NOT_AUTHENTICATED).map_or("", |row| row.definition);
    let before = sale.receipt.clone().unwrap_or_default();
    Receipt {
        return_code: NOT_AUTHENTICATED.to_owned(),
        return_message: message.to_owned(),
        ..before
    }
}

/// The Tid that the merchant was told stays.
fn with_tid(answer: Answer, tid: Option<String>) -> Answer {
    let keep = |receipt: Receipt| Receipt {
        tid: tid.unwrap_or_else(|| receipt.tid.clone()),
        ..receipt
    };
    match answer {
        Answer::Approved(receipt) => Answer::Approved(keep(receipt)),
        Answer::Denied(receipt) => Answer::Denied(keep(receipt)),
        Answer::Unknown => Answer::Unknown,
    }
}

fn question(merchant: &ActiveMerchant, sale: &Sale, now: Timestamp) -> Result<Question, Error> {
    let no_card = || Error::Internal("a visit of a buyer without a card".to_owned());
    let paid = sale.details.method.card_payment().ok_or_else(no_card)?;
    let terms = &sale.details.terms;
    let visit = paid.authentication.as_deref();
    let has_code = visit.is_some_and(|visit| visit.has_security_code);
    Ok(Question {
        ending: ending(paid).ok_or_else(no_card)?,
        brand: paid.card.brand,
        amount: sale.amount,
        installments: terms.installments,
        capture: terms.capture,
        security_code_missing: merchant.settings.security_code_required
            && !paid.card.by_token
            && !has_code,
        now,
    })
}

/// What decides: the wallet's key, the last digit of the card, or the old token.
fn ending(paid: &CardPayment) -> Option<Ending> {
    if let Some(wallet) = &paid.wallet
        && let Some(key) = &wallet.key
    {
        return Some(wallets::held(wallet.kind, key).ending);
    }
    let last = |masked: &String| masked.bytes().last().filter(u8::is_ascii_digit);
    if let Some(digit) = paid.card.masked.as_ref().and_then(last) {
        return Some(Ending::Digit(digit.saturating_sub(b'0')));
    }
    Ending::of_legacy_token(paid.card.token.as_deref()?)
}
