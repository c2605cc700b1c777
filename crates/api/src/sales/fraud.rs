//! The FraudAnalysis node of a request: its members, their sizes, what is required in them.
//!
//! Invariant: sizes and required members have the manual's codes; a word that is not known is no
//! fault but is echoed and told as factor Z (decision D47).

use aval_domain::error_code::ErrorCode;
use aval_domain::fraud::request::{
    Browser, Cart, DefinedField, Hedge, Item, Leg, Passenger, Request, Shipping, Travel,
};
use jiff::civil::{Date, DateTime};

use super::faults::Faults;
use super::fraud_body::{
    BrowserBody, CartBody, DefinedFieldBody, FraudBody, ItemBody, PassengerBody, ShippingBody,
    TravelBody,
};
use crate::reader::List;

const ITEMS: &str = "Payment.FraudAnalysis.Cart.Items";
const FIELDS: &str = "Payment.FraudAnalysis.MerchantDefinedFields";
const LEGS: &str = "Payment.FraudAnalysis.Travel.Legs";
const SHIPPING: &str = "Payment.FraudAnalysis.Shipping";

/// Reads the node; what is wrong is told.
pub(super) fn read(sent: &FraudBody, faults: &mut Faults) -> Request {
    let sized = [
        (
            &sent.sequence,
            14,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.Sequence",
        ),
        (
            &sent.sequence_criteria,
            9,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.SequenceCriteria",
        ),
        (
            &sent.finger_print_id,
            50,
            ErrorCode::FINGER_PRINT_LENGTH,
            "Payment.FraudAnalysis.FingerPrintId",
        ),
    ];
    for (text, most, code, field) in sized {
        faults.size(text.as_deref(), most, code, field);
    }
    Request {
        sequence: canonical(
            sent.sequence.as_deref(),
            &["AuthorizeFirst", "AnalyseFirst"],
        ),
        sequence_criteria: canonical(sent.sequence_criteria.as_deref(), &["OnSuccess", "Always"]),
        capture_on_low_risk: sent.capture_on_low_risk,
        void_on_high_risk: sent.void_on_high_risk,
        finger_print_id: sent.finger_print_id.clone(),
        merchant_defined_fields: fields(sent.merchant_defined_fields.as_ref(), faults),
        cart: sent.cart.as_ref().map(|cart| read_cart(cart, faults)),
        travel: sent
            .travel
            .as_ref()
            .map(|travel| read_travel(travel, faults)),
        browser: sent
            .browser
            .as_ref()
            .map(|browser| read_browser(browser, faults)),
        shipping: sent
            .shipping
            .as_ref()
            .map(|shipping| read_shipping(shipping, faults)),
    }
}

/// A known word in the manual's letters, another as sent.
fn canonical(sent: Option<&str>, known: &[&str]) -> Option<String> {
    let sent = sent?;
    let is = |word: &&&str| word.eq_ignore_ascii_case(sent.trim());
    Some(known.iter().find(is).map_or(sent, |word| *word).to_owned())
}

fn read_browser(sent: &BrowserBody, faults: &mut Faults) -> Browser {
    let sized = [
        (
            &sent.email,
            100,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.Browser.Email",
        ),
        (
            &sent.host_name,
            60,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.Browser.HostName",
        ),
        (
            &sent.ip_address,
            15,
            ErrorCode::CUSTOMER_IP,
            "Payment.FraudAnalysis.Browser.IpAddress",
        ),
        (
            &sent.r#type,
            40,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.Browser.Type",
        ),
    ];
    for (text, most, code, field) in sized {
        faults.size(text.as_deref(), most, code, field);
    }
    Browser {
        host_name: sent.host_name.clone(),
        cookies_accepted: sent.cookies_accepted,
        email: sent.email.clone(),
        r#type: sent.r#type.clone(),
        ip_address: sent.ip_address.clone(),
    }
}

fn read_cart(sent: &CartBody, faults: &mut Faults) -> Cart {
    let mut items = Vec::new();
    if let Some(list) = &sent.items {
        if list.has_more {
            faults.add(ErrorCode::FIELD_SIZE, ITEMS);
        }
        for (at, item) in list.elements.iter().enumerate() {
            let Some(item) = item else { continue };
            items.push(read_item(item, at, faults));
        }
    }
    Cart {
        is_gift: sent.is_gift,
        returns_accepted: sent.returns_accepted,
        items,
    }
}

const RISKS: [&str; 3] = ["Low", "Normal", "High"];
const GIFTS: [&str; 3] = ["Yes", "No", "Off"];

