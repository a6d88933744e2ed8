//! The hard rules: what a person would break by standing a slot, each as a value that reads as a sentence.

#[cfg(test)]
mod tests;

use crate::ids::{PersonId, SlotId};
use crate::roster::availability::{Kind, Source};
use crate::roster::model::{Cap, Qualification, Slot};
use crate::roster::phrase;
use crate::roster::plan::{Assignment, Duty, Member, Planning};
use crate::roster::standing::Standing;
use crate::time::{Day, Instant, MINUTE, Window, Zone, union};
use chrono::TimeDelta;

/// One broken hard rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The account is disabled.
    Disabled,
    /// Not a member for the whole of the slot.
    NotMember,
    /// A qualification is missing or lapses before the slot ends.
    NotQualified {
        /// What is required.
        qualification: Qualification,
        /// When the grant they have ends or ended; none where they never had one.
        lapses: Option<Instant>,
    },
    /// Said they can't.
    Unavailable {
        /// Where that is known from.
        source: Source,
        /// The span they named.
        window: Window,
    },
    /// The slot is for working hours only, and reaches beyond the person's.
    NotAtWork {
        /// The person's own zone, by which their hours go.
        zone: Zone,
    },
    /// The slot is for people of a site, and they are not of it.
    OtherSite {
        /// Which.
        site: String,
    },
    /// Two shifts at once, in any team.
    TwoAtOnce(Duty),
    /// Too little rest to another turn.
    Rest {
        /// The other shift.
        other: Duty,
        /// Minutes between the two.
        minutes: i64,
        /// Minutes wanted.
        wanted: i64,
    },
    /// More turns in a rolling window than allowed.
    TooManyTurns {
        /// The cap.
        cap: Cap,
        /// How many it would be.
        turns: usize,
    },
    /// More minutes of duty in a rolling window than allowed.
    TooManyMinutes {
        /// The cap.
        cap: Cap,
        /// How many it would be.
        minutes: i64,
    },
    /// Together with somebody they must not share a shift with.
    ForbiddenPair {
        /// The other's name.
        with: String,
    },
    /// Nobody on the shift is past being a novice.
    NovicesOnly,
    /// A manager has pinned somebody else.
    Pinned {
        /// That person's name.
        to: String,
    },
}

impl Broken {
    /// The rule in a sentence, its times in the given zone.
    #[must_use]
    pub fn sentence(&self, zone: Zone) -> String {
        match self {
            Self::Disabled => "the account is disabled".to_owned(),
            Self::NotMember => "not a member of the team for the whole slot".to_owned(),
            Self::NotQualified { qualification, lapses } => not_qualified(qualification, *lapses, zone),
            Self::Unavailable { source: Source::Silence, .. } => "has not said that they can".to_owned(),
            Self::Unavailable { source: Source::Unread, .. } => Source::Unread.words().to_owned(),
            Self::Unavailable { source, window } => {
                format!("unavailable {} ({})", phrase::span(*window, zone), source.words())
            }
            Self::NotAtWork { zone } => format!("outside their working hours ({zone})"),
            Self::OtherSite { site } => format!("not of the site {site}"),
            Self::TwoAtOnce(other) => {
                format!("stands {} for {} {} already", other.role, other.team, phrase::span(other.window, zone))
            }
            Self::Rest { other, minutes, wanted } => format!(
                "{} of rest from {} for {} {}, {} wanted",
                phrase::hours(*minutes),
                other.role,
                other.team,
                phrase::span(other.window, zone),
                phrase::hours(*wanted)
            ),
            Self::TooManyTurns { cap, turns } => format!(
                "{turns} turns{} in {} days, {} allowed",
                of_roles(cap),
                cap.days,
                cap.max_turns.unwrap_or_default()
            ),
            Self::TooManyMinutes { cap, minutes } => format!(
                "{} of duty{} in {} days, {} allowed",
                phrase::hours(*minutes),
                of_roles(cap),
                cap.days,
                phrase::hours(i64::from(cap.max_minutes.unwrap_or_default()))
            ),
            Self::ForbiddenPair { with } => format!("must not share a shift with {with}"),
            Self::NovicesOnly => "only novices on the shift".to_owned(),
            Self::Pinned { to } => format!("pinned to {to}"),
        }
    }

