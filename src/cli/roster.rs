//! `dogwatch roster`: a manager's month at the command line, planned, looked at, weighed, checked and published.

mod editions;
mod explain;
mod plan;

use super::{CommandError, Globals};
use crate::ids::{RosterId, TeamId};
use crate::roster::check::Finding;
use crate::roster::phrase;
use crate::roster::report::Report;
use crate::service::planning::{CheckView, RosterState, RosterView, SlotView, SwapsSince};
use crate::service::{Actor, Service, ServiceError};
use crate::time::Day;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Plan, look at, check and publish a team's roster
#[derive(Debug, Args)]
pub struct Roster {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Fill a draft for these days, anew where there is one already
    Plan(Period),
    /// Show the draft of these days, or else what is published
    Show(Period),
    /// Say what is wrong with it, and how the load is spread
    Check(Period),
    /// Say what giving slots to somebody would do: rules, cost and balance; nothing is stored
    WhatIf(explain::WhatIf),
    /// Change the draft of these days: give slots or whole turns to somebody, exchange or pin them
    Change(explain::Make),
    /// Say why: of a slot everybody with what choosing them would cost, of a roster who gains and who loses
    Explain(explain::Explain),
    /// Say what publishing the draft of these days would change: added, removed, moved
    Diff(Period),
    /// Make a new draft as a published version was
    Restore {
        /// The team's id
        team: String,
        /// Its number, as `roster show` and the audit trail name it
        version: i64,
        /// What becomes of swaps taken since: keep or undo; without it a version that would undo some is refused
        #[arg(long, value_name = "WHAT", value_parser = swaps_since)]
        swaps: Option<SwapsSince>,
    },
    /// Publish the draft of these days
    Publish {
        #[command(flatten)]
        period: Period,
        /// Why, for the audit trail
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Period {
    /// The team's id
    team: String,
    /// First day, in the team's zone
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Day,
    /// First day after
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Day,
}

fn swaps_since(word: &str) -> Result<SwapsSince, String> {
    match word {
        "keep" => Ok(SwapsSince::Keep),
        "undo" => Ok(SwapsSince::Undo),
        _ => Err("it is keep or undo".to_owned()),
    }
}

impl Roster {
    /// Does what the arguments say.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let service = globals.service().await?;
        match self.step {
            Step::Plan(period) => plan::plan(globals, &service, &period).await,
            Step::Show(period) => {
                let roster = service.roster(&Actor::operator(), &find(&service, &period).await?).await?;
                show(globals, &service, &roster, false).await
            }
            Step::Check(period) => {
                let roster = service.roster(&Actor::operator(), &find(&service, &period).await?).await?;
                let view = service.check_roster(&Actor::operator(), &roster.head.id).await?;
                globals.say(&findings_text(&view.findings, &view.report), &checked(&roster, &view));
                Ok(())
            }
            Step::WhatIf(wish) => explain::what_if(globals, &service, &wish).await,
            Step::Change(wish) => explain::make(globals, &service, wish).await,
            Step::Explain(wish) => explain::explain(globals, &service, &wish).await,
            Step::Diff(period) => editions::diff(globals, &service, &period).await,
            Step::Restore { team, version, swaps } => {
                editions::restore(globals, &service, (&team, version), swaps).await
            }
            Step::Publish { period, reason } => publish(globals, &service, &period, reason).await,
        }
    }
}

/// The draft that shares days with the period, or else what is or was published for them.
async fn find(service: &Service, period: &Period) -> Result<RosterId, CommandError> {
    let all = service.rosters(&Actor::operator(), &TeamId::new(&period.team)).await?;
    let of = |state: RosterState| {
        all.iter().find(move |head| head.state == state && head.from < period.to && period.from < head.to)
    };
    let found = of(RosterState::Draft).or_else(|| of(RosterState::Published)).or_else(|| of(RosterState::Historic));
    found
        .map(|head| head.id.clone())
        .ok_or_else(|| CommandError::Refused(format!("{} has no roster for these days; plan one first", period.team)))
}

async fn publish(
    globals: &Globals,
    service: &Service,
    period: &Period,
    reason: Option<String>,
) -> Result<(), CommandError> {
    let id = find(service, period).await?;
    let done = match service.publish_roster(&Actor::operator(), &id, reason, None).await {
        Err(ServiceError::Unprocessable { message, rules }) => {
            return Err(CommandError::Refused(format!("{message} (--reason):\n  {}", rules.join("\n  "))));
        }
        other => other?,
    };
    let head = &done.roster.head;
    let mut text = format!("{} {} to {}: version {}", head.team, head.from, head.to, head.version);
    let _ = writeln!(text, ", {} shifts changed", done.changes.len());
    for finding in &done.findings {
        let _ = writeln!(text, "  {}", finding.text);
    }
    let mut document = listed(&done.roster);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("changed".to_owned(), json!(done.changes.len()));
        fields.insert("findings".to_owned(), json!(done.findings));
    }
    globals.say(&text, &document);
    Ok(())
}

