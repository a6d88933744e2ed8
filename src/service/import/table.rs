//! A CSV file as records under named columns, each with its line. What is wrong is named by line and column.

use super::{MAX_BYTES, MAX_ROWS};
use crate::service::ServiceError;
use csv::{ReaderBuilder, StringRecord, Trim};
use std::collections::BTreeMap;

/// The columns of a sort of file.
pub(super) trait Named: Copy + Ord + 'static {
    /// All of them.
    const ALL: &'static [Self];
    /// Those without which the file means nothing.
    const REQUIRED: &'static [Self];

    /// As the first line names it.
    fn name(self) -> &'static str;
}

/// A file that was read.
pub(super) struct Table<C> {
    /// The records with their lines, from 1.
    pub records: Vec<(u64, StringRecord)>,
    places: BTreeMap<C, usize>,
}

impl<C: Named> Table<C> {
    /// Reads a file; a byte order mark before it is what spreadsheets write.
    pub fn read(file: &[u8]) -> Result<Self, ServiceError> {
        if file.len() > MAX_BYTES {
            return Err(ServiceError::TooMany(format!("the file has more than {MAX_BYTES} bytes; import it in parts")));
        }
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        let text = std::str::from_utf8(file).map_err(|problem| {
            let before = file.get(..problem.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            let message = "the file is not UTF-8; export it as \"CSV UTF-8\"".to_owned();
            ServiceError::Invalid { field: format!("line {line}"), message }
        })?;
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
        let places =
            places(reader.headers().map_err(|problem| unreadable(&problem, &mut Place { text, byte: 0, line: 1 }))?)?;
        let mut records = Vec::new();
        let mut place = Place { text, byte: 0, line: 1 };
        for record in reader.records() {
            let record = record.map_err(|problem| unreadable(&problem, &mut place))?;
            if records.len() == MAX_ROWS {
                return Err(ServiceError::TooMany(format!(
                    "the file has more than {MAX_ROWS} lines; import it in parts"
                )));
            }
            records.push((place.line_of(record.position()), record));
        }
        Ok(Self { records, places })
    }

    /// What stands in a column of a record; nothing where the file has no such column.
    pub fn field<'r>(&self, record: &'r StringRecord, column: C) -> &'r str {
        self.places.get(&column).and_then(|place| record.get(*place)).unwrap_or_default()
    }
}

/// What is wrong in a column of a line.
pub(super) fn at(line: u64, column: &str, message: String) -> ServiceError {
    ServiceError::Invalid { field: format!("line {line}, column {column}"), message }
}

/// The same for a problem that something else found there.
pub(super) fn wrong(line: u64, column: &str, problem: ServiceError) -> ServiceError {
    match problem {
        ServiceError::Invalid { message, .. } => at(line, column, message),
        ServiceError::Store(broken) => ServiceError::Store(broken),
        other => at(line, column, other.to_string()),
    }
}

/// Where each column stands; unknown ones are refused, for they are mostly misspelt.
fn places<C: Named>(head: &StringRecord) -> Result<BTreeMap<C, usize>, ServiceError> {
    let mut places = BTreeMap::new();
    for (place, name) in head.iter().enumerate() {
        let column = C::ALL.iter().copied().find(|column| column.name() == name.to_ascii_lowercase());
        let Some(column) = column else {
            let known: Vec<_> = C::ALL.iter().map(|column| column.name()).collect();
            return Err(at(1, name, format!("is no known column; they are {}", known.join(", "))));
        };
        if places.insert(column, place).is_some() {
            return Err(at(1, name, "stands there twice".to_owned()));
        }
    }
    match C::REQUIRED.iter().find(|column| !places.contains_key(column)) {
        Some(missing) => Err(at(1, missing.name(), "is missing".to_owned())),
        None => Ok(places),
    }
}

/// Counts lines as editors do. The reader's own count is one too low after CR LF, where its record begins before the LF.
struct Place<'t> {
    text: &'t str,
    byte: usize,
    line: u64,
}

impl Place<'_> {
    /// The line in which a record begins; records are asked for in their order.
    fn line_of(&mut self, position: Option<&csv::Position>) -> u64 {
        let bytes = self.text.as_bytes();
        let mut to = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(self.byte);
        while matches!(bytes.get(to), Some(b'\r' | b'\n')) {
            to += 1;
        }
        for at in self.byte..to.min(bytes.len()) {
            let lone = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) != Some(&b'\n');
            self.line += u64::from(lone || bytes.get(at) == Some(&b'\n'));
        }
        self.byte = to.max(self.byte);
        self.line
    }
}

fn unreadable(problem: &csv::Error, place: &mut Place) -> ServiceError {
    let line = place.line_of(problem.position());
    let message = match problem.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields where the first line has {expected_len}")
        }
        _ => "is not CSV".to_owned(),
    };
    ServiceError::Invalid { field: format!("line {line}"), message }
}
