//! `dogwatch audit export` and `dogwatch audit check`: the trail as lines that can be kept elsewhere, each with what its
//! hash was made of, and whether such lines follow from each other, and still are what the database says.

use super::super::output::{line as write_line, remark};
use super::super::{CommandError, Globals};
use crate::service::audit::{Entry, From, PAGE, Recorded, follows};
use crate::service::{Actor, Service};
use crate::time::Instant;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;

/// The longest line that is read, in bytes: more than any row has.
const LONGEST: u64 = 16 << 20;

/// Which rows are exported.
#[derive(Debug, Args)]
pub struct Export {
    /// Only what came after the row of this number: where the last export ended
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: i64,
}

/// What is checked.
#[derive(Debug, Args)]
pub struct Check {
    /// A file of `dogwatch audit export`; without it, the database
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Whether the database still holds each row of the file, too
    #[arg(long, requires = "file")]
    with_database: bool,
}

/// A row as a line. What was before and after stays the text that the hash was made of.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: i64,
    /// For people; `at_ms` counts.
    at: String,
    at_ms: i64,
    #[serde(flatten)]
    entry: Entry,
    prev_hash: String,
    hash: String,
}

impl Export {
    /// Writes the lines as they are read.
    pub async fn run(self, service: &Service) -> Result<(), CommandError> {
        let mut after = self.after;
        loop {
            let rows = service.audit_since(&Actor::operator(), From::Place(after), PAGE).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.seq;
            for row in &rows {
                let text =
                    serde_json::to_string(&Line::of(row)).map_err(|error| CommandError::Refused(error.to_string()))?;
                write_line(&text);
            }
        }
    }
}

impl Line {
    fn of(row: &Recorded) -> Self {
        let at = row.event.at;
        Self {
            seq: row.seq,
            at: at.to_string(),
            at_ms: at.millis(),
            entry: Entry::of(&row.event),
            prev_hash: row.prev_hash.clone(),
            hash: row.hash.clone(),
        }
    }

    fn row(self) -> Recorded {
        let event = self.entry.at(Instant::from_millis(self.at_ms));
        Recorded { seq: self.seq, event, prev_hash: self.prev_hash, hash: self.hash }
    }
}

impl Check {
    /// Says the first row that does not follow from the one before it.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let Some(file) = self.file else { return super::verify(globals, &globals.service().await?).await };
        let opened = File::open(&file).map_err(|error| CommandError::io(format!("read {}", file.display()), error))?;
        let rows = read(BufReader::new(opened))?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Err(CommandError::Refused(format!("{} holds no rows", file.display())));
        };
        let mut before: Option<&Recorded> = None;
        for row in &rows {
            // What came before the first row is not in the file, unless it is the first of all.
            let place = before.map_or(first.seq, |before| before.seq + 1);
            let known = before.map_or(first.prev_hash.as_str(), |before| before.hash.as_str());
            let known = if place == 1 { "" } else { known };
            if row.seq != place || !follows(row, known)? {
                return Err(broken(row.seq.max(place)));
            }
            before = Some(row);
        }
        if self.with_database {
            same(&globals.service().await?, &rows).await?;
        }
        let told = format!("{} rows, from {} to {}, follow from each other.", rows.len(), first.seq, last.seq);
        globals.say(
            &told,
            &json!({ "whole": true, "rows": rows.len(), "first": first.seq, "last": last.seq, "hash": last.hash }),
        );
        if first.seq != 1 && !self.with_database {
            remark(&format!("what came before row {} is not in the file", first.seq));
        }
        Ok(())
    }
}

fn broken(place: i64) -> CommandError {
    CommandError::Refused(format!("the export is broken: row {place} does not follow from the one before it"))
}

fn read(mut file: BufReader<File>) -> Result<Vec<Recorded>, CommandError> {
    let mut rows = Vec::new();
    let mut text = String::new();
    for number in 1_u64.. {
        text.clear();
        let read = file.by_ref().take(LONGEST).read_line(&mut text);
        let wrong = |why: String| CommandError::Refused(format!("line {number} is no row of an export: {why}"));
        if read.map_err(|error| wrong(error.to_string()))? == 0 {
            break;
        }
        let line: Line = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        rows.push(line.row());
    }
    Ok(rows)
}

/// Whether the database holds each of these rows.
async fn same(service: &Service, rows: &[Recorded]) -> Result<(), CommandError> {
    let page = usize::try_from(PAGE).unwrap_or(1);
    for part in rows.chunks(page) {
        let Some(first) = part.first() else { continue };
        let kept = service.audit_since(&Actor::operator(), From::Place(first.seq - 1), PAGE).await?;
        if let Some(other) = part.iter().enumerate().find(|(place, row)| kept.get(*place) != Some(*row)) {
            let said = format!("row {} of the export is not what the database says", other.1.seq);
            return Err(CommandError::Refused(said));
        }
    }
    Ok(())
}
