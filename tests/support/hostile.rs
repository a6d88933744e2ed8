//! Input of which no good can come: what clients send, put together wrongly and with its bytes mutated. For unit tests and for
//! those from outside.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Lines of calendar objects: right, odd, and wrong.
const LINES: &[&str] = &[
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VTODO",
    "END:VTODO",
    "BEGIN:VALARM",
    "END:VALARM",
    "BEGIN:VTIMEZONE",
    "END:VTIMEZONE",
    "BEGIN:STANDARD",
    "END:STANDARD",
    "BEGIN:VAVAILABILITY",
    "END:VAVAILABILITY",
    "BEGIN:AVAILABLE",
    "END:AVAILABLE",
    "BEGIN:VFREEBUSY",
    "END:VFREEBUSY",
    "UID:a",
    "UID:b",
    "UID:",
    "VERSION:2.0",
    "DTSTART:20261201T090000Z",
    "DTSTART:20261201T090000",
    "DTSTART;VALUE=DATE:20261201",
    "DTSTART;VALUE=DATE:20240229",
    "DTSTART;TZID=Europe/London:20261025T013000",
    "DTSTART;TZID=Nowhere:20260329T013000",
    "DTSTART:16010101T000000Z",
    "DTSTART:22001231T235959Z",
    "DTSTART:20261301T250000Z",
    "DTEND:20261201T100000Z",
    "DTEND;VALUE=DATE:20261203",
    "DTEND:20251201T100000Z",
    "DURATION:PT1H",
    "DURATION:-P1D",
    "DURATION:P99999999W",
    "DURATION:PT",
    "DUE:20261202T090000Z",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,-1FR",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=9",
    "RRULE:FREQ=YEARLY",
    "RRULE:FREQ=HOURLY;INTERVAL=7",
    "RRULE:",
    "RDATE:20261205T090000Z,20261206T090000Z",
    "EXDATE:20261202T090000Z",
    "RDATE;VALUE=PERIOD:20261205T090000Z/PT1H,20261206T090000Z/20261206T080000Z",
    "EXDATE;VALUE=DATE:20261202",
    "RECURRENCE-ID:20261202T090000Z",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20261202T090000Z",
    "RECURRENCE-ID;VALUE=DATE:20261202",
    "TRIGGER:-PT15M",
    "TRIGGER;RELATED=END:P1D",
    "TRIGGER;VALUE=DATE-TIME:20261201T080000Z",
    "TZID:Nowhere",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:-9999",
    "ORGANIZER:mailto:ada@example.org",
    "ATTENDEE;PARTSTAT=ACCEPTED;CN=\"a:b;c\":MAILTO:ben@example.org",
    "FREEBUSY;FBTYPE=BUSY:20261201T090000Z/PT1H,20261201T090000Z/20261201T080000Z",
    "SUMMARY;LANGUAGE=de:\u{fc}\\, \\n\\;",
    "TRANSP:TRANSPARENT",
    "STATUS:CANCELLED",
];

const NAMES: &[&str] = &[
    "FREQ",
    "COUNT",
    "UNTIL",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
    "RSCALE",
    "SKIP",
    "X-PART",
    "",
];

const VALUES: &[&str] = &[
    "DAILY",
    "WEEKLY",
    "MONTHLY",
    "YEARLY",
    "HOURLY",
    "MINUTELY",
    "1",
    "0",
    "-1",
    "2",
    "5",
    "23",
    "24",
    "29",
    "30",
    "31",
    "-31",
    "53",
    "-53",
    "366",
    "-366",
    "10000",
    "2147483647",
    "-2147483648",
    "9223372036854775808",
    "MO",
    "-1SU",
    "53FR",
    "0MO",
    "MO,TU,WE,TH,FR,SA,SU",
    "1,2,3,4,5,6,7,8,9,10,11,12",
    "20261231T235959Z",
    "20261231",
    "16010101",
    "22001231T000000",
    "",
];

/// Bodies that clients send.
pub const XML: &[&str] = &[
    r#"<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><getetag/><displayname/><resourcetype/></prop></propfind>"#,
    r#"<propfind xmlns="DAV:"><allprop/><include><supported-report-set/></include></propfind>"#,
    r#"<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns="DAV:"><prop><C:calendar-data><C:expand start="20261101T000000Z" end="20270101T000000Z"/></C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20261201T000000Z" end="20270101T000000Z"/><C:prop-filter name="SUMMARY"><C:text-match collation="i;octet" negate-condition="yes">a</C:text-match><C:param-filter name="LANGUAGE"><C:is-not-defined/></C:param-filter></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"#,
    r#"<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns="DAV:"><prop><getetag/><C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:comp name="VEVENT"><C:prop name="UID" novalue="yes"/></C:comp></C:comp></C:calendar-data></prop><href>/dav/calendars/ada/calendar/a.ics</href></C:calendar-multiget>"#,
    r#"<sync-collection xmlns="DAV:"><sync-token>urn:dogwatch:sync:1:1</sync-token><sync-level>1</sync-level><limit><nresults>2</nresults></limit><prop><getetag/></prop></sync-collection>"#,
    r#"<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="20261201T000000Z" end="20270101T000000Z"/></C:free-busy-query>"#,
    r#"<propertyupdate xmlns="DAV:" xmlns:A="http://apple.com/ns/ical/" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>a &amp; b</displayname><A:calendar-color>#FF0000FF</A:calendar-color><C:calendar-timezone><![CDATA[BEGIN:VCALENDAR]]></C:calendar-timezone></prop></set><remove><prop><x xmlns="y"/></prop></remove></propertyupdate>"#,
    r#"<principal-property-search xmlns="DAV:"><property-search><prop><displayname/></prop><match>a</match></property-search><prop><displayname/></prop></principal-property-search>"#,
    r#"<expand-property xmlns="DAV:"><property name="current-user-principal"><property name="displayname"/></property></expand-property>"#,
    r#"<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns="DAV:"><set><prop><displayname>a</displayname><C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>"#,
];

