//! What is charged, when, and how it ends (requirements R247 to R256).
//!
//! Invariant: each cycle is paid once, on its day or on that of a later attempt.

use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry};
use aval_gateway::operations::charge::{self, Done};
use aval_gateway::operations::renewal::{self, Replacement};
use aval_gateway::tasks::recurrences::{self, Share};
use serde_json::{Value, json};

use super::{moment, monthly, recurring, scheduled};
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    three_years_of_monthly_charges_are_made_in_one_call_each_on_its_day,
    a_charge_that_is_denied_is_tried_again_on_the_days_the_merchant_says,
    of_several_servers_at_once_each_cycle_is_charged_by_one,
    servers_that_begin_together_share_what_is_due,
    what_was_due_while_nothing_ran_is_charged_afterwards,
);

async fn three_years_of_monthly_charges_are_made_in_one_call_each_on_its_day(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let body = monthly();
    let id = gateway.recurs(&body).await;
    let ends = recurring(4, json!({"AuthorizeNow": true, "EndDate": "2027-05-31"}));
    let ending = gateway.recurs(&ends).await;
    let ran = gateway.days(1_096).await;
    assert_eq!(ran["Recurrences"], 36 + 4, "{ran}");
    let days = gateway.charged_on(&id).await;
    assert_eq!(days.len(), 37);
    let expected = [
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
        "2027-05-31",
    ];
    assert_eq!(days[..5], expected);
    assert!(days.contains(&"2028-02-29".to_owned()), "{days:?}");
    assert_eq!(days[36], "2030-01-31");
    let shown = gateway.recurrence(&id).await.expect(200);
    assert_eq!(shown.at("/RecurrentPayment/NextRecurrency"), "2030-02-28");
    assert_eq!(shown.at("/RecurrentPayment/SuccessfulRecurrences"), 36);
    for (at, (number, attempt, charge)) in gateway.charges(&id).await.iter().enumerate() {
        assert_eq!((*number, *attempt), (u64::try_from(at).unwrap(), 1));
        if at == 0 {
            continue;
        }
        let payment = |member: &str| charge.at(&format!("/Payment/{member}"));
        assert_eq!(payment("Status"), 2, "captured");
        assert_eq!(payment("Capture"), true);
        assert_eq!(payment("CapturedAmount"), 15_700);
        assert_eq!(payment("Recurrent"), true);
        assert_eq!(payment("SoftDescriptor"), "123456789ABCD");
        assert_eq!(payment("RecurrentPayment/RecurrentPaymentId"), id.as_str());
        assert_eq!(charge.at("/MerchantOrderId"), body.order());
        assert_eq!(charge.at("/Customer/Name"), "Comprador de teste");
        let received = payment("ReceivedDate");
        assert!(
            received.as_str().unwrap().ends_with(" 00:00:00"),
            "{received}"
        );
    }
    let finished = gateway.recurrence(&ending).await.expect(200);
    assert_eq!(finished.at("/RecurrentPayment/Status"), 2);
    assert_eq!(gateway.charged_on(&ending).await, expected);
    assert_eq!(gateway.days(365).await["Recurrences"], 11);
    let over = gateway.of_recurrence(&id, "Status").await;
    assert_eq!(over, 5, "the card was valid through 12/2030");
}

