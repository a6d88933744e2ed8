//! Identifiers as newtypes over text, so that a slot can't be passed where a person is meant.
//!
//! People and teams are known by an immutable ASCII slug that may stand in a URL; everything else by a UUIDv7
//! that `service` draws.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; where it comes from outside, look it up before you trust it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )+};
}

ids! {
    /// A person: an immutable slug such as `ada`.
    PersonId,
    /// A team: an immutable slug such as `payments`.
    TeamId,
    /// Something a role requires.
    QualificationId,
    /// A calendar collection.
    CollectionId,
    /// One role of one occurrence of a pattern.
    SlotId,
    /// The slots that one person holds together.
    TurnId,
    /// A team's plan for a period.
    RosterId,
    /// A change of holder that somebody asked for.
    SwapId,
    /// A swap as put to one person.
    OfferId,
    /// Moves of shifts that happen together or not at all, as put to everybody who takes one.
    ProposalId,
    /// A call-out that somebody entered.
    CallOutId,
    /// A schedule at a pager.
    PagerId,
    /// A receiver of webhooks.
    WebhookId,
    /// An app password, API token or feed: the part that may be shown and looked up.
    TokenId,
}

/// Whether `text` may be the slug of a person or team: ASCII lower case, digits and inner hyphens, at most 63 bytes.
///
/// Clients mis-encode `@`, spaces, `$` and `:` in paths, so none of them can occur.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= 63
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-')
}
