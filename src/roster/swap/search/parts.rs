//! Parts of a slot that different people stand one after another, so that together they fill what is asked.

use super::{Asked, Found, MOST_WAYS, Move, Sight, handed};
use crate::ids::PersonId;
use crate::roster::availability::Kind;
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Member, Planning};
use crate::time::{HOUR, Instant, MINUTE, Window, Zone, resolve};
use chrono::Timelike;
use std::collections::BTreeMap;

/// A shorter part costs more in handing over than it relieves anybody of; only what is asked may be shorter.
const SHORTEST: i64 = 3 * HOUR;
/// More people than that don't stand one shift.
const MOST_PARTS: usize = 3;
/// Seams that are looked at: those at which most people's absences and duties begin or end.
const MOST_SEAMS: usize = 12;
/// People who are kept for one part: as each stands one part only, the best so many are enough.
const KEPT: usize = MOST_PARTS + 1;
/// Persons and parts that are looked at in full before the search ends.
const MOST_TRIED: usize = 6_000;

/// Parts that together fill what is asked of one slot, each with another colleague under all the hard rules: fewest parts
/// first, then by what they do to the balances. One part alone is told only where it is not the whole slot.
#[must_use]
pub fn parts(planning: &Planning, assignment: &Assignment, asked: &Asked) -> Found {
    let Some(sight) = Sight::new(planning, assignment, asked) else { return Found::default() };
    let [slot] = sight.asked.as_slice() else { return Found::default() };
    let mut edges = vec![slot.window.start];
    edges.extend(seams(&sight, slot));
    edges.push(slot.window.end);
    let (bids, mut more) = bids(&sight, slot, &edges);
    let whole = planning.slot(&slot.id).is_some_and(|whole| whole.window == slot.window);
    let mut rows: Vec<(usize, i64, Vec<&Bid>)> = Vec::new();
    fill(&bids, (0, edges.len() - 1), &mut Vec::new(), &mut rows);
    rows.retain(|(count, _, _)| *count > usize::from(whole));
    rows.sort_by(|(a, change, bids), (b, other, than)| {
        let names = |bids: &[&Bid]| bids.iter().map(|bid| (bid.to, bid.person.clone())).collect::<Vec<_>>();
        (a, change).cmp(&(b, other)).then_with(|| names(bids).cmp(&names(than)))
    });
    let mut ways = Vec::new();
    for (_, _, row) in rows {
        let moves: Vec<Move> = row.iter().flat_map(|bid| bid.moves(&sight, slot, &edges)).collect();
        // Parts don't overlap, so nobody's part bears on another's; looked at all the same.
        if !sight.holds(&moves) {
            continue;
        }
        if ways.len() == MOST_WAYS {
            more = true;
            break;
        }
        ways.push(sight.way(moves));
    }
    Found { ways, more }
}

/// Somebody who could stand the slot from one edge to another.
struct Bid {
    from: usize,
    to: usize,
    person: PersonId,
    /// By how much the square of their balance would change.
    change: i64,
}

impl Bid {
    fn moves(&self, sight: &Sight<'_>, slot: &Slot, edges: &[Instant]) -> Vec<Move> {
        let part = cut(slot, edges, self.from, self.to);
        part.map(|part| handed([&part], &sight.holder, &self.person)).unwrap_or_default()
    }
}

fn cut(slot: &Slot, edges: &[Instant], from: usize, to: usize) -> Option<Slot> {
    let window = Window::new(*edges.get(from)?, *edges.get(to)?);
    Some(Slot { window, ..slot.clone() })
}

/// The best bids for every part between two edges, and whether the search ended early. Who can't stand some hours can't
/// stand more of them, so that most parts need no look.
fn bids(sight: &Sight<'_>, slot: &Slot, edges: &[Instant]) -> (BTreeMap<usize, Vec<Bid>>, bool) {
    let (mut bids, mut tried): (BTreeMap<usize, Vec<Bid>>, usize) = (BTreeMap::new(), 0);
    let last = edges.len() - 1;
    let whole = slot.window.millis();
    for from in 0..last {
        let mut able: Vec<&Member> =
            sight.planning.members.iter().filter(|member| member.person.id != sight.holder).collect();
        for to in from + 1..=last {
            let Some(part) = cut(slot, edges, from, to) else { continue };
            able.retain(|member| {
                tried += 1;
                tried <= MOST_TRIED && sight.holds(&handed([&part], &sight.holder, &member.person.id))
            });
            if part.window.millis() < SHORTEST.min(whole) {
                continue;
            }
            let mut found: Vec<Bid> = able.iter().map(|member| bid(sight, &part, member, (from, to))).collect();
            found.sort_by(|a, b| (a.change, &a.person).cmp(&(b.change, &b.person)));
            found.truncate(if (from, to) == (0, last) { MOST_WAYS } else { KEPT });
            bids.entry(from).or_default().extend(found);
        }
    }
    (bids, tried > MOST_TRIED)
}

