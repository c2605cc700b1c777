//! Sales made searchable by servers that run side by side, end, or are killed.
//!
//! Invariant: whatever happens to servers, every sale is in the sums once.

use std::time::Duration;

use aval_domain::billing::Function;
use aval_domain::id::PaymentId;
use aval_domain::search::{Figures, Filter};
use aval_gateway::app::App;
use aval_gateway::search::{Page, begin, catch_up, end, find, follow, usage, waiting};

use crate::support::gateway::{Gateway, Setup};
use crate::support::store::Store;

crate::support::on_both_engines!(
    a_sale_is_found_a_moment_after_it_was_made,
    what_a_killed_server_left_is_found_by_comparing,
    two_servers_that_make_the_same_at_once_count_it_once,
    what_another_server_numbered_is_not_billed_again,
    a_server_that_ends_well_leaves_nothing,
);

/// What all sales of the merchant come to, and how many are listed.
async fn listed(app: &App, gateway: &Gateway) -> (Figures, usize) {
    let merchant = gateway.merchant_id();
    let filter = Filter::default();
    let found = find(app, (merchant, ""), &filter, Page::Newest, 100).await;
    let found = found.unwrap();
    (found.total.figures, found.sales.len())
}

/// What all sales of the merchant come to, as they are found while nothing is made.
async fn total(app: &App, gateway: &Gateway) -> Figures {
    let (figures, sales) = listed(app, gateway).await;
    assert_eq!(figures.sales, i64::try_from(sales).unwrap());
    figures
}

/// Follows until so many sales are found.
async fn until(app: &App, gateway: &Gateway, sales: i64) -> Figures {
    let found = async {
        loop {
            let (figures, _) = listed(app, gateway).await;
            if figures.sales >= sales {
                return figures;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let followed = async {
        tokio::select! {
            () = follow(app) => panic!("it follows for ever"),
            figures = found => figures,
        }
    };
    let within = Duration::from_secs(20);
    tokio::time::timeout(within, followed)
        .await
        .expect("found in time")
}

async fn a_sale_is_found_a_moment_after_it_was_made(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    gateway.authorized().await;
    let payment = gateway.captured().await;
    assert_eq!(total(app, &gateway).await, Figures::default());
    assert!(waiting(app) >= 1);
    let figures = until(app, &gateway, 2).await;
    assert_eq!((figures.amount, figures.captured), (31_400, 15_700));
    gateway.void(&payment, "").await.expect(200);
    catch_up(app).await.unwrap();
    let figures = total(app, &gateway).await;
    assert_eq!((figures.sales, figures.voided), (2, 15_700));
    assert_eq!(waiting(app), 0);
}

async fn what_a_killed_server_left_is_found_by_comparing(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let mut sold = Vec::new();
    for _ in 0..3 {
        sold.push(gateway.captured().await);
    }
    catch_up(&gateway.server.app).await.unwrap();
    // From here on nothing is made by this server: it is as good as killed.
    gateway.void(&sold[1], "").await.expect(200);
    gateway.authorized().await;
    let beside = gateway.beside().await;
    let app = &beside.server.app;
    // The tables are new: they say themselves that all has to be compared.
    let figures = until(app, &beside, 4).await;
    assert_eq!(figures.voided, 15_700);
    // That is done once only.
    let later = app.clock.real();
    let gone = app.storage.servers_gone(later).await.unwrap();
    assert!(!gone.contains(&[0; 16]), "{gone:?}");
    // A server that was noted and is not seen any more is taken over likewise.
    gateway.authorized().await;
    app.storage
        .server_runs([7; 16], later.plus(-60_000_000))
        .await
        .unwrap();
    let third = gateway.beside().await;
    let figures = until(&third.server.app, &third, 5).await;
    assert_eq!(figures.sales, 5);
}

async fn two_servers_that_make_the_same_at_once_count_it_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let [one, other] = [&gateway.server.app, &beside.server.app];
    let mut sales = 0;
    for _ in 0..5 {
        for _ in 0..4 {
            // Each server changes every payment, so both make each of them.
            let payment = gateway.authorized().await;
            beside.capture(&payment, "").await.expect(200);
            gateway.void(&payment, "?amount=700").await.expect(200);
            sales += 1;
        }
        let (first, second) = tokio::join!(catch_up(one), catch_up(other));
        first.unwrap();
        second.unwrap();
        let figures = total(one, &gateway).await;
        let expected = Figures {
            sales,
            amount: sales * 15_700,
            captured: sales * 15_700,
            voided: sales * 700,
        };
        assert_eq!(figures, expected);
    }
}

async fn what_another_server_numbered_is_not_billed_again(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    let [one, other] = [&gateway.server.app, &beside.server.app];
    // The first server knows what a sale comes to, but not what it is on its way there.
    let payment = gateway.captured().await;
    gateway.void(&payment, "").await.expect(200);
    catch_up(one).await.unwrap();
    let payment = gateway.authorized().await;
    beside.capture(&payment, "").await.expect(200);
    catch_up(other).await.unwrap();
    gateway.void(&payment, "").await.expect(200);
    catch_up(one).await.unwrap();
    let today = one.clock.now().day();
    let used = usage(one, gateway.merchant_id(), (today, today)).await;
    let used = used.unwrap();
    for function in [Function::Authorization, Function::Capture, Function::Void] {
        let of = used.iter().filter(|used| used.function == function);
        assert_eq!(of.map(|used| used.count).sum::<i64>(), 2, "{function:?}");
    }
}

async fn a_server_that_ends_well_leaves_nothing(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let first = app.storage.server_ended([0; 16], app.clock.real()).await;
    assert!(first.unwrap(), "the row of the tables' making");
    begin(app).await.unwrap();
    let all = async || {
        app.storage
            .servers_gone(app.clock.real().plus(60_000_000))
            .await
            .unwrap()
    };
    assert_eq!(all().await.len(), 1);
    let payment = gateway.authorized().await;
    end(app).await.unwrap();
    assert_eq!(all().await, [[0; 16]; 0]);
    let id = PaymentId::parse(&payment).unwrap();
    let found = app.storage.found_sales(gateway.merchant_id(), &[id]).await;
    assert!(found.unwrap()[0].is_some());
}
