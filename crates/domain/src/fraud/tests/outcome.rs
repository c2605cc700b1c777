//! What signals weigh, and what follows from them.
//!
//! Invariant: as above, a case changes an honest sale in one way.

use super::*;

#[test]
fn an_importance_that_is_off_is_told_and_weighs_nothing() {
    let with = |hedge: &str| {
        changed(|case| {
            case.customer.email = text("maria@mailinator.com");
            case.request.cart.as_mut().unwrap().items[0].host_hedge = text(hedge);
        })
    };
    let points = ["Off", "Low", "Normal", "High"].map(|hedge| with(hedge).points());
    assert_eq!(points, [0, 14, 28, 42]);
    assert_eq!(with("Off").factors(), [Factor::Email]);
    assert_eq!(with("Off").host_severity, 5);
}

#[test]
fn a_gift_weighs_a_difference_of_addresses_little_and_off_not_at_all() {
    let with = |gift: Option<&str>| {
        let findings = changed(|case| {
            case.customer.delivery_address = Some(elsewhere());
            case.request.cart.as_mut().unwrap().items[0].gift_category = gift.and_then(text);
        });
        findings.points()
    };
    let points = [Some("Off"), Some("Yes"), None, Some("No")].map(with);
    assert_eq!(points, [0, 3, 8, 16]);
}

#[test]
fn a_taken_account_shows_a_new_device_address_and_contact_at_once() {
    let findings = changed(|case| {
        before(case, 30 * DAY, FINE, |_| ());
        case.request.finger_print_id = text("another");
        case.customer.delivery_address = Some(elsewhere());
        case.request.shipping.as_mut().unwrap().phone = text("11911112222");
    });
    assert!(findings.shows(Signal::TakenOver));
    let known = changed(|case| before(case, 30 * DAY, FINE, |_| ()));
    assert!(known.shows(Signal::KnownPair) && known.shows(Signal::KnownDevice));
    assert!(known.points() < 0, "who bought before is trusted more");
}

#[test]
fn cards_that_are_tested_show_denials_and_many_cards_of_one_device() {
    let findings = changed(|case| {
        for card in 50..56 {
            before(case, MINUTE, DENIED, |past| past.card = card);
        }
        case.denied = Some(true);
    });
    for signal in [
        Signal::DeviceCards,
        Signal::DeviceDenials,
        Signal::Denied,
        Signal::IpCards,
    ] {
        assert!(findings.shows(signal), "{}", signal.name());
    }
    assert!(findings.points() > 99);
}

#[test]
fn an_address_that_honest_buyers_share_shows_less_and_one_with_denials_as_much_as_ever() {
    let office = |case: &mut Case, days: i64, count: u64, fate: Fate| {
        for number in 0..count {
            before(case, days.saturating_mul(DAY) / 2, fate, |past| {
                past.card = number.saturating_add(500);
                past.customer = Customer {
                    identity: text(&format!("doc{number}")),
                    ..Customer::default()
                };
                past.request.finger_print_id = None;
                past.request.shipping = None;
            });
        }
    };
    let signals = [Signal::IpCards, Signal::IpIdentities];
    let today = changed(|case| office(case, 1, 6, FINE));
    assert!(signals.iter().all(|signal| today.shows(*signal)));
    let shared = changed(|case| {
        office(case, 60, 6, FINE);
        office(case, 1, 6, FINE);
    });
    assert!(!signals.iter().any(|signal| shared.shows(*signal)));
    let denied = changed(|case| {
        office(case, 60, 6, FINE);
        office(case, 1, 4, FINE);
        office(case, 1, 2, DENIED);
    });
    assert!(signals.iter().all(|signal| denied.shows(*signal)));
    let crowd = changed(|case| {
        office(case, 60, 6, FINE);
        office(case, 1, 14, FINE);
    });
    assert!(crowd.shows(Signal::IpCards), "there is an end to it");
}

