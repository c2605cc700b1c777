//! The search page and its files, as a user without scripts sees them.
//!
//! Invariant: what a buyer can send is inert on the page and in every file.

use std::process::Command;

use aval_domain::id::JobId;
use aval_domain::user::Role;
use aval_gateway::search::catch_up;
use serde_json::Value;

use crate::support::body::Body;
use crate::support::browser;
use crate::support::gateway::Gateway;
use crate::support::http::Answer;
use crate::support::office::{self, Visitor};

/// A text that would do harm on a page, in a shell of XML, or in a spreadsheet.
const HOSTILE: [&str; 5] = [
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "\"><script>alert(1)</script>",
    "+1 <img src=x onerror=alert(1)> & ]]>",
    "@SUM(A1:A9)_x0041_",
    "-2+3\";=1",
];

async fn administrator(gateway: &Gateway) -> Visitor {
    office::signed_in(gateway, gateway.merchant_id(), Role::Administrator).await
}

/// The payments of a page, in their order.
fn payments(page: &Answer) -> Vec<String> {
    let mark = "name=\"payment\" value=\"";
    let parts = page.text().split(mark).skip(1);
    parts.map(|rest| rest[..36].to_owned()).collect()
}

/// Payments in the order of their ids, newest first: those of one millisecond come as they like.
fn newest_first<'a>(payments: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut payments: Vec<String> = payments.into_iter().cloned().collect();
    payments.sort();
    payments.reverse();
    payments
}

/// Where a form leads.
async fn led(visitor: &mut Visitor, path: &str) -> Answer {
    let sent = visitor.get(path).await.expect(303);
    let to = sent.header("location").unwrap().to_owned();
    visitor.get(&to).await.expect(200)
}

#[tokio::test]
async fn sales_are_found_by_the_fields_of_the_form_and_by_words() {
    let gateway = Gateway::sqlite().await;
    let paid = gateway.captured().await;
    let open = gateway.authorized().await;
    let denied = gateway.sell(&Body::sale(2)).await.expect(201).payment_id();
    let slip = gateway.sell(&Body::boleto()).await.expect(201).payment_id();
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = administrator(&gateway).await;
    let all = visitor.get("/transactions").await.expect(200);
    assert_eq!(payments(&all), newest_first([&slip, &denied, &open, &paid]));
    assert!(all.text().contains("4 transactions"), "{}", all.text());
    let code = office::establishment(&gateway, gateway.merchant_id()).await;
    let nsu = gateway.sale(&paid).await.at("/Payment/ProofOfSale").clone();
    let tid = gateway.sale(&paid).await.at("/Payment/Tid").clone();
    let order = gateway.sale(&paid).await.at("/MerchantOrderId").clone();
    let code_of = gateway
        .sale(&denied)
        .await
        .at("/Payment/ReturnCode")
        .clone();
    for (field, value, found) in [
        ("status", "paid", vec![&paid]),
        ("tid", tid.as_str().unwrap(), vec![&paid]),
        ("ec", code.as_str(), vec![&slip, &denied, &open, &paid]),
        ("id", open.as_str(), vec![&open]),
        ("order", order.as_str().unwrap(), vec![&paid]),
        ("nsu", nsu.as_str().unwrap(), vec![&paid]),
        ("code", code_of.as_str().unwrap(), vec![&denied]),
        ("group", "boleto", vec![&slip]),
        ("method", "credit-visa", vec![&denied, &open, &paid]),
        ("fraud", "none", vec![&slip, &denied, &open, &paid]),
        ("fraud", "review", vec![]),
        ("most", "1", vec![]),
    ] {
        let page = led(
            &mut visitor,
            &format!("/transactions?filter=1&{field}={value}"),
        )
        .await;
        assert_eq!(payments(&page), newest_first(found), "{field}={value}");
    }
    let page = visitor
        .get("/transactions?q=status%3Apaid+group%3Acredit")
        .await
        .expect(200);
    assert_eq!(payments(&page), std::slice::from_ref(&paid));
    let page = visitor
        .get(&format!("/transactions?q={open}"))
        .await
        .expect(200);
    assert_eq!(payments(&page), [open]);
    let page = visitor
        .get("/transactions?columns=amount,tid")
        .await
        .expect(200);
    assert!(!page.text().contains("<th scope=\"col\">NSU</th>"));
    assert!(page.text().contains("<th scope=\"col\">Tid</th>"));
    assert!(page.text().contains(&format!("href=\"/payments/{paid}\"")));
}

