//! What a merchant is billed for: functions of the API, counted by São Paulo day (decision D49).
//!
//! Invariant: what a sale adds to the counts is the difference between what was counted of it
//! before and what it is now, so that counting it again adds nothing.

use jiff::civil::Date;

use crate::fraud::analysis;
use crate::operation::{Kind, Operation};
use crate::payment::Status;
use crate::sale::Sale;
use crate::search::{Combination, Group};
pub use crate::tariff::Function;

/// How often a function was used on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// The São Paulo day.
    pub day: Date,
    /// The function.
    pub function: Function,
    /// How often.
    pub count: i64,
}

/// What was counted of a sale before.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The version of the sale.
    pub version: u32,
    /// What it was then.
    pub combination: &'a Combination,
}

/// What a sale adds to what was counted of it before. `operations` are those of the sale.
#[must_use]
pub fn used(sale: &Sale, before: Option<Counted<'_>>, operations: &[Operation]) -> Vec<Used> {
    let day = sale.received_at.day();
    let functions = with_sale(sale, before, operations);
    let mut found: Vec<Used> = functions
        .into_iter()
        .map(|function| Used {
            day,
            function,
            count: 1,
        })
        .collect();
    let counted = before.map_or(0, |before| before.version);
    let new = operations
        .iter()
        .filter(|one| counted < one.version && one.version <= sale.version);
    found.extend(new.filter_map(|one| {
        Some(Used {
            day: one.at.day(),
            function: of_operation(one.kind)?,
            count: 1,
        })
    }));
    found
}

/// The functions that a sale itself used, beside those of its operations: all on the day on which
/// it was received. Those counted `before` are left out.
#[must_use]
pub fn with_sale(
    sale: &Sale,
    before: Option<Counted<'_>>,
    operations: &[Operation],
) -> Vec<Function> {
    let mut found = Vec::new();
    if before.is_none() {
        match Group::of(&sale.details.method) {
            Group::Boleto => found.push(Function::Boleto),
            Group::Transfer => found.push(Function::Transfer),
            Group::Credit | Group::Debit => {}
        }
        let recurrence = sale.details.recurrence.as_ref();
        if recurrence.is_some_and(|recurrence| recurrence.began.is_none()) {
            found.push(Function::RecurrenceRun);
        }
    }
    let was_analysed = before.is_some_and(|before| is_made(before.combination.analysis));
    if is_made(sale.analysis) && !was_analysed {
        found.push(Function::FraudAnalysis);
    }
    // A sale that waits for its buyer has a code, and nobody was asked.
    let is_answered = |status, has_code| status != Status::NotFinished && has_code;
    let was_answered = before.is_some_and(|Counted { combination, .. }| {
        is_answered(combination.status, combination.return_code.is_some())
    });
    let is_answered = is_answered(sale.state.status(), sale.receipt.is_some());
    if sale.details.method.card().is_some() && is_answered && !was_answered {
        found.push(Function::Authorization);
        // What a sale does at once has no record of its own.
        let has = |kinds: &[Kind]| operations.iter().any(|one| kinds.contains(&one.kind));
        if sale.state.capture_made().is_some() && !has(&[Kind::Capture]) {
            found.push(Function::Capture);
        }
        let given_back = sale.state.given_back(sale.amount);
        if given_back.is_some() && !has(&[Kind::Void, Kind::Refund]) {
            found.push(Function::Void);
        }
    }
    found
}

/// The function that an operation is billed as, on the day on which it was made.
#[must_use]
pub const fn of_operation(kind: Kind) -> Option<Function> {
    match kind {
        Kind::Capture => Some(Function::Capture),
        Kind::Void => Some(Function::Void),
        Kind::Refund => Some(Function::Refund),
        Kind::Authentication => Some(Function::Authentication),
        Kind::Payment | Kind::Denial | Kind::Deferral | Kind::Abandonment | Kind::Resolution => {
            None
        }
    }
}

