//! What is stored of searching: sales as they are searched, sums, usage, servers, saved searches.
//!
//! Invariant: as in the rest of the suite, each thing comes back equal to what was committed.

#![cfg(test)]

use aval_domain::billing::Function;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::search::{Figures, FoundSale, of_sale};
use aval_domain::time::{HOUR, Timestamp};
use aval_storage::search::{
    DayFigures, FormerNsu, Numbered, SearchWrite, Source, Stretch, Usage, View,
};
use aval_storage::{CommitError, Conflict, Write};

use crate::support::{NOW, Store, commit, merchant_id, sale, sold};

crate::on_both_engines!(
    a_sale_is_found_along_every_index_in_both_orders,
    a_sale_is_found_by_a_number_that_is_its_no_more,
    a_found_sale_moves_by_version_and_its_indexes_with_it,
    an_amount_is_looked_for_among_so_many_sales_only,
    combinations_are_numbered_once,
    sums_of_days_are_added_by_combination,
    uses_are_kept_by_day_and_function,
    sales_that_are_not_searched_as_they_are_now_are_found_page_by_page,
    a_server_that_is_gone_is_taken_over_once,
    a_saved_search_replaces_the_one_of_its_name,
    the_feed_tells_of_sales_and_uses_that_were_committed,
    a_reset_leaves_nothing_to_be_found,
);

const FIRST: PaymentId = PaymentId::from_bytes([0; 16]);
const LAST: PaymentId = PaymentId::from_bytes([u8::MAX; 16]);

fn id(number: u8) -> PaymentId {
    PaymentId::at(
        NOW.plus(i64::from(number).saturating_mul(1_000)),
        [number; 10],
    )
}

fn found(merchant: MerchantId, number: u8) -> FoundSale {
    let (_, found) = of_sale(&sale(merchant, "2014"));
    FoundSale {
        payment: id(number),
        combination: 1,
        ..found
    }
}

async fn put(store: &Store, rows: &[FoundSale]) {
    let put = |row: &FoundSale| Write::Search(SearchWrite::PutSale(Box::new(row.clone())));
    let merchant = rows[0].merchant;
    commit(store, merchant, rows.iter().map(put).collect())
        .await
        .unwrap();
}

fn stretch(newest_first: bool) -> Stretch {
    Stretch {
        above: FIRST,
        below: LAST,
        newest_first,
    }
}

async fn look(store: &Store, of: MerchantId, source: Source, newest_first: bool) -> Vec<PaymentId> {
    let found = store.search(of, &source, stretch(newest_first), 10).await;
    found.unwrap().iter().map(|row| row.payment).collect()
}

async fn a_sale_is_found_along_every_index_in_both_orders(store: Store) {
    let merchant = merchant_id();
    let rows: Vec<FoundSale> = (1..=4).map(|number| found(merchant, number)).collect();
    put(&store, &rows).await;
    put(&store, &[found(merchant_id(), 9)]).await;
    for source in [
        Source::All,
        Source::OfAmount(15_700, 15_700),
        Source::Combination(1),
        Source::Tid("0928084922246".to_owned()),
        Source::Nsu("652515".to_owned()),
        Source::Last4("1231".to_owned()),
        Source::Order("2014".to_owned()),
    ] {
        let all: Vec<PaymentId> = (1..=4).map(id).collect();
        assert_eq!(
            look(&store, merchant, source.clone(), false).await,
            all,
            "{source:?}"
        );
        let newest: Vec<PaymentId> = all.into_iter().rev().collect();
        assert_eq!(
            look(&store, merchant, source.clone(), true).await,
            newest,
            "{source:?}"
        );
        let between = Stretch {
            above: id(1),
            below: id(4),
            newest_first: true,
        };
        let middle = store.search(merchant, &source, between, 1).await.unwrap();
        assert_eq!(middle, [rows[2].clone()], "{source:?}");
    }
    for source in [
        Source::OfAmount(0, 15_699),
        Source::Combination(2),
        Source::Tid("652515".to_owned()),
        Source::Nsu("1231".to_owned()),
        Source::Last4("2014".to_owned()),
        Source::Order("0928084922246".to_owned()),
    ] {
        assert_eq!(
            look(&store, merchant, source.clone(), true).await,
            [],
            "{source:?}"
        );
    }
    let both = store.found_sales(merchant, &[id(9), id(2)]).await.unwrap();
    assert_eq!(both, [None, Some(rows[1].clone())]);
}

