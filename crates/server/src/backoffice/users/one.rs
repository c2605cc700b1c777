//! `/users/{user}`: one user: role, access, second factor, sessions.
//!
//! Invariant: a user who does not exist is told before anything else of a form is looked at.

use askama::Template;
use aval_domain::audit::Act;
use aval_domain::user::{Role, User};
use aval_gateway::access::second_factor;
use aval_gateway::access::users::{self, Refusal};
use axum::response::Response;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::account::{ShownSession, sessions, shown_session};
use super::super::context::Context;
use super::super::failure::Failure;
use super::super::layout::{Layout, answer, role_name};
use super::super::{see_other, show as shown};
use super::text::Texts;
use super::{ShownRole, roles};

#[derive(Template)]
#[template(path = "backoffice/users/one.html")]
struct UserPage {
    layout: Layout,
    t: &'static Texts,
    login: String,
    path: String,
    name: String,
    email: String,
    role: &'static str,
    role_label: &'static str,
    roles: Vec<ShownRole>,
    is_self: bool,
    is_blocked: bool,
    is_locked: bool,
    has_factor: bool,
    made: String,
    signed_in: String,
    sessions: Vec<ShownSession>,
    wrong: Option<&'static str>,
}

async fn found(context: &Context) -> Result<User, Failure> {
    let login = context.argument(0);
    let user = context.server.app.storage.user(context.of(), login).await?;
    user.ok_or(Failure::NotFound)
}

/// The address of a user's page.
pub(super) fn path(login: &str) -> String {
    format!("/users/{}", utf8_percent_encode(login, NON_ALPHANUMERIC))
}

/// Shows a user.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let user = found(context).await?;
    page(context, user, None).await
}

async fn page(
    context: &Context,
    user: User,
    wrong: Option<&'static str>,
) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let told = match context.parameter("told").as_str() {
        "role" => Some(t.told_role),
        "blocked" => Some(t.told_blocked),
        "unblocked" => Some(t.told_unblocked),
        "unlocked" => Some(t.told_unlocked),
        "factor" => Some(t.told_factor),
        "ended" => Some(t.told_ended),
        _ => None,
    };
    let storage = &context.server.app.storage;
    let tried = storage.sign_ins(context.of(), &user.login).await?;
    let open = sessions(context, &user.login).await?;
    let signed_in = tried.as_ref().and_then(|tried| tried.signed_in_at);
    let signed_in = signed_in.map(|at| shown::moment(at, context.language));
    let layout = context.layout().telling(told);
    let page = UserPage {
        t,
        path: path(&user.login),
        role: user.role.name(),
        role_label: role_name(layout.t, user.role),
        roles: roles(context),
        is_self: user.login == context.user.login,
        is_blocked: user.blocked,
        is_locked: tried.is_some_and(|tried| tried.is_locked(context.real())),
        has_factor: user.second_factor.is_some(),
        made: shown::moment(user.created_at, context.language),
        signed_in: signed_in.unwrap_or_else(|| t.never.to_owned()),
        sessions: open.iter().map(|one| shown_session(context, one)).collect(),
        login: user.login,
        name: user.name.unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        layout,
        wrong,
    };
    let status = match wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok(answer(status, &page.layout, &page))
}

/// Changes the user that the path names, and goes back to him.
async fn change(
    context: &Context,
    action: &str,
    detail: &str,
    told: &str,
    change: impl Fn(&mut User),
) -> Result<Response, Failure> {
    let user = found(context).await?;
    let act = Act::new(&context.user.login, action, &user.login)
        .with(detail)
        .from(&context.from());
    let is_self = user.login == context.user.login;
    let own = is_self.then_some(&context.session);
    let app = &context.server.app;
    let changed = users::change(app, context.of(), &user.login, &act, own, change).await?;
    match changed {
        Ok(user) => {
            let to = format!("{}?told={told}", path(&user.login));
            Ok(see_other(&to, Vec::new()))
        }
        Err(Refusal::LastAdministrator) => {
            let t = Texts::of(context.language);
            page(context, user, Some(t.last_administrator)).await
        }
        Err(Refusal::NotFound | Refusal::Taken | Refusal::Weak | Refusal::Wrong) => {
            Err(Failure::NotFound)
        }
    }
}

/// `POST /users/{user}/role`: field `role`.
pub async fn role(context: &Context) -> Result<Response, Failure> {
    let user = found(context).await?;
    let Some(role) = Role::parse(&context.form.value("role")) else {
        let t = Texts::of(context.language);
        return page(context, user, Some(t.role_wrong)).await;
    };
    let detail = format!("{} to {}", user.role.name(), role.name());
    change(context, "user.role", &detail, "role", |user| {
        user.role = role
    })
    .await
}

/// `POST /users/{user}/block`
pub async fn block(context: &Context) -> Result<Response, Failure> {
    change(context, "user.block", "", "blocked", |user| {
        user.blocked = true
    })
    .await
}

/// `POST /users/{user}/unblock`
pub async fn unblock(context: &Context) -> Result<Response, Failure> {
    change(context, "user.unblock", "", "unblocked", |user| {
        user.blocked = false;
    })
    .await
}

/// `POST /users/{user}/unlock`
pub async fn unlock(context: &Context) -> Result<Response, Failure> {
    let user = found(context).await?;
    let (app, by) = (&context.server.app, &context.user.login);
    users::unlock(app, context.of(), &user.login, by, &context.from()).await?;
    let to = format!("{}?told=unlocked", path(&user.login));
    Ok(see_other(&to, Vec::new()))
}

/// `POST /users/{user}/second-factor/remove`
pub async fn remove_factor(context: &Context) -> Result<Response, Failure> {
    let user = found(context).await?;
    let is_self = user.login == context.user.login;
    if user.second_factor.is_some() && !is_self {
        let address = context.from();
        let (by, from) = (&context.user.login, context.origin(&address));
        let app = &context.server.app;
        let removed = second_factor::remove(app, &user, None, by, from).await?;
        removed.map_err(|_| Failure::NotFound)?;
    }
    let to = if is_self {
        "/account/second-factor".to_owned()
    } else {
        path(&user.login)
    };
    let told = if is_self { "" } else { "?told=factor" };
    Ok(see_other(&format!("{to}{told}"), Vec::new()))
}

/// `POST /users/{user}/sessions/end`: ends all sessions but the one that asks.
pub async fn end_sessions(context: &Context) -> Result<Response, Failure> {
    let user = found(context).await?;
    let address = context.from();
    let open = sessions(context, &user.login).await?;
    for one in open.iter().filter(|one| one.id != context.session.id) {
        let (by, from) = (&context.user.login, context.origin(&address));
        users::end_session(&context.server.app, one, by, from).await?;
    }
    let to = format!("{}?told=ended", path(&user.login));
    Ok(see_other(&to, Vec::new()))
}