fn read_item(sent: &ItemBody, at: usize, faults: &mut Faults) -> Item {
    check_item(sent, at, faults);
    let hedge = |word: &Option<String>| {
        let known = [Hedge::Off, Hedge::Low, Hedge::Normal, Hedge::High];
        let names = known.map(Hedge::name);
        canonical(word.as_deref(), &names)
    };
    let passenger = sent.passenger.as_ref();
    Item {
        r#type: sent.r#type.clone().unwrap_or_default(),
        name: sent.name.clone().unwrap_or_default(),
        risk: canonical(sent.risk.as_deref(), &RISKS),
        sku: sent.sku.clone(),
        unit_price: sent.unit_price,
        quantity: sent.quantity.unwrap_or_default(),
        host_hedge: hedge(&sent.host_hedge),
        non_sensical_hedge: hedge(&sent.non_sensical_hedge),
        obscenities_hedge: hedge(&sent.obscenities_hedge),
        phone_hedge: hedge(&sent.phone_hedge),
        time_hedge: hedge(&sent.time_hedge),
        velocity_hedge: hedge(&sent.velocity_hedge),
        gift_category: canonical(sent.gift_category.as_deref(), &GIFTS),
        passenger: passenger.map(|passenger| read_passenger(passenger, at, faults)),
    }
}

