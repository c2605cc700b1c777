//! Every route has its tests.
//!
//! Invariant: the registries are the ones that the tests run from, not lists of their own.

use std::collections::HashSet;

use aval_api::route::{ROUTES, Route, find};
use http::Method;

use super::contracts::CONTRACTS;
use super::credentials::WITHOUT_CREDENTIALS;
use crate::recurrence;

#[test]
fn every_route_has_a_contract() {
    let covered = CONTRACTS.iter().map(|contract| contract.route);
    let covered: HashSet<Route> = covered.chain(recurrence::contracts::ROUTES).collect();
    for row in &ROUTES {
        assert!(covered.contains(&row.route), "{} {}", row.method, row.path);
    }
}

#[test]
fn every_route_is_tried_without_credentials() {
    let covered: HashSet<Route> = WITHOUT_CREDENTIALS
        .iter()
        .map(|(route, ..)| *route)
        .collect();
    for row in &ROUTES {
        assert!(covered.contains(&row.route), "{} {}", row.method, row.path);
    }
    for (route, method, target) in WITHOUT_CREDENTIALS {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let path = target.split('?').next().unwrap();
        assert_eq!(find(&method, path).unwrap().route, route, "{target}");
    }
}
