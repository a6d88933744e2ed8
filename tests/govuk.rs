//! A real team's shape: 39 people, twelve weeks in week-long turns. The file is not ours to copy: `DOGWATCH_CORPORA`
//! names the folder that holds `teams/govuk-demo.csv`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // what can't be read fails the test

use chrono::TimeDelta;
use dogwatch::ids::{PersonId, QualificationId, SlotId, TurnId};
use dogwatch::roster::availability::{Availability, Interval, Kind, Source};
use dogwatch::roster::balance::shares;
use dogwatch::roster::burden::WorkWeek;
use dogwatch::roster::check::{FindingKind, check};
use dogwatch::roster::model::{Cap, Grant, Membership, Person, Role, Settings, Slot, Team, Weights};
use dogwatch::roster::phrase;
use dogwatch::roster::plan::{Assignment, Member, Planning};
use dogwatch::roster::recommend::mean_turn;
use dogwatch::roster::report::report;
use dogwatch::roster::rules::broken;
use dogwatch::roster::solve::engine::{Control, Task};
use dogwatch::roster::solve::price::SKIP;
use dogwatch::roster::solve::{solve, solve_with, usual_work};
use dogwatch::time::{Civil, Day, Window, Zone, resolve};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LONDON: Zone = chrono_tz::Europe::London;
const WEEKS: i64 = 12;
/// Column of who may stand it, role, weight in hundredths, optional, and the pattern whose people stand together.
const ROLES: [(&str, &str, i64, bool, &str); 7] = [
    ("can_do_inhours_primary", "in-hours primary", 100, false, "in-hours"),
    ("can_do_inhours_secondary", "in-hours secondary", 80, false, "in-hours"),
    ("can_do_inhours_shadow", "in-hours shadow", 0, true, "in-hours"),
    ("can_do_inhours_primary_standby", "standby primary", 20, false, "standby"),
    ("can_do_inhours_secondary_standby", "standby secondary", 20, false, "standby"),
    ("can_do_oncall_primary", "on-call primary", 100, false, "on-call"),
    ("can_do_oncall_secondary", "on-call secondary", 80, false, "on-call"),
];

fn monday() -> Day {
    "2027-01-04".parse().unwrap()
}

fn at(day: Day, time: &str) -> dogwatch::time::Instant {
    let civil: Civil = format!("{day}T{time}").parse().unwrap();
    resolve(civil, LONDON)
}

/// Working days 09:30 to 17:30 for in-hours and its standby, the nights and the weekend for on-call.
fn stretches(pattern: &str, week: i64) -> Vec<Window> {
    let day = |n: i64| monday() + TimeDelta::days(week * 7 + n);
    match pattern {
        "on-call" => {
            let nights = (0..4).map(|n| Window::new(at(day(n), "17:30:00"), at(day(n + 1), "09:30:00")));
            nights.chain([Window::new(at(day(4), "17:30:00"), at(day(7), "09:30:00"))]).collect()
        }
        _ => (0..5).map(|n| Window::new(at(day(n), "09:30:00"), at(day(n), "17:30:00"))).collect(),
    }
}

fn slots() -> Vec<Slot> {
    let mut slots = Vec::new();
    for week in 0..WEEKS {
        for (_, role, _, optional, pattern) in ROLES {
            for (n, window) in stretches(pattern, week).into_iter().enumerate() {
                slots.push(Slot {
                    id: SlotId::new(format!("{role}/{week}/{n}")),
                    team: "support".into(),
                    pattern: pattern.to_owned(),
                    occurrence: window.start.civil(LONDON).format("%Y%m%dT%H%M%S").to_string(),
                    role: role.to_owned(),
                    ordinal: 0,
                    turn: Some(TurnId::new(format!("{role}/{week}"))),
                    window,
                    zone: LONDON,
                    optional,
                    at_work: false,
                    site: None,
                });
            }
        }
    }
    slots.sort_by_key(|slot| slot.window);
    slots
}

fn cap(days: u32, turns: u32, roles: &[&str]) -> Cap {
    let roles =
        ROLES.iter().map(|(_, role, ..)| *role).filter(|role| roles.iter().any(|start| role.starts_with(start)));
    Cap { days, max_turns: Some(turns), max_minutes: None, roles: roles.map(str::to_owned).collect() }
}

