//! The documents' examples of recurrences, replayed in both dialects: what is printed is sent, the
//! answer is compared with the printed one.
//!
//! Invariant: the files in `api/contracts/` are copies of the documents' examples, unchanged;
//! where an answer differs, the number of the decision (Dnn) or contradiction (Xnnn) stands here.

use aval_api::recurrence::Part;
use aval_api::route::Route;
use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use super::scheduled;
use crate::support::compare::{Allowed, Form, differences};
use crate::support::gateway::Gateway;

/// The routes that are replayed here.
pub const ROUTES: [Route; 11] = [
    Route::Recurrence,
    Route::ChangeRecurrence(Part::Customer),
    Route::ChangeRecurrence(Part::EndDate),
    Route::ChangeRecurrence(Part::Installments),
    Route::ChangeRecurrence(Part::Interval),
    Route::ChangeRecurrence(Part::RecurrencyDay),
    Route::ChangeRecurrence(Part::Amount),
    Route::ChangeRecurrence(Part::NextPaymentDate),
    Route::ChangeRecurrence(Part::Payment),
    Route::ChangeRecurrence(Part::Deactivate),
    Route::ChangeRecurrence(Part::Reactivate),
];

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../api/contracts/", $name, ".json"))
    };
}

const DIALECTS: [Dialect; 2] = [Dialect::Manual, Dialect::Live];

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Replays the creation of a recurrence at the moment at which the documents made it.
async fn creates(request: &str, response: &str, at: &str) {
    for dialect in DIALECTS {
        let gateway = Gateway::speaking(dialect).await;
        gateway.clock(at).await;
        let selling = gateway.request("POST", "/1/sales/").body(request);
        let answer = selling.send().await.expect(201);
        let told = answer.json();
        let mut printed = json_of(response);
        let found = differences(
            &as_spoken(&mut printed, &told, dialect, &gateway),
            &told,
            &allowed(),
        );
        assert!(found.is_empty(), "{dialect:?} {}\n{told}", found.join("\n"));
    }
}

/// What decision D01 says of the printed answer in a dialect, with the addresses of this server
/// (X005, X007, X008).
fn as_spoken(printed: &mut Value, told: &Value, dialect: Dialect, gateway: &Gateway) -> Value {
    let live = dialect == Dialect::Live;
    let payment = &mut printed["Payment"];
    if live {
        payment["Interest"] = json!(0);
        payment
            .as_object_mut()
            .unwrap()
            .remove("ExtraDataCollection");
        let node = &mut payment["RecurrentPayment"];
        node["Interval"] = json!(6);
        node["ReasonCode"] = json!(0);
        node["ReasonMessage"] = json!("Successful");
        node["StartDate"] = told["Payment"]["RecurrentPayment"]["StartDate"].clone();
    }
    let id = told["Payment"]["RecurrentPayment"]["RecurrentPaymentId"].as_str();
    let (api, query) = (gateway.api, gateway.query);
    let href = format!("http://{query}/1/RecurrentPayment/{}", id.unwrap());
    payment["RecurrentPayment"]["Link"]["Href"] = json!(href);
    let sale = told["Payment"]["PaymentId"].as_str().unwrap_or("");
    let links = payment.get_mut("Links").and_then(Value::as_array_mut);
    for link in links.into_iter().flatten() {
        let href = match link["Rel"].as_str().unwrap() {
            "self" => format!("http://{query}/1/sales/{sale}"),
            rel => format!("http://{api}/1/sales/{sale}/{rel}"),
        };
        link["Href"] = json!(href);
    }
    printed.clone()
}

fn allowed() -> Allowed {
    let six = Form::Digits(6);
    let varying = vec![
        ("/Payment/PaymentId", Form::Guid),
        ("/Payment/Tid", Form::Digits(13)),
        ("/Payment/ProofOfSale", six),
        ("/Payment/AuthorizationCode", six),
        ("/Payment/RecurrentPayment/RecurrentPaymentId", Form::Guid),
    ];
    let added = vec![
        ("/Payment/Provider", Form::Text("Simulado")),
        ("/Payment/ReceivedDate", Form::Date),
        ("/Payment/IsQrCode", Form::False),
        ("/Payment/IsSplitted", Form::False),
        ("/Payment/DynamicCurrencyConversion", Form::False),
        (
            "/Payment/CreditCard/PaymentAccountReference",
            Form::Reference,
        ),
    ];
    Allowed { varying, added }
}

#[tokio::test]
async fn authorizing_the_first_scheduled_recurrence() {
    let at = "2015-05-04T04:38:27-03:00";
    let request = file!("11-authorizing-the-first-scheduled-recurrence.request");
    for response in [
        file!("11-authorizing-the-first-scheduled-recurrence.response"),
        file!("11-authorizing-the-first-scheduled-recurrence.curl.response"),
    ] {
        creates(request, response, at).await;
    }
}

#[tokio::test]
async fn scheduling_a_credit_recurrence() {
    let request = file!("12-scheduling-a-credit-recurrence.request");
    for at in ["2015-05-04T10:00:00-03:00", "2026-11-22T10:00:00-03:00"] {
        for response in [
            file!("12-scheduling-a-credit-recurrence.response"),
            file!("12-scheduling-a-credit-recurrence.curl.response"),
        ] {
            creates(request, response, at).await;
        }
    }
}

