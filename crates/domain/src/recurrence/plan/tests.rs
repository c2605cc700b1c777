//! The rules of plans as tables; the calendar through years in [`years`].

mod years;

use jiff::Span;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::brand::Brand;
use crate::country::Country;
use crate::recurrence::{Modification, NewPayment, allows_retry};
use crate::refusal::Refusal;
use crate::sale::Interest;

const FOUR: Attempts = Attempts {
    most: 4,
    days_apart: 1,
};

fn card(expiry: &str) -> ShownCard {
    ShownCard {
        masked: Some("123412******1231".to_owned()),
        holder: None,
        expiry: Some(expiry.to_owned()),
        brand: Brand::Visa,
        saved: false,
        token: None,
        by_token: false,
        on_file: None,
        account_reference: None,
    }
}

fn terms() -> Terms {
    Terms {
        service_tax: 7,
        installments: 1,
        interest: Interest::ByMerchant,
        capture: false,
        recurrent: false,
        analysis_aborted: true,
        soft_descriptor: None,
        country: Country::BRAZIL,
        extra_data: Vec::new(),
    }
}

fn facts(today: Date) -> Begin {
    Begin {
        merchant: MerchantId::from_bytes([1; 16]),
        id: RecurrentPaymentId::from_bytes([2; 16]),
        now: start_of(today).plus(36_000_000_000),
        order: OrderId::restored("7".to_owned()),
        amount: Amount::new(1_500).unwrap(),
        sealed: None,
        fingerprint: None,
        details: PlanDetails {
            provider: Provider::Simulado,
            customer: Box::default(),
            terms: terms(),
            card: card("12/2999"),
        },
    }
}

pub(super) fn new(interval: Interval, start: Option<Date>, end: Option<Date>) -> NewPlan {
    NewPlan {
        authorize_now: start.is_none(),
        start,
        end,
        interval,
        named: None,
    }
}

/// A plan made on a day: begun at once, or to begin on a day.
pub(super) fn plan(today: Date, new: NewPlan) -> RecurrentPayment {
    if new.authorize_now {
        RecurrentPayment::begin(facts(today), &new.begun_on(today), 1)
    } else {
        RecurrentPayment::begin(facts(today), &new.scheduled_from(today), 0)
    }
}

fn monthly(today: Date, next: Date) -> RecurrentPayment {
    plan(today, new(Interval::Monthly, Some(next), None))
}

fn days(date: Date, days: i64) -> Date {
    date.checked_add(Span::new().days(days)).unwrap()
}

fn day(number: i64) -> Modification {
    Modification::Day(RecurrencyDay::new(number).unwrap())
}

#[test]
fn rule_1_a_day_after_today_takes_effect_on_the_next_recurrence() {
    let today = date(2027, 5, 5);
    let moved = monthly(today, date(2027, 5, 25))
        .modified(day(10), today)
        .unwrap();
    assert_eq!(moved.next, date(2027, 5, 10));
    assert_eq!(moved.due_at, Some(start_of(date(2027, 5, 10))));
}

#[test]
fn rule_2_a_day_before_today_takes_effect_after_the_next_recurrence_was_paid() {
    let today = date(2027, 5, 5);
    for number in [3, 5] {
        let stays = monthly(today, date(2027, 5, 25))
            .modified(day(number), today)
            .unwrap();
        assert_eq!(
            stays.next,
            date(2027, 5, 25),
            "today's day counts as before"
        );
        let number = i8::try_from(number).unwrap();
        assert_eq!(stays.paid(date(2027, 5, 25)).next, date(2027, 6, number));
    }
}

#[test]
fn rule_3_a_day_takes_effect_on_a_next_recurrence_of_another_month() {
    let today = date(2027, 5, 5);
    for (number, expected) in [(3, date(2027, 9, 3)), (10, date(2027, 9, 10))] {
        let moved = monthly(today, date(2027, 9, 25))
            .modified(day(number), today)
            .unwrap();
        assert_eq!(moved.next, expected);
    }
    let last = monthly(today, date(2027, 9, 25))
        .modified(day(31), today)
        .unwrap();
    assert_eq!(last.next, date(2027, 9, 30));
    assert_eq!(last.paid(date(2027, 9, 30)).next, date(2027, 10, 31));
}