#[tokio::test]
async fn a_query_that_is_not_understood_is_told_and_finds_nothing() {
    let gateway = Gateway::sqlite().await;
    gateway.captured().await;
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = administrator(&gateway).await;
    for (language, message) in [
        ("en", "has an unknown value"),
        ("pt-BR", "valor desconhecido"),
    ] {
        visitor.language = language;
        let page = visitor
            .get("/transactions?q=status%3Apayed%3Cb%3E")
            .await
            .expect(422);
        assert!(page.text().contains(message), "{}", page.text());
        assert!(
            page.text().contains("status:payed&#60;b&#62;"),
            "{}",
            page.text()
        );
        assert_eq!(payments(&page), [""; 0]);
    }
    let file = visitor
        .get("/transactions/export.csv?q=status%3Apayed")
        .await;
    assert_eq!(file.status, 404);
}

#[tokio::test]
async fn pages_lead_to_older_and_newer_ones_and_keep_what_was_asked() {
    let gateway = Gateway::sqlite().await;
    let mut sold = Vec::new();
    for _ in 0..120 {
        sold.push(gateway.authorized().await);
    }
    gateway.captured().await;
    catch_up(&gateway.server.app).await.unwrap();
    let sold = newest_first(&sold);
    let mut visitor = administrator(&gateway).await;
    let link = |page: &Answer, rel: &str| {
        let (_, rest) = page.text().split_once(&format!("rel=\"{rel}\" href=\""))?;
        Some(rest.split('"').next()?.replace("&#38;", "&"))
    };
    let mut page = visitor
        .get("/transactions?q=status%3Anot-paid")
        .await
        .expect(200);
    let mut seen = payments(&page);
    assert!(page.text().contains("120 transactions"));
    while let Some(older) = link(&page, "next") {
        assert!(older.contains("q=status%3Anot-paid"), "{older}");
        page = visitor.get(&older).await.expect(200);
        seen.extend(payments(&page));
    }
    assert_eq!(seen, sold);
    let newer = link(&page, "prev").unwrap();
    page = visitor.get(&newer).await.expect(200);
    assert_eq!(payments(&page), sold[50..100]);
}

#[tokio::test]
async fn what_buyers_send_is_inert_on_the_page_and_in_files() {
    let gateway = Gateway::sqlite().await;
    for name in HOSTILE {
        let sale = Body::sale(1).with("Customer.Name", name);
        gateway.sell(&sale).await.expect(201);
    }
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = administrator(&gateway).await;
    let columns = "columns=customer,amount,id";
    let page = visitor
        .get(&format!("/transactions?{columns}"))
        .await
        .expect(200);
    for tag in ["<script>alert", "<img src=x"] {
        assert!(!page.text().contains(tag), "{}", page.text());
    }
    for (language, separator, amount) in [("en", ',', "157.00"), ("pt-BR", ';', "157,00")] {
        visitor.language = language;
        let file = visitor
            .get(&format!("/transactions/export.csv?{columns}"))
            .await
            .expect(200);
        let disposition = file.header("content-disposition").unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\"transactions-"),
            "{disposition}"
        );
        let mut lines: Vec<&str> = file.text().trim_end().split("\r\n").collect();
        assert!(lines.remove(0).starts_with('\u{feff}'));
        assert_eq!(lines.len(), HOSTILE.len());
        for name in HOSTILE {
            // What follows a separator is none either, whatever splits the line.
            let name = name.replace('"', "\"\"").replace(";=", ";'=");
            let is_formula = name.starts_with(['=', '+', '-', '@']);
            let apostrophe = if is_formula { "'" } else { "" };
            let begin = format!("\"{apostrophe}{name}\"{separator}\"{amount}\"{separator}\"");
            assert!(
                lines.iter().any(|line| line.starts_with(&begin)),
                "{begin}: {lines:?}"
            );
        }
    }
}