/// In twelve weeks at most one in-hours turn, three on-call and two standby turns; and of what is stood, not two turns in
/// weeks next to each other.
fn team() -> Team {
    let role = |(column, name, weight, optional, _): &(&str, &str, i64, bool, &str)| Role {
        name: (*name).to_owned(),
        weight: *weight,
        paged: !optional,
        optional: *optional,
        requires: vec![QualificationId::new(*column)],
    };
    let whole = 7 * u32::try_from(WEEKS).unwrap();
    Team {
        id: "support".into(),
        name: "Support".into(),
        email: "support@example.org".into(),
        zone: LONDON,
        settings: Settings {
            caps: vec![
                cap(whole, 1, &["in-hours"]),
                cap(whole, 3, &["on-call"]),
                cap(whole, 2, &["standby"]),
                cap(14, 1, &["in-hours", "on-call"]),
            ],
            spacing_days: 14,
            ..Settings::default()
        },
        weights: Weights::default(),
        roles: ROLES.iter().map(role).collect(),
        contacts: Vec::new(),
        forbidden_pairs: Vec::new(),
    }
}

fn yes(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "yes" | "1" | "true" | "y")
}

/// One row of the file as a member.
fn member(number: usize, row: &BTreeMap<String, String>) -> Member {
    let id = PersonId::new(format!("p{number:02}"));
    let grant = |(column, ..): &(&str, &str, i64, bool, &str)| {
        yes(row.get(*column).map_or("", String::as_str)).then(|| Grant {
            person: id.clone(),
            qualification: QualificationId::new(*column),
            from: None,
            until: None,
            evidence: String::new(),
        })
    };
    let forbidden = row.get("forbidden_weeks").map_or("", String::as_str);
    let weeks = forbidden.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse::<i64>().ok());
    let away = weeks.map(|week| {
        let first = monday() + TimeDelta::days((week - 1) * 7);
        let window = Window::of_days(first, first + TimeDelta::days(7), LONDON);
        Interval { window, kind: Kind::Unavailable, source: Source::Availability, all_day: true }
    });
    Member {
        person: Person {
            id: id.clone(),
            name: row["name"].clone(),
            email: format!("{id}@example.org"),
            phone: None,
            zone: LONDON,
            admin: false,
            disabled: false,
        },
        memberships: vec![Membership {
            team: "support".into(),
            person: id.clone(),
            manager: false,
            member: true,
            from: None,
            until: None,
            fte: 100,
            novice: false,
        }],
        grants: ROLES.iter().filter_map(grant).collect(),
        availability: Availability::new(away.collect(), Vec::new()),
        duties: Vec::new(),
        called: Vec::new(),
        holidays: BTreeSet::new(),
        week: WorkWeek::default(),
        utilisation: BTreeMap::new(),
    }
}

fn planning(file: &Path) -> Planning {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    Planning {
        team: team(),
        window: Window::of_days(monday(), monday() + TimeDelta::days(7 * WEEKS), LONDON),
        qualifications: Vec::new(),
        members: rows.iter().enumerate().map(|(number, row)| member(number, row)).collect(),
        slots: slots(),
        pins: BTreeMap::new(),
        published: BTreeMap::new(),
        frozen: BTreeSet::new(),
        now: at(monday(), "00:00:00"),
        ledger: Vec::new(),
    }
}

/// The weeks in which a person stands something of a kind, straight from the assignment and not by the rules' own code.
fn weeks(planning: &Planning, assignment: &Assignment, person: &PersonId, kind: &str) -> BTreeSet<i64> {
    let stood =
        planning.slots.iter().filter(|slot| assignment.holder(&slot.id) == Some(person) && slot.pattern == kind);
    stood.map(|slot| (slot.window.start.civil(LONDON).date() - monday()).num_days() / 7).collect()
}

