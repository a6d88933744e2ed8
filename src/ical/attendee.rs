//! People in calendar objects: addresses as people and programs spell them, somebody's line among the attendees, and
//! what it answers.

use super::build::normal_address;
use super::property::Property;
use super::tree::Component;

/// A calendar user, by all addresses under which they may be invited; the default is nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    addresses: Vec<String>,
}

impl User {
    /// Whoever has these addresses, in whatever spelling.
    pub fn new<A: AsRef<str>>(addresses: impl IntoIterator<Item = A>) -> Self {
        Self { addresses: addresses.into_iter().map(|address| plain(address.as_ref())).collect() }
    }

    /// Whether a calendar user address is theirs: `ada+talks@example.org` is Ada's too.
    #[must_use]
    pub fn is(&self, address: &str) -> bool {
        let address = plain(address);
        let known = |one: &str| self.addresses.iter().any(|own| own == one);
        known(&address) || untagged(&address).is_some_and(|plain| known(&plain))
    }

    /// Their line among the attendees of a component. Whoever is named by something else than a mail address (macOS
    /// writes `urn:uuid:…`, or the href of a principal) may be told by EMAIL (RFC 7986 6.2).
    #[must_use]
    pub fn line_in<'t>(&self, component: Component<'t>) -> Option<Property<'t>> {
        let named = component.all("ATTENDEE").find(|attendee| self.is(attendee.value()));
        named.or_else(|| component.all("ATTENDEE").find(|attendee| self.is_by_mail(*attendee)))
    }

    fn is_by_mail(&self, attendee: Property<'_>) -> bool {
        !attendee.value().contains('@') && attendee.param("EMAIL").is_some_and(|email| self.is(&email))
    }
}

/// An address for comparison; the href of a principal with or without its last slash.
fn plain(address: &str) -> String {
    let address = normal_address(address);
    address.strip_suffix('/').map_or_else(|| address.clone(), str::to_owned)
}

/// The address without `+tag`, where it has one.
#[must_use]
pub fn untagged(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (plain, _) = local.split_once('+').filter(|(plain, _)| !plain.is_empty())?;
    Some(format!("{plain}@{domain}"))
}

/// PARTSTAT in upper case, with its default.
#[must_use]
pub fn partstat(attendee: Property<'_>) -> String {
    let word = attendee.param("PARTSTAT").map(|word| word.trim().to_ascii_uppercase());
    word.filter(|word| !word.is_empty()).unwrap_or_else(|| "NEEDS-ACTION".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_in_any_case_encoded_and_with_a_tag_but_not_in_another_domain() {
        let ada = User::new(["mailto:Ada@example.org", "/dav/principals/users/ada/"]);
        for known in [
            "MAILTO:ADA@EXAMPLE.ORG",
            "mailto:ada%40example.org",
            "ada+talks@example.org",
            "/dav/principals/users/ada/",
        ] {
            assert!(ada.is(known), "{known}");
        }
        let line = |line: &str| {
            let text = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTENDEE{line}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
            let tree = crate::ical::tree::Tree::parse(text.as_bytes()).unwrap();
            tree.calendar().children().next().is_some_and(|event| ada.line_in(event).is_some())
        };
        assert!(line(":/dav/principals/users/ada"));
        assert!(line(";EMAIL=Ada@example.org:urn:uuid:1"));
        assert!(!line(";EMAIL=ada@example.org:mailto:ben@example.org"), "a mail address says who it is");
        for other in ["mailto:ada@example.net", "mailto:+@example.org", "mailto:ben@example.org", ""] {
            assert!(!ada.is(other), "{other}");
        }
    }
}