const fn is_made(analysis: Option<analysis::Status>) -> bool {
    matches!(
        analysis,
        Some(analysis::Status::Accept | analysis::Status::Reject | analysis::Status::Review)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use crate::authorization::{Answer, Provider, Receipt};
    use crate::brand::Brand;
    use crate::card::ShownCard;
    use crate::country::Country;
    use crate::id::{MerchantId, PaymentId};
    use crate::method::Method;
    use crate::sale::{Basis, Interest, OrderId, Start, Terms};
    use crate::search::of_sale;
    use crate::time::{HOUR, Timestamp};

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn sale(capture: bool) -> Sale {
        let card = ShownCard {
            masked: Some("123412******1231".to_owned()),
            holder: None,
            expiry: None,
            brand: Brand::Visa,
            saved: false,
            token: None,
            by_token: false,
            on_file: None,
            account_reference: None,
        };
        let basis = Basis {
            order: OrderId::restored("1".to_owned()),
            customer: Box::default(),
            amount: Amount::new(15_700).unwrap(),
            terms: Terms {
                service_tax: 0,
                installments: 1,
                interest: Interest::ByMerchant,
                capture,
                recurrent: false,
                analysis_aborted: false,
                soft_descriptor: None,
                country: Country::BRAZIL,
                extra_data: Vec::new(),
            },
        };
        let start = Start {
            merchant: MerchantId::from_bytes([1; 16]),
            id: PaymentId::at(NOW, [0; 10]),
            now: NOW,
            request_id: String::new(),
            method: Method::Credit(card.into()),
            fingerprint: None,
            provider: Provider::Simulado,
        };
        Sale::start(basis, start)
    }

    fn functions(used: &[Used]) -> Vec<Function> {
        used.iter().map(|one| one.function).collect()
    }

    fn operation(sale: &Sale, kind: Kind, at: Timestamp) -> Operation {
        Operation {
            merchant: sale.merchant,
            payment: sale.id,
            version: sale.version,
            kind,
            amount: sale.amount,
            at,
            request_id: String::new(),
            return_code: "6".to_owned(),
            by: None,
            before: None,
        }
    }

    #[test]
    fn a_sale_captured_at_once_is_an_authorization_and_a_capture() {
        let sold = sale(true).answered(Answer::Approved(Receipt::default()), NOW);
        let counted = used(&sold, None, &[]);
        let both = [Function::Authorization, Function::Capture];
        assert_eq!(functions(&counted), both);
        assert!(counted.iter().all(|one| one.day == NOW.day()));
    }

    #[test]
    fn an_attempt_in_doubt_is_counted_when_it_is_answered_and_once() {
        let attempt = sale(false);
        assert_eq!(used(&attempt, None, &[]), []);
        let (combination, _) = of_sale(&attempt);
        let before = Counted {
            version: 1,
            combination: &combination,
        };
        let known = attempt.resolved(Answer::Denied(Receipt::default()), NOW);
        let counted = used(&known, Some(before), &[]);
        assert_eq!(functions(&counted), [Function::Authorization]);
        let (combination, _) = of_sale(&known);
        let before = Counted {
            version: 2,
            combination: &combination,
        };
        assert_eq!(used(&known, Some(before), &[]), []);
    }

    #[test]
    fn operations_are_counted_on_their_days_and_only_those_that_are_new() {
        let sold = sale(false).answered(Answer::Approved(Receipt::default()), NOW);
        let (combination, _) = of_sale(&sold);
        let later = NOW.plus(HOUR * 48);
        let captured = sold.capture(None, None, NOW, 5).unwrap();
        let capture = operation(&captured, Kind::Capture, NOW);
        let voided = captured.void(None, later, true).unwrap();
        let refund = operation(&voided, Kind::Refund, later);
        let operations = [capture, refund];
        let before = |version| {
            Some(Counted {
                version,
                combination: &combination,
            })
        };
        let both = used(&voided, before(1), &operations);
        assert_eq!(functions(&both), [Function::Capture, Function::Refund]);
        assert_eq!(both[1].day, later.day());
        let last = used(&voided, before(2), &operations);
        assert_eq!(functions(&last), [Function::Refund]);
        assert_eq!(used(&voided, before(3), &operations), []);
        let all = used(&voided, None, &operations);
        assert_eq!(all.len(), 3, "{all:?}");
    }
}