    /// The same reason for several people, as gaps list it: `3 unavailable`, `2 lack rest`.
    #[must_use]
    pub fn for_several(&self, count: usize) -> String {
        let s = if count == 1 { "s" } else { "" };
        match self {
            Self::Disabled => format!("{count} disabled"),
            Self::NotMember => format!("{count} not in the team then"),
            Self::NotQualified { .. } => format!("{count} not qualified"),
            Self::Unavailable { source: Source::Silence, .. } => format!("{count} silent"),
            Self::Unavailable { .. } => format!("{count} unavailable"),
            Self::NotAtWork { .. } => format!("{count} not at work then"),
            Self::OtherSite { .. } => format!("{count} of other sites"),
            Self::TwoAtOnce(_) => format!("{count} on another shift"),
            Self::Rest { .. } => format!("{count} lack{s} rest"),
            Self::TooManyTurns { .. } | Self::TooManyMinutes { .. } => format!("{count} at a cap"),
            Self::ForbiddenPair { .. } => format!("{count} in a forbidden pair"),
            Self::NovicesOnly => format!("{count} need{s} an experienced partner"),
            Self::Pinned { .. } => format!("{count} passed over by a pin"),
        }
    }

    /// Whether `others` break the same rule: figures of a cap may differ.
    #[must_use]
    pub fn is_among(&self, others: &[Self]) -> bool {
        others.iter().any(|other| match (self, other) {
            (Self::TooManyTurns { cap: a, .. }, Self::TooManyTurns { cap: b, .. })
            | (Self::TooManyMinutes { cap: a, .. }, Self::TooManyMinutes { cap: b, .. }) => a == b,
            _ => self == other,
        })
    }

    /// Which reason is named first where several stand against a person; the lowest.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Disabled => 0,
            Self::NotMember => 1,
            Self::NotQualified { .. } => 2,
            Self::OtherSite { .. } => 3,
            Self::Unavailable { .. } => 4,
            Self::NotAtWork { .. } => 5,
            Self::TwoAtOnce(_) => 6,
            Self::Rest { .. } => 7,
            Self::TooManyTurns { .. } => 8,
            Self::TooManyMinutes { .. } => 9,
            Self::ForbiddenPair { .. } => 10,
            Self::NovicesOnly => 11,
            Self::Pinned { .. } => 12,
        }
    }
}

fn not_qualified(qualification: &Qualification, lapses: Option<Instant>, zone: Zone) -> String {
    let (state, verb) = match lapses {
        Some(until) => (format!("{} lapses on {}", qualification.name, phrase::day(until, zone)), "renew"),
        None => (format!("{} is missing", qualification.name), "obtain"),
    };
    match (qualification.how.trim(), &qualification.url) {
        ("", None) => state,
        ("", Some(url)) => format!("{state}, {verb} at {url}"),
        (how, None) => format!("{state}, {verb} it so: {how}"),
        (how, Some(url)) => format!("{state}, {verb} at {url}: {how}"),
    }
}

fn of_roles(cap: &Cap) -> String {
    if cap.roles.is_empty() { String::new() } else { format!(" as {}", phrase::list(&cap.roles)) }
}

/// What a person would break by standing `slots`, whoever holds them now, while everything else stays as assigned.
/// Ordered by [`Broken::rank`]; empty means nothing stands against it.
#[must_use]
pub fn broken(planning: &Planning, assignment: &Assignment, person: &PersonId, slots: &[&Slot]) -> Vec<Broken> {
    broken_beside(planning, &Standing::new(planning, assignment), person, slots)
}

/// As [`broken`], for who asks more than once about the same assignment.
#[must_use]
pub fn broken_beside(planning: &Planning, standing: &Standing<'_>, person: &PersonId, slots: &[&Slot]) -> Vec<Broken> {
    let Some(member) = planning.member(person) else { return vec![Broken::NotMember] };
    let mut found: Vec<Broken> = slots.iter().flat_map(|slot| alone(planning, member, slot)).collect();
    let others = others(standing, member, slots);
    let wanted = i64::from(planning.team.settings.min_rest_minutes);
    for slot in slots {
        found.extend(others.iter().filter_map(|other| apart(slot, other, wanted)));
        found.extend(company(planning, standing, member, slot, slots));
        if let Some(to) = planning.pins.get(&slot.id).filter(|to| *to != person) {
            found.push(Broken::Pinned { to: planning.name(to) });
        }
    }
    found.extend(caps(planning, &others, slots));
    found.sort_by_key(Broken::rank);
    found.dedup();
    found
}

