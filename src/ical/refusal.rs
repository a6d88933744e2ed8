//! Why an object is not stored: the preconditions of RFC 4791 5.3.2.1, each with the line to look at.

/// Why an object is not stored. Displays as a sentence part that its author understands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not `text/calendar`, or of a version or calendar that iCalendar does not have.
    #[error("{}{problem}", at(*line))]
    SupportedCalendarData {
        /// Physical line, where one is to blame.
        line: Option<usize>,
        /// What is wrong.
        problem: String,
    },
    /// Not valid iCalendar.
    #[error("line {line}: {problem}")]
    ValidCalendarData {
        /// Physical line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Valid iCalendar, but not one calendar object (RFC 4791 4.1).
    #[error("line {line}: {problem}")]
    ValidCalendarObjectResource {
        /// Physical line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A kind of component that this calendar does not take.
    #[error("line {line}: this calendar takes {}, not {name}", supported.join(", "))]
    SupportedComponent {
        /// Physical line, counted from 1.
        line: usize,
        /// The component's name.
        name: String,
        /// The names it takes.
        supported: Vec<String>,
    },
    /// Components that name different organizers (RFC 6638 3.2.4.2).
    #[error("line {line}: another ORGANIZER than in line {first}")]
    SameOrganizer {
        /// Physical line, counted from 1.
        line: usize,
        /// Line of the first.
        first: usize,
    },
    /// Too long.
    #[error("{size} bytes are too many: an object may have {limit}")]
    MaxResourceSize {
        /// Bytes of the object.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Repeats too often.
    #[error("line {line}: {problem}")]
    MaxInstances {
        /// Physical line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Too many attendees.
    #[error("line {line}: more than {limit} attendees")]
    MaxAttendees {
        /// Physical line of the first that is too many.
        line: usize,
        /// Attendees allowed.
        limit: usize,
    },
    /// Before the first date that calendars here can name.
    #[error("line {line}: {name} lies before the year {year}")]
    MinDateTime {
        /// Physical line, counted from 1.
        line: usize,
        /// The property.
        name: String,
        /// First year allowed.
        year: i32,
    },
    /// After the last date that calendars here can name.
    #[error("line {line}: {name} lies after the year {year}")]
    MaxDateTime {
        /// Physical line, counted from 1.
        line: usize,
        /// The property.
        name: String,
        /// Last year allowed.
        year: i32,
    },
    /// A rule in another calendar than the Gregorian (RFC 7529).
    #[error("line {line}: {problem}")]
    SupportedRscale {
        /// Physical line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

impl Refusal {
    /// The element of the CalDAV namespace that names the precondition.
    pub fn element(&self) -> &'static str {
        match self {
            Self::SupportedCalendarData { .. } => "supported-calendar-data",
            Self::ValidCalendarData { .. } => "valid-calendar-data",
            Self::ValidCalendarObjectResource { .. } => "valid-calendar-object-resource",
            Self::SupportedComponent { .. } => "supported-calendar-component",
            Self::SameOrganizer { .. } => "same-organizer-in-all-components",
            Self::MaxResourceSize { .. } => "max-resource-size",
            Self::MaxInstances { .. } => "max-instances",
            Self::MaxAttendees { .. } => "max-attendees-per-instance",
            Self::MinDateTime { .. } => "min-date-time",
            Self::MaxDateTime { .. } => "max-date-time",
            Self::SupportedRscale { .. } => "supported-rscale",
        }
    }

    /// The physical line to look at, counted from 1; `None` where the whole is at fault.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::SupportedCalendarData { line, .. } => *line,
            Self::MaxResourceSize { .. } => None,
            Self::ValidCalendarData { line, .. }
            | Self::ValidCalendarObjectResource { line, .. }
            | Self::SupportedComponent { line, .. }
            | Self::SameOrganizer { line, .. }
            | Self::MaxInstances { line, .. }
            | Self::MaxAttendees { line, .. }
            | Self::MinDateTime { line, .. }
            | Self::MaxDateTime { line, .. }
            | Self::SupportedRscale { line, .. } => Some(*line),
        }
    }
}
