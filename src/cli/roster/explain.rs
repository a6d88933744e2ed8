//! `dogwatch roster what-if|explain`: what a change would do, and why the roster is as it is.

use super::{Period, find, plain, show};
use crate::cli::{CommandError, Globals};
use crate::ids::{PersonId, SlotId};
use crate::roster::balance::Balance;
use crate::roster::explain::{Alternative, Moved, Told};
use crate::roster::phrase;
use crate::roster::recommend::Level;
use crate::roster::report::Report;
use crate::roster::what_if::{Change, Cost};
use crate::service::planning::{RosterExplained, RosterView, SlotExplained, Step};
use crate::service::{Actor, Service, ServiceError};
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Which changes to look at, made together.
#[derive(Debug, Args)]
pub struct WhatIf {
    #[command(flatten)]
    period: Period,
    #[command(flatten)]
    steps: Steps,
}

/// Which changes to make, all or none.
#[derive(Debug, Args)]
pub struct Make {
    #[command(flatten)]
    period: Period,
    #[command(flatten)]
    steps: Steps,
    /// Why, where a rule comes to be broken
    #[arg(long)]
    reason: Option<String>,
}

/// Changes to a draft. SLOT is an id, or a day and role where that is one slot: 2026-12-24/primary
#[derive(Debug, Args)]
#[group(id = "steps", required = true, multiple = true, args = ["assign", "exchange"])]
pub struct Steps {
    /// Who is to hold a slot; nobody empties it. May be given several times
    #[arg(long, value_name = "SLOT=PERSON")]
    assign: Vec<String>,
    /// Two slots whose holders change places. May be given several times
    #[arg(long, value_name = "SLOT=SLOT")]
    exchange: Vec<String>,
    /// All of each named slot's turn
    #[arg(long)]
    whole_turn: bool,
    /// The solver has to keep what --assign says
    #[arg(long)]
    pin: bool,
}

/// What to explain.
#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    period: Period,
    /// One slot, by its id, or by its day and role (2026-12-24/primary); the whole roster without
    slot: Option<String>,
}

/// The slot that a word means: an id, or `2026-12-24/primary` where one slot of that role starts that day.
fn slot_of(roster: &RosterView, word: &str) -> Result<SlotId, CommandError> {
    if let Some(slot) = roster.slots.iter().find(|slot| slot.id.as_str() == word) {
        return Ok(slot.id.clone());
    }
    let (day, role) = word.split_once('/').unwrap_or((word, ""));
    let starts = |zone, start: crate::time::Instant| start.civil(zone).date().to_string() == day;
    let mut meant = roster.slots.iter().filter(|slot| slot.role == role && starts(slot.zone, slot.window.start));
    match (meant.next(), meant.next()) {
        (Some(slot), None) => Ok(slot.id.clone()),
        (Some(_), Some(_)) => {
            Err(CommandError::Refused(format!("several slots are {word}; name one by its id (roster show --json)")))
        }
        (None, _) => Err(CommandError::Refused(format!(
            "the roster has no slot {word}; name one by its id (roster show --json), or as 2026-12-24/primary"
        ))),
    }
}

impl Steps {
    fn read(&self, roster: &RosterView) -> Result<Vec<Step>, CommandError> {
        let whole_turn = self.whole_turn;
        let mut steps = Vec::new();
        for text in &self.assign {
            let said = text.split_once('=');
            let (slot, person) = said
                .ok_or_else(|| CommandError::Refused(format!("{text} is not SLOT=PERSON; SLOT= empties the slot")))?;
            let person = (!person.is_empty()).then(|| PersonId::new(person));
            steps.push(Step::Give { slot: slot_of(roster, slot)?, person, whole_turn, pin: self.pin });
        }
        for text in &self.exchange {
            let said = text.split_once('=');
            let (one, other) = said.ok_or_else(|| CommandError::Refused(format!("{text} is not SLOT=SLOT")))?;
            steps.push(Step::Exchange { one: slot_of(roster, one)?, other: slot_of(roster, other)?, whole_turn });
        }
        Ok(steps)
    }
}

/// Says what the changes would do; nothing is stored.
pub async fn what_if(globals: &Globals, service: &Service, wish: &WhatIf) -> Result<(), CommandError> {
    let actor = Actor::operator();
    let roster = service.roster(&actor, &find(service, &wish.period).await?).await?;
    let weighed = service.weigh_steps(&actor, &roster.head.id, &wish.steps.read(&roster)?).await?;
    let mut text = String::new();
    for change in &weighed.changes {
        let Some(slot) = roster.slots.iter().find(|slot| slot.id == change.slot) else { continue };
        let holder = |person: Option<&PersonId>| person.map_or("nobody", |person| person.as_str()).to_owned();
        let (now, then) = (holder(slot.person.as_ref()), holder(change.person.as_ref()));
        let pin = if weighed.pinned.contains(&slot.id) { ", pinned" } else { "" };
        let _ = writeln!(text, "{} {}: {now} to {then}{pin}", phrase::span(slot.window, slot.zone), slot.role);
    }
    let mut document = effect(&weighed.told);
    if let Some(fields) = document.as_object_mut() {
        let given = |change: &Change| json!({ "slot": change.slot, "person": change.person });
        fields.insert("slots".to_owned(), weighed.changes.iter().map(given).collect());
        fields.insert("pinned".to_owned(), json!(weighed.pinned));
    }
    globals.say(&format!("{text}{}", effect_text(&weighed.told)), &document);
    Ok(())
}

