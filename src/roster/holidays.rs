//! Calendars of holidays as they are published for a country: whole days, one object each.

use crate::ical::line::Malformed;
use crate::ical::tree::{Component, Tree};
use crate::ical::value;
use crate::time::Day;
use std::collections::BTreeMap;

/// A holiday, perhaps every year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// UID of its event.
    pub uid: String,
    /// As it is called.
    pub title: String,
    /// Its first day.
    pub day: Day,
    /// Line of the file, from 1.
    pub line: usize,
    /// The object with its event, and with the days of it that are otherwise.
    pub object: String,
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// By day.
    pub holidays: Vec<Holiday>,
    /// Events that have times and are left out: a holiday is a whole day.
    pub timed: usize,
}

/// Reads a calendar of holidays.
///
/// # Errors
/// [`Malformed`] names the line.
pub fn read(text: &str) -> Result<Read, Malformed> {
    let tree = Tree::parse(text.as_bytes())?;
    let mut read = Read::default();
    let mut events: BTreeMap<String, Vec<Component>> = BTreeMap::new();
    for event in tree.calendar().children_named("VEVENT") {
        let uid = event.property("UID").map(|uid| uid.text().trim().to_owned()).filter(|uid| !uid.is_empty());
        let uid =
            uid.ok_or_else(|| Malformed::new(event.line(), "an event without a UID; it could not be found again"))?;
        events.entry(uid).or_default().push(event);
    }
    for (uid, events) in events {
        let master = events.iter().find(|event| event.property("RECURRENCE-ID").is_none()).or_else(|| events.first());
        let Some(master) = master else { continue };
        let start = master.property("DTSTART").and_then(|start| value::date_or_time(start).ok());
        let Some(start) = start else {
            return Err(Malformed::new(master.line(), "an event without a DTSTART that can be read"));
        };
        if !start.is_date() {
            read.timed += 1;
            continue;
        }
        let mut object = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Dogwatch//Dogwatch//EN\r\n".to_owned();
        for event in &events {
            object += &String::from_utf8_lossy(event.bytes());
            if !object.ends_with('\n') {
                object += "\r\n";
            }
        }
        object += "END:VCALENDAR\r\n";
        let title = master.property("SUMMARY").map(|title| title.text()).unwrap_or_default();
        read.holidays.push(Holiday { uid, title, day: start.civil().date(), line: master.line(), object });
    }
    read.holidays.sort_by(|a, b| (a.day, &a.uid).cmp(&(b.day, &b.uid)));
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &[&str]) -> String {
        let events: String = events.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
        format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{events}END:VCALENDAR\n")
    }

    #[test]
    fn each_holiday_is_an_object_of_its_own_and_what_has_times_is_none() {
        let text = calendar(&[
            "UID:b\nDTSTART;VALUE=DATE:20261226\nSUMMARY:Boxing Day",
            "UID:a\nDTSTART;VALUE=DATE:20251225\nRRULE:FREQ=YEARLY\nSUMMARY:Christmas Day",
            "UID:c\nDTSTART:20261224T120000Z\nSUMMARY:Half a day",
        ]);
        let read = read(&text).unwrap();
        let told: Vec<_> = read.holidays.iter().map(|h| (h.day.to_string(), h.title.as_str(), h.line)).collect();
        assert_eq!(told, [("2025-12-25".to_owned(), "Christmas Day", 9), ("2026-12-26".to_owned(), "Boxing Day", 4)]);
        assert_eq!(read.timed, 1);
        let tree = Tree::parse(read.holidays[0].object.as_bytes()).unwrap();
        assert_eq!(tree.calendar().children_named("VEVENT").count(), 1);
        assert!(read.holidays[0].object.contains("RRULE:FREQ=YEARLY"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let said = |events: &[&str]| read(&calendar(events)).unwrap_err().to_string();
        assert!(said(&["DTSTART;VALUE=DATE:20261226"]).starts_with("line 4: an event without a UID"));
        assert!(said(&["UID:a\nSUMMARY:No day"]).starts_with("line 4: an event without a DTSTART"));
    }
}
