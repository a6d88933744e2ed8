//! Pay units by a team's rate table: whole units of no currency, an amount for each shift and call-out, and rates for
//! their hours by class. Each duty is paid by the edition of the table that is in force on the day it begins.

use super::stood::{Called, Stood, part};
use crate::ids::PersonId;
use crate::roster::plan::{Member, Planning};
use crate::time::{Day, Window, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a shift or a call-out pays, in units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    /// For each one, however long it is; parts of a shift have their part of it.
    pub flat: i64,
    /// For a working hour.
    pub work: i64,
    /// For an evening hour of a working day.
    pub evening: i64,
    /// For a night hour.
    pub night: i64,
    /// For an hour of a weekend.
    pub weekend: i64,
    /// For an hour of a holiday.
    pub holiday: i64,
}

impl Rate {
    /// The amounts, the flat one first.
    #[must_use]
    pub const fn amounts(&self) -> [i64; 6] {
        [self.flat, self.work, self.evening, self.night, self.weekend, self.holiday]
    }

    /// Sixtieths of units that these minutes of each class pay.
    fn by_the_hour(&self, minutes: [i64; 5]) -> i64 {
        let [_, rates @ ..] = self.amounts();
        minutes.iter().zip(rates).map(|(minutes, rate)| minutes * rate).sum()
    }
}

/// A team's table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Shifts of a role, by its name.
    pub roles: BTreeMap<String, Rate>,
    /// Shifts of every other role.
    pub other_roles: Rate,
    /// Call-outs, beside the shift's own pay.
    pub call_outs: Rate,
}

impl Rates {
    fn of_role(&self, role: &str) -> &Rate {
        self.roles.get(role).unwrap_or(&self.other_roles)
    }
}

/// One edition of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// 1, 2, 3 …
    pub version: i64,
    /// The first day, in the team's zone, on which it is in force; since ever where absent.
    pub from: Option<Day>,
    /// What it says.
    pub rates: Rates,
}

/// The edition in force on a day: the latest of those that begin with it or before.
#[must_use]
pub fn in_force(editions: &[Edition], day: Day) -> Option<&Edition> {
    let begun = editions.iter().filter(|edition| edition.from.is_none_or(|from| from <= day));
    begun.max_by_key(|edition| edition.version)
}

/// What is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaidFor {
    /// Being on call.
    Shifts,
    /// Being called out.
    CallOuts,
}

/// What one person is paid in one role by one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayLine {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: String,
    /// The role.
    pub role: String,
    /// For what.
    pub paid_for: PaidFor,
    /// The edition of the table; none where none was in force, and nothing is paid.
    pub edition: Option<i64>,
    /// How many shifts, parts counted as one each, or call-outs.
    pub count: usize,
    /// Minutes by class.
    pub classes: [i64; 5],
    /// Units, rounded half up in this line alone: totals are sums of lines.
    pub units: i64,
}

/// Role, what for, and edition: what is added up into one line.
type Key<'a> = (&'a str, PaidFor, Option<i64>);

#[derive(Default)]
struct Sum {
    count: usize,
    classes: [i64; 5],
    sixtieths: i64,
}

impl Sum {
    fn add(&mut self, classes: [i64; 5], sixtieths: i64) {
        self.count += 1;
        self.sixtieths += sixtieths;
        for (sum, minutes) in self.classes.iter_mut().zip(classes) {
            *sum += minutes;
        }
    }
}

/// What everybody is paid, by name and role; who stood nothing has no line.
#[must_use]
pub fn pay(planning: &Planning, stood: &[Stood], called: &[Called], editions: &[Edition]) -> Vec<PayLine> {
    let mut lines = Vec::new();
    for member in &planning.members {
        for ((role, paid_for, edition), sum) in sums(planning.team.zone, member, (stood, called), editions) {
            lines.push(PayLine {
                person: member.person.id.clone(),
                name: member.person.name.clone(),
                role: role.to_owned(),
                paid_for,
                edition,
                count: sum.count,
                classes: sum.classes,
                units: (sum.sixtieths + 30).div_euclid(60),
            });
        }
    }
    lines.sort_by(|a, b| (&a.name, &a.person, a.paid_for).cmp(&(&b.name, &b.person, b.paid_for)));
    lines
}