async fn a_charge_that_is_denied_is_tried_again_on_the_days_the_merchant_says(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-01T10:00:00-03:00").await;
    let usual = gateway.merchant(&[]).await;
    let slow = [
        ("recurrence_attempts", "3"),
        ("recurrence_attempt_interval_days", "4"),
    ];
    let slow = gateway.merchant(&slow).await;
    let tried = usual.recurs(&scheduled(8, "2027-01-31")).await;
    let slowly = slow.recurs(&scheduled(5, "2027-01-31")).await;
    let never = usual.recurs(&scheduled(2, "2027-01-31")).await;
    assert_eq!(gateway.days(31).await["Recurrences"], 3 + 1);
    assert_eq!(usual.of_recurrence(&tried, "CurrentRecurrencyTry").await, 2);
    usual
        .amend(&tried, "NextPaymentDate", "\"2027-03-01\"")
        .await
        .expect_error(400, 315);
    assert_eq!(gateway.days(60).await["Recurrences"], 2 + 2);
    for (of, id, days) in [
        (
            &usual,
            &tried,
            &["2027-01-31", "2027-02-01", "2027-02-02", "2027-02-03"][..],
        ),
        (&slow, &slowly, &["2027-01-31", "2027-02-04", "2027-02-08"]),
        (&usual, &never, &["2027-01-31"]),
    ] {
        assert_eq!(of.of_recurrence(id, "Status").await, 4);
        assert_eq!(of.charged_on(id).await, days);
        let charges = of.charges(id).await;
        for (at, (number, attempt, sale)) in charges.iter().enumerate() {
            assert_eq!((*number, *attempt), (0, u64::try_from(at).unwrap() + 1));
            assert_eq!(sale.at("/Payment/Status"), 3);
        }
        assert_eq!(of.of_recurrence(id, "SuccessfulRecurrences").await, 0);
    }
    usual.amend(&tried, "Reactivate", "").await.expect(200);
    assert_eq!(
        usual.of_recurrence(&tried, "NextRecurrency").await,
        "2027-04-30"
    );
}

#[tokio::test]
async fn a_retry_that_is_paid_leaves_the_calendar_as_it_was() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let id = gateway.recurs(&monthly()).await;
    gateway.fault(&gateway.caller, "Refused").await;
    assert_eq!(gateway.days(29).await["Recurrences"], 2);
    gateway.fault(&gateway.caller, "None").await;
    assert_eq!(gateway.days(40).await["Recurrences"], 2);
    let charged = gateway.charged_on(&id).await;
    let expected = [
        "2027-01-31",
        "2027-02-28",
        "2027-03-01",
        "2027-03-02",
        "2027-03-31",
    ];
    assert_eq!(charged, expected);
    let numbers: Vec<(u64, u64)> = gateway
        .charges(&id)
        .await
        .iter()
        .map(|c| (c.0, c.1))
        .collect();
    assert_eq!(numbers, [(0, 1), (1, 1), (1, 2), (1, 3), (2, 1)]);
    let denied = &gateway.charges(&id).await[1].2;
    assert_eq!(denied.at("/Payment/ReturnCode"), "98");
    assert_eq!(gateway.of_recurrence(&id, "SuccessfulRecurrences").await, 2);
}

async fn of_several_servers_at_once_each_cycle_is_charged_by_one(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let mut shops = Vec::new();
    for _ in 0..4 {
        shops.push(gateway.merchant(&[]).await);
    }
    let mut ids = Vec::new();
    for at in 0..60 {
        let shop = &shops[at % 4];
        ids.push((shop, shop.recurs(&monthly()).await));
    }
    let beside = [gateway.beside().await, gateway.beside().await];
    let app = &gateway.server.app;
    let later = moment("2027-02-28T10:00:00-03:00");
    app.clock.set(&app.storage, later).await.unwrap();
    let mut running = Vec::new();
    for (server, share) in [
        (&gateway.server, Share::Leased),
        (&beside[0].server, Share::Leased),
        (&beside[1].server, Share::All),
    ] {
        let server = std::sync::Arc::clone(server);
        server.app.clock.refresh(&server.app.storage).await.unwrap();
        let run = async move { recurrences::run(&server.app, share).await.unwrap() };
        running.push(tokio::spawn(run));
    }
    let mut charged = 0;
    for run in running {
        charged += run.await.unwrap();
    }
    assert_eq!(charged, 60);
    for (shop, id) in &ids {
        assert_eq!(shop.charged_on(id).await, ["2027-01-31", "2027-02-28"]);
        assert_eq!(shop.of_recurrence(id, "NextRecurrency").await, "2027-03-31");
    }
}

