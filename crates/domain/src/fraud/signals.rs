//! Every signal with its weight, and what a sale shows of each.
//!
//! Invariant: signals are functions of the facts alone, so the same facts give the same signals in
//! the same order. A signal whose importance is off is told and weighs nothing.

use super::codes::{AddressInfo, Factor, InternetInfo};
use super::facts::Facts;
use super::request::Matter;
use super::{history_signals, order_signals, place_signals};

/// What a signal is about: which item decides on its importance.
type Weighed = Option<Matter>;

macro_rules! signals {
    ($(
        $(#[$doc:meta])*
        $one:ident = $name:literal, $weight:literal, $factor:expr, $matter:expr;
    )*) => {
        /// Something that a sale may show.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Signal {
            $($(#[$doc])* $one,)*
        }

        impl Signal {
            /// Every signal.
            pub const ALL: &'static [Self] = &[$(Self::$one),*];

            /// Its name in explanations and rules.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$one => $name,)* }
            }

            /// Points, each time it counts.
            #[must_use]
            pub const fn weight(self) -> i32 {
                match self { $(Self::$one => $weight,)* }
            }

            /// The factor it is told under.
            #[must_use]
            pub const fn factor(self) -> Option<Factor> {
                match self { $(Self::$one => $factor,)* }
            }

            /// Which importance it has.
            #[must_use]
            pub const fn matter(self) -> Weighed {
                match self { $(Self::$one => $matter,)* }
            }
        }
    };
}

const HOST: Weighed = Some(Matter::Host);
const SENSE: Weighed = Some(Matter::NonSensical);
const OBSCENITY: Weighed = Some(Matter::Obscenities);
const PHONE: Weighed = Some(Matter::Phone);
const TIME: Weighed = Some(Matter::Time);
const VELOCITY: Weighed = Some(Matter::Velocity);

signals! {
    /// The card, several times within 15 minutes.
    CardQuarterHour = "card_15m", 11, Some(Factor::Velocity), VELOCITY;
    /// The e-mail.
    EmailQuarterHour = "email_15m", 7, Some(Factor::Velocity), VELOCITY;
    /// The IP address.
    IpQuarterHour = "ip_15m", 6, Some(Factor::Velocity), VELOCITY;
    /// The phone.
    PhoneQuarterHour = "phone_15m", 5, Some(Factor::Velocity), VELOCITY;
    /// The device.
    DeviceQuarterHour = "device_15m", 7, Some(Factor::Velocity), VELOCITY;
    /// The document.
    DocumentQuarterHour = "document_15m", 7, Some(Factor::Velocity), VELOCITY;
    /// The delivery address.
    DeliveryQuarterHour = "delivery_15m", 5, Some(Factor::Velocity), VELOCITY;
    /// The card, often within a day.
    CardDay = "card_24h", 5, Some(Factor::RiskyOrder), VELOCITY;
    /// The device, often within a day.
    DeviceDay = "device_24h", 4, Some(Factor::RiskyOrder), VELOCITY;
    /// The IP address, often within a day.
    IpDay = "ip_24h", 2, Some(Factor::RiskyOrder), VELOCITY;
    /// More than six cards of one buyer in six months.
    BuyerCards = "buyer_cards", 25, Some(Factor::ManyCards), None;
    /// Several cards of one device within a day.
    DeviceCards = "device_cards_24h", 14, Some(Factor::Morphing), VELOCITY;
    /// Several cards of one IP address within a day.
    IpCards = "ip_cards_24h", 9, Some(Factor::Morphing), VELOCITY;
    /// Several cards of one e-mail within a day.
    EmailCards = "email_cards_24h", 12, Some(Factor::Morphing), VELOCITY;
    /// Several cards to one delivery address within a day.
    DeliveryCards = "delivery_cards_24h", 10, Some(Factor::Morphing), VELOCITY;
    /// One buyer, several billing addresses.
    BuyerAddresses = "buyer_addresses", 10, Some(Factor::AddressChanges), None;
    /// One buyer, several names.
    BuyerNames = "buyer_names", 12, Some(Factor::NameChanges), None;
    /// One card, several names.
    CardNames = "card_names", 10, Some(Factor::NameChanges), None;
    /// One card, several identities.
    CardIdentities = "card_identities", 22, Some(Factor::Morphing), None;
    /// One e-mail, several identities.
    EmailIdentities = "email_identities", 12, Some(Factor::Morphing), HOST;
    /// One IP address, several identities.
    IpIdentities = "ip_identities", 5, Some(Factor::Morphing), HOST;
    /// One phone, several identities.
    PhoneIdentities = "phone_identities", 8, Some(Factor::Morphing), PHONE;
    /// One device, several identities.
    DeviceIdentities = "device_identities", 10, Some(Factor::Morphing), None;
    /// One billing address, several identities.
    BillingIdentities = "billing_identities", 4, Some(Factor::Morphing), None;
    /// One delivery address, several identities.
    DeliveryIdentities = "delivery_identities", 12, Some(Factor::Morphing), None;
    /// Several phones of one card.
    CardPhones = "card_phones", 5, Some(Factor::Morphing), PHONE;
    /// Denied authorizations of the card within a day.
    CardDenials = "card_denials_24h", 8, Some(Factor::Bin), None;
    /// Denied authorizations from the device within a day.
    DeviceDenials = "device_denials_24h", 9, Some(Factor::Bin), None;
    /// Denied authorizations from the IP address within a day.
    IpDenials = "ip_denials_24h", 6, Some(Factor::Bin), None;
    /// The issuer denied this one.
    Denied = "denied", 5, Some(Factor::Bin), None;
    /// The card was in a sale that an analysis rejected.
    CardRejected = "card_rejected", 25, Some(Factor::Bin), None;
    /// The BIN's country is not that of the billing address.
    BinCountry = "bin_country", 20, Some(Factor::Bin), None;
    /// A free e-mail provider.
    FreeEmail = "free_email", 2, Some(Factor::Email), HOST;
    /// An e-mail made to be thrown away.
    DisposableEmail = "disposable_email", 28, Some(Factor::Email), HOST;
    /// An e-mail whose name is a test, or nothing.
    RiskyEmail = "risky_email", 6, Some(Factor::Email), HOST;
    /// An e-mail that cannot be one.
    InvalidEmail = "invalid_email", 8, Some(Factor::InvalidValue), HOST;
    /// The buyer is on the positive list.
    PositiveList = "positive_list", -60, Some(Factor::PositiveList), None;
    /// Something of the sale is on the negative list.
    NegativeList = "negative_list", 90, Some(Factor::NegativeList), None;
    /// An address that was suspicious before.
    SuspectAddress = "suspect_address", 22, Some(Factor::Suspect), None;
    /// A phone's area code is not of the billing state.
    PhonePlace = "phone_place", 4, Some(Factor::Geolocation), PHONE;
    /// A postal code is not of the state it stands with.
    ZipPlace = "zip_place", 10, Some(Factor::Geolocation), None;
    /// The e-mail's ending is not of the billing country.
    EmailCountry = "email_country", 12, Some(Factor::Internet), HOST;
    /// An IP address that nobody on the internet has.
    PrivateIp = "private_ip", 5, Some(Factor::Internet), HOST;
    /// Meaningless text.
    Meaningless = "meaningless", 12, Some(Factor::Meaningless), SENSE;
    /// Obscene text.
    Obscene = "obscene", 14, Some(Factor::Obscene), OBSCENITY;
    /// A phone that cannot be one.
    PhoneForm = "phone_form", 8, Some(Factor::Phone), PHONE;
    /// An area code that does not exist.
    PhoneArea = "phone_area", 8, Some(Factor::Phone), PHONE;
    /// An item of high risk.
    RiskyItem = "risky_item", 12, Some(Factor::RiskyOrder), None;
    /// Only items of low risk.
    SafeItems = "safe_items", -5, None, None;
    /// An amount that one sale in a hundred reaches.
    RareAmount = "rare_amount", 12, Some(Factor::RiskyOrder), None;
    /// An amount that one sale in twenty reaches.
    HighAmount = "high_amount", 5, Some(Factor::RiskyOrder), None;
    /// Many of one thing.
    Quantity = "quantity", 8, Some(Factor::RiskyOrder), None;
    /// Sent fast, to an address that is not the card's.
    FastElsewhere = "fast_elsewhere", 9, Some(Factor::RiskyOrder), None;
    /// The receiver is another than the buyer.
    OtherReceiver = "other_receiver", 3, Some(Factor::RiskyOrder), None;
    /// A known buyer with a new device.
    NewDevice = "known_buyer_new_device", 9, Some(Factor::RiskyOrder), None;
    /// A known buyer with a new delivery address.
    NewDelivery = "known_buyer_new_delivery", 9, Some(Factor::RiskyOrder), None;
    /// A known buyer with a new e-mail or phone.
    NewContact = "known_buyer_new_contact", 9, Some(Factor::RiskyOrder), None;
    /// All three at once: somebody else has the account.
    TakenOver = "account_taken_over", 26, Some(Factor::RiskyOrder), None;
    /// A card known with other buyers only, and never with this one.
    BorrowedCard = "borrowed_card", 20, Some(Factor::RiskyOrder), None;
    /// A departure within two days.
    ShortNotice = "short_notice", 12, Some(Factor::RiskyOrder), None;
    /// One way only.
    OneWay = "one_way", 6, Some(Factor::RiskyOrder), None;
    /// None of the passengers pays.
    ThirdPartyPayer = "third_party_payer", 10, Some(Factor::RiskyOrder), None;
    /// Several cards tried for one order.
    CardChanges = "card_changes", 7, Some(Factor::RiskyOrder), None;
    /// A card number that was pasted.
    PastedCard = "pasted_card", 6, Some(Factor::RiskyOrder), None;
    /// An hour in which the shop hardly sells.
    UnusualHour = "unusual_hour", 8, Some(Factor::Time), TIME;
    /// An address without what makes it one.
    UnverifiableAddress = "unverifiable_address", 8, Some(Factor::Unverifiable), None;
    /// Billing and delivery differ in street or code.
    OtherStreet = "other_street", 3, Some(Factor::AddressMismatch), None;
    /// They differ in city.
    OtherCity = "other_city", 5, Some(Factor::AddressMismatch), None;
    /// They differ in state.
    OtherState = "other_state", 8, Some(Factor::AddressMismatch), None;
    /// They differ in country.
    OtherCountry = "other_country", 22, Some(Factor::AddressMismatch), None;
    /// A billing address abroad.
    BillingAbroad = "billing_abroad", 10, Some(Factor::Geolocation), None;
    /// A delivery address abroad.
    DeliveryAbroad = "delivery_abroad", 12, Some(Factor::Geolocation), None;
    /// A military address.
    Military = "military_address", 5, Some(Factor::Geolocation), None;
    /// A value that was not expected.
    InvalidValue = "invalid_value", 5, Some(Factor::InvalidValue), None;
    /// A document whose check digits are wrong.
    InvalidDocument = "invalid_document", 5, Some(Factor::InvalidValue), None;
    /// A buyer and card that have bought together before, and nothing was wrong.
    KnownPair = "known_card_and_buyer", -14, None, None;
    /// A buyer that has bought from this device before.
    KnownDevice = "known_device", -8, None, None;
}

/// A signal that a sale shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub signal: Signal,
    /// The value it was seen in: a count, a word, a code; never an e-mail, document or number.
    pub value: String,
    /// Points, after importance.
    pub weight: i32,
}

