//! A job whose server is killed in the middle: each payment is captured once, and none is left.
//!
//! Invariant: what is checked is read from the store, after all servers have ended.

use std::time::Duration;

use aval_domain::audit::Act;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::job::{Job, JobKind, JobState, RowState};
use aval_domain::sale::OrderId;
use aval_gateway::app::{App, Environment};
use aval_gateway::chance::Chance;
use aval_gateway::keys::{KeySource, Keys};
use aval_gateway::operations::job::{self, Choice, Prepared};
use aval_storage::{Changes, Limits, Storage, Target, Write};

use super::support::home::{Home, Merchant};
use super::support::random::Random;
use super::support::server::Server;
use super::support::{asked_every, say};

/// Payments of the job.
const ROWS: usize = 5_000;
/// How long it may take, with the leases that killed servers leave behind.
const DONE: Duration = Duration::from_secs(180);
/// Between two looks into the store, each of which opens it.
const PAUSE: Duration = Duration::from_millis(200);

#[test]
fn two_servers_on_postgresql_killed_in_the_middle_of_a_job_capture_each_payment_once() {
    let home = Home::postgres();
    let url = home.database().to_owned();
    killed(&home, &Target::Postgres(url), 2, 6);
}

#[test]
fn one_server_on_sqlite_killed_in_the_middle_of_a_job_captures_each_payment_once() {
    let home = Home::sqlite();
    let target = Target::Sqlite(home.data().join("aval.db"));
    killed(&home, &target, 1, 4);
}

fn killed(home: &Home, target: &Target, servers: usize, kills: usize) {
    let mut random = Random::new("jobs");
    let merchant = home.merchant(&[]);
    let server = Server::start(home, &[]);
    let sold = server.ask(&merchant.sale("First", 15_700)).expect(201);
    let first = sold.json()["Payment"]["PaymentId"]
        .as_str()
        .map(str::to_owned);
    let first = PaymentId::parse(&first.unwrap()).unwrap();
    server.stop();
    let job = on_store(home, target, async |app| {
        confirmed(&app, &merchant, first).await
    });
    let mut running: Vec<Server> = (0..servers).map(|_| Server::start(home, &[])).collect();
    let mut at_work = 0;
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(random.between(20, 300)));
        let (which, of) = (random.below(running.len() as u64), running.len());
        assert_eq!(of, servers);
        running.swap_remove(usize::try_from(which).unwrap()).kill();
        let left = on_store(home, target, async |app| left(&app, &job).await);
        at_work += usize::from(left > 0 && left < ROWS);
        running.push(Server::start(home, &[]));
    }
    asked_every(PAUSE, "the job is finished", DONE, || {
        let found = on_store(home, target, async |app| {
            app.storage
                .job(job.merchant, job.id)
                .await
                .unwrap()
                .unwrap()
        });
        (found.state == JobState::Finished).then_some(())
    });
    running.into_iter().for_each(Server::stop);
    say(&format!(
        "{at_work} of {kills} kills in the middle of the job"
    ));
    assert!(at_work > 0, "nothing was killed in the middle");
    on_store(home, target, async |app| check(&app, &job).await);
}

/// An app of the test's own on the store, to prepare and to look.
fn on_store<T>(home: &Home, target: &Target, run: impl AsyncFnOnce(App) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Storage::open(target, Limits { queue: 1_000 })
            .await
            .unwrap();
        let source = KeySource::File(home.data().join("vault.key"));
        let ring = source.read_or_make(false).unwrap();
        let keys = Keys::new(source, ring);
        let storage = store.clone();
        let app = App::new(Environment::Sandbox, store, keys, Chance::seeded(7));
        let ran = run(app).await;
        storage.close().await;
        ran
    })
}

/// Sales like the first one, and a job that captures them, confirmed while nothing runs.
async fn confirmed(app: &App, merchant: &Merchant, first: PaymentId) -> Job {
    let merchant = MerchantId::parse(&merchant.id).unwrap();
    let like = app.storage.sale(merchant, first).await.unwrap().unwrap();
    let mut ids = Vec::new();
    for block in 0..10 {
        let mut writes = Vec::new();
        for number in 0..ROWS / 10 {
            let mut sale = like.clone();
            sale.id = app.chance.payment_id(app.clock.now());
            sale.order = OrderId::restored(format!("Block{block}n{number}"));
            ids.push(sale.id);
            writes.push(Write::InsertSale(Box::new(sale)));
        }
        app.storage
            .commit(Changes { merchant, writes })
            .await
            .unwrap();
    }
    let choice = Choice {
        id: app.chance.job_id(app.clock.now()),
        kind: JobKind::Capture,
        by: "ana",
        retry_of: None,
    };
    let Prepared::Draft(job) = job::prepare(app, merchant, choice, &ids).await.unwrap() else {
        panic!("there is no draft");
    };
    let told = Act::new("ana", "job.capture", &job.id.to_string());
    let shown = (job.id, job.version);
    job::confirm(app, merchant, shown, &told).await.unwrap();
    *job
}

/// Rows that are not decided.
async fn left(app: &App, job: &Job) -> usize {
    let totals = app.storage.job_totals(job.merchant, job.id).await.unwrap();
    usize::try_from(totals.waiting).unwrap()
}

async fn check(app: &App, job: &Job) {
    let storage = &app.storage;
    let found = storage.job(job.merchant, job.id).await.unwrap().unwrap();
    let rows = u32::try_from(ROWS).unwrap();
    assert_eq!((found.totals.done, found.totals.refused), (rows, 0));
    assert_eq!(found.totals.moved, 15_700 * i64::from(rows));
    let all = storage
        .job_rows(job.merchant, job.id, 0, rows + 1)
        .await
        .unwrap();
    assert_eq!(all.len(), ROWS);
    for row in all {
        assert!(matches!(row.state, RowState::Done(_)), "{row:?}");
        let done = storage.operations(row.merchant, row.payment).await.unwrap();
        assert_eq!(done.len(), 1, "{done:?}");
        assert_eq!(done[0].request_id, row.request_id());
    }
}
