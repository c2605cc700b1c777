//! How searches are read: what the engines say they will do for every filter, alone and in pairs.
//!
//! Invariant: whatever is asked, rows are reached through an index; no table is read as a whole.

use std::collections::BTreeSet;

use aval_domain::search::parse;
use aval_gateway::search::{catch_up, sources};
use aval_storage::search::Source;
use tokio_postgres::SimpleQueryMessage;

use super::model::{all, queries, sales};
use crate::support::gateway::{Gateway, Setup};
use crate::support::store::Store;

/// A shop with sales of each kind, and the statements that all its searches read.
async fn statements(store: Store) -> (Gateway, BTreeSet<&'static str>) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let made = sales(&gateway).await;
    let app = &gateway.server.app;
    catch_up(app).await.unwrap();
    let merchant = gateway.merchant_id();
    let known = app.storage.merchant(merchant).await.unwrap().unwrap();
    let of = (merchant, known.establishment.as_str());
    let all = all(&gateway, &made).await;
    let (_, _, one) = &all[5];
    let queries = queries(one);
    let (mut read, mut kinds, mut pairs) = (BTreeSet::new(), BTreeSet::new(), 0);
    for first in &queries {
        for second in &queries {
            let Ok(filter) = parse(&format!("{first} {second}")) else {
                continue;
            };
            pairs += 1;
            for source in sources(app, of, &filter).await.unwrap() {
                kinds.insert(kind(&source));
                read.extend([source.sql(true), source.sql(false)]);
            }
        }
    }
    assert!(pairs > 400, "{pairs}");
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    assert_eq!(read.len(), 16);
    (gateway, read)
}

fn kind(source: &Source) -> &'static str {
    match source {
        Source::All => "all",
        Source::OfAmount(..) => "amount",
        Source::Combination(_) => "combination",
        Source::Tid(_) => "tid",
        Source::Nsu(_) => "nsu",
        Source::FormerNsu(_) => "former nsu",
        Source::Last4(_) => "last4",
        Source::Order(_) => "order",
    }
}

fn places(sql: &str) -> usize {
    let places = 1..=9;
    let asked = places.filter(|place| sql.contains(&format!("${place}")));
    asked.count()
}

#[tokio::test]
async fn on_sqlite_every_filter_alone_and_in_pairs_goes_along_an_index() {
    let store = Store::sqlite().await;
    let connection = store.connection();
    let (_gateway, read) = statements(store).await;
    for sql in read {
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let nothing = rusqlite::params_from_iter(vec![1; places(sql)]);
        let steps = explain.query_map(nothing, |row| row.get(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        let through = |step: &&String| {
            step.contains("USING PRIMARY KEY") || step.contains("USING COVERING INDEX")
        };
        assert!(steps.iter().any(|step| through(&step)), "{steps:?}: {sql}");
        for step in &steps {
            // What was read along the index, at most so many rows, is looked through for an amount.
            let is_bounded = step == "SCAN looked";
            assert!(!step.contains("SCAN") || is_bounded, "{step}: {sql}");
            assert!(!step.contains("TEMP B-TREE"), "{step}: {sql}");
        }
    }
}

#[tokio::test]
async fn on_postgresql_every_filter_alone_and_in_pairs_goes_along_an_index() {
    let store = Store::postgres().await;
    let client = store.client().await;
    let (_gateway, read) = statements(store).await;
    // As the program's own connections are: what could go along an index does, whatever the size.
    let session = "ANALYZE; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    client.batch_execute(session).await.unwrap();
    for sql in read {
        let prepare = format!("PREPARE explained AS {sql}");
        client.batch_execute(&prepare).await.unwrap();
        let nothing = vec!["NULL"; places(sql)].join(", ");
        let explain = format!("EXPLAIN EXECUTE explained ({nothing})");
        let steps: Vec<String> = client
            .simple_query(&explain)
            .await
            .unwrap()
            .into_iter()
            .filter_map(|line| {
                let SimpleQueryMessage::Row(row) = line else {
                    return None;
                };
                row.get(0).map(str::to_owned)
            })
            .collect();
        let plan = steps.join("\n");
        assert!(
            plan.contains("Index Cond: (merchant_id = $1")
                || plan.contains("Index Cond: ((merchant_id = $1"),
            "{plan}: {sql}"
        );
        assert!(!plan.contains("Seq Scan"), "{plan}: {sql}");
        client.batch_execute("DEALLOCATE explained").await.unwrap();
    }
}