#[test]
fn the_first_payment_begins_the_calendar_and_an_end_before_the_next_date_finishes_it() {
    let today = date(2015, 5, 4);
    let begun = plan(
        today,
        new(Interval::SemiAnnual, None, Some(date(2019, 12, 1))),
    );
    assert_eq!(
        (begun.cycle, begun.version, begun.status),
        (1, 1, PlanStatus::Active)
    );
    assert_eq!((begun.start, begun.next), (today, date(2015, 11, 4)));
    let late = date(2026, 11, 22);
    let over = plan(
        late,
        new(Interval::SemiAnnual, None, Some(date(2019, 12, 1))),
    );
    assert_eq!((over.next, over.due_at), (date(2027, 5, 22), None));
    assert_eq!(over.status, PlanStatus::Finished);
    let equal = plan(today, new(Interval::Monthly, None, Some(date(2015, 6, 4))));
    assert_eq!(equal.status, PlanStatus::Active, "the last day counts");
    assert_eq!(equal.paid(date(2015, 6, 4)).status, PlanStatus::Finished);
}

#[test]
fn a_start_in_the_past_is_due_at_once_and_charged_once() {
    let (today, start) = (date(2026, 11, 22), date(2015, 6, 1));
    let past = monthly(today, start);
    assert_eq!((past.next, past.turn(today)), (start, Turn::Charge));
    assert!(past.due_at.unwrap() < start_of(today));
    let paid = past.paid(today);
    assert_eq!((paid.next, paid.successes), (date(2026, 12, 1), 1));
    let over = plan(
        today,
        new(Interval::Monthly, Some(start), Some(date(2019, 12, 1))),
    );
    assert_eq!((over.status, over.due_at), (PlanStatus::Finished, None));
}

#[test]
fn cycles_that_fell_due_while_nobody_looked_are_all_charged() {
    let mut late = plan(date(2027, 1, 31), new(Interval::Monthly, None, None));
    let today = date(2027, 4, 15);
    let mut dates = Vec::new();
    while late.due_at.unwrap() <= start_of(today) {
        dates.push(late.next);
        late = late.paid(today);
    }
    assert_eq!(dates, [date(2027, 2, 28), date(2027, 3, 31)]);
}

#[test]
fn a_denied_charge_is_tried_again_as_often_and_as_far_apart_as_the_merchant_says() {
    for most in 1..=4 {
        for days_apart in 1..=4 {
            let attempts = Attempts { most, days_apart };
            let (made, start) = (date(2027, 1, 1), date(2027, 1, 31));
            let mut tried = monthly(made, start);
            for number in 1..most {
                let apart = i64::from(days_apart) * i64::from(number);
                let today = days(start, apart - i64::from(days_apart));
                tried = tried.denied(true, attempts, today);
                assert_eq!(tried.due_at, Some(start_of(days(start, apart))));
                assert_eq!((tried.next, tried.attempts), (start, number));
            }
            let paid = tried.clone().paid(date(2027, 2, 10));
            assert_eq!((paid.next, paid.attempts), (date(2027, 2, 28), 0));
            let failed = tried.denied(true, attempts, date(2027, 2, 10));
            assert_eq!((failed.status, failed.due_at), (PlanStatus::Failed, None));
        }
    }
}

#[test]
fn a_denial_that_allows_no_retry_ends_it_and_so_does_the_end_date() {
    let start = date(2027, 1, 31);
    let failed = monthly(start, start).denied(false, FOUR, start);
    assert_eq!(failed.status, PlanStatus::Failed);
    let last = plan(start, new(Interval::Monthly, Some(start), Some(start)));
    let ended = last.denied(true, FOUR, start);
    assert_eq!((ended.status, ended.due_at), (PlanStatus::Finished, None));
    for (code, again) in [("2", false), ("57", false), ("77", false), ("70", true)] {
        assert_eq!(allows_retry(Provider::Simulado, code), again, "{code}");
    }
    for (code, again) in [("78", true), ("99", true), ("XX", true), ("AC", false)] {
        assert_eq!(allows_retry(Provider::Simulado, code), again, "{code}");
    }
}

#[test]
fn an_expired_card_is_not_charged() {
    let today = date(2027, 1, 31);
    let mut plan = monthly(today, today);
    for (expiry, turn) in [("12/2026", Turn::ExpireCard), ("01/2027", Turn::Charge)] {
        plan.details.card = card(expiry);
        assert_eq!(plan.turn(today), turn, "{expiry}");
    }
    let expired = plan.stopped(PlanStatus::CardExpired);
    assert_eq!((expired.turn(today), expired.due_at), (Turn::Rest, None));
}

