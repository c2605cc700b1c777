//! Blocks: from the choice to the result of each payment.
//!
//! Invariant: nothing is done before it is confirmed; what was done is looked up by the API too.

use aval_domain::id::{JobId, MerchantId};
use aval_domain::user::Role;

use super::payments::{EVIL, evil, is_inert, operator};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::office::{Visitor, field, signed_in};

/// Sends the choice; the address of the draft.
async fn choose(visitor: &mut Visitor, kind: &str, payments: &[String]) -> String {
    let mut fields = vec![("kind", kind)];
    fields.extend(payments.iter().map(|payment| ("payment", payment.as_str())));
    let made = visitor.post("/jobs", &fields).await.expect(303);
    made.header("location").unwrap().to_owned()
}

async fn run(gateway: &Gateway) {
    aval_gateway::tasks::jobs::run(&gateway.server.app)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_block_goes_from_amounts_to_check_to_result() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let mut sales = Vec::new();
    for _ in 0..3 {
        sales.push(gateway.authorized().await);
    }
    sales.push(gateway.captured().await);
    let draft = choose(&mut visitor, "capture", &sales).await;
    let amounts = visitor.get(&draft).await.expect(200);
    let html = amounts.text();
    assert_eq!(html.matches("value=\"157.00\"").count(), 4, "{html}");
    assert!(html.contains("Only an authorized payment") && html.contains("(308)"));
    let edited = [("a1", "50,00"), ("a2", ""), ("after", "0"), ("go", "check")];
    let saved = visitor
        .post(&format!("{draft}/amounts"), &edited)
        .await
        .expect(303);
    let check = format!("{draft}/check");
    assert_eq!(saved.header("location"), Some(check.as_str()));
    let checked = visitor.get(&check).await.expect(200);
    let html = checked.text();
    for told in [
        "will be done",
        "R$\u{a0}207.00",
        "is left out",
        "cannot be done now",
    ] {
        assert!(html.contains(told), "{told}: {html}");
    }
    assert_eq!(
        gateway.sale(&sales[0]).await.at("/Payment/Status"),
        1,
        "nothing was done"
    );
    let confirm = format!("{draft}/confirm");
    let shown = field(html, "version").to_owned();
    for _ in 0..2 {
        let sent = [("version", shown.as_str())];
        let confirmed = visitor.post(&confirm, &sent).await.expect(303);
        assert_eq!(confirmed.header("location"), Some(draft.as_str()));
    }
    let running = visitor.get(&draft).await.expect(200);
    assert!(running.text().contains("hx-get") && running.text().contains("Running"));
    run(&gateway).await;
    let of = gateway.caller.merchant_id();
    let log = gateway
        .server
        .app
        .storage
        .entries_after(of, 0, 100)
        .await
        .unwrap();
    let acts: Vec<_> = log
        .iter()
        .filter(|one| one.act.action == "job.capture")
        .collect();
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0].act.detail, "payments=3 amount=36400");
    ended(&gateway, &mut visitor, &draft, &sales).await;
}

/// Confirms a block as it is shown.
async fn confirm(visitor: &mut Visitor, draft: &str) {
    let shown = visitor.get(&format!("{draft}/check")).await.expect(200);
    let sent = [("version", field(shown.text(), "version"))];
    let confirm = format!("{draft}/confirm");
    visitor.post(&confirm, &sent).await.expect(303);
}

#[tokio::test]
async fn what_another_changed_since_it_was_shown_is_not_confirmed() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let sales = [gateway.authorized().await];
    let draft = choose(&mut visitor, "capture", &sales).await;
    let shown = visitor.get(&format!("{draft}/check")).await.expect(200);
    let sent = [("version", field(shown.text(), "version"))];
    let of = gateway.caller.merchant_id();
    let mut other = signed_in(&gateway, of, Role::Administrator).await;
    let edited = [("a1", "50,00"), ("after", "0")];
    let amounts = format!("{draft}/amounts");
    other.post(&amounts, &edited).await.expect(303);
    let confirm_path = format!("{draft}/confirm");
    for fields in [&sent[..], &[]] {
        let told = visitor.post(&confirm_path, fields).await.expect(409);
        assert!(told.text().contains("Somebody changed this block."));
        assert!(told.text().contains("R$\u{a0}50.00"), "{}", told.text());
    }
    run(&gateway).await;
    assert_eq!(gateway.sale(&sales[0]).await.at("/Payment/Status"), 1);
    confirm(&mut visitor, &draft).await;
    run(&gateway).await;
    let sale = gateway.sale(&sales[0]).await;
    assert_eq!(sale.at("/Payment/CapturedAmount"), 5_000);
}