async fn a_sale_is_found_by_a_number_that_is_its_no_more(store: Store) {
    let merchant = merchant_id();
    let rows: Vec<FoundSale> = (1..=3).map(|number| found(merchant, number)).collect();
    put(&store, &rows).await;
    let former = |number| {
        Write::Search(SearchWrite::PutFormerNsu(FormerNsu {
            nsu: "111222".to_owned(),
            payment: id(number),
            sale_version: 2,
        }))
    };
    let writes = vec![former(1), former(3)];
    commit(&store, merchant, writes.clone()).await.unwrap();
    commit(&store, merchant, writes).await.unwrap();
    let source = Source::FormerNsu("111222".to_owned());
    let up = look(&store, merchant, source.clone(), false).await;
    assert_eq!(up, [id(1), id(3)]);
    let down = look(&store, merchant, source.clone(), true).await;
    assert_eq!(down, [id(3), id(1)]);
    assert_eq!(look(&store, merchant_id(), source, true).await, []);
    let other = Source::FormerNsu("652515".to_owned());
    assert_eq!(look(&store, merchant, other, true).await, []);
}

async fn a_found_sale_moves_by_version_and_its_indexes_with_it(store: Store) {
    let merchant = merchant_id();
    let row = found(merchant, 1);
    put(&store, std::slice::from_ref(&row)).await;
    let later = FoundSale {
        version: 2,
        combination: 7,
        captured: 15_700,
        voided: 700,
        nsu: Some("1".to_owned()),
        tid: None,
        sale_version: 5,
        ..row.clone()
    };
    put(&store, std::slice::from_ref(&later)).await;
    for again in [&row, &later] {
        let write = Write::Search(SearchWrite::PutSale(Box::new(again.clone())));
        let lost = commit(&store, merchant, vec![write]).await;
        assert!(matches!(
            lost,
            Err(CommitError::Conflict(Conflict::Version))
        ));
    }
    let read = store.found_sales(merchant, &[id(1)]).await.unwrap();
    assert_eq!(read, [Some(later)]);
    let by = async |source| look(&store, merchant, source, true).await.len();
    assert_eq!(by(Source::Combination(1)).await, 0);
    assert_eq!(by(Source::Combination(7)).await, 1);
    assert_eq!(by(Source::Nsu("652515".to_owned())).await, 0);
    assert_eq!(by(Source::Nsu("1".to_owned())).await, 1);
    assert_eq!(by(Source::Tid("0928084922246".to_owned())).await, 0);
}

async fn an_amount_is_looked_for_among_so_many_sales_only(store: Store) {
    let merchant = merchant_id();
    let mut rows: Vec<FoundSale> = (1..=4).map(|number| found(merchant, number)).collect();
    rows[0].amount = 1;
    put(&store, &rows).await;
    let source = Source::OfAmount(1, 1);
    let few = store.search(merchant, &source, stretch(true), 3).await;
    assert_eq!(few.unwrap(), []);
    let place = store
        .search_place(merchant, stretch(true), 2)
        .await
        .unwrap();
    assert_eq!(place, Some(id(2)));
    let all = store.search(merchant, &source, stretch(true), 4).await;
    assert_eq!(all.unwrap(), [rows[0].clone()]);
    let none = store.search_place(merchant, stretch(false), 4).await;
    assert_eq!(none.unwrap(), None);
}

async fn combinations_are_numbered_once(store: Store) {
    let merchant = merchant_id();
    let (combination, _) = of_sale(&sale(merchant, "1"));
    let one = Numbered {
        number: 1,
        combination: combination.clone(),
    };
    let bare = Numbered {
        number: 2,
        combination: aval_domain::search::Combination {
            return_code: None,
            brand: None,
            ..combination
        },
    };
    let write =
        |one: &Numbered| Write::Search(SearchWrite::InsertCombination(Box::new(one.clone())));
    commit(&store, merchant, vec![write(&one), write(&bare)])
        .await
        .unwrap();
    let again = commit(&store, merchant, vec![write(&one)]).await;
    assert!(matches!(
        again,
        Err(CommitError::Conflict(Conflict::Version))
    ));
    let all = store.search_combinations(merchant).await.unwrap();
    assert_eq!(all, [one, bare]);
}

fn day(day: i64, combination: u32, version: u32, sales: i64) -> DayFigures {
    DayFigures {
        day,
        combination,
        version,
        figures: Figures {
            sales,
            amount: sales.saturating_mul(100),
            captured: sales.saturating_mul(50),
            voided: sales,
        },
    }
}

