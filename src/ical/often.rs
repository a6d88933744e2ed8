//! Whether a recurrence gives so many instances that a plan could not read them all. Told before an absence is stored,
//! because what can't be read would have to count as an absence of its whole length.

use super::freebusy::availability_blocks;
use super::occur::occurrences;
use super::recur::Budget;
use super::tree::{Component, Tree};
use super::value;
use super::zone::Zones;
use crate::time::{Window, Zone};

/// As many days as a plan looks at: the longest one, with a month on either side.
const DAYS: i64 = 462;

/// The line of a rule of which one reading can't take all instances, looked at from where the object's recurrences begin;
/// what becomes too many only much later is not told.
#[must_use]
pub fn too_often(tree: &Tree<'_>) -> Option<usize> {
    let zones = Zones::of(tree);
    let events = tree.calendar().children_named("VEVENT");
    let hours = tree.calendar().children_named("VAVAILABILITY").flat_map(|part| part.children_named("AVAILABLE"));
    let begin = |part: Component<'_>| {
        let rule = part.property("RRULE").or_else(|| part.property("RDATE"))?;
        let start = value::date_or_time(part.property("DTSTART")?).ok()?;
        Some((zones.resolve(&start, Zone::UTC), rule.line()))
    };
    let begins: Vec<_> = events.chain(hours).filter_map(begin).collect();
    // Each look is paid for once; with those from the first and the last, a thousand parts cost no more than two.
    [begins.iter().min(), begins.iter().max()].into_iter().flatten().find_map(|&(start, line)| {
        let window = Window::new(start, start.plus_days(DAYS));
        let read = occurrences(tree, window, Zone::UTC, &mut Budget::default()).is_ok()
            && availability_blocks(tree, window, Zone::UTC, &mut Budget::default()).is_ok();
        (!read).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(body: &str) -> Option<usize> {
        let text = format!("BEGIN:VCALENDAR\r\n{body}END:VCALENDAR\r\n");
        too_often(&Tree::parse(text.as_bytes()).unwrap())
    }

    fn event(lines: &str) -> String {
        format!("BEGIN:VEVENT\r\nUID:a\r\n{lines}END:VEVENT\r\n")
    }

    #[test]
    fn what_people_say_is_not_too_often() {
        for rule in ["DAILY", "WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=8,13", "DAILY;BYHOUR=0,4,8,12,16,20", "YEARLY"] {
            for start in ["DTSTART:20260105T080000Z", "DTSTART;VALUE=DATE:19800105", "DTSTART:20260105T080000"] {
                assert_eq!(line(&event(&format!("{start}\r\nRRULE:FREQ={rule}\r\n"))), None, "{start} {rule}");
            }
        }
        assert_eq!(line(&event("DTSTART:20260105T080000Z\r\n")), None);
    }

    #[test]
    fn what_no_plan_could_read_is_told_with_its_line() {
        let often = "DTSTART:20260105T080000Z\r\nDURATION:PT5M\r\nRRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50\r\n";
        assert_eq!(line(&event(often)), Some(6));
        let later =
            event("DTSTART:20100105T080000Z\r\nRRULE:FREQ=YEARLY\r\n") + &event(often).replace("UID:a", "UID:b");
        assert_eq!(line(&later), Some(11));
        let hours = format!("BEGIN:AVAILABLE\r\nUID:b\r\n{often}END:AVAILABLE\r\n");
        assert_eq!(line(&format!("BEGIN:VAVAILABILITY\r\nUID:a\r\n{hours}END:VAVAILABILITY\r\n")), Some(8));
    }
}
