//! What searches find, against every sale looked at one by one.
//!
//! Invariant: a filter finds the same sales in the same order whichever way its pages are read.

use std::collections::BTreeMap;

use aval_domain::billing::Function;
use aval_domain::id::PaymentId;
use aval_domain::search::{Combination, Figures, Filter, FoundSale, Group, of_sale, parse};
use aval_domain::time::DAY;
use aval_gateway::search::{Found, Page, catch_up, figures, find, usage};
use aval_storage::search::{DayFigures, Numbered, SearchWrite};
use aval_storage::{Changes, Write};
use jiff::civil::Date;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::store::Store;

crate::support::on_both_engines!(
    every_filter_alone_and_in_pairs_finds_what_looking_at_every_sale_finds,
    sums_by_day_are_those_of_all_sales_and_uses_are_counted_once,
);

/// One sale of each kind, on two days; gives all payments.
pub async fn sales(gateway: &Gateway) -> Vec<PaymentId> {
    let mut made = Vec::new();
    for _ in 0..2 {
        for ending in [1, 2, 4, 5, 7, 8] {
            made.push(
                gateway
                    .sell(&Body::sale(ending))
                    .await
                    .expect(201)
                    .payment_id(),
            );
        }
        for (amount, brand) in [(1, "Master"), (99_999_999, "Elo"), (12_345, "Visa")] {
            let body = Body::sale(1)
                .with("Payment.Amount", amount)
                .with("Payment.CreditCard.Brand", brand);
            made.push(gateway.sell(&body).await.expect(201).payment_id());
        }
        let captured = gateway.captured().await;
        let part = gateway.captured().await;
        gateway.void(&part, "?amount=100").await.expect(200);
        let voided = gateway.captured().await;
        gateway.void(&voided, "").await.expect(200);
        let limit = gateway.authorized().await;
        gateway.void(&limit, "").await.expect(200);
        let some = gateway.authorized().await;
        gateway.capture(&some, "?amount=5000").await.expect(200);
        made.extend([captured, part, voided, limit, some]);
        for body in [Body::boleto(), Body::transfer(), Body::debit(1)] {
            made.push(gateway.sell(&body).await.expect(201).payment_id());
        }
        gateway.advance(DAY).await;
    }
    made.iter()
        .map(|id| PaymentId::parse(id).unwrap())
        .collect()
}

/// All sales as they are, newest first.
pub async fn all(gateway: &Gateway, made: &[PaymentId]) -> Vec<(Date, Combination, FoundSale)> {
    let storage = &gateway.server.app.storage;
    let sales = storage.sales(gateway.merchant_id(), made).await.unwrap();
    let all = sales.into_iter().map(|sale| {
        let sale = sale.unwrap();
        let (combination, found) = of_sale(&sale);
        (sale.received_at.day(), combination, found)
    });
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(_, _, found)| std::cmp::Reverse(found.payment));
    all
}

async fn search(gateway: &Gateway, filter: &Filter, page: Page, limit: usize) -> Found {
    let merchant = gateway.merchant_id();
    let known = gateway
        .server
        .app
        .storage
        .merchant(merchant)
        .await
        .unwrap()
        .unwrap();
    let of = (merchant, known.establishment.as_str());
    find(&gateway.server.app, of, filter, page, limit)
        .await
        .unwrap()
}

/// All pages from the newest on, then back from the oldest.
async fn both_ways(gateway: &Gateway, filter: &Filter) -> [Vec<PaymentId>; 2] {
    let ids = |found: &Found| {
        found
            .sales
            .iter()
            .map(|sale| sale.payment)
            .collect::<Vec<_>>()
    };
    let mut found = search(gateway, filter, Page::Newest, 7).await;
    let (mut down, mut last) = (ids(&found), ids(&found));
    while let Some(older) = found.older {
        found = search(gateway, filter, Page::OlderThan(older), 7).await;
        last = ids(&found);
        down.extend(&last);
    }
    let mut up = last;
    while let Some(newer) = found.newer {
        found = search(gateway, filter, Page::NewerThan(newer), 7).await;
        up.splice(0..0, ids(&found));
        if found.sales.is_empty() {
            break;
        }
    }
    [down, up]
}

