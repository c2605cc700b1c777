//! Setting a fault of the simulator, and removing it (decision D22).
//!
//! Invariant: a card is kept by its fingerprint and what may be shown of it, never by its number.

use aval_domain::card::CardNumber;
use aval_domain::fault::Fault;
use aval_storage::{Changes, FaultOf, Write};

use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// Sets the fault of a merchant, or of one card of it; `None` removes it. It holds at once on this
/// server, within a second on the others, until it is set anew.
///
/// # Errors
/// The store's failures.
pub async fn set(
    app: &App,
    merchant: &ActiveMerchant,
    card: Option<&CardNumber>,
    fault: Option<Fault>,
) -> Result<(), Error> {
    let row = FaultOf {
        merchant: merchant.id,
        card: card.map(|number| merchant.keys.fingerprint(number)),
        masked: card.map(CardNumber::masked),
        fault,
        at: app.clock.now(),
    };
    let changes = Changes {
        merchant: merchant.id,
        writes: vec![Write::PutFault(row)],
    };
    app.storage.commit(changes).await?;
    app.merchants.forget(merchant.id);
    Ok(())
}