/// The result of the block, its file, and another try of what was refused.
async fn ended(gateway: &Gateway, visitor: &mut Visitor, draft: &str, sales: &[String]) {
    let result = visitor.get(draft).await.expect(200);
    let html = result.text();
    for told in [
        "Finished",
        "R$\u{a0}207.00",
        "Skipped",
        "Refused",
        "Retry the failed",
    ] {
        assert!(html.contains(told), "{told}: {html}");
    }
    assert!(!html.contains("hx-get"));
    let sale = gateway.sale(&sales[0]).await;
    assert_eq!(sale.at("/Payment/CapturedAmount"), 5_000);
    assert_eq!(
        gateway.sale(&sales[1]).await.at("/Payment/Status"),
        1,
        "left out"
    );
    let refused = visitor
        .get(&format!("{draft}?state=refused"))
        .await
        .expect(200);
    assert!(refused.text().contains(&sales[3]) && !refused.text().contains(&sales[0]));
    let csv = visitor
        .get(&format!("{draft}/result.csv"))
        .await
        .expect(200);
    let lines: Vec<&str> = csv.text().lines().collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    let done = ",\"50.00\",\"Done\",\"50.00\",\"\",";
    assert!(lines[1].contains(done), "{}", lines[1]);
    assert!(lines[4].contains(",\"Refused\",,\"308\","), "{}", lines[4]);
    let form = field(html, "form").to_owned();
    let retried = visitor
        .post(&format!("{draft}/retry"), &[("form", &form)])
        .await
        .expect(303);
    let again = retried.header("location").unwrap();
    assert!(again.ends_with(&form), "the form names the new block");
    let html = visitor.get(again).await.expect(200).text().to_owned();
    assert!(html.contains(&sales[3]) && !html.contains(&sales[0]));
    let list = visitor.get("/jobs").await.expect(200);
    assert!(list.text().contains("Finished") && list.text().contains("Draft"));
}

#[tokio::test]
async fn amounts_are_edited_page_by_page_and_what_is_not_understood_is_told() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let mut sales = Vec::new();
    for _ in 0..101 {
        sales.push(gateway.authorized().await);
    }
    let draft = choose(&mut visitor, "capture", &sales).await;
    let first = visitor.get(&draft).await.expect(200);
    assert!(first.text().contains("1–100 of 101"));
    let amounts = format!("{draft}/amounts");
    for go in ["next", "check", "save"] {
        let edited = [("a99", "5"), ("a100", "12<x"), ("after", "0"), ("go", go)];
        let told = visitor.post(&amounts, &edited).await.expect(422);
        let html = told.text();
        assert!(html.contains("were not understood"), "{go}: {html}");
        let typed = "name=\"a100\" value=\"12&#60;x\"";
        assert!(html.contains(typed) && html.contains("aria-invalid=\"true\""));
        assert_eq!(html.matches("Not an amount").count(), 1);
        assert!(html.contains("name=\"a99\" value=\"5.00\""), "{html}");
    }
    // Who goes on by the address takes nothing for the amount.
    let check = visitor.get(&format!("{draft}/check")).await.expect(200);
    let total = 99 * 15_700 + 500;
    let total = format!("R$\u{a0}{},{:03}.00", total / 100_000, total / 100 % 1_000);
    assert!(
        check
            .text()
            .contains("<strong class=\"number\">100</strong>")
    );
    assert!(check.text().contains(&total), "{total}: {}", check.text());
    let edited = [("a100", ""), ("after", "0"), ("go", "next")];
    let on = visitor.post(&amounts, &edited).await.expect(303);
    let second = visitor
        .get(on.header("location").unwrap())
        .await
        .expect(200);
    assert!(second.text().contains("name=\"a101\"") && !second.text().contains("name=\"a100\""));
    assert!(second.text().contains("<strong>100</strong> of 101"));
}

#[tokio::test]
async fn how_far_a_block_is_is_asked_for_as_a_part_of_the_page() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let sales = [gateway.authorized().await];
    let draft = choose(&mut visitor, "capture", &sales).await;
    confirm(&mut visitor, &draft).await;
    let part = async |visitor: &mut Visitor| {
        let request = crate::support::http::Request::new(visitor.address, "GET", &draft);
        visitor
            .send(request.header("HX-Request", "true"))
            .await
            .expect(200)
    };
    let running = part(&mut visitor).await;
    assert!(
        running.text().trim_start().starts_with("<section"),
        "{}",
        running.text()
    );
    assert_eq!(running.header("hx-refresh"), None);
    run(&gateway).await;
    let finished = part(&mut visitor).await;
    assert_eq!(finished.header("hx-refresh"), Some("true"));
    assert!(finished.text().contains("Finished"));
}

