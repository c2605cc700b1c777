//! Selling: a sale is authorized, and captured at once when asked for.
//!
//! Invariant: with the simulator, which leaves no doubt, the sale, the card it stores and the
//! answer that is kept are one commit; before it nothing has happened, after it everything has.
//! With a fault in force, which may leave doubt, the attempt is committed first (D15).

use aval_domain::authorization::{Answer, Provider};
use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry, SecurityCode, ShownCard};
use aval_domain::fault::Fault;
use aval_domain::id::{CardToken, PaymentId};
use aval_domain::method::{Authentication, CardPayment, Method, NewCard};
use aval_domain::notification::Change;
use aval_domain::payment::State;
use aval_domain::sale::{NewSale, PaidWith, Sale, Start};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, Write};

use super::analyse::{self, Guard};
use super::{Context, authenticate, notify, record, recur, renewal, resolve};
use crate::acquirers::faulty::{self, Attempt};
use crate::acquirers::simulated::{Ending, Question};
use crate::acquirers::wallets;
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// The card of a sale, wherever it came from.
pub(super) struct Card {
    /// Unknown behind a token of webservice 1.5.
    pub number: Option<CardNumber>,
    holder: Option<String>,
    expiry: Option<String>,
    brand: Brand,
    ending: Ending,
    /// The token it was paid with.
    token: Option<String>,
    has_security_code: bool,
}

impl Card {
    /// What is needed to look for the card that replaced it.
    fn paper(&self) -> Option<(&CardNumber, Option<&str>)> {
        Some((self.number.as_ref()?, self.expiry.as_deref()))
    }

    /// A card of which a wallet tells so much.
    fn in_wallet(held: wallets::Held, has_security_code: bool) -> Self {
        let shown = held.shown;
        Self {
            holder: shown.as_ref().map(|shown| shown.holder.to_owned()),
            expiry: shown.as_ref().map(|shown| shown.expiry.to_owned()),
            brand: shown.as_ref().map_or(Brand::Undefined, |shown| shown.brand),
            number: shown.map(|shown| shown.number),
            ending: held.ending,
            token: None,
            has_security_code,
        }
    }
}

/// Sells, and with an authorized payment begins the recurrence that was asked for.
///
/// What a plain sale does not do is boxed: the future of every request is as large as the largest
/// of its ways, and is moved on its way to the runtime.
///
/// # Errors
/// When a token is unknown, an order number was used, no acquirer is linked, or the store fails.
/// A denial is no error.
pub async fn authorize(
    app: &App,
    merchant: &ActiveMerchant,
    mut new: NewSale,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let now = app.clock.now();
    let card = card_of(app, merchant, &new).await?;
    record::refuse_duplicate(app, merchant, &new.order).await?;
    let id = app.chance.payment_id(now);
    let renewed = renewal::of_sale(app, merchant, (id, &new, now), card.paper()).await?;
    let mut question = question(merchant, &new, &card, now);
    if renewed.is_some() {
        question.ending = Ending::Replaced;
    }
    let token = new
        .save_card
        .then(|| app.chance.card_token(now))
        .filter(|_| card.token.is_none() && card.number.is_some());
    let save = token.and_then(|token| Some((token, card.number.clone()?)));
    let begins = recur::beginning(app, merchant, &new, card.number.as_ref(), now)?;
    let fingerprint = card.number.as_ref();
    let start = Start {
        merchant: merchant.id,
        id,
        now,
        request_id: context.request_id.to_owned(),
        fingerprint: fingerprint.map(|number| merchant.keys.fingerprint(number)),
        method: method(merchant, id, &mut new, (card, token), renewed),
        provider: Provider::Simulado,
    };
    let asked = new.fraud.take();
    let mut sale = Sale::start(new, start);
    let plan_card = begins.and_then(|begins| {
        sale.details.recurrence = Some(begins.recurrence);
        begins.sealed
    });
    let mut guard = analyse::begin(app, merchant, asked, &sale).await?;
    let sale = analyse::before(guard.as_mut(), sale);
    if sale.state == State::Aborted {
        return analyse::insert(app, merchant, sale, Vec::new(), guard, &context).await;
    }
    if sale.details.method.authentication().is_some() {
        let sale = analyse::in_doubt(guard.as_mut(), sale);
        let begun = authenticate::begin(app, merchant, (sale, guard), save, context);
        return Box::pin(begun).await;
    }
    let answer = match merchant.fault(sale.fingerprint) {
        None => simulated.authorize(question, &app.chance),
        Some(Fault::Refused) => faulty::refused(simulated, now),
        Some(fault @ (Fault::Delay(_) | Fault::LostAfter | Fault::LostBefore)) => {
            let sale = analyse::in_doubt(guard.as_mut(), sale);
            let sealed = sealed(merchant, save, plan_card)?;
            let guarded = (sale, guard);
            let asked = (question, fault);
            return Box::pin(from_afar(app, merchant, guarded, sealed, asked, context)).await;
        }
    };
    let sale = analyse::after(guard.as_mut(), sale.answered(answer, now));
    let mut also = recur::began(app, merchant, &sale, plan_card, now);
    if let (Some((token, number)), true) = (save, sale.was_authorized()) {
        let sealed = merchant.keys.seal_card(token, &number)?;
        also.extend(resolve::saved_card(&sale, sealed));
    }
    analyse::insert(app, merchant, sale, also, guard, &context).await
}

