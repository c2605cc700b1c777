//! What a cell of a row can hold, on both engines.
//!
//! Invariant: a row is encoded once, as [`Value`]s, and decoded once, from [`Cells`]; no engine
//! has an encoding of its own. An error never quotes a cell, nor what a library says of one.

use std::error::Error;

use aval_domain::id::{
    CardToken, DeliveryId, JobId, ListenerId, MerchantId, NotificationId, PaymentId,
    RecurrentPaymentId,
};
use aval_domain::time::Timestamp;
use bytes::BytesMut;
use rusqlite::types::{ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::{CommitError, Corrupt};

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

impl Value {
    /// A text of JSON, for a column of a table.
    ///
    /// # Errors
    /// When the thing cannot be JSON.
    pub(crate) fn json(column: Column, thing: &impl Serialize) -> Result<Self, Unwritable> {
        serde_json::to_string(thing)
            .map(Self::Text)
            .map_err(|_| Unwritable(column))
    }
}

/// The name of a table and of a column of it.
pub(crate) type Column = (&'static str, &'static str);

/// A thing that no cell can hold: a row without it could never be read again.
#[derive(Debug)]
pub(crate) struct Unwritable(Column);

impl From<Unwritable> for CommitError {
    fn from(Unwritable((table, column)): Unwritable) -> Self {
        Self::Refused(format!("{table}.{column} cannot be written as JSON"))
    }
}

/// A cell that cannot be read, by its place in the query.
#[derive(Debug)]
pub(crate) struct BadCell {
    at: usize,
    why: String,
}

impl BadCell {
    /// Says what is wrong; never with what is in the cell.
    pub(crate) fn new(at: usize, why: &str) -> Self {
        Self {
            at,
            why: why.to_owned(),
        }
    }

    /// There must be something.
    pub(crate) fn missing(at: usize) -> Self {
        Self::new(at, "is empty")
    }

    fn other_type(at: usize) -> Self {
        Self::new(at, "holds another type")
    }

    /// Keeps kind and place: the error itself quotes the text.
    fn json(at: usize, error: &serde_json::Error) -> Self {
        let kind = match error.classify() {
            Category::Io => "input",
            Category::Syntax => "syntax",
            Category::Data => "data",
            Category::Eof => "early end",
        };
        let (line, column) = (error.line(), error.column());
        let why = format!("is not the JSON it should be ({kind}, line {line}, column {column})");
        Self { at, why }
    }
}

/// A thing that is read from a row.
pub(crate) trait Decode: Sized + Send + 'static {
    /// The column at a place of the query, counted from 0: what an error names.
    fn column(at: usize) -> Column;

    /// Reads it; the order of the columns is that of the query.
    ///
    /// # Errors
    /// When a cell does not hold what it should; likewise below.
    fn read(row: &impl Cells) -> Result<Self, BadCell>;

    /// Reads it; an error names table and column.
    ///
    /// # Errors
    /// As above.
    fn decode(row: &impl Cells) -> Result<Self, Corrupt> {
        Self::read(row).map_err(|BadCell { at, why }| {
            let (table, column) = Self::column(at);
            Corrupt { table, column, why }
        })
    }
}

/// A server setting.
impl Decode for String {
    fn column(_: usize) -> Column {
        ("server_settings", "value")
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        row.text(0)
    }
}

/// The answer to a ping.
impl Decode for i64 {
    fn column(_: usize) -> Column {
        ("ping", "answer")
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        row.int(0)
    }
}

/// A row that was read.
pub(crate) trait Cells {
    /// The integer of a column, counted from 0.
    ///
    /// # Errors
    /// When it holds something else; likewise below.
    fn opt_int(&self, at: usize) -> Result<Option<i64>, BadCell>;
    /// The text of a column, where it lies.
    ///
    /// # Errors
    /// As above.
    fn opt_str(&self, at: usize) -> Result<Option<&str>, BadCell>;
    /// The bytes of a column, where they lie; a UUID's are sixteen.
    ///
    /// # Errors
    /// As above.
    fn opt_slice(&self, at: usize) -> Result<Option<&[u8]>, BadCell>;

    /// The text of a column.
    ///
    /// # Errors
    /// As above.
    fn opt_text(&self, at: usize) -> Result<Option<String>, BadCell> {
        Ok(self.opt_str(at)?.map(str::to_owned))
    }

    /// The bytes of a column.
    ///
    /// # Errors
    /// As above.
    fn opt_bytes(&self, at: usize) -> Result<Option<Vec<u8>>, BadCell> {
        Ok(self.opt_slice(at)?.map(<[u8]>::to_vec))
    }

