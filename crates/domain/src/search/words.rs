//! The words for what few values tell apart: statuses, payment methods, fraud analysis.
//!
//! Invariant: each value has one word that is written, and may have others that are read; none has
//! a capital letter, a blank or an accent, so that any way of writing them is read by [`folded`].

use super::combination::Combination;
use crate::authorization::Provider;
use crate::brand::Brand;
use crate::fraud::analysis;
use crate::method::Method;
use crate::payment::Status;

/// A word as it is looked up: small letters without accents, `-` for blanks and underscores.
#[must_use]
pub fn folded(word: &str) -> String {
    let plain = |c: char| match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        ' ' | '_' => '-',
        other => other,
    };
    word.trim().to_lowercase().chars().map(plain).collect()
}

/// A status by the name that the back office has for it (decision D48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchedStatus {
    /// Captured: 2.
    Paid,
    /// Authorized, not captured: 1.
    NotPaid,
    /// Denied: 3.
    NotAuthorized,
    /// Given back, at any time: 10 or 11.
    Canceled,
    /// Given back within 24 hours: 10.
    Reversed,
    /// Given back later: 11.
    Refunded,
    /// 0.
    NotFinished,
    /// 12.
    Pending,
    /// 13.
    Aborted,
    /// 20: of a recurrence that has no payment yet, which is no sale here.
    Scheduled,
}

impl SearchedStatus {
    /// All of them, those of the manual first.
    pub const ALL: [Self; 10] = [
        Self::Canceled,
        Self::Reversed,
        Self::NotAuthorized,
        Self::NotPaid,
        Self::Paid,
        Self::Refunded,
        Self::NotFinished,
        Self::Pending,
        Self::Aborted,
        Self::Scheduled,
    ];

    /// The words: the first is written, all are read.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Paid => &[
                "paid",
                "confirmed",
                "captured",
                "paymentconfirmed",
                "paga",
                "pago",
                "capturada",
            ],
            Self::NotPaid => &[
                "not-paid",
                "authorized",
                "nao-paga",
                "nao-pago",
                "autorizada",
                "autorizado",
            ],
            Self::NotAuthorized => &[
                "not-authorized",
                "denied",
                "nao-autorizada",
                "nao-autorizado",
                "negada",
                "negado",
            ],
            Self::Canceled => &["canceled", "cancelled", "cancelada", "cancelado"],
            Self::Reversed => &["reversed", "voided", "estornada", "estornado"],
            Self::Refunded => &["refunded", "reembolsada", "reembolsado"],
            Self::NotFinished => &[
                "not-finished",
                "notfinished",
                "nao-finalizada",
                "nao-finalizado",
            ],
            Self::Pending => &["pending", "pendente"],
            Self::Aborted => &["aborted", "abortada", "abortado"],
            Self::Scheduled => &["scheduled", "agendada", "agendado"],
        }
    }

    /// Whether a payment of that status has it.
    #[must_use]
    pub const fn takes(self, status: Status) -> bool {
        match self {
            Self::Paid => matches!(status, Status::PaymentConfirmed),
            Self::NotPaid => matches!(status, Status::Authorized),
            Self::NotAuthorized => matches!(status, Status::Denied),
            Self::Canceled => matches!(status, Status::Voided | Status::Refunded),
            Self::Reversed => matches!(status, Status::Voided),
            Self::Refunded => matches!(status, Status::Refunded),
            Self::NotFinished => matches!(status, Status::NotFinished),
            Self::Pending => matches!(status, Status::Pending),
            Self::Aborted => matches!(status, Status::Aborted),
            Self::Scheduled => false,
        }
    }

    /// The name of a payment's status: the most exact one.
    #[must_use]
    pub const fn of(status: Status) -> Self {
        match status {
            Status::NotFinished => Self::NotFinished,
            Status::Authorized => Self::NotPaid,
            Status::PaymentConfirmed => Self::Paid,
            Status::Denied => Self::NotAuthorized,
            Status::Voided => Self::Reversed,
            Status::Refunded => Self::Refunded,
            Status::Pending => Self::Pending,
            Status::Aborted => Self::Aborted,
        }
    }
}

