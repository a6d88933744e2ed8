//! What a person needs for the roles of a team: met, about to lapse, missing; how to obtain it, and how far they are
//! where it is obtained by standing shifts.

use crate::ids::{QualificationId, SlotId};
use crate::roster::model::{Grant, Qualification, Team};
use crate::roster::report::stood::Stood;
use crate::time::{DAY, Instant, Window};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days before the end of a grant from which on it is said to lapse soon.
const SOON_DAYS: i64 = 60;

/// So many shifts of a role, which together with others earn a qualification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The role.
    pub role: String,
    /// How many shifts.
    pub shifts: u32,
}

/// How far somebody is with one need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The role.
    pub role: String,
    /// Shifts they have stood.
    pub have: u32,
    /// Shifts they need.
    pub need: u32,
}

impl Progress {
    /// Whether it is enough.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.have >= self.need
    }
}

/// How far somebody is: a shift counts once it has ended, where they stood at least half of it, and where it began after
/// whatever they had before was taken back or lapsed.
#[must_use]
pub fn progress(needs: &[Need], own: &[Stood], since: Option<Instant>, now: Instant) -> Vec<Progress> {
    let counts = |duty: &&Stood| duty.whole.end <= now && since.is_none_or(|since| since <= duty.whole.start);
    let count = |role: &str| {
        let mut parts: BTreeMap<&SlotId, (i64, Window)> = BTreeMap::new();
        for duty in own.iter().filter(counts).filter(|duty| duty.role == role) {
            parts.entry(&duty.slot).or_insert((0, duty.whole)).0 += duty.window.millis();
        }
        parts.values().filter(|(stood, whole)| stood * 2 >= whole.millis()).count()
    };
    let progress = |need: &Need| Progress {
        role: need.role.clone(),
        have: u32::try_from(count(&need.role)).unwrap_or(u32::MAX),
        need: need.shifts,
    };
    needs.iter().map(progress).collect()
}

/// Where somebody stands with a qualification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They have it.
    Met,
    /// They have it, and lose it soon.
    Lapsing(Instant),
    /// They will have it.
    Coming(Instant),
    /// They had it.
    Lapsed(Instant),
    /// They never had it.
    Missing,
}

impl Standing {
    /// Of the grant that a person has, if any.
    #[must_use]
    pub fn of(grant: Option<&Grant>, now: Instant) -> Self {
        let Some(grant) = grant else { return Self::Missing };
        match (grant.from, grant.until) {
            (_, Some(until)) if until <= now => Self::Lapsed(until),
            (Some(from), _) if now < from => Self::Coming(from),
            (_, Some(until)) if until <= now.plus_millis(SOON_DAYS * DAY) => Self::Lapsing(until),
            _ => Self::Met,
        }
    }

    /// Whether the role may be stood now, as far as this goes.
    #[must_use]
    pub const fn is_met(self) -> bool {
        matches!(self, Self::Met | Self::Lapsing(_))
    }
}

/// One qualification that a role requires, and where a person stands with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What is required, with how to obtain it.
    pub qualification: Qualification,
    /// Where they stand.
    pub standing: Standing,
    /// How far they are, where it is obtained by standing shifts and they don't have it.
    pub progress: Vec<Progress>,
}

/// A role of a team, and what somebody needs for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRequirements {
    /// The role.
    pub role: String,
    /// Whether they may stand it now.
    pub eligible: bool,
    /// What it requires.
    pub requirements: Vec<Requirement>,
}

/// What one person has, and what they stood for the team.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Their grants.
    pub grants: &'a [Grant],
    /// Their duties as worked, of this team.
    pub stood: &'a [Stood],
    /// Up to which moment what they stood counts no more, by qualification.
    pub since: &'a BTreeMap<QualificationId, Instant>,
}

