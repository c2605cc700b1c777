//! Tests of what a request means.
//!
//! Invariant: a word that is not known means what its absence means, and is named.

use super::*;

fn with(items: Vec<Item>) -> Request {
    let cart = Some(Cart {
        items,
        ..Cart::default()
    });
    Request {
        cart,
        ..Request::default()
    }
}

#[test]
fn the_highest_importance_of_the_items_counts_and_none_means_normal() {
    let item = |hedge: Option<&str>| Item {
        host_hedge: hedge.map(str::to_owned),
        ..Item::default()
    };
    assert_eq!(with(vec![]).hedge(Matter::Host), Hedge::Normal);
    assert_eq!(
        with(vec![item(Some("off"))]).hedge(Matter::Host),
        Hedge::Off
    );
    let both = with(vec![item(Some("Low")), item(Some("High"))]);
    assert_eq!(both.hedge(Matter::Host), Hedge::High);
    assert_eq!(
        with(vec![item(Some("Strange"))]).hedge(Matter::Host),
        Hedge::Normal
    );
    assert_eq!(Hedge::High.applied(10), 15);
    assert_eq!(Hedge::Low.applied(10), 5);
}

#[test]
fn unknown_words_are_named_and_known_ones_are_read_in_any_case() {
    let item = Item {
        gift_category: Some("Undefined".to_owned()),
        risk: Some("high".to_owned()),
        ..Item::default()
    };
    let mut request = with(vec![item]);
    assert_eq!(request.unexpected(), ["GiftCategory"]);
    assert_eq!(request.gift(), Gift::Undefined);
    assert_eq!(request.risk(), Hedge::High);
    request.sequence = Some("Whenever".to_owned());
    request.merchant_defined_fields = vec![DefinedField {
        id: 101,
        value: None,
    }];
    let names = ["Sequence", "GiftCategory", "MerchantDefinedFields"];
    assert_eq!(request.unexpected(), names);
    assert!(!request.analyses_first() && !request.analyses_always());
}
