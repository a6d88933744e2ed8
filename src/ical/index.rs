//! What the store keeps beside an object's bytes, so that it can be found without reading it.

use super::build::normal_address;
use super::instances::Instances;
use super::tree::{Component, Tree};
use crate::time::{Window, Zone};

/// What is known of an object without reading it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// UID, unescaped.
    pub uid: String,
    /// Name of its components in upper case, such as `VEVENT`.
    pub component: String,
    /// From its first to its last moment; ends at [`crate::time::Instant::FAR_FUTURE`] where it never does. Where its times depend
    /// on the reader's zone, wide enough for every zone.
    pub extent: Window,
    /// Whether it has more than one instance, or is an exception to such a one.
    pub recurring: bool,
    /// ORGANIZER's address for comparison: lower case, without `mailto:`.
    pub organizer: Option<String>,
    /// The highest SEQUENCE in it; 0 where it has none.
    pub sequence: i64,
    /// Its instances, where they can be told without a reader's zone.
    pub instances: Option<Instances>,
}

impl Index {
    /// Reads an object that passed [`super::check::check`]; `None` where it holds nothing but time zones.
    pub fn of(tree: &Tree<'_>) -> Option<Self> {
        let parts: Vec<Component<'_>> = subjects(tree).collect();
        // An override may stand before its master.
        let master = parts.iter().find(|part| part.property("RECURRENCE-ID").is_none());
        let lead = *master.or(parts.first())?;
        let first = |name: &str| lead.property(name).or_else(|| parts.iter().find_map(|part| part.property(name)));
        let sequences = parts.iter().filter_map(|part| part.property("SEQUENCE")?.value().trim().parse().ok());
        let recurs =
            |part: &Component<'_>| ["RRULE", "RDATE", "RECURRENCE-ID"].iter().any(|n| part.property(n).is_some());
        Some(Self {
            uid: first("UID").map(|uid| uid.text().trim().to_owned()).unwrap_or_default(),
            component: lead.name().to_ascii_uppercase(),
            extent: super::occur::extent(tree, Zone::UTC),
            recurring: parts.iter().any(recurs),
            organizer: first("ORGANIZER").map(|organizer| normal_address(organizer.value())),
            sequence: sequences.max().unwrap_or(0),
            instances: Instances::of(tree),
        })
    }
}

/// The components an object is about: neither time zones nor, beside known ones, experimental ones.
pub(super) fn subjects<'t>(tree: &'t Tree<'_>) -> impl Iterator<Item = Component<'t>> {
    let known = |c: &Component<'_>| !c.name().get(..2).is_some_and(|x| x.eq_ignore_ascii_case("X-"));
    let all = || tree.calendar().children().filter(|c| !c.is("VTIMEZONE"));
    let only_experimental = !all().any(|c| known(&c));
    all().filter(move |c| only_experimental || known(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::check::{Rules, check};

    fn index(body: &str) -> Index {
        let text = format!("BEGIN:VCALENDAR\r\n{body}END:VCALENDAR\r\n");
        check(text.as_bytes(), &Rules { components: &["VEVENT", "VTODO"], max_size: 4_096 }).unwrap().index
    }

    #[test]
    fn the_master_leads_even_where_an_override_stands_before_it() {
        let found = index(
            "BEGIN:VEVENT\r\nUID:a\\,b \r\nRECURRENCE-ID:20261208T090000Z\r\nDTSTART:20261208T100000Z\r\nSEQUENCE:4\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nUID:a\\,b\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n\
             ORGANIZER:MAILTO:Ada@Example.net\r\nSEQUENCE:2\r\nEND:VEVENT\r\n",
        );
        assert_eq!((found.uid.as_str(), found.component.as_str(), found.sequence), ("a,b", "VEVENT", 4));
        assert_eq!(found.organizer.as_deref(), Some("ada@example.net"));
        assert!(found.recurring);
        assert_eq!(found.extent.start.to_string(), "2026-12-01T09:00:00Z");
        assert_eq!(found.extent.end.to_string(), "2026-12-15T10:00:00Z");
    }

    #[test]
    fn a_day_is_found_from_every_zone() {
        let found = index("BEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20261201\r\nEND:VEVENT\r\n");
        for zone in [chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Pago_Pago] {
            let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
            assert!(found.extent.covers(Window::of_days(day, day.succ_opt().unwrap(), zone)));
        }
        assert!(!found.recurring);
    }

    #[test]
    fn what_never_ends_reaches_the_end_of_time() {
        let found = index("BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261201T090000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n");
        assert_eq!(found.extent.end, crate::time::Instant::FAR_FUTURE);
    }
}
