//! What planning looks like as JSON.

use crate::ids::SlotId;
use crate::roster::check::{Finding, FindingKind};
use crate::roster::diff::{Change, Entry};
use crate::roster::recommend::{Candidate, Level};
use crate::roster::report::Line;
use crate::service::planning::{CheckView, Publication, RosterHead, RosterView, SlotView};
use crate::time::Zone;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A roster with its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterDocument {
    #[serde(flatten)]
    head: RosterHeadDocument,
    /// By start.
    slots: Vec<SlotDocument>,
}

/// A roster without its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterHeadDocument {
    id: String,
    team: String,
    /// First day, in the team's zone.
    #[schema(format = Date)]
    from: String,
    /// First day after.
    #[schema(format = Date)]
    to: String,
    /// `draft`, `published` or `historic`.
    #[schema(value_type = String)]
    state: Value,
    /// Number of the edition; of a draft, the one it is on top of.
    version: i64,
}

/// One role of one occurrence of a pattern.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotDocument {
    id: String,
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// Slots of one turn are held by one person.
    turn: Option<String>,
    /// Nobody is a gap, unless the slot is optional.
    person: Option<String>,
    /// A manager fixed it.
    pinned: bool,
    /// May stay empty.
    optional: bool,
    /// A manager's reason, where a rule is broken.
    reason: Option<String>,
}

/// A roster as it is published now, and what changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationDocument {
    #[serde(flatten)]
    roster: RosterDocument,
    /// Against what was published before; empty where nothing did.
    changes: Vec<ChangeDocument>,
    /// Gaps and broken rules of what is published.
    findings: Vec<FindingDocument>,
}

/// What became of one slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeDocument {
    slot: String,
    /// `added`, `removed`, `moved` (time, role or person) or `details`.
    change: &'static str,
    before: Option<EntryDocument>,
    after: Option<EntryDocument>,
}

/// A slot before or after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryDocument {
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    person: Option<String>,
}

/// Somebody as a candidate for one slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateDocument {
    person: String,
    /// `recommended`, `possible`, `reluctant` or `excluded`.
    level: &'static str,
    /// Why, in sentences.
    reasons: Vec<String>,
}

/// What is wrong with a roster, and how its load is spread.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckDocument {
    findings: Vec<FindingDocument>,
    /// Everybody who stands shifts, by balance, the least first.
    balance: Vec<BalanceDocument>,
    /// Required slots nobody holds.
    gaps: usize,
    /// Required slots in all.
    required: usize,
}

/// A gap or a broken rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingDocument {
    /// `gap` or `broken`.
    kind: &'static str,
    slot: String,
    person: Option<String>,
    /// In a sentence.
    text: String,
}

/// One person's load, in points.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceDocument {
    person: String,
    name: String,
    /// What they stood and will stand.
    load: f64,
    /// Their fair part.
    share: f64,
    /// Load minus share.
    balance: f64,
    /// Turns in the plan.
    turns: usize,
    /// Minutes of duty in the plan.
    minutes: i64,
}

/// Which days to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterRequest {
    /// Slots that start from this day on, in the team's own zone.
    #[schema(format = Date)]
    pub from: String,
    /// And before this day.
    #[schema(format = Date)]
    pub to: String,
}

/// Who is to hold a slot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotRequest {
    /// Null empties the slot.
    #[serde(deserialize_with = "named")]
    #[schema(required)]
    pub person: Option<String>,
    /// The solver must keep it so.
    #[serde(default)]
    pub pin: bool,
    /// Why, where a rule is broken.
    #[serde(default)]
    pub reason: Option<String>,
}

/// May be null, must be there: a forgotten name must not empty a slot.
pub fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// Why a roster is published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublishRequest {
    /// For the audit trail.
    pub reason: Option<String>,
}

impl From<&RosterHead> for RosterHeadDocument {
    fn from(head: &RosterHead) -> Self {
        Self {
            id: head.id.to_string(),
            team: head.team.to_string(),
            from: head.from.to_string(),
            to: head.to.to_string(),
            state: serde_json::to_value(head.state).unwrap_or_default(),
            version: head.version,
        }
    }
}

impl From<&RosterView> for RosterDocument {
    fn from(view: &RosterView) -> Self {
        let slots = view.slots.iter().map(|slot| SlotDocument::of(slot, view.zone)).collect();
        Self { head: RosterHeadDocument::from(&view.head), slots }
    }
}

impl SlotDocument {
    pub fn of(slot: &SlotView, zone: Zone) -> Self {
        Self {
            id: slot.id.to_string(),
            role: slot.role.clone(),
            start: slot.window.start.rfc3339(zone),
            end: slot.window.end.rfc3339(zone),
            turn: slot.turn.as_ref().map(ToString::to_string),
            person: slot.person.as_ref().map(ToString::to_string),
            pinned: slot.pinned,
            optional: slot.optional,
            reason: slot.reason.clone(),
        }
    }
}

impl From<&Publication> for PublicationDocument {
    fn from(done: &Publication) -> Self {
        let zone = done.roster.zone;
        Self {
            roster: RosterDocument::from(&done.roster),
            changes: done.changes.iter().map(|(slot, change)| ChangeDocument::of(slot, change, zone)).collect(),
            findings: done.findings.iter().map(FindingDocument::from).collect(),
        }
    }
}

impl ChangeDocument {
    pub fn of(slot: &SlotId, change: &Change, zone: Zone) -> Self {
        let (change, before, after) = match change {
            Change::Added(to) => ("added", None, Some(to)),
            Change::Removed(from) => ("removed", Some(from), None),
            Change::Moved { from, to } => ("moved", Some(from), Some(to)),
            Change::Details { from, to } => ("details", Some(from), Some(to)),
        };
        let entry = |entry: &Entry| EntryDocument {
            role: entry.role.clone(),
            start: entry.window.start.rfc3339(zone),
            end: entry.window.end.rfc3339(zone),
            person: entry.person.as_ref().map(ToString::to_string),
        };
        Self { slot: slot.to_string(), change, before: before.map(entry), after: after.map(entry) }
    }
}

impl From<&Finding> for FindingDocument {
    fn from(finding: &Finding) -> Self {
        Self {
            kind: match finding.kind {
                FindingKind::Gap => "gap",
                FindingKind::Broken => "broken",
            },
            slot: finding.slot.to_string(),
            person: finding.person.as_ref().map(ToString::to_string),
            text: finding.text.clone(),
        }
    }
}

impl From<&CheckView> for CheckDocument {
    fn from(view: &CheckView) -> Self {
        Self {
            findings: view.findings.iter().map(FindingDocument::from).collect(),
            balance: view.report.lines.iter().map(BalanceDocument::from).collect(),
            gaps: view.report.gaps,
            required: view.report.required,
        }
    }
}

impl From<&Line> for BalanceDocument {
    fn from(line: &Line) -> Self {
        Self {
            person: line.person.to_string(),
            name: line.name.clone(),
            load: points(line.load),
            share: points(line.share),
            balance: points(line.balance),
            turns: line.turns,
            minutes: line.minutes,
        }
    }
}

/// Hundredths as points.
#[allow(clippy::cast_precision_loss)] // nobody stands 2^53 hundredths of points
pub fn points(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Recommended => "recommended",
        Level::Possible => "possible",
        Level::Reluctant => "reluctant",
        Level::Excluded => "excluded",
    }
}

impl From<Candidate> for CandidateDocument {
    fn from(candidate: Candidate) -> Self {
        Self { person: candidate.person.to_string(), level: level(candidate.level), reasons: candidate.reasons }
    }
}
