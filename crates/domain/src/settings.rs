//! Merchant settings (decision D40): what a merchant may do, by keys that scripts rely on.
//!
//! Invariant: a value is checked when it is set, so that whoever reads a setting need not. A
//! setting missing from what was stored has its default.

mod secret;

use serde::{Deserialize, Serialize};

pub use self::secret::Secret;

use crate::fraud::analysis::Verdict;
use crate::fraud::velocity::Limits as VelocityLimits;
use crate::merchant::Dialect;
use crate::network::Network;
use crate::receiver::{headers, url};
use crate::tariff::Tariff;

/// Settings of a merchant. Methods and features are on unless set otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The wire it speaks.
    pub dialect: Dialect,
    /// Credit card sales (173 when off).
    pub credit: bool,
    /// Debit card sales (173).
    pub debit: bool,
    /// Boletos (173).
    pub boleto: bool,
    /// Bank transfers (173).
    pub transfer: bool,
    /// Wallets (212).
    pub wallets: bool,
    /// Scheduled recurrences (319).
    pub recurrence: bool,
    /// Voids later than 24 hours after the capture (311).
    pub refunds_enabled: bool,
    /// Fraud analysis (167).
    pub antifraud: bool,
    /// Card tokens (170).
    pub protected_card: bool,
    /// Replacement of renewed cards.
    pub renova_facil: bool,
    /// Zero Dollar Auth (322).
    pub zero_auth: bool,
    /// Bin Query (323).
    pub bin_query: bool,
    /// Velocity analysis.
    pub velocity: bool,
    /// An order number may be used once only (302).
    pub duplicate_orders_refused: bool,
    /// A first card sale without SecurityCode is denied (08).
    pub security_code_required: bool,
    /// Every user of the back office needs a second factor.
    pub second_factor_required: bool,
    /// Days from the authorization within which it can be captured, 1 to 30.
    pub capture_window_days: u8,
    /// Attempts at a recurrence's charge, 1 to 4.
    pub recurrence_attempts: u8,
    /// Days between those attempts, 1 to 4.
    pub recurrence_attempt_interval_days: u8,
    /// Networks that may call; empty = all (120).
    pub ip_allow_list: Vec<Network>,
    /// Where notifications go.
    pub notification_url: Option<String>,
    /// Fixed headers sent with them, at most three.
    pub notification_headers: Vec<(String, String)>,
    /// HMAC key of their signature, its UTF-8 bytes.
    pub notification_secret: Option<Secret>,
    /// Body of a notification; by the dialect when not set.
    pub notification_format: Option<NotificationFormat>,
    /// Agency of the boleto credential.
    pub boleto_agency: Option<String>,
    /// Account of the boleto credential.
    pub boleto_account: Option<String>,
    /// Wallet (carteira) of the boleto credential.
    pub boleto_wallet: Option<String>,
    /// Convênio of Banco do Brasil, seven digits.
    pub boleto_convenio: Option<String>,
    /// Fraud score from which a sale waits for review, 0 to 99.
    pub fraud_review_score: u8,
    /// Fraud score from which a sale is rejected, 0 to 99.
    pub fraud_reject_score: u8,
    /// Hours after which a sale that waits for review expires, 1 to 240.
    pub fraud_review_hours: u8,
    /// What becomes of it then: accept or reject.
    pub fraud_review_expiry: Verdict,
    /// Velocity limits; looked at where `velocity` is on.
    pub velocity_limits: VelocityLimits,
    /// Requests per second, 0 = no limit.
    pub rate_limit_per_second: u32,
    /// Minutes after which a payment in doubt is reversed, 1 to 240 (decision D15).
    pub unfinished_limit_minutes: u8,
    /// What each function of the API costs it (decision D49).
    pub tariff: Tariff,
    /// What is secret of them, sealed: as they are stored. Absent while they are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

/// What a notification's body holds (decision D39).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationFormat {
    /// The sale, as GET answers it.
    Sale,
    /// Ids and the kind of change.
    Change,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dialect: Dialect::Manual,
            credit: true,
            debit: true,
            boleto: true,
            transfer: true,
            wallets: true,
            recurrence: true,
            refunds_enabled: true,
            antifraud: true,
            protected_card: true,
            renova_facil: true,
            zero_auth: true,
            bin_query: true,
            velocity: false,
            duplicate_orders_refused: false,
            security_code_required: false,
            second_factor_required: false,
            capture_window_days: 5,
            recurrence_attempts: 4,
            recurrence_attempt_interval_days: 1,
            ip_allow_list: Vec::new(),
            notification_url: None,
            notification_headers: Vec::new(),
            notification_secret: None,
            notification_format: None,
            boleto_agency: None,
            boleto_account: None,
            boleto_wallet: None,
            boleto_convenio: None,
            fraud_review_score: 60,
            fraud_reject_score: 85,
            fraud_review_hours: 48,
            fraud_review_expiry: Verdict::Reject,
            velocity_limits: VelocityLimits::default(),
            rate_limit_per_second: 0,
            unfinished_limit_minutes: 15,
            tariff: Tariff::default(),
            sealed: None,
        }
    }
}

