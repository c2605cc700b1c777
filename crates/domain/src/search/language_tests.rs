//! Tests of the words of the search box.
//!
//! Invariant: every filter is written in words that are read as the same filter.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::fraud::analysis;

fn read(query: &str) -> Filter {
    parse(query).unwrap_or_else(|error| panic!("{query}: {error:?}"))
}

fn problem(query: &str) -> (String, Problem) {
    let error = parse(query).expect_err(query);
    (error.term, error.problem)
}

#[test]
fn every_key_is_read_in_its_forms() {
    let filter = read(
        "status:paid,Denied amount>100 last4:1231 nsu:652515 order:2014111706 tid:0928084922246 \
         date:7d code:57,4 group:credit method:boleto-bradesco,credit-visa brand:MASTER \
         fraud:review,none ec:1001734898 id:24BC8366-fc31-4d6c-8555-17049a836a07",
    );
    assert_eq!(
        filter.statuses,
        [SearchedStatus::Paid, SearchedStatus::NotAuthorized]
    );
    assert_eq!(filter.amount.unwrap().least, 10_001);
    assert_eq!(filter.last4.as_deref(), Some("1231"));
    assert_eq!(filter.nsu.as_deref(), Some("652515"));
    assert_eq!(filter.order.as_deref(), Some("2014111706"));
    assert_eq!(filter.tid.as_deref(), Some("0928084922246"));
    assert_eq!(filter.dates, Some(Dates::Last(7)));
    assert_eq!(filter.codes, ["57", "4"]);
    assert_eq!(filter.groups, [Group::Credit]);
    assert_eq!(filter.methods.len(), 2);
    assert_eq!(filter.brands, [Brand::Master]);
    assert_eq!(filter.analyses.len(), 2);
    assert_eq!(filter.establishment.as_deref(), Some("1001734898"));
    assert!(filter.payment.is_some());
}

