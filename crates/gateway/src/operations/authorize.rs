//! Selling: a sale is authorized, and captured at once when asked for.
//!
//! Invariant: with the simulator, which leaves no doubt, the sale, the card it stores and the
//! answer that is kept are one commit; before it nothing has happened, after it everything has.
//! With a fault in force, which may leave doubt, the attempt is committed first (D15).

use aval_domain::authorization::{Answer, Provider};
use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry, SecurityCode, ShownCard};
use aval_domain::fault::Fault;
use aval_domain::id::CardToken;
use aval_domain::notification::Change;
use aval_domain::sale::{NewSale, PaidWith, Sale, Start};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, StoredCard, Write};

use super::{Context, notify, resolve};
use crate::acquirers::faulty::{self, Attempt};
use crate::acquirers::simulated::{Ending, Question};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// The card of a sale, wherever it came from.
struct Card {
    /// Unknown behind a token of webservice 1.5.
    number: Option<CardNumber>,
    holder: Option<String>,
    expiry: Option<String>,
    brand: Brand,
    ending: Ending,
    /// The token it was paid with.
    token: Option<String>,
    has_security_code: bool,
}

/// Sells.
///
/// # Errors
/// When a token is unknown, an order number was used, no acquirer is linked, or the store fails.
/// A denial is no error.
pub async fn authorize(
    app: &App,
    merchant: &ActiveMerchant,
    new: NewSale,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let now = app.clock.now();
    let card = card_of(app, merchant, &new.paid_with).await?;
    if merchant.settings.duplicate_orders_refused {
        refuse_duplicate(app, merchant, &new).await?;
    }
    let question = question(merchant, &new, &card, now);
    let token = new
        .save_card
        .then(|| app.chance.card_token(now))
        .filter(|_| card.token.is_none());
    let save = token.and_then(|token| Some((token, card.number.clone()?)));
    let customer_name = new.customer.name.clone();
    let sale = Sale::start(
        new,
        start(app, merchant, card, token, context.request_id, now),
    );
    let answer = match merchant.fault(sale.fingerprint) {
        None => simulated.authorize(question, &app.chance),
        Some(Fault::Refused) => faulty::refused(simulated, now),
        Some(fault @ (Fault::Delay(_) | Fault::LostAfter | Fault::LostBefore)) => {
            return from_afar(app, merchant, sale, save, (question, fault), context).await;
        }
    };
    let sale = sale.answered(answer, now);
    let mut writes = vec![Write::InsertSale(Box::new(sale.clone()))];
    if let (Some((token, number)), true) = (save, sale.was_authorized()) {
        let stored = stored_card(merchant, &sale, token, &number, customer_name)?;
        writes.push(Write::InsertCard(Box::new(stored)));
    }
    if merchant.settings.duplicate_orders_refused {
        writes.push(Write::ClaimOrder(sale.order.clone()));
    }
    let change = Change::PaymentStatus;
    writes.extend(notify::of_sale(app, merchant, &sale, change, now));
    writes.extend(context.kept(&sale));
    app.storage
        .commit(Changes {
            merchant: merchant.id,
            writes,
        })
        .await?;
    notify::wake(app, merchant);
    Ok(sale)
}

/// Sells through an acquirer that can leave its answer in doubt: the attempt is durable before it
/// is asked (decision D15).
async fn from_afar(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    save: Option<(CardToken, CardNumber)>,
    (question, fault): (Question, Fault),
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let _turn = app.changing.take(sale.id).await;
    let sealed = save.map(|(token, number)| merchant.keys.seal_card(token, &number));
    let delay = i64::from(fault.delay()).saturating_mul(1_000);
    let in_doubt = resolve::in_doubt(merchant, &sale, sealed.transpose()?, delay);
    let mut writes = vec![
        Write::InsertSale(Box::new(sale.clone())),
        Write::InsertUnfinished(in_doubt.clone()),
    ];
    if merchant.settings.duplicate_orders_refused {
        writes.push(Write::ClaimOrder(sale.order.clone()));
    }
    writes.extend(context.kept(&sale));
    let changes = Changes {
        merchant: merchant.id,
        writes,
    };
    app.storage.commit(changes).await?;
    let attempt = Attempt {
        merchant: merchant.id,
        payment: sale.id,
        amount: sale.amount,
    };
    let before = sale.clone();
    let finished = async {
        match faulty::authorize(app, simulated, attempt, question, fault).await? {
            Answer::Unknown => Ok(sale),
            known @ (Answer::Approved(_) | Answer::Denied(_)) => {
                let decided = (known, app.clock.now());
                resolve::finish(app, merchant, sale, in_doubt, decided, Some(&context)).await
            }
        }
    };
    Ok(finished.await.unwrap_or_else(|error: Error| {
        // The attempt stands, whatever happened since: an error would say that there is none.
        tracing::error!(payment = %before.id, %error, "a payment is in doubt");
        before
    }))
}

