//! The rows of access: users, sessions, attempts to sign in, invitations, the audit log.
//!
//! Invariant: holds hashes of passwords, tokens and recovery codes, never these themselves; the
//! secret of an authenticator is sealed.

use aval_domain::audit::{Act, Entry};
use aval_domain::id::MerchantId;
use aval_domain::session::{Invitation, Session, SignIns};
use aval_domain::time::Timestamp;
use aval_domain::user::{PasswordHash, Role, SecondFactor, User};

use crate::access::AccessWrite;
use crate::changes::Conflict;
use crate::rows::{Row, Table};
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// The columns of [`TABLE`], for a SELECT.
macro_rules! columns {
    () => {
        "merchant_id, login, version, name, email, role, password, blocked, second_factor, \
         recovery_codes, created_at"
    };
}
pub(crate) use columns;

/// The columns of [`SESSIONS`], for a SELECT.
macro_rules! session_columns {
    () => {
        "merchant_id, session_id, version, seen_at, user_version, login, created_at, address, \
         agent"
    };
}
pub(crate) use session_columns;

/// The columns of [`INVITATIONS`], for a SELECT.
macro_rules! invitation_columns {
    () => {
        "merchant_id, invitation_id, login, name, email, role, invited_by, created_at, expires_at"
    };
}
pub(crate) use invitation_columns;

/// The columns of [`AUDIT`], for a SELECT.
macro_rules! audit_columns {
    () => {
        "merchant_id, number, at, actor, action, subject, detail, address, hash"
    };
}
pub(crate) use audit_columns;

