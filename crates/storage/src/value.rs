//! What a cell of a row can hold, on both engines.
//!
//! Invariant: a row is encoded once, as [`Value`]s, and decoded once, from [`Cells`]; no engine
//! has an encoding of its own.

use std::error::Error;

use aval_domain::id::{CardToken, MerchantId, PaymentId};
use aval_domain::time::Timestamp;
use bytes::BytesMut;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::Corrupt;

/// The value of one cell. Comparable, so that the key of a row can be the key of a map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// An integer: a number, a flag (0, 1), cents, or microseconds.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A UUID.
    Id([u8; 16]),
}

/// A thing that is read from a row.
pub(crate) trait Decode: Sized + Send + 'static {
    /// Reads it; the order of the columns is that of the query.
    fn decode(row: &impl Cells) -> Result<Self, Corrupt>;
}

impl Decode for String {
    fn decode(row: &impl Cells) -> Result<Self, Corrupt> {
        row.text(0)
    }
}

impl Decode for i64 {
    fn decode(row: &impl Cells) -> Result<Self, Corrupt> {
        row.int(0)
    }
}

/// A row that was read.
pub(crate) trait Cells {
    /// The integer of a column, counted from 0.
    ///
    /// # Errors
    /// When it holds something else; likewise below.
    fn opt_int(&self, at: usize) -> Result<Option<i64>, Corrupt>;
    /// The text of a column.
    ///
    /// # Errors
    /// As above.
    fn opt_text(&self, at: usize) -> Result<Option<String>, Corrupt>;
    /// The bytes of a column; a UUID's are sixteen.
    ///
    /// # Errors
    /// As above.
    fn opt_bytes(&self, at: usize) -> Result<Option<Vec<u8>>, Corrupt>;

    /// An integer that must be there.
    ///
    /// # Errors
    /// As above.
    fn int(&self, at: usize) -> Result<i64, Corrupt> {
        self.opt_int(at)?.ok_or_else(|| Corrupt::missing(at))
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// As above.
    fn text(&self, at: usize) -> Result<String, Corrupt> {
        self.opt_text(at)?.ok_or_else(|| Corrupt::missing(at))
    }

    /// Bytes that must be there.
    ///
    /// # Errors
    /// As above.
    fn bytes(&self, at: usize) -> Result<Vec<u8>, Corrupt> {
        self.opt_bytes(at)?.ok_or_else(|| Corrupt::missing(at))
    }

    /// A fixed number of bytes that must be there.
    ///
    /// # Errors
    /// As above.
    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Corrupt>
    where
        Self: Sized,
    {
        self.bytes(at)?
            .try_into()
            .map_err(|_| Corrupt::new(at, "has the wrong length"))
    }

    /// A moment.
    ///
    /// # Errors
    /// As above.
    fn opt_time(&self, at: usize) -> Result<Option<Timestamp>, Corrupt> {
        Ok(self.opt_int(at)?.map(Timestamp::from_micros))
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
            Self::Id(bytes) => uuid::Uuid::from_bytes(*bytes).to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA, Type::UUID].contains(ty)
    }

    to_sql_checked!();
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Id(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Cells for rusqlite::Row<'_> {
    fn opt_int(&self, at: usize) -> Result<Option<i64>, Corrupt> {
        self.get(at).map_err(|error| Corrupt::new(at, error))
    }

    fn opt_text(&self, at: usize) -> Result<Option<String>, Corrupt> {
        self.get(at).map_err(|error| Corrupt::new(at, error))
    }

    fn opt_bytes(&self, at: usize) -> Result<Option<Vec<u8>>, Corrupt> {
        self.get(at).map_err(|error| Corrupt::new(at, error))
    }
}

impl Cells for tokio_postgres::Row {
    fn opt_int(&self, at: usize) -> Result<Option<i64>, Corrupt> {
        self.try_get(at).map_err(|error| Corrupt::new(at, error))
    }

    fn opt_text(&self, at: usize) -> Result<Option<String>, Corrupt> {
        self.try_get(at).map_err(|error| Corrupt::new(at, error))
    }

    fn opt_bytes(&self, at: usize) -> Result<Option<Vec<u8>>, Corrupt> {
        let is_uuid = self
            .columns()
            .get(at)
            .is_some_and(|column| *column.type_() == Type::UUID);
        if is_uuid {
            let id: Option<uuid::Uuid> = self.try_get(at).map_err(|e| Corrupt::new(at, e))?;
            return Ok(id.map(|id| id.as_bytes().to_vec()));
        }
        self.try_get(at).map_err(|error| Corrupt::new(at, error))
    }
}

impl From<MerchantId> for Value {
    fn from(id: MerchantId) -> Self {
        Self::Id(*id.as_bytes())
    }
}

impl From<PaymentId> for Value {
    fn from(id: PaymentId) -> Self {
        Self::Id(*id.as_bytes())
    }
}

impl From<CardToken> for Value {
    fn from(token: CardToken) -> Self {
        Self::Id(*token.as_bytes())
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(time.micros())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
