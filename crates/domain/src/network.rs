//! Networks that may call (code 120).
//!
//! Invariant: an IPv4 address is the same address when it is written as IPv6.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// An address, or a network by its prefix (`10.0.0.0/8`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().ok()?;
        let widest = if written.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = match prefix {
            None => widest,
            Some(prefix) => prefix.parse().ok().filter(|prefix| *prefix <= widest)?,
        };
        let address = written.to_canonical();
        // Of an IPv4 address written as IPv6 the first 96 bits are not the address.
        let is_mapped = address.is_ipv4() && written.is_ipv6();
        let prefix = prefix.checked_sub(if is_mapped { 96 } else { 0 })?;
        Some(Self { address, prefix })
    }

    /// Whether every address of its family lies in the network.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.prefix == 0
    }

    /// Whether an address lies in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let matches = |ours: u128, theirs: u128, width: u8| {
            let shift = u32::from(width.saturating_sub(self.prefix));
            ours.checked_shr(shift).unwrap_or(0) == theirs.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                matches(u32::from(ours).into(), u32::from(theirs).into(), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => matches(ours.into(), theirs.into(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses_only() {
        let network = Network::parse("10.1.0.0/16").unwrap();
        assert!(network.contains("10.1.2.3".parse().unwrap()));
        assert!(network.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!network.contains("10.2.0.1".parse().unwrap()));
        assert!(!network.contains("2001:db8::1".parse().unwrap()));
        assert_eq!(Network::parse("::ffff:10.1.0.0/112"), Some(network));
        assert_eq!(
            Network::parse("::ffff:10.1.2.3").unwrap().to_string(),
            "10.1.2.3/32"
        );
        assert_eq!(Network::parse("::ffff:10.1.0.0/95"), None);
        assert!(
            Network::parse("0.0.0.0/0")
                .unwrap()
                .contains("1.2.3.4".parse().unwrap())
        );
    }
}