async fn card_of(app: &App, merchant: &ActiveMerchant, paid: &PaidWith) -> Result<Card, Error> {
    match paid {
        PaidWith::Card {
            number,
            holder,
            expiry,
            brand,
            security_code,
        } => Ok(typed_card(
            number,
            holder.as_ref(),
            *expiry,
            *brand,
            security_code.as_ref(),
        )),
        PaidWith::Token {
            token,
            security_code,
        } => stored(app, merchant, *token, security_code.is_some()).await,
        PaidWith::LegacyToken { token, brand } => {
            let ending = Ending::of_legacy_token(token).ok_or(Error::TokenNotFound)?;
            Ok(Card {
                number: None,
                holder: None,
                expiry: None,
                brand: *brand,
                ending,
                token: Some(token.clone()),
                has_security_code: false,
            })
        }
    }
}

fn typed_card(
    number: &CardNumber,
    holder: Option<&String>,
    expiry: Expiry,
    brand: Brand,
    security_code: Option<&SecurityCode>,
) -> Card {
    Card {
        ending: Ending::Digit(number.last_digit()),
        number: Some(number.clone()),
        holder: holder.cloned(),
        expiry: Some(expiry.to_string()),
        brand,
        token: None,
        has_security_code: security_code.is_some(),
    }
}

async fn stored(
    app: &App,
    merchant: &ActiveMerchant,
    token: CardToken,
    has_security_code: bool,
) -> Result<Card, Error> {
    let stored = app
        .storage
        .card(merchant.id, token)
        .await?
        .ok_or(Error::TokenNotFound)?;
    let number = merchant.keys.open_card(token, &stored.sealed)?;
    let brand = Brand::parse(&stored.brand)
        .ok_or_else(|| Error::Internal("a stored card has an unknown brand".to_owned()))?;
    Ok(Card {
        ending: Ending::Digit(number.last_digit()),
        number: Some(number),
        holder: stored.holder,
        expiry: Some(stored.expiry),
        brand,
        token: Some(token.to_string()),
        has_security_code,
    })
}

/// An order number sold before the setting was turned on has no claim: look at the sales too.
async fn refuse_duplicate(
    app: &App,
    merchant: &ActiveMerchant,
    new: &NewSale,
) -> Result<(), Error> {
    let before = app
        .storage
        .sales_of_order(merchant.id, &new.order, 1)
        .await?;
    if before.is_empty() {
        Ok(())
    } else {
        Err(Error::OrderDuplicated)
    }
}

fn question(merchant: &ActiveMerchant, new: &NewSale, card: &Card, now: Timestamp) -> Question {
    let asks_code = merchant.settings.security_code_required;
    let is_first = card.token.is_none() && !new.terms.recurrent;
    Question {
        ending: card.ending,
        brand: card.brand,
        amount: new.amount,
        installments: new.terms.installments,
        capture: new.terms.capture,
        security_code_missing: asks_code && is_first && !card.has_security_code,
        now,
    }
}

fn start(
    app: &App,
    merchant: &ActiveMerchant,
    card: Card,
    saved_as: Option<CardToken>,
    request_id: &str,
    now: Timestamp,
) -> Start {
    let number = card.number.as_ref();
    let reference = number.filter(|_| card.brand.has_account_reference());
    let shown = ShownCard {
        masked: number.map(CardNumber::masked),
        account_reference: reference.map(|number| merchant.keys.account_reference(number)),
        holder: card.holder,
        expiry: card.expiry,
        brand: card.brand,
        saved: saved_as.is_some(),
        by_token: card.token.is_some(),
        token: card
            .token
            .or_else(|| saved_as.map(|token| token.to_string())),
        on_file: None,
    };
    Start {
        merchant: merchant.id,
        id: app.chance.payment_id(now),
        now,
        request_id: request_id.to_owned(),
        fingerprint: number.map(|number| merchant.keys.fingerprint(number)),
        card: shown,
        provider: Provider::Simulado,
    }
}

fn stored_card(
    merchant: &ActiveMerchant,
    sale: &Sale,
    token: CardToken,
    number: &CardNumber,
    customer_name: Option<String>,
) -> Result<StoredCard, Error> {
    let card = &sale.details.card;
    Ok(StoredCard {
        merchant: merchant.id,
        token,
        sealed: merchant.keys.seal_card(token, number)?,
        masked: number.masked(),
        holder: card.holder.clone(),
        expiry: card.expiry.clone().unwrap_or_default(),
        brand: card.brand.name().to_owned(),
        customer_name,
        fingerprint: merchant.keys.fingerprint(number),
        created_at: sale.received_at,
    })
}