/// What an item must have, and how long it may be.
fn check_item(sent: &ItemBody, at: usize, faults: &mut Faults) {
    let is_empty = |text: &Option<String>| text.as_deref().unwrap_or("").trim().is_empty();
    if is_empty(&sent.name) {
        faults.add_at(ErrorCode::ITEM_NAME_REQUIRED, ITEMS, at, "Name");
    }
    if sent.quantity.is_none() {
        faults.add_at(ErrorCode::ITEM_QUANTITY_REQUIRED, ITEMS, at, "Quantity");
    }
    if is_empty(&sent.r#type) {
        faults.add_at(ErrorCode::ITEM_TYPE_REQUIRED, ITEMS, at, "Type");
    }
    let sized = [
        (
            &sent.gift_category,
            9,
            ErrorCode::FIELD_SIZE,
            "GiftCategory",
        ),
        (
            &sent.non_sensical_hedge,
            6,
            ErrorCode::FIELD_SIZE,
            "NonSensicalHedge",
        ),
        (
            &sent.obscenities_hedge,
            6,
            ErrorCode::FIELD_SIZE,
            "ObscenitiesHedge",
        ),
        (&sent.phone_hedge, 6, ErrorCode::FIELD_SIZE, "PhoneHedge"),
        (&sent.risk, 6, ErrorCode::FIELD_SIZE, "Risk"),
        (
            &sent.velocity_hedge,
            6,
            ErrorCode::FIELD_SIZE,
            "VelocityHedge",
        ),
        (&sent.host_hedge, 255, ErrorCode::FIELD_SIZE, "HostHedge"),
        (&sent.time_hedge, 255, ErrorCode::FIELD_SIZE, "TimeHedge"),
        (&sent.r#type, 255, ErrorCode::FIELD_SIZE, "Type"),
        (&sent.name, 255, ErrorCode::ITEM_NAME_LENGTH, "Name"),
        (&sent.sku, 255, ErrorCode::ITEM_SKU_LENGTH, "Sku"),
    ];
    for (text, most, code, member) in sized {
        size_at(faults, (text, most, code), ITEMS, at, member);
    }
    for (number, member) in [(sent.quantity, "Quantity"), (sent.unit_price, "UnitPrice")] {
        match number {
            Some(number) if number < 0 => {
                faults.add_at(ErrorCode::REQUEST_FORMAT, ITEMS, at, member);
            }
            Some(number) if number > MOST_DIGITS => {
                faults.add_at(ErrorCode::FIELD_SIZE, ITEMS, at, member);
            }
            Some(_) | None => {}
        }
    }
}

/// Fifteen digits.
const MOST_DIGITS: i64 = 999_999_999_999_999;

fn size_at(
    faults: &mut Faults,
    (text, most, code): (&Option<String>, usize, ErrorCode),
    list: &str,
    at: usize,
    member: &str,
) {
    let is_long = |text: &str| text.len() > most && text.chars().count() > most;
    if text.as_deref().is_some_and(is_long) {
        faults.add_at(code, list, at, member);
    }
}

fn read_passenger(sent: &PassengerBody, at: usize, faults: &mut Faults) -> Passenger {
    let sized = [
        (
            &sent.email,
            255,
            ErrorCode::PASSENGER_EMAIL_LENGTH,
            "Passenger.Email",
        ),
        (
            &sent.identity,
            32,
            ErrorCode::FIELD_SIZE,
            "Passenger.Identity",
        ),
        (
            &sent.name,
            120,
            ErrorCode::PASSENGER_NAME_LENGTH,
            "Passenger.Name",
        ),
        (&sent.rating, 255, ErrorCode::FIELD_SIZE, "Passenger.Rating"),
        (
            &sent.phone,
            15,
            ErrorCode::PASSENGER_PHONE_LENGTH,
            "Passenger.Phone",
        ),
        (
            &sent.status,
            32,
            ErrorCode::PASSENGER_STATUS_LENGTH,
            "Passenger.Status",
        ),
    ];
    for (text, most, code, member) in sized {
        size_at(faults, (text, most, code), ITEMS, at, member);
    }
    Passenger {
        name: sent.name.clone(),
        identity: sent.identity.clone(),
        status: sent.status.clone(),
        rating: sent.rating.clone(),
        email: sent.email.clone(),
        phone: sent.phone.clone(),
    }
}

/// A field without a number is no field; one beyond 1 to 100 is echoed, and told by the analysis.
fn fields(sent: Option<&List<DefinedFieldBody>>, faults: &mut Faults) -> Vec<DefinedField> {
    let mut all = Vec::new();
    let Some(sent) = sent else { return all };
    if sent.has_more {
        faults.add(ErrorCode::FIELD_SIZE, FIELDS);
    }
    for (at, field) in sent.elements.iter().enumerate() {
        let Some(field) = field else { continue };
        let value = (&field.value, 255, ErrorCode::DEFINED_FIELD_LENGTH);
        size_at(faults, value, FIELDS, at, "Value");
        match field.id {
            Some(id) => all.push(DefinedField {
                id,
                value: field.value.clone(),
            }),
            None => faults.add_at(ErrorCode::REQUEST_FORMAT, FIELDS, at, "Id"),
        }
    }
    all
}

/// A delivery that was sent says something of it (210).
fn read_shipping(sent: &ShippingBody, faults: &mut Faults) -> Shipping {
    let all = [&sent.addressee, &sent.method, &sent.phone];
    if all
        .iter()
        .all(|text| text.as_deref().unwrap_or("").trim().is_empty())
    {
        faults.add(ErrorCode::SHIPPING_REQUIRED, SHIPPING);
    }
    let sized = [
        (
            &sent.addressee,
            255,
            ErrorCode::ADDRESSEE_LENGTH,
            "Payment.FraudAnalysis.Shipping.Addressee",
        ),
        (
            &sent.method,
            255,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.Shipping.Method",
        ),
        (
            &sent.phone,
            15,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.Shipping.Phone",
        ),
    ];
    for (text, most, code, field) in sized {
        faults.size(text.as_deref(), most, code, field);
    }
    Shipping {
        addressee: sent.addressee.clone(),
        phone: sent.phone.clone(),
        method: sent.method.clone(),
    }
}

fn read_travel(sent: &TravelBody, faults: &mut Faults) -> Travel {
    let sized = [
        (
            &sent.departure_time,
            23,
            ErrorCode::FIELD_SIZE,
            "Payment.FraudAnalysis.Travel.DepartureTime",
        ),
        (
            &sent.journey_type,
            32,
            ErrorCode::JOURNEY_TYPE_LENGTH,
            "Payment.FraudAnalysis.Travel.JourneyType",
        ),
        (
            &sent.route,
            255,
            ErrorCode::ROUTE_LENGTH,
            "Payment.FraudAnalysis.Travel.Route",
        ),
    ];
    for (text, most, code, field) in sized {
        faults.size(text.as_deref(), most, code, field);
    }
    let mut legs = Vec::new();
    if let Some(list) = &sent.legs {
        if list.has_more {
            faults.add(ErrorCode::FIELD_SIZE, LEGS);
        }
        for (at, leg) in list.elements.iter().enumerate() {
            let Some(leg) = leg else { continue };
            let to = (&leg.destination, 3, ErrorCode::LEG_DESTINATION_LENGTH);
            size_at(faults, to, LEGS, at, "Destination");
            let from = (&leg.origin, 3, ErrorCode::LEG_ORIGIN_LENGTH);
            size_at(faults, from, LEGS, at, "Origin");
            legs.push(Leg {
                destination: leg.destination.clone(),
                origin: leg.origin.clone(),
            });
        }
    }
    Travel {
        route: sent.route.clone(),
        departure_time: sent.departure_time.as_deref().map(moment),
        journey_type: sent.journey_type.clone(),
        legs,
    }
}

/// `yyyy-MM-ddTHH:mm:ss` (R157), or as sent when it is no date.
fn moment(sent: &str) -> String {
    let text = sent.trim();
    let at: Option<DateTime> = text.parse().ok();
    let at = at.or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    at.map_or_else(
        || sent.to_owned(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
    )
}