async fn show(globals: &Globals, service: &Service, roster: &RosterView, check: bool) -> Result<(), CommandError> {
    let mut text = table(roster);
    let mut document = listed(roster);
    if check {
        let view = service.check_roster(&Actor::operator(), &roster.head.id).await?;
        let _ = write!(text, "\n{}", findings_text(&view.findings, &view.report));
        document = checked(roster, &view);
    }
    globals.say(&text, &document);
    Ok(())
}

fn state(state: RosterState) -> &'static str {
    match state {
        RosterState::Draft => "draft",
        RosterState::Published => "published",
        RosterState::Historic => "historic",
    }
}

fn table(roster: &RosterView) -> String {
    let head = &roster.head;
    let mut text = format!("{} {} to {}, {}", head.team, head.from, head.to, state(head.state));
    let _ = writeln!(text, " (version {}, roster {})", head.version, head.id);
    let wide = |of: fn(&SlotView) -> usize| roster.slots.iter().map(of).max().unwrap_or(0);
    let role = wide(|slot| slot.role.chars().count());
    for slot in &roster.slots {
        let holder = match &slot.person {
            Some(person) => person.as_str(),
            None if slot.optional => "-",
            None => "NOBODY",
        };
        let pin = if slot.pinned { "  pinned" } else { "" };
        let when =
            format!("{} {}", slot.window.start.civil(slot.zone).format("%a"), phrase::span(slot.window, slot.zone));
        let _ = writeln!(text, "  {when:<34}  {:<role$}  {holder}{pin}", slot.role);
    }
    text
}

fn findings_text(findings: &[Finding], report: &Report) -> String {
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "! {}", finding.text);
    }
    let _ = writeln!(text, "{} of {} required slots are empty", report.gaps, report.required);
    let spread = [report.min, report.median, report.max].map(phrase::signed);
    let _ = writeln!(text, "load against fair share: least {}, middle {}, most {}", spread[0], spread[1], spread[2]);
    let name = report.lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
    for line in &report.lines {
        let (load, share) = (phrase::points(line.load), phrase::points(line.share));
        let balance = phrase::signed(line.balance);
        let _ = writeln!(text, "  {:<name$}  {load:>7} of {share:>7}  {balance:>7}  {} turns", line.name, line.turns);
    }
    text
}

fn listed(roster: &RosterView) -> Value {
    let slots: Vec<Value> = roster.slots.iter().map(plain).collect();
    let head = &roster.head;
    json!({
        "id": head.id,
        "team": head.team,
        "from": head.from.to_string(),
        "to": head.to.to_string(),
        "state": state(head.state),
        "version": head.version,
        "slots": slots,
    })
}

/// A slot with its fields.
fn plain(slot: &SlotView) -> Value {
    json!({
        "id": slot.id,
        "role": slot.role,
        "start": slot.window.start.rfc3339(slot.zone),
        "end": slot.window.end.rfc3339(slot.zone),
        "turn": slot.turn,
        "optional": slot.optional,
        "person": slot.person,
        "pinned": slot.pinned,
    })
}

fn checked(roster: &RosterView, view: &CheckView) -> Value {
    let mut document = listed(roster);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("findings".to_owned(), json!(view.findings));
        fields.insert("report".to_owned(), json!(view.report));
    }
    document
}
