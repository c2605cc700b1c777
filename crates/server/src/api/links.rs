//! Links of answers (requirements R128 to R135).
//!
//! Invariant: `self` names the query listener, `capture` and `void` the transactional one
//! (decision D05). Which are shown follows from the status alone.

use aval_domain::id::PaymentId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::server::Urls;

/// What can be done next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Link {
    /// HTTP method.
    method: &'static str,
    /// `self`, `capture` or `void`.
    rel: &'static str,
    /// Address.
    href: String,
}

impl Link {
    /// A link to look something up.
    #[must_use]
    pub const fn to_self(href: String) -> Self {
        Self {
            method: "GET",
            rel: "self",
            href,
        }
    }
}

/// The address of a sale on the query listener.
#[must_use]
pub fn of_sale(urls: &Urls, id: PaymentId) -> String {
    format!("{}/1/sales/{id}", urls.query)
}

/// The links of a card sale in a status.
#[must_use]
pub fn of_card_sale(urls: &Urls, id: PaymentId, status: u8) -> Vec<Link> {
    let put = |rel| Link {
        method: "PUT",
        rel,
        href: format!("{}/1/sales/{id}/{rel}", urls.api),
    };
    let mut links = vec![Link::to_self(of_sale(urls, id))];
    match status {
        1 => links.extend([put("capture"), put("void")]),
        2 => links.push(put("void")),
        _ => {}
    }
    links
}
