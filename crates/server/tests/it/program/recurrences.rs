//! Recurrences charged by servers that are killed: each cycle once, and none missed; and the
//! commands.
//!
//! Invariant: what is checked is read from the store, after all servers have ended.

use std::time::Duration;

use aval_domain::id::{MerchantId, RecurrentPaymentId};
use aval_domain::payment::State;
use aval_domain::recurrence::{PlanStatus, RecurrentPayment};
use aval_domain::time::DAY;
use aval_storage::{Decision, Limits, Storage, Target};
use serde_json::json;

use super::support::home::{Home, Merchant};
use super::support::http::{Http, Request};
use super::support::random::Random;
use super::support::server::Server;
use super::support::{asked_every, say};

/// Recurrences that fall due.
const DUE: usize = 10_000;
/// Their merchants; each has as many.
const MERCHANTS: usize = 12;
/// What is wrong with the acquirer of the first of them, so that kills fall between a charge and
/// its answer too.
const FAULTS: [&str; 3] = ["Delay", "LostAfter", "LostBefore"];
/// Clients that make them.
const CLIENTS: usize = 8;
/// How long all charges may take, with leases that killed servers leave behind.
const CHARGED: Duration = Duration::from_secs(240);
/// Between two looks into the store, each of which opens it.
const PAUSE: Duration = Duration::from_millis(200);

#[test]
fn eight_servers_on_postgresql_killed_at_random_charge_each_cycle_once() {
    let home = Home::postgres();
    let url = home.database().to_owned();
    killed(&home, Target::Postgres(url), 8, 3);
}

#[test]
fn one_server_on_sqlite_killed_at_random_charges_each_cycle_once() {
    let home = Home::sqlite();
    let target = Target::Sqlite(home.data().join("aval.db"));
    killed(&home, target, 1, 10);
}

/// Kills each of the servers so many times.
fn killed(home: &Home, target: Target, servers: usize, times: usize) {
    let mut random = Random::new("recurrences");
    let merchants: Vec<Merchant> = (0..MERCHANTS).map(|_| home.merchant(&[])).collect();
    let server = Server::start(home, &[]);
    make(&server, &merchants);
    for (merchant, fault) in merchants.iter().zip(FAULTS) {
        set_fault(home, &server, merchant, fault);
    }
    server.stop();
    // A month passes while nothing runs.
    pass(&target, 31);
    let mut running: Vec<Server> = (0..servers).map(|_| Server::start(home, &[])).collect();
    let at_work: usize = (0..times)
        .map(|_| kill_each(home, &mut running, &target, &mut random))
        .sum();
    let kills = servers * times;
    say(&format!("{at_work} of {kills} kills while there was work"));
    assert!(
        at_work >= kills / 3,
        "most kills came when all was done: {at_work} of {kills}"
    );
    all_charged(&target, 31);
    // What was denied, since the question was lost, is tried again on the next day.
    for (merchant, _) in merchants.iter().zip(FAULTS) {
        set_fault(home, &running[0], merchant, "None");
    }
    // Servers that are started now know of no fault.
    kill_each(home, &mut running, &target, &mut random);
    pass(&target, 32);
    kill_each(home, &mut running, &target, &mut random);
    all_charged(&target, 32);
    // What was in doubt till then, and is denied now, on the day after.
    pass(&target, 33);
    all_charged(&target, 33);
    running.into_iter().for_each(Server::stop);
    with_store(&target, async |store| check(&store, &merchants).await);
}

/// Kills each server at a moment of chance, in an order of chance, and starts another in its place;
/// how many were killed while charges were due.
fn kill_each(
    home: &Home,
    running: &mut Vec<Server>,
    target: &Target,
    random: &mut Random,
) -> usize {
    let mut at_work = 0;
    let mut killed = Vec::new();
    while !running.is_empty() {
        std::thread::sleep(Duration::from_millis(random.between(0, 250)));
        let which = usize::try_from(random.below(running.len() as u64)).unwrap();
        at_work += usize::from(due(target, 31) > 0);
        running.swap_remove(which).kill();
        killed.push(Server::start(home, &[]));
    }
    *running = killed;
    at_work
}

