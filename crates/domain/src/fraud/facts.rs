//! The facts that an analysis looks at, and the elements by which a sale is recognised.
//!
//! Invariant: facts are read once, before any signal; nothing of a card but its first six digits is
//! among them.

use super::history::{Counts, Element, Keys};
use super::lists::Hits;
use super::request::Request;
use super::text;
use crate::brand::Brand;
use crate::customer::{Address, Customer};
use crate::time::Timestamp;

/// What an analysis knows of a sale.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// When.
    pub now: Timestamp,
    /// Cents.
    pub amount: i64,
    /// What was sent for the analysis.
    pub request: &'a Request,
    /// The buyer.
    pub customer: &'a Customer,
    /// First six digits of the card; unknown behind a token of webservice 1.5.
    pub bin: Option<u32>,
    /// Its brand.
    pub brand: Brand,
    /// Whether the issuer said no; not known before the authorization.
    pub denied: Option<bool>,
    /// The sale's elements.
    pub keys: &'a Keys,
    /// What the history knows of them.
    pub counts: &'a Counts,
    /// The merchant's lists.
    pub hits: Hits,
}

/// First six digits of a masked card number.
#[must_use]
pub fn bin_of(masked: &str) -> Option<u32> {
    masked.get(..6)?.parse().ok()
}

impl Request {
    /// The buyer's address on the internet, as sent.
    #[must_use]
    pub fn ip(&self) -> Option<&str> {
        let sent = self.browser.as_ref()?.ip_address.as_deref()?.trim();
        Some(sent).filter(|sent| !sent.is_empty())
    }

    /// The phone: of the delivery, of a passenger, or the caller's.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        let of_shipping = self
            .shipping
            .as_ref()
            .and_then(|shipping| shipping.phone.as_deref());
        let passengers = self
            .items()
            .iter()
            .filter_map(|item| item.passenger.as_ref());
        let of_passenger = passengers.filter_map(|one| one.phone.as_deref()).next();
        let sent = of_shipping
            .or(of_passenger)
            .or_else(|| self.defined(CALLER));
        sent.map(str::trim).filter(|sent| !sent.is_empty())
    }
}

/// The shop's field with the caller's phone (manual line 5735).
const CALLER: i64 = 38;
/// The shop's field with a document (manual line 5741).
const DOCUMENT: i64 = 100;

/// The buyer's e-mail: of the customer, or of the browser.
#[must_use]
pub fn email<'a>(request: &'a Request, customer: &'a Customer) -> Option<&'a str> {
    let of_browser = request
        .browser
        .as_ref()
        .and_then(|browser| browser.email.as_deref());
    let sent = customer.email.as_deref().or(of_browser).map(str::trim);
    sent.filter(|sent| !sent.is_empty())
}

/// The buyer's document: of the customer, or in the shop's field for it.
#[must_use]
pub fn document<'a>(request: &'a Request, customer: &'a Customer) -> Option<&'a str> {
    let sent = customer.identity.as_deref().map(str::trim);
    sent.filter(|sent| !sent.is_empty())
        .or_else(|| request.defined(DOCUMENT))
}

/// Where it is delivered: the billing address when no other is given.
#[must_use]
pub fn delivery(customer: &Customer) -> Option<&Address> {
    customer
        .delivery_address
        .as_ref()
        .or(customer.address.as_ref())
}

/// The elements of a sale in one form each, to be digested; the card has its fingerprint.
#[must_use]
pub fn elements(request: &Request, customer: &Customer) -> Vec<(Element, String)> {
    let mut found = Vec::with_capacity(8);
    let mut add = |element, form: Option<String>| {
        let form = form.filter(|form| !form.is_empty());
        found.extend(form.map(|form| (element, form)));
    };
    let email = email(request, customer);
    let email = email.and_then(text::email);
    add(
        Element::Email,
        email.map(|(local, domain)| format!("{local}@{domain}")),
    );
    add(Element::Ip, request.ip().map(str::to_owned));
    let phone = request
        .phone()
        .map(|phone| national(&text::digits(phone)).to_owned());
    add(Element::Phone, phone);
    let device = request.finger_print_id.as_deref().map(str::trim);
    add(Element::Device, device.map(str::to_owned));
    let document = document(request, customer);
    add(Element::Document, document.map(form_of_document));
    let billing = customer.address.as_ref().and_then(text::address);
    add(Element::Billing, billing);
    add(
        Element::Delivery,
        delivery(customer).and_then(text::address),
    );
    add(Element::Name, customer.name.as_deref().map(text::plain));
    found
}

/// A document's digits; of one with letters, those too.
#[must_use]
pub fn form_of_document(document: &str) -> String {
    text::plain(document).replace(' ', "")
}

/// A phone's digits without the country and what is dialled before.
#[must_use]
pub fn national(digits: &str) -> &str {
    let digits = digits.trim_start_matches('0');
    if digits.len() > 11 {
        digits.strip_prefix("55").unwrap_or(digits)
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fraud::request::{Browser, DefinedField, Shipping};

    #[test]
    fn elements_have_one_form_each_and_none_where_nothing_was_sent() {
        assert_eq!(elements(&Request::default(), &Customer::default()), []);
        let request = Request {
            finger_print_id: Some(" abc ".to_owned()),
            browser: Some(Browser {
                email: Some("A@B.com".to_owned()),
                ip_address: Some("1.2.3.4".to_owned()),
                ..Browser::default()
            }),
            shipping: Some(Shipping {
                phone: Some("+55 (21) 99999-4444".to_owned()),
                ..Shipping::default()
            }),
            merchant_defined_fields: vec![DefinedField {
                id: DOCUMENT,
                value: Some("529.982.247-25".to_owned()),
            }],
            ..Request::default()
        };
        let found = elements(&request, &Customer::default());
        let of = |element| {
            found
                .iter()
                .find(|(one, _)| *one == element)
                .map(|(_, f)| f.as_str())
        };
        assert_eq!(of(Element::Email), Some("a@b.com"));
        assert_eq!(of(Element::Phone), Some("21999994444"));
        assert_eq!(of(Element::Device), Some("abc"));
        assert_eq!(of(Element::Document), Some("52998224725"));
        assert_eq!(of(Element::Billing), None);
        assert_eq!(bin_of("402400******2931"), Some(402_400));
    }
}