/// Reads a sheet with other people's readers: cells of text, numbers, and how many are formulas.
pub(super) fn sheet(bytes: &[u8]) -> Value {
    const READER: &str = r#"
import io, json, sys, zipfile
import xml.etree.ElementTree as tree
book = zipfile.ZipFile(io.BytesIO(open(sys.argv[1], "rb").read()))
assert book.testzip() is None
for name in book.namelist():
    tree.fromstring(book.read(name))
space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
sheet = tree.fromstring(book.read("xl/worksheets/sheet1.xml"))
rows = []
for row in sheet.iter(space + "row"):
    cells = []
    for cell in row.iter(space + "c"):
        value = cell.find(space + "v")
        if cell.get("t") == "inlineStr" or value is None:
            cells.append("".join(cell.itertext()))
        else:
            cells.append(float(value.text))
    rows.append(cells)
formulas = len(list(sheet.iter(space + "f")))
print(json.dumps({"rows": rows, "formulas": formulas, "names": book.namelist()}))
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sheet.xlsx");
    std::fs::write(&file, bytes).unwrap();
    let text = browser::read(Command::new("python3").arg("-c").arg(READER).arg(&file));
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_spreadsheet_holds_texts_as_texts_and_amounts_as_numbers() {
    let gateway = Gateway::sqlite().await;
    for name in HOSTILE {
        let sale = Body::sale(1).with("Customer.Name", name);
        gateway.sell(&sale).await.expect(201);
    }
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = administrator(&gateway).await;
    let path = "/transactions/export.xlsx?columns=customer,amount,installments";
    let file = visitor.get(path).await.expect(200);
    let read = sheet(&file.body);
    assert_eq!(read["formulas"], 0);
    let rows = read["rows"].as_array().unwrap();
    assert_eq!(rows[0][0], "Customer");
    assert_eq!(rows.len(), 1 + HOSTILE.len());
    for name in HOSTILE {
        // The reader knows no escapes of the format.
        let name = name.replace("_x0041_", "_x005F_x0041_");
        let row = rows.iter().find(|row| row[0] == name.as_str());
        let row = row.unwrap_or_else(|| panic!("{name}: {rows:?}"));
        assert_eq!((&row[1], &row[2]), (&Value::from(157.0), &Value::from(1.0)));
        assert_eq!(row[3].as_str().unwrap().len(), 36);
    }
}

#[tokio::test]
async fn files_hold_all_pages_and_only_what_was_asked_for() {
    let gateway = Gateway::sqlite().await;
    for _ in 0..530 {
        gateway.authorized().await;
    }
    gateway.captured().await;
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = administrator(&gateway).await;
    let query = "q=status%3Anot-paid";
    let csv = visitor
        .get(&format!("/transactions/export.csv?{query}"))
        .await
        .expect(200);
    assert_eq!(csv.text().lines().count(), 531);
    let xlsx = visitor
        .get(&format!("/transactions/export.xlsx?{query}"))
        .await
        .expect(200);
    assert_eq!(sheet(&xlsx.body)["rows"].as_array().unwrap().len(), 531);
    let log = gateway
        .server
        .app
        .storage
        .last_entry(gateway.merchant_id())
        .await;
    let act = log.unwrap().unwrap().act;
    assert_eq!(
        (act.action.as_str(), act.detail.as_str()),
        ("transactions.export", "format=xlsx")
    );
    assert_eq!(act.subject, "status:not-paid");
}

#[tokio::test]
async fn a_search_is_saved_under_a_name_shown_to_its_user_alone_and_removed() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = administrator(&gateway).await;
    let query = "q=status%3Apaid&columns=amount%2Ctid&older=x&evil=1";
    let fields = [("name", "Pagas <b>"), ("query", query)];
    let saved = visitor
        .post("/transactions/views", &fields)
        .await
        .expect(303);
    let to = "/transactions?q=status%3Apaid&columns=amount%2Ctid";
    assert_eq!(saved.header("location"), Some(to));
    let page = visitor.get("/transactions").await.expect(200);
    let link = format!(
        "href=\"{}\">Pagas &#60;b&#62;</a>",
        to.replace('&', "&#38;")
    );
    assert!(page.text().contains(&link), "{}", page.text());
    let mut other = office::signed_in(&gateway, gateway.merchant_id(), Role::Viewer).await;
    let page = other.get("/transactions").await.expect(200);
    assert!(!page.text().contains("Pagas"));
    let fields = [("remove", "Pagas <b>"), ("query", "")];
    visitor
        .post("/transactions/views", &fields)
        .await
        .expect(303);
    let page = visitor.get("/transactions").await.expect(200);
    assert!(!page.text().contains("Pagas"));
}

