//! The other ways to pay: their sales, what is paid of slips, cards that wait or were replaced.
//!
//! Invariant: as in the rest of the suite, each thing comes back equal to what was committed.

#![cfg(test)]

use aval_domain::amount::Amount;
use aval_domain::authorization::Provider;
use aval_domain::boleto::{Bank, Boleto, Credential, DueDate, Issuer, NewBoleto, OurNumber, Texts};
use aval_domain::method::WalletKind;
use aval_domain::method::{Authentication, CardPayment, Method, NewCard, Slip, Transfer, Wallet};
use aval_domain::operation::{Kind, Operation};
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_storage::{
    AwaitedBuyer, AwaitedCard, CommitError, Conflict, ReplacedCard, Storage, Write,
};

use crate::support::{self, NOW, Store, commit, merchant_id, sale};

crate::on_both_engines!(
    a_sale_of_every_method_and_state_comes_back,
    what_is_paid_of_a_slip_adds_up,
    a_card_waits_for_its_buyer_and_goes,
    payments_that_wait_for_their_buyers_are_found_in_the_order_of_their_ends,
    a_replaced_card_replaces_the_one_before,
    a_payment_names_its_merchant,
    a_number_drawn_for_a_slip_is_claimed_once,
);

const TICKET: &str = "a-ticket";

fn slip() -> Method {
    let new = NewBoleto {
        issuer: Issuer::Cielo,
        credential: Credential::SANDBOX,
        number: OurNumber::parse("123").unwrap(),
        due: DueDate::parse("5/1/2015").unwrap(),
        texts: Texts {
            assignor: Some("Empresa Teste".to_owned()),
            identification: Some("11884926754".to_owned()),
            address: Some("Rua Teste".to_owned()),
            demonstrative: Some("Demonstrativo".to_owned()),
            instructions: Some("Aceitar somente até a data de vencimento".to_owned()),
        },
    };
    let amount = Amount::new(15_700).unwrap();
    Method::Boleto(Box::new(Slip {
        boleto: Boleto::issue(new, Bank::Sandbox, amount).unwrap(),
        ticket: TICKET.to_owned(),
    }))
}

fn methods(card: &CardPayment) -> Vec<Method> {
    let return_url = "https://loja.example/pedido".to_owned();
    let visit = CardPayment {
        authentication: Some(Box::new(Authentication {
            return_url: return_url.clone(),
            ticket: TICKET.to_owned(),
            asked: true,
            has_security_code: true,
        })),
        wallet: Some(Box::new(Wallet {
            kind: WalletKind::Masterpass,
            key: Some("103".to_owned()),
        })),
        new_card: Some(Box::new(NewCard {
            masked: "400000******0000".to_owned(),
            sealed: "00ff".to_owned(),
            expiry: "10/2030".to_owned(),
            brand: aval_domain::brand::Brand::Visa,
        })),
        ..card.clone()
    };
    vec![
        Method::Credit(visit.clone()),
        Method::Debit(visit),
        Method::Transfer(Box::new(Transfer {
            return_url,
            ticket: TICKET.to_owned(),
        })),
        slip(),
    ]
}

async fn insert(store: &Storage, sale: &Sale) {
    let write = Write::InsertSale(Box::new(sale.clone()));
    commit(store, sale.merchant, vec![write]).await.unwrap();
}

async fn a_sale_of_every_method_and_state_comes_back(store: Store) {
    let merchant = merchant_id();
    let states = [
        State::NotFinished,
        State::Pending,
        State::Aborted,
        State::Denied,
        State::Authorized(NOW),
    ];
    let plain = sale(merchant, "1");
    let card = plain.details.method.card_payment().unwrap().clone();
    for method in methods(&card) {
        for state in states {
            let mut sale = sale(merchant, "1");
            sale.state = state;
            sale.receipt = None;
            sale.details.method = method.clone();
            sale.details.provider = Provider::BancoDoBrasil;
            insert(&store, &sale).await;
            let found = store.sale(merchant, sale.id).await.unwrap();
            assert_eq!(found.as_ref(), Some(&sale));
        }
    }
}

async fn what_is_paid_of_a_slip_adds_up(store: Store) {
    let merchant = merchant_id();
    let mut sale = sale(merchant, "slip");
    sale.state = State::Authorized(NOW);
    sale.details.method = slip();
    insert(&store, &sale).await;
    for (cents, whole) in [(40, 40), (60, 100), (15_700, 15_800)] {
        let paid = Amount::new(cents).unwrap();
        let after = sale.clone().paid(Some(paid), NOW).unwrap();
        assert_eq!(after.received, whole);
        let record = Operation {
            merchant,
            payment: after.id,
            version: after.version,
            kind: Kind::Payment,
            amount: paid,
            at: NOW,
            request_id: String::new(),
            return_code: String::new(),
            by: None,
            before: None,
        };
        let writes = vec![
            Write::UpdateSale(Box::new(after.clone())),
            Write::InsertOperation(record),
        ];
        commit(&store, merchant, writes).await.unwrap();
        let found = store.sale(merchant, after.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&after));
        let newest = store.newest_of_order(merchant, &after.order).await.unwrap();
        assert_eq!(newest.as_ref(), Some(&after));
        sale = after;
    }
    assert!(sale.state.capture_made().is_some());
}

