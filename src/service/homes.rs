//! The collections that every person and every team has from the beginning.

use super::{Ctx, ServiceError};
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::store::Connection;
use crate::store::collections::{self, Collection, CollectionKind, Owner};

/// Name and kind, as shown, color, components, transparent.
type Plan = (&'static str, CollectionKind, &'static str, Option<&'static str>, &'static [&'static str], bool);

const PERSON: [Plan; 5] = [
    ("calendar", CollectionKind::Calendar, "Calendar", None, &["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"], false),
    (
        "availability",
        CollectionKind::Availability,
        "Availability",
        Some("#E67E22"),
        &["VEVENT", "VAVAILABILITY"],
        false,
    ),
    ("shifts", CollectionKind::Shifts, "Shifts", Some("#C0392B"), &["VEVENT"], false),
    ("inbox", CollectionKind::Inbox, "Inbox", None, &["VEVENT", "VTODO", "VFREEBUSY"], false),
    ("outbox", CollectionKind::Outbox, "Outbox", None, &["VEVENT", "VTODO", "VFREEBUSY"], false),
];

const TEAM: [Plan; 4] = [
    ("roster", CollectionKind::Roster, "roster", Some("#2980B9"), &["VEVENT"], true),
    ("team-availability", CollectionKind::TeamAvailability, "availability", Some("#F39C12"), &["VEVENT"], true),
    ("pattern", CollectionKind::Pattern, "pattern", Some("#8E44AD"), &["VEVENT"], true),
    ("holidays", CollectionKind::Holidays, "holidays", Some("#27AE60"), &["VEVENT"], true),
];

/// Makes the calendars of people.
pub(super) fn of_people<'p>(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    people: impl Iterator<Item = &'p PersonId>,
) -> Result<(), ServiceError> {
    let of_one = |person: &'p PersonId| {
        PERSON.iter().map(|plan| made(ctx, Owner::Person(person.clone()), plan, plan.2.to_owned()))
    };
    Ok(collections::insert_all(tx, &people.flat_map(of_one).collect::<Vec<_>>())?)
}

/// Makes a team's calendars, shown under the team's name.
pub(super) fn of_team(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId, name: &str) -> Result<(), ServiceError> {
    let all = TEAM.iter().map(|plan| made(ctx, Owner::Team(team.clone()), plan, format!("{name} {}", plan.2)));
    Ok(collections::insert_all(tx, &all.collect::<Vec<_>>())?)
}

fn made(
    ctx: &Ctx,
    owner: Owner,
    &(name, kind, _, color, components, transparent): &Plan,
    display_name: String,
) -> Collection {
    Collection {
        id: CollectionId::new(ctx.fresh()),
        owner,
        name: name.to_owned(),
        kind,
        display_name,
        description: None,
        color: color.map(str::to_owned),
        order: None,
        timezone: None,
        components: components.iter().map(|component| (*component).to_owned()).collect(),
        transparent,
        change: 0,
        created: ctx.now,
    }
}