#[tokio::test]
async fn consulting_a_recurrent_sale() {
    for dialect in DIALECTS {
        let gateway = Gateway::speaking(dialect).await;
        gateway.clock("2015-05-05T10:00:00-03:00").await;
        let request = json_of(file!(
            "11-authorizing-the-first-scheduled-recurrence.request"
        ));
        let mut body = crate::support::body::Body(request);
        body = body.with("Customer.Name", "Comprador accept");
        let id = gateway.recurs(&body).await;
        let told = gateway.recurrence(&id).await.expect(200).json();
        for printed in [
            file!("14-consulting-a-recurrent-sale.response"),
            file!("29-consulting-a-recurrent-sale-2.response"),
        ] {
            let mut printed = json_of(printed);
            let href = format!("http://{}/1/RecurrentPayment/{id}", gateway.query);
            printed["RecurrentPayment"]["Links"][0]["Href"] = json!(href);
            printed["RecurrentPayment"]["RecurrentPaymentId"] = json!(id);
            // D02: what newer answers have beside it.
            let new = &told["RecurrentPayment"];
            assert_eq!(new["Amount"], 1500);
            assert_eq!(new["Status"], 1);
            assert_eq!(new["CreateDate"], "2015-05-05T00:00:00");
            assert_eq!(new["OrderNumber"], "2014113245231706");
            let number = |number| Form::Number(number);
            let allowed = Allowed {
                varying: vec![],
                added: vec![
                    ("/RecurrentPayment/Amount", number(1_500)),
                    ("/RecurrentPayment/Country", Form::Text("BRA")),
                    ("/RecurrentPayment/CreateDate", Form::IsoDate),
                    ("/RecurrentPayment/Currency", Form::Text("BRL")),
                    ("/RecurrentPayment/CurrentRecurrencyTry", number(0)),
                    ("/RecurrentPayment/Installments", number(1)),
                    ("/RecurrentPayment/OrderNumber", Form::Digits(16)),
                    ("/RecurrentPayment/Provider", Form::Text("Simulado")),
                    ("/RecurrentPayment/RecurrencyDay", number(5)),
                    ("/RecurrentPayment/SuccessfulRecurrences", number(0)),
                    ("/RecurrentPayment/Status", number(1)),
                ],
            };
            let mut shown = told.clone();
            let node = shown["RecurrentPayment"].as_object_mut().unwrap();
            let transactions = node.remove("RecurrentTransactions").unwrap();
            assert_eq!(transactions[0]["PaymentNumber"], 0);
            let found = differences(&printed, &shown, &allowed);
            assert!(found.is_empty(), "{}\n{told}", found.join("\n"));
        }
    }
}

/// Sends a printed body, and fails unless the answer is 200 and empty, and the member is so.
async fn changes(part: &str, body: &str, member: &str, expected: Value) {
    for dialect in DIALECTS {
        let gateway = Gateway::speaking(dialect).await;
        gateway.clock("2015-05-04T10:00:00-03:00").await;
        let id = gateway.recurs(&scheduled(1, "2015-06-01")).await;
        let answer = gateway.amend(&id, part, body).await.expect(200);
        assert_eq!((answer.text(), answer.body.len()), ("", 0));
        let kind = answer.header("content-type").unwrap();
        assert!(kind.starts_with("text/plain"), "{kind}");
        let shown = gateway.recurrence(&id).await.expect(200);
        assert_eq!(shown.at(member), expected, "{}", shown.text());
    }
}

#[tokio::test]
async fn modifying_buyer_data() {
    let body = file!("15-modifying-buyer-data.request");
    changes("Customer", body, "/Customer", json_of(body)).await;
}

#[tokio::test]
async fn modifying_end_date_of_recurrence() {
    let body = file!("16-modifying-end-date-of-recurrence.request");
    let member = "/RecurrentPayment/EndDate";
    changes("EndDate", body, member, json!("2021-01-09")).await;
}

#[tokio::test]
async fn modifying_number_of_recurrence_installments() {
    let body = file!("17-modifying-number-of-recurrence-installments.request");
    let member = "/RecurrentPayment/Installments";
    changes("Installments", body, member, json!(3)).await;
}

#[tokio::test]
async fn modifying_recurrence_interval() {
    let body = file!("18-modifying-recurrence-interval.request");
    let member = "/RecurrentPayment/Interval";
    changes("Interval", body, member, json!("SemiAnnual")).await;
}

#[tokio::test]
async fn modifying_recurrence_day() {
    let body = file!("19-modifying-recurrence-day.request");
    let member = "/RecurrentPayment/NextRecurrency";
    changes("RecurrencyDay", body, member, json!("2015-06-16")).await;
}

#[tokio::test]
async fn modifying_the_recurrence_value() {
    let body = file!("20-modifying-the-recurrence-value.request");
    changes("Amount", body, "/RecurrentPayment/Amount", json!(156)).await;
}

#[tokio::test]
async fn modifying_next_payment_date() {
    let body = file!("21-modifying-next-payment-date.request");
    let member = "/RecurrentPayment/NextRecurrency";
    changes("NextPaymentDate", body, member, json!("2016-06-15")).await;
}

#[tokio::test]
async fn modifying_recurrence_payment_data() {
    let body = file!("22-modifying-recurrence-payment-data.request");
    changes("Payment", body, "/RecurrentPayment/Amount", json!(123)).await;
    changes("Payment", body, "/RecurrentPayment/Installments", json!(3)).await;
    changes("Payment", body, "/RecurrentPayment/Country", json!("USA")).await;
}

/// Examples 23 and 24 have no body.
#[tokio::test]
async fn disabling_and_rehabilitating_a_recurrent_order() {
    for body in ["", "\"\""] {
        changes("Deactivate", body, "/RecurrentPayment/Status", json!(3)).await;
        changes("Reactivate", body, "/RecurrentPayment/Status", json!(1)).await;
    }
}
