//! What effects and explanations look like as JSON.

use super::documents::{CandidateDocument, FindingDocument, SlotDocument, named, points};
use crate::ids::{PersonId, SlotId};
use crate::roster::balance::Balance;
use crate::roster::explain::{Alternative, Moved, Told};
use crate::roster::report::Report;
use crate::roster::what_if::{Change, Cost};
use crate::service::planning::{RosterExplained, SlotExplained, Step, Weighed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Changes that are made together; each slot at most once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIfRequest {
    #[serde(default)]
    pub changes: Vec<ChangeRequest>,
    /// Holders who change places.
    #[serde(default)]
    pub exchanges: Vec<ExchangeRequest>,
}

/// Changes that are made together, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangesRequest {
    #[serde(default)]
    changes: Vec<ChangeRequest>,
    #[serde(default)]
    exchanges: Vec<ExchangeRequest>,
    /// Needed where hard rules come to be broken.
    #[serde(default)]
    pub reason: Option<String>,
}

impl WhatIfRequest {
    pub fn steps(self) -> Vec<Step> {
        steps(self.changes, self.exchanges)
    }
}

impl ChangesRequest {
    pub fn steps(&mut self) -> Vec<Step> {
        steps(std::mem::take(&mut self.changes), std::mem::take(&mut self.exchanges))
    }
}

fn steps(changes: Vec<ChangeRequest>, exchanges: Vec<ExchangeRequest>) -> Vec<Step> {
    let give = |one: ChangeRequest| Step::Give {
        slot: SlotId::new(one.slot),
        person: one.person.map(PersonId::new),
        whole_turn: one.whole_turn,
        pin: one.pin,
    };
    let exchange = |one: ExchangeRequest| Step::Exchange {
        one: SlotId::new(one.one),
        other: SlotId::new(one.other),
        whole_turn: one.whole_turn,
    };
    changes.into_iter().map(give).chain(exchanges.into_iter().map(exchange)).collect()
}

/// Two slots whose holders change places.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRequest {
    one: String,
    other: String,
    /// Each gives all that they hold of that turn.
    #[serde(default)]
    whole_turn: bool,
}

/// Who would hold a slot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    /// The slot.
    pub slot: String,
    /// Null empties it.
    #[serde(deserialize_with = "named")]
    #[schema(required)]
    pub person: Option<String>,
    /// With it every other slot of its turn that may still be planned.
    #[serde(default)]
    whole_turn: bool,
    /// The solver has to keep it so.
    #[serde(default)]
    pin: bool,
}

/// What changes would do, and to which slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeighedDocument {
    #[serde(flatten)]
    effect: EffectDocument,
    /// Slot by slot who would hold it.
    slots: Vec<GivenDocument>,
    /// Slots that the solver would have to keep.
    pinned: Vec<String>,
}

/// Who would hold a slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenDocument {
    slot: String,
    person: Option<String>,
}

impl From<&Weighed> for WeighedDocument {
    fn from(weighed: &Weighed) -> Self {
        let given = |change: &Change| GivenDocument {
            slot: change.slot.to_string(),
            person: change.person.as_ref().map(ToString::to_string),
        };
        Self {
            effect: EffectDocument::from(&weighed.told),
            slots: weighed.changes.iter().map(given).collect(),
            pinned: weighed.pinned.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What changes would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct EffectDocument {
    /// Rules that would be broken and are kept now, and required slots left empty.
    findings: Vec<FindingDocument>,
    cost: CostsDocument,
    /// Those who would hold more or less.
    people: Vec<MovedDocument>,
}

/// What the people and slots concerned cost; 10000 is what one mean turn above the fair share costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostsDocument {
    before: CostDocument,
    after: CostDocument,
    /// After less before: what it would cost the team.
    more: i64,
}

/// Cost by its terms; lower is better.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostDocument {
    /// Loads away from the fair share.
    fairness: i64,
    /// What people asked to avoid, less what they offered.
    wishes: i64,
    /// Duty in months that are full already.
    utilisation: i64,
    /// Turns closer together than is wished for.
    spacing: i64,
    /// Novices without an expert, and the same two together again, in the whole plan.
    company: i64,
    /// Held by somebody else than published.
    change: i64,
    /// Optional slots left empty.
    empty: i64,
    total: i64,
}

/// Somebody's load before and after, in points.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedDocument {
    person: String,
    name: String,
    before: LoadDocument,
    after: LoadDocument,
}

