//! The CSV file of people as lines of fields, checked as far as that goes without looking at who is there already.

use super::table::{Named, Table, at, wrong};
use crate::service::{ServiceError, fields};
use crate::time::Day;
use csv::StringRecord;
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

impl Named for Column {
    const ALL: &'static [Self] = &[
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
    const REQUIRED: &'static [Self] = &[Self::Id, Self::Name, Self::Email, Self::TimeZone];

    fn name(self) -> &'static str {
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
pub(crate) struct Line {
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

/// Reads a file.
pub(crate) fn read(file: &[u8]) -> Result<Vec<Line>, ServiceError> {
    let table = Table::<Column>::read(file)?;
    let mut lines = Vec::with_capacity(table.records.len());
    let mut addresses: BTreeMap<String, u64> = BTreeMap::new();
    let mut ids: BTreeMap<String, u64> = BTreeMap::new();
    for (number, record) in &table.records {
        let line = line(record, *number, &table)?;
        once(&mut ids, &line.id, line.number, Column::Id)?;
        once(&mut addresses, &line.email.to_ascii_lowercase(), line.number, Column::Email)?;
        lines.push(line);
    }
    Ok(lines)
}

fn line(record: &StringRecord, number: u64, table: &Table<Column>) -> Result<Line, ServiceError> {
    let field = |column: Column| table.field(record, column);
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
