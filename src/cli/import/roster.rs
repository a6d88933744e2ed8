//! `dogwatch import roster`: what a file of another tool comes to, as a table.

use super::{in_file, read};
use crate::cli::output::escaped;
use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::roster::incoming::Format;
use crate::roster::phrase;
use crate::service::Actor;
use crate::service::import::roster::{Outcome, RosterFile, RosterPlan, ShiftRow};
use crate::time::Day;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A roster of another tool.
#[derive(Debug, Args)]
pub struct ImportRoster {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// A calendar, or the tool's answers in JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What wrote it
    #[arg(long, value_name = "FORMAT")]
    from_format: From,
    /// Who is who, as CSV: the columns from (address, name or id in the file) and person (id or address here)
    #[arg(long, value_name = "PEOPLE.csv")]
    map: Option<PathBuf>,
    /// What they stand as; the team's first role where absent. CATEGORIES of a calendar name it for each event
    #[arg(long)]
    role: Option<String>,
    /// Leave out what ends before this day of the team's zone
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// Leave out what starts on or after this day; rotations without dates are counted out until then
    #[arg(long, value_name = "DAY")]
    to: Option<Day>,
    /// Leave out what collides with what stands here, and import the rest
    #[arg(long)]
    skip_collisions: bool,
    /// Do it
    #[arg(long)]
    apply: bool,
}

/// Formats by the name on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    Ics,
    #[value(name = "pagerduty")]
    PagerDuty,
    #[value(name = "opsgenie")]
    Opsgenie,
    #[value(name = "grafana-oncall")]
    GrafanaOncall,
}

impl ImportRoster {
    pub(super) async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let format = match self.from_format {
            From::Ics => Format::Ics,
            From::PagerDuty => Format::PagerDuty,
            From::Opsgenie => Format::Opsgenie,
            From::GrafanaOncall => Format::GrafanaOncall,
        };
        let file = RosterFile {
            team: TeamId::new(self.team),
            format,
            content: read(&self.file)?,
            people: self.map.as_deref().map(read).transpose()?,
            role: self.role,
            from: self.from,
            to: self.to,
            skip_collisions: self.skip_collisions,
        };
        let service = globals.service().await?;
        let done = service.import_roster(&Actor::operator(), &file, self.apply).await;
        let plan = done.map_err(|problem| in_file(&self.file, problem))?;
        globals.say(&text(&plan), &json!(plan));
        if plan.refused.is_empty() {
            return Ok(());
        }
        Err(CommandError::Refused(format!("{}: {}; nothing is written", self.file.display(), plan.refused.join("; "))))
    }
}

fn text(plan: &RosterPlan) -> String {
    let mut text = String::new();
    for stranger in &plan.unmatched {
        let (who, why) = (escaped(&stranger.who, false), escaped(&stranger.why, false));
        let _ = writeln!(text, "unknown   line {}: {who}, {} shifts: {why}", stranger.line, stranger.shifts);
    }
    let shown = |row: &&ShiftRow| matches!(row.outcome, Outcome::Planned | Outcome::Collision);
    let role = plan.shifts.iter().filter(shown).map(|row| row.role.chars().count()).max().unwrap_or(0);
    for row in plan.shifts.iter().filter(shown) {
        let (window, zone) = row.window;
        let when = format!("{} {}", window.start.civil(zone).format("%a"), phrase::span(window, zone));
        let (what, with) = match &row.with {
            Some(with) => ("collides", format!(", but there is {with}")),
            None => ("publish", String::new()),
        };
        let _ = writeln!(text, "{what:<8}  {when:<34}  {:<role$}  {} (line {}){with}", row.role, row.person, row.line);
    }
    for worked in &plan.worked {
        let (hours, points) = (phrase::hours(worked.minutes), phrase::points(worked.points));
        let _ = writeln!(text, "worked    {}: {} shifts, {hours}, {points} points", worked.person, worked.shifts);
    }
    for pattern in &plan.patterns {
        let _ = writeln!(text, "pattern   {}", escaped(pattern, false));
    }
    for rule in &plan.broken {
        let _ = writeln!(text, "breaks    {}", escaped(rule, false));
    }
    for note in &plan.notes {
        let _ = writeln!(text, "note      {}", escaped(note, false));
    }
    text + &end(plan)
}

fn end(plan: &RosterPlan) -> String {
    let (planned, worked) = (plan.count(Outcome::Planned), plan.count(Outcome::Worked));
    let (same, hit) = (plan.count(Outcome::Unchanged), plan.count(Outcome::Collision));
    let counts = format!("{planned} shifts to publish, {worked} worked, {same} there already, {hit} collide");
    match (plan.applied, plan.refused.is_empty(), planned + worked) {
        (_, false, _) => format!("{counts}."),
        (_, true, 0) => format!("{counts}: nothing changes."),
        (true, ..) => format!("{counts}: done."),
        (false, ..) => format!("{counts}. Nothing is written yet: run it again with --apply to do this."),
    }
}
