//! Which zone a TZID means.

use super::*;

fn civil(text: &str) -> Civil {
    text.parse().unwrap()
}

const VIENNA: &str = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\n\
    BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
    RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n\
    BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
    RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n";

#[test]
fn names_are_found_exactly_by_path_by_windows_table_and_in_any_case() {
    let berlin = Some(chrono_tz::Europe::Berlin);
    for name in [
        "Europe/Berlin",
        " Europe/Berlin ",
        "\"Europe/Berlin\"",
        "europe/berlin",
        "/freeassociation.sourceforge.net/Europe/Berlin",
        "/mozilla.org/20050126_1/Europe/Berlin",
        "W. Europe Standard Time",
        "w. europe standard time",
    ] {
        assert_eq!(known_zone(name), berlin, "{name}");
    }
    assert_eq!(known_zone("/x/America/Argentina/Buenos_Aires"), Some(chrono_tz::America::Argentina::Buenos_Aires));
    assert_eq!(known_zone("tzone://Microsoft/Utc"), Some(chrono_tz::Etc::UTC));
    for name in ["", "/", "Mars/Olympus", "Customized Time Zone"] {
        assert_eq!(known_zone(name), None, "{name}");
    }
}

#[test]
fn an_unknown_name_is_read_with_the_rules_the_object_brings() {
    let tree = Tree::parse(VIENNA.as_bytes()).unwrap();
    let zone = Zones::of(&tree).zone("Customized Time Zone ");
    let vienna = chrono_tz::Europe::Vienna;
    for text in [
        "2026-01-15T12:00:00",
        "2026-07-15T12:00:00",
        "2026-03-29T01:59:59",
        "2026-03-29T02:30:00",
        "2026-03-29T03:00:00",
        "2026-10-25T02:30:00",
        "2026-10-25T03:00:00",
    ] {
        let at = time::resolve(civil(text), vienna);
        assert_eq!(zone.resolve(civil(text), Zone::UTC), at, "{text}");
        assert_eq!(zone.civil(at, Zone::UTC), at.civil(vienna), "{text}");
    }
}

#[test]
fn a_name_that_nobody_knows_is_floating() {
    let at = DateOrTime::Zoned(civil("2026-07-15T12:00:00"), "Nowhere".into());
    let london = chrono_tz::Europe::London;
    assert_eq!(Zones::none().resolve(&at, london), time::resolve(civil("2026-07-15T12:00:00"), london));
}

#[test]
fn a_date_begins_at_midnight_of_the_floating_zone() {
    let at = DateOrTime::Date(civil("2026-07-15T00:00:00").date());
    assert_eq!(Zones::none().resolve(&at, chrono_tz::Asia::Tokyo).to_string(), "2026-07-14T15:00:00Z");
}

#[test]
fn ten_thousand_observances_are_read_within_bounds() {
    let observance = "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
        RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU\r\nEND:STANDARD\r\n";
    let text = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\n{}END:VTIMEZONE\r\nEND:VCALENDAR\r\n",
        observance.repeat(10_000)
    );
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let offsets = Offsets::read(tree.calendar().children().next().unwrap()).unwrap();
    assert_eq!(offsets.resolve(civil("2026-01-01T12:00:00")).to_string(), "2026-01-01T11:00:00Z");
}
