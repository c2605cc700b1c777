//! Every SELECT of access, in the words that both engines understand.
//!
//! Invariant: the merchant comes first, but where its establishment code is all that is known.

use crate::rows::{merchants, users};

/// The merchant of an establishment code: code.
pub(crate) const MERCHANT_OF_ESTABLISHMENT: &str = concat!(
    "SELECT ",
    merchants::columns!(),
    " FROM merchants WHERE establishment = $1"
);

/// A back-office user: merchant, login.
pub(crate) const USER: &str = concat!(
    "SELECT ",
    users::columns!(),
    " FROM users WHERE merchant_id = $1 AND login = $2"
);

/// Users by login, after one: merchant, login, how many.
pub(crate) const USERS: &str = concat!(
    "SELECT ",
    users::columns!(),
    " FROM users WHERE merchant_id = $1 AND login > $2 ORDER BY login LIMIT $3"
);

/// A session: merchant, hash of the token.
pub(crate) const SESSION: &str = concat!(
    "SELECT ",
    users::session_columns!(),
    " FROM sessions WHERE merchant_id = $1 AND session_id = $2"
);

/// Sessions of a user, after one: merchant, login, hash of the token, how many. Few are kept of a
/// merchant: they go fifteen minutes after their last use.
pub(crate) const SESSIONS: &str = concat!(
    "SELECT ",
    users::session_columns!(),
    " FROM sessions WHERE merchant_id = $1 AND login = $2 AND session_id > $3 \
     ORDER BY session_id LIMIT $4"
);

/// Forgets sessions of a merchant that rest since a moment: merchant, moment.
pub(crate) const FORGET_SESSIONS: &str =
    "DELETE FROM sessions WHERE merchant_id = $1 AND seen_at <= $2";

/// Attempts to sign in as a user: merchant, login.
pub(crate) const SIGN_INS: &str = "SELECT merchant_id, login, version, failures, failed_at, \
     locked_until, used_step, signed_in_at FROM sign_ins WHERE merchant_id = $1 AND login = $2";

/// Attempts to sign in as each user, after one: merchant, login, how many.
pub(crate) const ALL_SIGN_INS: &str = "SELECT merchant_id, login, version, failures, failed_at, \
     locked_until, used_step, signed_in_at FROM sign_ins \
     WHERE merchant_id = $1 AND login > $2 ORDER BY login LIMIT $3";

/// An invitation: merchant, hash of the token.
pub(crate) const INVITATION: &str = concat!(
    "SELECT ",
    users::invitation_columns!(),
    " FROM invitations WHERE merchant_id = $1 AND invitation_id = $2"
);

/// Invitations of a merchant: merchant, how many.
pub(crate) const INVITATIONS: &str = concat!(
    "SELECT ",
    users::invitation_columns!(),
    " FROM invitations WHERE merchant_id = $1 ORDER BY invitation_id LIMIT $2"
);

/// Forgets invitations that hold no more: merchant, now.
pub(crate) const FORGET_INVITATIONS: &str =
    "DELETE FROM invitations WHERE merchant_id = $1 AND expires_at <= $2";

/// The last entry of the audit log: merchant.
pub(crate) const LAST_ENTRY: &str = concat!(
    "SELECT ",
    users::audit_columns!(),
    " FROM audit_entries WHERE merchant_id = $1 ORDER BY number DESC LIMIT 1"
);

/// Entries, oldest first, after a number: merchant, number, how many.
pub(crate) const ENTRIES_AFTER: &str = concat!(
    "SELECT ",
    users::audit_columns!(),
    " FROM audit_entries WHERE merchant_id = $1 AND number > $2 ORDER BY number LIMIT $3"
);

/// Entries, newest first, before a number: merchant, number, how many.
pub(crate) const ENTRIES_BEFORE: &str = concat!(
    "SELECT ",
    users::audit_columns!(),
    " FROM audit_entries WHERE merchant_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
);