fn sums<'a>(
    zone: Zone,
    member: &Member,
    (stood, called): (&'a [Stood], &'a [Called]),
    editions: &[Edition],
) -> BTreeMap<Key<'a>, Sum> {
    let mut sums: BTreeMap<Key<'a>, Sum> = BTreeMap::new();
    let edition_at = |window: Window| in_force(editions, window.start.civil(zone).date());
    for duty in stood.iter().filter(|duty| duty.person == member.person.id) {
        let edition = edition_at(duty.whole);
        let classes = member.hours().minutes(duty.window);
        let units = edition.map_or(0, |edition| {
            let rate = edition.rates.of_role(&duty.role);
            part(rate.flat * 60, duty.whole, duty.window) + rate.by_the_hour(classes)
        });
        let key = (duty.role.as_str(), PaidFor::Shifts, edition.map(|edition| edition.version));
        sums.entry(key).or_default().add(classes, units);
    }
    for call in called.iter().filter(|call| call.person == member.person.id) {
        let edition = edition_at(call.window);
        let classes = member.hours().minutes(call.window);
        let units = edition.map_or(0, |edition| {
            let rate = &edition.rates.call_outs;
            rate.flat * 60 + rate.by_the_hour(classes)
        });
        let key = (call.role.as_str(), PaidFor::CallOuts, edition.map(|edition| edition.version));
        sums.entry(key).or_default().add(classes, units);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::stood::tests::{stood, team_of};
    use super::*;
    use crate::roster::sample::span;

    fn table() -> Vec<Edition> {
        let primary = Rate { flat: 50, work: 0, evening: 3, night: 6, weekend: 9, holiday: 12 };
        let rates = Rates {
            roles: BTreeMap::from([("primary".to_owned(), primary)]),
            other_roles: Rate { flat: 10, ..Rate::default() },
            call_outs: Rate { flat: 20, work: 30, evening: 30, night: 60, weekend: 60, holiday: 90 },
        };
        vec![Edition { version: 1, from: None, rates }]
    }

    fn units(lines: &[PayLine]) -> Vec<(&str, &str, PaidFor, i64)> {
        lines.iter().map(|line| (line.name.as_str(), line.role.as_str(), line.paid_for, line.units)).collect()
    }

    #[test]
    fn shifts_pay_an_amount_each_and_their_hours_by_class_and_call_outs_beside_them() {
        let planning = team_of(&["ada", "ben"]);
        let day = ("2026-12-01T09:00:00", "2026-12-02T09:00:00");
        let duties = [stood("ada", "primary", "p", day), stood("ben", "secondary", "s", day)];
        let called = [Called {
            person: "ada".into(),
            role: "primary".into(),
            window: span("2026-12-02T02:00:00", "2026-12-02T02:20:00"),
        }];
        let lines = pay(&planning, &duties, &called, &table());
        // 50, and 7 evening hours of 3 and 9 night hours of 6; 20 and a third of 60
        let wanted = [
            ("Ada", "primary", PaidFor::Shifts, 50 + 21 + 54),
            ("Ada", "primary", PaidFor::CallOuts, 40),
            ("Ben", "secondary", PaidFor::Shifts, 10),
        ];
        assert_eq!(units(&lines), wanted);
    }

    #[test]
    fn parts_of_a_shift_are_paid_together_what_the_whole_is() {
        let planning = team_of(&["ada", "ben"]);
        let whole = stood("ada", "primary", "p", ("2026-12-01T09:00:00", "2026-12-02T09:00:00"));
        let first = Stood { window: span("2026-12-01T09:00:00", "2026-12-01T15:00:00"), ..whole.clone() };
        let second =
            Stood { person: "ben".into(), window: span("2026-12-01T15:00:00", "2026-12-02T09:00:00"), ..whole.clone() };
        let of =
            |duties: &[Stood]| pay(&planning, duties, &[], &table()).iter().map(|line| line.units).collect::<Vec<_>>();
        assert_eq!(of(&[whole]), [125]);
        // a quarter of 50 rounds up in a line of its own
        assert_eq!(of(&[first, second]), [13, 113]);
    }

    #[test]
    fn the_edition_in_force_when_the_shift_begins_pays_it() {
        let planning = team_of(&["ada"]);
        let mut editions = table();
        let mut later = editions[0].clone();
        later.version = 2;
        later.from = "2026-12-02".parse().ok();
        later.rates.roles.clear();
        editions.push(later);
        let duties = [
            stood("ada", "primary", "a", ("2026-12-01T09:00:00", "2026-12-02T09:00:00")),
            stood("ada", "primary", "b", ("2026-12-02T09:00:00", "2026-12-03T09:00:00")),
        ];
        let lines = pay(&planning, &duties, &[], &editions);
        assert_eq!(
            lines.iter().map(|line| (line.edition, line.units)).collect::<Vec<_>>(),
            [(Some(1), 125), (Some(2), 10)]
        );
        editions.remove(0);
        let lines = pay(&planning, &duties, &[], &editions);
        assert_eq!(lines.iter().map(|line| (line.edition, line.units)).collect::<Vec<_>>(), [(None, 0), (Some(2), 10)]);
    }
}
