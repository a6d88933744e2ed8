//! Rule packs: named sets of hard rules that a team may take over. A pack only ever tightens what a team has; it says in
//! words what it enforces and what it can't, and warns of what it only looks at.

use crate::roster::model::{Cap, Settings};
use crate::roster::phrase;
use crate::roster::plan::{Assignment, Planning};
use crate::time::{Instant, MINUTE, Window, union};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Packs that come with Dogwatch, by name.
pub const BUILT_IN: [(&str, &str); 2] =
    [("sre", include_str!("packs/sre.toml")), ("eu-rest", include_str!("packs/eu-rest.toml"))];

/// A named set of hard rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// By which it is known.
    pub name: String,
    /// Its edition.
    pub version: u32,
    /// What it is, in words.
    #[serde(default)]
    pub title: String,
    /// At least so many minutes between two turns.
    pub min_rest_minutes: Option<u32>,
    /// A wish for at least so many days between two turns.
    pub spacing_days: Option<u32>,
    /// At most so much in any window of days.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// Warns of a team with fewer people at its only site.
    pub min_people: Option<usize>,
    /// Warns of a team with fewer people at one of several sites.
    pub min_people_a_site: Option<usize>,
    /// Warns of shifts that are longer.
    pub longest_shift_minutes: Option<u32>,
    /// Why that is to be warned of.
    #[serde(default)]
    pub longest_shift_why: String,
    /// Warns of seven days in which nobody has so many minutes free in one piece.
    pub weekly_rest_minutes: Option<u32>,
    /// What the rules hold to, in words.
    #[serde(default)]
    pub enforced: Vec<String>,
    /// What they can't, in words.
    #[serde(default)]
    pub not_enforced: Vec<String>,
}

/// Days that a cap may span.
const MOST_DAYS: u32 = 366;

impl Pack {
    /// The pack of that name that comes with Dogwatch.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Self::read(text).ok()
    }

    /// A pack as TOML.
    ///
    /// # Errors
    /// In words, with the line where it is one.
    pub fn read(text: &str) -> Result<Self, String> {
        let pack: Self = toml::from_str(text).map_err(|problem| problem.to_string())?;
        pack.checked()
    }

    /// The pack, if its rules make sense.
    ///
    /// # Errors
    /// In words.
    pub fn checked(self) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > 63 || !self.name.chars().all(plain) {
            return Err(format!("name \"{}\" must be lower-case letters, digits and hyphens", self.name));
        }
        for cap in &self.caps {
            if cap.days == 0 || cap.days > MOST_DAYS {
                return Err(format!("a cap of {} days: days must be 1 to {MOST_DAYS}", cap.days));
            }
            if cap.max_turns.is_none() && cap.max_minutes.is_none() {
                return Err(format!("the cap of {} days caps nothing; give max_turns or max_minutes", cap.days));
            }
        }
        if self.min_rest_minutes.is_some_and(|minutes| minutes > 7 * 1_440) {
            return Err("min_rest_minutes must be at most a week, 10080".to_owned());
        }
        if self.spacing_days.is_some_and(|days| days > MOST_DAYS) {
            return Err(format!("spacing_days must be at most {MOST_DAYS}"));
        }
        Ok(self)
    }

    /// Name and edition, as the team's settings keep them.
    #[must_use]
    pub fn edition(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The settings with the stricter of what they say and what the pack says.
    #[must_use]
    pub fn tightened(&self, now: &Settings) -> Settings {
        let mut settings = now.clone();
        settings.min_rest_minutes = settings.min_rest_minutes.max(self.min_rest_minutes.unwrap_or(0));
        settings.spacing_days = settings.spacing_days.max(self.spacing_days.unwrap_or(0));
        for cap in &self.caps {
            match settings.caps.iter_mut().find(|known| (known.days, &known.roles) == (cap.days, &cap.roles)) {
                Some(known) => {
                    known.max_turns = least(known.max_turns, cap.max_turns);
                    known.max_minutes = least(known.max_minutes, cap.max_minutes);
                }
                None => settings.caps.push(cap.clone()),
            }
        }
        let others = format!("{}@", self.name);
        settings.packs.retain(|edition| !edition.starts_with(&others));
        settings.packs.push(self.edition());
        settings
    }

    /// What of the published roster, and of the team, is not as the pack would have it, beside its hard rules.
    #[must_use]
    pub fn warnings(&self, planning: &Planning, assignment: &Assignment, now: Instant) -> Vec<String> {
        let mut warnings = self.too_few(planning, now);
        if let Some(most) = self.longest_shift_minutes {
            let long = planning.slots.iter().filter(|slot| slot.window.millis() / MINUTE > i64::from(most)).count();
            if long > 0 {
                let (all, hours) = (planning.slots.len(), phrase::hours(i64::from(most)));
                let why = if self.longest_shift_why.is_empty() {
                    String::new()
                } else {
                    format!(": {}", self.longest_shift_why)
                };
                warnings.push(format!("{long} of {all} published shifts are longer than {hours}{why}"));
            }
        }
        if let Some(wanted) = self.weekly_rest_minutes {
            warnings.extend(without_weekly_rest(planning, assignment, i64::from(wanted)));
        }
        warnings
    }

    /// Sites are the zones of what is published.
    fn too_few(&self, planning: &Planning, now: Instant) -> Vec<String> {
        let moment = Window::new(now, now);
        let standing = planning.members.iter().filter(|m| m.membership(moment, planning.team.zone).is_some());
        let people: Vec<_> = standing.collect();
        let sites: BTreeSet<_> = planning.slots.iter().map(|slot| slot.zone.name()).collect();
        let few = |count: usize, least: Option<usize>, place: &str| {
            let least = least.filter(|least| count < *least)?;
            Some(format!("{count} people stand shifts{place}, where at least {least} are wanted"))
        };
        if sites.len() < 2 {
            return few(people.len(), self.min_people, "").into_iter().collect();
        }
        let of_site = |site: &str| people.iter().filter(|member| member.person.zone.name() == site).count();
        sites.iter().filter_map(|site| few(of_site(site), self.min_people_a_site, &format!(" in {site}"))).collect()
    }
}

