//! Paths: what a request path names, decoded once and strictly, so that no spelling reaches what another can't.

use crate::ids::{PersonId, TeamId, is_slug};
use crate::service::calendars::{CollectionPath, ProxyKind, Target};
use percent_encoding::percent_decode_str;

const MAX_SEGMENT: usize = 255;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A collection that only leads on to others.
    Container(Container),
    /// Something with data of its own.
    Target(Target),
}

/// The collections that hold no data. Clients start at any of them and look for `current-user-principal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// `/`
    Host,
    /// `/.well-known/` (RFC 8615)
    WellKnownFolder,
    /// `/.well-known/caldav` (RFC 6764)
    WellKnown,
    /// `/dav/`
    Dav,
    /// `/principals/`, where Apple looks too.
    OldPrincipals,
    /// `/dav/principals/`
    Principals,
    /// `/dav/principals/users/`
    Users,
    /// `/dav/principals/teams/`
    Teams,
    /// `/dav/calendars/`
    Calendars,
}

impl Container {
    /// Its path.
    pub const fn href(self) -> &'static str {
        match self {
            Self::Host => "/",
            Self::WellKnownFolder => "/.well-known/",
            Self::WellKnown => "/.well-known/caldav",
            Self::Dav => "/dav/",
            Self::OldPrincipals => "/principals/",
            Self::Principals => "/dav/principals/",
            Self::Users => "/dav/principals/users/",
            Self::Teams => "/dav/principals/teams/",
            Self::Calendars => "/dav/calendars/",
        }
    }
}

impl Place {
    /// The path as answers spell it.
    pub fn href(&self) -> String {
        match self {
            Self::Container(container) => container.href().to_owned(),
            Self::Target(target) => target.href(),
        }
    }
}

/// Why a path names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// It is spelled as no path of ours may be.
    #[error("the path is malformed: {0}")]
    Malformed(&'static str),
    /// Nothing is or can be there.
    #[error("nothing is there")]
    Unknown,
}

/// Reads a path as it was sent.
pub fn parse(raw: &str) -> Result<Place, BadPath> {
    let inner = raw.strip_prefix('/').ok_or(BadPath::Malformed("it does not begin with a slash"))?;
    let inner = inner.trim_end_matches('/');
    if inner.is_empty() {
        return Ok(Place::Container(Container::Host));
    }
    let segments = inner.split('/').map(decode).collect::<Result<Vec<String>, BadPath>>()?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let container = |container| Ok(Place::Container(container));
    match segments.as_slice() {
        [".well-known"] => container(Container::WellKnownFolder),
        [".well-known", "caldav"] => container(Container::WellKnown),
        ["dav"] => container(Container::Dav),
        ["principals"] => container(Container::OldPrincipals),
        ["dav", "principals"] => container(Container::Principals),
        ["dav", "principals", "users"] => container(Container::Users),
        ["dav", "principals", "teams"] => container(Container::Teams),
        ["dav", "calendars"] => container(Container::Calendars),
        ["principals" | "dav", rest @ ..] => target(rest).map(Place::Target),
        _ => Err(BadPath::Unknown),
    }
}

fn target(segments: &[&str]) -> Result<Target, BadPath> {
    let slug = |text: &str| if is_slug(text) { Ok(()) } else { Err(BadPath::Unknown) };
    match *segments {
        ["principals", "users", person] | ["users", person] => {
            slug(person)?;
            Ok(Target::Person(PersonId::from(person)))
        }
        ["principals", "users", person, proxy] | ["users", person, proxy] => {
            slug(person)?;
            let kind = ProxyKind::ALL.into_iter().find(|kind| kind.name() == proxy).ok_or(BadPath::Unknown)?;
            Ok(Target::Proxy(PersonId::from(person), kind))
        }
        ["principals", "teams", team] | ["teams", team] => {
            slug(team)?;
            Ok(Target::TeamPrincipal(TeamId::from(team)))
        }
        ["calendars", home] => {
            slug(home)?;
            Ok(Target::Home(PersonId::from(home)))
        }
        ["calendars", home, collection] => {
            slug(home)?;
            Ok(Target::Collection(CollectionPath::new(PersonId::from(home), collection)))
        }
        ["calendars", home, collection, object] => {
            slug(home)?;
            Ok(Target::Object(CollectionPath::new(PersonId::from(home), collection).object(object)))
        }
        _ => Err(BadPath::Unknown),
    }
}

/// Decodes a segment once. What would be dangerous if somebody on the way decoded it again is refused.
fn decode(raw: &str) -> Result<String, BadPath> {
    if is_plain(raw) {
        return Ok(raw.to_owned());
    }
    if has_broken_escape(raw) {
        return Err(BadPath::Malformed("a percent sign without two hexadecimal digits"));
    }
    let text = percent_decode_str(raw).decode_utf8().map_err(|_| BadPath::Malformed("it is not UTF-8"))?;
    match text.as_ref() {
        "" => return Err(BadPath::Malformed("an empty segment")),
        "." | ".." => return Err(BadPath::Malformed("a dot segment")),
        _ => {}
    }
    if text.len() > MAX_SEGMENT {
        return Err(BadPath::Malformed("a segment is longer than 255 bytes"));
    }
    if has_separator(&text) {
        return Err(BadPath::Malformed("a slash or control character inside a segment"));
    }
    if hides_something(&text) {
        return Err(BadPath::Malformed("it is encoded twice"));
    }
    Ok(text.into_owned())
}

