//! A fresh store on each engine, and things to put into it.
//!
//! Invariant: every test of the suite runs on both engines; without a PostgreSQL it fails and says
//! how to get one.

#![cfg(test)]

use aval_domain::amount::Amount;
use aval_domain::authorization::{Answer, Provider, Receipt};
use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry, ShownCard};
use aval_domain::country::Country;
use aval_domain::customer::Customer;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::merchant::{KeyHashes, Merchant, SealedDataKey};
use aval_domain::method::Method;
use aval_domain::sale::{Interest, NewSale, OrderId, PaidWith, Sale, Start, Terms};
use aval_domain::settings::Settings;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, KeptAnswer, Limits, Storage, Target, Write};
use tempfile::TempDir;

/// A store and the folder that goes with it.
pub struct Store {
    /// The store.
    pub storage: Storage,
    /// Where it is, to open it again.
    pub target: Target,
    _folder: Option<TempDir>,
}

impl std::ops::Deref for Store {
    type Target = Storage;

    fn deref(&self) -> &Storage {
        &self.storage
    }
}

/// The moment at which the tests happen.
pub const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// An empty SQLite store.
pub async fn sqlite() -> Store {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(folder.path().join("aval.db"));
    Store {
        storage: open(&target).await,
        target,
        _folder: Some(folder),
    }
}

/// An empty PostgreSQL store: a database of its own.
pub async fn postgres() -> Store {
    let url = std::env::var("AVAL_TEST_DATABASE_URL")
        .expect("AVAL_TEST_DATABASE_URL is not set: run the tests under `cargo xtask pg --`");
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let name = format!("t{}", unique());
    client
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    let base = url.rsplit_once('/').unwrap().0;
    let target = Target::Postgres(format!("{base}/{name}"));
    Store {
        storage: open(&target).await,
        target,
        _folder: None,
    }
}

/// Opens a store.
pub async fn open(target: &Target) -> Storage {
    Storage::open(target, Limits { queue: 10_000 })
        .await
        .unwrap()
}

/// Changes a store behind its back.
pub async fn by_hand(target: &Target, sql: &str) {
    match target {
        Target::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(sql).unwrap();
        }
        Target::Postgres(url) => {
            let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
            let (client, connection) = connected.unwrap();
            let connection = tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
            drop(client);
            connection.await.unwrap().unwrap();
        }
    }
}

/// A number that no other test has, in this process or beside it.
pub fn unique() -> u128 {
    use std::collections::hash_map::RandomState;
    use std::hash::BuildHasher as _;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    // Processes are many in a run: their numbers come again.
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    u128::from(*PROCESS) << 32 | number
}

/// A new id.
pub fn merchant_id() -> MerchantId {
    MerchantId::from_bytes((unique() << 8 | 1).to_be_bytes())
}

/// A merchant.
pub fn merchant(id: MerchantId) -> Merchant {
    Merchant {
        id,
        name: "Loja".to_owned(),
        establishment: format!("{:010}", unique() % 10_000_000_000),
        blocked: false,
        settings: Settings::default(),
        key: KeyHashes {
            current: [1; 32],
            previous: Some(([2; 32], NOW)),
        },
        data_key: SealedDataKey {
            kek_version: 1,
            sealed: vec![9; 60],
        },
        created_at: NOW,
        version: 1,
    }
}

/// An authorized sale of R$ 157.00.
pub fn sale(merchant: MerchantId, order: &str) -> Sale {
    let number = CardNumber::parse("1234123412341231").unwrap();
    let card = ShownCard {
        masked: Some(number.masked()),
        holder: Some("Teste Holder".to_owned()),
        expiry: Some("12/2030".to_owned()),
        brand: Brand::Visa,
        saved: false,
        token: None,
        by_token: false,
        on_file: None,
        account_reference: Some("JZHOZJHNZH87KQXM3G60B9I21GVZN".to_owned()),
    };
    let new = NewSale {
        order: OrderId::restored(order.to_owned()),
        customer: Box::new(Customer {
            name: Some("Comprador crédito".to_owned()),
            ..Customer::default()
        }),
        amount: Amount::new(15_700).unwrap(),
        terms: Terms {
            service_tax: 7,
            installments: 1,
            interest: Interest::ByMerchant,
            capture: false,
            recurrent: false,
            analysis_aborted: false,
            soft_descriptor: Some("123456789ABCD".to_owned()),
            country: Country::BRAZIL,
            extra_data: Vec::new(),
        },
        paid_with: PaidWith::Card {
            number,
            holder: None,
            expiry: Expiry::parse("12/2030").unwrap(),
            brand: Brand::Visa,
            security_code: None,
        },
        on_file: None,
        save_card: false,
        debit: false,
        authentication: None,
        wallet: None,
        fraud: None,
        recurrence: None,
    };
    let start = Start {
        merchant,
        id: PaymentId::from_bytes((unique() << 8 | 2).to_be_bytes()),
        now: NOW,
        request_id: "3b9f1c9e-8d1f-4d8e-8b57-7f6d9b8f2a11".to_owned(),
        method: Method::Credit(card.into()),
        fingerprint: Some([7; 16]),
        provider: Provider::Simulado,
    };
    let receipt = Receipt {
        tid: "0928084922246".to_owned(),
        proof_of_sale: "652515".to_owned(),
        authorization_code: Some("927181".to_owned()),
        return_code: "4".to_owned(),
        return_message: "Operation Successful".to_owned(),
        advice: None,
    };
    Sale::start(new, start).answered(Answer::Approved(receipt), NOW)
}

/// An answer to keep.
pub fn answer(merchant: MerchantId, key: &str, created_at: Timestamp) -> KeptAnswer {
    KeptAnswer {
        merchant,
        key: key.to_owned(),
        request: [3; 32],
        status: 201,
        body: format!("{{\"key\":\"{key}\"}}"),
        location: Some("http://localhost/1/sales/x".to_owned()),
        created_at,
    }
}

/// Commits a set for a merchant.
pub async fn commit(
    storage: &Storage,
    merchant: MerchantId,
    writes: Vec<Write>,
) -> Result<(), CommitError> {
    storage.commit(Changes { merchant, writes }).await
}

/// Commits a new sale and gives it back.
pub async fn sold(storage: &Storage, merchant: MerchantId, order: &str) -> Sale {
    let sale = sale(merchant, order);
    commit(
        storage,
        merchant,
        vec![Write::InsertSale(Box::new(sale.clone()))],
    )
    .await
    .unwrap();
    sale
}