async fn sums_of_days_are_added_by_combination(store: Store) {
    let merchant = merchant_id();
    let write = |row| Write::Search(SearchWrite::PutDay(row));
    let rows = [day(10, 1, 1, 1), day(10, 2, 1, 5), day(11, 1, 1, 7)];
    commit(&store, merchant, rows.map(write).to_vec())
        .await
        .unwrap();
    let more = day(10, 1, 2, 3);
    commit(&store, merchant, vec![write(more)]).await.unwrap();
    let lost = commit(&store, merchant, vec![write(more)]).await;
    assert!(matches!(
        lost,
        Err(CommitError::Conflict(Conflict::Version))
    ));
    let mut sums = store.figures(merchant, (i64::MIN, i64::MAX)).await.unwrap();
    sums.sort_by_key(|(number, _)| *number);
    assert_eq!(
        sums,
        [(1, day(0, 0, 0, 10).figures), (2, day(0, 0, 0, 5).figures)]
    );
    let first = store.figures_by_day(merchant, (10, 10)).await.unwrap();
    assert_eq!(first, [more, rows[1]]);
    let keys = [(11, 1), (12, 1)];
    let some = store.figures_of_days(merchant, keys.into_iter()).await;
    assert_eq!(some.unwrap(), [Some(rows[2]), None]);
}

async fn uses_are_kept_by_day_and_function(store: Store) {
    let merchant = merchant_id();
    let used = |day, function, version, count| Usage {
        day,
        function,
        version,
        count,
    };
    let write = |row| Write::Search(SearchWrite::PutUsage(row));
    let query = used(3, Function::Query, 1, 2);
    let rows = [query, used(3, Function::Capture, 1, 1)];
    commit(&store, merchant, rows.map(write).to_vec())
        .await
        .unwrap();
    let more = used(3, Function::Query, 2, 9);
    commit(&store, merchant, vec![write(more)]).await.unwrap();
    assert_eq!(
        store.usage(merchant, (3, 3)).await.unwrap(),
        [rows[1], more]
    );
    assert_eq!(store.usage(merchant, (4, 9)).await.unwrap(), []);
    let keys = [(3, Function::Void), (3, Function::Query)];
    let some = store.usage_of_days(merchant, keys.into_iter()).await;
    assert_eq!(some.unwrap(), [None, Some(more)]);
}

async fn sales_that_are_not_searched_as_they_are_now_are_found_page_by_page(store: Store) {
    let merchant = merchant_id();
    let other = merchant_id();
    let mut sales = Vec::new();
    for of in [merchant, merchant, other] {
        sales.push((of, sold(&store, of, "1").await.id));
    }
    sales.sort_by_key(|(_, payment)| *payment);
    let payments: Vec<PaymentId> = sales.iter().map(|(_, payment)| *payment).collect();
    assert_eq!(sales[2].0, other, "the newest");
    let searched = |payment, version| FoundSale {
        payment,
        sale_version: version,
        ..found(merchant, 1)
    };
    put(
        &store,
        &[searched(payments[1], 1), searched(payments[0], 2)],
    )
    .await;
    let (stale, last) = store.stale(LAST, 2).await.unwrap();
    assert_eq!(stale, [sales[2]]);
    assert_eq!(last, Some(payments[1]));
    let (stale, last) = store.stale(payments[1], 2).await.unwrap();
    assert_eq!((stale, last), (vec![], None));
    // A version of the sale that came later.
    let old = FoundSale {
        version: 2,
        sale_version: 1,
        ..searched(payments[1], 1)
    };
    put(&store, &[old]).await;
    let sold = store.sale(merchant, payments[1]).await.unwrap().unwrap();
    let captured = sold.capture(None, None, NOW, 5).unwrap();
    let write = Write::UpdateSale(Box::new(captured));
    commit(&store, merchant, vec![write]).await.unwrap();
    let (stale, _) = store.stale(LAST, 10).await.unwrap();
    assert_eq!(stale, [sales[2], sales[1]]);
    let sales = store
        .sales(merchant, &[payments[1], id(200)])
        .await
        .unwrap();
    assert_eq!(sales[0].as_ref().unwrap().version, 2);
    assert_eq!(sales[1], None);
}

