//! Milliseconds for a question of a manager who drags: what a change to a slot would do, and who is suited for one. Plannings
//! are made of problems of oncall-bench/1: `cargo bench --bench what_if -- L-1.json XL-1.json`.

#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a problem of another form is the
// caller's mistake

use dogwatch::ids::SlotId;
use dogwatch::roster::availability::{Availability, Interval, Kind, Source};
use dogwatch::roster::burden::WorkWeek;
use dogwatch::roster::model::{Cap, Grant, Membership, Person, Qualification, Role, Settings, Slot, Team, Weights};
use dogwatch::roster::plan::{Assignment, Member, Planning};
use dogwatch::roster::recommend::Board;
use dogwatch::roster::solve::solve;
use dogwatch::roster::what_if::Change;
use dogwatch::time::{Instant, MINUTE, Window};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant as Clock;

/// Slots that are asked about, spread over the horizon.
const ASKED: usize = 50;

fn main() {
    let files = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        measure(&file, &planning(&serde_json::from_str(&text).expect("a problem of oncall-bench/1")));
    }
}

fn measure(name: &str, planning: &Planning) {
    let assignment = solve(planning, 1, 20_000);
    let begun = Clock::now();
    let board = Board::new(planning);
    println!("{name}: {:.2} ms to lay out {} slots", millis(begun), planning.slots.len());
    let asked: Vec<&Slot> = planning.slots.iter().step_by(planning.slots.len().div_ceil(ASKED)).collect();
    tell("who is suited for a slot", &asked, |slot| board.candidates(&assignment, &slot.id).len());
    tell("one slot to somebody else", &asked, |slot| {
        board.what_if(&assignment, &[given(planning, &assignment, slot)]).people.len()
    });
    tell("two people exchange slots", &asked, |slot| {
        board.what_if(&assignment, &exchange(planning, &assignment, slot)).people.len()
    });
}

fn tell(what: &str, asked: &[&Slot], ask: impl Fn(&Slot) -> usize) {
    let mut times: Vec<f64> = Vec::new();
    for slot in asked {
        let begun = Clock::now();
        assert!(std::hint::black_box(ask(slot)) > 0, "nothing came of {}", slot.id);
        times.push(millis(begun));
    }
    times.sort_by(f64::total_cmp);
    println!("  {what}: median {:.2} ms, most {:.2} ms", times[times.len() / 2], times[times.len() - 1]);
}

fn millis(since: Clock) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

/// The slot given to one of the members who doesn't hold it, not always the same.
fn given(planning: &Planning, assignment: &Assignment, slot: &Slot) -> Change {
    let others = planning.members.iter().filter(|member| assignment.holder(&slot.id) != Some(&member.person.id));
    let first = slot.window.start.millis() as usize / 1_000 % (planning.members.len() - 1);
    let member = others.cycle().nth(first).expect("two people");
    Change { slot: slot.id.clone(), person: Some(member.person.id.clone()) }
}

fn exchange(planning: &Planning, assignment: &Assignment, slot: &Slot) -> [Change; 2] {
    let holder = |slot: &SlotId| assignment.holder(slot).cloned();
    let other = planning.slots.iter().rev().find(|other| holder(&other.id) != holder(&slot.id)).expect("two people");
    [
        Change { slot: slot.id.clone(), person: holder(&other.id) },
        Change { slot: other.id.clone(), person: holder(&slot.id) },
    ]
}