/// The same twelve weeks as plain figures, for other solvers: units of which each is one person's, who may hold which, which
/// two nobody may hold both, caps, and Dogwatch's own roster. Without the wish for spacing: two weeks next to each other are
/// forbidden anyway, and what is compared is fairness. Loads are hundredths of a mean turn.
fn model(mut planning: Planning) -> Value {
    planning.team.settings.spacing_days = 0;
    let task = Task { seed: 1, work: u64::from(usual_work(&planning)), threads: 2, bound: true };
    let solved = solve_with(&planning, task, &Control::NONE);
    let mut units: Vec<Vec<&Slot>> = Vec::new();
    for slot in &planning.slots {
        match units.iter_mut().find(|unit| unit[0].turn == slot.turn) {
            Some(unit) => unit.push(slot),
            None => units.push(vec![slot]),
        }
    }
    let (turn, shares) = (mean_turn(&planning), shares(&planning));
    let free: Vec<PersonId> = planning.members.iter().map(|member| member.person.id.clone()).collect();
    // somebody who may stand everything: what they can't hold together nobody can
    let mut anybody = planning.clone();
    anybody.team.roles.iter_mut().for_each(|role| role.requires.clear());
    anybody.members[0].availability = Availability::default();
    let clash = |a: &[&Slot], b: &[&Slot]| {
        let held: Assignment = a.iter().map(|slot| (slot.id.clone(), free[0].clone())).collect();
        !broken(&anybody, &held, &free[0], b).is_empty()
    };
    let may = |unit: &[&Slot], person: &PersonId| broken(&planning, &Assignment::default(), person, unit).is_empty();
    let index = |person: &PersonId| free.iter().position(|known| known == person);
    let unit = |unit: &Vec<&Slot>| {
        let points: i64 = unit.iter().map(|slot| planning.points(&planning.members[0], slot)).sum();
        let week = (unit[0].window.start.civil(LONDON).date() - monday()).num_days() / 7;
        json!({ "week": week, "role": unit[0].role, "kind": unit[0].pattern, "optional": unit[0].optional,
            "load": points * 100 / turn, "people": (0..free.len()).filter(|p| may(unit, &free[*p])).collect::<Vec<_>>(),
            "dogwatch": solved.assignment.holder(&unit[0].id).and_then(index) })
    };
    let pairs = (0..units.len()).flat_map(|a| (a + 1..units.len()).map(move |b| (a, b)));
    let caps: Vec<Value> = planning
        .team
        .settings
        .caps
        .iter()
        .filter(|cap| cap.days > 14)
        .map(|cap| json!({ "roles": cap.roles, "most": cap.max_turns }))
        .collect();
    json!({
        "units": units.iter().map(unit).collect::<Vec<_>>(),
        "clashes": pairs.filter(|(a, b)| clash(&units[*a], &units[*b])).collect::<Vec<_>>(),
        "caps": caps,
        "shares": shares.iter().map(|share| share * 100 / turn).collect::<Vec<_>>(),
        "empty_optional": SKIP,
        "dogwatch": solved.progress.map(|progress| json!({ "cost": progress.cost, "bound": progress.bound })),
    })
}

#[test]
fn twelve_weeks_of_a_real_team_break_no_rule_and_say_how_even_they_are() {
    let Some(corpora) = std::env::var_os("DOGWATCH_CORPORA") else {
        println!("DOGWATCH_CORPORA is not set: the support team of 39 people is not planned");
        return;
    };
    let planning = planning(&PathBuf::from(corpora).join("teams/govuk-demo.csv"));
    let assignment = solve(&planning, 1, usual_work(&planning));
    for finding in check(&planning, &assignment) {
        assert_eq!(finding.kind, FindingKind::Gap, "{}", finding.text);
        assert!(finding.text.starts_with("nobody "), "{}", finding.text);
        println!("gap: {}", finding.text);
    }
    for member in &planning.members {
        let id = &member.person.id;
        let [hours, calls, standby] = ["in-hours", "on-call", "standby"].map(|k| weeks(&planning, &assignment, id, k));
        assert!(hours.len() <= 1 && calls.len() <= 3 && standby.len() <= 2, "{id}: {hours:?} {calls:?} {standby:?}");
        let stood: Vec<i64> = hours.union(&calls).copied().collect();
        assert!(stood.windows(2).all(|pair| pair[1] - pair[0] >= 2), "{id} stands weeks next to each other: {stood:?}");
    }
    for slot in &planning.slots {
        let Some(member) = assignment.holder(&slot.id).and_then(|person| planning.member(person)) else { continue };
        assert!(member.availability.intervals().iter().all(|away| !away.window.overlaps(slot.window)), "{slot:?}");
        assert!(planning.eligible(member, &slot.role, slot.window), "{slot:?}");
    }
    if let Some(out) = std::env::var_os("DOGWATCH_GOVUK_OUT") {
        std::fs::write(out, model(planning.clone()).to_string()).unwrap();
    }
    let report = report(&planning, &assignment);
    let [min, median, max] = [report.min, report.median, report.max].map(phrase::signed);
    println!("{} of {} required slots are empty", report.gaps, report.required);
    println!("load against fair share: least {min}, middle {median}, most {max}");
    for line in &report.lines {
        println!("{:>24}  {:>6} of {:>6}", line.name, phrase::points(line.load), phrase::points(line.share));
    }
}
