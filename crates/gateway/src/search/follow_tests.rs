//! Tests of what is compared when changes were lost, and of what is made together.
//!
//! Invariant: only sales from the first lost one on are looked at; no change is forgotten.

use aval_domain::amount::Amount;
use aval_domain::authorization::{Answer, Provider, Receipt};
use aval_domain::brand::Brand;
use aval_domain::card::ShownCard;
use aval_domain::country::Country;
use aval_domain::method::Method;
use aval_domain::sale::{Basis, Interest, OrderId, Sale, Start, Terms};
use aval_storage::{Changes, Limits, Storage, Target, Write};

use super::*;
use crate::app::Environment;
use crate::chance::Chance;
use crate::keys::{KeySource, Keys};

const MERCHANT: MerchantId = MerchantId::from_bytes([1; 16]);

fn sale(number: i64) -> Sale {
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
        merchant: MERCHANT,
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
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(folder.path().join("aval.db"));
    let storage = Storage::open(&target, Limits { queue: 100 }).await.unwrap();
    let source = KeySource::File(folder.path().join("vault.key"));
    let ring = source.read_or_make(true).unwrap();
    let keys = Keys::new(source, ring);
    let app = App::new(Environment::Sandbox, storage, keys, Chance::seeded(1));
    let sales: Vec<Sale> = (0..count).map(sale).collect();
    for sale in &sales {
        let writes = vec![Write::InsertSale(Box::new(sale.clone()))];
        let changes = Changes {
            merchant: MERCHANT,
            writes,
        };
        app.storage.commit(changes).await.unwrap();
    }
    app.storage.ping().await.unwrap();
    let (changed, _) = app.storage.feed().take();
    assert_eq!(changed.len(), sales.len());
    (folder, app, sales)
}

/// Which of the sales are searched.
async fn searched(app: &App, sales: &[Sale]) -> Vec<bool> {
    let ids: Vec<PaymentId> = sales.iter().map(|sale| sale.id).collect();
    let found = app.storage.found_sales(MERCHANT, &ids).await.unwrap();
    found.iter().map(Option::is_some).collect()
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
    // A page of 500 is looked at whole; those before it are not.
    assert!(!searched[..200].iter().any(|is_searched| *is_searched));
}

#[tokio::test]
async fn what_was_lost_is_found_while_sales_do_not_pause() {
    let (_folder, app, sales) = forgotten(600).await;
    let mut follower = Follower {
        lost: Some(sales[0].id),
        ..Follower::default()
    };
    // Three pages of a new store and two from the lost one on, one in eight steps.
    for _ in 0..5 * COMPARES {
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
