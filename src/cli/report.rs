//! `dogwatch report`: what people of a team stood in a period, as a table, as CSV, or as JSON.

use super::output::line;
use super::{CommandError, Globals};
use crate::api::reports::csv::{Row, csv};
use crate::api::reports::{BalanceReport, CallOutsReport, HoursReport, PairsReport, PayReport};
use crate::ids::TeamId;
use crate::roster::phrase::{hours, points, signed, span};
use crate::roster::report::hours::HoursLine;
use crate::roster::report::pay::{PaidFor, PayLine};
use crate::roster::report::standing::{Dimension, Standing};
use crate::service::reports::{Asked, Reported};
use crate::service::{Actor, Service};
use crate::time::Day;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What people of a team stood in a period
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Hours, nights, weekends, holidays, points and call-outs by person
    Hours(Period),
    /// Load against fair share: points, nights, weekends and holidays, each for itself
    Balance(Period),
    /// Who stood with whom
    Pairs(Period),
    /// Pay units by the team's rate table
    Pay(Period),
    /// Call-outs
    Callouts(Period),
}

/// Over what to report.
#[derive(Debug, Args)]
pub struct Period {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// First day, in the team's zone
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Day,
    /// First day after
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Day,
    /// With what is published and still to be stood
    #[arg(long)]
    planned: bool,
    /// As CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

impl ReportCommand {
    /// Asks and says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let service = globals.service().await?;
        match self {
            Self::Hours(period) => period.hours(globals, &service).await,
            Self::Balance(period) => period.balance(globals, &service).await,
            Self::Pairs(period) => period.pairs(globals, &service).await,
            Self::Pay(period) => period.pay(globals, &service).await,
            Self::Callouts(period) => period.call_outs(globals, &service).await,
        }
    }
}

impl Period {
    fn asked(&self) -> (Actor, TeamId, Asked) {
        let asked = Asked { from: self.from, to: self.to, planned: self.planned };
        (Actor::operator(), TeamId::new(self.team.as_str()), asked)
    }

    /// The table, the document, or the document's rows as CSV.
    fn say<D: Serialize, R: Row>(
        &self,
        globals: &Globals,
        text: &str,
        document: D,
        rows: impl FnOnce(D) -> Vec<R>,
    ) -> Result<(), CommandError> {
        if self.csv {
            line(&csv(&rows(document)).replace("\r\n", "\n"));
            return Ok(());
        }
        let json = serde_json::to_value(document).map_err(|error| CommandError::Refused(error.to_string()))?;
        globals.say(text, &json);
        Ok(())
    }

    async fn hours(&self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (actor, team, asked) = self.asked();
        let found = service.hours_report(&actor, &team, asked).await?;
        let head = ["", "shifts", "hours", "work", "evening", "night", "weekend", "holiday", "nights", "weekends"];
        let head = [&head[..], &["holidays", "points", "call-outs"]].concat();
        let row = |line: &HoursLine| {
            let mut cells = vec![line.name.clone(), line.shifts.to_string(), short(line.minutes)];
            cells.extend(line.classes.map(short));
            cells.extend([line.nights, line.weekends, line.holidays].map(|count| count.to_string()));
            cells.extend([points(line.points), line.calls.to_string()]);
            cells
        };
        let text = format!("{}{}", about(&found), table(&head, &found.found.iter().map(row).collect::<Vec<_>>()));
        self.say(globals, &text, HoursReport::from(&found), |report| report.lines)
    }

    async fn balance(&self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (actor, team, asked) = self.asked();
        let found = service.standing_report(&actor, &team, asked).await?;
        let mut text = about(&found);
        for standing in &found.found {
            text += &dimension(standing);
        }
        let rows = |report: BalanceReport| report.dimensions.into_iter().flat_map(|one| one.lines).collect();
        self.say(globals, &text, BalanceReport::from(&found), rows)
    }

    async fn pairs(&self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (actor, team, asked) = self.asked();
        let found = service.pairs_report(&actor, &team, asked).await?;
        let rows = found.found.iter().map(|(pair, [name, with])| {
            vec![format!("{name} with {with}"), pair.times.to_string(), short(pair.minutes)]
        });
        let text = format!("{}{}", about(&found), table(&["", "shifts", "hours"], &rows.collect::<Vec<_>>()));
        self.say(globals, &text, PairsReport::from(&found), |report| report.lines)
    }

