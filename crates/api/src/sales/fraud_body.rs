//! The FraudAnalysis node of a request, as it stands on the wire.
//!
//! Invariant: everything is optional here; what must be there is decided by [`super::fraud`].

use serde::Deserialize;
use utoipa::ToSchema;

use crate::reader::List;

/// A fraud analysis to make.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FraudBody {
    /// AuthorizeFirst (default) or AnalyseFirst.
    pub sequence: Option<String>,
    /// OnSuccess (default) or Always.
    pub sequence_criteria: Option<String>,
    /// Whether to capture what is accepted.
    pub capture_on_low_risk: Option<bool>,
    /// Whether to void what is rejected.
    pub void_on_high_risk: Option<bool>,
    /// The device, as the script named it; at most 50 characters.
    pub finger_print_id: Option<String>,
    /// The buyer's browser.
    pub browser: Option<BrowserBody>,
    /// What is bought.
    pub cart: Option<CartBody>,
    /// The shop's own fields, 1 to 100.
    #[schema(value_type = Option<Vec<DefinedFieldBody>>, max_items = 100)]
    pub merchant_defined_fields: Option<List<DefinedFieldBody>>,
    /// The delivery.
    pub shipping: Option<ShippingBody>,
    /// A journey.
    pub travel: Option<TravelBody>,
}

/// The buyer's browser.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct BrowserBody {
    /// Whether it takes cookies.
    pub cookies_accepted: Option<bool>,
    /// E-mail known to it, at most 100 characters.
    pub email: Option<String>,
    /// Name of its host, at most 60 characters.
    pub host_name: Option<String>,
    /// Its address, at most 15 characters.
    pub ip_address: Option<String>,
    /// Which browser, at most 40 characters.
    pub r#type: Option<String>,
}

/// What is bought.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CartBody {
    /// Whether it is a gift.
    pub is_gift: Option<bool>,
    /// Whether the shop takes goods back.
    pub returns_accepted: Option<bool>,
    /// The goods.
    #[schema(value_type = Option<Vec<ItemBody>>, max_items = 100)]
    pub items: Option<List<ItemBody>>,
}

/// One item.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ItemBody {
    /// Yes, No or Off: what a difference of the addresses means.
    pub gift_category: Option<String>,
    /// Off, Low, Normal or High: importance of e-mail and IP address; likewise below.
    pub host_hedge: Option<String>,
    /// Of meaningless text.
    pub non_sensical_hedge: Option<String>,
    /// Of obscene text.
    pub obscenities_hedge: Option<String>,
    /// Of phones.
    pub phone_hedge: Option<String>,
    /// Name; required.
    pub name: Option<String>,
    /// How many; required.
    pub quantity: Option<i64>,
    /// The shop's number of it.
    pub sku: Option<String>,
    /// Cents.
    pub unit_price: Option<i64>,
    /// Low, Normal or High.
    pub risk: Option<String>,
    /// Importance of the hour.
    pub time_hedge: Option<String>,
    /// Kind of product; required.
    pub r#type: Option<String>,
    /// Importance of repeated purchases.
    pub velocity_hedge: Option<String>,
    /// Who travels.
    pub passenger: Option<PassengerBody>,
}

/// Who travels.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PassengerBody {
    /// E-mail, at most 255 characters.
    pub email: Option<String>,
    /// Document, at most 32 characters.
    pub identity: Option<String>,
    /// Name, at most 120 characters.
    pub name: Option<String>,
    /// Adult, Child, Infant, Youth, Student, SeniorCitizen or Military.
    pub rating: Option<String>,
    /// Phone, at most 15 characters.
    pub phone: Option<String>,
    /// Class at the carrier, at most 32 characters.
    pub status: Option<String>,
}

/// One field of the shop's own.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DefinedFieldBody {
    /// 1 to 100.
    pub id: Option<i64>,
    /// At most 255 characters.
    pub value: Option<String>,
}

/// The delivery.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ShippingBody {
    /// Who receives it, at most 255 characters.
    pub addressee: Option<String>,
    /// None, SameDay, OneDay, TwoDay, ThreeDay, LowCost, Pickup or Other.
    pub method: Option<String>,
    /// Phone, at most 15 characters.
    pub phone: Option<String>,
}

/// A journey.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TravelBody {
    /// yyyy-MM-dd, with or without a time.
    pub departure_time: Option<String>,
    /// At most 32 characters.
    pub journey_type: Option<String>,
    /// At most 255 characters.
    pub route: Option<String>,
    /// Its parts.
    #[schema(value_type = Option<Vec<LegBody>>, max_items = 100)]
    pub legs: Option<List<LegBody>>,
}

/// A part of a journey.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LegBody {
    /// To: three letters.
    pub destination: Option<String>,
    /// From: three letters.
    pub origin: Option<String>,
}
