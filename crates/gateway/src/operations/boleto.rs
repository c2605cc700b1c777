//! Boletos: a sale whose slip the buyer pays at any bank (manual lines 2260 to 2480).
//!
//! Invariant: a slip can be paid as soon as it is made, and nobody is asked for money here; what
//! the bank does is [`super::bank`]. A number that is drawn is never drawn again for its merchant.

use aval_domain::authorization::Provider;
use aval_domain::boleto::{Bank, Boleto, NewBoleto, OurNumber};
use aval_domain::method::{Method, Slip};
use aval_domain::sale::{NewSlip, Sale, Start};
use aval_storage::Write;

use super::{Context, TRIES, record};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// Issues a slip.
///
/// # Errors
/// When an order number was used, or the store fails.
pub async fn issue(
    app: &App,
    merchant: &ActiveMerchant,
    new: NewSlip,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    record::refuse_duplicate(app, merchant, &new.basis.order).await?;
    for _ in 0..TRIES {
        let drawn = new.number.is_none().then(|| app.chance.slip_number());
        let sale = sale(app, merchant, &new, drawn.clone(), context.request_id)?;
        let claim = drawn.map(Write::ClaimSlipNumber);
        match record::insert(app, merchant, sale, claim, &context).await {
            Err(Error::SlipNumberTaken) => {}
            done => return done,
        }
    }
    Err(Error::Overloaded)
}

fn sale(
    app: &App,
    merchant: &ActiveMerchant,
    new: &NewSlip,
    drawn: Option<OurNumber>,
    request_id: &str,
) -> Result<Sale, Error> {
    let now = app.clock.now();
    let id = app.chance.payment_id(now);
    let without = || Error::Internal("a slip without a number".to_owned());
    let number = new.number.clone().or(drawn).ok_or_else(without)?;
    let boleto = NewBoleto {
        issuer: new.issuer,
        credential: new.credential.clone(),
        number,
        due: new.due,
        texts: new.texts.clone(),
    };
    // The rules saw to it that everything has room in the bar code.
    let boleto = Boleto::issue(boleto, new.bank, new.basis.amount)
        .map_err(|error| Error::Internal(error.to_string()))?;
    let start = Start {
        merchant: merchant.id,
        id,
        now,
        request_id: request_id.to_owned(),
        fingerprint: None,
        method: Method::Boleto(Box::new(Slip {
            boleto,
            ticket: merchant.keys.page_ticket(id),
        })),
        provider: match new.issuer.bank() {
            Bank::Sandbox => Provider::Simulado,
            Bank::BancoDoBrasil => Provider::BancoDoBrasil,
            Bank::Bradesco => Provider::Bradesco,
        },
    };
    Ok(Sale::start(new.basis.clone(), start).issued(now))
}