/// Makes the changes in the draft of these days.
pub async fn make(globals: &Globals, service: &Service, wish: Make) -> Result<(), CommandError> {
    let actor = Actor::operator();
    let roster = service.roster(&actor, &find(service, &wish.period).await?).await?;
    let steps = wish.steps.read(&roster)?;
    let done = match service.take_steps(&actor, &roster.head.id, (&steps, wish.reason), None).await {
        Err(ServiceError::Unprocessable { message, rules }) => {
            return Err(CommandError::Refused(format!("{message} (--reason):\n  {}", rules.join("\n  "))));
        }
        other => other?,
    };
    show(globals, service, &done, true).await
}

/// Explains one slot, or the whole roster.
pub async fn explain(globals: &Globals, service: &Service, wish: &Explain) -> Result<(), CommandError> {
    let (actor, id) = (Actor::operator(), find(service, &wish.period).await?);
    let Some(word) = &wish.slot else {
        let seen = service.explain_roster(&actor, &id).await?;
        globals.say(&roster_text(&seen), &whole(&seen));
        return Ok(());
    };
    let roster = service.roster(&actor, &id).await?;
    let seen = service.explain_slot(&actor, &id, &slot_of(&roster, word)?).await?;
    let document = json!({
        "slot": plain(&seen.slot),
        "gap": seen.gap,
        "candidates": seen.alternatives.iter().map(alternative).collect::<Vec<_>>(),
    });
    globals.say(&slot_text(&seen), &document);
    Ok(())
}

fn effect_text(told: &Told) -> String {
    let mut text = String::new();
    for finding in &told.findings {
        let _ = writeln!(text, "! {}", finding.text);
    }
    if told.findings.is_empty() {
        let _ = writeln!(text, "no rule would be broken and no slot left empty that is not so already");
    }
    let _ = writeln!(text, "{} (10000: one mean turn above the fair share)", costs(told));
    for ((name, before), (_, after)) in told.before.terms().into_iter().zip(told.after.terms()) {
        if before != after {
            let _ = writeln!(text, "  {name:<11}  {before} to {after}");
        }
    }
    for moved in &told.people {
        text.push_str(&moved_text(moved));
    }
    text
}

fn costs(told: &Told) -> String {
    match told.after.total() - told.before.total() {
        0 => "costs the team nothing".to_owned(),
        more if more > 0 => format!("costs the team {more} more"),
        less => format!("costs the team {} less", -less),
    }
}

fn moved_text(moved: &Moved) -> String {
    let [before, after] = [moved.before.over(), moved.after.over()].map(phrase::signed);
    format!("  {}: {} points, against fair share {before} to {after}\n", moved.name, phrase::signed(moved.gains()))
}

fn slot_text(seen: &SlotExplained) -> String {
    let slot = &seen.slot;
    let mut text = format!("{} {}: ", phrase::span(slot.window, slot.zone), slot.role);
    let _ = writeln!(text, "{}", slot.person.as_ref().map_or("nobody", |person| person.as_str()));
    if let Some(gap) = &seen.gap {
        let _ = writeln!(text, "! {gap}");
    }
    for one in &seen.alternatives {
        let holds = if slot.person.as_ref() == Some(&one.candidate.person) { " (holds it)" } else { "" };
        let _ = writeln!(text, "{}{holds}, {}: {}", one.name, level(one.candidate.level), costs(&one.effect));
        for reason in &one.candidate.reasons {
            let _ = writeln!(text, "  {reason}");
        }
    }
    text
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Recommended => "recommended",
        Level::Possible => "possible",
        Level::Reluctant => "reluctant",
        Level::Excluded => "excluded",
    }
}

fn roster_text(seen: &RosterExplained) -> String {
    let mut text = String::new();
    for gap in &seen.gaps {
        let _ = writeln!(text, "! {}", gap.text);
    }
    let row = |name: &str, report: &Report| {
        let [least, middle, most] = [report.min, report.median, report.max].map(phrase::signed);
        format!("{name}: least {least}, middle {middle}, most {most}; {} of {} empty\n", report.gaps, report.required)
    };
    let _ = writeln!(text, "load against fair share");
    text.push_str(&row("  as published", &seen.comparison.before));
    text.push_str(&row("  as it is here", &seen.comparison.after));
    if seen.comparison.people.is_empty() {
        let _ = writeln!(text, "nobody gains or loses against what is published");
    }
    for moved in &seen.comparison.people {
        text.push_str(&moved_text(moved));
    }
    text
}

fn effect(told: &Told) -> Value {
    let cost = |cost: &Cost| {
        let mut fields = json!(cost);
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("total".to_owned(), json!(cost.total()));
        }
        fields
    };
    json!({
        "findings": told.findings,
        "cost": {
            "before": cost(&told.before),
            "after": cost(&told.after),
            "more": told.after.total() - told.before.total(),
        },
        "people": told.people.iter().map(moved).collect::<Vec<_>>(),
    })
}

fn moved(moved: &Moved) -> Value {
    let of = |balance: &Balance| json!({ "load": balance.load, "share": balance.share, "balance": balance.over() });
    json!({
        "person": moved.after.person,
        "name": moved.name,
        "before": of(&moved.before),
        "after": of(&moved.after),
    })
}

fn alternative(one: &Alternative) -> Value {
    json!({
        "person": one.candidate.person,
        "name": one.name,
        "level": one.candidate.level,
        "reasons": one.candidate.reasons,
        "effect": effect(&one.effect),
    })
}

fn whole(seen: &RosterExplained) -> Value {
    let spread = |report: &Report| {
        json!({
            "min": report.min,
            "median": report.median,
            "max": report.max,
            "gaps": report.gaps,
            "required": report.required,
        })
    };
    json!({
        "id": seen.head.id,
        "gaps": seen.gaps,
        "before": spread(&seen.comparison.before),
        "after": spread(&seen.comparison.after),
        "people": seen.comparison.people.iter().map(moved).collect::<Vec<_>>(),
    })
}
