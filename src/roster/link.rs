//! Signed links: what stands in a person's own shift and offer events, so that a click without a session is still
//! theirs. The text is an HMAC over what it is for, so that rendering again gives the same text.

use crate::ids::{OfferId, PersonId, SlotId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;
use subtle::ConstantTimeEq;

/// Bytes of the authentication code that are kept: 160 bits.
const KEPT: usize = 20;

/// What a signed link is for, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// "Can't make it": asks for cover of a shift.
    Cover {
        /// The slot.
        slot: SlotId,
        /// Which part of it.
        segment: u32,
        /// Who holds it.
        person: PersonId,
    },
    /// Answers an offer, either way.
    Offer {
        /// The offer.
        offer: OfferId,
        /// Who was asked.
        person: PersonId,
    },
}

impl Link {
    /// Whose link it is.
    #[must_use]
    pub const fn person(&self) -> &PersonId {
        match self {
            Self::Cover { person, .. } | Self::Offer { person, .. } => person,
        }
    }

    /// The path of the link, signed: `/links/cover/<slot>/<segment>/<person>/<code>` or
    /// `/links/offer/<offer>/<person>/<code>`. Raising the person's `epoch` revokes all their links.
    #[must_use]
    pub fn path(&self, key: &[u8], epoch: i64) -> String {
        let mut path = String::from("/links");
        for field in self.fields() {
            path.push('/');
            path.push_str(&field);
        }
        path.push('/');
        path.push_str(&self.code(key, epoch));
        path
    }

    /// Reads a path and the code in it; the code is still to be verified.
    #[must_use]
    pub fn parse(path: &str) -> Option<(Self, &str)> {
        let parts: Vec<&str> = path.strip_prefix("/links/")?.split('/').collect();
        let filled = parts.iter().all(|part| !part.is_empty());
        match parts.as_slice() {
            ["cover", slot, segment, person, code] if filled => {
                let segment = segment.parse().ok()?;
                let link = Self::Cover { slot: SlotId::from(*slot), segment, person: PersonId::from(*person) };
                Some((link, code))
            }
            ["offer", offer, person, code] if filled => {
                Some((Self::Offer { offer: OfferId::from(*offer), person: PersonId::from(*person) }, code))
            }
            _ => None,
        }
    }

    /// Whether `code` is this link's, in constant time.
    #[must_use]
    pub fn verify(&self, code: &str, key: &[u8], epoch: i64) -> bool {
        self.code(key, epoch).as_bytes().ct_eq(code.as_bytes()).into()
    }

    fn fields(&self) -> Vec<String> {
        match self {
            Self::Cover { slot, segment, person } => {
                vec!["cover".to_owned(), slot.to_string(), segment.to_string(), person.to_string()]
            }
            Self::Offer { offer, person } => vec!["offer".to_owned(), offer.to_string(), person.to_string()],
        }
    }

    fn code(&self, key: &[u8], epoch: i64) -> String {
        keyed_code(key, "dogwatch link 1", &self.fields(), epoch, KEPT)
    }
}

/// The first bytes of an HMAC over what something is for, its fields and an epoch, in hex. Each field goes in with its
/// length, so that no two share a message.
#[must_use]
pub fn keyed_code(key: &[u8], purpose: &str, fields: &[impl AsRef<str>], epoch: i64, kept: usize) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(purpose.as_bytes());
    for field in fields.iter().map(AsRef::as_ref) {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field.as_bytes());
    }
    mac.update(&epoch.to_be_bytes());
    let mut code = String::with_capacity(kept * 2);
    for byte in mac.finalize().into_bytes().iter().take(kept) {
        write!(code, "{byte:02x}").expect("a String takes everything");
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"an invented key for the tests only";

    fn cover(person: &str, segment: u32) -> Link {
        Link::Cover { slot: "slot-1".into(), segment, person: person.into() }
    }

    fn offer(person: &str) -> Link {
        Link::Offer { offer: "offer-1".into(), person: person.into() }
    }

    #[test]
    fn a_link_reads_back_as_what_it_is_for() {
        for link in [cover("ada", 2), offer("ada")] {
            let path = link.path(KEY, 3);
            let (read, code) = Link::parse(&path).unwrap();
            assert_eq!(read, link);
            assert!(read.verify(code, KEY, 3));
        }
    }

    #[test]
    fn rendering_again_gives_the_same_text() {
        assert_eq!(cover("ada", 0).path(KEY, 1), cover("ada", 0).path(KEY, 1));
        let code = cover("ada", 0).path(KEY, 1).rsplit('/').next().unwrap().len();
        assert!(code * 4 >= 128, "at least 128 bits");
    }

    #[test]
    fn a_code_is_worth_nothing_for_another_person_part_purpose_key_or_epoch() {
        let path = cover("ada", 0).path(KEY, 1);
        let (_, code) = Link::parse(&path).unwrap();
        assert!(!cover("ben", 0).verify(code, KEY, 1));
        assert!(!cover("ada", 1).verify(code, KEY, 1));
        assert!(!offer("ada").verify(code, KEY, 1));
        assert!(!cover("ada", 0).verify(code, b"another key", 1));
        assert!(!cover("ada", 0).verify(code, KEY, 2));
        assert!(!cover("ada", 0).verify(&code[..8], KEY, 1));
        assert!(!cover("ada", 0).verify("", KEY, 1));
    }

    #[test]
    fn what_is_no_link_is_not_read() {
        for path in ["/links/", "/links/cover/a/0/ada", "/links/cover/a/x/ada/00", "/links/offer//ada/00", "/x", ""] {
            assert_eq!(Link::parse(path), None, "{path}");
        }
    }
}