fn planning(problem: &Value) -> Planning {
    let zone = chrono_tz::Europe::London;
    let names: Vec<String> =
        list(&problem["quals"]).iter().map(|name| name.as_str().unwrap_or("?").to_owned()).collect();
    let qualification = |name: &String| Qualification {
        id: name.as_str().into(),
        team: None,
        name: name.clone(),
        how: String::new(),
        url: None,
    };
    let role = |name: &String| Role {
        name: name.clone(),
        weight: 100,
        paged: true,
        optional: name.starts_with("shadow"),
        requires: vec![name.as_str().into()],
    };
    let cap = |cap: &Value| Cap {
        roles: Vec::new(),
        days: u32::try_from(number(&cap["days"])).unwrap_or(7),
        max_turns: u32::try_from(number(&cap["max_shifts"])).ok(),
        max_minutes: u32::try_from(number(&cap["max_minutes"])).ok(),
    };
    let settings = Settings { caps: list(&problem["windows"]).iter().map(cap).collect(), ..Settings::default() };
    let team = Team {
        id: "team".into(),
        name: "Team".into(),
        email: "team@example.org".into(),
        zone,
        settings,
        weights: Weights::default(),
        roles: names.iter().map(role).collect(),
        contacts: Vec::new(),
        forbidden_pairs: Vec::new(),
    };
    let slots = list(&problem["shifts"]).iter().flat_map(|shift| slots(shift, &names)).collect();
    let end = number(&problem["horizon_days"]) * 1_440;
    Planning {
        team,
        window: Window::new(moment(0), moment(end)),
        qualifications: names.iter().map(qualification).collect(),
        members: list(&problem["people"]).iter().map(|person| member(person, &names)).collect(),
        slots,
        pins: BTreeMap::new(),
        published: BTreeMap::new(),
        frozen: BTreeSet::new(),
        now: moment(0),
        ledger: Vec::new(),
    }
}

fn slots(shift: &Value, names: &[String]) -> Vec<Slot> {
    let slot = |slot: &Value| Slot {
        id: SlotId::new(format!("slot-{}", number(&slot["id"]))),
        team: "team".into(),
        pattern: format!("site-{}", number(&shift["site"])),
        occurrence: number(&shift["id"]).to_string(),
        role: names[usize::try_from(number(&slot["qual"])).unwrap_or(0)].clone(),
        ordinal: 0,
        turn: None,
        window: Window::new(moment(number(&shift["start"])), moment(number(&shift["end"]))),
        zone: chrono_tz::Europe::London,
        optional: slot["optional"] == true,
        at_work: false,
        site: None,
    };
    list(&shift["slots"]).iter().map(slot).collect()
}

fn member(person: &Value, names: &[String]) -> Member {
    let id = person["name"].as_str().unwrap_or("?");
    let interval = |span: &Value, kind: Kind| Interval {
        window: Window::new(moment(number(&span[0])), moment(number(&span[1]))),
        kind,
        source: Source::Availability,
        all_day: false,
    };
    let busy = list(&person["busy"]).iter().map(|span| interval(span, Kind::Unavailable));
    let avoid = list(&person["prefer_not"]).iter().map(|span| interval(span, Kind::Avoid));
    let grant = |own: &Value| Grant {
        person: id.into(),
        qualification: names[usize::try_from(number(&own["qual"])).unwrap_or(0)].as_str().into(),
        from: Some(moment(number(&own["valid_from"]))),
        until: Some(moment(number(&own["valid_until"]))),
        evidence: String::new(),
    };
    Member {
        person: Person {
            id: id.into(),
            name: id.to_owned(),
            email: format!("{id}@example.org"),
            phone: None,
            zone: chrono_tz::Europe::London,
            admin: false,
            disabled: false,
        },
        memberships: vec![Membership {
            team: "team".into(),
            person: id.into(),
            manager: false,
            member: true,
            from: None,
            until: None,
            fte: u32::try_from(number(&person["capacity"])).unwrap_or(100),
            novice: person["level"] == 0,
        }],
        grants: list(&person["quals"]).iter().map(grant).collect(),
        availability: Availability::new(busy.chain(avoid).collect(), Vec::new()),
        duties: Vec::new(),
        called: Vec::new(),
        holidays: BTreeSet::new(),
        week: WorkWeek::default(),
        utilisation: BTreeMap::new(),
    }
}

/// Minutes from Monday 4 January 2027, 00:00 UTC.
fn moment(minutes: i64) -> Instant {
    Instant::from_millis(1_799_020_800_000 + minutes * MINUTE)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}