/// The roles of a team with what the person needs for each.
#[must_use]
pub fn of_team(
    team: &Team,
    (known, needs): (&[Qualification], &BTreeMap<QualificationId, Vec<Need>>),
    record: Record<'_>,
    now: Instant,
) -> Vec<RoleRequirements> {
    let requirement = |id: &QualificationId| {
        let qualification = known.iter().find(|known| known.id == *id)?;
        let standing = Standing::of(record.grants.iter().find(|grant| grant.qualification == *id), now);
        let needs = needs.get(id).filter(|_| !standing.is_met());
        let progress = needs.map(|needs| progress(needs, record.stood, record.since.get(id).copied(), now));
        Some(Requirement { qualification: qualification.clone(), standing, progress: progress.unwrap_or_default() })
    };
    let role = |role: &crate::roster::model::Role| {
        let requirements: Vec<Requirement> = role.requires.iter().filter_map(requirement).collect();
        let eligible = requirements.iter().all(|requirement| requirement.standing.is_met());
        RoleRequirements { role: role.name.clone(), eligible, requirements }
    };
    team.roles.iter().map(role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{span, team};

    fn stood(role: &str, slot: &str, day: u32) -> Stood {
        let window = span(&format!("2026-11-{day:02}T09:00:00"), &format!("2026-11-{:02}T09:00:00", day + 1));
        let person = "cho".into();
        Stood { person, role: role.to_owned(), slot: slot.into(), window, whole: window, points: 0 }
    }

    fn needs() -> Vec<Need> {
        vec![Need { role: "shadow".to_owned(), shifts: 2 }, Need { role: "secondary".to_owned(), shifts: 1 }]
    }

    fn counted(own: &[Stood], since: Option<&str>, now: &str) -> Vec<(u32, u32)> {
        let at = |text: &str| span(text, text).start;
        progress(&needs(), own, since.map(at), at(now)).iter().map(|one| (one.have, one.need)).collect()
    }

    #[test]
    fn two_shadow_shifts_and_one_secondary_count_once_they_have_ended() {
        let own = [stood("shadow", "a", 2), stood("shadow", "b", 9), stood("secondary", "c", 16)];
        assert_eq!(counted(&own, None, "2026-11-10T08:59:00"), [(1, 2), (0, 1)]);
        assert_eq!(counted(&own, None, "2026-11-10T09:00:00"), [(2, 2), (0, 1)]);
        assert_eq!(counted(&own, None, "2026-11-17T09:00:00"), [(2, 2), (1, 1)]);
        assert_eq!(counted(&own, Some("2026-11-03T00:00:00"), "2026-11-17T09:00:00"), [(1, 2), (1, 1)], "taken back");
    }

    #[test]
    fn a_shift_counts_for_who_stood_half_of_it() {
        let whole = stood("shadow", "a", 2);
        let part = |from: &str, to: &str| Stood { window: span(from, to), ..whole.clone() };
        let less = part("2026-11-02T09:00:00", "2026-11-02T20:59:00");
        assert_eq!(counted(std::slice::from_ref(&less), None, "2026-11-17T09:00:00")[0], (0, 2));
        let again = part("2026-11-03T08:59:00", "2026-11-03T09:00:00");
        assert_eq!(counted(&[less, again], None, "2026-11-17T09:00:00")[0], (1, 2), "two parts of one shift are one");
    }

    #[test]
    fn a_grant_is_met_until_it_lapses_and_says_so_before() {
        let now = span("2026-12-01T09:00:00", "2026-12-01T09:00:00").start;
        let grant = |from: Option<i64>, until: Option<i64>| {
            let at = |days: Option<i64>| days.map(|days| now.plus_days(days));
            let (person, qualification) = ("cho".into(), "drill".into());
            let grant = Grant { person, qualification, from: at(from), until: at(until), evidence: String::new() };
            Standing::of(Some(&grant), now)
        };
        assert_eq!(grant(None, None), Standing::Met);
        assert_eq!(grant(None, Some(61)), Standing::Met);
        assert_eq!(grant(None, Some(60)), Standing::Lapsing(now.plus_days(60)));
        assert_eq!(grant(None, Some(0)), Standing::Lapsed(now));
        assert_eq!(grant(Some(1), Some(9)), Standing::Coming(now.plus_days(1)));
        assert_eq!(Standing::of(None, now), Standing::Missing);
    }

    #[test]
    fn each_role_says_what_is_missing_and_how_far_somebody_is() {
        let mut team = team();
        team.roles[0].requires = vec!["drill".into()];
        let drill = Qualification {
            id: "drill".into(),
            team: Some(team.id.clone()),
            name: "drilled".to_owned(),
            how: "stand with us".to_owned(),
            url: None,
        };
        let own = [stood("shadow", "a", 2)];
        let record = Record { grants: &[], stood: &own, since: &BTreeMap::new() };
        let now = own[0].window.end;
        let needs = BTreeMap::from([("drill".into(), needs())]);
        let roles = of_team(&team, (std::slice::from_ref(&drill), &needs), record, now);
        assert_eq!(roles.iter().map(|role| role.eligible).collect::<Vec<_>>(), [false, true, true]);
        let missing = &roles[0].requirements[0];
        assert_eq!((missing.standing, missing.progress[0].have), (Standing::Missing, 1));
        let grants = [Grant {
            person: "cho".into(),
            qualification: "drill".into(),
            from: None,
            until: None,
            evidence: String::new(),
        }];
        let roles = of_team(&team, (&[drill], &needs), Record { grants: &grants, ..record }, now);
        assert!(roles[0].eligible && roles[0].requirements[0].progress.is_empty());
    }
}