async fn a_card_waits_for_its_buyer_and_goes(store: Store) {
    let sale = sale(merchant_id(), "1");
    let card = AwaitedCard {
        merchant: sale.merchant,
        payment: sale.id,
        sealed: vec![1, 2, 3],
    };
    let write = Write::InsertAwaitedCard(card.clone());
    commit(&store, sale.merchant, vec![write]).await.unwrap();
    let find = async || store.awaited_card(sale.merchant, sale.id).await.unwrap();
    assert_eq!(find().await, Some(card));
    let stranger = store.awaited_card(merchant_id(), sale.id).await.unwrap();
    assert_eq!(stranger, None);
    for _ in 0..2 {
        let write = Write::DeleteAwaitedCard(sale.id);
        commit(&store, sale.merchant, vec![write]).await.unwrap();
        assert_eq!(find().await, None);
    }
}

async fn payments_that_wait_for_their_buyers_are_found_in_the_order_of_their_ends(store: Store) {
    let mut waiting = Vec::new();
    for later in [3, 1, 2] {
        let sale = sale(merchant_id(), "1");
        let buyer = AwaitedBuyer {
            merchant: sale.merchant,
            payment: sale.id,
            due_at: NOW.plus(later),
        };
        let write = Write::InsertAwaitedBuyer(buyer);
        commit(&store, sale.merchant, vec![write]).await.unwrap();
        waiting.push(buyer);
    }
    waiting.sort_by_key(|buyer| buyer.due_at);
    let due = async |later, most| {
        let found = store.awaited_buyers_due(NOW.plus(later), None, most).await;
        found.unwrap()
    };
    assert_eq!(due(0, 9).await, []);
    assert_eq!(due(2, 9).await, waiting[..2]);
    assert_eq!(due(3, 1).await, waiting[..1]);
    let rest = store.awaited_buyers_due(NOW.plus(3), Some(waiting[0]), 9);
    assert_eq!(rest.await.unwrap(), waiting[1..]);
    for _ in 0..2 {
        let write = Write::DeleteAwaitedBuyer(waiting[0].payment);
        commit(&store, waiting[0].merchant, vec![write])
            .await
            .unwrap();
        assert_eq!(due(3, 9).await, waiting[1..]);
    }
    let foreign = Write::DeleteAwaitedBuyer(waiting[1].payment);
    commit(&store, waiting[2].merchant, vec![foreign])
        .await
        .unwrap();
    assert_eq!(due(3, 9).await, waiting[1..], "another merchant's");
}

async fn a_replaced_card_replaces_the_one_before(store: Store) {
    let merchant = merchant_id();
    let of = |masked: &str| ReplacedCard {
        merchant,
        fingerprint: [5; 16],
        sealed: masked.as_bytes().to_vec(),
        masked: masked.to_owned(),
        expiry: "10/2030".to_owned(),
        brand: "Visa".to_owned(),
        replaced_at: NOW,
    };
    for masked in ["400000******0000", "511111******1111"] {
        let card = of(masked);
        let write = Write::PutReplacedCard(Box::new(card.clone()));
        commit(&store, merchant, vec![write]).await.unwrap();
        let found = store.replaced_card(merchant, [5; 16]).await.unwrap();
        assert_eq!(found, Some(card));
    }
    let other = store.replaced_card(merchant, [6; 16]).await.unwrap();
    assert_eq!(other, None);
    let stranger = store.replaced_card(merchant_id(), [5; 16]).await.unwrap();
    assert_eq!(stranger, None);
}

async fn a_payment_names_its_merchant(store: Store) {
    let mut made = Vec::new();
    for _ in 0..3 {
        let merchant = support::merchant(merchant_id());
        let id = merchant.id;
        let write = Write::InsertMerchant(Box::new(merchant));
        commit(&store, id, vec![write]).await.unwrap();
        made.push(support::sold(&store, id, "1").await);
    }
    for sale in made {
        let found = store.merchant_of_payment(sale.id).await.unwrap();
        assert_eq!(found, Some(sale.merchant));
    }
    let nobody = sale(merchant_id(), "1").id;
    assert_eq!(store.merchant_of_payment(nobody).await.unwrap(), None);
}

async fn a_number_drawn_for_a_slip_is_claimed_once(store: Store) {
    let (merchant, other) = (merchant_id(), merchant_id());
    let claim = || vec![Write::ClaimSlipNumber(OurNumber::drawn(7))];
    commit(&store, merchant, claim()).await.unwrap();
    let taken = commit(&store, merchant, claim()).await;
    assert!(
        matches!(taken, Err(CommitError::Conflict(Conflict::SlipNumberTaken))),
        "{taken:?}"
    );
    commit(&store, other, claim()).await.unwrap();
}
