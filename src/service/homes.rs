//! The collections that every person and every team has from the beginning.

use super::render::render_people;
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

/// Made for whoever has an on-call phone.
const ALARMS: Plan = ("on-call-alarms", CollectionKind::Alarms, "On-call alarms", Some("#922B21"), &["VEVENT"], true);

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

/// Makes the calendar that a person's on-call phone lists, where it isn't there yet, with what stands in it.
pub(super) fn with_alarms(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<(), ServiceError> {
    let owner = Owner::Person(person.clone());
    let calendar = made(ctx, owner.clone(), &ALARMS, ALARMS.2.to_owned());
    match collections::by_name(tx, &owner, &calendar.name)? {
        Some(known) if known.kind == CollectionKind::Alarms => return Ok(()),
        Some(_) => {
            let message = format!("a calendar of {person} is called {}; give it another name first", calendar.name);
            return Err(ServiceError::conflict("name-taken", message));
        }
        None => collections::insert(tx, &calendar)?,
    }
    render_people(tx, ctx, std::slice::from_ref(person), &[])
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