    /// An integer that must be there.
    ///
    /// # Errors
    /// As above.
    fn int(&self, at: usize) -> Result<i64, BadCell> {
        self.opt_int(at)?.ok_or_else(|| BadCell::missing(at))
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// As above.
    fn text(&self, at: usize) -> Result<String, BadCell> {
        self.opt_text(at)?.ok_or_else(|| BadCell::missing(at))
    }

    /// Bytes that must be there.
    ///
    /// # Errors
    /// As above.
    fn bytes(&self, at: usize) -> Result<Vec<u8>, BadCell> {
        self.opt_bytes(at)?.ok_or_else(|| BadCell::missing(at))
    }

    /// A fixed number of bytes that must be there.
    ///
    /// # Errors
    /// As above.
    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], BadCell>
    where
        Self: Sized,
    {
        self.opt_array(at)?.ok_or_else(|| BadCell::missing(at))
    }

    /// A fixed number of bytes.
    ///
    /// # Errors
    /// As above.
    fn opt_array<const N: usize>(&self, at: usize) -> Result<Option<[u8; N]>, BadCell>
    where
        Self: Sized,
    {
        let bytes = self.opt_slice(at)?.map(<[u8; N]>::try_from).transpose();
        bytes.map_err(|_| BadCell::new(at, "has the wrong length"))
    }

    /// A small number that must be there.
    ///
    /// # Errors
    /// As above.
    fn small<N: TryFrom<i64>>(&self, at: usize) -> Result<N, BadCell>
    where
        Self: Sized,
    {
        N::try_from(self.int(at)?).map_err(|_| BadCell::new(at, "is out of range"))
    }

    /// A thing written as JSON.
    ///
    /// # Errors
    /// As above.
    fn json<T: DeserializeOwned>(&self, at: usize) -> Result<T, BadCell>
    where
        Self: Sized,
    {
        let text = self.opt_str(at)?.ok_or_else(|| BadCell::missing(at))?;
        serde_json::from_str(text).map_err(|error| BadCell::json(at, &error))
    }

    /// A moment.
    ///
    /// # Errors
    /// As above.
    fn opt_time(&self, at: usize) -> Result<Option<Timestamp>, BadCell> {
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
    fn opt_int(&self, at: usize) -> Result<Option<i64>, BadCell> {
        self.get(at).map_err(|_| BadCell::other_type(at))
    }

    fn opt_str(&self, at: usize) -> Result<Option<&str>, BadCell> {
        let cell = self.get_ref(at).map_err(|_| BadCell::other_type(at))?;
        cell.as_str_or_null().map_err(|_| BadCell::other_type(at))
    }

    fn opt_slice(&self, at: usize) -> Result<Option<&[u8]>, BadCell> {
        let cell = self.get_ref(at).map_err(|_| BadCell::other_type(at))?;
        cell.as_blob_or_null().map_err(|_| BadCell::other_type(at))
    }
}

impl Cells for tokio_postgres::Row {
    fn opt_int(&self, at: usize) -> Result<Option<i64>, BadCell> {
        self.try_get(at).map_err(|_| BadCell::other_type(at))
    }

    fn opt_str(&self, at: usize) -> Result<Option<&str>, BadCell> {
        self.try_get(at).map_err(|_| BadCell::other_type(at))
    }

    fn opt_slice(&self, at: usize) -> Result<Option<&[u8]>, BadCell> {
        let bytes: Option<Sent<'_>> = self.try_get(at).map_err(|_| BadCell::other_type(at))?;
        Ok(bytes.map(|Sent(bytes)| bytes))
    }
}

/// Bytes as PostgreSQL sends them: those of a `bytea`, the sixteen of a `uuid`.
struct Sent<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Sent<'a> {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(bytes))
    }

    fn accepts(ty: &Type) -> bool {
        [Type::BYTEA, Type::UUID].contains(ty)
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

impl From<NotificationId> for Value {
    fn from(id: NotificationId) -> Self {
        Self::Id(*id.as_bytes())
    }
}

impl From<ListenerId> for Value {
    fn from(id: ListenerId) -> Self {
        Self::Id(*id.as_bytes())
    }
}

impl From<DeliveryId> for Value {
    fn from(id: DeliveryId) -> Self {
        Self::Id(*id.as_bytes())
    }
}

impl From<RecurrentPaymentId> for Value {
    fn from(id: RecurrentPaymentId) -> Self {
        Self::Id(*id.as_bytes())
    }
}

impl From<JobId> for Value {
    fn from(id: JobId) -> Self {
        Self::Id(*id.as_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Secret;

    impl Serialize for Secret {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("4024007153763191"))
        }
    }

    #[test]
    fn what_cannot_be_json_is_refused_instead_of_written_as_nothing() {
        let refused = Value::json(("sales", "details"), &Secret).map_err(CommitError::from);
        let Err(CommitError::Refused(why)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(why, "sales.details cannot be written as JSON");
    }

    #[test]
    fn an_error_about_json_has_its_place_and_none_of_its_text() {
        let error = serde_json::from_str::<u8>(r#""4024007153763191""#).unwrap_err();
        assert!(error.to_string().contains("4024"), "what must not be kept");
        let why = BadCell::json(0, &error).why;
        assert_eq!(
            why,
            "is not the JSON it should be (data, line 1, column 18)"
        );
    }
}
