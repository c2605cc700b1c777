//! The filters of the search: the form that a browser sends back, and what stands above the list.
//!
//! Invariant: a form is read as a browser reads it; nobody touched it.

use aval_domain::user::Role;
use aval_gateway::search::catch_up;

use crate::support::gateway::Gateway;
use crate::support::office;

/// The value of an attribute of a tag, as a browser reads it.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let plain = value.replace("&#34;", "\"").replace("&#39;", "'");
    let plain = plain.replace("&#60;", "<").replace("&#62;", ">");
    Some(plain.replace("&#38;", "&"))
}

/// What a browser sends of the filter form when nobody touched it.
fn untouched(page: &str) -> String {
    let (_, form) = page.split_once("<form class=\"filter-form\"").unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    let mut sent = form_urlencoded::Serializer::new(String::new());
    let mut select = None;
    for tag in form.split('<') {
        let has = |word: &str| tag.contains(word);
        if tag.starts_with("select") {
            select = attribute(tag, "name");
        } else if tag.starts_with("option") && has(" selected") {
            sent.append_pair(select.as_ref().unwrap(), &attribute(tag, "value").unwrap());
        } else if tag.starts_with("input") && (!has("checkbox") || has(" checked")) {
            let value = attribute(tag, "value").unwrap_or_default();
            sent.append_pair(&attribute(tag, "name").unwrap(), &value);
        }
    }
    sent.finish()
}

#[tokio::test]
async fn a_filter_form_that_nobody_touched_asks_for_the_same() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = office::signed_in(&gateway, gateway.merchant_id(), Role::Administrator).await;
    for query in [
        "",
        "method:credit-visa,credit-elo,boleto-bradesco",
        "date:30d",
        "date:45d status:paid,canceled",
        "yesterday date:yesterday",
        "date:2026-11 amount>100",
        "valor:10..20,50 data>=01/11/2026",
        "code:57,51 code:\"a,b\"",
        "order:\"a \\\"b\\\" <i>&amp; c\" tid:1 nsu:2 last4:1231 ec:3 fraud:review,none",
        "brand:visa,elo group:debit 652515 id:24bc8366-fc31-4d6c-8555-17049a836a07",
    ] {
        let asked = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", query)
            .append_pair("columns", "tid,amount")
            .finish();
        let path = format!("/transactions?{asked}");
        let page = visitor.get(&path).await.expect(200);
        let sent = untouched(page.text());
        let again = visitor
            .get(&format!("/transactions?{sent}"))
            .await
            .expect(303);
        let expected = asked.strip_prefix("q=&").unwrap_or(&asked);
        let expected = format!("/transactions?{expected}");
        assert_eq!(again.header("location"), Some(expected.as_str()), "{query}");
    }
}

#[tokio::test]
async fn filters_that_hold_are_shown_to_be_taken_away_and_the_form_stays_closed() {
    let gateway = Gateway::sqlite().await;
    gateway.captured().await;
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = office::signed_in(&gateway, gateway.merchant_id(), Role::Administrator).await;
    let page = visitor
        .get("/transactions?q=status%3Apaid+date%3A7d")
        .await
        .expect(200);
    let html = page.text();
    assert!(!html.contains("<details class=\"more\" open>"), "{html}");
    for (value, without) in [("Paid", "date%3A7d"), ("Last 7 days", "status%3Apaid")] {
        let link = format!("<a class=\"active-chip\" href=\"/transactions?q={without}\">");
        let (_, chip) = html.split_once(&link).unwrap();
        let (chip, _) = chip.split_once("</a>").unwrap();
        assert!(chip.contains(value), "{chip}");
    }
    let none = visitor.get("/transactions?q=Ana").await.expect(200);
    assert!(none.text().contains("Names of buyers are not searched."));
}