async fn servers_that_begin_together_share_what_is_due(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let mut shops = Vec::new();
    for _ in 0..24 {
        let shop = gateway.merchant(&[]).await;
        for _ in 0..4 {
            shop.recurs(&monthly()).await;
        }
        shops.push(shop);
    }
    let beside = gateway.beside().await;
    let later = moment("2027-02-28T10:00:00-03:00");
    let app = &gateway.server.app;
    app.clock.set(&app.storage, later).await.unwrap();
    let other = &beside.server.app;
    other.clock.refresh(&other.storage).await.unwrap();
    let (ours, theirs) = tokio::join!(
        recurrences::run(app, Share::Leased),
        recurrences::run(other, Share::Leased)
    );
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    assert!(
        ours > 0 && theirs > 0,
        "one left nothing to the other: {ours} {theirs}"
    );
    assert_eq!(ours + theirs, 96);
    for shop in &shops {
        for plan in gateway.plans(shop).await {
            assert_eq!((plan.cycle, plan.successes), (2, 1));
        }
    }
}

async fn what_was_due_while_nothing_ran_is_charged_afterwards(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let id = gateway.recurs(&monthly()).await;
    let past = gateway.recurs(&scheduled(1, "2015-06-01")).await;
    let over = recurring(
        1,
        json!({"AuthorizeNow": false, "StartDate": "2015-06-01", "EndDate": "2019-12-01"}),
    );
    let over = gateway.recurs(&over).await;
    let app = &gateway.server.app;
    let later = moment("2027-04-15T10:00:00-03:00");
    app.clock.set(&app.storage, later).await.unwrap();
    let gateway = gateway.restarted().await;
    let charged = recurrences::run(&gateway.server.app, Share::Leased)
        .await
        .unwrap();
    assert_eq!(charged, 2 + 4);
    let charged = gateway.charges(&id).await;
    let numbers: Vec<u64> = charged.iter().map(|charge| charge.0).collect();
    assert_eq!(numbers, [0, 1, 2], "every cycle, once");
    assert_eq!(
        gateway.of_recurrence(&id, "NextRecurrency").await,
        "2027-04-30"
    );
    // Its start was past when it was made: that one, then what came after that day.
    assert_eq!(gateway.charges(&past).await.len(), 4);
    assert_eq!(
        gateway.of_recurrence(&past, "NextRecurrency").await,
        "2027-05-01"
    );
    assert_eq!(gateway.charges(&over).await.len(), 0);
    assert_eq!(gateway.of_recurrence(&over, "Status").await, 2);
    assert_eq!(
        gateway.of_recurrence(&over, "NextRecurrency").await,
        "2015-06-01"
    );
}

#[tokio::test]
async fn a_recurrence_ends_with_its_card() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let body = monthly().with("Payment.CreditCard.ExpirationDate", "03/2027");
    let id = gateway.recurs(&body).await;
    assert_eq!(gateway.days(100).await["Recurrences"], 2);
    assert_eq!(gateway.of_recurrence(&id, "Status").await, 5);
    gateway
        .amend(&id, "Amount", "1")
        .await
        .expect_error(400, 169);
    gateway.amend(&id, "Reactivate", "").await.expect(200);
    let card = json!({
        "Type": "CreditCard", "Amount": 200, "Installments": 1,
        "CreditCard": {
            "CardNumber": "1234123412341234", "ExpirationDate": "12/2031", "Brand": "Master",
        },
    });
    let changed = gateway.amend(&id, "Payment", &card.to_string()).await;
    changed.expect(200);
    assert_eq!(gateway.days(30).await["Recurrences"], 1);
    let charges = gateway.charges(&id).await;
    let newest = &charges.last().unwrap().2;
    assert_eq!(newest.at("/Payment/Amount"), 200);
    assert_eq!(newest.at("/Payment/CreditCard/Brand"), "Master");
    assert_eq!(
        newest.at("/Payment/CreditCard/CardNumber"),
        "123412******1234"
    );
}

