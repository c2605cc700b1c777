//! `/account`: the user's own password, second factor and sessions.
//!
//! Invariant: whatever is changed here is the signed-in user's; what ends his other sessions keeps
//! this one.

pub(super) mod factor;
mod text;

use askama::Template;
use aval_domain::session::Session;
use aval_domain::user::SHORTEST_PASSWORD;
use aval_gateway::access::users::{self, Refusal};
use axum::response::Response;
use http::StatusCode;

use self::text::Texts;
use super::context::Context;
use super::failure::Failure;
use super::layout::{Layout, answer, role_name};
use super::{see_other, show as shown};

/// Sessions read at a time.
const PAGE: u32 = 500;
/// The longest password that is looked at, in bytes.
pub(super) const LONGEST: usize = 1_024;

#[derive(Template)]
#[template(path = "backoffice/account/account.html")]
struct AccountPage {
    layout: Layout,
    t: &'static Texts,
    login: String,
    name: String,
    email: String,
    role: &'static str,
    has_factor: bool,
    codes_left: usize,
    sessions: Vec<ShownSession>,
    wrong: Option<&'static str>,
}

/// A session as it is listed.
pub(super) struct ShownSession {
    /// Its id, as a form names it.
    pub id: String,
    /// What the browser calls itself, shortened.
    pub agent: String,
    /// From which address.
    pub address: String,
    /// When the user signed in.
    pub since: String,
    /// When it was used last.
    pub seen: String,
    /// Whether it is the one that looks.
    pub is_this: bool,
}

/// The open sessions of a user, the newest first.
pub(super) async fn sessions(context: &Context, login: &str) -> Result<Vec<Session>, Failure> {
    let storage = &context.server.app.storage;
    let user = storage.user(context.of(), login).await?;
    let Some(user) = user else {
        return Err(Failure::NotFound);
    };
    let (mut open, mut after) = (Vec::new(), [0; 32]);
    loop {
        let page = storage.sessions(context.of(), login, after, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.id;
        let is_open = |one: &Session| one.is_of(&user) && !one.is_over(context.real());
        open.extend(page.into_iter().filter(is_open));
    }
    open.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    Ok(open)
}

/// A session as it is listed.
pub(super) fn shown_session(context: &Context, session: &Session) -> ShownSession {
    ShownSession {
        id: hex(&session.id),
        agent: browser(&session.agent),
        address: session.address.clone(),
        since: shown::moment(session.created_at, context.language),
        seen: shown::ago(session.seen_at, context.real(), context.language),
        is_this: session.id == context.session.id,
    }
}

/// The browser and system that a User-Agent names, as far as they are known.
fn browser(agent: &str) -> String {
    let first = |known: &[(&'static str, &'static str)]| {
        let found = known.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let name = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} · {system}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

/// Bytes as a form names them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Shows the account.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    page(context, None).await
}

async fn page(context: &Context, wrong: Option<&'static str>) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let user = &context.user;
    let factor = user.second_factor.as_ref();
    let own = sessions(context, &user.login).await?;
    let told = match context.parameter("told").as_str() {
        "password" => Some(t.told_password),
        "factor" => Some(t.told_factor),
        "ended" => Some(t.told_ended),
        _ => None,
    };
    let layout = context.layout().telling(told);
    let page = AccountPage {
        t,
        login: user.login.clone(),
        name: user.name.clone().unwrap_or_default(),
        email: user.email.clone().unwrap_or_default(),
        role: role_name(layout.t, user.role),
        has_factor: factor.is_some(),
        codes_left: factor.map_or(0, |factor| factor.recovery.len()),
        sessions: own.iter().map(|one| shown_session(context, one)).collect(),
        wrong,
        layout,
    };
    let status = match wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok(answer(status, &page.layout, &page))
}

impl AccountPage {
    const fn shortest(&self) -> usize {
        SHORTEST_PASSWORD
    }
}

/// `POST /account/password`: fields `password`, `new`, `again`.
pub async fn password(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let [before, new, again] =
        ["password", "new", "again"].map(|name| context.form.secret(name, LONGEST));
    if *new != *again {
        return page(context, Some(t.differ)).await;
    }
    let address = context.from();
    let of = (&context.user, &context.session);
    let from = context.origin(&address);
    let changed = users::change_password(&context.server.app, of, before, new, from);
    let wrong = match changed.await? {
        Ok(_) => return Ok(see_other("/account?told=password", Vec::new())),
        Err(Refusal::Weak) => t.weak,
        Err(Refusal::Wrong | Refusal::Taken | Refusal::LastAdministrator) => t.wrong,
        Err(Refusal::NotFound) => return Err(Failure::NotFound),
    };
    page(context, Some(wrong)).await
}

/// `POST /account/sessions/end`: field `session`, or `others` for all but this one.
pub async fn end_session(context: &Context) -> Result<Response, Failure> {
    let all = sessions(context, &context.user.login).await?;
    let wanted = context.form.value("session");
    let is_others = context.form.has("others");
    let address = context.from();
    let ends = all.iter().filter(|one| one.id != context.session.id);
    for one in ends.filter(|one| is_others || hex(&one.id) == wanted) {
        let from = context.origin(&address);
        users::end_session(&context.server.app, one, &context.user.login, from).await?;
    }
    Ok(see_other("/account?told=ended", Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_from_what_it_calls_itself() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                      Gecko) Chrome/143.0.0.0 Safari/537.36";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 \
                     Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(browser(chrome), "Chrome · Windows");
        assert_eq!(browser(phone), "Safari · iPhone");
        assert_eq!(browser("curl/8"), "curl");
        assert_eq!(browser(&"x".repeat(100)).len(), 40);
    }
}
