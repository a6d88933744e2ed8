//! Our values in PostgreSQL's types and back: BIGINT, TEXT and BYTEA, and what its functions answer of their kind.

use crate::store::Value;
use bytes::{BufMut as _, BytesMut};
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use std::error::Error;

/// The type of a value; nothing where there is no value.
pub(super) fn type_of(value: &Value) -> Option<Type> {
    match value {
        Value::Null => None,
        Value::Int(_) => Some(Type::INT8),
        Value::Text(_) => Some(Type::TEXT),
        Value::Bytes(_) => Some(Type::BYTEA),
    }
}

/// Whether these values can be sent as these types.
pub(super) fn fit(values: &[Value], types: &[Type]) -> bool {
    values.len() == types.len()
        && values.iter().zip(types).all(|(value, wanted)| type_of(value).is_none_or(|given| given == *wanted))
}

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if type_of(self).is_some_and(|given| given != *wanted) {
            return Err(format!("a value of another type than {wanted}").into());
        }
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Int(number) => out.put_i64(*number),
            Self::Text(text) => out.put_slice(text.as_bytes()),
            Self::Bytes(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        // Decided by value, above.
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(kind, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            _ => Self::Text(std::str::from_utf8(raw)?.to_owned()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT8
                | Type::INT4
                | Type::BOOL
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::NAME
                | Type::UNKNOWN
        )
    }
}