#[test]
fn a_journey_soon_one_way_and_for_others_is_told_and_a_past_one_is_not() {
    let with = |departure: &str| {
        changed(|case| {
            case.request.travel = Some(Travel {
                departure_time: text(departure),
                journey_type: text("One Way"),
                legs: vec![Leg::default()],
                ..Travel::default()
            });
            let name = text("João Souza");
            let passenger = Some(Passenger {
                name,
                ..Passenger::default()
            });
            case.request.cart.as_mut().unwrap().items[0].passenger = passenger;
        })
    };
    let soon = with("2027-01-16T05:00:00");
    for signal in [Signal::ShortNotice, Signal::OneWay, Signal::ThirdPartyPayer] {
        assert!(soon.shows(signal), "{}", signal.name());
    }
    assert!(!with("2027-02-16T05:00:00").shows(Signal::ShortNotice));
    assert_eq!(with("2010-01-02T00:00:00").points(), 0);
    assert!(with("next week").shows(Signal::InvalidValue));
}

#[test]
fn what_the_shop_says_of_its_own_accord_counts() {
    let with = |id: i64, value: &str| {
        changed(|case| {
            let field = DefinedField {
                id,
                value: text(value),
            };
            case.request.merchant_defined_fields = vec![field];
        })
    };
    assert!(with(31, "3").shows(Signal::CardChanges));
    assert!(with(33, "Pasted").shows(Signal::PastedCard));
    assert!(!with(33, "Typed").shows(Signal::PastedCard));
    assert!(with(101, "x").shows(Signal::InvalidValue));
}

#[test]
fn the_manuals_example_shows_the_codes_and_the_score_that_it_prints() {
    let address = Address {
        street: text("Rua Júpter"),
        complement: text("AP 201"),
        district: None,
        ..home()
    };
    let findings = changed(|case| {
        case.customer = Customer {
            name: text("Comprador crédito AF"),
            email: text("compradorteste@live.com"),
            address: Some(address.clone()),
            delivery_address: Some(address.clone()),
            ..Customer::default()
        };
        case.bin = 402_400;
        let example = include_str!("../../../tests/fraud-example.json");
        case.request = serde_json::from_str(example).unwrap();
    });
    let codes = |joined: Option<String>| joined.unwrap_or_default();
    assert_eq!(
        codes(crate::fraud::codes::joined(&findings.address)),
        "COR-BA^MM-BIN"
    );
    assert_eq!(
        codes(crate::fraud::codes::joined(&findings.factors())),
        "B^D^R^Z"
    );
    assert_eq!(
        codes(crate::fraud::codes::joined(&findings.internet)),
        "FREE-EM^RISK-EM"
    );
    assert_eq!((findings.points(), findings.host_severity), (42, 1));
}

#[test]
fn every_signal_has_a_name_of_its_own() {
    let mut names: Vec<_> = Signal::ALL.iter().map(|one| one.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Signal::ALL.len());
}

#[test]
fn the_same_facts_conclude_alike_and_a_rule_wins_over_the_score() {
    let case = honest();
    let (keys, findings) = (keys(&case), found(&case));
    let counts = case.history.counts(&keys, 1, NOW);
    let facts = Facts {
        now: NOW,
        amount: 1,
        request: &case.request,
        customer: &case.customer,
        bin: Some(402_400),
        brand: Brand::Visa,
        denied: None,
        keys: &keys,
        counts: &counts,
        hits: Hits::default(),
    };
    let thresholds = Thresholds {
        review: 60,
        reject: 85,
    };
    let conclude = |effects: Effects, asked| {
        analysis::conclude(
            "1".to_owned(),
            &facts,
            &findings,
            effects,
            thresholds,
            asked,
        )
    };
    let once = conclude(Effects::default(), None);
    assert_eq!(once, conclude(Effects::default(), None));
    assert_eq!(once.0, Verdict::Accept);
    let reply = once.1.reply.unwrap();
    assert_eq!(reply.bin_country.as_deref(), Some("us"));
    assert_eq!(reply.card_scheme.as_deref(), Some("VisaCredit"));
    let points = Effects {
        points: 70,
        ..Effects::default()
    };
    assert_eq!(conclude(points, None).0, Verdict::Review);
    let strict = Effects {
        verdict: Some(Verdict::Reject),
        ..Effects::default()
    };
    assert_eq!(conclude(strict.clone(), None).0, Verdict::Reject);
    assert_eq!(conclude(strict, Some(Verdict::Accept)).0, Verdict::Accept);
}
