//! The board of one roster: people by days with what they said, slots by role, gaps, and how the load lies.

use super::naming::{initials, short_of};
use super::{bar, in_team, place, state_of};
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::roster::availability::{Interval, Kind, Source};
use crate::roster::check::FindingKind;
use crate::roster::phrase;
use crate::roster::report::Line;
use crate::service::Service;
use crate::service::planning::{Board, BoardPerson, BoardSlot, RosterState};
use crate::time::{Day, HOUR, Window, start_of_day};
use crate::web::frame::{View, Viewer, page};
use crate::web::go::Answer;
use crate::web::texts::{Markup, Text};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use chrono::{Datelike as _, TimeDelta, Weekday};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Template)]
#[template(path = "board.html")]
struct Grid {
    view: View,
    base: String,
    team: String,
    team_name: String,
    state: Text,
    draft: bool,
    restorable: bool,
    counter: i64,
    from: Day,
    last: Day,
    zone: &'static str,
    by_load: bool,
    months: Vec<(Day, usize)>,
    days: Vec<DayHead>,
    roles: Vec<RoleRow>,
    people: Vec<PersonRow>,
    gaps: Vec<Told>,
    broken: Vec<Told>,
    least: String,
    middle: String,
    most: String,
    required: usize,
}

struct DayHead {
    day: Day,
    free: bool,
    today: bool,
}

struct RoleRow {
    name: String,
    cells: Vec<Vec<Chip>>,
}

struct PersonRow {
    id: String,
    name: String,
    remarks: Vec<String>,
    balance: String,
    told: String,
    bar: Markup,
    cells: Vec<Cell>,
}

#[derive(Default)]
struct Cell {
    class: &'static str,
    said: Option<String>,
    chips: Vec<Chip>,
}

#[derive(Clone)]
struct Chip {
    slot: String,
    class: String,
    text: String,
    label: String,
}

struct Told {
    slot: String,
    text: String,
}

#[derive(Debug, Deserialize)]
pub struct Order {
    #[serde(default)]
    by: String,
}

/// `GET /board/{team}/{roster}`
pub async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
    Query(order): Query<Order>,
) -> Answer {
    viewer.manages(&team)?;
    let board = service.board(&viewer.actor, &roster).await?;
    in_team(&board.head, &team)?;
    let sight = Sight::of(&viewer.view, &board);
    let content = sight.grid(&order);
    Ok(page(&content)?.into_response())
}

/// What every part of the board refers to.
struct Sight<'b> {
    view: &'b View,
    board: &'b Board,
    /// The days, as windows of the team's zone.
    days: Vec<Window>,
    names: BTreeMap<&'b PersonId, &'b str>,
    lines: BTreeMap<&'b PersonId, &'b Line>,
    roles: Vec<String>,
    /// Slots in which a rule is broken.
    bad: BTreeSet<&'b SlotId>,
    /// What reaches the edge of the bars.
    most: i64,
}

impl<'b> Sight<'b> {
    fn of(view: &'b View, board: &'b Board) -> Self {
        let days = board.head.from.iter_days().take_while(|day| *day < board.head.to);
        let next = |day: Day| day.succ_opt().unwrap_or(day);
        let days = days.map(|day| Window::new(start_of_day(day, board.zone), start_of_day(next(day), board.zone)));
        let broken = board.findings.iter().filter(|finding| finding.kind == FindingKind::Broken);
        let mut roles: Vec<String> = board.roles.iter().map(|role| role.name.clone()).collect();
        for slot in &board.slots {
            if !roles.contains(&slot.view.role) {
                roles.push(slot.view.role.clone());
            }
        }
        Self {
            view,
            board,
            days: days.collect(),
            names: board.people.iter().map(|person| (&person.id, person.name.as_str())).collect(),
            lines: board.report.lines.iter().map(|line| (&line.person, line)).collect(),
            roles,
            bad: broken.map(|finding| &finding.slot).collect(),
            most: board.report.min.abs().max(board.report.max.abs()),
        }
    }

