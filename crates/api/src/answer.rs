//! How a sale is written, in either dialect.
//!
//! Invariant: a value that is absent is left out, never null; `Customer` and `Payment` are always
//! there (live behaviour, "Answers that clients depend on"). No answer holds a security code, nor
//! a card number but that of a card that replaces another, which is told to its merchant alone.

mod boleto;
mod card;
mod debit;
mod transfer;
mod wallet;

use std::borrow::Cow;

use aval_domain::card::CardNumber;
use aval_domain::customer::{Address, Customer};
use aval_domain::merchant::Dialect;
use aval_domain::method::{CardPayment, Method};
use aval_domain::sale::{ExtraDatum, Sale};
use aval_gateway::error::Error;
use aval_gateway::merchants::ActiveMerchant;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::renewal;
use serde::Serialize;
use utoipa::ToSchema;

use self::boleto::BoletoAnswer;
pub(super) use self::card::CreditCardAnswer;
use self::card::NewCardAnswer;
use self::debit::DebitAnswer;
use self::transfer::TransferAnswer;
use self::wallet::WalletAnswer;
use super::fraud::{self, FraudAnalysisAnswer, VelocityAnswer};
use super::links::{self, Link};
use super::recurrence::answer::RecurrenceOfSale;
use crate::dialect::{self, ShownInterest};
use crate::server::Urls;

/// A sale with its payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SaleAnswer<'a> {
    /// The shop's number.
    merchant_order_id: &'a str,
    /// The buyer.
    customer: CustomerAnswer<'a>,
    /// The payment.
    payment: AnyPayment<'a>,
}

/// The payment, by its Type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum AnyPayment<'a> {
    /// CreditCard.
    Credit(PaymentAnswer<'a>),
    /// DebitCard.
    Debit(DebitAnswer<'a>),
    /// EletronicTransfer.
    Transfer(TransferAnswer<'a>),
    /// Boleto.
    Boleto(BoletoAnswer<'a>),
}

/// The buyer, as sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomerAnswer<'a> {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// RG, CPF or CNPJ.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a str>,
    /// CPF or CNPJ.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_type: Option<&'a str>,
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    /// yyyy-MM-dd.
    #[serde(skip_serializing_if = "Option::is_none")]
    birthdate: Option<&'a str>,
    /// NEW or EXISTING.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    /// Billing address.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<AddressAnswer<'a>>,
    /// Delivery address.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_address: Option<AddressAnswer<'a>>,
}

/// An address, as sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AddressAnswer<'a> {
    /// Street.
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<&'a str>,
    /// House number.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    /// Flat, floor, block.
    #[serde(skip_serializing_if = "Option::is_none")]
    complement: Option<&'a str>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    zip_code: Option<&'a str>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    /// State.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    /// District.
    #[serde(skip_serializing_if = "Option::is_none")]
    district: Option<&'a str>,
}

/// A payment by credit card.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentAnswer<'a> {
    /// Cents, of airlines.
    service_tax_amount: i64,
    /// Instalments.
    installments: u8,
    /// Who pays their interest: a word in the manual dialect, a number in the live one.
    #[schema(example = "ByMerchant")]
    interest: ShownInterest,
    /// Whether it was to be captured at once.
    capture: bool,
    /// Whether the buyer was to prove who he is.
    authenticate: bool,
    /// Whether it belongs to a recurrence that the shop runs.
    recurrent: bool,
    /// The card.
    credit_card: CreditCardAnswer<'a>,
    /// Where the buyer proves who he is.
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_url: Option<String>,
    /// The wallet it is paid from.
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<WalletAnswer<'a>>,
    /// The card that replaces this one (Renova Fácil).
    #[serde(skip_serializing_if = "Option::is_none")]
    new_card: Option<NewCardAnswer<'a>>,
    /// Transaction id at the acquirer.
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<&'a str>,
    /// NSU.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof_of_sale: Option<&'a str>,
    /// Of authorized sales only.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_code: Option<&'a str>,
    /// Printed on the buyer's invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    soft_descriptor: Option<&'a str>,
    /// Who answered.
    provider: &'static str,
    /// Always false.
    is_qr_code: bool,
    /// Always false.
    dynamic_currency_conversion: bool,
    /// Cents.
    amount: i64,
    /// Brasília time, yyyy-MM-dd HH:mm:ss.
    received_date: String,
    /// Cents taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_amount: Option<i64>,
    /// Brasília time.
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_date: Option<String>,
    /// Cents given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_amount: Option<i64>,
    /// Brasília time.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_date: Option<String>,
    /// Number of the status (manual lines 5680 to 5688).
    status: u8,
    /// Always false.
    is_splitted: bool,
    /// Text of the acquirer's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_message: Option<&'a str>,
    /// Code of the acquirer's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_code: Option<&'a str>,
    /// How sure the issuer is of the buyer: 05 or 02, 07 when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    eci: Option<&'static str>,
    /// Mastercard's advice on a denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_advice_code: Option<&'a str>,
    /// Names the payment.
    payment_id: String,
    /// CreditCard.
    r#type: &'static str,
    /// BRL.
    currency: &'static str,
    /// Three letters.
    country: &'a str,
    /// Extra data, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_data_collection: Option<Vec<ExtraDataAnswer<'a>>>,
    /// Of sales that asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fraud_analysis: Option<FraudAnalysisAnswer<'a>>,
    /// Of merchants who have velocity limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    velocity_analysis: Option<VelocityAnswer<'a>>,
    /// 16: an analysis or a limit ended the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<u8>,
    /// AbortedByFraud.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_message: Option<&'static str>,
    /// The recurrence it began or belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrent_payment: Option<Box<RecurrenceOfSale>>,
    /// What can be done next.
    links: Vec<Link>,
}

