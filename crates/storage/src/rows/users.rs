//! The row of a back-office user.
//!
//! Invariant: holds the hash of a password, never the password.

use aval_domain::id::MerchantId;
use aval_domain::time::Timestamp;
use aval_domain::user::{PasswordHash, Role, User};

use crate::changes::Conflict;
use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Value};

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
        ("created_at", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::LoginTaken),
    replaced_when_older: None,
    updated: 0,
};

/// The values of a new row.
pub(crate) fn encode(user: &User) -> Vec<Value> {
    vec![
        user.merchant.into(),
        user.login.as_str().into(),
        user.version.into(),
        user.name.as_deref().into(),
        user.email.as_deref().into(),
        user.role.name().into(),
        user.password.0.as_str().into(),
        user.created_at.into(),
    ]
}

impl Decode for User {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let role = Role::parse(&row.text(5)?);
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            login: row.text(1)?,
            version: row.small(2)?,
            name: row.opt_text(3)?,
            email: row.opt_text(4)?,
            role: role.ok_or_else(|| BadCell::new(5, "is no role"))?,
            password: PasswordHash(row.text(6)?),
            created_at: Timestamp::from_micros(row.int(7)?),
        })
    }
}