/// Sells through an acquirer that can leave its answer in doubt: the attempt is durable before it
/// is asked (decision D15).
async fn from_afar(
    app: &App,
    merchant: &ActiveMerchant,
    (sale, guard): (Sale, Option<Box<Guard<'_>>>),
    sealed: Option<Vec<u8>>,
    (question, fault): (Question, Fault),
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let _turn = app.changing.take(sale.id).await;
    let delay = i64::from(fault.delay()).saturating_mul(1_000);
    let in_doubt = resolve::in_doubt(merchant, &sale, sale.received_at, sealed, delay);
    let mut writes = vec![
        Write::InsertSale(Box::new(sale.clone())),
        Write::InsertUnfinished(in_doubt.clone()),
    ];
    if merchant.settings.duplicate_orders_refused {
        writes.push(Write::ClaimOrder(sale.order.clone()));
    }
    writes.extend(analyse::writes(guard, &sale));
    let (change, now) = (Change::PaymentStatus, sale.received_at);
    writes.extend(notify::of_sale(app, merchant, &sale, change, now));
    writes.extend(context.kept(&sale));
    let changes = Changes {
        merchant: merchant.id,
        writes,
    };
    app.storage.commit(changes).await?;
    notify::wake(app, merchant);
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

/// The card that waits for the answer: under the token it is stored under, or else its plan's.
fn sealed(
    merchant: &ActiveMerchant,
    save: Option<(CardToken, CardNumber)>,
    plan_card: Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, Error> {
    match save {
        Some((token, number)) => Ok(Some(merchant.keys.seal_card(token, &number)?)),
        None => Ok(plan_card),
    }
}

/// The card of a sale that is asked for.
pub(super) async fn card_of(
    app: &App,
    merchant: &ActiveMerchant,
    new: &NewSale,
) -> Result<Card, Error> {
    match &new.paid_with {
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
        PaidWith::InWallet {
            key,
            has_security_code,
        } => {
            let wallet = new.wallet.as_ref();
            let held = wallet.map(|wallet| wallets::held(wallet.kind, key));
            let held = held.ok_or_else(|| Error::Internal("a card in no wallet".to_owned()))?;
            Ok(Card::in_wallet(held, *has_security_code))
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

/// How the sale is paid, as it is kept and shown.
fn method(
    merchant: &ActiveMerchant,
    id: PaymentId,
    new: &mut NewSale,
    (card, saved_as): (Card, Option<CardToken>),
    new_card: Option<Box<NewCard>>,
) -> Method {
    let has_security_code = card.has_security_code;
    let shown = ShownCard {
        on_file: new.on_file.take(),
        ..shown(merchant, card, saved_as)
    };
    let authentication = new.authentication.take().map(|asked| {
        Box::new(Authentication {
            return_url: asked.return_url,
            ticket: merchant.keys.page_ticket(id),
            asked: asked.asked,
            has_security_code,
        })
    });
    let paid = CardPayment {
        card: shown,
        authentication,
        wallet: new.wallet.take(),
        new_card,
    };
    if new.debit {
        Method::Debit(paid)
    } else {
        Method::Credit(paid)
    }
}

/// What is kept of a card and may be shown.
pub(super) fn shown(
    merchant: &ActiveMerchant,
    card: Card,
    saved_as: Option<CardToken>,
) -> ShownCard {
    let number = card.number.as_ref();
    let reference = number.filter(|_| card.brand.has_account_reference());
    ShownCard {
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
    }
}