#[test]
fn an_answer_that_is_awaited_is_looked_for_also_when_the_plan_was_stopped() {
    let today = date(2027, 1, 31);
    let payment = PaymentId::from_bytes([5; 16]);
    let look_at = start_of(today).plus(2_000_000);
    let asked = monthly(today, today).asked(payment, look_at);
    assert_eq!(asked.turn(today), Turn::Ask(payment));
    let stopped = asked.modified(Modification::Deactivate, today).unwrap();
    assert_eq!(stopped.turn(today), Turn::Ask(payment));
    assert_eq!(stopped.due_at, Some(look_at));
    let again = stopped
        .clone()
        .modified(Modification::Reactivate, today)
        .unwrap();
    assert_eq!((again.status, again.next), (PlanStatus::Active, today));
    let denied = stopped.clone().denied(true, FOUR, today);
    assert_eq!(
        (denied.status, denied.due_at),
        (PlanStatus::Deactivated, None)
    );
    let paid = stopped.paid(today);
    assert_eq!((paid.due_at, paid.asking, paid.successes), (None, None, 1));
}

#[test]
fn a_charge_is_a_captured_sale_with_what_the_plan_holds() {
    let today = date(2027, 1, 31);
    let plan = monthly(today, today);
    let sale = plan.charge(PaymentId::from_bytes([5; 16]), start_of(today), None);
    let terms = &sale.details.terms;
    assert!(terms.capture && terms.recurrent && !terms.analysis_aborted);
    assert_eq!((terms.service_tax, sale.order.as_str()), (0, "7"));
    let of = sale.details.recurrence.unwrap();
    assert_eq!(
        (of.id, of.began),
        (RecurrentPaymentId::from_bytes([2; 16]), None)
    );
}

#[test]
fn a_card_is_stored_with_the_first_charge_that_is_paid_and_not_again() {
    let today = date(2027, 1, 31);
    let mut plan = monthly(today, today);
    plan.details.card.saved = true;
    let (id, token) = (
        PaymentId::from_bytes([5; 16]),
        CardToken::from_bytes([6; 16]),
    );
    let shown = |sale: &Sale| {
        let card = sale.details.method.card().unwrap();
        (card.saved, card.token.clone(), card.by_token)
    };
    let charge = plan.charge(id, start_of(today), Some(token));
    assert_eq!(shown(&charge), (true, Some(token.to_string()), false));
    let denied = plan.clone().denied(true, FOUR, today);
    assert!(denied.details.card.saved, "it is yet to be stored");
    let paid = plan.clone().stored_with(&charge).paid(today);
    assert!(!paid.details.card.saved);
    let next = paid.charge(id, start_of(today), None);
    assert_eq!(shown(&next), (false, None, false));
    // Another card came while the answer was awaited: that one is yet to be stored.
    plan.fingerprint = Some([9; 16]);
    assert!(plan.stored_with(&charge).details.card.saved);
}

#[test]
fn the_interval_leaves_the_next_date_and_the_end_may_be_it() {
    let today = date(2027, 5, 5);
    let plan = monthly(today, date(2027, 5, 25));
    let yearly = Modification::Interval(Interval::Annual);
    let changed = plan.clone().modified(yearly, today).unwrap();
    assert_eq!(changed.next, date(2027, 5, 25));
    assert_eq!(changed.paid(date(2027, 5, 25)).next, date(2028, 5, 25));
    let end = |date| Modification::EndDate(date);
    let refused = plan.clone().modified(end(date(2027, 5, 24)), today);
    assert_eq!(refused.err(), Some(Refusal::EndBeforeNext));
    let ended = plan.modified(end(date(2027, 5, 25)), today).unwrap();
    assert_eq!(
        ended.clone().paid(date(2027, 5, 25)).status,
        PlanStatus::Finished
    );
    let beyond = ended.modified(day(26), today);
    assert_eq!(beyond.err(), Some(Refusal::EndBeforeNext));
}