/// What stands against a member and a slot whatever the rest of the plan is.
#[must_use]
pub fn alone(planning: &Planning, member: &Member, slot: &Slot) -> Vec<Broken> {
    let mut found = Vec::new();
    if member.person.disabled {
        found.push(Broken::Disabled);
    }
    if member.membership(slot.window, planning.team.zone).is_none() {
        found.push(Broken::NotMember);
    }
    for id in planning.role(&slot.role).map(|role| role.requires.as_slice()).unwrap_or_default() {
        if let Err(grant) = member.holds(id, slot.window) {
            let known = planning.qualifications.iter().find(|qualification| qualification.id == *id);
            let qualification = known.cloned().unwrap_or_else(|| Qualification {
                id: id.clone(),
                team: None,
                name: id.to_string(),
                how: String::new(),
                url: None,
            });
            found.push(Broken::NotQualified { qualification, lapses: grant.and_then(|grant| grant.until) });
        }
    }
    if let Some(site) = slot.site.as_ref().filter(|site| !planning.team.settings.at_site(site, &member.person.id)) {
        found.push(Broken::OtherSite { site: site.clone() });
    }
    let verdict = member.availability.over(slot.window, &planning.team.settings);
    if let (Kind::Unavailable, Some(first)) = (verdict.kind, verdict.because.first()) {
        found.push(Broken::Unavailable { source: first.source.clone(), window: first.window });
    }
    found.extend(member.called.iter().filter_map(|call| rested(planning, slot, call)));
    if slot.at_work && !is_at_work(member, slot.window) {
        found.push(Broken::NotAtWork { zone: member.person.zone });
    }
    found
}

/// Too little rest after a call-out: it begins anew when that ended, be it later than the shift.
fn rested(planning: &Planning, slot: &Slot, call: &Duty) -> Option<Broken> {
    if slot.window.start <= call.window.start || (slot.turn.is_some() && slot.turn == call.turn) {
        return None;
    }
    let wanted = i64::from(planning.team.settings.min_rest_minutes);
    let minutes = ((slot.window.start.millis() - call.window.end.millis()) / MINUTE).max(0);
    let called = || Duty { role: format!("a call-out as {}", call.role), ..call.clone() };
    (minutes < wanted).then(|| Broken::Rest { other: called(), minutes, wanted })
}

/// Whether all of a window lies within the member's working hours, which have no holidays.
fn is_at_work(member: &Member, window: Window) -> bool {
    union(member.week.windows(window, member.person.zone, &member.holidays)).iter().any(|hours| hours.covers(window))
}

/// All other duties of a member: those around the plan, and those of the assignment beside `slots`.
fn others(standing: &Standing<'_>, member: &Member, slots: &[&Slot]) -> Vec<Duty> {
    let asked = |id: &SlotId| slots.iter().any(|slot| slot.id == *id);
    let planned = standing.of(&member.person.id).iter().filter(|slot| !asked(&slot.id)).map(|slot| duty(slot));
    member.duties.iter().cloned().chain(planned).collect()
}

fn duty(slot: &Slot) -> Duty {
    Duty { team: slot.team.clone(), role: slot.role.clone(), window: slot.window, turn: slot.turn.clone() }
}

/// Two shifts at once, or too close; inside one turn there is no rest to keep.
pub(super) fn apart(slot: &Slot, other: &Duty, wanted: i64) -> Option<Broken> {
    if slot.window.overlaps(other.window) {
        return Some(Broken::TwoAtOnce(other.clone()));
    }
    if slot.turn.is_some() && slot.turn == other.turn {
        return None;
    }
    let (start, end) = (slot.window.start.max(other.window.start), slot.window.end.min(other.window.end));
    let minutes = (start.millis() - end.millis()) / MINUTE;
    (minutes < wanted).then(|| Broken::Rest { other: other.clone(), minutes, wanted })
}

