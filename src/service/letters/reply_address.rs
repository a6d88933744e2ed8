//! The address to which one reader's answers go: whoever writes to it knows it from a mail of ours. The tag is an HMAC
//! over whose it is, so that nothing is kept; revoking somebody's links revokes their addresses too.

use crate::ids::PersonId;
use crate::roster::link::keyed_code;
use crate::service::Ctx;
use crate::store::{Connection, StoreError, people};
use subtle::ConstantTimeEq as _;

/// Bytes of the authentication code that are kept: 128 bits.
const KEPT: usize = 16;

/// Where answers come back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replies {
    /// What their addresses begin with, before the tag.
    pub local: String,
    /// Their domain.
    pub domain: String,
}

/// Whose answers come to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// Those of somebody here, to shifts and offers of theirs.
    Own,
    /// Those of somebody elsewhere, by their address in lower case, to meetings of somebody here.
    Meetings(&'a str),
    /// Reports that mail to somebody here can't be delivered.
    Bounces,
}

impl Replies {
    /// Where a person answers.
    pub(super) fn of_person(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        person: &PersonId,
    ) -> Result<String, StoreError> {
        self.of(tx, ctx, person, Purpose::Own)
    }

    /// Where somebody elsewhere answers a person's invitations.
    pub(super) fn of_meetings(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        (person, guest): (&PersonId, &str),
    ) -> Result<String, StoreError> {
        self.of(tx, ctx, person, Purpose::Meetings(guest))
    }

    /// Where reports come back to of mail to a person.
    pub(super) fn of_bounces(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        person: &PersonId,
    ) -> Result<String, StoreError> {
        self.of(tx, ctx, person, Purpose::Bounces)
    }

    fn of(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        person: &PersonId,
        purpose: Purpose<'_>,
    ) -> Result<String, StoreError> {
        let epoch = people::link_epoch(tx, person)?;
        Ok(format!("{}+{}@{}", self.local, code(&ctx.host.link_key, person, purpose, epoch), self.domain))
    }

    /// The tag of an address of this shape.
    #[must_use]
    pub fn tag(&self, address: &str) -> Option<String> {
        let (local, domain) = address.rsplit_once('@')?;
        let (name, tag) = local.split_once('+')?;
        let ours = name.eq_ignore_ascii_case(&self.local) && domain.eq_ignore_ascii_case(&self.domain);
        (ours && tag.len() == KEPT * 2).then(|| tag.to_ascii_lowercase())
    }

    /// Whether a tag is that of a person, with the number of their links, for this; in constant time.
    #[must_use]
    pub fn is_tag(tag: &str, key: &[u8], (person, epoch): (&PersonId, i64), purpose: Purpose<'_>) -> bool {
        code(key, person, purpose, epoch).as_bytes().ct_eq(tag.as_bytes()).into()
    }
}

fn code(key: &[u8], person: &PersonId, purpose: Purpose<'_>, epoch: i64) -> String {
    let (word, guest) = match purpose {
        Purpose::Own => ("own", ""),
        Purpose::Meetings(guest) => ("meetings", guest),
        Purpose::Bounces => ("bounces", ""),
    };
    keyed_code(key, "dogwatch reply address 1", &[word, person.as_str(), guest], epoch, KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"an invented key for the tests only";

    #[test]
    fn an_address_is_worth_nothing_for_another_person_purpose_key_or_epoch() {
        let (ada, ben) = (PersonId::from("ada"), PersonId::from("ben"));
        let tag = code(KEY, &ada, Purpose::Own, 1);
        assert!(Replies::is_tag(&tag, KEY, (&ada, 1), Purpose::Own));
        assert!(!Replies::is_tag(&tag, KEY, (&ben, 1), Purpose::Own));
        assert!(!Replies::is_tag(&tag, KEY, (&ada, 1), Purpose::Meetings("")));
        assert!(!Replies::is_tag(&tag, b"another key", (&ada, 1), Purpose::Own));
        assert!(!Replies::is_tag(&tag, KEY, (&ada, 2), Purpose::Own));
    }

    #[test]
    fn a_tag_is_read_from_our_own_addresses_alone_in_any_case() {
        let replies = Replies { local: "oncall".to_owned(), domain: "roster.example.org".to_owned() };
        let tag = code(KEY, &PersonId::from("ada"), Purpose::Own, 0);
        let address = format!("oncall+{tag}@roster.example.org");
        assert!(address.split('@').next().unwrap().len() <= 64, "RFC 5321 4.5.3.1.1");
        assert_eq!(replies.tag(&address.to_uppercase()).as_deref(), Some(tag.as_str()));
        for other in ["oncall@roster.example.org", "oncall+x@roster.example.org", &address.replace("oncall", "on")] {
            assert_eq!(replies.tag(other), None, "{other}");
        }
        assert_eq!(replies.tag(&address.replace("roster.", "")), None);
    }
}