/// All that a sale shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Signals in the order in which they were looked for.
    pub shown: Vec<Shown>,
    /// Of the addresses.
    pub address: Vec<AddressInfo>,
    /// Of internet data and identities.
    pub internet: Vec<InternetInfo>,
    /// 0 to 5: risk of the e-mail's domain (R162).
    pub host_severity: u8,
}

impl Findings {
    /// Points of all signals.
    #[must_use]
    pub fn points(&self) -> i32 {
        self.shown
            .iter()
            .fold(0, |sum, one| sum.saturating_add(one.weight))
    }

    /// The factors, each once, in the order of their letters.
    #[must_use]
    pub fn factors(&self) -> Vec<Factor> {
        let mut factors: Vec<_> = self
            .shown
            .iter()
            .filter_map(|one| one.signal.factor())
            .collect();
        factors.sort_unstable();
        factors.dedup();
        factors
    }

    /// Whether a signal was shown.
    #[must_use]
    pub fn shows(&self, signal: Signal) -> bool {
        self.shown.iter().any(|one| one.signal == signal)
    }
}

/// Gathers what is found under the importance that the request gives it.
pub(super) struct Finder<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) findings: Findings,
}

impl Finder<'_> {
    /// Notes a signal once.
    pub(super) fn note(&mut self, signal: Signal, value: impl Into<String>) {
        self.note_times(signal, value, 1);
    }

    /// Notes a signal that weighs so many times its weight.
    pub(super) fn note_times(&mut self, signal: Signal, value: impl Into<String>, times: u32) {
        let times = i32::try_from(times).unwrap_or(i32::MAX);
        let weight = signal.weight().saturating_mul(times);
        let hedge = signal
            .matter()
            .map(|matter| self.facts.request.hedge(matter));
        let weight = hedge.map_or(weight, |hedge| hedge.applied(weight));
        self.findings.shown.push(Shown {
            signal,
            value: value.into(),
            weight,
        });
    }

    /// Notes an address code once.
    pub(super) fn note_address(&mut self, code: AddressInfo) {
        if !self.findings.address.contains(&code) {
            self.findings.address.push(code);
        }
    }

    /// Notes an internet code once.
    pub(super) fn note_internet(&mut self, code: InternetInfo) {
        if !self.findings.internet.contains(&code) {
            self.findings.internet.push(code);
        }
    }
}

/// What a sale shows.
#[must_use]
pub fn find(facts: &Facts<'_>) -> Findings {
    let mut finder = Finder {
        facts,
        findings: Findings::default(),
    };
    history_signals::look(&mut finder);
    place_signals::look(&mut finder);
    order_signals::look(&mut finder);
    let mut findings = finder.findings;
    findings.address.sort_unstable();
    findings.internet.sort_unstable();
    findings
}
