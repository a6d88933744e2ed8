//! What the demo's people have put into `Availability`, in the shapes in which real calendar programs write: whole days
//! and hours, recurrences with exceptions, zones named after IANA, Windows and file paths, transparent and opaque.

use crate::time::Day;
use chrono::{Datelike, TimeDelta};

/// An object somebody's calendar program stored: whose, and its text.
pub struct Stored {
    /// Slug of the person.
    pub person: &'static str,
    /// Name of the object in the collection.
    pub name: String,
    /// The whole iCalendar text.
    pub text: String,
}

/// Absences and wishes of the month that begins on `first`.
#[must_use]
#[allow(clippy::too_many_lines)] // one table
pub fn of_month(first: Day) -> Vec<Stored> {
    let day = |offset: i64| first + TimeDelta::days(offset);
    let basic = |d: Day| d.format("%Y%m%d").to_string();
    let friday = first_weekday(first, 4);
    let tuesday = first_weekday(first, 1);
    vec![
        // Thunderbird: a holiday over whole days; written as free by default, and still an absence here.
        object(
            "ben",
            "thunderbird-holiday",
            &format!(
                "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN\nVERSION:2.0\nBEGIN:VEVENT\nCREATED:20260801T080000Z\n\
             LAST-MODIFIED:20260801T080100Z\nDTSTAMP:20260801T080100Z\nUID:{{uid}}\nSUMMARY:Skiing\nDTSTART;VALUE=DATE:{}\n\
             DTEND;VALUE=DATE:{}\nTRANSP:TRANSPARENT\nX-MOZ-GENERATION:1\nEND:VEVENT",
                basic(day(7)),
                basic(day(14))
            ),
        ),
        // Apple Calendar: its own VTIMEZONE, an evening class each week with one evening off.
        object(
            "chloe",
            "apple-evening-class",
            &format!(
                "CALSCALE:GREGORIAN\nPRODID:-//Apple Inc.//macOS 15.1//EN\nVERSION:2.0\n{LONDON_APPLE}\nBEGIN:VEVENT\n\
             CREATED:20260801T080000Z\nDTSTAMP:20260801T080100Z\nUID:{{uid}}\nSUMMARY:avoid: pottery\n\
             DTSTART;TZID=Europe/London:{0}T183000\nDTEND;TZID=Europe/London:{0}T210000\nRRULE:FREQ=WEEKLY;COUNT=12\n\
             EXDATE;TZID=Europe/London:{1}T183000\nTRANSP:OPAQUE\nSEQUENCE:0\nX-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\nEND:VEVENT",
                basic(tuesday),
                basic(tuesday + TimeDelta::days(14))
            ),
        ),
        // Outlook: a Windows zone name.
        object(
            "dev",
            "outlook-appointment",
            &format!(
                "PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:GMT Standard Time\n\
             BEGIN:STANDARD\nDTSTART:16011028T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0100\nTZOFFSETTO:-0000\n\
             END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010325T010000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nTZOFFSETFROM:-0000\n\
             TZOFFSETTO:+0100\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nCLASS:PUBLIC\nCREATED:20260801T080000Z\n\
             DTSTAMP:20260801T080100Z\nUID:{{uid}}\nSUMMARY:Hospital\nDTSTART;TZID=\"GMT Standard Time\":{0}T080000\n\
             DTEND;TZID=\"GMT Standard Time\":{0}T180000\nPRIORITY:5\nTRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\nEND:VEVENT",
                basic(day(9))
            ),
        ),
        // Google, imported: opaque whole days.
        object(
            "grace",
            "google-thanks",
            &format!(
                "PRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\nCALSCALE:GREGORIAN\nBEGIN:VEVENT\n\
             DTSTART;VALUE=DATE:{}\nDTEND;VALUE=DATE:{}\nDTSTAMP:20260801T080100Z\nUID:{{uid}}\nSTATUS:CONFIRMED\n\
             SUMMARY:Family in town\nTRANSP:OPAQUE\nEND:VEVENT",
                basic(day(18)),
                basic(day(22))
            ),
        ),
        // DAVx5 from an Android phone: every Friday, rather not, by STATUS:TENTATIVE.
        object(
            "ada",
            "davx5-fridays",
            &format!(
                "VERSION:2.0\nPRODID:DAVx5/4.5-ose ical4j/3.2.19 (at.techbee.jtx)\nBEGIN:VEVENT\nDTSTAMP:20260801T080100Z\nUID:{{uid}}\n\
             DTSTART;VALUE=DATE:{}\nDURATION:P1D\nRRULE:FREQ=WEEKLY;COUNT=8\nSUMMARY:Nursery closes early\nSTATUS:TENTATIVE\n\
             TRANSP:TRANSPARENT\nEND:VEVENT",
                basic(friday)
            ),
        ),
        // Evolution: a zone named by a path, one occurrence moved to another day.
        object(
            "finn",
            "evolution-choir",
            &format!(
                "CALSCALE:GREGORIAN\nPRODID:-//Ximian//NONSGML Evolution Calendar//EN\nVERSION:2.0\nBEGIN:VEVENT\nUID:{{uid}}\n\
             DTSTAMP:20260801T080100Z\nDTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:{0}T190000\n\
             DTEND;TZID=/freeassociation.sourceforge.net/Europe/London:{0}T213000\nSUMMARY:Choir\nRRULE:FREQ=WEEKLY;COUNT=6\n\
             CATEGORIES:AVOID\nSEQUENCE:2\nEND:VEVENT\nBEGIN:VEVENT\nUID:{{uid}}\nDTSTAMP:20260801T080100Z\n\
             RECURRENCE-ID;TZID=/freeassociation.sourceforge.net/Europe/London:{1}T190000\n\
             DTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:{2}T190000\n\
             DTEND;TZID=/freeassociation.sourceforge.net/Europe/London:{2}T213000\nSUMMARY:Choir\nCATEGORIES:AVOID\nSEQUENCE:3\nEND:VEVENT",
                basic(tuesday),
                basic(tuesday + TimeDelta::days(7)),
                basic(tuesday + TimeDelta::days(8))
            ),
        ),
        // khal: plain, in UTC.
        object(
            "theo",
            "khal-conference",
            &format!(
                "VERSION:2.0\nPRODID:-//PIMUTILS.ORG//NONSGML khal / icalendar //EN\nBEGIN:VEVENT\nSUMMARY:Conference\n\
             DTSTART:{}T070000Z\nDTEND:{}T190000Z\nDTSTAMP:20260801T080100Z\nUID:{{uid}}\nSEQUENCE:0\nEND:VEVENT",
                basic(day(3)),
                basic(day(5))
            ),
        ),
        // A wish: gladly.
        object(
            "jonas",
            "thunderbird-gladly",
            &format!(
                "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN\nVERSION:2.0\nBEGIN:VEVENT\nDTSTAMP:20260801T080100Z\n\
             UID:{{uid}}\nSUMMARY:prefer\nDTSTART;VALUE=DATE:{}\nDTEND;VALUE=DATE:{}\nTRANSP:TRANSPARENT\nEND:VEVENT",
                basic(day(0)),
                basic(day(7))
            ),
        ),
        // VAVAILABILITY (RFC 7953): willing on weekdays of that fortnight only.
        object(
            "mara",
            "availability-fortnight",
            &format!(
                "VERSION:2.0\nPRODID:-//Example//NONSGML Availability//EN\nBEGIN:VAVAILABILITY\nUID:{{uid}}\nDTSTAMP:20260801T080100Z\n\
             DTSTART:{0}T000000Z\nDTEND:{1}T000000Z\nBUSYTYPE:BUSY-UNAVAILABLE\nBEGIN:AVAILABLE\nUID:{{uid}}-hours\n\
             DTSTAMP:20260801T080100Z\nDTSTART:{0}T000000Z\nDTEND:{0}T235900Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nEND:AVAILABLE\n\
             END:VAVAILABILITY",
                basic(day(14)),
                basic(day(28))
            ),
        ),
        // iOS: a long weekend.
        object(
            "nikhil",
            "apple-wedding",
            &format!(
                "CALSCALE:GREGORIAN\nPRODID:-//Apple Inc.//iOS 18.1//EN\nVERSION:2.0\nBEGIN:VEVENT\nDTSTAMP:20260801T080100Z\n\
             UID:{{uid}}\nSUMMARY:Wedding\nDTSTART;VALUE=DATE:{}\nDTEND;VALUE=DATE:{}\nSEQUENCE:1\nEND:VEVENT",
                basic(day(10)),
                basic(day(13))
            ),
        ),
    ]
}

fn first_weekday(from: Day, days_from_monday: i64) -> Day {
    let ahead = (days_from_monday - i64::from(from.weekday().num_days_from_monday())).rem_euclid(7);
    from + TimeDelta::days(ahead)
}

fn object(person: &'static str, name: &str, inner: &str) -> Stored {
    let uid = format!("{name}@demo.example.org");
    let text = format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR\n", inner.replace("{uid}", &uid)).replace('\n', "\r\n");
    Stored { person, name: format!("{name}.ics"), text }
}

const LONDON_APPLE: &str = "BEGIN:VTIMEZONE\nTZID:Europe/London\nBEGIN:DAYLIGHT\nTZOFFSETFROM:+0000\n\
    RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nDTSTART:19810329T010000\nTZNAME:BST\nTZOFFSETTO:+0100\nEND:DAYLIGHT\n\
    BEGIN:STANDARD\nTZOFFSETFROM:+0100\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nDTSTART:19961027T020000\nTZNAME:GMT\n\
    TZOFFSETTO:+0000\nEND:STANDARD\nEND:VTIMEZONE";
