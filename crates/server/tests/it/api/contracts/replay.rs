//! How a contract is replayed.
//!
//! Invariant: what the dialects change (decision D01) is changed in the printed answer before it
//! is compared; everything else is the contract's own.

use aval_api::route::Route;
pub use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::compare::{Allowed, Form, differences};
use crate::support::gateway::Gateway;

use super::Contract;

/// What is done before the printed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    Nothing,
    StoringACard,
    StoringThePrintedCard,
    ReplacingTheCard,
    Authorizing,
    AuthorizingAnOrder,
    AuthorizingTheConsultedSale,
    Capturing,
    SellingTwice,
}

/// In what an exchange differs from the printed one.
#[derive(Debug, Clone, Copy)]
pub enum Difference {
    /// Another text is sent.
    Sent(&'static str, &'static str),
    /// Another text is sent in the live dialect.
    SentLive(&'static str, &'static str),
    /// What was sent is answered.
    Echoed(&'static str),
    /// Another text is answered.
    Answered(&'static str, &'static str),
    /// Another text is answered in the live dialect.
    AnsweredLive(&'static str, &'static str),
    /// The member is answered though it is not printed, and has a form.
    Added(&'static str, Form),
    /// False is answered.
    AnsweredFalse(&'static str),
    /// The member is not answered.
    Absent(&'static str),
    /// The value has a form.
    Varies(&'static str, Form),
    /// A token of ours is sent and answered.
    OwnToken(&'static str),
}

/// What is known once the preparation is done.
struct Scene {
    gateway: Gateway,
    dialect: Dialect,
    /// The payment, order or token that the path names.
    name: String,
    /// The payment of the links, where it is known before.
    payment: String,
}

/// Replays a contract in a dialect.
pub async fn in_dialect(contract: &Contract, dialect: Dialect) {
    let scene = Scene::prepare(contract.before, dialect).await;
    let mut request: Value = serde_json::from_str(contract.request.unwrap_or("null")).unwrap();
    scene.change_request(&mut request, contract.differs);
    let (method, target) = scene.target(contract.route);
    let mut sending = scene.gateway.request(method, &target);
    if !request.is_null() {
        let kind = "application/json";
        sending = sending
            .header("Content-Type", kind)
            .body(request.to_string());
    }
    let creates = method == "POST";
    let answer = sending.send().await.expect(if creates { 201 } else { 200 });
    let told = answer.json();
    let mut printed: Value = serde_json::from_str(contract.answer).unwrap();
    let mut allowed = allowed();
    for difference in contract.differs {
        scene.change_answer(*difference, &request, &mut printed, &mut allowed);
    }
    scene.speak(contract.route, &mut printed);
    scene.link(contract.route, &told, &mut printed);
    if creates {
        let own = told.pointer("/Payment/Links/0/Href");
        let own = own.or(told.pointer("/Links/Href")).and_then(Value::as_str);
        assert_eq!(answer.header("location"), own);
    }
    let found = differences(&printed, &told, &allowed);
    assert!(found.is_empty(), "{}\n{told}", found.join("\n"));
}

/// Members that vary in every answer, and those that newer answers add (decision D02; X105, X106,
/// X108, X110, X111, X116, X122, X123).
fn allowed() -> Allowed {
    let tid = Form::Digits(13);
    let six = Form::Digits(6);
    let success = Form::Text("Operation Successful");
    Allowed {
        varying: vec![
            ("/Payment/PaymentId", Form::Guid),
            ("/Payment/Tid", tid),
            ("/Payment/ProofOfSale", six),
            ("/Payment/AuthorizationCode", six),
            ("/Payment/ReceivedDate", Form::Date),
            ("/Payment/CapturedDate", Form::Date),
            (
                "/Payment/CreditCard/PaymentAccountReference",
                Form::Reference,
            ),
            ("/Payment/*/PaymentId", Form::Guid),
            ("/Payment/*/ReceveidDate", Form::IsoDate),
            ("/Payments/*/PaymentId", Form::Guid),
            ("/Payments/*/ReceveidDate", Form::IsoDate),
            ("/CardToken", Form::Guid),
        ],
        added: vec![
            ("/Payment/Tid", tid),
            ("/Payment/Provider", Form::Text("Simulado")),
            ("/Payment/ReceivedDate", Form::Date),
            ("/Payment/CapturedDate", Form::Date),
            ("/Payment/Recurrent", Form::False),
            ("/Payment/IsQrCode", Form::False),
            ("/Payment/IsSplitted", Form::False),
            ("/Payment/DynamicCurrencyConversion", Form::False),
            ("/Payment/Currency", Form::Text("BRL")),
            ("/Payment/ReturnCode", Form::Text("4")),
            ("/Payment/ReturnMessage", success),
            (
                "/Payment/CreditCard/PaymentAccountReference",
                Form::Reference,
            ),
            ("/Tid", tid),
            ("/ProofOfSale", six),
            ("/AuthorizationCode", six),
            ("/ReasonCode", Form::Number(0)),
            ("/ReasonMessage", Form::Text("Successful")),
            ("/ProviderReturnMessage", success),
        ],
    }
}

impl Scene {
    async fn prepare(before: Before, dialect: Dialect) -> Self {
        let gateway = Gateway::speaking(dialect).await;
        let sold = async |body: &Body| gateway.sell(body).await.expect(201).payment_id();
        let body = Body::sale(1);
        let (name, payment) = match before {
            Before::Nothing => (String::new(), String::new()),
            Before::StoringACard => (gateway.token().await, String::new()),
            Before::StoringThePrintedCard => {
                let stored = gateway.tokenize(&printed_card(dialect)).await.expect(201);
                let token = stored.at("/CardToken");
                (token.as_str().unwrap().to_owned(), String::new())
            }
            Before::ReplacingTheCard => {
                replace_the_card(&gateway).await;
                (String::new(), String::new())
            }
            Before::Authorizing => (sold(&body).await, String::new()),
            Before::AuthorizingAnOrder => (body.order(), sold(&body).await),
            Before::AuthorizingTheConsultedSale => {
                let order = "2014111706";
                let body = body
                    .with("MerchantOrderId", order)
                    .with("Customer.Name", "Comprador Teste");
                (
                    sold(&body.without("Payment.SoftDescriptor")).await,
                    String::new(),
                )
            }
            Before::Capturing => (gateway.captured().await, String::new()),
            Before::SellingTwice => {
                sold(&body).await;
                (body.order(), sold(&body).await)
            }
        };
        Self {
            payment: if payment.is_empty() {
                name.clone()
            } else {
                payment
            },
            gateway,
            dialect,
            name,
        }
    }

    /// Method and path as the documents write them.
    fn target(&self, route: Route) -> (&'static str, String) {
        let name = &self.name;
        match route {
            Route::CreateSale => ("POST", "/1/sales/".to_owned()),
            Route::SalesOfOrder => ("GET", format!("/1/sales?merchantOrderId={name}")),
            Route::Sale => ("GET", format!("/1/sales/{name}")),
            Route::Capture => ("PUT", format!("/1/sales/{name}/capture")),
            Route::Void => ("PUT", format!("/1/sales/{name}/void")),
            Route::VoidOrder => ("PUT", format!("/1/sales/OrderId/{name}/void")),
            Route::CreateCard => ("POST", "/1/card/".to_owned()),
            Route::Card => ("GET", format!("/1/card/{name}")),
            Route::Recurrence | Route::ChangeRecurrence(_) => {
                panic!("recurrences are replayed in a place of their own")
            }
        }
    }

    fn change_request(&self, request: &mut Value, differs: &[Difference]) {
        for difference in differs {
            if let Difference::Sent(path, text) = difference {
                set(request, path, json!(text));
            }
            if let (Difference::SentLive(path, text), Dialect::Live) = (difference, self.dialect) {
                set(request, path, json!(text));
            }
            if let Difference::OwnToken(path) = difference {
                set(request, path, json!(self.name));
            }
        }
    }

    fn change_answer(
        &self,
        difference: Difference,
        request: &Value,
        printed: &mut Value,
        allowed: &mut Allowed,
    ) {
        match difference {
            Difference::Echoed(path) => {
                let sent = request.pointer(path).unwrap().clone();
                set(printed, path, sent);
            }
            Difference::Answered(path, text) => set(printed, path, json!(text)),
            Difference::AnsweredLive(path, text) if self.dialect == Dialect::Live => {
                set(printed, path, json!(text));
            }
            Difference::AnsweredFalse(path) => set(printed, path, json!(false)),
            Difference::OwnToken(path) => set(printed, path, json!(self.name)),
            Difference::Absent(path) => remove(printed, path),
            Difference::Added(path, form) => allowed.added.push((path, form)),
            Difference::Varies(path, form) => allowed.varying.push((path, form)),
            Difference::Sent(..) | Difference::SentLive(..) | Difference::AnsweredLive(..) => {}
        }
    }

    /// What decision D01 says of the answer in this dialect, whichever the document prints.
    fn speak(&self, route: Route, printed: &mut Value) {
        let live = self.dialect == Dialect::Live;
        match route {
            Route::CreateSale | Route::Sale => {
                let payment = printed["Payment"].as_object_mut().unwrap();
                if let Some(printed) = payment.get_mut("Interest") {
                    *printed = if live { json!(0) } else { json!("ByMerchant") };
                }
                if payment["Type"] == "DebitCard" && live {
                    payment.remove("AuthenticationUrl");
                    payment.insert("ReturnCode".to_owned(), json!("1"));
                }
                payment.remove("ExtraDataCollection");
                if !live {
                    payment.insert("ExtraDataCollection".to_owned(), json!([]));
                }
            }
            Route::Capture => printed["ProviderReturnCode"] = json!("6"),
            Route::Void | Route::VoidOrder => {
                let code = if live { json!("0") } else { json!("9") };
                printed["ReturnCode"] = code.clone();
                printed["ProviderReturnCode"] = code;
            }
            Route::SalesOfOrder if live => {
                let payments = printed["Payment"].take();
                *printed = json!({
                    "ReasonCode": 0, "ReasonMessage": "Successful", "Payments": payments,
                });
            }
            Route::SalesOfOrder | Route::CreateCard | Route::Card => {}
            Route::Recurrence | Route::ChangeRecurrence(_) => {}
        }
    }

    /// The addresses of links, by their rel, of this server and this payment (X004, X005, X008).
    fn link(&self, route: Route, told: &Value, printed: &mut Value) {
        let (api, query) = (self.gateway.api, self.gateway.query);
        if route == Route::CreateCard {
            let token = told["CardToken"].as_str().unwrap();
            printed["Links"]["Href"] = json!(format!("http://{query}/1/card/{token}"));
            return;
        }
        let own = told["Payment"]["PaymentId"].as_str();
        let payment = own.unwrap_or(&self.payment);
        let in_payment = printed.pointer("/Payment/Links").is_some();
        let at = if in_payment {
            "/Payment/Links"
        } else {
            "/Links"
        };
        let Some(links) = printed.pointer_mut(at) else {
            return;
        };
        for link in links.as_array_mut().unwrap() {
            let rel = link["Rel"].as_str().unwrap();
            let href = match rel {
                "self" => format!("http://{query}/1/sales/{payment}"),
                rel => format!("http://{api}/1/sales/{payment}/{rel}"),
            };
            link["Href"] = json!(href);
        }
    }
}

/// What example 25 takes for granted: the bank replaced its card, and velocity is on.
async fn replace_the_card(gateway: &Gateway) {
    let on = [("velocity", "true")];
    gateway.set(gateway.merchant_id(), &on).await;
    let new = json!({
        "CardNumber": "4000000000000000", "ExpirationDate": "10/2020", "Brand": "Visa",
    });
    let entered = json!({
        "MerchantId": gateway.id, "CardNumber": "1234123412341231", "NewCard": new,
    });
    let entered = entered.to_string();
    let replaced = gateway.sandbox("POST", "/sandbox/cards/replace", &entered);
    replaced.await.expect(200);
}

/// The card of example 30, with a check digit that the live dialect takes.
fn printed_card(dialect: Dialect) -> Body {
    let number = match dialect {
        Dialect::Manual => "4532117080573700",
        Dialect::Live => "4532117080573703",
    };
    Body::card().with("CardNumber", number)
}

fn set(value: &mut Value, path: &str, to: Value) {
    let mut at = value;
    for name in path.split('/').skip(1) {
        at = &mut at[name];
    }
    *at = to;
}

fn remove(value: &mut Value, path: &str) {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    let removed = parent.as_object_mut().unwrap().remove(name);
    assert!(removed.is_some(), "{path} is not printed");
}
