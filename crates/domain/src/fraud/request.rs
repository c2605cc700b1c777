//! The FraudAnalysis node of a sale as the merchant sent it (manual lines 1263 to 1301).
//!
//! Invariant: what was sent is echoed, unknown words too (decision D47); what they mean is read by
//! methods here, in one place. Sizes were checked when the request was read.

use serde::{Deserialize, Serialize};

/// The node. Written to storage and to answers under the names of the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Request {
    /// AuthorizeFirst or AnalyseFirst.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    /// OnSuccess or Always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_criteria: Option<String>,
    /// Whether an accepted sale is captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture_on_low_risk: Option<bool>,
    /// Whether a rejected sale is voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void_on_high_risk: Option<bool>,
    /// The buyer's device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finger_print_id: Option<String>,
    /// What the shop adds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merchant_defined_fields: Vec<DefinedField>,
    /// What is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart: Option<Cart>,
    /// A journey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel: Option<Travel>,
    /// The buyer's browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<Browser>,
    /// The delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Shipping>,
}

/// One field of the shop's own, 1 to 100 (manual lines 5694 to 5741).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DefinedField {
    /// Which.
    pub id: i64,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

/// What is bought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Cart {
    /// Whether it is a gift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_gift: Option<bool>,
    /// Whether the shop takes goods back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns_accepted: Option<bool>,
    /// The goods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
}

/// One item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Item {
    /// Kind of product or buyer, free text.
    pub r#type: String,
    /// Name.
    pub name: String,
    /// Low, Normal or High.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// The shop's number of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<i64>,
    /// How many.
    pub quantity: i64,
    /// Importance of e-mail and IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_hedge: Option<String>,
    /// Importance of meaningless text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub non_sensical_hedge: Option<String>,
    /// Importance of obscene text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obscenities_hedge: Option<String>,
    /// Importance of phones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_hedge: Option<String>,
    /// Importance of the hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_hedge: Option<String>,
    /// Importance of repeated purchases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub velocity_hedge: Option<String>,
    /// Yes, No or Off: what a difference of the addresses means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift_category: Option<String>,
    /// Who travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passenger: Option<Passenger>,
}

/// Who travels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Passenger {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Class at the carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Adult, Child, Infant, Youth, Student, SeniorCitizen or Military.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A journey.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Travel {
    /// As `MAO-RJO`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// `yyyy-MM-ddTHH:mm:ss`, or as sent when it is no date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure_time: Option<String>,
    /// One way, return …, free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey_type: Option<String>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<Leg>,
}

/// A part of a journey, by airports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Leg {
    /// To.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// From.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// The buyer's browser.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Browser {
    /// Name of the buyer's host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// Whether it takes cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookies_accepted: Option<bool>,
    /// E-mail known to the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Which browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// Its address, perhaps none that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
}

/// The delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Shipping {
    /// Who receives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addressee: Option<String>,
    /// The receiver's phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// None, SameDay, OneDay, TwoDay, ThreeDay, LowCost, Pickup or Other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// Importance that an item gives to a group of signals (manual lines 6030 to 6097).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hedge {
    /// None: told, and not weighed.
    Off,
    /// Half.
    Low,
    /// As it is.
    Normal,
    /// Half as much again.
    High,
}

impl Hedge {
    /// Reads a word in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [
            (Self::Off, "Off"),
            (Self::Low, "Low"),
            (Self::Normal, "Normal"),
            (Self::High, "High"),
        ];
        let found = all
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(word.trim()));
        found.map(|(hedge, _)| *hedge)
    }

    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "Off",
            Self::Low => "Low",
            Self::Normal => "Normal",
            Self::High => "High",
        }
    }

    /// A weight under this importance.
    #[must_use]
    pub const fn applied(self, weight: i32) -> i32 {
        match self {
            Self::Off => 0,
            Self::Low => weight.saturating_div(2),
            Self::Normal => weight,
            Self::High => weight.saturating_add(weight.saturating_div(2)),
        }
    }
}

/// Which importance is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// E-mail and IP address.
    Host,
    /// Meaningless text.
    NonSensical,
    /// Obscene text.
    Obscenities,
    /// Phones.
    Phone,
    /// The hour.
    Time,
    /// Repeated purchases.
    Velocity,
}

/// What a difference of billing and delivery address means (manual lines 6026 to 6028).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gift {
    /// Nothing.
    Off,
    /// A small risk.
    Yes,
    /// A risk as any.
    Undefined,
    /// A high risk.
    No,
}

/// Words that a member knows; others are echoed and counted as unexpected.
const KNOWN: [(&str, &[&str]); 5] = [
    ("Risk", &["Low", "Normal", "High"]),
    ("GiftCategory", &["Yes", "No", "Off"]),
    (
        "Rating",
        &[
            "Adult",
            "Child",
            "Infant",
            "Youth",
            "Student",
            "SeniorCitizen",
            "Military",
        ],
    ),
    (
        "Method",
        &[
            "None", "SameDay", "OneDay", "TwoDay", "ThreeDay", "LowCost", "Pickup", "Other",
        ],
    ),
    ("Hedge", &["Off", "Low", "Normal", "High"]),
];

