//! The request of a sale, as it stands on the wire.
//!
//! Invariant: everything is optional here; what must be there is decided by `rules`. Wire types
//! never leave this crate, and what holds a card number is wiped when dropped.

use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::customer::CustomerBody;
use super::fraud_body::FraudBody;
use super::recurrence::RecurrentPaymentBody;
use crate::reader::List;

/// A sale.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SaleBody {
    /// The shop's number: 1 to 50 letters and digits.
    pub merchant_order_id: Option<String>,
    /// The buyer.
    pub customer: Option<CustomerBody>,
    /// The payment.
    pub payment: Option<PaymentBody>,
    /// A wallet to pay from; its place is in the payment, but it is taken here too.
    pub wallet: Option<WalletBody>,
}

/// The payment of a sale.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentBody {
    /// CreditCard, DebitCard, EletronicTransfer or Boleto.
    pub r#type: Option<String>,
    /// Cents, above zero, at most 15 digits.
    pub amount: Option<i64>,
    /// BRL.
    pub currency: Option<String>,
    /// Three letters; BRA when absent.
    pub country: Option<String>,
    /// Simulado or Cielo, not needed for cards; of a transfer Bradesco or BancodoBrasil;
    /// of a boleto any of them.
    pub provider: Option<String>,
    /// Cents, of airlines.
    pub service_tax_amount: Option<i64>,
    /// 1 to 99.
    pub installments: Option<i64>,
    /// ByMerchant (0) or ByIssuer (1).
    pub interest: Option<String>,
    /// Whether to capture at once.
    pub capture: Option<bool>,
    /// Whether the buyer shall prove who he is.
    pub authenticate: Option<bool>,
    /// Whether it belongs to a recurrence that the shop runs.
    pub recurrent: Option<bool>,
    /// Printed on the buyer's invoice, at most 13 characters.
    pub soft_descriptor: Option<String>,
    /// Where the buyer's browser goes afterwards.
    pub return_url: Option<String>,
    /// The credit card.
    pub credit_card: Option<CreditCardBody>,
    /// The debit card.
    pub debit_card: Option<CreditCardBody>,
    /// A recurrence to begin.
    pub recurrent_payment: Option<RecurrentPaymentBody>,
    /// A fraud analysis to make.
    pub fraud_analysis: Option<FraudBody>,
    /// A wallet to pay from.
    pub wallet: Option<WalletBody>,
    /// Of a boleto: address of who is paid, at most 255.
    pub address: Option<String>,
    /// Of a boleto: the shop's own number, digits; one is made when absent.
    pub boleto_number: Option<String>,
    /// Of a boleto: name of who is paid, at most 200; the shop's when absent.
    pub assignor: Option<String>,
    /// Of a boleto: what is paid for, at most 450.
    pub demonstrative: Option<String>,
    /// Of a boleto: the due date, dd/MM/yyyy or yyyy-MM-dd; some days from now when absent.
    pub expiration_date: Option<String>,
    /// Of a boleto: CPF or CNPJ of who is paid, at most 14.
    pub identification: Option<String>,
    /// Of a boleto: what the teller is told, at most 450.
    pub instructions: Option<String>,
    /// Echoed; at most 100.
    #[schema(value_type = Option<Vec<ExtraDataBody>>, max_items = 100)]
    pub extra_data_collection: Option<List<ExtraDataBody>>,
}

/// A node of which only the presence counts.
#[derive(Deserialize, ToSchema)]
pub struct NodeBody {}

/// The card, by number or by token.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "PascalCase")]
pub struct CreditCardBody {
    /// 13 to 19 digits; dots, blanks and dashes are dropped.
    pub card_number: Option<String>,
    /// Name on it: letters and blanks, at most 25.
    pub holder: Option<String>,
    /// MM/YYYY.
    pub expiration_date: Option<String>,
    /// Three or four digits.
    pub security_code: Option<String>,
    /// Whether to store the card.
    pub save_card: Option<bool>,
    /// Visa, Master, Amex, Elo, Aura, JCB, Diners, Discover, Hipercard or Hiper.
    pub brand: Option<String>,
    /// A stored card, instead of the number.
    pub card_token: Option<String>,
    /// First or later use of a stored card.
    pub card_on_file: Option<CardOnFileBody>,
    /// Of a debit card: as Payment.ReturnUrl, where it belongs.
    pub return_url: Option<String>,
}

/// A wallet.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WalletBody {
    /// VisaCheckout or Masterpass.
    pub r#type: Option<String>,
    /// Of VisaCheckout, at most 255 characters; not needed when the card itself is sent.
    pub wallet_key: Option<String>,
    /// Of Masterpass.
    pub additional_data: Option<WalletDataBody>,
}

/// What Masterpass tells.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WalletDataBody {
    /// At most 255 characters.
    pub capture_code: Option<String>,
}

/// First or later use of a stored card.
#[derive(Deserialize, ToSchema, Zeroize)]
#[serde(rename_all = "PascalCase")]
pub struct CardOnFileBody {
    /// First or Used.
    pub usage: Option<String>,
    /// Recurring, Unscheduled or Installments; required when Used.
    pub reason: Option<String>,
}

/// One extra datum.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ExtraDataBody {
    /// Name, at most 50 characters, unique.
    pub name: Option<String>,
    /// Value, at most 1,024 characters.
    pub value: Option<String>,
}
