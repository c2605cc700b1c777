//! What a sale is: the lists of facts beside its timeline.
//!
//! Invariant: only what may be shown: the masked card, never a ticket or a sealed value.

use aval_domain::customer::Address;
use aval_domain::method::Method;
use aval_domain::operation::Operation;
use aval_domain::sale::{Interest, Sale};

use super::text::Texts;
use super::words;
use crate::backoffice::money::reais;
use crate::backoffice::search::bank_name;
use crate::pages::Language;

/// Facts that belong together.
pub struct Group {
    /// Their heading.
    pub title: &'static str,
    /// The facts.
    pub facts: Vec<Fact>,
}

/// One fact.
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// What it says.
    pub value: String,
    /// Whether it is a code to be read sign by sign.
    pub is_code: bool,
}

/// Characters of a value beside which another has room.
const SHORT: usize = 18;

impl Fact {
    /// Whether it takes a line of its own.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.value.chars().count() > SHORT
    }
}

/// Facts that are told where they are known.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn text(mut self, label: &'static str, value: Option<&str>) -> Self {
        self.0
            .extend(value.filter(|text| !text.is_empty()).map(|text| Fact {
                label,
                value: text.to_owned(),
                is_code: false,
            }));
        self
    }

    fn code(mut self, label: &'static str, value: Option<&str>) -> Self {
        self.0
            .extend(value.filter(|text| !text.is_empty()).map(|text| Fact {
                label,
                value: text.to_owned(),
                is_code: true,
            }));
        self
    }

    fn under(self, title: &'static str) -> Option<Group> {
        let facts = self.0;
        (!facts.is_empty()).then_some(Group { title, facts })
    }
}

/// All facts of a sale.
#[must_use]
pub fn groups(
    t: &'static Texts,
    language: Language,
    sale: &Sale,
    operations: &[Operation],
) -> Vec<Group> {
    let all = [
        paid_with(t, language, sale),
        acquirer(t, sale, operations),
        buyer(t, sale),
        extra(t, sale),
    ];
    all.into_iter().flatten().collect()
}

fn paid_with(t: &'static Texts, language: Language, sale: &Sale) -> Option<Group> {
    let (details, terms) = (&sale.details, &sale.details.terms);
    let facts = Facts::default().text(t.method, Some(words::method(t, &details.method)));
    let facts = match &details.method {
        Method::Credit(paid) | Method::Debit(paid) => {
            let card = &paid.card;
            let interest = match terms.interest {
                Interest::ByMerchant => t.by_merchant,
                Interest::ByIssuer => t.by_issuer,
            };
            let installments = match terms.installments {
                1 => "1".to_owned(),
                many => format!("{many} · {} {interest}", t.interest.to_lowercase()),
            };
            facts
                .text(t.brand, Some(card.brand.name()))
                .code(t.card, card.masked.as_deref())
                .text(t.holder, card.holder.as_deref())
                .text(t.expiry, card.expiry.as_deref())
                .code(t.token, card.token.as_deref())
                .text(t.installments, Some(&installments))
                .text(t.wallet, paid.wallet.as_ref().map(|one| one.kind.name()))
        }
        Method::Transfer(_) => facts,
        Method::Boleto(slip) => {
            let received = (sale.received > 0).then(|| reais(sale.received, language));
            facts
                .text(t.due, Some(&slip.boleto.due.to_string()))
                .code(t.slip_number, Some(slip.boleto.number.as_str()))
                .code(t.line, Some(&slip.boleto.line().to_string()))
                .text(t.paid_so_far, received.as_deref())
        }
    };
    let tax = (terms.service_tax > 0).then(|| reais(terms.service_tax, language));
    facts
        .text(t.descriptor, terms.soft_descriptor.as_deref())
        .text(t.service_tax, tax.as_deref())
        .under(t.method)
}

fn acquirer(t: &'static Texts, sale: &Sale, operations: &[Operation]) -> Option<Group> {
    let receipt = sale.receipt.as_ref();
    let nsu = receipt.map_or("", |one| &one.proof_of_sale);
    let marks = operations.iter().filter_map(|one| one.before.as_ref());
    let mut former: Vec<&str> = marks.map(|marks| marks.proof_of_sale.as_str()).collect();
    former.retain(|one| !one.is_empty() && *one != nsu);
    former.dedup();
    Facts::default()
        .text(t.provider, Some(bank_name(sale.details.provider)))
        .code("Tid", receipt.map(|one| one.tid.as_str()))
        .code("NSU", Some(nsu))
        .code(t.nsu_before, Some(&former.join(", ")))
        .code(
            t.authorization_code,
            receipt.and_then(|one| one.authorization_code.as_deref()),
        )
        .under(t.acquirer)
}

fn buyer(t: &'static Texts, sale: &Sale) -> Option<Group> {
    let customer = &sale.details.customer;
    let identity = customer.identity.as_deref().map(|number| {
        let kind = customer.identity_type.as_deref().unwrap_or_default();
        format!("{kind} {number}").trim().to_owned()
    });
    Facts::default()
        .text(t.name, customer.name.as_deref())
        .text(t.email, customer.email.as_deref())
        .text(t.document, identity.as_deref())
        .text(t.birthdate, customer.birthdate.as_deref())
        .text(t.address, customer.address.as_ref().map(whole).as_deref())
        .text(
            t.delivery,
            customer.delivery_address.as_ref().map(whole).as_deref(),
        )
        .under(t.buyer)
}

/// An address in one line.
fn whole(address: &Address) -> String {
    let parts = [
        &address.street,
        &address.number,
        &address.complement,
        &address.district,
        &address.city,
        &address.state,
        &address.zip_code,
        &address.country,
    ];
    let parts: Vec<&str> = parts
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    parts.join(", ")
}

fn extra(t: &'static Texts, sale: &Sale) -> Option<Group> {
    let all = &sale.details.terms.extra_data;
    let line = |one: &aval_domain::sale::ExtraDatum| {
        format!("{}: {}", one.name, one.value.as_deref().unwrap_or_default())
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    Facts::default()
        .text(t.extra, Some(&lines.join(" · ")))
        .under(t.extra)
}