/// Whom the member would stand with: forbidden pairs, and novices among themselves.
fn company(planning: &Planning, standing: &Standing<'_>, member: &Member, slot: &Slot, slots: &[&Slot]) -> Vec<Broken> {
    let me = &member.person.id;
    let mut found = Vec::new();
    let mut experienced = slot.optional || !is_novice(planning, member, slot);
    for (other, with) in standing.with(slot).iter().filter(|(other, with)| other.id != slot.id && *with != me) {
        // Of a slot that is stood in parts, another role may be stood beside another part.
        if slots.iter().any(|asked| asked.id == other.id) || !other.window.overlaps(slot.window) {
            continue;
        }
        if forbidden(planning, me, with) {
            found.push(Broken::ForbiddenPair { with: planning.name(with) });
        }
        let partner = planning.member(with);
        experienced |= !other.optional && partner.is_some_and(|partner| !is_novice(planning, partner, other));
    }
    if !experienced {
        found.push(Broken::NovicesOnly);
    }
    found
}

/// Whether two slots are of one occurrence of one pattern: their holders stand together.
#[must_use]
pub fn same_watch(a: &Slot, b: &Slot) -> bool {
    a.pattern == b.pattern && a.occurrence == b.occurrence
}

/// Whether the pair must not stand together.
#[must_use]
pub fn forbidden(planning: &Planning, a: &PersonId, b: &PersonId) -> bool {
    planning.team.forbidden_pairs.iter().any(|(x, y)| (x, y) == (a, b) || (y, x) == (a, b))
}

/// Whether the member is still a novice when the slot is stood.
#[must_use]
pub fn is_novice(planning: &Planning, member: &Member, slot: &Slot) -> bool {
    member.membership(slot.window, planning.team.zone).is_some_and(|membership| membership.novice)
}

/// Whether the member makes company for a novice: no novice, and holds what the team calls an expert's qualification for
/// the whole of the slot.
#[must_use]
pub fn is_expert(planning: &Planning, member: &Member, slot: &Slot) -> bool {
    let Some(expert) = &planning.team.settings.expert else { return false };
    !is_novice(planning, member, slot) && member.holds(expert, slot.window).is_ok()
}

/// One turn or single shift of a person, as caps count it.
struct Counted {
    day: Day,
    minutes: i64,
    first: bool,
}

fn caps(planning: &Planning, others: &[Duty], slots: &[&Slot]) -> Vec<Broken> {
    planning.team.settings.caps.iter().flat_map(|cap| over_cap(planning, cap, others, slots)).collect()
}

fn over_cap(planning: &Planning, cap: &Cap, others: &[Duty], slots: &[&Slot]) -> Vec<Broken> {
    let team = &planning.team;
    let mut duties: Vec<Duty> = others.to_vec();
    duties.extend(slots.iter().map(|slot| duty(slot)));
    // a cap on named roles is the team's own; a cap on everything protects the person whatever the team
    duties.retain(|duty| cap.roles.is_empty() || (duty.team == team.id && cap.roles.contains(&duty.role)));
    duties.sort_by_key(|duty| duty.window.start);
    let mut seen = std::collections::BTreeSet::new();
    let counted: Vec<Counted> = duties
        .iter()
        .map(|duty| Counted {
            day: duty.window.start.civil(team.zone).date(),
            minutes: duty.window.millis() / MINUTE,
            first: duty.turn.as_ref().is_none_or(|turn| seen.insert(turn)),
        })
        .collect();
    let touched: Vec<Day> = slots
        .iter()
        .filter(|slot| cap.roles.is_empty() || cap.roles.contains(&slot.role))
        .map(|slot| slot.window.start.civil(team.zone).date())
        .collect();
    worst(cap, &counted, &touched)
}

/// The fullest rolling window that holds one of the `touched` days, where it is over the cap.
fn worst(cap: &Cap, counted: &[Counted], touched: &[Day]) -> Vec<Broken> {
    let (mut turns, mut minutes) = (0, 0);
    for first in counted {
        let end = first.day + TimeDelta::days(i64::from(cap.days));
        if !touched.iter().any(|day| first.day <= *day && *day < end) {
            continue;
        }
        let inside = || counted.iter().filter(|other| first.day <= other.day && other.day < end);
        turns = turns.max(inside().filter(|other| other.first).count());
        minutes = minutes.max(inside().map(|other| other.minutes).sum());
    }
    let mut found = Vec::new();
    if cap.max_turns.is_some_and(|max| turns > max as usize) {
        found.push(Broken::TooManyTurns { cap: cap.clone(), turns });
    }
    if cap.max_minutes.is_some_and(|max| minutes > i64::from(max)) {
        found.push(Broken::TooManyMinutes { cap: cap.clone(), minutes });
    }
    found
}
