//! The flat table of routes.
//!
//! Invariant: every call of the API stands in [`ROUTES`] once. Paths are read as real clients write
//! them: any case, a trailing or a double slash, `/v1` for `/1` (live behaviour, "Requests that
//! real clients send").

use aval_domain::error_code::ErrorCode;
use http::Method;

use super::error::ApiError;
use super::recurrence::Part;
use crate::server::Role;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// POST /1/sales
    CreateSale,
    /// GET /1/sales?merchantOrderId=
    SalesOfOrder,
    /// GET /1/sales/{PaymentId}
    Sale,
    /// PUT /1/sales/{PaymentId}/capture
    Capture,
    /// PUT /1/sales/{PaymentId or MerchantOrderId}/void
    Void,
    /// PUT /1/sales/OrderId/{MerchantOrderId}/void
    VoidOrder,
    /// POST /1/card
    CreateCard,
    /// GET /1/card/{CardToken}
    Card,
    /// GET /1/RecurrentPayment/{RecurrentPaymentId}
    Recurrence,
    /// PUT /1/RecurrentPayment/{RecurrentPaymentId}/…
    ChangeRecurrence(Part),
}

impl Route {
    /// The route's name in logs, metrics and the digests of kept requests; once given it stays.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::CreateSale => "create_sale",
            Self::SalesOfOrder => "sales_of_order",
            Self::Sale => "sale",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::VoidOrder => "void_order",
            Self::CreateCard => "create_card",
            Self::Card => "card",
            Self::Recurrence => "recurrence",
            Self::ChangeRecurrence(part) => match part {
                Part::Customer => "recurrence_customer",
                Part::EndDate => "recurrence_end_date",
                Part::Installments => "recurrence_installments",
                Part::Interval => "recurrence_interval",
                Part::RecurrencyDay => "recurrence_day",
                Part::Amount => "recurrence_amount",
                Part::NextPaymentDate => "recurrence_next_date",
                Part::Payment => "recurrence_payment",
                Part::Deactivate => "recurrence_deactivate",
                Part::Reactivate => "recurrence_reactivate",
            },
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What it does.
    pub route: Route,
    /// Its method.
    pub method: &'static str,
    /// Its path; `{}` stands for one segment that is taken as it is.
    pub path: &'static str,
    /// The listener it belongs to.
    pub role: Role,
}

const fn row(route: Route, method: &'static str, path: &'static str, role: Role) -> Row {
    Row {
        route,
        method,
        path,
        role,
    }
}

const fn recurrence(part: Part, path: &'static str) -> Row {
    row(
        Route::ChangeRecurrence(part),
        "PUT",
        path,
        Role::Transactional,
    )
}

/// Every call of the API.
pub const ROUTES: [Row; 19] = [
    row(Route::CreateSale, "POST", "/1/sales", Role::Transactional),
    row(Route::SalesOfOrder, "GET", "/1/sales", Role::Query),
    row(Route::Sale, "GET", "/1/sales/{}", Role::Query),
    row(
        Route::Capture,
        "PUT",
        "/1/sales/{}/capture",
        Role::Transactional,
    ),
    row(Route::Void, "PUT", "/1/sales/{}/void", Role::Transactional),
    row(
        Route::VoidOrder,
        "PUT",
        "/1/sales/OrderId/{}/void",
        Role::Transactional,
    ),
    row(Route::CreateCard, "POST", "/1/card", Role::Transactional),
    row(Route::Card, "GET", "/1/card/{}", Role::Query),
    row(
        Route::Recurrence,
        "GET",
        "/1/RecurrentPayment/{}",
        Role::Query,
    ),
    recurrence(Part::Customer, "/1/RecurrentPayment/{}/Customer"),
    recurrence(Part::EndDate, "/1/RecurrentPayment/{}/EndDate"),
    recurrence(Part::Installments, "/1/RecurrentPayment/{}/Installments"),
    recurrence(Part::Interval, "/1/RecurrentPayment/{}/Interval"),
    recurrence(Part::RecurrencyDay, "/1/RecurrentPayment/{}/RecurrencyDay"),
    recurrence(Part::Amount, "/1/RecurrentPayment/{}/Amount"),
    recurrence(
        Part::NextPaymentDate,
        "/1/RecurrentPayment/{}/NextPaymentDate",
    ),
    recurrence(Part::Payment, "/1/RecurrentPayment/{}/Payment"),
    recurrence(Part::Deactivate, "/1/RecurrentPayment/{}/Deactivate"),
    recurrence(Part::Reactivate, "/1/RecurrentPayment/{}/Reactivate"),
];

/// A request that found its route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// What it asks for.
    pub route: Route,
    /// The listener it belongs to.
    pub role: Role,
    /// The segment in the place of `{}`, decoded.
    pub argument: String,
}

/// Finds the route of a request.
///
/// # Errors
/// 404 when no row has the path, 405 when rows have it with other methods only.
pub fn find(method: &Method, path: &str) -> Result<Matched, ApiError> {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let mut allowed = None;
    for row in &ROUTES {
        let Some(argument) = matches(row.path, &segments) else {
            continue;
        };
        if method.as_str() == row.method {
            let argument = argument.map(decode).unwrap_or_default();
            return Ok(Matched {
                route: row.route,
                role: row.role,
                argument,
            });
        }
        allowed = Some(match allowed {
            None => row.method,
            Some(_) => "GET, POST",
        });
    }
    Err(allowed.map_or(ApiError::NoRoute, ApiError::MethodNotAllowed))
}