fn is_known(member: &str, word: Option<&String>) -> bool {
    let Some(word) = word else { return true };
    let words = KNOWN.iter().find(|(name, _)| *name == member);
    words.is_none_or(|(_, all)| all.iter().any(|one| one.eq_ignore_ascii_case(word.trim())))
}

fn is(text: Option<&String>, word: &str) -> bool {
    text.is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
}

impl Request {
    /// Whether the analysis comes before the authorization (D46).
    #[must_use]
    pub fn analyses_first(&self) -> bool {
        is(self.sequence.as_ref(), "AnalyseFirst")
    }

    /// Whether it is made for a denied sale too (D46).
    #[must_use]
    pub fn analyses_always(&self) -> bool {
        is(self.sequence_criteria.as_ref(), "Always")
    }

    /// The items.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        self.cart.as_ref().map_or(&[], |cart| cart.items.as_slice())
    }

    /// The importance of a group of signals: the highest that an item gives it; normal when none
    /// says so, or says something that is no word of it.
    #[must_use]
    pub fn hedge(&self, of: Matter) -> Hedge {
        let word = |item: &Item| {
            let word = match of {
                Matter::Host => item.host_hedge.as_ref(),
                Matter::NonSensical => item.non_sensical_hedge.as_ref(),
                Matter::Obscenities => item.obscenities_hedge.as_ref(),
                Matter::Phone => item.phone_hedge.as_ref(),
                Matter::Time => item.time_hedge.as_ref(),
                Matter::Velocity => item.velocity_hedge.as_ref(),
            };
            word.map_or(Hedge::Normal, |word| {
                Hedge::parse(word).unwrap_or(Hedge::Normal)
            })
        };
        self.items().iter().map(word).max().unwrap_or(Hedge::Normal)
    }

    /// What a difference of the addresses means: the strictest of the items'.
    #[must_use]
    pub fn gift(&self) -> Gift {
        let word = |item: &Item| match item.gift_category.as_deref().map(str::trim) {
            Some(word) if word.eq_ignore_ascii_case("Off") => Gift::Off,
            Some(word) if word.eq_ignore_ascii_case("Yes") => Gift::Yes,
            Some(word) if word.eq_ignore_ascii_case("No") => Gift::No,
            Some(_) | None => Gift::Undefined,
        };
        self.items()
            .iter()
            .map(word)
            .max()
            .unwrap_or(Gift::Undefined)
    }

    /// Whether an item is of high risk, or all of them of low risk.
    #[must_use]
    pub fn risk(&self) -> Hedge {
        let word = |item: &Item| {
            let word = item.risk.as_deref().and_then(Hedge::parse);
            word.unwrap_or(Hedge::Normal).max(Hedge::Low)
        };
        self.items().iter().map(word).max().unwrap_or(Hedge::Normal)
    }

    /// A field of the shop's own; empty ones are absent.
    #[must_use]
    pub fn defined(&self, id: i64) -> Option<&str> {
        let found = self
            .merchant_defined_fields
            .iter()
            .rfind(|field| field.id == id);
        let value = found
            .and_then(|field| field.value.as_deref())
            .map(str::trim);
        value.filter(|value| !value.is_empty())
    }

    /// Names of members whose words are not known, and of shop's fields beyond 1 to 100.
    #[must_use]
    pub fn unexpected(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        let mut look = |is_known: bool, member: &'static str| {
            if !is_known && !found.contains(&member) {
                found.push(member);
            }
        };
        let sequence = self.sequence.as_ref();
        let first = self.analyses_first() || is(sequence, "AuthorizeFirst");
        look(sequence.is_none() || first, "Sequence");
        let criteria = self.sequence_criteria.as_ref();
        let always = self.analyses_always() || is(criteria, "OnSuccess");
        look(criteria.is_none() || always, "SequenceCriteria");
        for item in self.items() {
            look(is_known("Risk", item.risk.as_ref()), "Risk");
            look(
                is_known("GiftCategory", item.gift_category.as_ref()),
                "GiftCategory",
            );
            let hedges = [
                (&item.host_hedge, "HostHedge"),
                (&item.non_sensical_hedge, "NonSensicalHedge"),
                (&item.obscenities_hedge, "ObscenitiesHedge"),
                (&item.phone_hedge, "PhoneHedge"),
                (&item.time_hedge, "TimeHedge"),
                (&item.velocity_hedge, "VelocityHedge"),
            ];
            for (word, member) in hedges {
                look(is_known("Hedge", word.as_ref()), member);
            }
            let rating = item.passenger.as_ref().and_then(|one| one.rating.as_ref());
            look(is_known("Rating", rating), "Rating");
        }
        let method = self
            .shipping
            .as_ref()
            .and_then(|shipping| shipping.method.as_ref());
        look(is_known("Method", method), "Method");
        let ids = self.merchant_defined_fields.iter();
        let within = ids.into_iter().all(|field| (1..=100).contains(&field.id));
        look(within, "MerchantDefinedFields");
        found
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
