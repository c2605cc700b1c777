//! Bodies of requests.
//!
//! Invariant: a body that is not changed is taken by the server.

use serde_json::{Value, json};

use super::store::unique;

/// Where buyers go when they are done.
pub const RETURN_URL: &str = "https://loja.example/pedido";

/// A body that can be changed member by member.
#[derive(Debug, Clone)]
pub struct Body(pub Value);

impl Body {
    /// A sale of R$ 157.00 with a Visa card of this last digit, under an order number of its own.
    pub fn sale(ending: u8) -> Self {
        Self(json!({
            "MerchantOrderId": format!("Order{}", unique()),
            "Customer": {"Name": "Comprador de teste"},
            "Payment": {
                "Type": "CreditCard",
                "Amount": 15_700,
                "Installments": 1,
                "SoftDescriptor": "123456789ABCD",
                "CreditCard": {
                    "CardNumber": format!("123412341234123{ending}"),
                    "Holder": "Teste Holder",
                    "ExpirationDate": "12/2030",
                    "SecurityCode": "123",
                    "Brand": "Visa",
                },
            },
        }))
    }

    /// A debit sale of R$ 157.00 with a Visa card of this last digit.
    pub fn debit(ending: u8) -> Self {
        let credit = Self::sale(ending);
        let card = credit.0["Payment"]["CreditCard"].clone();
        credit
            .without("Payment.CreditCard")
            .without("Payment.Installments")
            .with("Payment.Type", "DebitCard")
            .with("Payment.ReturnUrl", RETURN_URL)
            .with("Payment.DebitCard", card)
    }

    /// A credit sale whose buyer proves who he is.
    pub fn authenticated(ending: u8) -> Self {
        Self::sale(ending)
            .with("Payment.Authenticate", true)
            .with("Payment.ReturnUrl", RETURN_URL)
    }

    /// A bank transfer of R$ 157.00.
    pub fn transfer() -> Self {
        let payment = json!({
            "Type": "EletronicTransfer",
            "Amount": 15_700,
            "Provider": "Bradesco",
            "ReturnUrl": RETURN_URL,
        });
        Self::sale(1).with("Payment", payment)
    }

    /// A boleto of R$ 157.00.
    pub fn boleto() -> Self {
        let payment = json!({
            "Type": "Boleto",
            "Amount": 15_700,
            "Provider": "Bradesco",
            "Assignor": "Empresa Teste",
        });
        let address = json!({
            "Street": "Av Marechal Camara",
            "Number": "160",
            "ZipCode": "22750012",
            "City": "Rio de Janeiro",
            "State": "RJ",
            "Country": "BRA",
            "District": "Centro",
        });
        Self::sale(1)
            .with("Payment", payment)
            .with("Customer.Address", address)
    }

    /// A sale with a token in the place of the card.
    pub fn token_sale(token: &str) -> Self {
        let card = json!({"CardToken": token, "SecurityCode": "262", "Brand": "Visa"});
        Self::sale(1).with("Payment.CreditCard", card)
    }

    /// A card to store.
    pub fn card() -> Self {
        Self(json!({
            "CustomerName": "Comprador Teste Cielo",
            "CardNumber": "4024007153761191",
            "Holder": "Comprador T Cielo",
            "ExpirationDate": "12/2030",
            "Brand": "Visa",
        }))
    }

    /// With a member, by its path like `Payment.Amount`; what is on the way there is made.
    pub fn with(mut self, path: &str, value: impl Into<Value>) -> Self {
        let mut at = &mut self.0;
        for name in path.split('.') {
            at = &mut at[name];
        }
        *at = value.into();
        self
    }

    /// Without a member.
    pub fn without(mut self, path: &str) -> Self {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        let pointer = format!("/{}", parent.replace('.', "/"));
        let pointer = if parent.is_empty() { "" } else { &pointer };
        let parent = self.0.pointer_mut(pointer).unwrap();
        let removed = parent.as_object_mut().unwrap().remove(name);
        assert!(removed.is_some(), "{path} is not there");
        self
    }

    /// The order number.
    pub fn order(&self) -> String {
        self.0["MerchantOrderId"].as_str().unwrap().to_owned()
    }

    /// The body as it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}
