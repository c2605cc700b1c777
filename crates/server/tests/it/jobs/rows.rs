//! What becomes of the rows of a job.
//!
//! Invariant: what a rule of the API forbids is refused with the code of the API; everything else
//! is done once.

use aval_domain::audit::Act;
use aval_domain::job::{DRAFT_FOR, JobKind, JobState, MOST_ROWS, RowState};
use aval_domain::refusal::Refusal;
use aval_domain::time::DAY;
use aval_gateway::operations::job::{self, Confirmed, Prepared, Sum, Verdict};

use super::{DONE, IN_DOUBT, REFUSED, SKIPPED, cents, choice, draft, finished, id, name, states};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    a_block_is_captured_and_then_given_back,
    amounts_can_be_changed_and_rows_left_out_before_it_is_confirmed,
    what_a_rule_forbids_is_refused_and_the_rest_is_done,
    the_preflight_says_what_the_api_would,
    a_payment_in_doubt_waits_until_it_is_known,
    what_was_refused_is_tried_again_as_a_new_job,
    a_form_sent_twice_makes_one_draft_and_is_confirmed_once,
    old_drafts_are_not_confirmed_and_are_forgotten,
    another_merchants_payments_and_jobs_are_as_if_they_were_not,
    each_operation_says_who_did_it_and_by_which_job,
);

async fn a_block_is_captured_and_then_given_back(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let sales = gateway.many_sales(5).await;
    let (job, rows) = gateway.done(JobKind::Capture, &sales).await;
    assert!(finished(&job), "{job:?}");
    assert_eq!(states(&rows), [DONE; 5]);
    let totals = (job.totals.done, job.totals.moved, job.totals.asked);
    assert_eq!(totals, (5, 5 * 15_700, 5 * 15_700));
    for sale in &sales {
        assert_eq!(gateway.stands(sale).await, (2, 15_700, 0));
    }
    let (job, _) = gateway.done(JobKind::Void, &sales).await;
    assert_eq!((job.totals.done, job.totals.moved), (5, 5 * 15_700));
    for sale in &sales {
        assert_eq!(gateway.stands(sale).await, (10, 15_700, 15_700));
    }
}

async fn amounts_can_be_changed_and_rows_left_out_before_it_is_confirmed(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let sales = gateway.many_sales(3).await;
    let job = gateway.draft(JobKind::Capture, &sales).await;
    let edits = [(1, Some(cents(5_000))), (2, None), (99, None)];
    let edited = job::edit(app, job.merchant, job.id, &edits).await.unwrap();
    assert_eq!(edited.unwrap().version, 2);
    let same = job::edit(app, job.merchant, job.id, &edits).await.unwrap();
    assert_eq!(same.unwrap().version, 2, "nothing changed");
    gateway.confirm(&job).await;
    let late = job::edit(app, job.merchant, job.id, &[(3, None)]).await;
    assert!(late.unwrap().is_none(), "it was confirmed");
    aval_gateway::tasks::jobs::run(app).await.unwrap();
    let rows = gateway.rows(&job).await;
    assert_eq!(states(&rows), [DONE, SKIPPED, DONE]);
    assert_eq!(rows[0].state, RowState::Done(cents(5_000)));
    assert_eq!(gateway.stands(&sales[0]).await, (2, 5_000, 0), "a part");
    assert_eq!(gateway.stands(&sales[1]).await, (1, 0, 0), "left out");
    assert_eq!(gateway.stands(&sales[2]).await, (2, 15_700, 0));
    // A part is given back, then what is left is what the next form begins with.
    let job = gateway.draft(JobKind::Void, &sales[2..]).await;
    let part = [(1, Some(cents(700)))];
    job::edit(app, job.merchant, job.id, &part).await.unwrap();
    gateway.confirm(&job).await;
    aval_gateway::tasks::jobs::run(app).await.unwrap();
    assert_eq!(gateway.stands(&sales[2]).await, (2, 15_700, 700));
    let rest = gateway.draft(JobKind::Void, &sales[2..]).await;
    assert_eq!(gateway.rows(&rest).await[0].amount, cents(15_000));
    let nothing = [(1, None)];
    job::edit(app, rest.merchant, rest.id, &nothing)
        .await
        .unwrap();
    assert!(matches!(gateway.confirm(&rest).await, Confirmed::Nothing));
}

