//! Every stock rule on a sale that it is made for, and on one that differs in one thing.
//!
//! Invariant: each rule has its row; a rule without one fails the test.

use aval_gateway::fraud::rules;
use aval_gateway::fraud::values::{Datum, Values, unknown};

use super::rules::{STOCK, parse};

/// A rule, what a sale shows to which it applies, and one thing by which it does not apply.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("retail_card_tested_by_device",
     "device_cards_24h=4,device_denials_24h=2",
     "device_cards_24h=3"),
    ("retail_card_tested_by_network", "ip_cards_24h=6,ip_denials_24h=3", "ip_denials_24h=2"),
    ("retail_small_amounts_in_a_row", "amount=500,device_15m=3", "amount=501"),
    ("retail_first_sale_of_a_great_amount", "greater_share=9,shop_sales=200", "buyer_known=true"),
    ("retail_fast_delivery_elsewhere_for_a_stranger",
     "same_address=false,shipping_method=OneDay",
     "shipping_method=LowCost"),
    ("retail_account_taken_over",
     "buyer_known=true,has_delivery=true,amount=50000",
     "buyer_has_device=true"),
    ("retail_card_of_another_buyer", "card_known=true,card_documents=2", "buyer_has_card=true"),
    ("retail_many_buyers_one_door",
     "delivery_documents=4,delivery_cards_24h=3",
     "delivery_cards_24h=2"),
    ("retail_reseller_quantity", "most_of_one=20", "most_of_one=19"),
    ("retail_other_state_and_disposable_email",
     "address_info=[MM-ST],email_disposable=true",
     "address_info=[MM-C]"),
    ("retail_phone_of_another_state",
     "signals=[phone_place],same_address=false",
     "same_address=true"),
    ("retail_card_from_abroad_delivered_here", "address_info=[MM-BIN]", "buyer_known=true"),
    ("retail_night_order_of_a_stranger", "hour=3,amount=100000", "hour=6"),
    ("retail_gift_to_a_friend",
     "is_gift=true,buyer_has_card=true,buyer_has_device=true",
     "is_gift=false"),
    ("retail_regular_customer",
     "buyer_known=true,buyer_has_card=true,buyer_has_device=true,buyer_has_delivery=true",
     "buyer_has_delivery=false"),
    ("retail_instalments_to_the_limit", "installments=10,amount=200000", "installments=9"),
    ("retail_pickup_by_a_stranger", "shipping_method=Pickup,amount=150000", "card_known=true"),
    ("travel_leaves_today_one_way",
     "travels=true,one_way=true,hours_to_departure=0",
     "hours_to_departure=-1"),
    ("travel_third_party_on_short_notice",
     "third_party_payer=true,hours_to_departure=71",
     "hours_to_departure=72"),
    ("travel_third_party_and_free_email",
     "third_party_payer=true,email_free=true",
     "email_free=false"),
    ("travel_many_passengers_first_sale", "passengers=5", "passengers=4"),
    ("travel_tickets_in_a_row", "travels=true,card_24h=4", "travels=false"),
    ("travel_device_of_many_buyers", "travels=true,device_documents=4", "device_documents=3"),
    ("travel_foreign_card_one_way", "one_way=true,bin_country=us", "bin_country=br"),
    ("travel_departure_far_ahead",
     "hours_to_departure=721,buyer_known=true",
     "hours_to_departure=720"),
    ("travel_known_traveller",
     "travels=true,buyer_known=true,buyer_has_card=true",
     "third_party_payer=true"),
    ("travel_denied_and_again", "travels=true,card_denials_24h=2", "card_denials_24h=1"),
    ("travel_great_amount_soon", "amount=500000,hours_to_departure=47", "hours_to_departure=48"),
    ("travel_hotel_tonight", "item_types=[Hotel],hours_to_departure=11", "item_types=[Flight]"),
    ("digital_codes_in_a_row", "card_15m=3", "card_15m=2"),
    ("digital_codes_over_the_day", "device_24h=10", "device_24h=9"),
    ("digital_many_cards_one_device", "device_cards_24h=3", "device_cards_24h=2"),
    ("digital_many_cards_one_account", "email_cards_24h=3", "email_cards_24h=2"),
    ("digital_disposable_email", "email_disposable=true", "email_disposable=false"),
    ("digital_test_email", "signals=[risky_email],email_6m=1", "email_6m=2"),
    ("digital_no_document", "amount=20000", "document_6m=1"),
    ("digital_first_sale_at_the_top", "amount=30000", "buyer_known=true"),
    ("digital_network_of_strangers", "ip_15m=6", "ip_15m=5"),
    ("digital_foreign_card", "bin_country=us", "card_known=true"),
    ("digital_denied_device", "device_denials_24h=3", "device_denials_24h=2"),
    ("digital_denied_device_is_listed",
     "device_denials_24h=6,device_cards_24h=4",
     "device_cards_24h=3"),
    ("digital_pieces", "quantity=5", "quantity=4"),
    ("digital_subscriber", "buyer_known=true,buyer_has_card=true,card_24h=2", "card_24h=3"),
    ("digital_night_run", "hour=1,card_24h=3", "hour=0"),
    ("digital_trusted_list_passes", "on_positive_list=true", "device_denials_24h=1"),
];

/// A sale with these values; a list stands in brackets.
fn sale(shows: &str) -> Values {
    let mut values = unknown();
    for one in shows.split(',') {
        let (name, text) = one.split_once('=').unwrap();
        let (_, datum) = values
            .iter_mut()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("{name}"));
        *datum = match datum {
            Datum::Int(_) => Datum::Int(text.parse().unwrap()),
            Datum::Bool(_) => Datum::Bool(text.parse().unwrap()),
            Datum::Text(_) => Datum::Text(text.to_owned()),
            Datum::Texts(_) => Datum::Texts(vec![text.trim_matches(['[', ']']).to_owned()]),
        };
    }
    values
}

#[test]
fn each_stock_rule_applies_where_it_is_meant_to_and_not_beside_it() {
    let stock = parse(STOCK, None).unwrap();
    let names: Vec<&str> = stock.iter().map(|rule| rule.name.as_str()).collect();
    let tried: Vec<&str> = ROWS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, tried);
    for (rule, (name, shows, differs)) in stock.into_iter().zip(ROWS) {
        let rule = [rules::compile(rule).unwrap_or_else(|error| panic!("{name}: {error}"))];
        let applies = |values: &Values| {
            let applied = rules::apply(&rule, values).effects.applied;
            applied.iter().any(|one| one.rule == *name)
        };
        assert!(applies(&sale(shows)), "{name}: {shows}");
        let beside = format!("{shows},{differs}");
        assert!(!applies(&sale(&beside)), "{name}: {beside}");
        assert!(
            !applies(&unknown()),
            "{name}: a sale of which nothing is known"
        );
    }
}
