//! Cuts a stream of calendars into its components without reading them: what is broken in one of them spoils no other.
//! Goes by lines that begin with BEGIN and END, which no fold can begin with, and never by depth of calls.

use super::Broken;

/// One component right below a VCALENDAR, from its BEGIN to its END.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// Its name as written.
    pub name: &'a str,
    /// Its lines.
    pub text: &'a str,
}

/// What a stream was cut into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    /// The components, in order.
    pub blocks: Vec<Block<'a>>,
    /// How many begin and don't end as they should.
    pub broken: usize,
}

/// Components that stand right below a VCALENDAR and never in one another.
const OUTER: [&str; 6] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VTIMEZONE"];

/// A component that has begun.
struct Open<'a> {
    name: &'a str,
    start: usize,
    depth: usize,
}

/// Cuts a text of one VCALENDAR or more (RFC 5545 3.4).
///
/// # Errors
/// [`Broken`] where there is no VCALENDAR, or the last one doesn't end: a text that breaks off must not be taken for one
/// in which the rest was deleted.
pub(super) fn cut(text: &str) -> Result<Cut<'_>, Broken> {
    let mut cut = Cut::default();
    let (mut inside, mut known) = (false, false);
    let mut open: Option<Open<'_>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_start_matches('\u{FEFF}');
        if let Some(name) = after(line, "BEGIN:") {
            if name.eq_ignore_ascii_case("VCALENDAR") {
                cut.broken += usize::from(open.take().is_some());
                (inside, known) = (true, true);
                continue;
            }
            match &mut open {
                _ if !inside => {}
                Some(component) if !OUTER.iter().any(|outer| name.eq_ignore_ascii_case(outer)) => component.depth += 1,
                _ => {
                    cut.broken += usize::from(open.is_some());
                    open = Some(Open { name, start, depth: 0 });
                }
            }
        } else if let Some(name) = after(line, "END:") {
            if name.eq_ignore_ascii_case("VCALENDAR") {
                cut.broken += usize::from(open.take().is_some());
                inside = false;
                continue;
            }
            match open.take() {
                Some(component) if component.depth > 0 => {
                    open = Some(Open { depth: component.depth - 1, ..component });
                }
                Some(component) if component.name.eq_ignore_ascii_case(name) => {
                    let text = text.get(component.start..at).unwrap_or_default();
                    cut.blocks.push(Block { name: component.name, text });
                }
                Some(_) => cut.broken += 1,
                None => {}
            }
        }
    }
    if known && !inside { Ok(cut) } else { Err(Broken) }
}

/// The rest of a line that begins so, in whatever case.
fn after<'a>(line: &'a str, beginning: &str) -> Option<&'a str> {
    let (head, rest) = line.split_at_checked(beginning.len())?;
    head.eq_ignore_ascii_case(beginning).then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> (Vec<&str>, usize) {
        let cut = cut(text).unwrap();
        (cut.blocks.iter().map(|block| block.name).collect(), cut.broken)
    }

    #[test]
    fn one_that_does_not_end_spoils_no_other() {
        let text = "\u{FEFF}BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:lost\r\nBEGIN:VEVENT\r\nUID:a\r\n\
                    BEGIN:VALARM\r\nEND:VALARM\r\nend:vevent\r\nBEGIN:VTODO\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\n\
                    END:VEVENT\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n\
                    END:VCALENDAR";
        assert_eq!(names(text), (vec!["VEVENT", "VEVENT", "VEVENT"], 3));
        let first = cut(text).unwrap().blocks[0].text;
        assert!(first.starts_with("BEGIN:VEVENT\r\nUID:a") && first.ends_with("end:vevent\r\n"), "{first}");
    }

    #[test]
    fn what_breaks_off_or_is_no_calendar_is_refused() {
        for text in [
            "",
            "<!DOCTYPE html><title>Sign in</title>",
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n",
            "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\n",
        ] {
            assert_eq!(cut(text), Err(Broken), "{text}");
        }
        assert_eq!(names("BEGIN:VCALENDAR\r\nEND:VCALENDAR"), (vec![], 0));
    }

    proptest! {
        #![proptest_config(crate::cases(64))]

        #[test]
        fn no_text_makes_it_panic_and_blocks_never_overlap(
            text in "((BEGIN|END|end):(VCALENDAR|VEVENT|VALARM|é)(\r\n|\n|)|[a-zé :\r\n]{0,6}){0,30}",
        ) {
            let Ok(cut) = cut(&text) else { return Ok(()) };
            prop_assert!(cut.blocks.iter().map(|block| block.text.len()).sum::<usize>() <= text.len());
        }
    }
}
