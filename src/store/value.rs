//! Values as both engines know them, and rows of them.

use super::StoreError;
use crate::ids::{
    CallOutId, CollectionId, OfferId, PagerId, PersonId, ProposalId, QualificationId, RosterId, SlotId, SwapId, TeamId,
    TokenId, TurnId, WebhookId,
};
use crate::time::{Day, Instant, Window, Zone};

/// One value of a row or argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, a truth value (0 or 1), or a moment in UTC milliseconds.
    Int(i64),
    /// A text; days are `2026-12-01`, zones their IANA name.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($($source:ty => |$it:ident| $value:expr),+ $(,)?) => {$(
        impl From<$source> for Value {
            fn from($it: $source) -> Self {
                $value
            }
        }
    )+};
}

from! {
    i64 => |it| Self::Int(it),
    u32 => |it| Self::Int(i64::from(it)),
    bool => |it| Self::Int(i64::from(it)),
    &str => |it| Self::Text(it.to_owned()),
    String => |it| Self::Text(it),
    &String => |it| Self::Text(it.clone()),
    Vec<u8> => |it| Self::Bytes(it),
    &[u8] => |it| Self::Bytes(it.to_vec()),
    Instant => |it| Self::Int(it.millis()),
    Day => |it| Self::Text(it.format("%Y-%m-%d").to_string()),
    Zone => |it| Self::Text(it.name().to_owned()),
}

macro_rules! from_ids {
    ($($id:ty),+) => {$(
        from! {
            &$id => |it| Self::Text(it.as_str().to_owned()),
            $id => |it| Self::Text(it.as_str().to_owned()),
        }
    )+};
}

from_ids!(
    PersonId,
    TeamId,
    QualificationId,
    CollectionId,
    SlotId,
    TurnId,
    RosterId,
    SwapId,
    OfferId,
    ProposalId,
    CallOutId,
    TokenId,
    WebhookId,
    PagerId
);

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer; columns are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    /// A row of these values.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// All of its values.
    pub(super) fn values(&self) -> &[Value] {
        &self.0
    }

    /// The same, to be put there anew.
    pub(super) fn values_mut(&mut self) -> &mut [Value] {
        &mut self.0
    }

    /// The same, given away.
    pub(super) fn into_values(self) -> Vec<Value> {
        self.0
    }

    /// A number.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| absent(column))
    }

    /// A number, where there is one.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            other => Err(unexpected(column, "a number", other)),
        }
    }

    /// A number that can't be negative.
    pub fn unsigned(&self, column: usize) -> Result<u32, StoreError> {
        let number = self.int(column)?;
        u32::try_from(number).map_err(|_| StoreError::Shape(format!("column {column} is out of range: {number}")))
    }

    /// A truth value, stored as 0 or 1.
    pub fn boolean(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// A moment.
    pub fn instant(&self, column: usize) -> Result<Instant, StoreError> {
        self.int(column).map(Instant::from_millis)
    }

    /// A moment, where there is one.
    pub fn opt_instant(&self, column: usize) -> Result<Option<Instant>, StoreError> {
        Ok(self.opt_int(column)?.map(Instant::from_millis))
    }

    /// The window from the moment in this column to the moment in the next.
    pub fn window(&self, column: usize) -> Result<Window, StoreError> {
        Ok(Window::new(self.instant(column)?, self.instant(column + 1)?))
    }

    /// A text.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| absent(column))
    }

    /// A text that stays where it is.
    pub fn text_ref(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unexpected(column, "a text", other)),
        }
    }

    /// A text, where there is one.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Null) => Ok(None),
            other => Err(unexpected(column, "a text", other)),
        }
    }

    /// A day.
    pub fn day(&self, column: usize) -> Result<Day, StoreError> {
        self.opt_day(column)?.ok_or_else(|| absent(column))
    }

    /// A day, where there is one.
    pub fn opt_day(&self, column: usize) -> Result<Option<Day>, StoreError> {
        let Some(text) = self.opt_text(column)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| StoreError::Shape(format!("column {column} is not a day: {text}")))
    }

    /// A zone by its IANA name.
    pub fn zone(&self, column: usize) -> Result<Zone, StoreError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| StoreError::Shape(format!("column {column} is not a time zone: {text}")))
    }

    /// Bytes, where there are any.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self.0.get(column) {
            Some(Value::Bytes(bytes)) => Ok(Some(bytes.clone())),
            Some(Value::Null) => Ok(None),
            other => Err(unexpected(column, "bytes", other)),
        }
    }

    /// Bytes.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        self.opt_bytes(column)?.ok_or_else(|| absent(column))
    }

    /// A text without copying it; the column is empty afterwards.
    pub fn take_text(&mut self, column: usize) -> Result<String, StoreError> {
        match self.0.get_mut(column).map(|value| std::mem::replace(value, Value::Null)) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unexpected(column, "a text", other.as_ref())),
        }
    }

    /// Bytes without copying them, where there are any; the column is empty afterwards.
    pub fn opt_take_bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self.0.get_mut(column).map(|value| std::mem::replace(value, Value::Null)) {
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Value::Null) => Ok(None),
            other => Err(unexpected(column, "bytes", other.as_ref())),
        }
    }

    /// Bytes without copying them; the column is empty afterwards.
    pub fn take_bytes(&mut self, column: usize) -> Result<Vec<u8>, StoreError> {
        match self.0.get_mut(column).map(|value| std::mem::replace(value, Value::Null)) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            other => Err(unexpected(column, "bytes", other.as_ref())),
        }
    }
}

fn absent(column: usize) -> StoreError {
    StoreError::Shape(format!("column {column} is empty"))
}

/// Names the kind only: a value may be a secret.
fn unexpected(column: usize, wanted: &str, found: Option<&Value>) -> StoreError {
    let found = match found {
        None => "missing",
        Some(Value::Null) => "empty",
        Some(Value::Int(_)) => "a number",
        Some(Value::Text(_)) => "a text",
        Some(Value::Bytes(_)) => "bytes",
    };
    StoreError::Shape(format!("column {column} should be {wanted} and is {found}"))
}