async fn what_a_rule_forbids_is_refused_and_the_rest_is_done(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let captured = gateway.captured().await;
    let denied = gateway.sell(&Body::sale(2)).await.expect(201).payment_id();
    let boleto = gateway.sell(&Body::boleto()).await.expect(201).payment_id();
    let fine = gateway.authorized().await;
    let sales = [captured, denied, boleto, fine.clone(), fine];
    let (job, rows) = gateway.done(JobKind::Capture, &sales).await;
    assert!(finished(&job), "{job:?}");
    assert_eq!(
        states(&rows),
        [REFUSED, REFUSED, REFUSED, DONE],
        "once each"
    );
    let refused = |why| RowState::Refused(Some(why));
    assert_eq!(rows[0].state, refused(Refusal::NotCapturable));
    assert_eq!(rows[2].state, refused(Refusal::Unsupported));
    assert_eq!((job.totals.refused, job.totals.done), (3, 1));
}

async fn the_preflight_says_what_the_api_would(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let no_refunds = [("refunds_enabled", "false")];
    gateway.set(gateway.caller.merchant_id(), &no_refunds).await;
    let old_authorized = gateway.authorized().await;
    let old_captured = gateway.captured().await;
    gateway.advance(6 * DAY).await;
    let partly = gateway.captured().await;
    gateway.void(&partly, "?amount=700").await.expect(200);
    let sales = [
        old_authorized,
        old_captured,
        partly,
        gateway.authorized().await,
        gateway.sell(&Body::sale(2)).await.expect(201).payment_id(),
        gateway.sell(&Body::boleto()).await.expect(201).payment_id(),
        gateway.sell(&Body::debit(1)).await.expect(201).payment_id(),
    ];
    let merchants = &app.merchants;
    let merchant = merchants.find(&app.storage, &app.keys, gateway.caller.merchant_id());
    let merchant = merchant.await.unwrap().unwrap();
    let mut told = 0;
    for (kind, verb) in [(JobKind::Capture, "capture"), (JobKind::Void, "void")] {
        let job = gateway.draft(kind, &sales).await;
        let flight = job::preflight(app, &merchant, &job).await.unwrap();
        let rows = gateway.rows(&job).await;
        for look in job::look(app, &merchant, kind, rows).await.unwrap() {
            let verdict = look.verdict;
            let (payment, amount) = (look.row.payment, look.row.amount.cents());
            let target = format!("/1/sales/{payment}/{verb}?amount={amount}");
            let answer = gateway.put(&target).await;
            match verdict {
                Verdict::Possible => drop(answer.expect(200)),
                Verdict::Refused(why) => {
                    answer.expect_error(400, why.code().number().into());
                    told += 1;
                }
                Verdict::InDoubt => panic!("nothing is in doubt"),
            }
        }
        let refused: u32 = flight.refused.iter().map(|(_, sum)| sum.rows).sum();
        assert_eq!(flight.possible.rows + refused, 7, "{flight:?}");
        assert_eq!(flight.in_doubt, Sum::default());
    }
    assert!(told >= 8, "{told}");
}

async fn a_payment_in_doubt_waits_until_it_is_known(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.fault(&gateway.caller, "LostAfter").await;
    let approved = gateway.sell(&Body::sale(1)).await.expect(201).payment_id();
    gateway.fault(&gateway.caller, "Refused").await;
    let (job, rows) = gateway
        .done(JobKind::Capture, std::slice::from_ref(&approved))
        .await;
    assert_eq!(states(&rows), [IN_DOUBT]);
    assert_eq!(job.state, JobState::Running);
    assert!(
        job.due_at
            .is_some_and(|due| due > gateway.server.app.clock.now())
    );
    gateway.fault(&gateway.caller, "None").await;
    let ran = gateway.days(1).await;
    assert_eq!(ran["Jobs"], 1, "{ran}");
    let job = gateway.job(&job).await;
    assert!(finished(&job), "{job:?}");
    assert_eq!(states(&gateway.rows(&job).await), [DONE]);
    assert_eq!(gateway.stands(&approved).await, (2, 15_700, 0));
}

async fn what_was_refused_is_tried_again_as_a_new_job(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let owner = gateway.caller.merchant_id();
    gateway.set(owner, &[("refunds_enabled", "false")]).await;
    let old = gateway.captured().await;
    gateway.advance(2 * DAY).await;
    let young = gateway.captured().await;
    let (job, rows) = gateway.done(JobKind::Void, &[young, old.clone()]).await;
    assert_eq!(states(&rows), [DONE, REFUSED]);
    gateway.set(owner, &[("refunds_enabled", "true")]).await;
    let again = job::retry(app, owner, job.id, name(app), "bia").await;
    let again = draft(again.unwrap().unwrap());
    assert_eq!((again.retry_of, again.total), (Some(job.id), 1));
    gateway.confirm(&again).await;
    aval_gateway::tasks::jobs::run(app).await.unwrap();
    assert_eq!(states(&gateway.rows(&again).await), [DONE]);
    assert_eq!(gateway.stands(&old).await, (11, 15_700, 15_700));
    let none = job::retry(app, owner, again.id, name(app), "bia").await;
    assert!(matches!(none.unwrap(), Some(Prepared::Nothing)));
    let unknown = job::retry(app, owner, name(app), name(app), "bia").await;
    assert!(unknown.unwrap().is_none());
}