/// One extra datum.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ExtraDataAnswer<'a> {
    /// Name.
    name: &'a str,
    /// Value.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

/// The answer to the creation of a sale: 201, a denial too.
#[must_use]
pub fn created(sale: &Sale, dialect: Dialect, urls: &Urls) -> Rendered {
    let location = Some(links::of_sale(urls, sale.id));
    Rendered {
        status: 201,
        body: json(&SaleAnswer::new(sale, dialect, urls)),
        location,
    }
}

/// The answer to a query of a sale.
#[must_use]
pub fn found(sale: &Sale, dialect: Dialect, urls: &Urls) -> Rendered {
    Rendered {
        status: 200,
        body: json(&SaleAnswer::queried(sale, dialect, urls)),
        location: None,
    }
}

/// The answer for the merchant in person: with the whole number of the card that replaces the
/// sale's, if one does. What is kept or logged is `rendered`, where it is masked.
///
/// # Errors
/// When the sealed number was changed in the store.
pub fn in_person(
    rendered: Rendered,
    sale: &Sale,
    merchant: &ActiveMerchant,
    urls: &Urls,
) -> Result<Rendered, Error> {
    let Some(number) = renewal::reveal(merchant, sale)? else {
        return Ok(rendered);
    };
    let answer = SaleAnswer::revealing(sale, &number, merchant.settings.dialect, urls);
    Ok(Rendered {
        body: json(&answer),
        ..rendered
    })
}

/// A value as compact JSON. Our own types always can be written.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl<'a> SaleAnswer<'a> {
    /// A sale as a dialect writes it.
    #[must_use]
    pub fn new(sale: &'a Sale, dialect: Dialect, urls: &Urls) -> Self {
        Self {
            merchant_order_id: sale.order.as_str(),
            customer: CustomerAnswer::new(&sale.details.customer),
            payment: AnyPayment::new(sale, dialect, urls),
        }
    }

    /// A sale as its query shows it: its analysis is short there.
    #[must_use]
    pub fn queried(sale: &'a Sale, dialect: Dialect, urls: &Urls) -> Self {
        let mut answer = Self::new(sale, dialect, urls);
        if let AnyPayment::Credit(payment) = &mut answer.payment {
            payment.fraud_analysis = fraud::short(sale);
        }
        answer
    }

    /// The same with the whole number of the card that replaces the sale's: for the merchant in
    /// person, never for what is kept or logged.
    #[must_use]
    pub fn revealing(
        sale: &'a Sale,
        number: &'a CardNumber,
        dialect: Dialect,
        urls: &Urls,
    ) -> Self {
        let mut answer = Self::new(sale, dialect, urls);
        if let AnyPayment::Credit(payment) = &mut answer.payment
            && let Some(card) = &mut payment.new_card
        {
            card.card_number = Cow::Borrowed(number.reveal());
        }
        answer
    }
}

impl<'a> AnyPayment<'a> {
    fn new(sale: &'a Sale, dialect: Dialect, urls: &Urls) -> Self {
        match &sale.details.method {
            Method::Credit(paid) => Self::Credit(PaymentAnswer::new(sale, paid, dialect, urls)),
            Method::Debit(paid) => Self::Debit(DebitAnswer::new(sale, paid, dialect, urls)),
            Method::Transfer(_) => Self::Transfer(TransferAnswer::new(sale, dialect, urls)),
            Method::Boleto(slip) => Self::Boleto(BoletoAnswer::new(sale, slip, dialect, urls)),
        }
    }
}

