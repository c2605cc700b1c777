//! What of a sale never changes and is only shown.
//!
//! Invariant: a card sale is written as it always was, `card` and what belongs to it beside
//! `customer` and `terms`; other ways to pay stand there under a name of their own, one of them
//! for each sale.

use serde::{Deserialize, Serialize};

use crate::authorization::Provider;
use crate::card::ShownCard;
use crate::customer::Customer;
use crate::fraud::analysis::Analysis;
use crate::fraud::velocity;
use crate::method::{Authentication, CardPayment, Method, NewCard, Slip, Transfer, Wallet};
use crate::recurrence::SaleRecurrence;
use crate::sale::Terms;

/// What of a sale never changes and is only shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Details {
    /// Who answered.
    pub provider: Provider,
    /// The buyer.
    pub customer: Box<Customer>,
    /// The terms.
    pub terms: Terms,
    /// How it is paid.
    pub method: Method,
    /// The fraud analysis: what was asked, answered and seen.
    pub fraud: Option<Box<Analysis>>,
    /// The velocity analysis, of merchants who have limits.
    pub velocity: Option<Box<velocity::Analysis>>,
    /// The recurrence it began or belongs to.
    pub recurrence: Option<Box<SaleRecurrence>>,
}

/// The details as they are read.
#[derive(Deserialize)]
struct Stored {
    provider: Provider,
    customer: Box<Customer>,
    terms: Terms,
    card: Option<ShownCard>,
    authentication: Option<Box<Authentication>>,
    wallet: Option<Box<Wallet>>,
    new_card: Option<Box<NewCard>>,
    debit: Option<CardPayment>,
    transfer: Option<Box<Transfer>>,
    boleto: Option<Box<Slip>>,
    fraud: Option<Box<Analysis>>,
    velocity: Option<Box<velocity::Analysis>>,
    recurrence: Option<Box<SaleRecurrence>>,
}

/// The details as they are written.
#[derive(Serialize)]
struct Written<'a> {
    provider: Provider,
    customer: &'a Customer,
    terms: &'a Terms,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<&'a ShownCard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication: Option<&'a Authentication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<&'a Wallet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_card: Option<&'a NewCard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debit: Option<&'a CardPayment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<&'a Transfer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boleto: Option<&'a Slip>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fraud: Option<&'a Analysis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    velocity: Option<&'a velocity::Analysis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<&'a SaleRecurrence>,
}

impl TryFrom<Stored> for Details {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let method = if let Some(card) = stored.card {
            Method::Credit(CardPayment {
                card,
                authentication: stored.authentication,
                wallet: stored.wallet,
                new_card: stored.new_card,
            })
        } else if let Some(debit) = stored.debit {
            Method::Debit(debit)
        } else if let Some(transfer) = stored.transfer {
            Method::Transfer(transfer)
        } else if let Some(slip) = stored.boleto {
            Method::Boleto(slip)
        } else {
            return Err("no way to pay");
        };
        Ok(Self {
            provider: stored.provider,
            customer: stored.customer,
            terms: stored.terms,
            method,
            fraud: stored.fraud,
            velocity: stored.velocity,
            recurrence: stored.recurrence,
        })
    }
}

impl Serialize for Details {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = Written {
            provider: self.provider,
            customer: &self.customer,
            terms: &self.terms,
            card: None,
            authentication: None,
            wallet: None,
            new_card: None,
            debit: None,
            transfer: None,
            boleto: None,
            fraud: self.fraud.as_deref(),
            velocity: self.velocity.as_deref(),
            recurrence: self.recurrence.as_deref(),
        };
        match &self.method {
            Method::Credit(paid) => {
                written.card = Some(&paid.card);
                written.authentication = paid.authentication.as_deref();
                written.wallet = paid.wallet.as_deref();
                written.new_card = paid.new_card.as_deref();
            }
            Method::Debit(paid) => written.debit = Some(paid),
            Method::Transfer(transfer) => written.transfer = Some(transfer),
            Method::Boleto(slip) => written.boleto = Some(slip),
        }
        written.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sale as it was written before there were other ways to pay.
    const CARD: &str = concat!(
        r#"{"provider":"Simulado","customer":{"name":"Ana"},"#,
        r#""terms":{"installments":1,"interest":"ByMerchant"},"#,
        r#""card":{"masked":"123412******1231","brand":"Visa"}}"#,
    );

    #[test]
    fn a_card_sale_is_written_as_it_always_was() {
        let details: Details = serde_json::from_str(CARD).unwrap();
        assert_eq!(details.method.name(), "CreditCard");
        assert_eq!(serde_json::to_string(&details).unwrap(), CARD);
    }

    #[test]
    fn every_method_is_read_as_it_was_written() {
        let card: Details = serde_json::from_str(CARD).unwrap();
        let ticket = "a-ticket".to_owned();
        let return_url = "https://shop.example/".to_owned();
        let paid = CardPayment {
            authentication: Some(Box::new(Authentication {
                return_url: return_url.clone(),
                ticket: ticket.clone(),
                asked: true,
                has_security_code: true,
            })),
            ..CardPayment::from(card.method.card().unwrap().clone())
        };
        let slip = Slip {
            boleto: crate::boleto::sample(),
            ticket: ticket.clone(),
        };
        for method in [
            Method::Credit(paid.clone()),
            Method::Debit(paid),
            Method::Transfer(Box::new(Transfer { return_url, ticket })),
            Method::Boleto(Box::new(slip)),
        ] {
            let details = Details {
                method,
                ..card.clone()
            };
            let text = serde_json::to_string(&details).unwrap();
            assert_eq!(serde_json::from_str::<Details>(&text).unwrap(), details);
        }
    }

    #[test]
    fn a_sale_without_a_way_to_pay_is_refused() {
        let text = CARD.replace("card", "cheque");
        assert!(serde_json::from_str::<Details>(&text).is_err());
    }
}
