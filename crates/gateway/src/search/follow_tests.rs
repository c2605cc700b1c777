//! Tests of what is compared when changes were lost, and of what is made together.
//!
//! Invariant: only sales from the first lost one on are looked at; no change is forgotten.

use aval_domain::amount::Amount;
use aval_domain::authorization::{Answer, Provider, Receipt};
use aval_domain::billing::Function;
use aval_domain::brand::Brand;
use aval_domain::card::ShownCard;
use aval_domain::country::Country;
use aval_domain::method::Method;
use aval_domain::sale::{Basis, Interest, OrderId, Sale, Start, Terms};
use aval_domain::search::day_number;
use aval_storage::{Changes, Limits, Storage, Target, Write};
use futures_util::FutureExt;

use super::*;
use crate::app::Environment;
use crate::chance::Chance;
use crate::keys::{KeySource, Keys};

const MERCHANT: MerchantId = MerchantId::from_bytes([1; 16]);
const OTHER: MerchantId = MerchantId::from_bytes([2; 16]);

fn sale(merchant: MerchantId, number: i64) -> Sale {
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
    let now = Timestamp::from_micros(1_800_000_000_000_000).plus(number.saturating_mul(1_000));
    let basis = Basis {
        order: OrderId::restored(number.to_string()),
        customer: Box::default(),
        amount: Amount::new(100).unwrap(),
        terms: Terms {
            service_tax: 0,
            installments: 1,
            interest: Interest::ByMerchant,
            capture: false,
            recurrent: false,
            analysis_aborted: false,
            soft_descriptor: None,
            country: Country::BRAZIL,
            extra_data: Vec::new(),
        },
    };
    let start = Start {
        merchant,
        id: PaymentId::at(now, [0; 10]),
        now,
        request_id: String::new(),
        method: Method::Credit(card.into()),
        fingerprint: None,
        provider: Provider::Simulado,
    };
    Sale::start(basis, start).answered(Answer::Approved(Receipt::default()), now)
}

/// Sales of a store, of which nothing is searched and nobody was told.
async fn forgotten(count: i64) -> (tempfile::TempDir, App, Vec<Sale>) {
    forgotten_of(|_| MERCHANT, count).await
}

/// The same, of several merchants.
async fn forgotten_of(
    merchant: impl Fn(i64) -> MerchantId,
    count: i64,
) -> (tempfile::TempDir, App, Vec<Sale>) {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(folder.path().join("aval.db"));
    let storage = Storage::open(&target, Limits { queue: 100 }).await.unwrap();
    let source = KeySource::File(folder.path().join("vault.key"));
    let ring = source.read_or_make(true).unwrap();
    let keys = Keys::new(source, ring);
    let app = App::new(Environment::Sandbox, storage, keys, Chance::seeded(1));
    let sales: Vec<Sale> = (0..count).map(|at| sale(merchant(at), at)).collect();
    for sale in &sales {
        let writes = vec![Write::InsertSale(Box::new(sale.clone()))];
        let changes = Changes {
            merchant: sale.merchant,
            writes,
        };
        app.storage.commit(changes).await.unwrap();
    }
    // The row that the migration leaves would be found by whoever looks.
    let now = Timestamp::from_micros(i64::MAX);
    app.storage.server_ended([0; 16], now).await.unwrap();
    app.storage.ping().await.unwrap();
    let (changed, _) = app.storage.feed().take();
    assert_eq!(changed.len(), sales.len());
    (folder, app, sales)
}

/// Which of the sales are searched.
async fn searched(app: &App, sales: &[Sale]) -> Vec<bool> {
    let mut searched = Vec::new();
    for sale in sales {
        let found = app.storage.found_sales(sale.merchant, &[sale.id]).await;
        searched.push(found.unwrap()[0].is_some());
    }
    searched
}

#[tokio::test]
async fn what_was_lost_is_compared_from_the_first_payment_that_was() {
    let (_folder, app, sales) = forgotten(1_200).await;
    let mut follower = Follower {
        lost: Some(sales[300].id),
        ..Follower::default()
    };
    while follower.compare(&app).await.unwrap() {}
    assert!(follower.walk.is_none() && follower.lost.is_none());
    let searched = searched(&app, &sales).await;
    assert!(searched[300..].iter().all(|is_searched| *is_searched));
    // A batch is made whole; those before it are not looked at.
    assert!(
        !searched[..=300 - BATCH]
            .iter()
            .any(|is_searched| *is_searched)
    );
}

#[tokio::test]
async fn what_was_lost_is_found_while_sales_do_not_pause() {
    let (_folder, app, sales) = forgotten(600).await;
    let mut follower = Follower {
        lost: Some(sales[0].id),
        ..Follower::default()
    };
    // 64 at a time, one in eight steps.
    for _ in 0..10 * COMPARES {
        follower.changed.push_back((MERCHANT, sales[599].id));
        follower.step(&app).await.unwrap();
    }
    assert!(follower.walk.is_none() && follower.lost.is_none());
    assert!(
        searched(&app, &sales)
            .await
            .iter()
            .all(|is_searched| *is_searched)
    );
}