/// A group of payment methods, without brand or bank (manual of the back office, line 63).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Credit cards.
    Credit,
    /// Debit cards.
    Debit,
    /// Slips.
    Boleto,
    /// Transfers at the buyer's bank.
    Transfer,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Credit, Self::Debit, Self::Boleto, Self::Transfer];

    /// The group of a method.
    #[must_use]
    pub const fn of(method: &Method) -> Self {
        match method {
            Method::Credit(_) => Self::Credit,
            Method::Debit(_) => Self::Debit,
            Method::Boleto(_) => Self::Boleto,
            Method::Transfer(_) => Self::Transfer,
        }
    }

    /// Payment.Type on the wire, and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credit => "CreditCard",
            Self::Debit => "DebitCard",
            Self::Boleto => "Boleto",
            Self::Transfer => "EletronicTransfer",
        }
    }

    /// The group of a name on the wire.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// The words: the first is written, all are read.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Credit => &["credit", "creditcard", "credito"],
            Self::Debit => &["debit", "debitcard", "debito"],
            Self::Boleto => &["boleto"],
            Self::Transfer => &["transfer", "eletronictransfer", "transferencia"],
        }
    }
}

/// The brand of a card, or the bank of a slip or transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A card's brand.
    Brand(Brand),
    /// A bank.
    Bank(Provider),
}

impl Kind {
    /// The word: `visa`, `bradesco`.
    #[must_use]
    pub fn word(self) -> String {
        let name = match self {
            Self::Brand(brand) => brand.name(),
            Self::Bank(bank) => bank.name(),
        };
        name.to_lowercase()
    }
}

/// A payment method with its brand or bank, like Bradesco Boleto (manual of the back office, line
/// 64).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentMethod {
    /// Its group.
    pub group: Group,
    /// Its brand or bank.
    pub kind: Kind,
}

impl PaymentMethod {
    /// All of them, by group.
    pub fn all() -> impl Iterator<Item = Self> {
        let banks = [
            Provider::Bradesco,
            Provider::BancoDoBrasil,
            Provider::Simulado,
        ];
        Group::ALL.into_iter().flat_map(move |group| {
            let brands: &'static [Brand] = match group {
                Group::Credit => &Brand::ALL,
                Group::Debit => &[Brand::Visa, Brand::Master],
                Group::Boleto | Group::Transfer => &[],
            };
            let banks: &[Provider] = match group {
                Group::Credit | Group::Debit => &[],
                Group::Boleto => &banks,
                Group::Transfer => &[Provider::Bradesco, Provider::BancoDoBrasil],
            };
            let brands = brands.iter().map(|brand| Kind::Brand(*brand));
            let banks: Vec<Kind> = banks.iter().map(|bank| Kind::Bank(*bank)).collect();
            let kinds = brands.chain(banks);
            kinds.map(move |kind| Self { group, kind })
        })
    }

    /// The word: `credit-visa`, `boleto-bradesco`.
    #[must_use]
    pub fn word(self) -> String {
        let group = self.group.words().first().copied().unwrap_or_default();
        format!("{group}-{}", self.kind.word())
    }

    /// Whether sales of a combination are paid so.
    #[must_use]
    pub fn takes(&self, combination: &Combination) -> bool {
        let kind = match self.kind {
            Kind::Brand(brand) => combination.brand == Some(brand),
            Kind::Bank(bank) => combination.provider == bank,
        };
        self.group == combination.group && kind
    }
}

/// Where a fraud analysis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchedAnalysis {
    /// None was asked for.
    None,
    /// It stands there.
    Is(analysis::Status),
}

impl SearchedAnalysis {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Is(analysis::Status::Accept),
        Self::Is(analysis::Status::Reject),
        Self::Is(analysis::Status::Review),
        Self::Is(analysis::Status::Aborted),
        Self::Is(analysis::Status::Unfinished),
        Self::None,
    ];

    /// The words: the first is written, all are read.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::None => &["none", "nenhuma"],
            Self::Is(analysis::Status::Accept) => &["accept", "accepted", "aceita"],
            Self::Is(analysis::Status::Reject) => &["reject", "rejected", "rejeitada"],
            Self::Is(analysis::Status::Review) => &["review", "em-revisao", "revisao"],
            Self::Is(analysis::Status::Aborted) => &["aborted", "abortada"],
            Self::Is(analysis::Status::Unfinished) => &["unfinished", "nao-finalizada"],
        }
    }

    /// Whether it is that of a sale.
    #[must_use]
    pub fn takes(self, status: Option<analysis::Status>) -> bool {
        match self {
            Self::None => status.is_none(),
            Self::Is(wanted) => status == Some(wanted),
        }
    }
}