/// Why a setting was not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such key.
    #[error("unknown setting {0:?}; known are: {known}", known = Settings::KEYS.join(", "))]
    UnknownKey(String),
    /// The value is not one the key takes.
    #[error("{key}: {value:?} is not {expected}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// What was given.
        value: String,
        /// What is taken.
        expected: &'static str,
    },
}

/// Settings whose values are keys to something: a refused one is not repeated.
const SECRET: [&str; 2] = ["notification_secret", "notification_headers"];

macro_rules! settings {
    ($($key:ident: $read:expr, $expected:literal, $show:expr;)*) => {
        impl Settings {
            /// Every key, in the order in which they are shown.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($key)),*];

            /// Sets one key from its text.
            ///
            /// # Errors
            /// When the key is unknown or the value is not one it takes; nothing is changed then.
            pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
                match key {
                    $(stringify!($key) => {
                        let read: fn(&str) -> Option<_> = $read;
                        self.$key = read(value.trim()).ok_or_else(|| SettingError::BadValue {
                            key: stringify!($key),
                            value: if SECRET.contains(&key) {
                                "***".to_owned()
                            } else {
                                value.to_owned()
                            },
                            expected: $expected,
                        })?;
                    })*
                    _ => return Err(SettingError::UnknownKey(key.to_owned())),
                }
                Ok(())
            }

            /// Every key with its value as text, as [`Settings::set`] takes it; the notification
            /// secret and the values of headers masked.
            #[must_use]
            pub fn list(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($key), {
                    let show: fn(&_) -> String = $show;
                    show(&self.$key)
                })),*]
            }

            /// What differs in `new`: key, value here, value there; secrets masked, so that two of
            /// them may look alike.
            #[must_use]
            pub fn changes(&self, new: &Self) -> Vec<(&'static str, String, String)> {
                let mut changes = Vec::new();
                $(if self.$key != new.$key {
                    let show: fn(&_) -> String = $show;
                    changes.push((stringify!($key), show(&self.$key), show(&new.$key)));
                })*
                changes
            }
        }
    };
}

settings! {
    dialect: Dialect::parse, "manual or live", |d: &Dialect| d.name().to_owned();
    credit: flag, "true or false", bool::to_string;
    debit: flag, "true or false", bool::to_string;
    boleto: flag, "true or false", bool::to_string;
    transfer: flag, "true or false", bool::to_string;
    wallets: flag, "true or false", bool::to_string;
    recurrence: flag, "true or false", bool::to_string;
    refunds_enabled: flag, "true or false", bool::to_string;
    antifraud: flag, "true or false", bool::to_string;
    protected_card: flag, "true or false", bool::to_string;
    renova_facil: flag, "true or false", bool::to_string;
    zero_auth: flag, "true or false", bool::to_string;
    bin_query: flag, "true or false", bool::to_string;
    velocity: flag, "true or false", bool::to_string;
    duplicate_orders_refused: flag, "true or false", bool::to_string;
    security_code_required: flag, "true or false", bool::to_string;
    second_factor_required: flag, "true or false", bool::to_string;
    capture_window_days: within::<1, 30>, "a number from 1 to 30", u8::to_string;
    recurrence_attempts: within::<1, 4>, "a number from 1 to 4", u8::to_string;
    recurrence_attempt_interval_days: within::<1, 4>, "a number from 1 to 4", u8::to_string;
    ip_allow_list: networks, "a comma-separated list of addresses or networks",
        |networks: &Vec<_>| show_networks(networks);
    notification_url: url, "an absolute http or https address, or empty", shown;
    notification_headers: headers, "a JSON object of at most three texts",
        |headers: &Vec<_>| masked_headers(headers);
    notification_secret: secret::<255>, "a text of at most 255 characters", masked;
    notification_format: format, "sale or change, or empty", show_format;
    boleto_agency: digits::<1, 5>, "1 to 5 digits, or empty", shown;
    boleto_account: digits::<1, 8>, "1 to 8 digits, or empty", shown;
    boleto_wallet: digits::<1, 3>, "1 to 3 digits, or empty", shown;
    boleto_convenio: digits::<7, 7>, "7 digits, or empty", shown;
    fraud_review_score: within::<0, 99>, "a number from 0 to 99", u8::to_string;
    fraud_reject_score: within::<0, 99>, "a number from 0 to 99", u8::to_string;
    fraud_review_hours: within::<1, 240>, "a number from 1 to 240", u8::to_string;
    fraud_review_expiry: expiry, "accept or reject", |verdict: &Verdict| verdict.name().to_owned();
    velocity_limits: VelocityLimits::parse, "limits as card=5/15m,ip=20/1h", ToString::to_string;
    unfinished_limit_minutes: within::<1, 240>, "a number from 1 to 240", u8::to_string;
    rate_limit_per_second: |text| text.parse().ok(), "a whole number, 0 = no limit", u32::to_string;
    tariff: Tariff::parse, "prices in cents as authorization=40,query=1", ToString::to_string;
}