/// Lets so many days have passed since the recurrences were made.
fn pass(target: &Target, days: i64) {
    with_store(target, async |store| {
        let offset = (DAY * days).to_string();
        store
            .put_setting("clock.offset_micros", &offset)
            .await
            .unwrap();
    });
}

fn all_charged(target: &Target, days: i64) {
    asked_every(PAUSE, "all is charged", CHARGED, || {
        (due(target, days) == 0 && in_doubt(target) == 0).then_some(())
    });
}

/// How many charges are in doubt whose acquirer is to be asked by now.
fn in_doubt(target: &Target) -> usize {
    with_store(target, async |store| {
        let offset = store.setting("clock.offset_micros").await.unwrap();
        let offset = offset.and_then(|text| text.parse().ok()).unwrap_or(0);
        let now = aval_gateway::clock::Clock::default().now().plus(offset);
        store.unfinished_due(now, 1).await.unwrap().len()
    })
}

/// Sets a fault over the sandbox API.
fn set_fault(home: &Home, server: &Server, merchant: &Merchant, fault: &str) {
    let token = std::fs::read_to_string(home.data().join("admin-token")).unwrap();
    let body = json!({"MerchantId": merchant.id, "Fault": fault, "DelayMs": 40});
    let set = Request::new("PUT", "/sandbox/faults")
        .header("Authorization", &format!("Bearer {token}"))
        .body(body.to_string());
    Http::new(server.backoffice).must(&set).expect(200);
}

/// Makes monthly recurrences with their first payments.
fn make(server: &Server, merchants: &[Merchant]) {
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let api = server.api;
            scope.spawn(move || {
                let mut http = Http::new(api);
                for number in (client..DUE).step_by(CLIENTS) {
                    let merchant = &merchants[number % merchants.len()];
                    http.must(&monthly(merchant, number)).expect(201);
                }
            });
        }
    });
}

fn monthly(merchant: &Merchant, number: usize) -> Request {
    let body = json!({
        "MerchantOrderId": format!("R{number}"),
        "Customer": {"Name": "Assinante"},
        "Payment": {
            "Type": "CreditCard", "Amount": 1500, "Installments": 1,
            "RecurrentPayment": {"AuthorizeNow": true},
            "CreditCard": {
                "CardNumber": "4024007153761191", "ExpirationDate": "12/2099", "Brand": "Visa",
            },
        },
    });
    merchant.request("POST", "/1/sales").body(body.to_string())
}

fn with_store<T>(target: &Target, run: impl AsyncFnOnce(Storage) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Storage::open(target, Limits { queue: 16 }).await.unwrap();
        run(store).await
    })
}

/// How many are due, so many days from now.
fn due(target: &Target, days: i64) -> i64 {
    with_store(target, async |store| {
        let now = aval_gateway::clock::Clock::default().now().plus(DAY * days);
        store.waiting_recurrences(now).await.unwrap()
    })
}

async fn check(store: &Storage, merchants: &[Merchant]) {
    let (mut plans, mut denied) = (0, 0);
    for (at, merchant) in merchants.iter().enumerate() {
        let of = MerchantId::parse(&merchant.id).unwrap();
        let mut after = RecurrentPaymentId::from_bytes([0; 16]);
        loop {
            let page = store.recurrent_payments_of(of, after, 500).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.id;
            for plan in page {
                plans += 1;
                denied += checked(store, &plan, at < FAULTS.len()).await;
            }
        }
    }
    assert_eq!(plans, DUE);
    say(&format!("{denied} charges were denied and made again"));
    assert!(denied > 0, "no question was lost");
}

