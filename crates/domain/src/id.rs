//! Identifiers as types of their own, so that one is never taken for another.
//!
//! Invariant: what we name is a UUID of version 7, ordered by time, so that rows written together
//! lie together (see docs/decisions/0003-storage-schema.md). Ids of others are any GUID.

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// From sixteen bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The sixteen bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads a GUID of 36 characters, in any case. Other forms are not taken: 32 digits
            /// without hyphens are a fine order number.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let text = text.trim();
                (text.len() == 36).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
            }

            /// A UUID of version 7 for a moment, with 74 bits of chance.
            #[must_use]
            pub fn at(now: crate::time::Timestamp, chance: [u8; 10]) -> Self {
                let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid())
            }

            /// The moment that a UUID of version 7 was made for, to the millisecond.
            #[must_use]
            pub const fn moment(&self) -> crate::time::Timestamp {
                let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
                let millis = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
                crate::time::Timestamp::from_micros(millis.saturating_mul(1_000))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

id! {
    /// Names a merchant: the header MerchantId.
    MerchantId
}
id! {
    /// Names a payment.
    PaymentId
}
id! {
    /// Names a stored card of a merchant.
    CardToken
}
id! {
    /// Names a notification of a merchant.
    NotificationId
}
id! {
    /// Names an attempt to deliver a notification.
    DeliveryId
}
id! {
    /// Names who listens to notifications beside the merchants' own receivers.
    ListenerId
}
id! {
    /// Names a capture or void of many payments.
    JobId
}
id! {
    /// Names a recurrence that we run for a merchant: its plan.
    RecurrentPaymentId
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn ids_of_later_moments_are_greater() {
        let early = PaymentId::at(Timestamp::from_micros(1_000_000), [255; 10]);
        let late = PaymentId::at(Timestamp::from_micros(1_001_000), [0; 10]);
        assert!(early < late);
        assert_eq!(late.moment(), Timestamp::from_micros(1_001_000));
    }

    #[test]
    fn a_guid_is_read_in_any_case() {
        let text = "24BC8366-fc31-4d6c-8555-17049a836a07";
        assert_eq!(
            PaymentId::parse(text).unwrap().to_string(),
            text.to_lowercase()
        );
        assert!(PaymentId::parse("2014111706").is_none());
        assert!(PaymentId::parse("24bc8366fc314d6c855517049a836a07").is_none());
    }
}