#[test]
fn the_next_date_is_today_or_later_not_after_the_end_and_not_while_a_cycle_is_tried() {
    let today = date(2027, 5, 5);
    let end = Some(date(2027, 12, 1));
    let plan = plan(today, new(Interval::Monthly, Some(date(2027, 5, 25)), end));
    let to =
        |plan: &RecurrentPayment, date| plan.clone().modified(Modification::NextDate(date), today);
    assert_eq!(to(&plan, date(2027, 5, 4)).err(), Some(Refusal::PastDate));
    assert_eq!(
        to(&plan, date(2027, 12, 2)).err(),
        Some(Refusal::EndBeforeNext)
    );
    let moved = to(&plan, date(2027, 6, 15)).unwrap();
    assert_eq!((moved.next, moved.day.number()), (date(2027, 6, 15), 15));
    assert_eq!(moved.paid(date(2027, 6, 15)).next, date(2027, 7, 15));
    let at_once = to(&plan, today).unwrap();
    assert_eq!((at_once.turn(today), at_once.start), (Turn::Charge, today));
    let tried = plan.denied(true, FOUR, date(2027, 5, 25));
    assert_eq!(
        to(&tried, date(2027, 6, 15)).err(),
        Some(Refusal::PendingPayment)
    );
}

#[test]
fn a_plan_that_stands_still_refuses_every_change_but_to_go_on() {
    let today = date(2027, 5, 5);
    let plan = monthly(today, date(2027, 5, 25));
    let stopped = plan
        .clone()
        .modified(Modification::Deactivate, today)
        .unwrap();
    assert_eq!(
        (stopped.status, stopped.due_at),
        (PlanStatus::Deactivated, None)
    );
    let payment = NewPayment {
        amount: Amount::new(1).unwrap(),
        terms: terms(),
        card: card("12/2030"),
        sealed: None,
        fingerprint: None,
    };
    for change in [
        Modification::Customer(Box::default()),
        Modification::EndDate(date(2030, 1, 1)),
        Modification::Installments(2),
        Modification::Interval(Interval::Annual),
        day(7),
        Modification::Amount(Amount::new(1).unwrap()),
        Modification::NextDate(date(2027, 6, 1)),
        Modification::Payment(Box::new(payment)),
        Modification::Deactivate,
    ] {
        for status in [
            PlanStatus::Finished,
            PlanStatus::Deactivated,
            PlanStatus::Failed,
        ] {
            let stopped = plan.clone().stopped(status);
            let refused = stopped.modified(change.clone(), today);
            assert_eq!(
                refused.err(),
                Some(Refusal::RecurrenceInactive),
                "{change:?}"
            );
        }
        assert!(
            plan.clone().modified(change.clone(), today).is_ok(),
            "{change:?}"
        );
    }
    let on = |today| {
        stopped
            .clone()
            .modified(Modification::Reactivate, today)
            .unwrap()
    };
    assert_eq!(on(today).next, date(2027, 5, 25), "still to come");
    assert_eq!(on(date(2027, 5, 25)).next, date(2027, 6, 25));
    assert_eq!(on(date(2028, 1, 1)).next, date(2028, 1, 25));
    assert_eq!(
        plan.clone()
            .modified(Modification::Reactivate, today)
            .unwrap(),
        plan
    );
}

#[test]
fn a_cycle_that_failed_is_given_up_when_the_plan_goes_on() {
    let start = date(2027, 1, 31);
    let failed = monthly(start, start).denied(false, FOUR, start);
    let again = failed.modified(Modification::Reactivate, start).unwrap();
    assert_eq!((again.cycle, again.attempts), (1, 0));
    assert_eq!(again.next, date(2027, 2, 28));
}

proptest! {
    /// Whatever is changed when, a plan that is active is due at its next date, which is not past.
    #[test]
    fn no_change_of_the_day_or_date_leads_into_the_past(
        changes in prop::collection::vec((0_u8..4, 1_i64..=31, 0_i64..90), 1..20),
    ) {
        let mut today = date(2027, 1, 31);
        let mut plan = monthly(today, today);
        for (kind, number, later) in changes {
            let change = match kind {
                0 => day(number),
                1 => Modification::NextDate(days(today, number)),
                2 => Modification::Deactivate,
                _ => Modification::Reactivate,
            };
            let charged = plan.cycle;
            if let Ok(changed) = plan.clone().modified(change, today) {
                prop_assert!(changed.next >= plan.next.min(today));
                prop_assert!(changed.start <= changed.next);
                plan = changed;
            }
            prop_assert_eq!(plan.cycle, charged);
            prop_assert_eq!(plan.due_at.is_some(), plan.status == PlanStatus::Active);
            today = days(today, later);
            while plan.due_at.is_some_and(|due| due <= start_of(today)) {
                let next = plan.next;
                plan = plan.paid(today);
                prop_assert!(plan.next > next);
            }
        }
    }
}
