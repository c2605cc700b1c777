//! What of a sale may occur again, as keyed digests, and what became of the sale.
//!
//! Invariant: a digest is made with a merchant's key and tells nothing of what it is of; zero means
//! that the sale has no such element.

use crate::time::Timestamp;

/// An element of a sale that may occur again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum Element {
    /// The card, by its fingerprint.
    Card = 0,
    /// The buyer's e-mail.
    Email = 1,
    /// The buyer's IP address.
    Ip = 2,
    /// The phone.
    Phone = 3,
    /// The device's fingerprint.
    Device = 4,
    /// CPF, CNPJ or another document.
    Document = 5,
    /// The billing address.
    Billing = 6,
    /// The delivery address.
    Delivery = 7,
    /// The buyer's name: counted beside the others, not looked for by itself.
    Name = 8,
}

/// How many elements there are.
pub const ELEMENTS: usize = 9;
/// Those that are looked for by themselves.
pub const FOLLOWED: usize = 8;

impl Element {
    /// All of them, in the order in which they are stored.
    pub const ALL: [Self; ELEMENTS] = [
        Self::Card,
        Self::Email,
        Self::Ip,
        Self::Phone,
        Self::Device,
        Self::Document,
        Self::Billing,
        Self::Delivery,
        Self::Name,
    ];

    /// Its place in [`Self::ALL`].
    #[must_use]
    pub const fn at(self) -> usize {
        self as usize
    }

    /// Its name in rules, limits and lists.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Email => "email",
            Self::Ip => "ip",
            Self::Phone => "phone",
            Self::Device => "device",
            Self::Document => "document",
            Self::Billing => "billing",
            Self::Delivery => "delivery",
            Self::Name => "name",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// The elements of a sale as keyed digests; zero where it has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keys(pub [u64; ELEMENTS]);

impl Keys {
    /// The digest of an element.
    #[must_use]
    pub fn of(&self, element: Element) -> Option<u64> {
        self.0.get(element.at()).copied().filter(|key| *key != 0)
    }

    /// Sets an element's digest.
    pub fn set(&mut self, element: Element, digest: u64) {
        if let Some(place) = self.0.get_mut(element.at()) {
            // Zero means none; a digest that is zero by chance becomes one.
            *place = digest.max(1);
        }
    }

    /// As bytes, for storage.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|key| key.to_be_bytes()).collect()
    }

    /// From bytes; what is missing is none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut keys = Self::default();
        for (place, chunk) in keys.0.iter_mut().zip(bytes.chunks_exact(8)) {
            *place = chunk.try_into().map_or(0, u64::from_be_bytes);
        }
        keys
    }
}

/// What became of a sale, as far as later ones are concerned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fate {
    /// The issuer said no.
    pub denied: bool,
    /// The analysis said no, or a person after it.
    pub rejected: bool,
    /// Nobody has paid: it waits for its buyer or for an answer, was given up, or a limit ended it.
    pub unpaid: bool,
}

impl Fate {
    /// As a number, for storage.
    #[must_use]
    pub const fn number(self) -> u8 {
        (self.denied as u8) | ((self.rejected as u8) << 1) | ((self.unpaid as u8) << 2)
    }

    /// Whether it speaks for who bought: it was paid, and nothing was wrong with it.
    #[must_use]
    pub const fn is_good(self) -> bool {
        self.number() == 0
    }

    /// From a number.
    #[must_use]
    pub const fn of_number(number: u8) -> Self {
        Self {
            denied: number & 1 != 0,
            rejected: number & 2 != 0,
            unpaid: number & 4 != 0,
        }
    }
}

/// One sale of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Its elements.
    pub keys: Keys,
    /// Cents.
    pub amount: i64,
    /// What became of it.
    pub fate: Fate,
}