fn bid(sight: &Sight<'_>, part: &Slot, member: &Member, (from, to): (usize, usize)) -> Bid {
    let person = member.person.id.clone();
    let toll = sight.toll(&person, sight.planning.points(member, part));
    Bid { from, to, change: toll.change(), person }
}

/// Every row of parts from one edge to the last, each with another person.
fn fill<'b>(
    bids: &'b BTreeMap<usize, Vec<Bid>>,
    (at, last): (usize, usize),
    row: &mut Vec<&'b Bid>,
    rows: &mut Vec<(usize, i64, Vec<&'b Bid>)>,
) {
    if at == last {
        rows.push((row.len(), row.iter().map(|bid| bid.change).sum(), row.clone()));
        return;
    }
    for bid in bids.get(&at).map(Vec::as_slice).unwrap_or_default() {
        let open = row.len() + 1 < MOST_PARTS || bid.to == last;
        if open && !row.iter().any(|other| other.person == bid.person) {
            row.push(bid);
            fill(bids, (bid.to, last), row, rows);
            row.pop();
        }
    }
}

/// Where a part may end and another begin: on whole hours of the slot's own zone, where somebody's absence or duty (with
/// the rest around it) begins or ends, and where halves and thirds meet.
fn seams(sight: &Sight<'_>, slot: &Slot) -> Vec<Instant> {
    let whole = slot.window;
    let mut counted: BTreeMap<Instant, usize> = BTreeMap::new();
    let mut note = |at: Instant, weight: usize| {
        let shortest = at.millis() - whole.start.millis() >= SHORTEST && whole.end.millis() - at.millis() >= SHORTEST;
        if shortest {
            *counted.entry(at).or_default() += weight;
        }
    };
    for (part, of) in [(1, 2), (1, 3), (2, 3)] {
        let at = whole.start.plus_millis(whole.millis() / of * part);
        note(hour_before(at, slot.zone), sight.planning.members.len() + 1);
    }
    let rest = i64::from(sight.planning.team.settings.min_rest_minutes) * MINUTE;
    for member in sight.planning.members.iter().filter(|member| member.person.id != sight.holder) {
        for said in member.availability.intervals().iter().filter(|said| said.window.overlaps(whole)) {
            if matches!(said.kind, Kind::Unavailable | Kind::Avoid) {
                note(hour_before(said.window.start, slot.zone), 1);
                note(hour_after(said.window.end, slot.zone), 1);
            }
        }
        for duty in duties(sight, member, slot) {
            note(hour_before(duty.start.plus_millis(-rest), slot.zone), 1);
            note(hour_after(duty.end.plus_millis(rest), slot.zone), 1);
        }
    }
    let mut ranked: Vec<(Instant, usize)> = counted.into_iter().collect();
    ranked.sort_by_key(|(at, count)| (std::cmp::Reverse(*count), *at));
    let mut seams: Vec<Instant> = ranked.into_iter().take(MOST_SEAMS).map(|(at, _)| at).collect();
    seams.sort_unstable();
    seams
}

fn duties(sight: &Sight<'_>, member: &Member, slot: &Slot) -> Vec<Window> {
    let held = |other: &&Slot| other.id != slot.id && sight.assignment.holder(&other.id) == Some(&member.person.id);
    let planned = sight.planning.slots.iter().filter(held).map(|other| other.window);
    member.duties.iter().map(|duty| duty.window).chain(planned).collect()
}

fn hour_before(at: Instant, zone: Zone) -> Instant {
    let wall = at.civil(zone);
    wall.with_minute(0)
        .and_then(|wall| wall.with_second(0))
        .and_then(|wall| wall.with_nanosecond(0))
        .map_or(at, |wall| resolve(wall, zone))
}

fn hour_after(at: Instant, zone: Zone) -> Instant {
    let before = hour_before(at, zone);
    if before == at { at } else { hour_before(at.plus_hours(1), zone) }
}
