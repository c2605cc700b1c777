//! Links of answers (requirements R128 to R135).
//!
//! Invariant: `self` names the query listener, `capture` and `void` the transactional one
//! (decision D05). Which are shown follows from the status alone.

use aval_domain::id::{PaymentId, RecurrentPaymentId};
use aval_domain::merchant::Dialect;
use aval_domain::method::Method;
use aval_domain::sale::Sale;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dialect;
use crate::server::Urls;

/// The issuer's page, before the PaymentId.
pub const AUTHENTICATION_PAGE: &str = "/CardAuthenticator/Receive";
/// The bank's page, before the PaymentId.
pub const TRANSFER_PAGE: &str = "/post/EletronicTransfer/Redirect";
/// The slip, before the PaymentId.
pub const SLIP_PAGE: &str = "/post/pagador/reenvia.asp";

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
    /// A link to look a recurrence up.
    #[must_use]
    pub const fn to_recurrence(href: String) -> Self {
        Self {
            method: "GET",
            rel: "recurrentPayment",
            href,
        }
    }

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

/// The address of a recurrence on the query listener.
#[must_use]
pub fn of_recurrence(urls: &Urls, id: RecurrentPaymentId) -> String {
    format!("{}/1/RecurrentPayment/{id}", urls.query)
}

/// The address of a sale on the query listener.
#[must_use]
pub fn of_sale(urls: &Urls, id: PaymentId) -> String {
    format!("{}/1/sales/{id}", urls.query)
}

/// The page of a payment that its buyer decides, if it has one (R213, R224).
#[must_use]
pub fn of_page(sale: &Sale, urls: &Urls) -> Option<String> {
    let path = match sale.details.method {
        Method::Credit(_) | Method::Debit(_) => AUTHENTICATION_PAGE,
        Method::Transfer(_) => TRANSFER_PAGE,
        Method::Boleto(_) => SLIP_PAGE,
    };
    let ticket = sale.details.method.ticket()?;
    let (url, id) = (&urls.api, sale.id);
    Some(format!("{url}{path}/{id}?ticket={ticket}"))
}

/// Where the buyer of a card sale proves who he is, where a dialect tells it.
#[must_use]
pub fn of_authentication(sale: &Sale, speaks: Dialect, urls: &Urls) -> Option<String> {
    if !dialect::shows_authentication_url(sale, speaks) {
        return None;
    }
    of_page(sale, urls)
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