#[tokio::test]
async fn a_card_that_was_replaced_is_charged_by_its_new_number() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let off = gateway.merchant(&[("renova_facil", "false")]).await;
    let (ours, theirs) = (
        gateway.recurs(&monthly()).await,
        off.recurs(&monthly()).await,
    );
    let made_up = recurring(3, json!({"AuthorizeNow": false, "StartDate": "2027-03-31"}))
        .with("Payment.CreditCard.ExpirationDate", "02/2027");
    let made_up = gateway.recurs(&made_up).await;
    let app = &gateway.server.app;
    let old = CardNumber::parse("1234123412341231").unwrap();
    for shop in [&gateway.caller, &off] {
        let found = app
            .merchants
            .find(&app.storage, &app.keys, shop.merchant_id())
            .await;
        let by = Replacement {
            number: CardNumber::parse("5555444433332224").unwrap(),
            expiry: Expiry::parse("01/2035").unwrap(),
            brand: Brand::Master,
        };
        let merchant = found.unwrap().unwrap();
        renewal::replace(app, &merchant, &old, &by).await.unwrap();
    }
    assert_eq!(gateway.days(60).await["Recurrences"], 5);
    for (shop, id, number) in [
        (&gateway.caller, &ours, "555544******2224"),
        (&off, &theirs, "123412******1231"),
    ] {
        let charges = shop.charges(id).await;
        for (.., charge) in &charges[1..] {
            assert_eq!(charge.at("/Payment/Status"), 2);
            assert_eq!(charge.at("/Payment/CreditCard/CardNumber"), number);
        }
        assert_eq!(charges.len(), 3);
    }
    let (.., charge) = &gateway.charges(&made_up).await[0];
    assert_eq!(charge.at("/Payment/Status"), 2, "{}", charge.text());
    assert_eq!(charge.at("/Payment/CreditCard/ExpirationDate"), "03/2032");
    assert_eq!(gateway.of_recurrence(&made_up, "Status").await, 1);
}

#[tokio::test]
async fn nothing_is_charged_for_a_merchant_who_is_blocked_or_has_it_off() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let (blocked, off) = (gateway.merchant(&[]).await, gateway.merchant(&[]).await);
    let first = blocked.recurs(&monthly()).await;
    let second = off.recurs(&monthly()).await;
    let block =
        |blocks| move |merchant: &mut aval_domain::merchant::Merchant| merchant.blocked = blocks;
    gateway.change(blocked.merchant_id(), block(true)).await;
    gateway
        .set(off.merchant_id(), &[("recurrence", "false")])
        .await;
    gateway.server.app.merchants.forget_all();
    assert_eq!(gateway.days(40).await["Recurrences"], 0);
    gateway.change(blocked.merchant_id(), block(false)).await;
    gateway
        .set(off.merchant_id(), &[("recurrence", "true")])
        .await;
    gateway.server.app.merchants.forget_all();
    assert_eq!(gateway.days(1).await["Recurrences"], 2);
    for (shop, id) in [(blocked, first), (off, second)] {
        assert_eq!(shop.charged_on(&id).await, ["2027-01-31", "2027-03-13"]);
        assert_eq!(
            shop.of_recurrence(&id, "NextRecurrency").await,
            "2027-03-31"
        );
    }
}

