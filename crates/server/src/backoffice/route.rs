//! Every page and action of the back office, in one flat table.
//!
//! Invariant: a route stands here once, with who may call it; nothing is served that is not in the
//! table. A handler of a permission runs only for a user whose role has it, of one merchant; an
//! action (POST) only from a form that was shown in the same session.

use std::pin::Pin;

use aval_domain::user::Permission;
use axum::response::Response;

use super::context::{Context, Visit};
use super::failure::Failure;
use super::{
    access, account, audit, developer, export, jobs, overview, payment, preferences, recurrences,
    review, search, settings, statement, users,
};

/// What a handler gives.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// Who runs a route, and what does.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Anyone may call it.
    Anyone(for<'a> fn(&'a Visit) -> Answering<'a>),
    /// A user who may do at least this.
    May(Permission, for<'a> fn(&'a Context) -> Answering<'a>),
}

/// One row of the table.
pub struct Row {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path; `{payment}` stands for one segment that names a payment, likewise others.
    pub path: &'static str,
    /// Who may call it, and what answers.
    pub handler: Handler,
}

macro_rules! row {
    ($method:literal $path:literal Anyone $handler:path) => {
        Row {
            method: $method,
            path: $path,
            handler: Handler::Anyone(|visit| Box::pin($handler(visit))),
        }
    };
    ($method:literal $path:literal $permission:ident $handler:path) => {
        Row {
            method: $method,
            path: $path,
            handler: Handler::May(Permission::$permission, |context| {
                Box::pin($handler(context))
            }),
        }
    };
}

macro_rules! table {
    ($($method:literal $path:literal $who:ident => $handler:path;)*) => {
        /// Every route of the back office.
        pub static ROUTES: &[Row] = &[$(row!($method $path $who $handler)),*];
    };
}