impl<'a> CustomerAnswer<'a> {
    pub(super) fn new(customer: &'a Customer) -> Self {
        Self {
            name: customer.name.as_deref(),
            identity: customer.identity.as_deref(),
            identity_type: customer.identity_type.as_deref(),
            email: customer.email.as_deref(),
            birthdate: customer.birthdate.as_deref(),
            status: customer.status.as_deref(),
            address: customer.address.as_ref().map(AddressAnswer::new),
            delivery_address: customer.delivery_address.as_ref().map(AddressAnswer::new),
        }
    }
}

impl<'a> AddressAnswer<'a> {
    fn new(address: &'a Address) -> Self {
        Self {
            street: address.street.as_deref(),
            number: address.number.as_deref(),
            complement: address.complement.as_deref(),
            zip_code: address.zip_code.as_deref(),
            city: address.city.as_deref(),
            state: address.state.as_deref(),
            country: address.country.as_deref(),
            district: address.district.as_deref(),
        }
    }
}

impl<'a> PaymentAnswer<'a> {
    fn new(sale: &'a Sale, paid: &'a CardPayment, dialect: Dialect, urls: &Urls) -> Self {
        let outcome = dialect::outcome(sale, dialect);
        let terms = &sale.details.terms;
        let receipt = sale.receipt.as_ref();
        let capture = sale.state.capture_made();
        let given_back = sale.state.given_back(sale.amount);
        let aborted = fraud::was_aborted(sale);
        Self {
            service_tax_amount: terms.service_tax,
            installments: terms.installments,
            interest: dialect::interest(terms.interest, dialect),
            capture: terms.capture,
            authenticate: paid.authentication.is_some(),
            recurrent: terms.recurrent,
            credit_card: CreditCardAnswer::new(sale, &paid.card),
            authentication_url: links::of_authentication(sale, dialect, urls),
            wallet: paid.wallet.as_deref().map(WalletAnswer::new),
            new_card: paid.new_card.as_deref().map(NewCardAnswer::new),
            tid: receipt.map(|receipt| receipt.tid.as_str()),
            proof_of_sale: outcome.proof_of_sale,
            authorization_code: receipt.and_then(|receipt| receipt.authorization_code.as_deref()),
            soft_descriptor: terms.soft_descriptor.as_deref(),
            provider: sale.details.provider.name(),
            is_qr_code: false,
            dynamic_currency_conversion: false,
            amount: sale.amount.cents(),
            received_date: sale.received_at.wire(),
            captured_amount: capture.map(|capture| capture.amount.cents()),
            captured_date: capture.map(|capture| capture.at.wire()),
            voided_amount: given_back.map(|given| given.amount.cents()),
            voided_date: given_back.map(|given| given.at.wire()),
            status: outcome.status,
            is_splitted: false,
            return_message: outcome.return_message,
            return_code: outcome.return_code,
            // A card that was replaced is printed with 0 (manual line 3866).
            eci: sale.eci().or(paid.new_card.as_ref().map(|_| "0")),
            merchant_advice_code: receipt.and_then(|receipt| receipt.advice.as_deref()),
            payment_id: sale.id.to_string(),
            r#type: "CreditCard",
            currency: "BRL",
            country: terms.country.as_str(),
            extra_data_collection: extra_data(&terms.extra_data, dialect),
            fraud_analysis: fraud::whole(sale),
            velocity_analysis: fraud::velocity(sale),
            reason_code: aborted.then_some(fraud::ABORTED_BY_FRAUD),
            reason_message: aborted.then_some("AbortedByFraud"),
            recurrent_payment: RecurrenceOfSale::of(sale, dialect, urls).map(Box::new),
            links: links::of_card_sale(urls, sale.id, outcome.status),
        }
    }
}

pub(super) fn extra_data(
    data: &[ExtraDatum],
    dialect: Dialect,
) -> Option<Vec<ExtraDataAnswer<'_>>> {
    if data.is_empty() && !dialect::shows_empty_extra_data(dialect) {
        return None;
    }
    let answers = data.iter().map(|datum| ExtraDataAnswer {
        name: &datum.name,
        value: datum.value.as_deref(),
    });
    Some(answers.collect())
}
