//! What the solver recommends, as JSON: the roster, how good it is, and which published shifts it hands on for what reason.

use super::documents::RosterDocument;
use crate::roster::solve::changes::Why;
use crate::service::planning::{Change, Recommendation, RosterView};
use serde::Serialize;
use utoipa::ToSchema;

/// A draft as the solver filled it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecommendedDocument {
    #[serde(flatten)]
    roster: RosterDocument,
    recommendation: RecommendationDocument,
}

/// How good a solved draft is; 10000 is what one mean turn above the fair share costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecommendationDocument {
    /// Null where what is published stands as it is: that is weighed against nothing.
    cost: Option<i64>,
    /// What every roster without gaps costs at least; null where that is not known, or slots stay empty.
    bound: Option<i64>,
    /// By how much of its cost the roster may be dearer than the best, at most.
    gap_percent: Option<f64>,
    /// No roster without gaps costs less.
    proved_best: bool,
    /// Required slots that stay empty.
    gaps: Option<usize>,
    /// The time was up; with more of it the roster might have come out better.
    stopped_early: bool,
    /// All of it in words.
    text: String,
    /// Who no longer holds what they are published for.
    changes: Vec<HandedOnDocument>,
}

/// A published slot that the draft gives to somebody else.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandedOnDocument {
    slot: String,
    from: String,
    /// Null where the slot stays empty.
    to: Option<String>,
    /// `forced` by rules, `made-room` for something that was, or `chosen` because it costs less so.
    why: &'static str,
    /// The rules, in sentences.
    reasons: Vec<String>,
}

impl RecommendedDocument {
    pub fn of(view: &RosterView, said: &Recommendation) -> Self {
        Self { roster: RosterDocument::from(view), recommendation: RecommendationDocument::from(said) }
    }
}

impl From<&Recommendation> for RecommendationDocument {
    fn from(said: &Recommendation) -> Self {
        let verdict = said.verdict.as_ref();
        let permille = verdict.and_then(|verdict| verdict.gap_permille()).and_then(|gap| i32::try_from(gap).ok());
        Self {
            cost: verdict.map(|verdict| verdict.cost),
            bound: verdict.and_then(|verdict| verdict.bound),
            gap_percent: permille.map(|permille| f64::from(permille) / 10.0),
            proved_best: verdict.is_some_and(|verdict| verdict.proved_best()),
            gaps: verdict.map(|verdict| verdict.gaps),
            stopped_early: said.stopped,
            text: said.sentence(),
            changes: said.moved.iter().map(HandedOnDocument::from).collect(),
        }
    }
}

impl From<&Change> for HandedOnDocument {
    fn from(change: &Change) -> Self {
        let moved = &change.moved;
        Self {
            slot: moved.slot.to_string(),
            from: moved.from.to_string(),
            to: moved.to.as_ref().map(ToString::to_string),
            why: match moved.why {
                Why::Forced(_) => "forced",
                Why::MadeRoom(_) => "made-room",
                Why::Chosen => "chosen",
            },
            reasons: change.reasons.clone(),
        }
    }
}
