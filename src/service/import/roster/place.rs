//! What is to come, as slots: of a pattern that asks for just these times already, of one that the file's rotations are, or
//! of events with dates. Then it is published, as one edition.

use super::{Outcome, RosterFile, RosterPlan};
use crate::ical::recur::Budget;
use crate::ical::tree::Tree;
use crate::ids::{PersonId, SlotId};
use crate::roster::check::FindingKind;
use crate::roster::incoming::Incoming;
use crate::roster::incoming::demand::{ONCE, Recurring, Written, recurring};
use crate::roster::model::{Slot, Team};
use crate::roster::pattern::{self, Demand};
use crate::roster::phrase;
use crate::service::planning::{Placed, demands, publish_placed};
use crate::service::teams::put_object;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::collections::CollectionKind;
use crate::store::{Connection, shifts, slots};
use crate::time::{Civil, Instant, Window, Zone, resolve};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

/// Dates that one event of the pattern calendar lists.
const MOST_DATES: usize = 500;

/// Events that one import may add to the pattern calendar, which is read whole for a plan.
const MOST_EVENTS: usize = 500;

/// A shift that looks for its slot.
#[derive(Clone)]
struct Wish {
    window: Window,
    zone: Zone,
    role: String,
    person: PersonId,
}

/// Publishes what is to be planned, and says which patterns came with it and which rules it breaks.
pub(super) fn publish(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (team, file): (&Team, &RosterFile),
    incoming: &Incoming,
    plan: &mut RosterPlan,
) -> Result<(), ServiceError> {
    let planned = plan.shifts.iter().filter(|row| row.outcome == Outcome::Planned);
    let mut wishes: Vec<Wish> = planned
        .map(|row| {
            let (window, zone) = row.window;
            Wish { window, zone, role: row.role.clone(), person: row.person.clone() }
        })
        .collect();
    let starts = || wishes.iter().map(|wish| wish.window.start);
    let Some((first, last)) = starts().min().zip(starts().max()) else { return Ok(()) };
    let span = Window::new(first, last.plus_millis(1));
    let mut placed = gaps(tx, team, &mut wishes)?;
    let asked_for = demands(tx, team, span)?;
    let mut open = unpublished(tx, team, asked_for)?;
    placed.extend(fitted(tx, ctx, team, &mut wishes, &mut open)?);
    note_other_demand(plan, &wishes, &open);
    let mut events = rotations(ctx, team, incoming, &wishes, span)?;
    let mut fresh: Vec<Demand> = events.iter().flat_map(|event| event.demands.clone()).collect();
    placed.extend(fitted(tx, ctx, team, &mut wishes, &mut fresh)?);
    let dated = dated(ctx, team, file, &wishes)?;
    let mut listed: Vec<Demand> = dated.iter().flat_map(|event| event.demands.clone()).collect();
    placed.extend(fitted(tx, ctx, team, &mut wishes, &mut listed)?);
    if let Some(left) = wishes.first() {
        let when = phrase::span(left.window, left.zone);
        return Err(ServiceError::invalid("shifts", format!("{} {when} can't be written as a pattern", left.person)));
    }
    events.extend(dated);
    if events.len() > MOST_EVENTS {
        let message = format!("the shifts are of more than {MOST_EVENTS} different lengths; import them in parts");
        return Err(ServiceError::TooMany(message));
    }
    for event in events {
        put_object(tx, ctx, actor, (&team.id, CollectionKind::Pattern), event.text.as_bytes())?;
        plan.patterns.push(event.words);
    }
    let done = publish_placed(tx, ctx, actor, team, (&placed, &format!("import from {}", file.format.name())))?;
    let own: BTreeSet<&SlotId> = placed.iter().map(|placed| &placed.slot.id).collect();
    let broken = done.findings.iter().filter(|f| f.kind == FindingKind::Broken && own.contains(&f.slot));
    plan.broken = broken.map(|finding| finding.text.clone()).collect();
    Ok(())
}

/// Published gaps at just the wished times are filled.
fn gaps(tx: &mut dyn Connection, team: &Team, wishes: &mut Vec<Wish>) -> Result<Vec<Placed>, ServiceError> {
    let hull = wishes.iter().map(|wish| wish.window).reduce(|a, b| Window::new(a.start.min(b.start), a.end.max(b.end)));
    let Some(hull) = hull else { return Ok(Vec::new()) };
    let mut placed = Vec::new();
    for shift in shifts::of_team(tx, &team.id, hull)? {
        let is = |wish: &Wish| wish.window == shift.window && wish.role == shift.role;
        if shift.person.is_some() || shift.segment > 0 || shifts::of_slot(tx, &shift.slot)?.len() > 1 {
            continue;
        }
        let (Some(at), Some(slot)) = (wishes.iter().position(is), slots::find(tx, &shift.slot)?) else { continue };
        placed.push(Placed { slot, person: wishes.remove(at).person });
    }
    Ok(placed)
}