/// Queries of every filter; numbers are those of a sale.
pub fn queries(one: &FoundSale) -> Vec<String> {
    vec![
        String::new(),
        "status:paid".to_owned(),
        "status:not-authorized,not-paid".to_owned(),
        "status:canceled".to_owned(),
        "status:scheduled".to_owned(),
        "group:credit".to_owned(),
        "group:boleto,transfer".to_owned(),
        "method:credit-visa,transfer-bradesco".to_owned(),
        "brand:elo".to_owned(),
        "code:57,05,2".to_owned(),
        "fraud:none".to_owned(),
        "fraud:review".to_owned(),
        "amount>100".to_owned(),
        "amount:157".to_owned(),
        "amount<1".to_owned(),
        "last4:1231".to_owned(),
        format!("order:{}", one.order),
        format!("nsu:{}", one.nsu.as_deref().unwrap_or("1")),
        format!("tid:{}", one.tid.as_deref().unwrap_or("1")),
        format!("id:{}", one.payment),
        one.order.clone(),
        "1231".to_owned(),
        one.payment.to_string(),
        "date:today".to_owned(),
        "date:2d".to_owned(),
        "date:yesterday".to_owned(),
        "ec:0000000001".to_owned(),
    ]
}

async fn every_filter_alone_and_in_pairs_finds_what_looking_at_every_sale_finds(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let other = gateway.merchant(&[]).await;
    other.captured().await;
    let made = sales(&gateway).await;
    catch_up(&gateway.server.app).await.unwrap();
    let all = all(&gateway, &made).await;
    let (_, _, one) = &all[5];
    let queries = queries(one);
    let today = gateway.server.app.clock.now().day();
    let mut found_any = 0;
    for first in &queries {
        for second in &queries {
            // Two of one kind contradict or widen each other; that is read, not searched.
            let Ok(filter) = parse(&format!("{first} {second}")) else {
                continue;
            };
            let (from, to) = filter.dates.map_or((None, None), |dates| dates.ends(today));
            let fits = |(day, combination, sale): &&(Date, Combination, FoundSale)| {
                let is_within =
                    from.is_none_or(|from| from <= *day) && to.is_none_or(|to| *day <= to);
                is_within
                    && filter.establishment.is_none()
                    && filter.takes(combination)
                    && filter.fits(sale)
            };
            let expected: Vec<&FoundSale> =
                all.iter().filter(fits).map(|(_, _, sale)| sale).collect();
            let ids: Vec<PaymentId> = expected.iter().map(|sale| sale.payment).collect();
            let [down, up] = both_ways(&gateway, &filter).await;
            assert_eq!(down, ids, "{}", filter.text());
            assert_eq!(up, ids, "{}, read backwards", filter.text());
            let total = search(&gateway, &filter, Page::Newest, 7).await.total;
            let sums = expected.iter().map(|sale| Figures::of(sale));
            let sum = sums.fold(Figures::default(), Figures::plus);
            assert_eq!(
                (total.figures, total.is_exact),
                (sum, true),
                "{}",
                filter.text()
            );
            found_any += usize::from(!ids.is_empty());
        }
    }
    assert!(found_any > 200, "{found_any}");
}

async fn sums_by_day_are_those_of_all_sales_and_uses_are_counted_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let first = app.clock.now().day();
    // Half of it is searched as it was before what was done to it.
    let early = gateway.authorized().await;
    catch_up(app).await.unwrap();
    gateway.capture(&early, "?amount=100").await.expect(200);
    gateway.token().await;
    gateway.sale(&early).await.expect(200);
    gateway.sale(&early).await.expect(200);
    let mut made = sales(&gateway).await;
    made.push(PaymentId::parse(&early).unwrap());
    catch_up(app).await.unwrap();
    catch_up(app).await.unwrap();
    let last = app.clock.now().day();
    let mut expected: BTreeMap<(Date, String), Figures> = BTreeMap::new();
    for (day, combination, sale) in all(&gateway, &made).await {
        let sum = expected
            .entry((day, format!("{combination:?}")))
            .or_default();
        *sum = sum.plus(Figures::of(&sale));
    }
    let lines = figures(app, gateway.merchant_id(), (first, last))
        .await
        .unwrap();
    let lines = lines.into_iter().map(|line| {
        let key = (line.day, format!("{:?}", line.combination));
        (key, line.figures)
    });
    assert_eq!(lines.collect::<BTreeMap<_, _>>(), expected);
    let mut used: BTreeMap<Function, i64> = BTreeMap::new();
    for one in usage(app, gateway.merchant_id(), (first, last))
        .await
        .unwrap()
    {
        *used.entry(one.function).or_default() += one.count;
    }
    let expected = [
        // Of each of two days 14 credit cards; debit waits for its buyer.
        (Function::Authorization, 2 * 14 + 1),
        (Function::Capture, 2 * 4 + 1),
        (Function::Void, 2 * 3),
        (Function::Tokenization, 1),
        (Function::Boleto, 2),
        (Function::Transfer, 2),
        (Function::Query, 2),
    ];
    assert_eq!(used, BTreeMap::from(expected));
}