const SEGMENTS: &[&str] = &[
    "dav",
    "principals",
    "calendars",
    "users",
    "teams",
    "ada",
    "ben",
    "payments",
    "calendar",
    "availability",
    "shifts",
    "inbox",
    "outbox",
    "team-payments-roster",
    "team-payments-availability",
    ".well-known",
    "caldav",
    "a.ics",
    "a%40b.ics",
    "..",
    ".",
    "%2e%2e",
    "%2f",
    "%00",
    "%252e",
    "%ff",
    "%",
    "caf%C3%A9",
    "~;=+,",
    "",
];

/// A change of some bytes.
#[derive(Clone, Debug)]
enum Change {
    Set(u8),
    Insert(Vec<u8>),
    Remove(usize),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let bytes = vec(any::<u8>(), 1..6);
    let what = prop_oneof![
        any::<u8>().prop_map(Change::Set),
        select(&b"\0\r\n\t <>&;:=\"\\%/\xff\xc3"[..]).prop_map(Change::Set),
        bytes.prop_map(Change::Insert),
        (1..40_usize).prop_map(Change::Remove),
        (1..60_usize, 1..40_usize).prop_map(|(length, times)| Change::Repeat(length, times)),
    ];
    (any::<Index>(), what)
}

fn mutated(sound: impl Strategy<Value = Vec<u8>>, most: usize) -> impl Strategy<Value = Vec<u8>> {
    (sound, vec(change(), 0..=most)).prop_map(|(mut bytes, changes)| {
        for (place, change) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match change {
                Change::Set(byte) => bytes[at] = byte,
                Change::Insert(more) => drop(bytes.splice(at..at, more)),
                Change::Remove(length) => drop(bytes.drain(at..(at + length).min(bytes.len()))),
                Change::Repeat(length, times) => {
                    let piece = bytes[at..(at + length).min(bytes.len())].repeat(times);
                    drop(bytes.splice(at..at, piece));
                }
            }
        }
        bytes
    })
}

/// Text of a recurrence rule.
pub fn rule() -> impl Strategy<Value = String> {
    let part =
        (select(NAMES), vec(select(VALUES), 1..4)).prop_map(|(name, values)| format!("{name}={}", values.join(",")));
    let freq = select(&VALUES[..6]);
    let parts = prop_oneof![3 => vec(part, 0..5), 1 => vec("[A-Z0-9=,;+-]{0,20}", 0..3)];
    prop_oneof![
        4 => (freq, parts.clone()).prop_map(|(freq, parts)| format!("FREQ={freq};{}", parts.join(";"))),
        1 => parts.prop_map(|parts| parts.join(";")),
    ]
}

/// Bytes of a calendar object, more or less.
pub fn calendar() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        8 => select(&LINES[18..]).prop_map(str::to_owned),
        2 => select(&LINES[..18]).prop_map(str::to_owned),
        2 => rule().prop_map(|rule| format!("RRULE:{rule}")),
        1 => "[A-Z-]{1,9}(;[A-Z]{1,4}=[ -~]{0,5}){0,2}:\\PC{0,12}",
    ];
    let event = (vec(line.clone(), 0..14), select(&LINES[22..30])).prop_map(|(lines, start)| {
        format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n{start}\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            lines.join("\r\n")
        )
    });
    let any = vec(line, 0..30).prop_map(|lines| lines.join("\n"));
    let sound = prop_oneof![4 => event, 1 => any].prop_map(String::into_bytes);
    mutated(sound, 3)
}

/// Bytes of an XML body, more or less.
pub fn xml() -> impl Strategy<Value = Vec<u8>> {
    mutated(select(XML).prop_map(|body| body.as_bytes().to_vec()), 4)
}

/// A path, printable and without spaces, so that it can be sent.
pub fn path() -> impl Strategy<Value = String> {
    let walk = vec(select(SEGMENTS), 0..7).prop_map(|segments| format!("/{}", segments.join("/")));
    let deep = vec(select(SEGMENTS), 0..3).prop_map(|more| format!("/dav/calendars/ada/calendar/{}", more.join("/")));
    let sound = prop_oneof![walk, deep].prop_map(String::into_bytes);
    mutated(sound, 2).prop_map(|bytes| {
        let printable = bytes.into_iter().map(|byte| if byte.is_ascii_graphic() { byte } else { b'%' });
        format!("/{}", String::from_utf8_lossy(&printable.collect::<Vec<u8>>()).trim_start_matches('/'))
    })
}