/// The argument of a path that matches, if it has one.
pub fn matches<'a>(template: &str, segments: &[&'a str]) -> Option<Option<&'a str>> {
    let mut argument = None;
    let mut given = segments.iter();
    for expected in template.split('/').skip(1) {
        let segment = *given.next()?;
        let fits = match expected {
            "{}" => {
                argument = Some(segment);
                true
            }
            "1" => segment == "1" || segment.eq_ignore_ascii_case("v1"),
            word => segment.eq_ignore_ascii_case(word),
        };
        if !fits {
            return None;
        }
    }
    given.next().is_none().then_some(argument)
}

/// Percent-decodes a segment.
pub fn decode(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment)
        .decode_utf8_lossy()
        .into_owned()
}

/// The last value of a query parameter, by its name in any case, decoded; an empty one is absent.
#[must_use]
pub fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    given(query, name).filter(|value| !value.is_empty())
}

/// The same, also when it is empty.
fn given(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(query.unwrap_or("").as_bytes());
    let found = pairs
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .last();
    found.map(|(_, value)| value.trim().to_owned())
}

/// A number in a query parameter. An empty one is no number: whoever sends it lost the amount, and
/// must not move all the money for it.
///
/// # Errors
/// `code` with the parameter's name when it is no whole number.
pub fn number(
    query: Option<&str>,
    name: &'static str,
    code: ErrorCode,
) -> Result<Option<i64>, ApiError> {
    let Some(text) = given(query, name) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| ApiError::one(code, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: Method, path: &str) -> Result<(Route, String), ApiError> {
        find(&method, path).map(|matched| (matched.route, matched.argument))
    }

    /// Answers are kept under digests that hold them, and operators have queries with them.
    #[test]
    fn labels_stay_as_they_were_given() {
        let labels = ROUTES.map(|row| row.route.label());
        assert_eq!(
            labels,
            [
                "create_sale",
                "sales_of_order",
                "sale",
                "capture",
                "void",
                "void_order",
                "create_card",
                "card",
                "recurrence",
                "recurrence_customer",
                "recurrence_end_date",
                "recurrence_installments",
                "recurrence_interval",
                "recurrence_day",
                "recurrence_amount",
                "recurrence_next_date",
                "recurrence_payment",
                "recurrence_deactivate",
                "recurrence_reactivate",
            ]
        );
    }

    #[test]
    fn paths_are_read_as_clients_write_them() {
        for path in [
            "/1/sales",
            "/1/sales/",
            "//1/sales",
            "/v1/Sales/",
            "/1//SALES",
        ] {
            assert_eq!(
                route(Method::POST, path).unwrap().0,
                Route::CreateSale,
                "{path}"
            );
        }
        let id = "24bc8366-fc31-4d6c-8555-17049a836a07";
        let capture = format!("/1/sales/{id}/Capture");
        assert_eq!(
            route(Method::PUT, &capture),
            Ok((Route::Capture, id.to_owned()))
        );
        let order = "/1/sales/orderid/Ab%20C/void";
        assert_eq!(
            route(Method::PUT, order),
            Ok((Route::VoidOrder, "Ab C".to_owned()))
        );
        let named_like_us = "/1/sales/OrderId/void";
        assert_eq!(route(Method::PUT, named_like_us).unwrap().0, Route::Void);
    }

    #[test]
    fn unknown_paths_are_404_and_other_methods_405() {
        assert_eq!(route(Method::GET, "/1/nothing"), Err(ApiError::NoRoute));
        assert_eq!(route(Method::GET, "/"), Err(ApiError::NoRoute));
        assert_eq!(
            route(Method::DELETE, "/1/sales"),
            Err(ApiError::MethodNotAllowed("GET, POST"))
        );
        assert_eq!(
            route(Method::POST, "/1/sales/x"),
            Err(ApiError::MethodNotAllowed("GET"))
        );
    }

    #[test]
    fn parameters_are_found_in_any_case_and_the_last_counts() {
        let query = Some("Amount=1&amount=%2B2&serviceTaxAmount=");
        assert_eq!(parameter(query, "amount").as_deref(), Some("+2"));
        assert_eq!(parameter(query, "serviceTaxAmount"), None);
        assert_eq!(parameter(None, "amount"), None);
        let wrong = number(Some("amount=1.5"), "amount", ErrorCode::REQUEST_FORMAT);
        let refused = Err(ApiError::one(ErrorCode::REQUEST_FORMAT, "amount"));
        assert_eq!(wrong, refused);
        for empty in ["amount=", "amount", "amount=%20", "amount=1&Amount="] {
            let wrong = number(Some(empty), "amount", ErrorCode::REQUEST_FORMAT);
            assert_eq!(wrong, refused, "{empty}");
        }
        let absent = number(Some("x=1"), "amount", ErrorCode::REQUEST_FORMAT);
        assert_eq!(absent, Ok(None));
    }
}
