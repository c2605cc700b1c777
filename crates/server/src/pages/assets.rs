//! Style, script and icon of the pages, embedded in the program.
//!
//! Invariant: an address names its content, so a browser may keep it for ever; nothing comes from
//! another host.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};

/// An embedded file.
struct Asset {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

static CSS: Asset = Asset {
    path: "/assets/aval.css",
    kind: "text/css; charset=utf-8",
    text: include_str!("../../assets/aval.css"),
};
static BUYER_CSS: Asset = Asset {
    path: "/assets/buyer.css",
    kind: "text/css; charset=utf-8",
    text: include_str!("../../assets/buyer.css"),
};
static JS: Asset = Asset {
    path: "/assets/aval.js",
    kind: "text/javascript; charset=utf-8",
    text: include_str!("../../assets/aval.js"),
};
static ICON: Asset = Asset {
    path: "/assets/icon.svg",
    kind: "image/svg+xml",
    text: include_str!("../../assets/icon.svg"),
};

static OFFICE_CSS: Asset = Asset {
    path: "/assets/backoffice.css",
    kind: "text/css; charset=utf-8",
    text: include_str!("../../assets/backoffice.css"),
};
static OFFICE_JS: Asset = Asset {
    path: "/assets/backoffice.js",
    kind: "text/javascript; charset=utf-8",
    text: include_str!("../../assets/backoffice.js"),
};
static HTMX: Asset = Asset {
    path: "/assets/htmx.js",
    kind: "text/javascript; charset=utf-8",
    text: include_str!("../../assets/vendor/htmx.min.js"),
};

/// Address of the style.
pub(super) static CSS_PATH: LazyLock<String> = LazyLock::new(|| CSS.address());
/// Address of the style of buyers' pages.
pub(super) static BUYER_CSS_PATH: LazyLock<String> = LazyLock::new(|| BUYER_CSS.address());
/// Address of the script.
pub(crate) static JS_PATH: LazyLock<String> = LazyLock::new(|| JS.address());
/// Address of the style of the back office.
pub(crate) static OFFICE_CSS_PATH: LazyLock<String> = LazyLock::new(|| OFFICE_CSS.address());
/// Address of the script of the back office.
pub(crate) static OFFICE_JS_PATH: LazyLock<String> = LazyLock::new(|| OFFICE_JS.address());
/// Address of htmx.
pub(crate) static HTMX_PATH: LazyLock<String> = LazyLock::new(|| HTMX.address());
/// Address of the icon.
pub(crate) static ICON_PATH: LazyLock<String> = LazyLock::new(|| ICON.address());

impl Asset {
    /// Path and a hash of the content (FNV-1a: it has to tell versions, not attackers).
    fn address(&self) -> String {
        let hash = self
            .text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        format!("{}?v={hash:016x}", self.path)
    }

    fn respond(&self) -> Response {
        let mut response = Response::new(Body::from(self.text));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let keep = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(CACHE_CONTROL, keep);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

const ALL: [&Asset; 7] = [&CSS, &BUYER_CSS, &JS, &ICON, &OFFICE_CSS, &OFFICE_JS, &HTMX];

/// The asset of a path, on listeners without routes.
#[must_use]
pub fn find(path: &str) -> Option<Response> {
    let found = ALL.iter().find(|asset| asset.path == path);
    found.map(|asset| asset.respond())
}

/// The routes of all assets.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new();
    for asset in ALL {
        router = router.route(asset.path, get(async move || asset.respond()));
    }
    router
}
