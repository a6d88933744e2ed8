//! Request headers of WebDAV and CalDAV, read once and leniently where clients are known to differ.

use super::error::Fault;
use super::path::{self, Place};
use crate::ical::zone::Definitions;
use crate::service::calendars::{Conditions, TagList};
use crate::time::Instant;
use chrono::DateTime;
use hyper::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use hyper::{StatusCode, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// How far down a request reaches (RFC 4918 10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The resource alone.
    Zero,
    /// And its members.
    One,
    /// And everything below.
    Infinity,
}

/// What the client would rather have (RFC 7240, RFC 8144).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return=minimal`, or Microsoft's `Brief: t`: leave out what isn't there.
    pub minimal: bool,
    /// `return=representation`: give back what a write made.
    pub representation: bool,
    /// `depth-noroot`: leave out the collection itself.
    pub noroot: bool,
}

/// The Depth header, if there is one.
pub fn depth(headers: &HeaderMap) -> Result<Option<Depth>, Fault> {
    let Some(value) = text(headers, "depth") else { return Ok(None) };
    match value.trim().to_ascii_lowercase().as_str() {
        "0" => Ok(Some(Depth::Zero)),
        "1" => Ok(Some(Depth::One)),
        "infinity" => Ok(Some(Depth::Infinity)),
        _ => Err(Fault::bad_request("Depth must be 0, 1 or infinity")),
    }
}

/// If-Match, If-None-Match, If-Unmodified-Since and If-Schedule-Tag-Match; `service` tests them inside its transaction.
/// If comes with [`super::states`].
pub fn conditions(headers: &HeaderMap) -> Conditions {
    let tags = |name: HeaderName| joined(headers, &name).map(|value| TagList::parse(&value));
    Conditions {
        if_match: tags(IF_MATCH),
        if_none_match: tags(IF_NONE_MATCH),
        if_unmodified_since: date(headers, "if-unmodified-since"),
        if_schedule_tag_match: text(headers, "if-schedule-tag-match").map(str::to_owned),
        lists: None,
    }
}

/// A date of HTTP; what is none is no condition (RFC 9110 13.1.3).
pub fn date(headers: &HeaderMap, name: &str) -> Option<Instant> {
    let at = DateTime::parse_from_rfc2822(text(headers, name)?.trim()).ok()?;
    Some(Instant::from(at.to_utc()))
}

/// Prefer and Brief.
pub fn preferences(headers: &HeaderMap) -> Preferences {
    let mut wanted = Preferences::default();
    for value in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
        for preference in value.split([',', ';']) {
            match preference.trim().to_ascii_lowercase().replace([' ', '"'], "").as_str() {
                "return=minimal" | "return-minimal" => wanted.minimal = true,
                "return=representation" | "return-representation" => wanted.representation = true,
                "depth-noroot" => wanted.noroot = true,
                _ => {}
            }
        }
    }
    wanted.minimal |= text(headers, "brief").is_some_and(|value| value.trim().eq_ignore_ascii_case("t"));
    wanted
}

/// CalDAV-Timezones (RFC 7809 7.1); without it objects come as they are stored.
pub fn definitions(headers: &HeaderMap) -> Option<Definitions> {
    match text(headers, "caldav-timezones")?.trim() {
        "T" | "t" => Some(Definitions::Wanted),
        "F" | "f" => Some(Definitions::Unwanted),
        _ => None,
    }
}

/// False for `Schedule-Reply: F` (RFC 6638 8.1): tell nobody.
pub fn schedule_reply(headers: &HeaderMap) -> bool {
    !text(headers, "schedule-reply").is_some_and(|value| value.trim().eq_ignore_ascii_case("f"))
}

/// False for `Overwrite: F`.
pub fn overwrite(headers: &HeaderMap) -> bool {
    !text(headers, "overwrite").is_some_and(|value| value.trim().eq_ignore_ascii_case("f"))
}

/// What programs leave unencoded in an address, besides all that isn't ASCII.
const FORGOTTEN: &AsciiSet = &CONTROLS.add(b' ');

/// Where a COPY or MOVE goes. Another host is somebody else's server (RFC 4918 9.9.4: 502).
pub fn destination(headers: &HeaderMap, public_host: &str) -> Result<Place, Fault> {
    let value = joined(headers, &HeaderName::from_static("destination"));
    let value = value.ok_or_else(|| Fault::bad_request("a COPY or MOVE needs a Destination"))?;
    let encoded = utf8_percent_encode(value.trim(), FORGOTTEN).to_string();
    let uri: Uri = encoded.parse().map_err(|_| Fault::bad_request("the Destination is no address"))?;
    if let Some(authority) = uri.authority() {
        let ours = [text(headers, "host").unwrap_or_default(), public_host];
        if !ours.iter().any(|host| host.eq_ignore_ascii_case(authority.as_str())) {
            return Err(Fault::new(StatusCode::BAD_GATEWAY, "the Destination is on another server"));
        }
    }
    path::parse(uri.path()).map_err(Fault::from)
}

/// A header as text, if it is there once and readable.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<String> =
        headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect();
    if lines.is_empty() { None } else { Some(lines.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(*name, value.parse().unwrap());
            map
        })
    }

    #[test]
    fn depth_is_read_in_any_case_and_nothing_else_is() {
        assert_eq!(depth(&headers(&[("depth", "Infinity")])).unwrap(), Some(Depth::Infinity));
        assert_eq!(depth(&headers(&[])).unwrap(), None);
        depth(&headers(&[("depth", "2")])).unwrap_err();
    }

    #[test]
    fn conditions_of_several_lines_are_one_list() {
        let conditions = conditions(&headers(&[("if-match", "\"a\""), ("if-match", "\"b\"")]));
        assert!(conditions.if_match.unwrap().names("\"b\""));
        assert_eq!(conditions.if_none_match, None);
    }

    #[test]
    fn preferences_come_in_several_spellings() {
        assert!(preferences(&headers(&[("prefer", "respond-async, return=minimal")])).minimal);
        assert!(preferences(&headers(&[("brief", "t")])).minimal);
        assert!(preferences(&headers(&[("prefer", "return=representation; x")])).representation);
    }

    #[test]
    fn a_destination_on_another_host_is_not_ours() {
        let there = |value| headers(&[("destination", value), ("host", "here:8080")]);
        assert!(destination(&there("http://here:8080/dav/calendars/ada/calendar/x.ics"), "pub").is_ok());
        assert!(destination(&there("https://pub/dav/calendars/ada/calendar/x.ics"), "pub").is_ok());
        assert!(destination(&there("/dav/calendars/ada/calendar/x.ics"), "pub").is_ok());
        assert!(destination(&there("/dav/calendars/ada/my calendar/x y.ics"), "pub").is_ok());
        let foreign = destination(&there("http://elsewhere/dav/calendars/ada/calendar/x.ics"), "pub").unwrap_err();
        assert_eq!(foreign.status, StatusCode::BAD_GATEWAY);
    }
}