table! {
    "GET" "/sign-in" Anyone => access::sign_in::show;
    "POST" "/sign-in" Anyone => access::sign_in::send;
    "POST" "/sign-out" View => access::sign_in::leave;
    "POST" "/preferences" Anyone => preferences::change;
    "GET" "/" View => access::portal::show;
    "GET" "/account" View => account::show;
    "POST" "/account/password" View => account::password;
    "GET" "/account/second-factor" View => account::factor::show;
    "POST" "/account/second-factor" View => account::factor::confirm;
    "POST" "/account/second-factor/codes" View => account::factor::renew_codes;
    "POST" "/account/second-factor/remove" View => account::factor::remove;
    "POST" "/account/sessions/end" View => account::end_session;
    "GET" "/invitation/{invitation}" Anyone => users::invitation::show;
    "POST" "/invitation/{invitation}" Anyone => users::invitation::accept;
    "GET" "/users" Administer => users::list;
    "POST" "/users/invite" Administer => users::invite;
    "POST" "/users/withdraw" Administer => users::withdraw;
    "GET" "/users/{user}" Administer => users::one::show;
    "POST" "/users/{user}/role" Administer => users::one::role;
    "POST" "/users/{user}/block" Administer => users::one::block;
    "POST" "/users/{user}/unblock" Administer => users::one::unblock;
    "POST" "/users/{user}/unlock" Administer => users::one::unlock;
    "POST" "/users/{user}/second-factor/remove" Administer => users::one::remove_factor;
    "POST" "/users/{user}/sessions/end" Administer => users::one::end_sessions;
    "GET" "/audit" Administer => audit::show;
    "GET" "/settings" Administer => settings::show;
    "POST" "/settings" Administer => settings::save;
    "GET" "/audit/export.csv" Administer => audit::export::csv;
    "GET" "/overview" View => overview::show;
    "GET" "/transactions" View => search::page::show;
    "POST" "/transactions/views" View => search::views::change;
    "POST" "/transactions/block" Operate => search::block::create;
    "GET" "/transactions/export.csv" Finance => export::csv;
    "GET" "/transactions/export.xlsx" Finance => export::xlsx;
    "GET" "/payments/{payment}" View => payment::page::show;
    "GET" "/payments/{payment}/capture" Operate => payment::act::ask_capture;
    "POST" "/payments/{payment}/capture" Operate => payment::act::capture;
    "GET" "/payments/{payment}/cancel" Operate => payment::act::ask_cancel;
    "POST" "/payments/{payment}/cancel" Operate => payment::act::cancel;
    "POST" "/payments/{payment}/notifications/{notification}/resend" Operate
        => payment::act::resend;
    "GET" "/jobs" View => jobs::list::show;
    "POST" "/jobs" Operate => jobs::create::create;
    "GET" "/jobs/{job}" View => jobs::result::show;
    "GET" "/jobs/{job}/check" Operate => jobs::draft::check;
    "POST" "/jobs/{job}/amounts" Operate => jobs::draft::save;
    "POST" "/jobs/{job}/confirm" Operate => jobs::draft::confirm;
    "POST" "/jobs/{job}/retry" Operate => jobs::create::retry;
    "GET" "/jobs/{job}/result.csv" TakeResult => jobs::result::csv;
    "GET" "/statement" Finance => statement::show;
    "GET" "/statement/export.csv" Finance => statement::csv;
    "GET" "/statement/export.pdf" Finance => statement::pdf;
    "GET" "/statement/{function}" Finance => statement::function;
    "GET" "/recurrences" View => recurrences::list;
    "GET" "/recurrences/{plan}" View => recurrences::show;
    "POST" "/recurrences/{plan}/pause" Operate => recurrences::pause;
    "POST" "/recurrences/{plan}/resume" Operate => recurrences::resume;
    "GET" "/recurrence-settings" View => recurrences::settings::show;
    "POST" "/recurrence-settings" Administer => recurrences::settings::save;
    "GET" "/developers" View => developer::show;
    "GET" "/developers/guides" View => developer::guides::list;
    "GET" "/developers/guides/{guide}" View => developer::guides::show;
    "GET" "/developers/reference" View => developer::reference::list;
    "GET" "/developers/reference/{call}" View => developer::reference::call;
    "GET" "/developers/errors" View => developer::tables::errors;
    "GET" "/developers/return-codes" View => developer::tables::returns;
    "GET" "/developers/tables" View => developer::tables::others;
    "GET" "/developers/test-cards" View => developer::tables::cards;
    "GET" "/developers/faq" View => developer::tables::faq;
    "GET" "/developers/glossary" View => developer::tables::glossary;
    "GET" "/developers/support" View => developer::tables::support;
    "GET" "/developers/certificate" View => developer::certificate::show;
    "GET" "/developers/certificate/{file}" View => developer::certificate::download;
    "GET" "/developers/requests" View => developer::requests::show;
    "GET" "/developers/credentials" Administer => developer::credentials::show;
    "POST" "/developers/credentials" Administer => developer::credentials::save;
    "POST" "/developers/credentials/key" Administer => developer::credentials::roll;
    "POST" "/developers/credentials/test" Administer => developer::credentials::test;
    "GET" "/developers/console" Administer => developer::console::show;
    "POST" "/developers/console" Administer => developer::console::act;
    "GET" "/reviews" View => review::list;
    "GET" "/reviews/{review}" View => review::show;
    "POST" "/reviews/{review}/accept" Operate => review::accept;
    "POST" "/reviews/{review}/reject" Operate => review::reject;
    "POST" "/reviews/{review}/note" Operate => review::note;
    "GET" "/lists" View => review::lists::show;
    "POST" "/lists/add" Operate => review::lists::add;
    "POST" "/lists/remove" Operate => review::lists::remove;
    "GET" "/rules" View => review::rules::show;
    "POST" "/rules/save" Administer => review::rules::save;
    "POST" "/rules/remove" Administer => review::rules::remove;
    "POST" "/rules/try" Administer => review::rules::attempt;
}

impl Row {
    /// What it asks of whoever calls it; nothing of anyone.
    #[must_use]
    pub const fn permission(&self) -> Option<Permission> {
        match self.handler {
            Handler::Anyone(_) => None,
            Handler::May(permission, _) => Some(permission),
        }
    }
}

/// Whether a page of this path is there for who may do so much.
#[must_use]
pub fn leads(path: &str, may: impl Fn(Permission) -> bool) -> bool {
    ROUTES
        .iter()
        .any(|row| row.method == "GET" && row.path == path && row.permission().is_none_or(&may))
}