fn flag(text: &str) -> Option<bool> {
    text.parse().ok()
}

fn within<const LOW: u8, const HIGH: u8>(text: &str) -> Option<u8> {
    text.parse()
        .ok()
        .filter(|number| (LOW..=HIGH).contains(number))
}

fn expiry(text: &str) -> Option<Verdict> {
    let all = [Verdict::Accept, Verdict::Reject];
    all.into_iter().find(|verdict| verdict.name() == text)
}

fn secret<const MAX: usize>(text: &str) -> Option<Option<Secret>> {
    let fits = text.chars().count() <= MAX;
    fits.then(|| (!text.is_empty()).then(|| Secret(text.to_owned())))
}

fn digits<const LOW: usize, const HIGH: usize>(text: &str) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    let fits = (LOW..=HIGH).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| Some(text.to_owned()))
}

fn format(text: &str) -> Option<Option<NotificationFormat>> {
    match text {
        "" => Some(None),
        "sale" => Some(Some(NotificationFormat::Sale)),
        "change" => Some(Some(NotificationFormat::Change)),
        _ => None,
    }
}

fn networks(text: &str) -> Option<Vec<Network>> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(Network::parse)
        .collect()
}

/// A header's value may be a key to the receiver.
fn masked_headers(headers: &[(String, String)]) -> String {
    let masked = headers.iter().map(|(name, _)| format!("{name}: ***"));
    masked.collect::<Vec<_>>().join(", ")
}

fn shown(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

fn masked(value: &Option<Secret>) -> String {
    value
        .as_ref()
        .map_or_else(String::new, |_| "***".to_owned())
}

fn show_format(value: &Option<NotificationFormat>) -> String {
    match value {
        None => String::new(),
        Some(NotificationFormat::Sale) => "sale".to_owned(),
        Some(NotificationFormat::Change) => "change".to_owned(),
    }
}

fn show_networks(networks: &[Network]) -> String {
    networks
        .iter()
        .map(Network::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_takes_back_what_it_shows() {
        let settings = Settings::default();
        let mut copy = Settings::default();
        for (key, value) in settings.list() {
            copy.set(key, &value)
                .unwrap_or_else(|error| panic!("{error}"));
        }
        assert_eq!(settings, copy);
    }

    #[test]
    fn bad_values_and_unknown_keys_are_told_and_change_nothing() {
        let mut settings = Settings::default();
        for (key, value) in [
            ("credit", "yes"),
            ("capture_window_days", "31"),
            ("recurrence_attempts", "0"),
            ("ip_allow_list", "300.1.1.1"),
            ("ip_allow_list", "10.0.0.0/33"),
            ("notification_url", "ftp://x"),
            (
                "notification_headers",
                r#"{"A":"1","B":"2","C":"3","D":"4"}"#,
            ),
            ("notification_headers", r#"{"A":1}"#),
            ("boleto_convenio", "123"),
            ("dialect", "braspag"),
            ("tariff", "sale=1"),
            ("colour", "blue"),
        ] {
            assert!(settings.set(key, value).is_err(), "{key}={value}");
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn a_secret_is_never_shown() {
        let mut settings = Settings::default();
        settings.set("notification_secret", "s3cret").unwrap();
        assert!(
            settings
                .list()
                .contains(&("notification_secret", "***".to_owned()))
        );
        assert!(!format!("{settings:?}").contains("s3cret"));
        let header = r#"{"Authorization":"Bearer s3cret"}"#;
        settings.set("notification_headers", header).unwrap();
        let shown = ("notification_headers", "Authorization: ***".to_owned());
        assert!(settings.list().contains(&shown));
        for refused in [r#"{"Authorization":["s3cret"]}"#, "s3cret"] {
            let error = settings.set("notification_headers", refused).unwrap_err();
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn what_was_changed_is_told_without_secrets() {
        let mut old = Settings::default();
        old.set("notification_secret", "s3cret").unwrap();
        let mut new = old.clone();
        assert_eq!(old.changes(&new), []);
        for (key, value) in [
            ("credit", "false"),
            ("notification_secret", "s4cret"),
            (
                "notification_headers",
                r#"{"Authorization":"Bearer s5cret"}"#,
            ),
        ] {
            new.set(key, value).unwrap();
        }
        let changes = old.changes(&new);
        let texts = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let wanted = [
            ("credit", texts("true", "false")),
            ("notification_headers", texts("", "Authorization: ***")),
            ("notification_secret", texts("***", "***")),
        ];
        let wanted = wanted.map(|(key, (from, to))| (key, from, to));
        assert_eq!(changes, wanted);
    }

    #[test]
    fn headers_are_read_from_json() {
        let mut settings = Settings::default();
        settings
            .set(
                "notification_headers",
                r#"{ "X-Shop" : "7", "Authorization":"Bearer x" }"#,
            )
            .unwrap();
        assert_eq!(settings.notification_headers.len(), 2);
        assert!(settings.set("notification_headers", "{}").is_ok());
    }
}
