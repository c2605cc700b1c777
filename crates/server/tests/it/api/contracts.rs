//! The documents' own examples, replayed: the printed request is sent, the answer is compared
//! with the printed one, in both dialects.
//!
//! Invariant: the files in `contracts/` are copies of spec/examples, unchanged (but for the card
//! query, which no document prints). Wherever documents and decisions disagree, the difference
//! stands in the contract with the number of its contradiction (Xnnn) or decision (Dnn).

mod replay;

use aval_api::route::Route;

use crate::support::compare::Form;

use self::replay::Before;
use self::replay::Difference::{self, Absent, Added, Answered, Echoed, Sent, Varies};

/// One printed exchange.
pub struct Contract {
    /// The route it shows.
    pub route: Route,
    /// What is done first.
    before: Before,
    /// The printed request, if one is.
    request: Option<&'static str>,
    /// The printed answer.
    answer: &'static str,
    /// In what the answer differs from what is printed, and what says so.
    differs: &'static [Difference],
}

/// A file of `contracts/`.
macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("contracts/", $name, ".json"))
    };
}

/// Makes the table of contracts, and a test of each in each dialect.
macro_rules! contracts {
    ($($name:ident: $route:ident after $before:ident,
        $request:expr => $answer:expr, $differs:expr;)*) => {
        /// Every contract.
        pub const CONTRACTS: &[Contract] = &[$(Contract {
            route: Route::$route,
            before: Before::$before,
            request: $request,
            answer: $answer,
            differs: $differs,
        }),*];

        /// The places of the contracts in the table.
        #[expect(non_camel_case_types, reason = "named like the tests")]
        #[derive(Clone, Copy)]
        enum At { $($name),* }

        mod manual {
            $(#[tokio::test]
            async fn $name() {
                let contract = &super::CONTRACTS[super::At::$name as usize];
                super::replay::in_dialect(contract, super::replay::Dialect::Manual).await;
            })*
        }
        mod live {
            $(#[tokio::test]
            async fn $name() {
                let contract = &super::CONTRACTS[super::At::$name as usize];
                super::replay::in_dialect(contract, super::replay::Dialect::Live).await;
            })*
        }
    };
}

/// Request and answer of an example do not belong together: what was sent is echoed.
const X104_ORDER: Difference = Echoed("/MerchantOrderId");
const X104_CARD: Difference = Answered("/Payment/CreditCard/CardNumber", "123412******1231");
/// The curl request pays with a card ending in 3, which the table of test cards denies, and prints
/// an authorized answer: the card of the json request is sent in its place.
const X038_CARD: Difference = Sent("/Payment/CreditCard/CardNumber", "1234123412341231");
/// Sent, and not in the printed answer: echoed.
const X109_DESCRIPTOR: Difference = Echoed("/Payment/SoftDescriptor");
/// The answer prints an identity that the request does not have.
const X104_IDENTITY: Difference = Absent("/Customer/Identity");
const X104_IDENTITY_TYPE: Difference = Absent("/Customer/IdentityType");
/// An own recurrence has no id, so nothing links to it.
const X229_LINK: Difference = Absent("/Payment/Link");
const X229_AUTHORIZE_NOW: Difference = Absent("/Payment/AuthorizeNow");
const X229_NODE: Difference = Absent("/Payment/RecurrentPayment");
/// The token that is printed belongs to nobody: one of ours is sent, and shown.
const OWN_TOKEN: Difference = Difference::OwnToken("/Payment/CreditCard/CardToken");

/// Card of the curl request and of the debit request, and what the answer prints of it.
const X104_OTHER_CARD: Difference = Answered("/Payment/CreditCard/CardNumber", "455187******0183");
const X104_DEBIT_CARD: Difference = Answered("/Payment/DebitCard/CardNumber", "455187******0183");
const X104_NAME: Difference = Echoed("/Customer/Name");
/// The issuer's page and the bank's page (X140, X169).
const PAGE: Difference = Varies(
    "/Payment/AuthenticationUrl",
    Form::Page("/CardAuthenticator/Receive/"),
);
const BANK: Difference = Varies(
    "/Payment/Url",
    Form::Page("/post/EletronicTransfer/Redirect/"),
);
/// Newer answers add it to a debit too (card-on-file page, line 143).
const DEBIT_REFERENCE: Difference = Added(
    "/Payment/DebitCard/PaymentAccountReference",
    Form::Reference,
);
/// A denial has a receipt (decision 0009), which the wallets' answers do not print.
const X110_RECEIPT: Difference = Added("/Payment/ProofOfSale", Form::Digits(6));