/// Makes many rows of one sale searchable, the oldest of which has an amount of its own, and counts
/// as many sales of another combination as there are.
async fn fill(gateway: &Gateway, made: &str, (many, others): (u32, i64)) {
    let merchant = gateway.merchant_id();
    let app = &gateway.server.app;
    let payment = PaymentId::parse(made).unwrap();
    let sale = app.storage.sale(merchant, payment).await.unwrap().unwrap();
    let (combination, one) = of_sale(&sale);
    let other = Combination {
        group: Group::Credit,
        return_code: Some("other".to_owned()),
        ..combination.clone()
    };
    let mut writes = Vec::new();
    for (number, combination, sales) in [(1, combination, i64::from(many)), (2, other, others)] {
        let numbered = Numbered {
            number,
            combination,
        };
        writes.push(SearchWrite::InsertCombination(Box::new(numbered)));
        writes.push(SearchWrite::PutDay(DayFigures {
            day: 1,
            combination: number,
            version: 1,
            figures: Figures {
                sales,
                ..Figures::default()
            },
        }));
    }
    for number in 0..many {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&(number + 1).to_be_bytes());
        writes.push(SearchWrite::PutSale(Box::new(FoundSale {
            payment: PaymentId::from_bytes(bytes),
            combination: 1,
            amount: if number == 0 { 99_900 } else { 20_000 },
            ..one.clone()
        })));
        if writes.len() >= 1_000 || number + 1 == many {
            let writes = writes.drain(..).map(Write::Search).collect();
            app.storage
                .commit(Changes { merchant, writes })
                .await
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_that_looks_at_too_much_says_where_it_stopped_and_goes_on_there() {
    let gateway = Gateway::sqlite().await;
    let made = gateway.captured().await;
    fill(&gateway, &made, (60_000, 0)).await;
    let filter = parse("amount:999").unwrap();
    let found = search(&gateway, &filter, Page::Newest, 10).await;
    assert_eq!(found.sales, []);
    assert!(!found.total.is_exact);
    let stopped = found.stopped.expect("it has not looked at everything");
    let found = search(&gateway, &filter, Page::OlderThan(stopped), 10).await;
    assert_eq!(found.sales.len(), 1);
    assert_eq!(found.stopped, None);
    // What nearly all have is found at once, and counted up to a bound.
    let filter = parse("amount:200").unwrap();
    let found = search(&gateway, &filter, Page::Newest, 10).await;
    assert_eq!((found.sales.len(), found.stopped), (10, None));
    assert_eq!(found.total.figures.sales, 1_000);
    assert!(!found.total.is_exact);
}

/// Along an index of values each row costs a look by key, so less of them are looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_among_rare_sales_is_looked_for_a_shorter_way_at_a_time() {
    let gateway = Gateway::sqlite().await;
    let made = gateway.sell(&Body::boleto()).await.expect(201).payment_id();
    fill(&gateway, &made, (15_000, 1_000_000)).await;
    let filter = parse("group:boleto amount:999").unwrap();
    let found = search(&gateway, &filter, Page::Newest, 10).await;
    assert_eq!(found.sales, []);
    assert!(!found.total.is_exact);
    let stopped = found.stopped.expect("it has not looked at everything");
    let found = search(&gateway, &filter, Page::OlderThan(stopped), 10).await;
    assert_eq!(found.sales.len(), 1);
    assert_eq!(found.stopped, None);
}
