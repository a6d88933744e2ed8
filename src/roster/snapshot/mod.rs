//! Who is on call, as it is kept for the hour in which no server answers: plain data of teams from one moment to sixty
//! days after it, what it says of any moment in between, and how far it can be believed.
//!
//! [`document`] writes and reads it signed, [`calendar`] and [`page`] show it to programs and people.

mod calendar;
mod document;
mod page;
mod signature;
#[cfg(test)]
mod tests;

pub use calendar::calendar;
pub use document::{FORMAT, Found, Unreadable, read, write};
pub use page::{page, style};
pub use signature::{PublicKey, SigningKey};

use crate::ids::{PersonId, SlotId, TeamId};
use crate::time::{DAY, HOUR, Instant, MINUTE, SECOND, Window, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days that a snapshot looks ahead.
pub const DAYS: i64 = 60;
/// How long one is as good as new: it is written every hour, and one hour may fail.
pub const FRESH: i64 = 2 * HOUR;

/// Who stands when in every team, for a while from one moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Where the server that wrote it is reached.
    pub server: String,
    /// When it was true.
    #[serde(with = "moment")]
    pub taken: Instant,
    /// The first moment of which it says nothing.
    #[serde(with = "moment")]
    pub valid_until: Instant,
    /// Strangers may see it: there are no addresses and numbers in it, and only teams with a public page.
    pub public: bool,
    /// By name.
    pub teams: Vec<TeamWatch>,
}

/// One team in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamWatch {
    /// The team.
    pub id: TeamId,
    /// As it is shown.
    pub name: String,
    /// Its zone.
    #[serde(with = "zone")]
    pub zone: Zone,
    /// Strangers may look at its page.
    pub public_page: bool,
    /// Its roles, first the most important.
    pub roles: Vec<String>,
    /// Everybody who stands in it, by id.
    pub people: BTreeMap<PersonId, Reachable>,
    /// What is held and what nobody holds, by start.
    pub shifts: Vec<Stand>,
    /// Whom to escalate to, in order.
    pub escalation: Vec<Escalation>,
}

/// Somebody and how to reach them, as far as the team lets that be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reachable {
    /// As it is shown.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// E.164 text.
    pub phone: Option<String>,
}

/// One line of the escalation contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Only for this role; for all where absent.
    pub role: Option<String>,
    /// The person behind it, if they have an account.
    pub person: Option<PersonId>,
    /// As it is shown.
    pub name: String,
    /// E.164 text, as far as the team lets it be told.
    pub phone: Option<String>,
}

/// Somebody's shift, or a required one that nobody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// The role.
    pub role: String,
    /// First moment.
    #[serde(with = "moment")]
    pub start: Instant,
    /// First moment no longer.
    #[serde(with = "moment")]
    pub end: Instant,
    /// Who is responsible; nobody is a gap.
    pub person: Option<PersonId>,
    /// The slot; nothing where a pattern asks for somebody and no roster is published.
    pub slot: Option<SlotId>,
    /// Which part of it.
    pub segment: u32,
    /// The holder asked for cover, and is still responsible.
    pub cover_asked: bool,
    /// Whether to page whoever stands it.
    pub page: bool,
}

impl Stand {
    /// When.
    #[must_use]
    pub const fn window(&self) -> Window {
        Window::new(self.start, self.end)
    }
}

/// Who stands at a moment, and who comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<'s> {
    /// By rank of the role.
    pub on_call: Vec<&'s Stand>,
    /// The next of each role, by start.
    pub next: Vec<&'s Stand>,
}

impl TeamWatch {
    /// Who stands at a moment: the end of a shift belongs to whoever takes over.
    #[must_use]
    pub fn at(&self, at: Instant) -> Standing<'_> {
        let rank = |stand: &Stand| self.roles.iter().position(|role| *role == stand.role).unwrap_or(usize::MAX);
        let mut on_call: Vec<_> = self.shifts.iter().filter(|stand| stand.window().contains(at)).collect();
        on_call.sort_by_key(|stand| (rank(stand), stand.start));
        let mut coming: Vec<_> = self.shifts.iter().filter(|stand| stand.start > at).collect();
        coming.sort_by_key(|stand| (stand.start, rank(stand)));
        let mut next: Vec<&Stand> = Vec::new();
        for stand in coming {
            if next.iter().all(|known| known.role != stand.role) {
                next.push(stand);
            }
        }
        Standing { on_call, next }
    }

    /// Whoever holds a shift.
    #[must_use]
    pub fn holder(&self, stand: &Stand) -> Option<&Reachable> {
        self.people.get(stand.person.as_ref()?)
    }
}

impl Snapshot {
    /// The moments it says something of.
    #[must_use]
    pub const fn window(&self) -> Window {
        Window::new(self.taken, self.valid_until)
    }

    /// One of its teams.
    #[must_use]
    pub fn team(&self, id: &TeamId) -> Option<&TeamWatch> {
        self.teams.iter().find(|team| team.id == *id)
    }