#[tokio::test]
async fn a_card_number_that_is_searched_is_not_saved() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = administrator(&gateway).await;
    let fields = [
        ("name", "4024 0071 5376 1191"),
        ("query", "q=4024+0071+5376+1191"),
    ];
    let saved = visitor.post("/transactions/views", &fields).await;
    saved.expect(303);
    let storage = &gateway.server.app.storage;
    let of = gateway.merchant_id();
    let entry = storage.last_entry(of).await.unwrap().unwrap();
    let page = visitor.get("/transactions").await.expect(200);
    for text in [format!("{entry:?}"), page.text().to_owned()] {
        assert!(!text.contains("0071"), "{text}");
        assert!(text.contains("1191"), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_search_is_neither_saved_nor_told_to_the_audit_log() {
    let gateway = Gateway::sqlite().await;
    let mut visitor = administrator(&gateway).await;
    let storage = &gateway.server.app.storage;
    let of = gateway.merchant_id();
    let before = storage.entries_after(of, 0, 100).await.unwrap().len();
    let long = format!("q={}", "x".repeat(4_097));
    let absent = "n".repeat(4_097);
    for fields in [
        [("name", "long"), ("query", long.as_str())],
        [("remove", absent.as_str()), ("query", "")],
    ] {
        visitor
            .post("/transactions/views", &fields)
            .await
            .expect(404);
    }
    let after = storage.entries_after(of, 0, 100).await.unwrap().len();
    assert_eq!(after, before);
    let page = visitor.get("/transactions").await.expect(200);
    assert!(!page.text().contains(">long</a>"));
}

#[tokio::test]
async fn nothing_of_another_merchant_is_found_whatever_is_asked() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let theirs = other.captured().await;
    let order = other
        .sale(&theirs)
        .await
        .at("/MerchantOrderId")
        .as_str()
        .unwrap()
        .to_owned();
    let code = office::establishment(&gateway, other.merchant_id()).await;
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = administrator(&gateway).await;
    for query in [
        String::new(),
        theirs.clone(),
        format!("id%3A{theirs}"),
        format!("order%3A{order}"),
        order.clone(),
        format!("ec%3A{code}"),
        "status%3Apaid".to_owned(),
        "amount%3E1".to_owned(),
    ] {
        for path in [
            format!("/transactions?q={query}"),
            format!("/transactions?q={query}&older=ffffffff-ffff-ffff-ffff-ffffffffffff"),
            format!("/transactions/export.csv?q={query}"),
        ] {
            let page = visitor.get(&path).await.expect(200);
            let text = page.text().replace(&format!("value=\"{theirs}\""), "");
            let shown = text.matches(&format!("/payments/{theirs}")).count();
            assert_eq!((payments(&page).len(), shown), (0, 0), "{path}");
        }
    }
}

#[tokio::test]
async fn a_block_is_made_of_what_was_selected_and_of_all_that_was_found() {
    let gateway = Gateway::sqlite().await;
    let mut open = Vec::new();
    for _ in 0..60 {
        open.push(gateway.authorized().await);
    }
    gateway.captured().await;
    catch_up(&gateway.server.app).await.unwrap();
    let mut visitor = administrator(&gateway).await;
    let query = "q=status%3Anot-paid";
    let page = visitor
        .get(&format!("/transactions?{query}"))
        .await
        .expect(200);
    assert!(page.text().contains("formaction=\"/transactions/block\""));
    let total = async |answer: Answer| {
        let to = answer.expect(303).header("location").unwrap().to_owned();
        let id = JobId::parse(to.strip_prefix("/jobs/").unwrap()).unwrap();
        let job = gateway
            .server
            .app
            .storage
            .job(gateway.merchant_id(), id)
            .await;
        job.unwrap().unwrap().total
    };
    let selected = [
        ("kind", "capture"),
        ("payment", &open[0]),
        ("payment", &open[1]),
    ];
    assert_eq!(total(visitor.post("/jobs", &selected).await).await, 2);
    let fields = [("kind", "capture"), ("query", query)];
    let made = visitor.post("/transactions/block", &fields).await;
    assert_eq!(total(made).await, 60);
    let fields = [("kind", "capture"), ("query", "q=status%3Apayed")];
    assert_eq!(
        visitor.post("/transactions/block", &fields).await.status,
        404
    );
}