#[tokio::test]
async fn nothing_chosen_too_much_and_foreign_payments_make_no_block() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let theirs = gateway.merchant(&[]).await.authorized().await;
    for fields in [
        vec![("kind", "capture")],
        vec![("kind", "cancel"), ("payment", "x")],
        vec![("kind", "capture"), ("payment", theirs.as_str())],
    ] {
        let told = visitor.post("/jobs", &fields).await.expect(422);
        assert!(told.text().contains("No payment was chosen."));
    }
    let fields = [
        ("kind", "capture"),
        ("query", "q=status%3Apaid&columns=tid"),
    ];
    let back = visitor.post("/jobs", &fields).await.expect(303);
    let to = back.header("location").unwrap().to_owned();
    assert!(
        to.starts_with("/transactions?q=status%3Apaid&columns=tid&"),
        "{to}"
    );
    let search = visitor.get(&to).await.expect(200);
    assert!(search.text().contains("No transaction was selected."));
    visitor.post("/jobs", &[("payment", "x")]).await.expect(404);
    let ids: Vec<String> = (0..5_001)
        .map(|_| {
            let app = &gateway.server.app;
            app.chance.payment_id(app.clock.now()).to_string()
        })
        .collect();
    let mut fields = vec![("kind", "capture")];
    fields.extend(ids.iter().map(|id| ("payment", id.as_str())));
    let told = visitor.post("/jobs", &fields).await.expect(422);
    assert!(told.text().contains("At most 5,000"));
    let of: MerchantId = gateway.caller.merchant_id();
    let none = gateway.server.app.storage.jobs(of, None, 9).await.unwrap();
    assert!(none.is_empty());
    let absent = JobId::from_bytes([9; 16]);
    visitor.get(&format!("/jobs/{absent}")).await.expect(404);
}

#[tokio::test]
async fn who_only_looks_sees_blocks_and_makes_none() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = operator(&gateway).await;
    let sales = [gateway.authorized().await];
    let draft = choose(&mut visitor, "capture", &sales).await;
    let of = gateway.caller.merchant_id();
    let mut viewer = signed_in(&gateway, of, Role::Viewer).await;
    let seen = viewer.get(&draft).await.expect(200);
    assert!(seen.text().contains(" disabled") && !seen.text().contains("value=\"check\""));
    viewer.get("/jobs").await.expect(200);
    let fields = [("kind", "capture"), ("payment", sales[0].as_str())];
    viewer.post("/jobs", &fields).await.expect(403);
    viewer
        .post(&format!("{draft}/confirm"), &[])
        .await
        .expect(403);
    assert_eq!(gateway.sale(&sales[0]).await.at("/Payment/Status"), 1);
}

#[tokio::test]
async fn no_text_of_a_buyer_becomes_part_of_a_block() {
    let setup = Setup {
        dialect: aval_domain::merchant::Dialect::Live,
        ..Setup::default()
    };
    let gateway = Gateway::with(setup).await;
    let mut visitor = operator(&gateway).await;
    let formula = Body::sale(1).with("MerchantOrderId", "=cmd|'/c calc'!A1");
    let sales = [
        gateway.sell(&evil(1)).await.expect(201).payment_id(),
        gateway.sell(&formula).await.expect(201).payment_id(),
    ];
    let draft = choose(&mut visitor, "capture", &sales).await;
    is_inert(visitor.get(&draft).await.expect(200).text(), "amounts");
    visitor.get(&format!("{draft}/check")).await.expect(200);
    confirm(&mut visitor, &draft).await;
    run(&gateway).await;
    is_inert(visitor.get(&draft).await.expect(200).text(), "result");
    let csv = visitor
        .get(&format!("{draft}/result.csv"))
        .await
        .expect(200);
    assert!(csv.text().contains(",\"'=cmd|"), "{}", csv.text());
    let kept = format!(",\"{}", EVIL.replace('"', "\"\""));
    assert!(csv.text().contains(&kept), "{}", csv.text());
    assert_eq!(csv.header("x-content-type-options"), Some("nosniff"));
    assert!(
        csv.header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
}