/// Users.
pub(crate) static TABLE: Table = Table {
    name: "users",
    columns: &[
        ("merchant_id", "uuid"),
        ("login", "text"),
        ("version", "int8"),
        ("name", "text"),
        ("email", "text"),
        ("role", "text"),
        ("password", "text"),
        ("blocked", "int8"),
        ("second_factor", "bytea"),
        ("recovery_codes", "bytea"),
        ("created_at", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::LoginTaken),
    replaced_when_older: None,
    updated: 8,
};

/// Sessions. An update notes that one was used.
pub(crate) static SESSIONS: Table = Table {
    name: "sessions",
    columns: &[
        ("merchant_id", "uuid"),
        ("session_id", "bytea"),
        ("version", "int8"),
        ("seen_at", "int8"),
        ("user_version", "int8"),
        ("login", "text"),
        ("created_at", "int8"),
        ("address", "text"),
        ("agent", "text"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 3,
};

/// Attempts to sign in.
pub(crate) static SIGN_INS: Table = Table {
    name: "sign_ins",
    columns: &[
        ("merchant_id", "uuid"),
        ("login", "text"),
        ("version", "int8"),
        ("failures", "int8"),
        ("failed_at", "int8"),
        ("locked_until", "int8"),
        ("used_step", "int8"),
        ("signed_in_at", "int8"),
    ],
    key: 2,
    // Two first attempts at once: the later reads again.
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 6,
};

/// Invitations.
pub(crate) static INVITATIONS: Table = Table {
    name: "invitations",
    columns: &[
        ("merchant_id", "uuid"),
        ("invitation_id", "bytea"),
        ("login", "text"),
        ("name", "text"),
        ("email", "text"),
        ("role", "text"),
        ("invited_by", "text"),
        ("created_at", "int8"),
        ("expires_at", "int8"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The audit log.
pub(crate) static AUDIT: Table = Table {
    name: "audit_entries",
    columns: &[
        ("merchant_id", "uuid"),
        ("number", "int8"),
        ("at", "int8"),
        ("actor", "text"),
        ("action", "text"),
        ("subject", "text"),
        ("detail", "text"),
        ("address", "text"),
        ("hash", "bytea"),
    ],
    key: 2,
    taken: Some(Conflict::AuditNumberTaken),
    replaced_when_older: None,
    updated: 0,
};

/// The row of a write.
pub(crate) fn row(merchant: MerchantId, write: &AccessWrite) -> Row {
    let insert = |table, values| Row::Insert {
        table,
        values,
        forget_before: None,
    };
    let update = |table, values| Row::Update { table, values };
    let delete = |table, id: &[u8; 32]| Row::Delete {
        table,
        values: vec![merchant.into(), id.to_vec().into()],
    };
    match write {
        AccessWrite::UpdateUser(user) => update(&TABLE, encode_update(user)),
        AccessWrite::InsertSession(session) => insert(&SESSIONS, encode_session(session)),
        AccessWrite::UpdateSession(session) => update(&SESSIONS, session_update(session)),
        AccessWrite::DeleteSession(id) => delete(&SESSIONS, id),
        AccessWrite::PutSignIns(tried) if tried.version == 1 => {
            insert(&SIGN_INS, encode_sign_ins(tried))
        }
        AccessWrite::PutSignIns(tried) => update(&SIGN_INS, encode_sign_ins(tried)),
        AccessWrite::InsertInvitation(one) => insert(&INVITATIONS, encode_invitation(one)),
        AccessWrite::DeleteInvitation(id) => delete(&INVITATIONS, id),
        AccessWrite::InsertEntry(entry) => insert(&AUDIT, encode_entry(entry)),
    }
}

/// The values of a new row.
pub(crate) fn encode(user: &User) -> Vec<Value> {
    let mut values = encode_update(user);
    values.push(user.created_at.into());
    values
}

/// Key and what can change, `version` first.
fn encode_update(user: &User) -> Vec<Value> {
    let factor = user.second_factor.as_ref();
    vec![
        user.merchant.into(),
        user.login.as_str().into(),
        user.version.into(),
        user.name.as_deref().into(),
        user.email.as_deref().into(),
        user.role.name().into(),
        user.password.0.as_str().into(),
        i64::from(user.blocked).into(),
        factor.map(|factor| factor.sealed.clone()).into(),
        factor.map(|factor| factor.recovery.concat()).into(),
    ]
}

fn session_update(session: &Session) -> Vec<Value> {
    vec![
        session.merchant.into(),
        session.id.to_vec().into(),
        session.version.into(),
        session.seen_at.into(),
        session.user_version.into(),
    ]
}

fn encode_session(session: &Session) -> Vec<Value> {
    let mut values = session_update(session);
    values.extend([
        session.login.as_str().into(),
        session.created_at.into(),
        session.address.as_str().into(),
        session.agent.as_str().into(),
    ]);
    values
}

fn encode_sign_ins(tried: &SignIns) -> Vec<Value> {
    let step = tried.used_step.and_then(|step| i64::try_from(step).ok());
    vec![
        tried.merchant.into(),
        tried.login.as_str().into(),
        tried.version.into(),
        tried.failures.into(),
        tried.failed_at.into(),
        tried.locked_until.into(),
        step.into(),
        tried.signed_in_at.into(),
    ]
}

fn encode_invitation(one: &Invitation) -> Vec<Value> {
    vec![
        one.merchant.into(),
        one.id.to_vec().into(),
        one.login.as_str().into(),
        one.name.as_deref().into(),
        one.email.as_deref().into(),
        one.role.name().into(),
        one.invited_by.as_str().into(),
        one.created_at.into(),
        one.expires_at.into(),
    ]
}

fn encode_entry(entry: &Entry) -> Vec<Value> {
    let Act {
        actor,
        action,
        subject,
        detail,
        address,
    } = &entry.act;
    vec![
        entry.merchant.into(),
        i64::try_from(entry.number).unwrap_or(i64::MAX).into(),
        entry.at.into(),
        actor.as_str().into(),
        action.as_str().into(),
        subject.as_str().into(),
        detail.as_str().into(),
        address.as_str().into(),
        entry.hash.to_vec().into(),
    ]
}

fn read_role(row: &impl Cells, at: usize) -> Result<Role, BadCell> {
    Role::parse(&row.text(at)?).ok_or_else(|| BadCell::new(at, "is no role"))
}

impl Decode for User {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let second_factor = match row.opt_bytes(8)? {
            None => None,
            Some(sealed) => Some(SecondFactor {
                sealed,
                recovery: hashes(row, 9)?,
            }),
        };
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            login: row.text(1)?,
            version: row.small(2)?,
            name: row.opt_text(3)?,
            email: row.opt_text(4)?,
            role: read_role(row, 5)?,
            password: PasswordHash(row.text(6)?),
            blocked: row.int(7)? != 0,
            second_factor,
            created_at: Timestamp::from_micros(row.int(10)?),
        })
    }
}

/// Hashes of 32 bytes each, one behind the other.
fn hashes(row: &impl Cells, at: usize) -> Result<Vec<[u8; 32]>, BadCell> {
    let bytes = row.opt_bytes(at)?.unwrap_or_default();
    let each = bytes.chunks(32).map(<[u8; 32]>::try_from);
    let all: Result<_, _> = each.collect();
    all.map_err(|_| BadCell::new(at, "has the wrong length"))
}

impl Decode for Session {
    fn column(at: usize) -> Column {
        SESSIONS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            id: row.array(1)?,
            version: row.small(2)?,
            seen_at: Timestamp::from_micros(row.int(3)?),
            user_version: row.small(4)?,
            login: row.text(5)?,
            created_at: Timestamp::from_micros(row.int(6)?),
            address: row.text(7)?,
            agent: row.text(8)?,
        })
    }
}

impl Decode for SignIns {
    fn column(at: usize) -> Column {
        SIGN_INS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let step = row.opt_int(6)?;
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            login: row.text(1)?,
            version: row.small(2)?,
            failures: row.small(3)?,
            failed_at: row.opt_time(4)?,
            locked_until: row.opt_time(5)?,
            used_step: step.and_then(|step| u64::try_from(step).ok()),
            signed_in_at: row.opt_time(7)?,
        })
    }
}

impl Decode for Invitation {
    fn column(at: usize) -> Column {
        INVITATIONS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            id: row.array(1)?,
            login: row.text(2)?,
            name: row.opt_text(3)?,
            email: row.opt_text(4)?,
            role: read_role(row, 5)?,
            invited_by: row.text(6)?,
            created_at: Timestamp::from_micros(row.int(7)?),
            expires_at: Timestamp::from_micros(row.int(8)?),
        })
    }
}

impl Decode for Entry {
    fn column(at: usize) -> Column {
        AUDIT.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            number: row.small(1)?,
            at: Timestamp::from_micros(row.int(2)?),
            act: Act {
                actor: row.text(3)?,
                action: row.text(4)?,
                subject: row.text(5)?,
                detail: row.text(6)?,
                address: row.text(7)?,
            },
            hash: row.array(8)?,
        })
    }
}
