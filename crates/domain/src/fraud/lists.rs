//! The merchant's own lists: whom it trusts, whom it refuses, what looked bad before.
//!
//! Invariant: an entry is a keyed digest of one form of the thing; only networks stand in clear,
//! since they are looked into. No list holds a card number.

use std::collections::HashMap;
use std::net::IpAddr;

use super::history::Element;
use crate::network::Network;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Trusted: factor E.
    Positive,
    /// Refused: factor F.
    Negative,
    /// Suspicious before: factor W, for addresses.
    Suspect,
}

impl List {
    /// All lists.
    pub const ALL: [Self; 3] = [Self::Positive, Self::Negative, Self::Suspect];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Suspect => "suspect",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }
}

/// What an entry names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// An element by its digest. Billing and delivery addresses are one kind: billing.
    Element(Element, u64),
    /// An address or network of the internet.
    Network(Network),
}

/// The kind under which an element is listed: addresses are one kind.
#[must_use]
pub const fn kind(element: Element) -> Element {
    match element {
        Element::Delivery => Element::Billing,
        Element::Card
        | Element::Email
        | Element::Ip
        | Element::Phone
        | Element::Device
        | Element::Document
        | Element::Billing
        | Element::Name => element,
    }
}

/// The lists of a merchant, at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    elements: HashMap<(Element, u64), List>,
    networks: Vec<(Network, List)>,
}

/// What of a sale is on a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hits {
    /// On the positive list.
    pub positive: Option<Element>,
    /// On the negative list.
    pub negative: Option<Element>,
    /// Suspicious before.
    pub suspect: Option<Element>,
}

impl Lists {
    /// Puts an entry on a list; it is on one list at a time.
    pub fn add(&mut self, list: List, entry: Entry) {
        match entry {
            Entry::Element(element, digest) => {
                self.elements.insert((kind(element), digest), list);
            }
            Entry::Network(network) => self.networks.push((network, list)),
        }
    }

    /// Whether nothing is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty() && self.networks.is_empty()
    }

    /// What of a sale is listed: by digests of its elements and its IP address.
    #[must_use]
    pub fn hits(&self, of: &[(Element, u64)], ip: Option<&str>) -> Hits {
        let mut hits = Hits::default();
        if self.is_empty() {
            return hits;
        }
        let mut note = |list: List, element: Element| {
            let place = match list {
                List::Positive => &mut hits.positive,
                List::Negative => &mut hits.negative,
                List::Suspect => &mut hits.suspect,
            };
            *place = place.or(Some(element));
        };
        for (element, digest) in of {
            if let Some(list) = self.elements.get(&(kind(*element), *digest)) {
                note(*list, *element);
            }
        }
        let address = ip.and_then(|ip| ip.parse::<IpAddr>().ok());
        for (network, list) in &self.networks {
            if address.is_some_and(|address| network.contains(address)) {
                note(*list, Element::Ip);
            }
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_is_found_by_each_of_its_elements_and_by_its_network() {
        let mut lists = Lists::default();
        lists.add(List::Negative, Entry::Element(Element::Email, 7));
        lists.add(List::Suspect, Entry::Element(Element::Delivery, 8));
        lists.add(
            List::Positive,
            Entry::Network(Network::parse("10.1.0.0/16").unwrap()),
        );
        let hits = lists.hits(&[(Element::Email, 7)], None);
        assert_eq!((hits.negative, hits.positive), (Some(Element::Email), None));
        let hits = lists.hits(&[(Element::Billing, 8)], Some("10.1.2.3"));
        assert_eq!(
            (hits.suspect, hits.positive),
            (Some(Element::Billing), Some(Element::Ip))
        );
        let other = lists.hits(&[(Element::Card, 7)], Some("10.2.0.1"));
        assert_eq!(other, Hits::default());
        assert_eq!(lists.hits(&[], Some("200.190.150.350")), Hits::default());
    }
}