    fn grid(&self, order: &Order) -> Grid {
        let (view, board) = (self.view, self.board);
        let head = &board.head;
        let told = |kind: FindingKind| {
            let found = board.findings.iter().filter(move |finding| finding.kind == kind);
            found.map(|finding| Told { slot: finding.slot.to_string(), text: finding.text.clone() }).collect()
        };
        let by_load = order.by == "load";
        let mut people: Vec<&BoardPerson> = board.people.iter().collect();
        if by_load {
            people.sort_by_key(|person| self.lines.get(&person.id).map_or(0, |line| line.balance));
        }
        Grid {
            base: place(&head.team, &head.id),
            team: head.team.to_string(),
            team_name: board.team_name.clone(),
            state: state_of(view, head),
            draft: head.state == RosterState::Draft,
            restorable: head.state != RosterState::Draft,
            counter: head.counter,
            from: head.from,
            last: head.to - TimeDelta::days(1),
            zone: board.zone.name(),
            by_load,
            months: self.months(),
            days: self.day_heads(),
            roles: self.roles.iter().filter_map(|role| self.role_row(role)).collect(),
            people: people.into_iter().map(|person| self.person_row(person)).collect(),
            gaps: told(FindingKind::Gap),
            broken: told(FindingKind::Broken),
            least: phrase::signed(board.report.min),
            middle: phrase::signed(board.report.median),
            most: phrase::signed(board.report.max),
            required: board.report.required,
            view: view.clone(),
        }
    }

    fn dates(&self) -> impl Iterator<Item = Day> {
        let (from, to) = (self.board.head.from, self.board.head.to);
        from.iter_days().take_while(move |day| *day < to)
    }

    /// Each month with how many days of it there are.
    fn months(&self) -> Vec<(Day, usize)> {
        let mut months: Vec<(Day, usize)> = Vec::new();
        for day in self.dates() {
            let first = day.with_day(1).unwrap_or(day);
            match months.last_mut() {
                Some((month, days)) if *month == first => *days += 1,
                _ => months.push((first, 1)),
            }
        }
        months
    }

    fn day_heads(&self) -> Vec<DayHead> {
        let today = self.view.now.civil(self.board.zone).date();
        let free = |day: Day| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        self.dates().map(|day| DayHead { day, free: free(day), today: day == today }).collect()
    }

    /// The day on which a slot starts.
    fn column(&self, window: Window) -> Option<usize> {
        self.days.iter().position(|day| day.contains(window.start))
    }

    fn role_row(&self, role: &str) -> Option<RoleRow> {
        let mut cells = vec![Vec::new(); self.days.len()];
        let mut any = false;
        for slot in self.board.slots.iter().filter(|slot| slot.view.role == role) {
            let Some(cell) = self.column(slot.view.window).and_then(|at| cells.get_mut(at)) else { continue };
            any = true;
            let holder = slot.view.person.as_ref().map(|person| self.name(person));
            let text = match &holder {
                Some(name) => initials(name),
                None if slot.view.optional => "–".to_owned(),
                None => "!".to_owned(),
            };
            cell.push(self.chip(slot, text));
        }
        any.then(|| RoleRow { name: role.to_owned(), cells })
    }

    fn name(&self, person: &PersonId) -> String {
        self.names.get(person).map_or_else(|| person.to_string(), |name| (*name).to_owned())
    }

    fn chip(&self, slot: &BoardSlot, text: String) -> Chip {
        let BoardSlot { view: seen, fixed, published } = slot;
        let mut class = "chip".to_owned();
        let mut label = format!("{}, {}", seen.role, phrase::span(seen.window, self.board.zone));
        match &seen.person {
            Some(person) => label = format!("{label}: {}", self.name(person)),
            None if seen.optional => class.push_str(" spare"),
            None => {
                class.push_str(" gap");
                label = format!("{label}: {}", self.view.t("board-gap"));
            }
        }
        let draft = self.board.head.state == RosterState::Draft;
        let mut mark = |when: bool, name: &str, text: Text| {
            if when {
                class.push_str(name);
                label = format!("{label}, {text}");
            }
        };
        mark(seen.pinned, " pin", self.view.t("board-pinned"));
        mark(*fixed, " fixed", self.view.t("board-fixed"));
        mark(draft && published.is_some() && *published != seen.person, " moved", self.view.t("board-moved"));
        mark(self.bad.contains(&seen.id), " bad", self.view.t("board-breaks"));
        Chip { slot: seen.id.to_string(), class, text, label }
    }

