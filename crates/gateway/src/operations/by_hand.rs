//! Capturing and voiding one payment from the back office.
//!
//! Invariant: a form has one effect, however often it is sent and to however many servers: what it
//! did is remembered in the commit of its effect, under the form's own key.

use aval_domain::amount::Amount;
use aval_domain::audit::Act;
use aval_domain::id::PaymentId;
use aval_domain::job::JobKind;
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;

use super::capture::{self, Taken};
use super::keep::{self, Keep, Rendered};
use super::record::Also;
use super::{Context, void};
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// Who asks for what, by which form.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Capture or void.
    pub kind: JobKind,
    /// Of which payment.
    pub payment: PaymentId,
    /// Cents.
    pub amount: Amount,
    /// The user's login.
    pub by: &'a str,
    /// Names the form: a text of its own each time it is shown.
    pub form: &'a str,
    /// The RequestId of the operation.
    pub request_id: &'a str,
}

/// Times it is tried again when another came first: to the payment, or to the audit log.
const TRIES: usize = 64;

/// What became of it.
#[derive(Debug)]
pub enum Acted {
    /// It was done now; the sale as it is since.
    Now(Box<Sale>),
    /// The form was sent before and was done then.
    Before,
}

/// Captures or voids a payment, once for each form, with the entry of the audit log that tells of
/// it.
///
/// # Errors
/// The [`Refusal`] that the API would answer with; the store's failures.
pub async fn act(
    app: &App,
    merchant: &ActiveMerchant,
    wish: Wish<'_>,
    told: &Act,
) -> Result<Acted, Error> {
    let render = |_: &Sale| Rendered {
        status: 200,
        body: String::new(),
        location: None,
    };
    let parts: [&[u8]; 3] = [
        b"back-office form",
        wish.by.as_bytes(),
        wish.form.as_bytes(),
    ];
    let key = merchant.keys.request_digest(&parts);
    let _turn = app.changing.take(wish.payment).await;
    for _ in 0..TRIES {
        let keep = Keep {
            merchant: merchant.id,
            key,
            request: key,
            now: app.clock.now(),
        };
        if keep::find(app, &keep).await?.is_some() {
            return Ok(Acted::Before);
        }
        let context = Context {
            request_id: wish.request_id,
            by: Some(wish.by),
            keep: Some(keep),
            render: &render,
        };
        let entry = audit::entry(app, merchant.id, told).await?;
        let also = |_, _| vec![entry.clone()];
        match once(app, merchant, wish, &context, &also).await {
            Ok(Some(sale)) => return Ok(Acted::Now(Box::new(sale))),
            Ok(None) => {}
            Err(Error::KeyTaken) => return Ok(Acted::Before),
            Err(other) => return Err(other),
        }
    }
    Err(Error::Overloaded)
}

/// One try; `None` when another came first. Who calls holds the payment's turn.
///
/// # Errors
/// As above.
pub(super) async fn once(
    app: &App,
    merchant: &ActiveMerchant,
    wish: Wish<'_>,
    context: &Context<'_, Sale>,
    also: &Also<'_>,
) -> Result<Option<Sale>, Error> {
    let part = Some(wish.amount.cents());
    match wish.kind {
        JobKind::Capture => {
            let taken = Taken {
                part,
                service_tax: None,
            };
            capture::once(app, merchant, wish.payment, taken, context, also).await
        }
        JobKind::Void => {
            if app.simulated.is_none() {
                return Err(Error::NoAcquirer);
            }
            let sale = app.storage.sale(merchant.id, wish.payment).await?;
            let sale = sale.ok_or(Refusal::PaymentNotFound)?;
            void::once(app, merchant, sale, part, context, also).await
        }
    }
}
