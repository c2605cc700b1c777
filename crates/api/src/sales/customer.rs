//! The buyer in a request: wire form, sizes, echo.
//!
//! Invariant: sizes are counted in characters (field limits of the manual, lines 608 to 627).

use aval_domain::customer::{Address, Customer};
use aval_domain::error_code::ErrorCode;
use aval_domain::time::parse_day;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::faults::Faults;

/// The buyer.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomerBody {
    /// Name, at most 255.
    pub name: Option<String>,
    /// RG, CPF or CNPJ, at most 14.
    pub identity: Option<String>,
    /// CPF or CNPJ.
    pub identity_type: Option<String>,
    /// E-mail, at most 255.
    pub email: Option<String>,
    /// yyyy-MM-dd.
    pub birthdate: Option<String>,
    /// NEW or EXISTING.
    pub status: Option<String>,
    /// Billing address.
    pub address: Option<AddressBody>,
    /// Delivery address.
    pub delivery_address: Option<AddressBody>,
}

/// An address.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AddressBody {
    /// Street, at most 255.
    pub street: Option<String>,
    /// House number, at most 15.
    pub number: Option<String>,
    /// Flat, floor, block, at most 50.
    pub complement: Option<String>,
    /// Postal code, at most 9.
    pub zip_code: Option<String>,
    /// City, at most 50.
    pub city: Option<String>,
    /// State, 2.
    pub state: Option<String>,
    /// Country, at most 35.
    pub country: Option<String>,
    /// District, at most 50.
    pub district: Option<String>,
}

/// Reads the buyer of a card sale: the node is required, its members are not, and a name that is
/// sent must not be empty.
pub(crate) fn read(body: Option<&CustomerBody>, today: Date, faults: &mut Faults) -> Customer {
    let Some(body) = body else {
        faults.add(ErrorCode::CUSTOMER_REQUIRED, "Customer");
        return Customer::default();
    };
    if body
        .name
        .as_deref()
        .is_some_and(|name| name.trim().is_empty())
    {
        faults.add(ErrorCode::CUSTOMER_NAME_REQUIRED, "Customer.Name");
    }
    let sizes = [
        (
            &body.name,
            255,
            ErrorCode::CUSTOMER_NAME_LENGTH,
            "Customer.Name",
        ),
        (
            &body.identity,
            14,
            ErrorCode::IDENTITY_LENGTH,
            "Customer.Identity",
        ),
        (
            &body.identity_type,
            255,
            ErrorCode::IDENTITY_TYPE_LENGTH,
            "Customer.IdentityType",
        ),
        (&body.email, 255, ErrorCode::EMAIL_LENGTH, "Customer.Email"),
        (&body.status, 255, ErrorCode::FIELD_SIZE, "Customer.Status"),
    ];
    for (value, most, code, field) in sizes {
        faults.size(value.as_deref(), most, code, field);
    }
    Customer {
        name: body.name.clone(),
        identity: body.identity.clone(),
        identity_type: body.identity_type.clone(),
        email: body.email.clone(),
        birthdate: birthdate(body.birthdate.as_deref(), today, faults),
        status: body.status.clone(),
        address: body
            .address
            .as_ref()
            .map(|body| address(body, &ADDRESS, faults)),
        delivery_address: body
            .delivery_address
            .as_ref()
            .map(|b| address(b, &DELIVERY, faults)),
    }
}

/// A birth date in the form that is echoed; an empty one counts as not sent.
fn birthdate(sent: Option<&str>, today: Date, faults: &mut Faults) -> Option<String> {
    const FIELD: &str = "Customer.Birthdate";
    let sent = sent.map(str::trim).filter(|text| !text.is_empty())?;
    match parse_day(sent) {
        Some(day) if day <= today => Some(day.to_string()),
        Some(_) => {
            faults.add(ErrorCode::BIRTHDATE, FIELD);
            None
        }
        None => {
            faults.size(Some(sent), 10, ErrorCode::FIELD_SIZE, FIELD);
            faults.add(ErrorCode::BIRTHDATE, FIELD);
            None
        }
    }
}

/// The paths of an address's members, in the order of [`address`].
type Paths = [&'static str; 8];

const ADDRESS: Paths = [
    "Customer.Address.Street",
    "Customer.Address.Number",
    "Customer.Address.Complement",
    "Customer.Address.ZipCode",
    "Customer.Address.City",
    "Customer.Address.State",
    "Customer.Address.Country",
    "Customer.Address.District",
];
const DELIVERY: Paths = [
    "Customer.DeliveryAddress.Street",
    "Customer.DeliveryAddress.Number",
    "Customer.DeliveryAddress.Complement",
    "Customer.DeliveryAddress.ZipCode",
    "Customer.DeliveryAddress.City",
    "Customer.DeliveryAddress.State",
    "Customer.DeliveryAddress.Country",
    "Customer.DeliveryAddress.District",
];

fn address(body: &AddressBody, paths: &Paths, faults: &mut Faults) -> Address {
    let sizes = [
        (&body.street, 255, ErrorCode::STREET_LENGTH),
        (&body.number, 15, ErrorCode::NUMBER_LENGTH),
        (&body.complement, 50, ErrorCode::COMPLEMENT_LENGTH),
        (&body.zip_code, 9, ErrorCode::ZIP_CODE_LENGTH),
        (&body.city, 50, ErrorCode::CITY_LENGTH),
        (&body.state, 2, ErrorCode::STATE_LENGTH),
        (&body.country, 35, ErrorCode::ADDRESS_COUNTRY_LENGTH),
        (&body.district, 50, ErrorCode::DISTRICT_LENGTH),
    ];
    for ((value, most, code), field) in sizes.into_iter().zip(paths) {
        faults.size(value.as_deref(), most, code, field);
    }
    Address {
        street: body.street.clone(),
        number: body.number.clone(),
        complement: body.complement.clone(),
        zip_code: body.zip_code.clone(),
        city: body.city.clone(),
        state: body.state.clone(),
        country: body.country.clone(),
        district: body.district.clone(),
    }
}