async fn a_form_sent_twice_makes_one_draft_and_is_confirmed_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let sales = gateway.many_sales(300).await;
    let ids: Vec<_> = sales.iter().map(|sale| id(sale)).collect();
    let form = choice(app, JobKind::Capture);
    let owner = gateway.caller.merchant_id();
    let (one, other) = tokio::join!(
        job::prepare(app, owner, form, &ids),
        job::prepare(app, owner, form, &ids)
    );
    let (one, other) = (draft(one.unwrap()), draft(other.unwrap()));
    assert_eq!(one, other);
    assert_eq!(gateway.rows(&one).await.len(), 300);
    let beside = gateway.beside().await;
    let (first, second) = tokio::join!(gateway.confirm(&one), beside.confirm(&one));
    let now = [first, second]
        .iter()
        .filter(|confirmed| matches!(confirmed, Confirmed::Now(_)))
        .count();
    assert_eq!(now, 1);
    let again = job::prepare(app, owner, form, &ids[..1]).await;
    let again = draft(again.unwrap());
    assert_eq!((again.state, again.total), (JobState::Running, 300));
}

async fn old_drafts_are_not_confirmed_and_are_forgotten(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let sales = gateway.many_sales(2).await;
    let job = gateway.draft(JobKind::Capture, &sales).await;
    gateway.advance(DRAFT_FOR + 1_000_000).await;
    assert!(matches!(gateway.confirm(&job).await, Confirmed::Stale));
    gateway.advance(DRAFT_FOR + 1_000_000).await;
    aval_gateway::tasks::retention::run(app).await.unwrap();
    assert!(matches!(gateway.confirm(&job).await, Confirmed::Unknown));
    assert!(gateway.rows(&job).await.is_empty());
}

async fn another_merchants_payments_and_jobs_are_as_if_they_were_not(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let app = &gateway.server.app;
    let other = gateway.merchant(&[]).await;
    let theirs = other.authorized().await;
    let ours = gateway.authorized().await;
    let both = [id(&theirs), id(&ours)];
    let owner = gateway.caller.merchant_id();
    let form = choice(app, JobKind::Capture);
    let job = draft(job::prepare(app, owner, form, &both).await.unwrap());
    assert_eq!(job.total, 1);
    let none = job::prepare(app, owner, choice(app, JobKind::Capture), &both[..1]).await;
    assert!(matches!(none.unwrap(), Prepared::Nothing));
    let stranger = other.merchant_id();
    let told = Act::new("eve", "job.capture", "");
    let confirmed = job::confirm(app, stranger, (job.id, job.version), &told)
        .await
        .unwrap();
    assert!(matches!(confirmed, Confirmed::Unknown));
    let edited = job::edit(app, stranger, job.id, &[(1, None)])
        .await
        .unwrap();
    assert!(edited.is_none());
    let retried = job::retry(app, stranger, job.id, name(app), "eve").await;
    assert!(retried.unwrap().is_none());
    assert_eq!(other.stands(&theirs).await, (1, 0, 0));
    let many: Vec<_> = (0..=MOST_ROWS)
        .map(|_| app.chance.payment_id(app.clock.now()))
        .collect();
    let beyond = job::prepare(app, owner, choice(app, JobKind::Void), &many).await;
    assert!(matches!(beyond.unwrap(), Prepared::TooMany));
}

async fn each_operation_says_who_did_it_and_by_which_job(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let payment = gateway.authorized().await;
    let (job, _) = gateway
        .done(JobKind::Capture, std::slice::from_ref(&payment))
        .await;
    gateway.void(&payment, "").await.expect(200);
    let storage = &gateway.server.app.storage;
    let found = storage
        .operations(job.merchant, id(&payment))
        .await
        .unwrap();
    let who: Vec<Option<&str>> = found.iter().map(|one| one.by.as_deref()).collect();
    assert_eq!(who, [Some("bia"), None], "who confirmed it; the API");
    assert_eq!(found[0].request_id, format!("job-{}-1", job.id));
}