#[tokio::test]
async fn a_clock_that_is_put_back_amid_the_charges_brings_none_forward() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let id = gateway.recurs(&monthly()).await;
    let plan = gateway.plan(&gateway.caller, &id).await.unwrap();
    let app = &gateway.server.app;
    // What was read while it was due.
    for now in ["2027-01-31T10:00:00-03:00", "2027-02-27T23:59:59-03:00"] {
        app.clock.set(&app.storage, moment(now)).await.unwrap();
        let done = charge::charge(app, plan.clone()).await.unwrap();
        assert_eq!(done, Done::Nothing, "{now}");
    }
    assert_eq!(gateway.charges(&id).await.len(), 1);
    gateway.clock("2027-03-05T10:00:00-03:00").await;
    gateway.clock("2027-01-01T10:00:00-03:00").await;
    assert_eq!(
        gateway.days(85).await["Recurrences"],
        0,
        "charged once, though it came twice"
    );
    assert_eq!(gateway.charged_on(&id).await, ["2027-01-31", "2027-02-28"]);
    assert_eq!(gateway.days(10).await["Recurrences"], 1);
}

#[tokio::test]
async fn a_plan_that_cannot_be_charged_stands_in_nobodys_way() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let broken = gateway.recurs(&monthly()).await;
    let sound = gateway.recurs(&monthly()).await;
    let storage = &gateway.server.app.storage;
    let mut plan = gateway.plan(&gateway.caller, &broken).await.unwrap();
    plan.sealed = Some(vec![0; 44]);
    plan.version += 1;
    let write =
        aval_storage::Write::Recurrence(aval_storage::RecurrenceWrite::UpdatePlan(Box::new(plan)));
    let changes = aval_storage::Changes {
        merchant: gateway.merchant_id(),
        writes: vec![write],
    };
    storage.commit(changes).await.unwrap();
    assert_eq!(gateway.days(29).await["Recurrences"], 1);
    assert_eq!(gateway.charges(&sound).await.len(), 2);
    assert_eq!(gateway.charges(&broken).await.len(), 1);
    assert_eq!(gateway.of_recurrence(&broken, "Status").await, 1);
    // One whose row cannot even be read stands before the other in what is due.
    let connection = gateway.store.connection();
    let id = gateway.plan(&gateway.caller, &broken).await.unwrap().id;
    let damage = |details: &str| {
        let sql = "UPDATE recurrent_payments SET details = ?1 WHERE recurrent_payment_id = ?2";
        let old = "SELECT details FROM recurrent_payments WHERE recurrent_payment_id = ?1";
        let id = id.as_bytes();
        let before: String = connection.query_row(old, [id], |row| row.get(0)).unwrap();
        assert_eq!(connection.execute(sql, (details, id)).unwrap(), 1);
        before
    };
    let whole = damage("{}");
    assert_eq!(gateway.days(31).await["Recurrences"], 1);
    assert_eq!(gateway.charges(&sound).await.len(), 3);
    damage(&whole);
    let changed = json!({
        "Type": "CreditCard", "Amount": 200, "Installments": 1,
        "CreditCard": {
            "CardNumber": "1234123412341234", "ExpirationDate": "12/2031", "Brand": "Visa",
        },
    });
    gateway
        .amend(&broken, "Payment", &changed.to_string())
        .await
        .expect(200);
    assert_eq!(
        gateway.days(1).await["Recurrences"],
        2,
        "both cycles, once it can be"
    );
}

#[tokio::test]
async fn charges_and_what_is_due_are_counted() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    gateway.recurs(&monthly()).await;
    gateway.recurs(&scheduled(2, "2027-02-28")).await;
    let metrics = async || {
        let request = crate::support::http::Request::new(gateway.backoffice, "GET", "/metrics");
        request.send().await.expect(200).text().to_owned()
    };
    gateway.advance(86_400_000_000 * 28).await;
    let text = metrics().await;
    assert!(text.contains("aval_recurrences_due 2\n"), "{text}");
    assert_eq!(gateway.days(1).await["Recurrences"], 2);
    let text = metrics().await;
    for line in [
        "aval_recurrences_total{outcome=\"paid\"} 1\n",
        "aval_recurrences_total{outcome=\"denied\"} 1\n",
        "aval_recurrences_due 0\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let none: Value = gateway.days(1).await;
    assert_eq!(none["Recurrences"], 0);
}
