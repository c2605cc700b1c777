//! `/invitation/{invitation}`: who has the link chooses a password and is a user.
//!
//! Invariant: a link that holds no more, was used or was never made is told by one page.

use askama::Template;
use aval_domain::id::MerchantId;
use aval_domain::user::SHORTEST_PASSWORD;
use aval_gateway::access::Origin;
use aval_gateway::access::users::{self, Refusal};
use axum::response::Response;
use http::StatusCode;

use super::super::access::session;
use super::super::account::LONGEST;
use super::super::context::Visit;
use super::super::failure::Failure;
use super::super::layout::{Layout, answer, role_name};
use super::super::see_other;
use super::text::Texts;

#[derive(Template)]
#[template(path = "backoffice/users/invitation.html")]
struct InvitationPage {
    layout: Layout,
    t: &'static Texts,
    path: String,
    merchant: String,
    establishment: String,
    login: String,
    role: &'static str,
    wrong: Option<&'static str>,
}

/// The merchant and the token that a link holds.
fn named(visit: &Visit) -> Option<(MerchantId, String)> {
    let (merchant, token) = visit.argument(0).split_once('.')?;
    Some((MerchantId::parse(merchant)?, token.to_owned()))
}

/// Shows who is invited and asks for a password.
pub async fn show(visit: &Visit) -> Result<Response, Failure> {
    page(visit, None).await
}

async fn page(visit: &Visit, wrong: Option<&'static str>) -> Result<Response, Failure> {
    let (merchant, token) = named(visit).ok_or(Failure::NotFound)?;
    let app = &visit.server.app;
    let found = users::invitation(app, merchant, &token).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let merchant = app.storage.merchant(merchant).await?;
    let merchant = merchant.ok_or(Failure::NotFound)?;
    let layout = Layout::of_anyone(visit);
    let page = InvitationPage {
        t: Texts::of(visit.language),
        path: visit.path.clone(),
        merchant: merchant.name,
        establishment: merchant.establishment,
        login: found.login,
        role: role_name(layout.t, found.role),
        layout,
        wrong,
    };
    let status = match wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok(answer(status, &page.layout, &page))
}

impl InvitationPage {
    const fn shortest(&self) -> usize {
        SHORTEST_PASSWORD
    }
}

/// Takes the password: fields `new`, `again`.
pub async fn accept(visit: &Visit) -> Result<Response, Failure> {
    let t = Texts::of(visit.language);
    let (merchant, token) = named(visit).ok_or(Failure::NotFound)?;
    let [new, again] = ["new", "again"].map(|name| visit.form.secret(name, LONGEST));
    if *new != *again {
        return page(visit, Some(t.differ)).await;
    }
    let address = visit.from();
    let from = Origin {
        address: &address,
        agent: visit.agent(),
    };
    let app = &visit.server.app;
    match users::accept(app, merchant, &token, new, from).await? {
        Ok(begun) => {
            let secure = visit.server.office.secure;
            let cookie = session::cookie(merchant, &begun.token, secure);
            Ok(see_other("/", vec![cookie]))
        }
        Err(Refusal::Weak) => page(visit, Some(t.weak)).await,
        Err(Refusal::NotFound | Refusal::Taken | Refusal::Wrong | Refusal::LastAdministrator) => {
            Err(Failure::NotFound)
        }
    }
}