/// Whether a segment stands for itself, as nearly every one does.
fn is_plain(raw: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_SEGMENT).contains(&raw.len()) && !raw.starts_with('.') && raw.bytes().all(plain)
}

fn has_separator(text: &str) -> bool {
    text.contains(|c: char| c == '/' || c.is_control())
}

/// Whether a second decoding would make more of a segment than the name of one thing. A percent sign alone is a
/// character like any other.
fn hides_something(text: &str) -> bool {
    if !has_escape(text) {
        return false;
    }
    let again = percent_decode_str(text).decode_utf8();
    again.map_or(true, |again| matches!(again.as_ref(), "." | "..") || has_separator(&again) || has_escape(&again))
}

fn escapes(text: &str) -> impl Iterator<Item = bool> {
    text.match_indices('%').map(|(at, _)| {
        let digits = text.as_bytes().get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn has_escape(text: &str) -> bool {
    escapes(text).any(|well_formed| well_formed)
}

fn has_broken_escape(text: &str) -> bool {
    escapes(text).any(|well_formed| !well_formed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> Place {
        Place::Target(Target::Object(CollectionPath::new(PersonId::from("ada"), "calendar").object(name)))
    }

    #[test]
    fn collections_are_known_with_and_without_their_last_slash() {
        for path in ["/dav/calendars/ada/calendar/", "/dav/calendars/ada/calendar"] {
            assert_eq!(parse(path).unwrap().href(), "/dav/calendars/ada/calendar/");
        }
        for path in ["/", "/dav/", "/dav/principals/", "/principals/", "/dav/principals/users/", "/dav/calendars/"] {
            assert_eq!(parse(path).unwrap().href(), path);
        }
    }

    #[test]
    fn an_at_sign_is_the_same_whether_encoded_or_not() {
        assert_eq!(parse("/dav/calendars/ada/calendar/x@y.ics").unwrap(), object("x@y.ics"));
        assert_eq!(parse("/dav/calendars/ada/calendar/x%40y.ics").unwrap(), object("x@y.ics"));
        assert_eq!(
            parse("/dav/calendars/ada/calendar/x%40y.ics").unwrap().href(),
            "/dav/calendars/ada/calendar/x%40y.ics"
        );
    }

    #[test]
    fn no_spelling_climbs_out_of_its_place() {
        for name in [
            "..%2f..%2fadmin.ics",
            "..",
            "%2e%2e",
            "%2E",
            "a%00b",
            "%252e%252e",
            "a%252fb",
            "a%25252eb",
            "a%2500b",
            "a%25ffb",
            "a%2fb",
            "a%0ab",
            "%",
            "%4",
            "%zz",
            "%ff",
        ] {
            assert!(
                matches!(parse(&format!("/dav/calendars/ada/calendar/{name}")), Err(BadPath::Malformed(_))),
                "{name}"
            );
        }
        assert!(matches!(parse("/dav//calendars"), Err(BadPath::Malformed(_))));
        assert!(matches!(
            parse(&format!("/dav/calendars/ada/calendar/{}", "x".repeat(256))),
            Err(BadPath::Malformed(_))
        ));
        assert!(parse(&format!("/dav/calendars/ada/calendar/{}", "x".repeat(255))).is_ok());
    }

    #[test]
    fn a_percent_sign_may_stand_in_a_name() {
        for (path, name) in [("100%25.ics", "100%.ics"), ("3%2520a.ics", "3%20a.ics")] {
            let parsed = parse(&format!("/dav/calendars/ada/calendar/{path}")).unwrap();
            assert_eq!(parsed, object(name));
            assert!(parsed.href().ends_with(path), "{}", parsed.href());
        }
    }

    #[test]
    fn slashes_at_the_end_name_nothing() {
        assert_eq!(parse("/dav/calendars//").unwrap(), parse("/dav/calendars").unwrap());
        assert_eq!(parse("///").unwrap().href(), "/");
    }

    #[test]
    fn what_cannot_be_there_is_unknown() {
        for path in [
            "/remote.php/dav",
            "/dav/files/",
            "/dav/calendars/Ada%20L/",
            "/dav/calendars/a/b/c/d",
            "/dav/principals/x/y/",
        ] {
            assert_eq!(parse(path), Err(BadPath::Unknown), "{path}");
        }
    }

    #[test]
    fn principals_are_found_under_the_address_that_apple_guesses() {
        let proxy = "/dav/principals/users/ada/calendar-proxy-write/";
        assert_eq!(parse(proxy).unwrap().href(), proxy);
        assert_eq!(parse("/dav/principals/users/ada/calendar-proxy-other/"), Err(BadPath::Unknown));
        assert_eq!(parse("/principals/users/ada/").unwrap(), parse("/dav/principals/users/ada/").unwrap());
    }

    proptest::proptest! {
        #![proptest_config(crate::cases(512))]

        #[test]
        fn any_path_is_refused_or_leads_where_its_own_address_leads(raw in crate::hostile::path()) {
            if let Ok(place) = parse(&raw) {
                proptest::prop_assert_eq!(parse(&place.href()), Ok(place), "{}", raw);
            }
        }
    }
}
