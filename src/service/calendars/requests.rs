//! What the protocol hands in: conditions of a write, bodies, and property changes, already out of their wire format.

use crate::time::Instant;
use bytes::Bytes;

/// One entity tag of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag {
    /// It was written `W/"…"`.
    pub weak: bool,
    /// With its quotes, without `W/`.
    pub tag: String,
}

/// The value of If-Match or If-None-Match (RFC 9110 13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagList {
    /// `*`: anything that exists.
    Any,
    /// Any of these; an unreadable value is an empty list, which matches nothing.
    Tags(Vec<EntityTag>),
}

/// The conditions of a write; all are tested inside its transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// If-Match.
    pub if_match: Option<TagList>,
    /// If-None-Match.
    pub if_none_match: Option<TagList>,
    /// If-Unmodified-Since, which speaks of whole seconds.
    pub if_unmodified_since: Option<Instant>,
    /// If-Schedule-Tag-Match (RFC 6638 8.3), as sent; iOS sends it with an empty value, which is no condition.
    pub if_schedule_tag_match: Option<String>,
    /// If (RFC 4918 10.4): one of the lists must hold, and of it every term. What it says of other resources is settled
    /// already.
    pub lists: Option<Vec<Vec<StateTerm>>>,
}

/// One term of a list of the If header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTerm {
    /// `Not`: the state must be another one.
    pub not: bool,
    /// The state that is spoken of.
    pub state: State,
}

/// A state of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The object's entity tag.
    Etag(String),
    /// The sync token of its calendar (RFC 6578 5).
    SyncToken(String),
    /// Known to hold or not: of another resource, or a token of a lock, which nothing here has.
    Settled(bool),
}

impl StateTerm {
    /// Whether it holds of an object with this tag, if there is one, in a calendar with this token.
    #[must_use]
    pub fn holds(&self, etag: Option<&str>, token: &str) -> bool {
        let is_so = match &self.state {
            State::Etag(tag) => etag == Some(tag.as_str()),
            State::SyncToken(known) => known == token,
            State::Settled(is_so) => *is_so,
        };
        is_so != self.not
    }
}

impl TagList {
    /// Reads the header's value. Tags without quotes are taken as if they had them: some clients drop them.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        if value.trim() == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        let mut rest = value.trim_start_matches([' ', '\t', ',']);
        while !rest.is_empty() {
            let (weak, after) = match rest.strip_prefix("W/").or_else(|| rest.strip_prefix("w/")) {
                Some(after) => (true, after),
                None => (false, rest),
            };
            let (opaque, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => after.split_once(',').unwrap_or((after, "")),
            };
            tags.push(EntityTag { weak, tag: format!("\"{}\"", opaque.trim()) });
            rest = after.trim_start_matches([' ', '\t', ',']);
        }
        Self::Tags(tags)
    }

    /// Whether the current tag is named, weak tags included: Radicale and proxies that compress weaken what they pass.
    #[must_use]
    pub fn names(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|t| t.tag == etag),
        }
    }
}

/// The body and conditions of a PUT.
#[derive(Clone, Debug, Default)]
pub struct PutRequest {
    /// The object's text.
    pub body: Bytes,
    /// Content-Type as sent.
    pub content_type: Option<String>,
    /// When to do it.
    pub conditions: Conditions,
    /// False for `Schedule-Reply: F`: tell nobody (RFC 6638 8.1).
    pub schedule_reply: bool,
}

/// The value of a property that a client sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyValue {
    /// Text inside the element, at any depth.
    pub text: String,
    /// Names of the child elements as `{namespace}local`.
    pub children: Vec<String>,
    /// The addresses right inside.
    pub hrefs: Vec<String>,
    /// The whole element with its namespaces declared, as it is given back.
    pub xml: String,
}

/// One instruction of a PROPPATCH, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyChange {
    /// `{namespace}local`.
    pub name: String,
    /// Set to this, or remove.
    pub value: Option<PropertyValue>,
}

/// What became of one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyStatus {
    /// Done (200).
    Applied,
    /// Clients can't change it (403, `cannot-modify-protected-property`).
    Protected,
    /// The value makes no sense (409), and why.
    Invalid(String),
    /// The value breaks a precondition of CalDAV (403).
    Precondition {
        /// Local name of the element that names it.
        element: &'static str,
        /// What is wrong.
        why: String,
    },
    /// It would have worked, but another one didn't (424).
    FailedDependency,
}

/// What became of each property; either all are applied or none (RFC 4918 9.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchOutcome {
    /// Name and fate, in the order of the request.
    pub properties: Vec<(String, PropertyStatus)>,
}

impl PatchOutcome {
    /// Whether the change was made.
    #[must_use]
    pub fn applied(&self) -> bool {
        self.properties.iter().all(|(_, status)| *status == PropertyStatus::Applied)
    }
}

/// What MKCALENDAR or an extended MKCOL asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCollection {
    /// It is one that somebody else's server keeps (`CS:subscribed`).
    pub outside: bool,
    /// `supported-calendar-component-set`, where given.
    pub components: Option<Vec<String>>,
    /// The other properties; nothing is created unless all of them can be set.
    pub properties: Vec<PropertyChange>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(weak: bool, tag: &str) -> EntityTag {
        EntityTag { weak, tag: tag.to_owned() }
    }

    #[test]
    fn a_list_of_strong_weak_and_bare_tags_is_read() {
        let list = TagList::parse("\"a,b\", W/\"c\" ,d");
        assert_eq!(list, TagList::Tags(vec![tag(false, "\"a,b\""), tag(true, "\"c\""), tag(false, "\"d\"")]));
    }

    #[test]
    fn an_asterisk_names_whatever_exists_and_nothing_names_nothing() {
        assert!(TagList::parse(" * ").names("\"x\""));
        assert!(!TagList::parse("").names("\"x\""));
        assert!(TagList::parse("\"y\", W/\"x\"").names("\"x\""));
    }
}