fn least(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    a.into_iter().chain(b).min()
}

/// What a pack changes, as sentences.
#[must_use]
pub fn changes(before: &Settings, after: &Settings) -> Vec<String> {
    let mut changes = Vec::new();
    let rest = |settings: &Settings| phrase::hours(i64::from(settings.min_rest_minutes));
    if before.min_rest_minutes != after.min_rest_minutes {
        changes.push(format!("at least {} between two turns, instead of {}", rest(after), rest(before)));
    }
    if before.spacing_days != after.spacing_days {
        let (new, old) = (after.spacing_days, before.spacing_days);
        changes.push(format!("a wish for {new} days between two turns, instead of {old}"));
    }
    for cap in after.caps.iter().filter(|cap| !before.caps.contains(cap)) {
        let of = if cap.roles.is_empty() { String::new() } else { format!(" as {}", phrase::list(&cap.roles)) };
        let turns = cap.max_turns.map(|turns| format!("{turns} turns"));
        let hours = cap.max_minutes.map(|minutes| format!("{} of duty", phrase::hours(i64::from(minutes))));
        let most: Vec<String> = turns.into_iter().chain(hours).collect();
        changes.push(format!("at most {}{of} in any {} days", phrase::list(&most), cap.days));
    }
    changes
}

/// Whoever has seven days of the published roster without so long a rest in one piece, the first such days of each.
fn without_weekly_rest(planning: &Planning, assignment: &Assignment, wanted: i64) -> Vec<String> {
    let mut warnings = Vec::new();
    for member in &planning.members {
        let own = planning.slots.iter().filter(|slot| assignment.holder(&slot.id) == Some(&member.person.id));
        let duties = own.map(|slot| slot.window).chain(member.duties.iter().map(|duty| duty.window)).collect();
        let duties = union(duties);
        let busy = duties.iter().map(|duty| Window::new(duty.start, duty.start.plus_days(7)));
        let Some(week) = busy.into_iter().find(|week| longest_rest(&duties, *week) < wanted) else { continue };
        let zone = planning.team.zone;
        warnings.push(format!(
            "{} has no {} free in one piece in the seven days from {}",
            member.person.name,
            phrase::hours(wanted),
            phrase::day(week.start, zone)
        ));
    }
    warnings
}