/// Demands for which nothing is published.
fn unpublished(tx: &mut dyn Connection, team: &Team, demands: Vec<Demand>) -> Result<Vec<Demand>, ServiceError> {
    let mut open = Vec::with_capacity(demands.len());
    for demand in demands {
        let known = slots::by_name(tx, &slot(team, &demand, SlotId::from("")))?;
        let free = match &known {
            Some(known) => shifts::of_slot(tx, &known.id)?.is_empty(),
            None => true,
        };
        if free {
            open.push(demand);
        }
    }
    Ok(open)
}

/// Takes the wishes that a demand asks for, and their demands, out of both.
fn fitted(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &Team,
    wishes: &mut Vec<Wish>,
    demands: &mut Vec<Demand>,
) -> Result<Vec<Placed>, ServiceError> {
    let mut by_time: BTreeMap<(Window, String), Vec<usize>> = BTreeMap::new();
    for (at, demand) in demands.iter().enumerate().rev() {
        by_time.entry((demand.window, demand.role.clone())).or_default().push(at);
    }
    let (mut placed, mut used, mut left) = (Vec::new(), BTreeSet::new(), Vec::new());
    for wish in wishes.drain(..) {
        let found = by_time.get_mut(&(wish.window, wish.role.clone())).and_then(Vec::pop);
        let Some(demand) = found.and_then(|at| Some((at, demands.get(at)?))) else {
            left.push(wish);
            continue;
        };
        used.insert(demand.0);
        let mut slot = slot(team, demand.1, SlotId::new(ctx.fresh()));
        if let Some(known) = slots::by_name(tx, &slot)? {
            slot.id = known.id;
        }
        placed.push(Placed { slot, person: wish.person });
    }
    *wishes = left;
    let mut at = 0..;
    demands.retain(|_| at.next().is_none_or(|at| !used.contains(&at)));
    Ok(placed)
}

fn slot(team: &Team, demand: &Demand, id: SlotId) -> Slot {
    Slot {
        id,
        team: team.id.clone(),
        pattern: demand.pattern.clone(),
        occurrence: demand.occurrence.clone(),
        role: demand.role.clone(),
        ordinal: demand.ordinal,
        turn: demand.turn.clone(),
        window: demand.window,
        zone: demand.zone,
        optional: demand.optional,
        at_work: demand.at_work,
        site: demand.site.clone(),
    }
}

/// Patterns of the team that ask for other times than the file has: they would be planned beside it.
fn note_other_demand(plan: &mut RosterPlan, wishes: &[Wish], open: &[Demand]) {
    let beside = |demand: &&Demand| wishes.iter().any(|w| w.role == demand.role && w.window.overlaps(demand.window));
    let mut all = open.iter().filter(beside);
    if let Some(first) = all.next() {
        plan.notes.push(format!(
            "patterns of {} ask for {} slots at other times than the file, the first {} as {}; they stay unplanned: take \
             them out of the pattern, or plan them too",
            plan.team,
            1 + all.count(),
            phrase::span(first.window, first.zone),
            first.role
        ));
    }
}

/// An event of the pattern calendar with what it asks for within the file's span.
struct Event {
    text: String,
    words: String,
    demands: Vec<Demand>,
}