/// Somebody's load, in points.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoadDocument {
    load: f64,
    /// Their fair part.
    share: f64,
    /// Load minus share.
    balance: f64,
}

/// One slot with everybody who could stand it and who couldn't.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotExplainedDocument {
    slot: SlotDocument,
    /// Where a required slot is empty: why, with counts.
    gap: Option<String>,
    /// Best first.
    candidates: Vec<AlternativeDocument>,
}

/// A candidate with what choosing them would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlternativeDocument {
    /// Its `reasons` name every rule that excludes somebody.
    #[serde(flatten)]
    candidate: CandidateDocument,
    name: String,
    effect: EffectDocument,
}

/// A roster against what is published for its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterExplainedDocument {
    /// Its gaps, each with what makes it one.
    gaps: Vec<FindingDocument>,
    before: SpreadDocument,
    after: SpreadDocument,
    /// Whose load differs; who gains most first.
    people: Vec<MovedDocument>,
}

/// How evenly load is spread: balances in points.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpreadDocument {
    min: f64,
    median: f64,
    max: f64,
    /// Required slots nobody holds.
    gaps: usize,
    /// Required slots in all.
    required: usize,
}

impl From<&Told> for EffectDocument {
    fn from(told: &Told) -> Self {
        Self {
            findings: told.findings.iter().map(FindingDocument::from).collect(),
            cost: CostsDocument {
                before: CostDocument::from(told.before),
                after: CostDocument::from(told.after),
                more: told.after.total() - told.before.total(),
            },
            people: told.people.iter().map(MovedDocument::from).collect(),
        }
    }
}

impl From<Cost> for CostDocument {
    fn from(cost: Cost) -> Self {
        let Cost { fairness, wishes, utilisation, spacing, company, change, empty } = cost;
        Self { fairness, wishes, utilisation, spacing, company, change, empty, total: cost.total() }
    }
}

impl From<&Moved> for MovedDocument {
    fn from(moved: &Moved) -> Self {
        Self {
            person: moved.after.person.to_string(),
            name: moved.name.clone(),
            before: LoadDocument::from(&moved.before),
            after: LoadDocument::from(&moved.after),
        }
    }
}

impl From<&Balance> for LoadDocument {
    fn from(balance: &Balance) -> Self {
        Self { load: points(balance.load), share: points(balance.share), balance: points(balance.over()) }
    }
}

impl From<&SlotExplained> for SlotExplainedDocument {
    fn from(seen: &SlotExplained) -> Self {
        Self {
            slot: SlotDocument::of(&seen.slot, seen.zone),
            gap: seen.gap.clone(),
            candidates: seen.alternatives.iter().map(AlternativeDocument::from).collect(),
        }
    }
}

impl From<&Alternative> for AlternativeDocument {
    fn from(one: &Alternative) -> Self {
        Self {
            candidate: CandidateDocument::from(one.candidate.clone()),
            name: one.name.clone(),
            effect: EffectDocument::from(&one.effect),
        }
    }
}

impl From<&RosterExplained> for RosterExplainedDocument {
    fn from(seen: &RosterExplained) -> Self {
        Self {
            gaps: seen.gaps.iter().map(FindingDocument::from).collect(),
            before: SpreadDocument::from(&seen.comparison.before),
            after: SpreadDocument::from(&seen.comparison.after),
            people: seen.comparison.people.iter().map(MovedDocument::from).collect(),
        }
    }
}

impl From<&Report> for SpreadDocument {
    fn from(report: &Report) -> Self {
        let [min, median, max] = [report.min, report.median, report.max].map(points);
        Self { min, median, max, gaps: report.gaps, required: report.required }
    }
}