/// Minutes of the longest time without a duty within a window.
fn longest_rest(duties: &[Window], window: Window) -> i64 {
    let (mut longest, mut free_since) = (0, window.start);
    for duty in duties.iter().filter(|duty| duty.overlaps(window)) {
        longest = longest.max(duty.start.millis() - free_since.millis());
        free_since = free_since.max(duty.end);
    }
    longest.max(window.end.millis() - free_since.millis()) / MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{daily, member, planning, team};

    #[test]
    fn the_packs_that_come_along_can_be_read_and_are_named_as_they_are_listed() {
        for (name, _) in BUILT_IN {
            let pack = Pack::built_in(name).unwrap();
            assert_eq!(pack.name, name);
            assert!(!pack.enforced.is_empty() && !pack.not_enforced.is_empty());
        }
        assert_eq!(Pack::built_in("us"), None);
    }

    #[test]
    fn a_pack_tightens_and_never_loosens_and_a_second_time_changes_nothing() {
        let pack = Pack::built_in("eu-rest").unwrap();
        let strict = Settings { min_rest_minutes: 720, ..Settings::default() };
        let after = pack.tightened(&strict);
        assert_eq!((after.min_rest_minutes, after.packs.clone()), (720, vec!["eu-rest@1".to_owned()]));
        assert_eq!(changes(&strict, &after), ["at most 816 h of duty in any 119 days"]);
        assert_eq!(pack.tightened(&after), after);
        let loose = Settings { min_rest_minutes: 480, caps: after.caps.clone(), ..Settings::default() };
        let tight = Pack { version: 2, ..pack }.tightened(&Settings { packs: after.packs, ..loose.clone() });
        assert_eq!(changes(&loose, &tight), ["at least 11 h between two turns, instead of 8 h"]);
        assert_eq!(tight.packs, ["eu-rest@2"]);
    }

    #[test]
    fn the_stricter_of_two_caps_on_the_same_days_stands() {
        let cap = |turns, minutes| Cap { days: 28, max_turns: turns, max_minutes: minutes, roles: vec![] };
        let now = Settings { caps: vec![cap(Some(2), Some(20_000))], ..Settings::default() };
        let after = Pack::built_in("sre").unwrap().tightened(&now);
        assert_eq!(after.caps, [cap(Some(2), Some(10_080))]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        let read = |rest: &str| Pack::read(&format!("name = \"own\"\nversion = 1\n{rest}"));
        assert!(read("min_rest_minutes = 600").is_ok());
        for (rest, wanted) in [
            ("[[caps]]\ndays = 0\nmax_turns = 1", "days must be 1 to 366"),
            ("[[caps]]\ndays = 7", "caps nothing"),
            ("min_rest_minutes = 20000", "at most a week"),
            ("max_rest = 1", "unknown field"),
        ] {
            let said = read(rest).unwrap_err();
            assert!(said.contains(wanted), "{said}");
        }
        assert!(Pack::read("name = \"My Own\"\nversion = 1").unwrap_err().contains("lower-case"));
    }

    #[test]
    fn small_teams_long_shifts_and_weeks_without_rest_are_warned_of() {
        let slots = daily(8, 1, &team().roles[..1]);
        let planning = planning(["ada", "ben"].map(member).to_vec(), slots);
        let ids = ["ada", "ben"];
        let alternate: Assignment =
            planning.slots.iter().zip(0..).map(|(s, n): (_, usize)| (s.id.clone(), ids[n % 2].into())).collect();
        let now = planning.window.start;
        let sre = Pack::built_in("sre").unwrap().warnings(&planning, &alternate, now);
        assert_eq!(sre.len(), 2, "{sre:?}");
        assert!(
            sre[0].starts_with("2 people stand shifts, where at least 8") && sre[1].starts_with("8 of 8"),
            "{sre:?}"
        );
        let eu = Pack::built_in("eu-rest").unwrap().warnings(&planning, &alternate, now);
        assert!(
            eu.iter().any(|w| w == "Ada has no 35 h free in one piece in the seven days from 1 December"),
            "{eu:?}"
        );
        let once: Assignment = planning.slots.iter().take(1).map(|s| (s.id.clone(), "ada".into())).collect();
        let eu = Pack::built_in("eu-rest").unwrap().warnings(&planning, &once, now);
        assert!(!eu.iter().any(|warning| warning.contains("35 h")), "{eu:?}");
    }
}