    fn person_row(&self, person: &BoardPerson) -> PersonRow {
        let view = self.view;
        let line = self.lines.get(&person.id);
        let balance = line.map_or(0, |line| line.balance);
        let told = line.map(|line| {
            view.t("board-tally")
                .with("turns", line.turns)
                .with("hours", phrase::hours(line.minutes))
                .with("load", phrase::points(line.load))
                .with("share", phrase::points(line.share))
                .to_string()
        });
        let mut remarks = Vec::new();
        if person.novice {
            remarks.push(view.t("board-novice").to_string());
        }
        if person.fte != 100 {
            remarks.push(view.t("board-fte").with("percent", person.fte).to_string());
        }
        if !person.unconfirmed.is_empty() {
            remarks.push(view.t("board-unconfirmed").to_string());
        }
        PersonRow {
            id: person.id.to_string(),
            name: person.name.clone(),
            remarks,
            balance: phrase::signed(balance),
            told: told.unwrap_or_default(),
            bar: bar::balance(balance, self.most),
            cells: self.cells(person),
        }
    }

    fn cells(&self, person: &BoardPerson) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.days.iter().map(|day| self.said(person, *day)).collect();
        for duty in &person.duties {
            self.stands(&mut cells, duty.window, "else");
            if let Some(cell) = self.column(duty.window).and_then(|at| cells.get_mut(at)) {
                let label = self.view.t("board-elsewhere").with("role", &duty.role).with("team", duty.team.as_str());
                let label = format!("{label}, {}", phrase::span(duty.window, self.board.zone));
                cell.said = Some(cell.said.take().map_or(label.clone(), |said| format!("{said}; {label}")));
            }
        }
        for slot in self.board.slots.iter().filter(|slot| slot.view.person.as_ref() == Some(&person.id)) {
            self.stands(&mut cells, slot.view.window, "on");
            if let Some(cell) = self.column(slot.view.window).and_then(|at| cells.get_mut(at)) {
                cell.chips.push(self.chip(slot, short_of(&slot.view.role, &self.roles).to_owned()));
            }
        }
        cells
    }

    /// Marks the days whose noon a shift covers, unless something was said of them.
    fn stands(&self, cells: &mut [Cell], window: Window, class: &'static str) {
        for (cell, day) in cells.iter_mut().zip(&self.days) {
            if window.contains(day.start.plus_millis(12 * HOUR)) && cell.class.is_empty() {
                cell.class = class;
            }
        }
    }

    /// The strongest of what somebody said of a day, and where that is known from.
    fn said(&self, person: &BoardPerson, day: Window) -> Cell {
        let on_day = person.said.iter().filter(|said| said.window.overlaps(day) && said.kind != Kind::Neutral);
        let Some(said) = on_day.min_by_key(|said| said.kind) else { return Cell::default() };
        let whole = said.window.covers(day);
        let class = match (said.kind, whole) {
            (Kind::Unavailable, true) => "no",
            (Kind::Unavailable, false) => "no part",
            (Kind::Avoid, true) => "avoid",
            (Kind::Avoid, false) => "avoid part",
            (Kind::Prefer, true) => "prefer",
            (Kind::Prefer, false) => "prefer part",
            (Kind::Neutral, _) => "",
        };
        let mut text = format!("{} ({})", kind_of(self.view, said), source_of(self.view, &said.source));
        if !whole {
            text = format!("{text}, {}", phrase::span(said.window, self.board.zone));
        }
        Cell { class, said: Some(text), chips: Vec::new() }
    }
}

fn kind_of(view: &View, said: &Interval) -> Text {
    match said.kind {
        Kind::Unavailable => view.t("board-unavailable"),
        Kind::Avoid => view.t("board-avoid"),
        Kind::Prefer => view.t("board-prefer"),
        Kind::Neutral => view.t("board-neutral"),
    }
}

fn source_of(view: &View, source: &Source) -> Text {
    match source {
        Source::Availability => view.t("board-source-availability"),
        Source::Hours => view.t("board-source-hours"),
        Source::Team => view.t("board-source-team"),
        Source::OutOfOffice => view.t("board-source-office"),
        Source::AllDay => view.t("board-source-all-day"),
        Source::Calendar => view.t("board-source-calendar"),
        Source::Silence => view.t("board-source-silence"),
        Source::Unread => view.t("board-source-unread"),
    }
}
