//! Faults of the simulated acquirer, for tests of shops (decision D22).
//!
//! Invariant: a fault concerns authorizations and how their answers travel, never what the acquirer
//! decides.

/// A fault in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes so many milliseconds later.
    Delay(u16),
    /// The acquirer decides, and its answer is lost.
    LostAfter,
    /// The question is lost: the acquirer never decides.
    LostBefore,
    /// There is no connection: the acquirer is not asked, and everybody knows.
    Refused,
}

impl Fault {
    /// The longest delay in milliseconds.
    pub const LONGEST: u16 = 60_000;

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delay(_) => "Delay",
            Self::LostAfter => "LostAfter",
            Self::LostBefore => "LostBefore",
            Self::Refused => "Refused",
        }
    }

    /// Its delay in milliseconds.
    #[must_use]
    pub const fn delay(self) -> u16 {
        match self {
            Self::Delay(millis) => millis,
            Self::LostAfter | Self::LostBefore | Self::Refused => 0,
        }
    }

    /// Reads a name in any case, with the delay that a [`Fault::Delay`] has.
    #[must_use]
    pub fn parse(name: &str, delay: u16) -> Option<Self> {
        let all = [
            Self::Delay(delay),
            Self::LostAfter,
            Self::LostBefore,
            Self::Refused,
        ];
        all.into_iter()
            .find(|fault| fault.name().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_by_its_name() {
        assert_eq!(Fault::parse("delay", 7), Some(Fault::Delay(7)));
        assert_eq!(Fault::parse("LostAfter", 7), Some(Fault::LostAfter));
        assert_eq!(Fault::parse("None", 0), None);
        assert_eq!((Fault::Delay(7).delay(), Fault::Refused.delay()), (7, 0));
    }
}