    async fn pay(&self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (actor, team, asked) = self.asked();
        let found = service.pay_report(&actor, &team, asked).await?;
        let row = |line: &PayLine| {
            let what = match line.paid_for {
                PaidFor::Shifts => line.role.clone(),
                PaidFor::CallOuts => format!("called out as {}", line.role),
            };
            let edition = line.edition.map_or_else(|| "none".to_owned(), |edition| edition.to_string());
            let minutes = short(line.classes.iter().sum());
            vec![line.name.clone(), what, line.count.to_string(), minutes, edition, line.units.to_string()]
        };
        let rows: Vec<_> = found.found.iter().map(row).collect();
        let mut text = about(&found) + &table(&["", "", "count", "hours", "edition", "units"], &rows);
        if found.found.iter().any(|line| line.edition.is_none()) {
            let _ = writeln!(text, "No rates were in force then: set them with dogwatch team pay {team} FILE.json");
        }
        let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
        for line in &found.found {
            *totals.entry(&line.name).or_default() += line.units;
        }
        let totals: Vec<_> = totals.iter().map(|(name, units)| vec![(*name).to_owned(), units.to_string()]).collect();
        let _ = write!(text, "\n{}", table(&["", "total"], &totals));
        self.say(globals, &text, PayReport::from(&found), |report| report.lines)
    }

    async fn call_outs(&self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (actor, team, asked) = self.asked();
        let found = service.call_outs_report(&actor, &team, asked).await?;
        let mut text = about(&found);
        for (call, name) in &found.found {
            let when = span(call.window, found.zone);
            let _ = writeln!(text, "  {when}  {name}, {}  {}  ({})", call.role, call.note, call.id);
        }
        if found.found.is_empty() {
            text += "  no call-outs\n";
        }
        self.say(globals, &text, CallOutsReport::from(&found), |report| report.lines)
    }
}

/// Which team and days, and how far they are stood.
fn about<T>(found: &Reported<T>) -> String {
    let mut text = format!("{} {} to {} ({})", found.team, found.from, found.to, found.zone.name());
    if found.until < crate::time::start_of_day(found.to, found.zone) {
        let _ = write!(text, ", as stood until {}", found.until.civil(found.zone).format("%-d %b %H:%M"));
    }
    text + "\n"
}

fn dimension(standing: &Standing) -> String {
    let figure = |value: i64| match standing.dimension {
        Dimension::Points => points(value),
        _ => points(value * 100 / 60),
    };
    let over = |value: i64| match standing.dimension {
        Dimension::Points => signed(value),
        _ => signed(value * 100 / 60),
    };
    let unit = if standing.dimension == Dimension::Points { "" } else { " (hours)" };
    let spread = [standing.spread.min, standing.spread.median, standing.spread.max].map(over);
    let mut text = format!("\n{}{unit}: ", standing.dimension.name());
    let _ = writeln!(text, "least {}, middle {}, most {}", spread[0], spread[1], spread[2]);
    let row = |line: &crate::roster::report::standing::StandingLine| {
        vec![line.name.clone(), figure(line.load), figure(line.share), over(line.balance)]
    };
    text + &table(&["", "load", "share", "balance"], &standing.lines.iter().map(row).collect::<Vec<_>>())
}

/// Hours without their unit.
fn short(minutes: i64) -> String {
    hours(minutes).trim_end_matches(" h").to_owned()
}

/// Columns under their heads, the first to the left and the others to the right.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let wide = |column: usize| {
        let cells = rows.iter().chain([&head]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(wide).collect();
    let mut text = String::new();
    for row in [&head].into_iter().chain(rows) {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a String can't fail.
            let _ = if at == 0 { write!(line, "  {cell:<width$}") } else { write!(line, "  {cell:>width$}") };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_under_their_heads() {
        let rows = [vec!["Ada".to_owned(), "12.5".to_owned()], vec!["Benjamin".to_owned(), "3".to_owned()]];
        assert_eq!(table(&["", "hours"], &rows), "            hours\n  Ada        12.5\n  Benjamin      3\n");
    }
}
