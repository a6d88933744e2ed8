//! Why a use case did not happen, in the words of the domain. Each protocol maps these to its own answers; there are no
//! status codes here.

use crate::ical::check::Refusal;
use crate::store::StoreError;
use thiserror::Error;

/// Why a use case did not happen; nothing of it was written.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// No such thing, or none that the actor may know of.
    #[error("{0} not found")]
    NotFound(String),
    /// The actor may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The actor lacks a WebDAV privilege (RFC 3744 7.1.1).
    #[error("{privilege} is needed on {href}")]
    NeedPrivileges {
        /// On which resource.
        href: String,
        /// Local name of the privilege in the `DAV:` namespace.
        privilege: &'static str,
    },
    /// The body is not an object that may be stored (RFC 4791 5.3.2.1).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The present state contradicts the request.
    #[error("{message}")]
    Conflict {
        /// Short and stable, for programs.
        code: &'static str,
        /// For people.
        message: String,
        /// What a program needs to go on.
        detail: serde_json::Value,
    },
    /// A condition of the request (If-Match and its kin) does not hold.
    #[error("the resource is not as the request expects")]
    PreconditionFailed,
    /// Understood, but against the rules.
    #[error("{message}")]
    Unprocessable {
        /// For people.
        message: String,
        /// The rules it breaks, as sentences.
        rules: Vec<String>,
    },
    /// A field of the request makes no sense.
    #[error("{field}: {message}")]
    Invalid {
        /// Which.
        field: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// It was there, and is no more.
    #[error("no longer there")]
    Gone,
    /// Another object of the collection has this UID, or this object another one (RFC 4791 5.3.2.1).
    #[error("{why}: {href}")]
    UidConflict {
        /// Which of the two.
        why: &'static str,
        /// The object that has the UID, or the one whose UID is another.
        href: String,
    },
    /// The same meeting stands in another calendar of theirs (RFC 6638 3.2.4.1).
    #[error("this meeting stands in {href} already: move it from there, or remove it first")]
    SecondCopy {
        /// The other object.
        href: String,
    },
    /// The sync token is unknown or too old (RFC 6578 3.8).
    #[error("the sync token is no longer valid; list the collection again")]
    InvalidSyncToken,
    /// A limit is reached.
    #[error("{0}")]
    TooMany(String),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            // Whoever sent it can mend it.
            StoreError::Nul => Self::invalid("text", "holds a NUL character (U+0000); leave it out"),
            other => Self::Store(other),
        }
    }
}

impl ServiceError {
    /// A field that makes no sense.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// A contradiction without further detail.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into(), detail: serde_json::Value::Null }
    }

    /// Whether the disk is full: nothing more can be stored until somebody makes room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Store(StoreError::Full))
    }

    /// Whether the database can only be read.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(self, Self::Store(StoreError::ReadOnly))
    }

    /// Whether the same request may well succeed a little later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        use StoreError::{Away, Broken, Busy, Closed, ReadOnly, Unknown};
        matches!(self, Self::Store(Busy | ReadOnly | Closed | Away(_) | Unknown | Broken(_)))
    }
}