contracts! {
    creating_a_simple_transaction: CreateSale after Nothing,
        Some(file!("01-creating-a-simple-transaction.request"))
            => file!("01-creating-a-simple-transaction.response"),
        &[X104_ORDER, X104_CARD, X109_DESCRIPTOR];
    creating_a_simple_transaction_by_curl: CreateSale after Nothing,
        Some(file!("01-creating-a-simple-transaction.curl.request"))
            => file!("01-creating-a-simple-transaction.response"),
        &[X038_CARD, X104_ORDER, X104_CARD, X109_DESCRIPTOR];
    creating_a_complete_transaction: CreateSale after Nothing,
        Some(file!("02-creating-a-complete-transaction.request"))
            => file!("02-creating-a-complete-transaction.response"),
        &[X104_ORDER, X104_CARD, X104_IDENTITY, X104_IDENTITY_TYPE];
    creating_a_complete_transaction_by_curl: CreateSale after Nothing,
        Some(file!("02-creating-a-complete-transaction.curl.request"))
            => file!("02-creating-a-complete-transaction.response"),
        &[X038_CARD, X104_ORDER, X104_CARD];
    creating_a_sale_with_authentication: CreateSale after Nothing,
        Some(file!("03-creating-a-sale-with-authentication.request"))
            => file!("03-creating-a-sale-with-authentication.response"),
        &[X104_CARD, PAGE];
    creating_a_sale_with_authentication_by_curl: CreateSale after Nothing,
        Some(file!("03-creating-a-sale-with-authentication.curl.request"))
            => file!("03-creating-a-sale-with-authentication.response"),
        &[X104_OTHER_CARD, PAGE];
    creating_a_debit_sale: CreateSale after Nothing,
        Some(file!("08-debit-card-simplified-sale.request"))
            => file!("08-debit-card-simplified-sale.response"),
        // X164: the table has a ReturnUrl that the answer does not print.
        &[X104_DEBIT_CARD, PAGE, Echoed("/Payment/ReturnUrl"), DEBIT_REFERENCE];
    creating_a_wire_transfer: CreateSale after Nothing,
        Some(file!("09-wire-transfer-simplified-sale.request"))
            => file!("09-wire-transfer-simplified-sale.response"),
        &[BANK];
    paying_by_visa_checkout: CreateSale after Nothing,
        Some(file!("34-visacheckout.request")) => file!("34-visacheckout.response"),
        &[X104_ORDER, X104_NAME, X109_DESCRIPTOR, X110_RECEIPT];
    paying_by_masterpass: CreateSale after Nothing,
        Some(file!("35-masterpass.request")) => file!("35-masterpass.response"),
        &[X104_ORDER, X104_NAME, X109_DESCRIPTOR, X110_RECEIPT];
    paying_by_masterpass_beside_the_payment: CreateSale after Nothing,
        Some(file!("35-masterpass-literal.request")) => file!("35-masterpass.response"),
        &[X104_ORDER, X104_NAME, X109_DESCRIPTOR, X110_RECEIPT];
    creating_a_sale_with_card_token: CreateSale after StoringACard,
        Some(file!("05-creating-a-sale-with-card-token.request"))
            => file!("05-creating-a-sale-with-card-token.response"),
        &[OWN_TOKEN];
    creating_a_sale_with_card_token_by_curl: CreateSale after StoringACard,
        Some(file!("05-creating-a-sale-with-card-token.request"))
            => file!("05-creating-a-sale-with-card-token.curl.response"),
        // X115: the other tab prints true, for a request without SaveCard.
        &[OWN_TOKEN, Difference::AnsweredFalse("/Payment/CreditCard/SaveCard")];
    capturing_a_sale: Capture after Authorizing,
        None => file!("06-capturing-a-sale.response"), &[];
    canceling_a_sale: Void after Authorizing,
        None => file!("07-canceling-a-sale.response"), &[];
    canceling_a_captured_sale: Void after Capturing,
        None => file!("07-canceling-a-sale.response"), &[];
    canceling_a_sale_by_its_order: Void after AuthorizingAnOrder,
        None => file!("07-canceling-a-sale.response"), &[];
    canceling_a_sale_by_order_id: VoidOrder after AuthorizingAnOrder,
        None => file!("07-canceling-a-sale.response"), &[];
    authorizing_an_own_recurrence: CreateSale after Nothing,
        Some(file!("13-authorizing-an-own-recurrence.request"))
            => file!("13-authorizing-an-own-recurrence.response"),
        &[X229_LINK, X229_AUTHORIZE_NOW];
    authorizing_an_own_recurrence_by_curl: CreateSale after Nothing,
        Some(file!("13-authorizing-an-own-recurrence.request"))
            => file!("13-authorizing-an-own-recurrence.curl.response"),
        &[X229_LINK, X229_AUTHORIZE_NOW];
    authorizing_an_own_recurrence_alternative: CreateSale after Nothing,
        Some(file!("13-authorizing-an-own-recurrence.request"))
            => file!("13-authorizing-an-own-recurrence-alternative.response"),
        &[X229_NODE];
    renewing_a_card: CreateSale after ReplacingTheCard,
        Some(file!("25-renews-easy.request")) => file!("25-renews-easy.response"),
        &[
            X104_NAME,
            // X261: seventeen digits are no card; the one that was entered is told.
            Answered("/Payment/NewCard/CardNumber", "4000000000000000"),
            // D01: months in the live dialect; a denied beginning has them in both, as printed.
            Answered("/Payment/Provider", "Simulado"),
            // X262: the analysis is the payment's own.
            Varies("/Payment/VelocityAnalysis/Id", Form::Guid),
        ];
    consulting_a_sale: Sale after AuthorizingTheConsultedSale,
        None => file!("26-consulting-a-sale.response"),
        // X119: an address that was not sent is left out.
        &[Absent("/Customer/Address"), X104_CARD];
    consulting_a_sale_by_the_store_identifier: SalesOfOrder after SellingTwice,
        None => file!("27-consulting-a-sale-by-the-store-identifier.response"), &[];
    creating_a_tokenized_card: CreateCard after Nothing,
        Some(file!("30-creating-a-tokenized-card.request"))
            => file!("30-creating-a-tokenized-card.response"),
        // D01: the live dialect checks the check digit, which the printed number fails.
        &[Difference::SentLive("/CardNumber", "4532117080573703")];
    consulting_a_tokenized_card: Card after StoringThePrintedCard,
        None => file!("30-consulting-a-tokenized-card.response"),
        &[Difference::AnsweredLive("/CardNumber", "453211******3703")];
    creating_a_tokenized_card_during_an_authorization: CreateSale after Nothing,
        Some(file!("31-creating-a-tokenized-card-during-an-authorization.request"))
            => file!("31-creating-a-tokenized-card-during-an-authorization.response"),
        &[
            X104_ORDER,
            X104_CARD,
            X104_IDENTITY,
            X104_IDENTITY_TYPE,
            Varies("/Payment/CreditCard/CardToken", Form::Guid),
        ];
    creating_a_tokenized_card_during_an_authorization_by_curl: CreateSale after Nothing,
        Some(file!("31-creating-a-tokenized-card-during-an-authorization.curl.request"))
            => file!("31-creating-a-tokenized-card-during-an-authorization.response"),
        &[
            X038_CARD,
            X104_ORDER,
            X104_CARD,
            Varies("/Payment/CreditCard/CardToken", Form::Guid),
        ];
    creating_a_sale_with_tokenized_card: CreateSale after StoringACard,
        Some(file!("32-creating-a-sale-with-tokenized-card.request"))
            => file!("32-creating-a-sale-with-tokenized-card.response"),
        &[OWN_TOKEN];
    creating_a_sale_with_tokenized_card_1_5: CreateSale after Nothing,
        Some(file!("33-creating-a-sale-with-tokenized-card-1-5.request"))
            => file!("33-creating-a-sale-with-tokenized-card-1-5.response"),
        &[];
    card_on_file: CreateSale after Nothing,
        Some(file!("36-card-on-file.request")) => file!("36-card-on-file.response"), &[];
}

/// X038: as it is printed, the curl request of the simple transaction is denied by the table.
#[tokio::test]
async fn the_printed_card_ending_in_three_is_denied_by_the_table_of_test_cards() {
    use crate::support::gateway::Gateway;
    let gateway = Gateway::sqlite().await;
    let request = gateway.request("POST", "/1/sales/");
    let printed = file!("01-creating-a-simple-transaction.curl.request");
    let sold = request.body(printed).send().await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 3);
    assert_eq!(sold.at("/Payment/ReturnCode"), "57");
    let number = sold.at("/Payment/CreditCard/CardNumber");
    assert_eq!(number, "455187******0183");
}