/// The store, which cannot write what is searched of the other merchant.
fn failing_for_other(folder: &tempfile::TempDir) -> rusqlite::Connection {
    let store = rusqlite::Connection::open(folder.path().join("aval.db")).unwrap();
    let fault = "CREATE TRIGGER fault BEFORE INSERT ON search_sales \
                 WHEN NEW.merchant_id = x'02020202020202020202020202020202' \
                 BEGIN SELECT abs(-9223372036854775807 - 1); END";
    store.execute_batch(fault).unwrap();
    store
}

#[tokio::test]
async fn who_cannot_be_made_holds_up_nobody_and_is_tried_again() {
    let of = |at| if at < 100 { OTHER } else { MERCHANT };
    let (folder, app, sales) = forgotten_of(of, 700).await;
    let store = failing_for_other(&folder);
    // Told of one in two, in the order of their commits, and to find the rest.
    let changed = sales.iter().step_by(2);
    let mut follower = Follower {
        changed: changed.map(|sale| (sale.merchant, sale.id)).collect(),
        lost: Some(sales[0].id),
        ..Follower::default()
    };
    let mut failures = 0;
    for _ in 0..40 * COMPARES {
        failures += usize::from(follower.step(&app).await.is_err());
    }
    let made = searched(&app, &sales).await;
    assert!(made[100..].iter().all(|is_searched| *is_searched));
    assert!(!made[..100].iter().any(|is_searched| *is_searched));
    assert!(failures > 0 && follower.walk.is_none() && !follower.is_all_made());

    store.execute_batch("DROP TRIGGER fault").unwrap();
    while !follower.is_all_made() {
        follower.step(&app).await.unwrap();
    }
    let made = searched(&app, &sales).await;
    assert!(made.iter().all(|is_searched| *is_searched));
}

#[tokio::test]
async fn a_server_that_ends_writes_uses_and_says_what_it_could_not_make() {
    let (folder, app, sales) = forgotten_of(|_| OTHER, 1).await;
    let _store = failing_for_other(&folder);
    begin(&app).await.unwrap();
    app.storage.feed().count(MERCHANT, Function::Query);
    app.search.follower.lock().await.changed = [(OTHER, sales[0].id)].into();
    end(&app).await.unwrap();
    let today = (day_number(app.clock.now().day()), Function::Query);
    let uses = app
        .storage
        .usage_of_days(MERCHANT, [today].into_iter())
        .await
        .unwrap();
    assert_eq!(uses[0].map(|usage| usage.count), Some(1));
    // Another takes over at once.
    let gone = app.storage.servers_gone(Timestamp::from_micros(1)).await;
    assert_eq!(gone.unwrap(), [app.search.server]);
}

#[tokio::test]
async fn a_pause_waits_for_a_step_and_lets_none_begin() {
    let (_folder, app, _) = forgotten(0).await;
    let step = app.search.follower.lock().await;
    assert!(pause(&app).now_or_never().is_none());
    drop(step);
    let paused = pause(&app).now_or_never().expect("no step is under way");
    assert!(app.search.follower.try_lock().is_err());
    drop(paused);
    assert!(app.search.follower.try_lock().is_ok());
}

#[test]
fn what_failed_beyond_what_is_kept_is_found_by_comparing() {
    let payment = |number: usize| PaymentId::from_bytes((number as u128).to_be_bytes());
    let mut follower = Follower::default();
    follower.put_off(MERCHANT, (0..KEPT + 10).map(payment).collect());
    assert_eq!(follower.failed.len(), KEPT);
    assert_eq!(follower.lost, Some(payment(KEPT)));
}

#[test]
fn a_batch_is_of_few_merchants_and_nobody_waits_for_ever() {
    let change = |merchant: u8, number: u32| {
        let payment = PaymentId::from_bytes(u128::from(number).to_be_bytes());
        (MerchantId::from_bytes([merchant; 16]), payment)
    };
    // Of three merchants in turn, then of one alone.
    let all: Vec<_> = (0..5_000_u32)
        .map(|at| change(if at < 300 { (at % 3) as u8 } else { 0 }, at))
        .collect();
    let mut follower = Follower {
        changed: all.iter().copied().collect(),
        ..Follower::default()
    };
    let mut made = Vec::new();
    while !follower.is_all_made() {
        let batch = follower.batch();
        assert_eq!(batch, follower.batch(), "until it is made");
        follower.gathered.drain(..batch.len());
        made.extend(batch);
    }
    let of_one: Vec<_> = (0..22).map(|at| change(0, at * 3)).collect();
    assert_eq!(made[..22], of_one);
    let place = |sought| made.iter().position(|one| *one == sought).unwrap();
    for (at, one) in all.iter().enumerate() {
        assert!(
            place(*one) < at + GATHERED,
            "{one:?} waits for {}",
            place(*one)
        );
    }
    let sorted = |changes: &[_]| changes.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!((sorted(&made), made.len()), (sorted(&all), all.len()));
}
