//! `/account/second-factor`: an authenticator is set up, recovery codes are shown, both go.
//!
//! Invariant: taking away or renewing asks for the password again; a secret and codes are shown on
//! one page, which nobody keeps.

use askama::Template;
use aval_domain::user::Role;
use aval_gateway::access::second_factor::{self, Codes, Setup};
use aval_gateway::access::sign_in;
use aval_gateway::access::users::Refusal;
use aval_gateway::app::Environment;
use axum::response::Response;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcodegen::{QrCode, QrCodeEcc};

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::{Layout, answer};
use super::super::see_other;
use super::LONGEST;
use super::text::Texts;

#[derive(Template)]
#[template(path = "backoffice/account/factor.html")]
struct FactorPage {
    layout: Layout,
    t: &'static Texts,
    login: String,
    is_demanded: bool,
    setup: Option<ShownSetup>,
    codes: Vec<String>,
    codes_left: usize,
    wrong: Option<&'static str>,
}

/// An authenticator that is being set up, as it is shown.
struct ShownSetup {
    sealed: String,
    secret: String,
    size: i32,
    path: String,
}

/// Whether a user has yet to set up a second factor before anything else: administrators in
/// production, and all of a merchant that asks for it.
pub(in super::super) fn is_missing(context: &Context) -> bool {
    let in_production = context.server.app.environment == Environment::Production;
    let demanded = context.merchant.settings.second_factor_required
        || (in_production && context.user.role == Role::Administrator);
    demanded && context.user.second_factor.is_none()
}

/// Shows how to set up, or what is set up.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let setup = match context.user.second_factor {
        Some(_) => None,
        None => Some(second_factor::begin(&context.server.app, &context.user)?),
    };
    Ok(page(context, setup, Vec::new(), None))
}

fn page(
    context: &Context,
    setup: Option<Setup>,
    codes: Codes,
    wrong: Option<&'static str>,
) -> Response {
    let factor = context.user.second_factor.as_ref();
    let page = FactorPage {
        layout: context.layout(),
        t: Texts::of(context.language),
        login: context.user.login.clone(),
        is_demanded: is_missing(context),
        setup: setup.map(|setup| shown(context, &setup)),
        codes: codes.iter().map(|code| code.to_string()).collect(),
        codes_left: factor.map_or(0, |factor| factor.recovery.len()),
        wrong,
    };
    let status = match wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    answer(status, &page.layout, &page)
}

/// The secret in fours, and the QR code of the address that authenticators read.
fn shown(context: &Context, setup: &Setup) -> ShownSetup {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let label = format!(
        "{}:{}@{}",
        encode("Aval"),
        encode(&context.user.login),
        context.merchant.establishment
    );
    let address = format!(
        "otpauth://totp/{label}?secret={}&issuer=Aval",
        *setup.secret
    );
    let (size, path) = qr(&address);
    let mut secret = String::new();
    for (at, sign) in setup.secret.chars().enumerate() {
        if at > 0 && at.is_multiple_of(4) {
            secret.push(' ');
        }
        secret.push(sign);
    }
    ShownSetup {
        sealed: setup.sealed.clone(),
        secret,
        size,
        path,
    }
}

/// Modules on a side, with the quiet zone of four, and the path of the dark ones.
fn qr(text: &str) -> (i32, String) {
    use std::fmt::Write as _;
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return (0, String::new());
    };
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let (x, y) = (x.saturating_add(4), y.saturating_add(4));
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    (code.size().saturating_add(8), path)
}

/// `POST /account/second-factor`: fields `setup`, `code`.
pub async fn confirm(context: &Context) -> Result<Response, Failure> {
    let app = &context.server.app;
    if context.user.second_factor.is_some() {
        return Ok(see_other("/account/second-factor", Vec::new()));
    }
    let (sealed, code) = (context.form.value("setup"), context.form.value("code"));
    let address = context.from();
    let of = (&context.user, &context.session);
    let from = context.origin(&address);
    let set = second_factor::confirm(app, of, &sealed, &code, from).await?;
    match set {
        Ok(codes) => Ok(page(context, None, codes, None)),
        Err(Refusal::NotFound) => Err(Failure::NotFound),
        Err(Refusal::Wrong | Refusal::Weak | Refusal::Taken | Refusal::LastAdministrator) => {
            let again = second_factor::again(app, &context.user, &sealed);
            let setup = match again {
                Some(setup) => setup,
                None => second_factor::begin(app, &context.user)?,
            };
            let t = Texts::of(context.language);
            Ok(page(context, Some(setup), Vec::new(), Some(t.code_wrong)))
        }
    }
}

/// Whether the password was given again.
async fn is_confirmed(context: &Context) -> Result<bool, Failure> {
    let address = context.from();
    let password = context.form.secret("password", LONGEST);
    let from = context.origin(&address);
    let confirmed = sign_in::confirms(&context.server.app, &context.user, password, from);
    Ok(confirmed.await?)
}

/// `POST /account/second-factor/codes`: field `password`.
pub async fn renew_codes(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    if context.user.second_factor.is_none() {
        return Ok(see_other("/account/second-factor", Vec::new()));
    }
    if !is_confirmed(context).await? {
        return Ok(page(context, None, Vec::new(), Some(t.wrong)));
    }
    let address = context.from();
    let of = (&context.user, &context.session);
    let from = context.origin(&address);
    let renewed = second_factor::renew_codes(&context.server.app, of, from).await?;
    let codes = renewed.map_err(|_| Failure::NotFound)?;
    Ok(page(context, None, codes, None))
}

/// `POST /account/second-factor/remove`: field `password`.
pub async fn remove(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    if context.user.second_factor.is_none() {
        return Ok(see_other("/account/second-factor", Vec::new()));
    }
    if !is_confirmed(context).await? {
        return Ok(page(context, None, Vec::new(), Some(t.wrong)));
    }
    let (user, own) = (&context.user, Some(&context.session));
    let address = context.from();
    let from = context.origin(&address);
    let app = &context.server.app;
    let removed = second_factor::remove(app, user, own, &user.login, from).await?;
    removed.map_err(|_| Failure::NotFound)?;
    Ok(see_other("/account?told=factor", Vec::new()))
}
