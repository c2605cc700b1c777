//! `/users`: who may use the back office, and who is invited.
//!
//! Invariant: the link of an invitation is shown once, to who invited; what is kept opens nothing.

pub(super) mod invitation;
pub(super) mod one;
mod text;

use askama::Template;
use aval_domain::session::Invitation;
use aval_domain::user::{self, Role, User};
use aval_gateway::access::users::{self, Guest, Refusal};
use axum::response::Response;
use http::StatusCode;

use self::text::Texts;
use super::account::hex;
use super::context::Context;
use super::failure::Failure;
use super::layout::{Layout, answer, role_name};
use super::{see_other, show};

/// Attempts to sign in read at a time: one for each user.
const MOST: u32 = 10_000;
/// Invitations shown.
const MOST_INVITATIONS: u32 = 500;
/// Most characters of a person's name.
const LONGEST_NAME: usize = 100;

#[derive(Template)]
#[template(path = "backoffice/users/list.html")]
struct ListPage {
    layout: Layout,
    t: &'static Texts,
    users: Vec<ShownUser>,
    invitations: Vec<ShownInvitation>,
    roles: Vec<ShownRole>,
    form: InviteForm,
    /// The link of an invitation that was just made.
    link: Option<String>,
    wrong: Option<&'static str>,
}

/// What was typed into the form of an invitation.
#[derive(Default)]
struct InviteForm {
    login: String,
    name: String,
    email: String,
    role: String,
}

struct ShownUser {
    login: String,
    path: String,
    name: String,
    email: String,
    role: &'static str,
    state: State,
    has_factor: bool,
    signed_in: String,
    is_self: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Active,
    Locked,
    Blocked,
}

struct ShownInvitation {
    id: String,
    login: String,
    role: &'static str,
    by: String,
    until: String,
}

/// A role that can be chosen.
struct ShownRole {
    name: &'static str,
    label: &'static str,
    about: &'static str,
}

fn roles(context: &Context) -> Vec<ShownRole> {
    let (t, shared) = (Texts::of(context.language), context.layout().t);
    let about = |role| match role {
        Role::Viewer => t.viewer_about,
        Role::Operator => t.operator_about,
        Role::Finance => t.finance_about,
        Role::Administrator => t.administrator_about,
    };
    let shown = |role: Role| ShownRole {
        name: role.name(),
        label: role_name(shared, role),
        about: about(role),
    };
    Role::ALL.into_iter().map(shown).collect()
}

/// Lists users and invitations.
pub async fn list(context: &Context) -> Result<Response, Failure> {
    page(context, InviteForm::default(), None, None).await
}

async fn page(
    context: &Context,
    form: InviteForm,
    link: Option<String>,
    wrong: Option<&'static str>,
) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let app = &context.server.app;
    let tried = app.storage.all_sign_ins(context.of(), "", MOST).await?;
    let mut shown = Vec::new();
    for user in users::all(app, context.of()).await? {
        let of = tried.iter().find(|tried| tried.login == user.login);
        let is_locked = of.is_some_and(|tried| tried.is_locked(context.real()));
        let signed_in = of.and_then(|tried| tried.signed_in_at);
        let signed_in = signed_in.map(|at| show::ago(at, context.real(), context.language));
        shown.push(shown_user(context, user, is_locked, signed_in));
    }
    let invitations = app.storage.invitations(context.of(), MOST_INVITATIONS);
    let mut invitations = invitations.await?;
    invitations.retain(|one| one.holds(context.real()));
    invitations.sort_by_key(|one| std::cmp::Reverse(one.created_at));
    let told = match context.parameter("told").as_str() {
        "withdrawn" => Some(t.told_withdrawn),
        _ => None,
    };
    let page = ListPage {
        layout: context.layout().telling(told),
        t,
        users: shown,
        invitations: invitations
            .iter()
            .map(|one| shown_invitation(context, one))
            .collect(),
        roles: roles(context),
        form,
        link,
        wrong,
    };
    let status = match wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok(answer(status, &page.layout, &page))
}

fn shown_user(
    context: &Context,
    user: User,
    is_locked: bool,
    signed_in: Option<String>,
) -> ShownUser {
    let state = match (user.blocked, is_locked) {
        (true, _) => State::Blocked,
        (false, true) => State::Locked,
        (false, false) => State::Active,
    };
    ShownUser {
        is_self: user.login == context.user.login,
        path: one::path(&user.login),
        role: role_name(context.layout().t, user.role),
        state,
        has_factor: user.second_factor.is_some(),
        signed_in: signed_in.unwrap_or_else(|| Texts::of(context.language).never.to_owned()),
        name: user.name.unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        login: user.login,
    }
}

fn shown_invitation(context: &Context, one: &Invitation) -> ShownInvitation {
    ShownInvitation {
        id: hex(&one.id),
        login: one.login.clone(),
        role: role_name(context.layout().t, one.role),
        by: one.invited_by.clone(),
        until: show::moment(one.expires_at, context.language),
    }
}

impl ShownUser {
    fn is(&self, state: &str) -> bool {
        match self.state {
            State::Active => state == "active",
            State::Locked => state == "locked",
            State::Blocked => state == "blocked",
        }
    }
}

/// `POST /users/invite`: fields `login`, `name`, `email`, `role`.
pub async fn invite(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let form = InviteForm {
        login: context.form.value("login"),
        name: context.form.value("name"),
        email: context.form.value("email"),
        role: context.form.value("role"),
    };
    let guest = match guest(t, &form, &context.user.login) {
        Ok(guest) => guest,
        Err(wrong) => return page(context, form, None, Some(wrong)).await,
    };
    let address = context.from();
    let from = context.origin(&address);
    let invited = users::invite(&context.server.app, context.of(), guest, from).await?;
    match invited {
        Ok(token) => {
            let base = &context.server.office.base(&context.visit);
            let link = format!("{base}/invitation/{}.{}", context.of(), *token);
            page(context, InviteForm::default(), Some(link), None).await
        }
        Err(Refusal::Taken) => page(context, form, None, Some(t.taken)).await,
        Err(Refusal::NotFound | Refusal::Weak | Refusal::Wrong | Refusal::LastAdministrator) => {
            Err(Failure::NotFound)
        }
    }
}

/// Who is invited by a form, or what is wrong with it.
fn guest<'a>(t: &'static Texts, form: &InviteForm, by: &'a str) -> Result<Guest<'a>, &'static str> {
    let login = user::login(&form.login).ok_or(t.login_wrong)?;
    let role = Role::parse(&form.role).ok_or(t.role_wrong)?;
    if !form.email.is_empty() && !user::is_email(&form.email) {
        return Err(t.email_wrong);
    }
    if form.name.chars().count() > LONGEST_NAME {
        return Err(t.name_wrong);
    }
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Guest {
        login,
        name: said(&form.name),
        email: said(&form.email),
        role,
        by,
    })
}

/// `POST /users/withdraw`: field `invitation`.
pub async fn withdraw(context: &Context) -> Result<Response, Failure> {
    let wanted = context.form.value("invitation");
    let app = &context.server.app;
    let all = app
        .storage
        .invitations(context.of(), MOST_INVITATIONS)
        .await?;
    let found = all.iter().find(|one| hex(&one.id) == wanted);
    let found = found.ok_or(Failure::NotFound)?;
    let address = context.from();
    let (by, from) = (&context.user.login, context.origin(&address));
    let withdrawn = users::withdraw(app, context.of(), found.id, by, from).await?;
    withdrawn.map_err(|_| Failure::NotFound)?;
    Ok(see_other("/users?told=withdrawn", Vec::new()))
}