#[test]
fn amounts_are_reais_compared_and_cut_to_a_range() {
    let range = |query: &str| {
        let Cents { least, most } = read(query).amount.unwrap();
        (least, most)
    };
    assert_eq!(range("amount:157"), (15_700, 15_700));
    assert_eq!(range("amount:157,9"), (15_790, 15_790));
    for text in ["1.234,56", "1,234.56", "1234,56"] {
        assert_eq!(
            range(&format!("amount:{text}")),
            (123_456, 123_456),
            "{text}"
        );
    }
    assert_eq!(range("amount:100..200.50"), (10_000, 20_050));
    assert_eq!(range("amount>=1 amount<2"), (100, 199));
    assert_eq!(range("valor<=0.01"), (0, 1));
    for bad in [
        "amount:x",
        "amount:1.234",
        "amount:1.",
        "amount:",
        "amount>",
        "amount:-1",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn dates_are_days_counted_back_from_today_or_named() {
    let today = Date::constant(2026, 3, 1);
    let ends = |query: &str| read(query).dates.unwrap().ends(today);
    let day = |month, day| Some(Date::constant(2026, month, day));
    assert_eq!(ends("date:7d"), (day(2, 23), day(3, 1)));
    assert_eq!(ends("date:hoje"), (day(3, 1), day(3, 1)));
    assert_eq!(ends("date:yesterday"), (day(2, 28), day(2, 28)));
    assert_eq!(ends("date:2026-02"), (day(2, 1), day(2, 28)));
    assert_eq!(ends("date:2026-02-03..2026-02-05"), (day(2, 3), day(2, 5)));
    assert_eq!(ends("date>2026-02-03"), (day(2, 4), None));
    assert_eq!(
        ends("date>=2026-02-03 date<2026-02-10"),
        (day(2, 3), day(2, 9))
    );
    assert_eq!(ends("date:22/11/2026"), (day(11, 22), day(11, 22)));
    assert_eq!(ends("data:01/2/2026..03/02/2026"), (day(2, 1), day(2, 3)));
    assert_eq!(ends("data<=3/2/2026"), (None, day(2, 3)));
    assert_eq!(ends("date:02/2026"), (day(2, 1), day(2, 28)));
    assert_eq!(ends("date:2026"), (day(1, 1), day(12, 31)));
    for (short, days) in [("2w", "14d"), ("3m", "90d"), ("1y", "365d"), ("1a", "365d")] {
        assert_eq!(
            ends(&format!("date:{short}")),
            ends(&format!("date:{days}"))
        );
    }
    for bad in [
        "date:2026-11-22T23:59",
        "date>=2026-11-22T23:59",
        "date:\"2026-11-22 23:59\"",
        "date:22/13/2026",
        "date:22/11",
        "date:22/11/26",
        "date:20262",
        "date:11y",
        "date:0d",
        "date:99999d",
        "date:soon",
        "date:2026-13",
        "date:7d date:2026-01",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_range_whose_ends_are_reversed_is_told_as_such() {
    for query in [
        "amount:100..50",
        "amount>100 amount<50",
        "date:2026-02-05..2026-02-03",
        "date>2026-02-05 date<2026-02-03",
    ] {
        assert_eq!(problem(query).1, Problem::Reversed, "{query}");
    }
    assert_eq!(problem("amount>100 amount<50").0, "amount<50");
}

#[test]
fn words_are_read_with_accents_blanks_and_capitals() {
    use SearchedStatus::{NotAuthorized, NotPaid, Paid};
    for (query, statuses) in [
        ("status:Paga,não-paga", &[Paid, NotPaid][..]),
        ("situação:\"Não autorizada\"", &[NotAuthorized]),
        ("Status:NÃO_PAGA", &[NotPaid]),
    ] {
        assert_eq!(read(query).statuses, statuses, "{query}");
    }
    assert_eq!(read("código:57").codes, ["57"]);
    assert_eq!(read("final:1190").last4.as_deref(), Some("1190"));
    assert_eq!(
        read("meio:boleto,Crédito").groups,
        [Group::Boleto, Group::Credit]
    );
    let mixed = read("meio:boleto,credit-visa").methods;
    assert!(mixed.iter().any(|one| one.word() == "credit-visa"));
    assert_eq!(
        mixed
            .iter()
            .filter(|one| one.group == Group::Boleto)
            .count(),
        3
    );
    for query in ["comprador:Ana", "customer:Ana", "email:a@b.c"] {
        assert_eq!(problem(query).1, Problem::NoBuyer, "{query}");
    }
}

#[test]
fn a_word_without_a_key_is_looked_for_among_all_numbers() {
    assert_eq!(read("652515").text.as_deref(), Some("652515"));
    assert_eq!(read("\"a b\"").text.as_deref(), Some("a b"));
    assert_eq!(read("\"status:paid\"").text.as_deref(), Some("status:paid"));
    assert_eq!(problem("1 2"), ("2".to_owned(), Problem::Twice));
}

#[test]
fn what_is_not_understood_is_named() {
    assert_eq!(problem("colour:red").1, Problem::UnknownKey);
    for query in ["status:", "status:,", "code:,", "brand:\",\""] {
        assert_eq!(problem(query).1, Problem::NoValue, "{query}");
    }
    assert_eq!(problem("status>paid").1, Problem::NotCompared);
    assert_eq!(problem("id:7").1, Problem::NoPaymentId);
    assert_eq!(problem("last4:12a4").1, Problem::NotFourDigits);
    assert_eq!(problem("order:\"a b").1, Problem::Unclosed);
    assert_eq!(problem(&"a".repeat(1_001)).1, Problem::TooLong);
    let (term, unknown) = problem("tid:1 status:payed");
    assert_eq!(term, "status:payed");
    let Problem::UnknownValue(known) = unknown else {
        panic!("{unknown:?}");
    };
    assert!(known.contains(&"not-paid".to_owned()), "{known:?}");
}

#[test]
fn what_was_asked_for_is_written_as_it_was_asked() {
    for query in [
        "",
        "status:paid,not-authorized amount>100 date:7d",
        "amount:157.90 date:2026-02-03 order:\"a b\"",
        "amount<100",
        "date>=2026-02-03",
        "date:today last4:1231 code:57 code:4",
    ] {
        assert_eq!(read(query).text(), query);
    }
}

#[test]
fn every_word_of_every_list_is_read_as_itself() {
    for status in SearchedStatus::ALL {
        for word in status.words() {
            assert_eq!(read(&format!("status:{word}")).statuses, [status], "{word}");
        }
    }
    for group in Group::ALL {
        for word in group.words() {
            assert_eq!(read(&format!("group:{word}")).groups, [group], "{word}");
        }
    }
    for analysis in SearchedAnalysis::ALL {
        for word in analysis.words() {
            assert_eq!(
                read(&format!("fraud:{word}")).analyses,
                [analysis],
                "{word}"
            );
        }
    }
    for method in PaymentMethod::all() {
        let query = format!("method:{}", method.word());
        assert_eq!(read(&query).methods, [method], "{query}");
    }
    for key in KEYS {
        let found = parse(&format!("{key}:\u{7}"));
        let is_unknown = found.is_err_and(|error| error.problem == Problem::UnknownKey);
        assert!(!is_unknown, "{key}");
    }
}

fn number() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[ -~çã\"\\\\]{1,20}")
}

fn filters() -> impl Strategy<Value = Filter> {
    let texts = (number(), number(), number(), number(), number());
    let lists = (
        proptest::sample::subsequence(SearchedStatus::ALL.to_vec(), 0..4),
        proptest::collection::vec("[A-Z0-9]{1,3}", 0..3),
        proptest::sample::subsequence(PaymentMethod::all().collect::<Vec<_>>(), 0..3),
        proptest::bool::ANY,
    );
    let ranges = (
        proptest::option::of((0..100_000_i64, 0..100_000_i64)),
        proptest::option::of((1..3_660_u16, 0..4_u8)),
    );
    (texts, lists, ranges).prop_map(|(texts, lists, (amount, dates))| {
        let mut codes = lists.1;
        codes.sort();
        codes.dedup();
        let day = Date::constant(2026, 2, 3);
        Filter {
            tid: texts.0,
            establishment: texts.1,
            order: texts.2,
            nsu: texts.3,
            text: texts.4,
            statuses: lists.0,
            codes,
            methods: lists.2,
            analyses: if lists.3 {
                vec![SearchedAnalysis::Is(analysis::Status::Review)]
            } else {
                Vec::new()
            },
            amount: amount.map(|(one, other)| Cents {
                least: one.min(other),
                most: if other < 50_000 {
                    MAX_CENTS
                } else {
                    one.max(other)
                },
            }),
            dates: dates.map(|(days, which)| match which {
                0 => Dates::Last(days),
                1 => Dates::Yesterday,
                2 => Dates::Between(Some(day), None),
                _ => Dates::Between(Some(day), Some(day)),
            }),
            ..Filter::default()
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_filter(filter in filters()) {
        let text = filter.text();
        prop_assert_eq!(parse(&text).unwrap(), filter, "{}", text);
    }

    #[test]
    fn no_query_makes_it_panic(query in "\\PC{0,60}") {
        if let Ok(filter) = parse(&query) {
            prop_assert_eq!(parse(&filter.text()).unwrap(), filter);
        }
    }
}
