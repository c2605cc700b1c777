//! Velocity limits of a merchant: how often an element may be used within a window (R174).
//!
//! Invariant: a limit is one to [`MOST`], since the history counts no further; a sale beyond one is
//! aborted before anybody is asked.

use serde::{Deserialize, Serialize};

use super::history::{Element, History, Keys};
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// The highest limit.
pub const MOST: u32 = 60;
/// Limits of one merchant.
pub const MOST_LIMITS: usize = 12;

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub element: Element,
    /// Sales, the present one included.
    pub most: u32,
    /// Within so many microseconds.
    pub window: i64,
}

/// The limits of a merchant, kept as their text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Limits(Vec<Limit>);

/// Those of a merchant who set none.
const DEFAULT: [Limit; 4] = [
    Limit {
        element: Element::Card,
        most: 5,
        window: 900_000_000,
    },
    Limit {
        element: Element::Email,
        most: 8,
        window: HOUR,
    },
    Limit {
        element: Element::Ip,
        most: 20,
        window: HOUR,
    },
    Limit {
        element: Element::Document,
        most: 10,
        window: DAY,
    },
];

impl Default for Limits {
    fn default() -> Self {
        Self(DEFAULT.to_vec())
    }
}

impl Limits {
    /// Reads them, see [`parse`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
    }

    /// Each of them.
    #[must_use]
    pub fn all(&self) -> &[Limit] {
        &self.0
    }
}

impl std::fmt::Display for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&show(&self.0))
    }
}

impl TryFrom<String> for Limits {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no velocity limits")
    }
}

impl From<Limits> for String {
    fn from(limits: Limits) -> Self {
        limits.to_string()
    }
}

/// VelocityAnalysis of a sale (manual lines 3873 to 3877).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Analysis {
    /// Accept or Reject.
    pub result_message: String,
    /// 0, or 100 beyond a limit.
    pub score: u8,
    /// The limit that was passed, as `card=3/15m`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<String>,
}

impl Analysis {
    /// Whether a limit was passed.
    #[must_use]
    pub const fn is_beyond(&self) -> bool {
        self.limit.is_some()
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (window, unit) = [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm')]
            .into_iter()
            .find(|(micros, _)| self.window.checked_rem(*micros) == Some(0))
            .unwrap_or((MINUTE, 'm'));
        let count = self.window.checked_div(window).unwrap_or(0);
        write!(f, "{}={}/{count}{unit}", self.element.name(), self.most)
    }
}

/// Reads limits as `card=3/15m,ip=10/1h,document=5/24h`: card, email, ip or document; 1 to 60
/// sales; minutes, hours or days up to 180 days.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<Limit>> {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let limits: Vec<Limit> = parts.map(parse_one).collect::<Option<_>>()?;
    (limits.len() <= MOST_LIMITS).then_some(limits)
}

fn parse_one(text: &str) -> Option<Limit> {
    let (element, rest) = text.split_once('=')?;
    let element = Element::parse(element.trim())?;
    let followed = [
        Element::Card,
        Element::Email,
        Element::Ip,
        Element::Document,
    ]
    .contains(&element);
    let (most, window) = rest.split_once('/')?;
    let most = most
        .trim()
        .parse()
        .ok()
        .filter(|most| (1..=MOST).contains(most))?;
    let window = window.trim();
    let unit = match window.chars().last()? {
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        _ => return None,
    };
    let count: i64 = window.get(..window.len().checked_sub(1)?)?.parse().ok()?;
    let window = unit.checked_mul(count)?;
    let fits = (MINUTE..=DAY.saturating_mul(180)).contains(&window);
    (followed && fits).then_some(Limit {
        element,
        most,
        window,
    })
}

/// Limits as [`parse`] reads them.
#[must_use]
pub fn show(limits: &[Limit]) -> String {
    let texts: Vec<String> = limits.iter().map(ToString::to_string).collect();
    texts.join(",")
}

/// Looks at the limits, the present sale included.
#[must_use]
pub fn analyse(limits: &[Limit], history: &History, keys: &Keys, now: Timestamp) -> Analysis {
    let passed = limits.iter().find(|limit| {
        keys.of(limit.element).is_some()
            && history.within(keys, limit.element, limit.window, now) >= limit.most
    });
    Analysis {
        result_message: if passed.is_some() { "Reject" } else { "Accept" }.to_owned(),
        score: if passed.is_some() { 100 } else { 0 },
        limit: passed.map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fraud::history::{Event, Fate};

    #[test]
    fn limits_are_read_and_shown_alike_and_others_refused() {
        let text = "card=3/15m,ip=10/1h,document=5/1d";
        assert_eq!(show(&parse(text).unwrap()), text);
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(show(&parse(" email = 2 / 24h ,").unwrap()), "email=2/1d");
        for wrong in [
            "card",
            "card=0/1h",
            "card=61/1h",
            "name=1/1h",
            "card=1/1s",
            "card=1/900d",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_sale_beyond_a_limit_is_told_and_those_up_to_it_are_not() {
        let limits = parse("card=3/15m").unwrap();
        let mut keys = Keys::default();
        keys.set(Element::Card, 5);
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let mut history = History::new();
        for sale in 0..5 {
            let said = analyse(&limits, &history, &keys, now);
            assert_eq!(said.is_beyond(), sale >= 3, "sale {sale}");
            let fate = Fate::default();
            history.add(&Event {
                at: now,
                keys,
                amount: 1,
                fate,
            });
        }
        let later = now.plus(16 * MINUTE);
        assert!(!analyse(&limits, &history, &keys, later).is_beyond());
        let said = analyse(&limits, &history, &keys, now);
        assert_eq!(said.limit.as_deref(), Some("card=3/15m"));
        assert!(!analyse(&limits, &history, &Keys::default(), now).is_beyond());
    }
}
