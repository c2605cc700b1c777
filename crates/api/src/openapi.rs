//! The document of the API as it is served.
//!
//! Invariant: it is the committed copy, docs/api/openapi.json, which a test keeps equal to what the
//! code says: so the program does not carry what composes the document, almost a MiB.

use aval_gateway::operations::keep::Rendered;
use http::Method;

use crate::call::Answer;
use crate::error::ApiError;

/// The copy that is served.
pub const COPY: &str = include_str!("../../../docs/api/openapi.json");

/// Where the document is, on every listener; it is no call of the API and asks for no credentials.
pub(crate) const PATH: &str = "/openapi.json";

/// The document, for whoever reads it.
pub(crate) fn answer(method: &Method) -> Result<Answer, ApiError> {
    if ![Method::GET, Method::HEAD].contains(method) {
        return Err(ApiError::MethodNotAllowed("GET, HEAD"));
    }
    let rendered = Rendered {
        status: 200,
        body: COPY.to_owned(),
        location: None,
    };
    Ok(rendered.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_read_only() {
        assert!(answer(&Method::GET).is_ok() && answer(&Method::HEAD).is_ok());
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let refused = answer(&method).unwrap_err();
            assert_eq!(refused, ApiError::MethodNotAllowed("GET, HEAD"), "{method}");
        }
    }
}