async fn a_server_that_is_gone_is_taken_over_once(store: Store) {
    let then = Timestamp::from_micros(HOUR);
    // The tables were made just now: what was sold before has yet to be searched.
    assert_eq!(store.servers_gone(then).await.unwrap(), [[0; 16]]);
    assert!(store.server_ended([0; 16], then).await.unwrap());
    store.server_runs([1; 16], then.plus(1)).await.unwrap();
    store.server_runs([2; 16], then).await.unwrap();
    store.server_runs([2; 16], then.plus(5)).await.unwrap();
    assert_eq!(store.servers_gone(then).await.unwrap(), [[0; 16]; 0]);
    assert_eq!(store.servers_gone(then.plus(4)).await.unwrap(), [[1; 16]]);
    let seen = async |after, limit| store.servers_seen(after, limit).await.unwrap();
    assert_eq!(seen(then, 9).await, [[1; 16], [2; 16]]);
    assert_eq!(seen(then, 1).await, [[1; 16]]);
    assert_eq!(seen(then.plus(1), 9).await, [[2; 16]]);
    assert_eq!(seen(then.plus(5), 9).await, [[0; 16]; 0]);
    assert!(!store.server_ended([1; 16], then).await.unwrap());
    assert!(store.server_ended([1; 16], then.plus(4)).await.unwrap());
    assert!(!store.server_ended([1; 16], then.plus(4)).await.unwrap());
    assert_eq!(store.servers_gone(then.plus(9)).await.unwrap(), [[2; 16]]);
}

async fn a_saved_search_replaces_the_one_of_its_name(store: Store) {
    let merchant = merchant_id();
    let view = |login: &str, name: &str, query: &str| View {
        login: login.to_owned(),
        name: name.to_owned(),
        saved_at: NOW,
        query: query.to_owned(),
    };
    let write = |view: &View| Write::Search(SearchWrite::PutView(view.clone()));
    let mine = view("ana", "Pagas", "q=status%3Apaid");
    let theirs = view("bia", "Pagas", "q=");
    commit(&store, merchant, vec![write(&mine)]).await.unwrap();
    commit(&store, merchant, vec![write(&theirs)])
        .await
        .unwrap();
    let earlier = View {
        saved_at: NOW.plus(-HOUR),
        ..view("ana", "Pagas", "q=date%3A7d")
    };
    let other = view("ana", "Altas", "q=amount%3E100");
    commit(&store, merchant, vec![write(&earlier), write(&other)])
        .await
        .unwrap();
    let all = store.views(merchant, "ana", 10).await.unwrap();
    assert_eq!(all, [other.clone(), earlier]);
    let gone = SearchWrite::DeleteView {
        login: "ana".to_owned(),
        name: "Pagas".to_owned(),
    };
    commit(&store, merchant, vec![Write::Search(gone)])
        .await
        .unwrap();
    assert_eq!(store.views(merchant, "ana", 10).await.unwrap(), [other]);
    assert_eq!(store.views(merchant, "bia", 10).await.unwrap(), [theirs]);
}

async fn the_feed_tells_of_sales_and_uses_that_were_committed(store: Store) {
    let merchant = merchant_id();
    let feed = store.feed();
    let one = sold(&store, merchant, "1").await;
    feed.count(merchant, Function::Query);
    feed.count(merchant, Function::Query);
    let captured = one.clone().capture(None, None, NOW, 5).unwrap();
    let write = || vec![Write::UpdateSale(Box::new(captured.clone()))];
    commit(&store, merchant, write()).await.unwrap();
    // Nothing came of the second, so nothing is told.
    commit(&store, merchant, write()).await.unwrap_err();
    // The feed is told after the answer: a commit behind it is told after it.
    store.ping().await.unwrap();
    let mut changed = Vec::new();
    while changed.len() < 2 {
        feed.woken().await;
        let (more, lost) = feed.take();
        changed.extend(more);
        assert_eq!(lost, None);
    }
    assert_eq!(changed, [(merchant, one.id), (merchant, one.id)]);
    assert_eq!(feed.changed(), 2);
    assert_eq!(feed.worked(), 4, "two changes, two uses");
    assert_eq!(feed.take_used(), [(merchant, Function::Query, 2)]);
    feed.give_back([(merchant, Function::Query, 2)]);
    feed.count(merchant, Function::Query);
    assert_eq!(feed.take_used(), [(merchant, Function::Query, 3)]);
}

async fn a_reset_leaves_nothing_to_be_found(store: Store) {
    let merchant = merchant_id();
    put(&store, &[found(merchant, 1)]).await;
    let write = Write::Search(SearchWrite::PutDay(day(10, 1, 1, 1)));
    commit(&store, merchant, vec![write]).await.unwrap();
    store.reset().await.unwrap();
    assert_eq!(look(&store, merchant, Source::All, true).await, []);
    let sums = store.figures(merchant, (0, 100)).await.unwrap();
    assert_eq!(sums, []);
}
