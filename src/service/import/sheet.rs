//! The CSV file as lines of fields, checked as far as that goes without looking at who is there already.

use super::{MAX_BYTES, MAX_ROWS};
use crate::service::{ServiceError, fields};
use crate::time::Day;
use csv::{ReaderBuilder, StringRecord, Trim};
use std::collections::BTreeMap;

/// The columns by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Id,
    Name,
    Email,
    Phone,
    TimeZone,
    Teams,
    Roles,
    Fte,
    Joined,
}

impl Column {
    const ALL: [Self; 9] = [
        Self::Id,
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::TimeZone,
        Self::Teams,
        Self::Roles,
        Self::Fte,
        Self::Joined,
    ];
    const REQUIRED: [Self; 4] = [Self::Id, Self::Name, Self::Email, Self::TimeZone];

    const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::TimeZone => "time_zone",
            Self::Teams => "teams",
            Self::Roles => "roles",
            Self::Fte => "fte",
            Self::Joined => "joined",
        }
    }
}

/// One person of the file, as typed.
pub(super) struct Line {
    pub number: u64,
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    pub time_zone: String,
    /// Teams, and whether the person manages them.
    pub teams: Vec<(String, bool)>,
    pub roles: Vec<String>,
    pub fte: Option<u32>,
    pub joined: Option<Day>,
}

impl Line {
    /// What is wrong in a column of this line.
    pub(super) fn wrong(&self, column: Column, problem: ServiceError) -> ServiceError {
        wrong(self.number, column.name(), problem)
    }

    /// What is wrong in the column that the problem itself names.
    pub(super) fn wrong_field(&self, problem: ServiceError) -> ServiceError {
        match problem {
            ServiceError::Invalid { field, message } => at(self.number, &field, message),
            other => other,
        }
    }
}

fn at(line: u64, column: &str, message: String) -> ServiceError {
    ServiceError::Invalid { field: format!("line {line}, column {column}"), message }
}

fn wrong(line: u64, column: &str, problem: ServiceError) -> ServiceError {
    match problem {
        ServiceError::Invalid { message, .. } => at(line, column, message),
        ServiceError::Store(broken) => ServiceError::Store(broken),
        other => at(line, column, other.to_string()),
    }
}

/// Reads a file; a byte order mark before it is what spreadsheets write.
pub(super) fn read(file: &[u8]) -> Result<Vec<Line>, ServiceError> {
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
    let mut lines = Vec::new();
    let mut addresses: BTreeMap<String, u64> = BTreeMap::new();
    let mut ids: BTreeMap<String, u64> = BTreeMap::new();
    let mut place = Place { text, byte: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|problem| unreadable(&problem, &mut place))?;
        if lines.len() == MAX_ROWS {
            return Err(ServiceError::TooMany(format!("the file has more than {MAX_ROWS} lines; import it in parts")));
        }
        let line = line(&record, place.line_of(record.position()), &places)?;
        once(&mut ids, &line.id, line.number, Column::Id)?;
        once(&mut addresses, &line.email.to_ascii_lowercase(), line.number, Column::Email)?;
        lines.push(line);
    }
    Ok(lines)
}

/// Where each column stands; unknown ones are refused, for they are mostly misspelt.
fn places(head: &StringRecord) -> Result<BTreeMap<Column, usize>, ServiceError> {
    let mut places = BTreeMap::new();
    for (place, name) in head.iter().enumerate() {
        let column = Column::ALL.into_iter().find(|column| column.name() == name.to_ascii_lowercase());
        let Some(column) = column else {
            let known: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
            return Err(at(1, name, format!("is no known column; they are {}", known.join(", "))));
        };
        if places.insert(column, place).is_some() {
            return Err(at(1, name, "stands there twice".to_owned()));
        }
    }
    match Column::REQUIRED.into_iter().find(|column| !places.contains_key(column)) {
        Some(missing) => Err(at(1, missing.name(), "is missing".to_owned())),
        None => Ok(places),
    }
}

fn line(record: &StringRecord, number: u64, places: &BTreeMap<Column, usize>) -> Result<Line, ServiceError> {
    let field = |column: Column| places.get(&column).and_then(|place| record.get(*place)).unwrap_or_default();
    let some = |column: Column| Some(field(column)).filter(|text| !text.is_empty());
    let list = |column: Column| field(column).split(';').map(str::trim).filter(|part| !part.is_empty());
    let mut teams = Vec::new();
    for part in list(Column::Teams) {
        let (team, manager) = match part.split_once(':').map(|(team, sort)| (team.trim(), sort.trim())) {
            None => (part, false),
            Some((team, "manager")) => (team, true),
            Some((_, sort)) => {
                let message = format!("\"{sort}\" is unknown; write a team as payments or payments:manager");
                return Err(at(number, Column::Teams.name(), message));
            }
        };
        teams.push((team.to_owned(), manager));
    }
    let roles: Vec<String> = list(Column::Roles).map(str::to_owned).collect();
    if teams.is_empty() && !roles.is_empty() {
        return Err(at(number, Column::Roles.name(), "roles need a team to stand them in".to_owned()));
    }
    let fte = some(Column::Fte).map(|text| fields::fte(Column::Fte.name(), text)).transpose();
    let joined = some(Column::Joined).map(|text| fields::day(Column::Joined.name(), text)).transpose();
    Ok(Line {
        number,
        id: field(Column::Id).to_owned(),
        name: field(Column::Name).to_owned(),
        email: field(Column::Email).to_owned(),
        phone: some(Column::Phone).map(str::to_owned),
        time_zone: field(Column::TimeZone).to_owned(),
        teams,
        roles,
        fte: fte.map_err(|problem| wrong(number, Column::Fte.name(), problem))?,
        joined: joined.map_err(|problem| wrong(number, Column::Joined.name(), problem))?,
    })
}

fn once(seen: &mut BTreeMap<String, u64>, value: &str, line: u64, column: Column) -> Result<(), ServiceError> {
    match seen.insert(value.to_owned(), line) {
        Some(first) => Err(at(line, column.name(), format!("\"{value}\" stands in line {first} already"))),
        None => Ok(()),
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
