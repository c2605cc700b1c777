//! Samples in JSON and cURL, made for the merchant who looks at them (manual lines 10 to 12).
//!
//! Invariant: a sample names the merchant's own id and the server's own addresses, and a test card;
//! the key is never in it.

use aval_api::server::Urls;
use aval_domain::id::MerchantId;

use super::openapi::Call;

/// A sample.
pub struct Sample {
    /// The body; empty where none is sent.
    pub json: &'static str,
    /// The whole call.
    pub curl: String,
}

/// A sale of a credit card.
const SALE: &str = r#"{
  "MerchantOrderId": "2026112201",
  "Customer": { "Name": "Ana Souza" },
  "Payment": {
    "Type": "CreditCard",
    "Amount": 15700,
    "Installments": 1,
    "SoftDescriptor": "123456789ABCD",
    "CreditCard": {
      "CardNumber": "4024007153763191",
      "Holder": "ANA SOUZA",
      "ExpirationDate": "12/2030",
      "SecurityCode": "123",
      "Brand": "Visa"
    }
  }
}"#;

/// Bodies by the names of calls.
const BODIES: [(&str, &str); 14] = [
    ("post-1-sales", SALE),
    (
        "post-1-card",
        r#"{
  "CustomerName": "Ana Souza",
  "CardNumber": "4024007153763191",
  "Holder": "ANA SOUZA",
  "ExpirationDate": "12/2030",
  "Brand": "Visa"
}"#,
    ),
    (
        "put-1-recurrentpayment-recurrentpaymentid-customer",
        r#"{ "Name": "Ana Souza", "Email": "ana@example.com" }"#,
    ),
    (
        "put-1-recurrentpayment-recurrentpaymentid-payment",
        r#"{
  "Type": "CreditCard",
  "Amount": 15700,
  "Installments": 1,
  "CreditCard": {
    "CardNumber": "4024007153763191",
    "Holder": "ANA SOUZA",
    "ExpirationDate": "12/2030",
    "Brand": "Visa"
  }
}"#,
    ),
    ("put-1-recurrentpayment-recurrentpaymentid-amount", "15700"),
    (
        "put-1-recurrentpayment-recurrentpaymentid-enddate",
        "\"2031-12-31\"",
    ),
    (
        "put-1-recurrentpayment-recurrentpaymentid-installments",
        "3",
    ),
    ("put-1-recurrentpayment-recurrentpaymentid-interval", "6"),
    (
        "put-1-recurrentpayment-recurrentpaymentid-recurrencyday",
        "16",
    ),
    (
        "put-1-recurrentpayment-recurrentpaymentid-nextpaymentdate",
        "\"2031-06-15\"",
    ),
    ("post-sandbox-clock-advance", r#"{ "Days": 31 }"#),
    (
        "put-sandbox-clock",
        r#"{ "Now": "2031-01-31T10:00:00-03:00" }"#,
    ),
    (
        "put-sandbox-faults",
        r#"{ "MerchantId": "{merchant}", "Fault": "Delay", "DelayMs": 2000 }"#,
    ),
    (
        "post-sandbox-payments-paymentid-pay",
        r#"{ "Amount": 15700 }"#,
    ),
];

/// The first sale that somebody makes.
#[must_use]
pub fn first_sale(urls: &Urls, merchant: MerchantId) -> Sample {
    Sample {
        json: SALE,
        curl: with_key("POST", &format!("{}/1/sales", urls.api), merchant, SALE),
    }
}

/// A sample of a call. Calls of the sandbox go to the back office, at `here`.
#[must_use]
pub fn of(call: &Call, urls: &Urls, merchant: MerchantId, here: &str) -> Sample {
    let found = BODIES.iter().find(|(name, _)| *name == call.name);
    let json = found.map_or("", |(_, json)| *json);
    if call.is_sandbox() {
        let url = format!("{here}{}", call.path);
        let json = json.replace("{merchant}", &merchant.to_string());
        let head = "\\\n  -H \"Authorization: Bearer $ADMIN_TOKEN\"";
        return Sample {
            json: "",
            curl: curl(&call.method, &url, head, &json),
        };
    }
    let base = if call.method == "GET" {
        &urls.query
    } else {
        &urls.api
    };
    let query = if call.name == "get-1-sales" {
        "?merchantOrderId=2026112201"
    } else {
        ""
    };
    let url = format!("{base}{}{query}", call.path);
    Sample {
        json,
        curl: with_key(&call.method, &url, merchant, json),
    }
}

fn with_key(method: &str, url: &str, merchant: MerchantId, json: &str) -> String {
    let head =
        format!("\\\n  -H \"MerchantId: {merchant}\" \\\n  -H \"MerchantKey: $MERCHANT_KEY\"");
    curl(method, url, &head, json)
}

fn curl(method: &str, url: &str, head: &str, json: &str) -> String {
    let verb = if method == "GET" {
        String::new()
    } else {
        format!(" -X {method}")
    };
    let body = if json.is_empty() {
        String::new()
    } else {
        format!(" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{json}'")
    };
    format!("curl{verb} \"{url}\" {head}{body}")
}

#[cfg(test)]
mod tests {
    use super::super::openapi::CALLS;
    use super::*;

    #[test]
    fn a_sample_is_json_of_a_call_that_there_is() {
        for (name, json) in BODIES {
            assert!(CALLS.iter().any(|call| call.name == name), "{name}");
            serde_json::from_str::<serde_json::Value>(json).unwrap();
        }
        for call in CALLS.iter().filter(|call| !call.body.is_empty()) {
            let optional = call.is_sandbox();
            let has = BODIES.iter().any(|(name, _)| *name == call.name);
            assert!(has || optional, "{} has no sample", call.name);
        }
    }

    #[test]
    fn a_sample_names_the_merchant_and_never_a_key() {
        let urls = Urls {
            api: "https://api.example".to_owned(),
            query: "https://query.example".to_owned(),
        };
        let merchant = MerchantId::from_bytes([7; 16]);
        for call in CALLS.iter() {
            let sample = of(call, &urls, merchant, "https://office.example");
            if call.is_sandbox() {
                assert!(sample.curl.contains("https://office.example/sandbox/"));
            } else {
                assert!(
                    sample.curl.contains(&merchant.to_string()),
                    "{}",
                    sample.curl
                );
                assert!(sample.curl.contains("$MERCHANT_KEY"));
            }
            assert!(!sample.curl.contains("{merchant}"));
        }
    }
}