/// The plan has its first payment and one paid charge of one cycle, and its order no other sales
/// but what was denied; how many that are. Where there was a fault, what the acquirer reserved is
/// what was authorized.
async fn checked(store: &Storage, plan: &RecurrentPayment, had_fault: bool) -> usize {
    assert_eq!((plan.cycle, plan.successes), (2, 1), "{plan:?}");
    assert_eq!((plan.status, plan.asking), (PlanStatus::Active, None));
    let of = plan.merchant;
    let charges = store.recurrences(of, plan.id, 10).await.unwrap();
    let sales = store.sales_of_order(of, &plan.order, 10).await.unwrap();
    let mut sold: Vec<_> = sales.iter().map(|(id, _)| *id).collect();
    let mut charged: Vec<_> = charges.iter().map(|charge| charge.payment).collect();
    sold.sort();
    charged.sort();
    assert_eq!(sold, charged, "a charge without its record, or twice");
    if !had_fault {
        let cycles: Vec<u32> = charges.iter().map(|charge| charge.cycle).collect();
        assert_eq!(cycles, [0, 1]);
        return 0;
    }
    let mut paid = Vec::new();
    for charge in &charges {
        let sale = store.sale(of, charge.payment).await.unwrap().unwrap();
        assert!(sale.state != State::NotFinished, "{sale:?}");
        let doubt = store.unfinished(of, sale.id).await.unwrap();
        assert!(doubt.is_none(), "still in doubt");
        let asked = store.simulated_attempt(of, sale.id).await.unwrap();
        let reserved = asked.map(|asked| asked.decision == Decision::Approved);
        let is_paid = sale.was_authorized();
        assert_eq!(reserved.unwrap_or(is_paid), is_paid, "{sale:?}");
        paid.extend(is_paid.then_some(charge.cycle));
    }
    assert_eq!(paid, [0, 1]);
    charges.len() - paid.len()
}

#[test]
fn recurrences_are_listed_shown_and_charged_by_commands() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    let mut ids = Vec::new();
    for number in 0..3 {
        let made = server.ask(&monthly(&merchant, number)).expect(201).json();
        let id = made["Payment"]["RecurrentPayment"]["RecurrentPaymentId"].clone();
        ids.push(id.as_str().unwrap().to_owned());
    }
    server.stop();
    let list = |arguments: &[&str]| {
        home.run(&[&["recurrence", "list", "--json"], arguments].concat())
            .json()
    };
    let all = list(&[]);
    let listed: Vec<&str> = all["Recurrences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["RecurrentPaymentId"].as_str().unwrap())
        .collect();
    assert_eq!(
        (listed, &all["More"]),
        (ids.iter().map(String::as_str).collect(), &json!(false))
    );
    let two = list(&["--merchant", &merchant.id, "--limit", "2"]);
    assert_eq!(two["Recurrences"].as_array().unwrap().len(), 2);
    assert_eq!(two["More"], true);
    let nobody = list(&["--merchant", "24bc8366-fc31-4d6c-8555-17049a836a07"]);
    assert_eq!(nobody["Recurrences"], json!([]));
    let run_due = || home.run(&["recurrence", "run-due", "--json"]).json();
    assert_eq!(run_due(), json!({"Charged": 0}));
    let target = Target::Sqlite(home.data().join("aval.db"));
    with_store(&target, async |store| {
        let offset = (DAY * 31).to_string();
        store
            .put_setting("clock.offset_micros", &offset)
            .await
            .unwrap();
    });
    assert_eq!(run_due(), json!({"Charged": 3}));
    assert_eq!(run_due(), json!({"Charged": 0}));
    let show = home.run(&["recurrence", "show", &ids[0], "--json"]).json();
    assert_eq!(show["SuccessfulRecurrences"], 1);
    assert_eq!(show["StatusName"], "active");
    assert_eq!(show["CardNumber"], "402400******1191");
    assert_eq!(show["RecurrentTransactions"].as_array().unwrap().len(), 2);
    let shown = home.run(&["recurrence", "show", &ids[0]]).ok();
    assert!(
        shown.contains("402400******1191") && shown.contains(&merchant.id),
        "{shown}"
    );
    let unknown = "24bc8366-fc31-4d6c-8555-17049a836a07";
    for id in [unknown, "7"] {
        home.run(&["recurrence", "show", id]).refused();
    }
    let table = home.run(&["recurrence", "list"]).ok();
    assert_eq!(table.lines().count(), 4, "{table}");
}