/// The patterns that the file's rotations are, as far as the wishes are their occurrences. An occurrence that the file has
/// otherwise (an override cuts it) is taken out.
fn rotations(
    ctx: &Ctx,
    team: &Team,
    incoming: &Incoming,
    wishes: &[Wish],
    span: Window,
) -> Result<Vec<Event>, ServiceError> {
    let mut left: BTreeMap<(Window, &str), usize> = BTreeMap::new();
    for wish in wishes {
        *left.entry((wish.window, &wish.role)).or_default() += 1;
    }
    let roles: BTreeSet<&str> = wishes.iter().map(|wish| wish.role.as_str()).collect();
    // Rotations say nothing of roles: they are the file's where it has but one.
    let (Some(role), 1) = (roles.first().copied(), roles.len()) else { return Ok(Vec::new()) };
    let mut events = Vec::new();
    for rotation in &incoming.rotations {
        for recurring in recurring(rotation, span.start) {
            let uid = format!("{}@{}", ctx.fresh(), ctx.host.host);
            let mut written = Written {
                uid: &uid,
                title: &rotation.name,
                role,
                recurring: &recurring,
                also: &[],
                except: &[],
                stamp: ctx.now,
            };
            let all = asked(&written.text(), team, span)?;
            let of_file = |demand: &&Demand| left.get(&(demand.window, role)).is_some_and(|n| *n >= recurring.seats);
            let fits: Vec<Demand> = all.iter().filter(of_file).cloned().collect();
            if fits.is_empty() || fits.len() * 2 < all.len() {
                continue;
            }
            let kept: BTreeSet<&str> = fits.iter().map(|demand| demand.occurrence.as_str()).collect();
            let except = all.iter().filter(|demand| !kept.contains(demand.occurrence.as_str()));
            let mut except: Vec<Civil> = except.map(|d| d.window.start.civil(recurring.zone)).collect();
            except.dedup();
            written.except = &except;
            for demand in &fits {
                if let Some(count) = left.get_mut(&(demand.window, role)) {
                    *count = count.saturating_sub(1);
                }
            }
            let out = match except.len() {
                0 => String::new(),
                n => format!(", without {n} occurrences that the file has otherwise"),
            };
            let from = recurring.start.format("%-d %b %Y %H:%M");
            let words = format!("{}: {} from {from}{out}", rotation.name, recurring.rule);
            events.push(Event { text: written.text(), words, demands: fits });
        }
    }
    Ok(events)
}

/// What a pattern asks for within a span.
fn asked(text: &str, team: &Team, span: Window) -> Result<Vec<Demand>, ServiceError> {
    let tree = Tree::parse(text.as_bytes());
    let tree = tree.map_err(|problem| ServiceError::invalid("pattern", problem.to_string()))?;
    let found = pattern::demand(&tree, team, span, &mut Budget::default());
    found.map_err(|problem| ServiceError::TooMany(problem.to_string()))
}

/// Wishes of the same length on the wall clock: zone, length, role, and which of several at the same time.
type Alike = (Zone, TimeDelta, String, usize);

/// Events that list the dates of the remaining wishes.
fn dated(ctx: &Ctx, team: &Team, file: &RosterFile, wishes: &[Wish]) -> Result<Vec<Event>, ServiceError> {
    let mut alike: Vec<(Alike, Vec<Civil>)> = Vec::new();
    let mut seen: BTreeMap<(Window, &str), usize> = BTreeMap::new();
    for wish in wishes {
        let copy = seen.entry((wish.window, &wish.role)).or_default();
        let zone = if is_faithful(wish.window, wish.zone) { wish.zone } else { Zone::UTC };
        let (start, end) = (wish.window.start.civil(zone), wish.window.end.civil(zone));
        let key: Alike = (zone, end - start, wish.role.clone(), *copy);
        *copy += 1;
        match alike.iter_mut().find(|(known, starts)| *known == key && starts.len() < MOST_DATES) {
            Some((_, starts)) => starts.push(start),
            None => alike.push((key, vec![start])),
        }
    }
    let title = format!("Imported from {}", file.format.name());
    let mut events = Vec::new();
    for ((zone, length, role, _), starts) in &alike {
        let [start, also @ ..] = starts.as_slice() else { continue };
        let (start, zone, rule) = (*start, *zone, ONCE.to_owned());
        let recurring = Recurring { start, end: start + *length, zone, rule, turn: "occurrence", seats: 1 };
        let uid = format!("{}@{}", ctx.fresh(), ctx.host.host);
        let written =
            Written { uid: &uid, title: &title, role, recurring: &recurring, also, except: &[], stamp: ctx.now };
        let text = written.text();
        let hours = phrase::hours(length.num_minutes());
        let words =
            format!("{title}: {} dates of {hours} as {role}, from {}", starts.len(), start.format("%-d %b %Y %H:%M"));
        let from = resolve(start, zone);
        let to = starts.iter().map(|start| resolve(*start, zone)).max().unwrap_or(from);
        let demands = asked(&text, team, Window::new(from, to.plus_millis(1)))?;
        events.push(Event { text, words, demands });
    }
    Ok(events)
}

/// Whether the zone's wall clock says both ends of a window without doubt: not in the hour that summer time repeats.
fn is_faithful(window: Window, zone: Zone) -> bool {
    let says = |at: Instant| resolve(at.civil(zone), zone) == at;
    says(window.start) && says(window.end)
}