    /// A number for what it says of its teams: another one where that is another, whenever it was taken.
    #[must_use]
    pub fn says(&self) -> u64 {
        let mut teams = self.teams.clone();
        for stand in teams.iter_mut().flat_map(|team| &mut team.shifts) {
            // Where it is cut off says when it was taken, and nothing else.
            if stand.start <= self.taken {
                stand.start = Instant::FAR_PAST;
            }
            if stand.end >= self.valid_until {
                stand.end = Instant::FAR_FUTURE;
            }
        }
        // FNV-1a: nobody gains by two that are alike.
        format!("{teams:?}")
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    /// What of it strangers may see: roles, names and times, and only of teams that let them.
    #[must_use]
    pub fn for_strangers(&self) -> Self {
        let mut teams: Vec<TeamWatch> = self.teams.iter().filter(|team| team.public_page).cloned().collect();
        for team in &mut teams {
            for person in team.people.values_mut() {
                (person.email, person.phone) = (None, None);
            }
            team.escalation.iter_mut().for_each(|contact| contact.phone = None);
        }
        Self { public: true, teams, ..self.clone() }
    }

    /// How far it can be believed at a moment.
    #[must_use]
    pub fn validity(&self, now: Instant) -> Validity {
        let age = now.millis() - self.taken.millis();
        match () {
            // Clocks differ by a little.
            () if age < -5 * MINUTE => Validity::Ahead,
            () if now >= self.valid_until => Validity::Over,
            () if age > FRESH => Validity::Stale,
            () => Validity::Fresh,
        }
    }

    /// `as of Tue 1 Dec 2026 09:00 (Europe/London), 25 minutes old`, and what that means where it is not fresh.
    #[must_use]
    pub fn age(&self, now: Instant, zone: Zone) -> String {
        let taken = self.taken.civil(zone).format("%a %-d %b %Y %H:%M");
        let old = duration(now.millis() - self.taken.millis());
        let (zone, until) = (zone.name(), self.valid_until.civil(zone).format("%-d %b %Y %H:%M"));
        match self.validity(now) {
            Validity::Fresh => format!("as of {taken} ({zone}), {old} old"),
            Validity::Stale => format!("as of {taken} ({zone}), {old} old: what changed since is not in it"),
            Validity::Over => format!("as of {taken} ({zone}), {old} old: it says nothing of any moment after {until}"),
            Validity::Ahead => {
                format!("as of {taken} ({zone}), which is still to come: one of the two clocks is wrong")
            }
        }
    }
}

/// How far a snapshot can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It was written when it should have been.
    Fresh,
    /// A newer one should be there: what changed since is not in it.
    Stale,
    /// Its last moment has passed.
    Over,
    /// It was taken at a moment that is still to come: one of the clocks is wrong.
    Ahead,
}

impl Validity {
    /// Its word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Over => "over",
            Self::Ahead => "ahead",
        }
    }
}

/// `25 minutes`, `3 hours`, `2 days`, by what is whole.
fn duration(millis: i64) -> String {
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")];
    let (count, unit) = units
        .iter()
        .find(|(unit, _)| millis >= 2 * unit)
        .map_or((millis.max(0) / SECOND, "second"), |(unit, name)| (millis / unit, *name));
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// When more is asked for in a role than stands in it, gap by gap. Both sides may overlap themselves: two who are asked
/// for at once need two who stand.
#[must_use]
pub fn gaps(asked: &[Window], standing: &[Window], within: Window) -> Vec<Window> {
    let edges = |windows: &[Window], by: i64| -> Vec<(Instant, i64)> {
        let within = windows.iter().filter_map(|window| window.intersect(within));
        within.flat_map(|window| [(window.start, by), (window.end, -by)]).collect()
    };
    let mut edges = [edges(asked, 1), edges(standing, -1)].concat();
    // At one moment all edges count together: one who goes and one who comes leave no gap between them.
    edges.sort_unstable();
    let (mut missing, mut begun, mut gaps) = (0_i64, Vec::new(), Vec::new());
    for (place, (at, by)) in edges.iter().enumerate() {
        missing += by;
        if edges.get(place + 1).is_some_and(|(next, _)| next == at) {
            continue;
        }
        let open = usize::try_from(missing).unwrap_or(0);
        while begun.len() < open {
            begun.push(*at);
        }
        while begun.len() > open {
            gaps.extend(begun.pop().map(|start| Window::new(start, *at)));
        }
    }
    gaps.sort_unstable();
    gaps
}

/// Text as it is shown: without characters that a terminal or a line-based format would obey.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A moment in RFC 3339, in UTC and whole seconds.
mod moment {
    use super::Instant;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
    pub fn serialize<S: Serializer>(at: &Instant, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Instant, D::Error> {
        let text = String::deserialize(from)?;
        let at = chrono::DateTime::parse_from_rfc3339(&text);
        at.map(|at| at.to_utc().into()).map_err(|_| D::Error::custom(format!("{text:?} is no time of RFC 3339")))
    }
}

/// A zone by its IANA name.
mod zone {
    use super::Zone;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
    pub fn serialize<S: Serializer>(zone: &Zone, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(zone.name())
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Zone, D::Error> {
        let name = String::deserialize(from)?;
        name.parse().map_err(|_| D::Error::custom(format!("{name:?} is no time zone")))
    }
}
