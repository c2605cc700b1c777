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

#[tokio::test]
async fn what_was_lost_is_compared_from_the_first_payment_that_was() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(folder.path().join("aval.db"));
    let storage = Storage::open(&target, Limits { queue: 100 }).await.unwrap();
    let source = KeySource::File(folder.path().join("vault.key"));
    let ring = source.read_or_make(true).unwrap();
    let keys = Keys::new(source, ring);
    let app = App::new(Environment::Sandbox, storage, keys, Chance::seeded(1));
    let sales: Vec<Sale> = (0..1_200).map(sale).collect();
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
    assert_eq!(changed.len(), sales.len(), "forgotten here");
    let mut follower = Follower {
        lost: Some(sales[300].id),
        ..Follower::default()
    };
    while follower.compare(&app).await.unwrap() > 0 {}
    assert!(follower.walk.is_none() && follower.lost.is_none());
    let ids: Vec<PaymentId> = sales.iter().map(|sale| sale.id).collect();
    let found = app.storage.found_sales(MERCHANT, &ids).await.unwrap();
    assert!(found[300..].iter().all(Option::is_some));
    // A page of 500 is looked at whole; those before it are not.
    assert!(found[..200].iter().all(Option::is_none));
}

#[test]
fn a_batch_is_gathered_of_few_merchants_the_oldest_changes_first() {
    let change = |merchant: u8, number: u32| {
        let payment = PaymentId::from_bytes(u128::from(number).to_be_bytes());
        (MerchantId::from_bytes([merchant; 16]), payment)
    };
    let last = u32::try_from(GATHERED).unwrap() + 1;
    let mut follower = Follower {
        // The oldest is the last; the first two are beyond what is looked at.
        changed: (0..=last)
            .rev()
            .map(|at| change((at % 3) as u8, at))
            .collect(),
        ..Follower::default()
    };
    let all: BTreeSet<_> = follower.changed.iter().copied().collect();
    assert_eq!(follower.gather(), follower.changed.len());
    let taken: Vec<_> = follower.changed.iter().rev().take(BATCH).copied().collect();
    let of_one: Vec<_> = (0..64).map(|at| change(0, at * 3)).collect();
    assert_eq!(taken, of_one);
    assert_eq!(
        follower.changed[..2],
        [
            change((last % 3) as u8, last),
            change(((last - 1) % 3) as u8, last - 1)
        ]
    );
    assert_eq!(
        follower.changed.iter().copied().collect::<BTreeSet<_>>(),
        all
    );
}
